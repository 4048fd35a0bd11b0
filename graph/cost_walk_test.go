package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"contactpanel/graph"
)

// costing is a world in which everything is too dear, so that each refusal tells what an operation costs.
func costing(tb testing.TB) *world {
	tb.Helper()
	return newWorld(tb, func(d *graph.Deps) { d.Limits.Cost, d.AllowIntrospection = 1, true })
}

// costs is what an operation costs; 1 or less is not told.
func (w *world) costs(tb testing.TB, query string, variables any) int {
	tb.Helper()
	got := w.ask(tb, ada, query, variables)
	extensions, _ := got.at(tb, "errors", 0, "extensions").(map[string]any)
	if extensions["what"] != "cost" {
		tb.Fatalf("%s: what it costs is not told: %s", query, got.body)
	}
	return int(extensions["got"].(float64))
}

func TestPanelCostsWellBelowWhatItMay(t *testing.T) {
	w := costing(t)
	for firstNotes, want := range map[any]int{nil: 843, 20: 843, 100: 1163} {
		if got := w.costs(t, document(t, "panel"), map[string]any{"id": "a", "firstNotes": firstNotes}); got != want {
			t.Errorf("with %v notes the panel costs %d points, want %d", firstNotes, got, want)
		}
	}
}

func TestCostFollowsFromTheSchemaAndTheArguments(t *testing.T) {
	w := costing(t)
	for _, tt := range []struct {
		name, query string
		variables   any
		want        int
	}{
		{"two objects", "{ viewer { id } limits { noteLength } }", nil, 2},
		{"a lookup", `{ contact(id: "a") { id } }`, nil, 10},
		{"a node", `{ node(id: "a") { id } }`, nil, 10},
		{"a lookup by profile", `{ contactByProfile(network: X, handle: "a") { id } }`, nil, 10},
		{"three nodes", `{ nodes(ids: ["a", "b", "c"]) { id ... on Contact { vip { isVip } } } }`, nil, 33},
		{"two nodes by a variable", `query A($ids: [ID!]!) { nodes(ids: $ids) { id } }`, map[string]any{"ids": []string{"a", "b"}}, 20},
		{"one node without brackets", `query A($ids: [ID!]!) { nodes(ids: $ids) { id } }`, map[string]any{"ids": "a"}, 10},
		{"two nodes by a default", `query A($ids: [ID!]! = ["a", "b"]) { nodes(ids: $ids) { id } }`, nil, 20},
		{"a list of variables", `query A($a: ID!, $b: ID!) { nodes(ids: [$a, $b]) { id } }`, map[string]any{"a": "a", "b": "b"}, 20},
		{"more ids than there may be", `query A($ids: [ID!]!) { nodes(ids: $ids) { id } }`, map[string]any{"ids": make([]string, 90)}, 500},
		{"a page that names no size", "{ contacts { nodes { id } } }", nil, 30},
		{"a page of null", "{ contacts(first: null) { nodes { id } } }", nil, 30},
		{"a page of 7", "{ contacts(first: 7) { nodes { id } } }", nil, 17},
		{"a page of 7 backward", "{ contacts(last: 7) { nodes { id } } }", nil, 17},
		{"edges are objects too", "{ contacts(first: 7) { edges { cursor node { id } } } }", nil, 24},
		{"a page by a variable", "query A($n: Int) { contacts(first: $n) { nodes { id } } }", map[string]any{"n": 7}, 17},
		{"a page by a default", "query A($n: Int = 5) { contacts(first: $n) { nodes { id } } }", nil, 15},
		{"a page by a variable that is null", "query A($n: Int) { contacts(first: $n) { nodes { id } } }", map[string]any{"n": nil}, 30},
		{"a page by a variable that is not given", "query A($n: Int) { contacts(first: $n) { nodes { id } } }", nil, 30},
		{"one of two variables", "query A($n: Int, $m: Int) { contacts(first: $n, last: $m) { nodes { id } } }", map[string]any{"n": nil, "m": 3}, 13},
		{"a page that is too large", "{ contacts(first: 101) { nodes { id } } }", nil, 110},
		{"a page below nothing", "{ contacts(first: -5) { nodes { id } } }", nil, 110},
		{"a page that is no number", `{ contacts(first: "5") { nodes { id } } }`, nil, 110},
		{"a page whose variable is no number", "query A($n: Int) { contacts(first: $n) { nodes { id } } }", map[string]any{"n": "5"}, 110},
		{"a page whose variable is too large", "query A($n: Int) { contacts(first: $n) { nodes { id } } }", map[string]any{"n": 2147483648}, 110},
		{"pages in a page", "{ contacts(first: 3) { nodes { notes(first: 2) { nodes { author { id } } } } } }", nil, 10 + 3*(1+10+2*2)},
		{"pages in a page by variables", "query A($a: Int, $b: Int) { contacts(first: $a) { nodes { notes(first: $b) { nodes { author { id } } } } } }",
			map[string]any{"a": 3, "b": 2}, 10 + 3*(1+10+2*2)},
		{"the total", "{ contacts(first: 1) { totalCount } }", nil, 20},
		{"what is around a page", "{ contacts(first: 9) { pageInfo { hasNextPage } } }", nil, 11},
		{"lists have sizes of their own", `{ contact(id: "a") { profiles { id } sections { attributes { ... on Attribute { values { __typename } } } } } }`, nil, 10 + 3 + 5*(1+10*(1+2))},
		{"the groups of a contact", `{ contact(id: "a") { groups { group { key conditions { __typename } } matches { ... on AttributeCondition { values { __typename } } ... on VipCondition { isVip } } } } }`,
			nil, 10 + 5*(1+1+3+2*(1+2))},
		{"all groups", "{ contactGroups { labels { text } conditions { __typename } } }", nil, 50 * (1 + 2 + 3)},
		{"attributes by their keys", `{ contact(id: "a") { attributes(keys: ["a", "b"]) { __typename } } }`, nil, 12},
		{"all attributes", `{ contact(id: "a") { attributes { __typename } } }`, nil, 30},
		{"the dearest of a union's types",
			`{ contact(id: "a") { attribute(key: "a") { ... on CrmAttribute { setBy { id } definition { key } } ... on CustomAttribute { setBy { id } } ... on Attribute { setBy { id } } } } }`, nil, 10 + 1 + 2 + 1},
		{"the dearest of types by a variable", `query A($n: Int) { node(id: "a") { ... on Contact { notes(first: $n) { nodes { id } } } ... on Note { author { id } } } }`,
			map[string]any{"n": 7}, 10 + 10 + 7},
		{"what is skipped counts", `{ contact(id: "a") { vip @skip(if: true) { isVip } } }`, nil, 11},
		{"a fragment as often as it is spread", "{ contacts(first: 2) { nodes { ...A } edges { node { ...A } } } } fragment A on Contact { vip { by { id } } }", nil, 10 + 2*(1+2) + 2*(1+1+2)},
		{"a fragment of a page in two pages",
			`{ a: contact(id: "a") { notes(first: 2) { ...N } deletedNotes(first: 5) { ...N } } } fragment N on NoteConnection { nodes { author { id } } }`, nil, 10 + 10 + 2*2 + 10 + 5*2},
		{"one that is behind a variable", `query A($n: Int) { a: contact(id: "a") { notes(first: $n) { ...N } deletedNotes(first: 5) { ...N } } } fragment N on NoteConnection { nodes { author { id } } }`,
			map[string]any{"n": 2}, 10 + 10 + 2*2 + 10 + 5*2},
		{"a mutation", `mutation { addNote(input: { contactId: "a", body: "b" }) { note { id } problems { code } } }`, nil, 12},
		{"two mutations", `mutation { a: addNote(input: { contactId: "a", body: "b" }) { clientMutationId } b: addNote(input: { contactId: "a", body: "b" }) { clientMutationId } }`, nil, 20},
		{"an event", `subscription { noteEvents(contactId: "a") { cursor ... on NoteAdded { note { id author { name } } } ... on NoteDeleted { actor { name } } } }`, nil, 3},
		{"the schema", "{ __schema { queryType { name fields { name } } } }", nil, 5},
	} {
		for range 2 {
			if got := w.costs(t, tt.query, tt.variables); got != tt.want {
				t.Errorf("%s: %d points, want %d", tt.name, got, tt.want)
			}
		}
	}
}

