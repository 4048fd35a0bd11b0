package contact_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"contactpanel/contact"
)

// closing is a store that is closed at the very moment at which notes are read for events.
type closing struct{ contact.Store }

func (c closing) NotesByID(ctx context.Context, org contact.OrgID, ids []contact.ID) ([]contact.Note, error) {
	if err := c.Close(); err != nil {
		return nil, err
	}
	return c.Store.NotesByID(ctx, org, ids)
}

// Next promises DB_UNAVAILABLE when the store is closed, also between the delivery of an event and the read of its note.
func TestClosingTheStoreEndsAFollowerThatLoadsWhatItIsTold(t *testing.T) {
	w := newWorld(t)
	person := w.person("Zoe")
	follower := contact.New(w.deps(closing{w.store}))
	f, err := follower.NoteEvents(w.as(anna), person.ID, nil)
	w.must("NoteEvents", err)
	defer f.Close()
	w.note(person.ID, "Called back.")
	ctx, cancel := context.WithTimeout(w.as(anna), 5*time.Second)
	defer cancel()
	_, err = f.Next(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		t.Fatal("Next waits for ever for a store that is closed")
	}
	if contact.CodeOf(err) != contact.Unavailable {
		t.Fatalf("Next = %v, want %s", err, contact.Unavailable)
	}
}

// A closed store does not come back, so that nobody is to wait for it.
func TestFollowingOverAClosedStoreIsRefused(t *testing.T) {
	w := newWorld(t)
	person := w.person("Zoe")
	w.must("Close", w.store.Close())
	ctx, cancel := context.WithTimeout(w.as(anna), 5*time.Second)
	defer cancel()
	_, err := w.NoteEvents(ctx, person.ID, nil)
	if contact.CodeOf(err) != contact.Unavailable {
		t.Fatalf("NoteEvents = %v, want %s", err, contact.Unavailable)
	}
}
