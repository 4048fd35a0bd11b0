package graph

import (
	"context"

	"contactpanel/contact"
)

// source brings the events of one subscription. The transport asks it for the next one and then executes the operation for
// it, so that a subscription needs one goroutine and no queue: the events that it has not asked for stay where they are.
type source struct {
	next func(ctx context.Context) (event any, _ error) // waits for the next event
	give func()                                         // puts it where the execution takes it
	drop func()                                         // or does not, because it needs no execution
	stop func()
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
func listen[E any](ctx context.Context, f *contact.Following[E], err error) (<-chan E, error) {
	if err != nil {
		return nil, err
	}
	s, ok := ctx.Value(sourceKey{}).(*source)
	if !ok {
		f.Close()
		return nil, contact.Errorf(contact.Internal, "a subscription without a transport")
	}
	events := make(chan E, 1)
	var told []E
	s.stop = f.Close
	s.next = func(ctx context.Context) (any, error) {
		if len(told) > 0 {
			return told[0], nil
		}
		var err error
		if told, err = f.Next(ctx); err != nil {
			return nil, err
		}
		return told[0], nil
	}
	s.drop = func() { told = told[1:] }
	s.give = func() {
		events <- told[0] // there is room: what was given before has been taken
		told = told[1:]
	}
	return events, nil
}

// NoteEvents tells of a contact's notes.
func (s subscription) NoteEvents(ctx context.Context, of contact.ID, after *string) (<-chan contact.NoteEvent, error) {
	f, err := s.contacts.NoteEvents(ctx, of, after)
	return listen(ctx, f, err)
}

// ContactEvents tells of a contact, its notes apart.
func (s subscription) ContactEvents(ctx context.Context, of contact.ID, after *string) (<-chan contact.ContactEvent, error) {
	f, err := s.contacts.ContactEvents(ctx, of, after)
	return listen(ctx, f, err)
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
