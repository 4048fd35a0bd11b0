package graph_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"contactpanel/auth"
	"contactpanel/graph"
)

// ended is how a socket ended, and when.
type ended struct {
	message string // that came before
	err     error
	at      time.Time
}

// crowd opens sockets of many agents, each with a subscription.
func (l *live) crowd(tb testing.TB, sockets int, after string) []*client {
	tb.Helper()
	out := make([]*client, sockets)
	for i := range out {
		who := auth.TokenRequest{Agent: fmt.Sprint("Agent ", i/10), Org: acme, Role: ada.Role}
		out[i] = l.socket(tb, who)
		out[i].say(asks(tb, "s", followed, map[string]any{"id": emptyContact, "after": after}))
	}
	return out
}

// endOf waits for the end of all.
func endOf(sockets []*client) []ended {
	out := make([]ended, len(sockets))
	var wait sync.WaitGroup
	for i, c := range sockets {
		wait.Go(func() {
			out[i].message, out[i].err = c.listen()
			out[i].at = time.Now()
		})
	}
	wait.Wait()
	return out
}

func TestC19C20SocketsAreDrainedOneAfterAnotherAndComeBackWithoutAGap(t *testing.T) {
	const sockets, over, notes = 200, time.Second, 20
	l := newLive(t)
	after := l.cursor(t, ada, emptyContact)
	crowd := l.crowd(t, sockets, after)
	for _, c := range crowd {
		c.hears(caughtUp("s"))
	}
	start := time.Now()
	var drained sync.WaitGroup
	drained.Go(func() { l.api.Drain(t.Context(), over) })
	ends := endOf(crowd)
	drained.Wait()
	var at []time.Duration
	for _, e := range ends {
		var end websocket.CloseError
		if e.message != "" || !errors.As(e.err, &end) || end.Code != 1012 || end.Reason != "Service restart" {
			t.Fatalf("a socket ended with %q %v, want 1012 and nothing before", e.message, e.err)
		}
		at = append(at, e.at.Sub(start))
	}
	slices.Sort(at)
	t.Logf("closed after %v, %v, %v", at[0], at[sockets/2], at[sockets-1])
	if at[0] > over/2 || at[sockets-1] < over*8/10 || at[sockets-1] > over+5*time.Second || at[sockets/2] < over/4 {
		t.Errorf("the ends are not spread over %v: first %v, half %v, last %v", over, at[0], at[sockets/2], at[sockets-1])
	}
	l.dial(t, nil).isClosed(1012, "Service restart")
	if got := l.ask(t, ada, "{ viewer { id } }", nil); got.status != http.StatusOK {
		t.Errorf("requests are not answered any more: %d", got.status)
	}

	l.addNotes(t, acme, emptyContact, 0, notes, "missed")
	l.start(t) // the next process
	l.store.seen.take()
	start = time.Now()
	for _, c := range l.crowd(t, sockets, after) {
		for i := range notes {
			c.hears(added("s", noteID(i), "missed"))
		}
		c.hears(caughtUp("s"))
	}
	t.Logf("caught up within %v", time.Since(start))
	if reads := count(l.store.seen.take(), "NotesByID"); reads > 20 {
		t.Errorf("%d reads of the same notes for %d followers of one contact", reads, sockets)
	}
}

func count(calls []string, name string) int {
	return len(slices.DeleteFunc(calls, func(call string) bool { return call != name }))
}

func TestFewSocketsAreDrainedSoon(t *testing.T) {
	l := newLive(t)
	crowd := l.crowd(t, 3, l.cursor(t, ada, emptyContact))
	for _, c := range crowd {
		c.hears(caughtUp("s"))
	}
	start := time.Now()
	var drained sync.WaitGroup
	drained.Go(func() { l.api.Drain(t.Context(), time.Hour) })
	endOf(crowd)
	drained.Wait()
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("three sockets took %v", took)
	}
	l.api.Drain(t.Context(), time.Hour) // once more, without any
}

