package graph_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/graph"
)

// noting is the mutation of these tests.
const noting = `mutation($c: ID!, $body: String!, $key: String) { addNote(input: { contactId: $c, body: $body, clientMutationId: $key }) {
	note { id version body } problems { code field } clientMutationId } }`

func note(body string, key any) map[string]any {
	return map[string]any{"c": emptyContact, "body": body, "key": key}
}

func TestC17RequestIsCheckedAlikeOnBothTransports(t *testing.T) {
	l := newLive(t, func(d *graph.Deps) {
		d.Limits.Depth, d.Limits.Live.Messages, d.Limits.Live.Running = 9, 1000, 100
	})
	c := l.socket(t, ada)
	const add = `"query":"mutation($b: String!) { addNote(input: { contactId: \"contact_empty\", body: $b }) { note { id } } }"`
	for name, payload := range map[string]string{
		"a document that is too long":    query("{ viewer { id } }" + strings.Repeat(" ", 16<<10)),
		"too deep":                       query(tenDeep),
		"too many tokens":                query("{ " + strings.Repeat("__typename ", 999) + "}"),
		"introspection":                  query("{ __schema { queryType { name } } }"),
		"introspection by a fragment":    query("{ ...A } fragment A on Query { __type(name: \"Contact\") { name } }"),
		"an escaped surrogate":           `{"query":"{ contact(id: \"\\ud800\") { id } }"}`,
		"a persisted query":              `{"query":"{ viewer { id } }","extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}`,
		"a persisted query alone":        `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}`,
		"an unknown field":               query("{ nothing }"),
		"fifty unknown fields":           query("{ " + strings.Repeat("a b c d e ", 10) + "}"),
		"a field that is nearly right":   query("{ viewr { id } }"),
		"no document":                    query("{"),
		"two operations without a name":  query("query A { viewer { id } } query B { viewer { id } }"),
		"an unknown operation":           `{"query":"query A { viewer { id } }","operationName":"<script>"}`,
		"a number for a text":            `{` + add + `,"variables":{"b":5}}`,
		"a list for a text":              `{` + add + `,"variables":{"b":["x"]}}`,
		"an object for a text":           `{` + add + `,"variables":{"b":{"$ne":null}}}`,
		"a required variable is missing": `{` + add + `}`,
		"a required variable is null":    `{` + add + `,"variables":{"b":null}}`,
		"a page that is too long":        query("{ contacts(first: 101) { totalCount } }"),
		"a page that is no number":       query(`{ contacts(first: "5") { totalCount } }`),
		"a bad cursor":                   query(`{ contacts(after: "x") { totalCount } }`),
		"an unknown contact":             query(`{ contact(id: "unknown") { id } }`),
		"NUL in a note":                  `{` + add + `,"variables":{"b":"a\u0000b"}}`,
		"a note that is too long":        `{` + add + `,"variables":{"b":"` + strings.Repeat("a", 2001) + `"}}`,
		"an admin's mutation":            query(`mutation { archiveAttributeDefinition(input: { key: "x", expectedVersion: 1 }) { problems { code } } }`),
		"@defer":                         query("{ ... @defer { viewer { id } } }"),
		"two roots of a subscription":    query(`subscription { a: noteEvents(contactId: "x") { cursor } b: noteEvents(contactId: "x") { cursor } }`),
		"a root of the schema's own":     query("subscription { __typename }"),
		"an introspecting subscription":  query("subscription { __schema { queryType { name } } }"),
		"a root by a condition":          query(`subscription($v: Boolean = true) { noteEvents(contactId: "x") @skip(if: $v) { cursor } }`),
	} {
		l.store.seen.take()
		byHTTP := l.send(t, request{body: strings.NewReader(payload)})
		want, wantCalls := byHTTP.codes(t), fmt.Sprint(l.store.seen.take())
		c.say(`{"id":"a","type":"subscribe","payload":` + payload + `}`)
		message := c.hear()
		got := payloadOf(t, message)
		if strings.Contains(message, `"type":"next"`) {
			c.hears(completes("a"))
		}
		if !bytes.Equal(got.body, byHTTP.body) {
			t.Errorf("%s: by socket %.300s\nby HTTP %.300s", name, got.body, byHTTP.body)
		}
		if calls := fmt.Sprint(l.store.seen.take()); calls != wantCalls {
			t.Errorf("%s: the store is asked %s, by HTTP %s", name, calls, wantCalls)
		}
		if want == "" && name != "NUL in a note" && name != "a note that is too long" {
			t.Errorf("%s: not refused: %s", name, byHTTP.body)
		}
	}
	c.answers()
}

