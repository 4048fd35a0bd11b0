package graph_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"contactpanel/contact"
	"contactpanel/graph"
)

// newLiveTwins is a gateway for sockets on which both organisations have a contact of one id.
func newLiveTwins(tb testing.TB, change ...func(*graph.Deps)) *live {
	tb.Helper()
	l := newLive(tb, change...)
	for _, org := range []contact.OrgID{acme, globex} {
		l.putContact(tb, org, contact.Contact{ID: twin, Name: "Twin of " + string(org)})
	}
	return l
}

func TestT2SubscriptionToAContactOfAnotherOrganisationIsRefusedAtOnce(t *testing.T) {
	l := newLive(t)
	c := l.socket(t, stranger)
	for _, field := range []string{"noteEvents", "contactEvents"} {
		ask := func(id string) asked {
			return l.observe(t, func() answer {
				c.say(asks(t, "a", "subscription A($id: ID!) { "+field+"(contactId: $id) { cursor } }", map[string]any{"id": id}))
				message := c.hear()
				isError(t, message, "a", "NOT_FOUND contactId")
				return answer{header: http.Header{}, body: []byte(message)}
			})
		}
		if got, want := ask(emptyContact), ask("contact_nobody"); got != want {
			t.Errorf("%s: %+v, of an unknown contact %+v", field, got, want)
		}
	}
	l.addNotes(t, acme, emptyContact, 0, 10, "ours")
	l.store.followed.await(t, 0)
	c.answers()
	if lines := l.log.take(); strings.Contains(lines, acme) || strings.Contains(lines, emptyContact) {
		t.Errorf("the log names the other organisation: %s", lines)
	}
}

func TestE4ThousandNotesOfAnotherOrganisationAreNotOneFrame(t *testing.T) {
	const written = 1000
	l := newLiveTwins(t, func(d *graph.Deps) { d.Limits.Live.Messages, d.Limits.Live.Ping = 10_000, time.Hour })
	ours, theirs := l.socket(t, ada), l.socket(t, stranger)
	l.follows(ours, ada, "n", twin)
	l.follows(theirs, stranger, "n", twin)
	theirs.say(asks(t, "c", followContact, map[string]any{"id": twin}))
	stream := l.listen(t, stranger, followNotes, following(""))
	l.store.followed.await(t, 4)
	for from := 0; from < written; from += 50 {
		l.addNotes(t, acme, twin, from, from+50, "secret")
		l.do(t, ada, `mutation { promoteToVip(input: { contactId: "contact_twin" }) { problems { code } } }`, nil)
		l.do(t, ada, `mutation { removeVip(input: { contactId: "contact_twin" }) { problems { code } } }`, nil)
		for i := from; i < from+50; i++ { // what is written is told: the silence elsewhere is none of the whole gateway
			ours.hears(added("n", noteID(i), "secret"))
		}
		theirs.answers()
	}
	l.addNotes(t, globex, twin, 0, 1, "theirs")
	theirs.hears(added("n", noteID(0), "theirs")) // behind whatever would have been told before
	theirs.answers()
	if e := stream.next(t); !strings.Contains(e.data, `"theirs"`) {
		t.Errorf("the first event is %s", e.data)
	}
	ours.answers()
}

func TestE5SocketNeverBecomesAnotherOrganisations(t *testing.T) {
	l := newLiveTwins(t)
	const whose = "{ viewer { organisation } }"
	is := func(c *client, org string) {
		t.Helper()
		c.say(asks(t, "w", whose, nil))
		c.hears(fmt.Sprintf(`{"id":"w","type":"next","payload":{"data":{"viewer":{"organisation":%q}}}}`, org), completes("w"))
	}
	token := l.token(t, stranger)
	for _, message := range []string{l.initAs(t, stranger), l.initAs(t, namesake), l.initAs(t, ada), `{"type":"connection_init"}`} {
		c := l.socket(t, ada)
		l.follows(c, ada, "n", twin)
		is(c, acme)
		c.say(message)
		_ = c.try(asks(t, "w", whose, nil)) // nothing runs any more, for whomever
		c.isClosed(4429, "Too many initialisation requests")
	}
	l.store.followed.await(t, 0)

	c := l.socket(t, ada)
	l.follows(c, ada, "n", twin)
	payload := `,"payload":{"Authorization":"` + token + `","orgId":"globex"}}`
	c.say(`{"type":"ping"` + payload)
	c.hears(`{"type":"pong"` + payload)
	is(c, acme)
	c.say(`{"type":"pong"` + payload)
	is(c, acme)
	c.say(`{"id":"w","type":"subscribe","payload":{"query":"` + whose + `","extensions":{"Authorization":"` + token + `"}}}`)
	c.hears(`{"id":"w","type":"next","payload":{"data":{"viewer":{"organisation":"acme"}}}}`, completes("w"))
	l.addNotes(t, globex, twin, 0, 1, "theirs")
	l.addNotes(t, acme, twin, 1, 2, "ours")
	c.hears(added("n", noteID(1), "ours"))
	c.answers()
}

