package contact_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"contactpanel/contact"
)

// wakeTime bounds the wait for what must come.
const wakeTime = 10 * time.Second

// followNotes follows a contact's notes until the end of the test; after is "" for the present.
func (w *world) followNotes(a contact.Actor, of contact.ID, after string) *contact.Following[contact.NoteEvent] {
	w.Helper()
	f, err := w.NoteEvents(w.as(a), of, position(after))
	w.must("NoteEvents", err)
	w.Cleanup(f.Close)
	return f
}

// followContact follows the rest of a contact, likewise.
func (w *world) followContact(a contact.Actor, of contact.ID, after string) *contact.Following[contact.ContactEvent] {
	w.Helper()
	f, err := w.ContactEvents(w.as(a), of, position(after))
	w.must("ContactEvents", err)
	w.Cleanup(f.Close)
	return f
}

func position(after string) *string {
	if after == "" {
		return nil
	}
	return &after
}

// next is one call of Next, which ends in time whatever happens.
func next[E any](w *world, f *contact.Following[E]) ([]E, error) {
	ctx, cancel := context.WithTimeout(w.Context(), wakeTime)
	defer cancel()
	return f.Next(ctx)
}

// take waits until so many events have come.
func take[E any](w *world, f *contact.Following[E], count int) (all []E, _ error) {
	for len(all) < count {
		some, err := next(w, f)
		switch all = append(all, some...); {
		case err != nil:
			return all, err
		case len(some) == 0 || len(some) > 16 || len(all) > count:
			return all, fmt.Errorf("one call of Next tells %d events, %d are told, want %d", len(some), len(all), count)
		}
	}
	return all, nil
}

// told is take, for the test's own goroutine.
func told[E any](w *world, f *contact.Following[E], count int) []E {
	w.Helper()
	all, err := take(w, f, count)
	w.must("Next", err)
	return all
}

// noteNow is a change of a note that has just been made, as a follower is to be told of it.
func (w *world) noteNow(a contact.Actor, key string, n *contact.Note) contact.StandingNote {
	w.Helper()
	of := w.contact(n.Contact)
	s := contact.StandingNote{ChangedNote: contact.ChangedNote{NoteID: n.ID, Change: contact.Change{
		Cursor: of.NotesCursor(), Actor: a.Agent, At: w.clock.now().UTC().Truncate(time.Millisecond), Version: n.Version, ClientMutationID: position(key),
	}}}
	page, err := w.Notes(w.as(a), of, contact.PageArgs{First: new(contact.MaxPageSize)})
	w.must("Notes", err)
	if i := slices.IndexFunc(page.Items, func(o contact.Note) bool { return o.ID == n.ID }); i >= 0 {
		s.Note, s.NoteEdge = &page.Items[i], &contact.NoteEdge{Cursor: page.Cursors[i], Node: &page.Items[i]}
	}
	return s
}

func TestEachChangeOfANoteIsToldToWhoMadeItAndToOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Eve")
	w.note(of.ID, "before anybody followed")
	mine, theirs := w.followNotes(anna, of.ID, ""), w.followNotes(ben, of.ID, "")
	type standing = contact.StandingNote
	var n *contact.Note
	for _, s := range []struct {
		who  contact.Actor
		key  string
		do   func(ctx context.Context, key string) (*contact.Note, error)
		want func(standing) contact.NoteEvent
	}{
		{anna, "echo", func(x context.Context, key string) (*contact.Note, error) { return w.AddNote(x, of.ID, "one", key) },
			func(s standing) contact.NoteEvent { return &contact.AddedNote{StandingNote: s} }},
		{ben, "", func(x context.Context, key string) (*contact.Note, error) { return w.EditNote(x, n.ID, "two", 1, key) },
			func(s standing) contact.NoteEvent { return &contact.EditedNote{StandingNote: s} }},
		{anna, "gone", func(x context.Context, key string) (*contact.Note, error) { return w.DeleteNote(x, n.ID, 2, key) },
			func(s standing) contact.NoteEvent { return &contact.DeletedNote{ChangedNote: s.ChangedNote} }},
		{ben, "back", func(x context.Context, key string) (*contact.Note, error) { return w.RestoreNote(x, n.ID, 3, key) },
			func(s standing) contact.NoteEvent { return &contact.RestoredNote{StandingNote: s} }},
	} {
		w.clock.advance(time.Second + time.Microsecond)
		var err error
		n, err = s.do(w.as(s.who), s.key)
		w.must("the write", err)
		now := w.noteNow(s.who, s.key, n)
		if isDeleted := n.DeletedAt != nil; isDeleted != (now.Note == nil) {
			t.Fatalf("the notes hold %v", now.Note)
		}
		want := []contact.NoteEvent{s.want(now)}
		w.same(fmt.Sprintf("what its maker is told of version %d", n.Version), plain(told(w, mine, 1)), want)
		w.same(fmt.Sprintf("what another is told of version %d", n.Version), plain(told(w, theirs, 1)), want)
	}
	for _, e := range []any{&contact.AddedNote{}, &contact.EditedNote{}, &contact.RestoredNote{}, &contact.DeletedNote{}} {
		if _, is := e.(contact.NoteChange); !is {
			t.Errorf("%T is no change of a note", e)
		}
	}
}

func TestNotesThatAreFedInAreToldOneByOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Eve", customer("E-1"))
	f := w.followNotes(anna, of.ID, "")
	w.upsert(contact.UpsertInput{Attributes: []contact.AttributeInput{customer("E-1")}, Notes: []string{"one", "two"}, ClientMutationID: "row"})
	var bodies []string
	for i, e := range told(w, f, 2) {
		added, is := e.(*contact.AddedNote)
		if !is || added.Actor != robot.Agent || *added.ClientMutationID != "row" || added.Cursor != (contact.Head{Epoch: of.NotesHead.Epoch, Seq: int64(i + 1)}).Cursor() {
			t.Fatalf("event %d is %+v", i, e)
		}
		bodies = append(bodies, added.Note.Body)
	}
	w.same("the notes", bodies, []string{"one", "two"})
}

func TestWhatWasDeletedBeforeItIsToldIsAddedWithoutItsText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Eve")
	n := w.note(of.ID, "secret")
	_, err := w.DeleteNote(w.as(anna), n.ID, 1, "")
	w.must("DeleteNote", err)
	f := w.followNotes(ben, of.ID, of.NotesCursor())
	all := told(w, f, 3)
	added, isAdded := all[0].(*contact.AddedNote)
	if !isAdded || added.NoteID != n.ID || added.Version != 1 || added.Note != nil || added.NoteEdge != nil {
		t.Errorf("the addition is told as %+v", all[0])
	}
	if deleted, is := all[1].(*contact.DeletedNote); !is || deleted.NoteID != n.ID || deleted.Version != 2 {
		t.Errorf("the deletion is told as %+v", all[1])
	}
	w.same("what follows", all[2], contact.NoteEvent(&contact.CaughtUp{Cursor: w.contact(of.ID).NotesCursor()}))
	if _, err = w.RestoreNote(w.as(anna), n.ID, 2, ""); err != nil {
		t.Fatal(err)
	}
	told(w, f, 1)
	late := told(w, w.followNotes(ben, of.ID, of.NotesCursor()), 4)
	if added, is := late[0].(*contact.AddedNote); !is || added.Note == nil || added.Note.Version != 3 || added.Version != 1 {
		t.Errorf("the addition of what is back is told as %+v", late[0])
	}
}

// cursorOf is where an event stands.
func cursorOf(e contact.NoteEvent) string {
	switch e := e.(type) {
	case *contact.AddedNote:
		return e.Cursor
	case *contact.CaughtUp:
		return e.Cursor
	case *contact.Resync:
		return e.Cursor
	default:
		return ""
	}
}

func TestAFollowerGoesOnBehindItsPosition(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of, other := w.person("Eve"), w.person("Bob")
	head := of.NotesHead
	at := func(seq int64) string { return contact.Head{Epoch: head.Epoch, Seq: seq}.Cursor() }
	live := w.followNotes(anna, of.ID, "")
	for i := range 3 {
		w.note(of.ID, fmt.Sprint("note ", i))
		w.note(other.ID, "elsewhere")
	}
	events := told(w, live, 3)
	for _, tt := range []struct {
		name, after string
		missed      []int64 // nil: a resync
	}{
		{"the cursor of the contact before", of.NotesCursor(), []int64{1, 2, 3}},
		{"the cursor of an event", cursorOf(events[1]), []int64{3}},
		{"the cursor of the contact now", w.contact(of.ID).NotesCursor(), []int64{}},
		{"the cursor of another contact", w.contact(other.ID).NotesCursor(), nil},
		{"the cursor of the other topic", of.EventsCursor(), nil},
		{"a cursor of the future", at(4), nil},
	} {
		f := w.followNotes(ben, of.ID, tt.after)
		if tt.missed == nil {
			w.same(tt.name, told(w, f, 1), []contact.NoteEvent{&contact.Resync{Cursor: at(3)}})
		}
		for i, e := range told(w, f, len(tt.missed)) {
			if added, is := e.(*contact.AddedNote); !is || added.Cursor != at(tt.missed[i]) || added.Note.Body != fmt.Sprint("note ", tt.missed[i]-1) {
				t.Errorf("%s: event %d is %+v", tt.name, i, e)
			}
		}
		w.same(tt.name+": the end", told(w, f, 1), []contact.NoteEvent{&contact.CaughtUp{Cursor: at(3)}})
	}
}

func TestWhoMayNotFollowIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Eve")
	for _, tt := range []struct {
		name  string
		ctx   context.Context
		of    contact.ID
		after string
		code  contact.Code
		field string
	}{
		{"nobody", t.Context(), of.ID, "", contact.Unauthenticated, ""},
		{"an unknown contact", w.as(anna), "contact_unknown", "", contact.NotFound, "contactId"},
		{"an unknown contact and a position", w.as(anna), "contact_unknown", of.NotesCursor(), contact.NotFound, "contactId"},
		{"a contact of another organisation", w.as(mallory), of.ID, "", contact.NotFound, "contactId"},
		{"a malformed position", w.as(anna), of.ID, "not a cursor", contact.InvalidCursor, ""},
		{"the cursor of a list", w.as(anna), of.ID, contact.NoteCursor(w.note(of.ID, "x")), contact.InvalidCursor, ""},
	} {
		_, err := w.NoteEvents(tt.ctx, tt.of, position(tt.after))
		w.refused(tt.name, err, tt.code, tt.field)
		_, err = w.ContactEvents(tt.ctx, tt.of, position(tt.after))
		w.refused(tt.name, err, tt.code, tt.field)
	}
}

// away is an error of a store that may answer at the next try.
func away() error { return contact.Errorf(contact.Unavailable, "the store does not answer") }

func TestNothingIsLostOrRepeatedWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"it does not answer": away(), "it is overloaded": contact.Errorf(contact.Overloaded, "too much"),
		"a read takes too long": context.DeadlineExceeded, "a read is given up": context.Canceled,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, d := newDoor(t)
				of := w.person("Eve")
				const followers, failures = 3, 30
				var all []*contact.Following[contact.NoteEvent]
				for range followers {
					all = append(all, w.followNotes(anna, of.ID, ""))
				}
				d.before = func(context.Context) error {
					if d.notes.Load() <= failures {
						return err
					}
					return nil
				}
				began := time.Now()
				events, errs := make([][]contact.NoteEvent, followers), make([]error, followers)
				var waiting sync.WaitGroup
				for i, f := range all {
					waiting.Go(func() { events[i], errs[i] = take(w, f, 3) })
				}
				for i := range 3 {
					w.note(of.ID, fmt.Sprint("note ", i))
					time.Sleep(time.Second) // of the bubble's clock
				}
				waiting.Wait()
				for i, some := range events {
					w.must("Next", errs[i])
					for n, e := range some {
						if added, is := e.(*contact.AddedNote); !is || added.Note.Body != fmt.Sprint("note ", n) {
							t.Errorf("follower %d is told event %d as %+v", i, n, e)
						}
					}
				}
				// Ten tries of each: 50, 100, 200, 400 and 800 ms, then every second.
				if took := time.Since(began); took < 5*time.Second || took > 8*time.Second {
					t.Errorf("%d tries took %v", failures/followers, took)
				}
			})
		})
	}
}

func TestAnErrorThatStaysIsTheFollowersAndTheNextCallGoesOn(t *testing.T) {
	t.Parallel()
	w, d := newDoor(t)
	of := w.person("Eve")
	f := w.followNotes(anna, of.ID, "")
	w.note(of.ID, "one")
	d.before = func(context.Context) error { return contact.Errorf(contact.Internal, "a row that cannot be read") }
	w.wantReads("a read that fails for good", &d.notes, 1, func() {
		_, err := next(w, f)
		w.refused("Next", err, contact.Internal, "")
	})
	d.before = nil
	if e := told(w, f, 1)[0].(*contact.AddedNote); e.Note.Body != "one" {
		t.Errorf("the next call tells %+v", e)
	}
}

func TestCloseEndsAFollowerWhateverItDoes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		prepare func(w *world, d *door, of *contact.Contact) (after string) // what happens before the first call of Next
		tell    int                                                         // events that are told before
	}{
		{"it waits for a change", func(*world, *door, *contact.Contact) string { return "" }, 0},
		{"it waits for the store", func(w *world, d *door, of *contact.Contact) string {
			w.note(of.ID, "one")
			d.before = func(context.Context) error { return away() }
			return of.NotesCursor()
		}, 0},
		{"it has more to tell", func(w *world, d *door, of *contact.Contact) string {
			w.writeNotes(of, 64)
			d.before = func(context.Context) error {
				if d.notes.Load() > 1 {
					return away()
				}
				return nil
			}
			return of.NotesCursor()
		}, 16},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, d := newDoor(t)
				of := w.person("Eve")
				f, other := w.followNotes(anna, of.ID, tt.prepare(w, d, of)), w.followNotes(anna, of.ID, "")
				told(w, f, tt.tell)
				ended := make(chan error)
				go func() { _, err := next(w, f); ended <- err }()
				synctest.Wait()
				f.Close()
				f.Close()
				w.refused("Next, while it was closed", <-ended, contact.Unavailable, "")
				d.before = nil
				_, err := next(w, f)
				w.refused("Next of a closed one", err, contact.Unavailable, "")
				w.note(of.ID, "live")
				told(w, other, 1)
			})
		})
	}
}

func TestAWaitThatEndsWithItsContextLosesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, d := newDoor(t)
		of := w.person("Eve")
		f := w.followNotes(anna, of.ID, "")
		for _, fault := range []error{nil, away()} {
			if d.before = func(context.Context) error { return fault }; fault != nil {
				w.note(of.ID, "one")
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { _, err := f.Next(ctx); ended <- err }()
			synctest.Wait()
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("Next with a store whose fault is %v = %v", fault, err)
			}
		}
		d.before = nil
		told(w, f, 1)
	})
}