func query(document string) string { return fmt.Sprintf(`{"query":%q}`, document) }

func TestC17MutationHasOneEffectWhateverItsTransport(t *testing.T) {
	l := newLive(t)
	c := l.socket(t, ada)
	bySocket := func(variables any) answer {
		c.say(asks(t, "m", noting, variables))
		got := payloadOf(t, c.hear())
		c.hears(completes("m"))
		return got
	}
	byHTTP := func(variables any) answer { return l.ask(t, ada, noting, variables) }
	for name, ways := range map[string][2]func(any) answer{"http first": {byHTTP, bySocket}, "socket first": {bySocket, byHTTP}} {
		first, again := ways[0](note("Once.", name)), ways[1](note("Once.", name))
		if first.codes(t) != "" || !bytes.Equal(first.body, again.body) {
			t.Errorf("%s: %s, then %s", name, first.body, again.body)
		}
		if got := ways[1](note("Other.", name)); !strings.Contains(got.codes(t), "IDEMPOTENCY_KEY_REUSED") {
			t.Errorf("%s: the key with another text: %s", name, got.body)
		}
	}
	total := l.ask(t, ada, `{ contact(id: "contact_empty") { notes { totalCount } } }`, nil)
	if total.at(t, "data", "contact", "notes", "totalCount") != 2.0 {
		t.Errorf("two writes, each sent twice: %s", total.body)
	}
}

func TestC17MutationIsAuditedWithWhoAndFromWhere(t *testing.T) {
	l := newLive(t)
	w := l.connect(t)
	w.write([]byte(handshakeText(offers, "X-Request-Id: socket-7")))
	w.upgraded()
	w.say(l.initAs(t, ada))
	w.hears(ack)
	for _, id := range []string{"a", "b"} {
		w.say(asks(t, id, `mutation { addNote(input: { contactId: "contact_empty", body: "x" }) { problems { code } } }`, nil))
		w.hears(`{"id":"`+id+`","type":"next","payload":{"data":{"addNote":{"problems":[]}}}}`, completes(id))
	}
	entries := l.auditEntries(t, acme, contact.AuditQuery{Contact: emptyContact})
	if len(entries) != 2 {
		t.Fatalf("%d audit entries, want 2", len(entries))
	}
	requests := map[string]bool{}
	for _, e := range entries {
		requests[e.RequestID] = true
		if e.Agent.ID != "Ada Agent" || e.Address != "127.0.0.1" || e.Kind != contact.AuditNoteAdded {
			t.Errorf("audit entry %+v, want Ada's, from 127.0.0.1", e)
		}
	}
	if !requests["socket-7.1"] || !requests["socket-7.2"] {
		t.Errorf("requests %v, want socket-7.1 and socket-7.2", requests)
	}
}

func TestFaultOverASocketIsToldWithItsRequestAndLogged(t *testing.T) {
	l := newLive(t)
	c := l.socketWith(t, ada, http.Header{"X-Request-Id": {"socket-8"}})
	l.store.seen.failWith(func(_ context.Context, call string) error {
		if call == "Contacts" {
			return errors.New("dial tcp 10.0.0.5: refused")
		}
		return nil
	})
	c.say(asks(t, "a", `{ contact(id: "contact_empty") { id } }`, nil))
	message := c.hear()
	if got := payloadOf(t, message); got.codes(t) != "INTERNAL_SERVER_ERROR" || got.at(t, "errors", 0, "extensions", "requestId") != "socket-8.1" || strings.Contains(message, "10.0.0.5") {
		t.Errorf("a fault: %s", message)
	}
	c.hears(completes("a"))
	if log := l.log.take(); !strings.Contains(log, "request_id=socket-8.1") || !strings.Contains(log, "10.0.0.5") {
		t.Errorf("the log: %s", log)
	}
	l.store.seen.failWith(nil)
	c.answers()
}

