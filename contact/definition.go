package contact

import (
	"regexp"
	"time"
)

// AttributeKind says who manages an attribute.
type AttributeKind string

// The kinds of attributes.
const (
	KindStandard AttributeKind = "STANDARD" // every inbox knows it: e-mail, phone, URL …
	KindCRM      AttributeKind = "CRM"      // managed by the organisation's CRM
	KindCustom   AttributeKind = "CUSTOM"   // defined by the organisation's administrators
)

// Definition is what an organisation keeps about contacts, as it is stored. Key, Kind, ValueType and IsList never change;
// a key is never used again, because an archived definition keeps it.
type Definition struct {
	ID           ID
	Key          string
	Kind         AttributeKind
	ValueType    ValueType
	IsList       bool
	Labels       Localised
	Descriptions Localised
	Section      string // key of a section
	Order        int    // within the section; ties are broken by key
	Rules        RuleSet
	Rights
	CreatedAt  time.Time
	UpdatedAt  time.Time
	ArchivedAt *time.Time
	Version    int // from 1
}

// Section groups definitions in the panel, as it is stored.
type Section struct {
	ID      ID
	Key     string
	Labels  Localised
	Order   int // ties are broken by key
	Version int // from 1
}

// AttributeDefinition is a definition as one viewer reads it: wordings in the viewer's language, rules by value type.
// It is shared between requests and must not be changed.
type AttributeDefinition struct {
	ID           ID
	Key          string
	Kind         AttributeKind
	ValueType    ValueType
	IsList       bool
	Label        string
	Labels       []LocalisedText
	Description  *string
	Descriptions []LocalisedText
	Section      *SectionDefinition
	Order        int
	Rules        AttributeRules
	Readers      []Role // empty: everybody
	Editors      []Role // empty: everybody who may read
	CreatedAt    time.Time
	UpdatedAt    time.Time
	ArchivedAt   *time.Time
	Version      int

	stored     *Definition
	isReadable bool // the viewer may read values; an administrator sees definitions without that
}

// SectionDefinition is a section as one viewer reads it.
type SectionDefinition struct {
	ID      ID
	Key     string
	Label   string
	Labels  []LocalisedText
	Order   int
	Version int
}

// keyPattern is what keys of definitions, sections and choices look like. It keeps operators and paths of databases
// ("$where", "a.b", "__proto__") out by construction.
var keyPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

const keyAllowed = "a lower-case letter, then at most 63 lower-case letters, digits and underscores"

func checkKey(field, key string) error {
	if !keyPattern.MatchString(key) {
		return invalid(field, say(keyAllowed), "is not a key")
	}
	return nil
}

// forViewer gives the definition in the viewer's language.
func (d *Definition) forViewer(viewer Actor, sections map[string]*SectionDefinition) *AttributeDefinition {
	return &AttributeDefinition{
		ID: d.ID, Key: d.Key, Kind: d.Kind, ValueType: d.ValueType, IsList: d.IsList,
		Label: d.Labels.For(viewer.Languages), Labels: d.Labels,
		Description: optional(d.Descriptions.For(viewer.Languages)), Descriptions: d.Descriptions,
		Section: sections[d.Section], Order: d.Order, Rules: d.Rules.forViewer(d.ValueType, viewer.Languages),
		Readers: d.Readers, Editors: d.Editors,
		CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt, ArchivedAt: d.ArchivedAt, Version: d.Version,
		stored: d, isReadable: d.mayRead(viewer),
	}
}

// forViewer gives the section in the viewer's language.
func (s *Section) forViewer(languages []string) *SectionDefinition {
	return &SectionDefinition{s.ID, s.Key, s.Labels.For(languages), s.Labels, s.Order, s.Version}
}
