package storetest

import (
	"context"
	"sync"

	"contactpanel/contact"
)

// orgID names a thing of an organisation.
type orgID struct {
	org contact.OrgID
	id  contact.ID
}

// mixing knows a follower by the contact alone.
type mixing struct {
	contact.Store
	mu    sync.Mutex
	first map[contact.ID]contact.OrgID
}

func (m *mixing) Follow(ctx context.Context, org contact.OrgID, of contact.ID, topic contact.Topic, after *contact.Head) (contact.Stream, error) {
	m.mu.Lock()
	if first, ok := m.first[of]; ok {
		org = first
	}
	m.first[of] = org
	m.mu.Unlock()
	return m.Store.Follow(ctx, org, of, topic, after)
}

// remembering reads a thing once. Transactions are not misled by it.
type remembering struct {
	contact.Store
	mu        sync.Mutex
	isOfNotes bool
	notes     map[orgID]contact.Note
	contacts  map[orgID]contact.Contact
}

func (r *remembering) NotesByID(ctx context.Context, org contact.OrgID, ids []contact.ID) ([]contact.Note, error) {
	found, err := r.Store.NotesByID(ctx, org, ids)
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range found {
		key := orgID{org, found[i].ID}
		if known, ok := r.notes[key]; ok && r.isOfNotes {
			found[i] = known
		}
		r.notes[key] = found[i]
	}
	return found, err
}

func (r *remembering) Contacts(ctx context.Context, org contact.OrgID, ids []contact.ID) ([]contact.Contact, error) {
	found, err := r.Store.Contacts(ctx, org, ids)
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range found {
		key := orgID{org, found[i].ID}
		if known, ok := r.contacts[key]; ok && !r.isOfNotes {
			known.NotesHead, known.EventsHead = found[i].NotesHead, found[i].EventsHead
			found[i] = known
		}
		r.contacts[key] = found[i]
	}
	return found, err
}

// heads reads where a contact's events stand.
func heads(ctx context.Context, s contact.Store, org contact.OrgID, of contact.ID, topic contact.Topic) (contact.Head, error) {
	found, err := s.Contacts(ctx, org, []contact.ID{of})
	if err != nil || len(found) == 0 {
		return contact.Head{}, err
	}
	if topic == contact.TopicNotes {
		return found[0].NotesHead, nil
	}
	return found[0].EventsHead, nil
}

// forgiving takes any position for one of the present epoch.
type forgiving struct{ contact.Store }

func (f forgiving) Follow(ctx context.Context, org contact.OrgID, of contact.ID, topic contact.Topic, after *contact.Head) (contact.Stream, error) {
	head, err := heads(ctx, f.Store, org, of, topic)
	if err != nil {
		return nil, err
	}
	if after != nil {
		after = &contact.Head{Epoch: head.Epoch, Seq: after.Seq}
	}
	return f.Store.Follow(ctx, org, of, topic, after)
}

// discouraging replays nothing.
type discouraging struct{ contact.Store }

func (f discouraging) Follow(ctx context.Context, org contact.OrgID, of contact.ID, topic contact.Topic, after *contact.Head) (contact.Stream, error) {
	if after != nil {
		after = &contact.Head{Epoch: after.Epoch + 1}
	}
	return f.Store.Follow(ctx, org, of, topic, after)
}

// beginningLate finds nothing missing, and begins at the present when it is first read.
type beginningLate struct{ contact.Store }

func (b beginningLate) Follow(ctx context.Context, org contact.OrgID, of contact.ID, topic contact.Topic, after *contact.Head) (contact.Stream, error) {
	head, err := heads(ctx, b.Store, org, of, topic)
	if err != nil || after == nil || head != *after {
		return b.Store.Follow(ctx, org, of, topic, after)
	}
	return &lateStream{head: head, open: func(ctx context.Context) (contact.Stream, error) {
		return b.Store.Follow(ctx, org, of, topic, nil)
	}}, nil
}

type lateStream struct {
	head contact.Head
	open func(ctx context.Context) (contact.Stream, error)

	mu       sync.Mutex
	stream   contact.Stream
	isClosed bool
}

func (l *lateStream) Next(ctx context.Context) (contact.Delivery, error) {
	stream, isFirst, err := l.begun(ctx)
	switch {
	case err != nil:
		return contact.Delivery{}, err
	case isFirst:
		return contact.Delivery{Kind: contact.DeliveredCaughtUp, Head: l.head}, nil
	default:
		return stream.Next(ctx)
	}
}

func (l *lateStream) begun(ctx context.Context) (s contact.Stream, isFirst bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isClosed {
		return nil, false, contact.Errorf(contact.Unavailable, "the stream is closed")
	}
	if isFirst = l.stream == nil; isFirst {
		l.stream, err = l.open(ctx)
	}
	return l.stream, isFirst, err
}

func (l *lateStream) IsGone() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stream != nil && l.stream.IsGone()
}

func (l *lateStream) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.isClosed = true
	if l.stream != nil {
		l.stream.Close()
	}
}
