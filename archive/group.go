package archive

import "contactpanel/contact"

type groupLine struct {
	Kind          contact.ArchiveKind `json:"kind"`
	Key           string              `json:"key"`
	ID            contact.ID          `json:"id"`
	Labels        []wording           `json:"labels,omitempty"`
	Match         contact.GroupMatch  `json:"match"`
	Conditions    []condition         `json:"conditions,omitempty"`
	IsPrioritised bool                `json:"isPrioritised"`
	Weight        int                 `json:"weight"`
	Teams         []string            `json:"teams,omitempty"`
	CreatedAt     moment              `json:"createdAt"`
	UpdatedAt     moment              `json:"updatedAt"`
	Version       int                 `json:"version"`
}

type condition struct {
	Subject  contact.Subject           `json:"subject"`
	Key      string                    `json:"key,omitempty"`
	Operator contact.ConditionOperator `json:"operator"`
	Values   []value                   `json:"values,omitempty"`
}

func newGroupLine(g *contact.Group) *groupLine {
	return &groupLine{
		Kind: contact.ArchivedGroup, Key: g.Key, ID: g.ID, Labels: toWordings(g.Labels), Match: g.Match, Conditions: list(g.Conditions, toCondition),
		IsPrioritised: g.IsPrioritised, Weight: g.Weight, Teams: g.Teams,
		CreatedAt: moment{g.CreatedAt}, UpdatedAt: moment{g.UpdatedAt}, Version: g.Version,
	}
}

func (l *groupLine) row() contact.ArchiveRow {
	return contact.ArchiveRow{Group: &contact.Group{
		ID: l.ID, Key: l.Key, Labels: fromWordings(l.Labels), Match: l.Match, Conditions: list(l.Conditions, fromCondition),
		IsPrioritised: l.IsPrioritised, Weight: l.Weight, Teams: l.Teams,
		CreatedAt: l.CreatedAt.Time, UpdatedAt: l.UpdatedAt.Time, Version: l.Version,
	}}
}

func toCondition(c contact.Condition) condition {
	return condition{c.Subject, c.Key, c.Operator, list(c.Values, func(v contact.StoredValue) value { return value(v) })}
}

func fromCondition(c condition) contact.Condition {
	return contact.Condition{
		Subject: c.Subject, Key: c.Key, Operator: c.Operator,
		Values: list(c.Values, func(v value) contact.StoredValue { return contact.StoredValue(v) }),
	}
}
