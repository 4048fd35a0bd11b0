package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"contactpanel/auth"
	"contactpanel/contact"
)

func TestD1UnsignedTokensAreRefusedBeforeAnyKeyIsAsked(t *testing.T) {
	_, key := development(t)
	keys := &counted{KeySet: static(key.Public())}
	guard := guardWith(t, keys, at(noon))
	right, nothing := withKey(key), func(string) []byte { return nil }
	for _, tt := range []struct {
		name   string
		header any
		sign   signature
	}{
		{"alg none and no signature", object{"alg": "none", "typ": "JWT"}, nothing},
		{"alg none and a good signature", object{"alg": "none", "typ": "JWT"}, right},
		{"alg None", object{"alg": "None"}, right},
		{"alg NONE", object{"alg": "NONE"}, right},
		{"alg with a space", object{"alg": "EdDSA "}, right},
		{"alg in lower case", object{"alg": "eddsa"}, right},
		{"alg empty", object{"alg": ""}, right},
		{"alg missing", object{"typ": "JWT"}, right},
		{"alg null", object{"alg": nil}, right},
		{"alg a list", object{"alg": []string{"EdDSA"}}, right},
		{"an allowed alg and an empty signature", object{"alg": "EdDSA"}, nothing},
		{"a header that is null", "null", right},
		{"a header that is a list", "[]", right},
		{"a header that is no JSON", "EdDSA", right},
		{"an empty header", "", right},
	} {
		t.Run(tt.name, func(t *testing.T) {
			refused(t, guard, "Bearer "+forge(t, tt.header, claims(), tt.sign), contact.Unauthenticated)
		})
	}
	if n := keys.asked.Load(); n != 0 {
		t.Errorf("the key set was asked %d times, want never", n)
	}
	accepted(t, guard, "Bearer "+forge(t, object{"alg": "EdDSA"}, claims(), right))
	if n := keys.asked.Load(); n != 1 {
		t.Errorf("the key set was asked %d times for a good token, want once", n)
	}
}

func TestD1TwoAlgorithmsInOneHeaderAreRefused(t *testing.T) {
	issuer, key := development(t)
	guard := issuer.Guard(at(noon))
	for _, header := range []string{`{"alg":"none","alg":"EdDSA"}`, `{"alg":"EdDSA","alg":"none"}`} {
		refused(t, guard, "Bearer "+forge(t, header, claims(), withKey(key)), contact.Unauthenticated)
	}
}

func TestD1AChangedTokenIsRefused(t *testing.T) {
	issuer, key := development(t)
	guard := issuer.Guard(at(noon))
	_, stranger, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(forge(t, object{"alg": "EdDSA"}, claims(), withKey(key)), ".")
	accepted(t, guard, "Bearer "+strings.Join(parts, "."))
	for name, token := range map[string]string{
		"another payload":          parts[0] + "." + segment(t, claims().but("org", "Other")) + "." + parts[2],
		"another header":           segment(t, object{"alg": "EdDSA", "kid": "x"}) + "." + parts[1] + "." + parts[2],
		"a signature cut short":    parts[0] + "." + parts[1] + "." + parts[2][:20],
		"another key's signature":  forge(t, object{"alg": "EdDSA"}, claims(), withKey(stranger)),
		"a signature of something": parts[0] + "." + parts[1] + "." + segment(t, strings.Repeat("s", ed25519.SignatureSize)),
	} {
		t.Run(name, func(t *testing.T) { refused(t, guard, "Bearer "+token, contact.Unauthenticated) })
	}
}

func static(keys ...crypto.PublicKey) auth.KeySet { return &oidc.StaticKeySet{PublicKeys: keys} }

// keys of the three kinds that are accepted.
type keyring struct {
	ed  ed25519.PrivateKey
	ec  *ecdsa.PrivateKey
	rsa *rsa.PrivateKey
}

func newKeyring(t *testing.T) keyring {
	t.Helper()
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return keyring{ed: ed, ec: ec, rsa: rsaKey}
}

// ecSignature signs as ES256 does: r and s, 32 bytes each (RFC 7518, 3.4).
func ecSignature(t *testing.T, key *ecdsa.PrivateKey) signature {
	t.Helper()
	return func(input string) []byte {
		sum := sha256.Sum256([]byte(input))
		r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	}
}

func hmacSignature(secret []byte) signature {
	return func(input string) []byte {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(input))
		return mac.Sum(nil)
	}
}

func TestD2APublicKeyIsNoSecret(t *testing.T) {
	ring := newKeyring(t)
	for name, public := range map[string]crypto.PublicKey{"Ed25519": ring.ed.Public(), "ECDSA": ring.ec.Public(), "RSA": ring.rsa.Public()} {
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		keys := &counted{KeySet: static(public)}
		guard := guardWith(t, keys, at(noon))
		for _, secret := range [][]byte{der, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), der[len(der)-32:]} {
			for _, alg := range []string{"HS256", "HS384", "HS512"} {
				refused(t, guard, "Bearer "+forge(t, object{"alg": alg}, claims(), hmacSignature(secret)), contact.Unauthenticated)
			}
			// With an allowed alg the HMAC is a bad signature.
			refused(t, guard, "Bearer "+forge(t, object{"alg": "RS256"}, claims(), hmacSignature(secret)), contact.Unauthenticated)
		}
		if n := keys.asked.Load(); n != 3 {
			t.Errorf("%s: the key set was asked %d times, want 3: once for each RS256 and never for HMAC", name, n)
		}
	}
}

