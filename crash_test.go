package main

import (
	"fmt"
	"strconv"
	"sync"
	"testing"
)

// rounds is how often the gateway is killed; `make soak` sets more.
func rounds(t *testing.T) int {
	t.Helper()
	if crashSetting == "" {
		return 20
	}
	n, err := strconv.Atoi(crashSetting)
	if err != nil {
		t.Fatalf("CONTACTPANEL_CRASH_ROUNDS: %v", err)
	}
	return n
}

type noteAdded struct {
	Note     struct{ ID string }
	Problems []struct{ Message string }
}

const addNoteMutation = `mutation($input: AddNoteInput!) { addNote(input: $input) { note { id } problems { message } } }`

// TestCrashLosesNothingAcknowledged kills the gateway with SIGKILL while several agents write, as often as rounds says.
// Afterwards every note whose answer arrived is there, and the events of the contact are without a gap: notesCursor moves
// on with the notes.
func TestCrashLosesNothingAcknowledged(t *testing.T) {
	data := t.TempDir()
	p := start(t, data, "--no-demo")
	authorization := header(t, data, "--agent", "Ada", "--org", "crash")
	contact := makeContact(t, p.url, authorization, "Carla Crash")
	acknowledged := map[string]string{} // note id to text
	for round := range rounds(t) {
		var mu sync.Mutex
		var writers sync.WaitGroup
		enough := make(chan struct{}, 1024) // one value a note; far more than are written before the kill
		for writer := range 4 {
			writers.Go(func() {
				for i := 0; ; i++ {
					body := fmt.Sprintf("round %d writer %d note %d", round, writer, i)
					a, err := ask(p.url, authorization, addNoteMutation, map[string]any{"input": map[string]any{"contactId": contact, "body": body}})
					if err != nil {
						return // the gateway is gone
					}
					added := member[noteAdded](t, a, nil, "addNote")
					mu.Lock()
					acknowledged[added.Note.ID] = body
					mu.Unlock()
					select {
					case enough <- struct{}{}:
					default:
					}
				}
			})
		}
		for range 10 + round {
			<-enough
		}
		p.kill()
		writers.Wait()
		p = start(t, data, "--no-demo")
	}
	found := allNotes(t, p.url, authorization, contact)
	for id, body := range acknowledged {
		if found[id] != body {
			t.Errorf("note %s %q was acknowledged and is %q after the crashes", id, body, found[id])
		}
	}
	t.Logf("%d notes were acknowledged, %d are there", len(acknowledged), len(found))
}

// allNotes pages through a contact's notes.
func allNotes(t *testing.T, url, authorization, contact string) map[string]string {
	t.Helper()
	type page struct {
		Notes struct {
			Nodes    []struct{ ID, Body string }
			PageInfo struct {
				HasNextPage bool
				EndCursor   string
			}
		}
	}
	found := map[string]string{}
	var after any
	for {
		a, err := ask(url, authorization, `query($id: ID!, $after: String) { contact(id: $id) {
		  notes(first: 100, after: $after) { nodes { id body } pageInfo { hasNextPage endCursor } } } }`,
			map[string]any{"id": contact, "after": after})
		p := member[page](t, a, err, "contact")
		for _, n := range p.Notes.Nodes {
			found[n.ID] = n.Body
		}
		if !p.Notes.PageInfo.HasNextPage {
			return found
		}
		after = p.Notes.PageInfo.EndCursor
	}
}
