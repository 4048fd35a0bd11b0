package graph_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"contactpanel/graph"
)

func TestC3SocketMustSayWhoItIsInTime(t *testing.T) {
	l := newLive(t, func(d *graph.Deps) { d.Limits.Live.Init = 300 * time.Millisecond })
	beside := l.socket(t, ada)
	start := time.Now()
	silent, pinging := l.dial(t, nil), l.dial(t, nil)
	pinging.answers() // which is no reason to wait longer
	silent.isClosed(4408, "Connection initialisation timeout")
	pinging.isClosed(4408, "Connection initialisation timeout")
	if lived := time.Since(start); lived < 300*time.Millisecond || lived > 5*time.Second {
		t.Errorf("closed after %v, want 300 ms", lived)
	}
	beside.answers()
}

func TestSocketsAreBounded(t *testing.T) {
	l := newLive(t, func(d *graph.Deps) {
		d.Limits.Live.Sockets, d.Limits.Live.Unidentified, d.Limits.Live.Connections, d.Limits.Live.Refusals = 2, 3, 6, 1
	})
	refused := func(reason string, status int) {
		t.Helper()
		l.dialWhile(t).isClosed(1013, reason)
		told := l.told(t)
		defer told.Close()
		response, _ := l.handshake(t, offers) // the one before has not answered its close
		if response.status != status || response.header.Get("Retry-After") != "10" {
			t.Errorf("status %d, Retry-After %q; want %d, 10", response.status, response.header.Get("Retry-After"), status)
		}
	}
	first, second := l.socket(t, ada), l.socket(t, ada)
	third := l.dial(t, nil)
	third.say(l.initAs(t, ada))
	third.isClosed(1013, "Too many sockets of one agent")
	silent := []*client{l.dial(t, nil), l.dial(t, nil), l.await(t)} // the third socket may not have gone yet
	refused("Too many sockets of one address that have not said who they are", http.StatusTooManyRequests)
	silent[0].say(l.initAs(t, adam)) // who says who it is does not count there any more
	silent[0].hears(ack)
	l.dial(t, nil) // the sixth of the process
	refused("Try again later", http.StatusServiceUnavailable)
	second.ws.CloseNow()
	silent[1].ws.CloseNow()
	if !l.readmits(t, ada) { // its place among the agent's is free too
		t.Error("a socket that has gone still counts")
	}
	first.answers()
}

// dialWhile opens a socket, however often that is refused by a status.
func (l *live) dialWhile(tb testing.TB) *client {
	tb.Helper()
	for end := time.Now().Add(allowed); time.Now().Before(end); {
		if ws, err := l.try(tb, nil); err == nil {
			return newClient(tb, ws)
		}
	}
	tb.Fatal("every handshake is refused")
	return nil
}

// told is a socket that is refused by a close code, as soon as there is a place among these.
func (l *live) told(tb testing.TB) *wire {
	tb.Helper()
	for end := time.Now().Add(allowed); time.Now().Before(end); {
		response, w := l.handshake(tb, offers)
		if response.status == http.StatusSwitchingProtocols {
			return w
		}
		w.Close()
	}
	tb.Fatal("nobody is told by a close code")
	return nil
}

// await opens a socket as soon as one is admitted.
func (l *live) await(tb testing.TB) *client {
	tb.Helper()
	for end := time.Now().Add(allowed); time.Now().Before(end); {
		c := l.dialWhile(tb)
		c.say(ping)
		if got, err := c.listen(); err == nil && got == pong {
			return c
		}
	}
	tb.Fatal("no socket is admitted")
	return nil
}

func TestC12MessagesThatComeTooFastCloseTheSocket(t *testing.T) {
	l := newLive(t, func(d *graph.Deps) { d.Limits.Live.Messages, d.Limits.Live.MessageRate = 10, 1 })
	for name, each := range map[string][]byte{"messages": frame(lastText, ping), "pings of the protocol below": frame(lastPing, "x")} {
		for _, n := range []int{10, 11} {
			w := l.wire(t)
			w.write([]byte(strings.Repeat(string(each), n)))
			if n == 11 {
				if texts, pongs, got := w.end(); got != "4429 Too many messages" || texts+pongs > 10 {
					t.Errorf("%d %s: %d answers, then %q; want at most 10, then 4429", n, name, texts+pongs, got)
				}
				continue
			}
			for range n {
				if kind, _, err := w.frame(); err != nil || kind == lastClose {
					t.Errorf("%d %s: frame %x, %v", n, name, kind, err)
				}
			}
			w.Close()
		}
	}
}

