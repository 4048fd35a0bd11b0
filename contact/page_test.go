package contact_test

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"contactpanel/contact"
)

// reading is one way through a contact's notes while others write: forward from the newest or backward from the oldest.
type reading struct {
	*world
	rt       *rapid.T
	of       *contact.Contact
	backward bool
	standing []contact.Note // as the model has them, newest first
	deleted  []contact.Note
	survivor map[contact.ID]bool // stood all the time
	seen     []contact.Note
}

func newestFirst(a, b contact.Note) int {
	return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
}

// disturb adds, deletes or restores a note, or does nothing.
func (r *reading) disturb() {
	r.Helper()
	pick := func(list []contact.Note) int { return rapid.IntRange(0, len(list)-1).Draw(r.rt, "which") }
	switch what := rapid.SampledFrom([]string{"add", "delete", "restore", "nothing"}).Draw(r.rt, "what"); {
	case what == "add":
		r.clock.advance(time.Duration(rapid.IntRange(0, 1).Draw(r.rt, "later")) * time.Millisecond)
		r.standing = append(r.standing, *r.note(r.of.ID, "note"))
	case what == "delete" && len(r.standing) > 0:
		i := pick(r.standing)
		n, err := r.DeleteNote(r.as(ben), r.standing[i].ID, r.standing[i].Version, "")
		r.must("DeleteNote", err)
		delete(r.survivor, n.ID)
		r.standing, r.deleted = slices.Delete(r.standing, i, i+1), append(r.deleted, *n)
	case what == "restore" && len(r.deleted) > 0:
		i := pick(r.deleted)
		n, err := r.RestoreNote(r.as(ben), r.deleted[i].ID, r.deleted[i].Version, "")
		r.must("RestoreNote", err)
		r.deleted, r.standing = slices.Delete(r.deleted, i, i+1), append(r.standing, *n)
	}
	slices.SortFunc(r.standing, newestFirst)
}

// page reads the next page, checks it against the model, and returns where to go on, nil at the end.
func (r *reading) page(cursor *string, last *contact.Note) (*string, *contact.Note) {
	r.Helper()
	size := rapid.IntRange(1, 5).Draw(r.rt, "size")
	args := contact.PageArgs{First: &size, After: cursor, WantTotal: rapid.Bool().Draw(r.rt, "total")}
	rest := r.standing
	if r.backward {
		args = contact.PageArgs{Last: &size, Before: cursor, WantTotal: args.WantTotal}
	}
	if last != nil {
		rest = slices.DeleteFunc(slices.Clone(rest), func(n contact.Note) bool {
			return r.backward && newestFirst(n, *last) >= 0 || !r.backward && newestFirst(n, *last) <= 0
		})
	}
	want := rest[:min(size, len(rest))]
	if r.backward {
		want = rest[max(0, len(rest)-size):]
	}
	got, err := r.Notes(r.as(anna), r.of, args)
	r.must("Notes", err)
	r.same("the page", ids(got.Items, noteID), ids(want, noteID))
	if args.WantTotal != (got.Total != nil) || got.Total != nil && *got.Total != len(r.standing) {
		r.Fatalf("the total is %v, wanted %v, there are %d", got.Total, args.WantTotal, len(r.standing))
	}
	if len(got.Items) == 0 {
		return nil, nil
	}
	first, end := got.Items[0], got.Items[len(got.Items)-1]
	hasBefore := slices.IndexFunc(r.standing, func(n contact.Note) bool { return n.ID == first.ID }) > 0
	hasAfter := r.standing[len(r.standing)-1].ID != end.ID
	if got.HasBefore != hasBefore || got.HasAfter != hasAfter {
		r.Fatalf("hasPrevious %v, hasNext %v; want %v, %v", got.HasBefore, got.HasAfter, hasBefore, hasAfter)
	}
	if r.backward {
		r.seen = append(slices.Clone(got.Items), r.seen...)
		return &got.Cursors[0], &first
	}
	r.seen = append(r.seen, got.Items...)
	return &got.Cursors[len(got.Cursors)-1], &end
}

