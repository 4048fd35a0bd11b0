package contact

import (
	"context"
	"slices"
	"time"
)

// Limits of contact groups.
const (
	MaxGroups          = 100 // of one organisation
	MaxConditions      = 20  // of one group
	MaxConditionValues = 50  // of one condition
	MaxGroupTeams      = 20  // of one group
	MaxGroupWeight     = 100
	DefaultGroupWeight = 1
	MaxTeamLength      = 100 // code points
	MaxContainsLength  = 200 // code points of a text that a value is to contain
)

// Group is a rule over contacts, as it is stored. Who is in it is never stored: it follows from the rule and from the contact as they
// are now. Groups belong to the organisation's catalog, so that a contact is read with the version of its groups.
type Group struct {
	ID         ID
	Key        string // never changes
	Labels     Localised
	Match      GroupMatch
	Conditions []Condition // at least one
	// IsPrioritised lets the group raise its contacts in the queue, by Weight.
	IsPrioritised bool
	Weight        int // 1 to MaxGroupWeight
	// Teams are whom the conversations of its contacts are routed to, by name; none: the group routes nobody's.
	Teams     []string
	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int // from 1
}

// GroupMatch says how a group's conditions are combined.
type GroupMatch string

// The combinations.
const (
	MatchAll GroupMatch = "ALL" // every condition must hold
	MatchAny GroupMatch = "ANY" // one is enough
)

// ContactGroup is a group as one viewer reads it. It is shared between requests and must not be changed.
type ContactGroup struct {
	ID            ID
	Key           string
	Label         string
	Labels        []LocalisedText
	Match         GroupMatch
	Conditions    []GroupCondition
	IsPrioritised bool
	Weight        int
	Teams         []string
	CreatedAt     time.Time
	UpdatedAt     time.Time
	Version       int

	rule       *groupRule
	isReadable bool // the viewer may read all that it tests; an administrator sees groups without that
}

// GroupMembership says that a contact is in a group, and which of its conditions hold. Matches are shared and must not be changed.
type GroupMembership struct {
	Group   *ContactGroup
	Matches []GroupCondition
}

// Groups returns the organisation's groups by key, as they stand now: those whose conditions the viewer may know of. A group that
// tests an attribute which is closed to the viewer does not exist for the viewer, because being in it tells of the value; an
// administrator, who looks after the groups, sees all.
func (c *Contacts) Groups(ctx context.Context) ([]*ContactGroup, error) {
	catalog, err := c.catalogFor(ctx, "contactGroups")
	if err != nil {
		return nil, err
	}
	return catalog.Groups, nil
}

// GroupsOf returns the groups that the contact is in now, by key, as far as the viewer may read all that their conditions test;
// here administrators have no more than others.
func (c *Contacts) GroupsOf(ctx context.Context, of *Contact) ([]GroupMembership, error) {
	catalog, _, err := c.catalogOf(ctx, of)
	if err != nil {
		return nil, err
	}
	var in []GroupMembership
	seen := c.seen(of)
	for _, g := range catalog.Groups {
		if !g.isReadable {
			continue
		}
		if matches := g.matches(seen); len(matches) > 0 {
			in = append(in, GroupMembership{g, matches})
		}
	}
	return in, nil
}

// matches are the conditions that hold of a contact; none when it is not in the group.
func (g *ContactGroup) matches(of *seenContact) []GroupCondition {
	var hold []GroupCondition
	for i, test := range g.rule.tests {
		switch holds := test(of); {
		case holds && g.Match == MatchAny:
			if hold == nil {
				hold = make([]GroupCondition, 0, len(g.Conditions)-i)
			}
			hold = append(hold, g.Conditions[i])
		case !holds && g.Match == MatchAll:
			return nil
		}
	}
	if g.Match == MatchAll {
		return g.Conditions
	}
	return hold
}

// forViewer gives the group in the viewer's language; definitions are those that the viewer may know of.
func (g *groupRule) forViewer(c *Contacts, viewer Actor, definitions map[string]*AttributeDefinition) *ContactGroup {
	out := &ContactGroup{
		ID: g.ID, Key: g.Key, Label: g.Labels.For(viewer.Languages), Labels: g.Labels, Match: g.Match, IsPrioritised: g.IsPrioritised,
		Weight: g.Weight, Teams: g.Teams, CreatedAt: g.CreatedAt, UpdatedAt: g.UpdatedAt, Version: g.Version, rule: g,
		isReadable: !slices.ContainsFunc(g.keys, func(key string) bool { return !definitions[key].isReadable }),
	}
	for i := range g.Conditions {
		out.Conditions = append(out.Conditions, g.Conditions[i].forViewer(c, viewer, definitions))
	}
	return out
}
