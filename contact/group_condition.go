package contact

import "slices"

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
// NOT_EQUALS and NONE_OF, which want that none does. What equals is said with each value type, in [valueTest].
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
	OpContains  ConditionOperator = "CONTAINS" // TEXT, URL, EMAIL, PHONE, LOCATION: the text is a part of it, see [Contacts.containsTest]
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

// isAgainst reports an operator that holds where no value fits.
func (o ConditionOperator) isAgainst() bool {
	return o == OpNotEquals || o == OpNoneOf || o == OpIsNotSet
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
	default:
		return c.attributeForViewer(contacts, viewer, definitions[c.Key])
	}
}

func (c *Condition) attributeForViewer(contacts *Contacts, viewer Actor, def *AttributeDefinition) GroupCondition {
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
