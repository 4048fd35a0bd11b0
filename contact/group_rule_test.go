package contact_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"contactpanel/contact"
)

// operatorCase is one condition on values of a type: who has one list of in is in the group, who has one of out is not.
type operatorCase struct {
	t       contact.ValueType
	o       contact.ConditionOperator
	with    []contact.ValueInput
	in, out [][]contact.ValueInput
}

// list is a contact's values of one attribute.
func list(values ...contact.ValueInput) []contact.ValueInput { return values }

func lists(values ...contact.ValueInput) (out [][]contact.ValueInput) {
	for _, v := range values {
		out = append(out, list(v))
	}
	return out
}

// plainCases are what every type can be asked: a is what the condition is about, b something else.
func plainCases(t contact.ValueType, a, b contact.ValueInput) []operatorCase {
	both, ofA, ofB := list(a, b), list(a), list(b)
	cases := []operatorCase{
		{t, contact.OpEquals, ofA, [][]contact.ValueInput{ofA}, [][]contact.ValueInput{ofB}},
		{t, contact.OpNotEquals, ofA, [][]contact.ValueInput{ofB}, [][]contact.ValueInput{ofA, both}},
		{t, contact.OpIsSet, nil, [][]contact.ValueInput{ofA, both}, nil},
		{t, contact.OpIsNotSet, nil, nil, [][]contact.ValueInput{ofA, both}},
	}
	if t == contact.TypeBoolean {
		return cases
	}
	return append(cases,
		operatorCase{t, contact.OpEquals, ofB, [][]contact.ValueInput{both}, nil},
		operatorCase{t, contact.OpAnyOf, ofA, [][]contact.ValueInput{ofA, both}, [][]contact.ValueInput{ofB}},
		operatorCase{t, contact.OpAnyOf, both, [][]contact.ValueInput{ofA, ofB, both}, nil},
		operatorCase{t, contact.OpNoneOf, ofA, [][]contact.ValueInput{ofB}, [][]contact.ValueInput{ofA, both}},
		operatorCase{t, contact.OpNoneOf, both, nil, [][]contact.ValueInput{ofA, ofB, both}},
	)
}

// orderCases are what a type with an order can be asked.
func orderCases(t contact.ValueType, low, middle, high contact.ValueInput) []operatorCase {
	ends := [][]contact.ValueInput{list(low, high)}
	return []operatorCase{
		{t, contact.OpLess, list(middle), append(ends, list(low)), lists(middle, high)},
		{t, contact.OpAtMost, list(middle), append(ends, list(low), list(middle)), lists(high)},
		{t, contact.OpGreater, list(middle), append(ends, list(high)), lists(low, middle)},
		{t, contact.OpAtLeast, list(middle), append(ends, list(middle), list(high)), lists(low)},
	}
}

