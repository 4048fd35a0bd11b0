package graph_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"contactpanel/contact"
)

// probe is the real store, watched: it notes every call and lets a test fail them.
type probe struct {
	watched
	rest
	followed *streams
}

// rest are the methods that are not watched; they lie deeper than the watched ones, which therefore win.
type rest struct{ contact.Store }

func watch(store contact.Store) *probe {
	return &probe{watched{reader: store, seen: &calls{}}, rest{store}, newStreams()}
}

// Update watches what happens inside the transaction too.
func (p *probe) Update(ctx context.Context, org contact.OrgID, fn func(context.Context, contact.Tx) error) error {
	_, err := look(ctx, p.watched, "Update", func() (struct{}, error) {
		return struct{}{}, p.Store.Update(ctx, org, func(ctx context.Context, tx contact.Tx) error {
			return fn(ctx, watchedTx{watched{reader: tx, seen: p.seen, within: "tx."}, writes{tx}})
		})
	})
	return err
}

// Follow watches the stream too.
func (p *probe) Follow(ctx context.Context, org contact.OrgID, of contact.ID, topic contact.Topic, after *contact.Head) (contact.Stream, error) {
	return look(ctx, p.watched, "Follow", func() (contact.Stream, error) {
		stream, err := p.Store.Follow(ctx, org, of, topic, after)
		if err != nil {
			return nil, err
		}
		return p.followed.opened(stream), nil
	})
}

// WalkContact watches the beginning of the walk.
func (p *probe) WalkContact(ctx context.Context, org contact.OrgID, of contact.ID, visit func(contact.ContactRow) error) error {
	_, err := look(ctx, p.watched, "WalkContact", func() (struct{}, error) { return struct{}{}, p.Store.WalkContact(ctx, org, of, visit) })
	return err
}

type watchedTx struct {
	watched
	writes
}

type writes struct{ contact.Tx }

// calls are the calls that a store got, in their order.
type calls struct {
	mu    sync.Mutex
	names []string
	fail  func(ctx context.Context, call string) error
}

func (c *calls) begin(name string) func(context.Context, string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.names = append(c.names, name)
	return c.fail
}

// take returns the calls since the last take.
func (c *calls) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := slices.Clone(c.names)
	c.names = nil
	return names
}

// failWith makes every call ask fn first; nil ends that.
func (c *calls) failWith(fn func(ctx context.Context, call string) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail = fn
}

// watched reads through a reader.
type watched struct {
	reader contact.Reader
	seen   *calls
	within string
}

func look[T any](ctx context.Context, w watched, name string, read func() (T, error)) (T, error) {
	if fail := w.seen.begin(w.within + name); fail != nil {
		if err := fail(ctx, w.within+name); err != nil {
			var none T
			return none, err
		}
	}
	return read()
}

func (w watched) Organisation(ctx context.Context, org contact.OrgID) (contact.Organisation, error) {
	return look(ctx, w, "Organisation", func() (contact.Organisation, error) { return w.reader.Organisation(ctx, org) })
}

func (w watched) HasOrganisations(ctx context.Context) (bool, error) {
	return look(ctx, w, "HasOrganisations", func() (bool, error) { return w.reader.HasOrganisations(ctx) })
}

func (w watched) DeactivatedAgents(ctx context.Context, org contact.OrgID) ([]contact.DeactivatedAgent, error) {
	return look(ctx, w, "DeactivatedAgents", func() ([]contact.DeactivatedAgent, error) { return w.reader.DeactivatedAgents(ctx, org) })
}

func (w watched) Definitions(ctx context.Context, org contact.OrgID) (contact.Definitions, error) {
	return look(ctx, w, "Definitions", func() (contact.Definitions, error) { return w.reader.Definitions(ctx, org) })
}

func (w watched) Contacts(ctx context.Context, org contact.OrgID, ids []contact.ID) ([]contact.Contact, error) {
	return look(ctx, w, "Contacts", func() ([]contact.Contact, error) { return w.reader.Contacts(ctx, org, ids) })
}

