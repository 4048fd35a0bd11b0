package mongo

import (
	"time"

	"contactpanel/contact"
)

type definitionRow struct {
	RowKey       string       `bson:"_id"`
	Org          string       `bson:"org"`
	Key          string       `bson:"key"`
	ID           string       `bson:"id"`
	Kind         string       `bson:"kind"`
	ValueType    string       `bson:"valueType"`
	IsList       bool         `bson:"isList"`
	Labels       []wordingRow `bson:"labels"`
	Descriptions []wordingRow `bson:"descriptions"`
	Section      string       `bson:"section"`
	Order        int          `bson:"order"`
	Rules        rulesRow     `bson:"rules"`
	Created      time.Time    `bson:"created"`
	Updated      time.Time    `bson:"updated"`
	Archived     *time.Time   `bson:"archived"`
	Version      int          `bson:"version"`
}

type sectionRow struct {
	RowKey  string       `bson:"_id"`
	Org     string       `bson:"org"`
	Key     string       `bson:"key"`
	ID      string       `bson:"id"`
	Labels  []wordingRow `bson:"labels"`
	Order   int          `bson:"order"`
	Version int          `bson:"version"`
}

type wordingRow struct {
	Locale string `bson:"locale"`
	Text   string `bson:"text"`
}

type rulesRow struct {
	MaxValues     int          `bson:"maxValues,omitempty"`
	MinLength     int          `bson:"minLength,omitempty"`
	MaxLength     int          `bson:"maxLength,omitempty"`
	IsMultiline   bool         `bson:"isMultiline,omitempty"`
	Pattern       string       `bson:"pattern,omitempty"`
	PatternHint   []wordingRow `bson:"patternHint"`
	MinNumber     *float64     `bson:"minNumber,omitempty"`
	MaxNumber     *float64     `bson:"maxNumber,omitempty"`
	MaxDecimals   *int         `bson:"maxDecimals,omitempty"`
	Earliest      *dateRow     `bson:"earliest,omitempty"`
	Latest        *dateRow     `bson:"latest,omitempty"`
	EarliestTime  *time.Time   `bson:"earliestTime,omitempty"`
	LatestTime    *time.Time   `bson:"latestTime,omitempty"`
	DefaultRegion string       `bson:"defaultRegion,omitempty"`
	Choices       []choiceRow  `bson:"choices"`
}

type dateRow struct {
	Year  int        `bson:"year"`
	Month time.Month `bson:"month"`
	Day   int        `bson:"day"`
}

type choiceRow struct {
	Key       string       `bson:"key"`
	Labels    []wordingRow `bson:"labels"`
	IsRetired bool         `bson:"isRetired"`
}

func wordingsToRows(l contact.Localised) []wordingRow {
	return list(l, func(t contact.LocalisedText) wordingRow { return wordingRow(t) })
}

func wordingsFromRows(rows []wordingRow) contact.Localised {
	return list(rows, func(r wordingRow) contact.LocalisedText { return contact.LocalisedText(r) })
}

func definitionToRow(org contact.OrgID, d *contact.Definition) definitionRow {
	return definitionRow{
		RowKey: keyOf(org, d.Key), Org: string(org), Key: d.Key, ID: string(d.ID), Kind: string(d.Kind), ValueType: string(d.ValueType), IsList: d.IsList,
		Labels: wordingsToRows(d.Labels), Descriptions: wordingsToRows(d.Descriptions),
		Section: d.Section, Order: d.Order, Rules: rulesToRow(&d.Rules),
		Created: moment(d.CreatedAt), Updated: moment(d.UpdatedAt), Archived: convert(d.ArchivedAt, moment), Version: d.Version,
	}
}

func (r *definitionRow) definition() contact.Definition {
	return contact.Definition{
		ID: contact.ID(r.ID), Key: r.Key, Kind: contact.AttributeKind(r.Kind), ValueType: contact.ValueType(r.ValueType), IsList: r.IsList,
		Labels: wordingsFromRows(r.Labels), Descriptions: wordingsFromRows(r.Descriptions),
		Section: r.Section, Order: r.Order, Rules: r.Rules.rules(),
		CreatedAt: r.Created, UpdatedAt: r.Updated, ArchivedAt: r.Archived, Version: r.Version,
	}
}

func rulesToRow(r *contact.RuleSet) rulesRow {
	date := func(d contact.Date) dateRow { return dateRow(d) }
	return rulesRow{
		MaxValues: r.MaxValues, MinLength: r.MinLength, MaxLength: r.MaxLength, IsMultiline: r.IsMultiline,
		Pattern: r.Pattern, PatternHint: wordingsToRows(r.PatternHint),
		MinNumber: r.MinNumber, MaxNumber: r.MaxNumber, MaxDecimals: r.MaxDecimals,
		Earliest: convert(r.Earliest, date), Latest: convert(r.Latest, date),
		EarliestTime: convert(r.EarliestTime, moment), LatestTime: convert(r.LatestTime, moment),
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
		EarliestTime: r.EarliestTime, LatestTime: r.LatestTime, DefaultRegion: r.DefaultRegion,
		Choices: list(r.Choices, func(o choiceRow) contact.ChoiceOption {
			return contact.ChoiceOption{Key: o.Key, Labels: wordingsFromRows(o.Labels), IsRetired: o.IsRetired}
		}),
	}
}

func sectionToRow(org contact.OrgID, s *contact.Section) sectionRow {
	return sectionRow{keyOf(org, s.Key), string(org), s.Key, string(s.ID), wordingsToRows(s.Labels), s.Order, s.Version}
}

func (r *sectionRow) section() contact.Section {
	return contact.Section{ID: contact.ID(r.ID), Key: r.Key, Labels: wordingsFromRows(r.Labels), Order: r.Order, Version: r.Version}
}