func operatorCases() []operatorCase {
	const eq, ne, has = contact.OpEquals, contact.OpNotEquals, contact.OpContains
	cases := slices.Concat(
		plainCases(contact.TypeText, text("Strong Coffee"), text("Tea")),
		plainCases(contact.TypeNumber, number(17), number(17.5)), orderCases(contact.TypeNumber, number(-20), number(9), number(10)),
		plainCases(contact.TypeBoolean, boolean(true), boolean(false)),
		plainCases(contact.TypeDate, date("2026-03-04"), date("2026-04-03")),
		orderCases(contact.TypeDate, date("0999-12-31"), date("2026-03-04"), date("2026-03-05")),
		plainCases(contact.TypeDateTime, dateTime("2026-03-04T12:00:00Z"), dateTime("2026-03-04T12:00:00.001Z")),
		orderCases(contact.TypeDateTime, dateTime("2026-03-04T11:59:59.999Z"), dateTime("2026-03-04T13:00:00+01:00"), dateTime("2026-03-04T12:00:00.001Z")),
		plainCases(contact.TypeURL, address("https://a.example/x"), address("https://a.example/y")),
		plainCases(contact.TypeEmail, email("zoe@example.org"), email("zoe@example.com")),
		plainCases(contact.TypePhone, dial("+49 30 23125000"), dial("+49 30 23125001")),
		plainCases(contact.TypeLanguage, tongue("de"), tongue("en")),
		plainCases(contact.TypeLocation, place("Bonn"), place("Berlin")),
		plainCases(contact.TypeChoice, choice("red"), choice("blue")),
	)
	return append(cases,
		operatorCase{contact.TypeText, eq, list(text("strong COFFEE")), lists(text("Strong Coffee")), lists(text("Strong  Coffee"), text("Strong Coffees"))},
		operatorCase{contact.TypeText, eq, list(text("Café")), lists(text("CAFÉ"), text("cafe\u0301")), lists(text("cafe"))},
		operatorCase{contact.TypeText, eq, list(text("straße")), lists(text("STRASSE"), text("Stra\u1e9ee"), text("strasse")), lists(text("strase"))},
		operatorCase{contact.TypeText, eq, list(text("ΟΔΟΣ")), lists(text("οδος"), text("οδοσ")), nil},
		operatorCase{contact.TypeText, eq, list(text("ﬁn")), lists(text("FIN")), nil},
		operatorCase{contact.TypeText, ne, list(text("ÉTÉ")), lists(text("ete")), lists(text("été"))},
		operatorCase{contact.TypeText, has, list(text("FEE m")), lists(text("Coffee maker"), text("fee m")), lists(text("Coffee"), text("feem"))},
		operatorCase{contact.TypeText, has, list(text("fé")), lists(text("CAFE\u0301 au lait")), lists(text("cafe"))},
		operatorCase{contact.TypeText, has, list(text("cafe")), lists(text("café, cafe"), text("CAFES")), lists(text("café"))},
		operatorCase{contact.TypeText, has, list(text("second")), lists(text("first\nSecond")), nil},
		operatorCase{contact.TypeText, eq, list(text("first\r\nsecond")), lists(text("First\nSecond")), lists(text("first second"))},
		operatorCase{contact.TypeNumber, eq, list(number(0.1)), lists(number(0.1)), lists(number(0.10000001))},
		operatorCase{contact.TypeURL, eq, list(address("HTTPS://A.example/X")), lists(address("https://a.example/x")), nil},
		operatorCase{contact.TypeURL, has, list(text("A.EXAMPLE/")), lists(address("https://a.example/x")), lists(address("https://a.example"))},
		operatorCase{contact.TypeEmail, eq, list(email("Zoe@Bücher.example")), lists(email("zoe@xn--bcher-kva.example"), email("ZOE@BÜCHER.example")), lists(email("zoe@bucher.example"))},
		operatorCase{contact.TypeEmail, eq, list(email("zoé@example.org")), lists(email("ZOE\u0301@example.org")), lists(email("zoe@example.org"))},
		operatorCase{contact.TypeEmail, has, list(text("@BÜCHER.example")), lists(email("zoe@bücher.example"), email("zoe@xn--bcher-kva.example")), lists(email("zoe@bucher.example"))},
		operatorCase{contact.TypeEmail, has, list(text("bücher.example")), lists(email("zoe@xn--bcher-kva.example")), nil},
		operatorCase{contact.TypeEmail, has, list(text("xn--bcher")), lists(email("zoe@bücher.example")), nil},
		operatorCase{contact.TypeEmail, has, list(text("ücher")), lists(email("zoe@BÜCHER.example")), lists(email("zoe@ucher.example"))},
		operatorCase{contact.TypeEmail, has, list(text("oe@Ex")), lists(email("Zoe@example.org")), lists(email("zoe@an.example"))},
		operatorCase{contact.TypePhone, eq, list(dial("030 23125000")), lists(dial("+49 (0)30 23125000")), nil},
		operatorCase{contact.TypePhone, has, list(text("231-25")), lists(dial("+493023125000")), lists(dial("+49 30 2319999"))},
		operatorCase{contact.TypePhone, has, list(text("+49 (0)30")), lists(dial("+493023125000")), lists(dial("+49 89 4930 1234"))},
		operatorCase{contact.TypePhone, has, list(text("0049 30")), lists(dial("+493023125000")), lists(dial("+49 89 4930 1234"))},
		operatorCase{contact.TypePhone, has, list(text("030/2")), lists(dial("+493023125000")), lists(dial("+49 89 30231250"))},
		operatorCase{contact.TypeLanguage, eq, list(tongue("de")), lists(tongue("de-AT"), tongue("de-Latn-CH")), nil},
		operatorCase{contact.TypeLanguage, eq, list(tongue("de-AT")), nil, lists(tongue("de"), tongue("de-CH"))},
		operatorCase{contact.TypeLanguage, ne, list(tongue("de")), lists(tongue("fr")), lists(tongue("de-AT"))},
		operatorCase{contact.TypeLanguage, contact.OpNoneOf, list(tongue("fr"), tongue("de")), lists(tongue("en-GB")), lists(tongue("de-AT"))},
		operatorCase{contact.TypeLocation, eq, list(place("KÖLN")), lists(place("Köln"), place("köln", 50.9, 6.9)), lists(place("Koln"))},
		operatorCase{contact.TypeLocation, has, list(text("bonn")), lists(place("Beuel, BONN", 50.7, 7.1)), lists(place("Beuel"))},
		operatorCase{contact.TypeChoice, eq, list(choice("grey")), nil, lists(choice("red"))},
	)
}

