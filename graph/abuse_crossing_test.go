package graph_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"contactpanel/auth"
	"contactpanel/contact"
)

// byKey are all fields that take the key of a definition, section or group; KEY stands for it. A field that is missing here fails
// TestE1EveryFieldWithAKeyIsAskedAcrossOrganisations.
var byKey = map[string]string{
	"Contact.attribute":          `{ contact(id: "contact_full") { attribute(key: "KEY") { __typename } } }`,
	"Mutation.setAttribute":      `mutation { setAttribute(input: { contactId: "contact_full", key: "KEY", values: [{ text: "x" }], expectedVersion: 0 }) { contact { id } problems { code message field } } }`,
	"Mutation.clearAttribute":    `mutation { clearAttribute(input: { contactId: "contact_full", key: "KEY", expectedVersion: 0 }) { contact { id } problems { code message field } } }`,
	"Mutation.upsertContact":     `mutation { upsertContact(input: { name: "N", attributes: [{ key: "KEY", values: [{ text: "x" }] }] }) { contact { id } problems { code message field } } }`,
	"a definition of a new key":  `mutation { updateAttributeDefinition(input: { key: "KEY", expectedVersion: 9, order: 1 }) { definition { id } problems { code message field } } }`,
	"a definition in a section":  `mutation { updateAttributeDefinition(input: { key: "biography", expectedVersion: 1, section: "KEY" }) { definition { id } problems { code message field } } }`,
	"an order of definitions":    `mutation { orderAttributeDefinitions(input: { section: "about", definitions: [{ key: "KEY", expectedVersion: 1 }] }) { definitions { id } problems { code message field } } }`,
	"what is archived, restored": `mutation { restoreAttributeDefinition(input: { key: "KEY", expectedVersion: 9 }) { definition { id } problems { code message field } } }`,

	"Mutation.updateAttributeDefinition":  `mutation { updateAttributeDefinition(input: { key: "KEY", expectedVersion: 1, order: 1 }) { definition { id } problems { code message field } } }`,
	"Mutation.archiveAttributeDefinition": `mutation { archiveAttributeDefinition(input: { key: "KEY", expectedVersion: 1 }) { definition { id } problems { code message field } } }`,
	"Mutation.restoreAttributeDefinition": `mutation { restoreAttributeDefinition(input: { key: "KEY", expectedVersion: 1 }) { definition { id } problems { code message field } } }`,
	"Mutation.orderAttributeDefinitions":  `mutation { orderAttributeDefinitions(input: { section: "KEY", definitions: [] }) { definitions { id } problems { code message field } } }`,
	"Mutation.updateAttributeSection":     `mutation { updateAttributeSection(input: { key: "KEY", expectedVersion: 1, order: 1 }) { section { id } problems { code message field } } }`,
	"Mutation.createAttributeDefinition": `mutation { createAttributeDefinition(input: { key: "biography", valueType: TEXT, labels: [{ locale: "en", text: "x" }], section: "KEY" }) {
		definition { id } problems { code message field } } }`,
	"Mutation.createAttributeSection": `{ attributeSections { key } }`, // which may have a key of another organisation: E6

	"Mutation.createContactGroup": `mutation { createContactGroup(input: { key: "mine", labels: [{ locale: "en", text: "x" }], conditions: [{ attribute: { key: "KEY", operator: IS_SET } }] }) {
		group { id } problems { code message field } } }`,
	"a condition of a group that stands": `mutation { updateContactGroup(input: { groupId: "group_full", expectedVersion: 2, conditions: [{ attribute: { key: "KEY", operator: IS_SET } }] }) {
		group { id } problems { code message field } } }`,
}

// newKeyedWorld is a full world in which the other organisation has the definition foreign_key and the section foreign_section.
func newKeyedWorld(tb testing.TB) *world {
	tb.Helper()
	w := newFullWorld(tb)
	w.do(tb, stranger, `mutation { createAttributeSection(input: { key: "foreign_section", labels: [{ locale: "en", text: "S" }] }) { problems { code } } }`, nil)
	w.do(tb, stranger, `mutation { createAttributeDefinition(input: { key: "foreign_key", valueType: TEXT, labels: [{ locale: "en", text: "D" }], section: "foreign_section" }) {
		problems { code } } }`, nil)
	return w
}

