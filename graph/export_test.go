package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"contactpanel/auth"
	"contactpanel/contact"
	"contactpanel/graph"
	"contactpanel/store/sqlite"
)

// exports serves the route, and gives the address of a contact's export.
func (w *world) exports(t *testing.T) func(of string) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/contacts/{id}/export", w.api.ContactExport())
	server := httptest.NewServer(graph.WithRequestID(mux))
	t.Cleanup(server.Close)
	return func(of string) string { return server.URL + "/contacts/" + of + "/export" }
}

// fetch asks for an export; a body that breaks off is an error.
func (w *world) fetch(t *testing.T, method, url string, who *auth.TokenRequest) (answer, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"X-Request-Id": {"golden"}, "Accept-Language": {"de"}}
	if who != nil {
		r.Header.Set("Authorization", w.token(t, *who))
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, body}, err
}

func TestAnExportIsOneDocument(t *testing.T) {
	t.Parallel()
	w := newFullWorld(t)
	w.do(t, ada, `mutation { addNote(input: { contactId: "contact_full", body: "A <note> \u2028", clientMutationId: "press-1" }) { problems { code } } }`, nil)
	w.do(t, adam, `mutation { archiveAttributeDefinition(input: { key: "sample_text", expectedVersion: 2 }) { problems { code } } }`, nil)
	got, err := w.fetch(t, http.MethodGet, w.exports(t)(fullContact), &adam)
	if err != nil || got.status != http.StatusOK {
		t.Fatalf("status %d, %v: %s", got.status, err, got.body)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json; charset=utf-8", "Content-Disposition": "attachment; filename=contact_full.json", "Cache-Control": "no-store",
		"X-Content-Type-Options": "nosniff", "X-Request-Id": "golden",
	} {
		if got.header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.header.Get(name), want)
		}
	}
	compare(t, "contact_export", got.body)
	if lines := w.log.faults(); lines != "" {
		t.Errorf("the log has lines although nothing failed: %s", lines)
	}
}

func TestAnExportNamesWhatIsLeftOutOfIt(t *testing.T) {
	t.Parallel()
	w := newFullWorld(t)
	w.do(t, adam, `mutation { updateAttributeDefinition(input: { key: "sample_text", expectedVersion: 2, readers: [AGENT] }) { problems { code } } }`, nil)
	w.do(t, ada, `mutation { promoteToVip(input: { contactId: "contact_full", clientMutationId: "press-1" }) { problems { code } } }`, nil)
	got, err := w.fetch(t, http.MethodGet, w.exports(t)(fullContact), &adam)
	if err != nil || got.status != http.StatusOK {
		t.Fatalf("status %d, %v: %s", got.status, err, got.body)
	}
	type attribute struct{ Key, Label string }
	var document struct {
		OmittedAttributes []attribute
		Contact           struct{ Attributes []attribute }
		RememberedWrites  []struct {
			Answer struct{ Attributes []attribute }
		}
	}
	if err := json.Unmarshal(got.body, &document); err != nil {
		t.Fatal(err)
	}
	if want := []attribute{{"sample_text", "Muster TEXT"}}; !slices.Equal(document.OmittedAttributes, want) {
		t.Errorf("the document names %v, want %v", document.OmittedAttributes, want)
	}
	answer := document.RememberedWrites[0].Answer.Attributes
	if len(answer) == 0 || len(answer) != len(document.Contact.Attributes) || slices.ContainsFunc(answer, func(a attribute) bool { return a.Key == "sample_text" }) {
		t.Errorf("the contact has %v, and in the remembered answer %v", document.Contact.Attributes, answer)
	}
}

func TestAnExportPassesTheDoor(t *testing.T) {
	t.Parallel()
	w := newFullWorld(t)
	url := w.exports(t)
	for _, tt := range []struct {
		name, method, of string
		as               *auth.TokenRequest
		status           int
		codes            string
	}{
		{"no token", http.MethodGet, fullContact, nil, http.StatusUnauthorized, "UNAUTHENTICATED"},
		{"an agent", http.MethodGet, fullContact, &ada, http.StatusForbidden, "FORBIDDEN"},
		{"an integration", http.MethodGet, fullContact, &feed, http.StatusForbidden, "FORBIDDEN"},
		{"an unknown contact", http.MethodGet, "contact_nobody", &adam, http.StatusNotFound, "NOT_FOUND contactId"},
		{"a contact of another organisation", http.MethodGet, foreign, &adam, http.StatusNotFound, "NOT_FOUND contactId"},
		{"a note", http.MethodGet, fullNote, &adam, http.StatusNotFound, "NOT_FOUND contactId"},
		{"an id that is no text", http.MethodGet, "contact_%ff", &adam, http.StatusNotFound, "NOT_FOUND contactId"},
		{"POST", http.MethodPost, fullContact, &adam, http.StatusMethodNotAllowed, "BAD_REQUEST"},
		{"DELETE", http.MethodDelete, fullContact, &adam, http.StatusMethodNotAllowed, "BAD_REQUEST"},
	} {
		got, err := w.fetch(t, tt.method, url(tt.of), tt.as)
		if err != nil || got.status != tt.status || got.codes(t) != tt.codes || got.header.Get("Content-Disposition") != "" {
			t.Errorf("%s: status %d %q, want %d %q: %s, %v", tt.name, got.status, got.codes(t), tt.status, tt.codes, got.body, err)
		}
	}
	if got, err := w.fetch(t, http.MethodHead, url(fullContact), &adam); err != nil || got.status != http.StatusMethodNotAllowed {
		t.Errorf("HEAD: status %d, %v", got.status, err)
	}
	rows, err := w.store.AuditEntries(t.Context(), acme, contact.AuditQuery{Span: contact.Span{Limit: 100}})
	for _, row := range rows.Items {
		if row.Kind == contact.AuditContactExported && row.Refused == "" {
			t.Errorf("a refusal left %+v, %v", row, err)
		}
	}
}

