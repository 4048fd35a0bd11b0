package graph_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"contactpanel/auth"
	"contactpanel/contact"
)

// F15: a write names the version that its writer saw, and one that is not the current one is shown the note as it stands.
func TestF15EditsOfAnotherVersionAreRefused(t *testing.T) {
	w := newFullWorld(t)
	const body = "third \"text\""
	id, _ := w.ask(t, ada, addByVariable, input(map[string]any{"contactId": emptyContact, "body": "first"})).at(t, "data", "addNote", "note", "id").(string)
	for version, text := range []string{"second", body} {
		w.ask(t, ada, editByVariable, input(map[string]any{"noteId": id, "body": text, "expectedVersion": version + 1}))
	}
	stands := conflict(id, 3, body)
	const badVersion = "BAD_USER_INPUT expectedVersion"
	for _, tt := range []struct{ name, member, want string }{
		{"-1", `"expectedVersion":-1`, badVersion}, {"0", `"expectedVersion":0`, stands}, {"old", `"expectedVersion":1`, stands}, {"the last but one", `"expectedVersion":2`, stands},
		{"future", `"expectedVersion":4`, stands}, {"the furthest", `"expectedVersion":2147483647`, stands}, {"further than that", `"expectedVersion":2147483648`, badVersion},
		{"missing", `"clientMutationId":null`, badVersion}, {"null", `"expectedVersion":null`, badVersion}, {"a text", `"expectedVersion":"3"`, badVersion},
		{"a fraction", `"expectedVersion":3.0`, badVersion}, {"a list", `"expectedVersion":[3]`, badVersion},
	} {
		t.Run("F15, "+tt.name, func(t *testing.T) {
			before := w.kept(t, emptyContact)
			for query, content := range map[string]string{editByVariable: `"body":"` + marker + `",`, deleteByVariable: ""} {
				variables := fmt.Sprintf(`{"i":{"noteId":%q,%s%s}}`, id, content, tt.member)
				if got := w.ask(t, ada, query, json.RawMessage(variables)); got.verdict(t) != tt.want || strings.Contains(string(got.body), marker) {
					t.Errorf("%s: %s, want %s", variables, got.body, tt.want)
				}
			}
			if after := w.kept(t, emptyContact); after != before {
				t.Errorf("it changed %s\nto %s", before, after)
			}
		})
	}
}

// F16: what is deleted is not there, but for the one who asks again because the answer was lost.
func TestF16DeletedNotesAreNotFound(t *testing.T) {
	w := newFullWorld(t)
	id := w.ask(t, ada, addByVariable, input(map[string]any{"contactId": emptyContact, "body": "text"})).at(t, "data", "addNote", "note", "id")
	remove := func(version int, key any) answer {
		return w.ask(t, ada, deleteByVariable, input(map[string]any{"noteId": id, "expectedVersion": version, "clientMutationId": key}))
	}
	first := remove(1, "press")
	if first.verdict(t) != "" || first.at(t, "data", "deleteNote", "noteId") != id {
		t.Fatalf("the deletion: %s", first.body)
	}
	before := w.kept(t, emptyContact)
	for _, tt := range []struct {
		name string
		got  func() answer
		want string
	}{
		{"an edit after the deletion", func() answer {
			return w.ask(t, ada, editByVariable, input(map[string]any{"noteId": id, "body": "late", "expectedVersion": 2}))
		}, notFound("noteId")},
		{"a deletion after the deletion", func() answer { return remove(2, nil) }, notFound("noteId")},
		{"the deletion again without a key", func() answer { return remove(1, nil) }, notFound("noteId")},
		{"the deletion again with another key", func() answer { return remove(1, "other") }, notFound("noteId")},
		{"another deletion with the same key", func() answer { return remove(2, "press") }, "IDEMPOTENCY_KEY_REUSED clientMutationId"},
		{"the deletion again with the same key", func() answer { return remove(1, "press") }, ""},
	} {
		t.Run("F16, "+tt.name, func(t *testing.T) {
			got := tt.got()
			if got.verdict(t) != tt.want || tt.want == "" && !bytes.Equal(got.body, first.body) {
				t.Errorf("%s, want %s%s", got.body, tt.want, first.body)
			}
			if after := w.kept(t, emptyContact); after != before {
				t.Errorf("it changed %s\nto %s", before, after)
			}
		})
	}
}

