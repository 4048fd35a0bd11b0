package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// What followers ask for. The values are those of the attributes that the tests write.
const (
	valuesRead = `... on StandardAttribute { version values { ... on UrlValue { url } ... on EmailValue { email } } }`

	noteEventsDocument = `subscription($id: ID!, $after: String) { noteEvents(contactId: $id, after: $after) { __typename cursor
	  ... on NoteChange { noteId version }
	  ... on NoteAdded { note { version body } } ... on NoteEdited { note { version body } } ... on NoteRestored { note { version body } } } }`

	contactEventsDocument = `subscription($id: ID!, $after: String) { contactEvents(contactId: $id, after: $after) { __typename cursor
	  ... on ContactChange { contactId } ... on VipChanged { vip { isVip reason } }
	  ... on AttributeChanged { key attribute { ` + valuesRead + ` } } } }`
)

// subject is a contact that is followed.
type subject struct {
	id    string
	label string // begins every note about it
}

// follower is a client that shows a contact and keeps it up to date as clients are told to: it drops what it was told before,
// takes nothing that is not the next, comes back by itself after a while, and reads anew when it is told that something was
// missed.
type follower struct {
	subject
	authorization string
	withContact   bool // follows contactEvents too
	site          followed

	panel     *panel // nil: to be read. Only run's until it has returned
	isLive    bool   // the notes are caught up with
	socket    atomic.Pointer[liveSocket]
	notesAt   atomic.Int64 // seqs, for those who wait
	contactAt atomic.Int64

	told, repeated, reconnects, resyncs int
	latencies                           []time.Duration // from the writing of a note to its event
}

// followed is where followers find gateways, and who hears what is wrong.
type followed struct {
	gateway  func() string // the address of one for a request; "" when there is none now
	door     func() string // the same for a socket, perhaps by way of a proxy
	client   *http.Client
	entrance chan struct{} // as many as may open a socket at once
	complain func(format string, args ...any)
}

// Waiting of a follower before it comes back: at random, and longer each time that it is not let in. Clients of people wait longer.
const (
	backFirst = 200 * time.Millisecond
	backLast  = 2 * time.Second
)

// run follows until the context ends.
func (f *follower) run(ctx context.Context) {
	for wait := backFirst; ctx.Err() == nil; {
		wasIn, err := f.visit(ctx)
		if ctx.Err() != nil {
			return
		}
		if wasIn {
			wait, f.reconnects = backFirst, f.reconnects+1
		}
		if code := websocket.CloseStatus(err); errors.Is(err, errRules) || code >= 0 && code != websocket.StatusServiceRestart && code != websocket.StatusTryAgainLater {
			f.site.complain("a follower of %s: %v", f.label, err)
			f.panel = nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(rand.N(wait)):
		}
		wait = min(2*wait, backLast)
	}
}

// visit opens a socket and follows until it ends, for a reason that the error says.
func (f *follower) visit(ctx context.Context) (wasIn bool, err error) {
	if f.panel == nil {
		if err := f.read(); err != nil {
			return false, err
		}
	}
	url := f.site.door()
	if url == "" {
		return false, errors.New("no gateway")
	}
	f.site.entrance <- struct{}{}
	s, err := openSocket(ctx, url, f.authorization, dialTCP)
	<-f.site.entrance
	if err != nil {
		return false, err
	}
	f.socket.Store(s)
	defer s.cut()
	f.isLive = false
	if err := s.subscribe(ctx, "notes", noteEventsDocument, map[string]any{"id": f.id, "after": f.panel.notesAt.cursor()}); err != nil {
		return true, err
	}
	if f.withContact {
		if err := s.subscribe(ctx, "contact", contactEventsDocument, map[string]any{"id": f.id, "after": f.panel.contactAt.cursor()}); err != nil {
			return true, err
		}
	}
	for {
		m, err := s.next(ctx)
		if err == nil {
			err = f.take(m)
		}
		if err != nil {
			return true, err
		}
	}
}

