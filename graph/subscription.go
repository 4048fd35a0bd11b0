package graph

import (
	"context"
	"time"

	"contactpanel/contact"
)

// source brings the events of one subscription. The transport asks it for the next one and then executes the operation for
// it, so that a subscription needs one goroutine and no queue: the events that it has not asked for stay where they are.
type source struct {
	await   func(ctx context.Context)                      // waits until next has an event, and loads none
	next    func(ctx context.Context) (event any, _ error) // gives the next event, the same until it is dropped
	hasMore func() bool                                    // whether next has one at hand
	give    func()                                         // puts the event where the execution takes it
	drop    func()                                         // it has been answered
	stop    func()
	// isReplay says that it tells what has happened before the subscription, as far as its client wishes.
	isReplay bool
}

func (s *source) close() {
	if s.stop != nil {
		s.stop()
	}
}

type sourceKey struct{}

func withSource(ctx context.Context, s *source) context.Context {
	return context.WithValue(ctx, sourceKey{}, s)
}

// listen makes what a contact's follower is told the source of the subscription that is being started. The channel is what
// gqlgen executes from; it holds the one event that was asked for.
func listen[E any](ctx context.Context, f *contact.Following[E], after *string, err error) (<-chan E, error) {
	if err != nil {
		return nil, err
	}
	s, ok := ctx.Value(sourceKey{}).(*source)
	if !ok {
		f.Close()
		return nil, contact.Errorf(contact.Internal, "a subscription without a transport")
	}
	events := make(chan E, 1)
	var told []E // and not answered yet
	var at time.Time
	s.stop, s.isReplay = f.Close, after != nil
	s.hasMore = func() bool { return len(told) > 0 }
	s.await = func(ctx context.Context) {
		if len(told) == 0 {
			f.Await(ctx)
		}
	}
	s.next = func(ctx context.Context) (any, error) {
		var err error
		if len(told) == 0 {
			told, err = f.Next(ctx)
			at = time.Now()
		} else if time.Since(at) > toldFor || f.IsGone() {
			told, err = f.Again(ctx, told)
			at = time.Now()
		}
		if err != nil {
			return nil, err
		}
		return told[0], nil
	}
	s.drop = func() { told = told[1:] }
	s.give = func() { events <- told[0] } // there is room: what was given before has been taken
	return events, nil
}

// toldFor is how long what was told may wait for a client that reads slowly. Then it is told anew: texts may have been
// deleted or erased since.
const toldFor = 10 * time.Second

// NoteEvents tells of a contact's notes.
func (s subscription) NoteEvents(ctx context.Context, of contact.ID, after *string) (<-chan contact.NoteEvent, error) {
	f, err := s.contacts.NoteEvents(ctx, of, after)
	return listen(ctx, f, after, err)
}

// ContactEvents tells of a contact, its notes apart.
func (s subscription) ContactEvents(ctx context.Context, of contact.ID, after *string) (<-chan contact.ContactEvent, error) {
	f, err := s.contacts.ContactEvents(ctx, of, after)
	return listen(ctx, f, after, err)
}

// Attribute answers the attribute that changed, as this viewer sees it.
func (e attributeChanged) Attribute(ctx context.Context, event *contact.ChangedAttribute) (contact.Attribute, error) {
	if event.Contact == nil {
		return nil, nil //nolint:nilnil // the contact is gone, and that is said
	}
	return e.contacts.AttributeOf(ctx, event.Contact, event.Key)
}

// Vip answers the VIP state as it is now.
func (e vipChanged) Vip(_ context.Context, event *contact.ChangedVIP) (*contact.VIPStatus, error) {
	if event.Contact == nil {
		return nil, nil //nolint:nilnil // the contact is gone, and that is said
	}
	s := e.contacts.VIPStatus(event.Contact)
	return &s, nil
}

// Validation answers what the CRM says now, in the viewer's language.
func (validationChanged) Validation(ctx context.Context, event *contact.ChangedValidation) (*contact.Validation, error) {
	if event.Contact == nil {
		return nil, nil //nolint:nilnil // the contact is gone, and that is said
	}
	return contactFields{}.Validation(ctx, event.Contact)
}
