package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"

	"contactpanel/contact"
)

// dialer makes a network connection.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

func dialTCP(ctx context.Context, network, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, address)
}

// liveSocket is the client's side of graphql-transport-ws: a socket that was let in. It is for one goroutine at a time, but for
// cut.
type liveSocket struct {
	ws     *websocket.Conn
	tcp    net.Conn
	buffer bytes.Buffer
}

// frame is what a gateway says. Only what the clients here ask for is read of it.
type frame struct {
	ID      string
	Type    string
	Payload struct {
		Data struct {
			NoteEvents    *noteTold
			ContactEvents *contactTold
		}
		Errors []struct{ Message string }
	}
	raw []byte // until the next frame
}

// noteTold is an event of the notes.
type noteTold struct {
	Typename string `json:"__typename"`
	Cursor   string
	NoteID   string
	Version  int
	Note     *struct {
		Version int
		Body    string
	}
}

// contactTold is an event of the contact.
type contactTold struct {
	Typename  string `json:"__typename"`
	Cursor    string
	ContactID string
	Key       string
	Attribute *attributeRead
	Vip       *vipRead
}

// liveTime bounds each step of opening a socket.
const liveTime = 20 * time.Second

// openSocket opens a socket and is let in.
func openSocket(ctx context.Context, url, authorization string, dial dialer) (*liveSocket, error) {
	ctx, cancel := context.WithTimeout(ctx, liveTime)
	defer cancel()
	s := &liveSocket{}
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		s.tcp = c
		return c, err
	}}
	ws, response, err := websocket.Dial(ctx, url+"/graphql", &websocket.DialOptions{ //nolint:bodyclose // the socket has taken it over
		Subprotocols: []string{"graphql-transport-ws"}, HTTPClient: &http.Client{Transport: transport},
	})
	if err != nil {
		if response != nil {
			err = fmt.Errorf("status %d: %w", response.StatusCode, err)
		}
		return nil, err
	}
	ws.SetReadLimit(1 << 20)
	s.ws = ws
	if err := s.say(ctx, map[string]any{"type": "connection_init", "payload": map[string]any{"Authorization": authorization}}); err != nil {
		return nil, errors.Join(err, s.cut())
	}
	if f, err := s.next(ctx); err != nil || f.Type != "connection_ack" {
		return nil, errors.Join(err, s.cut())
	}
	return s, nil
}

// say sends a message.
func (s *liveSocket) say(ctx context.Context, message any) error {
	raw, err := json.Marshal(message)
	if err != nil {
		return err
	}
	return s.ws.Write(ctx, websocket.MessageText, raw)
}

// subscribe starts an operation.
func (s *liveSocket) subscribe(ctx context.Context, id, document string, variables map[string]any) error {
	return s.say(ctx, map[string]any{"id": id, "type": "subscribe", "payload": map[string]any{"query": document, "variables": variables}})
}

// next waits for a frame; pings are answered. The error of a socket that was closed has the close code.
func (s *liveSocket) next(ctx context.Context) (*frame, error) {
	for {
		_, r, err := s.ws.Reader(ctx)
		if err != nil {
			return nil, err
		}
		s.buffer.Reset()
		if _, err := io.Copy(&s.buffer, r); err != nil {
			return nil, err
		}
		f := &frame{raw: s.buffer.Bytes()}
		var otherwise *json.UnmarshalTypeError // the payload of an error is a list
		if err := json.Unmarshal(f.raw, f); err != nil && (!errors.As(err, &otherwise) || f.Type != "error") {
			return nil, fmt.Errorf("read the frame %.200q: %w", f.raw, err)
		}
		if f.Type != "ping" {
			return f, nil
		}
		if err := s.say(ctx, map[string]any{"type": "pong"}); err != nil {
			return nil, err
		}
	}
}

// cut ends the network connection without a word. It may be called at any time, and again.
func (s *liveSocket) cut() error {
	s.tcp.Close()
	return s.ws.CloseNow()
}

// position is how far a client has come in the events of a contact.
type position struct{ epoch, last int64 }

func positionAt(cursor string) (position, error) {
	head, err := contact.ParseHead(cursor)
	return position{head.Epoch, head.Seq}, err
}

func (p position) cursor() string { return contact.Head{Epoch: p.epoch, Seq: p.last}.Cursor() }

// errRules is what a client hears that keeps the rules, from a gateway that does not.
var errRules = errors.New("against the rules")

// advance moves the position over an event; false: it was told before.
func (p *position) advance(cursor string) (bool, error) {
	to, err := positionAt(cursor)
	switch {
	case err != nil:
		return false, fmt.Errorf("%w: the cursor %q: %w", errRules, cursor, err)
	case to.epoch != p.epoch:
		return false, fmt.Errorf("%w: an event of another contact or history, seq %d", errRules, to.last)
	case to.last <= p.last:
		return false, nil
	case to.last != p.last+1:
		return false, fmt.Errorf("%w: a gap: seq %d came after %d", errRules, to.last, p.last)
	}
	p.last = to.last
	return true, nil
}

// openStream asks for a subscription as server-sent events and returns the body of the answer.
func openStream(ctx context.Context, url, authorization, document string, variables map[string]any, dial dialer) (io.ReadCloser, error) {
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Authorization", authorization)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: dial}}
	response, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	if got := response.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/event-stream") {
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		return nil, fmt.Errorf("status %d, %s: %s", response.StatusCode, got, text)
	}
	return response.Body, nil
}
