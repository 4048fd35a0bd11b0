package main

import (
	"bufio"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"contactpanel/store/mongo/mongotest"
)

func TestALongOutageTurnsSocketsAway(t *testing.T) {
	var fails error
	away := 0
	o := &outage{turnAway: func() { away++ }, log: slog.New(slog.DiscardHandler), ready: func(ctx context.Context) error {
		if by, ok := ctx.Deadline(); !ok || time.Until(by) > outageLook {
			t.Errorf("the store is asked until %v, want an end before the next look", by)
		}
		return fails
	}}
	down, over := errors.New("the store does not answer"), t.Context()
	ended, stop := context.WithCancel(t.Context())
	stop()
	noon := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		name  string
		ctx   context.Context
		at    time.Duration
		fails error
		away  int
	}{
		{"the store answers", over, 0, nil, 0},
		{"an outage begins", over, 5 * time.Second, down, 0},
		{"it lasts for less than a minute", over, 64 * time.Second, down, 0},
		{"it lasts for a minute", over, 65 * time.Second, down, 1},
		{"those who came back stay for a minute too", over, 124 * time.Second, down, 1},
		{"it lasts for two minutes", over, 125 * time.Second, down, 2},
		{"the store answers again", over, 130 * time.Second, nil, 2},
		{"another outage begins", over, 135 * time.Second, down, 2},
		{"it is counted from its own beginning", over, 194 * time.Second, down, 2},
		{"the process ends", ended, 195 * time.Second, down, 2},
		{"what ended was no outage", over, 200 * time.Second, down, 2},
		{"nor is it counted", over, 259 * time.Second, down, 2},
		{"an outage after all", over, 260 * time.Second, down, 3},
	} {
		fails = step.fails
		if o.look(step.ctx, noon.Add(step.at)); away != step.away {
			t.Errorf("%s: all were turned away %d times, want %d", step.name, away, step.away)
		}
	}
}

// outageTime is how long the store does not answer in the test: most outages are shorter.
const outageTime = 10 * time.Second

func TestSocketsOutliveAShortOutage(t *testing.T) {
	t.Parallel() // it waits
	server := mongotest.Own(t, mongotest.Options{})
	s := newSite(t, 2, "--store", server.Database())
	f := s.follower(t)
	lines := bufio.NewScanner(s.stream(t, s.agents[1], dialTCP))
	if !lines.Scan() { // the stream has begun
		t.Fatal(lines.Err())
	}
	told := func(what string, seq int64, text string) {
		t.Helper()
		eventually(t, what+": the socket was not told", func() bool { return f.notesAt.Load() == seq })
		for !strings.Contains(lines.Text(), text) {
			if !lines.Scan() {
				t.Fatalf("%s: the stream has ended: %v", what, lines.Err())
			}
		}
	}
	s.write(t, "outage before")
	told("before the outage", 1, "outage before")

	server.Freeze(t)
	s.isNotReadyFor(t, outageTime)
	server.Continue(t)
	s.writeAtLast(t, "outage frozen")
	told("after the server was frozen", 2, "outage frozen")

	server.Kill(t)
	s.isNotReadyFor(t, time.Second)
	server.Start(t)
	s.writeAtLast(t, "outage killed")
	told("after the server was killed", 3, "outage killed")
	if n := f.stays(); n > 0 {
		t.Errorf("the socket was opened again %d times", n)
	}

	server.Freeze(t)
	asked := time.Now()
	s.terminate()
	if status := s.end(25 * time.Second); status != exitFine {
		t.Errorf("without its store the gateway ended with status %d\n%s", status, s.log)
	}
	t.Logf("gone %s after the signal, without its store", time.Since(asked).Round(time.Millisecond))
	server.Continue(t)
}

// pausedFollower is a follower that runs until it is asked how it went.
type pausedFollower struct {
	*follower
	stays func() (reconnects int)
}

// follower starts a follower of the site's contact.
func (s *site) follower(t *testing.T) pausedFollower {
	t.Helper()
	at := func() string { return s.url }
	f := &follower{
		subject: subject{id: s.contact, label: "outage"}, authorization: s.agents[1],
		site: followed{gateway: at, door: at, client: http.DefaultClient, entrance: make(chan struct{}, 1), complain: t.Errorf},
	}
	if err := f.read(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { f.run(ctx) })
	end := sync.OnceValue(func() int { stop(); running.Wait(); return f.reconnects })
	t.Cleanup(func() { end() })
	return pausedFollower{f, end}
}

// isNotReadyFor watches the gateway say that it is not ready, for a time.
func (s *site) isNotReadyFor(t *testing.T, d time.Duration) {
	t.Helper()
	eventually(t, "/readyz is not 503", func() bool { code, _ := status(t, s.url+"/readyz"); return code == http.StatusServiceUnavailable })
	for since := time.Now(); time.Since(since) < d; {
		if code, why := status(t, s.url+"/readyz"); code != http.StatusServiceUnavailable {
			t.Fatalf("/readyz is %d %q in an outage", code, why)
		}
	}
}

// writeAtLast adds a note, once, as soon as the store takes it.
func (s *site) writeAtLast(t *testing.T, body string) {
	t.Helper()
	input := map[string]any{"contactId": s.contact, "body": body, "clientMutationId": body}
	eventually(t, "no note can be written", func() bool {
		a, err := ask(s.url, s.agents[0], addNoteMutation, map[string]any{"input": input})
		return err == nil && len(a.Errors) == 0
	})
}