// read reads the contact anew. Nothing that was told may be missing in it.
func (f *follower) read() error {
	p, err := readPanel(f.site.client, f.site.gateway(), f.authorization, f.id)
	if err != nil {
		return err
	}
	if was := f.panel; was != nil && (p.notesAt.last < was.notesAt.last || p.contactAt.last < was.contactAt.last ||
		p.notesAt.epoch != was.notesAt.epoch || p.contactAt.epoch != was.contactAt.epoch) {
		return fmt.Errorf("%w: the store shows %+v %+v behind %+v %+v", errRules, p.notesAt, p.contactAt, was.notesAt, was.contactAt)
	}
	f.panel = p
	f.notesAt.Store(p.notesAt.last)
	f.contactAt.Store(p.contactAt.last)
	return nil
}

// take does what a frame says.
func (f *follower) take(m *frame) error {
	note, of := m.Payload.Data.NoteEvents, m.Payload.Data.ContactEvents
	switch {
	case m.Type == "error" && (bytes.Contains(m.raw, []byte(`"DB_UNAVAILABLE"`)) || bytes.Contains(m.raw, []byte(`"OVERLOADED"`))):
		return errors.New("the store does not answer in time")
	case m.Type != "next" || len(m.Payload.Errors) > 0 || (note == nil) == (of == nil):
		return fmt.Errorf("%w: the frame %.300s", errRules, m.raw)
	case note != nil:
		return f.takeNote(note)
	default:
		return f.takeContact(of)
	}
}

func (f *follower) takeNote(e *noteTold) error {
	switch e.Typename {
	case "CaughtUp":
		f.isLive = true
		return f.reached(f.panel.notesAt, e.Cursor)
	case "Resync":
		f.resyncs++
		return f.resync(e.Cursor, func() position { return f.panel.notesAt })
	}
	isNew, err := f.panel.notesAt.advance(e.Cursor)
	if err != nil {
		return err
	}
	if !isNew {
		f.repeated++
		return nil
	}
	if e.Note != nil && !strings.HasPrefix(e.Note.Body, f.label+" ") {
		return fmt.Errorf("%w: the note %q of another contact", errRules, e.Note.Body)
	}
	if err := f.panel.changeNote(e); err != nil {
		return err
	}
	f.told++
	f.measure(e)
	f.notesAt.Store(f.panel.notesAt.last)
	return nil
}

func (f *follower) takeContact(e *contactTold) error {
	switch e.Typename {
	case "CaughtUp":
		return f.reached(f.panel.contactAt, e.Cursor)
	case "Resync":
		f.resyncs++
		return f.resync(e.Cursor, func() position { return f.panel.contactAt })
	}
	isNew, err := f.panel.contactAt.advance(e.Cursor)
	if err != nil {
		return err
	}
	if !isNew {
		f.repeated++
		return nil
	}
	if e.ContactID != f.id {
		return fmt.Errorf("%w: an event of the contact %s", errRules, e.ContactID)
	}
	if err := f.panel.changeContact(e); err != nil {
		return err
	}
	f.told++
	f.contactAt.Store(f.panel.contactAt.last)
	return nil
}

// reached checks that nothing was left out of a replay.
func (f *follower) reached(at position, cursor string) error {
	to, err := positionAt(cursor)
	if err != nil || to.epoch != at.epoch || to.last > at.last {
		return errors.Join(err, fmt.Errorf("%w: caught up at %+v, but told up to %+v", errRules, to, at))
	}
	return nil
}

// resync reads anew; what was read must not lie before what follows.
func (f *follower) resync(cursor string, at func() position) error {
	if err := f.read(); err != nil {
		return err
	}
	return f.reached(at(), cursor)
}

// measure notes how long a note was on its way, by the moment that its text ends with.
func (f *follower) measure(e *noteTold) {
	if !f.isLive || e.Note == nil || e.Note.Version != e.Version || e.Typename == "NoteRestored" {
		return
	}
	text := e.Note.Body[strings.LastIndexByte(e.Note.Body, ' ')+1:]
	if nanos, err := strconv.ParseInt(text, 10, 64); err == nil {
		f.latencies = append(f.latencies, time.Since(time.Unix(0, nanos)))
	}
}
