package auth_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"contactpanel/auth"
	"contactpanel/auth/authtest"
	"contactpanel/contact"
)

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		w.Write([]byte(body))
	}
}

func redirects(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
}

func TestAnIssuerIsAnHTTPSURL(t *testing.T) {
	for url, good := range map[string]bool{
		"https://id.example.com": true, "https://id.example.com/": true, "https://id.example.com:8443/realms/care": true,
		"http://localhost:9000": true, "http://127.0.0.1:9000/a": true, "http://[::1]:9000": true,
		"http://id.example.com": false, "http://127.0.0.1.example.com": false, "http://localhost.example.com": false, "http://10.0.0.1": false,
		"ftp://id.example.com": false, "id.example.com": false, "https://": false, "": false, "https:///realms": false,
		"https://id.example.com?x=y": false, "https://id.example.com#x": false, "https://id.example.com?": false,
		"https://user:secret@id.example.com": false, "file:///etc/passwd": false,
	} {
		if _, err := auth.NewIssuer(auth.IssuerConfig{URL: url, Log: slog.New(slog.DiscardHandler)}); (err == nil) != good {
			t.Errorf("NewIssuer(%q) = %v, want it accepted: %t", url, err, good)
		}
	}
}

func TestAnIssuerThatAnswersWronglyGivesNoKeys(t *testing.T) {
	const metadata, keys = "/realms/care" + authtest.MetadataPath, "/realms/care" + authtest.KeysPath
	manyKeys := `{"keys":[` + strings.Repeat(`{"kty":"RSA"},`, 100) + `{"kty":"RSA"}]}`
	for _, tt := range []struct {
		name string
		make func(*authtest.Provider)
		want string // in the error
	}{
		{"it names another issuer", func(p *authtest.Provider) { p.Describe("issuer", "https://evil.example") }, "https://evil.example"},
		{"it names itself with a slash", func(p *authtest.Provider) { p.Describe("issuer", issuerURL+"/") }, "care/"},
		{"it names itself in capitals", func(p *authtest.Provider) { p.Describe("issuer", strings.ToUpper(issuerURL)) }, "CARE"},
		{"it names nobody", func(p *authtest.Provider) { p.Describe("issuer", nil) }, "metadata"},
		{"its keys are nowhere", func(p *authtest.Provider) { p.Describe("jwks_uri", nil) }, "jwks_uri"},
		{"its keys are no URL", func(p *authtest.Provider) { p.Describe("jwks_uri", "/keys") }, "jwks_uri"},
		{"its keys are a number", func(p *authtest.Provider) { p.Describe("jwks_uri", 7) }, "metadata"},
		{"its keys come by http", func(p *authtest.Provider) { p.Describe("jwks_uri", "http://id.example.com/keys") }, "jwks_uri"},
		{"its keys come by http from here", func(p *authtest.Provider) { p.Describe("jwks_uri", "http://127.0.0.1/keys") }, "jwks_uri"},
		{"its keys are a file", func(p *authtest.Provider) { p.Describe("jwks_uri", "file:///etc/passwd") }, "jwks_uri"},
		{"it fails", func(p *authtest.Provider) { p.Answer(metadata, says(500, "oops")) }, "500"},
		{"it fails at length", func(p *authtest.Provider) { p.Answer(metadata, says(500, strings.Repeat("oops ", 1000))) }, "500"},
		{"it has moved elsewhere", func(p *authtest.Provider) { p.Answer(metadata, redirects("https://evil.example/metadata")) }, "redirect"},
		{"it has moved to http", func(p *authtest.Provider) { p.Answer(metadata, redirects("http://id.example.com/metadata")) }, "redirect"},
		{"it has moved to another port", func(p *authtest.Provider) { p.Answer(metadata, redirects("https://id.example.com:8443/m")) }, "redirect"},
		{"it moves for ever", func(p *authtest.Provider) { p.Answer(metadata, redirects(metadata)) }, "more than 3 redirects"},
		{"it is a page", func(p *authtest.Provider) { p.Answer(metadata, says(200, "<html>Sign in</html>")) }, "metadata"},
		{"it talks for ever", func(p *authtest.Provider) { p.Answer(metadata, says(200, strings.Repeat(" ", 1<<20)+"{}")) }, "too large"},
		{"its keys fail", func(p *authtest.Provider) { p.Answer(keys, says(503, "oops")) }, "503"},
		{"its keys are empty", func(p *authtest.Provider) { p.Answer(keys, says(204, "")) }, "204"},
		{"its keys have moved elsewhere", func(p *authtest.Provider) { p.Answer(keys, redirects("https://evil.example/keys")) }, "redirect"},
		{"its keys are a page", func(p *authtest.Provider) { p.Answer(keys, says(200, "<html>")) }, "no set of keys"},
		{"its keys are a list", func(p *authtest.Provider) { p.Answer(keys, says(200, "[]")) }, "no set of keys"},
		{"its keys have no end", func(p *authtest.Provider) { p.Answer(keys, says(200, strings.Repeat(" ", 1<<20)+`{"keys":[]}`)) }, "too large"},
		{"it has no keys", func(p *authtest.Provider) { p.Publish() }, "none can be used"},
		{"it has 101 keys", func(p *authtest.Provider) { p.Answer(keys, says(200, manyKeys)) }, "more than 100"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key := authtest.NewKey(t, "one", authtest.EdDSA)
			o := newOffice(t, key)
			tt.make(o.provider)
			err := o.issuer.Fetch(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.want) || len(err.Error()) > 400 {
				t.Errorf("Fetch = %v, want an error of some words with %q", err, tt.want)
			}
			refused(t, o.Guard, signed(t, key), contact.Unavailable)
			if !strings.Contains(o.log.String(), "the issuer's keys cannot be fetched") {
				t.Errorf("the log says nothing of it: %s", &o.log)
			}
			// What was known stays.
			o = newOffice(t, key).opened(t)
			tt.make(o.provider)
			o.set(time.Minute)
			if err := o.issuer.Fetch(t.Context()); err == nil {
				t.Error("Fetch = nil the second time")
			}
			accepted(t, o.Guard, signed(t, key))
		})
	}
}

