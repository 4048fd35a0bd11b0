package sqlite

import (
	"context"
	"database/sql"

	"contactpanel/contact"
)

const (
	eventColumns = `epoch, seq, type, subject, version, agent_id, agent_name, at, mutation_key`
	sqlEvents    = `SELECT ` + eventColumns + ` FROM events
		WHERE contact = (SELECT n FROM contacts WHERE org = ? AND id = ?) AND topic = ? AND seq > ? ORDER BY seq` + limited
	sqlAdvanceHead = `UPDATE heads SET seq = seq + 1
		WHERE contact = (SELECT n FROM contacts WHERE org = ? AND id = ?) AND topic = ? RETURNING contact, epoch, seq`
	sqlInsertEvent = `INSERT INTO events (contact, topic, seq, epoch, type, subject, version, agent_id, agent_name, at, mutation_key)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	sqlApplied    = `SELECT hash, result, at, coalesce(contact, '') FROM applied WHERE org = ? AND agent = ? AND key = ?`
	sqlPutApplied = `INSERT INTO applied (org, agent, key, hash, result, at, contact) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
		WHERE ?7 = '' OR EXISTS (SELECT 1 FROM contacts WHERE org = ?1 AND id = ?7)
		ON CONFLICT (org, agent, key) DO UPDATE SET hash = excluded.hash, result = excluded.result, at = excluded.at, contact = excluded.contact`
)

// Events implements [contact.LogReader].
func (r reader) Events(ctx context.Context, org contact.OrgID, of contact.ID, topic contact.Topic, after int64, limit int) ([]contact.Event, error) {
	rows, err := r.session.query(ctx, sqlEvents, string(org), string(of), string(topic), after, limit)
	events, err := collect(rows, err, func(rows *sql.Rows) (contact.Event, error) {
		e, err := scanEvent(rows)
		e.Contact, e.Topic = of, topic
		return e, err
	})
	return events, r.fail(err)
}

// scanEvent reads the event's columns and further ones.
func scanEvent(rows *sql.Rows, more ...any) (contact.Event, error) {
	var e contact.Event
	var at int64
	columns := []any{&e.Epoch, &e.Seq, &e.Type, &e.Subject, &e.Version, &e.Actor.ID, &e.Actor.Name, &at, &e.ClientMutationID}
	err := rows.Scan(append(columns, more...)...)
	e.At = moment(at)
	return e, err
}

// Append implements [contact.Tx].
func (t *tx) Append(ctx context.Context, org contact.OrgID, e contact.Event) (contact.Head, error) {
	var n int64
	rows, err := t.session.query(ctx, sqlAdvanceHead, string(org), string(e.Contact), string(e.Topic))
	heads, err := collect(rows, err, func(rows *sql.Rows) (head contact.Head, err error) {
		err = rows.Scan(&n, &head.Epoch, &head.Seq)
		return head, err
	})
	if err != nil {
		return contact.Head{}, t.fail(err)
	}
	if len(heads) == 0 {
		return contact.Head{}, contact.Errorf(contact.NotFound, "there is no such contact")
	}
	head := heads[0]
	_, err = t.exec(ctx, sqlInsertEvent, n, string(e.Topic), head.Seq, head.Epoch, string(e.Type), e.Subject, e.Version,
		string(e.Actor.ID), e.Actor.Name, millis(e.At), e.ClientMutationID)
	if err != nil {
		return contact.Head{}, err
	}
	e.Epoch, e.Seq, e.At = head.Epoch, head.Seq, moment(millis(e.At))
	if n := len(t.appended); n > 0 && t.appended[n-1].org == org {
		t.appended[n-1].events = append(t.appended[n-1].events, e)
	} else {
		t.appended = append(t.appended, appended{org, []contact.Event{e}})
	}
	return head, nil
}

// Applied implements [contact.LogReader].
func (r reader) Applied(ctx context.Context, org contact.OrgID, agent contact.ID, key string) (*contact.Applied, error) {
	rows, err := r.session.query(ctx, sqlApplied, string(org), string(agent), key)
	a, found, err := first(rows, err, func(rows *sql.Rows) (contact.Applied, error) {
		a := contact.Applied{Agent: agent, Key: key}
		var at int64
		err := rows.Scan(&a.Hash, &a.Result, &at, &a.Contact)
		a.At = moment(at)
		return a, err
	})
	if err != nil || !found {
		return nil, r.fail(err)
	}
	return &a, nil
}

// PutApplied implements [contact.Tx].
func (t *tx) PutApplied(ctx context.Context, org contact.OrgID, a contact.Applied) error {
	n, err := t.exec(ctx, sqlPutApplied, string(org), string(a.Agent), a.Key, a.Hash, a.Result, millis(a.At), string(a.Contact))
	if err == nil && n == 0 {
		return contact.Errorf(contact.NotFound, "there is no such contact")
	}
	return err
}
