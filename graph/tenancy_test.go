package graph_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"contactpanel/contact"
)

// byID are all fields that take the id of a thing; ID stands for it. A field that is missing here fails
// TestEveryFieldWithAnIDIsAskedAcrossOrganisations.
var byID = map[string]string{
	"Query.contact":            `{ contact(id: "ID") { id displayName } }`,
	"Query.node":               `{ node(id: "ID") { id } }`,
	"Query.nodes":              `{ nodes(ids: ["ID", "ID"]) { id } }`,
	"Mutation.addNote":         `mutation { addNote(input: { contactId: "ID", body: "x" }) { note { id } problems { code message field } } }`,
	"Mutation.editNote":        `mutation { editNote(input: { noteId: "ID", body: "x", expectedVersion: 1 }) { note { id } problems { code message field } } }`,
	"Mutation.deleteNote":      `mutation { deleteNote(input: { noteId: "ID", expectedVersion: 1 }) { noteId note { id } problems { code message field } } }`,
	"Mutation.restoreNote":     `mutation { restoreNote(input: { noteId: "ID", expectedVersion: 1 }) { note { id } problems { code message field } } }`,
	"Mutation.setAttribute":    `mutation { setAttribute(input: { contactId: "ID", key: "biography", values: [{ text: "x" }], expectedVersion: 0 }) { contact { id } problems { code message field } } }`,
	"Mutation.clearAttribute":  `mutation { clearAttribute(input: { contactId: "ID", key: "biography", expectedVersion: 0 }) { contact { id } problems { code message field } } }`,
	"Mutation.promoteToVip":    `mutation { promoteToVip(input: { contactId: "ID" }) { contact { id } problems { code message field } } }`,
	"Mutation.removeVip":       `mutation { removeVip(input: { contactId: "ID" }) { contact { id } problems { code message field } } }`,
	"Query.contactByProfile":   `{ contactByProfile(network: NETWORK, handle: "HANDLE") { id } }`,
	"Query.contacts":           `{ contacts(search: "SEARCH") { totalCount nodes { id } } }`,
	"Contact.notes":            `{ contact(id: "ID") { notes { totalCount } } }`,
	"Contact.attribute":        `{ contact(id: "ID") { attribute(key: "biography") { __typename } } }`,
	"Contact.deletedNotes":     `{ contact(id: "ID") { deletedNotes { totalCount } } }`,
	"Contact.attributes":       `{ contact(id: "ID") { attributes { __typename } } }`,
	"Contact.sections":         `{ contact(id: "ID") { sections { key } } }`,
	"Query.nodes, among known": `{ nodes(ids: ["contact_full", "ID", "note_full"]) { id } }`,
}

func TestWhatBelongsToAnotherOrganisationIsAsIfItDidNotExist(t *testing.T) {
	w := newFullWorld(t)
	foreignDefinition := w.ask(t, stranger, "{ attributeDefinitions { id } }", nil).at(t, "data", "attributeDefinitions", 0, "id").(string)
	foreignSection := w.ask(t, stranger, "{ attributeSections { id } }", nil).at(t, "data", "attributeSections", 0, "id").(string)
	w.ask(t, ada, document(t, "definitions"), nil) // the catalog is in memory for both askings
	pairs := map[string]string{
		foreign: "contact_absent0", foreignNote: "note_absent0000", "attribute_foreign.email": "attribute_absent0.email",
		foreignDefinition: "definition_x", foreignSection: "section_x",
	}
	for name, query := range byID {
		for theirs, nobodys := range pairs {
			ask := func(id, handle string) (answer, []string) {
				w.store.seen.take()
				filled := strings.NewReplacer(`"ID"`, `"`+id+`"`, "NETWORK", "X", "HANDLE", handle, "SEARCH", handle).Replace(query)
				got := w.ask(t, adam, filled, nil)
				return got, slices.Sorted(slices.Values(w.store.seen.take()))
			}
			got, calls := ask(theirs, "fay")
			want, wantCalls := ask(nobodys, "nobody")
			if got.status != want.status || !bytes.Equal(got.body, want.body) {
				t.Errorf("%s with %s: %s\nwith an unknown id: %s", name, theirs, got.body, want.body)
			}
			if !slices.Equal(calls, wantCalls) {
				t.Errorf("%s with %s: the store calls %v, with an unknown id %v", name, theirs, calls, wantCalls)
			}
		}
	}
	if lines := w.log.take(); lines != "" {
		t.Errorf("the log tells of it: %s", lines)
	}
	got := w.ask(t, stranger, `{ contact(id: "contact_foreign") { version notes { nodes { id version body } } vip { isVip } } }`, nil)
	if want := `{"data":{"contact":{"version":1,"notes":{"nodes":[{"id":"note_foreign","version":1,"body":"Ours alone."}]},"vip":{"isVip":false}}}}`; string(got.body) != want {
		t.Errorf("the other organisation's contact changed: %s", got.body)
	}
}