// holdsOfNothing are the operators that hold of what is not set.
func holdsOfNothing(o contact.ConditionOperator) bool {
	return slices.Contains([]contact.ConditionOperator{contact.OpNotEquals, contact.OpNoneOf, contact.OpIsNotSet}, o)
}

// some is the key of a list of a type.
func some(t contact.ValueType) string { return "tested_" + strings.ToLower(string(t)) }

// defineTested makes a list of each value type with the rules that let most in.
func defineTested(w *world) {
	w.Helper()
	rules := map[contact.ValueType]contact.RuleSet{
		contact.TypeText: {IsMultiline: true, MaxLength: contact.MaxTextLength}, contact.TypePhone: {DefaultRegion: "DE"},
		contact.TypeChoice: {Choices: []contact.ChoiceOption{
			{Key: "red", Labels: english("Red")}, {Key: "blue", Labels: english("Blue")}, {Key: "grey", Labels: english("Grey"), IsRetired: true},
		}},
	}
	for _, t := range contact.ValueTypes() {
		w.define(contact.DefinitionInput{Key: some(t), ValueType: t, IsList: true, Rules: rules[t]})
	}
}

// having makes a contact that has values of a type.
func (w *world) having(t contact.ValueType, values []contact.ValueInput) contact.ID {
	w.Helper()
	return w.person("Tess", attr(some(t), values...)).ID
}

// cleared makes a contact that had a value of each type.
func (w *world) cleared(cases []operatorCase) contact.ID {
	w.Helper()
	id := w.person("Cleo").ID
	for _, tt := range cases {
		key := some(tt.t)
		if tt.o != contact.OpEquals || w.attribute(w.contact(id), key).Version > 0 {
			continue
		}
		_, err := w.SetAttribute(w.as(anna), contact.AttributeChange{Contact: id, Key: key, Values: tt.with})
		w.must("SetAttribute", err)
		_, err = w.ClearAttribute(w.as(anna), id, key, 1, "")
		w.must("ClearAttribute", err)
	}
	return id
}

func TestEveryOperatorOnEveryValueType(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	defineTested(w)
	cases := operatorCases()
	never, cleared := w.person("Nell").ID, w.cleared(cases)
	tested := map[string]bool{}
	group := w.group("tested", contact.MatchAll, isVIP(true))
	for i, tt := range cases {
		w := w.in(t)
		name := fmt.Sprintf("case %d: %s %s", i, tt.t, tt.o)
		tested[string(tt.t)+" "+string(tt.o)] = true
		changed, err := w.UpdateGroup(w.as(clara), contact.GroupChange{
			ID: group.ID, ExpectedVersion: group.Version, Conditions: &[]contact.ConditionInput{when(some(tt.t), tt.o, tt.with...)},
		})
		w.must(name, err)
		group = changed
		for _, values := range tt.in {
			if id := w.having(tt.t, values); !w.isIn("tested", id) {
				t.Errorf("%s does not hold of %v", name, w.attribute(w.contact(id), some(tt.t)).Values)
			}
		}
		for _, values := range tt.out {
			if id := w.having(tt.t, values); w.isIn("tested", id) {
				t.Errorf("%s holds of %v", name, w.attribute(w.contact(id), some(tt.t)).Values)
			}
		}
		for what, id := range map[string]contact.ID{"never set": never, "cleared": cleared} {
			if w.isIn("tested", id) != holdsOfNothing(tt.o) {
				t.Errorf("%s of what was %s: %v", name, what, !holdsOfNothing(tt.o))
			}
		}
	}
	for _, of := range contact.ValueTypes() {
		for _, o := range contact.ConditionOperators() {
			_, err := w.CreateGroup(w.as(clara), groupInput("refused", contact.MatchAll, when(some(of), o, contact.ValueInput{})))
			e := w.refused(fmt.Sprint(of, " ", o), err, contact.InvalidValue, "conditions")
			if isRefused := strings.Contains(e.Message, "operator"); isRefused == tested[string(of)+" "+string(o)] {
				t.Errorf("%s of %s is refused: %v, and tested: %v", o, of, isRefused, !isRefused)
			}
		}
	}
}

// lower is the operator as a part of a key.
func lower(o contact.ConditionOperator) string { return strings.ToLower(string(o)) }
