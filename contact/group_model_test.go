package contact_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"contactpanel/contact"
)

// known is a contact as the model of groups knows it.
type known struct {
	texts    []string // lower case, without accents
	numbers  []float64
	networks []contact.Network
	vipUntil *time.Time // nil: for ever
	isVIP    bool
}

// modelled is a condition with what the model says of it.
type modelled struct {
	contact.ConditionInput
	holds func(k *known, at time.Time) bool
}

// anyIs is what operators that look for one of the values say of a list, and their opposites.
func anyIs[T any](list []T, isAgainst bool, is func(T) bool) bool {
	for _, v := range list {
		if is(v) {
			return !isAgainst
		}
	}
	return isAgainst
}

func drawTextCondition(t *rapid.T) modelled {
	words := []string{"tea", "coffee", "iced tea"}
	o := rapid.SampledFrom([]contact.ConditionOperator{
		contact.OpEquals, contact.OpNotEquals, contact.OpAnyOf, contact.OpNoneOf, contact.OpContains, contact.OpIsSet, contact.OpIsNotSet,
	}).Draw(t, "operator")
	first, second := rapid.SampledFrom(words).Draw(t, "first"), "nothing"
	var values []contact.ValueInput
	is := func(s string) bool { return s == first }
	switch o {
	case contact.OpIsSet, contact.OpIsNotSet:
		is = func(string) bool { return true }
	case contact.OpContains:
		values = list(text(first))
		is = func(s string) bool { return strings.Contains(s, first) }
	case contact.OpAnyOf, contact.OpNoneOf:
		second = rapid.SampledFrom(slices.DeleteFunc(slices.Clone(words), func(s string) bool { return s == first })).Draw(t, "second")
		values = list(text(strings.ToUpper(first)), text(second))
		is = func(s string) bool { return s == first || s == second }
	default:
		values = list(text(strings.ToUpper(first)))
	}
	return modelled{when("drinks", o, values...), func(k *known, _ time.Time) bool { return anyIs(k.texts, holdsOfNothing(o), is) }}
}

func drawNumberCondition(t *rapid.T) modelled {
	bound := float64(rapid.IntRange(-3, 12).Draw(t, "bound"))
	tests := map[contact.ConditionOperator]func(float64) bool{
		contact.OpEquals: func(n float64) bool { return n == bound }, contact.OpNotEquals: func(n float64) bool { return n == bound },
		contact.OpLess: func(n float64) bool { return n < bound }, contact.OpAtMost: func(n float64) bool { return n <= bound },
		contact.OpGreater: func(n float64) bool { return n > bound }, contact.OpAtLeast: func(n float64) bool { return n >= bound },
	}
	o := rapid.SampledFrom([]contact.ConditionOperator{
		contact.OpEquals, contact.OpNotEquals, contact.OpLess, contact.OpAtMost, contact.OpGreater, contact.OpAtLeast,
	}).Draw(t, "operator")
	return modelled{when("orders", o, number(bound)), func(k *known, _ time.Time) bool { return anyIs(k.numbers, holdsOfNothing(o), tests[o]) }}
}

func drawNetworkCondition(t *rapid.T) modelled {
	o := rapid.SampledFrom([]contact.ConditionOperator{contact.OpAnyOf, contact.OpNoneOf}).Draw(t, "operator")
	wanted := rapid.SliceOfNDistinct(rapid.SampledFrom(contact.Networks()), 1, 3, rapid.ID).Draw(t, "networks")
	is := func(n contact.Network) bool { return slices.Contains(wanted, n) }
	return modelled{network(o, wanted...), func(k *known, _ time.Time) bool { return anyIs(k.networks, holdsOfNothing(o), is) }}
}

func drawVIPCondition(t *rapid.T) modelled {
	want := rapid.Bool().Draw(t, "VIP")
	return modelled{isVIP(want), func(k *known, at time.Time) bool {
		return want == (k.isVIP && (k.vipUntil == nil || at.Before(*k.vipUntil)))
	}}
}

