package contact

import (
	"context"
	"errors"
	"slices"
)

// flush writes the batch in one transaction.
func (l *loading) flush(ctx context.Context) error {
	err := l.contacts.store.Update(ctx, l.org, func(ctx context.Context, tx Tx) error {
		if err := l.stillHidden(ctx, tx); err != nil {
			return err
		}
		for _, row := range l.batch {
			if row.Contact == nil {
				continue
			}
			if err := tx.PutContact(ctx, l.org, *row.Contact, l.contacts.index(row.Contact)); err != nil {
				return row.blame(err)
			}
		}
		isThere, err := l.contactsOf(ctx, tx)
		if err != nil {
			return err
		}
		for _, row := range l.batch {
			if err := l.put(ctx, tx, row, isThere); err != nil {
				return row.blame(err)
			}
		}
		return nil
	})
	if err == nil {
		clear(l.batch)
		l.batch, l.bytes = l.batch[:0], 0
	}
	return err
}

// stillHidden sees to it that nothing is written into an organisation that can be seen: another load may have been faster.
func (l *loading) stillHidden(ctx context.Context, tx Tx) error {
	found, err := tx.Organisation(ctx, l.org)
	if err == nil && found.CatalogVersion > 0 {
		err = alreadyThere()
	}
	return err
}

// put writes a row that is no contact. A remembered write whose contact is not there tells of an erased one, and is left out.
func (l *loading) put(ctx context.Context, tx Tx, row batchRow, isThere map[ID]bool) error {
	switch {
	case row.Agent != nil:
		return tx.PutDeactivatedAgent(ctx, l.org, *row.Agent)
	case row.Note != nil && !isThere[row.Note.Contact]:
		return FieldErrorf(NotFound, "contact", "there is no such contact")
	case row.Note != nil:
		return tx.PutNote(ctx, l.org, *row.Note)
	case row.Applied != nil:
		applied := *row.Applied
		if applied.Contact = contactIn(applied.Result); applied.Contact != "" && !isThere[applied.Contact] {
			return nil
		}
		return tx.PutApplied(ctx, l.org, applied)
	case row.Audit != nil:
		return tx.PutAudit(ctx, l.org, *row.Audit)
	}
	return nil
}

// blame says which row was refused. A fault of the store is nobody's.
func (r batchRow) blame(err error) error {
	var e *Error
	if errors.As(err, &e) && e.IsRefusal() {
		return &RowError{r.line, r.Kind(), err}
	}
	return err
}

// contactsOf says which contacts of the batch's notes and remembered writes are there.
func (l *loading) contactsOf(ctx context.Context, tx Tx) (isThere map[ID]bool, err error) {
	var of []ID
	for _, row := range l.batch {
		switch {
		case row.Note != nil:
			of = append(of, row.Note.Contact)
		case row.Applied != nil:
			of = append(of, contactIn(row.Applied.Result))
		}
	}
	slices.Sort(of)
	of = slices.Compact(of)
	isThere = make(map[ID]bool, len(of))
	for some := range slices.Chunk(of, MaxPageSize) {
		found, err := tx.Contacts(ctx, l.org, some)
		if err != nil {
			return nil, err
		}
		for i := range found {
			isThere[found[i].ID] = true
		}
	}
	return isThere, nil
}
