package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"contactpanel/auth"
	"contactpanel/contact"
	"contactpanel/graph"
)

// quiet is a subscription that says nothing until something happens.
const quiet = `subscription { noteEvents(contactId: "contact_full") { cursor } }`

const addedNotes = `subscription A($id: ID!, $after: String) { noteEvents(contactId: $id, after: $after) { __typename cursor ... on NoteAdded { note { body } } } }`

func TestStreamBeginsAtOnceWithItsHeaders(t *testing.T) {
	w := newFullWorld(t)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Access-Control-Allow-Origin", page)
		rw.Header().Add("Vary", "Origin")
		w.handler.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	w.url = server.URL
	began := time.Now()
	l := w.listen(t, ada, quiet, nil)
	first, err := l.read()
	if err != nil || first != (sseEvent{}) {
		t.Errorf("the stream begins with %q, %v, want a comment", first, err)
	}
	if waited := time.Since(began); waited > 10*time.Second { // a comment is due after 15 s anyway
		t.Errorf("the stream began after %v", waited)
	}
	if l.status != http.StatusOK {
		t.Errorf("status %d, want 200", l.status)
	}
	for name, want := range map[string][]string{
		"Content-Type": {"text/event-stream; charset=utf-8"}, "X-Accel-Buffering": {"no"}, "Cache-Control": {"no-store"},
		"X-Content-Type-Options": {"nosniff"}, "X-Request-Id": {"golden"}, "Vary": {"Origin", "Accept"}, "Content-Length": nil,
		"Content-Encoding": nil, "Access-Control-Allow-Origin": {page},
	} {
		if got := l.header.Values(name); strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	l.leave()
}

func TestEventIsAnEventLineAndOneLineOfData(t *testing.T) {
	w := newFullWorld(t)
	const body = "line\nfeed\r\nand\rreturn \u2028 \u2029 \u0085 data: x\n\nevent: complete \"<&>\" 😀"
	notes, _ := w.cursors(t, ada, fullContact)
	w.putNote(t, acme, contact.Note{ID: "note_lines", Contact: fullContact, Body: body, Author: author, CreatedAt: noon})
	query := `subscription A($after: String) { noteEvents(contactId: "contact_full", after: $after) { __typename ... on NoteAdded { note { body } } } }`
	l := w.listen(t, ada, query, map[string]any{"after": notes})
	var raw []byte
	for bytes.Count(raw, []byte("\n\n")) < 3 { // the comment, the note, CaughtUp
		b, err := l.body.ReadByte()
		if err != nil {
			t.Fatal(err)
		}
		raw = append(raw, b)
	}
	text, isWhole := strings.CutPrefix(string(raw), ":\n\nevent: next\ndata: ")
	text, isEnded := strings.CutSuffix(text, "\n\nevent: next\ndata: {\"data\":{\"noteEvents\":{\"__typename\":\"CaughtUp\"}}}\n\n")
	if !isWhole || !isEnded || strings.ContainsAny(text, "\r\n") {
		t.Fatalf("the stream is %q", raw)
	}
	if got := (answer{body: []byte(text)}).at(t, "data", "noteEvents", "note", "body"); got != body {
		t.Errorf("the text is %q, want %q", got, body)
	}
}

func TestQueryAndMutationAreAnsweredByOneResultAndTheEnd(t *testing.T) {
	w := newFullWorld(t)
	w.store.seen.take()
	for _, query := range []string{
		"{ viewer { id } }", "query A { viewer { id name organisation } limits { maxNoteLength } }", `{ contact(id: "contact_absent") { id } }`,
		`mutation { addNote(input: { contactId: "contact_full", body: "Over\nevents.", clientMutationId: "once" }) { note { id body } problems { code } } }`,
		`mutation { addNote(input: { contactId: "contact_absent", body: "x" }) { note { id } problems { code } } }`,
	} {
		l := w.listen(t, ada, query, nil)
		raw, err := io.ReadAll(l.body)
		want := w.ask(t, ada, query, nil) // the mutation's key makes it the same answer
		if text := ":\n\nevent: next\ndata: " + string(want.body) + "\n\nevent: complete\ndata: \n\n"; err != nil || string(raw) != text {
			t.Errorf("%s: %q, %v, want %q", query, raw, err, text)
		}
	}
	got := w.ask(t, ada, `{ contact(id: "contact_full") { notes { totalCount } } }`, nil)
	if n := got.at(t, "data", "contact", "notes", "totalCount"); n != 3.0 {
		t.Errorf("there are %v notes, want 3", n)
	}
}

// refusedSubscriptions are subscriptions that do not run, by what is wrong with them.
var refusedSubscriptions = []struct{ name, query, want string }{
	{"no document", "subscription {", "GRAPHQL_PARSE_FAILED"},
	{"an unknown field", `subscription { noteEvents(contactId: "contact_full") { nothing } }`, "GRAPHQL_VALIDATION_FAILED"},
	{"an unknown root field", `subscription { nothing }`, "GRAPHQL_VALIDATION_FAILED"},
	{"an argument that is missing", `subscription { noteEvents { cursor } }`, "GRAPHQL_VALIDATION_FAILED"},
	{"a variable that is missing", `subscription A($id: ID!) { noteEvents(contactId: $id) { cursor } }`, "BAD_USER_INPUT id"},
	{"a document that is too deep", `subscription { contactEvents(contactId: "contact_full") { ... on ContactChanged { contact { notes { edges { node { author { id } } } } } } } }`, "QUERY_TOO_DEEP"},
	{"too many tokens", "subscription { noteEvents(contactId: \"contact_full\") { " + strings.Repeat("cursor ", 1000) + "} }", "QUERY_TOO_LARGE"},
	{"two root fields", `subscription { noteEvents(contactId: "contact_full") { cursor } contactEvents(contactId: "contact_full") { cursor } }`, "GRAPHQL_VALIDATION_FAILED"},
	{"one root field under two names", `subscription { a: noteEvents(contactId: "contact_full") { cursor } b: noteEvents(contactId: "contact_full") { cursor } }`, "GRAPHQL_VALIDATION_FAILED"},
	{"two root fields in a fragment", `subscription { ...F } fragment F on Subscription { noteEvents(contactId: "contact_full") { cursor } contactEvents(contactId: "contact_full") { cursor } }`, "GRAPHQL_VALIDATION_FAILED"},
	{"two root fields in two fragments", `subscription { ...F ...G } fragment F on Subscription { noteEvents(contactId: "contact_full") { cursor } } fragment G on Subscription { contactEvents(contactId: "contact_full") { cursor } }`, "GRAPHQL_VALIDATION_FAILED"},
	{"the name of the type alone", `subscription { __typename }`, "GRAPHQL_VALIDATION_FAILED"},
	{"the name of the type in a fragment", `subscription { ... on Subscription { __typename } }`, "GRAPHQL_VALIDATION_FAILED"},
	{"the name of the type too", `subscription { noteEvents(contactId: "contact_full") { cursor } __typename }`, "GRAPHQL_VALIDATION_FAILED"},
	{"the schema alone", `subscription { __schema { queryType { name } } }`, "INTROSPECTION_DISABLED"},
	{"the schema too", `subscription { noteEvents(contactId: "contact_full") { cursor } __schema { queryType { name } } }`, "INTROSPECTION_DISABLED"},
	{"a type of the schema", `subscription { __type(name: "Note") { name } }`, "INTROSPECTION_DISABLED"},
	{"a root field that is skipped by a variable", `subscription A($no: Boolean = false) { noteEvents(contactId: "contact_full") @skip(if: $no) { cursor } }`, "GRAPHQL_VALIDATION_FAILED"},
	{"a root field that is included by a variable", `subscription A($yes: Boolean = true) { noteEvents(contactId: "contact_full") @include(if: $yes) { cursor } }`, "GRAPHQL_VALIDATION_FAILED"},
	{"a root field that is always skipped", `subscription { noteEvents(contactId: "contact_full") @skip(if: true) { cursor } }`, "GRAPHQL_VALIDATION_FAILED"},
	{"a fragment that is skipped", `subscription A($no: Boolean = false) { ... @skip(if: $no) { noteEvents(contactId: "contact_full") { cursor } } }`, "GRAPHQL_VALIDATION_FAILED"},
	{"a named fragment that is included", `subscription A($yes: Boolean = true) { ...F @include(if: $yes) } fragment F on Subscription { noteEvents(contactId: "contact_full") { cursor } }`, "GRAPHQL_VALIDATION_FAILED"},
	{"a root field that is skipped in a fragment", `subscription A($no: Boolean = false) { ...F } fragment F on Subscription { noteEvents(contactId: "contact_full") @skip(if: $no) { cursor } }`, "GRAPHQL_VALIDATION_FAILED"},
	{"a fragment that is deferred", `subscription { noteEvents(contactId: "contact_full") { ... @defer { cursor } } }`, "GRAPHQL_VALIDATION_FAILED"},
	{"a list that is streamed", `subscription { contactEvents(contactId: "contact_full") { ... on ContactChange { contact { profiles @stream { id } } } } }`, "GRAPHQL_VALIDATION_FAILED"},
}

func TestSubscriptionThatDoesNotRunIsRefusedInTheStream(t *testing.T) {
	w := newWorld(t, func(d *graph.Deps) { d.Limits.Depth = 6 })
	w.putFull(t)
	w.ask(t, ada, "{ viewer { id } }", nil) // admitted
	w.store.seen.take()
	for _, tt := range refusedSubscriptions {
		for range 2 { // the second time from the cache
			l := w.listen(t, ada, tt.query, nil)
			l.isRefused(t, tt.name, tt.want)
		}
		inPlain := w.ask(t, ada, tt.query, nil)
		if inPlain.onlyCode(t) != tt.want || inPlain.header.Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("%s, asked for JSON: %d %s, want %s", tt.name, inPlain.status, inPlain.body, tt.want)
		}
	}
	if calls := w.store.seen.take(); len(calls) > 0 {
		t.Errorf("the store was asked: %v", calls)
	}
	if lines := w.log.faults(); lines != "" {
		t.Errorf("the log has faults: %s", lines)
	}
}

