package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"contactpanel/auth"
	"contactpanel/contact"
)

// How many of everything the organisations of newCrowdedWorld have.
const ours, theirs = 30, 3

// newCrowdedWorld is a world in which both organisations have contacts of the same ids and names, one has ten times as many, and
// the notes, deleted notes, deactivated agents and entries of the audit likewise.
func newCrowdedWorld(tb testing.TB) *world {
	tb.Helper()
	w := newWorld(tb)
	for org, n := range map[contact.OrgID]int{acme: ours, globex: theirs} {
		admin := adam
		admin.Org = string(org)
		for i := range n {
			id := contact.ID(fmt.Sprintf("contact_%02d", i))
			w.putContact(tb, org, contact.Contact{ID: id, Name: "Mia Many", VIP: contact.VIP{IsVIP: true}, Profiles: []contact.Profile{
				{ID: "profile_" + id, Network: contact.X, Handle: string(id)},
			}})
			gone := noon
			note := contact.Note{ID: contact.ID(fmt.Sprintf("note_%02d", i)), Contact: "contact_00", Body: "of " + string(org), Author: author, CreatedAt: early}
			w.putNote(tb, org, note)
			note.ID, note.DeletedAt, note.DeletedBy = note.ID+"_gone", &gone, &author
			w.putNote(tb, org, note)
			w.do(tb, admin, `mutation A($id: ID!) { deactivateAgent(input: { agentId: $id }) { problems { code } } }`, map[string]any{"id": fmt.Sprintf("agent %02d", i)})
		}
	}
	return w
}

// lists are all connections, PAGE stands for their arguments: a query, and the path to the connection.
var lists = map[string]struct {
	query string
	path  []any
}{
	"contacts":           {`{ contacts(PAGE) { CONNECTION } }`, []any{"contacts"}},
	"a search by name":   {`{ contacts(search: "mia", PAGE) { CONNECTION } }`, []any{"contacts"}},
	"a filtered search":  {`{ contacts(search: "many", filter: { networks: [X], isVip: true }, orderBy: { field: CREATED_AT }, PAGE) { CONNECTION } }`, []any{"contacts"}},
	"notes":              {`{ contact(id: "contact_00") { notes(PAGE) { CONNECTION } } }`, []any{"contact", "notes"}},
	"deleted notes":      {`{ contact(id: "contact_00") { deletedNotes(PAGE) { CONNECTION } } }`, []any{"contact", "deletedNotes"}},
	"the audit":          {`{ auditEntries(PAGE) { CONNECTION } }`, []any{"auditEntries"}},
	"the audit by agent": {`{ auditEntries(filter: { agentId: "Adam Admin", kinds: [AGENT_DEACTIVATED] }, PAGE) { CONNECTION } }`, []any{"auditEntries"}},
	"deactivated agents": {`{ deactivatedAgents(PAGE) { CONNECTION } }`, []any{"deactivatedAgents"}},
}

// page asks for a page of a list.
func (w *world) page(tb testing.TB, who auth.TokenRequest, list, arguments string) (got answer, path []any) {
	tb.Helper()
	of := lists[list]
	query := strings.NewReplacer("PAGE", arguments, "CONNECTION", "totalCount edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }").Replace(of.query)
	return w.ask(tb, who, query, nil), append([]any{"data"}, of.path...)
}

func TestE9ListsSearchesAndTotalsAreOfOneOrganisation(t *testing.T) {
	w := newCrowdedWorld(t)
	for list := range lists {
		for org, n := range map[string]int{acme: ours, globex: theirs} {
			who := adam
			who.Org = org
			for _, arguments := range []string{"first: 100", "last: 100", "first: 1", "last: 1"} {
				got, path := w.page(t, who, list, arguments)
				edges, _ := got.at(t, append(path, "edges")...).([]any)
				size := min(n, map[bool]int{true: 100, false: 1}[strings.HasSuffix(arguments, "00")])
				hasMore := got.at(t, append(path, "pageInfo", map[bool]string{true: "hasNextPage", false: "hasPreviousPage"}[strings.HasPrefix(arguments, "first")])...)
				if got.at(t, append(path, "totalCount")...) != float64(n) || len(edges) != size || hasMore != (n > size) {
					t.Errorf("E9, %s of %s, %s: %.500s, want %d of %d", list, org, arguments, got.body, size, n)
				}
			}
		}
	}
	// What is counted without a list, and found by a profile.
	stranger := adam
	stranger.Org = globex
	got := w.ask(t, stranger, `{ a: contactByProfile(network: X, handle: "contact_02") { id } b: contactByProfile(network: X, handle: "contact_03") { id } }`, nil)
	if got.codes(t) != "NOT_FOUND handle" || got.at(t, "data", "a", "id") != "contact_02" {
		t.Errorf("E9, profiles: %s", got.body)
	}
}

// A cursor is a position and nothing else: it is refused, or it stands somewhere in one's own list.
func TestE8CursorOfAnotherOrganisationsListShowsNothingOfIt(t *testing.T) {
	w := newCrowdedWorld(t)
	stranger := adam
	stranger.Org = globex
	for list := range lists {
		whole, path := w.page(t, adam, list, "first: 100")
		edges, _ := whole.at(t, append(path, "edges")...).([]any)
		mine, _ := w.page(t, stranger, list, "first: 100")
		if len(edges) < 10 {
			t.Fatalf("E8, %s: %s", list, whole.body)
		}
		for _, i := range []int{0, 1, len(edges) / 2, len(edges) - 1} {
			cursor := whole.at(t, append(path, "edges", i, "cursor")...).(string)
			for _, argument := range []string{"after", "before"} {
				arguments := map[string]string{"after": "first: 100, after: ", "before": "last: 100, before: "}[argument] + `"` + cursor + `"`
				if got, _ := w.page(t, adam, list, arguments); got.codes(t) != "" {
					t.Errorf("E8, %s, a cursor of its own: %s", list, got.body)
				}
				got, _ := w.page(t, stranger, list, arguments)
				if got.codes(t) == "INVALID_CURSOR "+argument {
					continue
				}
				if !strings.Contains(list, "notes") { // theirs are bound to the contact, whose id is the same here
					t.Errorf("E8, %s, %s a cursor of another organisation: %s", list, argument, got.body)
				}
				edges, _ := got.at(t, append(path, "edges")...).([]any)
				for _, e := range edges {
					if cursor := e.(map[string]any)["cursor"].(string); !strings.Contains(string(mine.body), `"`+cursor+`"`) {
						t.Errorf("E8, %s, %s a cursor of another organisation, shows what is not there: %s", list, argument, got.body)
					}
				}
				if got.codes(t) != "" || got.at(t, append(path, "totalCount")...) != float64(theirs) {
					t.Errorf("E8, %s, %s a cursor of another organisation: %s", list, argument, got.body)
				}
			}
		}
	}
}
