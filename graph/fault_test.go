package graph_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/graph"
)

// errCause is what a fault below says. It names hosts, and must not leave the log.
var errCause = errors.New("dial tcp 10.0.0.5:27017: " + marker)

func TestFaultShowsItsCodeAndTheRequestIDAndNothingElse(t *testing.T) {
	for _, tt := range []struct {
		name string
		fail error
		want string
	}{
		{"a store that does not answer", contact.Fault(contact.Unavailable, errCause, "the store does not answer"), "DB_UNAVAILABLE"},
		{"a full disk", contact.Fault(contact.StorageFull, errCause, "the disk is full"), "STORAGE_FULL"},
		{"an overloaded database", contact.Fault(contact.Overloaded, errCause, "the database has more to do than it can"), "OVERLOADED"},
		{"an outcome that is not known", contact.Fault(contact.OutcomeUnknown, errCause, "the outcome is not known"), "OUTCOME_UNKNOWN"},
		{"a fault of the store", contact.Fault(contact.Internal, errCause, "internal error"), "INTERNAL_SERVER_ERROR"},
		{"a stranger's error", errCause, "INTERNAL_SERVER_ERROR"},
		{"a stranger's error in ours", errors.Join(errors.New("read contacts"), errCause), "INTERNAL_SERVER_ERROR"},
		{"a call that was cancelled", errors.Join(context.Canceled, errCause), "DB_UNAVAILABLE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newFullWorld(t)
			w.ask(t, ada, "{ viewer { id } }", nil) // admitted
			w.store.seen.failWith(func(context.Context, string) error { return tt.fail })
			for _, query := range everyKindOfCall() {
				got := w.ask(t, adam, query, nil)
				if got.status != http.StatusOK || got.codes(t) != tt.want {
					t.Errorf("%s: status %d %s, want 200 %s", query, got.status, got.codes(t), tt.want)
				}
				if id := got.at(t, "errors", 0, "extensions", "requestId"); id != "golden" {
					t.Errorf("%s: the request id is %v", query, id)
				}
				hidesTheCause(t, w, query, got)
			}
		})
	}
}

func everyKindOfCall() []string {
	return []string{
		`{ contact(id: "contact_full") { id } }`, `{ contacts { totalCount } }`, `{ node(id: "note_full") { id } }`, `{ attributeDefinitions { key } }`,
		`{ contactByProfile(network: X, handle: "a") { id } }`, `{ attributeSections { key } }`, `{ contactGroups { key } }`,
		`mutation { addNote(input: { contactId: "contact_full", body: "x" }) { problems { code } } }`,
		`mutation { upsertContact(input: { name: "x" }) { problems { code } } }`,
		`mutation { createAttributeSection(input: { key: "x", labels: [{ locale: "en", text: "x" }] }) { problems { code } } }`,
		`mutation { createContactGroup(input: { key: "x", labels: [{ locale: "en", text: "x" }], conditions: [{ vip: true }] }) { problems { code } } }`,
	}
}

// hidesTheCause checks that the cause is in the log, with the request id, and not in the answer.
func hidesTheCause(t *testing.T, w *world, what string, got answer) {
	t.Helper()
	if strings.Contains(string(got.body), marker) || strings.Contains(string(got.body), "10.0.0.5") {
		t.Errorf("%s: the answer shows the cause: %s", what, got.body)
	}
	for name, values := range got.header {
		if strings.Contains(strings.Join(values, ""), marker) {
			t.Errorf("%s: the header %s shows the cause", what, name)
		}
	}
	if lines := w.log.take(); strings.Count(lines, marker) != 1 || !strings.Contains(lines, "golden") {
		t.Errorf("%s: the log does not have the cause once with the request id: %s", what, lines)
	}
}

func TestPanicBecomesAFault(t *testing.T) {
	w := newFullWorld(t)
	w.ask(t, ada, "{ viewer { id } }", nil)
	for _, call := range []string{"Contacts", "Notes", "Update", "tx.Contacts"} {
		w.store.seen.failWith(func(_ context.Context, name string) error {
			if name == call {
				panic(errCause)
			}
			return nil
		})
		query := `{ contact(id: "contact_full") { notes { nodes { id } } } }`
		if strings.HasSuffix(call, "Update") || strings.HasPrefix(call, "tx.") {
			query = `mutation { addNote(input: { contactId: "contact_full", body: "x" }) { problems { code } } }`
		}
		got := w.ask(t, ada, query, nil)
		if got.codes(t) != "INTERNAL_SERVER_ERROR" {
			t.Errorf("a panic in %s: %s", call, got.body)
		}
		if id := got.at(t, "errors", 0, "extensions", "requestId"); id != "golden" {
			t.Errorf("a panic in %s: the request id is %v", call, id)
		}
		if lines := w.log.take(); strings.Contains(string(got.body), marker) || !strings.Contains(lines, marker) || !strings.Contains(lines, "goroutine") {
			t.Errorf("a panic in %s: the answer must hide the cause and the log tell it with the stack: %s: %s", call, got.body, lines)
		}
		w.store.seen.failWith(nil)
		if got := w.ask(t, ada, query, nil); got.codes(t) != "" {
			t.Errorf("after a panic in %s: %s", call, got.body)
		}
	}
}

