package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"contactpanel/contact"
	"contactpanel/store/internal/record"
)

// Texts are compared byte by byte (BINARY), which is also their order in the indexes that these statements follow. Audit
// rows have none by id and are sorted.
const (
	appliedColumns = `agent, key, hash, result, at, coalesce(contact, '')`

	sqlWalkSections    = `SELECT document FROM sections WHERE org = ? ORDER BY key`
	sqlWalkDefinitions = `SELECT document FROM definitions WHERE org = ? ORDER BY key`
	sqlWalkGroups      = `SELECT document FROM contact_groups WHERE org = ? ORDER BY key`
	sqlWalkContacts    = selectContact + fromContact + ` WHERE c.org = ? ORDER BY c.id`
	sqlWalkNotes       = `SELECT ` + noteColumns + ` FROM notes WHERE org = ? ORDER BY id`
	sqlWalkApplied     = `SELECT ` + appliedColumns + ` FROM applied WHERE org = ? ORDER BY agent, key`
	sqlWalkAudit       = `SELECT ` + auditColumns + ` FROM audit WHERE org = ? ORDER BY id, n`

	// What is sorted goes to a file of SQLite's own, which nobody else can open, instead of to memory.
	sqlSortInFiles = `PRAGMA temp_store = FILE`
)

// Walk implements [contact.ArchiveReader].
func (s *Store) Walk(ctx context.Context, org contact.OrgID, visit func(contact.ArchiveRow) error) error {
	return takeWalk(ctx, s, visit, func(ctx context.Context, w *walk[contact.ArchiveRow]) error { return walkOrganisation(ctx, w, org) })
}

// takeWalk runs a walk. It has a connection of its own, so that a slow visitor keeps none of the readers busy, and one
// transaction, which sees one moment. As long as that lasts the log cannot be moved into the file and grows.
func takeWalk[Row any](ctx context.Context, s *Store, visit func(Row) error, run func(context.Context, *walk[Row]) error) error {
	if err := s.life.Enter(); err != nil {
		return err
	}
	defer s.life.Leave()
	conn, err := s.readers.db.Conn(ctx)
	if err != nil {
		return translate(err)
	}
	defer discard(conn)
	w := &walk[Row]{visit: visit}
	if _, err = conn.ExecContext(ctx, sqlSortInFiles); err == nil {
		w.tx, err = conn.BeginTx(ctx, nil)
	}
	if err == nil {
		defer w.tx.Rollback() //nolint:errcheck // it only ends a read
		err = run(ctx, w)
	}
	switch {
	case w.stopped != nil:
		return w.stopped
	case err != nil && ctx.Err() != nil: // which interrupts statements, each with an error of its own
		return ctx.Err()
	default:
		return translate(err)
	}
}

// discard closes a connection instead of keeping it for others, because its settings are its own.
func discard(conn *sql.Conn) {
	conn.Raw(func(any) error { return driver.ErrBadConn }) //nolint:errcheck // it says what it was told
	conn.Close()                                           //nolint:errcheck // likewise
}

// walk is one way through rows.
type walk[Row any] struct {
	tx      *sql.Tx
	visit   func(Row) error
	stopped error // what visit returned: the caller's own error, never translated
}

// walkOrganisation shows everything of an organisation.
func walkOrganisation(ctx context.Context, w *walk[contact.ArchiveRow], org contact.OrgID) error {
	organisation, err := reader{snapshot{w.tx}}.Organisation(ctx, org)
	if err != nil {
		return err
	}
	if err := w.show(contact.ArchiveRow{Organisation: &organisation}); err != nil {
		return err
	}
	for _, part := range []struct {
		text string
		scan func(*sql.Rows) (contact.ArchiveRow, error)
	}{
		{sqlWalkSections, walkSection},
		{sqlWalkDefinitions, walkDefinition},
		{sqlWalkGroups, walkGroup},
		{sqlDeactivatedAgents, walkAgent},
		{sqlWalkContacts, walkContact},
		{sqlWalkNotes, walkNote},
		{sqlWalkApplied, walkApplied},
		{sqlWalkAudit, walkAudit},
	} {
		if err := w.rows(ctx, part.text, part.scan, string(org)); err != nil {
			return err
		}
	}
	return nil
}

// rows shows the rows of one statement as they come.
func (w *walk[Row]) rows(ctx context.Context, text string, scan func(*sql.Rows) (Row, error), args ...any) error {
	rows, err := w.tx.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	for rows.Next() {
		row, err := scan(rows)
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.show(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (w *walk[Row]) show(row Row) error {
	w.stopped = w.visit(row)
	return w.stopped
}

// snapshot is a session in a transaction that only reads.
type snapshot struct{ tx *sql.Tx }

func (s snapshot) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return s.tx.QueryContext(ctx, text, args...)
}

func (s snapshot) queryVaried(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return s.query(ctx, text, args...)
}

func (snapshot) failed(error) {}

func walkSection(rows *sql.Rows) (contact.ArchiveRow, error) {
	var document record.Section
	err := scanDocument(rows, &document)
	s := document.Section()
	return contact.ArchiveRow{Section: &s}, err
}

func walkDefinition(rows *sql.Rows) (contact.ArchiveRow, error) {
	var document record.Definition
	err := scanDocument(rows, &document)
	d := document.Definition()
	return contact.ArchiveRow{Definition: &d}, err
}

func walkGroup(rows *sql.Rows) (contact.ArchiveRow, error) {
	var document record.Group
	err := scanDocument(rows, &document)
	g := document.Group()
	return contact.ArchiveRow{Group: &g}, err
}

// scanDocument reads a row of one document.
func scanDocument(rows *sql.Rows, into any) error {
	var raw sql.RawBytes
	if err := rows.Scan(&raw); err != nil {
		return err
	}
	return decode(raw, into)
}

func walkAgent(rows *sql.Rows) (contact.ArchiveRow, error) {
	d, err := scanDeactivatedAgent(rows)
	return contact.ArchiveRow{Agent: &d}, err
}

func walkContact(rows *sql.Rows) (contact.ArchiveRow, error) {
	c, err := scanContactOnly(rows)
	return contact.ArchiveRow{Contact: &c}, err
}

func walkNote(rows *sql.Rows) (contact.ArchiveRow, error) {
	n, err := scanNote(rows)
	return contact.ArchiveRow{Note: &n}, err
}

func walkApplied(rows *sql.Rows) (contact.ArchiveRow, error) {
	a, err := scanApplied(rows)
	return contact.ArchiveRow{Applied: &a}, err
}

func scanApplied(rows *sql.Rows) (contact.Applied, error) {
	var a contact.Applied
	var at int64
	err := rows.Scan(&a.Agent, &a.Key, &a.Hash, &a.Result, &at, &a.Contact)
	a.At = moment(at)
	return a, err
}

func walkAudit(rows *sql.Rows) (contact.ArchiveRow, error) {
	e, err := scanAudit(rows)
	return contact.ArchiveRow{Audit: &e}, err
}
