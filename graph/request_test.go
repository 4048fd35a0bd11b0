package graph_test

import (
	"net/http"
	"strings"
	"testing"
)

// marker stands in every bad input; no refusal may carry it to the client or to the log.
const marker = "zebra42"

func TestBodiesThatAreNoRequestAreRefusedWithoutBeingQuoted(t *testing.T) {
	w := newFullWorld(t)
	for name, body := range map[string]string{
		"nothing":                            "",
		"no JSON":                            marker,
		"cut off":                            `{"query":"` + marker,
		"bytes after the value":              viewerQuery + marker,
		"a second value":                     viewerQuery + viewerQuery,
		"a duplicate member":                 `{"query":"{ viewer { id } }","query":"` + marker + `"}`,
		"a duplicate member, escaped":        `{"query":"{ viewer { id } }","qu\u0065ry":"` + marker + `"}`,
		"a duplicate member in variables":    `{"query":"{ viewer { id } }","variables":{"` + marker + `":1,"` + marker + `":2}}`,
		"a byte order mark":                  "\ufeff" + viewerQuery,
		"not a number":                       `{"query":"{ viewer { id } }","variables":{"` + marker + `":NaN}}`,
		"a number with a leading zero":       `{"query":"{ viewer { id } }","variables":{"` + marker + `":01}}`,
		"single quotes":                      `{'query':'` + marker + `'}`,
		"a comment":                          `{"query":"{ viewer { id } }" /* ` + marker + ` */}`,
		"nested 20,000 deep":                 `{"variables":` + strings.Repeat("[", 20000) + marker,
		"invalid UTF-8":                      `{"query":"` + marker + "\xff\xfe" + `"}`,
		"overlong UTF-8":                     `{"query":"` + marker + "\xc0\xaf" + `"}`,
		"CESU-8":                             `{"query":"` + marker + "\xed\xa0\xbd\xed\xb8\x80" + `"}`,
		"a lone surrogate":                   `{"query":"` + marker + `\ud83d"}`,
		"a surrogate pair turned round":      `{"query":"` + marker + `\ude00\ud83d"}`,
		"a control character":                "{\"query\":\"" + marker + "\n\"}",
		"a batch":                            `[{"query":"{ ` + marker + ` }"},{"query":"{ viewer { id } }"}]`,
		"a text":                             `"` + marker + `"`,
		"null":                               `null`,
		"query null":                         `{"query":null,"operationName":"` + marker + `"}`,
		"query a number":                     `{"query":5,"operationName":"` + marker + `"}`,
		"query empty":                        `{"query":" ","operationName":"` + marker + `"}`,
		"no query":                           `{"operationName":"` + marker + `"}`,
		"variables a list":                   `{"query":"{ viewer { id } }","variables":["` + marker + `"]}`,
		"variables a text":                   `{"query":"{ viewer { id } }","variables":"` + marker + `"}`,
		"extensions a text":                  `{"query":"{ viewer { id } }","extensions":"` + marker + `"}`,
		"operationName an object":            `{"query":"{ viewer { id } }","operationName":{"` + marker + `":1}}`,
		"an unknown member":                  `{"query":"{ viewer { id } }","` + marker + `":1}`,
		"a surrogate escaped in a literal":   `{"query":"{ contact(id: \"` + marker + `\\uD83D\") { id } }"}`,
		"a surrogate escaped in a block":     `{"query":"{ contact(id: \"\"\"` + marker + `\\uDEAD\"\"\") { id } }"}`,
		"a surrogate escaped in lower case":  `{"query":"{ contact(id: \"` + marker + `\\ud83d\") { id } }"}`,
		"a surrogate pair in a literal":      `{"query":"{ contact(id: \"` + marker + `\\uD83D\\uDE00\") { id } }"}`,
		"a persisted query":                  `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + marker + `"}}}`,
		"a persisted query beside its query": `{"query":"{ viewer { id } }","extensions":{"persistedQuery":{"sha256Hash":"` + marker + `"}}}`,
	} {
		got := w.send(t, request{body: strings.NewReader(body)})
		want := "BAD_REQUEST"
		if strings.Contains(name, "persisted") {
			want = "PERSISTED_QUERY_NOT_SUPPORTED"
		}
		if got.status != http.StatusBadRequest || got.codes(t) != want {
			t.Errorf("%s: status %d %s, want 400 %s", name, got.status, got.codes(t), want)
		}
		quotesNothing(t, w, name, got)
	}
}

// quotesNothing checks that neither the answer nor the log has the marker, and that a refusal has no data.
func quotesNothing(t *testing.T, w *world, name string, got answer) {
	t.Helper()
	if strings.Contains(string(got.body), marker) {
		t.Errorf("%s: the answer quotes the request: %s", name, got.body)
	}
	if strings.Contains(w.log.take(), marker) {
		t.Errorf("%s: the log quotes the request", name)
	}
	if _, hasData := got.parsed(t)["data"]; hasData {
		t.Errorf("%s: a request that did not run has a data member: %s", name, got.body)
	}
	if len(got.body) > 8<<10 {
		t.Errorf("%s: the refusal has %d bytes", name, len(got.body))
	}
}

func TestMembersThatAreNullAreAsIfTheyWereNotThere(t *testing.T) {
	w := newWorld(t)
	body := `{"query":"{ viewer { id } }","variables":null,"operationName":null,"extensions":null}`
	if got := w.send(t, request{body: strings.NewReader(body)}); got.status != http.StatusOK || got.codes(t) != "" {
		t.Errorf("status %d: %s", got.status, got.body)
	}
}

