package graph_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// TestAnswersThatDifferAreNotShared subscribes with what looks alike, so that a shared answer would be another one's.
func TestAnswersThatDifferAreNotShared(t *testing.T) {
	const (
		two = `subscription A($id: ID!) { noteEvents(contactId: $id) { cursor ... on NoteAdded { note { id } } } }
			subscription B($id: ID!) { noteEvents(contactId: $id) { ... on NoteAdded { note { body } } } }`
		chosen = `subscription($id: ID!, $with: Boolean!) { noteEvents(contactId: $id) { ...E @include(if: $with) ... on NoteAdded { noteId @skip(if: $with) } } }
			fragment E on NoteAdded { note { body } }`
		named = `subscription($id: ID!) { mine: noteEvents(contactId: $id) { ... on NoteAdded { text: note { body } } } }`
	)
	cases := []struct {
		name, operation, query string
		variables              map[string]any
		want                   string
	}{
		{"the first of two operations", "A", two, nil, `{"data":{"noteEvents":{"cursor":"CURSOR","note":{"id":"ID"}}}}`},
		{"the second of them", "B", two, nil, `{"data":{"noteEvents":{"note":{"body":"Shared."}}}}`},
		{"with a part that a variable includes", "", chosen, map[string]any{"with": true}, `{"data":{"noteEvents":{"note":{"body":"Shared."}}}}`},
		{"without it", "", chosen, map[string]any{"with": false}, `{"data":{"noteEvents":{"noteId":"ID"}}}`},
		{"with names of its own", "", named, nil, `{"data":{"mine":{"text":{"body":"Shared."}}}}`},
	}
	w := newFullWorld(t)
	var streams []*sse
	for range 2 { // each twice, so that some answers are shared
		for _, c := range cases {
			variables := map[string]any{"id": fullContact}
			for name, value := range c.variables {
				variables[name] = value
			}
			body, err := json.Marshal(map[string]any{"query": c.query, "variables": variables, "operationName": c.operation})
			if err != nil {
				t.Fatal(err)
			}
			streams = append(streams, w.openStream(t, request{as: &ada, body: bytes.NewReader(body)}))
		}
	}
	w.store.followed.await(t, len(streams)) // the first byte of a stream says that it was let in, not yet that it follows
	note := w.ask(t, ada, `mutation { addNote(input: { contactId: "contact_full", body: "Shared." }) { note { id } } }`, nil)
	id, ok := note.at(t, "data", "addNote", "note", "id").(string)
	if !ok {
		t.Fatalf("addNote: %s", note.body)
	}
	for i, s := range streams {
		c := cases[i%len(cases)]
		got := s.next(t).data
		if _, rest, found := strings.Cut(got, `"cursor":"`); found {
			cursor, _, _ := strings.Cut(rest, `"`)
			got = strings.Replace(got, cursor, "CURSOR", 1)
		}
		if want := strings.Replace(c.want, "ID", id, 1); got != want {
			t.Errorf("%s: got %s, want %s", c.name, got, want)
		}
	}
}
