package graph_test

import "testing"

func TestDeferIsRefusedWhereverItStands(t *testing.T) {
	w := newFullWorld(t)
	for _, query := range []string{
		`{ contact(id: "contact_full") { ... @defer { displayName } } }`,
		`{ contact(id: "contact_full") { ... on Contact @defer(label: "later") { notes { totalCount } } } }`,
		`{ contact(id: "contact_full") { ...D @defer } } fragment D on Contact { displayName }`,
		`{ contact(id: "contact_full") { ...O } } fragment O on Contact { ...D @defer(if: false) } fragment D on Contact { displayName }`,
		`{ viewer { ... @defer { name } } }`,
	} {
		if got := w.ask(t, ada, query, nil); got.codes(t) != "GRAPHQL_VALIDATION_FAILED" {
			t.Errorf("%s: %s", query, got.body)
		}
	}
}
