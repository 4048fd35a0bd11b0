package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"contactpanel/contact"
	"contactpanel/store/internal/paging"
	"contactpanel/store/internal/record"
)

// noteRow is a note. It stands in one of two lists of its contact, by the moment that orders the list.
type noteRow struct {
	Key       string        `bson:"_id"`
	Org       string        `bson:"org"`
	ID        string        `bson:"id"`
	Contact   string        `bson:"contact"`
	Place     string        `bson:"place"`
	Created   time.Time     `bson:"created"`
	Deleted   *time.Time    `bson:"deleted,omitempty"` // missing while the note stands: the index is sparse
	Version   int           `bson:"version"`
	Author    record.Agent  `bson:"author"`
	Edited    *time.Time    `bson:"edited"`
	EditedBy  *record.Agent `bson:"editedBy"`
	DeletedBy *record.Agent `bson:"deletedBy"`
	Body      string        `bson:"body"`
}

// Lists of a contact's notes.
const (
	standing = "standing"
	deleted  = "deleted"
)

func noteToRow(org contact.OrgID, n *contact.Note) noteRow {
	place := listOf(org, string(n.Contact), standing) + dated(contact.NoteAt(n))
	if n.DeletedAt != nil {
		place = listOf(org, string(n.Contact), deleted) + dated(contact.DeletedNoteAt(n))
	}
	return noteRow{
		Key: keyOf(org, string(n.ID)), Org: string(org), ID: string(n.ID), Contact: string(n.Contact), Place: place,
		Created: moment(n.CreatedAt), Deleted: record.Optional(n.DeletedAt, moment), Version: n.Version, Author: record.Agent(n.Author),
		Edited: record.Optional(n.LastEditedAt, moment), EditedBy: record.Optional(n.LastEditedBy, record.OfAgent),
		DeletedBy: record.Optional(n.DeletedBy, record.OfAgent), Body: n.Body,
	}
}

func (r *noteRow) note() contact.Note {
	return contact.Note{
		ID: contact.ID(r.ID), Contact: contact.ID(r.Contact), Body: r.Body, Author: r.Author.Agent(), CreatedAt: r.Created,
		LastEditedBy: record.Optional(r.EditedBy, record.Agent.Agent), LastEditedAt: r.Edited, DeletedBy: record.Optional(r.DeletedBy, record.Agent.Agent), DeletedAt: r.Deleted,
		Version: r.Version,
	}
}

// NotesByID implements [contact.NoteReader].
func (r reader) NotesByID(ctx context.Context, org contact.OrgID, ids []contact.ID) ([]contact.Note, error) {
	if len(ids) == 0 {
		return nil, ctx.Err()
	}
	return find(ctx, r, notes, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: keysOf(org, ids)}}}}, options.Find(), (*noteRow).note)
}

// Notes implements [contact.NoteReader].
func (r reader) Notes(ctx context.Context, org contact.OrgID, q contact.NoteQuery) (contact.Slice[contact.Note], error) {
	l := noteList{reader: r, name: listOf(org, string(q.Contact), standing), at: contact.NoteAt}
	if q.DeletedSince != nil {
		l = noteList{
			reader: r, name: listOf(org, string(q.Contact), deleted), at: contact.DeletedNoteAt,
			end: &contact.Position{Number: q.DeletedSince.UnixMilli() + 1},
		}
	}
	return paging.Read(ctx, l, q.Span)
}

// noteList is one of a contact's two lists of notes: newest first.
type noteList struct {
	reader
	name string
	end  *contact.Position // the list ends here; nil: with its name
	at   func(*contact.Note) contact.Position
}

// between chooses the notes strictly between two places; the list descends.
func (l noteList) between(after, before *contact.Position) bson.D {
	if l.end != nil && (before == nil || before.Number < l.end.Number) {
		before = l.end
	}
	return bson.D{{Key: "place", Value: inside(l.name, before, after, dated)}}
}

// Page implements [paging.Lister].
func (l noteList) Page(ctx context.Context, after, before *contact.Position, limit int, backward bool) ([]contact.Note, error) {
	direction := -1
	if backward {
		direction = 1
	}
	o := options.Find().SetSort(bson.D{{Key: "place", Value: direction}}).SetLimit(int64(limit))
	return find(ctx, l.reader, notes, l.between(after, before), o, (*noteRow).note)
}

// IsBefore implements [paging.Lister].
func (l noteList) IsBefore(ctx context.Context, p contact.Position) (bool, error) {
	return exists(ctx, l.reader, notes, l.between(nil, &p), options.Find())
}

// IsAfter implements [paging.Lister].
func (l noteList) IsAfter(ctx context.Context, p contact.Position) (bool, error) {
	return exists(ctx, l.reader, notes, l.between(&p, nil), options.Find())
}

// Count implements [paging.Lister].
func (l noteList) Count(ctx context.Context) (int, error) {
	return count(ctx, l.reader, notes, l.between(nil, nil), "", 0)
}

// Position implements [paging.Lister].
func (l noteList) Position(n *contact.Note) contact.Position { return l.at(n) }

// PutNote implements [contact.Tx].
func (t *tx) PutNote(_ context.Context, org contact.OrgID, n contact.Note) error {
	w := put(notes, keyOf(org, string(n.ID)), noteToRow(org, &n))
	if n.DeletedAt == nil {
		w.update = append(w.update, bson.E{Key: "$unset", Value: bson.D{{Key: "deleted", Value: ""}}})
	}
	t.pending = append(t.pending, w)
	return nil
}
