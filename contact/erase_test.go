package contact_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"contactpanel/contact"
)

// erase erases a contact as the administrator.
func (w *world) erase(of contact.ID) {
	w.Helper()
	got, err := w.EraseContact(w.as(clara), of, "")
	w.must("EraseContact", err)
	w.same("the erased contact", got, of)
}

func TestAnErasedContactIsNotFoundAnyMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := contact.UpsertInput{Name: "Eve", Profiles: profiles("X:eve"), Attributes: []contact.AttributeInput{emails("eve@b.example")}, VIP: new(true)}
	of := w.upsert(in).Contact
	standing, deleted := w.note(of.ID, "standing"), w.note(of.ID, "deleted")
	_, err := w.DeleteNote(w.as(anna), deleted.ID, 1, "")
	w.must("DeleteNote", err)
	before := len(w.done())
	w.erase(of.ID)
	ctx := w.as(anna)
	_, err = w.Contact(ctx, of.ID)
	w.refused("Contact", err, contact.NotFound, "id")
	_, err = w.ContactByProfile(ctx, contact.X, "eve")
	w.refused("ContactByProfile", err, contact.NotFound, "handle")
	found, err := w.Nodes(ctx, []contact.ID{of.ID, standing.ID, deleted.ID, contact.AttributeID(of.ID, contact.KeyEmail)})
	w.must("Nodes", err)
	w.same("its nodes", found, make([]contact.Node, 4))
	for _, text := range []string{"", "eve", "b.example"} {
		page, err := w.Search(ctx, contact.SearchInput{Search: text, Page: contact.PageArgs{WantTotal: true}})
		w.must("Search", err)
		w.same("what a search finds", len(page.Items)+*page.Total, 0)
	}
	w.same("its notes", append(w.notes(of), w.deletedNotes(of)...), []contact.Note(nil))
	_, err = w.AddNote(ctx, of.ID, "late", "")
	w.refused("AddNote", err, contact.NotFound, "contactId")
	_, err = w.EditNote(ctx, standing.ID, "late", 1, "")
	w.refused("EditNote", err, contact.NotFound, "noteId")
	_, err = w.RestoreNote(ctx, deleted.ID, 2, "")
	w.refused("RestoreNote", err, contact.NotFound, "noteId")
	rows := w.done()
	last := rows[0]
	last.ID = ""
	w.same("the last audit row", last, contact.AuditEntry{
		At: noon, Agent: clara.Agent, Kind: "CONTACT_ERASED", Contact: of.ID, Version: 1, RequestID: clara.RequestID, Address: clara.Address,
	})
	w.same("the audit rows", len(rows), before+1)
	if again := w.upsert(in); again.Outcome != contact.Created || again.Contact.ID == of.ID {
		t.Errorf("the same person later is %+v", again)
	}
}

func TestAnErasureIsForAdministratorsOfTheContactsOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Eve")
	for _, who := range []contact.Actor{anna, robot} {
		_, err := w.EraseContact(w.as(who), of.ID, "")
		w.refused("EraseContact", err, contact.Forbidden, "")
		_, err = w.ExportContact(w.as(who), of.ID)
		w.refused("ExportContact", err, contact.Forbidden, "")
	}
	_, err := w.EraseContact(w.as(rita), of.ID, "")
	w.refused("EraseContact", err, contact.NotFound, "contactId")
	_, err = w.ExportContact(w.as(rita), of.ID)
	w.refused("ExportContact", err, contact.NotFound, "contactId")
	w.same("the contact", w.contact(of.ID).Name, "Eve")
	for _, e := range w.done() {
		if e.Kind == contact.AuditContactErased || e.Kind == contact.AuditContactExported {
			t.Errorf("a refusal left %+v", e)
		}
	}
}

func TestAnErasureIsRememberedByItsKeyAndWhatItErasedIsNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Eve")
	add := func() error { _, err := w.AddNote(w.as(anna), of.ID, "text", "note key"); return err }
	w.must("AddNote", add())
	for range 2 {
		got, err := w.EraseContact(w.as(clara), of.ID, "key")
		w.must("EraseContact", err)
		w.same("the answer", got, of.ID)
	}
	_, err := w.EraseContact(w.as(clara), of.ID, "another key")
	w.refused("EraseContact under another key", err, contact.NotFound, "contactId")
	_, err = w.EraseContact(w.as(clara), "contact_other", "key")
	w.refused("EraseContact of another contact under the key", err, contact.IdempotencyKeyReused, "clientMutationId")
	w.refused("a note that was added before, sent again", add(), contact.NotFound, "contactId")
	erasures := 0
	for _, e := range w.done() {
		if e.Kind == "CONTACT_ERASED" {
			erasures++
		}
	}
	w.same("erasures in the audit", erasures, 1)
}

