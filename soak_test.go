package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"contactpanel/store/mongo/mongotest"
)

// Sizes of the soak.
const (
	soakFollowers = 500
	soakSubjects  = 50 // of two organisations
	soakAgents    = 100
)

// soakTime is for how long is written to a store; `make soak` sets more.
func soakTime(t *testing.T) time.Duration {
	t.Helper()
	if soakSetting == "" {
		return 10 * time.Second
	}
	d, err := time.ParseDuration(soakSetting)
	if err != nil {
		t.Fatalf("CONTACTPANEL_SOAK_TIME: %v", err)
	}
	return d
}

// TestSoakSQLite asks the gateway to end while all follow and write, and starts it again; later it is killed.
func TestSoakSQLite(t *testing.T) {
	data, phase := t.TempDir(), soakTime(t)/3
	p := start(t, data, "--no-demo")
	s := newSoak(t, data, p.url)
	s.begin(8 * time.Millisecond) // as much as leaves the machine room for those who follow
	s.restless(phase)
	p.terminate()
	s.ends(p)
	p = s.restart(p, data)
	s.restless(phase)
	p.kill()
	s.restart(p, data)
	s.restless(phase)
	s.verify("SQLite")
}

// TestSoakMongoDB does so with two gateways over one database, one of which is asked to end and started again.
func TestSoakMongoDB(t *testing.T) {
	data, phase, uri := t.TempDir(), soakTime(t)/2, mongotest.Database(t)
	args := []string{"--no-demo", "--store", uri}
	one, two := start(t, data, args...), start(t, data, args...)
	s := newSoak(t, data, one.url, two.url)
	s.begin(100 * time.Millisecond) // SecantusDB takes some forty writes a second
	s.restless(phase)
	one.terminate()
	s.ends(one)
	s.restart(one, data, args...)
	s.restless(phase)
	s.verify("MongoDB")
}

// soak is a day in short: everybody follows, some write, and connections break.
type soak struct {
	t         *testing.T
	fleet     *fleet
	proxy     *soakProxy
	client    *http.Client
	subjects  []soakSubject
	tokens    [2]string // of an agent in each organisation
	followers []*follower
	writers   []*soakWriter

	writing, following       sync.WaitGroup
	stopWriting, stopFollows context.CancelFunc

	mu         sync.Mutex
	complaints int
}

func newSoak(t *testing.T, data string, urls ...string) *soak {
	t.Helper()
	s := &soak{t: t, fleet: &fleet{urls: urls}, client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 32}}}
	s.proxy = newSoakProxy(t, s.fleet)
	t.Cleanup(s.client.CloseIdleConnections)
	org := func(i int) string { return fmt.Sprint("soak", i%2) }
	for i := range s.tokens {
		s.tokens[i] = header(t, data, "--agent", "Reader", "--org", org(i))
	}
	for i := range soakSubjects {
		of := soakSubject{org: i % 2}
		of.label = fmt.Sprintf("%s/contact%d", org(i), i)
		of.id = makeContact(t, urls[0], s.tokens[of.org], of.label)
		p, err := readPanel(s.client, urls[0], s.tokens[of.org], of.id)
		if err != nil {
			t.Fatal(err)
		}
		of.start = *p
		s.subjects = append(s.subjects, of)
	}
	for i := range soakWriters {
		w := &soakWriter{number: i, subjects: s.subjects, fleet: s.fleet, client: s.client, complain: s.complain, kept: make([]kept, soakSubjects)}
		for o := range s.tokens {
			w.authorizations = append(w.authorizations, header(t, data, "--agent", fmt.Sprint("Writer ", i), "--org", org(o)))
		}
		s.writers = append(s.writers, w)
	}
	s.makeFollowers(data, org)
	return s
}

// makeFollowers spreads the followers over contacts and agents.
func (s *soak) makeFollowers(data string, org func(int) string) {
	s.t.Helper()
	agents := make([]string, soakAgents)
	for i := range agents {
		agents[i] = header(s.t, data, "--agent", fmt.Sprint("Agent ", i), "--org", org(i))
	}
	site := followed{gateway: s.fleet.pick, client: s.client, entrance: make(chan struct{}, 15), complain: s.complain, door: func() string {
		if rand.IntN(3) == 0 {
			return s.proxy.url
		}
		return s.fleet.pick()
	}}
	for i := range soakFollowers {
		of := s.subjects[i%soakSubjects]
		s.followers = append(s.followers, &follower{
			subject: of.subject, authorization: agents[i%soakAgents], withContact: i%5 < 2, site: site,
		})
	}
}

// complain reports what is wrong, unless very much is.
func (s *soak) complain(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.complaints++; s.complaints <= 20 {
		s.t.Errorf(format, args...)
	}
}

// begin lets all follow, and then write; a writer begins a change each pause at the most.
func (s *soak) begin(pause time.Duration) {
	s.t.Helper()
	following, stopFollows := context.WithCancel(s.t.Context())
	writing, stopWriting := context.WithCancel(s.t.Context())
	s.stopFollows, s.stopWriting = stopFollows, stopWriting
	s.t.Cleanup(func() { stopWriting(); stopFollows(); s.writing.Wait(); s.following.Wait() })
	for _, f := range s.followers {
		s.following.Go(func() { f.run(following) })
	}
	eventually(s.t, "not all are let in", func() bool {
		return !slices.ContainsFunc(s.followers, func(f *follower) bool { return f.socket.Load() == nil })
	})
	for _, w := range s.writers {
		w.pause = pause
		s.writing.Go(func() { w.run(writing) })
	}
}

