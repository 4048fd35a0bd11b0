package graph_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"contactpanel/graph"
)

// abuse is a request that must be refused before anything runs, by its place in the list of abuses.
type abuse struct {
	row, name string
	query     string
	variables any
	operation string
	want      string // the only code; "" for one that is answered
	most      int    // errors
}

// chain is a document of fragments that each spread the next one twice, n deep. Link is what a fragment spreads the next in.
func chain(n int, link string) string {
	var b strings.Builder
	b.WriteString("{contact(id:1){...A0}}")
	for i := range n - 1 {
		spread := fmt.Sprintf("...A%d", i+1)
		fmt.Fprintf(&b, "fragment A%d on Contact{%s}", i, strings.ReplaceAll(link, "$", spread))
	}
	fmt.Fprintf(&b, "fragment A%d on Contact{id}", n-1)
	return b.String()
}

// doubling is the link that needs no field.
const doubling = "$ $"

// arguments are fields that cannot be merged, n of them.
func arguments(n int) string {
	return "{" + times(n, ` contact(id: %d) { id }`) + " }"
}

// deep is a selection of n levels.
func deep(n int) string { return strings.Repeat("{ a ", n) + strings.Repeat("}", n) }

var abuses = []abuse{
	{"A1", "braces within braces", strings.Repeat("{a", 400), nil, "", "GRAPHQL_PARSE_FAILED", 1},
	{"A1", "brackets within brackets", "query A($v: " + strings.Repeat("[", 900), nil, "", "GRAPHQL_PARSE_FAILED", 1},
	{"A1", "lists within lists", "{ nodes(ids: " + strings.Repeat("[", 480) + strings.Repeat("]", 480) + ") { id } }", nil, "", "BAD_USER_INPUT", 10},
	{"A2", "13 levels", deep(13), nil, "", "QUERY_TOO_DEEP", 1},
	{"A2", "12 levels", deep(12), nil, "", "GRAPHQL_VALIDATION_FAILED", 10},
	{"A3", "16 aliases", "{ viewer {" + times(16, " a%d: id") + " } }", nil, "", "TOO_MANY_ALIASES", 1},
	{"A3", "15 aliases", "{ viewer {" + times(15, " a%d: id") + " } }", nil, "", "", 0},
	{"A4", "__typename 500 times", "{ viewer { " + strings.Repeat("__typename ", 500) + "} }", nil, "", "QUERY_TOO_COMPLEX", 1},
	{"A4", "__typename 500 times at the root", "{ " + strings.Repeat("__typename ", 500) + "}", nil, "", "QUERY_TOO_COMPLEX", 1},
	{"A5", "1,001 tokens", "{ viewer { id } }" + strings.Repeat(",#", 995), nil, "", "", 0}, // one comment, as nothing ends it
	{"A5", "1,001 tokens of comments", "{ viewer { id } }" + strings.Repeat("#\n", 995), nil, "", "QUERY_TOO_LARGE", 1},
	{"A6", "16,385 bytes", "{ viewer { id } }" + strings.Repeat(" ", 16<<10-16), nil, "", "QUERY_TOO_LARGE", 1},
	{"A7", "@aa 10 times", "{ viewer { id" + strings.Repeat(" @aa", 10) + " } }", nil, "", "GRAPHQL_VALIDATION_FAILED", 5},
	{"A7", "@aa 300 times", "{ viewer { id" + strings.Repeat(" @aa", 300) + " } }", nil, "", "QUERY_TOO_LARGE", 1},
	{"A7", "51 valid @include", "{ viewer {" + strings.Repeat(" id @include(if: true)", 51) + " } }", nil, "", "QUERY_TOO_LARGE", 1},
	{"A8", "doubling fragments 20 deep", chain(20, doubling), nil, "", "QUERY_TOO_COMPLEX", 1},
	{"A8", "doubling fragments 28 deep", chain(28, doubling), nil, "", "QUERY_TOO_COMPLEX", 1},
	{"A8", "doubling fragments 90 deep", chain(90, doubling), nil, "", "QUERY_TOO_LARGE", 1},
	{"A9", "doubling through a field", chain(20, "a:notes{nodes{id}}$ $"), nil, "", "TOO_MANY_ALIASES", 1},
	{"A9", "doubling through a field without an alias", chain(20, "vip{isVip}$ $"), nil, "", "QUERY_TOO_COMPLEX", 1},
	{"A10", "21 conflicting arguments at the root", arguments(21), nil, "", "QUERY_TOO_COMPLEX", 1},
	{"A10", "20 conflicting arguments", arguments(20), nil, "", "GRAPHQL_VALIDATION_FAILED", 10},
	{"A10", "110 conflicting arguments below the root", `{ contact(id: "a") {` + times(110, ` attribute(key: "%d") { __typename }`) + " } }", nil, "", "GRAPHQL_VALIDATION_FAILED", 10},
	{"A11", "A -> B -> A", "{ ...A } fragment A on Query { ...B } fragment B on Query { viewer { id } ...A }", nil, "", "GRAPHQL_VALIDATION_FAILED", 10},
	{"A11", "A -> A", "{ viewer { ...A } } fragment A on Viewer { id ...A }", nil, "", "GRAPHQL_VALIDATION_FAILED", 10},
	{"A12", "140 unused fragments", times(140, "fragment A%d on Query { __typename } ") + "{ viewer { id } }", nil, "", "QUERY_TOO_LARGE", 1},
	{"A12", "29 unused fragments", times(29, "fragment A%d on Query { __typename } ") + "{ viewer { id } }", nil, "", "GRAPHQL_VALIDATION_FAILED", 10},
	{"A12", "an unused fragment of directives", "{ viewer { id } } fragment A on Viewer {" + strings.Repeat(" id @include(if: true)", 51) + " }", nil, "", "QUERY_TOO_LARGE", 1},
	{"A12", "200 unused variables", "query(" + times(200, "$a%d: Int ") + ") { viewer { id } }", nil, "", "QUERY_TOO_LARGE", 1},
	{"A12", "50 unused variables", "query(" + times(50, "$a%d: Int ") + ") { viewer { id } }", nil, "", "GRAPHQL_VALIDATION_FAILED", 10},
	{"A13", "__schema", "{ __schema { types { name } } }", nil, "", "INTROSPECTION_DISABLED", 1},
	{"A13", "nested introspection", "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }", nil, "", "INTROSPECTION_DISABLED", 1},
	{"A14", "an operation called __schema", "query __schema " + deep(13), nil, "", "QUERY_TOO_DEEP", 1},
	{"A14", "a fragment called __schema", "{ ...__schema } fragment __schema on Contact " + deep(13), nil, "", "QUERY_TOO_DEEP", 1},
	{"A14", "a field called __schema where there is none", "{ contact(id: 1) { __schema " + deep(13) + " } }", nil, "", "INTROSPECTION_DISABLED", 1},
	{"A15", "one fragment at levels 1 and 11", "{ ...F" + strings.Repeat(" a { b {", 5) + " ...F " + strings.Repeat("} } ", 5) + "} fragment F on Query { a { b { c } } }", nil, "", "QUERY_TOO_DEEP", 1},
	{"A16", "all in a fragment: aliases", "{ ...Big } fragment Big on Query { viewer {" + times(16, " a%d: id") + " } }", nil, "", "TOO_MANY_ALIASES", 1},
	{"A16", "all in a fragment: levels", "{ ...Big } fragment Big on Query " + deep(13), nil, "", "QUERY_TOO_DEEP", 1},
	{"A16", "all in a fragment: root fields", "{ ...Big } fragment Big on Query {" + strings.Repeat(" viewer { id }", 21) + " }", nil, "", "QUERY_TOO_COMPLEX", 1},
	{"A16", "all in a fragment: cost", "{ ...Big } fragment Big on Query { contacts(first: 100) { nodes { notes { nodes { id } } } } }", nil, "", "QUERY_TOO_COMPLEX", 1},
	{"A17", "21 root fields", "{" + strings.Repeat(" viewer { id }", 21) + " }", nil, "", "QUERY_TOO_COMPLEX", 1},
	{"A17", "two mutations of 21 fields", "mutation A {" + strings.Repeat(writeOne, 21) + " } mutation B {" + strings.Repeat(writeOne, 21) + " }", nil, "A", "QUERY_TOO_COMPLEX", 1},
	{"A18", "100 operations, one named", times(100, "query A%d { viewer { id } } "), nil, "A1", "QUERY_TOO_LARGE", 1},
	{"A18", "two anonymous operations", "{ viewer { id } } { viewer { id } }", nil, "", "GRAPHQL_VALIDATION_FAILED", 10},
	{"A18", "an unknown operation", "query A { viewer { id } }", nil, "<script>", "GRAPHQL_VALIDATION_FAILED", 1},
	{"A19", "two root fields in a subscription", `subscription { a: noteEvents(contactId: "x") { cursor } b: noteEvents(contactId: "x") { cursor } }`, nil, "", "GRAPHQL_VALIDATION_FAILED", 10},
	{"A19", "a subscription to __typename", "subscription { __typename }", nil, "", "GRAPHQL_VALIDATION_FAILED", 10},
	{"A19", "introspection in a subscription", "subscription { __schema { queryType { name } } }", nil, "", "INTROSPECTION_DISABLED", 1},
	{"A20", "@defer", "{ ... @defer { viewer { id } } }", nil, "", "GRAPHQL_VALIDATION_FAILED", 1},
	{"A20", "@stream", "{ contacts { nodes @stream { id } } }", nil, "", "GRAPHQL_VALIDATION_FAILED", 1},
	{"A20", "@skip on a subscription's root", `subscription($v: Boolean = true) { noteEvents(contactId: "x") @skip(if: $v) { cursor } }`, nil, "", "GRAPHQL_VALIDATION_FAILED", 10},
	{"A21", "a field that is nearly right", "{ contct { nam } }", nil, "", "GRAPHQL_VALIDATION_FAILED", 10},
	{"A21", "an argument that is nearly right", "{ contact(idd: 1) { id } }", nil, "", "GRAPHQL_VALIDATION_FAILED", 10},
	{"A21", "a type that is nearly right", "{ contact(id: 1) { ... on Contac { id } } }", nil, "", "GRAPHQL_VALIDATION_FAILED", 10},
	{"A22", "a page of -1", "{ contacts(first: -1) { nodes { id } } }", nil, "", "BAD_USER_INPUT first", 1},
	{"A22", "a page of 0", "{ contacts(first: 0) { nodes { id } } }", nil, "", "BAD_USER_INPUT first", 1},
	{"A22", "a page of 101", "{ contacts(first: 101) { nodes { id } } }", nil, "", "BAD_USER_INPUT first", 1},
	{"A22", "a page of 2147483648", "{ contacts(first: 2147483648) { nodes { id } } }", nil, "", "BAD_USER_INPUT first", 1},
	{"A22", "a page of 1e3", "{ contacts(first: 1e3) { nodes { id } } }", nil, "", "BAD_USER_INPUT", 1},
	{"A22", "a page of a text", `{ contacts(first: "5") { nodes { id } } }`, nil, "", "BAD_USER_INPUT", 1},
	{"A22", "a page of null", "{ contacts(first: null) { nodes { id } } }", nil, "", "", 0},
}

