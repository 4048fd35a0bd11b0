package contact_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"contactpanel/contact"
)

// groupsToMove makes a group that tests something of everything, one of every operator, one that was changed, and one that is gone.
// The first one's conditions are those that damages change.
func groupsToMove(w *world) {
	w.Helper()
	of := func(key string, operator contact.ConditionOperator, values ...contact.ValueInput) contact.ConditionInput {
		return contact.ConditionInput{Subject: contact.SubjectAttribute, Key: key, Operator: operator, Values: values}
	}
	isVIP := contact.ConditionInput{Subject: contact.SubjectVIP, IsVIP: true}
	made := map[string]contact.ID{}
	for _, in := range []contact.GroupInput{
		{Key: "all_subjects", Match: contact.MatchAny, IsPrioritised: true, Weight: new(100), Teams: []string{"Wien", "berlin", "Berlin"}, Conditions: []contact.ConditionInput{
			of("a_text", contact.OpEquals, text("abc")), of("any_number", contact.OpAtMost, number(-12.5)), of("a_boolean", contact.OpNotEquals, boolean(true)),
			of("from_day", contact.OpGreater, date("2028-02-28")), of("a_date_time", contact.OpLess, dateTime("2026-03-04T11:00:00.124Z")),
			of("a_url", contact.OpAnyOf, address("https://a.example/?b=c&d=<e>")), of("email", contact.OpAnyOf, email("ZOE@bücher.example"), email("two@x.example")),
			of("phone", contact.OpEquals, dial("+493023125000")), of("a_language", contact.OpAnyOf, tongue("de"), tongue("fr")),
			of("some_location", contact.OpNoneOf, place("Bonn", 50.7374, -7.5), place("Bonn")), of("some_choice", contact.OpEquals, choice("grey")), // retired
			of("email", contact.OpContains, text("BÜCHER")), of("phone", contact.OpContains, text("+49 (30)")), of("some_text", contact.OpIsNotSet),
			{Subject: contact.SubjectNetwork, Operator: contact.OpAnyOf, Networks: []contact.Network{contact.X, contact.WhatsApp}},
			{Subject: contact.SubjectValidation, Operator: contact.OpNoneOf, States: []contact.ValidationState{contact.Validated}}, isVIP,
		}},
		{Key: "every_operator", Match: contact.MatchAll, Conditions: []contact.ConditionInput{
			of("any_number", contact.OpEquals, number(-12.5)), of("any_number", contact.OpNotEquals, number(1)), of("any_number", contact.OpLess, number(1)),
			of("any_number", contact.OpAtMost, number(1)), of("any_number", contact.OpGreater, number(-13)), of("any_number", contact.OpAtLeast, number(-12.5)),
			of("any_number", contact.OpAnyOf, number(2), number(-12.5)), of("any_number", contact.OpNoneOf, number(3), number(4)),
			of("a_url", contact.OpContains, text("A.EXAMPLE")), of("any_number", contact.OpIsSet), of("followers", contact.OpIsNotSet), // archived
		}},
		{Key: "gone", Match: contact.MatchAll, Conditions: []contact.ConditionInput{isVIP}},
	} {
		in.Labels = contact.Localised{{Locale: "en", Text: "Group <" + in.Key + ">"}, {Locale: "de", Text: "Gruppe ü"}}
		got, err := w.CreateGroup(w.as(clara), in)
		w.must("CreateGroup", err)
		made[in.Key] = got.ID
	}
	_, err := w.CreateGroup(w.as(clara), repeatedGroup())
	w.must("CreateGroup", err)
	_, err = w.UpdateGroup(w.as(clara), contact.GroupChange{ID: made["every_operator"], ExpectedVersion: 1, Weight: new(7)})
	w.must("UpdateGroup", err)
	_, err = w.DeleteGroup(w.as(clara), made["gone"], 1, "")
	w.must("DeleteGroup", err)
}