// F17: a key makes a write happen once, for its agent, in a day.
func TestF17KeysBelongToOneWriteOfOneAgentForADay(t *testing.T) {
	w := newFullWorld(t)
	add := func(who auth.TokenRequest, of, body string) answer {
		return w.ask(t, who, addByVariable, input(map[string]any{"contactId": of, "body": body, "clientMutationId": "press"}))
	}
	first := add(ada, emptyContact, "text")
	made := map[any]bool{first.at(t, "data", "addNote", "note", "id"): true}
	bea := ada
	bea.Agent = "Bea Before"
	namesake := stranger
	namesake.Agent = ada.Agent
	const reused = "IDEMPOTENCY_KEY_REUSED clientMutationId"
	for _, tt := range []struct {
		name    string
		after   time.Duration
		who     auth.TokenRequest
		of      contact.ID
		body    string
		refused string
		isNew   bool // a note is made; else the first answer is given again, or the refusal
	}{
		{"the same", 0, ada, emptyContact, "text", "", false},
		{"other text", 0, ada, emptyContact, "other", reused, false},
		{"text that differs in white space alone", 0, ada, emptyContact, "text ", reused, false},
		{"another contact", 0, ada, fullContact, "text", reused, false},
		{"another agent", 0, bea, emptyContact, "text", "", true},
		{"an agent of the same name elsewhere", 0, namesake, foreign, "text", "", true},
		{"the same a millisecond before a day has passed", 24*time.Hour - time.Millisecond, ada, emptyContact, "text", "", false},
		{"other text a millisecond before a day has passed", 0, ada, emptyContact, "other", reused, false},
		{"other text after a day", time.Millisecond, ada, emptyContact, "other", "", true},
		{"the first text when the key is the other's", 0, ada, emptyContact, "text", reused, false},
	} {
		t.Run("F17, "+tt.name, func(t *testing.T) {
			w.clock.advance(tt.after)
			before := w.kept(t, emptyContact) + w.kept(t, fullContact)
			got := add(tt.who, string(tt.of), tt.body)
			if got.verdict(t) != tt.refused {
				t.Fatalf("%s, want %q", got.body, tt.refused)
			}
			id := got.at(t, "data", "addNote", "note", "id")
			switch {
			case tt.isNew && (id == nil || made[id]):
				t.Errorf("%s: want a new note", got.body)
			case tt.isNew:
				made[id] = true
			case tt.refused == "" && !bytes.Equal(got.body, first.body):
				t.Errorf("%s, want the first answer %s", got.body, first.body)
			}
			if after := w.kept(t, emptyContact) + w.kept(t, fullContact); (after != before) != (tt.isNew && tt.who.Org == acme) {
				t.Errorf("a new note: %t; %s became %s", tt.isNew, before, after)
			}
		})
	}
	if got := w.ask(t, ada, `{ contact(id: "contact_empty") { notes { totalCount } } }`, nil); got.at(t, "data", "contact", "notes", "totalCount") != 3.0 {
		t.Errorf("want the notes of two agents and of the next day: %s", got.body)
	}
}

// F20: an id is looked up and nothing else; a strange one is answered as one that is unknown.
func TestF20StrangeIDsAreUnknownOnes(t *testing.T) {
	w := newFullWorld(t)
	w.do(t, ada, `mutation { addNote(input: { contactId: "contact_empty", body: "x" }) { problems { code } } }`, nil)
	asks := map[string]string{ // by the field that is blamed
		`mutation($i: ID!) { editNote(input: { noteId: $i, body: "x", expectedVersion: 2 }) { note { id } problems { ...P } } }` + problemParts: notFound("noteId"),
		`mutation($i: ID!) { deleteNote(input: { noteId: $i, expectedVersion: 2 }) { note { id } problems { ...P } } }` + problemParts:          notFound("noteId"),
		`mutation($i: ID!) { restoreNote(input: { noteId: $i, expectedVersion: 2 }) { note { id } problems { ...P } } }` + problemParts:         notFound("noteId"),
		`mutation($i: ID!) { addNote(input: { contactId: $i, body: "x" }) { note { id } problems { ...P } } }` + problemParts:                   notFound("contactId"),
		`query($i: ID!) { contact(id: $i) { id } }`:   "NOT_FOUND id",
		`query($i: ID!) { node(id: $i) { id } }`:      "",
		`query($i: [ID!]!) { nodes(ids: $i) { id } }`: "",
	}
	unknown := map[string]answer{}
	for query := range asks {
		unknown[query] = w.ask(t, ada, query, map[string]any{"i": "note_00000000000000000000000000"})
	}
	for name, id := range map[string]string{
		"10 KB": literal("note_" + strings.Repeat("zyx", 3500)), "with NUL": literal(fullNote + "\x00"), "NUL before it": literal("\x00" + fullNote), "a number": "42",
		"a large number": "99999999999999999999", "empty": `""`, "a prefix": `"note_"`, "in capitals": literal(strings.ToUpper(fullNote)), "SQL": literal("note_full' OR '1'='1"),
		"a wildcard": `"note_%"`, "an operator": literal(`{"$ne":null}`), "white space around it": literal(" " + fullNote + " "), "a line end behind it": literal(fullNote + "\n"),
		"direction turned round": literal("note_\u202elluf"), "another type's": literal(fullContact + "."),
	} {
		t.Run("F20, "+name, func(t *testing.T) {
			before := w.kept(t, fullContact)
			w.log.take()
			for query, want := range asks {
				got := w.ask(t, ada, query, json.RawMessage(`{"i":`+id+`}`))
				if got.verdict(t) != want || !bytes.Equal(got.body, unknown[query].body) {
					t.Errorf("%.60s: %s, want what an unknown id gets: %s", query, got.body, unknown[query].body)
				}
			}
			w.log.isClean(t)
			if after := w.kept(t, fullContact); after != before {
				t.Errorf("it changed %s\nto %s", before, after)
			}
		})
	}
	for _, id := range []string{"4.2", "42.0", "1e3", "true", "null", `{"$ne":null}`, `[["note_full"]]`} {
		t.Run("F20, "+id, func(t *testing.T) {
			w.store.seen.take()
			for query := range asks {
				if got := w.ask(t, ada, query, json.RawMessage(`{"i":`+id+`}`)); got.codes(t) != "BAD_USER_INPUT i" {
					t.Errorf("%.60s: %s, want BAD_USER_INPUT i", query, got.body)
				}
			}
			w.store.seen.isUntouched(t)
		})
	}
}
