package contact_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"contactpanel/contact"
)

func TestAnArchivedAttributeIsNotSetUntilItIsRestored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	defineTested(w)
	var all, against, with []string
	var has []contact.AttributeInput
	for _, tt := range operatorCases() {
		key := fmt.Sprintf("%s_is_%s", some(tt.t), lower(tt.o))
		if slices.Contains(all, key) || len(tt.in) == 0 && tt.o != contact.OpIsNotSet {
			continue
		}
		all = append(all, key)
		if holdsOfNothing(tt.o) {
			against = append(against, key)
		}
		if tt.o == contact.OpEquals {
			has = append(has, attr(some(tt.t), tt.with...))
		}
		w.group(key, contact.MatchAny, when(some(tt.t), tt.o, tt.with...))
	}
	slices.Sort(against)
	id := w.person("Tess", has...).ID
	with = w.groupsOf(anna, id)
	if len(all) != 81 || slices.Equal(with, against) {
		t.Fatalf("%d conditions are tested, and hold as if nothing were set: %v", len(all), slices.Equal(with, against))
	}
	for _, of := range contact.ValueTypes() {
		_, err := w.ArchiveDefinition(w.as(clara), some(of), 1, "")
		w.must("ArchiveDefinition", err)
	}
	w.same("the groups when all is archived", w.groupsOf(anna, id), against)
	w.same("those of one who never had anything", w.groupsOf(anna, w.person("Nell").ID), against)
	for _, of := range contact.ValueTypes() {
		_, err := w.RestoreDefinition(w.as(clara), some(of), 2, "")
		w.must("RestoreDefinition", err)
	}
	w.same("the groups when all is restored", w.groupsOf(anna, id), with)
}

func TestGroupsTestTheNetworksOfAllProfiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const x, sms, email = contact.X, contact.SMS, contact.EmailNetwork
	for key, c := range map[string]contact.ConditionInput{
		"eq": network(contact.OpEquals, x), "ne": network(contact.OpNotEquals, x), "any": network(contact.OpAnyOf, x, sms),
		"none": network(contact.OpNoneOf, x, sms), "set": network(contact.OpIsSet), "unset": network(contact.OpIsNotSet),
	} {
		w.group(key, contact.MatchAll, c)
	}
	for _, tt := range []struct {
		networks []contact.Network
		want     []string
	}{
		{nil, []string{"ne", "none", "unset"}},
		{[]contact.Network{x}, []string{"any", "eq", "set"}},
		{[]contact.Network{x, x}, []string{"any", "eq", "set"}},
		{[]contact.Network{email, x}, []string{"any", "eq", "set"}},
		{[]contact.Network{sms}, []string{"any", "ne", "set"}},
		{[]contact.Network{email}, []string{"ne", "none", "set"}},
	} {
		var in []contact.ProfileInput
		for i, n := range tt.networks {
			in = append(in, contact.ProfileInput{Network: n, Handle: fmt.Sprint("nora", tt.networks, i)})
		}
		id := w.upsert(contact.UpsertInput{Name: "Nora", Profiles: in}).Contact.ID
		w.same(fmt.Sprint("the groups on ", tt.networks), w.groupsOf(anna, id), tt.want)
	}
}

func TestGroupsTestTheStateOfTheValidation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const not, never, known = contact.NotConfigured, contact.NotValidated, contact.Validated
	for key, c := range map[string]contact.ConditionInput{
		"eq": validation(contact.OpEquals, not), "eq_other": validation(contact.OpEquals, known), "ne": validation(contact.OpNotEquals, not),
		"ne_other": validation(contact.OpNotEquals, known), "any": validation(contact.OpAnyOf, known, not), "any_other": validation(contact.OpAnyOf, known, never),
		"none": validation(contact.OpNoneOf, known, not), "none_other": validation(contact.OpNoneOf, known, never),
	} {
		w.group(key, contact.MatchAll, c)
	}
	w.same("the groups of a contact that no CRM knows of", w.groupsOf(anna, w.person("Vera").ID), []string{"any", "eq", "ne_other", "none_other"})
}

