package contact

import (
	"context"
	"errors"
	"io"
	"time"
)

// A batch of rows is one transaction: so many of them, or as soon as their texts are so large.
const (
	loadRows  = 200
	loadBytes = 1 << 20
)

// Load brings a whole organisation into the store under the name org, which may be another than in the rows, and says how
// many rows there were. It is for an operator: no actor is looked at. next gives the rows in the order of [ArchiveReader],
// and io.EOF when the last was given and nothing is missing; any other error of next is returned. Ids, versions, times,
// authors and origins are kept; the events of the contacts begin anew.
//
// The organisation becomes visible at once, as the last thing: before, [Contacts.Admit] refuses it. Loading that broke off
// is begun again from the first row of the same archive. TAKEN when the organisation is there already; *[RowError] for a row
// that breaks a rule, stands in the wrong place or holds a profile of another contact. Memory does not depend on the number
// of rows. One load of an organisation at a time.
func (c *Contacts) Load(ctx context.Context, org OrgID, next func() (ArchiveRow, error)) (ArchiveCount, error) {
	ctx = Patiently(ctx)
	l := &loading{contacts: c, org: org, isKnown: map[ID]bool{}}
	if err := checkOrganisationName(org); err != nil {
		return l.count, err
	}
	for {
		row, err := next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return l.count, err
		}
		l.line++
		if err := l.take(ctx, row); err != nil {
			return l.count, err
		}
	}
	return l.count, l.finish(ctx)
}

// loading is one call of Load.
type loading struct {
	contacts *Contacts
	org      OrgID
	line     int

	turn  int // of the row before
	key   [2]string
	count ArchiveCount

	createdAt   time.Time
	sections    []Section
	definitions []Definition
	groups      []Group
	isKnown     map[ID]bool    // ids of sections and definitions
	set         *definitionSet // nil until the catalog is complete

	isResumed bool
	lasting   int // audit rows that no sweep takes
	lastAudit ID  // of a load that broke off: audit rows have no other name, and must not be written twice

	batch []batchRow
	bytes int
}

type batchRow struct {
	ArchiveRow
	line int
}

// take checks a row and keeps it for the next transaction.
func (l *loading) take(ctx context.Context, row ArchiveRow) error {
	if err := l.inOrder(row); err != nil {
		return &RowError{l.line, row.Kind(), err}
	}
	if isCatalog := row.Organisation != nil || row.Section != nil || row.Definition != nil || row.Group != nil; !isCatalog {
		if err := l.begin(ctx); err != nil {
			return err
		}
	}
	if err := l.check(row); err != nil {
		return &RowError{l.line, row.Kind(), err}
	}
	l.count.Add(row)
	if row.isLasting() {
		l.lasting++
	}
	switch row.Kind() {
	case ArchivedOrganisation:
		l.createdAt = row.Organisation.CreatedAt
		return nil
	case ArchivedSection:
		l.sections = append(l.sections, *row.Section)
		return nil
	case ArchivedDefinition:
		l.definitions = append(l.definitions, *row.Definition)
		return nil
	case ArchivedGroup:
		l.groups = append(l.groups, *row.Group)
		return nil
	case ArchivedAgent, ArchivedAudit, ArchivedContact, ArchivedNote, ArchivedApplied:
	}
	if row.Audit != nil && row.Audit.ID <= l.lastAudit {
		return nil
	}
	l.batch = append(l.batch, batchRow{row, l.line})
	if l.bytes += row.size(); len(l.batch) >= loadRows || l.bytes >= loadBytes {
		return l.flush(ctx)
	}
	return nil
}

// isLasting reports an audit row that is kept for ever.
func (r ArchiveRow) isLasting() bool { return r.Audit != nil && r.Audit.Refused == "" }

// size is about how many bytes of text a row holds.
func (r ArchiveRow) size() (n int) {
	switch {
	case r.Note != nil:
		n = len(r.Note.Body)
	case r.Applied != nil:
		n = len(r.Applied.Result)
	case r.Contact != nil:
		for _, a := range r.Contact.Attributes {
			for _, v := range a.Values {
				n += len(v.Value) + len(v.Extra)
			}
		}
	}
	return n
}

// begin makes the organisation once its catalog is known, still without the catalog.
func (l *loading) begin(ctx context.Context) error {
	if l.set != nil {
		return nil
	}
	if len(l.definitions) == 0 {
		return &RowError{l.line, ArchivedDefinition, damaged("", "the organisation has no definitions")}
	}
	l.set = l.contacts.newDefinitionSet(Definitions{Definitions: l.definitions, Sections: l.sections, Groups: l.groups})
	err := l.contacts.store.Update(ctx, l.org, func(ctx context.Context, tx Tx) error {
		found, err := tx.Organisation(ctx, l.org)
		l.isResumed = err == nil
		switch {
		case CodeOf(err) == NotFound:
			return tx.PutOrganisation(ctx, Organisation{ID: l.org, CreatedAt: l.createdAt})
		case err != nil:
			return err
		case found.CatalogVersion > 0:
			return alreadyThere()
		case !found.CreatedAt.Equal(l.createdAt):
			return anotherBegun()
		}
		return nil
	})
	if err != nil || !l.isResumed {
		return err
	}
	return l.contacts.store.Walk(ctx, l.org, func(row ArchiveRow) error {
		if row.Audit != nil {
			l.lastAudit = row.Audit.ID
		}
		return nil
	})
}

func alreadyThere() error {
	return FieldErrorf(Taken, "organisation", "the organisation exists already; import into a store without it, or under another name")
}

func anotherBegun() error {
	return FieldErrorf(Taken, "organisation", "the import of another archive was begun and has not ended; import that one again, or under another name")
}

// finish writes the rest, and then the catalog, by which the organisation becomes visible.
func (l *loading) finish(ctx context.Context) error {
	if err := l.begin(ctx); err != nil {
		return err
	}
	if err := l.flush(ctx); err != nil {
		return err
	}
	if err := l.compare(ctx); err != nil {
		return err
	}
	return l.contacts.store.Update(ctx, l.org, func(ctx context.Context, tx Tx) error {
		if err := l.stillHidden(ctx, tx); err != nil {
			return err
		}
		for _, s := range l.sections {
			if err := tx.PutSection(ctx, l.org, s); err != nil {
				return err
			}
		}
		for _, d := range l.definitions {
			if err := tx.PutDefinition(ctx, l.org, d); err != nil {
				return err
			}
		}
		for _, g := range l.groups {
			if err := tx.PutGroup(ctx, l.org, g); err != nil {
				return err
			}
		}
		return nil
	})
}

// compare finds out whether a load that broke off before was of the same archive: what it left must be in this one too.
// Tombstones, remembered writes and refused changes may have been swept since.
func (l *loading) compare(ctx context.Context) error {
	if !l.isResumed {
		return nil
	}
	var held ArchiveCount
	lasting := 0
	if err := l.contacts.store.Walk(ctx, l.org, func(row ArchiveRow) error {
		held.Add(row)
		if row.isLasting() {
			lasting++
		}
		return nil
	}); err != nil {
		return err
	}
	if held.Agents != l.count.Agents || held.Contacts != l.count.Contacts || lasting != l.lasting ||
		held.Audit > l.count.Audit || held.Notes > l.count.Notes || held.Applied > l.count.Applied {
		return anotherBegun()
	}
	return nil
}
