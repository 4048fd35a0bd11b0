package graph_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestPageSizesThatNoClientSendsAreRefused(t *testing.T) {
	w := newFullWorld(t)
	const byVariable = "query A($first: Int, $last: Int) { contacts(first: $first, last: $last) { nodes { id } } }"
	for _, tt := range []struct{ first, last, want string }{
		{"-1", "", "BAD_USER_INPUT first"}, {"0", "", "BAD_USER_INPUT first"}, {"101", "", "BAD_USER_INPUT first"},
		{"2147483648", "", "BAD_USER_INPUT first"}, {"-2147483649", "", "BAD_USER_INPUT first"}, {"99999999999999999999", "", "BAD_USER_INPUT first"},
		{"1e3", "", "BAD_USER_INPUT first"}, {"1.5", "", "BAD_USER_INPUT first"}, {`"5"`, "", "BAD_USER_INPUT first"}, {"true", "", "BAD_USER_INPUT first"},
		{"", "0", "BAD_USER_INPUT last"}, {"", "101", "BAD_USER_INPUT last"}, {"1", "1", "BAD_USER_INPUT last"},
		{"null", "null", ""}, {"1", "", ""}, {"100", "", ""}, {"", "100", ""}, {"", "", ""},
	} {
		var arguments, variables []string
		for name, value := range map[string]string{"first": tt.first, "last": tt.last} {
			if value != "" {
				arguments = append(arguments, name+": "+value)
				variables = append(variables, fmt.Sprintf("%q: %s", name, value))
			}
		}
		got := w.ask(t, ada, byVariable, json.RawMessage("{"+strings.Join(variables, ",")+"}"))
		if got.codes(t) != tt.want {
			t.Errorf("variables %v: %s, want %q", variables, got.body, tt.want)
		}
		for _, literal := range []string{
			"{ contacts" + bracketed(arguments) + " { nodes { id } } }",
			`{ contact(id: "contact_full") { notes` + bracketed(arguments) + " { nodes { id } } } }",
			`{ contact(id: "contact_full") { deletedNotes` + bracketed(arguments) + " { nodes { id } } } }",
		} {
			// The validator refuses some literals itself; it knows their place in the document, not their name.
			code, _, _ := strings.Cut(tt.want, " ")
			if got := w.ask(t, ada, literal, nil); got.codes(t) != tt.want && got.codes(t) != code {
				t.Errorf("%s: %s, want %q", literal, got.body, tt.want)
			}
		}
	}
}

func bracketed(arguments []string) string {
	if len(arguments) == 0 {
		return ""
	}
	return "(" + strings.Join(arguments, ", ") + ")"
}

func TestA23CursorsOfAnotherListAreRefused(t *testing.T) {
	w := newFullWorld(t)
	cursorOf := func(who, query string, path ...any) string {
		as := ada
		if who == globex {
			as = stranger
		}
		cursor, ok := w.ask(t, as, query, nil).at(t, append([]any{"data"}, path...)...).(string)
		if !ok {
			t.Fatalf("no cursor: %s", query)
		}
		return cursor
	}
	note := cursorOf(acme, `{ contact(id: "contact_full") { notes { pageInfo { endCursor } } } }`, "contact", "notes", "pageInfo", "endCursor")
	cursors := map[string]string{
		"empty":                     "",
		"not base64":                "%%%",
		"4 KB":                      strings.Repeat("A", 4096),
		"cut off":                   note[:len(note)/2],
		"with NUL":                  "\x00",
		"of another contact":        cursorOf(acme, `{ contact(id: "contact_long") { notes { pageInfo { endCursor } } } }`, "contact", "notes", "pageInfo", "endCursor"),
		"of another connection":     cursorOf(acme, `{ contact(id: "contact_full") { deletedNotes { pageInfo { endCursor } } } }`, "contact", "deletedNotes", "pageInfo", "endCursor"),
		"of contacts":               cursorOf(acme, `{ contacts { pageInfo { endCursor } } }`, "contacts", "pageInfo", "endCursor"),
		"of an event stream":        cursorOf(acme, `{ contact(id: "contact_full") { notesCursor } }`, "contact", "notesCursor"),
		"of another organisation":   cursorOf(globex, `{ contact(id: "contact_foreign") { notes { pageInfo { endCursor } } } }`, "contact", "notes", "pageInfo", "endCursor"),
		"with one character turned": "B" + note[1:],
	}
	for name, cursor := range cursors {
		for _, argument := range []string{"after", "before"} {
			query := "query A($c: String) { contact(id: \"contact_full\") { notes(" + argument + ": $c) { nodes { id } } } }"
			if got := w.ask(t, ada, query, map[string]any{"c": cursor}); got.codes(t) != "INVALID_CURSOR "+argument {
				t.Errorf("a cursor %s as %s: %s", name, argument, got.body)
			}
		}
	}
	contacts := cursorOf(acme, `{ contacts(search: "sam") { pageInfo { endCursor } } }`, "contacts", "pageInfo", "endCursor")
	for _, other := range []string{"", `search: "lola"`, `search: "sam", orderBy: { field: CREATED_AT }`, `search: "sam", orderBy: { field: NAME, direction: DESC }`, `search: "sam", filter: { isVip: true }`} {
		query := "query A($c: String) { contacts(after: $c " + other + ") { nodes { id } } }"
		if got := w.ask(t, ada, query, map[string]any{"c": contacts}); got.codes(t) != "INVALID_CURSOR after" {
			t.Errorf("a cursor of another search with %s: %s", other, got.body)
		}
	}
	if got := w.ask(t, ada, `query A($c: String) { contacts(search: "sam", after: $c) { nodes { id } } }`, map[string]any{"c": contacts}); got.codes(t) != "" {
		t.Errorf("a search's own cursor: %s", got.body)
	}
}

