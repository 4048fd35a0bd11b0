package graph_test

import (
	"context"
	"fmt"
	"testing"

	"contactpanel/contact"
)

func groupSteps() []step {
	steps := []step{
		{"groups_all", "contact_groups", adam, "de"},
		{"groups_of_agent", "contact_groups", ada, ""},
		{"group_created", "create_contact_group", adam, "de"},
		{"group_created_again", "create_contact_group", adam, ""},
		{"group_key_reused", "create_contact_group", adam, ""},
		{"group_created_bare", "create_contact_group", adam, ""},
		{"group_created_by_agent", "create_contact_group", ada, ""},
		{"group_bad_operator", "create_contact_group", adam, "de"},
		{"group_unknown_attribute", "create_contact_group", adam, "de"},
	}
	for _, name := range []string{
		"taken", "bad_key", "no_label", "no_condition", "too_many_conditions", "archived_attribute", "bad_value", "foreign_type", "no_value",
		"value_twice", "too_many_values", "long_text", "network_twice", "validation_unset", "bad_weight", "too_many_teams", "team_twice",
	} {
		steps = append(steps, step{"group_" + name, "create_contact_group", adam, ""})
	}
	return append(steps,
		step{"groups_after", "contact_groups", ada, ""},
		step{"group_updated", "update_contact_group", adam, ""},
		step{"group_updated_weight", "update_contact_group", adam, ""},
		step{"group_conflict", "update_contact_group", adam, "de"},
		step{"group_update_unknown", "update_contact_group", adam, ""},
		step{"group_update_bad_condition", "update_contact_group", adam, ""},
		step{"group_deleted_by_agent", "delete_contact_group", ada, ""},
		step{"group_delete_conflict", "delete_contact_group", adam, ""},
		step{"group_deleted", "delete_contact_group", adam, ""},
		step{"group_deleted_again", "delete_contact_group", adam, ""},
		step{"group_delete_unknown", "delete_contact_group", adam, ""},
		step{"groups_left", "contact_groups", adam, ""},
		step{"group_limit", "create_contact_group", adam, ""},
	)
}

// fillGroups makes as many groups as an organisation may have.
func (w *world) fillGroups(tb testing.TB) {
	tb.Helper()
	w.put(tb, acme, func(ctx context.Context, tx contact.Tx) error {
		for i := range contact.MaxGroups {
			g := vipGroup(contact.ID(fmt.Sprint("group_fill", i)), fmt.Sprint("fill", i))
			if err := tx.PutGroup(ctx, acme, g); err != nil {
				return err
			}
		}
		return nil
	})
}
