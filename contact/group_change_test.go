package contact_test

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"contactpanel/contact"
)

func TestAStaleChangeOfAGroupShowsWhatStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gold := w.group("gold", contact.MatchAll, isVIP(true)).ID
	_, err := w.UpdateGroup(w.as(clara), contact.GroupChange{ID: gold, ExpectedVersion: 1, Labels: new(english("Golden"))})
	w.must("UpdateGroup", err)
	for expected, code := range map[int]contact.Code{0: contact.Conflict, 1: contact.Conflict, 3: contact.Conflict, -1: contact.BadUserInput} {
		calls := map[string]error{}
		_, calls["UpdateGroup"] = w.UpdateGroup(w.as(clara), contact.GroupChange{ID: gold, ExpectedVersion: expected, Weight: new(5)})
		_, calls["DeleteGroup"] = w.DeleteGroup(w.as(clara), gold, expected, "")
		for what, err := range calls {
			e := w.refused(fmt.Sprint(what, " at ", expected), err, code, "expectedVersion")
			if g, ok := e.Current.(*contact.ContactGroup); code == contact.Conflict && (!ok || g.Label != "Golden" || g.Version != 2 || g.Weight != 1 || len(g.Conditions) != 1) {
				t.Errorf("%s shows %+v", what, e.Current)
			}
		}
	}
	for _, id := range []contact.ID{"group_unknown", "", "gold", gold + "x"} {
		_, err := w.UpdateGroup(w.as(clara), contact.GroupChange{ID: id, ExpectedVersion: 2})
		e := w.refused(fmt.Sprintf("UpdateGroup of %q", id), err, contact.NotFound, "groupId")
		w.same("the German", e.MessageIn([]string{"de"}), "Diese Gruppe gibt es nicht.")
		_, err = w.DeleteGroup(w.as(clara), id, 2, "")
		w.refused(fmt.Sprintf("DeleteGroup of %q", id), err, contact.NotFound, "groupId")
	}
}

func TestOneOfManyChangesAtOnceWins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gold := w.group("gold", contact.MatchAll, isVIP(true)).ID
	for round := 1; round <= 10; round++ {
		errs := make([]error, 6)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() {
				_, errs[i] = w.UpdateGroup(w.as(clara), contact.GroupChange{ID: gold, ExpectedVersion: round, Weight: new(i + 1)})
			})
		}
		all.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if contact.CodeOf(err) != contact.Conflict {
				t.Errorf("UpdateGroup = %v, want CONFLICT", err)
			}
		}
		if won != 1 {
			t.Fatalf("round %d: %d changes of one version were made", round, won)
		}
	}
}

func TestTheKeyOfADeletedGroupMayBeUsedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.group("gold", contact.MatchAll, isVIP(true))
	_, err := w.CreateGroup(w.as(clara), groupInput("gold", contact.MatchAll, isVIP(true)))
	w.refused("the key of a group that stands", err, contact.Taken, "key")
	gone, err := w.DeleteGroup(w.as(clara), first.ID, 1, "")
	w.must("DeleteGroup", err)
	w.same("what is gone", gone, first.ID)
	nodes, err := w.Nodes(w.as(clara), []contact.ID{first.ID})
	w.must("Nodes", err)
	w.same("the node", nodes, []contact.Node{nil})
	_, err = w.DeleteGroup(w.as(clara), first.ID, 1, "")
	w.refused("DeleteGroup again", err, contact.NotFound, "groupId")
	if again := w.group("gold", contact.MatchAny, isVIP(false)); again.ID == first.ID || again.Match != contact.MatchAny {
		t.Errorf("the new group is %+v", again)
	}
	for _, key := range []string{"", "Gold", "$set", "a.b", "9", "a b"} {
		_, err := w.CreateGroup(w.as(clara), groupInput(key, contact.MatchAll, isVIP(true)))
		w.refused("CreateGroup of "+key, err, contact.InvalidValue, "key")
	}
}

