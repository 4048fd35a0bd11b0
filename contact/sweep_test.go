package contact_test

import (
	"testing"
	"time"

	"contactpanel/contact"
)

// swept moves the clock, sweeps, and checks how many rows went.
func (w *world) swept(at time.Time, want int) {
	w.Helper()
	w.clock.set(at)
	got, err := w.Sweep(w.Context())
	w.must("Sweep", err)
	if got != want {
		w.Errorf("Sweep at noon + %s removed %d rows, want %d", at.Sub(noon), got, want)
	}
}

func TestASweepTakesWhatHasOutlivedItsTimeInEveryOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var people []*contact.Contact
	for _, who := range []contact.Actor{anna, mallory} { // of each: an event, a remembered write and, soon, a tombstone
		of, err := w.Upsert(w.as(who), contact.UpsertInput{Name: "Sue"})
		w.must("Upsert", err)
		_, err = w.AddNote(w.as(who), of.Contact.ID, "text", "key")
		w.must("AddNote", err)
		people = append(people, of.Contact)
	}
	w.swept(noon.Add(contact.IdempotentFor), 0)
	w.swept(noon.Add(contact.IdempotentFor+time.Millisecond), 2)
	w.swept(noon.Add(contact.EventsKeptFor), 0)
	w.swept(noon.Add(contact.EventsKeptFor+time.Millisecond), 2)

	gone := w.clock.now()
	for i, who := range []contact.Actor{anna, mallory} {
		page, err := w.Notes(w.as(who), people[i], contact.PageArgs{})
		w.must("Notes", err)
		_, err = w.DeleteNote(w.as(who), page.Items[0].ID, 1, "")
		w.must("DeleteNote", err)
	}
	w.swept(gone.Add(contact.EventsKeptFor+time.Millisecond), 2) // the events of the deletions
	w.swept(gone.Add(contact.RestorableFor), 0)
	w.swept(gone.Add(contact.RestorableFor+time.Millisecond), 2)

	now := w.contact(people[0].ID)
	if now.NotesHead.Seq != 2 || now.NotesHead.Epoch != people[0].NotesHead.Epoch || now.EventsHead != people[0].EventsHead {
		t.Errorf("the heads went from %+v to %+v", people[0], now)
	}
	if rows := w.audit(); len(rows) != 3 {
		t.Errorf("%d audit rows are left, want all 3", len(rows))
	}
	later := w.note(now.ID, "later")
	w.same("what stands stays", w.notes(now), []contact.Note{*later})
}
