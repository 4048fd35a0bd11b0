package contact

import (
	"context"
	"time"
)

// RestorableFor is how long a deleted note can be restored; then it goes for good.
const RestorableFor = 30 * 24 * time.Hour

// Note is an agent's text about a contact. Author and CreatedAt never change, and an edit never reorders.
type Note struct {
	ID           ID
	Contact      ID
	Body         string
	Author       Agent
	CreatedAt    time.Time
	LastEditedBy *Agent
	LastEditedAt *time.Time
	DeletedBy    *Agent
	DeletedAt    *time.Time // set on a tombstone
	Version      int        // from 1; an edit, a deletion and a restoration each raise it
}

// ViewerCanEdit is true: any agent of the organisation edits and deletes any note, and restores a deleted one.
func (n *Note) ViewerCanEdit() bool { return true }

// RestorableUntil is when a deleted note goes for good; nil for a note that is not deleted.
func (n *Note) RestorableUntil() *time.Time {
	if n.DeletedAt == nil {
		return nil
	}
	t := n.DeletedAt.Add(RestorableFor)
	return &t
}

// NoteAt is the note's place among a contact's notes: newest first.
func NoteAt(n *Note) Position { return Position{Number: n.CreatedAt.UnixMilli(), ID: n.ID} }

// DeletedNoteAt is the note's place among a contact's deleted notes: last deleted first.
func DeletedNoteAt(n *Note) Position { return Position{Number: n.DeletedAt.UnixMilli(), ID: n.ID} }

// CleanNote returns a note's text as it is stored, or says what is wrong with it: 1 to 2,000 code points after CRLF became
// LF and outer white space was trimmed, at most 8,000 bytes, something visible, no control characters but LF and TAB.
func CleanNote(field, body string) (string, error) {
	body, err := textRule{field: field, max: MaxNoteLength, multiline: true}.clean(body)
	if err == nil && len(body) > MaxNoteBytes {
		return "", tooLong(field, MaxNoteBytes, len(body), Bytes)
	}
	return body, err
}

// Notes returns a page of a contact's notes, newest first. The contact must have been read for the same actor.
func (c *Contacts) Notes(ctx context.Context, of *Contact, args PageArgs) (Page[Note], error) {
	return c.notePage(ctx, list{"notes", string(of.ID)}, NoteQuery{Contact: of.ID}, args, NoteAt)
}

// DeletedNotes returns a page of a contact's deleted notes that can still be restored, last deleted first.
func (c *Contacts) DeletedNotes(ctx context.Context, of *Contact, args PageArgs) (Page[Note], error) {
	since := c.now().Add(-RestorableFor)
	return c.notePage(ctx, list{"deletedNotes", string(of.ID)}, NoteQuery{Contact: of.ID, DeletedSince: &since}, args, DeletedNoteAt)
}

func (c *Contacts) notePage(ctx context.Context, l list, q NoteQuery, args PageArgs, at func(*Note) Position) (Page[Note], error) {
	actor, err := actorFor(ctx, l.name)
	if err != nil {
		return Page[Note]{}, err
	}
	if q.Span, err = args.span(l); err != nil {
		return Page[Note]{}, err
	}
	found, err := c.store.Notes(ctx, actor.Org, q)
	if err != nil {
		return Page[Note]{}, err
	}
	return pageOf(l, found, args.WantTotal, at), nil
}

// NoteCursor returns the cursor of a note in its contact's notes, for an edge beside a payload.
func NoteCursor(n *Note) string { return list{"notes", string(n.Contact)}.cursor(NoteAt(n)) }

// AddNote writes a note about a contact. Problems: the text (CleanNote), an unknown contact.
func (c *Contacts) AddNote(ctx context.Context, contact ID, body, key string) (*Note, error) {
	asked := attempt{mutation: "addNote", key: key, input: []string{string(contact), body}, kind: AuditNoteAdded, contact: contact}
	return once(ctx, c, asked, func(ctx context.Context, tx Tx, w *write) (*Note, error) {
		body, err := CleanNote("body", body)
		if err != nil {
			return nil, err
		}
		of, err := w.contact(ctx, tx, contact, "contactId")
		if err != nil {
			return nil, err
		}
		return w.addNote(ctx, tx, of, body)
	})
}