func drawCondition(t *rapid.T) modelled {
	return rapid.SampledFrom([]func(*rapid.T) modelled{drawTextCondition, drawNumberCondition, drawNetworkCondition, drawVIPCondition}).Draw(t, "kind")(t)
}

// drawContact makes a contact and says what the model knows of it.
func drawContact(w *world, t *rapid.T) (contact.ID, *known) {
	k := &known{
		texts:    rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"tea", "iced tea", "coffee", "water"}), 0, 3, rapid.ID).Draw(t, "drinks"),
		networks: rapid.SliceOfN(rapid.SampledFrom(contact.Networks()), 0, 3).Draw(t, "profiles"),
		isVIP:    rapid.Bool().Draw(t, "is a VIP"),
	}
	in := contact.UpsertInput{Name: "Mo"}
	var drinks, orders []contact.ValueInput
	for _, s := range k.texts {
		drinks = append(drinks, text(strings.ToUpper(s[:1])+s[1:]))
	}
	for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(-3, 12), 0, 3, rapid.ID).Draw(t, "orders") {
		k.numbers, orders = append(k.numbers, float64(n)), append(orders, number(float64(n)))
	}
	for key, values := range map[string][]contact.ValueInput{"drinks": drinks, "orders": orders} {
		if len(values) > 0 {
			in.Attributes = append(in.Attributes, attr(key, values...))
		}
	}
	for _, n := range k.networks {
		in.Profiles = append(in.Profiles, contact.ProfileInput{Network: n, Handle: string(contact.RandomID("h"))})
	}
	id := w.upsert(in).Contact.ID
	if k.isVIP {
		if rapid.Bool().Draw(t, "for a while") {
			k.vipUntil = new(w.clock.now().Add(time.Hour))
		}
		_, err := w.PromoteToVIP(w.as(anna), contact.PromoteInput{Contact: id, ExpiresAt: k.vipUntil})
		w.must("PromoteToVIP", err)
	}
	return id, k
}

// TestAGroupIsWhatItsConditionsSay compares groups with conditions that are looked at one by one in the plainest way.
func TestAGroupIsWhatItsConditionsSay(t *testing.T) {
	t.Parallel()
	base := newWorld(t)
	base.define(contact.DefinitionInput{Key: "drinks", ValueType: contact.TypeText, IsList: true})
	base.define(contact.DefinitionInput{Key: "orders", ValueType: contact.TypeNumber, IsList: true})
	in, out := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		w := base.in(t)
		w.clock.set(noon)
		match := rapid.SampledFrom([]contact.GroupMatch{contact.MatchAll, contact.MatchAny}).Draw(t, "match")
		conditions := rapid.SliceOfN(rapid.Custom(drawCondition), 1, 4).Draw(t, "conditions")
		var inputs []contact.ConditionInput
		for _, c := range conditions {
			inputs = append(inputs, c.ConditionInput)
		}
		g := w.group("modelled", match, inputs...)
		defer func() { // also where this run fails, so that a smaller one can be looked for
			_, err := base.DeleteGroup(base.as(clara), g.ID, g.Version, "")
			base.must("DeleteGroup", err)
		}()
		id, k := drawContact(w, t)
		for range 2 {
			var want []contact.GroupCondition
			for i, c := range conditions {
				if c.holds(k, w.clock.now()) {
					want = append(want, g.Conditions[i])
				}
			}
			found, err := w.GroupsOf(w.as(anna), w.contact(id))
			w.must("GroupsOf", err)
			if isIn := len(want) == len(conditions) || match == contact.MatchAny && len(want) > 0; !isIn {
				out++
				w.same("the groups of one who is in none", len(found), 0)
			} else {
				in++
				w.same(fmt.Sprintf("what holds of %+v", *k), found[0].Matches, want)
			}
			w.clock.advance(time.Hour) // when promotions end
		}
	})
	if in < 20 || out < 20 {
		t.Errorf("%d times the contact was in the group, %d times it was not: the model says little", in, out)
	}
}
