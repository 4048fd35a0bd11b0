package main

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestOnlyListedOriginsMayCall(t *testing.T) {
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
