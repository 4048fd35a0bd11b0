package contact

import (
	"slices"
	"strings"
)

// Subject is what a condition tests.
type Subject string

// The subjects.
const (
	SubjectAttribute  Subject = "ATTRIBUTE"  // the values of an attribute
	SubjectNetwork    Subject = "NETWORK"    // the networks of the contact's profiles
	SubjectValidation Subject = "VALIDATION" // the state of the validation
	SubjectVIP        Subject = "VIP"        // whether the contact is a VIP
)

// ConditionOperator compares what a contact has with the values of a condition. An attribute that is empty, or whose definition is
// archived, is not set: of it only NOT_EQUALS, NONE_OF and IS_NOT_SET hold. Of several values one that fits is enough, but for
// NOT_EQUALS and NONE_OF, which want that none does. What equals is said with each value type, in [groupRule].
type ConditionOperator string

// The operators.
const (
	OpEquals    ConditionOperator = "EQUALS"
	OpNotEquals ConditionOperator = "NOT_EQUALS"
	OpLess      ConditionOperator = "LESS"     // NUMBER, DATE, DATE_TIME: smaller, earlier
	OpAtMost    ConditionOperator = "AT_MOST"  // likewise, or the same
	OpGreater   ConditionOperator = "GREATER"  // likewise: larger, later
	OpAtLeast   ConditionOperator = "AT_LEAST" // likewise, or the same
	OpAnyOf     ConditionOperator = "ANY_OF"   // equals one of the condition's values
	OpNoneOf    ConditionOperator = "NONE_OF"  // equals none of them
	OpContains  ConditionOperator = "CONTAINS" // TEXT, URL, EMAIL, PHONE, LOCATION: the text is a part of it, without regard to case
	OpIsSet     ConditionOperator = "IS_SET"
	OpIsNotSet  ConditionOperator = "IS_NOT_SET"
)

// ConditionOperators lists every operator, in the order of the schema.
func ConditionOperators() []ConditionOperator {
	return []ConditionOperator{
		OpEquals, OpNotEquals, OpLess, OpAtMost, OpGreater, OpAtLeast, OpAnyOf, OpNoneOf, OpContains, OpIsSet, OpIsNotSet,
	}
}

// takes says how many values an operator takes.
func (o ConditionOperator) takes() (least, most int) {
	switch o {
	case OpIsSet, OpIsNotSet:
		return 0, 0
	case OpAnyOf, OpNoneOf:
		return 1, MaxConditionValues
	default:
		return 1, 1
	}
}

// isKnown reports one of the subjects.
func (s Subject) isKnown() bool {
	return slices.Contains([]Subject{SubjectAttribute, SubjectNetwork, SubjectValidation, SubjectVIP}, s)
}

// names lists what a subject other than an attribute can be.
func (s Subject) names() (out []string) {
	switch s {
	case SubjectNetwork:
		for _, n := range Networks() {
			out = append(out, string(n))
		}
	case SubjectValidation:
		for _, state := range ValidationStates() {
			out = append(out, string(state))
		}
	case SubjectVIP:
		out = []string{boolText(true), boolText(false)}
	case SubjectAttribute: // has values, see cleanAttributeCondition
	}
	return out
}

// operators lists what can be asked of a subject; t is the value type of an attribute. Every contact is validated or not, and a VIP
// or not, so that neither can be unset.
func (s Subject) operators(t ValueType) []ConditionOperator {
	switch s {
	case SubjectNetwork:
		return operatorsOf(TypeChoice)
	case SubjectValidation:
		return []ConditionOperator{OpEquals, OpNotEquals, OpAnyOf, OpNoneOf}
	case SubjectVIP:
		return []ConditionOperator{OpEquals}
	default:
		return operatorsOf(t)
	}
}

// operatorsOf lists what can be asked of values of a type.
func operatorsOf(t ValueType) []ConditionOperator {
	both := []ConditionOperator{OpEquals, OpNotEquals, OpAnyOf, OpNoneOf, OpIsSet, OpIsNotSet}
	switch t {
	case TypeNumber, TypeDate, TypeDateTime:
		return append(both, OpLess, OpAtMost, OpGreater, OpAtLeast)
	case TypeText, TypeURL, TypeEmail, TypePhone, TypeLocation:
		return append(both, OpContains)
	case TypeBoolean:
		return []ConditionOperator{OpEquals, OpNotEquals, OpIsSet, OpIsNotSet}
	default:
		return both
	}
}

// Condition is one test of a group, as it is stored. Values are in the stored form of the definition's value type, see
// [StoredValue]; of OpContains the text; of a network its name; of the validation the state; of VIP "true" or "false".
type Condition struct {
	Subject  Subject
	Key      string // of the definition; "" of other subjects
	Operator ConditionOperator
	Values   []StoredValue
}

// GroupCondition is a condition as one viewer reads it: one of the types below, no other.
type GroupCondition interface{ isGroupCondition() }

