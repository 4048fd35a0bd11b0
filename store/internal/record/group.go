package record

import (
	"slices"

	"contactpanel/contact"
)

// Group is a contact group as it is kept, with key and id as in [Definition].
type Group struct {
	ID            contact.ID         `json:"i" bson:"-"`
	Key           string             `json:"k" bson:"-"`
	Labels        []wording          `json:"l,omitzero" bson:"labels"`
	Match         contact.GroupMatch `json:"m" bson:"match"`
	Conditions    []condition        `json:"r" bson:"conditions"`
	IsPrioritised bool               `json:"p,omitempty" bson:"isPrioritised"`
	Weight        int                `json:"w" bson:"weight"`
	Teams         []string           `json:"t,omitempty" bson:"teams"`
	Created       Moment             `json:"c" bson:"created"`
	Updated       Moment             `json:"u" bson:"updated"`
	Version       int                `json:"v" bson:"version"`
}

type condition struct {
	Subject  contact.Subject           `json:"s" bson:"subject"`
	Key      string                    `json:"k,omitempty" bson:"key,omitempty"`
	Operator contact.ConditionOperator `json:"o" bson:"operator"`
	Values   []value                   `json:"v,omitzero" bson:"values"`
}

// OfGroup is a group as it is kept.
func OfGroup(g *contact.Group) Group {
	return Group{
		ID: g.ID, Key: g.Key, Labels: ofWordings(g.Labels), Match: g.Match,
		Conditions: list(g.Conditions, func(c contact.Condition) condition {
			return condition{c.Subject, c.Key, c.Operator, list(c.Values, func(v contact.StoredValue) value { return value(v) })}
		}),
		IsPrioritised: g.IsPrioritised, Weight: g.Weight, Teams: slices.Clone(g.Teams),
		Created: At(g.CreatedAt), Updated: At(g.UpdatedAt), Version: g.Version,
	}
}

// Group is the way back.
func (g *Group) Group() contact.Group {
	return contact.Group{
		ID: g.ID, Key: g.Key, Labels: localised(g.Labels), Match: g.Match,
		Conditions: list(g.Conditions, func(c condition) contact.Condition {
			return contact.Condition{
				Subject: c.Subject, Key: c.Key, Operator: c.Operator,
				Values: list(c.Values, func(v value) contact.StoredValue { return contact.StoredValue(v) }),
			}
		}),
		IsPrioritised: g.IsPrioritised, Weight: g.Weight, Teams: slices.Clone(g.Teams),
		CreatedAt: g.Created.Time(), UpdatedAt: g.Updated.Time(), Version: g.Version,
	}
}
