package graph_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"contactpanel/contact"
	"contactpanel/graph"
)

func TestC11MessagesThatAreNoneCloseTheSocket(t *testing.T) {
	l := newLive(t)
	beside := l.socket(t, ada)
	const noType, noID = "it has no type", "the id is no text of 1 to 64 printable ASCII characters"
	for message, reason := range map[string]string{
		``:                         "an unexpected end at byte 0",
		`x`:                        "an unexpected character at byte 0",
		`{"type":"ping"`:           "neither comma nor brace at byte 14",
		`{"type":"ping"}{}`:        "bytes after the value at byte 15",
		`{"type":"ping"} x`:        "bytes after the value at byte 16",
		`{"type":"ping","type":1}`: "a member that comes twice, ending at byte 21",
		`{"type":"subscribe","id":"a","payload":{"query":"{viewer{id}}","query":""}}`: "a member that comes twice, ending at byte 70",
		`{"type":"ping","payload":{"a":"\ud800"}}`:                                    "a lone surrogate, ending at byte 37",
		"{\"type\":\"ping\",\"payload\":{\"a\":\"\x00\"}}":                            "a control character in a string at byte 31",
		"\ufeff" + ping:                                  "an unexpected character at byte 0",
		strings.Repeat(`{"a":`, 70):                      "nesting beyond the limit at byte 325",
		`[{"type":"ping"}]`:                              "it is no object",
		`null`:                                           "it is no object",
		`"ping"`:                                         "it is no object",
		`5`:                                              "it is no object",
		`{}`:                                             noType,
		`{"type":null}`:                                  noType,
		`{"type":5}`:                                     noType,
		`{"type":""}`:                                    "the type is none that a client sends",
		`{"type":"start","id":"a","payload":{}}`:         "the type is none that a client sends",
		`{"type":"Ping"}`:                                "the type is none that a client sends",
		`{"type":"connection_ack"}`:                      "the type is none that a client sends",
		`{"type":"next","id":"a","payload":{}}`:          "the type is none that a client sends",
		`{"type":"error","id":"a","payload":[]}`:         "the payload is no object",
		`{"type":"ping","payload":[]}`:                   "the payload is no object",
		`{"type":"pong","payload":"x"}`:                  "the payload is no object",
		`{"type":"ping","payload":false}`:                "the payload is no object",
		`{"type":"connection_init","payload":5}`:         "the payload is no object",
		`{"type":"complete"}`:                            noID,
		`{"type":"complete","id":5}`:                     noID,
		`{"type":"subscribe","id":"a"}`:                  "there is no payload",
		`{"type":"subscribe","payload":{}}`:              noID,
		subscribe(`null`):                                "there is no payload",
		subscribe(`[]`):                                  "the payload is no object",
		subscribe(`{}`):                                  "the request has no query",
		subscribe(`{"query":null}`):                      "the request's query is of the wrong type",
		subscribe(`{"query":5}`):                         "the request's query is of the wrong type",
		subscribe(`{"query":" "}`):                       "the request has no query",
		subscribe(`{"query":"{a}","variables":[]}`):      "the request's variables is of the wrong type",
		subscribe(`{"query":"{a}","operationName":5}`):   "the request's operationName is of the wrong type",
		subscribe(`{"query":"{a}","extensions":"x"}`):    "the request's extensions is of the wrong type",
		subscribe(`{"query":"{a}","id":"` + page + `"}`): "the request has a member other than query, operationName, variables and extensions",
	} {
		c := l.socket(t, adam)
		l.store.seen.take()
		c.say(message)
		c.isClosed(4400, ("Invalid message: " + reason)[:min(123, len("Invalid message: "+reason))])
		if calls := l.store.seen.take(); len(calls) > 0 {
			t.Errorf("%s: the store is asked %v", message, calls)
		}
	}
	beside.answers()
}

func subscribe(payload string) string {
	return `{"id":"a","type":"subscribe","payload":` + payload + `}`
}

