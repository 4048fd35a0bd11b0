package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// mostTime is what no request may take before it runs; it is generous, because the machine does other things besides.
const mostTime = 10 * time.Second

// walkSeeds are documents of attackers, and some that agents send.
func walkSeeds(tb testing.TB) []string {
	tb.Helper()
	seeds := []string{
		"{a{a{a}}}", "{ viewer { id } }", "{ ...A } fragment A on Query { ...A }", "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A viewer { id } }",
		"{ ...Nobody }", "{ ... { ... on Nothing { a } } }", "fragment A on Viewer { id }", "query A { viewer { id } } query A { viewer { id } } { viewer { id } }",
		"query __schema { __schema { types { ...__schema } } } fragment __schema on __Type { fields { type { ofType { ...__schema } } } }",
		"query($n: Int = 5, $n: Int) { contacts(first: $n, last: $m) { nodes { notes(first: $n) { ...N } } edges { node { deletedNotes(last: 3) { ...N } } } } } fragment N on NoteConnection { nodes { author { id } } edges { node { id } } totalCount }",
		`{ nodes(ids: [["a", $a], {b: [$c]}]) { ... on Note { author { id } } ... on Contact { vip { by { id } } } ... on Node { ... on Contact { id } } } }`,
		`{ contact(id: 1) { attributes(keys: $k) { ... on Attribute { values { __typename ... on PhoneValue { phone { e164 } } ... on ChoiceValue { choice { key } } } } } } }`,
		"subscription { noteEvents(contactId: 1) { ... on NoteChange { actor { id } ... on NoteAdded { note { id } } } } contactEvents { __typename } }",
		"mutation { addNote(input: {contactId: $c, body: null}) { problems { ... on ConflictProblem { note { id } } } } }",
		"{ viewer @include(if: $a) @skip { id @a(b: [1 2 3]) } ... @defer { limits { noteLength } } }", "{ contacts(first: 99999999999999999999) { nodes { id } } }",
		strings.Repeat("{a", 300), "query A($v: " + strings.Repeat("[", 200), "{ nodes(ids: " + strings.Repeat("[", 200) + strings.Repeat("]", 200) + ") { id } }", levels(12), levels(13), "query __schema " + levels(13),
		"{ viewer {" + counted(15, " a%d: id") + " } }", "{ viewer {" + counted(16, " a%d: id") + " } }", "{ viewer { " + strings.Repeat("__typename ", 300) + "} }", "{ viewer { id } }" + strings.Repeat(",#", 400), "{ viewer { id } }" + strings.Repeat("# a\n", 400),
		"{ viewer { id" + strings.Repeat(" @aa", 51) + " } }", "{ viewer {" + strings.Repeat(" id @include(if: true)", 51) + " } }", "{" + counted(20, " contact(id: %d) { id }") + " }", `{ contact(id: "a") {` + counted(60, ` attribute(key: "%d") { __typename }`) + " } }",
		"{ viewer { ...A } } fragment A on Viewer { id ...A }", counted(31, "fragment A%d on Query { __typename } ") + "{ viewer { id } }", "query(" + counted(50, "$a%d: Int ") + ") { viewer { id } }", "{" + strings.Repeat(" viewer { id }", 21) + " }",
		"{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }", "{ ...__schema } fragment __schema on Contact " + levels(13), "{ contact(id: 1) { __schema " + levels(13) + " } }", "{ __schema: contact(id: 1) { id } __type(name: \"A\") { name } }",
		"{ ...F" + strings.Repeat(" a { b {", 5) + " ...F " + strings.Repeat("} } ", 5) + "} fragment F on Query { a { b { c } } }", "{ ...Big } fragment Big on Query { contacts(first: 100) { nodes { notes { nodes { id } } } } }",
		counted(40, "query A%d { viewer { id } } "), "{ viewer { id } } { viewer { id } }", "subscription { a: noteEvents(contactId: 1) { cursor } b: noteEvents(contactId: 1) { cursor } }", "subscription { __typename }", "subscription { __schema { queryType { name } } }",
		"subscription($v: Boolean = true) { noteEvents(contactId: 1) @skip(if: $v) { cursor } }", "{ contacts { nodes @stream { id } } }", "{ contct { nam } }", "{ contact(idd: 1) { id } }", "{ contact(id: 1) { ... on Contac { id } } }",
		"{ contacts(first: -1) { nodes { id } } }", "{ contacts(first: 1e3) { nodes { id } } }", `{ contacts(first: "5") { nodes { id } } }`, "{ contacts(first: null, last: null) { nodes { id } } }", "{ contacts(first: 2147483648) { nodes { id } } }",
		`{ contacts(search: """block "quoted" \""" text""") { totalCount } }`, "{ contacts(search: \"\"\"\r\n  a\r\n\tb\n\"\"\") { totalCount } }", `{ contact(id: """`, `{ contact(id: "\ud83d") { id } }`, `{ contact(id: "\u{1F600}\u{110000}") { id } }`, "{ contact(id: \"\xff\") { id } }", "\ufeff{ viewer { id } }",
		`query($n: Int) { nodes(ids: ["a", "b"]) { ... on Contact { notes(first: $n) { nodes { author { id } } } } ... on Note { author { id } lastEditedBy { id } } } }`, "{ viewer { id } }\x00", "{ a: viewer { id } a: limits { noteLength } }", "query($a: [Int!] = [1 2 {b: $a}] @b) { viewer { id } }", "extend type Query { a: Int } type A", "{ x { ...A } contacts { nodes { ...B } } } fragment A on Contact { ...B id id } fragment B on Contact { ...A id }",
	}
	for _, n := range []int{5, 20, 28, 90} {
		var b strings.Builder
		b.WriteString("query($n:Int){contacts(first:$n){nodes{...A0}}}")
		for i := range n {
			fmt.Fprintf(&b, "fragment A%d on Contact{notes(first:$n){nodes{id}}...A%d ...A%d}", i, i+1, i+1)
		}
		seeds = append(seeds, b.String())
	}
	for _, name := range []string{"panel", "introspection"} {
		text, err := os.ReadFile("testdata/" + name + ".graphql")
		if err != nil {
			tb.Fatal(err)
		}
		seeds = append(seeds, string(text))
	}
	return seeds
}

