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

// fullWorld is a world whose first organisation holds something of everything, in every state.
func fullWorld(t *testing.T, notes int) *world {
	t.Helper()
	w := newWorld(t)
	defineEveryType(w)
	groupsToMove(w)
	_, err := w.ArchiveDefinition(w.as(clara), "followers", 1, "")
	w.must("ArchiveDefinition", err)
	of := w.upsert(contact.UpsertInput{
		Name: "Zoë Müller", AvatarURL: "https://pictures.example/z", IsImport: true, Notes: []string{"an imported note"},
		Profiles: []contact.ProfileInput{
			{Network: contact.X, Handle: "@@zoe", DisplayName: "Zoë", AvatarURL: "https://pictures.example/x", ProfileURL: "https://x.example/zoe"},
			{Network: contact.WhatsApp, Handle: "+493023125000"},
		},
		Attributes: []contact.AttributeInput{
			customer("N-1"), emails("Zoe@Bücher.example", "two@x.example"), phones("+493023125000"), attr("a_text", text("abc")),
			attr("any_number", number(-12.5)), attr("a_boolean", boolean(false)), attr("from_day", date("2028-02-29")),
			attr("a_date_time", dateTime("2026-03-04T11:00:00.123Z")), attr("a_url", address("https://a.example/?b=c&d=<e>")),
			attr("a_language", tongue("de-AT")), attr("some_location", place("Bonn", 50.7374, -7.5), place("Köln")), attr("some_choice", choice("red"), choice("blue")),
		},
	}).Contact
	w.upsert(contact.UpsertInput{Name: "Without a key", IsImport: true, Attributes: []contact.AttributeInput{attr("a_text", text("abc"))}})
	w.person("Nia", emails("nia@x.example"))
	_, err = w.PromoteToVIP(w.as(anna), contact.PromoteInput{Contact: of.ID, Reason: "one\ntwo", ExpiresAt: new(noon.AddDate(1, 0, 0))})
	w.must("PromoteToVIP", err)
	_, err = w.ClearAttribute(w.as(ben), of.ID, "a_text", 1, "")
	w.must("ClearAttribute", err)
	edited, deleted := w.note(of.ID, "first"), w.note(of.ID, "second")
	_, err = w.EditNote(w.as(ben), edited.ID, "<changed> & kept \u2028", 1, "")
	w.must("EditNote", err)
	_, err = w.DeleteNote(w.as(ben), deleted.ID, 1, "")
	w.must("DeleteNote", err)
	_, err = w.AddNote(w.as(anna), of.ID, "remembered", "key-1")
	w.must("AddNote", err)
	_, err = w.EditNote(w.as(ben), deleted.ID, "<changed> & kept \u2028", 1, "")
	w.refused("EditNote of a deleted note", err, contact.NotFound, "noteId")
	for _, agent := range []contact.ID{"gone", "auth0|also gone"} {
		_, err = w.DeactivateAgent(w.as(clara), agent, "")
		w.must("DeactivateAgent", err)
	}
	for n := range notes {
		w.note(of.ID, fmt.Sprint("note ", n))
	}
	return w
}

// export collects what an organisation exports, without the version that its store gave the catalog, and without what is
// only read with a contact.
func (w *world) export(org contact.OrgID) []contact.ArchiveRow {
	w.Helper()
	var rows []contact.ArchiveRow
	w.must("Export", w.Export(w.Context(), org, func(row contact.ArchiveRow) error {
		if row.Contact != nil {
			row.Contact.CatalogVersion, row.Contact.NotesHead, row.Contact.EventsHead = 0, contact.Head{}, contact.Head{}
		}
		if row.Organisation != nil {
			row.Organisation.CatalogVersion = 0
		}
		rows = append(rows, row)
		return nil
	}))
	return rows
}

// from gives rows one after another, then an error, which is io.EOF at the end of an archive.
func from(rows []contact.ArchiveRow, end error) func() (contact.ArchiveRow, error) {
	return func() (contact.ArchiveRow, error) {
		if len(rows) == 0 {
			return contact.ArchiveRow{}, end
		}
		row := rows[0]
		rows = rows[1:]
		return row, nil
	}
}

// emptyWorld is a world over a store without organisations, in which new ones may be made.
func emptyWorld(t *testing.T) *world {
	t.Helper()
	w := &world{reporter: t, store: openStore(t), clock: &clock{}}
	w.clock.set(noon)
	deps := w.deps(w.store)
	deps.Provision = true
	w.Contacts = contact.New(deps)
	return w
}

