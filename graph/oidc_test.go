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
		reason      string // of the log; "": it is a good one
		isOurs      bool   // its signature holds, so that the log may name whom it names
	}{
		{"a good one", sign(), "", false},
		{"alg none", authtest.Forge(t, object{"alg": "none"}, with(), unsigned), "malformed", false},
		{"alg none with something behind", authtest.Forge(t, object{"alg": "none"}, with(), hs256(nil)), "algorithm", false},
		{"alg None", authtest.Forge(t, object{"alg": "None", "kid": "rsa-1"}, with(), hs256(nil)), "algorithm", false},
		{"HS256 with the public key (DER)", secret(der), "algorithm", false},
		{"HS256 with the public key (PEM)", secret(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), "algorithm", false},
		{"HS256 with nothing", secret(nil), "algorithm", false},
		{"another's key under the same id", stranger.Sign(t, with(), nil), "signature", false},
		{"a key's id that is a path", escaping.Sign(t, with(), nil), "unknown-key", false},
		{"HS256 with the content of that path", authtest.Forge(t, object{"alg": "HS256", "kid": "../../dev/null"}, with(), hs256(nil)), "algorithm", false},
		{"jku", headed("jku", evil.URL+"/jwks"), "malformed", false},
		{"x5u", headed("x5u", evil.URL+"/cert"), "malformed", false},
		{"x5c", headed("x5c", []string{"MIIB"}), "malformed", false},
		{"jwk", headed("jwk", object{"kty": "oct", "k": "AAAA"}), "malformed", false},
		{"crit", authtest.Forge(t, object{"alg": "RS256", "kid": "rsa-1", "crit": []string{"exp"}}, with(), hs256(nil)), "malformed", false},
		{"a logout token", headed("typ", "logout+jwt"), "id-token", false},
		{"an access token by its type", headed("typ", "at+jwt"), "", false},
		{"another audience", sign("aud", "account"), "audience", false},
		{"no audience", sign("aud", absent), "audience", false},
		{"ours among audiences", sign("aud", []string{"account", "contactpanel"}), "", false},
		{"another issuer", sign("iss", "https://id.example.com"), "issuer", false},
		{"no issuer", sign("iss", absent), "issuer", false},
		{"expired for 29 s", sign("exp", after(-29*time.Second)), "", false},
		{"expired for 31 s", sign("exp", after(-31*time.Second)), "expired", true},
		{"no expiry", sign("exp", absent), "malformed", true},
		{"not before 29 s from now", sign("nbf", after(29*time.Second)), "", false},
		{"not before 31 s from now", sign("nbf", after(31*time.Second)), "not-yet", true},
		{"issued in 31 s", sign("iat", after(31*time.Second)), "not-yet", true},
		{"no subject", sign("sub", absent), "malformed", false},
		{"a claim twice", key.Sign(t, strings.Replace(string(raw), "{", `{"org":"globex",`, 1), nil), "malformed", false},
		{"an audience in capitals", sign("aud", "account", "AUD", "contactpanel"), "malformed", false},
		{"an ID token", sign("nonce", "n-0S6_WzA2Mj", "at_hash", "77QmUPtjPfzWtF2AnpK9RQ"), "id-token", true},
		{"an ID token of Keycloak", sign("typ", "ID"), "id-token", true},
		{"16 KiB", wide(limit), "", false},
		{"16 KiB and a byte", wide(limit + 1), "too-large", false},
		{"a JWE", "eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn", "malformed", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bearer := "Bearer " + tt.token
			got := l.send(t, request{header: http.Header{"Authorization": {bearer}}, body: strings.NewReader(viewerQuery)})
			challenge := got.header.Get("WWW-Authenticate")
			c := l.dial(t, nil)
			c.say(fmt.Sprintf(`{"type":"connection_init","payload":{"Authorization":%q}}`, bearer))
			if tt.reason == "" {
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
			lines := strings.Split(strings.TrimSpace(l.log.take()), "\n")
			for _, line := range lines {
				isNamed := strings.Contains(line, `organisation=acme agent=auth0|ada`)
				if !strings.HasSuffix(line, " reason="+tt.reason) || isNamed != tt.isOurs {
					t.Errorf("the log: %s", line)
				}
			}
			if len(lines) != 2 {
				t.Errorf("the log has %d lines, want one of the request and one of the socket", len(lines))
			}
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