// Two initialisations at once, before the first one is answered, make nobody either.
func TestE5SocketThatSaysTwiceWhoItIsIsNobody(t *testing.T) {
	l := newLiveTwins(t)
	for range 20 {
		c := l.dial(t, nil)
		for _, message := range []string{l.initAs(t, ada), l.initAs(t, stranger), asks(t, "w", "{ viewer { organisation } }", nil)} {
			_ = c.try(message) // the socket may be closed by then
		}
		message, err := c.listen()
		if err == nil && message == ack {
			message, err = c.listen()
		}
		var end websocket.CloseError
		if !errors.As(err, &end) || end.Code != 4429 {
			t.Fatalf("message %q, %v, want close 4429", message, err)
		}
	}
}

// One connection of HTTP carries requests of several people: each is who its own token says.
func TestE5ConnectionIsNobodys(t *testing.T) {
	w := newTwinWorld(t)
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}, Timeout: patience}
	t.Cleanup(client.CloseIdleConnections)
	for i := range 20 {
		who := twins(i%3 == 0)[i%2]
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url, bytes.NewReader(requestBody(t, `{ viewer { id organisation } contact(id: "contact_twin") { displayName } }`, nil)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{"Content-Type": {plain}, "Authorization": {w.token(t, who)}}
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if _, err := got.ReadFrom(response.Body); err != nil || response.Body.Close() != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf(`{"data":{"viewer":{"id":%q,"organisation":%q},"contact":{"displayName":"Twin of %s"}}}`, who.Agent, who.Org, who.Org)
		if got.String() != want {
			t.Errorf("request %d: %s, want %s", i, &got, want)
		}
	}
}

// Organisations are not erased, contacts are.
func TestE10ErasureIsToldToItsOwnOrganisationAlone(t *testing.T) {
	l := newLiveTwins(t)
	const changes = `subscription C($id: ID!) { contactEvents(contactId: $id) { __typename ... on ContactErased { contactId } } }`
	ours, theirs := l.socket(t, ada), l.socket(t, stranger)
	for _, c := range []*client{ours, theirs} {
		c.say(asks(t, "c", changes, following("")))
	}
	l.follows(ours, ada, "n", twin)
	l.follows(theirs, stranger, "n", twin)
	hers, his := l.listen(t, ada, changes, following("")), l.listen(t, stranger, changes, following(""))
	l.store.followed.await(t, 6)
	const erase = `mutation A($id: ID!) { eraseContact(input: { contactId: $id }) { contactId problems { code field } } }`
	if got := l.ask(t, stranger, erase, map[string]any{"id": emptyContact}); got.codes(t) != "problem NOT_FOUND contactId" {
		t.Errorf("an administrator of another organisation erases: %s", got.body)
	}
	other := l.inStore(t, globex)
	l.do(t, adam, erase, following(""))
	ended := map[string]bool{ours.hear(): true, ours.hear(): true, ours.hear(): true}
	const erased = `{"data":{"contactEvents":{"__typename":"ContactErased","contactId":"contact_twin"}}}`
	if !ended[`{"id":"c","type":"next","payload":`+erased+`}`] || !ended[completes("c")] || len(ended) != 3 {
		t.Errorf("its own organisation is told %v", ended)
	}
	for message := range ended {
		if strings.HasPrefix(message, `{"id":"n"`) {
			isError(t, message, "n", "NOT_FOUND contactId")
		}
	}
	if e := hers.next(t); e.data != erased {
		t.Errorf("its own organisation's stream tells %s", e.data)
	}
	l.store.followed.await(t, 3)
	theirs.answers()
	l.isAsBefore(t, globex, other)
	l.addNotes(t, globex, twin, 0, 1, "theirs")
	theirs.hears(added("n", noteID(0), "theirs"))
	l.do(t, stranger, `mutation { promoteToVip(input: { contactId: "contact_twin" }) { problems { code } } }`, nil)
	theirs.hears(`{"id":"c","type":"next","payload":{"data":{"contactEvents":{"__typename":"VipChanged"}}}}`)
	if e := his.next(t); !strings.Contains(e.data, "VipChanged") {
		t.Errorf("the other organisation's stream tells %s", e.data)
	}
}
