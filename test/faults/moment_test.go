package faults_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/store/mongo/mongotest"
	"contactpanel/test/faults"
)

// passes is a fault that is over before a write has used up its time.
const passes = 500 * time.Millisecond

// fault is something that befalls the network, in the midst of a write.
type fault struct {
	name   string
	at     moment
	inject func(testing.TB, *faults.Proxy)
	// isLost says that the answer of a commit is, once it was made; only then is the fault all there.
	isLost bool
	lasts  time.Duration // 0: until the write is answered
	reset  bool          // connections end by a TCP reset
	want   []contact.Code
}

// Ways to answer. What was never sent to be committed has failed for sure.
var (
	succeeds = []contact.Code{""}
	fails    = []contact.Code{contact.Unavailable}
	unknown  = []contact.Code{contact.OutcomeUnknown}
	either   = []contact.Code{"", contact.Unavailable, contact.OutcomeUnknown}
)

func cut(tb testing.TB, p *faults.Proxy) { tb.Helper(); p.Cut() }

func breaks(way faults.Direction) func(testing.TB, *faults.Proxy) {
	return func(tb testing.TB, p *faults.Proxy) { tb.Helper(); p.Break(tb, way) }
}

func swallows(way faults.Direction) func(testing.TB, *faults.Proxy) {
	return func(tb testing.TB, p *faults.Proxy) { tb.Helper(); p.Swallow(tb, way) }
}

func delays(by time.Duration) func(testing.TB, *faults.Proxy) {
	return func(tb testing.TB, p *faults.Proxy) { tb.Helper(); p.Delay(tb, faults.Answers, by) }
}

func networkFaults() []fault {
	return []fault{
		{name: "everything is cut", at: begun, inject: cut, want: fails},
		{name: "requests are swallowed", at: begun, inject: swallows(faults.Requests), want: fails},
		{name: "answers are swallowed", at: begun, inject: swallows(faults.Answers), want: fails},
		{name: "everything is cut for a moment", at: begun, inject: cut, lasts: passes, want: succeeds},
		{name: "answers are swallowed for a moment", at: begun, inject: swallows(faults.Answers), lasts: passes, want: succeeds},

		{name: "requests are reset", at: written, inject: breaks(faults.Requests), reset: true, want: fails},
		{name: "answers are reset", at: written, inject: breaks(faults.Answers), reset: true, want: fails},
		{name: "answers are swallowed", at: written, inject: swallows(faults.Answers), want: fails},
		{name: "requests are reset for a moment", at: written, inject: breaks(faults.Requests), lasts: passes, reset: true, want: succeeds},
		{name: "answers are reset for a moment", at: written, inject: breaks(faults.Answers), lasts: passes, reset: true, want: succeeds},

		{name: "everything is cut", at: committing, inject: cut, want: unknown},
		{name: "requests are broken off", at: committing, inject: breaks(faults.Requests), want: unknown},
		{name: "requests are swallowed", at: committing, inject: swallows(faults.Requests), want: unknown},
		{name: "the answer is broken off", at: committing, inject: breaks(faults.Answers), isLost: true, want: unknown},
		{name: "the answer is reset", at: committing, inject: breaks(faults.Answers), isLost: true, reset: true, want: unknown},
		{name: "the answer is swallowed", at: committing, inject: swallows(faults.Answers), isLost: true, want: unknown},
		{name: "requests are broken off for a moment", at: committing, inject: breaks(faults.Requests), lasts: passes, want: succeeds},
		{name: "the answer is broken off for a moment", at: committing, inject: breaks(faults.Answers), isLost: true, lasts: passes, want: succeeds},
		{name: "the answer is reset for a moment", at: committing, inject: breaks(faults.Answers), isLost: true, lasts: passes, reset: true, want: succeeds},
		{name: "the answer is swallowed for a moment", at: committing, inject: swallows(faults.Answers), isLost: true, lasts: passes, want: succeeds},

		{name: "answers take 100 ms", at: begun, inject: delays(100 * time.Millisecond), want: succeeds},
		{name: "answers take a second", at: begun, inject: delays(time.Second), want: either},
		{name: "answers take longer than an operation may", at: begun, inject: delays(3 * time.Second), want: fails},
		{name: "the answer takes longer than an operation may", at: committing, inject: delays(3 * time.Second), isLost: true, want: either},
	}
}

