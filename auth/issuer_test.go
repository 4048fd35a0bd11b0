package auth_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"contactpanel/auth"
	"contactpanel/auth/authtest"
	"contactpanel/contact"
)

const issuerURL = "https://id.example.com/realms/care"

// office is an issuer, a guard that believes it, and a clock that the test sets.
type office struct {
	*auth.Guard
	provider *authtest.Provider
	issuer   *auth.Issuer
	log      bytes.Buffer

	mu  sync.Mutex
	now time.Time
}

func newOffice(t *testing.T, keys ...*authtest.Key) *office {
	t.Helper()
	o := &office{provider: authtest.New(issuerURL, keys...), now: noon}
	o.issuer = newIssuer(t, o.provider, o.clock, &o.log)
	var err error
	o.Guard, err = auth.New(auth.Config{Issuer: issuerURL, Audience: "contactpanel", Keys: o.issuer, Now: o.clock})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func newIssuer(t *testing.T, p *authtest.Provider, now func() time.Time, log *bytes.Buffer) *auth.Issuer {
	t.Helper()
	issuer, err := auth.NewIssuer(auth.IssuerConfig{URL: p.URL(), Log: slog.New(slog.NewTextHandler(log, nil)), Transport: p, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return issuer
}

func (o *office) clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

func (o *office) set(after time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = noon.Add(after)
}

// opened fetches the keys.
func (o *office) opened(t *testing.T) *office {
	t.Helper()
	if err := o.issuer.Fetch(t.Context()); err != nil {
		t.Fatal(err)
	}
	return o
}

// hasAsked checks how often the keys were fetched.
func (o *office) hasAsked(t *testing.T, when string, want int) {
	t.Helper()
	if got := o.provider.Asked("/realms/care" + authtest.KeysPath); got != want {
		t.Errorf("%s: the keys were fetched %d times, want %d", when, got, want)
	}
}

// signed is a good token of the issuer, for a day.
func signed(tb testing.TB, key *authtest.Key) string {
	tb.Helper()
	return "Bearer " + key.Sign(tb, claims().but("iss", issuerURL).but("exp", noon.Add(48*time.Hour).Unix()), nil)
}

func TestTokensOfEachKindOfKeyAreVerified(t *testing.T) {
	for _, algorithm := range []string{authtest.RS256, authtest.ES256, authtest.EdDSA} {
		key, stranger := authtest.NewKey(t, "one", algorithm), authtest.NewKey(t, "one", algorithm)
		o := newOffice(t, authtest.NewKey(t, "other", algorithm), key).opened(t)
		if got := accepted(t, o.Guard, signed(t, key)); got.Org != "Demo" || got.ID != "anna" {
			t.Errorf("%s: the actor is %+v", algorithm, got)
		}
		o.set(time.Hour)
		refused(t, o.Guard, signed(t, stranger), contact.Unauthenticated)
		o.hasAsked(t, "a forged signature of a known key", 1)
		key.ID = "" // RFC 7515 does not demand one
		accepted(t, o.Guard, signed(t, key))
	}
}

func TestD3UnknownKeysCostOneFetchAMinute(t *testing.T) {
	key := authtest.NewKey(t, "one", authtest.EdDSA)
	o := newOffice(t, key).opened(t)
	flood := func() {
		t.Helper()
		var group sync.WaitGroup
		for worker := range 20 {
			group.Go(func() {
				for i := range 50 {
					unknown := &authtest.Key{ID: fmt.Sprint("unknown ", worker, i), Algorithm: key.Algorithm, Private: key.Private}
					refused(t, o.Guard, signed(t, unknown), contact.Unauthenticated)
				}
			})
		}
		group.Wait()
		accepted(t, o.Guard, signed(t, key))
	}
	for _, step := range []struct {
		at   time.Duration
		want int
	}{{0, 1}, {59 * time.Second, 1}, {time.Minute, 2}, {119 * time.Second, 2}, {2 * time.Minute, 3}} {
		o.set(step.at)
		flood()
		o.hasAsked(t, fmt.Sprint("1,000 unknown keys at ", step.at), step.want)
	}
}

func TestAKeyIsFoundWhenATokenNamesIt(t *testing.T) {
	first, second := authtest.NewKey(t, "first", authtest.RS256), authtest.NewKey(t, "second", authtest.ES256)
	o := newOffice(t, first).opened(t)
	o.set(30 * time.Second)
	o.provider.Publish(second, first)
	refused(t, o.Guard, signed(t, second), contact.Unauthenticated)
	accepted(t, o.Guard, signed(t, first))
	o.set(time.Minute)
	accepted(t, o.Guard, signed(t, second))
	accepted(t, o.Guard, signed(t, first))
	o.hasAsked(t, "after the second key came", 2)

	o.provider.Publish(second) // the first is withdrawn
	o.set(2 * time.Minute)
	if err := o.issuer.Fetch(t.Context()); err != nil {
		t.Fatal(err)
	}
	refused(t, o.Guard, signed(t, first), contact.Unauthenticated)
	accepted(t, o.Guard, signed(t, second))
	if log := o.log.String(); strings.Count(log, "the issuer has other keys") != 2 || strings.Count(log, "the issuer's keys are here") != 1 {
		t.Errorf("three sets of keys, and the log is: %s", log)
	}
}

func TestD11KeysOutliveAnIssuerThatIsAwayForADay(t *testing.T) {
	key, unknown := authtest.NewKey(t, "one", authtest.RS256), authtest.NewKey(t, "two", authtest.RS256)
	o := newOffice(t, key).opened(t)
	o.provider.SetAway(true)
	for _, after := range []time.Duration{time.Minute, time.Hour, 24*time.Hour - time.Second} {
		o.set(after)
		accepted(t, o.Guard, signed(t, key))
		refused(t, o.Guard, signed(t, unknown), contact.Unavailable) // the issuer may have it by now
		if err := o.issuer.Ready(); err != nil {
			t.Errorf("after %s: Ready = %v", after, err)
		}
	}
	o.set(24*time.Hour + time.Minute) // for which a token is believed that was verified just before
	refused(t, o.Guard, signed(t, key), contact.Unavailable)
	if code := contact.CodeOf(o.issuer.Ready()); code != contact.Unavailable {
		t.Errorf("Ready = %s after a day, want %s", code, contact.Unavailable)
	}
	o.provider.SetAway(false)
	o.opened(t)
	accepted(t, o.Guard, signed(t, key))
	if log := o.log.String(); strings.Contains(log, "eyJ") {
		t.Errorf("the log holds a token: %s", log)
	}
}

func TestWithoutKeysNoTokenIsAcceptedAndNobodyIsAsked(t *testing.T) {
	key := authtest.NewKey(t, "one", authtest.RS256)
	o := newOffice(t, key)
	for range 100 {
		refused(t, o.Guard, signed(t, key), contact.Unavailable)
	}
	refused(t, o.Guard, "Bearer "+authtest.Forge(t, object{"alg": "none"}, claims(), func(string) []byte { return nil }), contact.Unauthenticated)
	o.hasAsked(t, "before the keys were fetched", 0)
	err := o.issuer.Ready()
	if contact.CodeOf(err) != contact.Unavailable || !strings.Contains(err.Error(), issuerURL) {
		t.Errorf("Ready = %v, want %s that names the issuer", err, contact.Unavailable)
	}
	accepted(t, o.opened(t).Guard, signed(t, key))
}

func TestManyWaitForOneFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := authtest.NewKey(t, "first", authtest.EdDSA), authtest.NewKey(t, "second", authtest.EdDSA)
		p := authtest.New(issuerURL, first)
		issuer := newIssuer(t, p, time.Now, &bytes.Buffer{})
		begin := make(chan struct{})
		p.Hold("/realms/care"+authtest.MetadataPath, begin)
		var opening sync.WaitGroup
		for range 10 {
			opening.Go(func() {
				if err := issuer.Fetch(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		close(begin)
		opening.Wait()
		if n := p.Asked("/realms/care" + authtest.KeysPath); n != 1 {
			t.Errorf("ten at once fetched the keys %d times", n)
		}
		guard, err := auth.New(auth.Config{Issuer: issuerURL, Audience: "contactpanel", Keys: issuer, Now: at(noon)})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		p.Publish(second)
		slow := make(chan struct{})
		p.Hold("/realms/care"+authtest.KeysPath, slow)

		var group sync.WaitGroup
		leader, leave := context.WithCancel(t.Context())
		group.Go(func() { // its client goes, and the others have their keys all the same
			if _, err := guard.Actor(leader, signed(t, second)); err != nil {
				t.Errorf("the first to ask: %v", err)
			}
		})
		synctest.Wait()
		leave()
		gone, giveUp := context.WithCancel(t.Context())
		giveUp()
		if _, err := guard.Actor(gone, signed(t, second)); contact.CodeOf(err) != contact.Unavailable {
			t.Errorf("one who does not wait: %v, want %s", err, contact.Unavailable)
		}
		for range 50 {
			group.Go(func() { accepted(t, guard, signed(t, second)) })
		}
		synctest.Wait()
		close(slow)
		group.Wait()
		if n := p.Asked("/realms/care" + authtest.KeysPath); n != 2 {
			t.Errorf("the keys were fetched %d times, want 2", n)
		}
	})
}

func TestKeysAreFetchedEveryHourAndSoonAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := authtest.New(issuerURL, authtest.NewKey(t, "one", authtest.EdDSA))
		p.SetAway(true)
		var log bytes.Buffer
		issuer := newIssuer(t, p, time.Now, &log)
		if issuer.Fetch(t.Context()) == nil {
			t.Error("keys were fetched from an issuer that is away")
		}
		var group sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		group.Go(func() { issuer.Keep(ctx) })
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if n := strings.Count(log.String(), "level=WARN"); n < 5 || n > 10 {
			t.Errorf("%d warnings in ten minutes, want one a minute at most: %s", n, &log)
		}
		if issuer.Ready() == nil {
			t.Error("ready without keys")
		}
		p.SetAway(false)
		time.Sleep(90 * time.Second) // pauses grow to a minute, and a quarter for chance
		if err := issuer.Ready(); err != nil {
			t.Errorf("90 s after the issuer came: %v", err)
		}
		asked := func() int { return p.Asked("/realms/care" + authtest.KeysPath) }
		before := asked()
		time.Sleep(10 * time.Hour)
		if n := asked() - before; n < 7 || n > 10 {
			t.Errorf("the keys were fetched %d times in ten hours, want hourly", n)
		}
		p.SetAway(true)
		time.Sleep(5 * time.Hour)
		p.SetAway(false)
		before = asked()
		time.Sleep(90 * time.Second)
		if n := asked() - before; n != 1 {
			t.Errorf("%d fetches after an outage, want one", n)
		}
		stop()
		group.Wait()
	})
}

// Keys are fetched in the background too, where nobody else recovers.
func TestAPanicOfAFetchIsAFailure(t *testing.T) {
	key := authtest.NewKey(t, "one", authtest.EdDSA)
	o := newOffice(t, key)
	o.provider.Answer("/realms/care"+authtest.KeysPath, func(http.ResponseWriter, *http.Request) { panic("damaged") })
	if err := o.issuer.Fetch(t.Context()); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("Fetch = %v", err)
	}
	if err := o.issuer.Ready(); contact.CodeOf(err) != contact.Unavailable || strings.Contains(err.Error(), "damaged") {
		t.Errorf("Ready = %v", err)
	}
	if log := o.log.String(); !strings.Contains(log, "damaged") || !strings.Contains(log, "goroutine") {
		t.Errorf("the log does not tell of the panic, with its stack: %s", log)
	}
	o.provider.Answer("/realms/care"+authtest.KeysPath, nil)
	accepted(t, o.opened(t).Guard, signed(t, key))
}
