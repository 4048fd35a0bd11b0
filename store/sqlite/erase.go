package sqlite

import (
	"context"
	"database/sql"
	"strconv"

	"contactpanel/contact"
)

const (
	sqlEraseStanding = `DELETE FROM notes INDEXED BY notes_standing WHERE org = ? AND contact = ? AND deleted IS NULL`
	sqlEraseDeleted  = `DELETE FROM notes INDEXED BY notes_deleted WHERE org = ? AND contact = ? AND deleted IS NOT NULL`

	sqlEraseEvents   = `DELETE FROM events WHERE contact = ?`
	sqlEraseHeads    = `DELETE FROM heads WHERE contact = ?`
	sqlEraseSearch   = `DELETE FROM search_keys WHERE contact = ?`
	sqlEraseLookups  = `DELETE FROM contact_lookups WHERE contact = ?`
	sqlEraseNetworks = `DELETE FROM contact_networks WHERE contact = ?`
	sqlEraseContact  = `DELETE FROM contacts WHERE n = ?`

	// Rows of before do not say what they tell of: the contact's id stands in the answer, between quotes, or it does not.
	sqlEraseApplied       = `DELETE FROM applied WHERE org = ? AND contact = ?`
	sqlEraseAppliedBefore = `DELETE FROM applied WHERE org = ? AND contact IS NULL AND instr(result, ?) > 0`

	sqlInsertErasure = `INSERT INTO erasures DEFAULT VALUES`
)

// erased is a contact that a transaction has erased.
type erased struct {
	org     contact.OrgID
	contact contact.ID
}

// EraseContact implements [contact.Tx]. What is left of it in the file goes after the commit: see purger.
func (t *tx) EraseContact(ctx context.Context, org contact.OrgID, of contact.ID) error {
	rows, err := t.session.query(ctx, sqlContactNumber, string(org), string(of))
	n, isKnown, err := first(rows, err, scanOne[int64])
	if err != nil {
		return t.fail(err)
	}
	if !isKnown {
		return contact.Errorf(contact.NotFound, "there is no such contact")
	}
	for _, part := range []struct {
		text string
		args []any
	}{
		{sqlEraseStanding, []any{string(org), string(of)}},
		{sqlEraseDeleted, []any{string(org), string(of)}},
		{sqlEraseApplied, []any{string(org), string(of)}},
		{sqlEraseAppliedBefore, []any{string(org), quoted(of)}},
		{sqlEraseEvents, []any{n}},
		{sqlEraseHeads, []any{n}},
		{sqlEraseSearch, []any{n}},
		{sqlEraseLookups, []any{n}},
		{sqlEraseNetworks, []any{n}},
		{sqlEraseContact, []any{n}},
		{sqlInsertErasure, nil},
	} {
		if _, err := t.exec(ctx, part.text, part.args...); err != nil {
			return err
		}
	}
	t.erased = append(t.erased, erased{org, of})
	return nil
}

// quoted is an id as it stands in an answer.
func quoted(id contact.ID) []byte { return strconv.AppendQuote(nil, string(id)) }

const (
	sqlWalkOneContact = selectContact + fromContact + ` WHERE c.org = ? AND c.id = ?`
	sqlWalkStanding   = `SELECT ` + noteColumns + fromStanding + ` ORDER BY created DESC, id DESC`
	sqlWalkDeleted    = `SELECT ` + noteColumns + fromDeleted + ` ORDER BY deleted DESC, id DESC`
	sqlWalkEvents     = `SELECT ` + eventColumns + `, topic FROM events
		WHERE contact = (SELECT n FROM contacts WHERE org = ? AND id = ?) ORDER BY topic, seq`
	// Two parts that are merged: with OR, SQLite goes through all remembered writes of the organisation, in their order.
	sqlWalkAppliedOf = `SELECT ` + appliedColumns + ` FROM applied INDEXED BY applied_by_contact WHERE org = ?1 AND contact = ?2
		UNION ALL SELECT ` + appliedColumns + ` FROM applied INDEXED BY applied_by_contact
		WHERE org = ?1 AND contact IS NULL AND instr(result, ?3) > 0 ORDER BY agent, key`
	sqlWalkAuditOf = `SELECT ` + auditColumns + ` FROM audit WHERE org = ? AND contact = ? AND contact <> '' ORDER BY at DESC, id DESC`
)

// WalkContact implements [contact.ContactWalker].
func (s *Store) WalkContact(ctx context.Context, org contact.OrgID, of contact.ID, visit func(contact.ContactRow) error) error {
	return takeWalk(ctx, s, visit, func(ctx context.Context, w *walk[contact.ContactRow]) error { return walkOne(ctx, w, org, of) })
}

// walkOne shows everything of one contact.
func walkOne(ctx context.Context, w *walk[contact.ContactRow], org contact.OrgID, of contact.ID) error {
	isThere := false
	for _, part := range []struct {
		text string
		scan func(*sql.Rows) (contact.ContactRow, error)
		args []any
	}{
		{sqlWalkOneContact, func(rows *sql.Rows) (contact.ContactRow, error) {
			c, err := scanContactOnly(rows)
			isThere = true
			return contact.ContactRow{Contact: &c}, err
		}, nil},
		{sqlWalkStanding, rowOfNote, nil},
		{sqlWalkDeleted, rowOfNote, nil},
		{sqlWalkEvents, func(rows *sql.Rows) (contact.ContactRow, error) {
			var topic contact.Topic
			e, err := scanEvent(rows, &topic)
			e.Contact, e.Topic = of, topic
			return contact.ContactRow{Event: &e}, err
		}, nil},
		{sqlWalkAppliedOf, func(rows *sql.Rows) (contact.ContactRow, error) {
			a, err := scanApplied(rows)
			return contact.ContactRow{Applied: &a}, err
		}, []any{quoted(of)}},
		{sqlWalkAuditOf, func(rows *sql.Rows) (contact.ContactRow, error) {
			e, err := scanAudit(rows)
			return contact.ContactRow{Audit: &e}, err
		}, nil},
	} {
		if err := w.rows(ctx, part.text, part.scan, append([]any{string(org), string(of)}, part.args...)...); err != nil {
			return err
		}
		if !isThere {
			return contact.Errorf(contact.NotFound, "there is no such contact")
		}
	}
	return nil
}

func rowOfNote(rows *sql.Rows) (contact.ContactRow, error) {
	n, err := scanNote(rows)
	return contact.ContactRow{Note: &n}, err
}
