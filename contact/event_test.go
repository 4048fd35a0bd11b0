package contact_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"contactpanel/contact"
)

// step is a write of one contact with the events that it must leave: "TOPIC TYPE subject version".
type step struct {
	name string
	do   func() error
	want []string
}

func steps(w *world, of contact.ID) []step {
	var n contact.ID
	ctx := w.as(anna)
	upsert := func(in contact.UpsertInput) func() error {
		in.Attributes = append(in.Attributes, customer("E-1"))
		return func() error { _, err := w.Upsert(ctx, in); return err }
	}
	return []step{
		{"addNote", func() error {
			added, err := w.AddNote(ctx, of, "secret text", "")
			if err == nil {
				n = added.ID
			}
			return err
		}, []string{"NOTES NOTE_ADDED note 1"}},
		{"editNote", func() error { _, err := w.EditNote(ctx, n, "secret text two", 1, "echo"); return err }, []string{"NOTES NOTE_EDITED note 2"}},
		{"deleteNote", func() error { _, err := w.DeleteNote(ctx, n, 2, ""); return err }, []string{"NOTES NOTE_DELETED note 3"}},
		{"restoreNote", func() error { _, err := w.RestoreNote(ctx, n, 3, ""); return err }, []string{"NOTES NOTE_RESTORED note 4"}},
		{"a refused edit", func() error { _, err := w.EditNote(ctx, n, "secret", 3, ""); return refusalIsFine(err) }, nil},
		{"setAttribute", func() error { _, err := w.set(anna, of, "biography", 0, text("secret life")); return err }, []string{"CONTACT ATTRIBUTE_CHANGED biography 1"}},
		{"clearAttribute", func() error { _, err := w.ClearAttribute(ctx, of, "biography", 1, ""); return err }, []string{"CONTACT ATTRIBUTE_CHANGED biography 2"}},
		{"a stale attribute", func() error { _, err := w.set(anna, of, "biography", 1, text("secret")); return refusalIsFine(err) }, nil},
		{"promoteToVip", func() error {
			_, err := w.PromoteToVIP(ctx, contact.PromoteInput{Contact: of, Reason: "secret reason"})
			return err
		}, []string{"CONTACT VIP_CHANGED  4"}},
		{"promoteToVip again", func() error { _, err := w.PromoteToVIP(ctx, contact.PromoteInput{Contact: of}); return err }, nil},
		{"removeVip", func() error { _, err := w.RemoveVIP(ctx, of, "secret", ""); return err }, []string{"CONTACT VIP_CHANGED  5"}},
		{"removeVip again", func() error { _, err := w.RemoveVIP(ctx, of, "", ""); return err }, nil},
		{"an upsert of everything", upsert(contact.UpsertInput{
			Name: "Secret Name", Profiles: profiles("INSTAGRAM:secret"), Attributes: []contact.AttributeInput{emails("secret@b.example")},
			Notes: []string{"secret one", "secret two"}, VIP: new(true),
		}), []string{
			"CONTACT CONTACT_CHANGED  6", "CONTACT PROFILE_CHANGED profile 6", "CONTACT ATTRIBUTE_CHANGED email 1", "CONTACT VIP_CHANGED  6",
			"NOTES NOTE_ADDED note 1", "NOTES NOTE_ADDED note 1",
		}},
		{"the upsert again", upsert(contact.UpsertInput{Name: "Secret Name", Notes: []string{"secret one"}, VIP: new(true)}), nil},
		{"an upsert of a note", upsert(contact.UpsertInput{Notes: []string{"secret three"}}), []string{"NOTES NOTE_ADDED note 1"}},
	}
}

func refusalIsFine(err error) error {
	if contact.CodeOf(err) == contact.Conflict {
		return nil
	}
	return fmt.Errorf("want a conflict, got %w", err)
}

