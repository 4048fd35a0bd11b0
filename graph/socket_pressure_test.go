package graph_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"contactpanel/auth"
	"contactpanel/graph"
)

// large is the largest body of a note in bytes.
var large = strings.Repeat("😀", 2000)

// reads adds notes in commits of a hundred, and fails unless the reader gets all of them in their order.
func (l *live) reads(tb testing.TB, from, to int, body string, reader *client) {
	tb.Helper()
	for i := from; i < to; i += 100 {
		l.addNotes(tb, acme, emptyContact, i, min(i+100, to), body)
		for j := i; j < min(i+100, to); j++ {
			reader.hears(added("r", noteID(j), body))
		}
	}
}

func TestC13ReaderThatStallsIsGivenUpAndDelaysNobody(t *testing.T) {
	l := newLive(t, func(d *graph.Deps) { d.Limits.Live.Write = time.Second })
	reader := l.socket(t, ada)
	l.follows(reader, ada, "r", emptyContact)
	cursor := l.cursor(t, ada, emptyContact)
	stalled := []*wire{l.stalled(t, ada, cursor), l.stalled(t, adam, cursor), l.stalled(t, ada, cursor)}
	start := time.Now()
	l.reads(t, 0, 1000, large, reader)
	for _, w := range stalled {
		select {
		case <-l.doors.of(w.LocalAddr()):
		case <-time.After(time.Until(start.Add(allowed))):
			t.Fatal("a reader that stalls is still there")
		}
	}
	t.Logf("given up within %v", time.Since(start))
	reader.answers()
}

func TestC13ReadersThatStallCostLittleMemory(t *testing.T) {
	for name, stalled := range map[string]func(*live, testing.TB, auth.TokenRequest, string) *wire{
		"with a subscription": (*live).stalled, "with all that there may be, and large answers": (*live).stalledWithAll,
	} {
		t.Run(name, func(t *testing.T) { testStalledReadersCost(t, stalled) })
	}
}

func testStalledReadersCost(t *testing.T, stalled func(*live, testing.TB, auth.TokenRequest, string) *wire) {
	t.Helper()
	const clients = 20
	l := newLive(t, func(d *graph.Deps) { // so that nobody is given up while it is measured
		d.Limits.Live.Write, d.Limits.Live.Sockets, d.Limits.Live.CloseHandshake = time.Hour, clients+1, 100*time.Millisecond
	})
	reader := l.socket(t, ada)
	l.follows(reader, ada, "r", emptyContact)
	n := 0
	write := func(count int) uint64 {
		l.reads(t, n, n+count, large, reader)
		n += count
		l.clock.advance(time.Minute) // what is kept for all followers together goes
		l.reads(t, n, n+1, "small", reader)
		n++
		var m runtime.MemStats
		for range 3 {
			runtime.GC()
		}
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := write(100)
	cursor := l.cursor(t, ada, emptyContact)
	for range clients {
		stalled(l, t, ada, cursor)
	}
	after := write(300) // of 2.4 MB, more than the systems of both ends hold
	each := (int64(after) - int64(before)) / clients
	t.Logf("%d KiB for a reader that stalls", each>>10)
	if each > 1<<20 {
		t.Errorf("a reader that stalls costs %d KiB, want 1 MiB at most", each>>10)
	}
	reader.answers()
}

func TestSubscriberCostsTwoGoroutines(t *testing.T) {
	const clients = 100
	l := newLive(t, func(d *graph.Deps) { d.Limits.Live.Sockets = clients })
	cursor := l.cursor(t, ada, emptyContact)
	first := l.wireAs(t, ada)
	first.say(asks(t, "s", followed, map[string]any{"id": emptyContact, "after": cursor}))
	first.hears(caughtUp("s")) // what the followers of a contact share is there now
	before := runtime.NumGoroutine()
	for range clients - 1 {
		w := l.wireAs(t, ada)
		w.say(asks(t, "s", followed, map[string]any{"id": emptyContact, "after": cursor}))
		w.hears(caughtUp("s"))
	}
	tick, late := time.NewTicker(10*time.Millisecond), time.After(allowed)
	defer tick.Stop()
	for more := clients * 9; more > 2*(clients-1); { // those that read the messages end soon
		select {
		case <-tick.C:
			more = runtime.NumGoroutine() - before
		case <-late:
			t.Fatalf("%d subscribers cost %d goroutines, want two each at most", clients-1, more)
		}
	}
	l.addNotes(t, acme, emptyContact, 0, 1, "for all")
	first.hears(added("s", noteID(0), "for all"))
}

func TestClientThatLeavesLeavesNothingBehind(t *testing.T) {
	for name, leave := range map[string]func(*wire) error{
		"with a word":      func(w *wire) error { return w.try(frame(lastClose, "\x03\xe8")) },
		"without a word":   func(w *wire) error { return w.Close() },
		"by a reset":       func(w *wire) error { return errors.Join(w.SetLinger(0), w.Close()) },
		"half, by writing": func(w *wire) error { return w.CloseWrite() },
	} {
		l := newLive(t, func(d *graph.Deps) { d.Limits.Live.Sockets = 1 })
		w := l.wireAs(t, ada)
		w.say(asks(t, "s", followed, map[string]any{"id": emptyContact, "after": l.cursor(t, ada, emptyContact)}))
		w.hears(caughtUp("s"))
		l.store.seen.failWith(holding(nil))
		w.say(asks(t, "q", `{ contact(id: "contact_empty") { id } }`, nil))
		w.say(ping)
		w.hears(pong) // the query runs
		if err := leave(w); err != nil {
			t.Fatal(err)
		}
		select {
		case <-l.doors.of(w.LocalAddr()):
		case <-time.After(allowed):
			t.Errorf("%s: the socket is still there", name)
		}
		if !l.readmits(t, ada) {
			t.Errorf("%s: what ran on the socket still runs", name)
		}
		l.store.followed.await(t, 0)
	}
}

// readmits reports whether an agent that had as many sockets as it may gets another one at last.
func (l *live) readmits(tb testing.TB, who auth.TokenRequest) bool {
	tb.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		c := l.await(tb) // by its address it may have to wait too
		c.say(l.initAs(tb, who))
		if _, err := c.listen(); err == nil {
			return true
		}
	}
	return false
}