const writeOne = ` addNote(input: { contactId: "a", body: "b" }) { clientMutationId }`

func TestAbusesOfDocumentsAreRefusedBeforeAnythingRuns(t *testing.T) {
	l := newLive(t, func(d *graph.Deps) { d.Limits.Live.Messages = 1000 })
	socket := l.socket(t, ada)
	l.ask(t, ada, "{ viewer { id } }", nil)
	for _, tt := range abuses {
		operation := "null"
		if tt.operation != "" {
			operation = fmt.Sprintf("%q", tt.operation)
		}
		body := fmt.Sprintf(`{"operationName":%s,%s`, operation, requestBody(t, tt.query, tt.variables)[1:])
		l.store.seen.take()
		got := l.send(t, request{body: strings.NewReader(body)})
		l.checkAbuse(t, tt, "by HTTP", got)
		socket.say(`{"id":"a","type":"subscribe","payload":` + body + `}`)
		got = payloadOf(t, socket.hear())
		if tt.want == "" {
			socket.hears(completes("a"))
		}
		l.checkAbuse(t, tt, "by socket", got)
	}
}

func (l *live) checkAbuse(t *testing.T, tt abuse, how string, got answer) {
	t.Helper()
	if code := got.onlyCode(t); code != tt.want {
		t.Errorf("%s, %s, %s: %.300s, want %q", tt.row, tt.name, how, got.body, tt.want)
	}
	if tt.want == "" {
		return
	}
	if errs, _ := got.at(t, "errors").([]any); len(errs) > tt.most || len(got.body) > 8<<10 {
		t.Errorf("%s, %s, %s: %d errors in %d bytes", tt.row, tt.name, how, len(errs), len(got.body))
	}
	for _, never := range []string{"Did you mean", "<script>", `"data"`} {
		if strings.Contains(string(got.body), never) {
			t.Errorf("%s, %s, %s: the answer has %s: %.300s", tt.row, tt.name, how, never, got.body)
		}
	}
	if calls := l.store.seen.take(); len(calls) > 0 {
		t.Errorf("%s, %s, %s: the store is asked %v", tt.row, tt.name, how, calls)
	}
	if lines := l.log.faults(); lines != "" {
		t.Errorf("%s, %s, %s: the log has %s", tt.row, tt.name, how, lines)
	}
}

