package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// site is a gateway with one contact to follow, and agents to do so: an agent may have 10 sockets.
type site struct {
	*process
	contact string
	before  string   // the cursor before the first note
	agents  []string // their Authorization
}

func newSite(t *testing.T, agents int, args ...string) *site {
	t.Helper()
	return newSiteOf(t, start(t, t.TempDir(), append([]string{"--no-demo"}, args...)...), agents)
}

func newSiteOf(t *testing.T, p *process, agents int) *site {
	t.Helper()
	s := &site{process: p}
	for i := range agents {
		s.agents = append(s.agents, header(t, p.data, "--agent", fmt.Sprint("Agent ", i), "--org", "shop"))
	}
	s.contact = makeContact(t, s.url, s.agents[0], "Carla Customer")
	empty, err := readPanel(http.DefaultClient, s.url, s.agents[0], s.contact)
	if err != nil {
		t.Fatal(err)
	}
	s.before = empty.notesAt.cursor()
	return s
}

// write adds a note.
func (s *site) write(t *testing.T, body string) {
	t.Helper()
	a, err := ask(s.url, s.agents[0], addNoteMutation, map[string]any{"input": map[string]any{"contactId": s.contact, "body": body}})
	if added := member[noteAdded](t, a, err, "addNote"); added.Note.ID == "" {
		t.Fatalf("addNote: %+v", added)
	}
}

// largeNote is as long as a note may be: 8,000 bytes.
var largeNote = strings.Repeat("\U0001f600", 2000)

// follow opens a socket with subscriptions to the contact's notes.
func (s *site) follow(t *testing.T, authorization string, subscriptions int, dial dialer) *liveSocket {
	t.Helper()
	c, err := openSocket(t.Context(), s.url, authorization, dial)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.cut() })
	for i := range subscriptions {
		if err := c.subscribe(t.Context(), fmt.Sprint(i), noteEventsDocument, s.variables()); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// variables ask for all that is told of the notes, so that nobody has to wait for a subscription to begin.
func (s *site) variables() map[string]any { return map[string]any{"id": s.contact, "after": s.before} }

// stream opens server-sent events of the contact's notes.
func (s *site) stream(t *testing.T, authorization string, dial dialer) io.ReadCloser {
	t.Helper()
	body, err := openStream(t.Context(), s.url, authorization, noteEventsDocument, s.variables(), dial)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { body.Close() })
	return body
}

// farewell is how a socket ended.
type farewell struct {
	code websocket.StatusCode // -1: without a word
	at   time.Time
	said string // frames that are none of events
}

// listen reads until the socket ends.
func listen(ctx context.Context, c *liveSocket) farewell {
	var said []string
	for {
		m, err := c.next(ctx)
		if err != nil {
			return farewell{websocket.CloseStatus(err), time.Now(), strings.Join(said, " ")}
		}
		if m.Type != "next" {
			said = append(said, string(m.raw))
		}
	}
}

// farewells opens sockets, ten an agent, and brings the end of each.
func (s *site) farewells(t *testing.T, n int) <-chan farewell {
	t.Helper()
	sockets, ends := make([]*liveSocket, n), make(chan farewell, n)
	var opening sync.WaitGroup
	for worker := range 8 {
		opening.Go(func() {
			for i := worker; i < n; i += 8 {
				c, err := openSocket(t.Context(), s.url, s.agents[i/10], dialTCP)
				if err == nil {
					err = c.subscribe(t.Context(), "notes", noteEventsDocument, s.variables())
				}
				if err != nil {
					t.Errorf("socket %d: %v", i, err)
					return
				}
				sockets[i] = c
			}
		})
	}
	opening.Wait()
	if t.Failed() {
		t.FailNow()
	}
	for _, c := range sockets {
		t.Cleanup(func() { c.cut() })
		go func() { ends <- listen(t.Context(), c) }()
	}
	return ends
}

// dialNarrow makes connections that hold little of what nobody reads.
func dialNarrow(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := dialTCP(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return c, c.(*net.TCPConn).SetReadBuffer(4 << 10)
}

// stall opens sockets and a stream that get more than they read.
func (s *site) stall(t *testing.T, authorization string) {
	t.Helper()
	for range 3 {
		s.follow(t, authorization, 20, dialNarrow)
	}
	s.stream(t, authorization, dialNarrow)
	for range 8 { // to each of the sockets 20 times
		s.write(t, largeNote)
	}
}

// stallRequests sends a request and does not read its answer, and one that goes no further than its beginning.
func (s *site) stallRequests(t *testing.T, authorization string) {
	t.Helper()
	for range 8 {
		s.write(t, largeNote)
	}
	var all strings.Builder
	for i := range 14 {
		fmt.Fprintf(&all, "b%d: body ", i)
	}
	body := fmt.Sprintf(`{"query":"{ contact(id: \"%s\") { notes { nodes { %s } } } }"}`, s.contact, &all)
	for _, sent := range []string{body, body[:1]} {
		c, err := dialNarrow(t.Context(), "tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		fmt.Fprintf(c, "POST /graphql HTTP/1.1\r\nHost: a\r\nAuthorization: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			authorization, len(body), sent)
		if sent == body {
			if first, err := io.ReadAll(io.LimitReader(c, 15)); err != nil || string(first) != "HTTP/1.1 200 OK" {
				t.Fatalf("the large request was answered with %q, %v", first, err)
			}
		}
	}
}
