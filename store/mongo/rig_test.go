package mongo_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"contactpanel/contact"
	"contactpanel/store/mongo"
	"contactpanel/store/mongo/mongotest"
)

const (
	org contact.OrgID = "demo"
	// patience is what a loaded machine may take for one step. It says nothing about how fast the store is.
	patience = 30 * time.Second

	// Names under which a server knows the two clients of a store: a fault can meet one alone.
	mainApp  = "contactpanel"
	watchApp = "contactpanel-watch"
)

// noon is the moment of all fixtures.
func noon() time.Time { return time.Date(2026, time.March, 1, 12, 0, 0, 123e6, time.UTC) }

func agent() contact.Agent { return contact.Agent{ID: "agent_1", Name: "Agatha Agent"} }

func contactID(n int) contact.ID { return contact.ID(fmt.Sprintf("contact_%026d", n)) }

// must ends the test with what is behind a domain error too: its own text leaves its cause out.
func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatalf("%v (cause: %v)", err, causeOf(err))
	}
}

func causeOf(err error) error {
	if e, ok := errors.AsType[*contact.Error](err); ok {
		return e.Err
	}
	return nil
}

func wantCode(tb testing.TB, err error, want contact.Code) {
	tb.Helper()
	if got := contact.CodeOf(err); got != want {
		tb.Fatalf("the error is %v (cause: %v), want %s", err, causeOf(err), want)
	}
}

// took checks how long something took: the bounds of a call are promises.
func took(tb testing.TB, since time.Time, least, most time.Duration) {
	tb.Helper()
	if d := time.Since(since); d < least || d > most {
		tb.Errorf("it took %v, want %v to %v", d.Round(time.Millisecond), least, most)
	}
}

// openSeen opens a store whose commands are recorded.
func openSeen(tb testing.TB, uri string, withoutBulk bool) (*mongo.Store, *commands) {
	tb.Helper()
	seen := newCommands()
	s, err := mongo.OpenWatched(tb.Context(), uri, seen.monitor(), withoutBulk)
	must(tb, err)
	tb.Cleanup(func() { must(tb, s.Close()) })
	return s, seen
}

// makeContacts puts plain contacts 0 to count-1.
func makeContacts(tb testing.TB, s *mongo.Store, count int) {
	tb.Helper()
	must(tb, putContacts(tb.Context(), s, 0, count))
}

// putContacts puts plain contacts from one number to before another.
func putContacts(ctx context.Context, s *mongo.Store, from, to int) error {
	return s.Update(ctx, org, func(ctx context.Context, tx contact.Tx) error {
		if err := tx.PutOrganisation(ctx, contact.Organisation{ID: org, CreatedAt: noon()}); err != nil {
			return err
		}
		for n := from; n < to; n++ {
			c := contact.Contact{ID: contactID(n), Name: "Carla", CreatedAt: noon(), UpdatedAt: noon(), Version: 1}
			if err := tx.PutContact(ctx, org, c, contact.ContactIndex{Sort: "carla", Search: []string{"carla"}}); err != nil {
				return err
			}
		}
		return nil
	})
}

// addNote writes what the domain's AddNote writes, in one transaction and at most once for a key: the note, its event, its
// audit row and the remembered write. It says how often the transaction ran.
func addNote(ctx context.Context, s *mongo.Store, of contact.ID, key string) (runs int, err error) {
	err = s.Update(ctx, org, func(ctx context.Context, tx contact.Tx) error {
		runs++
		return putNote(ctx, tx, of, key)
	})
	return runs, err
}

func putNote(ctx context.Context, tx contact.Tx, of contact.ID, key string) error {
	if known, err := tx.Applied(ctx, org, agent().ID, key); err != nil || known != nil {
		return err
	}
	if _, err := tx.Contacts(ctx, org, []contact.ID{of}); err != nil {
		return err
	}
	n := contact.Note{ID: contact.RandomID(contact.PrefixNote), Contact: of, Body: key, Author: agent(), CreatedAt: noon(), Version: 1}
	if err := tx.PutNote(ctx, org, n); err != nil {
		return err
	}
	if _, err := tx.Append(ctx, org, contact.Event{
		Contact: of, Topic: contact.TopicNotes, Type: contact.NoteAdded, Subject: string(n.ID), Version: 1, Actor: agent(), At: noon(), ClientMutationID: key,
	}); err != nil {
		return err
	}
	if err := tx.PutAudit(ctx, org, contact.AuditEntry{
		ID: contact.RandomID(contact.PrefixAudit), At: noon(), Agent: agent(), Kind: contact.AuditNoteAdded, Contact: of, Subject: string(n.ID), Version: 1,
	}); err != nil {
		return err
	}
	return tx.PutApplied(ctx, org, contact.Applied{Agent: agent().ID, Key: key, Hash: "hash", Result: []byte(n.ID), At: noon()})
}