// addNote writes the clean text.
func (w *write) addNote(ctx context.Context, tx Tx, of *Contact, body string) (*Note, error) {
	n := &Note{ID: w.contacts.newID(PrefixNote), Contact: of.ID, Body: body, Author: w.actor.Agent, CreatedAt: w.at, Version: 1}
	return n, w.putNote(ctx, tx, of, n, NoteAdded)
}

// EditNote replaces a note's text. Problems: the text, an unknown or deleted note, another version than the expected one.
func (c *Contacts) EditNote(ctx context.Context, id ID, body string, expected int, key string) (*Note, error) {
	asked := attempt{mutation: "editNote", key: key, input: []string{string(id), body, versionText(expected)}, kind: AuditNoteEdited, note: id}
	return once(ctx, c, asked, func(ctx context.Context, tx Tx, w *write) (*Note, error) {
		body, err := CleanNote("body", body)
		if err != nil {
			return nil, err
		}
		n, err := w.note(ctx, tx, id, expected, false)
		if err != nil {
			return nil, err
		}
		n.Body, n.LastEditedBy, n.LastEditedAt = body, &w.actor.Agent, &w.at
		n.Version++
		return n, w.putNote(ctx, tx, nil, n, NoteEdited)
	})
}

// DeleteNote leaves a tombstone that can be restored for 30 days. Problems as with EditNote.
func (c *Contacts) DeleteNote(ctx context.Context, id ID, expected int, key string) (*Note, error) {
	asked := attempt{mutation: "deleteNote", key: key, input: []string{string(id), versionText(expected)}, kind: AuditNoteDeleted, note: id}
	return once(ctx, c, asked, func(ctx context.Context, tx Tx, w *write) (*Note, error) {
		n, err := w.note(ctx, tx, id, expected, false)
		if err != nil {
			return nil, err
		}
		n.DeletedBy, n.DeletedAt = &w.actor.Agent, &w.at
		n.Version++
		return n, w.putNote(ctx, tx, nil, n, NoteDeleted)
	})
}

// RestoreNote brings a deleted note back to its id and place. Problems: a note that is not deleted or gone for good is not
// found; another version than the expected one.
func (c *Contacts) RestoreNote(ctx context.Context, id ID, expected int, key string) (*Note, error) {
	asked := attempt{mutation: "restoreNote", key: key, input: []string{string(id), versionText(expected)}, kind: AuditNoteRestored, note: id}
	return once(ctx, c, asked, func(ctx context.Context, tx Tx, w *write) (*Note, error) {
		n, err := w.note(ctx, tx, id, expected, true)
		if err != nil {
			return nil, err
		}
		n.DeletedBy, n.DeletedAt = nil, nil
		n.Version++
		return n, w.putNote(ctx, tx, nil, n, NoteRestored)
	})
}

// note reads a note to change it; deleted says whether a tombstone is meant.
func (w *write) note(ctx context.Context, tx Tx, id ID, expected int, deleted bool) (*Note, error) {
	if err := checkExpected(expected); err != nil {
		return nil, err
	}
	notFound := FieldErrorf(NotFound, "noteId", "there is no such note")
	found, err := tx.NotesByID(ctx, w.actor.Org, []ID{id})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 || (found[0].DeletedAt != nil) != deleted {
		return nil, notFound
	}
	n := &found[0]
	if deleted && !w.at.Before(*n.RestorableUntil()) {
		return nil, notFound
	}
	if n.Version != expected {
		return nil, conflict(n, n.Version, expected)
	}
	return n, nil
}

func (w *write) putNote(ctx context.Context, tx Tx, contact *Contact, n *Note, t EventType) error {
	if err := tx.PutNote(ctx, w.actor.Org, *n); err != nil {
		return err
	}
	return w.record(ctx, tx, contact, Event{Contact: n.Contact, Topic: TopicNotes, Type: t, Subject: string(n.ID), Version: n.Version})
}