// restless cuts connections at random for a time.
func (s *soak) restless(d time.Duration) {
	over, tick := time.After(d), time.NewTicker(25*time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-over:
			return
		case <-tick.C:
			if rand.IntN(3) == 0 {
				s.proxy.cutOne()
				continue
			}
			s.followers[rand.IntN(len(s.followers))].lose()
		}
	}
}

// lose ends the follower's connection without a word, as a lost network does, or with a reset.
func (f *follower) lose() {
	c := f.socket.Load()
	if rand.IntN(2) == 0 {
		c.tcp.(*net.TCPConn).SetLinger(0)
	}
	c.tcp.Close()
}

// ends waits for the end of a gateway that was asked to.
func (s *soak) ends(p *process) {
	s.t.Helper()
	if status := p.end(25 * time.Second); status != exitFine {
		s.t.Errorf("the gateway ended with status %d\n%s", status, p.log)
	}
}

// restart starts another gateway in the place of one that has ended.
func (s *soak) restart(old *process, data string, args ...string) *process {
	s.t.Helper()
	s.fleet.replace(old.url, "")
	p := start(s.t, data, append([]string{"--no-demo"}, args...)...)
	s.fleet.replace("", p.url)
	return p
}

// verify lets it become quiet and compares what everybody has.
func (s *soak) verify(store string) {
	s.t.Helper()
	s.stopWriting()
	s.writing.Wait()
	panels := make([]*panel, soakSubjects)
	for i, of := range s.subjects {
		p, err := readPanel(s.client, s.fleet.pick(), s.tokens[of.org], of.id)
		if err != nil {
			s.t.Fatal(err)
		}
		panels[i] = p
		s.verifyWrites(i, p)
	}
	behind := func(f *follower, i int) bool {
		at := panels[i%soakSubjects]
		return f.notesAt.Load() != at.notesAt.last || f.withContact && f.contactAt.Load() != at.contactAt.last
	}
	deadline, tick := time.After(time.Minute), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for isQuiet := false; !isQuiet; {
		select {
		case <-deadline:
			isQuiet = true // what is missing is told below
		case <-tick.C:
			isQuiet = true
			for i, f := range s.followers {
				isQuiet = isQuiet && !behind(f, i)
			}
		}
	}
	s.stopFollows()
	s.following.Wait()
	for i, f := range s.followers {
		want := panels[i%soakSubjects]
		if f.panel == nil || behind(f, i) {
			s.complain("a follower of %s is at %d and %d, the store at %d and %d", f.label, f.notesAt.Load(), f.contactAt.Load(), want.notesAt.last, want.contactAt.last)
			continue
		}
		difference := f.panel.differs(want)
		if difference == "" && f.withContact {
			difference = f.panel.differsAsContact(want)
		}
		if difference != "" {
			s.complain("a follower of %s is not what the store is: %s", f.label, difference)
		}
	}
	s.report(store)
}

// verifyWrites compares the store with what was acknowledged: each write is there, once, and nothing else is.
func (s *soak) verifyWrites(i int, store *panel) {
	s.t.Helper()
	start := s.subjects[i].start
	want := panel{notes: map[string]noteSeen{}, attributes: maps.Clone(start.attributes), vip: start.vip}
	notes, others := start.notesAt.last, start.contactAt.last
	for _, w := range s.writers {
		k := w.kept[i]
		notes, others = notes+int64(k.noteWrites), others+int64(k.contactWrites)
		for _, n := range k.notes {
			want.notes[n.id] = noteSeen{version: n.version, body: n.body, isGone: n.isGone}
		}
		maps.Copy(want.attributes, k.attributes)
		if k.vip != nil {
			want.vip = *k.vip
		}
	}
	if store.notesAt.last != notes || store.contactAt.last != others {
		s.complain("%s has %d and %d events, after %d and %d writes", s.subjects[i].label, store.notesAt.last, store.contactAt.last, notes, others)
	}
	for _, difference := range []string{want.differs(store), want.differsAsContact(store)} {
		if difference != "" {
			s.complain("what was acknowledged of %s is not what the store is: %s", s.subjects[i].label, difference)
		}
	}
}

// report says in a line how it went.
func (s *soak) report(store string) {
	var told, repeated, reconnects, resyncs, writes, retries int
	var latencies []time.Duration
	for _, f := range s.followers {
		told, repeated, reconnects, resyncs = told+f.told, repeated+f.repeated, reconnects+f.reconnects, resyncs+f.resyncs
		latencies = append(latencies, f.latencies...)
	}
	for _, w := range s.writers {
		writes, retries = writes+w.done, retries+w.retries
	}
	if len(latencies) == 0 || reconnects == 0 {
		s.t.Errorf("%d events came while a client was up to date, and %d sockets were opened again: this was no soak", len(latencies), reconnects)
		return
	}
	slices.Sort(latencies)
	s.t.Logf("%s: %d writes (%d asked again), %d events delivered (%d repeated), %d reconnects, %d resyncs, write to delivered p50 %s p99 %s", store,
		writes, retries, told, repeated, reconnects, resyncs,
		latencies[len(latencies)/2].Round(100*time.Microsecond), latencies[len(latencies)*99/100].Round(100*time.Microsecond))
}
