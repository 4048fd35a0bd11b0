package graph_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"contactpanel/graph"
)

// limitCase is a request that stands at a limit with n, and one above it with n + 1.
type limitCase struct {
	what, code string
	most       int
	request    func(n int) (query string, variables any)
	change     func(*graph.Deps)
}

// times writes a text n times; %d in it counts.
func times(n int, text string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(text, "%d", fmt.Sprint(i)))
	}
	return b.String()
}

func plainly(query func(n int) string) func(int) (string, any) {
	return func(n int) (string, any) { return query(n), nil }
}

func introspecting(d *graph.Deps) { d.AllowIntrospection = true }

// limitCases are the limits of documents and lists.
var limitCases = []limitCase{
	{"document", "QUERY_TOO_LARGE", 16 << 10, plainly(func(n int) string { return "{ viewer { id } }" + strings.Repeat(" ", n-17) }), nil},
	{"tokens", "QUERY_TOO_LARGE", 1000, plainly(func(n int) string { return "{ viewer { id } }" + strings.Repeat("#\n", n-6) }), nil},
	{"operations", "QUERY_TOO_LARGE", 10, plainly(func(n int) string { return "query A { viewer { id } }" + times(n-1, " query A%d { viewer { id } }") }), nil},
	{"fragments", "QUERY_TOO_LARGE", 30, plainly(func(n int) string {
		return "{ viewer {" + times(n, " ...A%d") + " } }" + times(n, " fragment A%d on Viewer { id }")
	}), nil},
	{"variables", "QUERY_TOO_LARGE", 50, func(n int) (string, any) {
		return "query A(" + times(n, "$a%d: Boolean = true ") + ") { viewer {" + times(n, " id @include(if: $a%d)") + " } }", nil
	}, func(d *graph.Deps) { d.Limits.Directives = 100 }},
	{"directives", "QUERY_TOO_LARGE", 50, plainly(func(n int) string { return "{ viewer {" + strings.Repeat(" id @include(if: true)", n) + " } }" }), nil},
	{"aliases", "TOO_MANY_ALIASES", 15, plainly(func(n int) string { return "{ viewer {" + times(n, " a%d: id") + " } }" }), nil},
	{"root-fields", "QUERY_TOO_COMPLEX", 20, plainly(func(n int) string { return "{" + strings.Repeat(" viewer { id }", n) + " }" }), nil},
	{"fields", "QUERY_TOO_COMPLEX", 500, plainly(func(n int) string { return "{ viewer {" + strings.Repeat(" id", n-1) + " } }" }), nil},
	{"cost", "QUERY_TOO_COMPLEX", 2000, plainly(func(n int) string {
		return "{ contacts(first: 100) { nodes { displayName" + strings.Repeat(" vip { isVip }", 16) + " } } contacts(first: 100) { nodes { displayName } }" +
			strings.Repeat(" viewer { id }", n-10-17*100-10-100) + " }"
	}), func(d *graph.Deps) { d.Limits.RootFields = 1000 }},
	{"introspection-depth", "QUERY_TOO_DEEP", 20, plainly(func(n int) string {
		return `{ __type(name: "Contact") {` + strings.Repeat(" ofType {", n-2) + " name " + strings.Repeat("}", n-2) + " } }"
	}), introspecting},
	{"introspection-fields", "QUERY_TOO_COMPLEX", 300, plainly(func(n int) string { return "{ __schema { queryType {" + strings.Repeat(" name", n-2) + " } } }" }), introspecting},
	{"items", "BAD_USER_INPUT", 50, plainly(func(n int) string {
		return `{ contact(id: "contact_empty") { attributes(keys: [` + strings.Repeat(`"a" `, n) + `]) { __typename } } }`
	}), nil},
	{"items", "BAD_USER_INPUT", 50, func(n int) (string, any) {
		return `query A($ids: [ID!]!) { nodes(ids: $ids) { id } }`, map[string]any{"ids": make([]string, n)}
	}, nil},
	{"items", "BAD_USER_INPUT", 50, plainly(func(n int) string {
		return `query A($n: [Network!] = [` + strings.Repeat("X ", n) + `]) { contacts(filter: { networks: $n }) { nodes { id } } }`
	}), nil},
	{"items", "BAD_USER_INPUT", 50, func(n int) (string, any) {
		return `query A($f: ContactFilter) { contacts(filter: $f) { nodes { id } } }`, map[string]any{"f": map[string]any{"networks": slices.Repeat([]string{"X"}, n)}}
	}, nil},
	{"first", "BAD_USER_INPUT", 100, plainly(func(n int) string { return fmt.Sprintf("{ contacts(first: %d) { nodes { id } } }", n) }), nil},
	{"first", "BAD_USER_INPUT", 100, func(n int) (string, any) {
		return "query A($n: Int) { contacts(last: $n) { nodes { id } } }", map[string]any{"n": n}
	}, nil},
	{"first", "BAD_USER_INPUT", 100, plainly(func(n int) string {
		return fmt.Sprintf("query A($n: Int = %d) { contacts(first: $n) { nodes { id } } }", n)
	}), nil},
	{"first", "BAD_USER_INPUT", 30, plainly(func(n int) string { return fmt.Sprintf("{ contacts(first: %d) { nodes { id } } }", n) }), func(d *graph.Deps) { d.Limits.First = 30 }},
	{"tokens", "QUERY_TOO_LARGE", 50, plainly(func(n int) string { return "{ viewer { id } }" + strings.Repeat("#\n", n-6) }), func(d *graph.Deps) { d.Limits.Tokens = 50 }},
}