func TestAbusesOfIntrospectionAreRefusedWhereItIsOnToo(t *testing.T) {
	w := newWorld(t, introspecting)
	for _, tt := range []struct{ name, query, want string }{
		{"A13, lists within lists", "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }", "GRAPHQL_VALIDATION_FAILED"},
		{"A13, 16 aliases", "{" + times(16, ` a%d: __type(name: "Contact") { name }`) + " }", "TOO_MANY_ALIASES"},
		{"A13, fields of several questions", "{" + strings.Repeat(" __schema { types {"+strings.Repeat(" name", 60)+" } }", 5) + " }", "QUERY_TOO_COMPLEX"},
		{"A14, an operation called __schema", "query __schema " + deep(13), "QUERY_TOO_DEEP"},
		{"A14, a fragment called __schema", "{ ...__schema } fragment __schema on Contact " + deep(13), "QUERY_TOO_DEEP"},
		{"A14, a field called __schema where there is none", "{ contact(id: 1) { __schema " + deep(13) + " } }", "QUERY_TOO_DEEP"},
		{"A14, an alias called __schema", "{ __schema: contact(id: 1) " + deep(13) + " }", "QUERY_TOO_DEEP"},
		{"A19, introspection in a subscription", "subscription { __schema " + deep(13) + " }", "QUERY_TOO_DEEP"},
	} {
		if got := w.ask(t, ada, tt.query, nil); got.onlyCode(t) != tt.want {
			t.Errorf("%s: %.300s, want %s", tt.name, got.body, tt.want)
		}
	}
}

