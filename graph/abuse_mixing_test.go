package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"contactpanel/auth"
	"contactpanel/contact"
)

// mixtures name in one document what is ours and what is of another organisation: ours is answered, theirs is not there.
var mixtures = []struct{ name, query, want string }{
	{"our contact and their note", `{ nodes(ids: ["contact_full", "note_foreign"]) { id } }`, `{"data":{"nodes":[{"id":"contact_full"},null]}}`},
	{"their contact and our note", `{ nodes(ids: ["contact_foreign", "note_full"]) { id } }`, `{"data":{"nodes":[null,{"id":"note_full"}]}}`},
	{"a note to each contact", `mutation { a: addNote(input: { contactId: "contact_foreign", body: "x" }) { note { contactId } problems { code } }
		b: addNote(input: { contactId: "contact_empty", body: "x" }) { note { contactId } problems { code } } }`,
		`{"data":{"a":{"note":null,"problems":[{"code":"NOT_FOUND"}]},"b":{"note":{"contactId":"contact_empty"},"problems":[]}}}`},
	{"our contact and their note, in a mutation", `mutation { a: editNote(input: { noteId: "note_foreign", body: "x", expectedVersion: 1 }) { note { id } problems { code } }
		b: promoteToVip(input: { contactId: "contact_empty" }) { contact { id } problems { code } } }`,
		`{"data":{"a":{"note":null,"problems":[{"code":"NOT_FOUND"}]},"b":{"contact":{"id":"contact_empty"},"problems":[]}}}`},
	{"a note of theirs on a contact whose id both have", `mutation { deleteNote(input: { noteId: "note_theirs", expectedVersion: 1 }) { noteId problems { code } } }`,
		`{"data":{"deleteNote":{"noteId":null,"problems":[{"code":"NOT_FOUND"}]}}}`},
	{"the notes of a contact whose id both have", `{ contact(id: "contact_twin") { notes { totalCount nodes { id } } } node(id: "note_theirs") { id } }`,
		`{"data":{"contact":{"notes":{"totalCount":1,"nodes":[{"id":"note_twin"}]}},"node":null}}`},
	{"our contact and their key", `{ node(id: "attribute_contact_full.foreign_key") { id } }`, `{"data":{"node":null}}`},
	{"their contact and our key", `{ node(id: "attribute_contact_foreign.biography") { id } }`, `{"data":{"node":null}}`},
	{"a value of our contact under their key", `mutation { setAttribute(input: { contactId: "contact_full", key: "foreign_key", values: [{ text: "x" }], expectedVersion: 0 }) { problems { code field } } }`,
		`{"data":{"setAttribute":{"problems":[{"code":"NOT_FOUND","field":"key"}]}}}`},
	{"a value of their contact under our key", `mutation { setAttribute(input: { contactId: "contact_foreign", key: "biography", values: [{ text: "x" }], expectedVersion: 0 }) { problems { code field } } }`,
		`{"data":{"setAttribute":{"problems":[{"code":"NOT_FOUND","field":"contactId"}]}}}`},
	{"our definition and their section", `mutation { updateAttributeDefinition(input: { key: "biography", expectedVersion: 1, section: "foreign_section" }) { problems { code field } } }`,
		`{"data":{"updateAttributeDefinition":{"problems":[{"code":"NOT_FOUND","field":"section"}]}}}`},
	{"our section and their definition", `mutation { orderAttributeDefinitions(input: { section: "about", definitions: [{ key: "foreign_key", expectedVersion: 1 }] }) { problems { code } } }`,
		`{"data":{"orderAttributeDefinitions":{"problems":[{"code":"NOT_FOUND"}]}}}`},
	{"our group and their key", `mutation { updateContactGroup(input: { groupId: "group_full", expectedVersion: 2, conditions: [{ attribute: { key: "foreign_key", operator: IS_SET } }] }) { problems { code field } } }`,
		`{"data":{"updateContactGroup":{"problems":[{"code":"NOT_FOUND","field":"conditions"}]}}}`},
	{"our group and theirs, in a mutation", `mutation { a: updateContactGroup(input: { groupId: "group_foreign", expectedVersion: 1, weight: 3 }) { group { id } problems { code field } }
		b: updateContactGroup(input: { groupId: "group_full", expectedVersion: 2, weight: 3 }) { group { id } problems { code } } }`,
		`{"data":{"a":{"group":null,"problems":[{"code":"NOT_FOUND","field":"groupId"}]},"b":{"group":{"id":"group_full"},"problems":[]}}}`},
	{"our group and theirs", `{ nodes(ids: ["group_full", "group_foreign"]) { id } contactGroups { key } }`,
		`{"data":{"nodes":[{"id":"group_full"},null],"contactGroups":[{"key":"full_group"}]}}`},
	{"our profile and theirs", `mutation { upsertContact(input: { profiles: [{ network: TELEGRAM, handle: "lola" }, { network: X, handle: "fay" }] }) { outcome contact { id } problems { code } } }`,
		`{"data":{"upsertContact":{"outcome":"UPDATED","contact":{"id":"contact_long"},"problems":[]}}}`},
	{"our contact and their agent", `{ auditEntries(filter: { contactId: "contact_full", agentId: "Sten Stranger" }) { totalCount nodes { id } } }`,
		`{"data":{"auditEntries":{"totalCount":0,"nodes":[]}}}`},
	{"their contact and our agent", `{ auditEntries(filter: { contactId: "contact_foreign", agentId: "Ada Agent" }) { totalCount nodes { id } } }`,
		`{"data":{"auditEntries":{"totalCount":0,"nodes":[]}}}`},
	{"their contact and their agent", `{ auditEntries(filter: { contactId: "contact_foreign", agentId: "Sten Stranger" }) { totalCount nodes { id } } }`,
		`{"data":{"auditEntries":{"totalCount":0,"nodes":[]}}}`},
}

