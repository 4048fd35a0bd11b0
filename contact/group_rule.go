package contact

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// groupRule is a group made ready to be tested. What equals is the value type's business: texts, addresses and names of places
// are compared without regard to case and to how accents were typed, e-mail addresses as mail is delivered, phone numbers in
// E.164, and a language equals its own regions too, so that "de" fits "de-AT". All other values are compared as they are stored.
type groupRule struct {
	*Group
	keys  []string // of the attributes that it tests, each once
	tests []func(*seenContact) bool
}

// seenContact is a contact as groups see it, at one moment.
type seenContact struct {
	*Contact
	set        *definitionSet
	isVIP      bool
	validation ValidationState
}

// seen is the contact as the groups of a catalog see it now.
func (c *Contacts) seen(of *Contact, set *definitionSet) *seenContact {
	return &seenContact{of, set, of.VIP.At(c.now()).IsVIP, of.Validation(nil).State}
}

// newGroupRule makes a group ready; a condition whose attribute is not defined, or archived, sees it as not set.
func (c *Contacts) newGroupRule(g *Group, definitions map[string]*Definition) *groupRule {
	r := &groupRule{Group: g}
	for i := range g.Conditions {
		condition := &g.Conditions[i]
		if condition.Subject == SubjectAttribute && !slices.Contains(r.keys, condition.Key) {
			r.keys = append(r.keys, condition.Key)
		}
		r.tests = append(r.tests, c.conditionTest(condition, definitions[condition.Key]))
	}
	return r
}

// test says by their places which conditions hold, and whether the contact is in the group.
func (r *groupRule) test(of *seenContact) (holds []int, isIn bool) {
	for i, test := range r.tests {
		if test(of) {
			holds = append(holds, i)
		}
	}
	if r.Match == MatchAny {
		return holds, len(holds) > 0
	}
	return holds, len(holds) == len(r.tests)
}

// conditionTest makes a condition ready.
func (c *Contacts) conditionTest(condition *Condition, def *Definition) func(*seenContact) bool {
	t := TypeChoice // what has names of its own is compared like a choice
	var values func(*seenContact) []StoredValue
	switch condition.Subject {
	case SubjectVIP:
		want := condition.Values[0].Value == boolText(true)
		return func(of *seenContact) bool { return of.isVIP == want }
	case SubjectNetwork:
		values = func(of *seenContact) (out []StoredValue) {
			for i := range of.Profiles {
				out = append(out, StoredValue{Value: string(of.Profiles[i].Network)})
			}
			return out
		}
	case SubjectValidation:
		values = func(of *seenContact) []StoredValue { return []StoredValue{{Value: string(of.validation)}} }
	default:
		if def == nil || def.ArchivedAt != nil {
			values = func(*seenContact) []StoredValue { return nil }
			break
		}
		t = def.ValueType
		values = func(of *seenContact) []StoredValue {
			if r := of.record(def.Key); r != nil {
				return r.Values
			}
			return nil
		}
	}
	one, isAgainst := c.valueTest(condition, t)
	return func(of *seenContact) bool { return slices.ContainsFunc(values(of), one) != isAgainst }
}

// valueTest makes the test of one value. isAgainst: the condition holds where no value passes it.
func (c *Contacts) valueTest(condition *Condition, t ValueType) (one func(StoredValue) bool, isAgainst bool) {
	switch condition.Operator {
	case OpIsSet, OpIsNotSet:
		return func(StoredValue) bool { return true }, condition.Operator == OpIsNotSet
	case OpContains:
		return c.containsTest(condition.Values[0].Value, t), false
	case OpLess, OpAtMost, OpGreater, OpAtLeast:
		return orderTest(condition.Operator, condition.Values[0], t), false
	default:
		return c.equalsTest(condition.Values, t), condition.Operator == OpNotEquals || condition.Operator == OpNoneOf
	}
}

// equalsTest passes what equals one of the values.
func (c *Contacts) equalsTest(values []StoredValue, t ValueType) func(StoredValue) bool {
	wanted := make(map[string]bool, len(values))
	for _, v := range values {
		wanted[c.comparable(v, t)] = true
	}
	return func(v StoredValue) bool {
		have := c.comparable(v, t)
		for t == TypeLanguage && !wanted[have] {
			i := strings.LastIndexByte(have, '-')
			if i < 0 {
				return false
			}
			have = have[:i]
		}
		return wanted[have]
	}
}

// comparable is what makes two values of one type equal for a group.
func (c *Contacts) comparable(v StoredValue, t ValueType) string {
	switch t {
	case TypeText, TypeURL, TypeLocation:
		return c.caseless(v.Value)
	case TypeEmail:
		return v.Extra
	default:
		return v.Value
	}
}

// caseless is the text without regard to case and to how accents were typed.
func (c *Contacts) caseless(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return strings.ToLower(s)
	}
	return strings.ToLower(strings.ToUpper(c.letters.Decompose(s))) // by upper case: ς and σ are one letter
}

// containsTest passes values that have a text in them, of addresses in the form that is compared too.
func (c *Contacts) containsTest(part string, t ValueType) func(StoredValue) bool {
	if t == TypePhone {
		part = dialled(part)
		return func(v StoredValue) bool { return strings.Contains(v.Value, part) }
	}
	part = c.caseless(part)
	return func(v StoredValue) bool {
		return strings.Contains(c.caseless(v.Value), part) || t == TypeEmail && strings.Contains(v.Extra, part)
	}
}

// dialled is a part of a phone number without what people write between its digits.
func dialled(part string) string {
	return strings.Map(func(r rune) rune {
		if r == '+' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, part)
}

// orderTest passes values on one side of another. Days and moments are ordered as they are written; a number that cannot be read
// is on neither side.
func orderTest(o ConditionOperator, bound StoredValue, t ValueType) func(StoredValue) bool {
	fits := func(order int) bool {
		switch o {
		case OpLess:
			return order < 0
		case OpAtMost:
			return order <= 0
		case OpGreater:
			return order > 0
		default:
			return order >= 0
		}
	}
	if t != TypeNumber {
		return func(v StoredValue) bool { return fits(strings.Compare(v.Value, bound.Value)) }
	}
	limit, errLimit := strconv.ParseFloat(bound.Value, 64)
	return func(v StoredValue) bool {
		n, err := strconv.ParseFloat(v.Value, 64)
		return err == nil && errLimit == nil && fits(cmp.Compare(n, limit))
	}
}
