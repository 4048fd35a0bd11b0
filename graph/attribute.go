package graph

import (
	"context"

	"contactpanel/contact"
	"contactpanel/graph/internal/gql"
)

// SetAttribute replaces the values of one attribute.
func (m mutation) SetAttribute(ctx context.Context, in gql.SetAttributeInput) (*gql.SetAttributePayload, error) {
	changed, err := m.contacts.SetAttribute(ctx, contact.AttributeChange{
		Contact: in.ContactID, Key: in.Key, Values: in.Values, ExpectedVersion: in.ExpectedVersion, ClientMutationID: text(in.ClientMutationID),
	})
	payload := &gql.SetAttributePayload{ClientMutationID: in.ClientMutationID}
	if changed != nil {
		payload.Attribute, payload.Contact = changed.Attribute, changed.Contact
	}
	payload.Problems, err = problems(ctx, err)
	return payload, err
}

// ClearAttribute empties one attribute.
func (m mutation) ClearAttribute(ctx context.Context, in gql.ClearAttributeInput) (*gql.ClearAttributePayload, error) {
	changed, err := m.contacts.ClearAttribute(ctx, in.ContactID, in.Key, in.ExpectedVersion, text(in.ClientMutationID))
	payload := &gql.ClearAttributePayload{ClientMutationID: in.ClientMutationID}
	if changed != nil {
		payload.Attribute, payload.Contact = changed.Attribute, changed.Contact
	}
	payload.Problems, err = problems(ctx, err)
	return payload, err
}
