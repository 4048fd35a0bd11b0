package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// Bounds of asking an issuer. It is trusted to say who somebody is, not to be fast or brief.
const (
	fetchTime    = 5 * time.Second // for metadata and keys together
	fetchBytes   = 1 << 20         // of an answer
	maxRedirects = 3
	maxCause     = 300 // bytes of a cause in the log, which may quote an answer
)

// checkIssuer refuses a URL that no issuer can have (OpenID Connect Discovery 1.0, 3), and any that keys could be changed
// under way from.
func checkIssuer(issuer string) error {
	u, err := url.Parse(issuer)
	switch {
	case err != nil || u.Host == "" || u.User != nil:
		return errors.New("an issuer is a URL such as https://id.example.com/realms/care")
	case strings.ContainsAny(issuer, "?#"):
		return errors.New("an issuer's URL has neither query nor fragment")
	case !isSafe(u, true):
		return errors.New("an issuer's URL begins with https; http is for loopback addresses only")
	default:
		return nil
	}
}

// isSafe reports whether nobody between here and there can change what the URL answers.
func isSafe(u *url.URL, allowLoopback bool) bool {
	return u.Scheme == "https" || u.Scheme == "http" && allowLoopback && isLoopback(u.Hostname())
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// newClient makes the client that asks the issuer. A fetch an hour needs no connection kept open.
func newClient(transport http.RoundTripper) *http.Client {
	if transport == nil {
		own := &http.Transport{Proxy: http.ProxyFromEnvironment}
		if standard, ok := http.DefaultTransport.(*http.Transport); ok {
			own = standard.Clone()
		}
		own.DisableKeepAlives, own.MaxResponseHeaderBytes = true, 64<<10
		transport = own
	}
	return &http.Client{Transport: bounded{transport}, CheckRedirect: checkRedirect}
}

// bounded cuts answers off that are too long.
type bounded struct{ http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		response.Body = http.MaxBytesReader(nil, response.Body, fetchBytes)
	}
	return response, err
}

// checkRedirect keeps an issuer that can be made to redirect from choosing whose keys are believed.
func checkRedirect(r *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case len(via) > maxRedirects:
		return fmt.Errorf("more than %d redirects", maxRedirects)
	case r.URL.Scheme != first.Scheme || r.URL.Host != first.Host:
		return errors.New("a redirect to another host or scheme is not followed")
	default:
		return nil
	}
}

// fetchKeys asks the issuer where its keys are, and then for them. Both each time: it may have moved them.
func fetchKeys(ctx context.Context, client *http.Client, issuer string) (keyring, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, fetchTime, fmt.Errorf("no answer within %s", fetchTime))
	defer cancel()
	location, err := discover(ctx, client, issuer)
	if err == nil {
		var keys keyring
		if keys, err = download(ctx, client, location); err == nil {
			return keys, nil
		}
		err = fmt.Errorf("fetch the issuer's keys: %w", err)
	}
	if cause := context.Cause(ctx); cause != nil {
		err = errors.Join(cause, err)
	}
	if text := err.Error(); len(text) > maxCause {
		err = errors.New(strings.ToValidUTF8(text[:maxCause], "") + "…")
	}
	return nil, err
}

// discover returns where the issuer's keys are. The library checks that the metadata names the issuer exactly.
func discover(ctx context.Context, client *http.Client, issuer string) (string, error) {
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, client), issuer)
	if err != nil {
		return "", fmt.Errorf("fetch the issuer's metadata: %w", err)
	}
	var metadata struct {
		Keys string `json:"jwks_uri"`
	}
	if err := provider.Claims(&metadata); err != nil {
		return "", fmt.Errorf("read the issuer's metadata: %w", err)
	}
	u, err := url.Parse(metadata.Keys)
	if err != nil || u.Host == "" || u.User != nil || !isSafe(u, strings.HasPrefix(issuer, "http:")) {
		return "", errors.New("read the issuer's metadata: jwks_uri is no https URL")
	}
	return u.String(), nil
}

func download(ctx context.Context, client *http.Client, location string) (keyring, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, location, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json, application/jwk-set+json")
	response, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close() //nolint:errcheck // it is read
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer is %s", response.Status)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, errors.New("the answer is no set of keys")
	}
	return keyringOf(set.Keys)
}