// TestEachSurvivingNoteIsSeenOnceNewestFirst is F18.
func TestEachSurvivingNoteIsSeenOnceNewestFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rapid.Check(t, func(rt *rapid.T) {
		w := w.in(rt)
		r := &reading{world: w, rt: rt, of: w.person("Page"), backward: rapid.Bool().Draw(rt, "backward"), survivor: map[contact.ID]bool{}}
		for range rapid.IntRange(0, 12).Draw(rt, "disturbances before") {
			r.disturb()
		}
		for _, n := range r.standing {
			r.survivor[n.ID] = true
		}
		var last *contact.Note
		for cursor, again := (*string)(nil), true; again; again = cursor != nil {
			cursor, last = r.page(cursor, last)
			for range rapid.IntRange(0, 2).Draw(rt, "disturbances between") {
				r.disturb()
			}
			if len(r.seen) > 100 {
				rt.Fatal("the pages never end")
			}
		}
		if !slices.IsSortedFunc(r.seen, newestFirst) {
			rt.Fatalf("the pages are out of order: %v", ids(r.seen, noteID))
		}
		times := map[contact.ID]int{}
		for _, n := range r.seen {
			times[n.ID]++
		}
		for id := range r.survivor {
			if times[id] != 1 {
				rt.Fatalf("note %s was seen %d times", id, times[id])
			}
		}
		for id, n := range times {
			if n > 1 {
				rt.Fatalf("note %s was seen %d times", id, n)
			}
		}
	})
}