// TestEveryRememberedWriteSaysWhichContactItTellsOf sends every mutation under a key: what an erasure does not find by it stays.
// An archive does not say it, so that what is loaded of one finds it in the answers.
func TestEveryRememberedWriteSaysWhichContactItTellsOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, m := range mutations(w) {
		_, err := m.do(w.as(clara), m.name)
		w.must(m.name, err)
	}
	said := func(org contact.OrgID) map[string]contact.ID {
		out := map[string]contact.ID{}
		w.must("Walk", w.store.Walk(w.Context(), org, func(row contact.ArchiveRow) error {
			if a := row.Applied; a != nil {
				out[a.Key] = a.Contact
				if mentions := strings.Contains(string(a.Result), `"contact_`); mentions != (a.Contact != "") || !strings.Contains(string(a.Result), string(a.Contact)) {
					t.Errorf("the answer to %s is said to tell of %q: %s", a.Key, a.Contact, a.Result)
				}
			}
			return nil
		}))
		return out
	}
	var rows []contact.ArchiveRow
	w.must("Export", w.Export(w.Context(), acme, func(row contact.ArchiveRow) error {
		if row.Applied != nil {
			a := *row.Applied
			a.Contact = ""
			row.Applied = &a
		}
		rows = append(rows, row)
		return nil
	}))
	_, err := w.Load(w.Context(), "copy", from(rows, io.EOF))
	w.must("Load", err)
	w.same("what loaded writes tell of", said("copy"), said(acme))
}

// TestARememberedWriteWithoutItsContactIsNotLoaded loads an archive in which the answer to a write is all that is left of a contact.
func TestARememberedWriteWithoutItsContactIsNotLoaded(t *testing.T) {
	t.Parallel()
	w, to := newWorld(t), emptyWorld(t)
	erased, other := w.person("Eve"), w.person("Ida")
	for key, of := range map[string]contact.ID{"of the erased": erased.ID, "of another": other.ID} {
		_, err := w.RemoveVIP(w.as(anna), of, "", key)
		w.must("RemoveVIP", err)
	}
	rows := slices.DeleteFunc(w.export(acme), func(row contact.ArchiveRow) bool { return row.Contact != nil && row.Contact.ID == erased.ID })
	_, err := to.Load(t.Context(), acme, from(rows, io.EOF))
	to.must("Load", err)
	var left []string
	for _, row := range to.export(acme) {
		if row.Applied != nil {
			left = append(left, row.Applied.Key)
		}
	}
	to.same("the remembered writes", left, []string{"of another"})
}

// TestWhatWasKeptOfAnErasedContactIsNotToldAnyMore has followers to which something was delivered, or told, before.
func TestWhatWasKeptOfAnErasedContactIsNotToldAnyMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Eve")
	notes := []*contact.Following[contact.NoteEvent]{w.followNotes(anna, of.ID, ""), w.followNotes(anna, of.ID, ""), w.followNotes(anna, of.ID, "")}
	changes := []*contact.Following[contact.ContactEvent]{w.followContact(anna, of.ID, ""), w.followContact(anna, of.ID, ""), w.followContact(anna, of.ID, "")}
	w.note(of.ID, "secret one")
	w.note(of.ID, "secret two")
	for range 2 {
		w.must("a change", w.appendTo(of.ID, contact.VIPChanged)(w.as(anna), ""))
	}
	toldNotes, toldChanges := told(w, notes[0], 2), told(w, changes[0], 2) // which are kept in memory then
	told(w, notes[1], 2)
	notes[2].Await(w.as(anna))
	changes[2].Await(w.as(anna)) // delivered, and not told
	w.erase(of.ID)
	w.clock.advance(time.Second) // what was read is kept for longer
	gone := []contact.ContactEvent{&contact.ErasedContact{Cursor: contact.Head{Epoch: of.EventsHead.Epoch, Seq: 2}.Cursor(), ContactID: of.ID}}
	again, err := changes[0].Again(w.as(anna), toldChanges[1:])
	w.must("Again", err)
	w.same("what waited is told as", again, gone)
	again, err = changes[0].Again(w.as(anna), again)
	w.must("Again", err)
	w.same("and then", again, gone)
	for _, f := range changes[1:] {
		all, err := next(w, f)
		w.must("Next", err)
		if e, is := all[0].(*contact.ErasedContact); !is || len(all) > 1 || e.ContactID != of.ID {
			t.Errorf("what was delivered is told as %+v", all[0])
		}
		if all, err = next(w, f); len(all) > 0 || !errors.Is(err, contact.ErrOver) {
			t.Errorf("behind the end Next = %v, %v", all, err)
		}
	}
	rest, err := notes[0].Again(w.as(anna), toldNotes[1:])
	if w.refused("Again of notes", err, contact.NotFound, "contactId"); len(rest) > 0 {
		t.Errorf("with the error come %v", rest)
	}
	for _, f := range notes[1:] {
		all, err := next(w, f)
		if w.refused("Next of notes", err, contact.NotFound, "contactId"); len(all) > 0 {
			t.Errorf("with the error come %v", all)
		}
	}
	for _, after := range []*string{nil, new(of.NotesCursor()), new(contact.Head{Epoch: of.NotesHead.Epoch, Seq: 1}.Cursor())} {
		_, err := w.NoteEvents(w.as(anna), of.ID, after)
		w.refused("NoteEvents", err, contact.NotFound, "contactId")
		_, err = w.ContactEvents(w.as(anna), of.ID, after)
		w.refused("ContactEvents", err, contact.NotFound, "contactId")
	}
}

