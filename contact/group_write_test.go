package contact_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"contactpanel/contact"
)

func TestAGroupIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	defineTested(w)
	in := contact.GroupInput{
		Key: "gold", Labels: contact.Localised{{Locale: "en", Text: "Gold"}, {Locale: "de", Text: "Gold (de)"}}, Match: contact.MatchAny,
		Conditions: []contact.ConditionInput{
			when(some(contact.TypeChoice), contact.OpAnyOf, choice("red"), choice("grey")), when(some(contact.TypePhone), contact.OpContains, text(" 030 / 23 ")),
			when("biography", contact.OpIsSet), network(contact.OpNoneOf, contact.SMS, contact.X), network(contact.OpIsSet),
			validation(contact.OpNotEquals, contact.Validated), isVIP(false),
		},
		IsPrioritised: true, Weight: new(7), Teams: []string{"second", " first "},
	}
	made, err := w.CreateGroup(w.as(clara), in)
	w.must("CreateGroup", err)
	definition := w.catalog(clara).Definition
	want := contact.ContactGroup{
		ID: made.ID, Key: "gold", Label: "Gold", Labels: in.Labels, Match: contact.MatchAny, IsPrioritised: true, Weight: 7, Teams: []string{"first", "second"},
		CreatedAt: noon, UpdatedAt: noon, Version: 1,
	}
	conditions := []contact.GroupCondition{
		contact.AttributeCondition{Definition: definition(some(contact.TypeChoice)), Operator: contact.OpAnyOf, Values: []contact.AttributeValue{
			contact.ChoiceValue{Choice: contact.Choice{Key: "red", Label: "Red", IsOffered: true}}, contact.ChoiceValue{Choice: contact.Choice{Key: "grey", Label: "Grey"}},
		}},
		contact.AttributeCondition{Definition: definition(some(contact.TypePhone)), Operator: contact.OpContains, Values: []contact.AttributeValue{contact.TextValue{Text: "030 / 23"}}},
		contact.AttributeCondition{Definition: definition("biography"), Operator: contact.OpIsSet},
		contact.NetworkCondition{Operator: contact.OpNoneOf, Networks: []contact.Network{contact.SMS, contact.X}}, contact.NetworkCondition{Operator: contact.OpIsSet},
		contact.ValidationCondition{Operator: contact.OpNotEquals, States: []contact.ValidationState{contact.Validated}}, contact.VIPCondition{},
	}
	groups, err := w.Groups(w.as(clara))
	w.must("Groups", err)
	node, err := w.Nodes(w.as(clara), []contact.ID{made.ID})
	w.must("Nodes", err)
	for what, got := range map[string]*contact.ContactGroup{"the answer": made, "the list": groups[0], "the node": node[0].(*contact.ContactGroup)} {
		w.same("the conditions of "+what, got.Conditions, conditions)
		w.same(what, shell(got), want)
	}
	w.clock.advance(time.Minute)
	changed, err := w.UpdateGroup(w.as(clara), contact.GroupChange{ID: made.ID, ExpectedVersion: 1, IsPrioritised: new(false)})
	w.must("UpdateGroup", err)
	want.IsPrioritised, want.UpdatedAt, want.Version = false, noon.Add(time.Minute), 2
	w.same("a change of one member", shell(changed), want)
	w.same("its conditions", changed.Conditions, conditions)
	small := w.group("small", contact.MatchAll, isVIP(true))
	if small.Weight != contact.DefaultGroupWeight || small.Teams != nil || small.IsPrioritised {
		t.Errorf("a group of nothing more is %+v", small)
	}
}

// shell is a group without its conditions and without what only the package knows of it.
func shell(g *contact.ContactGroup) contact.ContactGroup {
	return contact.ContactGroup{
		ID: g.ID, Key: g.Key, Label: g.Label, Labels: g.Labels, Match: g.Match, IsPrioritised: g.IsPrioritised, Weight: g.Weight, Teams: g.Teams,
		CreatedAt: g.CreatedAt, UpdatedAt: g.UpdatedAt, Version: g.Version,
	}
}

// badGroup is what is refused of a new group and of a change alike.
type badGroup struct {
	name   string
	bend   func(in *contact.GroupInput)
	code   contact.Code
	field  string
	index  int // -1: no item's fault
	max    int // of TOO_LONG
	german string
}

