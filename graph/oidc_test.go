package graph_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"contactpanel/auth"
	"contactpanel/auth/authtest"
	"contactpanel/graph"
)

const issuerURL = "https://id.example.com/"

// byIssuer makes a gateway that accepts the tokens of an OpenID provider with one RSA key.
func byIssuer(t *testing.T) (*live, *authtest.Provider, *authtest.Key) {
	t.Helper()
	key := authtest.NewKey(t, "rsa-1", authtest.RS256)
	p := authtest.New(issuerURL, key)
	l := newLive(t, func(d *graph.Deps) {
		issuer, err := auth.NewIssuer(auth.IssuerConfig{URL: issuerURL, Log: d.Log, Transport: p, Now: d.Now})
		if err != nil {
			t.Fatal(err)
		}
		if err := issuer.Fetch(t.Context()); err != nil {
			t.Fatal(err)
		}
		guard, err := auth.New(auth.Config{Issuer: issuerURL, Audience: "contactpanel", Keys: issuer, Now: d.Now})
		if err != nil {
			t.Fatal(err)
		}
		d.SignIn = guard.Actor
		d.Limits.HeaderBytes = 32 << 10 // so that the token's own limit is met
	})
	l.log.take() // of the first keys
	return l, p, key
}

// with returns the claims of a good token with some changed; absent leaves one out.
func with(changes ...any) object {
	claims := object{
		"iss": issuerURL, "aud": "contactpanel", "sub": "auth0|ada", "name": "Ada Agent", "org": acme, "roles": []string{"AGENT"},
		"iat": noon.Unix(), "nbf": noon.Unix(), "exp": noon.Add(time.Hour).Unix(),
	}
	for i := 0; i < len(changes); i += 2 {
		if name, value := changes[i].(string), changes[i+1]; value == absent {
			delete(claims, name)
		} else {
			claims[name] = value
		}
	}
	return claims
}

const absent = leftOut("left out")

type leftOut string

// hs256 signs with a secret.
func hs256(secret []byte) func(string) []byte {
	return func(input string) []byte {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(input))
		return mac.Sum(nil)
	}
}

