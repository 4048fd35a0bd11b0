package archive

import "contactpanel/contact"

type sectionLine struct {
	Kind    contact.ArchiveKind `json:"kind"`
	Key     string              `json:"key"`
	ID      contact.ID          `json:"id"`
	Labels  []wording           `json:"labels,omitempty"`
	Order   int                 `json:"order"`
	Version int                 `json:"version"`
}

type wording struct {
	Locale string `json:"locale"`
	Text   string `json:"text"`
}

func toWordings(l contact.Localised) []wording {
	return list(l, func(t contact.LocalisedText) wording { return wording(t) })
}

func fromWordings(l []wording) contact.Localised {
	return list(l, func(w wording) contact.LocalisedText { return contact.LocalisedText(w) })
}

func newSectionLine(s *contact.Section) *sectionLine {
	return &sectionLine{contact.ArchivedSection, s.Key, s.ID, toWordings(s.Labels), s.Order, s.Version}
}

func (l *sectionLine) row() contact.ArchiveRow {
	return contact.ArchiveRow{Section: &contact.Section{
		ID: l.ID, Key: l.Key, Labels: fromWordings(l.Labels), Order: l.Order, Version: l.Version,
	}}
}

type definitionLine struct {
	Kind          contact.ArchiveKind   `json:"kind"`
	Key           string                `json:"key"`
	ID            contact.ID            `json:"id"`
	AttributeKind contact.AttributeKind `json:"attributeKind"`
	ValueType     contact.ValueType     `json:"valueType"`
	IsList        bool                  `json:"isList"`
	Labels        []wording             `json:"labels,omitempty"`
	Descriptions  []wording             `json:"descriptions,omitempty"`
	Section       string                `json:"section"`
	Order         int                   `json:"order"`
	Rules         rules                 `json:"rules"`
	CreatedAt     moment                `json:"createdAt"`
	UpdatedAt     moment                `json:"updatedAt"`
	ArchivedAt    *moment               `json:"archivedAt,omitempty"`
	Version       int                   `json:"version"`
	Readers       []contact.Role        `json:"readers,omitempty"`
	Editors       []contact.Role        `json:"editors,omitempty"`
}

type rules struct {
	MaxValues     int       `json:"maxValues,omitempty"`
	MinLength     int       `json:"minLength,omitempty"`
	MaxLength     int       `json:"maxLength,omitempty"`
	IsMultiline   bool      `json:"isMultiline,omitempty"`
	Pattern       string    `json:"pattern,omitempty"`
	PatternHint   []wording `json:"patternHint,omitempty"`
	MinNumber     *float64  `json:"minNumber,omitempty"`
	MaxNumber     *float64  `json:"maxNumber,omitempty"`
	MaxDecimals   *int      `json:"maxDecimals,omitempty"`
	Earliest      *day      `json:"earliest,omitempty"`
	Latest        *day      `json:"latest,omitempty"`
	EarliestTime  *moment   `json:"earliestTime,omitempty"`
	LatestTime    *moment   `json:"latestTime,omitempty"`
	DefaultRegion string    `json:"defaultRegion,omitempty"`
	Choices       []choice  `json:"choices,omitempty"`
}

type choice struct {
	Key       string    `json:"key"`
	Labels    []wording `json:"labels,omitempty"`
	IsRetired bool      `json:"isRetired,omitempty"`
}

func newDefinitionLine(d *contact.Definition) *definitionLine {
	return &definitionLine{
		Kind: contact.ArchivedDefinition, Key: d.Key, ID: d.ID, AttributeKind: d.Kind, ValueType: d.ValueType, IsList: d.IsList,
		Labels: toWordings(d.Labels), Descriptions: toWordings(d.Descriptions), Section: d.Section, Order: d.Order, Rules: toRules(d.Rules),
		CreatedAt: moment{d.CreatedAt}, UpdatedAt: moment{d.UpdatedAt}, ArchivedAt: convert(d.ArchivedAt, toMoment), Version: d.Version,
		Readers: d.Readers, Editors: d.Editors,
	}
}

func (l *definitionLine) row() contact.ArchiveRow {
	return contact.ArchiveRow{Definition: &contact.Definition{
		ID: l.ID, Key: l.Key, Kind: l.AttributeKind, ValueType: l.ValueType, IsList: l.IsList,
		Labels: fromWordings(l.Labels), Descriptions: fromWordings(l.Descriptions), Section: l.Section, Order: l.Order, Rules: l.Rules.ruleSet(),
		CreatedAt: l.CreatedAt.Time, UpdatedAt: l.UpdatedAt.Time, ArchivedAt: convert(l.ArchivedAt, fromMoment), Version: l.Version,
		Rights: contact.Rights{Readers: l.Readers, Editors: l.Editors},
	}}
}

// agentLine is an agent who is shut out.
type agentLine struct {
	Kind  contact.ArchiveKind `json:"kind"`
	ID    contact.ID          `json:"id"`
	Since moment              `json:"since"`
	By    agent               `json:"by"`
}

func newAgentLine(d *contact.DeactivatedAgent) *agentLine {
	return &agentLine{contact.ArchivedAgent, d.AgentID, moment{d.Since}, agent(d.By)}
}

func (l *agentLine) row() contact.ArchiveRow {
	return contact.ArchiveRow{Agent: &contact.DeactivatedAgent{AgentID: l.ID, Since: l.Since.Time, By: contact.Agent(l.By)}}
}

func toRules(r contact.RuleSet) rules {
	toDay := func(d contact.Date) day { return day{d} }
	return rules{
		MaxValues: r.MaxValues, MinLength: r.MinLength, MaxLength: r.MaxLength, IsMultiline: r.IsMultiline,
		Pattern: r.Pattern, PatternHint: toWordings(r.PatternHint),
		MinNumber: r.MinNumber, MaxNumber: r.MaxNumber, MaxDecimals: r.MaxDecimals,
		Earliest: convert(r.Earliest, toDay), Latest: convert(r.Latest, toDay),
		EarliestTime: convert(r.EarliestTime, toMoment), LatestTime: convert(r.LatestTime, toMoment), DefaultRegion: r.DefaultRegion,
		Choices: list(r.Choices, func(o contact.ChoiceOption) choice { return choice{o.Key, toWordings(o.Labels), o.IsRetired} }),
	}
}

func (r rules) ruleSet() contact.RuleSet {
	fromDay := func(d day) contact.Date { return d.Date }
	return contact.RuleSet{
		MaxValues: r.MaxValues, MinLength: r.MinLength, MaxLength: r.MaxLength, IsMultiline: r.IsMultiline,
		Pattern: r.Pattern, PatternHint: fromWordings(r.PatternHint),
		MinNumber: r.MinNumber, MaxNumber: r.MaxNumber, MaxDecimals: r.MaxDecimals,
		Earliest: convert(r.Earliest, fromDay), Latest: convert(r.Latest, fromDay),
		EarliestTime: convert(r.EarliestTime, fromMoment), LatestTime: convert(r.LatestTime, fromMoment), DefaultRegion: r.DefaultRegion,
		Choices: list(r.Choices, func(o choice) contact.ChoiceOption {
			return contact.ChoiceOption{Key: o.Key, Labels: fromWordings(o.Labels), IsRetired: o.IsRetired}
		}),
	}
}
