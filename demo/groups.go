package demo

import (
	"context"
	"fmt"
	"time"

	"contactpanel/contact"
)

// grouped is when the administrator made the contact groups: when the definitions had been cleared up.
const grouped = tidied - 6*day

// group enters the contact groups.
func (d *diary) group() {
	ago := grouped
	for _, g := range groups() {
		ago -= 2 * time.Minute
		d.enter(ago, company().clara, func(ctx context.Context, c *contact.Contacts) error {
			if _, err := c.CreateGroup(ctx, g); err != nil {
				return fmt.Errorf("make group %s: %w", g.Key, err)
			}
			return nil
		})
	}
}

// groups test each a thing of another kind, so that whoever opens a few contacts sees what rules can be about: the VIP state, values of
// the CRM all of which must fit, values of which one is enough, and networks.
func groups() []contact.GroupInput {
	return []contact.GroupInput{
		{
			Key: "vips", Labels: both("VIPs", "VIPs"), Match: contact.MatchAll, IsPrioritised: true, Weight: new(2),
			Conditions: []contact.ConditionInput{{Subject: contact.SubjectVIP, IsVIP: true}},
		},
		{
			Key: "key_accounts", Labels: both("Key accounts", "Großkunden"), Match: contact.MatchAll, IsPrioritised: true,
			Conditions: []contact.ConditionInput{
				when(keySegment, contact.OpAnyOf, choice("office"), choice("gastronomy"), choice("reseller")),
				when(keyValue, contact.OpAtLeast, number(2_500)),
			},
		},
		{
			Key: "german_speaking", Labels: both("German-speaking", "Deutschsprachig"), Match: contact.MatchAny, Teams: []string{"Support DACH"},
			Conditions: []contact.ConditionInput{
				when("language", contact.OpEquals, language("de")), // de-AT and de-CH, too
				when("location", contact.OpAnyOf, names(germanTongue().places)...),
			},
		},
		{
			Key: "messenger", Labels: both("On a messenger", "Per Messenger"), Match: contact.MatchAll,
			Conditions: []contact.ConditionInput{{
				Subject: contact.SubjectNetwork, Operator: contact.OpAnyOf, Networks: []contact.Network{contact.WhatsApp, contact.Telegram},
			}},
		},
	}
}

func when(key string, o contact.ConditionOperator, values ...contact.ValueInput) contact.ConditionInput {
	return contact.ConditionInput{Subject: contact.SubjectAttribute, Key: key, Operator: o, Values: values}
}

// names are places as the values of a condition, which compares their names alone.
func names(places []place) []contact.ValueInput {
	var out []contact.ValueInput
	for _, p := range places {
		out = append(out, contact.ValueInput{Location: &contact.Location{Name: p.name}})
	}
	return out
}
