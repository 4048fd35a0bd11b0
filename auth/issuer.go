package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"contactpanel/contact"
)

// When keys are fetched, and for how long they are believed (decision 0020).
const (
	// fetchGap lies between two fetches as long as there are keys, whoever asks: a flood of tokens that name unknown keys
	// costs the issuer no more, and a key that the issuer signs with before it has published it is found so much later at
	// most.
	fetchGap = time.Minute
	// refreshEvery is how often keys are fetched though nobody misses one: a key that was withdrawn counts no longer.
	refreshEvery = time.Hour
	// keepFor is how long keys outlive an issuer that is away. Nobody gets a new token from it meanwhile.
	keepFor = 24 * time.Hour
	// firstPause lies behind the first fetch in vain while there are no keys; the next are twice as long each, up to
	// fetchGap.
	firstPause = time.Second
)

// IssuerConfig says whose keys an [Issuer] fetches.
type IssuerConfig struct {
	URL       string            // as it stands in the claim iss: https, or http on loopback; no query, no fragment
	Log       *slog.Logger      // is told when keys change or cannot be fetched
	Transport http.RoundTripper // nil: one of net/http's, with the proxies of the environment
	Now       func() time.Time  // nil means [time.Now]
}

// Issuer is an OpenID provider as far as its public keys go: found by discovery (OpenID Connect Discovery 1.0), fetched again
// every hour and when a token names a key that is not known, but never more than once a minute. While the issuer is away its
// keys are kept for 24 hours. It is safe for concurrent use.
type Issuer struct {
	url    string
	log    *slog.Logger
	client *http.Client
	now    func() time.Time

	mu       sync.Mutex
	keys     keyring
	fetched  time.Time     // when keys were
	tried    time.Time     // when the last fetch began
	failure  error         // of the last fetch
	warned   time.Time     // when a failure was last logged; zero: not since keys were fetched
	fetching chan struct{} // closed when the fetch that is under way has ended; nil: none is
}

var _ KeySet = (*Issuer)(nil)

// NewIssuer checks the URL and asks nobody: see [Issuer.Fetch].
func NewIssuer(cfg IssuerConfig) (*Issuer, error) {
	if err := checkIssuer(cfg.URL); err != nil {
		return nil, err
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Issuer{url: cfg.URL, log: cfg.Log, client: newClient(cfg.Transport), now: cfg.Now}, nil
}

// Ready reports whether tokens can be verified: DB_UNAVAILABLE while the issuer's keys were never fetched, or not for 24
// hours.
func (i *Issuer) Ready() error {
	_, err := i.current()
	return err
}

func (i *Issuer) current() (keyring, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.hasKeys() {
		return nil, i.away()
	}
	return i.keys, nil
}

// hasKeys needs the lock.
func (i *Issuer) hasKeys() bool { return len(i.keys) > 0 && i.now().Sub(i.fetched) < keepFor }

// away is said when it is not known whether a token holds. It needs the lock.
func (i *Issuer) away() error {
	cause := i.failure
	if cause == nil {
		cause = errors.New("its keys were not fetched yet")
	}
	return contact.Fault(contact.Unavailable, cause, "the issuer "+i.url+" gives no keys to verify tokens with")
}

// VerifySignature implements [KeySet]. For a key that is not known it waits, within the context, for the keys to be fetched,
// unless they were within the last minute.
func (i *Issuer) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	jws, err := jose.ParseSigned(token, signatureAlgorithms())
	if err != nil {
		return nil, fmt.Errorf("read the token: %w", err)
	}
	keys, err := i.current()
	if err != nil {
		return nil, err
	}
	payload, err := keys.verify(jws)
	if !errors.Is(err, errUnknownKey) {
		return payload, err
	}
	// Whoever asks first fetches for all, and does not leave off when its client does.
	failure := i.fetch(ctx, context.WithoutCancel(ctx))
	if keys, err = i.current(); err != nil {
		return nil, err
	}
	if payload, err = keys.verify(jws); errors.Is(err, errUnknownKey) && failure != nil {
		return nil, contact.Fault(contact.Unavailable, failure, "the issuer "+i.url+" does not say whether it has the token's key")
	}
	return payload, err
}

// Fetch fetches the keys, unless that was done within a minute and there are some. The error says why the last fetch failed;
// keys that there were stay.
func (i *Issuer) Fetch(ctx context.Context) error { return i.fetch(ctx, ctx) }

// fetch waits with the one context for a fetch that is under way, and works with the other.
func (i *Issuer) fetch(wait, work context.Context) error {
	i.mu.Lock()
	under, failure := i.fetching, i.failure
	isRecent := i.hasKeys() && i.now().Sub(i.tried) < fetchGap
	if under == nil && !isRecent {
		i.fetching, i.tried = make(chan struct{}), i.now()
	}
	i.mu.Unlock()
	switch {
	case under != nil:
		select {
		case <-under:
			return i.lastFailure()
		case <-wait.Done():
			return wait.Err()
		}
	case isRecent:
		return failure
	default:
		return i.fetchNow(work)
	}
}

func (i *Issuer) fetchNow(ctx context.Context) (failure error) {
	keys, err := keyring(nil), errors.New("the fetch did not end")
	defer func() {
		if what := recover(); what != nil { // what an issuer publishes must not end the process
			err = fmt.Errorf("the fetch has panicked: %v\n%s", what, debug.Stack())
			failure = err
		}
		i.settle(ctx, keys, err)
	}()
	keys, err = fetchKeys(ctx, i.client, i.url)
	return err
}

// settle keeps the outcome of a fetch and ends it.
func (i *Issuer) settle(ctx context.Context, keys keyring, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.failure = err
	switch {
	case err != nil && errors.Is(ctx.Err(), context.Canceled): // by the one who stops the gateway
	case err != nil:
		i.warn(ctx, err)
	case i.fetched.IsZero():
		i.log.InfoContext(ctx, "the issuer's keys are here", "issuer", i.url, "keys", len(keys))
	case !keys.equals(i.keys):
		i.log.InfoContext(ctx, "the issuer has other keys", "issuer", i.url, "keys", len(keys))
	}
	if err == nil {
		i.keys, i.fetched, i.warned = keys, i.now(), time.Time{}
	}
	close(i.fetching)
	i.fetching = nil
}

// warn logs a failure, once a minute. It needs the lock.
func (i *Issuer) warn(ctx context.Context, err error) {
	now := i.now()
	if since := now.Sub(i.warned); !i.warned.IsZero() && since >= 0 && since < fetchGap {
		return
	}
	i.warned = now
	i.log.WarnContext(ctx, "the issuer's keys cannot be fetched", "issuer", i.url, "kept", len(i.keys), "err", err)
}

func (i *Issuer) lastFailure() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.failure
}

// Keep fetches the keys now and every hour until the context ends, and after a failure again soon.
func (i *Issuer) Keep(ctx context.Context) {
	for soon := firstPause; ; {
		pause := refreshEvery
		switch err := i.Fetch(ctx); {
		case err == nil:
			soon = firstPause
		case i.Ready() == nil:
			pause = fetchGap
		default:
			pause, soon = soon, min(2*soon, fetchGap)
		}
		timer := time.NewTimer(pause + rand.N(pause/4)) //nolint:gosec // jitter is no secret
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}