// badConditions are conditions that cannot be, each behind one that can.
func badConditions() (out []badGroup) {
	value := func(name string, code contact.Code, limit int, german string, c contact.ConditionInput) {
		bend := func(in *contact.GroupInput) { in.Conditions = []contact.ConditionInput{isVIP(true), c} }
		out = append(out, badGroup{name, bend, code, "conditions", 1, limit, german})
	}
	const bad, noOperator, count = contact.InvalidValue, "Der Wert hat einen Vergleich, der nicht zu dem passt, was er prüft.", "Der Wert hat eine unmögliche Anzahl von Werten."
	const unknown, twice = "Der Wert prüft, was es nicht gibt.", "Der Wert steht schon in der Liste."
	const eq, has = contact.OpEquals, contact.OpContains
	number51 := make([]contact.ValueInput, 51)
	for i := range number51 {
		number51[i] = number(float64(i))
	}
	value("nothing is tested", bad, 0, unknown, contact.ConditionInput{})
	value("an unknown attribute", contact.NotFound, 0, "Die Organisation hat kein Attribut mit diesem Schlüssel.", when("no_such_thing", contact.OpIsSet))
	value("no attribute", contact.NotFound, 0, "Die Organisation hat kein Attribut mit diesem Schlüssel.", when("", contact.OpIsSet))
	value("an archived attribute", contact.NotFound, 0, "Das Attribut mit diesem Schlüssel ist archiviert.", when("followers", contact.OpIsSet))
	value("no operator", bad, 0, noOperator, when("biography", "", text("x")))
	value("an order of texts", bad, 0, noOperator, when("biography", contact.OpLess, text("x")))
	value("an unknown network", bad, 0, unknown, network(eq, "MYSPACE"))
	value("a network twice", bad, 0, twice, network(contact.OpAnyOf, contact.X, contact.X))
	value("a part of networks", bad, 0, noOperator, network(has, contact.X))
	value("two networks that are one", bad, 0, count, network(eq, contact.X, contact.SMS))
	value("any of no networks", bad, 0, count, network(contact.OpAnyOf))
	value("an unknown state", bad, 0, unknown, validation(eq, "KNOWN"))
	value("a validation that is not set", bad, 0, noOperator, validation(contact.OpIsNotSet))
	value("no value", bad, 0, count, when("biography", eq))
	value("two values", bad, 0, count, when("biography", eq, text("x"), text("y")))
	value("a value of nothing", bad, 0, count, when("biography", contact.OpIsSet, text("x")))
	value("a value twice", bad, 0, twice, when(contact.KeyEmail, contact.OpAnyOf, email("z@bücher.example"), email("Z@xn--bcher-kva.example")))
	value("51 values", contact.TooLong, 50, "Der Wert hat 51 Einträge; höchstens 50 sind erlaubt.", when("orders", contact.OpAnyOf, number51...))
	value("10,001 letters", contact.TooLong, 10_000, "Der Wert hat 10001 Zeichen; höchstens 10000 sind erlaubt.", when("biography", eq, text(strings.Repeat("é", 10_001))))
	value("a part of 201 letters", contact.TooLong, 200, "Der Wert hat 201 Zeichen; höchstens 200 sind erlaubt.", when("biography", has, text(strings.Repeat("é", 201))))
	value("a part of nothing", bad, 0, "Der Wert enthält kein sichtbares Zeichen.", when("biography", has, text(" ")))
	value("a part of two lines", bad, 0, "Der Wert enthält ein Zeichen, das nicht erlaubt ist: U+000A.", when("biography", has, text("a\nb")))
	value("a part that is no text", bad, 0, "Der Wert hat nicht den Typ des Attributs.", when(contact.KeyEmail, has, email("a@b.example"))) //nolint:misspell // German
	value("letters of a number", bad, 0, "Der Wert ist kein Teil einer Rufnummer.", when(contact.KeyPhone, has, text("030 CALL")))
	value("punctuation of a number", bad, 0, "Der Wert ist kein Teil einer Rufnummer.", when(contact.KeyPhone, has, text("+()")))
	value("another type", bad, 0, "Der Wert hat nicht den Typ des Attributs.", when("orders", eq, text("1"))) //nolint:misspell // German
	value("no day", bad, 0, "Der Wert ist kein Tag des Kalenders.", when("customer_since", eq, date("2026-02-30")))
	return out
}

