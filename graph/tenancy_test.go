package graph_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"contactpanel/auth"
	"contactpanel/contact"
)

// byID are all fields that take the id of a thing; ID stands for it. A field that is missing here fails
// TestE1EveryFieldWithAnIDIsAskedAcrossOrganisations.
var byID = map[string]string{
	"Query.contact":              `{ contact(id: "ID") { id displayName } }`,
	"Query.node":                 `{ node(id: "ID") { id } }`,
	"Query.nodes":                `{ nodes(ids: ["ID", "ID"]) { id } }`,
	"Mutation.addNote":           `mutation { addNote(input: { contactId: "ID", body: "x" }) { note { id } problems { code message field } } }`,
	"Mutation.editNote":          `mutation { editNote(input: { noteId: "ID", body: "x", expectedVersion: 1 }) { note { id } problems { code message field } } }`,
	"Mutation.deleteNote":        `mutation { deleteNote(input: { noteId: "ID", expectedVersion: 1 }) { noteId note { id } problems { code message field } } }`,
	"Mutation.restoreNote":       `mutation { restoreNote(input: { noteId: "ID", expectedVersion: 1 }) { note { id } problems { code message field } } }`,
	"Mutation.setAttribute":      `mutation { setAttribute(input: { contactId: "ID", key: "biography", values: [{ text: "x" }], expectedVersion: 0 }) { contact { id } problems { code message field } } }`,
	"Mutation.clearAttribute":    `mutation { clearAttribute(input: { contactId: "ID", key: "biography", expectedVersion: 0 }) { contact { id } problems { code message field } } }`,
	"Mutation.promoteToVip":      `mutation { promoteToVip(input: { contactId: "ID" }) { contact { id } problems { code message field } } }`,
	"Mutation.removeVip":         `mutation { removeVip(input: { contactId: "ID" }) { contact { id } problems { code message field } } }`,
	"Mutation.deactivateAgent":   `mutation { deactivateAgent(input: { agentId: "ID" }) { deactivatedAgent { since } problems { code message field } } }`,
	"Mutation.reactivateAgent":   `mutation { reactivateAgent(input: { agentId: "ID" }) { problems { code message field } } }`,
	"Mutation.eraseContact":      `mutation { eraseContact(input: { contactId: "ID" }) { contactId problems { code message field } } }`,
	"Query.contactByProfile":     `{ contactByProfile(network: NETWORK, handle: "HANDLE") { id } }`,
	"Query.auditEntries":         `{ auditEntries(filter: { contactId: "ID" }) { totalCount nodes { id } } }`,
	"Query.auditEntries, agent":  `{ auditEntries(filter: { agentId: "ID" }) { totalCount nodes { id } } }`,
	"Query.contacts":             `{ contacts(search: "SEARCH") { totalCount nodes { id } } }`,
	"Contact.notes":              `{ contact(id: "ID") { notes { totalCount } } }`,
	"Contact.attribute":          `{ contact(id: "ID") { attribute(key: "biography") { __typename } } }`,
	"Contact.deletedNotes":       `{ contact(id: "ID") { deletedNotes { totalCount } } }`,
	"Contact.attributes":         `{ contact(id: "ID") { attributes { __typename } } }`,
	"Contact.sections":           `{ contact(id: "ID") { sections { key } } }`,
	"Contact.groups":             `{ contact(id: "ID") { groups { group { id } } } }`,
	"Subscription.noteEvents":    `subscription { noteEvents(contactId: "ID") { cursor } }`,
	"Subscription.contactEvents": `subscription { contactEvents(contactId: "ID") { cursor } }`,
	"Query.nodes, among known":   `{ nodes(ids: ["contact_full", "ID", "note_full"]) { id } }`,

	"Mutation.updateContactGroup": `mutation { updateContactGroup(input: { groupId: "ID", expectedVersion: 1, weight: 2 }) { group { id } problems { code message field } } }`,
	"Mutation.deleteContactGroup": `mutation { deleteContactGroup(input: { groupId: "ID", expectedVersion: 1 }) { groupId problems { code message field } } }`,
}

