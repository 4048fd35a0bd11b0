package contact_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"contactpanel/contact"
)

// mutation is one kind of write, prepared so that it can be sent at any time: do sends it under a key, other sends the
// same with another input.
type mutation struct {
	name      string
	do, other func(ctx context.Context, key string) (any, error)
}

func mutations(w *world) []mutation {
	w.Helper()
	of := w.person("Ida", attr("biography", text("standing")))
	add := func(body string) contact.ID { return w.note(of.ID, body).ID }
	edited, deleted, restored := add("to edit"), add("to delete"), add("to restore")
	_, err := w.DeleteNote(w.as(ben), restored, 1, "")
	w.must("DeleteNote", err)
	_, err = w.ArchiveDefinition(w.as(clara), "language", 1, "")
	w.must("ArchiveDefinition", err)
	set := func(ctx context.Context, key string, n string, expected int) (any, error) {
		return w.SetAttribute(ctx, contact.AttributeChange{Contact: of.ID, Key: "website", Values: []contact.ValueInput{address("https://" + n + ".example")}, ExpectedVersion: expected, ClientMutationID: key})
	}
	define := func(ctx context.Context, key, name string) (any, error) {
		return w.CreateDefinition(ctx, contact.DefinitionInput{Key: name, Kind: contact.KindCustom, ValueType: contact.TypeText, Labels: english(name), Section: "about", ClientMutationID: key})
	}
	section := func(ctx context.Context, key, name string) (any, error) {
		return w.CreateSection(ctx, contact.SectionInput{Key: name, Labels: english(name), ClientMutationID: key})
	}
	upsert := func(ctx context.Context, key, number string) (any, error) {
		return w.Upsert(ctx, contact.UpsertInput{Name: "Una", Attributes: []contact.AttributeInput{customer(number)}, Notes: []string{"met"}, VIP: new(true), ClientMutationID: key})
	}
	type ctx = context.Context
	return append(groupMutations(w), []mutation{
		{"addNote", func(c ctx, k string) (any, error) { return w.AddNote(c, of.ID, "new", k) }, func(c ctx, k string) (any, error) { return w.AddNote(c, of.ID, "newer", k) }},
		{"editNote", func(c ctx, k string) (any, error) { return w.EditNote(c, edited, "new", 1, k) }, func(c ctx, k string) (any, error) { return w.EditNote(c, edited, "new", 2, k) }},
		{"deleteNote", func(c ctx, k string) (any, error) { return w.DeleteNote(c, deleted, 1, k) }, func(c ctx, k string) (any, error) { return w.DeleteNote(c, edited, 1, k) }},
		{"restoreNote", func(c ctx, k string) (any, error) { return w.RestoreNote(c, restored, 2, k) }, func(c ctx, k string) (any, error) { return w.RestoreNote(c, restored, 3, k) }},
		{"setAttribute", func(c ctx, k string) (any, error) { return set(c, k, "a", 0) }, func(c ctx, k string) (any, error) { return set(c, k, "b", 0) }},
		{"clearAttribute", func(c ctx, k string) (any, error) { return w.ClearAttribute(c, of.ID, "biography", 1, k) }, func(c ctx, k string) (any, error) { return w.ClearAttribute(c, of.ID, "location", 1, k) }},
		{"promoteToVip", func(c ctx, k string) (any, error) {
			return w.PromoteToVIP(c, contact.PromoteInput{Contact: of.ID, Reason: "loyal", ExpiresAt: new(noon.AddDate(1, 0, 0)), ClientMutationID: k})
		}, func(c ctx, k string) (any, error) {
			return w.PromoteToVIP(c, contact.PromoteInput{Contact: of.ID, Reason: "loyal", ClientMutationID: k})
		}},
		{"removeVip", func(c ctx, k string) (any, error) { return w.RemoveVIP(c, of.ID, "", k) }, func(c ctx, k string) (any, error) { return w.RemoveVIP(c, of.ID, "left", k) }},
		{"upsertContact", func(c ctx, k string) (any, error) { return upsert(c, k, "U-1") }, func(c ctx, k string) (any, error) { return upsert(c, k, "U-2") }},
		{"createAttributeDefinition", func(c ctx, k string) (any, error) { return define(c, k, "shoe") }, func(c ctx, k string) (any, error) { return define(c, k, "hat") }},
		{"updateAttributeDefinition", func(c ctx, k string) (any, error) {
			return w.UpdateDefinition(c, contact.DefinitionChange{Key: "email", ExpectedVersion: 1, Labels: new(english("Mail")), ClientMutationID: k})
		}, func(c ctx, k string) (any, error) {
			return w.UpdateDefinition(c, contact.DefinitionChange{Key: "email", ExpectedVersion: 1, Order: new(3), ClientMutationID: k})
		}},
		{"archiveAttributeDefinition", func(c ctx, k string) (any, error) { return w.ArchiveDefinition(c, "followers", 1, k) }, func(c ctx, k string) (any, error) { return w.ArchiveDefinition(c, "followers", 2, k) }},
		{"restoreAttributeDefinition", func(c ctx, k string) (any, error) { return w.RestoreDefinition(c, "language", 2, k) }, func(c ctx, k string) (any, error) { return w.RestoreDefinition(c, "language", 3, k) }},
		{"orderAttributeDefinitions", func(c ctx, k string) (any, error) {
			return w.OrderDefinitions(c, "customer", []contact.VersionedKey{{Key: "membership", ExpectedVersion: 1}}, k)
		}, func(c ctx, k string) (any, error) { return w.OrderDefinitions(c, "customer", nil, k) }},
		{"createAttributeSection", func(c ctx, k string) (any, error) { return section(c, k, "attic") }, func(c ctx, k string) (any, error) { return section(c, k, "cellar") }},
		{"updateAttributeSection", func(c ctx, k string) (any, error) {
			return w.UpdateSection(c, contact.SectionChange{Key: "about", ExpectedVersion: 1, Labels: new(english("Person")), ClientMutationID: k})
		}, func(c ctx, k string) (any, error) {
			return w.UpdateSection(c, contact.SectionChange{Key: "about", ExpectedVersion: 2, Labels: new(english("Person")), ClientMutationID: k})
		}},
	}...)
}

func TestEveryMutationHappensOnceUnderItsKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := mutations(w)
	for _, m := range all {
		first, err := m.do(w.as(clara), m.name)
		w.must(m.name, err)
		rows := len(w.audit())
		w.clock.advance(time.Second)
		again, err := m.do(w.as(clara), m.name)
		w.must(m.name+" again", err)
		w.same(m.name+": the second answer", again, first)
		if more := len(w.audit()) - rows; more != 0 {
			t.Errorf("%s again wrote %d audit rows", m.name, more)
		}
		_, err = m.other(w.as(clara), m.name)
		w.refused("F17: "+m.name+" with other input", err, contact.IdempotencyKeyReused, "clientMutationId")
	}
	for i, m := range all {
		_, err := m.do(w.as(clara), all[(i+1)%len(all)].name)
		w.refused(m.name+" under another mutation's key", err, contact.IdempotencyKeyReused, "clientMutationId")
	}
}

func TestTheFirstAnswerIsGivenWhateverBecameOfTheNote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Ida")
	first, err := w.AddNote(w.as(anna), of.ID, "text", "key")
	w.must("AddNote", err)
	_, err = w.EditNote(w.as(ben), first.ID, "changed", 1, "")
	w.must("EditNote", err)
	again, err := w.AddNote(w.as(anna), of.ID, "text", "key")
	w.must("AddNote after an edit", err)
	w.same("after an edit", again, first)
	_, err = w.DeleteNote(w.as(ben), first.ID, 2, "")
	w.must("DeleteNote", err)
	again, err = w.AddNote(w.as(anna), of.ID, "text", "key")
	w.must("AddNote after a deletion", err)
	w.same("after a deletion", again, first)
	if left := w.notes(of); len(left) != 0 {
		t.Errorf("the repetition brought back %+v", left)
	}
}

// TestTheFirstAnswerIsReadByTodaysRights closes an attribute by another process, whose change this one has not seen.
func TestTheFirstAnswerIsReadByTodaysRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	zoe := contact.UpsertInput{Attributes: []contact.AttributeInput{emails("zoe@example.org")}, ClientMutationID: "upsert"}
	of := w.upsert(contact.UpsertInput{Attributes: zoe.Attributes}).Contact
	repeat := map[string]func() (*contact.Contact, error){
		"promoteToVip": func() (*contact.Contact, error) {
			return w.PromoteToVIP(w.as(anna), contact.PromoteInput{Contact: of.ID, ClientMutationID: "promote"})
		},
		"upsertContact": func() (*contact.Contact, error) {
			got, err := w.Upsert(w.as(anna), zoe)
			if err != nil {
				return nil, err
			}
			return got.Contact, nil
		},
	}
	shows := func(name string) bool {
		got, err := repeat[name]()
		w.must(name, err)
		a, err := w.AttributeOf(w.as(anna), got, contact.KeyEmail)
		w.must("AttributeOf", err)
		called, err := w.DisplayName(w.as(anna), got)
		w.must("DisplayName", err)
		return a != nil || called == "zoe@example.org"
	}
	other := *w
	other.Contacts = contact.New(w.deps(w.store))
	for _, readers := range [][]contact.Role{nil, admins, agents} {
		other.restrict(contact.KeyEmail, readers, nil)
		for name := range repeat {
			w.same(name+" shows what "+fmt.Sprint(readers)+" may read", shows(name), len(readers) == 0 || readers[0] == contact.RoleAgent)
		}
	}
}