func TestT4ABadTokenIsRefusedByHTTPAndBySocketAlike(t *testing.T) {
	l, p, key := byIssuer(t)
	var called atomic.Int64
	evil := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called.Add(1) }))
	t.Cleanup(evil.Close)
	der, err := x509.MarshalPKIXPublicKey(key.Private.Public())
	if err != nil {
		t.Fatal(err)
	}
	stolen, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	stranger := &authtest.Key{ID: key.ID, Algorithm: authtest.RS256, Private: stolen}
	escaping := &authtest.Key{ID: "../../dev/null", Algorithm: authtest.RS256, Private: stolen}
	raw, err := json.Marshal(with())
	if err != nil {
		t.Fatal(err)
	}
	unsigned := func(string) []byte { return nil }
	sign := func(changes ...any) string { return key.Sign(t, with(changes...), nil) }
	headed := func(name string, value any) string {
		return key.Sign(t, with(), map[string]any{name: value})
	}
	secret := func(key []byte) string {
		return authtest.Forge(t, object{"alg": "HS256", "kid": "rsa-1"}, with(), hs256(key))
	}
	after := func(d time.Duration) int64 { return noon.Add(d).Unix() }
	const limit = 16 << 10
	wide := func(n int) string { // a header of just n bytes
		token := sign("pad", strings.Repeat("p", 11<<10))
		return strings.Repeat(" ", n-len("Bearer ")-len(token)) + token
	}
	for _, tt := range []struct {
		name, token string
		good        bool
	}{
		{"a good one", sign(), true},
		{"alg none", authtest.Forge(t, object{"alg": "none"}, with(), unsigned), false},
		{"alg none with something behind", authtest.Forge(t, object{"alg": "none"}, with(), hs256(nil)), false},
		{"alg None", authtest.Forge(t, object{"alg": "None", "kid": "rsa-1"}, with(), hs256(nil)), false},
		{"HS256 with the public key (DER)", secret(der), false},
		{"HS256 with the public key (PEM)", secret(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), false},
		{"HS256 with nothing", secret(nil), false},
		{"another's key under the same id", stranger.Sign(t, with(), nil), false},
		{"a key's id that is a path", escaping.Sign(t, with(), nil), false},
		{"HS256 with the content of that path", authtest.Forge(t, object{"alg": "HS256", "kid": "../../dev/null"}, with(), hs256(nil)), false},
		{"jku", headed("jku", evil.URL+"/jwks"), false},
		{"x5u", headed("x5u", evil.URL+"/cert"), false},
		{"x5c", headed("x5c", []string{"MIIB"}), false},
		{"jwk", headed("jwk", object{"kty": "oct", "k": "AAAA"}), false},
		{"crit", authtest.Forge(t, object{"alg": "RS256", "kid": "rsa-1", "crit": []string{"exp"}}, with(), hs256(nil)), false},
		{"a logout token", headed("typ", "logout+jwt"), false},
		{"an access token by its type", headed("typ", "at+jwt"), true},
		{"another audience", sign("aud", "account"), false},
		{"no audience", sign("aud", absent), false},
		{"ours among audiences", sign("aud", []string{"account", "contactpanel"}), true},
		{"another issuer", sign("iss", "https://id.example.com"), false},
		{"no issuer", sign("iss", absent), false},
		{"expired for 29 s", sign("exp", after(-29*time.Second)), true},
		{"expired for 31 s", sign("exp", after(-31*time.Second)), false},
		{"no expiry", sign("exp", absent), false},
		{"not before 29 s from now", sign("nbf", after(29*time.Second)), true},
		{"not before 31 s from now", sign("nbf", after(31*time.Second)), false},
		{"issued in 31 s", sign("iat", after(31*time.Second)), false},
		{"no subject", sign("sub", absent), false},
		{"a claim twice", key.Sign(t, strings.Replace(string(raw), "{", `{"org":"globex",`, 1), nil), false},
		{"an audience in capitals", sign("aud", "account", "AUD", "contactpanel"), false},
		{"an ID token", sign("nonce", "n-0S6_WzA2Mj", "at_hash", "77QmUPtjPfzWtF2AnpK9RQ"), false},
		{"an ID token of Keycloak", sign("typ", "ID"), false},
		{"16 KiB", wide(limit), true},
		{"16 KiB and a byte", wide(limit + 1), false},
		{"a JWE", "eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bearer := "Bearer " + tt.token
			got := l.send(t, request{header: http.Header{"Authorization": {bearer}}, body: strings.NewReader(viewerQuery)})
			challenge := got.header.Get("WWW-Authenticate")
			c := l.dial(t, nil)
			c.say(fmt.Sprintf(`{"type":"connection_init","payload":{"Authorization":%q}}`, bearer))
			if tt.good {
				if got.status != http.StatusOK || challenge != "" {
					t.Errorf("status %d %s, challenge %q", got.status, got.body, challenge)
				}
				if strings.HasPrefix(tt.name, "expired") { // the leeway is for requests: a socket would end at once
					c.isClosed(4403, "Token expired")
				} else {
					c.hears(ack)
					c.ws.CloseNow()
				}
				return
			}
			if got.status != http.StatusUnauthorized || got.codes(t) != "UNAUTHENTICATED" || challenge != `Bearer realm="contactpanel", error="invalid_token"` {
				t.Errorf("status %d %s, challenge %q", got.status, got.body, challenge)
			}
			c.isClosed(4403, "Forbidden")
		})
	}
	if n := called.Load(); n != 0 {
		t.Errorf("%d calls to where tokens point", n)
	}
	if n := p.Asked("/keys"); n != 1 {
		t.Errorf("the issuer's keys were fetched %d times within a minute, want once", n)
	}
	if log := l.log.faults(); log != "" {
		t.Errorf("the log: %s", log)
	}
	none := l.send(t, request{header: http.Header{"Authorization": nil}, body: strings.NewReader(viewerQuery)})
	if got := none.header.Get("WWW-Authenticate"); none.status != http.StatusUnauthorized || got != `Bearer realm="contactpanel"` {
		t.Errorf("without a token: status %d, challenge %q", none.status, got)
	}
}
