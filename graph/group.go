package graph

import (
	"context"

	"contactpanel/contact"
	"contactpanel/graph/internal/gql"
)

// ContactGroups answers the organisation's groups.
func (q query) ContactGroups(ctx context.Context) ([]contact.ContactGroup, error) {
	groups, err := q.contacts.Groups(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]contact.ContactGroup, 0, len(groups))
	for _, g := range groups {
		out = append(out, *g)
	}
	return out, nil
}

// Groups answers the groups that the contact is in.
func (f contactFields) Groups(ctx context.Context, of *contact.Contact) ([]contact.GroupMembership, error) {
	in, err := f.contacts.GroupsOf(ctx, of)
	return orEmpty(in), err
}

// CreateContactGroup makes a group.
func (m mutation) CreateContactGroup(ctx context.Context, in gql.CreateContactGroupInput) (*gql.CreateContactGroupPayload, error) {
	g, err := m.contacts.CreateGroup(ctx, contact.GroupInput{
		Key: in.Key, Labels: in.Labels, Match: in.Match, Conditions: conditionInputs(in.Conditions), IsPrioritised: in.IsPrioritised,
		Weight: &in.Weight, Teams: in.Teams, ClientMutationID: text(in.ClientMutationID),
	})
	found, err := problems(ctx, err)
	return &gql.CreateContactGroupPayload{Group: g, Problems: found, ClientMutationID: in.ClientMutationID}, err
}

// UpdateContactGroup changes a group.
func (m mutation) UpdateContactGroup(ctx context.Context, in gql.UpdateContactGroupInput) (*gql.UpdateContactGroupPayload, error) {
	g, err := m.contacts.UpdateGroup(ctx, contact.GroupChange{
		ID: in.GroupID, ExpectedVersion: in.ExpectedVersion, Labels: (*contact.Localised)(given(in.Labels)), Match: in.Match,
		Conditions: given(conditionInputs(in.Conditions)), IsPrioritised: in.IsPrioritised, Weight: in.Weight, Teams: given(in.Teams),
		ClientMutationID: text(in.ClientMutationID),
	})
	found, err := problems(ctx, err)
	return &gql.UpdateContactGroupPayload{Group: g, Problems: found, ClientMutationID: in.ClientMutationID}, err
}

// DeleteContactGroup removes a group.
func (m mutation) DeleteContactGroup(ctx context.Context, in gql.DeleteContactGroupInput) (*gql.DeleteContactGroupPayload, error) {
	id, err := m.contacts.DeleteGroup(ctx, in.GroupID, in.ExpectedVersion, text(in.ClientMutationID))
	found, err := problems(ctx, err)
	payload := &gql.DeleteContactGroupPayload{Problems: found, ClientMutationID: in.ClientMutationID}
	if id != "" {
		payload.GroupID = &id
	}
	return payload, err
}

// conditionInputs reads conditions; nil stays nil, which a change tells from an empty list.
func conditionInputs(in []gql.GroupConditionInput) []contact.ConditionInput {
	if in == nil {
		return nil
	}
	out := make([]contact.ConditionInput, len(in))
	for i := range in {
		out[i] = conditionInput(&in[i])
	}
	return out
}

// conditionInput reads a condition, whose one member the door has seen to.
func conditionInput(in *gql.GroupConditionInput) contact.ConditionInput {
	switch {
	case in.Attribute != nil:
		return contact.ConditionInput{Subject: contact.SubjectAttribute, Key: in.Attribute.Key, Operator: in.Attribute.Operator, Values: in.Attribute.Values}
	case in.Network != nil:
		return contact.ConditionInput{Subject: contact.SubjectNetwork, Operator: in.Network.Operator, Networks: in.Network.Networks}
	case in.Validation != nil:
		return contact.ConditionInput{Subject: contact.SubjectValidation, Operator: in.Validation.Operator, States: in.Validation.States}
	case in.Vip != nil:
		return contact.ConditionInput{Subject: contact.SubjectVIP, IsVIP: *in.Vip}
	default:
		return contact.ConditionInput{}
	}
}