// wantNotes checks that a contact has just the notes of the keys, each once in all that a write leaves, and an unbroken log.
func wantNotes(tb testing.TB, s *mongo.Store, of contact.ID, keys ...string) {
	tb.Helper()
	log, err := s.Events(tb.Context(), org, of, contact.TopicNotes, 0, 1_000_000)
	must(tb, err)
	found, err := s.Contacts(tb.Context(), org, []contact.ID{of})
	must(tb, err)
	entries, err := s.AuditEntries(tb.Context(), org, contact.AuditQuery{Contact: of, Span: contact.Span{Limit: 1_000_000}})
	must(tb, err)
	list, err := s.Notes(tb.Context(), org, contact.NoteQuery{Contact: of, Span: contact.Span{Limit: 100, WantTotal: true}})
	must(tb, err)
	if len(log) != len(keys) || found[0].NotesHead.Seq != int64(len(keys)) || len(entries.Items) != len(keys) || list.Total != len(keys) {
		tb.Fatalf("there are %d events, a head at %d, %d audit rows and %d notes; want %d of each",
			len(log), found[0].NotesHead.Seq, len(entries.Items), list.Total, len(keys))
	}
	for i, e := range log {
		if e.Seq != int64(i+1) {
			tb.Errorf("event %d has seq %d", i+1, e.Seq)
		}
	}
	for _, key := range keys {
		known, err := s.Applied(tb.Context(), org, agent().ID, key)
		must(tb, err)
		if known == nil {
			tb.Errorf("the write %s is not remembered", key)
		}
	}
}

// rig is a server that can be told to fail.
type rig struct {
	*mongotest.Server
	uri string // of a database
}

// newRig starts one.
func newRig(tb testing.TB) *rig {
	tb.Helper()
	server := mongotest.Own(tb, mongotest.Options{})
	return &rig{server, server.Database()}
}

// newRigAndStore starts one, and opens a store of it that has contact 0 and whose commands are recorded.
func newRigAndStore(tb testing.TB, withoutBulk bool) (*rig, *mongo.Store, *commands) {
	tb.Helper()
	r := newRig(tb)
	s, seen := openSeen(tb, r.uri, withoutBulk)
	makeContacts(tb, s, 1)
	return r, s, seen
}

// always makes a fault last until it is healed.
const always = 0

// connect opens a client that is no store's.
func connect(tb testing.TB, uri string) *driver.Client {
	tb.Helper()
	client, err := driver.Connect(options.Client().ApplyURI(uri).SetAppName("test"))
	must(tb, err)
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		client.Disconnect(ctx)
	})
	return client
}

// data is the database of a connection string, as a client of the test's own sees it.
func data(client *driver.Client, uri string) *driver.Database {
	_, rest, _ := strings.Cut(uri, "://")
	_, rest, _ = strings.Cut(rest, "/")
	name, _, _ := strings.Cut(rest, "?")
	return client.Database(name)
}

// sent is a command that a store sent, and the answer once it came.
type sent struct {
	name    string
	command bson.Raw
	reply   bson.Raw
	done    bool // answered well
}

// isWatch reports whether the command opens the change stream.
func (s *sent) isWatch() bool {
	return s.name == "aggregate" && strings.Contains(s.command.String(), "$changeStream")
}

// commands records what a store sends.
type commands struct {
	mu      sync.Mutex
	all     []*sent
	open    map[int64]*sent
	changed chan struct{} // closed and replaced with every record
}

func newCommands() *commands { return &commands{open: map[int64]*sent{}, changed: make(chan struct{})} }

func (c *commands) monitor() *event.CommandMonitor {
	return &event.CommandMonitor{
		Started: func(_ context.Context, e *event.CommandStartedEvent) {
			c.note(func() {
				s := &sent{name: e.CommandName, command: append(bson.Raw(nil), e.Command...)}
				c.all, c.open[e.RequestID] = append(c.all, s), s
			})
		},
		Succeeded: func(_ context.Context, e *event.CommandSucceededEvent) {
			c.note(func() {
				if s := c.open[e.RequestID]; s != nil {
					s.reply, s.done = append(bson.Raw(nil), e.Reply...), true
				}
			})
		},
	}
}

func (c *commands) note(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	close(c.changed)
	c.changed = make(chan struct{})
}

// count says how many of the commands so far are such.
func (c *commands) count(is func(*sent) bool) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, s := range c.all {
		if is(s) {
			n++
		}
	}
	return n
}

// waitFor waits until there are so many such commands.
func (c *commands) waitFor(tb testing.TB, what string, least int, is func(*sent) bool) {
	tb.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		c.mu.Lock()
		changed := c.changed
		c.mu.Unlock()
		if c.count(is) >= least {
			return
		}
		select {
		case <-changed:
		case <-timeout.C:
			tb.Fatalf("%s: only %d of %d came", what, c.count(is), least)
		}
	}
}

// named chooses commands by name.
func named(names ...string) func(*sent) bool {
	return func(s *sent) bool {
		for _, name := range names {
			if s.name == name && !s.isWatch() {
				return true
			}
		}
		return false
	}
}