// isRefused checks that the stream is one result with errors alone, and the end.
func (l *sse) isRefused(tb testing.TB, what, code string) {
	tb.Helper()
	events, err := l.rest()
	if l.status != http.StatusOK || err != nil || len(events) != 2 || events[0].name != "next" || events[1] != (sseEvent{name: "complete"}) {
		tb.Errorf("%s: status %d, %q, %v; want 200, one result and the end", what, l.status, events, err)
		return
	}
	got := answer{body: []byte(events[0].data)}
	if _, hasData := got.parsed(tb)["data"]; hasData || got.onlyCode(tb) != code {
		tb.Errorf("%s: %s, want %s and no data", what, got.body, code)
	}
}

// onlyCode is what codes says, once where all errors are of one code.
func (a answer) onlyCode(tb testing.TB) string {
	tb.Helper()
	return strings.Join(slices.Compact(strings.Split(a.codes(tb), ", ")), ", ")
}

func TestRootFieldOfASubscriptionMayStandInFragments(t *testing.T) {
	w := newFullWorld(t)
	notes, _ := w.cursors(t, ada, fullContact)
	for _, query := range []string{
		`subscription A($after: String) { ... on Subscription { noteEvents(contactId: "contact_full", after: $after) { __typename } } }`,
		`subscription A($after: String) { ...F } fragment F on Subscription { ... { noteEvents(contactId: "contact_full", after: $after) { __typename } } }`,
		`subscription A($after: String, $no: Boolean = true) { e: noteEvents(contactId: "contact_full", after: $after) { __typename cursor @skip(if: $no) } }`,
	} {
		l := w.listen(t, ada, query, map[string]any{"after": notes})
		if e := l.next(t); !strings.Contains(e.data, `:{"__typename":"CaughtUp"}}`) {
			t.Errorf("%s: %q, want CaughtUp", query, e.data)
		}
		l.leave()
	}
}