func TestAnOrganisationMovesWithAllThatItKeeps(t *testing.T) {
	t.Parallel()
	w, to := fullWorld(t, 250), emptyWorld(t)
	rows := w.export(acme)
	count, err := to.Load(t.Context(), acme, from(rows, io.EOF))
	to.must("Load", err)
	var want contact.ArchiveCount
	for _, row := range rows {
		want.Add(row)
	}
	to.same("the count", count, want)
	if count.Notes < 250 || count.Contacts != 3 || count.Applied != 2 || count.Definitions != 37 || count.Sections != 3 ||
		count.Groups != 3 || count.Agents != 2 || count.Audit < 250 {
		t.Errorf("the archive holds %+v", count)
	}
	to.same("what the copy exports", to.export(acme), rows)
	to.must("Admit", to.Admit(t.Context(), anna))
	gone := anna
	gone.ID = "gone"
	to.refused("Admit of a deactivated agent", to.Admit(t.Context(), gone), contact.Unauthenticated, "")

	here, there := w.contactOf(contact.X, "@@zoe"), to.contactOf(contact.X, "@@zoe")
	if there.NotesHead.Epoch == here.NotesHead.Epoch || there.NotesHead.Seq != 0 || there.EventsHead.Seq != 0 {
		t.Errorf("the copy's streams begin at %+v and %+v, want new epochs and seq 0", there.NotesHead, there.EventsHead)
	}
	for _, search := range []string{"mueller", "0302312", "two@x.example", "zoe"} {
		found, err := to.Search(to.as(anna), contact.SearchInput{Search: search})
		to.must("Search", err)
		expected, err := w.Search(w.as(anna), contact.SearchInput{Search: search})
		w.must("Search", err)
		to.same("what a search for "+search+" finds", ids(found.Items, contactID), ids(expected.Items, contactID))
	}
	to.same("the groups", to.groupKeys(), []string{"all_subjects", "every_operator", "repeated"})
	to.same("the groups of the copy's contact", to.memberships(there), w.memberships(here))
	again, err := to.AddNote(to.as(anna), there.ID, "remembered", "key-1")
	to.must("AddNote with a key of before", err)
	first, err := w.AddNote(w.as(anna), here.ID, "remembered", "key-1")
	w.must("AddNote with a key of before", err)
	to.same("the note that a repeated write gives", again.ID, first.ID)
	group, err := to.CreateGroup(to.as(clara), repeatedGroup())
	to.must("CreateGroup with a key of before", err)
	made, err := w.CreateGroup(w.as(clara), repeatedGroup())
	w.must("CreateGroup with a key of before", err)
	to.same("the group that a repeated write gives", group.ID, made.ID)
	to.same("what the copy exports after repeated writes", to.export(acme), rows)
	got := to.upsert(contact.UpsertInput{Name: "Without a key", IsImport: true, Attributes: []contact.AttributeInput{attr("a_text", text("abc"))}})
	to.same("a row without a key that was imported before", got.Outcome, contact.Unchanged)
}

// contactOf reads the contact that has a profile.
func (w *world) contactOf(network contact.Network, handle string) *contact.Contact {
	w.Helper()
	got, err := w.ContactByProfile(w.as(anna), network, handle)
	w.must("ContactByProfile", err)
	return got
}

func TestAnOrganisationMayGetAnotherName(t *testing.T) {
	t.Parallel()
	w := fullWorld(t, 0)
	rows := w.export(acme)
	_, err := w.Load(t.Context(), "acme 2", from(rows, io.EOF))
	w.must("Load beside the first", err)
	copied := w.export("acme 2")
	w.same("the name", copied[0].Organisation.ID, contact.OrgID("acme 2"))
	w.same("the rest", copied[1:], rows[1:])
	w.same("the first", w.export(acme), rows)
	for _, name := range []contact.OrgID{"", "\x00", contact.OrgID(strings.Repeat("x", 101))} {
		_, err := w.Load(t.Context(), name, from(rows, io.EOF))
		w.refused("Load", err, contact.Forbidden, "")
	}
}

