package contact_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"contactpanel/contact"
)

func TestAStaleWriteOfANoteShowsTheNoteAsItStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Nora")
	n := w.note(of.ID, "one")
	for v, body := range []string{"two", "three"} {
		_, err := w.EditNote(w.as(ben), n.ID, body, v+1, "")
		w.must("EditNote", err)
	}
	writes := map[string]func(expected int) error{
		"EditNote":   func(v int) error { _, err := w.EditNote(w.as(anna), n.ID, "mine", v, ""); return err },
		"DeleteNote": func(v int) error { _, err := w.DeleteNote(w.as(anna), n.ID, v, ""); return err },
	}
	for what, write := range writes {
		for name, expected := range map[string]int{"F15: never": 0, "F15: old": 2, "F15: future": 4} {
			e := w.refused(what+" "+name, write(expected), contact.Conflict, "expectedVersion")
			current, ok := e.Current.(*contact.Note)
			if !ok || current.ID != n.ID || current.Body != "three" || current.Version != 3 {
				t.Errorf("%s %s: the conflict shows %+v, want the note at version 3", what, name, e.Current)
			}
		}
		w.refused(what+" F15: negative", write(-1), contact.BadUserInput, "expectedVersion")
	}
	if left := w.notes(of); len(left) != 1 || left[0].Body != "three" || left[0].Version != 3 {
		t.Errorf("stale writes left %+v", left)
	}
}

func TestWhatIsDeletedIsNotFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.note(w.person("Nora").ID, "text")
	_, err := w.RestoreNote(w.as(anna), n.ID, 1, "")
	w.refused("RestoreNote of a note that stands", err, contact.NotFound, "noteId")
	gone, err := w.DeleteNote(w.as(anna), n.ID, 1, "key")
	w.must("DeleteNote", err)

	_, err = w.EditNote(w.as(anna), n.ID, "late", 2, "")
	w.refused("F16: EditNote after DeleteNote", err, contact.NotFound, "noteId")
	_, err = w.DeleteNote(w.as(anna), n.ID, 2, "")
	w.refused("F16: DeleteNote twice", err, contact.NotFound, "noteId")
	_, err = w.DeleteNote(w.as(anna), n.ID, 1, "other")
	w.refused("F16: DeleteNote twice with another key", err, contact.NotFound, "noteId")
	again, err := w.DeleteNote(w.as(anna), n.ID, 1, "key")
	w.must("F16: DeleteNote twice with the same key", err)
	w.same("the second answer", again, gone)
	_, err = w.RestoreNote(w.as(anna), n.ID, 1, "")
	if e := w.refused("RestoreNote of another version", err, contact.Conflict, "expectedVersion"); e.Current.(*contact.Note).Version != 2 {
		t.Errorf("the conflict shows %+v", e.Current)
	}
}

func TestAnIDThatNobodyMadeIsNotFoundAndNotRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.note(w.person("Nora").ID, "text")
	strange := map[string]contact.ID{
		"F20: 10 KB": contact.ID("note_" + strings.Repeat("zyx", 3500)), "F20: with NUL": n.ID + "\x00", "F20: a number": "4242",
		"empty": "", "a prefix alone": "note_", "not UTF-8": "note_\xff\xfe", "another case": contact.ID(strings.ToUpper(string(n.ID))),
		"an operator": `{"$ne":null}`, "a wildcard": "note_%", "SQL": `' OR 1=1 --`,
	}
	for name, id := range strange {
		calls := map[string]error{}
		_, calls["EditNote noteId"] = w.EditNote(w.as(anna), id, "x", 1, "")
		_, calls["DeleteNote noteId"] = w.DeleteNote(w.as(anna), id, 1, "")
		_, calls["RestoreNote noteId"] = w.RestoreNote(w.as(anna), id, 1, "")
		_, calls["AddNote contactId"] = w.AddNote(w.as(anna), id, "x", "")
		_, calls["Contact id"] = w.Contact(w.as(anna), id)
		_, calls["SetAttribute contactId"] = w.SetAttribute(w.as(anna), contact.AttributeChange{Contact: id, Key: "biography", Values: []contact.ValueInput{text("x")}})
		_, calls["ClearAttribute contactId"] = w.ClearAttribute(w.as(anna), id, "biography", 0, "")
		_, calls["PromoteToVIP contactId"] = w.PromoteToVIP(w.as(anna), contact.PromoteInput{Contact: id})
		_, calls["RemoveVIP contactId"] = w.RemoveVIP(w.as(anna), id, "", "")
		for what, err := range calls {
			call, field, _ := strings.Cut(what, " ")
			e := w.refused(name+": "+call, err, contact.NotFound, field)
			if len(id) > 1 && strings.Contains(e.Error(), string(id)) {
				t.Errorf("%s: %s repeats the id: %v", name, call, e)
			}
		}
	}
}

// TestOfManyEditorsOfOneVersionExactlyOneWins is F19.
func TestOfManyEditorsOfOneVersionExactlyOneWins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Nora")
	n := w.note(of.ID, "start")
	for version := 1; version <= 200; version++ {
		editors := 2 + version%7
		won := make([]*contact.Note, editors)
		lost := make([]error, editors)
		var start, group sync.WaitGroup
		start.Add(1)
		for i := range editors {
			group.Go(func() {
				start.Wait()
				editor := actor(acme, contact.ID(fmt.Sprint("editor-", i)), "Editor", contact.OriginAgent, contact.RoleAgent)
				won[i], lost[i] = w.EditNote(w.as(editor), n.ID, fmt.Sprintf("version %d by %d", version, i), version, "")
			})
		}
		start.Done()
		group.Wait()

		winner := slices.IndexFunc(won, func(n *contact.Note) bool { return n != nil })
		if winner < 0 {
			t.Fatalf("version %d: nobody of %d won: %v", version, editors, errors.Join(lost...))
		}
		for i := range editors {
			if i == winner {
				continue
			}
			e := w.refused(fmt.Sprintf("version %d, editor %d after %d", version, i, winner), lost[i], contact.Conflict, "expectedVersion")
			w.same("the note that the loser is shown", e.Current, won[winner])
		}
	}
	if left := w.notes(of); len(left) != 1 || left[0].Version != 201 {
		t.Errorf("after 200 rounds the note stands at %+v", left)
	}
	events, err := w.store.Events(t.Context(), acme, of.ID, contact.TopicNotes, 0, 1000)
	w.must("Events", err)
	for i, e := range events {
		if e.Version != i+1 || e.Seq != int64(i+1) {
			t.Fatalf("event %d has version %d and seq %d", i, e.Version, e.Seq)
		}
	}
	if len(events) != 201 {
		t.Errorf("there are %d events, want 201", len(events))
	}
}