func TestOperationOverASocketHasItsTime(t *testing.T) {
	l := newLive(t, func(d *graph.Deps) { d.Limits.Operation = 50 * time.Millisecond })
	c := l.socket(t, ada)
	l.store.seen.failWith(holding(nil))
	const slow = `{ contact(id: "contact_empty") { id } }`
	want := l.ask(t, ada, slow, nil).codes(t)
	c.say(asks(t, "a", slow, nil))
	if got := payloadOf(t, c.hear()); got.codes(t) != want || want != "DB_UNAVAILABLE" {
		t.Errorf("by socket %s, by HTTP %s", got.body, want)
	}
	c.hears(completes("a"))
}

func TestC8SubscriptionsAndRunningQueriesAreBounded(t *testing.T) {
	l := newLive(t, func(d *graph.Deps) { d.Limits.Live.Messages = 1000 })
	beside, c := l.socket(t, ada), l.socket(t, ada)
	for i := range 20 {
		l.follows(c, ada, fmt.Sprint("s", i), emptyContact)
	}
	for range 3 { // refused ones do not count
		c.say(asks(t, "more", followed, map[string]any{"id": emptyContact}))
		isError(t, c.hear(), "more", "TOO_MANY_SUBSCRIPTIONS")
	}
	c.say(completes("s7"))
	l.follows(c, ada, "s7", emptyContact)
	c.say(asks(t, "more", followed, map[string]any{"id": emptyContact}))
	heard := c.hear()
	isError(t, heard, "more", "TOO_MANY_SUBSCRIPTIONS")
	if !strings.Contains(heard, `"max":20,"retryAfterMs":5000,"what":"subscriptions"`) {
		t.Errorf("one subscription more: %s", heard)
	}
	if log := l.log.take(); !strings.Contains(log, "code=TOO_MANY_SUBSCRIPTIONS status=0 bytes=0 what=subscriptions max=20\n") {
		t.Errorf("the log: %s", log)
	}

	hold := make(chan struct{})
	l.store.seen.failWith(holding(hold))
	slow := func(id string) { c.say(asks(t, id, `{ contact(id: "contact_empty") { id } }`, nil)) }
	for i := range 10 {
		slow(fmt.Sprint("q", i))
	}
	slow("q10")
	isError(t, c.hear(), "q10", "TOO_MANY_SUBSCRIPTIONS")
	beside.say(asks(t, "q", "{ viewer { id } }", nil)) // a limit of each socket
	beside.hears(`{"id":"q","type":"next","payload":{"data":{"viewer":{"id":"Ada Agent"}}}}`, completes("q"))
	c.say(completes("q3")) // one that its client gives up makes room
	slow("q11")
	c.answers() // all that was said has been read
	close(hold)
	ended := map[string]int{}
	for range 20 {
		message := c.hear()
		for i := range 12 {
			if strings.HasPrefix(message, fmt.Sprintf(`{"id":"q%d",`, i)) {
				ended[fmt.Sprint("q", i)]++
			}
		}
	}
	if len(ended) != 10 || ended["q3"] > 0 || ended["q11"] != 2 {
		t.Errorf("messages of each: %v, want two of all but q3 and q10", ended)
	}
	c.answers()
}

func TestAnswersOverASocketAreThoseOfHTTP(t *testing.T) {
	l := newLive(t)
	const labels = `{ viewer { id name roles } attributeDefinitions { key label } contacts(first: 5) { nodes { displayName notes(first: 2) { nodes { body } } } } }`
	for _, language := range []string{"de", "de-AT, en;q=0.5", "en"} {
		c := l.socketWith(t, ada, http.Header{"Accept-Language": {language}})
		c.say(asks(t, "a", labels, nil))
		got := payloadOf(t, c.hear())
		want := l.send(t, request{as: &ada, header: http.Header{"Accept-Language": {language}}, body: strings.NewReader(query(labels))})
		if !bytes.Equal(got.body, want.body) {
			t.Errorf("%s: by socket %s\nby HTTP %s", language, got.body, want.body)
		}
		if isGerman := strings.Contains(string(got.body), "Sprache"); isGerman != strings.HasPrefix(language, "de") {
			t.Errorf("%s: labels in German: %t: %s", language, isGerman, got.body)
		}
	}
}
