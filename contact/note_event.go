package contact

import "context"

// NoteEvent is one thing that a follower of a contact's notes is told: *[AddedNote], *[EditedNote], *[RestoredNote],
// *[DeletedNote], *[CaughtUp] or *[Resync]. It is shared between followers and never changed.
type NoteEvent interface{ isNoteEvent() }

// NoteChange is a NoteEvent that says that a note changed: all but CaughtUp and Resync.
type NoteChange interface {
	NoteEvent
	// Derived keeps what is made of the event for those who follow.
	Derived() *Derived
}

// ChangedNote is what is told of every change of a note.
type ChangedNote struct {
	Change
	NoteID  ID
	derived *Derived
}

func (*ChangedNote) isNoteEvent() {}

// Derived implements NoteChange.
func (c *ChangedNote) Derived() *Derived { return c.derived }

// StandingNote is a changed note with its text.
type StandingNote struct {
	ChangedNote
	// Note is the note as it was when the event was loaded: of the event's version or a later one. Nil when it was deleted
	// since; the event that says so follows.
	Note *Note
	// NoteEdge is the note in its contact's notes; nil with Note.
	NoteEdge *NoteEdge
}

// The changes of a note.
type (
	// AddedNote tells of a new note.
	AddedNote struct{ StandingNote }
	// EditedNote tells of another text.
	EditedNote struct{ StandingNote }
	// RestoredNote tells that a deleted note is back in its place.
	RestoredNote struct{ StandingNote }
	// DeletedNote tells that a note is gone from its contact's notes.
	DeletedNote struct{ ChangedNote }
)

// NoteEdge is a note with its cursor in its contact's notes.
type NoteEdge struct {
	Cursor string
	Node   *Note
}

// EdgeOf returns the edge of a note that stands; nil for nil.
func EdgeOf(n *Note) *NoteEdge {
	if n == nil {
		return nil
	}
	return &NoteEdge{Cursor: NoteCursor(n), Node: n}
}

// NoteEvents follows a contact's notes for the context's actor. After is the position to go on behind, a cursor of an event,
// of a resync or of Contact.NotesCursor; nil begins at the present. Errors: NOT_FOUND for an unknown contact,
// INVALID_CURSOR. A store that does not answer is waited for. The caller closes what it gets.
func (c *Contacts) NoteEvents(ctx context.Context, of ID, after *string) (*Following[NoteEvent], error) {
	return follow(ctx, c, of, TopicNotes, after, following[NoteEvent]{
		name:     "noteEvents",
		build:    c.noteEvents,
		caughtUp: func(cursor string) NoteEvent { return &CaughtUp{Cursor: cursor} },
		resync:   func(cursor string) NoteEvent { return &Resync{Cursor: cursor} },
	})
}

// noteEvents makes what is told of events, with one read for all notes that this process has not just read.
func (c *Contacts) noteEvents(ctx context.Context, viewer Actor, events []Event) ([]NoteEvent, error) {
	telling := telling[*Note, NoteEvent]{&c.live.noteEvents, &c.live.notes, c.readNotes, noteEvent, func(e *Event) (ID, stamp) {
		if e.Type == NoteDeleted {
			return "", stamp{} // nothing of the note is told
		}
		return ID(e.Subject), stamp{number: int64(e.Version)}
	}}
	return telling.of(ctx, viewer.Org, events)
}

// readNotes reads notes for their events.
func (c *Contacts) readNotes(ctx context.Context, org OrgID, ids []ID) (map[ID]stamped[*Note], error) {
	found, err := c.store.NotesByID(ctx, org, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[ID]stamped[*Note], len(found))
	for i := range found {
		n := &found[i]
		out[n.ID] = stamped[*Note]{n, stamp{number: int64(n.Version)}}
	}
	return out, nil
}

// noteEvent makes what is told of one event. A note that is gone, or a tombstone, shows nothing.
func noteEvent(e *Event, note *Note) NoteEvent {
	changed := ChangedNote{changeOf(e), ID(e.Subject), new(Derived)}
	if note != nil && note.DeletedAt != nil {
		note = nil
	}
	standing := StandingNote{changed, note, EdgeOf(note)}
	switch e.Type {
	case NoteAdded:
		return &AddedNote{standing}
	case NoteRestored:
		return &RestoredNote{standing}
	case NoteDeleted:
		return &DeletedNote{changed}
	default: // an edit; a type of a later version of this program is told as one too, because its note is to be read anew
		return &EditedNote{standing}
	}
}