func TestSubscriptionThatCannotBeginSaysWhyInTheStream(t *testing.T) {
	w := newFullWorld(t)
	w.ask(t, ada, "{ viewer { id } }", nil) // admitted
	for _, field := range []string{"noteEvents", "contactEvents"} {
		for _, tt := range []struct{ id, after, want string }{
			{"contact_absent", "", "NOT_FOUND contactId"}, {foreign, "", "NOT_FOUND contactId"}, {fullNote, "", "NOT_FOUND contactId"}, {"", "", "NOT_FOUND contactId"},
			{fullContact, "nonsense", "INVALID_CURSOR"}, {fullContact, "", "INVALID_CURSOR"}, {fullContact, strings.Repeat("A", 4<<10), "INVALID_CURSOR"},
		} {
			variables := map[string]any{"id": tt.id}
			if tt.want == "INVALID_CURSOR" {
				variables["after"] = tt.after
			}
			l := w.listen(t, ada, "subscription A($id: ID!, $after: String) { "+field+"(contactId: $id, after: $after) { cursor } }", variables)
			l.isRefused(t, fmt.Sprintf("%s of %.20q after %.20q", field, tt.id, tt.after), strings.TrimSpace(tt.want))
		}
		w.store.seen.failWith(func(context.Context, string) error {
			return contact.Fault(contact.Internal, errCause, "internal error")
		})
		l := w.listen(t, ada, "subscription { "+field+`(contactId: "contact_full") { cursor } }`, nil)
		l.isRefused(t, field+" of a store that fails", "INTERNAL_SERVER_ERROR")
		w.store.seen.failWith(nil)
		if lines := w.log.take(); strings.Count(lines, marker) != 1 || !strings.Contains(lines, "golden") {
			t.Errorf("%s: the log does not have the cause once with the request id: %s", field, lines)
		}
	}
}

