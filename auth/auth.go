// Package auth turns a bearer token into a [contact.Actor], for the wire: a request and the opening of a socket ask the
// same [Guard]. Tokens are signed JWTs, of the built-in development issuer ([Development]) or of an OpenID provider ([Issuer]).
//
// One invariant: whatever the token says is believed only after its signature, issuer, audience and times hold, and a key
// is never taken from, or fetched at the request of, the token itself.
package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4/json"

	"contactpanel/contact"
)

// KeySet holds the public keys of one issuer. The key sets of go-oidc are such.
type KeySet interface {
	// VerifySignature checks the signature of a JWS in compact form and returns its payload, or an error when no key fits.
	// DB_UNAVAILABLE: that is not known, because keys cannot be had at the moment. It need not look at algorithm or claims:
	// the [Guard] does. Safe for concurrent use.
	VerifySignature(ctx context.Context, jwt string) (payload []byte, err error)
}

// Config says whose tokens a [Guard] accepts, and for whom they must be meant.
type Config struct {
	Issuer   string // must equal the claim iss
	Audience string // must be, or be among, the claim aud
	Keys     KeySet
	Claims   Claims           // an empty member means its default
	Now      func() time.Time // nil means [time.Now]
}

// Guard verifies tokens. It is safe for concurrent use.
type Guard struct {
	issuer   string
	keys     KeySet
	checks   oidc.Config // never written
	claims   Claims
	now      func() time.Time
	verified verified
}

// New makes a guard. Issuer, audience and keys are required, and names of the configuration must be such.
func New(cfg Config) (*Guard, error) {
	err := cfg.Claims.check()
	switch {
	case err != nil:
		return nil, fmt.Errorf("make a guard: %w", err)
	case cfg.Issuer == "":
		return nil, errors.New("make a guard: no issuer")
	case cfg.Audience == "":
		return nil, errors.New("make a guard: no audience")
	case cfg.Keys == nil:
		return nil, errors.New("make a guard: no keys")
	}
	return newGuard(cfg), nil
}

func newGuard(cfg Config) *Guard {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Guard{
		issuer: cfg.Issuer,
		keys:   cfg.Keys,
		checks: oidc.Config{
			ClientID:             cfg.Audience,
			SupportedSigningAlgs: algorithms(),
			// The library has no leeway after exp and five minutes before nbf; checkTimes keeps both.
			SkipExpiryCheck: true,
		},
		claims: cfg.Claims.withDefaults(),
		now:    cfg.Now,
	}
}

// Actor returns who asks. The header is the value of Authorization: the scheme Bearer in any case, spaces, and a JWS in
// compact form (RFC 6750, 2.1; RFC 7515, 7.1), at most 16 KiB together. When a request has the field twice, pass the values
// joined by ", " as HTTP does (RFC 9110, 5.3): that is refused.
//
// The error is UNAUTHENTICATED when the token does not hold, and FORBIDDEN when it holds but names no organisation, no role
// of ours or malformed teams. It is DB_UNAVAILABLE while the issuer's keys cannot be had. Its message never quotes the token; its cause, for the log, never holds the token or its
// signature; there is a [contact.NotAdmittedError] among the causes. Whether the organisation exists is not asked here.
//
// A token is good until 30 s after exp, so that Expires may have passed by that much. Languages, RequestID and Address are
// facts of the request and left empty. Nothing in the actor is shared with a later answer.
func (g *Guard) Actor(ctx context.Context, header string) (contact.Actor, error) {
	if header == "" {
		cause := &contact.NotAdmittedError{Reason: contact.ReasonNoToken}
		return contact.Actor{}, refusal(contact.Unauthenticated, "the request carries no identity", cause)
	}
	token, err := bearerToken(header)
	if err != nil {
		cause := because(contact.ReasonMalformed, err)
		return contact.Actor{}, refusal(contact.Unauthenticated, "the Authorization header must be Bearer and a signed token", cause)
	}
	now := g.now()
	digest := sha256.Sum256([]byte(token))
	if actor, ok := g.verified.actor(digest, now); ok {
		return actor, nil
	}
	actor, err := g.verify(ctx, token, now)
	if err != nil {
		return contact.Actor{}, err
	}
	g.verified.add(digest, actor, now)
	return actor, nil
}

// verify does the work that the memory of verified tokens saves.
func (g *Guard) verify(ctx context.Context, token string, now time.Time) (contact.Actor, error) {
	typ, err := checkHeader(token)
	if err != nil {
		return contact.Actor{}, notAccepted(because(contact.ReasonMalformed, err))
	}
	seen := witness{KeySet: g.keys}
	if _, err := oidc.NewVerifier(g.issuer, &seen, &g.checks).Verify(ctx, token); err != nil {
		return contact.Actor{}, g.unverified(token, seen.err, err)
	}
	payload, err := readPayload(seen.payload)
	if err != nil {
		return contact.Actor{}, notAccepted(because(contact.ReasonMalformed, err))
	}
	actor, err := g.read(typ, payload, now)
	var no *contact.NotAdmittedError
	if errors.As(err, &no) {
		no.Org, no.Agent = g.claims.named(payload)
	}
	return actor, err
}

// read reads the claims of a token whose signature, issuer and audience hold.
func (g *Guard) read(typ string, payload map[string]json.RawMessage, now time.Time) (contact.Actor, error) {
	if err := checkUse(typ, payload); err != nil {
		return contact.Actor{}, notAccepted(because(contact.ReasonUse, err))
	}
	expires, err := checkTimes(payload, now)
	switch {
	case errors.Is(err, errExpired):
		return contact.Actor{}, refusal(contact.Unauthenticated, "the token has expired", because(contact.ReasonExpired, err))
	case err != nil:
		return contact.Actor{}, notAccepted(because(contact.ReasonMalformed, err))
	}
	actor, err := g.claims.actor(payload)
	if err != nil {
		return contact.Actor{}, err
	}
	actor.Expires = expires
	return actor, nil
}

// witness keeps what a key set says about one token: the library turns errors into text, and reads the payload with less
// care than [readPayload].
type witness struct {
	KeySet
	payload []byte
	err     error
}

// VerifySignature implements [KeySet].
func (w *witness) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	w.payload, w.err = w.KeySet.VerifySignature(ctx, token)
	return w.payload, w.err
}

// readPayload reads the claims of a verified token. A claim that is there twice is refused (RFC 7519, 4), and so is one that
// the library, which does not tell small letters from capitals, could take for the issuer or the audience.
func readPayload(raw []byte) (map[string]json.RawMessage, error) {
	var payload map[string]json.RawMessage
	if err := json.Unmarshal(raw, &payload); err != nil {
		return nil, errors.New("the claims are no JSON object whose members have different names")
	}
	for name := range payload {
		for _, checked := range []string{"iss", "aud"} {
			if name != checked && strings.EqualFold(name, checked) {
				return nil, fmt.Errorf("a claim is called almost like %s", checked)
			}
		}
	}
	return payload, nil
}

// notAccepted says no more than that: which check a forged token failed is for the log.
func notAccepted(cause error) error {
	return refusal(contact.Unauthenticated, "the token is not accepted", cause)
}

func refusal(code contact.Code, message string, cause error) error {
	err := contact.Errorf(code, "%s", message)
	err.Err = cause
	return err
}
