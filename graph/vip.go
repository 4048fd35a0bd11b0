package graph

import (
	"context"

	"contactpanel/contact"
	"contactpanel/graph/internal/gql"
)

// PromoteToVip makes a contact a VIP.
func (m mutation) PromoteToVip(ctx context.Context, in gql.PromoteToVipInput) (*gql.PromoteToVipPayload, error) {
	of, err := m.contacts.PromoteToVIP(ctx, contact.PromoteInput{
		Contact: in.ContactID, Reason: text(in.Reason), ExpiresAt: in.ExpiresAt, ClientMutationID: text(in.ClientMutationID),
	})
	found, err := problems(ctx, err)
	return &gql.PromoteToVipPayload{Contact: of, Problems: found, ClientMutationID: in.ClientMutationID}, err
}

// RemoveVip takes the VIP state away.
func (m mutation) RemoveVip(ctx context.Context, in gql.RemoveVipInput) (*gql.RemoveVipPayload, error) {
	of, err := m.contacts.RemoveVIP(ctx, in.ContactID, text(in.Reason), text(in.ClientMutationID))
	found, err := problems(ctx, err)
	return &gql.RemoveVipPayload{Contact: of, Problems: found, ClientMutationID: in.ClientMutationID}, err
}
