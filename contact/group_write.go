package contact

import (
	"context"
	"slices"
)

// GroupInput is a new group.
type GroupInput struct {
	Key              string
	Labels           Localised // at least one
	Match            GroupMatch
	Conditions       []ConditionInput
	IsPrioritised    bool
	Weight           *int // nil: DefaultGroupWeight
	Teams            []string
	ClientMutationID string
}

// GroupChange is a change of a group; nil members stay as they are.
type GroupChange struct {
	ID               ID
	ExpectedVersion  int
	Labels           *Localised
	Match            *GroupMatch
	Conditions       *[]ConditionInput
	IsPrioritised    *bool
	Weight           *int
	Teams            *[]string
	ClientMutationID string
}

// CreateGroup makes a group. FORBIDDEN but for administrators. Problems: a key in use (TAKEN), wordings, conditions, a weight or
// teams that do not hold, an attribute that there is not, more than 100 groups.
func (c *Contacts) CreateGroup(ctx context.Context, in GroupInput) (*ContactGroup, error) {
	asked := attempt{
		mutation: "createContactGroup", key: in.ClientMutationID, input: []string{inputText(in)}, kind: AuditGroupCreated, groupKey: in.Key,
	}
	return c.changeGroup(ctx, asked, func(w *write, set *definitionSet) (*Group, error) {
		if err := checkKey("key", in.Key); err != nil {
			return nil, err
		}
		if set.hasGroup(in.Key) {
			return nil, FieldErrorf(Taken, "key", "this key is in use")
		}
		if len(set.groups) >= MaxGroups {
			return nil, limitReached("key", "an organisation has at most %d groups", MaxGroups, len(set.groups)+1)
		}
		g := &Group{ID: c.newID(PrefixGroup), Key: in.Key, Weight: DefaultGroupWeight, CreatedAt: w.at}
		return g, w.shapeGroup(set, g, GroupChange{
			Labels: &in.Labels, Match: &in.Match, Conditions: &in.Conditions, IsPrioritised: &in.IsPrioritised, Weight: in.Weight, Teams: &in.Teams,
		})
	})
}

// UpdateGroup changes a group. FORBIDDEN but for administrators. Problems as with CreateGroup, and an unknown id, and another
// version than the expected one. A change names the id, because a key may be used again and versions begin anew: one who still
// sees a deleted group must not overwrite the next of its key.
func (c *Contacts) UpdateGroup(ctx context.Context, in GroupChange) (*ContactGroup, error) {
	asked := attempt{
		mutation: "updateContactGroup", key: in.ClientMutationID, input: []string{inputText(in)}, kind: AuditGroupUpdated, group: in.ID,
	}
	return c.changeGroup(ctx, asked, func(w *write, set *definitionSet) (*Group, error) {
		g, err := w.group(set, in.ID, in.ExpectedVersion)
		if err != nil {
			return nil, err
		}
		return g, w.shapeGroup(set, g, in)
	})
}

// DeleteGroup removes a group for good and returns its id; its key may be used again. FORBIDDEN but for administrators. Problems: an
// unknown id, another version than the expected one.
func (c *Contacts) DeleteGroup(ctx context.Context, id ID, expected int, mutationID string) (ID, error) {
	asked := attempt{
		mutation: "deleteContactGroup", key: mutationID, input: []string{string(id), versionText(expected)}, kind: AuditGroupDeleted, group: id,
	}
	gone, err := once(ctx, c, asked, func(ctx context.Context, tx Tx, w *write) (groupID, error) {
		set, err := w.definitionSet(ctx, tx)
		if err != nil {
			return "", err
		}
		g, err := w.group(set, id, expected)
		if err != nil {
			return "", err
		}
		if err := tx.RemoveGroup(ctx, w.actor.Org, g.Key); err != nil {
			return "", err
		}
		return groupID(g.ID), w.audit(ctx, tx, AuditGroupDeleted, "", g.Key, g.Version)
	})
	return ID(gone), err
}

