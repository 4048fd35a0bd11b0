package graph

import (
	"context"

	"contactpanel/graph/internal/gql"
)

// EraseContact removes a contact for good.
func (m mutation) EraseContact(ctx context.Context, in gql.EraseContactInput) (*gql.EraseContactPayload, error) {
	id, err := m.contacts.EraseContact(ctx, in.ContactID, text(in.ClientMutationID))
	payload := &gql.EraseContactPayload{ClientMutationID: in.ClientMutationID}
	if err == nil {
		payload.ContactID = &id
	}
	payload.Problems, err = problems(ctx, err)
	return payload, err
}
