package sqlite

import (
	"context"
	"database/sql"

	"contactpanel/contact"
)

const (
	sqlDeactivatedAgents = `SELECT agent, since, by_id, by_name FROM deactivated_agents WHERE org = ? ORDER BY agent`

	// It finds out whether there is such an organisation.
	sqlPutDeactivatedAgent = `INSERT INTO deactivated_agents (org, agent, since, by_id, by_name)
		SELECT org, ?2, ?3, ?4, ?5 FROM organisations WHERE org = ?1
		ON CONFLICT (org, agent) DO UPDATE SET since = excluded.since, by_id = excluded.by_id, by_name = excluded.by_name`
	sqlRemoveDeactivatedAgent = `DELETE FROM deactivated_agents WHERE org = ? AND agent = ?`
)

// DeactivatedAgents implements [contact.AgentReader].
func (r reader) DeactivatedAgents(ctx context.Context, org contact.OrgID) ([]contact.DeactivatedAgent, error) {
	rows, err := r.session.query(ctx, sqlDeactivatedAgents, string(org))
	found, err := collect(rows, err, scanDeactivatedAgent)
	return found, r.fail(err)
}

func scanDeactivatedAgent(rows *sql.Rows) (contact.DeactivatedAgent, error) {
	var d contact.DeactivatedAgent
	var since int64
	err := rows.Scan(&d.AgentID, &since, &d.By.ID, &d.By.Name)
	d.Since = moment(since)
	return d, err
}

// PutDeactivatedAgent implements [contact.Tx].
func (t *tx) PutDeactivatedAgent(ctx context.Context, org contact.OrgID, d contact.DeactivatedAgent) error {
	put, err := t.exec(ctx, sqlPutDeactivatedAgent, string(org), string(d.AgentID), millis(d.Since), string(d.By.ID), d.By.Name)
	if err == nil && put == 0 {
		return noOrganisation()
	}
	return err
}

// RemoveDeactivatedAgent implements [contact.Tx].
func (t *tx) RemoveDeactivatedAgent(ctx context.Context, org contact.OrgID, agent contact.ID) error {
	removed, err := t.exec(ctx, sqlRemoveDeactivatedAgent, string(org), string(agent))
	if err != nil || removed > 0 {
		return err
	}
	_, err = t.Organisation(ctx, org)
	return err
}
