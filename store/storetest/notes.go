package storetest

import (
	"math"
	"slices"
	"strings"
	"time"

	"contactpanel/contact"
)

func noteCases() []testCase {
	return append(notePageCases(),
		testCase{name: "a note comes back as it was written, standing, edited and deleted", run: (*harness).noteComesBack},
		testCase{name: "a note is replaced in all that can change", run: (*harness).noteReplaced},
		testCase{name: "a deleted note leaves the notes for the deleted ones, and a restored one returns to its place", run: (*harness).noteLeavesAndReturns},
		testCase{name: "notes are found by id, tombstones too, unknown ids left out, one asked twice without harm", run: (*harness).notesByID},
		testCase{name: "a contact's notes are its own", run: (*harness).notesOfOneContact},
	)
}

func noteIDs(s contact.Slice[contact.Note]) []contact.ID {
	return idsOf(s.Items, func(n *contact.Note) contact.ID { return n.ID })
}

func noteAt(n contact.Note) contact.Position        { return contact.NoteAt(&n) }
func deletedNoteAt(n contact.Note) contact.Position { return contact.DeletedNoteAt(&n) }

func notePageCases() []testCase {
	return []testCase{
		{name: "notes page exactly, newest first, those of one moment by id", run: (*harness).notePages},
		{name: "deleted notes page exactly, last deleted first", run: (*harness).deletedNotePages},
		{name: "deleted notes are those deleted after the moment, not at it", run: (*harness).deletedSince},
	}
}

func (h *harness) noteComesBack() {
	h.put(h.plain(1))
	edited := h.tombstone(3, contactID(1))
	edited.DeletedBy, edited.DeletedAt = nil, nil
	deleted := h.standing(4, contactID(1))
	deleted.DeletedBy, deleted.DeletedAt = &contact.Agent{ID: "no-name"}, pointer(time.UnixMilli(0).UTC())
	long := h.standing(5, contactID(1))
	long.Body, long.CreatedAt = strings.Repeat("\U0001F600", contact.MaxNoteLength), time.UnixMilli(-1).UTC()
	written := []contact.Note{h.standing(1, contactID(1)), h.tombstone(2, contactID(1)), edited, deleted, long}
	for _, n := range written {
		h.put(n)
		h.want("NotesByID", h.note(n.ID), n)
	}
	standing := h.notes(contact.NoteQuery{Contact: contactID(1)})
	h.want("Notes", standing.Items, []contact.Note{written[2], written[0], written[4]})
	gone := h.notes(contact.NoteQuery{Contact: contactID(1), DeletedSince: pointer(at(-math.MaxInt32).AddDate(-100, 0, 0))})
	h.want("deleted Notes", gone.Items, []contact.Note{written[1], written[3]})
}

func (h *harness) noteReplaced() {
	h.put(h.plain(1))
	for _, turn := range [][2]contact.Note{
		{h.tombstone(1, contactID(1)), h.standing(1, contactID(1))}, {h.standing(2, contactID(1)), h.tombstone(2, contactID(1))},
	} {
		h.put(turn[0])
		turn[1].Body, turn[1].Version = "another text", 7
		h.put(turn[1])
		h.want("a replaced note", h.note(turn[1].ID), turn[1])
	}
}

func (h *harness) noteLeavesAndReturns() {
	h.put(h.plain(1))
	long := pointer(at(-1000))
	want := func(when string, standing, deleted []contact.ID) {
		h.Helper()
		h.want("Notes "+when, noteIDs(h.notes(contact.NoteQuery{Contact: contactID(1)})), standing)
		h.want("deleted Notes "+when, noteIDs(h.notes(contact.NoteQuery{Contact: contactID(1), DeletedSince: long})), deleted)
	}
	for n := range 3 {
		h.put(h.standing(n, contactID(1)))
	}
	want("before", []contact.ID{noteID(2), noteID(1), noteID(0)}, nil)
	h.put(h.tombstone(1, contactID(1)))
	want("with one deleted", []contact.ID{noteID(2), noteID(0)}, []contact.ID{noteID(1)})
	h.put(h.standing(1, contactID(1)))
	want("with all restored", []contact.ID{noteID(2), noteID(1), noteID(0)}, nil)
}