// troubled is a store whose walks over contacts do something else behind so many rows.
type troubled struct {
	contact.Store
	behind int
	then   func() error
}

func (s *troubled) WalkContact(ctx context.Context, org contact.OrgID, of contact.ID, visit func(contact.ContactRow) error) error {
	seen := 0
	return s.Store.WalkContact(ctx, org, of, func(row contact.ContactRow) error {
		if seen++; seen > s.behind {
			if err := s.then(); err != nil {
				return err
			}
		}
		return visit(row)
	})
}

func newTroubledWorld(t *testing.T) (*world, *troubled) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	store := &troubled{Store: db}
	w := newWorldOn(t, store)
	w.putContact(t, acme, contact.Contact{ID: fullContact, Name: "Sam"})
	for i := range 100 {
		w.putNote(t, acme, contact.Note{
			ID: contact.ID(fmt.Sprint("note_", i)), Contact: fullContact, Body: "secret " + strings.Repeat("x", 1900), Author: author, CreatedAt: early,
		})
	}
	return w, store
}

func TestAnExportThatBreaksOffIsNoDocument(t *testing.T) {
	t.Parallel()
	w, store := newTroubledWorld(t)
	url := w.exports(t)(fullContact)
	for _, tt := range []struct {
		name   string
		behind int
		then   func() error
	}{
		{"at the beginning", 0, func() error { return errors.New("secret fault") }},
		{"by a panic at the beginning", 0, func() error { panic("secret fault") }},
		{"in its midst", 90, func() error { return errors.New("secret fault") }},
		{"by a panic in its midst", 90, func() error { panic("secret fault") }},
	} {
		store.behind, store.then = tt.behind, tt.then
		got, err := w.fetch(t, http.MethodGet, url, &adam)
		if err != nil || got.status != http.StatusInternalServerError || bytes.Contains(got.body, []byte("secret")) {
			t.Errorf("%s: status %d, %v: %s", tt.name, got.status, err, got.body)
		}
		if lines := w.log.take(); strings.Count(lines, "secret fault") != 1 || strings.Contains(lines, "xxx") {
			t.Errorf("%s: the log says %s", tt.name, lines)
		}
	}
	store.behind = 1000
	got, err := w.fetch(t, http.MethodGet, url, &adam)
	if err != nil || got.status != http.StatusOK || !json.Valid(got.body) || bytes.Count(got.body, []byte("secret ")) != 100 {
		t.Errorf("then: status %d, %d bytes, %v", got.status, len(got.body), err)
	}
}

// TestWhatWaitsForASlowClientIsNotShownOnceTheContactIsErased erases the contact while the first of three changes is answered.
func TestWhatWaitsForASlowClientIsNotShownOnceTheContactIsErased(t *testing.T) {
	t.Parallel()
	w := newFullWorld(t)
	_, events := w.cursors(t, ada, emptyContact)
	for range 2 {
		w.do(t, ada, `mutation { promoteToVip(input: { contactId: "contact_empty" }) { problems { code } } }`, nil)
		w.do(t, ada, `mutation { removeVip(input: { contactId: "contact_empty" }) { problems { code } } }`, nil)
	}
	isFirst := true
	w.store.seen.failWith(func(ctx context.Context, call string) error {
		if call != "Notes" || !isFirst {
			return nil
		}
		isFirst = false
		_, err := w.contacts.EraseContact(contact.WithActor(ctx, contact.Actor{
			Agent: author, Org: acme, Roles: []contact.Role{contact.RoleAdmin}, Origin: contact.OriginAgent,
		}), emptyContact, "")
		return err
	})
	l := w.listen(t, ada, `subscription A($after: String) { contactEvents(contactId: "contact_empty", after: $after) { __typename
		... on VipChanged { contact { displayName notes { nodes { body } } } } ... on ContactErased { contactId } } }`, map[string]any{"after": events})
	if e := l.next(t); !strings.Contains(e.data, "VipChanged") {
		t.Fatalf("first comes %s", e.data)
	}
	got, err := l.rest()
	want := `{"data":{"contactEvents":{"__typename":"ContactErased","contactId":"contact_empty"}}}`
	if err != nil || len(got) != 2 || got[0].data != want || got[1].name != "complete" {
		t.Errorf("behind it come %q, %v, want %s and the end", got, err, want)
	}
}