// repeatedGroup is the one whose making is remembered.
func repeatedGroup() contact.GroupInput {
	return contact.GroupInput{
		Key: "repeated", Labels: english("Repeated"), Match: contact.MatchAll, ClientMutationID: "group-key",
		Conditions: []contact.ConditionInput{{Subject: contact.SubjectVIP, IsVIP: true}},
	}
}

// memberships says which groups the contact is in by which conditions, as text.
func (w *world) memberships(of *contact.Contact) string {
	w.Helper()
	in, err := w.GroupsOf(w.as(clara), of)
	w.must("GroupsOf", err)
	var out strings.Builder
	for _, m := range in {
		fmt.Fprintf(&out, "%s %s v%d: %d conditions;", m.Group.Key, m.Group.ID, m.Group.Version, len(m.Matches))
	}
	return out.String()
}

func onGroup(name, field string, do func(g *contact.Group)) damage {
	return damage{name, contact.ArchivedGroup, func(row contact.ArchiveRow) { do(row.Group) }, field}
}

func groupDamages() []damage {
	return []damage{
		onGroup("an id of a section", "id", func(g *contact.Group) { g.ID = "section_1" }),
		onGroup("an id with a dot", "id", func(g *contact.Group) { g.ID += ".x" }),
		onGroup("no key", "key", func(g *contact.Group) { g.Key = "$" }),
		onGroup("no wording", "labels", func(g *contact.Group) { g.Labels = nil }),
		onGroup("a label with margins", "labels", func(g *contact.Group) { g.Labels[0].Text += " " }),
		onGroup("no combination", "match", func(g *contact.Group) { g.Match = "" }),
		onGroup("an unknown combination", "match", func(g *contact.Group) { g.Match = "all" }),
		onGroup("weight 0", "weight", func(g *contact.Group) { g.Weight = 0 }),
		onGroup("weight 101", "weight", func(g *contact.Group) { g.Weight = 101 }),
		onGroup("no conditions", "conditions", func(g *contact.Group) { g.Conditions = nil }),
		onGroup("21 conditions", "conditions", func(g *contact.Group) {
			g.Conditions = slices.Repeat([]contact.Condition{{Subject: contact.SubjectNetwork, Operator: contact.OpIsSet}}, 21)
		}),
		onGroup("21 teams", "teams", func(g *contact.Group) {
			g.Teams = nil
			for c := 'a'; len(g.Teams) < 21; c++ {
				g.Teams = append(g.Teams, string(c))
			}
		}),
		onGroup("a team twice", "teams", func(g *contact.Group) { g.Teams[0] = g.Teams[1] }),
		onGroup("teams in another order", "teams", func(g *contact.Group) { slices.Reverse(g.Teams) }),
		onGroup("a team without a name", "teams", func(g *contact.Group) { g.Teams[0] = "" }),
		onGroup("a team with margins", "teams", func(g *contact.Group) { g.Teams[2] += " " }),
		onGroup("a team of two lines", "teams", func(g *contact.Group) { g.Teams[2] += "\nx" }),
		onGroup("a team of 101 characters", "teams", func(g *contact.Group) { g.Teams[2] = strings.Repeat("x", 101) }),
		onGroup("no time", "createdAt", func(g *contact.Group) { g.CreatedAt = time.Time{} }),
		onGroup("a time between milliseconds", "updatedAt", func(g *contact.Group) { g.UpdatedAt = g.UpdatedAt.Add(1) }),
		onGroup("version 0", "version", func(g *contact.Group) { g.Version = 0 }),
	}
}

// onCondition puts another condition in the place of the last one.
func onCondition(name string, c contact.Condition) damage {
	return onGroup("a condition with "+name, "conditions", func(g *contact.Group) { g.Conditions[len(g.Conditions)-1] = c })
}