// trial is one fault with the write that it befalls. It is one write, because a client whose one connection is lost does not
// send over the others.
type trial struct {
	fault
	site    *site
	gateway *gateway
	job     *job
	done    chan struct{} // closed when it is answered
}

// begin starts a write and brings the fault over it at its moment.
func (f fault) begin(t *testing.T, s *site, k kind) *trial {
	t.Helper()
	r := &trial{fault: f, site: s, gateway: s.gateway(t, f.reset), job: newJob(k, s.newContact(t), 0), done: make(chan struct{})}
	newJob(addNote, s.newContact(t), 0).send(t, r.gateway.Contacts) // connections stand
	r.gateway.store.stopAt(f.at, 1)
	go func() {
		r.job.send(t, r.gateway.Contacts)
		close(r.done)
	}()
	r.gateway.store.awaitStops()
	f.inject(t, r.gateway.proxy)
	close(r.gateway.store.goOn)
	return r
}

func TestAWriteHappensOnceWhateverTheNetworkDoes(t *testing.T) {
	t.Parallel()
	s := newSite(t, mongotest.Own(t, mongotest.Options{}))
	var beginning sync.Mutex // one after the other, so that each has its moment on a small machine
	var all sync.WaitGroup   // together, because they wait most of the time
	for n, f := range networkFaults() {
		all.Go(func() {
			k := kinds()[n%len(kinds())]
			t.Run(fmt.Sprintf("%s %s, %s", f.name, f.at, k), func(t *testing.T) {
				beginning.Lock()
				r := f.begin(t, s, k)
				beginning.Unlock()
				r.over(t)
				r.check(t)
			})
		})
	}
	all.Wait()
}

// over ends the fault in its time.
func (r *trial) over(t *testing.T) {
	t.Helper()
	if r.lasts == 0 {
		<-r.done
	}
	if r.isLost {
		r.awaitCommit(t)
	}
	select {
	case <-r.done:
	case <-time.After(r.lasts):
	}
	r.gateway.proxy.Heal(t)
	<-r.done
}

// awaitCommit waits until the write is in the store, though nobody was told.
func (r *trial) awaitCommit(t *testing.T) {
	t.Helper()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	limit := time.After(patience)
	for r.site.effects(t)[r.job.key].isNone() {
		select {
		case <-poll.C:
		case <-limit:
			t.Fatalf("%s %s: the write was not committed", r.name, r.at)
		}
	}
}

// check looks at the answer and at what became of the write.
func (r *trial) check(t *testing.T) {
	t.Helper()
	var code contact.Code
	if len(r.job.codes) > 0 {
		code = r.job.codes[0]
	}
	if !slices.Contains(r.want, code) {
		t.Errorf("it was answered with %q, want one of %q", code, r.want)
	}
	r.site.check(t, r.gateway.Contacts, r.job)
}

// When one connection is lost the driver takes the others for lost as well: writes find none to send their commit over.
func TestWritesWhoseConnectionIsLostAlongWithAnothersHappenOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, mongotest.Own(t, mongotest.Options{}))
	g := s.gateway(t, false)
	var jobs []*job
	var sending sync.WaitGroup
	for range 3 {
		for _, k := range kinds() {
			jobs = append(jobs, newJob(k, s.newContact(t), 0))
		}
	}
	g.store.stopAt(committing, len(jobs))
	for _, j := range jobs {
		sending.Go(func() { j.send(t, g.Contacts) })
	}
	g.store.awaitStops()
	breaks(faults.Answers)(t, g.proxy)
	close(g.store.goOn)
	sending.Wait()
	g.proxy.Heal(t)
	s.check(t, g.Contacts, jobs...)
}