func TestAKeyBelongsToOneAgentOfOneOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Ida")
	theirs, err := w.Upsert(w.as(mallory), contact.UpsertInput{Name: "Ida"})
	w.must("Upsert", err)
	namesake := mallory
	namesake.Agent = anna.Agent // the same subject in another organisation
	for who, id := range map[*contact.Actor]contact.ID{&anna: of.ID, &ben: of.ID, &mallory: theirs.Contact.ID, &namesake: theirs.Contact.ID} {
		n, err := w.AddNote(w.as(*who), id, "by "+string(who.Org)+" "+string(who.ID), "key")
		w.must("F17: AddNote", err)
		if n.Author != who.Agent || n.Contact != id {
			t.Errorf("%s of %s was given the note of %+v", who.ID, who.Org, n.Author)
		}
	}
	if n := len(w.notes(of)); n != 2 {
		t.Errorf("the contact has %d notes, want 2", n)
	}
}

func TestAKeyIsForgottenAfterADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Ida")
	first, err := w.AddNote(w.as(anna), of.ID, "text", "key")
	w.must("AddNote", err)
	w.clock.set(noon.Add(24*time.Hour - time.Millisecond))
	again, err := w.AddNote(w.as(anna), of.ID, "text", "key")
	w.must("AddNote", err)
	w.same("a millisecond before", again, first)
	_, err = w.AddNote(w.as(anna), of.ID, "other", "key")
	w.refused("other text a millisecond before", err, contact.IdempotencyKeyReused, "clientMutationId")

	w.clock.set(noon.Add(24 * time.Hour))
	second, err := w.AddNote(w.as(anna), of.ID, "text", "key")
	w.must("F17: AddNote after 24 h", err)
	if second.ID == first.ID || len(w.notes(of)) != 2 {
		t.Errorf("after a day the key still gives %+v", second)
	}
	w.clock.advance(24*time.Hour - time.Millisecond)
	again, err = w.AddNote(w.as(anna), of.ID, "text", "key")
	w.must("AddNote", err)
	w.same("the key remembers the second write", again, second)
}

func TestARefusedWriteDoesNotBurnItsKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Ida")
	_, err := w.AddNote(w.as(anna), of.ID, " ", "key")
	w.refused("AddNote without text", err, contact.InvalidValue, "body")
	n, err := w.AddNote(w.as(anna), of.ID, "text", "key")
	w.must("AddNote", err)
	_, err = w.EditNote(w.as(anna), n.ID, "new", 7, "edit")
	w.refused("EditNote of another version", err, contact.Conflict, "expectedVersion")
	_, err = w.EditNote(w.as(anna), n.ID, "new", 1, "edit")
	w.must("EditNote", err)
}

func TestAKeyHasAtMostSixtyFourCodePoints(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Ida")
	for key, fine := range map[string]bool{strings.Repeat("😀", 64): true, strings.Repeat("a", 65): false, "\xff": false, "$ne": true, " ": true} {
		_, err := w.AddNote(w.as(anna), of.ID, "text", key)
		if fine {
			w.must("AddNote", err)
			continue
		}
		w.refused("AddNote", err, contact.BadUserInput, "clientMutationId")
	}
}

func TestTheSameKeySentManyTimesAtOnceAppliesOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Ida")
	for round := range 20 {
		key := strings.Repeat("k", round+1)
		answers := make([]*contact.Note, 8)
		errs := make([]error, len(answers))
		var group sync.WaitGroup
		for i := range answers {
			group.Go(func() { answers[i], errs[i] = w.AddNote(w.as(anna), of.ID, "text", key) })
		}
		group.Wait()
		for i, got := range answers {
			w.must("AddNote", errs[i])
			w.same("the answers", got, answers[0])
		}
		if n := len(w.notes(of)); n != round+1 {
			t.Fatalf("after round %d the contact has %d notes", round+1, n)
		}
	}
}