func conditionDamages() []damage {
	v := func(value string, extra ...string) contact.StoredValue {
		return contact.StoredValue{Value: value, Extra: strings.Join(extra, "")}
	}
	of := func(key string, operator contact.ConditionOperator, values ...contact.StoredValue) contact.Condition {
		return contact.Condition{Subject: contact.SubjectAttribute, Key: key, Operator: operator, Values: values}
	}
	plain := func(subject contact.Subject, operator contact.ConditionOperator, values ...contact.StoredValue) contact.Condition {
		return contact.Condition{Subject: subject, Operator: operator, Values: values}
	}
	numbers := make([]contact.StoredValue, 51)
	for i := range numbers {
		numbers[i] = v(fmt.Sprint(i))
	}
	out := []damage{
		onCondition("no subject", plain("", contact.OpIsSet)),
		onCondition("an unknown subject", plain("COLOUR", contact.OpIsSet)),
		onCondition("an attribute that is not defined", of("unheard_of", contact.OpIsSet)),
		onCondition("no attribute", of("", contact.OpIsSet)),
		onCondition("a network of an attribute", contact.Condition{Subject: contact.SubjectNetwork, Key: "a_text", Operator: contact.OpIsSet}),
		onCondition("no operator", of("a_text", "", v("abc"))),
		onCondition("an operator in lower case", of("a_text", "is_set")),
		onCondition("a text that is smaller", of("a_text", contact.OpLess, v("abc"))),
		onCondition("a truth that is one of several", of("a_boolean", contact.OpAnyOf, v("true"), v("false"))),
		onCondition("a number that contains", of("any_number", contact.OpContains, v("1"))),
		onCondition("a VIP that is not", plain(contact.SubjectVIP, contact.OpNotEquals, v("true"))),
		onCondition("a validation that is not set", plain(contact.SubjectValidation, contact.OpIsNotSet)),
		onCondition("a network that is larger", plain(contact.SubjectNetwork, contact.OpGreater, v("X"))),
		onCondition("nothing to equal", of("a_text", contact.OpEquals)),
		onCondition("two values to equal", of("a_text", contact.OpEquals, v("abc"), v("abd"))),
		onCondition("none of several", of("a_text", contact.OpNoneOf)),
		onCondition("51 values", of("any_number", contact.OpAnyOf, numbers...)),
		onCondition("a value of what is set", of("a_text", contact.OpIsSet, v("abc"))),
		onCondition("a VIP of no value", plain(contact.SubjectVIP, contact.OpEquals)),
		onCondition("an address twice", of("email", contact.OpAnyOf, v("A@x.example", "a@x.example"), v("a@x.example", "a@x.example"))),
		onCondition("a network twice", plain(contact.SubjectNetwork, contact.OpAnyOf, v("X"), v("X"))),
		onCondition("an unknown network", plain(contact.SubjectNetwork, contact.OpEquals, v("MYSPACE"))),
		onCondition("something beside a network", plain(contact.SubjectNetwork, contact.OpEquals, v("X", "x"))),
		onCondition("an unknown state", plain(contact.SubjectValidation, contact.OpEquals, v("validated"))),
		onCondition("something beside a state", plain(contact.SubjectValidation, contact.OpEquals, v("VALIDATED", "x"))),
		onCondition("half a VIP", plain(contact.SubjectVIP, contact.OpEquals, v("yes"))),
		onCondition("something beside a VIP", plain(contact.SubjectVIP, contact.OpEquals, v("true", "x"))),
	}
	for key, bad := range map[string][]contact.StoredValue{
		"a_text": {v(""), v(" abc"), v("abc", "x"), v(strings.Repeat("x", 10001)), v("\xff")}, "any_number": {v("twelve"), v("1e2"), v("NaN")},
		"a_boolean": {v("yes")}, "from_day": {v("2026-02-30")}, "a_date_time": {v("2026-03-04 11:00")}, "a_url": {v("javascript:alert(1)")},
		"email": {v("nobody", "nobody"), v("zoe@x.example")}, "phone": {v("0302312", "x"), v("+493023125000")}, "a_language": {v("de_AT!")},
		"some_location": {v("Bonn", "50.7")}, "some_choice": {v("$where"), v("red", "x")},
	} {
		for _, value := range bad {
			out = append(out, onCondition(fmt.Sprintf("%.20q, %.20q in %s", value.Value, value.Extra, key), of(key, contact.OpEquals, value)))
		}
	}
	for _, part := range []contact.StoredValue{v(""), v("a "), v("a\nb"), v("a\x00"), v("a", "x"), v("\xff"), v(strings.Repeat("x", 201))} {
		out = append(out, onCondition(fmt.Sprintf("the part %.20q, %q", part.Value, part.Extra), of("a_url", contact.OpContains, part)))
	}
	return append(out, onCondition("a part of a phone number without a digit", of("phone", contact.OpContains, v("+ "))),
		onCondition("a part of a phone number that is a letter", of("phone", contact.OpContains, v("x"))))
}