func TestAThousandNotesArePagedWhileOthersAddAndDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	row := contact.UpsertInput{Name: "Page", Attributes: []contact.AttributeInput{customer("P")}}
	rows := make([]contact.UpsertInput, 20)
	for i := range rows {
		rows[i] = row
		for j := range 50 {
			rows[i].Notes = append(rows[i].Notes, fmt.Sprintf("note %d of %d", j, i))
		}
	}
	many, err := w.UpsertMany(w.as(robot), rows)
	w.must("UpsertMany", err)
	of := w.contact(many[0].Contact)
	doomed := w.notes(of)[:60] // the newest; the other 940 survive

	var others sync.WaitGroup
	for i := range 4 {
		others.Go(func() {
			for _, n := range doomed[15*i : 15*i+15] {
				if _, err := w.AddNote(w.as(ben), of.ID, "added", ""); err != nil {
					t.Error(err)
				}
				if _, err := w.DeleteNote(w.as(ben), n.ID, 1, ""); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var seen []contact.Note
	for args := (contact.PageArgs{First: new(17)}); ; {
		page, err := w.Notes(w.as(anna), of, args)
		w.must("Notes", err)
		if seen = append(seen, page.Items...); !page.HasAfter {
			break
		}
		args.After = &page.Cursors[len(page.Cursors)-1]
	}
	others.Wait()
	survivors := 0
	for _, n := range seen {
		if n.Body != "added" && !slices.ContainsFunc(doomed, func(d contact.Note) bool { return d.ID == n.ID }) {
			survivors++
		}
	}
	if !slices.IsSortedFunc(seen, newestFirst) {
		t.Error("the pages are out of order")
	}
	if distinct := len(slices.Compact(ids(seen, noteID))); survivors != 940 || distinct != len(seen) {
		t.Errorf("%d of 940 survivors were seen, %d notes of which %d differ", survivors, len(seen), distinct)
	}
}

func TestAPageHasTwentyItemsUnlessItSaysAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Page")
	for i := range 103 {
		w.note(of.ID, fmt.Sprint("note ", i))
	}
	for want, args := range map[int]contact.PageArgs{20: {}, 1: {First: new(1)}, 100: {First: new(100)}, 2: {Last: new(2)}} {
		got, err := w.Notes(w.as(anna), of, args)
		w.must("Notes", err)
		if len(got.Items) != want || got.Total != nil || got.HasAfter == (args.Last != nil) || got.HasBefore != (args.Last != nil) {
			t.Errorf("a page of %d has %d items, hasPrevious %v, hasNext %v, total %v", want, len(got.Items), got.HasBefore, got.HasAfter, got.Total)
		}
	}
	got, err := w.Notes(w.as(anna), of, contact.PageArgs{First: new(1), WantTotal: true})
	if err != nil || *got.Total != 103 {
		t.Errorf("the total is %v, %v; want 103", got.Total, err)
	}
	first := contact.NoteCursor(&got.Items[0])
	w.same("the cursor beside a payload", first, got.Cursors[0])
}

func TestPageSizesThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Page")
	for _, n := range []int{-1, 0, 101, 2147483648, math.MinInt} {
		for field, args := range map[string]contact.PageArgs{"first": {First: &n}, "last": {Last: &n}} {
			w.refusedPage(fmt.Sprintf("A22: %s %d", field, n), of, contact.SearchInput{Page: args}, contact.BadUserInput, field)
		}
	}
	w.refusedPage("first and last", of, contact.SearchInput{Page: contact.PageArgs{First: new(1), Last: new(1)}}, contact.BadUserInput, "last")
}

// refusedPage checks that each connection refuses a page alike.
func (w *world) refusedPage(what string, of *contact.Contact, in contact.SearchInput, code contact.Code, field string) {
	w.Helper()
	_, err := w.Notes(w.as(anna), of, in.Page)
	w.refused(what+" of notes", err, code, field)
	_, err = w.DeletedNotes(w.as(anna), of, in.Page)
	w.refused(what+" of deleted notes", err, code, field)
	_, err = w.Search(w.as(anna), in)
	w.refused(what+" of contacts", err, code, field)
}

func TestACursorOfAnythingElseIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of, other := w.person("Page"), w.person("Pages")
	w.note(of.ID, "text")
	gone := w.note(of.ID, "text")
	_, err := w.DeleteNote(w.as(anna), gone.ID, 1, "")
	w.must("DeleteNote", err)
	notes, err := w.Notes(w.as(anna), of, contact.PageArgs{})
	w.must("Notes", err)
	deleted, err := w.DeletedNotes(w.as(anna), of, contact.PageArgs{})
	w.must("DeletedNotes", err)
	_, err = w.Upsert(w.as(mallory), contact.UpsertInput{Name: "Page"})
	w.must("Upsert", err)
	cursorOf := func(a contact.Actor, in contact.SearchInput) string {
		got, err := w.Search(w.as(a), in)
		w.must("Search", err)
		return got.Cursors[0]
	}
	search := contact.SearchInput{Search: "page"}
	raw, err := base64.RawURLEncoding.DecodeString(notes.Cursors[0])
	w.must("DecodeString", err)
	bent := func(at int) string {
		out := slices.Clone(raw)
		out[at] ^= 1
		return base64.RawURLEncoding.EncodeToString(out)
	}
	noText := base64.RawURLEncoding.EncodeToString(append(slices.Clone(raw[:len(raw)-1]), 0xff))
	strange := map[string]string{
		"A23: empty": "", "A23: 4 KB": strings.Repeat("A", 4096), "A23: no base64": "not base64!", "an id": string(of.ID), "one byte": "AQ",
		"a head": of.NotesCursor(), "cut off": notes.Cursors[0][:12], "without its id": base64.RawURLEncoding.EncodeToString(raw[:12]),
		"another version": bent(0), "another list": bent(3), "no UTF-8": noText, "padded": notes.Cursors[0] + "==",
		"A23: another organisation's search": cursorOf(mallory, search), "another search": cursorOf(anna, contact.SearchInput{Search: "pa"}),
		"another order":  cursorOf(anna, contact.SearchInput{Search: "page", Order: contact.ContactOrder{Field: contact.ByCreatedAt}}),
		"the other way":  cursorOf(anna, contact.SearchInput{Search: "page", Order: contact.ContactOrder{Direction: contact.Descending}}),
		"another filter": cursorOf(anna, contact.SearchInput{Search: "page", Filter: contact.ContactFilter{IsVIP: new(false)}}),
	}
	for name, cursor := range strange {
		for field, args := range map[string]contact.PageArgs{"after": {After: &cursor}, "before": {Before: &cursor}} {
			in := search
			in.Page = args
			w.refusedPage(name+" as "+field, of, in, contact.InvalidCursor, field)
		}
	}
	own := map[string]string{"notes": notes.Cursors[0], "deleted notes": deleted.Cursors[0], "contacts": cursorOf(anna, search)}
	for list, cursor := range own {
		args := contact.PageArgs{After: &cursor}
		calls := map[string]error{}
		_, calls["notes"] = w.Notes(w.as(anna), of, args)
		_, calls["deleted notes"] = w.DeletedNotes(w.as(anna), of, args)
		_, calls["contacts"] = w.Search(w.as(anna), contact.SearchInput{Search: "page", Page: args})
		_, calls["A23: notes of another contact"] = w.Notes(w.as(anna), other, args)
		_, calls["A23: deleted notes of another contact"] = w.DeletedNotes(w.as(anna), other, args)
		for what, err := range calls {
			if what == list {
				w.must("a page of "+list, err)
				continue
			}
			w.refused("a cursor of "+list+" for "+what, err, contact.InvalidCursor, "after")
		}
	}
}

