package storetest

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"contactpanel/contact"
)

func pagingCases() []testCase {
	return []testCase{
		{name: "paging through notes while they change shows each surviving note once, in order", need: soleUse, run: func(h *harness) {
			rapid.Check(h.reporter, func(t *rapid.T) { pageNotes(t, h) })
		}},
		{name: "paging through contacts while they change shows each unchanged contact once, in each order", need: soleUse, run: func(h *harness) {
			rapid.Check(h.reporter, func(t *rapid.T) { pageContacts(t, h) })
		}},
	}
}

// newOrganisations makes two organisations for one run of a property.
func newOrganisations(t *rapid.T, of *harness) []*harness {
	out := make([]*harness, 0, 2)
	for _, name := range of.suite.orgNames() {
		h := of.suite.harness(t, of.store, name)
		h.makeOrganisation()
		out = append(out, h)
	}
	return out
}

// walk is one way through a list from one end to the other, page by page.
type walk[T any] struct {
	h        *harness
	what     string
	model    func() timeline[T] // as the list is now
	read     func(contact.Span) (contact.Slice[T], error)
	id       func(T) contact.ID
	backward bool
	limit    func() int
	change   func() // happens between two pages
}

// run compares each page with the model and, at the end, all that was shown with all that stood in its place throughout.
func (w walk[T]) run() {
	w.h.Helper()
	standing := map[contact.ID]contact.Position{}
	before := w.model()
	for _, item := range before.items {
		standing[w.id(item)] = before.at(item)
	}
	var seen []contact.Position
	span := contact.Span{Backward: w.backward, WantTotal: true}
	for more := true; more; {
		span.Limit = w.limit()
		got, err := w.read(span)
		w.h.must(w.what, err)
		now := w.model()
		now.sort()
		now.check(w.h, w.what, span, got)
		if len(got.Items) == 0 {
			break
		}
		var shown []contact.Position
		for _, item := range got.Items {
			shown = append(shown, now.at(item))
		}
		if w.backward {
			seen, more = append(shown, seen...), got.HasBefore
			span.Before = &shown[0]
		} else {
			seen, more = append(seen, shown...), got.HasAfter
			span.After = &shown[len(shown)-1]
		}
		if more {
			w.change()
			keepStanding(standing, w.model(), w.id)
		}
	}
	w.checkSeen(seen, standing)
}

// keepStanding leaves what still is where it was.
func keepStanding[T any](standing map[contact.ID]contact.Position, now timeline[T], id func(T) contact.ID) {
	places := map[contact.ID]contact.Position{}
	for _, item := range now.items {
		places[id(item)] = now.at(item)
	}
	for id, was := range standing {
		if is, ok := places[id]; !ok || is != was {
			delete(standing, id)
		}
	}
}

func (w walk[T]) checkSeen(seen []contact.Position, standing map[contact.ID]contact.Position) {
	w.h.Helper()
	l := w.model()
	for i := 1; i < len(seen); i++ {
		if l.compare(seen[i-1], seen[i]) >= 0 {
			w.h.Fatalf("%s: shown out of order: %+v, then %+v", w.what, seen[i-1], seen[i])
		}
	}
	times := map[contact.ID]int{}
	for _, p := range seen {
		times[p.ID]++
	}
	for id := range standing {
		if times[id] != 1 {
			w.h.Fatalf("%s: %s stood there all the time and was shown %d times", w.what, id, times[id])
		}
	}
}

// draw draws one of a list by its place: a failure then shows the place and not all of the thing.
func draw[T any](t *rapid.T, label string, list []T) T {
	return list[rapid.IntRange(0, len(list)-1).Draw(t, label)]
}

// drawnLimit draws the size of the next page.
func drawnLimit(t *rapid.T) func() int {
	return func() int { return rapid.IntRange(1, 5).Draw(t, "page size") }
}

