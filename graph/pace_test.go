package graph_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"contactpanel/auth"
	"contactpanel/contact"
	"contactpanel/graph"
)

// TestReplayGoesAtItsAgentsRate asks for what has happened: four events are paid, and the others come as points flow in.
func TestReplayGoesAtItsAgentsRate(t *testing.T) {
	l := newLive(t, ratesOf(func(r *graph.Rates) { r.AgentRate, r.AgentBurst, r.OrganisationAgents = 60_000, 1+10+3*10, 2 }))
	after := l.cursor(t, adam, emptyContact)
	l.addNotes(t, acme, emptyContact, 0, 6, "x")
	c := l.socket(t, ada)
	c.say(asks(t, "s", followed, map[string]any{"id": emptyContact, "after": after}))
	for i := range 4 {
		c.hears(added("s", noteID(i), "x"))
	}
	c.answers()
	l.clock.advance(10 * time.Millisecond)
	c.hears(added("s", noteID(4), "x"))
	l.clock.advance(10 * time.Millisecond)
	c.hears(added("s", noteID(5), "x"))
	l.clock.advance(10 * time.Millisecond)
	c.hears(caughtUp("s"))
	l.addNotes(t, acme, emptyContact, 6, 16, "x") // what happens now costs nothing
	for i := 6; i < 16; i++ {
		c.hears(added("s", noteID(i), "x"))
	}
}

// TestSubscriptionBeginsLaterRatherThanBeingRefused has not the points of a subscription whose events hold a page of notes.
func TestSubscriptionBeginsLaterRatherThanBeingRefused(t *testing.T) {
	l := newLive(t, ratesOf(func(r *graph.Rates) { r.AgentRate, r.AgentBurst, r.OrganisationAgents = 60_000, 40, 2 }))
	after := l.ask(t, adam, `{ contact(id: "contact_empty") { eventsCursor } }`, nil).at(t, "data", "contact", "eventsCursor")
	c := l.socket(t, ada)
	l.do(t, ada, "{ viewer { id } }", nil)
	l.store.seen.take()
	c.say(asks(t, "s", `subscription($id: ID!, $after: String) { contactEvents(contactId: $id, after: $after) {
		__typename ... on VipChanged { contact { notes(first: 20) { nodes { id } } } } } }`, map[string]any{"id": emptyContact, "after": after}))
	c.answers()
	if calls := l.store.seen.take(); slices.Contains(calls, "Follow") {
		t.Errorf("the store is asked %v", calls)
	}
	l.clock.advance(10 * time.Millisecond)
	c.hears(`{"id":"s","type":"next","payload":{"data":{"contactEvents":{"__typename":"CaughtUp"}}}}`)
}

// TestNobodyAtWorkIsRefusedByTheDefaults has agents who open a conversation every three seconds, with its panel, both
// subscriptions and now and then a note, and one whose ten tabs load at once.
func TestNobodyAtWorkIsRefusedByTheDefaults(t *testing.T) {
	const agents, opened, each = 10, 20, 3 * time.Second
	w := newFullWorld(t, func(d *graph.Deps) { d.Limits.Rates = graph.Rates{} })
	panel, err := os.ReadFile("testdata/panel.graphql")
	if err != nil {
		t.Fatal(err)
	}
	asks := func(who auth.TokenRequest, query string) {
		t.Helper()
		if got := w.ask(t, who, query, map[string]any{"id": fullContact, "firstNotes": 20}); got.status != http.StatusOK {
			t.Fatalf("%s: status %d: %.300s", who.Agent, got.status, got.body)
		}
	}
	const costsAsBothSubscriptions = `{ a: contact(id: "contact_full") { sections { attributes { ... on Attribute { id values { __typename } } } } } }`
	for i := range opened {
		for n := range agents {
			who := auth.TokenRequest{Agent: fmt.Sprint("Agent ", n), Org: acme, Role: contact.RoleAgent}
			asks(who, string(panel))
			asks(who, costsAsBothSubscriptions)
			if i%5 == 0 {
				asks(who, `mutation { addNote(input: { contactId: "contact_full", body: "x" }) { noteEdge { node { id } } problems { message } } }`)
			}
		}
		w.clock.advance(each)
	}
	for range 10 {
		asks(ada, string(panel))
		asks(ada, `{ contacts(first: 20) { nodes { id displayName primaryProfile { network } } } }`)
	}
}
