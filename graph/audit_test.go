package graph_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"contactpanel/auth"
	"contactpanel/contact"
)

// canary stands in every text of the refused changes below.
const canary = "Kanarienvogel"

// refusedCall is one call of a mutation that is refused, and the entry that it leaves.
type refusedCall struct {
	as    auth.TokenRequest
	input string // ID-like texts of others and the canary included
	want  contact.AuditEntry
}

// refusedCalls has a call of every mutation; one that is missing fails TestEveryMutationThatIsRefusedLeavesOneEntry.
var refusedCalls = map[string]refusedCall{
	"addNote": {ada, `contactId: "contact_full", body: "` + strings.Repeat(canary, 200) + `"`,
		contact.AuditEntry{Kind: contact.AuditNoteAdded, Contact: fullContact, Refused: contact.TooLong}},
	"editNote": {ada, `noteId: "note_full", body: "` + canary + `", expectedVersion: 99`,
		contact.AuditEntry{Kind: contact.AuditNoteEdited, Contact: fullContact, Subject: fullNote, Refused: contact.Conflict}},
	"deleteNote": {ada, `noteId: "note_` + canary + `", expectedVersion: 1`,
		contact.AuditEntry{Kind: contact.AuditNoteDeleted, Refused: contact.NotFound}},
	"restoreNote": {ada, `noteId: "note_first", expectedVersion: 1, clientMutationId: "` + canary + `"`,
		contact.AuditEntry{Kind: contact.AuditNoteRestored, Contact: fullContact, Subject: "note_first", Refused: contact.NotFound}},
	"setAttribute": {ada, `contactId: "contact_full", key: "biography", values: [{ url: "https://` + canary + `.example" }], expectedVersion: 0`,
		contact.AuditEntry{Kind: contact.AuditAttributeChanged, Contact: fullContact, Subject: "biography", Refused: contact.InvalidValue}},
	"clearAttribute": {ada, `contactId: "contact_full", key: "` + canary + `", expectedVersion: 0`,
		contact.AuditEntry{Kind: contact.AuditAttributeChanged, Contact: fullContact, Refused: contact.NotFound}},
	"promoteToVip": {ada, `contactId: "contact_foreign", reason: "` + canary + `"`,
		contact.AuditEntry{Kind: contact.AuditVIPChanged, Refused: contact.NotFound}},
	"removeVip": {ada, `contactId: "contact_empty", reason: "` + canary + `", clientMutationId: "` + strings.Repeat(canary, 6) + `"`,
		contact.AuditEntry{Kind: contact.AuditVIPChanged, Contact: emptyContact, Refused: contact.BadUserInput}},
	"upsertContact": {ada, `name: "` + canary + `", origin: IMPORT`,
		contact.AuditEntry{Kind: contact.AuditContactUpserted, Refused: contact.Forbidden}},
	"createAttributeDefinition": {adam, `key: "biography", kind: CUSTOM, valueType: TEXT, labels: [{ locale: "en", text: "` + canary + `" }], section: "about"`,
		contact.AuditEntry{Kind: contact.AuditDefinitionCreated, Subject: "biography", Refused: contact.Taken}},
	"eraseContact": {ada, `contactId: "contact_empty"`,
		contact.AuditEntry{Kind: contact.AuditContactErased, Contact: emptyContact, Refused: contact.Forbidden}},
	"deactivateAgent": {ada, `agentId: "` + canary + `"`,
		contact.AuditEntry{Kind: contact.AuditAgentDeactivated, Refused: contact.Forbidden}},
	"reactivateAgent": {adam, `agentId: "` + strings.Repeat(canary, 30) + `"`,
		contact.AuditEntry{Kind: contact.AuditAgentReactivated, Refused: contact.TooLong}},
	"updateAttributeDefinition": {adam, `key: "biography", expectedVersion: 1, section: "` + canary + `"`,
		contact.AuditEntry{Kind: contact.AuditDefinitionUpdated, Subject: "biography", Refused: contact.NotFound}},
	"archiveAttributeDefinition": {ada, `key: "` + canary + `", expectedVersion: 1`,
		contact.AuditEntry{Kind: contact.AuditDefinitionArchived, Refused: contact.Forbidden}},
	"restoreAttributeDefinition": {adam, `key: "biography", expectedVersion: -1`,
		contact.AuditEntry{Kind: contact.AuditDefinitionRestored, Subject: "biography", Refused: contact.BadUserInput}},
	"orderAttributeDefinitions": {adam, `section: "` + canary + `", definitions: []`,
		contact.AuditEntry{Kind: contact.AuditDefinitionUpdated, Refused: contact.NotFound}},
	"createAttributeSection": {adam, `key: "` + canary + `", labels: [{ locale: "en", text: "x" }]`,
		contact.AuditEntry{Kind: contact.AuditSectionChanged, Refused: contact.InvalidValue}},
	"updateAttributeSection": {adam, `key: "about", expectedVersion: 1, labels: [{ locale: "en", text: "` + canary + `" }, { locale: "en", text: "again" }]`,
		contact.AuditEntry{Kind: contact.AuditSectionChanged, Subject: "about", Refused: contact.InvalidValue}},
	"createContactGroup": {adam, `key: "full_group", labels: [{ locale: "en", text: "` + canary + `" }], conditions: [{ attribute: { key: "biography", operator: EQUALS, values: [{ text: "` + canary + `" }] } }]`,
		contact.AuditEntry{Kind: contact.AuditGroupCreated, Subject: "full_group", Refused: contact.Taken}},
	"updateContactGroup": {adam, `groupId: "group_full", expectedVersion: 2, conditions: [{ attribute: { key: "` + canary + `", operator: IS_SET } }]`,
		contact.AuditEntry{Kind: contact.AuditGroupUpdated, Subject: "full_group", Refused: contact.NotFound}},
	"deleteContactGroup": {ada, `groupId: "group_` + canary + `", expectedVersion: 1`,
		contact.AuditEntry{Kind: contact.AuditGroupDeleted, Refused: contact.Forbidden}},
}