// Versions begin anew with each group: a form that is still open on a deleted one names a version that the next of its key has.
func TestAFormOfADeletedGroupDoesNotChangeTheNextOneOfItsKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.group("gold", contact.MatchAll, isVIP(true))
	_, err := w.DeleteGroup(w.as(clara), old.ID, old.Version, "")
	w.must("DeleteGroup", err)
	next := w.group("gold", contact.MatchAny, isVIP(false), network(contact.OpIsSet))
	if next.Version != old.Version {
		t.Fatalf("the next group has version %d, the deleted one %d: a conflict would do", next.Version, old.Version)
	}
	calls := map[string]error{}
	_, calls["UpdateGroup"] = w.UpdateGroup(w.as(clara), contact.GroupChange{
		ID: old.ID, ExpectedVersion: old.Version, Labels: new(english("Mine")), Conditions: &[]contact.ConditionInput{isVIP(true)}, Weight: new(9),
	})
	_, calls["DeleteGroup"] = w.DeleteGroup(w.as(clara), old.ID, old.Version, "")
	for what, err := range calls {
		w.refused(what+" of the deleted group", err, contact.NotFound, "groupId")
	}
	groups, err := w.Groups(w.as(clara))
	w.must("Groups", err)
	w.same("how many groups there are", len(groups), 1)
	w.same("the next group", shell(groups[0]), shell(next))
	w.same("its conditions", groups[0].Conditions, next.Conditions)
	for _, e := range w.audit() {
		if e.Refused != "" && e.Subject != "" {
			t.Errorf("a refused change of the deleted group is kept as one of the next: %+v", e)
		}
	}
}

func TestWhatStandsInAGroupMayStayWhenItCouldNotBePutThereAnyMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rules := func(keys ...string) *contact.RuleSet {
		var r contact.RuleSet
		for _, key := range keys {
			r.Choices = append(r.Choices, contact.ChoiceOption{Key: key, Labels: english(key)})
		}
		return &r
	}
	w.define(contact.DefinitionInput{Key: "colour", ValueType: contact.TypeChoice, Rules: *rules("red", "blue")})
	conditions := []contact.ConditionInput{when("biography", contact.OpIsSet), when("colour", contact.OpEquals, choice("red"))}
	old := w.group("old", contact.MatchAny, conditions...).ID
	red := w.person("Rita", attr("colour", choice("red"))).ID
	_, err := w.ArchiveDefinition(w.as(clara), "biography", 1, "")
	w.must("ArchiveDefinition", err)
	_, err = w.UpdateDefinition(w.as(crm), contact.DefinitionChange{Key: "colour", ExpectedVersion: 1, Rules: rules("blue")})
	w.must("UpdateDefinition", err)
	for i, c := range conditions {
		_, err = w.CreateGroup(w.as(clara), groupInput("new", contact.MatchAny, c))
		w.refused("a new group", err, []contact.Code{contact.NotFound, contact.InvalidValue}[i], "conditions")
	}
	changed, err := w.UpdateGroup(w.as(clara), contact.GroupChange{ID: old, ExpectedVersion: 1, Conditions: &[]contact.ConditionInput{conditions[1], isVIP(true), conditions[0]}})
	w.must("UpdateGroup", err)
	if len(changed.Conditions) != 3 || !w.isIn("old", red) {
		t.Errorf("the change made %+v", changed.Conditions)
	}
	_, err = w.UpdateGroup(w.as(clara), contact.GroupChange{ID: old, ExpectedVersion: 2, Conditions: &[]contact.ConditionInput{isVIP(true)}})
	w.must("UpdateGroup", err)
	_, err = w.UpdateGroup(w.as(clara), contact.GroupChange{ID: old, ExpectedVersion: 3, Conditions: &conditions})
	w.refused("what was taken away", err, contact.NotFound, "conditions")
}

func TestGroupsLeaveRowsInTheAuditOfWhatWasDoneAndWhatWasRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := map[string]contact.ID{}
	create := func(who contact.Actor, key string) error {
		made, err := w.CreateGroup(w.as(who), groupInput(key, contact.MatchAll, isVIP(true)))
		if err == nil {
			ids[key] = made.ID
		}
		return err
	}
	update := func(who contact.Actor, key string, expected int) error {
		_, err := w.UpdateGroup(w.as(who), contact.GroupChange{ID: cmp.Or(ids[key], contact.ID(key)), ExpectedVersion: expected, Weight: new(2)})
		return err
	}
	remove := func(who contact.Actor, key string, expected int) error {
		_, err := w.DeleteGroup(w.as(who), ids[key], expected, "")
		return err
	}
	const created, updated, deleted = contact.AuditGroupCreated, contact.AuditGroupUpdated, contact.AuditGroupDeleted
	for _, tt := range []struct {
		name    string
		err     error
		who     contact.Actor
		kind    contact.AuditKind
		subject string
		version int
		refused contact.Code
	}{
		{"made", create(clara, "gold"), clara, created, "gold", 1, ""},
		{"made by an agent", create(anna, "tin"), anna, created, "", 0, contact.Forbidden},
		{"made twice", create(clara, "gold"), clara, created, "gold", 0, contact.Taken},
		{"made of nothing", create(clara, ""), clara, created, "", 0, contact.InvalidValue},
		{"changed", update(clara, "gold", 1), clara, updated, "gold", 2, ""},
		{"changed too late", update(clara, "gold", 1), clara, updated, "gold", 0, contact.Conflict},
		{"changed without an end", update(clara, "gold", -1), clara, updated, "gold", 0, contact.BadUserInput},
		{"changed by a machine", update(robot, "gold", 2), robot, updated, "gold", 0, contact.Forbidden},
		{"changed what is not there", update(clara, "group_my secret", 1), clara, updated, "", 0, contact.NotFound},
		{"deleted too late", remove(clara, "gold", 1), clara, deleted, "gold", 0, contact.Conflict},
		{"deleted", remove(clara, "gold", 2), clara, deleted, "gold", 2, ""},
		{"deleted again", remove(clara, "gold", 2), clara, deleted, "", 0, contact.NotFound},
	} {
		if contact.CodeOf(tt.err) != tt.refused {
			t.Errorf("%s: %v, want %q", tt.name, tt.err, tt.refused)
		}
		want := contact.AuditEntry{
			At: noon, Agent: tt.who.Agent, Kind: tt.kind, Subject: tt.subject, Version: tt.version, RequestID: tt.who.RequestID, Address: tt.who.Address, Refused: tt.refused,
		}
		found := false
		for _, e := range w.audit() {
			e.ID = ""
			found = found || e == want
		}
		if !found {
			t.Errorf("%s: no row says %+v", tt.name, want)
		}
	}
	if n := len(w.audit()); n != 12 {
		t.Errorf("there are %d rows, want 12", n)
	}
}