func TestEachLimitOfADocumentLetsPassWhatIsAtItAndRefusesOneMore(t *testing.T) {
	for _, tt := range limitCases {
		l := newLive(t, func(d *graph.Deps) {
			if tt.change != nil {
				tt.change(d)
			}
		})
		socket := l.socket(t, ada)
		for more, want := range []string{"", tt.code} {
			n := tt.most + more
			query, variables := tt.request(n)
			body := fmt.Sprintf(`{"operationName":%s,%s`, map[bool]string{true: `"A"`, false: "null"}[strings.HasPrefix(query, "query A ")], requestBody(t, query, variables)[1:])
			for range 2 { // the second time from the cache, when it is kept
				got := l.send(t, request{body: strings.NewReader(body)})
				code, _, _ := strings.Cut(got.codes(t), " ")
				extensions, _ := got.at(t, "errors", 0, "extensions").(map[string]any)
				if code != want || more == 1 && (extensions["what"] != tt.what || extensions["max"] != float64(tt.most) || extensions["got"] != float64(n)) {
					t.Errorf("%s of %d: %.400s, want %q", tt.what, n, got.body, want)
				}
				socket.say(`{"id":"a","type":"subscribe","payload":` + body + `}`)
				told := payloadOf(t, socket.hear())
				if want == "" {
					socket.hears(completes("a"))
				}
				if !bytes.Equal(told.body, got.body) {
					t.Errorf("%s of %d: by socket %.300s\nby HTTP %.300s", tt.what, n, told.body, got.body)
				}
			}
		}
	}
}

func TestDepthIsRefusedAtOneLevelMoreThanTheLimitThoughNoTypeGoesSoDeep(t *testing.T) {
	w := newWorld(t)
	for n, want := range map[int]string{12: "GRAPHQL_VALIDATION_FAILED", 13: "QUERY_TOO_DEEP"} {
		got := w.ask(t, ada, "{ viewer {"+strings.Repeat(" deeper {", n-2)+" deeper "+strings.Repeat("}", n), nil)
		if got.onlyCode(t) != want {
			t.Errorf("%d deep: %s, want %s", n, got.body, want)
		}
	}
}

// TestDocumentThatIsNotComparedToItsEndIsRefused has limits beyond what is compared for conflicts, and its conflict at the end.
func TestDocumentThatIsNotComparedToItsEndIsRefused(t *testing.T) {
	w := newWorld(t, func(d *graph.Deps) {
		d.Limits.BodyBytes, d.Limits.DocumentBytes, d.Limits.Tokens, d.Limits.Fields = 1<<20, 1<<20, 1_000_000, 1_000_000
	})
	const compared = 100_000 - 1 // the viewer is a field, too
	for fields, want := range map[int]string{compared: "GRAPHQL_VALIDATION_FAILED", compared + 1: "QUERY_TOO_COMPLEX"} {
		got := w.ask(t, ada, "{ viewer {"+strings.Repeat(" id", fields-2)+" a: id a: name } }", nil)
		if got.onlyCode(t) != want || (got.status == http.StatusBadRequest) != (want == "QUERY_TOO_COMPLEX") {
			t.Errorf("%d fields: %d %.300s, want %s", fields, got.status, got.body, want)
		}
	}
}

