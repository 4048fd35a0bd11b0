package graph

import (
	"context"

	"contactpanel/contact"
	"contactpanel/graph/internal/gql"
)

// AttributeSections answers the sections of the panel.
func (q query) AttributeSections(ctx context.Context) ([]contact.SectionDefinition, error) {
	catalog, err := q.contacts.Catalog(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]contact.SectionDefinition, 0, len(catalog.Sections))
	for _, s := range catalog.Sections {
		out = append(out, *s)
	}
	return out, nil
}

// CreateAttributeSection makes a section.
func (m mutation) CreateAttributeSection(ctx context.Context, in gql.CreateAttributeSectionInput) (*gql.CreateAttributeSectionPayload, error) {
	s, err := m.contacts.CreateSection(ctx, contact.SectionInput{
		Key: in.Key, Labels: in.Labels, Order: in.Order, ClientMutationID: text(in.ClientMutationID),
	})
	found, err := problems(ctx, err)
	return &gql.CreateAttributeSectionPayload{Section: s, Problems: found, ClientMutationID: in.ClientMutationID}, err
}

// UpdateAttributeSection changes a section's wordings or place.
func (m mutation) UpdateAttributeSection(ctx context.Context, in gql.UpdateAttributeSectionInput) (*gql.UpdateAttributeSectionPayload, error) {
	s, err := m.contacts.UpdateSection(ctx, contact.SectionChange{
		Key: in.Key, ExpectedVersion: in.ExpectedVersion, Labels: (*contact.Localised)(given(in.Labels)), Order: in.Order, ClientMutationID: text(in.ClientMutationID),
	})
	found, err := problems(ctx, err)
	return &gql.UpdateAttributeSectionPayload{Section: s, Problems: found, ClientMutationID: in.ClientMutationID}, err
}