func TestOperationEndsWhenItsTimeIsOver(t *testing.T) {
	w := newWorld(t, func(d *graph.Deps) { d.Limits.Operation = 50 * time.Millisecond })
	w.putSamples(t)
	w.putFull(t)
	w.ask(t, ada, "{ viewer { id } }", nil)
	w.store.seen.failWith(func(ctx context.Context, _ string) error {
		<-ctx.Done()
		return ctx.Err()
	})
	for _, query := range everyKindOfCall() {
		for _, accept := range []string{plain, "application/graphql-response+json"} {
			got := w.send(t, request{as: &adam, header: http.Header{"Accept": {accept}}, body: bytes.NewReader(requestBody(t, query, nil))})
			if _, hasData := got.parsed(t)["data"]; got.codes(t) != "DB_UNAVAILABLE" || got.status != http.StatusOK || !hasData {
				t.Errorf("%s as %s: %d %s, want 200 DB_UNAVAILABLE and data: it has begun", query, accept, got.status, got.body)
			}
		}
	}
}

func TestWhatWasDoneInTimeIsAnswered(t *testing.T) {
	w := newWorld(t, func(d *graph.Deps) { d.Limits.Operation = time.Second })
	w.putSamples(t)
	w.putFull(t)
	w.ask(t, ada, "{ viewer { id } }", nil)
	w.store.seen.failWith(func(ctx context.Context, call string) error {
		if call != "ContactByKey" {
			return nil
		}
		<-ctx.Done()
		return ctx.Err()
	})
	got := w.ask(t, ada, `{ contactByProfile(network: X, handle: "a") { id } contact(id: "contact_full") { displayName } }`, nil)
	if got.status != http.StatusOK || got.codes(t) != "DB_UNAVAILABLE" || got.at(t, "data", "contact", "displayName") != "Sam Sample" {
		t.Errorf("%d %s, want 200 and the contact beside the error", got.status, got.body)
	}
}

func TestOperationWhoseTimeIsOverBeforeItBeginsIs503(t *testing.T) {
	w := newWorld(t, func(d *graph.Deps) { d.Limits.Operation = time.Nanosecond })
	got := w.ask(t, ada, "{ viewer { id } }", nil)
	if _, hasData := got.parsed(t)["data"]; got.status != http.StatusServiceUnavailable || got.codes(t) != "DB_UNAVAILABLE" || hasData {
		t.Errorf("%d %s, want 503 DB_UNAVAILABLE and no data", got.status, got.body)
	}
}

func TestFaultOfOneFieldLeavesTheOthers(t *testing.T) {
	w := newFullWorld(t)
	w.ask(t, ada, "{ viewer { id } }", nil)
	w.store.seen.failWith(func(_ context.Context, call string) error {
		if call == "ContactByKey" {
			return errCause
		}
		return nil
	})
	got := w.ask(t, ada, `{ contact(id: "contact_full") { displayName } contactByProfile(network: X, handle: "a") { id } }`, nil)
	if got.at(t, "data", "contact", "displayName") != "Sam Sample" || got.codes(t) != "INTERNAL_SERVER_ERROR" {
		t.Errorf("the panel does not survive a fault of another field: %s", got.body)
	}
}

func TestStoreThatIsAwayAtAdmissionIs503(t *testing.T) {
	w := newWorld(t)
	w.store.seen.failWith(func(context.Context, string) error {
		return contact.Fault(contact.Unavailable, errCause, "the store does not answer")
	})
	got := w.send(t, request{body: strings.NewReader(viewerQuery)})
	if got.status != http.StatusServiceUnavailable || got.codes(t) != "DB_UNAVAILABLE" {
		t.Errorf("status %d %s, want 503 DB_UNAVAILABLE", got.status, got.codes(t))
	}
	hidesTheCause(t, w, "admission", got)
	w.store.seen.failWith(func(context.Context, string) error { return errCause })
	if got := w.send(t, request{body: strings.NewReader(viewerQuery)}); got.status != http.StatusInternalServerError {
		t.Errorf("status %d, want 500", got.status)
	}
}
