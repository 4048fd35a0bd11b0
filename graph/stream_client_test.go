package graph_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"contactpanel/auth"
	"contactpanel/contact"
)

// eventStream is the media type of server-sent events.
const eventStream = "text/event-stream"

// patience is how long a test waits for what must come, on a machine that has much else to do.
const patience = 30 * time.Second

// sseEvent is one server-sent event; one without a name is a comment.
type sseEvent struct{ name, data string }

// sse is a client of server-sent events.
type sse struct {
	status int
	header http.Header
	body   *bufio.Reader
	leave  context.CancelFunc
}

// listen subscribes as somebody.
func (w *world) listen(tb testing.TB, who auth.TokenRequest, query string, variables any) *sse {
	tb.Helper()
	return w.openStream(tb, request{as: &who, body: bytes.NewReader(requestBody(tb, query, variables))})
}

// openStream sends a request for a stream, which ends with the test at the latest.
func (w *world) openStream(tb testing.TB, in request) *sse {
	tb.Helper()
	if in.as == nil {
		in.as = &ada
	}
	ctx, leave := context.WithTimeout(tb.Context(), patience)
	tb.Cleanup(leave)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, in.body)
	if err != nil {
		tb.Fatal(err)
	}
	r.Header = http.Header{"Content-Type": {plain}, "Accept": {eventStream}, "X-Request-Id": {"golden"}, "Authorization": {w.token(tb, *in.as)}}
	for name, values := range in.header {
		r.Header[name] = values
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { leave(); response.Body.Close() })
	return &sse{response.StatusCode, response.Header, bufio.NewReader(response.Body), leave}
}

// read reads one event, a comment too. It is strict: an event has just the two lines that the protocol names.
func (l *sse) read() (sseEvent, error) {
	var lines []string
	for {
		line, err := l.body.ReadString('\n')
		if err != nil {
			return sseEvent{data: strings.Join(append(lines, line), "\n")}, err
		}
		if line = strings.TrimSuffix(line, "\n"); line == "" {
			break
		}
		lines = append(lines, line)
	}
	if len(lines) == 1 && lines[0] == ":" {
		return sseEvent{}, nil
	}
	if len(lines) == 2 {
		name, isEvent := strings.CutPrefix(lines[0], "event: ")
		data, isData := strings.CutPrefix(lines[1], "data: ")
		if isEvent && isData && !strings.Contains(data, "\r") {
			return sseEvent{name, data}, nil
		}
	}
	return sseEvent{}, fmt.Errorf("this is no event of the protocol: %q", lines)
}

// next is the next event that is no comment.
func (l *sse) next(tb testing.TB) sseEvent {
	tb.Helper()
	for {
		e, err := l.read()
		if err != nil {
			tb.Fatalf("the stream ends: %v: %q", err, e.data)
		}
		if e.name != "" {
			return e
		}
	}
}

// results reads the results up to the one of the type, that one included.
func (l *sse) results(tb testing.TB, until string) []string {
	tb.Helper()
	var out []string
	for {
		e := l.next(tb)
		if e.name != "next" {
			tb.Fatalf("%q after %q: want results up to %s", e, out, until)
		}
		out = append(out, e.data)
		if strings.Contains(e.data, `"__typename":"`+until+`"`) {
			return out
		}
	}
}

// rest reads to the end: the events that are no comments, and how the body ended; nil is as a whole answer ends.
func (l *sse) rest() ([]sseEvent, error) {
	var out []sseEvent
	for {
		e, err := l.read()
		switch {
		case errors.Is(err, io.EOF) && e.data == "":
			return out, nil
		case err != nil:
			return out, err
		case e.name != "":
			out = append(out, e)
		}
	}
}

// cursors are those of a contact's streams.
func (w *world) cursors(tb testing.TB, who auth.TokenRequest, of contact.ID) (notes, events string) {
	tb.Helper()
	got := w.ask(tb, who, `query A($id: ID!) { contact(id: $id) { notesCursor eventsCursor } }`, map[string]any{"id": of})
	notes, _ = got.at(tb, "data", "contact", "notesCursor").(string)
	events, _ = got.at(tb, "data", "contact", "eventsCursor").(string)
	if notes == "" || events == "" {
		tb.Fatalf("there are no cursors: %s", got.body)
	}
	return notes, events
}

// do sends a mutation that must succeed.
func (w *world) do(tb testing.TB, who auth.TokenRequest, query string, variables any) answer {
	tb.Helper()
	got := w.ask(tb, who, query, variables)
	if codes := got.codes(tb); got.status != http.StatusOK || codes != "" {
		tb.Fatalf("%s: %s", query, got.body)
	}
	return got
}
