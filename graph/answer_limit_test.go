package graph_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"contactpanel/graph"
)

func TestAnswerIsBoundedWholeAndNeverCut(t *testing.T) {
	const query = "{ viewer { id name teams } }"
	data := len(`{"viewer":{"id":"ada-agent","name":"Ada Agent","teams":["Care","Sales"]}}`)
	for _, tt := range []struct {
		most int
		want string
	}{{data, ""}, {data - 1, "ANSWER_TOO_LARGE"}} {
		l := newLive(t, func(d *graph.Deps) { d.Limits.AnswerBytes = graph.Bytes(tt.most) })
		got := l.ask(t, ada, query, nil)
		if got.status != 200 || got.codes(t) != tt.want {
			t.Errorf("at most %d bytes: %d %s, want %q", tt.most, got.status, got.body, tt.want)
		}
		c := l.socket(t, ada)
		c.say(asks(t, "a", query, nil))
		if bySocket := payloadOf(t, c.hear()); !bytes.Equal(bySocket.body, got.body) {
			t.Errorf("by socket %s\nby HTTP %s", bySocket.body, got.body)
		}
		if tt.want == "" {
			continue
		}
		extensions, _ := got.at(t, "errors", 0, "extensions").(map[string]any)
		if !strings.HasSuffix(string(got.body), `"data":null}`) || extensions["max"] != float64(tt.most) || extensions["got"] != float64(data) || extensions["isExecuted"] != nil {
			t.Errorf("%s", got.body)
		}
	}
}

func TestMutationWhoseAnswerIsTooLargeSaysThatItWasExecuted(t *testing.T) {
	w := newFullWorld(t, func(d *graph.Deps) { d.Limits.AnswerBytes = 200 })
	const write = `mutation { addNote(input: { contactId: "contact_empty", body: %q, clientMutationId: "once" }) { note { %s } problems { code } } }`
	body := strings.Repeat("a", 200)
	got := w.ask(t, ada, fmt.Sprintf(write, body, "body"), nil)
	if got.codes(t) != "ANSWER_TOO_LARGE" || got.at(t, "errors", 0, "extensions", "isExecuted") != true {
		t.Errorf("want ANSWER_TOO_LARGE of a mutation that was executed: %s", got.body)
	}
	again := w.ask(t, ada, fmt.Sprintf(write, body, "version"), nil)
	if again.codes(t) != "" || again.at(t, "data", "addNote", "note", "version") != 1.0 {
		t.Errorf("the same again, with less to answer: %s", again.body)
	}
	if got := w.ask(t, ada, `{ contact(id: "contact_empty") { notes { totalCount } } }`, nil); got.at(t, "data", "contact", "notes", "totalCount") != 1.0 {
		t.Errorf("want one note: %s", got.body)
	}
}