// An id of another organisation is answered as an id of nothing is: the same status, headers, code, message and path, after the
// same calls of the store, with the same entries in the audit, whoever asks.
func TestE1T1WhatBelongsToAnotherOrganisationIsAsIfItDidNotExist(t *testing.T) {
	w := newFullWorld(t)
	foreignDefinition := w.ask(t, stranger, "{ attributeDefinitions { id } }", nil).at(t, "data", "attributeDefinitions", 0, "id").(string)
	foreignSection := w.ask(t, stranger, "{ attributeSections { id } }", nil).at(t, "data", "attributeSections", 0, "id").(string)
	w.ask(t, ada, document(t, "definitions"), nil) // the catalog is in memory for both askings
	pairs := map[string]string{
		foreign: "contact_absent0", foreignNote: "note_absent0000", "attribute_foreign.email": "attribute_absent0.email",
		foreignDefinition: "definition_x", foreignSection: "section_x", foreignGroup: "group_absent00",
	}
	for name, query := range byID {
		for theirs, nobodys := range pairs {
			for _, who := range []auth.TokenRequest{adam, ada, feed} {
				ask := func(id, handle string) asked {
					filled := strings.NewReplacer(`"ID"`, `"`+id+`"`, "NETWORK", "X", "HANDLE", handle, "SEARCH", handle).Replace(query)
					return w.observe(t, func() answer { return w.askAnywhere(t, who, filled) })
				}
				if got, want := ask(theirs, "fay"), ask(nobodys, "nobody"); got != want {
					t.Errorf("%s with %s as %s: %+v\nwith an unknown id: %+v", name, theirs, who.Role, got, want)
				}
			}
		}
	}
	if lines := w.log.faults(); lines != "" {
		t.Errorf("the log tells of it: %s", lines)
	}
	got := w.ask(t, stranger, `{ contact(id: "contact_foreign") { version notes { nodes { id version body } } vip { isVip } } }`, nil)
	if want := `{"data":{"contact":{"version":1,"notes":{"nodes":[{"id":"note_foreign","version":1,"body":"Ours alone."}]},"vip":{"isVip":false}}}}`; string(got.body) != want {
		t.Errorf("the other organisation's contact changed: %s", got.body)
	}
}

// asked is all that one question can be told from another by.
type asked struct {
	answer, calls string
	audited       int
}

// observe asks, and looks at the store beside it.
func (w *world) observe(tb testing.TB, ask func() answer) asked {
	tb.Helper()
	before := w.audited(tb)
	w.store.seen.take()
	got := ask()
	calls := slices.Sorted(slices.Values(w.store.seen.take()))
	got.header.Del("Date")
	return asked{fmt.Sprint(got.status, got.header, string(got.body)), strings.Join(calls, " "), w.audited(tb) - before}
}

// audited counts what the audit of acme holds.
func (w *world) audited(tb testing.TB) int {
	tb.Helper()
	found, err := w.store.Store.AuditEntries(tb.Context(), acme, contact.AuditQuery{Span: contact.Span{Limit: 1, WantTotal: true}})
	if err != nil {
		tb.Fatal(err)
	}
	return found.Total
}

func TestE1UpsertDoesNotSeeAnotherOrganisation(t *testing.T) {
	w := newFullWorld(t)
	const query = `mutation { upsertContact(input: { profiles: [{ network: X, handle: "fay" }] }) { outcome contact { id displayName } problems { code } } }`
	got := w.ask(t, ada, query, nil)
	if got.at(t, "data", "upsertContact", "outcome") != string(contact.Created) || got.at(t, "data", "upsertContact", "contact", "id") == foreign {
		t.Errorf("an upsert with a profile of another organisation: %s", got.body)
	}
}