func TestEachWriteLeavesItsEventsAndMovesItsHeadAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Eve", customer("E-1"))
	bystander := w.person("Bob")
	next := map[contact.Topic]int64{contact.TopicContact: w.contact(of.ID).EventsHead.Seq}
	for _, s := range steps(w, of.ID) {
		w.clock.advance(time.Second)
		before, rows := w.contact(of.ID), len(w.done())
		w.must(s.name, s.do())
		after := w.contact(of.ID)
		var got []string
		for topic, heads := range map[contact.Topic][2]contact.Head{
			contact.TopicContact: {before.EventsHead, after.EventsHead}, contact.TopicNotes: {before.NotesHead, after.NotesHead},
		} {
			events, err := w.store.Events(t.Context(), acme, of.ID, topic, heads[0].Seq, 100)
			w.must("Events", err)
			for _, e := range events {
				next[topic]++
				if e.Seq != next[topic] || e.Epoch != heads[0].Epoch || e.Actor != anna.Agent || !e.At.Equal(w.clock.now()) || e.Contact != of.ID {
					t.Errorf("%s: the event is %+v, want seq %d", s.name, e, next[topic])
				}
				if key := map[string]string{"editNote": "echo"}[s.name]; e.ClientMutationID != key {
					t.Errorf("%s: the event carries the key %q, want %q", s.name, e.ClientMutationID, key)
				}
				subject := e.Subject
				if prefix := contact.ID(subject).Prefix(); prefix == "note" || prefix == "profile" {
					subject = prefix
				}
				got = append(got, fmt.Sprint(topic, " ", e.Type, " ", subject, " ", e.Version))
			}
			if heads[1].Seq != next[topic] || heads[1].Epoch != heads[0].Epoch || heads[0].Epoch <= 0 {
				t.Errorf("%s: the head of %s went from %+v to %+v", s.name, topic, heads[0], heads[1])
			}
		}
		slices.SortFunc(got, func(a, b string) int { return strings.Compare(a[:1], b[:1]) })
		w.same(s.name+": the events", got, s.want)
		if moved := before.NotesCursor() != after.NotesCursor(); moved != strings.Contains(fmt.Sprint(s.want), "NOTES") {
			t.Errorf("%s: notesCursor changed: %v", s.name, moved)
		}
		if moved := before.EventsCursor() != after.EventsCursor(); moved != strings.Contains(fmt.Sprint(s.want), "CONTACT ") {
			t.Errorf("%s: eventsCursor changed: %v", s.name, moved)
		}
		if n := len(w.done()) - rows; n != len(s.want) {
			t.Errorf("%s wrote %d audit rows, want %d", s.name, n, len(s.want))
		}
	}
	w.same("another contact", w.contact(bystander.ID), bystander)
}

func TestTheLogNamesThingsAndQuotesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Eve", customer("E-1"))
	for _, s := range steps(w, of.ID) {
		w.must(s.name, s.do())
	}
	_, err := w.CreateDefinition(w.as(clara), contact.DefinitionInput{
		Key: "shoe", Kind: contact.KindCustom, ValueType: contact.TypeText, Labels: english("secret label"), Descriptions: english("secret"), Section: "about",
	})
	w.must("CreateDefinition", err)
	_, err = w.UpdateSection(w.as(clara), contact.SectionChange{Key: "about", ExpectedVersion: 1, Labels: new(english("secret"))})
	w.must("UpdateSection", err)
	rows := w.audit()
	if rows[0].Kind != "SECTION_CHANGED" || rows[0].Subject != "about" || rows[0].Contact != "" || rows[0].Version != 2 ||
		rows[1].Kind != "DEFINITION_CREATED" || rows[1].Subject != "shoe" || rows[1].Agent != clara.Agent {
		t.Errorf("the administrator's rows are %+v", rows[:2])
	}
	for _, row := range rows {
		if row.ID.Prefix() != contact.PrefixAudit || row.Agent.ID == "" || row.RequestID != "request-"+string(row.Agent.ID) || row.Address != "192.0.2.7" || !row.At.Equal(noon) {
			t.Errorf("the audit row %+v does not say who and from where", row)
		}
	}
	for _, topic := range []contact.Topic{contact.TopicContact, contact.TopicNotes} {
		events, err := w.store.Events(t.Context(), acme, of.ID, topic, 0, 1000)
		w.must("Events", err)
		if log := strings.ToLower(fmt.Sprintf("%+v %+v", rows, events)); strings.Contains(log, "secret") || strings.Contains(log, "e-1") {
			t.Errorf("the log quotes text: %s", log)
		}
	}
}