func badGroups() []badGroup {
	const bad = contact.InvalidValue
	labels := func(l contact.Localised) func(*contact.GroupInput) {
		return func(in *contact.GroupInput) { in.Labels = l }
	}
	teams := func(names ...string) func(*contact.GroupInput) {
		return func(in *contact.GroupInput) { in.Teams = names }
	}
	weight := func(n int) func(*contact.GroupInput) { return func(in *contact.GroupInput) { in.Weight = &n } }
	many := func(n int) func(*contact.GroupInput) {
		return func(in *contact.GroupInput) { in.Conditions = manyConditions(n) }
	}
	return append(badConditions(),
		badGroup{"no wording", labels(nil), bad, "labels", -1, 0, "Der Wert hat keinen Wortlaut."},
		badGroup{"a long wording", labels(english(strings.Repeat("x", 101))), contact.TooLong, "labels", -1, 100, "Der Wert hat 101 Zeichen; höchstens 100 sind erlaubt."},
		badGroup{"no combination", func(in *contact.GroupInput) { in.Match = "NONE" }, bad, "match", -1, 0, "Der Wert ist keine Verknüpfung."},
		badGroup{"no condition", many(0), bad, "conditions", -1, 0, "Der Wert hat keine Bedingung."},
		badGroup{"21 conditions", many(21), contact.TooLong, "conditions", -1, 20, "Der Wert hat 21 Einträge; höchstens 20 sind erlaubt."},
		badGroup{"a weight of 0", weight(0), bad, "weight", -1, 0, "Der Wert liegt außerhalb des Erlaubten."},
		badGroup{"a weight of 101", weight(101), bad, "weight", -1, 0, "Der Wert liegt außerhalb des Erlaubten."},
		badGroup{"21 teams", teams(manyTeams(21)...), contact.TooLong, "teams", -1, 20, "Der Wert hat 21 Einträge; höchstens 20 sind erlaubt."},
		badGroup{"a team twice", teams("a", "b", " a"), bad, "teams", 2, 0, "Der Wert nennt ein Team zweimal."},
		badGroup{"a team without a name", teams("a", " "), bad, "teams", 1, 0, "Der Wert enthält kein sichtbares Zeichen."},
		badGroup{"a team of 101 letters", teams(strings.Repeat("x", 101)), contact.TooLong, "teams", 0, 100, "Der Wert hat 101 Zeichen; höchstens 100 sind erlaubt."},
	)
}

func manyConditions(n int) []contact.ConditionInput {
	out := make([]contact.ConditionInput, n)
	for i := range out {
		out[i] = isVIP(i%2 == 0)
	}
	return out
}

func manyTeams(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("team %02d", i)
	}
	return out
}

func TestWhatAGroupCannotBeIsRefusedInNewOnesAndInChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.define(contact.DefinitionInput{Key: "orders", ValueType: contact.TypeNumber})
	_, err := w.ArchiveDefinition(w.as(clara), "followers", 1, "")
	w.must("ArchiveDefinition", err)
	stands := w.group("stands", contact.MatchAll, isVIP(true))
	for _, tt := range badGroups() {
		in := groupInput("new", contact.MatchAll, isVIP(true))
		tt.bend(&in)
		_, err := w.CreateGroup(w.as(clara), in)
		e := w.refused(tt.name, err, tt.code, tt.field)
		if e.Index != tt.index || e.Max != tt.max || tt.code == contact.InvalidValue && e.Allowed.String() == "" {
			t.Errorf("%s: index %d, max %d, allowed %q, want index %d and max %d", tt.name, e.Index, e.Max, e.Allowed, tt.index, tt.max)
		}
		if got := e.MessageIn([]string{"de"}); got != tt.german {
			t.Errorf("%s in German: %q, want %q", tt.name, got, tt.german)
		}
		if tt.code == contact.InvalidValue && !strings.HasPrefix(e.Allowed.String(), "one of") && e.Allowed.In([]string{"de"}) == e.Allowed.String() && e.Allowed.String() != "UTF-8" {
			t.Errorf("%s: what is allowed is not in German: %q", tt.name, e.Allowed)
		}
		_, err = w.UpdateGroup(w.as(clara), contact.GroupChange{
			ID: stands.ID, ExpectedVersion: 1, Labels: &in.Labels, Match: &in.Match, Conditions: &in.Conditions, Weight: in.Weight, Teams: &in.Teams,
		})
		w.same("a change: "+tt.name, w.refused(tt.name, err, tt.code, tt.field), e)
	}
	w.same("the groups", w.groupsKnownTo(clara), []string{"stands"})
	if groups, err := w.Groups(w.as(clara)); err != nil || groups[0].Version != 1 {
		t.Errorf("refused changes made version %d, %v", groups[0].Version, err)
	}
}