func TestTheFirstAnswerOfAGroupIsGivenWhateverBecameOfIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := groupInput("gold", contact.MatchAll, when("biography", contact.OpEquals, text("coffee")), network(contact.OpIsSet))
	in.ClientMutationID = "key"
	first, err := w.CreateGroup(w.as(clara), in)
	w.must("CreateGroup", err)
	_, err = w.UpdateGroup(w.as(clara), contact.GroupChange{ID: first.ID, ExpectedVersion: 1, Labels: new(english("Golden"))})
	w.must("UpdateGroup", err)
	again := func(what string) {
		w.clock.advance(time.Second)
		second, err := w.CreateGroup(w.as(clara), in)
		w.must("CreateGroup "+what, err)
		w.same("the answer "+what, shell(second), shell(first))
		w.same("its conditions "+what, second.Conditions, first.Conditions)
	}
	again("after a change")
	gone, err := w.DeleteGroup(w.as(clara), first.ID, 2, "delete")
	w.must("DeleteGroup", err)
	again("after its end")
	w.same("the groups", w.groupsKnownTo(clara), []string{})
	repeated, err := w.DeleteGroup(w.as(clara), first.ID, 2, "delete")
	w.must("DeleteGroup again", err)
	w.same("what is gone", repeated, gone)
	in.Conditions = in.Conditions[:1]
	_, err = w.CreateGroup(w.as(clara), in)
	w.refused("other conditions", err, contact.IdempotencyKeyReused, "clientMutationId")
	w.same("the rows", len(w.done()), 3)
}

// groupMutations are those of groups, as mutations prepares them.
func groupMutations(w *world) []mutation {
	w.Helper()
	toUpdate, toDelete := w.group("to_update", contact.MatchAll, isVIP(true)).ID, w.group("to_delete", contact.MatchAll, isVIP(true)).ID
	create := func(c context.Context, k string, weight int) (any, error) {
		in := groupInput("created", contact.MatchAny, network(contact.OpIsSet), when("biography", contact.OpContains, text("x")))
		in.Weight, in.Teams, in.ClientMutationID = &weight, []string{"b", "a"}, k
		return bare(w.CreateGroup(c, in))
	}
	update := func(c context.Context, k string, weight int) (any, error) {
		return bare(w.UpdateGroup(c, contact.GroupChange{ID: toUpdate, ExpectedVersion: 1, Weight: &weight, ClientMutationID: k}))
	}
	type ctx = context.Context
	return []mutation{
		{"createContactGroup", func(c ctx, k string) (any, error) { return create(c, k, 2) }, func(c ctx, k string) (any, error) { return create(c, k, 3) }},
		{"updateContactGroup", func(c ctx, k string) (any, error) { return update(c, k, 2) }, func(c ctx, k string) (any, error) { return update(c, k, 3) }},
		{"deleteContactGroup", func(c ctx, k string) (any, error) { return w.DeleteGroup(c, toDelete, 1, k) }, func(c ctx, k string) (any, error) { return w.DeleteGroup(c, toDelete, 2, k) }},
	}
}

// bare is an answer that can be compared: a group without what only the package knows of it, and its conditions.
func bare(g *contact.ContactGroup, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return []any{shell(g), g.Conditions}, nil
}
