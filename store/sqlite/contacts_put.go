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
	sqlContactNumber = `SELECT n FROM contacts WHERE org = ? AND id = ?`
	sqlKeyHolder     = `SELECT contact FROM contact_lookups WHERE org = ? AND kind = 'PROFILE' AND value = ?`
	sqlInsertContact = `INSERT INTO contacts (sort_key, key_rules, created, updated, vip, vip_expires, document, org, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlUpdateContact = `UPDATE contacts SET sort_key = ?, key_rules = ?, created = ?, updated = ?, vip = ?, vip_expires = ?, document = ? WHERE n = ?`
	sqlInsertHead    = `INSERT INTO heads (contact, topic, epoch, seq) VALUES (?, ?, ?, 0)`

	sqlSearchKeys       = `SELECT key FROM search_keys WHERE contact = ?`
	sqlInsertSearchKeys = `INSERT INTO search_keys (org, contact, key) SELECT ?1, ?2, value FROM json_each(?3)`
	sqlDeleteSearchKeys = `DELETE FROM search_keys WHERE org = ?1 AND contact = ?2 AND key IN (SELECT value FROM json_each(?3))`

	sqlNetworks       = `SELECT network FROM contact_networks WHERE contact = ?`
	sqlInsertNetworks = `INSERT INTO contact_networks (org, contact, network) SELECT ?1, ?2, value FROM json_each(?3)`
	sqlDeleteNetworks = `DELETE FROM contact_networks WHERE org = ?1 AND contact = ?2 AND network IN (SELECT value FROM json_each(?3))`

	// A lookup key travels as [kind, value, number].
	sqlLookups       = `SELECT kind, value, number FROM contact_lookups WHERE contact = ?`
	sqlInsertLookups = `INSERT INTO contact_lookups (org, contact, kind, value, number)
		SELECT ?1, ?2, value ->> 0, value ->> 1, value ->> 2 FROM json_each(?3)`
	sqlDeleteLookups = `DELETE FROM contact_lookups WHERE org = ?1 AND contact = ?2
		AND (kind, value, number) IN (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?3))`
)

// lookupRow is a lookup key with the customer number of its contact.
type lookupRow [3]string

// PutContact implements [contact.Tx]. Keys that stay are not written again: most edits change none.
func (t *tx) PutContact(ctx context.Context, org contact.OrgID, c contact.Contact, index contact.ContactIndex) error {
	rows, err := t.session.query(ctx, sqlContactNumber, string(org), string(c.ID))
	n, isKnown, err := first(rows, err, scanOne[int64])
	if err != nil {
		return t.fail(err)
	}
	if err := t.checkFree(ctx, org, n, index.Lookup); err != nil {
		return err
	}
	if isKnown {
		err = t.updateContact(ctx, n, &c, &index)
	} else {
		n, err = t.insertContact(ctx, org, &c, &index)
	}
	if err != nil {
		return err
	}
	return t.putKeys(ctx, org, n, isKnown, &c, index)
}

// checkFree refuses keys that others hold before anything is written, so that a refusal leaves nothing even when the
// transaction goes on.
func (t *tx) checkFree(ctx context.Context, org contact.OrgID, n int64, keys []contact.LookupKey) error {
	for _, key := range keys {
		if key.Kind != contact.LookupProfile {
			continue
		}
		rows, err := t.session.query(ctx, sqlKeyHolder, string(org), key.Value)
		holder, isHeld, err := first(rows, err, scanOne[int64])
		if err != nil {
			return t.fail(err)
		}
		if isHeld && holder != n {
			return contact.FieldErrorf(contact.Taken, "handle", "this profile belongs to another contact")
		}
	}
	return nil
}

func (t *tx) updateContact(ctx context.Context, n int64, c *contact.Contact, index *contact.ContactIndex) error {
	args, err := contactArgs(c, index)
	if err != nil {
		return t.fail(err)
	}
	_, err = t.exec(ctx, sqlUpdateContact, append(args, n)...)
	return err
}

// insertContact makes the contact and the heads of its two topics.
func (t *tx) insertContact(ctx context.Context, org contact.OrgID, c *contact.Contact, index *contact.ContactIndex) (int64, error) {
	args, err := contactArgs(c, index)
	if err != nil {
		return 0, t.fail(err)
	}
	n, err := t.insert(ctx, sqlInsertContact, append(args, string(org), string(c.ID))...)
	if err != nil {
		return 0, err
	}
	for _, topic := range []contact.Topic{contact.TopicNotes, contact.TopicContact} {
		if _, err := t.exec(ctx, sqlInsertHead, n, string(topic), contact.NewEpoch()); err != nil {
			return 0, err
		}
	}
	return n, nil
}

func contactArgs(c *contact.Contact, index *contact.ContactIndex) ([]any, error) {
	document, err := encode(record.OfContact(c))
	return []any{index.Sort, index.Rules, millis(c.CreatedAt), millis(c.UpdatedAt), c.VIP.IsVIP, optionalMillis(c.VIP.ExpiresAt), document}, err
}

func (t *tx) putKeys(ctx context.Context, org contact.OrgID, n int64, isKnown bool, c *contact.Contact, index contact.ContactIndex) error {
	lookups := make([]lookupRow, 0, len(index.Lookup))
	for _, key := range index.Lookup {
		lookups = append(lookups, lookupRow{string(key.Kind), key.Value, index.Number})
	}
	networks := make([]string, 0, len(c.Profiles))
	for _, p := range c.Profiles {
		networks = append(networks, string(p.Network))
	}
	if err := t.putSearchKeys(ctx, org, n, isKnown, index.Search); err != nil {
		return err
	}
	if err := replace(ctx, t, org, n, isKnown, networks, keyTable[string]{
		sqlNetworks, sqlInsertNetworks, sqlDeleteNetworks, scanOne[string],
	}); err != nil {
		return err
	}
	return replace(ctx, t, org, n, isKnown, lookups, keyTable[lookupRow]{
		sqlLookups, sqlInsertLookups, sqlDeleteLookups, func(rows *sql.Rows) (l lookupRow, err error) {
			err = rows.Scan(&l[0], &l[1], &l[2])
			return l, err
		},
	})
}

func (t *tx) putSearchKeys(ctx context.Context, org contact.OrgID, n int64, isKnown bool, keys []string) error {
	return replace(ctx, t, org, n, isKnown, keys, keyTable[string]{sqlSearchKeys, sqlInsertSearchKeys, sqlDeleteSearchKeys, scanOne[string]})
}

// keyTable is a table of keys of contacts: how to read those of one contact, add some and remove some.
type keyTable[K comparable] struct {
	read, add, remove string
	scan              func(*sql.Rows) (K, error)
}

// replace makes the contact's keys in a table be the wanted ones.
func replace[K comparable](ctx context.Context, t *tx, org contact.OrgID, n int64, isKnown bool, wanted []K, table keyTable[K]) error {
	var old []K
	if isKnown {
		rows, err := t.session.query(ctx, table.read, n)
		if old, err = collect(rows, err, table.scan); err != nil {
			return t.fail(err)
		}
	}
	// Removing comes first: the same profile may come back with another number.
	if err := changeKeys(ctx, t, table.remove, org, n, without(old, wanted)); err != nil {
		return err
	}
	return changeKeys(ctx, t, table.add, org, n, without(wanted, old))
}

func changeKeys[K comparable](ctx context.Context, t *tx, text string, org contact.OrgID, n int64, keys []K) error {
	if len(keys) == 0 {
		return nil
	}
	list, err := json.Marshal(keys)
	if err != nil {
		return t.fail(err)
	}
	_, err = t.exec(ctx, text, string(org), n, string(list))
	return err
}

// without gives the items of a that are not in b, each once.
func without[K comparable](a, b []K) []K {
	var out []K
	for _, k := range a {
		if !slices.Contains(b, k) && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}
