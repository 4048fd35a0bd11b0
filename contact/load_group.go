package contact

import (
	"slices"
	"strings"
)

func (l *loading) checkGroup(g *Group) error {
	switch {
	case len(l.groups) >= MaxGroups:
		return damaged("", "an organisation has at most %d groups", MaxGroups)
	case g.Match != MatchAll && g.Match != MatchAny:
		return damaged("match", "is not a combination")
	case g.Weight < 1 || g.Weight > MaxGroupWeight:
		return damaged("weight", "is out of range")
	case len(g.Conditions) == 0 || len(g.Conditions) > MaxConditions:
		return damaged("conditions", "has a number of conditions that cannot be")
	}
	for i := range g.Conditions {
		if err := l.checkCondition(&g.Conditions[i]); err != nil {
			return err
		}
	}
	teams, err := cleanTeams(g.Teams)
	return firstError(
		l.checkCatalogID(g.ID, PrefixGroup), checkKey("key", g.Key), l.checkWording("labels", g.Labels, MaxLabelLength, true),
		kept("teams", inputText(g.Teams), inputText(teams), err),
		checkTime("createdAt", g.CreatedAt), checkTime("updatedAt", g.UpdatedAt), checkVersion("version", g.Version),
	)
}

// checkCondition refuses a condition that no input makes. Of an attribute the definition may be archived by now, and a choice retired.
func (l *loading) checkCondition(c *Condition) error {
	t := TypeChoice // what has names of its own is compared like a choice
	if c.Subject == SubjectAttribute {
		i := slices.IndexFunc(l.definitions, func(d Definition) bool { return d.Key == c.Key })
		if i < 0 {
			return damaged("conditions", "the organisation has no definition of this key")
		}
		t = l.definitions[i].ValueType
	} else if c.Key != "" || !c.Subject.isKnown() {
		return damaged("conditions", "tests what there is not")
	}
	if err := checkOperator(c.Operator, c.Subject.operators(t), len(c.Values)); err != nil {
		return damaged("conditions", "has an operator that does not go with what it tests, or a number of values that cannot be")
	}
	for i, v := range c.Values {
		if holdsValue(t, c.Values[:i], v) {
			return damaged("conditions", "has a value twice")
		}
		if err := l.checkConditionValue(c, t, v); err != nil {
			return err
		}
	}
	return nil
}

// checkConditionValue checks one value of a condition; t is the value type of its attribute.
func (l *loading) checkConditionValue(c *Condition, t ValueType, v StoredValue) error {
	switch {
	case c.Subject != SubjectAttribute:
		if v.Extra != "" || !slices.Contains(c.Subject.names(), v.Value) {
			return notKept("conditions")
		}
		return nil
	case c.Operator != OpContains:
		return l.checkValue(&Definition{Key: "conditions", ValueType: t}, v)
	case t == TypePhone && !strings.ContainsAny(v.Value, "0123456789"):
		return damaged("conditions", "has no digit") // it would be a part of every number
	}
	text, err := textRule{field: "conditions", max: MaxContainsLength}.clean(v.Value)
	return kept("conditions", v, StoredValue{Value: text}, err)
}