// askAnywhere asks as ask does, and a subscription over server-sent events: its one result, which must be the last.
func (w *world) askAnywhere(tb testing.TB, who auth.TokenRequest, query string) answer {
	tb.Helper()
	if !strings.HasPrefix(query, "subscription") {
		return w.ask(tb, who, query, nil)
	}
	l := w.listen(tb, who, query, nil)
	events, err := l.rest()
	if err != nil || len(events) != 2 || events[1].name != "complete" {
		tb.Fatalf("%s: %q, %v, want one result and the end", query, events, err)
	}
	got := answer{l.status, l.header, []byte(events[0].data)}
	if codes := got.codes(tb); codes != "NOT_FOUND contactId" && (codes != "FORBIDDEN" || who.Role != contact.RoleIntegration) {
		tb.Errorf("%s: %s, want NOT_FOUND", query, got.body)
	}
	return got
}

// newTwinWorld is a full world in which both organisations have a contact of one id, with a note of one id, and a group of one id.
func newTwinWorld(tb testing.TB) *world {
	tb.Helper()
	w := newFullWorld(tb)
	for _, org := range []contact.OrgID{acme, globex} {
		w.putContact(tb, org, contact.Contact{ID: twin, Name: "Twin of " + string(org)})
		w.putNote(tb, org, contact.Note{ID: "note_twin", Contact: twin, Body: "of " + string(org), Author: author, CreatedAt: early})
		w.put(tb, org, func(ctx context.Context, tx contact.Tx) error {
			return tx.PutGroup(ctx, org, vipGroup("group_twin", "twin"))
		})
	}
	return w
}

// twin is a contact's id in both organisations.
const twin = "contact_twin"

// What a follower of a contact sees of its notes, and of all else.
const (
	followNotes   = `subscription A($id: ID!, $after: String) { noteEvents(contactId: $id, after: $after) { __typename ... on NoteAdded { noteId note { body } } } }`
	followContact = `subscription A($id: ID!, $after: String) { contactEvents(contactId: $id, after: $after) { __typename ... on VipChanged { actor { id } contact { displayName } } } }`
)

func following(after string) map[string]any {
	if after == "" {
		return map[string]any{"id": twin}
	}
	return map[string]any{"id": twin, "after": after}
}

func TestT2FollowersHearNothingOfAnotherOrganisation(t *testing.T) {
	const written = 200
	w := newTwinWorld(t)
	notes, contacts := w.listen(t, stranger, followNotes, following("")), w.listen(t, stranger, followContact, following(""))
	theirs := w.listen(t, ada, followNotes, following(""))
	w.store.followed.await(t, 3)
	promote := `mutation { promoteToVip(input: { contactId: "contact_twin" }) { problems { code } } }`
	remove := `mutation { removeVip(input: { contactId: "contact_twin" }) { problems { code } } }`
	for i := range written {
		w.do(t, ada, fmt.Sprintf(`mutation { addNote(input: { contactId: "contact_twin", body: "secret %d", clientMutationId: "key-%d" }) { problems { code } } }`, i, i), nil)
		if i%10 == 0 {
			w.do(t, ada, promote, nil)
			w.do(t, ada, remove, nil)
		}
	}
	for i := range written { // the store has told all of them before anything is written that the others may hear
		if e := theirs.next(t); !strings.Contains(e.data, fmt.Sprintf(`"secret %d"`, i)) {
			t.Fatalf("event %d of the writer's own organisation: %s", i, e.data)
		}
	}
	w.do(t, stranger, `mutation { addNote(input: { contactId: "contact_twin", body: "ours", clientMutationId: "key-0" }) { problems { code } } }`, nil)
	w.do(t, stranger, promote, nil)
	if e := notes.next(t); !strings.Contains(e.data, `"ours"`) {
		t.Errorf("a follower of globex hears of the notes of acme: %s", e.data)
	}
	if e := contacts.next(t); !strings.Contains(e.data, "Sten Stranger") || !strings.Contains(e.data, "Twin of globex") {
		t.Errorf("a follower of globex hears of the contact of acme: %s", e.data)
	}
}