func TestE3WhatIsOursIsNotMixedWithWhatIsOfAnotherOrganisation(t *testing.T) {
	w := newKeyedWorld(t)
	for org, note := range map[contact.OrgID]contact.ID{acme: "note_twin", globex: "note_theirs"} {
		w.putContact(t, org, contact.Contact{ID: twin, Name: "Twin"})
		w.putNote(t, org, contact.Note{ID: note, Contact: twin, Body: "x", Author: author, CreatedAt: early})
	}
	w.do(t, stranger, `mutation { promoteToVip(input: { contactId: "contact_foreign" }) { problems { code } } }`, nil)
	w.do(t, ada, `mutation { promoteToVip(input: { contactId: "contact_long" }) { problems { code } } }`, nil)
	theirs := w.inStore(t, globex)
	for _, tt := range mixtures {
		t.Run("E3, "+tt.name, func(t *testing.T) {
			if got := w.ask(t, adam, tt.query, nil); string(got.body) != tt.want {
				t.Errorf("%s\nwant %s", got.body, tt.want)
			}
			w.isAsBefore(t, globex, theirs)
		})
	}
}

// sameKeys are done in both organisations under ids, keys and clientMutationIds that are the same, by agents whose ids are the
// same. ORG stands for what differs.
var sameKeys = []struct {
	name, mutation, answer string
	asAdmin                bool
}{
	{"a note", `addNote(input: { contactId: "contact_twin", body: "ORG", clientMutationId: "press-1" })`, `note { body }`, false},
	{"an edit", `editNote(input: { noteId: "note_twin", body: "edited by ORG", expectedVersion: 1, clientMutationId: "press-2" })`, `note { body }`, false},
	{"a section", `createAttributeSection(input: { key: "loyalty", labels: [{ locale: "en", text: "Section of ORG" }], clientMutationId: "press-3" })`, `section { label }`, true},
	{"a group", `createContactGroup(input: { key: "loyal", labels: [{ locale: "en", text: "Group of ORG" }], conditions: [{ vip: true }], clientMutationId: "press-9" })`, `group { label }`, true},
	{"a change of a group", `updateContactGroup(input: { groupId: "group_twin", expectedVersion: 1, labels: [{ locale: "en", text: "People of ORG" }], clientMutationId: "press-12" })`, `group { label }`, true},
	{"a definition", `createAttributeDefinition(input: { key: "tier", valueType: TYPE, labels: [{ locale: "en", text: "Tier of ORG" }], section: "loyalty", clientMutationId: "press-4" })`, `definition { label }`, true},
	{"a value", `setAttribute(input: { contactId: "contact_twin", key: "tier", values: [VALUE], expectedVersion: 0, clientMutationId: "press-5" })`, `contact { displayName }`, false},
	{"a promotion", `promoteToVip(input: { contactId: "contact_twin", reason: "of ORG", clientMutationId: "press-6" })`, `contact { vip { reason } }`, false},
	{"a profile", `upsertContact(input: { profiles: [{ network: X, handle: "twin" }], attributes: [{ key: "customer_number", values: [{ text: "N-1" }] }], notes: ["row of ORG"], clientMutationId: "press-7" })`, `contact { notes { nodes { body } } }`, false},
	{"the same label", `updateAttributeDefinition(input: { key: "biography", expectedVersion: 1, labels: [{ locale: "en", text: "Life of ORG" }], clientMutationId: "press-8" })`, `definition { label }`, true},
}