func TestAHalfLoadedOrganisationIsSeenByNobodyUntilItIsLoadedAgain(t *testing.T) {
	t.Parallel()
	w, to := fullWorld(t, 450), emptyWorld(t)
	rows := w.export(acme)
	broken := errors.New("the file ends here")
	for _, at := range []int{60, 0, 300, len(rows) - 100, len(rows) - 250, len(rows) - 1, len(rows)} {
		if _, err := to.Load(t.Context(), acme, from(rows[:at], broken)); !errors.Is(err, broken) {
			t.Fatalf("Load of %d rows = %v, want the error of the file", at, err)
		}
		err := to.Admit(t.Context(), anna)
		to.refused("Admit", err, contact.Forbidden, "")
		if !strings.Contains(err.Error(), "is being imported") {
			t.Errorf("Admit = %v, want a word of the import", err)
		}
		to.refused("MakeOrganisation", to.MakeOrganisation(t.Context(), acme), contact.Forbidden, "")
		err = to.Export(t.Context(), acme, func(row contact.ArchiveRow) error {
			if row.Kind() != contact.ArchivedOrganisation {
				t.Errorf("a half-loaded organisation exports a %s", row.Kind())
			}
			return nil
		})
		to.refused("Export", err, contact.NotFound, "")
	}
	_, err := to.Load(t.Context(), acme, from(rows, io.EOF))
	to.must("Load", err)
	to.same("what the copy exports", to.export(acme), rows)
	to.must("Admit", to.Admit(t.Context(), anna))
}

func TestAnOrganisationThatIsThereIsNotLoadedOver(t *testing.T) {
	t.Parallel()
	w := fullWorld(t, 0)
	rows := w.export(acme)
	_, err := w.Load(t.Context(), rival, from(rows, io.EOF))
	w.refused("Load over another organisation", err, contact.Taken, "organisation")
	_, err = w.Load(t.Context(), acme, from(rows, io.EOF))
	w.refused("Load over the same organisation", err, contact.Taken, "organisation")
	w.same("the organisation", w.export(acme), rows)

	to := emptyWorld(t)
	late := func() (contact.ArchiveRow, error) { return contact.ArchiveRow{}, io.EOF }
	next := from(rows, nil)
	_, err = to.Load(t.Context(), acme, func() (contact.ArchiveRow, error) {
		row, err := next()
		if row.Kind() == "" { // a second load of the same file was faster
			_, err := to.Load(t.Context(), acme, from(rows, io.EOF))
			to.must("Load", err)
			return late()
		}
		return row, err
	})
	to.refused("Load of the slower one", err, contact.Taken, "organisation")
	to.same("the faster one", to.export(acme), rows)
}

func TestALoadThatBrokeOffIsNotGoneOnWithAnotherArchive(t *testing.T) {
	t.Parallel()
	w := fullWorld(t, 450)
	rows := w.export(acme)
	earlier := w.export(acme)
	earlier[0].Organisation.CreatedAt = noon.Add(-time.Hour)
	refused := w.export(acme)
	made := refused[slices.IndexFunc(refused, func(row contact.ArchiveRow) bool { return row.Audit != nil })].Audit
	made.Version, made.Refused = 0, contact.Conflict
	for name, other := range map[string][]contact.ArchiveRow{
		"of another time":      earlier,
		"of another audit":     refused,
		"without a contact":    without(rows, func(row contact.ArchiveRow) bool { return row.Contact != nil && row.Contact.Name == "Without a key" }),
		"without an agent":     without(rows, func(row contact.ArchiveRow) bool { return row.Agent != nil }),
		"without a note":       without(rows, func(row contact.ArchiveRow) bool { return row.Note != nil }),
		"without an audit row": without(rows, func(row contact.ArchiveRow) bool { return row.Audit != nil }),
	} {
		to := emptyWorld(t)
		broken := errors.New("the file ends here")
		if _, err := to.Load(t.Context(), acme, from(rows[:len(rows)-50], broken)); !errors.Is(err, broken) {
			t.Fatalf("Load = %v, want the error of the file", err)
		}
		_, err := to.Load(t.Context(), acme, from(other, io.EOF))
		e := to.refused("Load of an archive "+name, err, contact.Taken, "organisation")
		if !strings.Contains(e.Message, "another archive") {
			t.Errorf("Load of an archive %s = %v, want a word of the other archive", name, err)
		}
		to.refused("Admit", to.Admit(t.Context(), anna), contact.Forbidden, "")
		_, err = to.Load(t.Context(), acme, from(rows, io.EOF))
		to.must("Load of the first archive", err)
		to.same("what the copy exports", to.export(acme), rows)
	}
}

// without are the rows but for the first that fits.
func without(rows []contact.ArchiveRow, fits func(contact.ArchiveRow) bool) []contact.ArchiveRow {
	i := slices.IndexFunc(rows, fits)
	return slices.Delete(slices.Clone(rows), i, i+1)
}
