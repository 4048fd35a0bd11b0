package contact_test

import (
	"fmt"
	"testing"

	"contactpanel/contact"
)

func TestAGroupThatTestsWhatIsClosedIsHiddenWithItsMembership(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.person("Zoe", attr("biography", text("secret")), attr("location", place("Bonn"))).ID
	secret := w.group("a_secret", contact.MatchAny, isVIP(false), when("biography", contact.OpEquals, text("secret")))
	open := w.group("b_open", contact.MatchAll, when("location", contact.OpIsSet))
	w.group("c_absent", contact.MatchAll, when("biography", contact.OpNotEquals, text("public"))) // tells of the value as well
	both, one := []string{"a_secret", "b_open", "c_absent"}, []string{"b_open"}
	for _, tt := range []struct {
		readers []contact.Role
		who     contact.Actor
		known   []string // what exists for them
		in      []string
	}{
		{nil, anna, both, both}, {nil, robot, both, both}, {nil, boss, both, both},
		{agents, anna, both, both}, {agents, robot, one, one}, {agents, boss, both, one}, {agents, clara, both, both},
		{admins, anna, one, one}, {admins, robot, one, one}, {admins, boss, both, both},
		{robots, anna, one, one}, {robots, robot, both, both}, {robots, boss, both, one}, {robots, clara, both, one},
	} {
		w := w.in(t)
		w.restrict("biography", tt.readers, nil)
		name := fmt.Sprintf("what %s sees when %v may read", tt.who.ID, tt.readers)
		w.same(name, w.groupsKnownTo(tt.who), tt.known)
		w.same(name+" of the contact", w.groupsOf(tt.who, id), tt.in)
		nodes, err := w.Nodes(w.as(tt.who), []contact.ID{secret.ID, open.ID, "group_unknown"})
		w.must("Nodes", err)
		if isSeen := nodes[0] != nil; isSeen != (len(tt.known) == 3) || nodes[1] == nil || nodes[2] != nil {
			t.Errorf("%s by their ids: %v", name, nodes)
		}
	}
}

func TestAnAdministratorLooksAfterAGroupOfWhatTheyMayNotRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.person("Zoe", attr("biography", text("secret"))).ID
	w.restrict("biography", agents, nil)
	made, err := w.CreateGroup(w.as(boss), groupInput("secret", contact.MatchAll, when("biography", contact.OpEquals, text("secret"))))
	w.must("CreateGroup", err)
	changed, err := w.UpdateGroup(w.as(boss), contact.GroupChange{ID: made.ID, ExpectedVersion: 1, Weight: new(3)})
	w.must("UpdateGroup", err)
	w.same("the conditions", changed.Conditions, made.Conditions)
	_, err = w.UpdateGroup(w.as(boss), contact.GroupChange{ID: made.ID, ExpectedVersion: 1})
	if e := w.refused("UpdateGroup", err, contact.Conflict, "expectedVersion"); e.Current.(*contact.ContactGroup).Version != 2 {
		t.Errorf("the conflict shows %+v", e.Current)
	}
	w.same("what the administrator is told of the contact", w.groupsOf(boss, id), []string{})
	w.same("what an agent is told", w.groupsOf(anna, id), []string{"secret"})
}

// TestRightsToGroupsHoldFromTheNextReadOn closes a definition by another process, whose change this one has not seen.
func TestRightsToGroupsHoldFromTheNextReadOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := *w
	other.Contacts = contact.New(w.deps(w.store))
	id := w.person("Zoe", attr("biography", text("secret"))).ID
	g := w.group("secret", contact.MatchAll, when("biography", contact.OpIsSet))
	for i, readers := range [][]contact.Role{nil, admins, agents, robots, nil} {
		other.restrict("biography", readers, nil)
		nodes, err := w.Nodes(w.as(anna), []contact.ID{g.ID})
		w.must("Nodes", err)
		seen := []bool{len(w.groupsOf(anna, id)) == 1, len(w.groupsKnownTo(anna)) == 1, nodes[0] != nil}
		w.same(fmt.Sprint("what an agent sees when ", readers, " may read"), seen, []bool{i%2 == 0, i%2 == 0, i%2 == 0})
	}
}

func TestGroupsOfAnotherOrganisationAreNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ours := w.group("same", contact.MatchAll, isVIP(false))
	theirs, err := w.CreateGroup(w.as(rita), groupInput("same", contact.MatchAll, isVIP(true)))
	w.must("CreateGroup", err)
	w.same("their groups", w.groupsKnownTo(mallory), []string{"same"})
	nodes, err := w.Nodes(w.as(rita), []contact.ID{ours.ID, theirs.ID})
	w.must("Nodes", err)
	if found, is := nodes[1].(*contact.ContactGroup); nodes[0] != nil || !is || found.ID != theirs.ID {
		t.Errorf("our group by its id, and theirs: %v", nodes)
	}
	_, err = w.UpdateGroup(w.as(rita), contact.GroupChange{ID: ours.ID, ExpectedVersion: 1})
	w.refused("UpdateGroup of ours", err, contact.NotFound, "groupId")
	_, err = w.DeleteGroup(w.as(rita), ours.ID, 1, "")
	w.refused("DeleteGroup of ours", err, contact.NotFound, "groupId")
	_, err = w.DeleteGroup(w.as(rita), theirs.ID, 1, "")
	w.must("DeleteGroup of theirs", err)
	w.same("our groups", w.groupsKnownTo(clara), []string{"same"})
	their, err := w.Upsert(w.as(mallory), contact.UpsertInput{Name: "Theirs"})
	w.must("Upsert", err)
	in, err := w.GroupsOf(w.as(mallory), their.Contact)
	w.must("GroupsOf", err)
	w.same("the groups of their contact", len(in), 0)
}