// groupID is the answer that a group is gone.
type groupID ID

// changeGroup runs one administrator's change of one group and answers with the group as the viewer reads it.
func (c *Contacts) changeGroup(ctx context.Context, asked attempt, change func(*write, *definitionSet) (*Group, error)) (*ContactGroup, error) {
	g, err := once(ctx, c, asked, func(ctx context.Context, tx Tx, w *write) (*Group, error) {
		set, err := w.definitionSet(ctx, tx)
		if err != nil {
			return nil, err
		}
		g, err := change(w, set)
		if err != nil {
			return nil, err
		}
		g.UpdatedAt = w.at
		g.Version++
		if err := tx.PutGroup(ctx, w.actor.Org, *g); err != nil {
			return nil, err
		}
		return g, w.audit(ctx, tx, asked.kind, "", g.Key, g.Version)
	})
	if err != nil {
		return nil, err
	}
	catalog, err := c.Catalog(ctx)
	if err != nil {
		return nil, err
	}
	actor, err := ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	return c.newGroupRule(g, catalog.set.byKey).forViewer(c, actor, catalog.byKey), nil
}

// group returns a copy of a group to change it.
func (w *write) group(set *definitionSet, id ID, expected int) (*Group, error) {
	if err := checkExpected(expected); err != nil {
		return nil, err
	}
	found := set.group(id)
	if found == nil {
		return nil, FieldErrorf(NotFound, "groupId", "there is no such group")
	}
	if found.Version != expected {
		return nil, conflict(found.forViewer(w.contacts, w.actor, set.forViewer(w.actor).byKey), found.Version, expected)
	}
	g := *found.Group
	return &g, nil
}

// shapeGroup applies what is given, each checked.
func (w *write) shapeGroup(set *definitionSet, g *Group, in GroupChange) (err error) {
	if in.Labels != nil {
		if g.Labels, err = w.contacts.cleanLocalised(*in.Labels, "labels", MaxLabelLength, true); err != nil {
			return err
		}
	}
	if in.Match != nil {
		if *in.Match != MatchAll && *in.Match != MatchAny {
			return invalid("match", say("ALL or ANY"), "is not a combination")
		}
		g.Match = *in.Match
	}
	if in.Conditions != nil {
		if g.Conditions, err = w.cleanConditions(set, *in.Conditions, g.Conditions); err != nil {
			return err
		}
	}
	if in.IsPrioritised != nil {
		g.IsPrioritised = *in.IsPrioritised
	}
	if in.Weight != nil {
		if *in.Weight < 1 || *in.Weight > MaxGroupWeight {
			return invalid("weight", say("a whole number from 1 to %d", MaxGroupWeight), "is out of range")
		}
		g.Weight = *in.Weight
	}
	if in.Teams != nil {
		g.Teams, err = cleanTeams(*in.Teams)
	}
	return err
}

// cleanTeams returns the names of teams in the order of their bytes, nil for none.
func cleanTeams(in []string) ([]string, error) {
	if len(in) > MaxGroupTeams {
		return nil, tooLong("teams", MaxGroupTeams, len(in), Items)
	}
	var out []string
	for i, name := range in {
		name, err := textRule{field: "teams", max: MaxTeamLength}.clean(name)
		if err == nil && slices.Contains(out, name) {
			err = invalid("teams", say("each name once"), "names a team twice")
		}
		if err != nil {
			return nil, atPlace(err, "teams", i)
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return out, nil
}

// group returns the group with the id, nil when there is none.
func (s *definitionSet) group(id ID) *groupRule {
	if i := slices.IndexFunc(s.groups, func(g *groupRule) bool { return g.ID == id }); i >= 0 {
		return s.groups[i]
	}
	return nil
}

// hasGroup reports whether there is a group with the key.
func (s *definitionSet) hasGroup(key string) bool {
	return slices.ContainsFunc(s.groups, func(g *groupRule) bool { return g.Key == key })
}
