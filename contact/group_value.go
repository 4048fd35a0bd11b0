package contact

import (
	"cmp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// valueTest says whether one value of a contact passes a condition. What equals is the value type's business: texts, addresses and
// names of places, whatever their coordinates, are compared without regard to case and to how accents were typed, e-mail addresses as
// mail is delivered, phone numbers in E.164, and a language equals its own regions too, so that "de" fits "de-AT". All other values
// are compared as they are stored.
type valueTest func(*seenContact, *StoredValue) bool

// valueTest makes the test of one value of a type. Whether the condition holds where a value passes, or where none does, is
// the operator's business.
func (c *Contacts) valueTest(condition *Condition, t ValueType) valueTest {
	switch condition.Operator {
	case OpIsSet, OpIsNotSet:
		return func(*seenContact, *StoredValue) bool { return true }
	case OpContains:
		return c.containsTest(condition.Values[0].Value, t)
	case OpLess, OpAtMost, OpGreater, OpAtLeast:
		return orderTest(condition.Operator, condition.Values[0].Value, t)
	default:
		return c.equalsTest(condition.Values, t)
	}
}

// equalsTest passes what equals one of the values.
func (c *Contacts) equalsTest(values []StoredValue, t ValueType) valueTest {
	wanted := make(map[string]bool, len(values))
	for _, v := range values {
		switch t {
		case TypeText, TypeURL, TypeLocation:
			wanted[c.caseless(v.Value)] = true
		case TypeEmail:
			wanted[v.Extra] = true
		default:
			wanted[v.Value] = true
		}
	}
	switch t {
	case TypeText, TypeURL, TypeLocation:
		return func(of *seenContact, v *StoredValue) bool { return wanted[of.caseless(v.Value)] }
	case TypeEmail:
		return func(_ *seenContact, v *StoredValue) bool { return wanted[v.Extra] }
	case TypeLanguage:
		return func(_ *seenContact, v *StoredValue) bool {
			for tag := v.Value; tag != ""; tag = parentTag(tag) {
				if wanted[tag] {
					return true
				}
			}
			return false
		}
	default:
		return func(_ *seenContact, v *StoredValue) bool { return wanted[v.Value] }
	}
}

// isCaseless reports a text that caseless leaves as it is, as most are in handles, addresses and numbers.
func isCaseless(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || 'A' <= s[i] && s[i] <= 'Z' {
			return false
		}
	}
	return true
}

// caseless is the text without regard to case and to how accents were typed; ß is ss, as in capitals (Unicode's full case folding).
func (c *Contacts) caseless(s string) string {
	if isCaseless(s) {
		return s
	}
	s = strings.ToLower(strings.ToUpper(c.letters.Decompose(s))) // by upper case: ς and σ are one letter
	return strings.ReplaceAll(s, "ß", "ss")
}

// containsTest passes values that have a text in them, without regard to case and to how accents were typed.
func (c *Contacts) containsTest(part string, t ValueType) valueTest {
	switch t {
	case TypePhone:
		return dialledTest(part)
	case TypeEmail:
		return c.addressTest(part)
	default:
		part = c.caseless(part)
		return func(of *seenContact, v *StoredValue) bool { return hasPart(of.caseless(v.Value), part) }
	}
}

// hasPart reports whether a caseless text has another in it that ends with whole letters: é, which is an e and then a mark, has no e.
func hasPart(text, part string) bool {
	for {
		_, rest, found := strings.Cut(text, part)
		if !found {
			return false
		}
		if next, _ := utf8.DecodeRuneInString(rest); !unicode.IsMark(next) {
			return true
		}
		_, size := utf8.DecodeRuneInString(text[len(text)-len(rest)-len(part):])
		text = text[len(text)-len(rest)-len(part)+size:]
	}
}

// addressTest passes e-mail addresses that have a text in them, with the domain in either of its forms.
func (c *Contacts) addressTest(part string) valueTest {
	written, at := c.caseless(part), strings.IndexByte(part, '@')+1
	mailed := written
	if domain, err := c.domains.ASCII(part[at:]); err == nil { // else it is no domain, or a part of one
		mailed = strings.ToLower(c.letters.Decompose(part[:at])) + domain
	}
	return func(of *seenContact, v *StoredValue) bool {
		return strings.Contains(v.Extra, written) || strings.Contains(v.Extra, mailed) || hasPart(of.caseless(v.Value), written)
	}
}

// dialledTest passes phone numbers that have some digits in them, as dialled from abroad or inside the country; behind a + or the
// exit code 00 they are the beginning. What is not written like a part of a number is in none.
func dialledTest(part string) valueTest {
	forms := phoneDigits(part)
	switch {
	case len(forms) == 0:
		return func(*seenContact, *StoredValue) bool { return false }
	case strings.HasPrefix(strings.TrimSpace(part), "+"):
		return func(_ *seenContact, v *StoredValue) bool { return strings.HasPrefix(v.Value, "+"+forms[0]) }
	}
	return func(of *seenContact, v *StoredValue) bool {
		return strings.Contains(v.Value, forms[0]) || len(forms) > 1 && strings.HasPrefix(v.Value, "+"+forms[1]) ||
			strings.Contains(of.national(v.Value), forms[0])
	}
}

// orderTest passes values on one side of another. Days and moments are ordered as they are written; a number that cannot be read
// is on neither side.
func orderTest(o ConditionOperator, bound string, t ValueType) valueTest {
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
		return func(_ *seenContact, v *StoredValue) bool { return fits(strings.Compare(v.Value, bound)) }
	}
	limit, errLimit := strconv.ParseFloat(bound, 64)
	return func(_ *seenContact, v *StoredValue) bool {
		n, err := strconv.ParseFloat(v.Value, 64)
		return err == nil && errLimit == nil && fits(cmp.Compare(n, limit))
	}
}
