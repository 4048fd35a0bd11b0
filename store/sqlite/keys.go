package sqlite

import (
	"context"
	"database/sql"

	"contactpanel/contact"
)

// renewBatch is for how many contacts one transaction makes keys: few enough that a change does not wait long.
const renewBatch = 100

const (
	sqlCountOldKeys = `SELECT count(*) FROM contacts INDEXED BY contacts_by_key_rules WHERE key_rules < ?`
	sqlOldKeys      = `SELECT n, org FROM contacts INDEXED BY contacts_by_key_rules WHERE key_rules < ?` + limited
	sqlContactByN   = selectContact + fromContact + ` WHERE c.n = ?`
	sqlRenewSort    = `UPDATE contacts SET sort_key = ?, key_rules = ? WHERE n = ?`
)

// oldContact is a contact whose keys older rules made.
type oldContact struct {
	n   int64
	org contact.OrgID
}

// OldKeys implements [contact.KeyRenewer].
func (s *Store) OldKeys(ctx context.Context, rules int) (n int, err error) {
	if err := s.life.Enter(); err != nil {
		return 0, err
	}
	defer s.life.Leave()
	err = s.readers.read(ctx, false, func(in session) error {
		n, err = number(in.query(ctx, sqlCountOldKeys, rules))
		return err
	})
	return n, translate(err)
}

// RenewKeys implements [contact.KeyRenewer].
func (s *Store) RenewKeys(ctx context.Context, rules int, index func(*contact.Contact) contact.ContactIndex) (int, error) {
	if err := s.life.Enter(); err != nil {
		return 0, err
	}
	defer s.life.Leave()
	var found []oldContact
	err := s.writer.do(ctx, func(ctx context.Context, t *tx) (err error) {
		rows, err := t.session.query(ctx, sqlOldKeys, rules, renewBatch)
		if found, err = collect(rows, err, scanOldContact); err != nil {
			return t.fail(err)
		}
		for _, of := range found {
			if err := t.renewKeys(ctx, of, index); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(found), nil
}

func scanOldContact(rows *sql.Rows) (of oldContact, err error) {
	err = rows.Scan(&of.n, &of.org)
	return of, err
}

// renewKeys makes the keys of one contact anew. Contacts are read one by one, because a hundred may be large.
func (t *tx) renewKeys(ctx context.Context, of oldContact, index func(*contact.Contact) contact.ContactIndex) error {
	rows, err := t.session.query(ctx, sqlContactByN, of.n)
	row, _, err := first(rows, err, scanContact) // it is there: it was found in this transaction
	if err != nil {
		return t.fail(err)
	}
	made := index(&row.contact)
	if _, err := t.exec(ctx, sqlRenewSort, made.Sort, made.Rules, of.n); err != nil {
		return err
	}
	return t.putSearchKeys(ctx, of.org, of.n, true, made.Search)
}
