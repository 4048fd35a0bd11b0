package contact

import "slices"

// groupRule is a group made ready to be tested.
type groupRule struct {
	*Group
	keys  []string // of the attributes that it tests, each once
	tests []conditionTest
}

// conditionTest says whether a condition holds of a contact.
type conditionTest func(*seenContact) bool

// seenContact is a contact as the groups of one catalog see it at one moment. It is for one goroutine.
type seenContact struct {
	*Contact
	contacts   *Contacts
	isVIP      bool
	validation ValidationState
	// What many conditions ask of the same values is made once, and only if one does.
	texts, numbers memo
}

// seen is the contact as groups see it now.
func (c *Contacts) seen(of *Contact) *seenContact {
	return &seenContact{Contact: of, contacts: c, isVIP: of.VIP.At(c.now()).IsVIP, validation: of.Validation(nil).State}
}

// caseless is [Contacts.caseless] of a text of the contact.
func (s *seenContact) caseless(text string) string {
	if isCaseless(text) {
		return text
	}
	return s.texts.of(text, s.contacts.caseless)
}

// national is how a number of the contact is dialled inside its country.
func (s *seenContact) national(e164 string) string {
	return s.numbers.of(e164, s.contacts.phones.National)
}

// memo keeps what was made of texts.
type memo map[string]string

func (m *memo) of(text string, form func(string) string) string {
	made, ok := (*m)[text]
	if !ok {
		if *m == nil {
			*m = memo{}
		}
		made = form(text)
		(*m)[text] = made
	}
	return made
}

// newGroupRule makes a group ready; a condition whose attribute is not defined, or archived, sees it as not set.
func (c *Contacts) newGroupRule(g *Group, definitions map[string]*Definition) *groupRule {
	r := &groupRule{Group: g, tests: make([]conditionTest, len(g.Conditions))}
	for i := range g.Conditions {
		condition := &g.Conditions[i]
		if condition.Subject == SubjectAttribute && !slices.Contains(r.keys, condition.Key) {
			r.keys = append(r.keys, condition.Key)
		}
		r.tests[i] = c.conditionTest(condition, definitions[condition.Key])
	}
	return r
}

// conditionTest makes a condition ready.
func (c *Contacts) conditionTest(condition *Condition, def *Definition) conditionTest {
	isAgainst := condition.Operator.isAgainst()
	names := make([]string, len(condition.Values)) // of what is no attribute
	for i, v := range condition.Values {
		names[i] = v.Value
	}
	switch condition.Subject {
	case SubjectVIP:
		want := names[0] == boolText(true)
		return func(of *seenContact) bool { return of.isVIP == want }
	case SubjectValidation:
		return func(of *seenContact) bool { return slices.Contains(names, string(of.validation)) != isAgainst }
	case SubjectNetwork:
		return func(of *seenContact) bool {
			for i := range of.Profiles {
				if len(names) == 0 || slices.Contains(names, string(of.Profiles[i].Network)) {
					return !isAgainst
				}
			}
			return isAgainst
		}
	default:
		return c.attributeTest(condition, def)
	}
}

// attributeTest makes a condition on the values of an attribute ready.
func (c *Contacts) attributeTest(condition *Condition, def *Definition) conditionTest {
	isAgainst := condition.Operator.isAgainst()
	if def == nil || def.ArchivedAt != nil {
		return func(*seenContact) bool { return isAgainst }
	}
	key, passes := def.Key, c.valueTest(condition, def.ValueType)
	return func(of *seenContact) bool {
		if r := of.record(key); r != nil {
			for i := range r.Values {
				if passes(of, &r.Values[i]) {
					return !isAgainst
				}
			}
		}
		return isAgainst
	}
}