// spanned answers that there are no notes, and keeps the place behind which they were asked for.
type spanned struct {
	contact.Store
	after *contact.Position
}

func (s *spanned) Notes(_ context.Context, _ contact.OrgID, q contact.NoteQuery) (contact.Slice[contact.Note], error) {
	s.after = q.Span.After
	return contact.Slice[contact.Note]{}, nil
}

func FuzzACursorIsReadOrRefused(f *testing.F) {
	at := func(id, of contact.ID, when time.Time) string {
		return contact.NoteCursor(&contact.Note{ID: id, Contact: of, CreatedAt: when})
	}
	good := at("note_1", "contact_1", noon)
	raw, err := base64.RawURLEncoding.DecodeString(good)
	if err != nil {
		f.Fatal(err)
	}
	encoded := func(parts ...[]byte) string { return base64.RawURLEncoding.EncodeToString(slices.Concat(parts...)) }
	for _, cursor := range []string{
		"", "AQAAAAAAAA", "AQECAwQFAAZub3RlXzE", good, at("note_1", "contact_2", time.Unix(0, 0)), at("note_1", "contact_1", time.Unix(-1<<40, 0)), at("\x00", "contact_1", noon), at(contact.ID(strings.Repeat("ü", 255)), "contact_1", noon),
		"not base64!", strings.Repeat("A", 4096), good + "==", good + "\n", " " + good, "B" + good[1:], good[:len(good)/2], good[:7], (contact.Head{Epoch: 1, Seq: 1}).Cursor(), "note_1", "contact_1", "%00", "\x00", "\xff", "${jndi:x}",
		encoded(raw[:5], []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1}), encoded(raw[:5], []byte{0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 'x'}), encoded(raw[:5], []byte{0, 5, 'x'}),
		encoded(raw[:5], []byte{0x80, 0, 0x80, 0, 'x'}), encoded(raw[:5], []byte{0, 1, 0xff, 'x'}), encoded(raw[:5], []byte{0, 0, 0xed, 0xa0, 0x80}), encoded(raw[:5], []byte{0, 0}), encoded(raw, []byte{0xff}),
	} {
		f.Add(cursor)
	}
	store := &spanned{}
	contacts := contact.New(contact.Deps{Store: store})
	ctx := contact.WithActor(f.Context(), anna)
	read := func(of contact.ID, cursor string) (*contact.Position, error) {
		store.after = nil
		_, err := contacts.Notes(ctx, &contact.Contact{ID: of}, contact.PageArgs{After: &cursor})
		return store.after, err
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		place, err := read("contact_1", cursor)
		if err != nil {
			var e *contact.Error
			if !errors.As(err, &e) || e.Code != contact.InvalidCursor || e.Field != "after" || e.Message != "this is no cursor of this connection" || place != nil {
				t.Errorf("Notes(after: %q) = %v, behind %+v", cursor, err, place)
			}
			return
		}
		if place == nil || place.ID == "" || !utf8.ValidString(place.Text+string(place.ID)) || len(cursor) > 2048 {
			t.Fatalf("a page behind %q is behind %+v", cursor, place)
		}
		again := at(place.ID, "contact_1", time.UnixMilli(place.Number))
		if twice, err := read("contact_1", again); place.Text == "" && (err != nil || *twice != *place) {
			t.Errorf("%q is %+v, whose cursor is %q, which is %+v, %v", cursor, place, again, twice, err)
		}
		if other, err := read("contact_2", cursor); contact.CodeOf(err) != contact.InvalidCursor {
			t.Errorf("%q is of two contacts: %+v, %v", cursor, other, err)
		}
	})
}