func (h *harness) notesByID() {
	h.put(h.plain(1), h.plain(2), h.standing(1, contactID(1)), h.tombstone(2, contactID(1)), h.standing(3, contactID(2)))
	found, err := h.store.NotesByID(h.Context(), h.org, []contact.ID{noteID(3), noteID(9), noteID(2), contactID(1), noteID(3), "", noteID(1)})
	h.must("NotesByID", err)
	got := idsOf(found, func(n *contact.Note) contact.ID { return n.ID })
	slices.Sort(got)
	h.want("the different notes found", slices.Compact(got), []contact.ID{noteID(1), noteID(2), noteID(3)})
	found, err = h.store.NotesByID(h.Context(), h.org, nil)
	h.must("NotesByID of nothing", err)
	h.want("NotesByID of nothing", len(found), 0)
}

func (h *harness) notesOfOneContact() {
	h.put(h.plain(1), h.plain(2), h.plain(3), h.standing(1, contactID(1)), h.standing(2, contactID(2)), h.tombstone(3, contactID(2)))
	for id, want := range map[contact.ID][]contact.ID{contactID(1): {noteID(1)}, contactID(2): {noteID(2)}, contactID(3): nil, contactID(9): nil} {
		got := h.notes(contact.NoteQuery{Contact: id, Span: contact.Span{WantTotal: true}})
		h.want("Notes of "+string(id), noteIDs(got), want)
		h.want("the total of "+string(id), got.Total, len(want))
	}
}

func (h *harness) notePages() {
	h.put(h.plain(1), h.plain(2), h.tombstone(90, contactID(1)), h.standing(91, contactID(2)))
	model := timeline[contact.Note]{at: noteAt, descending: true}
	for n, ms := range []int{50, 10, 50, 50, -100} {
		note := h.standing(n, contactID(1))
		note.CreatedAt = at(ms)
		h.put(note)
		model.items = append(model.items, note)
	}
	model.checkSpans(h, "notes", func(s contact.Span) (contact.Slice[contact.Note], error) {
		return h.store.Notes(h.Context(), h.org, contact.NoteQuery{Contact: contactID(1), Span: s})
	}, contact.Position{Number: at(50).UnixMilli(), ID: noteID(1)}, contact.Position{Number: at(20).UnixMilli(), ID: noteID(0)}, contact.Position{Number: -1 << 60, ID: "x"})
}

func (h *harness) deletedNotePages() {
	h.put(h.plain(1), h.plain(2), h.standing(90, contactID(1)), h.tombstone(91, contactID(2)))
	model := timeline[contact.Note]{at: deletedNoteAt, descending: true}
	since := at(0)
	for n, ms := range []int{50, 10, 50, 90, 0, -1} {
		note := h.tombstone(n, contactID(1))
		note.CreatedAt, note.DeletedAt = at(-1000*n*n), pointer(at(ms))
		h.put(note)
		if note.DeletedAt.After(since) {
			model.items = append(model.items, note)
		}
	}
	model.checkSpans(h, "deleted notes", func(s contact.Span) (contact.Slice[contact.Note], error) {
		return h.store.Notes(h.Context(), h.org, contact.NoteQuery{Contact: contactID(1), DeletedSince: &since, Span: s})
	}, contact.Position{Number: at(50).UnixMilli(), ID: noteID(1)}, contact.Position{Number: at(-1).UnixMilli(), ID: noteID(9)})
}

func (h *harness) deletedSince() {
	h.put(h.plain(1), h.tombstone(1, contactID(1))) // deleted at 21
	for _, tt := range []struct {
		since time.Time
		want  int
	}{
		{at(20), 1},
		{at(21).Add(-time.Microsecond), 1},
		{at(21), 0},
		{at(21).In(time.FixedZone("west", -3600)), 0},
		{at(21).Add(time.Microsecond), 0},
		{at(22), 0},
	} {
		got := h.notes(contact.NoteQuery{Contact: contactID(1), DeletedSince: &tt.since, Span: contact.Span{WantTotal: true}})
		if len(got.Items) != tt.want || got.Total != tt.want {
			h.Errorf("deleted after %v: %d notes, total %d; want %d", tt.since, len(got.Items), got.Total, tt.want)
		}
	}
}
