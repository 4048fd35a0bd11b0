package faults_test

import (
	"context"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/store/mongo/mongotest"
	"contactpanel/test/faults"
)

// timeVariable says how long everything fails at random, as Go writes durations.
const timeVariable = "CONTACTPANEL_FAULT_TIME"

const (
	usualTime = 12 * time.Second
	longest   = 1500 * time.Millisecond // of most faults
	tooLong   = 7 * time.Second         // of some: no write outlasts them
	outages   = 7                       // of the mishaps, in front
	writers   = 4
	// pace is the least time between two writes of a writer: what it leaves is checked one by one.
	pace = 40 * time.Millisecond
)

// writer is one client: it writes of every kind, sends some of what failed again at once, and leaves the rest.
type writer struct {
	through *contact.Contacts
	random  *rand.Rand
	shared  []contact.ID // with the other writers
	own     contact.ID   // whose attribute it alone writes
	version int          // of that attribute
	jobs    []*job
}

func (w *writer) run(t *testing.T, stop <-chan struct{}) {
	t.Helper()
	ticks := time.NewTicker(pace)
	defer ticks.Stop()
	var again *job
	for {
		select {
		case <-stop:
			return
		case <-ticks.C:
		}
		j := again
		if j == nil {
			j = w.next()
		}
		j.send(t, w.through)
		switch again = nil; {
		case j.answer != nil && j.kind == setAttribute:
			w.version++
		case j.answer == nil && (j.kind == setAttribute || w.random.IntN(2) == 0): // the next version needs this one
			again = j
		}
	}
}

func (w *writer) next() *job {
	k := kinds()[len(w.jobs)%len(kinds())]
	of := w.shared[w.random.IntN(len(w.shared))]
	if k == setAttribute {
		of = w.own
	}
	j := newJob(k, of, w.version)
	w.jobs = append(w.jobs, j)
	return j
}

// write lets clients write through the gateway until the function that it returns is called, which returns all they wrote.
func (s *site) write(t *testing.T, through *contact.Contacts, shared []contact.ID, seed uint64) (stop func() []*job) {
	t.Helper()
	ended := make(chan struct{})
	var all []*writer
	var running sync.WaitGroup
	for n := range writers {
		w := &writer{through: through, random: rand.New(rand.NewPCG(seed, uint64(n))), shared: shared, own: s.newContact(t)}
		all = append(all, w)
		running.Go(func() { w.run(t, ended) })
	}
	return func() (jobs []*job) {
		close(ended)
		running.Wait()
		for _, w := range all {
			jobs = append(jobs, w.jobs...)
		}
		return jobs
	}
}

// mishaps are what befalls a proxy or the server, the outages of writing first.
func mishaps(s *site, proxies ...*faults.Proxy) []func(*testing.T) {
	all := []func(*testing.T){
		func(t *testing.T) { t.Helper(); s.server.Freeze(t) },
		func(t *testing.T) { t.Helper(); s.server.Kill(t) },
	} // and of the proxy that comes first: all but the delays
	for _, p := range proxies {
		for _, inject := range []func(testing.TB, *faults.Proxy){
			cut, breaks(faults.Requests), breaks(faults.Answers), swallows(faults.Requests), swallows(faults.Answers),
			delays(100 * time.Millisecond), delays(time.Second), delays(3 * time.Second),
		} {
			all = append(all, func(t *testing.T) { t.Helper(); inject(t, p) })
		}
	}
	return all
}

func TestNothingIsLostOrDoubledWhileEverythingFailsAtRandom(t *testing.T) {
	t.Parallel()
	lasts := usualTime
	if text := os.Getenv(timeVariable); text != "" {
		var err error
		lasts, err = time.ParseDuration(text)
		must(t, err)
	}
	seed := rand.Uint64()
	t.Logf("the seed is %d", seed)
	s := newSite(t, mongotest.Own(t, mongotest.Options{}))
	writing, following := s.gateway(t, true), s.gateway(t, false)
	var shared []contact.ID
	for range 6 {
		shared = append(shared, s.newContact(t))
	}
	followers, stopFollowing := s.follow(t, following.store, shared)
	stopWriting := s.write(t, writing.Contacts, shared, seed)

	random := rand.New(rand.NewPCG(seed, writers))
	count := 0
	for end := time.Now().Add(lasts); time.Now().Before(end); count++ {
		all := mishaps(s, writing.proxy, following.proxy)
		takes := time.Duration(random.Int64N(int64(longest)))
		if count%8 == 0 {
			all, takes = all[:outages], tooLong
		}
		all[random.IntN(len(all))](t)
		<-time.After(takes)
		s.heal(t, writing, following)
		<-time.After(time.Duration(random.Int64N(int64(longest / 4))))
	}
	following.proxy.Cut() // what is written now, and nothing after it, has to be found in the log
	<-time.After(longest)
	jobs := stopWriting()
	s.heal(t, writing, following)
	s.awaitAll(t, writing, following)
	s.checkFollowed(t, followers)
	s.check(t, writing.Contacts, jobs...)
	stopFollowing()
	failed, events := 0, 0
	for _, j := range jobs {
		failed += min(1, len(j.codes))
	}
	for _, f := range followers {
		events += len(f.seen)
	}
	t.Logf("%d faults, %d writes, %d of which failed at least once, %d events delivered", count, len(jobs), failed, events)
	if failed == 0 || events == 0 {
		t.Error("the faults met nobody")
	}
}

// heal ends whatever has befallen the network and the server.
func (s *site) heal(t *testing.T, all ...*gateway) {
	t.Helper()
	s.server.Start(t)
	s.server.Continue(t)
	for _, g := range all {
		g.proxy.Heal(t)
	}
}

// awaitAll waits until every store has found its way back by itself.
func (s *site) awaitAll(t *testing.T, all ...*gateway) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	stores := []contact.Store{s.truth}
	for _, g := range all {
		stores = append(stores, g.store)
	}
	for _, store := range stores {
		for err := store.Ping(ctx); err != nil; err = store.Ping(ctx) {
			if ctx.Err() != nil {
				t.Fatalf("a store did not come back: %v", err)
			}
			<-poll.C
		}
	}
}

// A fault that passes while there is still time costs nobody a write, also those whose connections were lost along with the
// one that it befell.
func TestShortFaultsFailNoWrite(t *testing.T) {
	t.Parallel()
	s := newSite(t, mongotest.Own(t, mongotest.Options{}))
	g := s.gateway(t, true)
	stop := s.write(t, g.Contacts, []contact.ID{s.newContact(t), s.newContact(t), s.newContact(t)}, 1)
	for _, inject := range []func(testing.TB, *faults.Proxy){cut, breaks(faults.Requests), breaks(faults.Answers)} {
		inject(t, g.proxy)
		<-time.After(passes)
		g.proxy.Heal(t)
		<-time.After(2 * passes) // the driver looks for the server every half second
	}
	jobs := stop()
	for _, j := range jobs {
		if len(j.codes) > 0 {
			t.Errorf("a %s failed with %v", j.kind, j.codes)
		}
	}
	s.check(t, g.Contacts, jobs...)
}
