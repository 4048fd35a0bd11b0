package contact_test

import (
	"slices"

	"contactpanel/contact"
)

// The conditions, as callers write them.
func when(key string, o contact.ConditionOperator, values ...contact.ValueInput) contact.ConditionInput {
	return contact.ConditionInput{Subject: contact.SubjectAttribute, Key: key, Operator: o, Values: values}
}

func network(o contact.ConditionOperator, networks ...contact.Network) contact.ConditionInput {
	return contact.ConditionInput{Subject: contact.SubjectNetwork, Operator: o, Networks: networks}
}

func validation(o contact.ConditionOperator, states ...contact.ValidationState) contact.ConditionInput {
	return contact.ConditionInput{Subject: contact.SubjectValidation, Operator: o, States: states}
}

func isVIP(is bool) contact.ConditionInput {
	return contact.ConditionInput{Subject: contact.SubjectVIP, IsVIP: is}
}

// groupInput is a group that is called by its key.
func groupInput(key string, match contact.GroupMatch, conditions ...contact.ConditionInput) contact.GroupInput {
	return contact.GroupInput{Key: key, Labels: english(key), Match: match, Conditions: conditions}
}

// group makes a group of acme.
func (w *world) group(key string, match contact.GroupMatch, conditions ...contact.ConditionInput) *contact.ContactGroup {
	w.Helper()
	got, err := w.CreateGroup(w.as(clara), groupInput(key, match, conditions...))
	w.must("CreateGroup", err)
	return got
}

// groupsOf are the keys of the groups that a contact is in, as an actor reads it now.
func (w *world) groupsOf(a contact.Actor, id contact.ID) []string {
	w.Helper()
	in, err := w.GroupsOf(w.as(a), w.contact(id))
	w.must("GroupsOf", err)
	keys := []string{}
	for _, m := range in {
		keys = append(keys, m.Group.Key)
	}
	return keys
}

// isIn reports whether a contact is in a group, to whom all is open.
func (w *world) isIn(key string, id contact.ID) bool {
	w.Helper()
	return slices.Contains(w.groupsOf(clara, id), key)
}
