package graph_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"contactpanel/auth"
	"contactpanel/contact"
	"contactpanel/graph"
)

// hold makes the store wait when contacts are read: one value comes for each that waits, until all go on.
func (w *world) hold() (running <-chan struct{}, goOn func()) {
	entered, leave := make(chan struct{}, 1000), make(chan struct{})
	wait := holding(leave)
	w.store.seen.failWith(func(ctx context.Context, call string) error {
		if call == "Contacts" {
			entered <- struct{}{}
		}
		return wait(ctx, call)
	})
	return entered, func() { close(leave) }
}

func TestB16TwoHundredRequestsAtOnceAreNotRun(t *testing.T) {
	w := newFullWorld(t, ratesOf(func(r *graph.Rates) { r.AgentRunning, r.CoreRunning, r.Wait = 10, 20, 10*time.Second }))
	running, goOn := w.hold()
	codes := make(chan string, 200)
	var group sync.WaitGroup
	for range 200 {
		group.Go(func() {
			got := w.ask(t, ada, `{ contact(id: "contact_full") { id } }`, nil)
			if got.codes(t) == "RATE_LIMITED" {
				isLater(t, "one of many", got, 429, "RATE_LIMITED", time.Second)
			}
			codes <- fmt.Sprint(got.status, " ", got.codes(t))
		})
	}
	for range 170 { // ten run and twenty wait
		if got := <-codes; got != "429 RATE_LIMITED" {
			t.Errorf("%s, want 429 RATE_LIMITED", got)
		}
	}
	if got := w.ask(t, adam, "{ viewer { id } }", nil); got.status != 200 {
		t.Errorf("a colleague: status %d", got.status)
	}
	for range 10 {
		<-running
	}
	if n := len(running); n != 0 {
		t.Errorf("%d requests more than ten run at once", n)
	}
	goOn()
	for range 30 {
		if got := <-codes; got != "200 " {
			t.Errorf("who ran or waited: %s, want 200", got)
		}
	}
	group.Wait()
}

func TestProcessThatIsFullSaysSo(t *testing.T) {
	w := newFullWorld(t, ratesOf(func(r *graph.Rates) { r.ProcessRunning, r.Wait = 1, 50*time.Millisecond }))
	running, goOn := w.hold()
	first := make(chan answer)
	go func() { first <- w.ask(t, ada, `{ contact(id: "contact_full") { id } }`, nil) }()
	<-running
	isLater(t, "the second of one", w.ask(t, stranger, "{ viewer { id } }", nil), 503, "OVERLOADED", time.Second)
	goOn()
	if got := <-first; got.status != 200 {
		t.Errorf("the first: status %d", got.status)
	}
	if got := w.ask(t, stranger, "{ viewer { id } }", nil); got.status != 200 {
		t.Errorf("afterwards: status %d", got.status)
	}
}

func TestSocketsWaitInTheSameQueue(t *testing.T) {
	l := newLive(t, ratesOf(func(r *graph.Rates) { r.AgentRunning, r.Wait = 1, 50*time.Millisecond }))
	running, goOn := l.hold()
	c := l.socket(t, ada)
	c.say(asks(t, "a", `{ contact(id: "contact_empty") { id } }`, nil))
	<-running
	c.say(asks(t, "b", "{ viewer { id } }", nil))
	isError(t, c.hear(), "b", "RATE_LIMITED")
	if got := l.ask(t, ada, "{ viewer { id } }", nil); got.status != 429 {
		t.Errorf("by HTTP beside: status %d, want 429", got.status)
	}
	goOn()
	c.hears(`{"id":"a","type":"next","payload":{"data":{"contact":{"id":"contact_empty"}}}}`, completes("a"))
}

func TestB16OthersWorkBesideAFlood(t *testing.T) {
	w := newFullWorld(t, ratesOf(func(r *graph.Rates) { r.CoreRunning = 2 }))
	running, goOn := w.hold()
	done := make(chan int, 100)
	for i := range cap(done) {
		if got := w.ask(t, ada, "{ viewer { id } }", nil); got.status != 200 {
			t.Fatalf("beside %d of the flood: status %d", i, got.status)
		}
		agent := auth.TokenRequest{Agent: fmt.Sprint("Flood ", i%10), Org: globex, Role: contact.RoleAgent}
		go func() { done <- w.ask(t, agent, `{ contact(id: "`+foreign+`") { id } }`, nil).status }()
	}
	for range runtime.GOMAXPROCS(0) {
		<-running
	}
	if n := len(running); n != 0 {
		t.Errorf("%d of the flood work beyond half of all", n)
	}
	goOn()
	for range cap(done) {
		if got := <-done; got != 200 {
			t.Errorf("of the flood: status %d", got)
		}
	}
}