func TestBodyIsReadAsFarAsTheLimit(t *testing.T) {
	w := newWorld(t)
	for n, want := range map[int]string{128 << 10: "", 128<<10 + 1: "BODY_TOO_LARGE"} {
		body := viewerQuery + strings.Repeat(" ", n-len(viewerQuery))
		for _, isChunked := range []bool{false, true} {
			in := request{body: strings.NewReader(body)}
			if isChunked {
				in.body = struct{ *bytes.Buffer }{bytes.NewBufferString(body)} // net/http does not know how long it is
			}
			got := w.send(t, in)
			extensions, _ := got.at(t, "errors", 0, "extensions").(map[string]any)
			if got.codes(t) != want || want != "" && (got.status != http.StatusRequestEntityTooLarge || extensions["max"] != 131072.0 || extensions["what"] != "body") {
				t.Errorf("%d bytes, chunked %v: %d %s, want %q", n, isChunked, got.status, got.body, want)
			}
			if counted := extensions["got"]; want != "" && (counted == nil) != isChunked {
				t.Errorf("%d bytes, chunked %v: got is %v", n, isChunked, counted)
			}
		}
	}
}

func TestMistakesAreToldAsFarAsTheLimit(t *testing.T) {
	w := newWorld(t)
	for n, want := range map[int]int{1: 1, 9: 9, 10: 10, 11: 10, 100: 10} {
		got := w.ask(t, ada, "{ viewer {"+times(n, " no%d")+" } }", nil)
		if errs, _ := got.at(t, "errors").([]any); len(errs) != want {
			t.Errorf("%d mistakes: %d are told, want %d", n, len(errs), want)
		}
	}
	for n, want := range map[int]int{4: 4, 5: 5, 6: 5, 50: 5} {
		got := w.ask(t, ada, "{ viewer {"+strings.Repeat(" id @aa", n)+" } }", nil)
		if errs, _ := got.at(t, "errors").([]any); len(errs) != want {
			t.Errorf("%d unknown directives: %d are told, want %d", n, len(errs), want)
		}
	}
}

func TestRefusalIsShortenedToTheLimit(t *testing.T) {
	// Ten mistakes, each with a name of 290 bytes.
	query := "{ viewer {" + times(10, " no%d"+strings.Repeat("x", 250)) + " } }"
	whole := len(newWorld(t).ask(t, ada, query, nil).body)
	for _, tt := range []struct{ most, want int }{{whole, 10}, {whole - 1, 9}, {1 << 10, 2}} {
		w := newWorld(t, func(d *graph.Deps) { d.Limits.RefusalBytes = graph.Bytes(tt.most) })
		got := w.ask(t, ada, query, nil)
		if errs, _ := got.at(t, "errors").([]any); len(errs) != tt.want || len(got.body) > tt.most {
			t.Errorf("at most %d bytes: %d errors in %d bytes, want %d errors", tt.most, len(errs), len(got.body), tt.want)
		}
	}
}

// TestFirstMistakeFitsIntoTheLeastLimit makes the longest ones: of names that JSON writes with six bytes for each of theirs.
func TestFirstMistakeFitsIntoTheLeastLimit(t *testing.T) {
	const least = 1 << 10
	w := newWorld(t, func(d *graph.Deps) { d.Limits.RefusalBytes = least })
	long := strings.Repeat("<", 500)
	for _, tt := range []struct {
		query     string
		variables any
	}{
		{"query($f: ContactFilter) { contacts(filter: $f) { nodes { id } } }", map[string]any{"f": map[string]any{long: 1}}},
		{"query($f: ContactFilter) { contacts(filter: $f) { nodes { id } } }", map[string]any{"f": map[string]any{"networks": []string{long}}}},
		{"mutation($" + strings.Repeat("x", 100) + ": UpsertContactInput!) { upsertContact(input: $" + strings.Repeat("x", 100) + ") { outcome } }", map[string]any{
			strings.Repeat("x", 100): map[string]any{"profiles": []any{map[string]any{long: 1}}},
		}},
		{"{ viewer { " + strings.Repeat("x", 3000) + " } }", nil},
		{"{ viewer { a: id a: name } }", nil},
	} {
		got := w.ask(t, ada, tt.query, tt.variables)
		if got.onlyCode(t) == "" || len(got.body) > least {
			t.Errorf("%.60s: %d bytes: %s", tt.query, len(got.body), got.body)
		}
	}
}