// The largest abuses do not come as far as the parser.
func TestAbusesThatAreTooLargeAreNotParsed(t *testing.T) {
	w := newWorld(t)
	for name, tt := range map[string]struct {
		query, want string
		status      int
	}{
		"A1, 3 MB of braces":                        {strings.Repeat("{a", 3<<19), "BODY_TOO_LARGE", http.StatusRequestEntityTooLarge},
		"A1, 3 MB of brackets":                      {strings.Repeat("[", 3<<20), "BODY_TOO_LARGE", http.StatusRequestEntityTooLarge},
		"A1, 100 KB of braces":                      {strings.Repeat("{a", 50000), "QUERY_TOO_LARGE", http.StatusBadRequest},
		"A7, @aa 100,000 times":                     {"{ viewer { id" + strings.Repeat(" @aa", 100_000) + " } }", "BODY_TOO_LARGE", http.StatusRequestEntityTooLarge},
		"A10, 1,650 conflicting arguments in 37 KB": {arguments(1650), "QUERY_TOO_LARGE", http.StatusBadRequest},
		"A12, 1,000 unused fragments":               {times(1000, "fragment A%d on Query { __typename } ") + "{ viewer { id } }", "QUERY_TOO_LARGE", http.StatusBadRequest},
		"A12, 3,000 unused variables":               {"query(" + times(3000, "$a%d: Int ") + ") { viewer { id } }", "QUERY_TOO_LARGE", http.StatusBadRequest},
	} {
		got := w.ask(t, ada, tt.query, nil)
		if got.status != tt.status || got.onlyCode(t) != tt.want || len(got.body) > 8<<10 {
			t.Errorf("%s: %d %.300s, want %d %s", name, got.status, got.body, tt.status, tt.want)
		}
	}
	if got := w.ask(t, ada, "{ viewer { id } }", nil); got.codes(t) != "" {
		t.Errorf("afterwards: %s", got.body)
	}
}

// A8: 1.1 KB for which the usual counters of complexity take half a minute.
func TestA8FragmentChainIsRefusedInNoTime(t *testing.T) {
	w := newWorld(t)
	query := chain(28, doubling)
	if len(query) > 1200 {
		t.Fatalf("the chain has %d bytes", len(query))
	}
	body, token, out := requestBody(t, query, nil), w.token(t, ada), &sink{header: http.Header{}}
	fastest := time.Hour
	for range 30 { // the fastest, as the machine does other things besides
		began := time.Now()
		w.serve(t, token, body, out)
		fastest = min(fastest, time.Since(began))
	}
	if fastest > 5*time.Millisecond {
		t.Errorf("it takes %v, want less than 5 ms", fastest)
	}
}

func TestA25IdenticalDearDocumentsAreEachCharged(t *testing.T) {
	w := newFullWorld(t)
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			n, want := 20, ""
			if i%2 == 1 {
				n, want = 100, "QUERY_TOO_COMPLEX"
			}
			got := w.ask(t, ada, "query A($n: Int) { contacts(first: $n) { nodes { sections { key } notes(first: 5) { nodes { id } } } } }", map[string]any{"n": n})
			if got.codes(t) != want {
				t.Errorf("a page of %d: %.200s, want %q", n, got.body, want)
			}
		})
	}
	all.Wait()
}