func TestStreamWaitsForAStoreThatIsAway(t *testing.T) {
	w := newFullWorld(t)
	w.ask(t, ada, "{ viewer { id } }", nil) // admitted
	tries := make(chan struct{}, 3)
	w.store.seen.failWith(func(context.Context, string) error {
		select {
		case tries <- struct{}{}:
			return contact.Fault(contact.Unavailable, errCause, "the store does not answer")
		default:
			return nil
		}
	})
	l := w.listen(t, ada, addedNotes, map[string]any{"id": fullContact})
	w.store.followed.await(t, 1)
	w.addNote(t, fullContact, "afterwards")
	if e := l.next(t); !strings.Contains(e.data, "afterwards") || len(tries) != cap(tries) {
		t.Errorf("after %d tries: %s", len(tries), e.data)
	}
}

func TestRequestThatIsNoneIsRefusedInJSONAlthoughAStreamIsWanted(t *testing.T) {
	w := newFullWorld(t)
	good := string(requestBody(t, quiet, nil))
	nowhere := auth.TokenRequest{Agent: "x", Org: "initech", Role: contact.RoleAgent}
	for _, tt := range []struct {
		name   string
		in     request
		body   string
		status int
		code   string
	}{
		{"a method other than POST", request{method: http.MethodGet}, good, 405, "BAD_REQUEST"},
		{"another content type", request{header: http.Header{"Content-Type": {"text/plain"}}}, good, 415, "BAD_REQUEST"},
		{"a body that is too large", request{}, good + strings.Repeat(" ", 128<<10), 413, "BODY_TOO_LARGE"},
		{"no JSON", request{}, "{", 400, "BAD_REQUEST"},
		{"no request", request{}, `{"variables":{}}`, 400, "BAD_REQUEST"},
		{"a document that is too long", request{}, `{"query":"` + strings.Repeat(" ", 16<<10) + `{a}"}`, 400, "QUERY_TOO_LARGE"},
		{"no token", request{header: http.Header{"Authorization": nil}}, good, 401, "UNAUTHENTICATED"},
		{"a bad token", request{header: http.Header{"Authorization": {"Bearer x"}}}, good, 401, "UNAUTHENTICATED"},
		{"two tokens", request{header: http.Header{"Authorization": {w.token(t, ada), w.token(t, ada)}}}, good, 401, "UNAUTHENTICATED"},
		{"an organisation that is not known", request{as: &nowhere}, good, 403, "FORBIDDEN"},
	} {
		tt.in.body = strings.NewReader(tt.body)
		if tt.in.header == nil {
			tt.in.header = http.Header{}
		}
		tt.in.header.Set("Accept", eventStream)
		got := w.send(t, tt.in)
		if got.status != tt.status || got.header.Get("Content-Type") != "application/json; charset=utf-8" || got.codes(t) != tt.code {
			t.Errorf("%s: status %d, %s: %s; want %d %s in JSON", tt.name, got.status, got.header.Get("Content-Type"), got.body, tt.status, tt.code)
		}
	}
}

