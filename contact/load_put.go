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
		if err := l.checkNotes(ctx, tx); err != nil {
			return err
		}
		for _, row := range l.batch {
			if err := l.put(ctx, tx, row); err != nil {
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

// put writes a row that is no contact.
func (l *loading) put(ctx context.Context, tx Tx, row batchRow) error {
	switch {
	case row.Agent != nil:
		return tx.PutDeactivatedAgent(ctx, l.org, *row.Agent)
	case row.Note != nil:
		return tx.PutNote(ctx, l.org, *row.Note)
	case row.Applied != nil:
		applied := *row.Applied
		applied.Contact = contactIn(applied.Result)
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

// checkNotes sees to it that the contacts of the batch's notes are there.
func (l *loading) checkNotes(ctx context.Context, tx Tx) error {
	var of []ID
	for _, row := range l.batch {
		if row.Note != nil && !slices.Contains(of, row.Note.Contact) {
			of = append(of, row.Note.Contact)
		}
	}
	isThere := make(map[ID]bool, len(of))
	for some := range slices.Chunk(of, MaxPageSize) {
		found, err := tx.Contacts(ctx, l.org, some)
		if err != nil {
			return err
		}
		for i := range found {
			isThere[found[i].ID] = true
		}
	}
	for _, row := range l.batch {
		if row.Note != nil && !isThere[row.Note.Contact] {
			return row.blame(FieldErrorf(NotFound, "contact", "there is no such contact"))
		}
	}
	return nil
}