func TestEveryMutationThatIsRefusedLeavesOneEntry(t *testing.T) {
	w := newFullWorld(t)
	for _, f := range loadSchema(t).Mutation.Fields {
		call, ok := refusedCalls[f.Name]
		if !ok {
			t.Errorf("no call shows what %s leaves when it is refused", f.Name)
			continue
		}
		before := w.auditEntries(t, acme, contact.AuditQuery{})
		query := "mutation { " + f.Name + "(input: { " + call.input + " }) { problems { code } } }"
		got := w.send(t, request{as: &call.as, header: http.Header{"X-Request-Id": {f.Name}}, body: bytes.NewReader(requestBody(t, query, nil))})
		if !strings.Contains(got.codes(t), string(call.want.Refused)) {
			t.Errorf("%s: %s, want %s", f.Name, got.body, call.want.Refused)
		}
		left := slices.DeleteFunc(w.auditEntries(t, acme, contact.AuditQuery{}), func(e contact.AuditEntry) bool { return slices.Contains(before, e) })
		if len(left) != 1 {
			t.Errorf("%s left %d entries, want 1", f.Name, len(left))
			continue
		}
		want := call.want
		want.ID, want.At, want.RequestID, want.Address = left[0].ID, noon, f.Name, "127.0.0.1"
		want.Agent = contact.Agent{ID: contact.ID(call.as.Agent), Name: call.as.Agent}
		if left[0] != want || left[0].ID.Prefix() != contact.PrefixAudit {
			t.Errorf("%s left\n%+v, want\n%+v", f.Name, left[0], want)
		}
	}
	w.quotesNothing(t)
	if left := w.auditEntries(t, globex, contact.AuditQuery{}); len(left) > 0 {
		t.Errorf("the other organisation has the entries %+v", left)
	}
}

// quotesNothing checks that no entry holds what a caller wrote.
func (w *world) quotesNothing(t *testing.T) {
	t.Helper()
	for _, e := range w.auditEntries(t, acme, contact.AuditQuery{}) {
		if text := fmt.Sprintf("%+v", e); strings.Contains(text, canary) || strings.Contains(text, "foreign") || len(text) > 1000 {
			t.Errorf("an entry quotes the caller: %.2000s", text)
		}
	}
}