func TestUpsertDoesNotSeeAnotherOrganisation(t *testing.T) {
	w := newFullWorld(t)
	const query = `mutation { upsertContact(input: { profiles: [{ network: X, handle: "fay" }] }) { outcome contact { id displayName } problems { code } } }`
	got := w.ask(t, ada, query, nil)
	if got.at(t, "data", "upsertContact", "outcome") != string(contact.Created) || got.at(t, "data", "upsertContact", "contact", "id") == foreign {
		t.Errorf("an upsert with a profile of another organisation: %s", got.body)
	}
}

// TestEveryFieldWithAnIDIsAskedAcrossOrganisations fails when the schema gets a field that takes an id and byID has no case
// for it.
func TestEveryFieldWithAnIDIsAskedAcrossOrganisations(t *testing.T) {
	schema := loadSchema(t)
	for _, def := range ownTypes(schema) {
		for _, f := range def.Fields {
			for _, a := range f.Arguments {
				takesID := a.Type.Name() == "ID"
				if input := schema.Types[a.Type.Name()]; input.IsInputType() {
					for _, m := range input.Fields {
						takesID = takesID || m.Type.Name() == "ID"
					}
				}
				if name := def.Name + "." + f.Name; takesID && byID[name] == "" {
					t.Errorf("%s takes an id, and no case asks it with one of another organisation", name)
				}
			}
		}
	}
}

func TestStrangeIDsAreNotFound(t *testing.T) {
	w := newFullWorld(t)
	for _, id := range []string{
		"", " ", "contact_", "contact_full\x00", "contact_full ", "CONTACT_FULL", strings.Repeat("x", 10<<10), "contact_" + strings.Repeat("x", 10<<10), "5",
		`{"$ne":null}`, "contact_' OR 1=1 --", "note_full", "attribute_full.", "attribute_.email", "attribute_full.sample_text.x", "contact_\U0001F600",
	} {
		for name, query := range map[string]string{
			"contact": "query A($id: ID!) { contact(id: $id) { id } }", "node": "query A($id: ID!) { node(id: $id) { ... on Contact { id } } }",
			"addNote":    `mutation A($id: ID!) { addNote(input: { contactId: $id, body: "x" }) { problems { code field } } }`,
			"deleteNote": `mutation A($id: ID!) { deleteNote(input: { noteId: $id, expectedVersion: 9 }) { problems { code field } } }`,
		} {
			got := w.ask(t, ada, query, map[string]any{"id": id})
			want := map[string]string{"contact": "NOT_FOUND id", "node": "", "addNote": "problem NOT_FOUND contactId", "deleteNote": "problem NOT_FOUND noteId"}[name]
			if name == "deleteNote" && id == "note_full" {
				want = "problem CONFLICT expectedVersion"
			}
			if got.codes(t) != want {
				t.Errorf("%s(%.40q): %s, want %q", name, id, got.body, want)
			}
			if len(id) > 1000 && strings.Contains(string(got.body), id) {
				t.Errorf("%s echoes a long id", name)
			}
		}
	}
	if lines := w.log.take(); lines != "" {
		t.Errorf("the log has faults: %s", lines)
	}
}
