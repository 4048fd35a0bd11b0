package graph_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/graph"
)

// stall subscribes to notes behind a cursor, and reads nothing of what comes.
func (w *world) stall(tb testing.TB, after string) net.Conn {
	tb.Helper()
	address := strings.TrimPrefix(w.url, "http://")
	c, err := (&net.Dialer{}).DialContext(tb.Context(), "tcp", address)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Close() })
	if err := c.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		tb.Fatal(err)
	}
	body := requestBody(tb, addedNotes, map[string]any{"id": longContact, "after": after})
	_, err = fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\nAuthorization: %s\r\nContent-Length: %d\r\n\r\n%s",
		address, w.token(tb, adam), len(body), body)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// newStalledWorld has a stream that reads, and one that does not although it has much to read.
func newStalledWorld(t *testing.T, change func(*graph.Deps)) (w *world, reading *sse) {
	t.Helper()
	w = newWorld(t, change, func(d *graph.Deps) { d.Limits.Live.KernelBuffer = 16 << 10 })
	w.putOthers(t)
	w.serveAs(t, func(s *http.Server) { s.ConnContext = w.api.ConnContext })
	notes, _ := w.cursors(t, ada, longContact)
	w.putNotes(t, longContact, contact.MaxReplay, strings.Repeat("😀", contact.MaxNoteLength))
	w.stall(t, notes)
	w.store.followed.await(t, 1)
	reading = w.listen(t, ada, addedNotes, map[string]any{"id": longContact, "after": notes})
	return w, reading
}

func TestClientThatDoesNotReadIsGivenUpWhileOthersGoOn(t *testing.T) {
	began := time.Now()
	w, reading := newStalledWorld(t, func(d *graph.Deps) { d.Limits.Live.Write = time.Second })
	if got := reading.results(t, "CaughtUp"); len(got) != contact.MaxReplay+1 {
		t.Errorf("the one that reads got %d events, want %d", len(got), contact.MaxReplay+1)
	}
	w.addNote(t, longContact, "live")
	if e := reading.next(t); !strings.Contains(e.data, "live") {
		t.Errorf("the one that reads got %s", e.data)
	}
	w.store.followed.await(t, 1)
	if lived := time.Since(began); lived > 10*time.Second {
		t.Errorf("the one that does not read lived for %v", lived)
	}
	w.addNote(t, longContact, "live too")
	if e := reading.next(t); !strings.Contains(e.data, "live too") {
		t.Errorf("the one that reads got %s", e.data)
	}
}

func TestNobodyWaitsForTheEndOfAClientThatDoesNotRead(t *testing.T) {
	w, reading := newStalledWorld(t, func(d *graph.Deps) {
		d.Limits.Live.Write, d.Limits.Live.KeepAlive, d.Limits.Live.CloseHandshake = time.Hour, 10*time.Millisecond, 200*time.Millisecond
	})
	reading.results(t, "CaughtUp")
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	w.api.Drain(ctx, time.Millisecond)
	if took := time.Since(began); ctx.Err() != nil || took > 10*time.Second {
		t.Errorf("the end took %v", took)
	}
	reading.isCut(t, "drained")
	w.store.followed.await(t, 0)
}