func TestIDsThatTheOrganisationHasNotAreNotKept(t *testing.T) {
	w := newFullWorld(t)
	for _, id := range []string{
		foreign, foreignNote, "contact_" + canary, "note_" + canary, canary, strings.Repeat("x", 10<<10), "contact_" + strings.Repeat("x", 10<<10), "", "contact_",
		"note_" + strings.Repeat("x", 10<<10), "attribute_full." + canary, "\x00" + canary, foreignGroup, "group_" + canary,
	} {
		for query, who := range map[string]auth.TokenRequest{
			`mutation A($id: ID!) { addNote(input: { contactId: $id, body: "x" }) { problems { code } } }`:                              ada,
			`mutation A($id: ID!) { deleteNote(input: { noteId: $id, expectedVersion: 9 }) { problems { code } } }`:                     ada,
			`mutation A($id: ID!) { updateContactGroup(input: { groupId: $id, expectedVersion: 1, weight: 2 }) { problems { code } } }`: adam,
		} {
			if got := w.ask(t, who, query, map[string]any{"id": id}); !strings.Contains(got.codes(t), "NOT_FOUND") {
				t.Errorf("%.60q: %s", id, got.body)
			}
		}
		query := `mutation A($key: String!) { clearAttribute(input: { contactId: "contact_full", key: $key, expectedVersion: 9 }) { problems { code } } }`
		if got := w.ask(t, adam, query, map[string]any{"key": id}); !strings.Contains(got.codes(t), "NOT_FOUND") {
			t.Errorf("the key %.60q: %s", id, got.body)
		}
	}
	entries := w.auditEntries(t, acme, contact.AuditQuery{})
	if len(entries) != 56 {
		t.Errorf("%d entries, want one of each call", len(entries))
	}
	for _, e := range entries {
		if e.Contact != "" && e.Contact != fullContact || e.Subject != "" {
			t.Errorf("an entry names what the organisation has not: %.300v", e)
		}
	}
	w.quotesNothing(t)
}

func TestNeitherAReadNorABadRequestNorAFaultIsARefusedChange(t *testing.T) {
	w := newFullWorld(t)
	for _, query := range []string{
		`{ contact(id: "contact_absent") { id } }`, `{ auditEntries { totalCount } }`, `mutation { addNote(input: { contactId: "contact_full", body: 5 }) { problems { code } } }`,
		`mutation { addNote(input: { contactId: "contact_full" }) { problems { code } } }`, `mutation { `, `{ contacts(first: 0) { totalCount } }`,
	} {
		w.ask(t, ada, query, nil)
	}
	w.store.seen.failWith(func(_ context.Context, call string) error {
		if call == "tx.Contacts" {
			return contact.Fault(contact.Unavailable, errCause, "the store does not answer")
		}
		return nil
	})
	w.ask(t, ada, `mutation { addNote(input: { contactId: "contact_full", body: "x" }) { problems { code } } }`, nil)
	if left := w.auditEntries(t, acme, contact.AuditQuery{}); len(left) > 0 {
		t.Errorf("they left %+v", left)
	}
}

func TestAKeyUsedAgainIsRefusedOnceAndARepetitionLeavesNothing(t *testing.T) {
	w := newFullWorld(t)
	note := func(body string) answer {
		query := `mutation A($b: String!) { addNote(input: { contactId: "contact_full", body: $b, clientMutationId: "press" }) { problems { code } } }`
		return w.ask(t, ada, query, map[string]any{"b": body})
	}
	for _, body := range []string{"one", "one", "one", "another"} {
		note(body)
	}
	var outcomes []string
	for _, e := range w.auditEntries(t, acme, contact.AuditQuery{}) {
		outcomes = append(outcomes, fmt.Sprint(e.Kind, " ", e.Contact, " ", e.Refused))
	}
	slices.Sort(outcomes) // of one moment
	if want := []string{"NOTE_ADDED contact_full ", "NOTE_ADDED contact_full IDEMPOTENCY_KEY_REUSED"}; !slices.Equal(outcomes, want) {
		t.Errorf("the audit holds %q, want %q", outcomes, want)
	}
}

