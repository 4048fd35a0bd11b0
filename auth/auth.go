// Package auth turns a bearer token into a [contact.Actor], for the wire: a request and the opening of a socket ask the
// same [Guard]. Tokens are signed JWTs, of the built-in development issuer ([Development]) or of any other issuer whose
// keys are given to [New].
//
// One invariant: whatever the token says is believed only after its signature, issuer, audience and times hold, and a key
// is never taken from, or fetched at the request of, the token itself.
package auth

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"contactpanel/contact"
)

// KeySet holds the public keys of one issuer. The key sets of go-oidc are such.
type KeySet interface {
	// VerifySignature checks the signature of a JWS in compact form and returns its payload, or an error when no key fits
	// or the keys cannot be had. It need not look at algorithm or claims: the [Guard] does. Safe for concurrent use.
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
	verifier *oidc.IDTokenVerifier
	claims   Claims
	now      func() time.Time
	verified verified
}

// New makes a guard. Issuer, audience and keys are required.
func New(cfg Config) (*Guard, error) {
	switch {
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
		verifier: oidc.NewVerifier(cfg.Issuer, cfg.Keys, &oidc.Config{
			ClientID:             cfg.Audience,
			SupportedSigningAlgs: algorithms(),
			// The library has no leeway after exp and five minutes before nbf; checkTimes keeps both.
			SkipExpiryCheck: true,
		}),
		claims: cfg.Claims.withDefaults(),
		now:    cfg.Now,
	}
}

// Actor returns who asks. The header is the value of Authorization: the scheme Bearer in any case, spaces, and a JWS in
// compact form (RFC 6750, 2.1; RFC 7515, 7.1), at most 16 KiB together. When a request has the field twice, pass the values
// joined by ", " as HTTP does (RFC 9110, 5.3): that is refused.
//
// The error is UNAUTHENTICATED when the token does not hold, and FORBIDDEN when it holds but names no organisation, no role
// of ours or malformed teams. Its message never quotes the token; its cause, for the log, never holds the token or its
// signature. Whether the organisation exists is not asked here.
//
// A token is good until 30 s after exp, so that Expires may have passed by that much. Languages, RequestID and Address are
// facts of the request and left empty. Nothing in the actor is shared with a later answer.
func (g *Guard) Actor(ctx context.Context, header string) (contact.Actor, error) {
	if header == "" {
		return contact.Actor{}, contact.Errorf(contact.Unauthenticated, "the request carries no identity")
	}
	token, err := bearerToken(header)
	if err != nil {
		return contact.Actor{}, refusal(contact.Unauthenticated, "the Authorization header must be Bearer and a signed token", err)
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
	if err := checkHeader(token); err != nil {
		return contact.Actor{}, notAccepted(err)
	}
	signed, err := g.verifier.Verify(ctx, token)
	if err != nil {
		return contact.Actor{}, notAccepted(err)
	}
	var payload map[string]json.RawMessage
	if err := signed.Claims(&payload); err != nil {
		return contact.Actor{}, notAccepted(fmt.Errorf("read the claims: %w", err))
	}
	expires, err := checkTimes(payload, now)
	if errors.Is(err, errExpired) {
		return contact.Actor{}, refusal(contact.Unauthenticated, "the token has expired", err)
	}
	if err != nil {
		return contact.Actor{}, notAccepted(err)
	}
	actor, err := g.claims.actor(payload)
	if err != nil {
		return contact.Actor{}, err
	}
	actor.Expires = expires
	return actor, nil
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
