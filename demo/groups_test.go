package demo_test

import (
	"testing"
	"time"

	"contactpanel/contact"
)

type group struct {
	Label         string
	Match         contact.GroupMatch
	Conditions    []string // what each tests
	IsPrioritised bool
	Weight        int
	Teams         []string
	Made          time.Duration
}

// membership is one of a contact in a group, with how many of its conditions hold.
type membership struct {
	Label   string
	Matches int
}

func (r *reader) groups() []group {
	r.t.Helper()
	all, err := r.contacts.Groups(r.ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	var out []group
	for _, g := range all {
		next := group{Label: g.Label, Match: g.Match, IsPrioritised: g.IsPrioritised, Weight: g.Weight, Teams: g.Teams, Made: r.ago(&g.CreatedAt)}
		for _, c := range g.Conditions {
			next.Conditions = append(next.Conditions, tested(c))
		}
		out = append(out, next)
	}
	return out
}

func tested(c contact.GroupCondition) string {
	switch c := c.(type) {
	case contact.AttributeCondition:
		return "an attribute of type " + string(c.Definition.ValueType)
	case contact.NetworkCondition:
		return "a network"
	case contact.VIPCondition:
		return "VIP"
	default:
		return "the validation"
	}
}

func (r *reader) memberships(c *contact.Contact) []membership {
	r.t.Helper()
	in, err := r.contacts.GroupsOf(r.ctx, c)
	if err != nil {
		r.t.Fatal(err)
	}
	var out []membership
	for _, m := range in {
		out = append(out, membership{m.Group.Label, len(m.Matches)})
	}
	return out
}

func isGrouped(t *testing.T, s snapshot) {
	t.Helper()
	seen, conditions := map[string]int{}, map[string]int{}
	least := map[string]int{
		"group": 3, "group with a team": 1, "prioritised group": 1, "group without priority": 1, "group of ALL of several conditions": 1, "group of ANY": 1,
		"test of VIP": 1, "test of a network": 1, "test of an attribute of type NUMBER": 1, "test of an attribute of type LANGUAGE": 1,
		"contact in no group": 20, "contact in one group": 20, "contact in several groups": 20, "contact with one match of several": 5,
	}
	for _, g := range s.Groups {
		past(t, "group "+g.Label+": made", g.Made, 211*24*time.Hour)
		least["contact in "+g.Label], conditions[g.Label] = 10, len(g.Conditions)
		tallyGroup(seen, g)
	}
	for _, p := range s.Contacts {
		seen["contact in "+[]string{"no group", "one group", "several groups"}[min(len(p.Groups), 2)]]++
		isAmongVIPs := false
		for _, m := range p.Groups {
			seen["contact in "+m.Label]++
			count(seen, "contact with one match of several", m.Matches == 1 && conditions[m.Label] > 1)
			isAmongVIPs = isAmongVIPs || m.Label == "VIPs"
		}
		if isAmongVIPs != p.VIP.IsVIP {
			t.Errorf("%s is a VIP: %v, in the group of the VIPs: %v", p.Name, p.VIP.IsVIP, isAmongVIPs)
		}
	}
	for what, n := range least {
		if seen[what] < n {
			t.Errorf("the demo has %d × %s, want at least %d", seen[what], what, n)
		}
	}
}

func tallyGroup(seen map[string]int, g group) {
	seen["group"]++
	count(seen, "group with a team", len(g.Teams) > 0)
	count(seen, "prioritised group", g.IsPrioritised)
	count(seen, "group without priority", !g.IsPrioritised)
	count(seen, "group of ALL of several conditions", g.Match == contact.MatchAll && len(g.Conditions) > 1)
	count(seen, "group of ANY", g.Match == contact.MatchAny)
	for _, what := range g.Conditions {
		seen["test of "+what]++
	}
}