func TestExpectedVersionIsNeededAndNotNegative(t *testing.T) {
	w := newFullWorld(t)
	for mutation, members := range map[string]string{
		"editNote": `noteId: "note_full", body: "x"`, "deleteNote": `noteId: "note_full"`, "restoreNote": `noteId: "note_deleted"`,
		"setAttribute": `contactId: "contact_full", key: "biography", values: [{ text: "x" }]`, "clearAttribute": `contactId: "contact_full", key: "sample_text"`,
		"updateAttributeDefinition": `key: "biography"`, "archiveAttributeDefinition": `key: "biography"`, "restoreAttributeDefinition": `key: "biography"`,
		"updateAttributeSection": `key: "about"`, "updateContactGroup": `groupId: "group_full"`, "deleteContactGroup": `groupId: "group_full"`,
	} {
		for version, want := range map[string]string{
			"": "BAD_USER_INPUT", ", expectedVersion: null": "BAD_USER_INPUT", `, expectedVersion: "1"`: "BAD_USER_INPUT", ", expectedVersion: 1.0": "BAD_USER_INPUT",
			", expectedVersion: -1": "BAD_USER_INPUT expectedVersion", ", expectedVersion: 99": "problem CONFLICT expectedVersion",
		} {
			got := w.ask(t, adam, "mutation { "+mutation+"(input: { "+members+version+" }) { problems { code field } } }", nil)
			if codes := got.codes(t); codes != want && !strings.HasPrefix(codes, want+",") {
				t.Errorf("%s with %q: %s, want %s", mutation, version, got.body, want)
			}
		}
		name := strings.ToUpper(mutation[:1]) + mutation[1:]
		query := "mutation A($input: " + name + "Input!) { " + mutation + "(input: $input) { problems { code field } } }"
		for _, version := range []string{"", `"expectedVersion":null`, `"expectedVersion":-1`, `"expectedVersion":"1"`, `"expectedVersion":1.5`, `"expectedVersion":true`} {
			input := objectOf(members, version)
			if got := w.ask(t, adam, query, json.RawMessage(`{"input":`+input+`}`)); got.codes(t) != "BAD_USER_INPUT expectedVersion" {
				t.Errorf("%s with variables %s: %s", mutation, input, got.body)
			}
		}
	}
}

// objectOf makes JSON of the members of a GraphQL literal.
func objectOf(members, more string) string {
	json := strings.NewReplacer("noteId:", `"noteId":`, "groupId:", `"groupId":`, "contactId:", `"contactId":`, "key:", `"key":`, "body:", `"body":`, "values:", `"values":`, "text:", `"text":`).Replace(members)
	if more != "" {
		json += "," + more
	}
	return "{" + json + "}"
}

func TestMutationRunsNotAtAllWhenALaterVariableIsWrong(t *testing.T) {
	w := newFullWorld(t)
	const query = `mutation A($n: Int!) {
		addNote(input: { contactId: "contact_full", body: "first" }) { problems { code } }
		deleteNote(input: { noteId: "note_full", expectedVersion: $n }) { problems { code } }
	}`
	w.store.seen.take()
	if got := w.ask(t, ada, query, map[string]any{"n": "2"}); got.codes(t) != "BAD_USER_INPUT n" {
		t.Errorf("a wrong variable of the second field: %s", got.body)
	}
	for _, call := range w.store.seen.take() {
		if call == "Update" {
			t.Error("the first field was executed although the request is wrong")
		}
	}
}
