package auth

import (
	"cmp"
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"contactpanel/contact"
)

const (
	developmentIssuer   = "urn:contactpanel:development"
	developmentAudience = "contactpanel"
	defaultTTL          = 12 * time.Hour
	maxTTL              = 30 * 24 * time.Hour
)

// DevelopmentIssuer signs tokens with the key of a data folder, and makes the [Guard] that accepts them. Whoever can read
// the key is anybody in any organisation, so it is for a gateway that listens on loopback only. It is safe for concurrent
// use, and any number of processes may share the folder.
type DevelopmentIssuer struct {
	public ed25519.PublicKey
	signer jose.Signer
	isNew  bool
}

// TokenRequest says for whom a development token is. Names have 1 to 100 code points, no white space at the ends, no
// control characters and something visible.
type TokenRequest struct {
	Agent string // becomes subject and display name, so the same name is the same agent
	Org   string
	Role  contact.Role
	Teams []string      // at most 50
	TTL   time.Duration // 1 s to 30 days, cut to the second; 0 means 12 h
}

// Development returns the issuer of the data folder. It reads development-key.pem there, or makes folder (mode 0700) and
// key (mode 0600) when they are absent; of several processes that do so at once, all get the same key. A key file that
// other users may open, or that is damaged, is an error and stays as it is.
func Development(dir string) (*DevelopmentIssuer, error) {
	key, isNew, err := readOrMakeKey(dir)
	if err != nil {
		return nil, fmt.Errorf("open the development key: %w", err)
	}
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("open the development key: it has no public half")
	}
	// RFC 7638: the id follows from the key, so that all processes of a folder name it alike.
	thumbprint, err := (&jose.JSONWebKey{Key: public}).Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("name the development key: %w", err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{
		Algorithm: jose.EdDSA,
		Key:       jose.JSONWebKey{Key: key, KeyID: base64.RawURLEncoding.EncodeToString(thumbprint)},
	}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, fmt.Errorf("prepare the development key for signing: %w", err)
	}
	return &DevelopmentIssuer{public: public, signer: signer, isNew: isNew}, nil
}

// IsNew reports that the folder had no key: no gateway that runs already accepts the issuer's tokens.
func (d *DevelopmentIssuer) IsNew() bool { return d.isNew }

// Guard makes a guard that accepts this issuer's tokens. A nil clock means [time.Now].
func (d *DevelopmentIssuer) Guard(now func() time.Time) *Guard {
	return newGuard(Config{
		Issuer:   developmentIssuer,
		Audience: developmentAudience,
		Keys:     &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{d.public}},
		Now:      now,
	})
}

// Issue signs a token that begins now: a JWS in compact form, without the word Bearer. The error names the member of the
// request that is to blame.
func (d *DevelopmentIssuer) Issue(req TokenRequest, now time.Time) (string, error) {
	if err := req.check(); err != nil {
		return "", fmt.Errorf("issue a token: %w", err)
	}
	payload, err := json.Marshal(payloadOf(req, now))
	if err != nil {
		return "", fmt.Errorf("issue a token: %w", err)
	}
	jws, err := d.signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	if len("Bearer ")+len(token) > maxHeader {
		return "", fmt.Errorf("issue a token: the teams' names make it longer than the %d bytes that are accepted", maxHeader)
	}
	return token, nil
}

func (r TokenRequest) check() error {
	if err := checkName(r.Agent, maxName); err != nil {
		return fmt.Errorf("agent %w", err)
	}
	if err := checkName(r.Org, maxName); err != nil {
		return fmt.Errorf("organisation %w", err)
	}
	if !slices.Contains(contact.Roles(), r.Role) {
		return fmt.Errorf("role must be one of %v", contact.Roles())
	}
	if err := checkTeams(r.Teams); err != nil {
		return err
	}
	if r.TTL != 0 && (r.TTL < time.Second || r.TTL > maxTTL) {
		return errors.New("time to live must be from 1s to 720h (30 days)")
	}
	return nil
}

// developmentPayload is the claims set under the default names of [Claims].
type developmentPayload struct {
	Issuer    string         `json:"iss"`
	Audience  string         `json:"aud"`
	Subject   string         `json:"sub"`
	Name      string         `json:"name"`
	Org       string         `json:"org"`
	Roles     []contact.Role `json:"roles"`
	Teams     []string       `json:"teams"`
	IssuedAt  int64          `json:"iat"`
	NotBefore int64          `json:"nbf"`
	Expires   int64          `json:"exp"`
}

func payloadOf(req TokenRequest, now time.Time) developmentPayload {
	ttl := cmp.Or(req.TTL, defaultTTL).Truncate(time.Second)
	return developmentPayload{
		Issuer:    developmentIssuer,
		Audience:  developmentAudience,
		Subject:   req.Agent,
		Name:      req.Agent,
		Org:       req.Org,
		Roles:     []contact.Role{req.Role},
		Teams:     append([]string{}, req.Teams...), // [] rather than null
		IssuedAt:  now.Unix(),
		NotBefore: now.Unix(),
		Expires:   now.Add(ttl).Unix(),
	}
}
