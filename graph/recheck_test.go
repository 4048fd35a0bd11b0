package graph_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"contactpanel/graph"
)

// A look whether an agent may still be here runs beside any request, where nobody else recovers.
func TestPanicOfARecheckEndsTheConnectionAndNothingElse(t *testing.T) {
	for _, tt := range []struct {
		name string
		open func(l *live) (isClosed func())
	}{
		{"a socket", func(l *live) func() {
			c := l.isIn(t, ada)
			return func() { c.isClosed(1013, "Try again later") }
		}},
		{"a stream", func(l *live) func() {
			stream := l.listen(t, ada, addedNotes, map[string]any{"id": emptyContact})
			l.store.followed.await(t, 1)
			return func() { stream.isCut(t, "a stream whose recheck panicked") }
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLive(t, rechecking(50*time.Millisecond))
			isClosed := tt.open(l)
			l.store.seen.failWith(func(_ context.Context, call string) error {
				if call == "DeactivatedAgents" {
					panic(errCause)
				}
				return nil
			})
			l.clock.advance(5 * time.Second)
			isClosed()
			if lines := l.log.faults(); strings.Count(lines, marker) != 1 || !strings.Contains(lines, "goroutine") {
				t.Errorf("the log does not tell once of the panic, with its stack: %s", lines)
			}
			l.store.seen.failWith(nil)
			l.isIn(t, ada)
		})
	}
}

// brokenLog cannot write that a request was refused.
type brokenLog struct{ slog.Handler }

func (b brokenLog) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == "request refused" {
		panic(errCause)
	}
	return b.Handler.Handle(ctx, r)
}

// What a client sends is read beside any request too.
func TestPanicOfASocketEndsItAndNothingElse(t *testing.T) {
	l := newLive(t, func(d *graph.Deps) { d.Log = slog.New(brokenLog{d.Log.Handler()}) })
	beside, w := l.isIn(t, ada), l.wire(t)
	w.say(l.initAs(t, adam))
	w.hears(ack)
	w.write(frame(lastBinary, ping))
	select {
	case <-l.doors.of(w.LocalAddr()):
	case <-time.After(allowed):
		t.Error("the socket that panicked lives on")
	}
	beside.answers()
	if lines := l.log.faults(); strings.Count(lines, marker) != 1 || !strings.Contains(lines, "goroutine") {
		t.Errorf("the log does not tell once of the panic, with its stack: %s", lines)
	}
}
