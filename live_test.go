package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"contactpanel/contact"
)

func TestSocketsAreSentAwayOneAfterAnother(t *testing.T) {
	const sockets, streams = 500, 20
	s := newSite(t, sockets/10+2)
	ends := s.farewells(t, sockets)
	cut := make(chan error, streams)
	for range streams {
		body := s.stream(t, s.agents[sockets/10], dialTCP)
		go func() {
			said, err := io.ReadAll(body)
			if !errors.Is(err, io.ErrUnexpectedEOF) || bytes.Contains(said, []byte("event: complete")) {
				err = fmt.Errorf("a stream ended with %v after %d bytes, the last of them %q", err, len(said), said[max(0, len(said)-100):]) //nolint:errorlint // it may be nil
			} else {
				err = nil
			}
			cut <- err
		}()
	}
	s.stall(t, s.agents[sockets/10+1])
	s.terminate()
	asked := time.Now()
	eventually(t, "/readyz is not 503", func() bool { code, _ := status(t, s.url+"/readyz"); return code == http.StatusServiceUnavailable })
	if d := time.Since(asked); d > 5*time.Second { // half of the time for the sockets, because the machine is busy with them
		t.Errorf("/readyz became 503 after %s", d)
	}
	answered := s.askWhile(t, cut, streams)
	var seconds [12]int
	var last time.Duration
	for range sockets {
		e := <-ends
		if e.code != websocket.StatusServiceRestart || e.said != "" {
			t.Errorf("a socket ended with code %d and %q, want 1012 alone", e.code, e.said)
		}
		last = max(last, e.at.Sub(asked))
		seconds[min(int(e.at.Sub(asked).Seconds()), len(seconds)-1)]++
	}
	for second, n := range seconds {
		if n > sockets/2 {
			t.Errorf("%d of %d sockets were closed in second %d", n, sockets, second)
		}
	}
	if last > 11*time.Second {
		t.Errorf("the last socket was closed after %s", last)
	}
	if status := s.end(25*time.Second - time.Since(asked)); status != exitFine {
		t.Errorf("the gateway ended with status %d\n%s", status, s.log)
	}
	t.Logf("closed a second: %v; the last after %s; the process gone after %s; %d requests answered meanwhile",
		seconds, last.Round(time.Millisecond), time.Since(asked).Round(time.Millisecond), answered)
}

// askWhile asks the gateway that ends until all streams are cut off, and returns how often it answered.
func (s *site) askWhile(t *testing.T, cut <-chan error, streams int) (answered int) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	if _, err := openSocket(t.Context(), s.url, s.agents[0], dialTCP); err == nil || !strings.Contains(err.Error(), "StatusServiceRestart") {
		t.Errorf("a new socket got %v, want 1012", err)
	}
	if _, err := openStream(t.Context(), s.url, s.agents[0], noteEventsDocument, s.variables(), dialTCP); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("a new stream got %v, want 503", err)
	}
	for n := 0; n < streams; {
		select {
		case err := <-cut:
			if n++; err != nil {
				t.Error(err)
			}
		case <-tick.C:
			a, err := ask(s.url, s.agents[0], `{ contacts { totalCount } }`, nil)
			if err != nil || len(a.Errors) > 0 {
				t.Fatalf("a request while sockets are closed: %v %+v", err, a)
			}
			answered++
		}
	}
	return answered
}

func TestClientsThatDoNotReadDoNotDelayTheEnd(t *testing.T) {
	t.Parallel() // it waits
	for _, tt := range []struct {
		name   string
		stall  func(s *site, t *testing.T, authorization string)
		within time.Duration
	}{
		{"sockets and streams", (*site).stall, 4 * time.Second},
		{"requests", (*site).stallRequests, 25 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, 2)
			tt.stall(s, t, s.agents[1])
			asked := time.Now()
			s.terminate()
			if status := s.end(time.Minute); status != exitFine || time.Since(asked) > tt.within {
				t.Errorf("the gateway ended with status %d after %s, want %s at most\n%s", status, time.Since(asked), tt.within, s.log)
			}
			t.Logf("gone after %s", time.Since(asked).Round(time.Millisecond))
		})
	}
}

func TestWithoutSocketsTheEndIsSoon(t *testing.T) {
	s := newSite(t, 1)
	asked := time.Now()
	s.terminate()
	if status := s.end(time.Minute); status != exitFine || time.Since(asked) > 2*time.Second {
		t.Errorf("the gateway ended with status %d after %s, want 2 s at most", status, time.Since(asked))
	}
}

func TestTheSecondSignalEndsAtOnce(t *testing.T) {
	const sockets = 200 // four seconds of closing
	s := newSite(t, sockets/10)
	ends := s.farewells(t, sockets)
	s.terminate()
	if e := <-ends; e.code != websocket.StatusServiceRestart {
		t.Errorf("the first socket ended with code %d, want 1012", e.code)
	}
	asked := time.Now()
	s.terminate()
	if status := s.end(time.Minute); status == exitFine || time.Since(asked) > time.Second {
		t.Errorf("the gateway ended with status %d after %s, want another than 0 at once", status, time.Since(asked))
	}
	unsaid := 0
	for range sockets - 1 {
		if e := <-ends; e.code == -1 {
			unsaid++
		}
	}
	if unsaid == 0 {
		t.Error("all sockets had been closed before the second signal: it ended nothing")
	}
}

