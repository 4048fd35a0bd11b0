package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"

	"contactpanel/contact"
	"contactpanel/store/internal/paging"
)

const (
	noteColumns = `id, contact, created, deleted, version, author_id, author_name,
		edited, edited_by_id, edited_by_name, deleted_by_id, deleted_by_name, body`

	sqlNotesByID = `SELECT ` + noteColumns + ` FROM notes WHERE org = ? AND id IN (SELECT value FROM json_each(?))`
	sqlPutNote   = `INSERT INTO notes (org, ` + noteColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (org, id) DO UPDATE SET contact = excluded.contact, created = excluded.created, deleted = excluded.deleted,
		version = excluded.version, author_id = excluded.author_id, author_name = excluded.author_name,
		edited = excluded.edited, edited_by_id = excluded.edited_by_id, edited_by_name = excluded.edited_by_name,
		deleted_by_id = excluded.deleted_by_id, deleted_by_name = excluded.deleted_by_name, body = excluded.body`

	// Notes that stand, newest first. ?3 to ?6 are places: the page lies after the first and before the second.
	fromStanding        = ` FROM notes INDEXED BY notes_standing WHERE org = ?1 AND contact = ?2 AND deleted IS NULL`
	pageOfStanding      = `SELECT ` + noteColumns + fromStanding + ` AND (created, id) < (?3, ?4) AND (created, id) > (?5, ?6)`
	sqlStandingForward  = pageOfStanding + ` ORDER BY created DESC, id DESC` + limited
	sqlStandingBackward = pageOfStanding + ` ORDER BY created, id` + limited
	sqlStandingBefore   = `SELECT EXISTS (SELECT 1` + fromStanding + ` AND (created, id) > (?3, ?4))`
	sqlStandingAfter    = `SELECT EXISTS (SELECT 1` + fromStanding + ` AND (created, id) < (?3, ?4))`
	sqlStandingCount    = `SELECT count(*)` + fromStanding

	// Deleted notes, last deleted first. A note deleted at or before the moment of DeletedSince is beyond the list's end.
	fromDeleted        = ` FROM notes INDEXED BY notes_deleted WHERE org = ?1 AND contact = ?2 AND deleted IS NOT NULL`
	pageOfDeleted      = `SELECT ` + noteColumns + fromDeleted + ` AND (deleted, id) < (?3, ?4) AND (deleted, id) > (?5, ?6)`
	sqlDeletedForward  = pageOfDeleted + ` ORDER BY deleted DESC, id DESC` + limited
	sqlDeletedBackward = pageOfDeleted + ` ORDER BY deleted, id` + limited
	sqlDeletedBefore   = `SELECT EXISTS (SELECT 1` + fromDeleted + ` AND (deleted, id) > (?3, ?4) AND deleted > ?5)`
	sqlDeletedAfter    = `SELECT EXISTS (SELECT 1` + fromDeleted + ` AND (deleted, id) < (?3, ?4) AND deleted > ?5)`
	sqlDeletedCount    = `SELECT count(*)` + fromDeleted + ` AND deleted > ?3`
)

// NotesByID implements [contact.NoteReader].
func (r reader) NotesByID(ctx context.Context, org contact.OrgID, ids []contact.ID) ([]contact.Note, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, r.fail(err)
	}
	rows, err := r.session.query(ctx, sqlNotesByID, string(org), string(list))
	notes, err := collect(rows, err, scanNote)
	return notes, r.fail(err)
}

// Notes implements [contact.NoteReader].
func (r reader) Notes(ctx context.Context, org contact.OrgID, q contact.NoteQuery) (contact.Slice[contact.Note], error) {
	var p paging.Lister[contact.Note] = standing{r.session, string(org), string(q.Contact)}
	if q.DeletedSince != nil {
		p = deleted{r.session, string(org), string(q.Contact), millis(*q.DeletedSince)}
	}
	found, err := paging.Read(ctx, p, q.Span)
	return found, r.fail(err)
}

// standing is the list of a contact's notes that are not deleted.
type standing struct {
	session      session
	org, contact string
}

func (l standing) Page(ctx context.Context, after, before *contact.Position, limit int, backward bool) ([]contact.Note, error) {
	text := sqlStandingForward
	if backward {
		text = sqlStandingBackward
	}
	from, to := newestFirst(after, before)
	rows, err := l.session.query(ctx, text, l.org, l.contact, from.Number, string(from.ID), to.Number, string(to.ID), limit)
	return collect(rows, err, scanNote)
}

func (l standing) IsBefore(ctx context.Context, p contact.Position) (bool, error) {
	return exists(l.session.query(ctx, sqlStandingBefore, l.org, l.contact, p.Number, string(p.ID)))
}

func (l standing) IsAfter(ctx context.Context, p contact.Position) (bool, error) {
	return exists(l.session.query(ctx, sqlStandingAfter, l.org, l.contact, p.Number, string(p.ID)))
}

func (l standing) Count(ctx context.Context) (int, error) {
	return number(l.session.query(ctx, sqlStandingCount, l.org, l.contact))
}

func (standing) Position(n *contact.Note) contact.Position { return contact.NoteAt(n) }

// deleted is the list of a contact's notes that were deleted after a moment.
type deleted struct {
	session      session
	org, contact string
	since        int64
}

func (l deleted) Page(ctx context.Context, after, before *contact.Position, limit int, backward bool) ([]contact.Note, error) {
	text := sqlDeletedForward
	if backward {
		text = sqlDeletedBackward
	}
	from, to := newestFirst(after, before)
	if to.Number <= l.since { // where the list ends
		to = contact.Position{Number: l.since, ID: lastText}
	}
	rows, err := l.session.query(ctx, text, l.org, l.contact, from.Number, string(from.ID), to.Number, string(to.ID), limit)
	return collect(rows, err, scanNote)
}

func (l deleted) IsBefore(ctx context.Context, p contact.Position) (bool, error) {
	return exists(l.session.query(ctx, sqlDeletedBefore, l.org, l.contact, p.Number, string(p.ID), l.since))
}

func (l deleted) IsAfter(ctx context.Context, p contact.Position) (bool, error) {
	return exists(l.session.query(ctx, sqlDeletedAfter, l.org, l.contact, p.Number, string(p.ID), l.since))
}

func (l deleted) Count(ctx context.Context) (int, error) {
	return number(l.session.query(ctx, sqlDeletedCount, l.org, l.contact, l.since))
}

func (deleted) Position(n *contact.Note) contact.Position { return contact.DeletedNoteAt(n) }

// newestFirst gives the bounds of a page of a descending list, its ends being the greatest and the least place.
func newestFirst(after, before *contact.Position) (from, to contact.Position) {
	from, to = contact.Position{Number: lastNumber, ID: lastText}, contact.Position{Number: firstNumber, ID: firstText}
	if after != nil {
		from = *after
	}
	if before != nil {
		to = *before
	}
	return from, to
}

// PutNote implements [contact.Tx].
func (t *tx) PutNote(ctx context.Context, org contact.OrgID, n contact.Note) error {
	editorID, editorName := agentColumns(n.LastEditedBy)
	deleterID, deleterName := agentColumns(n.DeletedBy)
	_, err := t.exec(ctx, sqlPutNote, string(org), string(n.ID), string(n.Contact), millis(n.CreatedAt), optionalMillis(n.DeletedAt),
		n.Version, string(n.Author.ID), n.Author.Name, optionalMillis(n.LastEditedAt), editorID, editorName,
		deleterID, deleterName, n.Body)
	return err
}

// agentColumns are two columns that are NULL when there is no agent.
func agentColumns(a *contact.Agent) (id, name *string) {
	if a == nil {
		return nil, nil
	}
	return (*string)(&a.ID), &a.Name
}

func agentOf(id, name *string) *contact.Agent {
	if id == nil || name == nil {
		return nil
	}
	return &contact.Agent{ID: contact.ID(*id), Name: *name}
}

func scanNote(rows *sql.Rows) (contact.Note, error) {
	var n contact.Note
	var created int64
	var edited, deleted *int64
	var editorID, editorName, deleterID, deleterName *string
	err := rows.Scan(&n.ID, &n.Contact, &created, &deleted, &n.Version, &n.Author.ID, &n.Author.Name,
		&edited, &editorID, &editorName, &deleterID, &deleterName, &n.Body)
	n.CreatedAt, n.LastEditedAt, n.DeletedAt = moment(created), optionalMoment(edited), optionalMoment(deleted)
	n.LastEditedBy, n.DeletedBy = agentOf(editorID, editorName), agentOf(deleterID, deleterName)
	return n, err
}