// levels is a selection so many levels deep.
func levels(n int) string { return strings.Repeat("{ a ", n) + strings.Repeat("}", n) }

// counted is a text many times, with its number.
func counted(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// selections are all of a document.
func selections(doc *ast.QueryDocument) (out []*ast.SelectionSet) {
	var within func(*ast.SelectionSet)
	within = func(set *ast.SelectionSet) {
		out = append(out, set)
		for _, s := range *set {
			switch s := s.(type) {
			case *ast.Field:
				within(&s.SelectionSet)
			case *ast.InlineFragment:
				within(&s.SelectionSet)
			}
		}
	}
	for _, op := range doc.Operations {
		within(&op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		within(&f.SelectionSet)
	}
	return out
}

// measures are those of a document's operations, by what they cost with the variables.
func measures(d *documents, doc *ast.QueryDocument, variables map[string]any) (all []measure, costs []int64, steps int) {
	w := newWalk(d.schema, d.prices, &d.most, doc, d.limits.Items)
	for _, op := range doc.Operations {
		m := w.operation(op)
		all = append(all, m)
		costs = append(costs, w.formula.value(w.formula.plus(m.flat, m.perItem), func(s size) int64 { return s.of(&d.most, op, variables) }))
	}
	return all, costs, len(w.formula.steps)
}

// checkLess takes a selection out of a document, which must not become dearer, deeper or larger by it.
func checkLess(t *testing.T, d *documents, doc *ast.QueryDocument, text string, which int, variables map[string]any) {
	t.Helper()
	before, costs, _ := measures(d, doc, variables)
	type place struct {
		set *ast.SelectionSet
		at  int
	}
	var places []place
	for _, set := range selections(doc) {
		for i := range *set {
			places = append(places, place{set, i})
		}
	}
	if len(places) == 0 {
		return
	}
	p := places[which%len(places)]
	*p.set = slices.Delete(slices.Clone(*p.set), p.at, p.at+1)
	after, less, _ := measures(d, doc, variables)
	for i := range after {
		if less[i] > costs[i] || after[i].depth > before[i].depth || after[i].fields > before[i].fields || after[i].roots > before[i].roots {
			t.Errorf("%q without a selection, number %d, measures %+v and %d points, with it %+v and %d", text, which, after[i], less[i], before[i], costs[i])
		}
	}
}

func FuzzDocumentWalk(f *testing.F) {
	for i, seed := range walkSeeds(f) {
		f.Add(seed, i*7, uint16(i*13))
	}
	d := testDocuments()
	f.Fuzz(func(t *testing.T, text string, n int, which uint16) {
		began := time.Now()
		variables := map[string]any{"n": json.Number(fmt.Sprint(n)), "k": []any{"a"}, "a": nil, "c": "x"}
		doc, errs := d.read(text)
		if errs == nil {
			d.cost(doc, &graphql.RawParams{Query: text, Variables: variables})
			if errs := d.validate(doc, text); len(errs) > d.limits.Errors {
				t.Errorf("%q: %d mistakes are told", text, len(errs))
			}
			if len(text) < 400 { // by pairs, longer ones take too long
				checkOverlaps(t, d.schema, text)
			}
		}
		if took := time.Since(began); took > mostTime {
			t.Errorf("%q is looked at for %v", text, took)
		}
		parsed, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, 5000)
		if err != nil {
			return
		}
		if _, _, steps := measures(d, parsed, variables); steps > 10*tokensOf(text, 0)+10 {
			t.Errorf("%q: %d steps", text, steps)
		}
		if checkWalk(t, d, parsed, text, variables) {
			checkLess(t, d, parsed, text, int(which), variables)
		}
	})
}

// requestSeeds are bodies of attackers, and some that agents send.
func requestSeeds() []string {
	const good = `{"query":"{ viewer { id } }"}`
	return []string{
		good, `{"query":"a","operationName":null,"variables":{"a":[1e400,-0,"\ud800"]},"extensions":{"persistedQuery":{}}}`, `{"query":"a","query":"b"}`, `{"query":"a","\u0071uery":"b"}`, `{"query":"a","variables":{"a":1,"a":2}}`,
		`[{}]`, `[]`, `[` + good + `,` + good + `]`, good + good, good + " x", good + "]", " \t\r\n" + good + "\n", `{"query":5}`, `{"query":null}`, `{"query":" "}`, `{"query":["a"]}`, `{"query":{}}`, `{"Query":"a"}`, "{}", "null", `"a"`, "1",
		"\ufeff" + good, "\ufeff{}", "\xff", "\xff\xfe{\x00", `{"query":"a","variables":{"n":"` + "\xff" + `"}}`, `{"query":"a","variables":{"n":"` + "\xed\xa0\xbd\xed\xb8\x80" + `"}}`, `{"query":"a","variables":{"n":"` + "\xc0\xaf" + `"}}`,
		`{"query":"a","variables":{"n":NaN}}`, `{"query":"a","variables":{"n":Infinity}}`, `{"query":"a","variables":{"n":01}}`, `{"query":"a","variables":{"n":1e400}}`, `{"query":"a","variables":{"n":9007199254740993}}`, `{"query":"a","variables":{"n":` + strings.Repeat("9", 400) + `}}`,
		`{"query":"\"\\uD83D\""}`, `{"query":"\"\\ud83d\\ude00\""}`, `{"query":"\\u{1F600}"}`, `{"query":"\ud83d\ude00"}`, `{"query":"\ud83d"}`, `{"query":"\ude00\ud83d"}`, `{"query":"\ud83dx"}`, `{"query":"\ufffd�"}`, `{"query":"a\u0000"}`, `{"query":"# \u2028"}`,
		`{"query":"a","variables":null,"extensions":null,"operationName":null}`, `{"query":"a","variables":[1]}`, `{"query":"a","variables":"x"}`, `{"query":"a","extensions":[]}`, `{"query":"a","operationName":5}`, `{"query":"a","operationName":"<script>"}`, `{"query":"a","id":1}`,
		`{"query":"a","extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}`, `{"query":"a","extensions":{"persistedQuery":null}}`, `{"query":"a","variables":{"":{"__proto__":[true,false,null,{}]}}}`, `{"query":"a","variables":{"n":` + strings.Repeat("[", 61) + strings.Repeat("]", 61) + `}}`,
		`{"variables":` + strings.Repeat("[", 200), `{"query":"a","variables":` + strings.Repeat(`{"a":`, 80) + "1" + strings.Repeat("}", 80) + "}", strings.Repeat("[", 20_000), `{"query":"a","variables":{"`, `{"query":"a",}`, `{"query":"a"/**/}`, `{'query':'a'}`, `{query:"a"}`, "", " ", "\x00",
	}
}

func FuzzRequest(f *testing.F) {
	for _, seed := range requestSeeds() {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		began := time.Now()
		params, no := requestOf(body)
		if took := time.Since(began); took > mostTime {
			t.Errorf("%q is read for %v", body, took)
		}
		switch {
		case (params == nil) == (no == nil):
			t.Errorf("%q: neither read nor refused, or both", body)
		case no != nil:
			if no.status != 400 || no.err.Message == "" || len(no.err.Message) > maxMessageLength || len(body) > 200 && strings.Contains(no.err.Message, string(body[:20])) {
				t.Errorf("%q: refused with %d %q", body, no.status, no.err.Message)
			}
		case strings.TrimSpace(params.Query) == "" || hasSurrogateEscape(params.Query):
			t.Errorf("%q is read as %q", body, params.Query)
		default:
			checkRead(t, body, params)
		}
	})
}

// checkRead compares what was read of a body with what encoding/json reads, and with what is read of it when it is written.
func checkRead(t *testing.T, body []byte, params *graphql.RawParams) {
	t.Helper()
	var want map[string]any
	reader := json.NewDecoder(bytes.NewReader(body))
	reader.UseNumber()
	if err := reader.Decode(&want); err != nil || !json.Valid(body) {
		t.Fatalf("%q is read, which is no JSON: %v", body, err)
	}
	object := func(name string) map[string]any {
		members, _ := want[name].(map[string]any)
		return members
	}
	name, _ := want["operationName"].(string)
	if params.Query != want["query"] || params.OperationName != name || !reflect.DeepEqual(params.Variables, object("variables")) || !reflect.DeepEqual(params.Extensions, object("extensions")) {
		t.Errorf("%q is read as %+v", body, params)
	}
	again, err := json.Marshal(map[string]any{"query": params.Query, "operationName": params.OperationName, "variables": params.Variables, "extensions": params.Extensions})
	if err != nil {
		t.Fatal(err)
	}
	if twice, no := requestOf(again); no != nil || !reflect.DeepEqual(twice, params) {
		t.Errorf("%q is read as %+v, and as %+v when it is written again, %v", body, params, twice, no)
	}
}
