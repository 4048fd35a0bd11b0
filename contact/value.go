package contact

import (
	"time"
)

// ValueType says what kind of value a definition keeps. A definition's type never changes.
type ValueType string

// The value types.
const (
	TypeText     ValueType = "TEXT"
	TypeNumber   ValueType = "NUMBER"
	TypeBoolean  ValueType = "BOOLEAN"
	TypeDate     ValueType = "DATE"
	TypeDateTime ValueType = "DATE_TIME"
	TypeURL      ValueType = "URL"
	TypeEmail    ValueType = "EMAIL"
	TypePhone    ValueType = "PHONE"
	TypeLanguage ValueType = "LANGUAGE"
	TypeLocation ValueType = "LOCATION"
	TypeChoice   ValueType = "CHOICE"
)

// ValueTypes lists every value type, in the order of the schema.
func ValueTypes() []ValueType {
	return []ValueType{
		TypeText, TypeNumber, TypeBoolean, TypeDate, TypeDateTime, TypeURL, TypeEmail, TypePhone, TypeLanguage,
		TypeLocation, TypeChoice,
	}
}

// AttributeValue is one value of an attribute: one of the types below, no other.
type AttributeValue interface{ isAttributeValue() }

type (
	// TextValue is plain text, kept byte for byte.
	TextValue struct{ Text string }
	// NumberValue is a finite number of at most 2^53-1 in size, so that every client reads the same one.
	NumberValue struct{ Number float64 }
	// BooleanValue is yes or no.
	BooleanValue struct{ Boolean bool }
	// DateValue is a day of the Gregorian calendar without a time zone.
	DateValue struct{ Date Date }
	// DateTimeValue is a moment in UTC, cut to the millisecond.
	DateTimeValue struct{ DateTime time.Time }
	// URLValue is an absolute http or https address.
	URLValue struct{ URL string }
	// EmailValue is a mail address as it was typed; two are the same when their ASCII forms are, without case.
	EmailValue struct{ Email string }
	// PhoneValue is a phone number.
	PhoneValue struct{ Phone Phone }
	// LanguageValue is a human language.
	LanguageValue struct{ Language Language }
	// LocationValue is a place.
	LocationValue struct{ Location Location }
	// ChoiceValue is one of a definition's options.
	ChoiceValue struct{ Choice Choice }
)

func (TextValue) isAttributeValue()     {}
func (NumberValue) isAttributeValue()   {}
func (BooleanValue) isAttributeValue()  {}
func (DateValue) isAttributeValue()     {}
func (DateTimeValue) isAttributeValue() {}
func (URLValue) isAttributeValue()      {}
func (EmailValue) isAttributeValue()    {}
func (PhoneValue) isAttributeValue()    {}
func (LanguageValue) isAttributeValue() {}
func (LocationValue) isAttributeValue() {}
func (ChoiceValue) isAttributeValue()   {}

// Phone is a phone number in its two written forms.
type Phone struct {
	E164    string // "+493023125000" (ITU-T E.164)
	Display string // "+49 30 23125000", for people
}

// Language is a human language.
type Language struct {
	Tag   string // BCP 47, canonical: "de-AT"
	Label string // its name in the viewer's language
}

// Location is a place by name, with coordinates (WGS 84, degrees) when they are known: both or neither.
type Location struct {
	Name      string
	Latitude  *float64
	Longitude *float64
}

// Choice is a chosen option.
type Choice struct {
	Key   string
	Label string // in the viewer's language; the key itself when the definition no longer has the option
	// IsOffered is false when the definition no longer offers the option; the value is shown as it was stored.
	IsOffered bool
}

// ValueInput is a value as a caller writes it: exactly one member is set.
type ValueInput struct {
	Text     *string
	Number   *float64
	Boolean  *bool
	Date     *string // YYYY-MM-DD
	DateTime *string // RFC 3339, with an offset
	URL      *string
	Email    *string
	Phone    *string // international writing, or national where the definition names a region
	Language *string // BCP 47 tag
	Location *Location
	Choice   *string // the option's key
}

// members returns the types of the members that are set.
func (v ValueInput) members() []ValueType {
	var set []ValueType
	for _, m := range []struct {
		isSet bool
		t     ValueType
	}{
		{v.Text != nil, TypeText}, {v.Number != nil, TypeNumber}, {v.Boolean != nil, TypeBoolean},
		{v.Date != nil, TypeDate}, {v.DateTime != nil, TypeDateTime}, {v.URL != nil, TypeURL},
		{v.Email != nil, TypeEmail}, {v.Phone != nil, TypePhone}, {v.Language != nil, TypeLanguage},
		{v.Location != nil, TypeLocation}, {v.Choice != nil, TypeChoice},
	} {
		if m.isSet {
			set = append(set, m.t)
		}
	}
	return set
}