// TestTheWidestGroupsAreLoaded holds the other side of the bounds that damages pass.
func TestTheWidestGroupsAreLoaded(t *testing.T) {
	t.Parallel()
	w, to := fullWorld(t, 0), emptyWorld(t)
	rows := w.export(acme)
	at := slices.IndexFunc(rows, func(row contact.ArchiveRow) bool { return row.Group != nil })
	g := rows[at].Group
	g.Weight, g.Teams = contact.MaxGroupWeight, nil
	for c := 'a'; len(g.Teams) < contact.MaxGroupTeams; c++ {
		g.Teams = append(g.Teams, strings.Repeat(string(c), contact.MaxTeamLength))
	}
	wide := contact.Condition{Subject: contact.SubjectAttribute, Key: "free", Operator: contact.OpAnyOf}
	for i := range contact.MaxConditionValues {
		wide.Values = append(wide.Values, contact.StoredValue{Value: fmt.Sprint(i, "\n", strings.Repeat("😀", 9000))})
	}
	g.Conditions = slices.Repeat([]contact.Condition{{
		Subject: contact.SubjectAttribute, Key: "email", Operator: contact.OpContains, Values: []contact.StoredValue{{Value: strings.Repeat("ß", contact.MaxContainsLength)}},
	}}, contact.MaxConditions)
	g.Conditions[0] = wide
	for n := len(w.groupKeys()); n < contact.MaxGroups; n++ {
		more := *g
		more.ID, more.Key, more.Conditions = contact.ID(fmt.Sprintf("group_z%d", n)), fmt.Sprintf("z_%03d", n), g.Conditions[1:2]
		i := slices.IndexFunc(rows, func(row contact.ArchiveRow) bool { return row.Agent != nil })
		rows = slices.Insert(rows, i, contact.ArchiveRow{Group: &more})
	}
	last := slices.IndexFunc(rows, func(row contact.ArchiveRow) bool { return row.Agent != nil })
	more := *rows[last-1].Group
	more.ID, more.Key = "group_zz", "zz"
	to.refusedRow("group beyond 100", slices.Insert(slices.Clone(rows), last, contact.ArchiveRow{Group: &more}), last+1, contact.ArchivedGroup, "")
	count, err := to.Load(t.Context(), acme, from(rows, io.EOF))
	to.must("Load", err)
	to.same("the number of groups", count.Groups, contact.MaxGroups)
	to.same("what the copy exports", to.export(acme), rows)
}

func TestNoTwoGroupsOfAnArchiveHaveOneID(t *testing.T) {
	t.Parallel()
	w := fullWorld(t, 0)
	rows := w.export(acme)
	at := slices.IndexFunc(rows, func(row contact.ArchiveRow) bool { return row.Group != nil })
	rows[at+1].Group.ID = rows[at].Group.ID
	to := emptyWorld(t)
	to.refusedRow("group with another's id", rows, at+2, contact.ArchivedGroup, "id")
	_, err := to.store.Organisation(t.Context(), acme)
	to.refused("Organisation after a catalog that was refused", err, contact.NotFound, "")
}

// groupKeys are the keys of the groups that an administrator sees.
func (w *world) groupKeys() (keys []string) {
	w.Helper()
	groups, err := w.Groups(w.as(clara))
	w.must("Groups", err)
	for _, g := range groups {
		keys = append(keys, g.Key)
	}
	return keys
}