func TestDrainWaitsForNobodyThatDoesNotAnswer(t *testing.T) {
	l := newLive(t, func(d *graph.Deps) { d.Limits.Live.CloseHandshake = 300 * time.Millisecond })
	deaf := []*wire{l.wire(t), l.wireAs(t, ada), l.stalled(t, ada, l.cursor(t, ada, emptyContact))}
	l.addNotes(t, acme, emptyContact, 0, 200, large)
	start := time.Now()
	l.api.Drain(t.Context(), time.Millisecond)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("the end took %v", took)
	}
	for i, w := range deaf[:2] {
		if _, _, got := w.end(); got != "1012 Service restart" {
			t.Errorf("socket %d ended with %q", i, got)
		}
	}
}

func TestDrainEndsWithItsContext(t *testing.T) {
	l := newLive(t, func(d *graph.Deps) { d.Limits.Live.CloseHandshake = 300 * time.Millisecond })
	for range 3 {
		l.wireAs(t, ada)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	l.api.Drain(ctx, time.Hour)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("the end took %v, its context 100 ms", took)
	}
}

func TestDrainWaitsForAMutationThatRunsAndDoesNotAnswerIt(t *testing.T) {
	l := newLive(t)
	begun, hold := make(chan struct{}), make(chan struct{})
	l.store.seen.failWith(func(_ context.Context, call string) error {
		if call == "Update" {
			close(begun)
			<-hold // a commit that is on its way
		}
		return nil
	})
	c := l.socket(t, ada)
	c.say(asks(t, "m", noting, note("Cut off.", "key")))
	<-begun
	over := make(chan struct{})
	go func() { l.api.Drain(t.Context(), time.Millisecond); close(over) }()
	c.isClosed(1012, "Service restart")
	select {
	case <-over:
		t.Error("the end came before that of the mutation")
	case <-time.After(100 * time.Millisecond):
	}
	close(hold)
	<-over
	l.store.seen.failWith(nil)
	got := l.ask(t, ada, noting, note("Cut off.", "key")) // what a client does that was not answered
	total := l.ask(t, ada, `{ contact(id: "contact_empty") { notes { totalCount } } }`, nil)
	if got.codes(t) != "" || total.at(t, "data", "contact", "notes", "totalCount") != 1.0 {
		t.Errorf("sent again: %s, %s", got.body, total.body)
	}
}

func TestSocketsThatAreTurnedAwayMayComeBackAtOnce(t *testing.T) {
	l := newLive(t)
	sockets := []*client{l.socket(t, ada)}
	l.follows(sockets[0], ada, "s", emptyContact)
	for range 20 { // the last are still being made when they are turned away
		sockets = append(sockets, l.dial(t, nil))
	}
	go l.api.TurnAway()
	for _, e := range endOf(sockets) {
		if e.message != "" || !strings.Contains(fmt.Sprint(e.err), `status = StatusTryAgainLater and reason = "Try again later"`) {
			t.Errorf("ended with %q %v, want 1013", e.message, e.err)
		}
	}
	l.follows(l.socket(t, ada), ada, "s", emptyContact)
}

func TestStoreThatClosesCutsSubscriptionsWithoutComplete(t *testing.T) {
	l := newLive(t)
	c := l.socket(t, ada)
	l.follows(c, ada, "s", emptyContact)
	if err := l.store.Close(); err != nil {
		t.Fatal(err)
	}
	c.answers() // and the operator turns the sockets away
	go l.api.TurnAway()
	c.isClosed(1013, "Try again later")
}

func TestQueriesThatRunAreNotAnsweredWithTheEndOfTheirSocket(t *testing.T) {
	l := newLive(t)
	l.store.seen.failWith(holding(nil))
	sockets := make([]*client, 0, 20)
	for _, who := range []auth.TokenRequest{ada, adam} {
		for range 10 {
			c := l.socket(t, who)
			for i := range 10 {
				c.say(asks(t, fmt.Sprint("q", i), `{ contact(id: "contact_empty") { id } }`, nil))
			}
			c.answers() // all of them run
			sockets = append(sockets, c)
		}
	}
	go l.api.TurnAway()
	for _, e := range endOf(sockets) {
		var end websocket.CloseError
		if e.message != "" || !errors.As(e.err, &end) || end.Code != 1013 {
			t.Errorf("ended with %.200q %v, want 1013 and nothing before", e.message, e.err)
		}
	}
}
