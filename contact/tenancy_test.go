package contact_test

import (
	"context"
	"fmt"
	"testing"

	"contactpanel/contact"
)

// foreignIDs are what a call of foreignCalls names.
type foreignIDs struct{ contact, note, group contact.ID }

// foreignCall is a call with an id.
type foreignCall struct {
	name string
	do   func(c *contact.Contacts, ctx context.Context, id foreignIDs) error
}

// foreignCalls lists every call that takes an id. Those that answer with nothing rather than an error say what they found.
func foreignCalls() []foreignCall {
	type ids = foreignIDs
	type all = *contact.Contacts
	type ctx = context.Context
	return []foreignCall{
		{"Contact", func(c all, x ctx, id ids) error { _, err := c.Contact(x, id.contact); return err }},
		{"Nodes", func(c all, x ctx, id ids) error {
			got, err := c.Nodes(x, []contact.ID{id.contact, id.note, id.group, contact.AttributeID(id.contact, "email")})
			return fmt.Errorf("found %v, %w", got, err)
		}},
		{"Notes", func(c all, x ctx, id ids) error {
			got, err := c.Notes(x, &contact.Contact{ID: id.contact}, contact.PageArgs{WantTotal: true})
			return fmt.Errorf("found %v of %d, %w", got.Items, *got.Total, err)
		}},
		{"DeletedNotes", func(c all, x ctx, id ids) error {
			got, err := c.DeletedNotes(x, &contact.Contact{ID: id.contact}, contact.PageArgs{WantTotal: true})
			return fmt.Errorf("found %v of %d, %w", got.Items, *got.Total, err)
		}},
		{"AddNote", func(c all, x ctx, id ids) error { _, err := c.AddNote(x, id.contact, "x", ""); return err }},
		{"EditNote", func(c all, x ctx, id ids) error { _, err := c.EditNote(x, id.note, "x", 1, ""); return err }},
		{"EditNote of another version", func(c all, x ctx, id ids) error { _, err := c.EditNote(x, id.note, "x", 9, ""); return err }},
		{"DeleteNote", func(c all, x ctx, id ids) error { _, err := c.DeleteNote(x, id.note, 1, ""); return err }},
		{"RestoreNote", func(c all, x ctx, id ids) error { _, err := c.RestoreNote(x, id.note, 2, ""); return err }},
		{"SetAttribute", func(c all, x ctx, id ids) error {
			_, err := c.SetAttribute(x, contact.AttributeChange{Contact: id.contact, Key: "biography", Values: []contact.ValueInput{text("x")}})
			return err
		}},
		{"ClearAttribute", func(c all, x ctx, id ids) error {
			_, err := c.ClearAttribute(x, id.contact, "biography", 1, "")
			return err
		}},
		{"PromoteToVIP", func(c all, x ctx, id ids) error {
			_, err := c.PromoteToVIP(x, contact.PromoteInput{Contact: id.contact})
			return err
		}},
		{"RemoveVIP", func(c all, x ctx, id ids) error { _, err := c.RemoveVIP(x, id.contact, "", ""); return err }},
		{"UpdateGroup", func(c all, x ctx, id ids) error {
			_, err := c.UpdateGroup(x, contact.GroupChange{ID: id.group, ExpectedVersion: 1, Weight: new(2)})
			return err
		}},
		{"UpdateGroup of another version", func(c all, x ctx, id ids) error {
			_, err := c.UpdateGroup(x, contact.GroupChange{ID: id.group, ExpectedVersion: 9})
			return err
		}},
		{"DeleteGroup", func(c all, x ctx, id ids) error { _, err := c.DeleteGroup(x, id.group, 1, ""); return err }},
	}
}

// estate is all that an organisation has of one contact.
func (w *world) estate(a contact.Actor, id contact.ID) []any {
	w.Helper()
	of, err := w.Contact(w.as(a), id)
	w.must("Contact", err)
	notes, err := w.Notes(w.as(a), of, contact.PageArgs{})
	w.must("Notes", err)
	deleted, err := w.DeletedNotes(w.as(a), of, contact.PageArgs{})
	w.must("DeletedNotes", err)
	groups, err := w.Groups(w.as(a))
	w.must("Groups", err)
	return []any{*of, notes, deleted, w.auditOf(a.Org), w.catalog(a).Definitions[0].Label, shell(groups[0])}
}

func TestAnotherOrganisationWithTheSameTextsSeesAndTouchesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	row := contact.UpsertInput{
		Name: "Nia", Profiles: profiles("X:nia"), Attributes: []contact.AttributeInput{customer("N-1"), emails("n@x.example"), phones("+493023125000")},
		Notes: []string{"same text"}, VIP: new(true), ClientMutationID: "same key",
	}
	made := map[contact.OrgID]*contact.Contact{}
	for _, who := range []contact.Actor{clara, rita} {
		_, err := w.CreateGroup(w.as(who), groupInput("same", contact.MatchAll, isVIP(true)))
		w.must("CreateGroup", err)
	}
	for _, who := range []contact.Actor{anna, mallory} {
		got, err := w.Upsert(w.as(who), row)
		w.must("Upsert", err)
		if got.Outcome != contact.Created {
			t.Fatalf("the row of %s is %s", who.Org, got.Outcome)
		}
		gone, err := w.AddNote(w.as(who), got.Contact.ID, "gone", "")
		w.must("AddNote", err)
		_, err = w.DeleteNote(w.as(who), gone.ID, 1, "")
		w.must("DeleteNote", err)
		made[who.Org] = got.Contact
	}
	if made[acme].ID == made[rival].ID || made[acme].NotesHead.Epoch == made[rival].NotesHead.Epoch {
		t.Fatalf("two organisations share %+v", made)
	}
	before := w.estate(anna, made[acme].ID)
	note, group := before[1].(contact.Page[contact.Note]).Items[0].ID, before[5].(contact.ContactGroup).ID
	for _, call := range foreignCalls() {
		foreign := call.do(w.Contacts, w.as(rita), foreignIDs{made[acme].ID, note, group})
		unknown := call.do(w.Contacts, w.as(rita), foreignIDs{"contact_unknown", "note_unknown", "group_unknown"})
		if w.same("E1: "+call.name+" of a foreign id", foreign, unknown); foreign == nil {
			t.Errorf("E1: %s accepts a foreign id", call.name)
		}
	}
	for search, want := range map[string]contact.ID{"nia": made[rival].ID, "n-1": made[rival].ID, "n@x": made[rival].ID, "": made[rival].ID} {
		page, err := w.Search(w.as(mallory), contact.SearchInput{Search: search, Page: contact.PageArgs{WantTotal: true}})
		w.must("Search", err)
		if w.same("E9: "+search, ids(page.Items, contactID), []contact.ID{want}); *page.Total != 1 {
			t.Errorf("E9: a search for %q counts %d", search, *page.Total)
		}
	}
	theirs, err := w.ContactByProfile(w.as(mallory), contact.X, "nia")
	w.must("ContactByProfile", err)
	w.same("whose profile it is", theirs.ID, made[rival].ID)

	_, err = w.UpdateDefinition(w.as(rita), contact.DefinitionChange{Key: "email", ExpectedVersion: 1, Labels: new(english("Theirs"))})
	w.must("UpdateDefinition", err)
	changed := row
	changed.Name, changed.ClientMutationID = "Theirs", ""
	_, err = w.Upsert(w.as(mallory), changed)
	w.must("Upsert", err)
	w.same("E2: what the first organisation has", w.estate(anna, made[acme].ID), before)
}