func TestGroupsFollowAPromotionAndItsEndWithoutAnyWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.group("vips", contact.MatchAll, isVIP(true))
	w.group("others", contact.MatchAll, isVIP(false))
	id := w.person("Vip").ID
	vips, others := []string{"vips"}, []string{"others"}
	w.same("before", w.groupsOf(anna, id), others)
	end := noon.Add(time.Hour)
	_, err := w.PromoteToVIP(w.as(anna), contact.PromoteInput{Contact: id, ExpiresAt: &end})
	w.must("PromoteToVIP", err)
	rows, read := len(w.audit()), w.contact(id)
	for _, tt := range []struct {
		at   time.Time
		want []string
	}{{noon, vips}, {end.Add(-time.Millisecond), vips}, {end, others}, {end.Add(time.Hour), others}} {
		w.clock.set(tt.at)
		w.same("at "+tt.at.String(), w.groupsOf(anna, id), tt.want)
		in, err := w.GroupsOf(w.as(anna), read)
		w.must("GroupsOf", err)
		w.same("of a contact that was read before", in[0].Group.Key, tt.want[0])
	}
	if now := w.contact(id); now.Version != read.Version || len(w.audit()) != rows {
		t.Errorf("the end of a promotion wrote version %d and %d rows", now.Version, len(w.audit())-rows)
	}
	_, err = w.PromoteToVIP(w.as(anna), contact.PromoteInput{Contact: id})
	w.must("PromoteToVIP", err)
	w.same("after a new promotion", w.groupsOf(anna, id), vips)
	_, err = w.RemoveVIP(w.as(anna), id, "", "")
	w.must("RemoveVIP", err)
	w.same("after a removal", w.groupsOf(anna, id), others)
}

func TestAllAndAnySayWhichConditionsHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	three := []contact.ConditionInput{when("biography", contact.OpContains, text("coffee")), isVIP(true), network(contact.OpEquals, contact.X)}
	all := w.group("all", contact.MatchAll, three...)
	w.group("any", contact.MatchAny, three...)
	for holds := range 8 { // by bits: the biography, VIP, the network
		in := contact.UpsertInput{Name: "Mia", VIP: new(holds&2 > 0)}
		if holds&1 > 0 {
			in.Attributes = []contact.AttributeInput{attr("biography", text("Coffee"))}
		}
		if holds&4 > 0 {
			in.Profiles = profiles(fmt.Sprint("X:mia", holds))
		}
		var want []contact.GroupCondition
		for i, c := range all.Conditions {
			if holds&(1<<i) > 0 {
				want = append(want, c)
			}
		}
		found, err := w.GroupsOf(w.as(clara), w.upsert(in).Contact)
		w.must("GroupsOf", err)
		got := map[string][]contact.GroupCondition{}
		for _, m := range found {
			got[m.Group.Key] = m.Matches
		}
		wanted := map[string][]contact.GroupCondition{}
		if holds == 7 {
			wanted["all"] = want
		}
		if holds > 0 {
			wanted["any"] = want
		}
		w.same(fmt.Sprintf("with the conditions %03b", holds), got, wanted)
	}
}

func TestAChangeOfARuleCountsForTheNextReadThroughAnotherGateway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := *w
	other.Contacts = contact.New(w.deps(w.store))
	id := w.person("Zoe", attr("biography", text("tea"))).ID
	g := w.group("drinkers", contact.MatchAll, when("biography", contact.OpEquals, text("coffee")))
	for i, drink := range []string{"tea", "coffee", "TEA", "water"} {
		changed, err := w.UpdateGroup(w.as(clara), contact.GroupChange{
			ID: g.ID, ExpectedVersion: i + 1, Conditions: &[]contact.ConditionInput{when("biography", contact.OpEquals, text(drink))},
		})
		w.must("UpdateGroup", err)
		w.same("the version", changed.Version, i+2)
		if is := other.isIn(g.Key, id); is != (i%2 == 0) {
			t.Errorf("who drinks tea is among those of %s: %v", drink, is)
		}
	}
	_, err := w.DeleteGroup(w.as(clara), g.ID, 5, "")
	w.must("DeleteGroup", err)
	w.same("after the group is gone", other.groupsOf(anna, id), []string{})
}

func TestGroupsSpeakTheViewersLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := groupInput("drinkers", contact.MatchAll, when("biography", contact.OpContains, text("tea")))
	in.Labels = contact.Localised{{Locale: "en", Text: "Drinkers"}, {Locale: "de", Text: "Trinker"}}
	_, err := w.CreateGroup(w.as(clara), in)
	w.must("CreateGroup", err)
	of := w.person("Zoe", attr("biography", text("tea")))
	for label, who := range map[string]contact.Actor{"Drinkers": anna, "Trinker": german(anna)} {
		groups, err := w.Groups(w.as(who))
		w.must("Groups", err)
		found, err := w.GroupsOf(w.as(who), of)
		w.must("GroupsOf", err)
		condition := found[0].Matches[0].(contact.AttributeCondition)
		w.same("the labels", []string{groups[0].Label, found[0].Group.Label}, []string{label, label})
		w.same("the definition", condition.Definition, w.catalog(who).Definition("biography"))
		w.same("the value", condition.Values, []contact.AttributeValue{contact.TextValue{Text: "tea"}})
	}
}