func TestC12PongsThatNobodyAskedForAreMessagesToo(t *testing.T) {
	l := newLive(t, func(d *graph.Deps) { d.Limits.Live.Messages, d.Limits.Live.MessageRate = 10, 1 })
	w := l.wire(t)
	w.write([]byte(strings.Repeat(string(frame(lastPong, "")), 11)))
	w.isClosed("4429 Too many messages")
}

func TestC12FloodOfPingsIsNotAnswered(t *testing.T) {
	l := newLive(t)
	beside, w := l.socket(t, ada), l.wireAs(t, adam)
	flood := []byte(strings.Repeat(string(frame(lastPing, strings.Repeat("x", 100))), 1000))
	for range 10 {
		if w.try(flood) != nil {
			break // it is closed already
		}
	}
	if _, pongs, got := w.end(); pongs > 110 || got != "4429 Too many messages" && got != "" {
		t.Errorf("%d pongs, then %q; want at most 100 or so, and the end", pongs, got)
	}
	beside.answers()
}

func TestMessagesMayComeAsFastAsTheLimitForEver(t *testing.T) {
	l := newLive(t, func(d *graph.Deps) { d.Limits.Live.Messages, d.Limits.Live.MessageRate = 3, 100 })
	c := l.socket(t, ada)
	pace := time.NewTicker(20 * time.Millisecond)
	defer pace.Stop()
	for range 20 {
		<-pace.C
		c.answers()
	}
}

func TestC14SilentClientIsGivenUp(t *testing.T) {
	l := newLive(t, func(d *graph.Deps) {
		d.Limits.Live.Ping, d.Limits.Live.Silence = 100*time.Millisecond, 500*time.Millisecond
	})
	start := time.Now()
	polite := l.socket(t, ada)
	deaf := l.wireAs(t, adam) // reads, says nothing
	gone := l.wireAs(t, adam) // does not even read, as a computer that was closed
	alive := time.Now().Add(2 * time.Second)
	for time.Now().Before(alive) {
		if message := polite.hear(); message != ping {
			t.Fatal(message)
		}
		polite.say(pong)
	}
	if texts, _, got := deaf.end(); got != "4499 Terminated" || texts < 1 {
		t.Errorf("the silent client: %d pings, then %q", texts, got)
	}
	select {
	case <-l.doors.of(gone.LocalAddr()):
	case <-time.After(allowed):
		t.Error("the client that is gone is still there")
	}
	if lived := time.Since(start); lived > 10*time.Second {
		t.Errorf("given up after %v", lived)
	}
	polite.say(pong)
}

func TestServerAsksWhetherTheClientIsThere(t *testing.T) {
	l := newLive(t, func(d *graph.Deps) { d.Limits.Live.Ping = 50 * time.Millisecond })
	c := l.socket(t, ada)
	start := time.Now()
	c.hears(ping, ping, ping) // any message is a sign of life, so that none has to be answered here
	if took := time.Since(start); took < 100*time.Millisecond {
		t.Errorf("three pings within %v", took)
	}
}

func TestC9MessagesAreBoundedInBytes(t *testing.T) {
	l := newLive(t)
	beside := l.socket(t, ada)
	fit := func(size int) string {
		message := asks(t, "a", "{ viewer { id } }", object{"x": ""})
		return strings.Replace(message, `"x":""`, fmt.Sprintf(`"x":%q`, strings.Repeat("x", size-len(message))), 1)
	}
	c := l.socket(t, ada)
	for range 3 {
		c.say(fit(64 << 10))
		c.hears(`{"id":"a","type":"next","payload":{"data":{"viewer":{"id":"Ada Agent"}}}}`, completes("a"))
	}
	for _, size := range []int{64<<10 + 1, 64<<10 + 2, 1 << 20} {
		l.store.seen.take()
		w := l.wireAs(t, adam)
		w.try(frame(lastText, fit(size))) // the server may close before it has read it all
		w.isClosed("1009 read limited at 65537 bytes")
		if calls := l.store.seen.take(); len(calls) > 0 {
			t.Errorf("the store is asked %v", calls)
		}
	}
	beside.answers()
}
