package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestB11OnlyListedOriginsMayCall(t *testing.T) {
	allowed, err := parseOrigins([]string{"https://app.example.com", "https://*.agents.example:8443"}, true)
	if err != nil {
		t.Fatal(err)
	}
	h := crossOrigin(allowed).Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, tt := range []struct {
		origin string
		want   bool
	}{
		{"https://app.example.com", true},
		{"http://app.example.com", false},
		{"https://app.example.com:443", false},
		{"https://app.example.com.evil.tld", false},
		{"https://evil-app.example.com", false},
		{"https://APP.example.com", false},
		{"https://one.agents.example:8443", true},
		{"https://one.two.agents.example:8443", false},
		{"https://agents.example:8443", false},
		{"https://one.agents.example", false},
		{"https://evilagents.example:8443", false},
		{"http://localhost:5173", true},
		{"http://127.0.0.1:3000", true},
		{"http://[::1]:3000", true},
		{"http://localhost.evil.tld", false},
		{"http://127.0.0.1.evil.tld", false},
		{"null", false},
		{"file://", false},
		{"https://[2001:db8::1]", false},
		{"http://[::1%25eth0]:3000", false},
		{"http://[::]", false},
		{"HTTP://localhost", false},
		{"*", false},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodOptions, "/graphql", nil)
		r.Header.Set("Origin", tt.origin)
		r.Header.Set("Access-Control-Request-Method", http.MethodPost)
		r.Header.Set("Access-Control-Request-Headers", "accept-language,authorization,content-type,x-request-id")
		h.ServeHTTP(w, r)
		got := w.Header().Get("Access-Control-Allow-Origin")
		if (got == tt.origin) != tt.want || got == "*" {
			t.Errorf("a page of %s gets %q, want it allowed: %t", tt.origin, got, tt.want)
		}
		if !slices.ContainsFunc(w.Header().Values("Vary"), func(v string) bool { return strings.Contains(v, "Origin") }) {
			t.Errorf("the answer to %s does not vary by origin: %v", tt.origin, w.Header())
		}
		if w.Header().Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("cookies carry authority for %s", tt.origin)
		}
	}
}

func TestAnswersExposeTheirHeaders(t *testing.T) {
	allowed, err := parseOrigins(nil, true)
	if err != nil {
		t.Fatal(err)
	}
	h := crossOrigin(allowed).Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
	r.Header.Set("Origin", "http://localhost:5173")
	h.ServeHTTP(w, r)
	if got := w.Header().Get("Access-Control-Expose-Headers"); got != "X-Request-Id, Retry-After, Content-Disposition" {
		t.Errorf("exposed are %q", got)
	}
}

// B11 at a running gateway: one list of origins is for what a page may read and for what it may send.
func TestB11ForeignOriginsMayNeitherReadNorSend(t *testing.T) {
	data := t.TempDir()
	p := start(t, data, "--no-demo", "--allow-origin", "https://*.example.com", "--allow-origin", "https://[2001:db8::1]:8443")
	authorization := header(t, data, "--agent", "Ada", "--org", "one")
	for origin, isAllowed := range map[string]bool{
		"https://app.example.com": true, "https://[2001:db8::1]:8443": true, "http://[::1]:3000": true, // of this machine, in development
		"null": false, "https://app.example.com.evil.tld": false, "http://app.example.com": false, "https://APP.example.com": false, "HTTPS://app.example.com": false,
		"https://example.com": false, "https://a.b.example.com": false, "https://app.example.com:8443": false, "https://app.evil.tld": false,
		"https://[2001:db8::1]": false, "https://[2001:db8::2]:8443": false, "https://[2001:DB8::1]:8443": false, "https://[2001:db8:0::1]:8443": false,
		"https://*.example.com": false, "*": false, "https://app.example.com/": false, "https://user@app.example.com": false,
	} {
		for method, want := range map[string]int{http.MethodPost: http.StatusForbidden, http.MethodOptions: http.StatusNoContent} {
			if isAllowed && method == http.MethodPost {
				want = http.StatusOK
			}
			r, err := http.NewRequestWithContext(t.Context(), method, p.url+"/graphql", strings.NewReader(`{"query":"{ viewer { id } }"}`))
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range map[string]string{
				"Content-Type": "application/json", "Authorization": authorization, "Origin": origin, "Sec-Fetch-Site": "cross-site",
			} {
				r.Header.Set(name, value)
			}
			if method == http.MethodOptions {
				r.Header.Set("Access-Control-Request-Method", http.MethodPost)
			}
			got, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			got.Body.Close()
			shown := got.Header.Values("Access-Control-Allow-Origin")
			if got.StatusCode != want || len(shown) > 1 || (len(shown) == 1 && shown[0] == origin) != isAllowed || !isAllowed && len(shown) > 0 || got.Header.Get("X-Request-Id") == "" {
				t.Errorf("%s of %s: status %d, want %d; who may read it: %q", method, origin, got.StatusCode, want, shown)
			}
		}
	}
}

func TestB11PagesOfThisMachineAreAllowedInDevelopmentOnly(t *testing.T) {
	allowed, err := parseOrigins([]string{"https://app.example.com"}, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, origin := range []string{"http://localhost:5173", "http://127.0.0.1:3000", "http://[::1]:3000", "http://[::ffff:127.0.0.1]", "null"} {
		if allowed.allows(origin) {
			t.Errorf("%s may call", origin)
		}
	}
}

func TestB11StartRefusesOriginsThatMeanMoreThanTheySay(t *testing.T) {
	for _, origin := range []string{"*", "https://*", "https://*.com", "https://app*.example.com", "https://app.*.com", "https://*app.example.com", "null"} {
		var errOut strings.Builder
		ctx, cancel := context.WithTimeout(t.Context(), patience) // of one that is accepted, and serves
		status := run(ctx, []string{"serve", "--no-demo", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--allow-origin", origin}, io.Discard, &errOut)
		cancel()
		if status == exitFine || !strings.Contains(errOut.String(), "--allow-origin "+origin) {
			t.Errorf("--allow-origin %s gave status %d and %q", origin, status, errOut.String())
		}
	}
}

func TestWildcardsAreRefused(t *testing.T) {
	for _, origin := range []string{
		"*", "https://*", "https://*.com", "https://app*.example.com", "https://*.*.example.com", "https://app.example.com/", "app.example.com",
		"ftp://app.example.com", "https://user@app.example.com", "null", "",
	} {
		if _, err := parseOrigins([]string{origin}, false); err == nil {
			t.Errorf("--allow-origin %q was accepted", origin)
		}
	}
}
