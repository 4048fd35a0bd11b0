package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"contactpanel/contact"
	"contactpanel/graph"
)

// TestEventIsAnsweredWholeThoughTheStoreIsAway lets the store fail while the answer to an event is made: an answer with a hole
// would move the client on, and what belongs there would never be told. The answer has just the size that it may have: what
// was made of it before does not count.
func TestEventIsAnsweredWholeThoughTheStoreIsAway(t *testing.T) {
	const (
		query = `subscription { contactEvents(contactId: "contact_full") { ... on VipChanged { vip { isVip } contact {
			notes(first: 1) { totalCount } profiles { label: displayName handle: displayName picture: displayName } } } } }`
		data = `{"contactEvents":{"vip":{"isVip":false},"contact":{"notes":{"totalCount":2},"profiles":[` +
			`{"label":"Sam on Instagram","handle":"Sam on Instagram","picture":"Sam on Instagram"},{"label":null,"handle":null,"picture":null}]}}}`
	)
	w := newFullWorld(t, func(d *graph.Deps) { d.Limits.EventBytes = graph.Bytes(len(data)) })
	s := w.listen(t, ada, query, nil)
	var failures atomic.Int32
	w.store.seen.failWith(func(_ context.Context, call string) error {
		if call == "Notes+total" && failures.Add(1) <= 3 {
			return contact.Errorf(contact.Unavailable, "the store does not answer")
		}
		return nil
	})
	w.do(t, adam, `mutation { removeVip(input: { contactId: "contact_full" }) { contact { id } } }`, nil)
	const want = `{"data":` + data + `}`
	if got := s.next(t).data; got != want {
		t.Errorf("the event is told as %s, want %s", got, want)
	}
	if failures.Load() < 4 {
		t.Errorf("the store was asked %d times, want four", failures.Load())
	}
	w.do(t, adam, `mutation { promoteToVip(input: { contactId: "contact_full" }) { contact { id } } }`, nil)
	if got, want := s.next(t).data, strings.Replace(want, "false", "true", 1); got != want {
		t.Errorf("the next event is told as %s, want %s", got, want)
	}
}

// TestAnswerToAnEventIsBounded writes a note whose event is answered with just as many bytes as may be, and one byte more.
func TestAnswerToAnEventIsBounded(t *testing.T) {
	const (
		query = `subscription { noteEvents(contactId: "contact_full") { ... on NoteAdded { note { body } } } }`
		frame = `{"noteEvents":{"note":{"body":""}}}`
	)
	w := newFullWorld(t, func(d *graph.Deps) { d.Limits.EventBytes = graph.Bytes(len(frame) + 100) })
	s := w.listen(t, ada, query, nil)
	for _, body := range []string{strings.Repeat("a", 100), strings.Repeat("a", 101)} {
		w.do(t, ada, fmt.Sprintf(`mutation { addNote(input: { contactId: "contact_full", body: %q }) { note { id } } }`, body), nil)
	}
	if got := s.next(t).data; !strings.Contains(got, strings.Repeat("a", 100)) || strings.Contains(got, "errors") {
		t.Errorf("an answer of just the limit: %s", got)
	}
	var refused struct {
		Errors []struct{ Extensions struct{ Code string } }
	}
	if err := json.Unmarshal([]byte(s.next(t).data), &refused); err != nil || len(refused.Errors) != 1 || refused.Errors[0].Extensions.Code != "ANSWER_TOO_LARGE" {
		t.Errorf("an answer of one byte more: %+v %v, want ANSWER_TOO_LARGE", refused, err)
	}
	if got := s.next(t); got.name != "complete" {
		t.Errorf("behind it comes %+v, want the end", got)
	}
}
