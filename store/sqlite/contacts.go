package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"contactpanel/contact"
	"contactpanel/store/internal/record"
)

const (
	// One statement reads the contact, its heads and its organisation's catalog version, all of one moment.
	selectContact = `SELECT c.n, c.id, c.created, c.updated, c.vip, c.vip_expires, c.document, coalesce(o.catalog_version, 0),
		coalesce(nh.epoch, 0), coalesce(nh.seq, 0), coalesce(eh.epoch, 0), coalesce(eh.seq, 0)`
	fromContact = ` FROM contacts c LEFT JOIN organisations o ON o.org = c.org
		LEFT JOIN heads nh ON nh.contact = c.n AND nh.topic = 'NOTES'
		LEFT JOIN heads eh ON eh.contact = c.n AND eh.topic = 'CONTACT'`

	sqlContacts          = selectContact + fromContact + ` WHERE c.org = ? AND c.id IN (SELECT value FROM json_each(?))`
	sqlContactsByNumbers = selectContact + fromContact + ` WHERE c.n IN (SELECT value FROM json_each(?))`
	sqlContactByKey      = selectContact + fromContact + ` WHERE c.n = (SELECT contact FROM contact_lookups
		WHERE org = ? AND kind = ? AND value = ? LIMIT 1)`

	selectHolders = `SELECT c.id FROM contact_lookups l CROSS JOIN contacts c ON c.n = l.contact WHERE l.org = ? AND l.kind = ? AND l.value = ?`
	sqlHolders    = selectHolders + ` LIMIT 2`
	// Most keys of a new contact are held by nobody: one statement says which are. A key travels as [kind, value].
	sqlHeld = `SELECT k.key FROM json_each(?2) k WHERE EXISTS (SELECT 1 FROM contact_lookups l
		WHERE l.org = ?1 AND l.kind = k.value ->> 0 AND l.value = k.value ->> 1)`
	sqlFits = selectHolders + ` AND l.number IN ('', ?) LIMIT 2`
)

// contactRow is a contact with its number in the file.
type contactRow struct {
	n       int64
	contact contact.Contact
}

// Contacts implements [contact.ContactReader].
func (r reader) Contacts(ctx context.Context, org contact.OrgID, ids []contact.ID) ([]contact.Contact, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, r.fail(err)
	}
	rows, err := r.session.query(ctx, sqlContacts, string(org), string(list))
	found, err := collect(rows, err, scanContactOnly)
	return found, r.fail(err)
}

// ContactByKey implements [contact.ContactReader].
func (r reader) ContactByKey(ctx context.Context, org contact.OrgID, key contact.LookupKey) (*contact.Contact, error) {
	rows, err := r.session.query(ctx, sqlContactByKey, string(org), string(key.Kind), key.Value)
	c, found, err := first(rows, err, scanContactOnly)
	if err != nil || !found {
		return nil, r.fail(err)
	}
	return &c, nil
}

// Match implements [contact.ContactReader].
func (r reader) Match(ctx context.Context, org contact.OrgID, keys []contact.LookupKey, number string) ([]contact.KeyMatch, error) {
	pairs := make([][2]string, len(keys))
	for i, key := range keys {
		pairs[i] = [2]string{string(key.Kind), key.Value}
	}
	list, err := json.Marshal(pairs)
	if err != nil {
		return nil, r.fail(err)
	}
	rows, err := r.session.query(ctx, sqlHeld, string(org), string(list))
	held, err := collect(rows, err, scanOne[int])
	if err != nil {
		return nil, r.fail(err)
	}
	out := make([]contact.KeyMatch, len(keys))
	for i, key := range keys {
		out[i] = contact.KeyMatch{Key: key}
		if !slices.Contains(held, i) {
			continue
		}
		if out[i], err = r.match(ctx, org, key, number); err != nil {
			return nil, r.fail(err)
		}
	}
	return out, nil
}

func (r reader) match(ctx context.Context, org contact.OrgID, key contact.LookupKey, number string) (contact.KeyMatch, error) {
	m := contact.KeyMatch{Key: key}
	holders := func() ([]contact.ID, error) {
		rows, err := r.session.query(ctx, sqlHolders, string(org), string(key.Kind), key.Value)
		return collect(rows, err, scanOne[contact.ID])
	}
	var err error
	if number == "" {
		m.Fits, err = holders()
		m.IsHeld = len(m.Fits) > 0
		return m, err
	}
	rows, err := r.session.query(ctx, sqlFits, string(org), string(key.Kind), key.Value, number)
	if m.Fits, err = collect(rows, err, scanOne[contact.ID]); err != nil || len(m.Fits) > 0 {
		m.IsHeld = true
		return m, err
	}
	all, err := holders()
	m.IsHeld = len(all) > 0
	return m, err
}

func scanContactOnly(rows *sql.Rows) (contact.Contact, error) {
	row, err := scanContact(rows)
	return row.contact, err
}

func scanContact(rows *sql.Rows) (contactRow, error) {
	var row contactRow
	c := &row.contact
	var created, updated int64
	var expires *int64
	var raw sql.RawBytes
	if err := rows.Scan(&row.n, &c.ID, &created, &updated, &c.VIP.IsVIP, &expires, &raw, &c.CatalogVersion,
		&c.NotesHead.Epoch, &c.NotesHead.Seq, &c.EventsHead.Epoch, &c.EventsHead.Seq); err != nil {
		return row, err
	}
	c.CreatedAt, c.UpdatedAt, c.VIP.ExpiresAt = moment(created), moment(updated), optionalMoment(expires)
	var document record.Contact
	if err := decode(raw, &document); err != nil {
		return row, err
	}
	document.Fill(c)
	return row, nil
}
