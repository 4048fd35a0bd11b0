package graph_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"contactpanel/contact"
	"contactpanel/graph"
)

// A23: a place in a stream that is none is refused; one that could be, but is not of this history, is answered by a resync with the
// place to go on from.
func TestA23StreamsThatCannotGoOnAreRefusedOrResync(t *testing.T) {
	l := newLive(t)
	const follow = `subscription($id: ID!, $after: String) { %s(contactId: $id, after: $after) { __typename cursor } }`
	l.addNotes(t, acme, emptyContact, 0, 3, "x")
	notes, events := l.cursors(t, ada, emptyContact)
	otherNotes, otherEvents := l.cursors(t, ada, longContact)
	foreignNotes, foreignEvents := l.cursors(t, stranger, foreign)
	list, _ := l.ask(t, ada, `{ contact(id: "contact_empty") { notes { pageInfo { endCursor } } } }`, nil).at(t, "data", "contact", "notes", "pageInfo", "endCursor").(string)
	moved := func(cursor string, epoch, seq int64) string {
		head, err := contact.ParseHead(cursor)
		if err != nil {
			t.Fatal(err)
		}
		return contact.Head{Epoch: head.Epoch + epoch, Seq: head.Seq + seq}.Cursor()
	}
	for _, tt := range []struct{ name, notes, events, want string }{
		{"empty", "", "", "INVALID_CURSOR"}, {"4 KB", strings.Repeat("A", 4096), strings.Repeat("A", 4096), "INVALID_CURSOR"},
		{"not base64", "%%%" + marker, "%%%" + marker, "INVALID_CURSOR"}, {"padded", notes + "=", events + "==", "INVALID_CURSOR"},
		{"cut off", notes[:len(notes)-4], events[:len(events)-4], "INVALID_CURSOR"}, {"of a list", list, list, "INVALID_CURSOR"},
		{"of another contact", otherNotes, otherEvents, "Resync, CaughtUp"}, {"of another organisation", foreignNotes, foreignEvents, "Resync, CaughtUp"},
		{"of the other stream", events, notes, "Resync, CaughtUp"}, {"wrong epoch", moved(notes, 1, 0), moved(events, 1, 0), "Resync, CaughtUp"},
		{"seq > head", moved(notes, 0, 1), moved(events, 0, 1), "Resync, CaughtUp"}, {"seq far beyond the head", moved(notes, 0, 1<<60), moved(events, 0, 1<<60), "Resync, CaughtUp"},
		{"where it is", notes, events, "CaughtUp"},
	} {
		t.Run("A23, "+tt.name, func(t *testing.T) {
			for field, after := range map[string][2]string{"noteEvents": {tt.notes, notes}, "contactEvents": {tt.events, events}} {
				c := l.socket(t, ada)
				c.say(asks(t, "a", fmt.Sprintf(follow, field), map[string]any{"id": emptyContact, "after": after[0]}))
				if tt.want == "INVALID_CURSOR" {
					message := c.hear()
					isError(t, message, "a", tt.want)
					if strings.Contains(message, marker) {
						t.Errorf("%s: the refusal repeats it: %s", field, message)
					}
				} else {
					for _, event := range strings.Split(tt.want, ", ") {
						c.hears(fmt.Sprintf(`{"id":"a","type":"next","payload":{"data":{%q:{"__typename":%q,"cursor":%q}}}}`, field, event, after[1]))
					}
				}
				c.answers()
				c.ws.CloseNow()
			}
			l.log.isClean(t)
		})
	}
}

// A24: queries are not kept by a hash: neither one that comes with its query, nor one that was never seen.
func TestA24PersistedQueriesAreRefusedAndNothingIsStored(t *testing.T) {
	l := newLive(t)
	l.ask(t, ada, "{ viewer { id } }", nil) // admitted
	socket := l.socket(t, ada)
	const document = "{ viewer { id } }"
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	extension := func(hash string) string {
		return fmt.Sprintf(`"extensions":{"persistedQuery":{"version":1,"sha256Hash":%q}}`, hash)
	}
	asked := fmt.Sprintf(`{"query":%q,`, document)
	for _, tt := range []struct{ name, body string }{
		{"its own hash, which would register it", asked + extension(hash(document)) + "}"}, {"that hash alone afterwards", "{" + extension(hash(document)) + "}"},
		{"that hash with an empty query", `{"query":"",` + extension(hash(document)) + "}"}, {"an unknown hash", "{" + extension(hash(marker)) + "}"},
		{"the hash of another text", asked + extension(hash(marker)) + "}"}, {"a hash that is none", "{" + extension(marker) + "}"},
		{"a hash of another version", asked + `"extensions":{"persistedQuery":{"version":2,"sha256Hash":"` + hash(document) + `"}}}`},
		{"an extension of null", asked + `"extensions":{"persistedQuery":null}}`}, {"an extension that is a text", asked + `"extensions":{"persistedQuery":"` + marker + `"}}`},
		{"the hash as a document's id", `{"documentId":"sha256:` + hash(document) + `"}`}, {"the hash as an id", asked + `"id":"` + hash(document) + `"}`},
	} {
		t.Run("A24, "+tt.name, func(t *testing.T) {
			want := "PERSISTED_QUERY_NOT_SUPPORTED"
			if !strings.Contains(tt.body, "persistedQuery") {
				want = "BAD_REQUEST"
			}
			l.log.take()
			l.store.seen.take()
			got := l.send(t, request{body: strings.NewReader(tt.body)})
			if got.status != http.StatusBadRequest || got.codes(t) != want {
				t.Errorf("by HTTP: %d %s, want 400 %s", got.status, got.body, want)
			}
			quotesNothing(t, l.world, tt.name, got)
			if want == "BAD_REQUEST" { // which ends a socket: see TestC11MessagesThatAreNoneCloseTheSocket
				return
			}
			socket.say(`{"id":"a","type":"subscribe","payload":` + tt.body + `}`)
			if message := socket.hear(); payloadOf(t, message).codes(t) != want || strings.Contains(message, marker) {
				t.Errorf("by socket: %s, want %s", message, want)
			}
			if calls := l.store.seen.take(); len(calls) > 0 {
				t.Errorf("the store is asked %v", calls)
			}
		})
	}
}

// A24: 100,000 hashes would take more than 6 MB if any of them were kept.
func TestA24ManyHashesCostNoMemory(t *testing.T) {
	w := newWorld(t, func(d *graph.Deps) { d.SignIn = nil }) // which is not come to
	out := &sink{header: http.Header{}}
	flood := func(from, to int) {
		for i := from; i < to; i++ {
			body := fmt.Sprintf(`{"query":"{ viewer { id } }","extensions":{"persistedQuery":{"version":1,"sha256Hash":"%064x"}}}`, i)
			w.serve(t, "", []byte(body), out)
			if out.status != http.StatusBadRequest {
				t.Fatalf("hash %d: status %d", i, out.status)
			}
		}
		w.log.take()
	}
	held := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	flood(0, 1000)
	before := held()
	flood(1000, 101_000)
	if after := held(); after > before+2<<20 {
		t.Errorf("after 100,000 hashes %d bytes are held, before them %d", after, before)
	}
}