func TestARedirectOnTheSameHostIsFollowed(t *testing.T) {
	key := authtest.NewKey(t, "one", authtest.EdDSA)
	o := newOffice(t, key)
	o.provider.Answer("/realms/care"+authtest.MetadataPath, redirects("/new"+authtest.MetadataPath))
	o.provider.Describe("jwks_uri", "https://keys.example.net/of/id"+authtest.KeysPath) // another host of the issuer's choice
	accepted(t, o.opened(t).Guard, signed(t, key))
}

func TestAnIssuerHasFiveSeconds(t *testing.T) {
	for _, path := range []string{authtest.MetadataPath, authtest.KeysPath} {
		synctest.Test(t, func(t *testing.T) {
			p := authtest.New(issuerURL, authtest.NewKey(t, "one", authtest.EdDSA))
			p.Hold("/realms/care"+path, make(chan struct{}))
			began := time.Now()
			err := newIssuer(t, p, time.Now, &bytes.Buffer{}).Fetch(t.Context())
			if took := time.Since(began); took != 5*time.Second || err == nil || !strings.Contains(err.Error(), "no answer within 5s") {
				t.Errorf("%s: Fetch = %v after %s, want an error after 5 s", path, err, took)
			}
		})
	}
}

func TestKeysThatCannotBeUsedArePassedOver(t *testing.T) {
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good, secret := authtest.NewKey(t, "good", authtest.EdDSA), []byte(strings.Repeat("s", 32))
	marshalled := func(key jose.JSONWebKey) string { return string(marshal(t, key)) }
	rsaKey := authtest.NewKey(t, "", authtest.RS256)
	for name, published := range map[string]string{
		"a secret":               marshalled(jose.JSONWebKey{Key: secret, KeyID: "it", Algorithm: "HS256"}),
		"a weak key":             marshalled(jose.JSONWebKey{Key: &weak.PublicKey, KeyID: "it"}),
		"another curve":          marshalled(jose.JSONWebKey{Key: p384.Public(), KeyID: "it"}),
		"a key for encryption":   marshalled(jose.JSONWebKey{Key: rsaKey.Private.Public(), KeyID: "it", Use: "enc"}),
		"a key for RS512":        marshalled(jose.JSONWebKey{Key: rsaKey.Private.Public(), KeyID: "it", Algorithm: "RS512"}),
		"a private key":          marshalled(jose.JSONWebKey{Key: rsaKey.Private, KeyID: "it"}),
		"a kind of tomorrow":     `{"kty":"ML-DSA","kid":"it"}`,
		"a key without a number": `{"kty":"RSA","kid":"it"}`,
		"no object":              `7`,
		"no kind":                `{}`,
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			set := fmt.Sprintf(`{"keys":[%s,%s]}`, published, marshalled(jose.JSONWebKey{Key: good.Private.Public(), KeyID: good.ID}))
			o.provider.Answer("/realms/care"+authtest.KeysPath, says(200, set))
			accepted(t, o.opened(t).Guard, signed(t, good))
			for _, alg := range []string{"HS256", "RS256", "ES256"} {
				header := object{"alg": alg, "kid": "it"}
				refused(t, o.Guard, "Bearer "+authtest.Forge(t, header, claims().but("iss", issuerURL), hmacSignature(secret)), contact.Unauthenticated)
			}
			for _, private := range []crypto.Signer{rsaKey.Private, weak} {
				key := &authtest.Key{ID: "it", Algorithm: authtest.RS256, Private: private}
				refused(t, o.Guard, signed(t, key), contact.Unauthenticated)
			}
		})
	}
}
