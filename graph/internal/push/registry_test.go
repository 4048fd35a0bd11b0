package push

import (
	"context"
	"strings"
	"testing"
	"time"
)

// idle is a connection that has nothing to end.
type idle struct{ ends chan struct{} }

func (i *idle) end(closing) { close(i.ends) }

func TestConnectionsAreCountedByWhatTheyCountAs(t *testing.T) {
	r := newRegistry(4)
	a, b, c, d, e := &idle{}, &idle{}, &idle{}, &idle{}, &idle{}
	for _, tt := range []struct {
		c        *idle
		countsAs string
		want     admission
	}{{a, "x", admitted}, {b, "x", admitted}, {c, "x", tooMany}, {c, "y", admitted}} {
		if got := r.add(tt.c, tt.countsAs, 2); got != tt.want {
			t.Fatalf("%s: %v, want %v", tt.countsAs, got, tt.want)
		}
	}
	if !r.recount("x", "z", 1) || r.recount("x", "z", 1) {
		t.Error("of z there may be one")
	}
	if got := r.add(d, "x", 2); got != admitted { // its place among x is free, that of the one that may not be z is not
		t.Errorf("one more x: %v", got)
	}
	if got := r.add(e, "w", 9); got != noRoom {
		t.Errorf("the fifth of four: %v", got)
	}
	for connection, countsAs := range map[*idle]string{a: "z", b: "x", c: "y", d: "x"} {
		r.remove(connection, countsAs)
	}
	if len(r.counts) != 0 || len(r.open) != 0 {
		t.Errorf("left behind: %v, %d connections", r.counts, len(r.open))
	}
}

func TestDrainReturnsWithTheLastConnectionOrItsContext(t *testing.T) {
	for _, leaves := range []bool{true, false} {
		s := New(Options{})
		one := &idle{make(chan struct{})}
		s.connections.add(one, "x", 1)
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan struct{})
		go func() { s.Drain(ctx, time.Millisecond); close(over) }()
		<-one.ends
		if leaves {
			s.connections.remove(one, "x")
		} else {
			cancel()
		}
		select {
		case <-over:
		case <-time.After(30 * time.Second):
			t.Errorf("it does not return; leaves: %t", leaves)
		}
		cancel()
		if got := s.connections.add(&idle{}, "x", 9); got != notAnyMore {
			t.Errorf("a connection after the end: %v", got)
		}
	}
}

func TestSocketThatIsBeingIdentifiedDoesNotWakeItsClock(t *testing.T) {
	now := time.Now()
	c := &socket{server: New(Options{}), initBy: now.Add(-time.Second)}
	if got := c.due(now); got != 0 {
		t.Errorf("a silent one is due in %v, want at once", got)
	}
	if c.isIdentifying = true; c.due(now) < time.Second {
		t.Errorf("one that is being identified is due in %v: the clock would wake over and over", c.due(now))
	}
}

func TestLateMessageDoesNotCutACloseOff(t *testing.T) {
	l, there := pipe(t, Limits{Write: time.Hour})
	c := &socket{link: l, cancel: func() {}, isEnding: true}
	c.giveUp()
	go there.Write([]byte("x")) // the read shows it
	if n, err := l.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("a socket that is being closed was cut: %v", err)
	}
	c.isEnding = false
	c.giveUp()
	if _, err := l.Read(make([]byte, 1)); err == nil || !c.isEnding {
		t.Error("a client that takes nothing was not given up")
	}
}

func TestReasonsFitIntoACloseFrame(t *testing.T) {
	for _, why := range []closing{malformed(strings.Repeat("x", 500)), duplicate(strings.Repeat("~", maxID)), closeSockets, closeTwice} {
		if len(why.reason) > 123 || why.reason == "" {
			t.Errorf("%d bytes: %s", len(why.reason), why.reason)
		}
	}
}