func (w watched) ContactByKey(ctx context.Context, org contact.OrgID, key contact.LookupKey) (*contact.Contact, error) {
	return look(ctx, w, "ContactByKey", func() (*contact.Contact, error) { return w.reader.ContactByKey(ctx, org, key) })
}

func (w watched) Match(ctx context.Context, org contact.OrgID, keys []contact.LookupKey, number string) ([]contact.KeyMatch, error) {
	return look(ctx, w, "Match", func() ([]contact.KeyMatch, error) { return w.reader.Match(ctx, org, keys, number) })
}

func (w watched) SearchContacts(ctx context.Context, org contact.OrgID, q contact.ContactQuery) (contact.Slice[contact.Contact], error) {
	name := "SearchContacts"
	if q.Span.WantTotal {
		name += "+total"
	}
	return look(ctx, w, name, func() (contact.Slice[contact.Contact], error) { return w.reader.SearchContacts(ctx, org, q) })
}

func (w watched) Notes(ctx context.Context, org contact.OrgID, q contact.NoteQuery) (contact.Slice[contact.Note], error) {
	name := "Notes"
	if q.Span.WantTotal {
		name += "+total"
	}
	return look(ctx, w, name, func() (contact.Slice[contact.Note], error) { return w.reader.Notes(ctx, org, q) })
}

func (w watched) NotesByID(ctx context.Context, org contact.OrgID, ids []contact.ID) ([]contact.Note, error) {
	return look(ctx, w, "NotesByID", func() ([]contact.Note, error) { return w.reader.NotesByID(ctx, org, ids) })
}

func (w watched) Events(ctx context.Context, org contact.OrgID, of contact.ID, topic contact.Topic, after int64, limit int) ([]contact.Event, error) {
	return look(ctx, w, "Events", func() ([]contact.Event, error) { return w.reader.Events(ctx, org, of, topic, after, limit) })
}

func (w watched) Applied(ctx context.Context, org contact.OrgID, agent contact.ID, key string) (*contact.Applied, error) {
	return look(ctx, w, "Applied", func() (*contact.Applied, error) { return w.reader.Applied(ctx, org, agent, key) })
}

func (w watched) AuditEntries(ctx context.Context, org contact.OrgID, q contact.AuditQuery) (contact.Slice[contact.AuditEntry], error) {
	name := "AuditEntries"
	if q.Span.WantTotal {
		name += "+total"
	}
	return look(ctx, w, name, func() (contact.Slice[contact.AuditEntry], error) { return w.reader.AuditEntries(ctx, org, q) })
}

// streams are those that followers have open.
type streams struct {
	mu      sync.Mutex
	changed *sync.Cond
	open    map[*watchedStream]struct{}
	replace func(contact.Stream) contact.Stream
}

func newStreams() *streams {
	s := &streams{open: map[*watchedStream]struct{}{}}
	s.changed = sync.NewCond(&s.mu)
	return s
}

// replaceWith puts streams of the test's own around those that are opened from now on.
func (s *streams) replaceWith(fn func(contact.Stream) contact.Stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replace = fn
}

func (s *streams) opened(stream contact.Stream) contact.Stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.replace != nil {
		stream = s.replace(stream)
	}
	w := &watchedStream{stream, s}
	s.open[w] = struct{}{}
	s.changed.Broadcast()
	return w
}

// await waits until so many streams are open.
func (s *streams) await(tb testing.TB, n int) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	defer context.AfterFunc(ctx, s.changed.Broadcast)()
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.open) != n {
		if ctx.Err() != nil {
			tb.Fatalf("%d streams of the store are open, want %d", len(s.open), n)
		}
		s.changed.Wait()
	}
}

type watchedStream struct {
	contact.Stream
	of *streams
}

// Close implements contact.Stream.
func (w *watchedStream) Close() {
	w.Stream.Close()
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	delete(w.of.open, w)
	w.of.changed.Broadcast()
}
