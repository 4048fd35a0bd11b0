package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"contactpanel/auth"
	"contactpanel/contact"
	"contactpanel/graph"
)

// allowed is what a wait of a socket test may take: longer than a loaded machine needs.
const allowed = 30 * time.Second

// protocol is the subprotocol of every socket.
const protocol = "graphql-transport-ws"

// live is a world whose handler can be drained, behind a listener that knows which connections it has closed.
type live struct {
	*world
	deps  graph.Deps
	doors *doorkeeper
}

// newLive starts a gateway for sockets; change may alter what the handler is made of.
func newLive(tb testing.TB, change ...func(*graph.Deps)) *live {
	tb.Helper()
	leaks := goleak.IgnoreCurrent()
	tb.Cleanup(func() { goleak.VerifyNone(tb, leaks) }) // the last thing of all
	l := &live{}
	l.world = newWorld(tb, append(change, func(d *graph.Deps) { l.deps = *d })...)
	l.putOthers(tb)
	l.start(tb)
	return l
}

// start answers by another handler from now on, as another process on the same store would.
func (l *live) start(tb testing.TB) {
	tb.Helper()
	api := graph.NewHandler(l.deps)
	server := httptest.NewUnstartedServer(graph.WithRequestID(api.Guard(api)))
	l.api, l.doors = api, &doorkeeper{Listener: server.Listener, closed: map[string]chan struct{}{}}
	server.Listener, server.Config.ConnContext = l.doors, api.ConnContext
	server.Start()
	l.url, l.handler = server.URL, server.Config.Handler
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), allowed)
		defer cancel()
		api.Drain(ctx, time.Millisecond)
		if ctx.Err() != nil {
			tb.Error("sockets are left behind")
		}
		server.Close()
	})
}

// doorkeeper tells when the server has closed a connection, which a client that does not read cannot see.
type doorkeeper struct {
	net.Listener
	mu     sync.Mutex
	closed map[string]chan struct{} // by the client's address
}

func (l *doorkeeper) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return nil, errors.Join(errors.New("the connection is none of TCP"), c.Close())
	}
	return &accepted{TCPConn: tcp, end: sync.OnceFunc(func() { close(l.of(c.RemoteAddr())) })}, nil
}

// of is closed when the server has closed the connection of the client's address.
func (l *doorkeeper) of(client net.Addr) chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed[client.String()] == nil {
		l.closed[client.String()] = make(chan struct{})
	}
	return l.closed[client.String()]
}

type accepted struct {
	*net.TCPConn
	end func()
}

func (a *accepted) Close() error {
	defer a.end()
	return a.TCPConn.Close()
}

// client is a well-behaved one.
type client struct {
	tb testing.TB
	ws *websocket.Conn
}

// dial opens a socket and says nothing.
func (l *live) dial(tb testing.TB, header http.Header) *client {
	tb.Helper()
	ws, err := l.try(tb, header)
	if err != nil {
		tb.Fatal(err)
	}
	return newClient(tb, ws)
}

// try opens a socket, which the server may refuse.
func (l *live) try(tb testing.TB, header http.Header) (*websocket.Conn, error) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), allowed)
	defer cancel()
	options := &websocket.DialOptions{Subprotocols: []string{protocol}, HTTPHeader: header}
	ws, _, err := websocket.Dial(ctx, l.url, options) //nolint:bodyclose // the library closes it
	return ws, err
}

func newClient(tb testing.TB, ws *websocket.Conn) *client {
	tb.Helper()
	ws.SetReadLimit(1 << 20)
	tb.Cleanup(func() { ws.CloseNow() }) // most are closed
	return &client{tb, ws}
}

// socket opens a socket and says who asks.
func (l *live) socket(tb testing.TB, who auth.TokenRequest) *client {
	tb.Helper()
	return l.socketWith(tb, who, nil)
}

// socketWith is socket with headers of the handshake.
func (l *live) socketWith(tb testing.TB, who auth.TokenRequest, header http.Header) *client {
	tb.Helper()
	c := l.dial(tb, header)
	c.say(l.initAs(tb, who))
	c.hears(ack)
	return c
}

// Messages that are always the same.
const (
	ack  = `{"type":"connection_ack"}`
	ping = `{"type":"ping"}`
	pong = `{"type":"pong"}`
)

// initAs is the message that says who asks.
func (l *live) initAs(tb testing.TB, who auth.TokenRequest) string {
	tb.Helper()
	return `{"type":"connection_init","payload":{"Authorization":"` + l.token(tb, who) + `"}}`
}

// asks is a subscribe message; variables may be nil.
func asks(tb testing.TB, id, query string, variables any) string {
	tb.Helper()
	return fmt.Sprintf(`{"id":%q,"type":"subscribe","payload":%s}`, id, requestBody(tb, query, variables))
}

func completes(id string) string { return fmt.Sprintf(`{"id":%q,"type":"complete"}`, id) }

// say sends a message.
func (c *client) say(message string) {
	c.tb.Helper()
	if err := c.try(message); err != nil {
		c.tb.Fatal(err)
	}
}

