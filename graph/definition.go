package graph

import (
	"context"

	"contactpanel/contact"
	"contactpanel/graph/internal/gql"
)

// AttributeDefinitions answers what the organisation keeps about contacts.
func (q query) AttributeDefinitions(ctx context.Context, includeArchived bool) ([]contact.AttributeDefinition, error) {
	catalog, err := q.contacts.Catalog(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]contact.AttributeDefinition, 0, len(catalog.Definitions))
	for _, d := range catalog.Definitions {
		if d.ArchivedAt == nil || includeArchived {
			out = append(out, *d)
		}
	}
	return out, nil
}

// PatternHint reads the wordings of a hint.
func (rulesInput) PatternHint(_ context.Context, rules *contact.RuleSet, hint []contact.LocalisedText) error {
	rules.PatternHint = hint
	return nil
}

// Labels reads the wordings of a choice.
func (choiceInput) Labels(_ context.Context, o *contact.ChoiceOption, labels []contact.LocalisedText) error {
	o.Labels = labels
	return nil
}

// CreateAttributeDefinition makes a definition.
func (m mutation) CreateAttributeDefinition(ctx context.Context, in gql.CreateAttributeDefinitionInput) (*gql.CreateAttributeDefinitionPayload, error) {
	create := contact.DefinitionInput{
		Key: in.Key, Kind: in.Kind, ValueType: in.ValueType, IsList: in.IsList, Labels: in.Labels, Descriptions: in.Descriptions,
		Section: in.Section, Order: in.Order, Readers: in.Readers, Editors: in.Editors, ClientMutationID: text(in.ClientMutationID),
	}
	if in.Rules != nil {
		create.Rules = *in.Rules
	}
	d, err := m.contacts.CreateDefinition(ctx, create)
	found, err := problems(ctx, err)
	return &gql.CreateAttributeDefinitionPayload{Definition: d, Problems: found, ClientMutationID: in.ClientMutationID}, err
}

// UpdateAttributeDefinition changes wordings, place, rules or rights.
func (m mutation) UpdateAttributeDefinition(ctx context.Context, in gql.UpdateAttributeDefinitionInput) (*gql.UpdateAttributeDefinitionPayload, error) {
	d, err := m.contacts.UpdateDefinition(ctx, contact.DefinitionChange{
		Key: in.Key, ExpectedVersion: in.ExpectedVersion, Labels: (*contact.Localised)(given(in.Labels)), Descriptions: (*contact.Localised)(given(in.Descriptions)),
		Section: in.Section, Order: in.Order, Rules: in.Rules, Readers: given(in.Readers), Editors: given(in.Editors), ClientMutationID: text(in.ClientMutationID),
	})
	found, err := problems(ctx, err)
	return &gql.UpdateAttributeDefinitionPayload{Definition: d, Problems: found, ClientMutationID: in.ClientMutationID}, err
}

// given tells a list that was given, even an empty one, from none.
func given[T any](list []T) *[]T {
	if list == nil {
		return nil
	}
	return &list
}

// ArchiveAttributeDefinition takes a definition out of the panel.
func (m mutation) ArchiveAttributeDefinition(ctx context.Context, in gql.ArchiveAttributeDefinitionInput) (*gql.ArchiveAttributeDefinitionPayload, error) {
	d, err := m.contacts.ArchiveDefinition(ctx, in.Key, in.ExpectedVersion, text(in.ClientMutationID))
	found, err := problems(ctx, err)
	return &gql.ArchiveAttributeDefinitionPayload{Definition: d, Problems: found, ClientMutationID: in.ClientMutationID}, err
}

// RestoreAttributeDefinition brings an archived definition back.
func (m mutation) RestoreAttributeDefinition(ctx context.Context, in gql.RestoreAttributeDefinitionInput) (*gql.RestoreAttributeDefinitionPayload, error) {
	d, err := m.contacts.RestoreDefinition(ctx, in.Key, in.ExpectedVersion, text(in.ClientMutationID))
	found, err := problems(ctx, err)
	return &gql.RestoreAttributeDefinitionPayload{Definition: d, Problems: found, ClientMutationID: in.ClientMutationID}, err
}

// OrderAttributeDefinitions puts definitions in order.
func (m mutation) OrderAttributeDefinitions(ctx context.Context, in gql.OrderAttributeDefinitionsInput) (*gql.OrderAttributeDefinitionsPayload, error) {
	ordered, err := m.contacts.OrderDefinitions(ctx, in.Section, in.Definitions, text(in.ClientMutationID))
	payload := &gql.OrderAttributeDefinitionsPayload{ClientMutationID: in.ClientMutationID}
	for _, d := range ordered {
		payload.Definitions = append(payload.Definitions, *d)
	}
	payload.Problems, err = problems(ctx, err)
	return payload, err
}
