package graph_test

import (
	"strings"
	"testing"
)

func TestLiteralsOfCustomScalarsAreStringsBeforeAnythingRuns(t *testing.T) {
	w := newFullWorld(t)
	for _, literal := range []string{
		`date: 20260201`, `date: true`, `dateTime: 1`, `dateTime: NOW`, `url: 5`, `email: {a: 1}`, `date: 1.5`,
	} {
		query := `mutation {
		  addNote(input: { contactId: "contact_full", body: "written first" }) { note { id } }
		  setAttribute(input: { contactId: "contact_full", key: "email", values: [{ ` + literal + ` }], expectedVersion: 1 }) { problems { code } }
		}`
		got := w.ask(t, ada, query, nil)
		if !strings.HasPrefix(got.codes(t), "BAD_USER_INPUT") || strings.Contains(string(got.body), `"data"`) {
			t.Errorf("%s: %s", literal, got.body)
		}
	}
	if got := w.ask(t, ada, `{ contact(id: "contact_full") { notes { nodes { body } } } }`, nil); strings.Contains(string(got.body), "written first") {
		t.Errorf("a refused document was half done: %s", got.body)
	}
}
