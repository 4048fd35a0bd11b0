package contact_test

import (
	"context"
	"sync/atomic"
	"testing"

	"contactpanel/contact"
)

// door is a store that counts the reads of things by their ids and those of definitions, and asks before and after some.
type door struct {
	contact.Store
	notes, contacts            atomic.Int64
	definitions, organisations atomic.Int64
	before                     func(ctx context.Context) error                 // nil: go on
	after                      func(found []contact.Note) []contact.Note       // nil: as it was found
	follow                     func(stream contact.Stream) contact.Stream      // nil: as it is
	fromContacts               func(found []contact.Contact) []contact.Contact // nil: as it was found
	meanwhile                  func()                                          // between the next read of definitions and its answer
}

func (d *door) Organisation(ctx context.Context, org contact.OrgID) (contact.Organisation, error) {
	d.organisations.Add(1)
	return d.Store.Organisation(ctx, org)
}

func (d *door) Definitions(ctx context.Context, org contact.OrgID) (contact.Definitions, error) {
	d.definitions.Add(1)
	found, err := d.Store.Definitions(ctx, org)
	if meanwhile := d.meanwhile; meanwhile != nil {
		d.meanwhile = nil
		meanwhile()
	}
	return found, err
}

func (d *door) NotesByID(ctx context.Context, org contact.OrgID, ids []contact.ID) ([]contact.Note, error) {
	d.notes.Add(1)
	if d.before != nil {
		if err := d.before(ctx); err != nil {
			return nil, err
		}
	}
	found, err := d.Store.NotesByID(ctx, org, ids)
	if d.after != nil && err == nil {
		found = d.after(found)
	}
	return found, err
}

func (d *door) Contacts(ctx context.Context, org contact.OrgID, ids []contact.ID) ([]contact.Contact, error) {
	d.contacts.Add(1)
	if d.before != nil {
		if err := d.before(ctx); err != nil {
			return nil, err
		}
	}
	found, err := d.Store.Contacts(ctx, org, ids)
	if d.fromContacts != nil && err == nil {
		found = d.fromContacts(found)
	}
	return found, err
}

func (d *door) Follow(ctx context.Context, org contact.OrgID, of contact.ID, topic contact.Topic, after *contact.Head) (contact.Stream, error) {
	stream, err := d.Store.Follow(ctx, org, of, topic, after)
	if d.follow != nil && err == nil {
		stream = d.follow(stream)
	}
	return stream, err
}

// newDoor is a world whose store is behind a door.
func newDoor(t *testing.T) (*world, *door) {
	t.Helper()
	w := newWorld(t)
	d := &door{Store: w.store}
	w.Contacts = contact.New(w.deps(d))
	return w, d
}

// wantReads checks how many reads a piece of work costs.
func (w *world) wantReads(what string, of *atomic.Int64, want int64, do func()) {
	w.Helper()
	before := of.Load()
	do()
	if got := of.Load() - before; got != want {
		w.Fatalf("%s costs %d reads, want %d", what, got, want)
	}
}
