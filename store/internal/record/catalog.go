package record

import (
	"slices"
	"time"

	"contactpanel/contact"
)

// Definition is a definition as it is kept. MongoDB finds it by its key and its id, which stand in the row around it.
type Definition struct {
	ID           contact.ID            `json:"i" bson:"-"`
	Key          string                `json:"k" bson:"-"`
	Kind         contact.AttributeKind `json:"d" bson:"kind"`
	ValueType    contact.ValueType     `json:"t" bson:"valueType"`
	IsList       bool                  `json:"m,omitempty" bson:"isList"`
	Labels       []wording             `json:"l,omitzero" bson:"labels"`
	Descriptions []wording             `json:"x,omitzero" bson:"descriptions"`
	Section      string                `json:"s" bson:"section"`
	Order        int                   `json:"o" bson:"order"`
	Rules        rules                 `json:"r" bson:"rules"`
	Created      Moment                `json:"c" bson:"created"`
	Updated      Moment                `json:"u" bson:"updated"`
	Archived     *Moment               `json:"a,omitempty" bson:"archived"`
	Version      int                   `json:"v" bson:"version"`
	Readers      []contact.Role        `json:"rr,omitempty" bson:"readers"`
	Editors      []contact.Role        `json:"re,omitempty" bson:"editors"`
}

// Section is a section as it is kept, with key and id as in [Definition].
type Section struct {
	ID      contact.ID `json:"i" bson:"-"`
	Key     string     `json:"k" bson:"-"`
	Labels  []wording  `json:"l,omitzero" bson:"labels"`
	Order   int        `json:"o" bson:"order"`
	Version int        `json:"v" bson:"version"`
}

type wording struct {
	Locale string `json:"l" bson:"locale"`
	Text   string `json:"t" bson:"text"`
}

type rules struct {
	MaxValues     int       `json:"n,omitempty" bson:"maxValues,omitempty"`
	MinLength     int       `json:"tmin,omitempty" bson:"minLength,omitempty"`
	MaxLength     int       `json:"tmax,omitempty" bson:"maxLength,omitempty"`
	IsMultiline   bool      `json:"tm,omitempty" bson:"isMultiline,omitempty"`
	Pattern       string    `json:"tp,omitempty" bson:"pattern,omitempty"`
	PatternHint   []wording `json:"th,omitzero" bson:"patternHint"`
	MinNumber     *float64  `json:"nmin,omitempty" bson:"minNumber,omitempty"`
	MaxNumber     *float64  `json:"nmax,omitempty" bson:"maxNumber,omitempty"`
	MaxDecimals   *int      `json:"nd,omitempty" bson:"maxDecimals,omitempty"`
	Earliest      *date     `json:"dmin,omitempty" bson:"earliest,omitempty"`
	Latest        *date     `json:"dmax,omitempty" bson:"latest,omitempty"`
	EarliestTime  *Moment   `json:"mmin,omitempty" bson:"earliestTime,omitempty"`
	LatestTime    *Moment   `json:"mmax,omitempty" bson:"latestTime,omitempty"`
	DefaultRegion string    `json:"p,omitempty" bson:"defaultRegion,omitempty"`
	Choices       []choice  `json:"c,omitzero" bson:"choices"`
}

type date struct {
	Year  int        `json:"y" bson:"year"`
	Month time.Month `json:"m" bson:"month"`
	Day   int        `json:"d" bson:"day"`
}

type choice struct {
	Key       string    `json:"k" bson:"key"`
	Labels    []wording `json:"l,omitzero" bson:"labels"`
	IsRetired bool      `json:"r,omitempty" bson:"isRetired"`
}

// OfDefinition is a definition as it is kept.
func OfDefinition(d *contact.Definition) Definition {
	return Definition{
		ID: d.ID, Key: d.Key, Kind: d.Kind, ValueType: d.ValueType, IsList: d.IsList,
		Labels: ofWordings(d.Labels), Descriptions: ofWordings(d.Descriptions), Section: d.Section, Order: d.Order, Rules: ofRules(&d.Rules),
		Created: At(d.CreatedAt), Updated: At(d.UpdatedAt), Archived: Optional(d.ArchivedAt, At), Version: d.Version,
		Readers: slices.Clone(d.Readers), Editors: slices.Clone(d.Editors),
	}
}

// Definition is the way back.
func (d *Definition) Definition() contact.Definition {
	return contact.Definition{
		ID: d.ID, Key: d.Key, Kind: d.Kind, ValueType: d.ValueType, IsList: d.IsList,
		Labels: localised(d.Labels), Descriptions: localised(d.Descriptions), Section: d.Section, Order: d.Order, Rules: d.Rules.ruleSet(),
		CreatedAt: d.Created.Time(), UpdatedAt: d.Updated.Time(), ArchivedAt: Optional(d.Archived, Moment.Time), Version: d.Version,
		Rights: contact.Rights{Readers: slices.Clone(d.Readers), Editors: slices.Clone(d.Editors)},
	}
}

// OfSection is a section as it is kept.
func OfSection(s *contact.Section) Section {
	return Section{s.ID, s.Key, ofWordings(s.Labels), s.Order, s.Version}
}

// Section is the way back.
func (s *Section) Section() contact.Section {
	return contact.Section{ID: s.ID, Key: s.Key, Labels: localised(s.Labels), Order: s.Order, Version: s.Version}
}

func ofWordings(l contact.Localised) []wording {
	return list(l, func(t contact.LocalisedText) wording { return wording(t) })
}

func localised(l []wording) contact.Localised {
	return list(l, func(w wording) contact.LocalisedText { return contact.LocalisedText(w) })
}

func ofRules(r *contact.RuleSet) rules {
	ofDate := func(d contact.Date) date { return date(d) }
	return rules{
		MaxValues: r.MaxValues, MinLength: r.MinLength, MaxLength: r.MaxLength, IsMultiline: r.IsMultiline,
		Pattern: r.Pattern, PatternHint: ofWordings(r.PatternHint),
		MinNumber: r.MinNumber, MaxNumber: r.MaxNumber, MaxDecimals: r.MaxDecimals,
		Earliest: Optional(r.Earliest, ofDate), Latest: Optional(r.Latest, ofDate),
		EarliestTime: Optional(r.EarliestTime, At), LatestTime: Optional(r.LatestTime, At), DefaultRegion: r.DefaultRegion,
		Choices: list(r.Choices, func(o contact.ChoiceOption) choice { return choice{o.Key, ofWordings(o.Labels), o.IsRetired} }),
	}
}

func (r *rules) ruleSet() contact.RuleSet {
	toDate := func(d date) contact.Date { return contact.Date(d) }
	return contact.RuleSet{
		MaxValues: r.MaxValues, MinLength: r.MinLength, MaxLength: r.MaxLength, IsMultiline: r.IsMultiline,
		Pattern: r.Pattern, PatternHint: localised(r.PatternHint),
		MinNumber: r.MinNumber, MaxNumber: r.MaxNumber, MaxDecimals: r.MaxDecimals,
		Earliest: Optional(r.Earliest, toDate), Latest: Optional(r.Latest, toDate),
		EarliestTime: Optional(r.EarliestTime, Moment.Time), LatestTime: Optional(r.LatestTime, Moment.Time), DefaultRegion: r.DefaultRegion,
		Choices: list(r.Choices, func(c choice) contact.ChoiceOption {
			return contact.ChoiceOption{Key: c.Key, Labels: localised(c.Labels), IsRetired: c.IsRetired}
		}),
	}
}
