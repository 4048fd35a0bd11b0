// Package authtest is an OpenID provider for tests of what verifies tokens. It publishes real keys, signs what it is told to,
// counts who asks, and can answer as no provider should. One invariant: nothing that it signs is changed on the way.
package authtest

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/go-jose/go-jose/v4"
)

// Where a provider answers, behind its URL.
const (
	MetadataPath = "/.well-known/openid-configuration"
	KeysPath     = "/keys"
)

// Provider is an issuer. It is a handler for a server, and a transport for a client that does without one. Safe for concurrent
// use.
type Provider struct {
	mu       sync.Mutex
	url      string
	keys     []*Key
	asked    map[string]int
	answers  map[string]http.HandlerFunc
	holds    map[string]<-chan struct{}
	isAway   bool
	metadata map[string]any
}

// New makes an issuer of that name with some keys.
func New(url string, keys ...*Key) *Provider {
	return &Provider{url: url, keys: keys, asked: map[string]int{}, answers: map[string]http.HandlerFunc{}, holds: map[string]<-chan struct{}{}, metadata: map[string]any{
		"issuer": url, "jwks_uri": strings.TrimSuffix(url, "/") + KeysPath,
	}}
}

// URL is the issuer's name.
func (p *Provider) URL() string { return p.url }

// Publish replaces the keys.
func (p *Provider) Publish(keys ...*Key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = keys
}

// Describe changes a member of the metadata.
func (p *Provider) Describe(member string, value any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.metadata[member] = value
}

// Answer has a path answered in another way; nil answers as before.
func (p *Provider) Answer(path string, by http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers[path] = by
}

// Hold has a path answered only when the channel is closed.
func (p *Provider) Hold(path string, until <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holds[path] = until
}

// SetAway says whether nobody can reach the provider.
func (p *Provider) SetAway(isAway bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.isAway = isAway
}

// Asked is how often a path was asked for.
func (p *Provider) Asked(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[path]
}

// ServeHTTP implements [http.Handler].
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	p.mu.Lock()
	p.asked[path]++
	until := p.holds[path]
	answer, metadata := p.answers[path], maps.Clone(p.metadata)
	var set struct {
		Keys []jose.JSONWebKey `json:"keys"`
	}
	for _, key := range p.keys {
		set.Keys = append(set.Keys, key.public())
	}
	p.mu.Unlock()
	if until != nil {
		select {
		case <-until:
		case <-r.Context().Done():
		}
	}
	switch {
	case answer != nil:
		answer(w, r)
	case strings.HasSuffix(path, MetadataPath):
		writeJSON(w, metadata)
	case strings.HasSuffix(path, KeysPath):
		writeJSON(w, set)
	default:
		http.NotFound(w, r)
	}
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v) //nolint:errcheck // the client is gone; there is nobody to tell
}

// RoundTrip implements [http.RoundTripper]. Every host is this one.
func (p *Provider) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	isAway := p.isAway
	p.mu.Unlock()
	if isAway {
		return nil, errors.New("connection refused")
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	response := w.Result()
	response.Request = r
	return response, nil
}
