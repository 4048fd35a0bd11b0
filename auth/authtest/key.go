package authtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// The algorithms of keys.
const (
	RS256 = string(jose.RS256)
	ES256 = string(jose.ES256)
	EdDSA = string(jose.EdDSA)
)

// Key is one of a provider's keys.
type Key struct {
	ID        string
	Algorithm string
	Private   crypto.Signer
	Use       string // as published; "sig" unless it is changed
}

// NewKey makes a key for RS256, ES256 or EdDSA.
func NewKey(tb testing.TB, id string, algorithm string) *Key {
	tb.Helper()
	key, err := &Key{ID: id, Algorithm: algorithm, Use: "sig"}, error(nil)
	switch algorithm {
	case RS256:
		key.Private, err = rsa.GenerateKey(rand.Reader, 2048)
	case ES256:
		key.Private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case EdDSA:
		_, key.Private, err = ed25519.GenerateKey(rand.Reader)
	default:
		tb.Fatalf("no key for %s", algorithm)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func (k *Key) public() jose.JSONWebKey {
	return jose.JSONWebKey{Key: k.Private.Public(), KeyID: k.ID, Algorithm: k.Algorithm, Use: k.Use}
}

// Sign makes a token of the claims, with the key's id in its header and members besides.
func (k *Key) Sign(tb testing.TB, claims any, members map[string]any) string {
	tb.Helper()
	options := &jose.SignerOptions{}
	for name, value := range members {
		options.WithHeader(jose.HeaderKey(name), value)
	}
	key := jose.SigningKey{Algorithm: jose.SignatureAlgorithm(k.Algorithm), Key: jose.JSONWebKey{Key: k.Private, KeyID: k.ID}}
	signer, err := jose.NewSigner(key, options)
	if err != nil {
		tb.Fatal(err)
	}
	jws, err := signer.Sign([]byte(text(tb, claims)))
	if err != nil {
		tb.Fatal(err)
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		tb.Fatal(err)
	}
	return token
}

// Forge writes a token by hand, so that it may be what no library writes. Texts are taken as they are, anything else as JSON.
func Forge(tb testing.TB, header, claims any, sign func(input string) []byte) string {
	tb.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	input := encode([]byte(text(tb, header))) + "." + encode([]byte(text(tb, claims)))
	return input + "." + encode(sign(input))
}

func text(tb testing.TB, part any) string {
	tb.Helper()
	if s, ok := part.(string); ok {
		return s
	}
	raw, err := json.Marshal(part)
	if err != nil {
		tb.Fatal(err)
	}
	return string(raw)
}