func TestE1KeyOfAnotherOrganisationIsAKeyOfNothing(t *testing.T) {
	w := newKeyedWorld(t)
	w.ask(t, ada, document(t, "definitions"), nil) // the catalog is in memory for both askings
	for name, query := range byKey {
		for theirs, nobodys := range map[string]string{"foreign_key": "unknown_key", "foreign_section": "unknown_section", "foreign_group": "unknown_group"} {
			ask := func(key string) asked {
				return w.observe(t, func() answer {
					got := w.ask(t, adam, strings.ReplaceAll(query, "KEY", key), nil)
					got.body = bytes.ReplaceAll(got.body, []byte(key), []byte("KEY"))
					got.header.Del("Content-Length") // the keys differ in it
					return got
				})
			}
			if got, want := ask(theirs), ask(nobodys); got != want {
				t.Errorf("%s with %s: %+v\nwith an unknown key: %+v", name, theirs, got, want)
			}
		}
	}
}

// TestE1EveryFieldWithAKeyIsAskedAcrossOrganisations fails when the schema gets a field that takes a key and byKey has no case
// for it.
func TestE1EveryFieldWithAKeyIsAskedAcrossOrganisations(t *testing.T) {
	schema := loadSchema(t)
	isKey := func(name string) bool { return name == "key" || name == "section" }
	for _, def := range ownTypes(schema) {
		for _, f := range def.Fields {
			for _, a := range f.Arguments {
				takesKey := isKey(a.Name)
				if input := schema.Types[a.Type.Name()]; input.IsInputType() {
					for _, m := range input.Fields {
						takesKey = takesKey || isKey(m.Name) || schema.Types[m.Type.Name()].Fields.ForName("key") != nil
					}
				}
				if name := def.Name + "." + f.Name; takesKey && byKey[name] == "" {
					t.Errorf("%s takes a key, and no case asks it with one of another organisation", name)
				}
			}
		}
	}
}

func TestE1ExportOfAnotherOrganisationsContactIsThatOfNothing(t *testing.T) {
	w := newFullWorld(t)
	url := w.exports(t)
	ask := func(of string) asked {
		return w.observe(t, func() answer {
			got, err := w.fetch(t, http.MethodGet, url(of), &adam)
			if err != nil || got.status != http.StatusNotFound || got.codes(t) != "NOT_FOUND contactId" {
				t.Errorf("the export of %s: status %d: %s, %v", of, got.status, got.body, err)
			}
			return got
		})
	}
	ask("contact_nobody0") // and the organisation is admitted
	for theirs, nobodys := range map[string]string{foreign: "contact_nobody0", foreignNote: "note_nobody0"} {
		if got, want := ask(theirs), ask(nobodys); got != want {
			t.Errorf("the export of %s: %+v\nof an unknown contact: %+v", theirs, got, want)
		}
	}
}

// inStore is all that the store keeps for an organisation but its events, a row a line.
func (w *world) inStore(tb testing.TB, org contact.OrgID) string {
	tb.Helper()
	var out strings.Builder
	err := w.store.Walk(tb.Context(), org, func(row contact.ArchiveRow) error {
		raw, err := json.Marshal(row)
		out.Write(append(raw, '\n'))
		return err
	})
	if err != nil || out.Len() == 0 {
		tb.Fatalf("there is nothing of %s in the store: %v", org, err)
	}
	return out.String()
}

// isAsBefore fails unless an organisation has what inStore has said before.
func (w *world) isAsBefore(tb testing.TB, org contact.OrgID, before string) {
	tb.Helper()
	then, now := slices.Collect(strings.Lines(before)), slices.Collect(strings.Lines(w.inStore(tb, org)))
	for _, row := range then {
		if !slices.Contains(now, row) {
			tb.Errorf("%s has no more: %s", org, row)
		}
	}
	for _, row := range now {
		if !slices.Contains(then, row) {
			tb.Errorf("%s has got: %s", org, row)
		}
	}
}

