package sqlite

import (
	"time"

	"contactpanel/contact"
)

type definitionDocument struct {
	ID           contact.ID            `json:"i"`
	Key          string                `json:"k"`
	Kind         contact.AttributeKind `json:"d"`
	ValueType    contact.ValueType     `json:"t"`
	IsList       bool                  `json:"m,omitempty"`
	Labels       []wordingRow          `json:"l,omitzero"`
	Descriptions []wordingRow          `json:"x,omitzero"`
	Section      string                `json:"s"`
	Order        int                   `json:"o"`
	Rules        rulesRow              `json:"r"`
	CreatedAt    int64                 `json:"c"`
	UpdatedAt    int64                 `json:"u"`
	ArchivedAt   *int64                `json:"a,omitempty"`
	Version      int                   `json:"v"`
}

type sectionDocument struct {
	ID      contact.ID   `json:"i"`
	Key     string       `json:"k"`
	Labels  []wordingRow `json:"l,omitzero"`
	Order   int          `json:"o"`
	Version int          `json:"v"`
}

type wordingRow struct {
	Locale string `json:"l"`
	Text   string `json:"t"`
}

type rulesRow struct {
	MaxValues     int          `json:"n,omitempty"`
	MinLength     int          `json:"tmin,omitempty"`
	MaxLength     int          `json:"tmax,omitempty"`
	IsMultiline   bool         `json:"tm,omitempty"`
	Pattern       string       `json:"tp,omitempty"`
	PatternHint   []wordingRow `json:"th,omitzero"`
	MinNumber     *float64     `json:"nmin,omitempty"`
	MaxNumber     *float64     `json:"nmax,omitempty"`
	MaxDecimals   *int         `json:"nd,omitempty"`
	Earliest      *dateRow     `json:"dmin,omitempty"`
	Latest        *dateRow     `json:"dmax,omitempty"`
	EarliestTime  *int64       `json:"mmin,omitempty"`
	LatestTime    *int64       `json:"mmax,omitempty"`
	DefaultRegion string       `json:"p,omitempty"`
	Choices       []choiceRow  `json:"c,omitzero"`
}

type dateRow struct {
	Year  int        `json:"y"`
	Month time.Month `json:"m"`
	Day   int        `json:"d"`
}

type choiceRow struct {
	Key       string       `json:"k"`
	Labels    []wordingRow `json:"l,omitzero"`
	IsRetired bool         `json:"r,omitempty"`
}

func wordingsToRows(l contact.Localised) []wordingRow {
	return list(l, func(t contact.LocalisedText) wordingRow { return wordingRow(t) })
}

func wordingsFromRows(rows []wordingRow) contact.Localised {
	return list(rows, func(r wordingRow) contact.LocalisedText { return contact.LocalisedText(r) })
}

func definitionToDocument(d *contact.Definition) definitionDocument {
	return definitionDocument{
		ID: d.ID, Key: d.Key, Kind: d.Kind, ValueType: d.ValueType, IsList: d.IsList,
		Labels: wordingsToRows(d.Labels), Descriptions: wordingsToRows(d.Descriptions),
		Section: d.Section, Order: d.Order, Rules: rulesToRow(&d.Rules),
		CreatedAt: millis(d.CreatedAt), UpdatedAt: millis(d.UpdatedAt), ArchivedAt: optionalMillis(d.ArchivedAt), Version: d.Version,
	}
}

func (d *definitionDocument) definition() contact.Definition {
	return contact.Definition{
		ID: d.ID, Key: d.Key, Kind: d.Kind, ValueType: d.ValueType, IsList: d.IsList,
		Labels: wordingsFromRows(d.Labels), Descriptions: wordingsFromRows(d.Descriptions),
		Section: d.Section, Order: d.Order, Rules: d.Rules.rules(),
		CreatedAt: moment(d.CreatedAt), UpdatedAt: moment(d.UpdatedAt), ArchivedAt: optionalMoment(d.ArchivedAt), Version: d.Version,
	}
}

func rulesToRow(r *contact.RuleSet) rulesRow {
	date := func(d contact.Date) dateRow { return dateRow(d) }
	return rulesRow{
		MaxValues: r.MaxValues, MinLength: r.MinLength, MaxLength: r.MaxLength, IsMultiline: r.IsMultiline,
		Pattern: r.Pattern, PatternHint: wordingsToRows(r.PatternHint),
		MinNumber: r.MinNumber, MaxNumber: r.MaxNumber, MaxDecimals: r.MaxDecimals,
		Earliest: convert(r.Earliest, date), Latest: convert(r.Latest, date),
		EarliestTime: optionalMillis(r.EarliestTime), LatestTime: optionalMillis(r.LatestTime),
		DefaultRegion: r.DefaultRegion,
		Choices: list(r.Choices, func(o contact.ChoiceOption) choiceRow {
			return choiceRow{o.Key, wordingsToRows(o.Labels), o.IsRetired}
		}),
	}
}

func (r *rulesRow) rules() contact.RuleSet {
	date := func(d dateRow) contact.Date { return contact.Date(d) }
	return contact.RuleSet{
		MaxValues: r.MaxValues, MinLength: r.MinLength, MaxLength: r.MaxLength, IsMultiline: r.IsMultiline,
		Pattern: r.Pattern, PatternHint: wordingsFromRows(r.PatternHint),
		MinNumber: r.MinNumber, MaxNumber: r.MaxNumber, MaxDecimals: r.MaxDecimals,
		Earliest: convert(r.Earliest, date), Latest: convert(r.Latest, date),
		EarliestTime: optionalMoment(r.EarliestTime), LatestTime: optionalMoment(r.LatestTime),
		DefaultRegion: r.DefaultRegion,
		Choices: list(r.Choices, func(o choiceRow) contact.ChoiceOption {
			return contact.ChoiceOption{Key: o.Key, Labels: wordingsFromRows(o.Labels), IsRetired: o.IsRetired}
		}),
	}
}

func sectionToDocument(s *contact.Section) sectionDocument {
	return sectionDocument{s.ID, s.Key, wordingsToRows(s.Labels), s.Order, s.Version}
}

func (s *sectionDocument) section() contact.Section {
	return contact.Section{ID: s.ID, Key: s.Key, Labels: wordingsFromRows(s.Labels), Order: s.Order, Version: s.Version}
}
