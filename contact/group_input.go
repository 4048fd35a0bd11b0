package contact

import (
	"slices"
	"strings"
)

// ConditionInput is a condition as a caller writes it: Subject says which members count.
type ConditionInput struct {
	Subject  Subject
	Key      string
	Operator ConditionOperator
	Values   []ValueInput
	Networks []Network
	States   []ValidationState
	IsVIP    bool
}

// cleanConditions gives conditions as they are stored. It blames the field conditions, and the place in the list. What stands in the
// group already may stay, although its attribute has been archived since or its choice taken away.
func (w *write) cleanConditions(set *definitionSet, in []ConditionInput, standing []Condition) ([]Condition, error) {
	if len(in) == 0 {
		return nil, invalid("conditions", say("at least one condition"), "has no condition")
	}
	if len(in) > MaxConditions {
		return nil, tooLong("conditions", MaxConditions, len(in), Items)
	}
	out := make([]Condition, len(in))
	for i := range in {
		var err error
		if out[i], err = w.cleanCondition(set, &in[i], standing); err != nil {
			return nil, atPlace(err, "conditions", i)
		}
	}
	return out, nil
}

// atPlace blames the place in a list.
func atPlace(err error, field string, i int) error {
	if e, ok := err.(*Error); ok { //nolint:errorlint // made here, never wrapped
		e.Field, e.Index = field, i
	}
	return err
}

func (w *write) cleanCondition(set *definitionSet, in *ConditionInput, standing []Condition) (Condition, error) {
	c := Condition{Subject: in.Subject, Operator: in.Operator}
	switch in.Subject {
	case SubjectAttribute:
		return w.cleanAttributeCondition(set, in, standing)
	case SubjectVIP:
		c.Operator, c.Values = OpEquals, []StoredValue{{Value: boolText(in.IsVIP)}}
	case SubjectNetwork:
		for _, n := range in.Networks {
			c.Values = append(c.Values, StoredValue{Value: string(n)})
		}
	case SubjectValidation:
		for _, s := range in.States {
			c.Values = append(c.Values, StoredValue{Value: string(s)})
		}
	default:
		return c, invalid("", say("an attribute, networks, states of the validation or VIP"), "tests what there is not")
	}
	if err := checkOperator(c.Operator, c.Subject.operators(TypeChoice), len(c.Values)); err != nil {
		return c, err
	}
	for i, v := range c.Values {
		if slices.Contains(c.Values[:i], v) {
			return c, invalid("", say("each value once"), "is in the list already")
		}
		if names := c.Subject.names(); !slices.Contains(names, v.Value) {
			return c, invalid("", say("one of %s", strings.Join(names, ", ")), "tests what there is not")
		}
	}
	return c, nil
}

func (w *write) cleanAttributeCondition(set *definitionSet, in *ConditionInput, standing []Condition) (Condition, error) {
	c := Condition{Subject: SubjectAttribute, Key: in.Key, Operator: in.Operator}
	def := set.byKey[in.Key]
	if def == nil {
		return c, FieldErrorf(NotFound, "", "the organisation has no definition of this key")
	}
	had := def.Rules.retired() // a group may look for those who chose them
	isStanding := false
	for i := range standing {
		if standing[i].Subject == SubjectAttribute && standing[i].Key == in.Key {
			isStanding, had = true, append(had, standing[i].Values...)
		}
	}
	if def.ArchivedAt != nil && !isStanding {
		return c, FieldErrorf(NotFound, "", "the attribute of this key is archived")
	}
	if err := checkOperator(in.Operator, operatorsOf(def.ValueType), len(in.Values)); err != nil || len(in.Values) == 0 {
		return c, err
	}
	if in.Operator == OpContains && def.ValueType == TypePhone && in.Values[0].Text != nil && phoneDigits(*in.Values[0].Text) == nil {
		return c, invalid("", say("digits, with the punctuation of phone numbers"), "is no part of a phone number")
	}
	var err error
	asked := conditionValues(def, in.Operator)
	c.Values, err = w.contacts.checker(&definitionSet{}, asked, &AttributeRecord{Values: had}, w.actor.Languages).all(in.Values)
	return c, err
}

// conditionValues is what the values of a condition are checked as: of the definition's type, and within no narrower rules than any
// value of it can ever have had, because its rules may have changed.
func conditionValues(def *Definition, o ConditionOperator) *Definition {
	if o == OpContains { // a part of a value need not be one
		return &Definition{Key: def.Key, ValueType: TypeText, Rules: RuleSet{MaxValues: 1, MaxLength: MaxContainsLength}}
	}
	r := RuleSet{MaxValues: MaxConditionValues, DefaultRegion: def.Rules.DefaultRegion, Choices: def.Rules.Choices}
	if def.ValueType == TypeText {
		r.MaxLength, r.IsMultiline = MaxTextLength, true
	}
	return &Definition{Key: def.Key, ValueType: def.ValueType, IsList: true, Rules: r}
}

// checkOperator refuses an operator that is none of the subject, and a number of values that it does not take.
func checkOperator(o ConditionOperator, allowed []ConditionOperator, given int) error {
	if !slices.Contains(allowed, o) {
		names := make([]string, len(allowed))
		for i, name := range allowed {
			names[i] = string(name)
		}
		return invalid("", say("one of %s", strings.Join(names, ", ")), "has an operator that does not go with what it tests")
	}
	switch least, most := o.takes(); {
	case given > most && most > 1:
		return tooLong("", most, given, Items)
	case given < least || given > most:
		return invalid("", say("one value; several for ANY_OF and NONE_OF, none for IS_SET and IS_NOT_SET"), "has a number of values that cannot be")
	}
	return nil
}