func TestKindsAndOutcomesOfTheAuditAreThoseOfTheSchema(t *testing.T) {
	schema := loadSchema(t)
	outcomes := []string{string(contact.AuditDone)}
	for _, code := range contact.AuditedRefusals() {
		outcomes = append(outcomes, string(code))
	}
	var kinds []string
	for _, kind := range contact.AuditKinds() {
		kinds = append(kinds, string(kind))
	}
	for name, want := range map[string][]string{"AuditKind": kinds, "AuditOutcome": outcomes} {
		var got []string
		for _, value := range schema.Types[name].EnumValues {
			got = append(got, value.Name)
			if value.Description == "" {
				t.Errorf("%s.%s has no description", name, value.Name)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s is %q in the schema and %q in the domain", name, got, want)
		}
	}
	for _, value := range schema.Types["ProblemCode"].EnumValues {
		if !slices.Contains(outcomes, value.Name) {
			t.Errorf("a %s leaves no entry", value.Name)
		}
	}
}

func TestTheAuditIsForAdministratorsOfItsOrganisationAlone(t *testing.T) {
	w := newFullWorld(t)
	w.do(t, ada, `mutation { addNote(input: { contactId: "contact_full", body: "x" }) { problems { code } } }`, nil)
	const query = `{ auditEntries { totalCount nodes { id } edges { cursor } } }`
	for _, who := range []auth.TokenRequest{ada, feed} {
		if got := w.ask(t, who, query, nil); got.codes(t) != "FORBIDDEN" || strings.Contains(string(got.body), "audit_") {
			t.Errorf("%s reads the audit: %s", who.Role, got.body)
		}
	}
	if got := w.ask(t, adam, query, nil); got.at(t, "data", "auditEntries", "totalCount") != 1.0 {
		t.Errorf("an administrator reads %s", got.body)
	}
	if got := w.ask(t, stranger, query, nil); got.at(t, "data", "auditEntries", "totalCount") != 0.0 || strings.Contains(string(got.body), "audit_") {
		t.Errorf("an administrator of another organisation reads %s", got.body)
	}
}

func TestAPageOfTheAuditCostsOneLookAndItsContactsOneMore(t *testing.T) {
	w := newFullWorld(t)
	for _, id := range []string{fullContact, longContact, fullContact} {
		w.do(t, ada, `mutation A($id: ID!) { addNote(input: { contactId: $id, body: "x" }) { problems { code } } }`, map[string]any{"id": id})
	}
	for query, want := range map[string][]string{
		`{ auditEntries { nodes { id contactId } } }`:                                                          {"AuditEntries"},
		`{ auditEntries { totalCount } }`:                                                                      {"AuditEntries+total"},
		`{ auditEntries { nodes { contact { displayName } } } }`:                                               {"AuditEntries", "Contacts"},
		`{ auditEntries { edges { node { ...E } } } } fragment E on AuditEntry { of: contact { id } }`:         {"AuditEntries", "Contacts"},
		`{ auditEntries { edges { node { id contact @skip(if: true) { id } } } } }`:                            {"AuditEntries"},
		`{ auditEntries(filter: { contactId: "contact_x" }) { nodes { contact { id } } } }`:                    {"AuditEntries"},
		`{ auditEntries(filter: { kinds: [] }) { totalCount nodes { id } } }`:                                  {"AuditEntries+total"},
		`{ auditEntries(filter: { kinds: [NOTE_ADDED, NOTE_ADDED] }) { totalCount nodes { id } } }`:            {"AuditEntries+total"},
		`{ auditEntries(filter: { agentId: "", kinds: [NOTE_ADDED] }) { totalCount pageInfo { endCursor } } }`: nil,
	} {
		w.store.seen.take()
		got := w.ask(t, adam, query, nil)
		if calls := w.store.seen.take(); !slices.Equal(calls, want) || got.codes(t) != "" {
			t.Errorf("%s: the store calls %v, want %v: %.300s", query, calls, want, got.body)
		}
		n, _ := got.at(t, "data", "auditEntries", "totalCount").(float64)
		if strings.Contains(query, "ADDED, NOTE") && n != 3 || (strings.Contains(query, "[]") || strings.Contains(query, `""`)) && n != 0 {
			t.Errorf("%s finds %v entries", query, n)
		}
	}
}

func TestCursorsOfTheAuditAreOfOneFilter(t *testing.T) {
	w := newFullWorld(t)
	for range 3 {
		w.do(t, ada, `mutation { addNote(input: { contactId: "contact_full", body: "x" }) { problems { code } } }`, nil)
	}
	page := func(filter string, after any) answer {
		return w.ask(t, adam, "query A($after: String) { auditEntries(first: 1, after: $after, filter: "+filter+") { nodes { id } pageInfo { endCursor hasNextPage } } }", map[string]any{"after": after})
	}
	own := `{ agentId: "Ada Agent" }`
	cursor := page(own, nil).at(t, "data", "auditEntries", "pageInfo", "endCursor")
	seen := map[any]bool{}
	for next := any(nil); ; {
		got := page(own, next)
		seen[got.at(t, "data", "auditEntries", "nodes", 0, "id")] = true
		if next = got.at(t, "data", "auditEntries", "pageInfo", "endCursor"); got.at(t, "data", "auditEntries", "pageInfo", "hasNextPage") != true {
			break
		}
	}
	if len(seen) != 3 {
		t.Errorf("three pages show %d entries", len(seen))
	}
	for _, other := range []string{"{}", "null", `{ agentId: "Adam Admin" }`, `{ agentId: "Ada Agent", isRefused: false }`, `{ contactId: "Ada Agent" }`} {
		if got := page(other, cursor); got.codes(t) != "INVALID_CURSOR after" {
			t.Errorf("a cursor with the filter %s: %s", other, got.body)
		}
	}
	theirs := w.ask(t, stranger, "query A($after: String) { auditEntries(after: $after, filter: "+own+") { totalCount } }", map[string]any{"after": cursor})
	if theirs.codes(t) != "INVALID_CURSOR after" {
		t.Errorf("a cursor of another organisation: %s", theirs.body)
	}
}