// graceOfExpiry is how long after the end of its token a client may go on, by the promise of the program.
const graceOfExpiry = 5 * time.Second

func TestATokenEndsWhatItOpened(t *testing.T) {
	t.Parallel() // it waits
	s := newSite(t, 1)
	before := time.Now()
	short := header(t, s.data, "--agent", "Short", "--org", "shop", "--ttl", "5s")
	reads, slow := s.follow(t, short, 1, dialTCP), s.follow(t, short, 20, dialNarrow)
	quiet := *s // where nothing happens: only a clock can end what follows it
	quiet.contact, quiet.before = makeContact(t, s.url, s.agents[0], "Quentin Quiet"), contact.Head{}.Cursor()
	stream := quiet.stream(t, short, dialTCP)
	s.follow(t, s.agents[0], 1, dialTCP) // stays
	var told atomic.Int64                // when the last event came
	ended, closed, cut := make(chan farewell, 1), make(chan time.Time, 1), make(chan string, 1)
	go func() {
		for {
			m, err := reads.next(t.Context())
			if err != nil {
				ended <- farewell{websocket.CloseStatus(err), time.Now(), err.Error()}
				return
			}
			if m.Type == "next" {
				told.Store(time.Now().UnixNano())
			}
		}
	}()
	go func() { closed <- hesitate(t.Context(), slow) }()
	go func() {
		said, err := io.ReadAll(stream)
		cut <- fmt.Sprintf("%v, complete: %t", err, bytes.Contains(said, []byte("event: complete")))
	}()
	var e farewell
	for isOver := false; !isOver; {
		s.write(t, largeNote)
		select {
		case e = <-ended:
			isOver = true
		default:
		}
	}
	ends := before.Add(5 * time.Second) // or up to a second earlier: tokens know no parts of seconds
	if e.code != 4403 || !strings.Contains(e.said, "Token expired") || e.at.After(ends.Add(graceOfExpiry)) || e.at.Before(ends.Add(-time.Second)) {
		t.Errorf("a client that reads was closed with %q %s after the end of its token, want 4403 within %s", e.said, e.at.Sub(ends), graceOfExpiry)
	}
	if last := time.Unix(0, told.Load()); last.After(ends.Add(graceOfExpiry / 5)) {
		t.Errorf("the last event came %s after the end of the token", last.Sub(ends))
	}
	if at := <-closed; at.After(ends.Add(graceOfExpiry)) {
		t.Errorf("a client that hardly reads was cut off %s after the end of its token", at.Sub(ends))
	} else {
		t.Logf("after the end of the token: closed %s, cut off %s", e.at.Sub(ends), at.Sub(ends))
	}
	if got := <-cut; got != "unexpected EOF, complete: false" || time.Now().After(ends.Add(graceOfExpiry)) {
		t.Errorf("a stream ended with %s %s after the end of its token, want it cut off", got, time.Since(ends))
	}
}

// hesitate reads so slowly that a write takes nearly as long as it may, until the gateway has closed the connection: that is
// noticed by writing.
func hesitate(ctx context.Context, c *liveSocket) time.Time {
	little := make([]byte, 2<<10)
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		c.tcp.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		if n, err := c.tcp.Read(little); n == 0 && !errors.Is(err, context.DeadlineExceeded) && !isTimeout(err) {
			break
		}
		if c.say(ctx, map[string]any{"type": "pong"}) != nil {
			break
		}
	}
	return time.Now()
}

func isTimeout(err error) bool {
	var timed net.Error
	return errors.As(err, &timed) && timed.Timeout()
}

func TestNothingIsLeftOfAGateway(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Run("serves and ends", func(t *testing.T) {
		data := t.TempDir()
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		out, in := io.Pipe()
		ended := make(chan int, 1)
		go func() {
			ended <- run(ctx, []string{"serve", "--no-demo", "--listen", "127.0.0.1:0", "--data", data}, in, io.Discard)
			in.Close()
		}()
		s := newSiteOf(t, &process{t: t, data: data, url: readUntil(out, urlPattern)}, 5)
		go io.Copy(io.Discard, out)
		ends := s.farewells(t, 30)
		stream := s.stream(t, s.agents[3], dialTCP)
		s.stall(t, s.agents[4])
		stop()
		for range 30 {
			if e := <-ends; e.code != websocket.StatusServiceRestart {
				t.Errorf("a socket ended with code %d", e.code)
			}
		}
		io.Copy(io.Discard, stream)
		if status := <-ended; status != exitFine {
			t.Errorf("the gateway ended with status %d", status)
		}
	})
	http.DefaultClient.CloseIdleConnections()
	goleak.VerifyNone(t, before)
}