func TestAcceptDecidesBetweenAnAnswerAndAStream(t *testing.T) {
	w := newFullWorld(t)
	const clientOfBoth = response + ", application/graphql+json, " + plain + ", " + eventStream + ", multipart/mixed"
	for _, tt := range []struct{ accept, query, subscription string }{ // "" is 406
		{eventStream, eventStream, eventStream},
		{eventStream + ", multipart/mixed", eventStream, eventStream},
		{clientOfBoth, plain, eventStream},
		{"Text/Event-Stream", eventStream, eventStream},
		{eventStream + "; charset=utf-8", eventStream, eventStream},
		{eventStream + ";charset=utf-16", "", ""},
		{"*/*", plain, eventStream},
		{"multipart/mixed, */*;q=0.1", plain, eventStream},
		{"*/*, " + eventStream + ";q=0", plain, ""},
		{plain + ", " + eventStream, plain, eventStream},
		{eventStream + ";q=0.5, " + plain, plain, eventStream},
		{eventStream + ", " + plain + ";q=0.9", eventStream, eventStream},
		{eventStream + ";q=0.4, " + response + ";q=0.3", eventStream, eventStream},
		{eventStream + ";q=0", "", ""},
		{eventStream + ";q=0, " + plain, plain, ""},
		{plain, plain, ""},
		{response, response, ""},
		{"", plain, ""},
		{"multipart/mixed", "", ""},
		{"application/*", plain, ""},
		{"text/*", eventStream, eventStream},
		{"text/*;q=0.5, application/*", plain, eventStream},
	} {
		for query, want := range map[string]string{"{ viewer { id } }": tt.query, quiet: tt.subscription} {
			header := http.Header{"Accept": {tt.accept}}
			if tt.accept == "" {
				header = http.Header{"Accept": nil}
			}
			l := w.openStream(t, request{header: header, body: bytes.NewReader(requestBody(t, query, nil))})
			contentType := l.header.Get("Content-Type")
			switch {
			case want != "" && (l.status != http.StatusOK || contentType != want+"; charset=utf-8"):
				t.Errorf("Accept %q for %.12s: status %d, %s; want 200, %s", tt.accept, query, l.status, contentType, want)
			case want == "":
				body, err := io.ReadAll(l.body) // it ends: a subscription without a stream does not wait for events
				if l.status != http.StatusNotAcceptable || err != nil || !json.Valid(body) || (answer{body: body}).codes(t) != "BAD_REQUEST" {
					t.Errorf("Accept %q for %.12s: status %d, %q, %v; want 406 BAD_REQUEST", tt.accept, query, l.status, body, err)
				}
			}
			l.leave()
		}
	}
	w.store.followed.await(t, 0)
}