// someChanges runs a change between pages, a few times at most, so that every walk ends.
func someChanges(t *rapid.T, change func()) func() {
	left := 4
	return func() {
		if left > 0 && rapid.Bool().Draw(t, "changes") {
			left--
			change()
		}
	}
}

// shelf is a contact with its notes, in the store and in the model.
type shelf struct {
	h       *harness
	contact int
	notes   []contact.Note
}

// write puts a note into the store and into the model.
func (s *shelf) write(n contact.Note) {
	s.h.put(n)
	if i := slices.IndexFunc(s.notes, func(o contact.Note) bool { return o.ID == n.ID }); i >= 0 {
		s.notes[i] = n
		return
	}
	s.notes = append(s.notes, n)
}

func (s *shelf) timeline(deleted bool) timeline[contact.Note] {
	out := timeline[contact.Note]{at: noteAt, descending: true}
	if deleted {
		out.at = deletedNoteAt
	}
	for _, n := range s.notes {
		if (n.DeletedAt != nil) == deleted {
			out.items = append(out.items, n)
		}
	}
	return out
}

// change adds, edits, deletes or restores a note. There are so few moments that several notes share one.
func (s *shelf) change(t *rapid.T) {
	moment := at(rapid.IntRange(0, 4).Draw(t, "moment"))
	if len(s.notes) == 0 || rapid.IntRange(0, 2).Draw(t, "add") == 0 {
		k := len(s.notes)
		n := s.h.standing(s.contact+2*((k*37)%101), contactID(s.contact)) // the same ids in both organisations, in no order
		n.CreatedAt = moment
		s.write(n)
		return
	}
	n := draw(t, "note", s.notes)
	n.Version++
	switch {
	case n.DeletedAt != nil:
		n.DeletedBy, n.DeletedAt = nil, nil
	case rapid.Bool().Draw(t, "edit"):
		n.Body, n.LastEditedBy, n.LastEditedAt = fmt.Sprintf("%s %d", s.h.tag, n.Version), pointer(s.h.agent(2)), &moment
	default:
		n.DeletedBy, n.DeletedAt = pointer(s.h.agent(3)), &moment
	}
	s.write(n)
}

// pageNotes is the property for notes: two contacts in each of two organisations.
func pageNotes(t *rapid.T, of *harness) {
	var shelves []*shelf
	for _, h := range newOrganisations(t, of) {
		h.put(h.plain(1), h.plain(2))
		shelves = append(shelves, &shelf{h: h, contact: 1}, &shelf{h: h, contact: 2})
	}
	change := func() { draw(t, "shelf", shelves).change(t) }
	for range rapid.IntRange(1, 12).Draw(t, "changes at first") {
		change()
	}
	since := longAgo()
	for range rapid.IntRange(1, 2).Draw(t, "steps") {
		change()
		s, deleted := draw(t, "shown shelf", shelves), rapid.Bool().Draw(t, "deleted")
		q := contact.NoteQuery{Contact: contactID(s.contact)}
		if deleted {
			q.DeletedSince = &since
		}
		for _, backward := range []bool{false, true} {
			walk[contact.Note]{
				h: s.h, what: fmt.Sprintf("notes of contact %d, deleted %t", s.contact, deleted), backward: backward,
				model: func() timeline[contact.Note] { return s.timeline(deleted) },
				id:    func(n contact.Note) contact.ID { return n.ID },
				limit: drawnLimit(t), change: someChanges(t, func() { s.changeMostly(t, change) }),
				read: func(span contact.Span) (contact.Slice[contact.Note], error) {
					q.Span = span
					return s.h.store.Notes(s.h.Context(), s.h.org, q)
				},
			}.run()
		}
	}
}

// changeMostly changes the shelf that is shown more often than another.
func (s *shelf) changeMostly(t *rapid.T, another func()) {
	if rapid.IntRange(0, 3).Draw(t, "elsewhere") == 0 {
		another()
		return
	}
	s.change(t)
}