// try sends a message to a server that may have closed the socket.
func (c *client) try(message string) error {
	ctx, cancel := context.WithTimeout(c.tb.Context(), allowed)
	defer cancel()
	return c.ws.Write(ctx, websocket.MessageText, []byte(message))
}

// hear is the next message.
func (c *client) hear() string {
	c.tb.Helper()
	message, err := c.listen()
	if err != nil {
		c.tb.Fatal(err)
	}
	return message
}

func (c *client) listen() (string, error) {
	ctx, cancel := context.WithTimeout(c.tb.Context(), allowed)
	defer cancel()
	_, message, err := c.ws.Read(ctx)
	return string(message), err
}

// hears fails unless the next messages are these.
func (c *client) hears(want ...string) {
	c.tb.Helper()
	for _, w := range want {
		if got := c.hear(); got != w {
			c.tb.Fatalf("message %.300s, want %.300s", got, w)
		}
	}
}

// answers fails unless the socket answers, and has said nothing else before.
func (c *client) answers() {
	c.tb.Helper()
	c.say(ping)
	c.hears(pong)
}

// isClosed fails unless the socket is closed so, and nothing is said before.
func (c *client) isClosed(code websocket.StatusCode, reason string) {
	c.tb.Helper()
	message, err := c.listen()
	if err == nil {
		c.tb.Fatalf("message %.300s, want close %d", message, code)
	}
	var end websocket.CloseError
	if !errors.As(err, &end) || end.Code != code || end.Reason != reason {
		c.tb.Fatalf("the socket ends with %v, want %d %q", err, code, reason)
	}
}

// followed is what the tests ask of a subscription.
const followed = `subscription S($id: ID!, $after: String) { noteEvents(contactId: $id, after: $after) {
	__typename ... on NoteAdded { noteId note { body } } } }`

// follows subscribes to a contact's notes, and returns when the subscription runs.
func (l *live) follows(c *client, who auth.TokenRequest, id, of string) {
	c.tb.Helper()
	c.say(asks(c.tb, id, followed, map[string]any{"id": of, "after": l.cursor(c.tb, who, of)}))
	c.hears(caughtUp(id))
}

func caughtUp(id string) string { return next(id, `{"__typename":"CaughtUp"}`) }

// next is the message that brings an event.
func next(id, event string) string {
	return fmt.Sprintf(`{"id":%q,"type":"next","payload":{"data":{"noteEvents":%s}}}`, id, event)
}

// added is the message that brings a note of addNotes.
func added(id string, note contact.ID, body string) string {
	return next(id, fmt.Sprintf(`{"__typename":"NoteAdded","noteId":%q,"note":{"body":%q}}`, note, body))
}

// cursor is where a contact's notes are now.
func (l *live) cursor(tb testing.TB, who auth.TokenRequest, of string) string {
	tb.Helper()
	notes, _ := l.cursors(tb, who, contact.ID(of))
	return notes
}

// addNotes writes notes n<from> to n<to-1> with one commit.
func (l *live) addNotes(tb testing.TB, org contact.OrgID, of string, from, to int, body string) {
	tb.Helper()
	l.put(tb, org, func(ctx context.Context, tx contact.Tx) error {
		for i := from; i < to; i++ {
			n := contact.Note{ID: noteID(i), Contact: contact.ID(of), Body: body, Author: author, CreatedAt: early, Version: 1}
			if err := tx.PutNote(ctx, org, n); err != nil {
				return err
			}
			e := contact.Event{Contact: n.Contact, Topic: contact.TopicNotes, Type: contact.NoteAdded, Subject: string(n.ID), Version: 1, At: early, Actor: author}
			if _, err := tx.Append(ctx, org, e); err != nil {
				return err
			}
		}
		return nil
	})
}

func noteID(i int) contact.ID { return contact.ID(fmt.Sprintf("n%d", i)) }

// payloadOf is a message's payload as an answer.
func payloadOf(tb testing.TB, message string) answer {
	tb.Helper()
	var m struct {
		Type    string
		Payload json.RawMessage
	}
	if err := json.Unmarshal([]byte(message), &m); err != nil {
		tb.Fatalf("%v: %s", err, message)
	}
	if m.Type == "error" {
		m.Payload = json.RawMessage(`{"errors":` + string(m.Payload) + `}`)
	}
	return answer{body: m.Payload}
}

// isError fails unless the message is the error of an operation, with the codes.
func isError(tb testing.TB, message, id, codes string) {
	tb.Helper()
	if !strings.HasPrefix(message, fmt.Sprintf(`{"id":%q,"type":"error","payload":[`, id)) || payloadOf(tb, message).codes(tb) != codes {
		tb.Errorf("message %.300s, want the error %s of %s", message, codes, id)
	}
}

// holding makes the store wait when contacts are read until hold is closed, or the caller leaves.
func holding(hold <-chan struct{}) func(context.Context, string) error {
	return func(ctx context.Context, call string) error {
		if call != "Contacts" {
			return nil
		}
		select {
		case <-hold:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
