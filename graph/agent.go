package graph

import (
	"context"

	"contactpanel/graph/internal/gql"
)

// DeactivatedAgents answers a page of the agents who are shut out.
func (q query) DeactivatedAgents(ctx context.Context, first *int, after *string, last *int, before *string) (*gql.DeactivatedAgentConnection, error) {
	p, err := q.contacts.DeactivatedAgents(ctx, pageArgs(ctx, first, after, last, before))
	if err != nil {
		return nil, err
	}
	c := &gql.DeactivatedAgentConnection{Nodes: orEmpty(p.Items), PageInfo: pageInfo(p), TotalCount: total(p.Total)}
	c.Edges = make([]gql.DeactivatedAgentEdge, len(p.Items))
	for i := range p.Items {
		c.Edges[i] = gql.DeactivatedAgentEdge{Cursor: p.Cursors[i], Node: &p.Items[i]}
	}
	return c, nil
}

// DeactivateAgent shuts an agent out.
func (m mutation) DeactivateAgent(ctx context.Context, in gql.DeactivateAgentInput) (*gql.DeactivateAgentPayload, error) {
	d, err := m.contacts.DeactivateAgent(ctx, in.AgentID, text(in.ClientMutationID))
	found, err := problems(ctx, err)
	return &gql.DeactivateAgentPayload{DeactivatedAgent: d, Problems: found, ClientMutationID: in.ClientMutationID}, err
}

// ReactivateAgent lets an agent in again.
func (m mutation) ReactivateAgent(ctx context.Context, in gql.ReactivateAgentInput) (*gql.ReactivateAgentPayload, error) {
	id, err := m.contacts.ReactivateAgent(ctx, in.AgentID, text(in.ClientMutationID))
	found, err := problems(ctx, err)
	payload := &gql.ReactivateAgentPayload{Problems: found, ClientMutationID: in.ClientMutationID}
	if id != "" {
		payload.AgentID = &id
	}
	return payload, err
}