// twins are the same agent of both organisations, as an administrator or not.
func twins(isAdmin bool) []auth.TokenRequest {
	ours, theirs := ada, namesake
	if isAdmin {
		ours, theirs = adam, adam
		theirs.Org = globex
	}
	return []auth.TokenRequest{ours, theirs}
}

func TestE6SameKeysInTwoOrganisationsAreIndependent(t *testing.T) {
	w := newTwinWorld(t)
	answers := map[string]string{}
	for range 2 { // the second time what was remembered by the key
		for _, tt := range sameKeys {
			for _, who := range twins(tt.asAdmin) {
				valueOf := strings.NewReplacer("ORG", who.Org, "TYPE", "TEXT", "VALUE", `{ text: "gold" }`)
				if who.Org == globex {
					valueOf = strings.NewReplacer("ORG", who.Org, "TYPE", "NUMBER", "VALUE", `{ number: 7 }`)
				}
				got := w.ask(t, who, "mutation { "+valueOf.Replace(tt.mutation)+" { "+tt.answer+" problems { code field } } }", nil)
				key := fmt.Sprint(tt.name, who.Org)
				if before, isAgain := answers[key]; got.codes(t) != "" || !strings.Contains(string(got.body), who.Org) || isAgain && before != string(got.body) {
					t.Errorf("E6, %s of %s: %s, before %s", tt.name, who.Org, got.body, before)
				}
				answers[key] = string(got.body)
			}
		}
	}
	const panel = `{ contact(id: "contact_twin") { displayName notes { nodes { body } } vip { reason by { id } } groups { group { label } } attribute(key: "tier") { ... on Attribute { definition { valueType label section { label } }
		values { ... on TextValue { text } ... on NumberValue { number } } } } life: attribute(key: "biography") { ... on Attribute { definition { label } } } }
		contactByProfile(network: X, handle: "twin") { id notes { nodes { body } } } }`
	for _, who := range twins(false) {
		got := string(w.do(t, who, panel, nil).body)
		other := acme
		if who.Org == acme {
			other = globex
		}
		value := map[string]string{acme: `"valueType":"TEXT"`, globex: `"valueType":"NUMBER"`}[who.Org]
		for _, part := range []string{"Twin of ", `"body":"`, "edited by ", `"reason":"of `, "Section of ", "Tier of ", "row of ", "Life of ", "Group of ", "People of "} {
			if !strings.Contains(got, part+who.Org) {
				t.Errorf("E6, %s has no %q: %s", who.Org, part+who.Org, got)
			}
		}
		if strings.Contains(got, other) || !strings.Contains(got, value) {
			t.Errorf("E6, %s has something of %s, or not the type of its own: %s", who.Org, other, got)
		}
	}
	theirs := w.inStore(t, globex)
	for _, mutation := range []string{
		`deleteNote(input: { noteId: "note_twin", expectedVersion: 2, clientMutationId: "press-10" })`, `deleteContactGroup(input: { groupId: "group_twin", expectedVersion: 2 })`, `archiveAttributeDefinition(input: { key: "tier", expectedVersion: 1 })`,
		`removeVip(input: { contactId: "contact_twin" })`, `deactivateAgent(input: { agentId: "Ada Agent" })`, `eraseContact(input: { contactId: "contact_twin", clientMutationId: "press-11" })`,
	} {
		w.do(t, adam, "mutation { "+mutation+" { problems { code } } }", nil)
		w.isAsBefore(t, globex, theirs)
	}
	w.do(t, namesake, panel, nil) // an agent whose id is deactivated elsewhere, and a contact whose id is erased there
}
