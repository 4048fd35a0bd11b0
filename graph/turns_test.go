package graph_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

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
	w := newFullWorld(t, ratesOf(func(r *graph.Rates) { r.AgentRunning, r.Wait = 10, 10*time.Second }))
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
