package graph_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"contactpanel/contact"
)

// problemParts is all that a problem of the rows of abuses says.
const problemParts = ` fragment P on Problem { __typename code field message
	... on TooLongProblem { max got unit index }
	... on InvalidValueProblem { allowed index rules { __typename } }
	... on ConflictProblem { currentVersion note { id version body } } }`

// Mutations of the rows of abuses, by variables.
const (
	addByVariable    = `mutation($i: AddNoteInput!) { addNote(input: $i) { note { id body version } problems { ...P } } }` + problemParts
	editByVariable   = `mutation($i: EditNoteInput!) { editNote(input: $i) { note { id body version } problems { ...P } } }` + problemParts
	deleteByVariable = `mutation($i: DeleteNoteInput!) { deleteNote(input: $i) { noteId note { version } problems { ...P } } }` + problemParts
)

// input is the variables of those mutations.
func input(members map[string]any) map[string]any { return map[string]any{"i": members} }

// verdict is what an answer says of its only root field: "" when it was done, the problem as JSON with sorted members, without its
// sentence, when it was refused, and "CODE field" of errors.
func (a answer) verdict(tb testing.TB) string {
	tb.Helper()
	data, _ := a.parsed(tb)["data"].(map[string]any)
	var found []string
	for _, payload := range data {
		members, _ := payload.(map[string]any)
		problems, _ := members["problems"].([]any)
		for _, p := range problems {
			problem, _ := p.(map[string]any)
			if problem["message"] == "" {
				tb.Errorf("a problem without a sentence: %s", a.body)
			}
			delete(problem, "message")
			text, err := json.Marshal(problem)
			if err != nil {
				tb.Fatal(err)
			}
			found = append(found, string(text))
		}
	}
	if len(found) == 0 {
		return a.onlyCode(tb)
	}
	return strings.Join(found, ", ")
}

// tooLong is the verdict TOO_LONG about a text or a list as a whole.
func tooLong(field string, most, got int, unit contact.Unit) string {
	return tooLongAt("null", field, most, got, unit)
}

func tooLongAt(index, field string, most, got int, unit contact.Unit) string {
	return fmt.Sprintf(`{"__typename":"TooLongProblem","code":"TOO_LONG","field":%q,"got":%d,"index":%s,"max":%d,"unit":%q}`, field, got, index, most, unit)
}

// invalidText is the verdict INVALID_VALUE about a text that is no attribute.
func invalidText(field, allowed string) string {
	return fmt.Sprintf(`{"__typename":"InvalidValueProblem","allowed":%q,"code":"INVALID_VALUE","field":%q,"index":null,"rules":null}`, allowed, field)
}

// invalidValue is the verdict INVALID_VALUE about the first value of an attribute; rules is the type of its rules.
func invalidValue(field, allowed, rules string) string {
	return fmt.Sprintf(`{"__typename":"InvalidValueProblem","allowed":%q,"code":"INVALID_VALUE","field":%q,"index":0,"rules":{"__typename":%q}}`, allowed, field, rules)
}

func notFound(field string) string {
	return `{"__typename":"NotFoundProblem","code":"NOT_FOUND","field":` + literal(field) + `}`
}

// conflict is the verdict CONFLICT with the note as it stands.
func conflict(id string, version int, body string) string {
	return fmt.Sprintf(`{"__typename":"ConflictProblem","code":"CONFLICT","currentVersion":%d,"field":"expectedVersion","note":{"body":%s,"id":%q,"version":%d}}`, version, literal(body), id, version)
}

// literal writes a text as it stands in JSON, and in a document: the escapes of JSON are GraphQL's too.
func literal(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		panic(err) // there is no text that it does not take
	}
	return string(out)
}

// kept is what every write to a contact moves: its version, the ends of its streams, its notes and attributes, and the changes
// that the audit has.
func (w *world) kept(tb testing.TB, of contact.ID) string {
	tb.Helper()
	got := w.ask(tb, adam, `query($id: ID!) { contact(id: $id) { version updatedAt notesCursor eventsCursor
		notes { totalCount nodes { id version body } } deletedNotes { totalCount } attributes { ... on Attribute { id version } } } }`, map[string]any{"id": of})
	if got.codes(tb) != "" {
		tb.Fatalf("%s: %s", of, got.body)
	}
	done := 0
	for _, e := range w.auditEntries(tb, acme, contact.AuditQuery{}) {
		if e.Refused == "" {
			done++
		}
	}
	return fmt.Sprintf("%s %d", got.body, done)
}

// noteBody is a note's text as a client reads it.
func (w *world) noteBody(tb testing.TB, id any) any {
	tb.Helper()
	return w.ask(tb, ada, `query($id: ID!) { node(id: $id) { ... on Note { body } } }`, map[string]any{"id": id}).at(tb, "data", "node", "body")
}

// isClean checks that the log since the last look has neither the marker nor a character that a terminal would obey or hide.
func (b *book) isClean(tb testing.TB) {
	tb.Helper()
	lines := b.take()
	if strings.Contains(lines, marker) || strings.ContainsFunc(lines, func(r rune) bool { return r != '\n' && (r > unicode.MaxASCII || unicode.IsControl(r)) }) {
		tb.Errorf("the log has what was sent: %q", lines)
	}
}

// isUntouched checks that no transaction was begun since the last look.
func (c *calls) isUntouched(tb testing.TB) {
	tb.Helper()
	for _, call := range c.take() {
		if call == "Update" {
			tb.Error("the store was asked to change something")
		}
	}
}