func TestC7IDsAre1To64PrintableCharacters(t *testing.T) {
	l := newLive(t)
	beside := l.socket(t, ada)
	const body = `,"payload":{"query":"{ viewer { id } }"}`
	long := strings.Repeat("i", 64)
	c := l.socket(t, ada)
	for _, id := range []string{"1", " ", "~", `"`, `\`, "<&>", "0f0b6b6e-8c8e-4a3c-9d0c-3a6d0f2a9a11", long} {
		quoted, err := json.Marshal(id)
		if err != nil {
			t.Fatal(err)
		}
		c.say(`{"type":"subscribe","id":` + string(quoted) + body + `}`)
		for _, want := range []string{`"type":"next","payload":{"data":{"viewer":{"id":"Ada Agent"}}}}`, `"type":"complete"}`} {
			if got := c.hear(); got != `{"id":`+string(quoted)+`,`+want {
				t.Errorf("id %q: %s", id, got)
			}
		}
	}
	for name, id := range map[string]string{
		"empty": `,"id":""`, "missing": "", "null": `,"id":null`, "a number": `,"id":1`, "an object": `,"id":{}`,
		"65 bytes": `,"id":"` + long + `i"`, "60 KB": `,"id":"` + strings.Repeat("i", 60_000) + `"`, "a line feed": `,"id":"a\nb"`,
		"NUL": `,"id":"\u0000"`, "DEL": `,"id":"\u007f"`, "a letter beyond ASCII": `,"id":"ä"`, "64 letters of two bytes": `,"id":"` + strings.Repeat("ä", 64) + `"`,
	} {
		for _, message := range []string{`{"type":"subscribe"` + id + body + `}`, `{"type":"complete"` + id + `}`} {
			c := l.socket(t, adam)
			l.store.seen.take()
			c.say(message)
			c.isClosed(4400, "Invalid message: the id is no text of 1 to 64 printable ASCII characters")
			if calls := l.store.seen.take(); len(calls) > 0 {
				t.Errorf("%s: the store is asked %v", name, calls)
			}
		}
	}
	beside.answers()
}

func TestC4NothingRunsBeforeTheServerKnowsWhoAsks(t *testing.T) {
	l := newLive(t)
	beside := l.socket(t, ada)
	early := l.dial(t, nil)
	l.store.seen.take()
	early.say(asks(t, "a", "{ contacts { totalCount } }", nil))
	early.isClosed(4401, "Unauthorized")
	if calls := l.store.seen.take(); len(calls) > 0 {
		t.Errorf("the store is asked %v", calls)
	}
	twice := l.socket(t, adam)
	twice.say(l.initAs(t, adam))
	twice.isClosed(4429, "Too many initialisation requests")
	other := l.socket(t, adam) // nobody becomes somebody else on the way
	other.say(l.initAs(t, stranger))
	other.isClosed(4429, "Too many initialisation requests")
	beside.answers()
}

func TestPingIsAnsweredAtAnyTime(t *testing.T) {
	l := newLive(t)
	c := l.dial(t, nil)
	c.answers() // before it has said who it is
	c.say(`{"type":"pong","payload":{"a":1}}`)
	c.say(completes("unknown"))
	c.answers()
	c.say(l.initAs(t, ada))
	c.hears(ack)
	c.answers()
	c.say(`{"type":"ping","payload":null,"id":5,"more":[1]}`)
	c.hears(pong)
}

func TestC21PongRepeatsAPayloadOfOneKibibyteAtMost(t *testing.T) {
	l := newLive(t, func(d *graph.Deps) { d.Limits.Live.Messages = 3000 })
	beside := l.socket(t, ada)
	c := l.socket(t, ada)
	for _, payload := range []string{`{}`, `{"a":1}`, `{"a":[1.50,-0,1e5,null,true,"ä\"\u2028😀"],"b":{"c":{}}}`, `{"a":"` + strings.Repeat("x", 1024-8) + `"}`} {
		c.say(`{"type":"ping","payload":` + payload + `}`)
		var got, want struct{ Payload any }
		message := c.hear()
		if err := json.Unmarshal([]byte(message), &got); err != nil || !strings.HasPrefix(message, `{"type":"pong","payload":{`) {
			t.Fatalf("%.200s: %v", message, err)
		}
		if err := json.Unmarshal([]byte(`{"payload":`+payload+`}`), &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("pong %.200s of %.200s", message, payload)
		}
	}
	c.say(`{"type":"ping","payload":{"a":"` + strings.Repeat("x", 1025-8) + `"}}`)
	c.hears(pong)
	big := `{"type":"ping","payload":{"a":"` + strings.Repeat("x", 60_000) + `"}}`
	for range 100 {
		c.say(big)
		c.hears(pong)
	}
	beside.answers()
}

func TestC6IDIsTakenAsLongAsItsOperationRuns(t *testing.T) {
	l := newLive(t)
	beside := l.socket(t, ada)
	c := l.socket(t, ada)
	l.follows(c, ada, "a", emptyContact)
	c.say(completes("a"))
	l.follows(c, ada, "a", emptyContact) // after the client's complete
	for range 20 {                       // after the server's
		c.say(asks(t, "b", "{ viewer { id } }", nil))
		c.hears(`{"id":"b","type":"next","payload":{"data":{"viewer":{"id":"Ada Agent"}}}}`, completes("b"))
	}
	for range 3 { // after an error
		c.say(asks(t, "b", "{ nothing }", nil))
		isError(t, c.hear(), "b", "GRAPHQL_VALIDATION_FAILED")
		c.say(asks(t, "b", followed, map[string]any{"id": "unknown"}))
		isError(t, c.hear(), "b", "NOT_FOUND contactId")
	}
	id := strings.Repeat("~", 64)
	l.follows(c, ada, id, emptyContact)
	c.say(asks(t, id, "{ viewer { id } }", nil)) // whatever the second one is
	c.isClosed(4409, "Subscriber for "+id+" already exists")
	beside.answers()
}

func TestC18NothingFollowsTheClientsComplete(t *testing.T) {
	l := newLive(t, func(d *graph.Deps) { d.Limits.Live.Messages, d.Limits.Live.Subscriptions = 10_000, 2 })
	beside, c := l.socket(t, ada), l.socket(t, ada)
	c.say(completes("never begun"))
	l.follows(beside, ada, "beside", emptyContact)
	l.follows(c, ada, "other", emptyContact)
	const rounds = 30
	for i := range rounds {
		id := fmt.Sprint("s", i)
		l.follows(c, ada, id, emptyContact)
		isOver, seen := false, 0
		written := make(chan struct{})
		go func() {
			defer close(written)
			l.addNotes(t, acme, emptyContact, 10*i, 10*i+10, "late")
		}()
		if i%2 == 0 { // now before the first event, now between two
			if message := c.hear(); !strings.Contains(message, "NoteAdded") {
				t.Fatal(message)
			} else if strings.HasPrefix(message, `{"id":"other"`) {
				seen++
			}
		}
		c.say(completes(id))
		c.say(`{"type":"ping","payload":{"n":1}}`) // the answer says that the complete has been read
		for seen < 10 || !isOver {
			switch message := c.hear(); {
			case message == `{"type":"pong","payload":{"n":1}}`:
				isOver = true
			case strings.HasPrefix(message, `{"id":"other"`):
				if want := added("other", noteID(10*i+seen), "late"); message != want {
					t.Fatalf("%s, want %s", message, want)
				}
				seen++
			case isOver:
				t.Fatalf("after the complete: %s", message)
			}
		}
		<-written
	}
	l.store.followed.await(t, 2)
	for i := range 10 * rounds {
		beside.hears(added("beside", noteID(i), "late"))
	}
	c.answers()
}

func TestOperationsOfOneSocketRunBesideEachOther(t *testing.T) {
	l := newLive(t)
	hold := make(chan struct{})
	l.store.seen.failWith(holding(hold))
	c := l.socket(t, ada)
	c.say(asks(t, "slow", `{ contact(id: "`+emptyContact+`") { displayName } }`, nil))
	c.say(asks(t, "fast", "{ viewer { id } }", nil))
	c.hears(`{"id":"fast","type":"next","payload":{"data":{"viewer":{"id":"Ada Agent"}}}}`, completes("fast"))
	close(hold)
	c.hears(`{"id":"slow","type":"next","payload":{"data":{"contact":{"displayName":"Ernst Empty"}}}}`, completes("slow"))
}

func TestIdentityOfContactsIsThatOfTheSocket(t *testing.T) {
	l := newLive(t)
	mine, theirs := l.socket(t, ada), l.socket(t, stranger)
	theirs.say(asks(t, "a", followed, map[string]any{"id": emptyContact}))
	isError(t, theirs.hear(), "a", "NOT_FOUND contactId")
	l.follows(mine, ada, "a", emptyContact)
	l.follows(theirs, stranger, "a", foreign)
	l.addNotes(t, acme, emptyContact, 0, 20, "ours")
	for i := range 20 {
		mine.hears(added("a", noteID(i), "ours"))
	}
	l.addNotes(t, contact.OrgID(globex), foreign, 0, 1, "theirs")
	theirs.hears(added("a", noteID(0), "theirs"))
}
