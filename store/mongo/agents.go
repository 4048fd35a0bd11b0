package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"contactpanel/contact"
	"contactpanel/store/internal/record"
)

type deactivatedRow struct {
	Key   string       `bson:"_id"`
	Org   string       `bson:"org"`
	Agent string       `bson:"agent"`
	Since time.Time    `bson:"since"`
	By    record.Agent `bson:"by"`
}

func deactivatedToRow(org contact.OrgID, d *contact.DeactivatedAgent) deactivatedRow {
	return deactivatedRow{keyOf(org, string(d.AgentID)), string(org), string(d.AgentID), moment(d.Since), record.Agent(d.By)}
}

func (r *deactivatedRow) agent() contact.DeactivatedAgent {
	return contact.DeactivatedAgent{AgentID: contact.ID(r.Agent), Since: r.Since, By: r.By.Agent()}
}

// DeactivatedAgents implements [contact.AgentReader].
func (r reader) DeactivatedAgents(ctx context.Context, org contact.OrgID) ([]contact.DeactivatedAgent, error) {
	return find(ctx, r, deactivatedAgents, allOf(org), options.Find().SetHint(indexID), (*deactivatedRow).agent)
}

// PutDeactivatedAgent implements [contact.Tx].
func (t *tx) PutDeactivatedAgent(ctx context.Context, org contact.OrgID, d contact.DeactivatedAgent) error {
	row := deactivatedToRow(org, &d)
	return t.changeAgents(ctx, put(deactivatedAgents, row.Key, row))
}

// RemoveDeactivatedAgent implements [contact.Tx].
func (t *tx) RemoveDeactivatedAgent(ctx context.Context, org contact.OrgID, agent contact.ID) error {
	return t.changeAgents(ctx, write{collection: deactivatedAgents, filter: bson.D{{Key: "_id", Value: keyOf(org, string(agent))}}})
}

// changeAgents writes an agent, and into the organisation, which makes two transactions that change agents conflict: each may
// have looked for what the other one writes.
func (t *tx) changeAgents(ctx context.Context, agent write) error {
	if _, err := t.Organisation(ctx, t.org); err != nil {
		return err
	}
	t.pending = append(t.pending, write{
		collection: organisations, filter: bson.D{{Key: "_id", Value: string(t.org)}},
		update: bson.D{{Key: "$inc", Value: bson.D{{Key: "agentChanges", Value: 1}}}}, isKnown: true,
	}, agent)
	return nil
}