func TestAContactThatIsErasedWhileItIsReadForAFollowerIsNotTold(t *testing.T) {
	t.Parallel()
	w, d := newDoor(t)
	of := w.person("Eve")
	notes, changes := w.followNotes(anna, of.ID, ""), w.followContact(anna, of.ID, "")
	w.note(of.ID, "secret")
	w.must("a change", w.appendTo(of.ID, contact.VIPChanged)(w.as(anna), ""))
	isErased := false
	d.after = func(found []contact.Note) []contact.Note {
		if !isErased {
			isErased = true
			_, err := w.EraseContact(w.as(clara), of.ID, "")
			w.must("EraseContact", err)
		}
		return found
	}
	all, err := next(w, notes)
	if w.refused("Next of notes", err, contact.NotFound, "contactId"); len(all) > 0 {
		t.Errorf("with the error come %v", all)
	}
	if _, is := told(w, changes, 1)[0].(*contact.ErasedContact); !is {
		t.Error("the change is told of a contact that is gone")
	}
}

func TestAnExportHasAllThatIsKeptAndLeavesAnAuditRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Eve", emails("eve@b.example"), attr("biography", text("long")))
	_, err := w.ArchiveDefinition(w.as(clara), "biography", 1, "")
	w.must("ArchiveDefinition", err)
	_, err = w.AddNote(w.as(anna), of.ID, "standing", "key")
	w.must("AddNote", err)
	n := w.note(of.ID, "deleted")
	_, err = w.DeleteNote(w.as(anna), n.ID, 1, "")
	w.must("DeleteNote", err)
	w.note(w.person("Ida").ID, "of another")
	export, err := w.ExportContact(w.as(german(clara)), of.ID)
	w.must("ExportContact", err)
	w.same("who asked, when", fmt.Sprint(export.Org, export.By, export.At), fmt.Sprint(acme, clara.Agent, noon))
	w.same("labels", []string{export.Label("biography"), export.Label(contact.KeyEmail), export.Label("unknown")}, []string{"Biografie", "E-Mail", "unknown"})
	var got []string
	w.must("Walk", export.Walk(w.Context(), func(row contact.ContactRow) error {
		switch {
		case row.Contact != nil:
			got = append(got, "contact "+row.Contact.Name)
		case row.Note != nil:
			got = append(got, "note "+row.Note.Body)
		case row.Event != nil:
			got = append(got, "event "+string(row.Event.Type))
		case row.Applied != nil:
			got = append(got, "applied "+row.Applied.Key)
		case row.Audit != nil:
			got = append(got, "audit "+string(row.Audit.Kind))
		}
		return nil
	}))
	w.same("the rows", got, []string{
		"contact Eve", "note standing", "note deleted", "event NOTE_ADDED", "event NOTE_ADDED", "event NOTE_DELETED", "applied key",
		"audit CONTACT_EXPORTED", "audit NOTE_DELETED", "audit NOTE_ADDED", "audit NOTE_ADDED", "audit CONTACT_CREATED",
	})
	for _, id := range []contact.ID{"", "contact_nobody", "note_1", contact.ID("contact_\xff"), contact.ID("contact_" + strings.Repeat("x", 1000))} {
		_, err := w.ExportContact(w.as(clara), id)
		w.refused("ExportContact", err, contact.NotFound, "contactId")
	}
	w.erase(of.ID)
	err = export.Walk(w.Context(), func(contact.ContactRow) error { t.Error("something of an erased contact is exported"); return nil })
	w.refused("Walk", err, contact.NotFound, "")
}