func TestOperationWithoutATurnInItsTimeIsRefused(t *testing.T) {
	w := newFullWorld(t, func(d *graph.Deps) {
		d.Limits.Rates.CoreRunning, d.Limits.Operation = 1, 100*time.Millisecond
	})
	running, goOn := make(chan struct{}), make(chan struct{})
	w.store.seen.failWith(func(_ context.Context, call string) error {
		if call == "Contacts" {
			running <- struct{}{}
			<-goOn
		}
		return nil
	})
	busy := make(chan int)
	for i := range runtime.GOMAXPROCS(0) {
		agent := auth.TokenRequest{Agent: fmt.Sprint("Busy ", i), Org: acme, Role: contact.RoleAgent}
		go func() { busy <- w.ask(t, agent, `{ contact(id: "contact_full") { id } }`, nil).status }()
		<-running
	}
	isLater(t, "a query beside those who work", w.ask(t, ada, "{ viewer { id } }", nil), 503, "OVERLOADED", time.Second)
	if got := w.ask(t, ada, `mutation { addNote(input: {contactId: "nobody", body: "late"}) { note { id } } }`, nil); got.status != 200 {
		t.Errorf("a mutation, which waits for the store alone: status %d", got.status)
	}
	close(goOn)
	for range runtime.GOMAXPROCS(0) {
		<-busy
	}
}

// TestWhatFindsNoPlacePaysItsReadingAlone asks in vain while all that may run does; the points that were there for one are there still.
func TestWhatFindsNoPlacePaysItsReadingAlone(t *testing.T) {
	const page, cost, reading, socket = `{ contact(id: "contact_empty") { notes(first: 20) { nodes { id } } } }`, 10 + 10 + 20, 10, 1
	for name, tt := range map[string]struct {
		set  func(l *graph.Limits)
		busy int // colleagues; none: the agent
		code string
	}{
		"beside others of the organisation": {func(l *graph.Limits) { l.Rates.OrganisationRunning = 1 }, 1, "RATE_LIMITED"},
		"in a process that is full":         {func(l *graph.Limits) { l.Rates.ProcessRunning = 1 }, 1, "OVERLOADED"},
		"without a turn in its time": {
			func(l *graph.Limits) { l.Rates.CoreRunning, l.Operation = 1, 50*time.Millisecond }, runtime.GOMAXPROCS(0), "OVERLOADED",
		},
		"beside others of the socket": {func(l *graph.Limits) { l.Live.Running, l.Rates.AgentBurst = 1, l.Rates.AgentBurst+cost }, 0, "TOO_MANY_SUBSCRIPTIONS"},
	} {
		t.Run(name, func(t *testing.T) {
			const inVain = 3
			l := newLive(t, func(d *graph.Deps) {
				r := &d.Limits.Rates
				r.AgentRate, r.AgentBurst, r.OrganisationAgents, r.Wait = 600, socket+inVain*reading+cost, 100, 50*time.Millisecond
				tt.set(&d.Limits)
			})
			running, goOn := make(chan struct{}), make(chan struct{})
			l.store.seen.failWith(func(_ context.Context, call string) error {
				if call == "Contacts" {
					running <- struct{}{}
					<-goOn
				}
				return nil
			})
			colleagues := make(chan int)
			for i := range tt.busy {
				agent := auth.TokenRequest{Agent: fmt.Sprint("Busy ", i), Org: acme, Role: contact.RoleAgent}
				go func() { colleagues <- l.ask(t, agent, page, nil).status }()
				<-running
			}
			c := l.socket(t, ada)
			if tt.busy == 0 {
				c.say(asks(t, "busy", page, nil))
				<-running
			}
			for range inVain {
				c.say(asks(t, "a", page, nil))
				isError(t, c.hear(), "a", tt.code)
			}
			close(goOn)
			for range tt.busy {
				<-colleagues
			}
			l.store.seen.failWith(nil)
			if tt.busy == 0 {
				c.hear() // its answer
				c.hears(completes("busy"))
				c.answers()
			}
			if got := l.ask(t, ada, page, nil); got.codes(t) != "" {
				t.Errorf("afterwards: status %d: %s", got.status, got.body)
			}
			if got := l.ask(t, ada, "{ viewer { id } }", nil); got.status != 429 {
				t.Errorf("with all points spent: status %d, want 429", got.status)
			}
		})
	}
}