func TestD2AKeyServesItsOwnAlgorithmOnly(t *testing.T) {
	ring := newKeyring(t)
	for _, tt := range []struct {
		name   string
		header string
		sign   signature
		keys   auth.KeySet
	}{
		{"ES256 signature called RS256, before the EC key", "RS256", ecSignature(t, ring.ec), static(ring.ec.Public())},
		{"ES256 signature called RS256, before the RSA key", "RS256", ecSignature(t, ring.ec), static(ring.rsa.Public())},
		{"ES256 signature before the RSA key", "ES256", ecSignature(t, ring.ec), static(ring.rsa.Public())},
		{"ES256 signature called EdDSA, before the EC key", "EdDSA", ecSignature(t, ring.ec), static(ring.ec.Public())},
		{"Ed25519 signature called ES256", "ES256", withKey(ring.ed), static(ring.ed.Public())},
		{"Ed25519 signature called RS256", "RS256", withKey(ring.ed), static(ring.ed.Public(), ring.rsa.Public(), ring.ec.Public())},
	} {
		t.Run(tt.name, func(t *testing.T) {
			token := forge(t, object{"alg": tt.header}, claims(), tt.sign)
			refused(t, guardWith(t, tt.keys, at(noon)), "Bearer "+token, contact.Unauthenticated)
		})
	}
}

func TestD2OnlyTheListedAlgorithmsAreAccepted(t *testing.T) {
	ring := newKeyring(t)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	guard := guardWith(t, static(ring.ed.Public(), ring.ec.Public(), ring.rsa.Public(), p384.Public()), at(noon))
	for _, tt := range []struct {
		alg  jose.SignatureAlgorithm
		key  any
		good bool
	}{
		{jose.RS256, ring.rsa, true},
		{jose.ES256, ring.ec, true},
		{jose.EdDSA, ring.ed, true},
		{jose.RS384, ring.rsa, false},
		{jose.RS512, ring.rsa, false},
		{jose.PS256, ring.rsa, false},
		{jose.ES384, p384, false},
		{jose.HS256, make([]byte, 64), false},
	} {
		t.Run(string(tt.alg), func(t *testing.T) {
			signer, err := jose.NewSigner(jose.SigningKey{Algorithm: tt.alg, Key: tt.key}, nil)
			if err != nil {
				t.Fatal(err)
			}
			jws, err := signer.Sign(marshal(t, claims()))
			if err != nil {
				t.Fatal(err)
			}
			token, err := jws.CompactSerialize()
			if err != nil {
				t.Fatal(err)
			}
			if tt.good {
				accepted(t, guard, "Bearer "+token)
			} else {
				refused(t, guard, "Bearer "+token, contact.Unauthenticated)
			}
		})
	}
}

func TestD4AHeaderThatOffersAKeyIsRefusedWithoutACall(t *testing.T) {
	var calls atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	defer server.Close()
	_, key := development(t)
	keys := &counted{KeySet: static(key.Public())}
	guard := guardWith(t, keys, at(noon))
	jwk := jose.JSONWebKey{Key: key.Public()}
	for member, values := range map[string][]any{
		"jku":  {server.URL + "/jwks", "", nil},
		"x5u":  {server.URL + "/cert", nil},
		"x5c":  {[]string{"MIIB"}, []string{}, nil},
		"jwk":  {jwk, nil, object{}},
		"crit": {[]string{"exp"}, []string{"b64"}, []string{}, nil},
		"b64":  {false, true},
	} {
		for _, value := range values {
			header := object{"alg": "EdDSA", "typ": "JWT", member: value}
			refused(t, guard, "Bearer "+forge(t, header, claims(), withKey(key)), contact.Unauthenticated)
		}
	}
	if n := calls.Load(); n != 0 {
		t.Errorf("%d outbound calls, want none", n)
	}
	if n := keys.asked.Load(); n != 0 {
		t.Errorf("the key set was asked %d times, want never", n)
	}
}

func TestAKeyIDIsNeverAPath(t *testing.T) {
	issuer, key := development(t)
	header := object{"alg": "EdDSA", "kid": "../../dev/null"}
	// The one key of development is tried whatever the id says; it decides.
	accepted(t, issuer.Guard(at(noon)), "Bearer "+forge(t, header, claims(), withKey(key)))
	refused(t, issuer.Guard(at(noon)), "Bearer "+forge(t, header, claims(), hmacSignature(nil)), contact.Unauthenticated)
}

func TestTheTypeOfATokenIsJWTOrAccessToken(t *testing.T) {
	issuer, key := development(t)
	guard := issuer.Guard(at(noon))
	for _, typ := range []any{absent, "JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"} {
		accepted(t, guard, "Bearer "+forge(t, object{"alg": "EdDSA"}.but("typ", typ), claims(), withKey(key)))
	}
	for _, typ := range []any{"logout+jwt", "JOSE", "", "JWT ", nil, 7, []string{"JWT"}} {
		refused(t, guard, "Bearer "+forge(t, object{"alg": "EdDSA", "typ": typ}, claims(), withKey(key)), contact.Unauthenticated)
	}
}