func TestValuesInDocumentsAndVariablesAreNotQuoted(t *testing.T) {
	w := newFullWorld(t)
	long := strings.Repeat(marker, 100)
	for name, body := range map[string]string{
		"an operation name":             `{"query":"query A { viewer { id } }","operationName":"` + marker + `"}`,
		"a text for a number":           `{"query":"{ contacts(first: \"` + marker + `\") { nodes { id } } }"}`,
		"a word for an id":              `{"query":"{ contact(id: ` + marker + `) { id } }"}`,
		"a text for a boolean":          `{"query":"{ attributeDefinitions(includeArchived: \"` + marker + `\") { key } }"}`,
		"a text for an enum":            `{"query":"{ contactByProfile(network: \"` + marker + `\", handle: \"a\") { id } }"}`,
		"an unknown enum value":         `{"query":"{ contactByProfile(network: ` + marker + `, handle: \"a\") { id } }"}`,
		"a text for an object":          `{"query":"{ contacts(filter: \"` + marker + `\") { nodes { id } } }"}`,
		"a list for a text":             `{"query":"{ contacts(search: [\"` + marker + `\"]) { nodes { id } } }"}`,
		"an enum value in a variable":   `{"query":"query A($n: Network!) { contactByProfile(network: $n, handle: \"a\") { id } }","variables":{"n":"` + marker + `"}}`,
		"an object for an id":           `{"query":"query A($id: ID!) { contact(id: $id) { id } }","variables":{"id":{"$ne":"` + marker + `"}}}`,
		"a text for an Int variable":    `{"query":"query A($n: Int) { contacts(first: $n) { nodes { id } } }","variables":{"n":"` + marker + `"}}`,
		"two members of a @oneOf":       setVariables(`[{"text":"` + marker + `","number":1}]`),
		"a document that is prose":      `{"query":"` + marker + ` has called"}`,
		"prose within a document":       `{"query":"{ viewer { id } ) ` + marker + `"}`,
		"a text that is not closed":     `{"query":"{ contact(id: \"` + marker + `) { id } }"}`,
		"a text in a wrong place":       `{"query":"{ \"` + marker + `\" }"}`,
		"a block text in a wrong place": `{"query":"query \"\"\"` + marker + `\"\"\" { viewer { id } }"}`,
		"a long unknown member":         setVariables(`[{"` + strings.Repeat("x", 80) + long + `":1}]`),
	} {
		got := w.send(t, request{body: strings.NewReader(body)})
		if got.codes(t) == "" {
			t.Errorf("%s is not refused: %s", name, got.body)
		}
		quotesNothing(t, w, name, got)
	}
}

// setVariables is a body that sets an attribute by variables alone; values is JSON.
func setVariables(values string) string {
	return `{"query":"mutation A($input: SetAttributeInput!) { setAttribute(input: $input) { problems { code field } } }",` +
		`"variables":{"input":{"contactId":"contact_full","key":"biography","expectedVersion":0,"values":` + values + `}}}`
}

func TestRefusalsOfLongDocumentsAreShort(t *testing.T) {
	w := newFullWorld(t)
	name := strings.Repeat("x", 15000)
	for what, query := range map[string]string{
		"one long unknown field":  "{ " + name + " }",
		"many unknown fields":     "{ " + strings.Repeat("nothing ", 900) + "}",
		"conflicting arguments":   "{ " + conflicting(110) + "}",
		"unknown directives":      "{ viewer " + strings.Repeat("@aa ", 400) + "{ id } }",
		"unused fragments":        unusedFragments(140) + "{ viewer { id } }",
		"unused variables":        "query A(" + strings.Repeat("$a: Int ", 200) + ") { viewer { id } }",
		"a directive many times":  "{ viewer " + strings.Repeat("@skip(if: false) ", 100) + "{ id } }",
		"fragments in a circle":   "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
		"a fragment in itself":    "{ ...A } fragment A on Query { ...A }",
		"a fragment like a field": "query __schema { ...__schema } fragment __schema on Query { nothing }",
	} {
		got := w.ask(t, ada, query, nil)
		if errs, _ := got.parsed(t)["errors"].([]any); len(errs) == 0 || len(errs) > 10 {
			t.Errorf("%s: %d errors, want 1 to 10", what, len(errs))
		}
		quotesNothing(t, w, what, got)
	}
}

func conflicting(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`contact(id: "` + strings.Repeat("a", i%7+1) + `") { id } `)
	}
	return b.String()
}

func unusedFragments(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("fragment F" + strings.Repeat("a", i%9) + " on Query { __typename } ")
	}
	return b.String()
}

func TestNoRefusalMakesSuggestions(t *testing.T) {
	w := newFullWorld(t)
	for _, query := range []string{
		"{ viewr { id } }", "{ viewer { nam } }", `{ contact(idd: "a") { id } }`, `{ contact(id: "a") { ... on Contac { id } } }`,
		"query A($f: ContactFilte) { contacts(filter: $f) { nodes { id } } }", "{ contacts(filter: { isVipp: true }) { nodes { id } } }",
		"{ contacts(orderBy: { field: NAM }) { nodes { id } } }", `{ contacts(orderBy: { field: "NAME" }) { nodes { id } } }`,
		"{ viewer @skp(if: true) { id } }", "{ viewer }", "fragment A on Viewr { id } { viewer { ...A } }", "{ viewer { ...AA } } fragment AAA on Viewer { id }",
		`mutation { addNot(input: {}) { problems { code } } }`, `mutation { addNote(input: { contactIdd: "a" }) { problems { code } } }`,
	} {
		got := w.ask(t, ada, query, nil)
		if got.codes(t) == "" || strings.Contains(strings.ToLower(string(got.body)), "did you mean") {
			t.Errorf("%s: %s", query, got.body)
		}
	}
}