// A stream is whose request opened it, whatever the agent's name, and for all of its life.
func TestE5IdentityOfAStreamIsThatOfItsRequest(t *testing.T) {
	w := newTwinWorld(t)
	double := ada
	double.Org = globex
	ours, theirs := w.listen(t, ada, followNotes, following("")), w.listen(t, double, followNotes, following(""))
	w.store.followed.await(t, 2)
	for i := range 20 {
		for _, who := range []auth.TokenRequest{ada, double} {
			body := fmt.Sprintf("%s %d", who.Org, i)
			w.do(t, who, `mutation A($b: String!) { addNote(input: { contactId: "contact_twin", body: $b }) { problems { code } } }`, map[string]any{"b": body})
		}
		for org, l := range map[string]*sse{acme: ours, globex: theirs} {
			if e := l.next(t); !strings.Contains(e.data, fmt.Sprintf(`"%s %d"`, org, i)) {
				t.Errorf("event %d of %s: %s", i, org, e.data)
			}
		}
	}
}

func TestE8CursorOfAnotherOrganisationIsAPositionInNothing(t *testing.T) {
	w := newTwinWorld(t)
	notes, events := w.cursors(t, ada, twin)
	w.do(t, ada, `mutation { addNote(input: { contactId: "contact_twin", body: "secret" }) { problems { code } } }`, nil)
	w.do(t, ada, `mutation { promoteToVip(input: { contactId: "contact_twin", reason: "secret" }) { problems { code } } }`, nil)
	for _, tt := range []struct{ query, after, change, want string }{
		{followNotes, notes, `mutation { addNote(input: { contactId: "contact_twin", body: "ours" }) { problems { code } } }`, `"ours"`},
		{followContact, events, `mutation { promoteToVip(input: { contactId: "contact_twin" }) { problems { code } } }`, "Twin of globex"},
	} {
		l := w.listen(t, stranger, tt.query, following(tt.after))
		if e := l.next(t); !strings.Contains(e.data, `"Resync"`) {
			t.Errorf("%s: %s, want a resync", tt.query, e.data)
		}
		w.do(t, stranger, tt.change, nil)
		for e := l.next(t); !strings.Contains(e.data, tt.want); e = l.next(t) {
			if !strings.Contains(e.data, `"CaughtUp"`) {
				t.Fatalf("%s tells %s", tt.query, e.data)
			}
		}
	}
}

// TestE1EveryFieldWithAnIDIsAskedAcrossOrganisations fails when the schema gets a field that takes an id and byID has no case
// for it.
func TestE1EveryFieldWithAnIDIsAskedAcrossOrganisations(t *testing.T) {
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
		`{"$ne":null}`, "contact_' OR 1=1 --", "note_full", "attribute_full.", "attribute_.email", "attribute_full.sample_text.x", "contact_\U0001F600", "full_group", "group_full ", "group_",
	} {
		for name, query := range map[string]string{
			"contact": "query A($id: ID!) { contact(id: $id) { id } }", "node": "query A($id: ID!) { node(id: $id) { ... on Contact { id } } }",
			"addNote":            `mutation A($id: ID!) { addNote(input: { contactId: $id, body: "x" }) { problems { code field } } }`,
			"deleteNote":         `mutation A($id: ID!) { deleteNote(input: { noteId: $id, expectedVersion: 9 }) { problems { code field } } }`,
			"updateContactGroup": `mutation A($id: ID!) { updateContactGroup(input: { groupId: $id, expectedVersion: 2 }) { problems { code field } } }`,
			"deleteContactGroup": `mutation A($id: ID!) { deleteContactGroup(input: { groupId: $id, expectedVersion: 2 }) { problems { code field } } }`,
		} {
			got := w.ask(t, adam, query, map[string]any{"id": id})
			want := map[string]string{
				"contact": "NOT_FOUND id", "node": "", "addNote": "problem NOT_FOUND contactId", "deleteNote": "problem NOT_FOUND noteId",
				"updateContactGroup": "problem NOT_FOUND groupId", "deleteContactGroup": "problem NOT_FOUND groupId",
			}[name]
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
	if lines := w.log.faults(); lines != "" {
		t.Errorf("the log has faults: %s", lines)
	}
}
