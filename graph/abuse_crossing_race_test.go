package graph_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"contactpanel/auth"
	"contactpanel/contact"
	"contactpanel/graph"
)

// What the twins ask and change in the same moment.
const (
	twinPanel = `{ contact(id: "contact_twin") { displayName notes { totalCount nodes { id body version } } attribute(key: "biography") { ... on Attribute { definition { label } } } }
		node(id: "note_twin") { ... on Note { body } } nodes(ids: ["contact_twin", "contact_foreign", "contact_empty"]) { ... on Contact { displayName } } }`
	twinLabel = `mutation A($l: String!) { updateAttributeDefinition(input: { key: "biography", expectedVersion: 1, labels: [{ locale: "en", text: $l }] }) { problems { code } } }`
	twinEdit  = `mutation A($b: String!, $v: Int!, $k: String) { editNote(input: { noteId: "note_twin", body: $b, expectedVersion: $v, clientMutationId: $k }) { note { body } problems { code } } }`
	twinNotes = `subscription { noteEvents(contactId: "contact_twin") { ... on NoteEdited { note { body } } } }`
)

// twinAnswer is what twinPanel is answered in an organisation.
func twinAnswer(org string, version int) string {
	others := `[{"displayName":"Twin of acme"},null,{"displayName":"Ernst Empty"}]`
	if org == globex {
		others = `[{"displayName":"Twin of globex"},{"displayName":"Fay Foreign"},null]`
	}
	body := twinBody(org, version)
	return fmt.Sprintf(`{"data":{"contact":{"displayName":"Twin of %s","notes":{"totalCount":1,"nodes":[{"id":"note_twin","body":%q,"version":%d}]},"attribute":{"definition":{"label":"Life of %s"}}},"node":{"body":%q},"nodes":%s}}`,
		org, body, version, org, body, others)
}

func twinBody(org string, version int) string { return fmt.Sprintf("%s %d", org, version) }

// atOnce lets the same agent of both organisations begin in the same moment.
func atOnce(begin func(who auth.TokenRequest)) {
	var wait sync.WaitGroup
	start := make(chan struct{})
	for _, who := range twins(false) {
		wait.Go(func() {
			<-start
			begin(who)
		})
	}
	close(start)
	wait.Wait()
}

// Both organisations ask for the same ids in the same moment, a thousand times, while the texts behind them change.
func TestE7SameIDsAtOnceAreEachTheirOwn(t *testing.T) {
	const rounds, every = 1000, 20
	l := newLiveTwins(t, func(d *graph.Deps) { d.Limits.Live.Ping = time.Hour })
	followers := map[string]*client{}
	for i, who := range twins(false) {
		l.putNote(t, contact.OrgID(who.Org), contact.Note{ID: "note_twin", Contact: twin, Body: "x", Author: author, CreatedAt: early})
		l.do(t, twins(true)[i], twinLabel, map[string]any{"l": "Life of " + who.Org})
		followers[who.Org] = l.socket(t, who)
		followers[who.Org].say(asks(t, "n", twinNotes, nil))
	}
	l.store.followed.await(t, 2)
	for i := 0; i < rounds && !t.Failed(); i++ {
		version := i/every + 2 // the first edit makes the second
		if i%every == 0 {
			atOnce(func(who auth.TokenRequest) {
				edit := map[string]any{"b": twinBody(who.Org, version), "v": version - 1, "k": fmt.Sprint("press-", version)}
				if got := l.ask(t, who, twinEdit, edit); got.at(t, "data", "editNote", "note", "body") != edit["b"] {
					t.Errorf("E7, an edit by %s: %s", who.Org, got.body)
				}
			})
			for org, c := range followers {
				c.hears(next("n", fmt.Sprintf(`{"note":{"body":%q}}`, twinBody(org, version))))
			}
		}
		atOnce(func(who auth.TokenRequest) {
			if got := l.ask(t, who, twinPanel, nil); string(got.body) != twinAnswer(who.Org, version) {
				t.Errorf("E7, %s: %s\nwant %s", who.Org, got.body, twinAnswer(who.Org, version))
			}
		})
	}
}
