package contact_test

import (
	"slices"
	"testing"

	"contactpanel/contact"
)

// plain are events without what followers keep with them.
func plain(events []contact.NoteEvent) []contact.NoteEvent {
	out := slices.Clone(events)
	standing := func(s contact.StandingNote) contact.StandingNote {
		return contact.StandingNote{ChangedNote: contact.ChangedNote{Change: s.Change, NoteID: s.NoteID}, Note: s.Note, NoteEdge: s.NoteEdge}
	}
	for i, e := range out {
		switch e := e.(type) {
		case *contact.AddedNote:
			out[i] = &contact.AddedNote{StandingNote: standing(e.StandingNote)}
		case *contact.EditedNote:
			out[i] = &contact.EditedNote{StandingNote: standing(e.StandingNote)}
		case *contact.RestoredNote:
			out[i] = &contact.RestoredNote{StandingNote: standing(e.StandingNote)}
		case *contact.DeletedNote:
			out[i] = &contact.DeletedNote{ChangedNote: contact.ChangedNote{Change: e.Change, NoteID: e.NoteID}}
		}
	}
	return out
}

// TestWhatIsMadeOfAnEventIsKeptWithItForAll keeps things with an event that two followers are told of.
func TestWhatIsMadeOfAnEventIsKeptWithItForAll(t *testing.T) {
	w := newWorld(t)
	person := w.person("Zoe")
	one, other := w.followNotes(anna, person.ID, ""), w.followNotes(ben, person.ID, "")
	w.note(person.ID, "Kept.")
	first, second := told(w, one, 1)[0].(contact.NoteChange), told(w, other, 1)[0].(contact.NoteChange)
	for i := range 17 {
		first.Derived().Keep(i, []byte{byte(i)})
	}
	for i := range 17 {
		got := second.Derived().Of(i)
		if isKept := i < 16; isKept != (len(got) == 1 && got[0] == byte(i)) || !isKept && got != nil {
			t.Errorf("thing %d of an event that keeps 16 is %v", i, got)
		}
	}
	w.note(person.ID, "Another.")
	if next := told(w, one, 1)[0].(contact.NoteChange); next.Derived().Of(0) != nil {
		t.Error("what was kept with one event is kept with another")
	}
}
