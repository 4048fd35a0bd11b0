package storetest

import (
	"context"
	"fmt"

	"contactpanel/contact"
)

// step is one thing that a follower is told, of either topic.
type step struct {
	is      contact.DeliveryKind
	at      contact.Head
	cursor  string
	kind    contact.EventType
	subject string
	change  contact.Change
	note    *contact.Note
	edge    *contact.NoteEdge
	of      contact.ID // of a change of a contact
	contact *contact.Contact
}

// following is a [contact.Following] of either topic.
type following interface {
	next(ctx context.Context) ([]step, error)
	Close()
}

type followingOf[E any] struct {
	*contact.Following[E]
	read func(E, *step)
}

func (f followingOf[E]) next(ctx context.Context) ([]step, error) {
	told, err := f.Next(ctx)
	if err != nil {
		return nil, err
	}
	if len(told) == 0 {
		return nil, fmt.Errorf("Next returned nothing, and no error")
	}
	out := make([]step, len(told))
	for i := range told {
		s := &out[i]
		f.read(told[i], s)
		if s.at, err = contact.ParseHead(s.cursor); err != nil {
			return nil, fmt.Errorf("the cursor of a %T: %w", told[i], err)
		}
	}
	return out, nil
}

// followAs follows a contact's topic through the domain.
func followAs(ctx context.Context, c *contact.Contacts, of contact.ID, topic contact.Topic, after *string) (following, error) {
	if topic == contact.TopicNotes {
		f, err := c.NoteEvents(ctx, of, after)
		if err != nil {
			return nil, err
		}
		return followingOf[contact.NoteEvent]{f, readNoteEvent}, nil
	}
	f, err := c.ContactEvents(ctx, of, after)
	if err != nil {
		return nil, err
	}
	return followingOf[contact.ContactEvent]{f, readContactEvent}, nil
}

func readNoteEvent(e contact.NoteEvent, s *step) {
	switch e := e.(type) {
	case *contact.AddedNote:
		s.stands(contact.NoteAdded, &e.StandingNote)
	case *contact.EditedNote:
		s.stands(contact.NoteEdited, &e.StandingNote)
	case *contact.RestoredNote:
		s.stands(contact.NoteRestored, &e.StandingNote)
	case *contact.DeletedNote:
		s.changes(contact.NoteDeleted, string(e.NoteID), e.Change)
	case *contact.CaughtUp:
		s.is, s.cursor = contact.DeliveredCaughtUp, e.Cursor
	case *contact.Resync:
		s.is, s.cursor = contact.DeliveredResync, e.Cursor
	}
}

func readContactEvent(e contact.ContactEvent, s *step) {
	switch e := e.(type) {
	case *contact.ChangedAttribute:
		s.changes(contact.AttributeChanged, e.Key, e.Change)
		s.of, s.contact = e.ContactID, e.Contact
	case *contact.ChangedVIP:
		s.changes(contact.VIPChanged, "", e.Change)
		s.of, s.contact = e.ContactID, e.Contact
	case *contact.CaughtUp:
		s.is, s.cursor = contact.DeliveredCaughtUp, e.Cursor
	case *contact.Resync:
		s.is, s.cursor = contact.DeliveredResync, e.Cursor
	}
}

func (s *step) changes(kind contact.EventType, subject string, c contact.Change) {
	s.is, s.kind, s.subject, s.change, s.cursor = contact.DeliveredEvents, kind, subject, c, c.Cursor
}

func (s *step) stands(kind contact.EventType, n *contact.StandingNote) {
	s.changes(kind, string(n.NoteID), n.Change)
	s.note, s.edge = n.Note, n.NoteEdge
}

// check compares a change with what was written, and what it shows with what the contact or the note ever was.
func (s *step) check(d *dossier, topic contact.Topic, writer contact.Agent) error {
	wrote, ok := d.logs[topic].at(s.at)
	key := ""
	if s.change.ClientMutationID != nil {
		key = *s.change.ClientMutationID
	}
	got := fact{s.kind, s.subject, s.change.Version, key, s.change.At}
	if !ok || got != wrote || s.change.Actor != writer {
		return fmt.Errorf("PHANTOM or FOREIGN: %s of %s was told %+v by %v at %+v, and %+v was written there", d.id, d.org, got, s.change.Actor, s.at, wrote)
	}
	if topic == contact.TopicContact {
		return s.checkContact(d)
	}
	return s.checkNote(d)
}

func (s *step) checkContact(d *dossier) error {
	switch c := s.contact; {
	case c == nil || c.ID != d.id || s.of != d.id:
		return fmt.Errorf("%s at %+v shows %v, want %s", s.kind, s.at, c, d.id)
	case c.EventsHead.Epoch != s.at.Epoch || c.EventsHead.Seq < s.at.Seq || c.EventsHead.Seq >= int64(len(d.states)):
		return fmt.Errorf("OLDER than its event: %s at %+v shows the contact at %+v", s.kind, s.at, c.EventsHead)
	case stateOf(c) != d.states[c.EventsHead.Seq]:
		return fmt.Errorf("TORN: %s at %+v shows %s, and at %+v it was %s", s.kind, s.at, stateOf(c), c.EventsHead, d.states[c.EventsHead.Seq])
	}
	return nil
}

func (s *step) checkNote(d *dossier) error {
	n := s.note
	switch {
	case n == nil && s.edge != nil || n != nil && (s.edge == nil || s.edge.Node != n || s.edge.Cursor != contact.NoteCursor(n)):
		return fmt.Errorf("%s at %+v shows the note %v, and its edge %v", s.kind, s.at, n, s.edge)
	case n == nil && s.kind != contact.NoteDeleted && !d.wasDeleted(contact.ID(s.subject), s.change.Version):
		return fmt.Errorf("LOST: %s at %+v shows no note, and %s was not deleted since", s.kind, s.at, s.subject)
	case n == nil:
		return nil
	case string(n.ID) != s.subject || n.Contact != d.id || n.Version < s.change.Version:
		return fmt.Errorf("OLDER than its event: %s of version %d at %+v shows %s of %s at version %d", s.kind, s.change.Version, s.at, n.ID, n.Contact, n.Version)
	}
	p := d.paper(n.ID)
	if body, ok := p.said[n.Version]; !ok || body != n.Body || n.DeletedAt != nil {
		return fmt.Errorf("PHANTOM or FOREIGN: %s at %+v shows %q at version %d, and what stood was %q", s.kind, s.at, n.Body, n.Version, body)
	}
	return nil
}

// wasDeleted reports whether a note was deleted after a version.
func (d *dossier) wasDeleted(id contact.ID, since int) bool {
	for _, f := range d.logs[contact.TopicNotes].facts {
		if f.kind == contact.NoteDeleted && f.subject == string(id) && f.version > since {
			return true
		}
	}
	return false
}