func TestAnAnswerIsCurrentToItsOwnChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check := func(what string, got *contact.Contact) {
		w.Helper()
		w.same(what, got, w.contact(got.ID))
	}
	made := w.upsert(contact.UpsertInput{Name: "Eve", Profiles: profiles("X:eve"), Attributes: []contact.AttributeInput{customer("E-1")}})
	check("Upsert that creates", made.Contact)
	check("Upsert that creates with a note", w.upsert(contact.UpsertInput{Name: "Una", Notes: []string{"a", "b"}}).Contact)
	check("Upsert that changes", w.upsert(contact.UpsertInput{Name: "Eva", Attributes: []contact.AttributeInput{customer("E-1")}, Notes: []string{"a"}}).Contact)
	check("Upsert that changes nothing", w.upsert(contact.UpsertInput{Name: "Eva", Attributes: []contact.AttributeInput{customer("E-1")}}).Contact)
	changed, err := w.set(anna, made.Contact.ID, "biography", 0, text("x"))
	w.must("SetAttribute", err)
	check("SetAttribute", changed.Contact)
	vip, err := w.PromoteToVIP(w.as(anna), contact.PromoteInput{Contact: made.Contact.ID})
	w.must("PromoteToVIP", err)
	check("PromoteToVIP", vip)
}

func TestAHeadSurvivesItsCursor(t *testing.T) {
	t.Parallel()
	for _, h := range []contact.Head{{}, {Epoch: 1, Seq: 1}, {Epoch: contact.NewEpoch(), Seq: 1 << 40}, {Epoch: 1<<63 - 1, Seq: 1 << 62}} {
		if got, err := contact.ParseHead(h.Cursor()); err != nil || got != h {
			t.Errorf("ParseHead of the cursor of %+v = %+v, %v", h, got, err)
		}
	}
	seen := map[int64]bool{}
	for range 1000 {
		e := contact.NewEpoch()
		if e <= 0 || seen[e] {
			t.Fatalf("NewEpoch() = %d", e)
		}
		seen[e] = true
	}
}

func FuzzAHeadIsReadOrRefused(f *testing.F) {
	cursor := (contact.Head{Epoch: 7, Seq: 300}).Cursor()
	for _, s := range []string{
		"", "AQ", "not base64!", strings.Repeat("A", 4096), cursor, "AQAAAAAAAAAB____________AQ", cursor + "==", cursor + "\n", " " + cursor, "B" + cursor[1:], cursor[:len(cursor)-2], cursor + cursor,
		(contact.Head{Epoch: 8, Seq: 300}).Cursor(), (contact.Head{Epoch: 7, Seq: 1<<63 - 1}).Cursor(), (contact.Head{Epoch: -1, Seq: -1}).Cursor(), (contact.Head{}).Cursor(),
		contact.NoteCursor(&contact.Note{ID: "note_1", Contact: "contact_1", CreatedAt: noon}), "7:300", "\x00", "\xff", "%00",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		h, err := contact.ParseHead(cursor)
		if err != nil {
			if contact.CodeOf(err) != contact.InvalidCursor || len(cursor) > 8 && strings.Contains(err.Error(), cursor) {
				t.Errorf("ParseHead(%q) = %v", cursor, err)
			}
			return
		}
		if again, err := contact.ParseHead(h.Cursor()); err != nil || again != h || h.Seq < 0 {
			t.Errorf("ParseHead(%q) = %+v, of whose cursor %+v, %v", cursor, h, again, err)
		}
	})
}