type (
	// AttributeCondition tests the values of an attribute.
	AttributeCondition struct {
		Definition *AttributeDefinition
		Operator   ConditionOperator
		Values     []AttributeValue // of OpContains a TextValue
	}
	// NetworkCondition tests the networks of the contact's profiles.
	NetworkCondition struct {
		Operator ConditionOperator
		Networks []Network
	}
	// ValidationCondition tests the state of the validation.
	ValidationCondition struct {
		Operator ConditionOperator
		States   []ValidationState
	}
	// VIPCondition tests whether the contact is a VIP.
	VIPCondition struct{ IsVIP bool }
)

func (AttributeCondition) isGroupCondition()  {}
func (NetworkCondition) isGroupCondition()    {}
func (ValidationCondition) isGroupCondition() {}
func (VIPCondition) isGroupCondition()        {}

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

// cleanConditions gives conditions as they are stored. It blames the field conditions, and the place in the list.
func (w *write) cleanConditions(set *definitionSet, in []ConditionInput) ([]Condition, error) {
	if len(in) == 0 {
		return nil, invalid("conditions", say("at least one condition"), "has no condition")
	}
	if len(in) > MaxConditions {
		return nil, tooLong("conditions", MaxConditions, len(in), Items)
	}
	out := make([]Condition, len(in))
	for i := range in {
		var err error
		if out[i], err = w.cleanCondition(set, &in[i]); err != nil {
			if e, ok := err.(*Error); ok { //nolint:errorlint // made here, never wrapped
				e.Field, e.Index = "conditions", i
			}
			return nil, err
		}
	}
	return out, nil
}

func (w *write) cleanCondition(set *definitionSet, in *ConditionInput) (Condition, error) {
	c := Condition{Subject: in.Subject, Operator: in.Operator}
	switch in.Subject {
	case SubjectAttribute:
		return w.cleanAttributeCondition(set, in)
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
		if !slices.Contains(c.Subject.names(), v.Value) {
			return c, invalid("", say("an attribute, networks, states of the validation or VIP"), "tests what there is not")
		}
	}
	return c, nil
}

func (w *write) cleanAttributeCondition(set *definitionSet, in *ConditionInput) (Condition, error) {
	c := Condition{Subject: SubjectAttribute, Key: in.Key, Operator: in.Operator}
	def := set.byKey[in.Key]
	if def == nil || def.ArchivedAt != nil {
		return c, FieldErrorf(NotFound, "", "the organisation has no definition of this key")
	}
	if err := checkOperator(in.Operator, operatorsOf(def.ValueType), len(in.Values)); err != nil || len(in.Values) == 0 {
		return c, err
	}
	asked := Definition{Key: def.Key, ValueType: def.ValueType, IsList: true, Rules: RuleSet{
		MaxValues: MaxConditionValues, MaxLength: MaxTextLength, IsMultiline: true, DefaultRegion: def.Rules.DefaultRegion, Choices: def.Rules.Choices,
	}}
	if in.Operator == OpContains { // a part of a value need not be one
		asked.ValueType, asked.Rules = TypeText, RuleSet{MaxValues: 1, MaxLength: MaxContainsLength}
		if text := in.Values[0].Text; def.ValueType == TypePhone && text != nil && !strings.ContainsAny(*text, "0123456789") {
			return c, invalid("", say("a part of a phone number, with a digit"), "has no digit")
		}
	}
	k := w.contacts.checker(&definitionSet{}, &asked, &AttributeRecord{Values: def.Rules.retired()}, w.actor.Languages)
	var err error
	c.Values, err = k.all(in.Values)
	return c, err
}

// checkOperator refuses an operator that is none of the subject, and a number of values that it does not take.
func checkOperator(o ConditionOperator, allowed []ConditionOperator, given int) error {
	if !slices.Contains(allowed, o) {
		return invalid("", say("an operator that goes with the value type"), "has an operator that does not go with what it tests")
	}
	switch least, most := o.takes(); {
	case given > most && most > 1:
		return tooLong("", most, given, Items)
	case given < least || given > most:
		return invalid("", say("one value; several for ANY_OF and NONE_OF, none for IS_SET and IS_NOT_SET"), "has a number of values that cannot be")
	}
	return nil
}

func boolText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// forViewer gives the condition as the viewer reads it.
func (c *Condition) forViewer(contacts *Contacts, viewer Actor, definitions map[string]*AttributeDefinition) GroupCondition {
	switch c.Subject {
	case SubjectVIP:
		return VIPCondition{c.Values[0].Value == boolText(true)}
	case SubjectNetwork:
		out := NetworkCondition{Operator: c.Operator}
		for _, v := range c.Values {
			out.Networks = append(out.Networks, Network(v.Value))
		}
		return out
	case SubjectValidation:
		out := ValidationCondition{Operator: c.Operator}
		for _, v := range c.Values {
			out.States = append(out.States, ValidationState(v.Value))
		}
		return out
	}
	def := definitions[c.Key]
	out := AttributeCondition{Definition: def, Operator: c.Operator}
	for _, v := range c.Values {
		if c.Operator == OpContains {
			out.Values = append(out.Values, TextValue{v.Value})
		} else if value := contacts.value(def, v, viewer.Languages); value != nil {
			out.Values = append(out.Values, value)
		}
	}
	return out
}
