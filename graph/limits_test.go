package graph_test

import (
	"net/http"
	"strings"
	"testing"

	"contactpanel/graph"
)

// tenDeep is as deep as the schema goes.
const tenDeep = `{ contacts { edges { node { sections { attributes { ...A } } } } } }
fragment A on ContactAttribute { ... on Attribute { definition { rules { ... on ChoiceRules { choices { labels { locale } } } } } } }`

func TestDepthIsBoundedThroughFragments(t *testing.T) {
	for limit, want := range map[int]string{9: "QUERY_TOO_DEEP", 10: ""} {
		w := newWorld(t, func(d *graph.Deps) { d.Limits.Depth, d.Limits.Cost = limit, 1_000_000 })
		if got := w.ask(t, ada, tenDeep, nil); got.codes(t) != want {
			t.Errorf("ten deep with a limit of %d: %s, want %q", limit, got.body, want)
		}
	}
}

func TestFragmentIsMeasuredWhereItIsDeepest(t *testing.T) {
	w := newWorld(t, func(d *graph.Deps) { d.Limits.Depth = 5 })
	for name, query := range map[string]string{
		"shallow use first": `{ contact(id: "a") { ...P } contacts { edges { node { ...P } } } } fragment P on Contact { profiles { handle } validation { state } primaryProfile { ...H } } fragment H on Profile { handle }`,
		"deep use first":    `{ contacts { edges { node { ...P } } } contact(id: "a") { ...P } } fragment P on Contact { primaryProfile { handle } }`,
	} {
		if got := w.ask(t, ada, query, nil); strings.Contains(got.codes(t), "TOO_DEEP") {
			t.Errorf("%s: five deep is refused: %s", name, got.body)
		}
	}
	six := `{ contact(id: "a") { ...V } contacts { edges { node { ...V } } } } fragment V on Contact { sections { attributes { ... on Attribute { id } } } }`
	if got := w.ask(t, ada, six, nil); got.codes(t) != "QUERY_TOO_DEEP" {
		t.Errorf("six deep by the second use of a fragment: %s", got.body)
	}
}

func TestAliasesAreBoundedThroughFragments(t *testing.T) {
	w := newWorld(t)
	for n, want := range map[int]string{15: "", 16: "TOO_MANY_ALIASES"} {
		query := "{ viewer { ...F f0: id } } fragment F on Viewer { id"
		for i := 1; i < n; i++ {
			query += " a" + number(i) + ": id"
		}
		if got := w.ask(t, ada, query+" }", nil); got.codes(t) != want {
			t.Errorf("%d aliases: %s, want %q", n, got.body, want)
		}
	}
}

func number(i int) string { return string(rune('0'+i/10)) + string(rune('0'+i%10)) }

func TestIntrospectionIsRefusedWhereverItStands(t *testing.T) {
	w := newWorld(t)
	for _, query := range []string{
		"{ __schema { queryType { name } } }", `{ __type(name: "Contact") { name } }`, "{ viewer { id } s: __schema { queryType { name } } }",
		"{ ...A } fragment A on Query { ... on Query { ...B } } fragment B on Query { __schema { queryType { name } } }",
		"query A($no: Boolean = true) { __schema @skip(if: $no) { queryType { name } } }", document(t, "introspection"),
	} {
		for range 2 { // the second time from the cache
			got := w.ask(t, ada, query, nil)
			if got.status != http.StatusBadRequest || got.codes(t) != "INTROSPECTION_DISABLED" {
				t.Errorf("%s: status %d %s, want 400 INTROSPECTION_DISABLED", query, got.status, got.codes(t))
			}
		}
	}
	if got := w.ask(t, ada, "{ __typename viewer { __typename } }", nil); got.codes(t) != "" {
		t.Errorf("__typename is refused: %s", got.body)
	}
}

func TestIntrospectionAnswersTheStandardQueryWhereItIsAllowed(t *testing.T) {
	w := newWorld(t, func(d *graph.Deps) { d.AllowIntrospection = true })
	got := w.ask(t, ada, document(t, "introspection"), nil)
	types, _ := got.at(t, "data", "__schema", "types").([]any)
	if got.codes(t) != "" || len(types) < 100 {
		t.Fatalf("%d types: %.300s", len(types), got.body)
	}
	for _, each := range types {
		each := each.(map[string]any)
		if name := each["name"].(string); name == "Contact" && (each["description"] == nil || len(each["fields"].([]any)) < 15) {
			t.Errorf("the type Contact is not whole: %v", each)
		}
	}
}

func TestOperationIsChosenByItsName(t *testing.T) {
	w := newWorld(t)
	const two = "query A { viewer { id } } query B { viewer { name } }"
	for _, tt := range []struct{ query, name, want string }{
		{two, "A", ""}, {two, "B", ""}, {two, "C", "GRAPHQL_VALIDATION_FAILED"}, {two, "", "GRAPHQL_VALIDATION_FAILED"},
		{"query A { viewer { id } }", "", ""}, {"query A { viewer { id } }", "B", "GRAPHQL_VALIDATION_FAILED"},
		{"subscription { viewer { id } }", "", "GRAPHQL_VALIDATION_FAILED"}, {"type Query { a: Int }", "", "GRAPHQL_PARSE_FAILED"},
		{"fragment A on Viewer { id }", "", "GRAPHQL_VALIDATION_FAILED, GRAPHQL_VALIDATION_FAILED"},
	} {
		body := `{"query":"` + tt.query + `","operationName":"` + tt.name + `"}`
		got := w.send(t, request{body: strings.NewReader(body)})
		if codes := got.codes(t); codes != tt.want && !strings.HasPrefix(tt.want, codes+",") {
			t.Errorf("%s with operationName %q: %s, want %q", tt.query, tt.name, got.body, tt.want)
		}
	}
}