// changes are mutations of what acme has, with the versions that are right, and what an administrator of globex is told of each.
var changes = []struct{ name, mutation, told string }{
	{"a new note", `addNote(input: { contactId: "contact_full", body: "x" })`, "problem NOT_FOUND contactId"},
	{"an edit", `editNote(input: { noteId: "note_full", body: "x", expectedVersion: 2 })`, "problem NOT_FOUND noteId"},
	{"a deletion", `deleteNote(input: { noteId: "note_full", expectedVersion: 2 })`, "problem NOT_FOUND noteId"},
	{"a restoration", `restoreNote(input: { noteId: "note_deleted", expectedVersion: 2 })`, "problem NOT_FOUND noteId"},
	{"a value", `setAttribute(input: { contactId: "contact_empty", key: "biography", values: [{ text: "x" }], expectedVersion: 0 })`, "problem NOT_FOUND contactId"},
	{"no value", `clearAttribute(input: { contactId: "contact_full", key: "sample_text", expectedVersion: 1 })`, "problem NOT_FOUND contactId"},
	{"a promotion", `promoteToVip(input: { contactId: "contact_empty" })`, "problem NOT_FOUND contactId"},
	{"the end of one", `removeVip(input: { contactId: "contact_full" })`, "problem NOT_FOUND contactId"},
	{"an erasure", `eraseContact(input: { contactId: "contact_full" })`, "problem NOT_FOUND contactId"},
	{"the definition of ours", `updateAttributeDefinition(input: { key: "sample_text", expectedVersion: 2, order: 7 })`, "problem NOT_FOUND key"},
	{"its archiving", `archiveAttributeDefinition(input: { key: "sample_text", expectedVersion: 2 })`, "problem NOT_FOUND key"},
	{"the group of ours", `updateContactGroup(input: { groupId: "group_full", expectedVersion: 2, weight: 7 })`, "problem NOT_FOUND groupId"},
	{"its deletion", `deleteContactGroup(input: { groupId: "group_full", expectedVersion: 2 })`, "problem NOT_FOUND groupId"},
	// What both have is changed for the one who asks.
	{"a definition", `updateAttributeDefinition(input: { key: "biography", expectedVersion: 1, order: 7 })`, ""},
	{"an archiving", `archiveAttributeDefinition(input: { key: "biography", expectedVersion: 1 })`, ""},
	{"an order", `orderAttributeDefinitions(input: { section: "contact", definitions: [{ key: "phone", expectedVersion: 1 }, { key: "email", expectedVersion: 1 }] })`, ""},
	{"a section", `updateAttributeSection(input: { key: "about", expectedVersion: 1, order: 7 })`, ""},
	{"a group", `createContactGroup(input: { key: "fresh_group", labels: [{ locale: "en", text: "x" }], conditions: [{ vip: true }] })`, ""},
	{"an upsert by a profile of ours", `upsertContact(input: { name: "X", profiles: [{ network: TELEGRAM, handle: "lola" }] })`, ""},
	{"an agent of ours", `deactivateAgent(input: { agentId: "Ada Agent" })`, ""},
	{"an agent whom both have shut out", `reactivateAgent(input: { agentId: "Gone Agent" })`, ""},
}

func TestE2ChangeOfAnotherOrganisationsThingsLeavesTheirRowsAsTheyAre(t *testing.T) {
	for _, tt := range changes {
		t.Run("E2, "+tt.name, func(t *testing.T) {
			t.Parallel()
			w := newFullWorld(t)
			for _, who := range []auth.TokenRequest{adam, stranger} {
				w.do(t, who, `mutation { deactivateAgent(input: { agentId: "Gone Agent" }) { problems { code } } }`, nil)
			}
			query := "mutation { " + tt.mutation + " { problems { code field } } }"
			notes, events := w.cursors(t, ada, fullContact)
			ours := w.inStore(t, acme)
			if got := w.ask(t, stranger, query, nil); got.codes(t) != tt.told {
				t.Errorf("an administrator of another organisation is told %s, want %q", got.body, tt.told)
			}
			w.isAsBefore(t, acme, ours)
			if n, e := w.cursors(t, ada, fullContact); n != notes || e != events {
				t.Error("the contact has an event more")
			}
			w.do(t, ada, "{ viewer { id } }", nil) // who is let in as before
			theirs := w.inStore(t, globex)
			if got := w.do(t, adam, query, nil); w.inStore(t, acme) == ours || w.inStore(t, globex) != theirs {
				t.Errorf("the same by an administrator of the organisation changes nothing there, or something elsewhere: %s", got.body)
			}
		})
	}
}