func TestOnlyTheOperationThatIsNamedIsCharged(t *testing.T) {
	w := costing(t)
	const query = "query A { viewer { id } limits { noteLength } } query B { contacts { nodes { id } } }"
	for name, want := range map[string]float64{"A": 2, "B": 30} {
		got := w.send(t, request{body: strings.NewReader(fmt.Sprintf(`{"query":%q,"operationName":%q}`, query, name))})
		if got.at(t, "errors", 0, "extensions", "got") != want {
			t.Errorf("%s: %s, want %v points", name, got.body, want)
		}
	}
}

func TestCostEndsWhereNumbersDo(t *testing.T) {
	w := newWorld(t, func(d *graph.Deps) { d.Limits.Cost, d.Limits.Depth = 1_000_000_000, 30 })
	query := "{ contacts(first: 100) { ...C } }"
	for i := range 4 { // each a page of a hundred within the one before, as far as the walk knows types
		query += fmt.Sprintf(" fragment %s on ContactConnection { nodes { ...D%d } }", []string{"C", "E0", "E1", "E2"}[i], i)
		query += fmt.Sprintf(" fragment D%d on Contact { notes(first: 100) { nodes { contactId ...X%d } } }", i, i)
		query += fmt.Sprintf(" fragment X%d on Query { contacts(first: 100) { ...E%d } }", i, i)
	}
	query += " fragment E3 on ContactConnection { nodes { id } }"
	got := w.ask(t, ada, query, nil)
	if got.at(t, "errors", 0, "extensions", "got") != float64(1<<31-1) {
		t.Errorf("100 to the ninth: %s", got.body)
	}
}