// groupsKnownTo are the keys of the groups that an actor knows of.
func (w *world) groupsKnownTo(a contact.Actor) []string {
	w.Helper()
	groups, err := w.Groups(w.as(a))
	w.must("Groups", err)
	keys := []string{}
	for _, g := range groups {
		keys = append(keys, g.Key)
	}
	return keys
}

func TestAGroupAtItsLimitsIsAccepted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.define(contact.DefinitionInput{Key: "orders", ValueType: contact.TypeNumber})
	var number50 []contact.ValueInput
	for i := range 50 {
		number50 = append(number50, number(float64(i)))
	}
	in := groupInput(strings.Repeat("k", 64), contact.MatchAny, manyConditions(16)...)
	in.Labels, in.Weight, in.Teams = english(strings.Repeat("😀", 100)), new(100), append(manyTeams(19), strings.Repeat("é", 100))
	in.Conditions = append(in.Conditions,
		when("orders", contact.OpNoneOf, number50...), when("biography", contact.OpContains, text(strings.Repeat("é", 200))),
		when("biography", contact.OpEquals, text(strings.Repeat("é", 10_000))), when("orders", contact.OpAtMost, number(1<<53-1)),
	)
	got, err := w.CreateGroup(w.as(clara), in)
	w.must("CreateGroup", err)
	if len(got.Conditions) != 20 || len(got.Teams) != 20 || got.Weight != 100 {
		t.Errorf("a group at its limits became %+v", got)
	}
	got, err = w.UpdateGroup(w.as(clara), contact.GroupChange{ID: got.ID, ExpectedVersion: 1, Weight: new(1), Teams: &[]string{}})
	w.must("UpdateGroup", err)
	if got.Weight != 1 || got.Teams != nil || len(got.Conditions) != 20 {
		t.Errorf("a change of the weight and the teams made %+v", got)
	}
}

func TestAnOrganisationHasAtMostAHundredGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must("Update", w.store.Update(t.Context(), acme, func(ctx context.Context, tx contact.Tx) error { // at once, because each write reads them all
		for i := range contact.MaxGroups - 1 {
			key := fmt.Sprint("g", i)
			g := contact.Group{
				ID: contact.ID("group_" + key), Key: key, Labels: english(key), Match: contact.MatchAll, Weight: 1, CreatedAt: noon, UpdatedAt: noon, Version: 1,
				Conditions: []contact.Condition{{Subject: contact.SubjectVIP, Operator: contact.OpEquals, Values: []contact.StoredValue{{Value: "true"}}}},
			}
			if err := tx.PutGroup(ctx, acme, g); err != nil {
				return err
			}
		}
		return nil
	}))
	last := w.group("last", contact.MatchAll, isVIP(true)).ID
	_, err := w.CreateGroup(w.as(clara), groupInput("more", contact.MatchAll, isVIP(true)))
	e := w.refused("CreateGroup", err, contact.LimitReached, "key")
	if e.Max != 100 || e.Got != 101 || e.Unit != contact.Items || e.MessageIn([]string{"de"}) != "Eine Organisation hat höchstens 100 Gruppen." {
		t.Errorf("the refusal says max %d, got %d %s: %s", e.Max, e.Got, e.Unit, e.MessageIn([]string{"de"}))
	}
	_, err = w.DeleteGroup(w.as(clara), last, 1, "")
	w.must("DeleteGroup", err)
	w.group("more", contact.MatchAll, isVIP(true))
	_, err = w.CreateGroup(w.as(rita), groupInput("theirs", contact.MatchAll, isVIP(true)))
	w.must("CreateGroup of another organisation", err)
}
