package contact

import (
	"time"
)

// Limits of lists and definitions.
const (
	MaxValues          = 50  // of one list-valued attribute, whatever its definition says
	DefaultMaxValues   = 10  // of a list-valued definition that names no other number
	MaxChoices         = 500 // options of one definition
	MaxDefinitions     = 200 // of one organisation, archived ones included
	MaxSections        = 50  // of one organisation
	DefaultTextLength  = 1500
	MaxPatternLength   = 500
	MaxDecimals        = 15
	maxSafeInteger     = 1<<53 - 1 // the largest whole number that a double holds exactly
	maxChoiceKeyLength = 64
)

// RuleSet is a definition's rules as they are stored: one flat form for all value types. Members of other types than the
// definition's are zero.
type RuleSet struct {
	MaxValues int // 1 for a single value

	MinLength, MaxLength int // TEXT, code points
	IsMultiline          bool
	Pattern              string // TEXT: a regular expression (RE2) that the whole text must match
	PatternHint          Localised

	MinNumber, MaxNumber *float64 // NUMBER
	MaxDecimals          *int

	Earliest, Latest *Date // DATE

	EarliestTime, LatestTime *time.Time // DATE_TIME

	DefaultRegion string // PHONE: the country of national writing, ISO 3166-1 alpha-2

	Choices []ChoiceOption // CHOICE
}

// ChoiceOption is one option of a choice, as it is stored.
type ChoiceOption struct {
	Key    string
	Labels Localised
	// IsRetired keeps the option readable on contacts that have it, and offers it no more.
	IsRetired bool
}

// AttributeRules are the rules of one value type as a viewer reads them: one of the types below, no other.
type AttributeRules interface{ isAttributeRules() }

type (
	// TextRules are the rules of TEXT.
	TextRules struct {
		MaxValues, MinLength, MaxLength int
		IsMultiline                     bool
		Pattern, PatternHint            *string
	}
	// NumberRules are the rules of NUMBER.
	NumberRules struct {
		MaxValues            int
		MinNumber, MaxNumber float64
		MaxDecimals          int
	}
	// BooleanRules are the rules of BOOLEAN.
	BooleanRules struct{ MaxValues int }
	// DateRules are the rules of DATE.
	DateRules struct {
		MaxValues        int
		Earliest, Latest *Date
	}
	// DateTimeRules are the rules of DATE_TIME.
	DateTimeRules struct {
		MaxValues                int
		EarliestTime, LatestTime *time.Time
	}
	// URLRules are the rules of URL.
	URLRules struct {
		MaxValues    int
		MaxURLLength int
		Schemes      []string
	}
	// EmailRules are the rules of EMAIL.
	EmailRules struct{ MaxValues, MaxEmailLength int }
	// PhoneRules are the rules of PHONE.
	PhoneRules struct {
		MaxValues     int
		DefaultRegion *string
	}
	// LanguageRules are the rules of LANGUAGE.
	LanguageRules struct{ MaxValues int }
	// LocationRules are the rules of LOCATION.
	LocationRules struct{ MaxValues, MaxNameLength int }
	// ChoiceRules are the rules of CHOICE.
	ChoiceRules struct {
		MaxValues int
		Choices   []OfferedChoice
	}
)

// OfferedChoice is one option as a viewer reads it.
type OfferedChoice struct {
	Key       string
	Label     string
	Labels    []LocalisedText
	IsRetired bool
}

func (TextRules) isAttributeRules()     {}
func (NumberRules) isAttributeRules()   {}
func (BooleanRules) isAttributeRules()  {}
func (DateRules) isAttributeRules()     {}
func (DateTimeRules) isAttributeRules() {}
func (URLRules) isAttributeRules()      {}
func (EmailRules) isAttributeRules()    {}
func (PhoneRules) isAttributeRules()    {}
func (LanguageRules) isAttributeRules() {}
func (LocationRules) isAttributeRules() {}
func (ChoiceRules) isAttributeRules()   {}

// forViewer gives the rules in the viewer's language, with the limits that hold where the definition names none.
func (r RuleSet) forViewer(t ValueType, languages []string) AttributeRules {
	n := max(r.MaxValues, 1)
	switch t {
	case TypeText:
		return TextRules{
			n, r.MinLength, or(r.MaxLength, DefaultTextLength), r.IsMultiline,
			optional(r.Pattern), optional(r.PatternHint.For(languages)),
		}
	case TypeNumber:
		return NumberRules{n, deref(r.MinNumber, -maxSafeInteger), deref(r.MaxNumber, maxSafeInteger), deref(r.MaxDecimals, MaxDecimals)}
	case TypeBoolean:
		return BooleanRules{n}
	case TypeDate:
		return DateRules{n, r.Earliest, r.Latest}
	case TypeDateTime:
		return DateTimeRules{n, r.EarliestTime, r.LatestTime}
	case TypeURL:
		return URLRules{n, MaxURLLength, []string{"http", "https"}}
	case TypeEmail:
		return EmailRules{n, maxEmailLength}
	case TypePhone:
		return PhoneRules{n, optional(r.DefaultRegion)}
	case TypeLanguage:
		return LanguageRules{n}
	case TypeLocation:
		return LocationRules{n, MaxNameLength}
	default:
		return ChoiceRules{n, r.offered(languages)}
	}
}

func (r RuleSet) offered(languages []string) []OfferedChoice {
	out := make([]OfferedChoice, len(r.Choices))
	for i, o := range r.Choices {
		out[i] = OfferedChoice{o.Key, o.Labels.For(languages), o.Labels, o.IsRetired}
	}
	return out
}

// retired are the options that are offered no more, as values.
func (r RuleSet) retired() []StoredValue {
	var out []StoredValue
	for _, o := range r.Choices {
		if o.IsRetired {
			out = append(out, StoredValue{Value: o.Key})
		}
	}
	return out
}

func (r RuleSet) choice(key string) (ChoiceOption, bool) {
	for _, o := range r.Choices {
		if o.Key == key {
			return o, true
		}
	}
	return ChoiceOption{}, false
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

func deref[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

func optional[T ~string](s T) *T {
	if s == "" {
		return nil
	}
	return &s
}
