package contact

import (
	"strconv"
	"strings"
	"time"
)

// AttributeRecord is one attribute of one contact in the flat form that stores keep, so that a value type never reaches a
// backend. A record without values is a slot that was cleared: it keeps the version of its last change.
type AttributeRecord struct {
	Key     string
	Type    ValueType
	Values  []StoredValue
	Origin  Origin
	SetBy   Agent
	SetAt   time.Time
	Version int // from 1
}

// StoredValue is one value in flat form. What Value and Extra hold is the value type's business:
//
//	TEXT       the text
//	NUMBER     shortest decimal writing
//	BOOLEAN    true or false
//	DATE       2006-01-02
//	DATE_TIME  2006-01-02T15:04:05.000Z
//	URL        the address
//	EMAIL      the address as typed; Extra: the form that is compared (emailForms)
//	PHONE      E.164; Extra: the form for people
//	LANGUAGE   BCP 47 tag
//	LOCATION   the name; Extra: "latitude,longitude" or nothing
//	CHOICE     the option's key
type StoredValue struct {
	Value string
	Extra string
}

// identity is what makes two values of one type the same.
func (v StoredValue) identity(t ValueType) string {
	switch t {
	case TypeEmail:
		return v.Extra
	case TypeLocation:
		return v.Value + "\x00" + v.Extra
	default:
		return v.Value
	}
}

// sameValues reports whether two lists hold the same values in the same order.
func sameValues(t ValueType, a, b []StoredValue) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].identity(t) != b[i].identity(t) || a[i].Value != b[i].Value {
			return false
		}
	}
	return true
}

// holdsValue reports whether the list has the value.
func holdsValue(t ValueType, list []StoredValue, v StoredValue) bool {
	for _, have := range list {
		if have.identity(t) == v.identity(t) {
			return true
		}
	}
	return false
}

// values gives the record's values as the viewer reads them. A stored value that cannot be read, which only damage to the
// store can cause, is left out.
func (c *Contacts) values(def *AttributeDefinition, record *AttributeRecord, languages []string) []AttributeValue {
	if record == nil || len(record.Values) == 0 {
		return nil
	}
	out := make([]AttributeValue, 0, len(record.Values))
	for _, v := range record.Values {
		if value := c.value(def, v, languages); value != nil {
			out = append(out, value)
		}
	}
	return out
}

func (c *Contacts) value(def *AttributeDefinition, v StoredValue, languages []string) AttributeValue {
	switch def.ValueType {
	case TypeText:
		return TextValue{v.Value}
	case TypeNumber:
		if n, err := strconv.ParseFloat(v.Value, 64); err == nil {
			return NumberValue{n}
		}
	case TypeBoolean:
		return BooleanValue{v.Value == "true"}
	case TypeDate:
		if d, err := ParseDate(v.Value); err == nil {
			return DateValue{d}
		}
	case TypeDateTime:
		if t, err := time.Parse(timeLayout, v.Value); err == nil {
			return DateTimeValue{t}
		}
	case TypeURL:
		return URLValue{v.Value}
	case TypeEmail:
		return EmailValue{v.Value}
	case TypePhone:
		return PhoneValue{Phone{v.Value, v.Extra}}
	case TypeLanguage:
		return LanguageValue{Language{v.Value, c.languageName(v.Value, languages)}}
	case TypeLocation:
		return LocationValue{location(v)}
	case TypeChoice:
		return ChoiceValue{chosen(def.stored, v.Value, languages)}
	}
	return nil
}

func chosen(def *Definition, key string, languages []string) Choice {
	o, ok := def.Rules.choice(key)
	if !ok {
		return Choice{Key: key, Label: key}
	}
	return Choice{key, o.Labels.For(languages), !o.IsRetired}
}

func location(v StoredValue) Location {
	l := Location{Name: v.Value}
	lat, long, ok := strings.Cut(v.Extra, ",")
	if !ok {
		return l
	}
	la, errLat := strconv.ParseFloat(lat, 64)
	lo, errLong := strconv.ParseFloat(long, 64)
	if errLat == nil && errLong == nil {
		l.Latitude, l.Longitude = &la, &lo
	}
	return l
}

// formatNumber writes a number in its one canonical form, so that 17 and 17.0 are the same value.
func formatNumber(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// languageName gives a language's name in the first of the wanted languages.
func (c *Contacts) languageName(tag string, languages []string) string {
	locale := DefaultLocale
	if len(languages) > 0 {
		locale = languages[0]
	}
	return c.languages.Name(tag, locale)
}
