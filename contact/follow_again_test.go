package contact_test

import (
	"testing"
	"time"

	"contactpanel/contact"
)

// TestWhatHasWaitedIsToldAsItIsNow asks again for the rest of what was told: the text of that time may be gone by now.
func TestWhatHasWaitedIsToldAsItIsNow(t *testing.T) {
	w := newWorld(t)
	person := w.person("Zoe")
	f, err := w.NoteEvents(w.as(anna), person.ID, nil)
	w.must("NoteEvents", err)
	defer f.Close()
	gone, edited := w.note(person.ID, "To be deleted."), w.note(person.ID, "To be edited.")
	told, err := f.Next(w.as(anna))
	w.must("Next", err)
	if len(told) != 2 {
		t.Fatalf("%d events are told at once, want two", len(told))
	}
	_, err = w.DeleteNote(w.as(anna), gone.ID, 1, "")
	w.must("DeleteNote", err)
	_, err = w.EditNote(w.as(anna), edited.ID, "Edited.", 1, "")
	w.must("EditNote", err)
	w.clock.advance(10 * time.Second) // until then what was read for others may be told
	again, err := f.Again(w.as(anna), told)
	w.must("Again", err)
	if len(again) != 2 {
		t.Fatalf("%d events again, want two", len(again))
	}
	if n := again[0].(*contact.AddedNote).Note; n != nil && n.DeletedAt == nil {
		t.Errorf("a deleted note is told as %+v", n)
	}
	if n := again[1].(*contact.AddedNote).Note; n == nil || n.Body != "Edited." {
		t.Errorf("an edited note is told as %+v", n)
	}
	rest, err := f.Again(w.as(anna), told[1:])
	w.must("Again", err)
	if len(rest) != 1 || rest[0] != again[1] {
		t.Errorf("the rest again is %+v, want %+v", rest, again[1:])
	}
}
