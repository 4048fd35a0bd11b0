package graph_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"contactpanel/contact"
)

// rounds is how often a race is run: often, unless the tests are to be short.
func rounds(often, short int) int {
	if testing.Short() {
		return short
	}
	return often
}

// disturb adds notes and deletes the doomed, by several agents at once, time after time at the pace of a reader: changed has one
// for each time. End returns when nobody changes anything any more.
func (w *world) disturb(t *testing.T, doomed []contact.ID) (changed <-chan struct{}, end func()) {
	t.Helper()
	times, done := make(chan struct{}), make(chan struct{})
	var group sync.WaitGroup
	const agents = 3
	for i := range agents {
		group.Go(func() {
			for at := i; ; at += agents {
				added := w.ask(t, ada, addByVariable, input(map[string]any{"contactId": emptyContact, "body": "added"}))
				if added.verdict(t) != "" {
					t.Errorf("adding: %s", added.body)
				}
				if at < len(doomed) {
					gone := w.ask(t, ada, deleteByVariable, input(map[string]any{"noteId": doomed[at], "expectedVersion": 1}))
					if gone.verdict(t) != "" {
						t.Errorf("deleting: %s", gone.body)
					}
				}
				select {
				case times <- struct{}{}:
				case <-done:
					return
				}
			}
		})
	}
	return times, sync.OnceFunc(func() {
		close(done)
		group.Wait()
	})
}

// F18: who pages through the notes sees each that stays exactly once, newest first, whatever others do meanwhile.
func TestF18ThousandNotesArePagedWhileOthersAddAndDelete(t *testing.T) {
	const size = 17
	notes := rounds(1000, 200)
	for direction, query := range map[string]string{
		"forward":  `query($id: ID!, $n: Int!, $c: String) { contact(id: $id) { notes(first: $n, after: $c) { nodes { id createdAt } pageInfo { cursor: endCursor more: hasNextPage } } } }`,
		"backward": `query($id: ID!, $n: Int!, $c: String) { contact(id: $id) { notes(last: $n, before: $c) { nodes { id createdAt } pageInfo { cursor: startCursor more: hasPreviousPage } } } }`,
	} {
		t.Run("F18, "+direction, func(t *testing.T) {
			w := newFullWorld(t)
			w.putNotes(t, emptyContact, notes, "before")
			var doomed []contact.ID
			for i := range notes / 3 { // every third, in an order that meets the reader's pages from all sides
				doomed = append(doomed, contact.ID(fmt.Sprint("note_many", i*613%(notes/3)*3)))
			}
			changed, end := w.disturb(t, doomed)
			defer end()
			var seen []seenNote
			for cursor, more := any(nil), true; more; {
				got := w.ask(t, ada, query, map[string]any{"id": emptyContact, "n": size, "c": cursor})
				page := notesOf(t, got)
				if direction == "backward" {
					seen = append(page, seen...)
				} else {
					seen = append(seen, page...)
				}
				cursor = got.at(t, "data", "contact", "notes", "pageInfo", "cursor")
				if more, _ = got.at(t, "data", "contact", "notes", "pageInfo", "more").(bool); len(page) == 0 || len(seen) > 3*notes {
					t.Fatalf("%d notes are seen, and then %s", len(seen), got.body)
				}
				for range 5 {
					<-changed
				}
			}
			end()
			checkSeen(t, seen, notes, doomed)
		})
	}
}

// seenNote is a note as the pages show it.
type seenNote struct{ at, id string }

func notesOf(t *testing.T, got answer) (out []seenNote) {
	t.Helper()
	nodes, _ := got.at(t, "data", "contact", "notes", "nodes").([]any)
	for i := range nodes {
		id, _ := got.at(t, "data", "contact", "notes", "nodes", i, "id").(string)
		at, _ := got.at(t, "data", "contact", "notes", "nodes", i, "createdAt").(string)
		out = append(out, seenNote{at, id})
	}
	return out
}

// checkSeen checks that the pages show each note once, newest first, and all that were never to go.
func checkSeen(t *testing.T, seen []seenNote, notes int, doomed []contact.ID) {
	t.Helper()
	times := map[string]int{}
	for i, n := range seen {
		if times[n.id]++; times[n.id] > 1 {
			t.Errorf("note %s is seen %d times", n.id, times[n.id])
		}
		if i > 0 && (n.at > seen[i-1].at || n.at == seen[i-1].at && n.id >= seen[i-1].id) {
			t.Errorf("%v stands behind %v", n, seen[i-1])
		}
	}
	for i := range notes {
		id := fmt.Sprint("note_many", i)
		if times[id] != 1 && !slices.Contains(doomed, contact.ID(id)) {
			t.Errorf("note %s, which stays, is seen %d times", id, times[id])
		}
	}
}

// F19: of two agents who edit the version that both see exactly one wins, and the other is shown what the winner wrote.
func TestF19OfTwoEditsOfOneVersionExactlyOneWins(t *testing.T) {
	w := newFullWorld(t)
	bea := ada
	bea.Agent = "Bea Before"
	id, _ := w.ask(t, ada, addByVariable, input(map[string]any{"contactId": emptyContact, "body": "start"})).at(t, "data", "addNote", "note", "id").(string)
	edit := func(i, version int) answer {
		who, body := ada, fmt.Sprintf("%d by %d", version, i)
		if i == 1 {
			who = bea
		}
		return w.ask(t, who, editByVariable, input(map[string]any{"noteId": id, "body": body, "expectedVersion": version}))
	}
	wins, many := [2]int{}, rounds(1000, 100)
	for version := 1; version <= many; version++ {
		var got [2]answer
		var both sync.WaitGroup
		for i := range got {
			both.Go(func() { got[i] = edit(i, version) })
		}
		both.Wait()
		winner := 0
		if got[0].verdict(t) != "" {
			winner = 1
		}
		wins[winner]++
		want := fmt.Sprintf("%d by %d", version, winner)
		if got[winner].verdict(t) != "" || got[winner].at(t, "data", "editNote", "note", "body") != want || got[1-winner].verdict(t) != conflict(id, version+1, want) {
			t.Fatalf("version %d: %s and %s, want one done and the other shown it", version, got[winner].body, got[1-winner].body)
		}
	}
	t.Logf("of %d rounds the first agent won %d", many, wins[0])
	read := w.ask(t, ada, `query($id: ID!) { node(id: $id) { ... on Note { version } } }`, map[string]any{"id": id})
	if read.at(t, "data", "node", "version") != float64(many+1) {
		t.Errorf("after %d rounds: %s", many, read.body)
	}
	edits := w.auditEntries(t, acme, contact.AuditQuery{Contact: emptyContact, Kinds: []contact.AuditKind{contact.AuditNoteEdited}})
	if done := len(slices.DeleteFunc(edits, func(e contact.AuditEntry) bool { return e.Refused != "" })); done != many {
		t.Errorf("the audit has %d edits of %d rounds", done, many)
	}
}
