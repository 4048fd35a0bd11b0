package contact

import "context"

// ContactEvent is one thing that a follower of a contact is told, its notes apart: *[ChangedContact], *[ChangedProfile],
// *[ChangedAttribute], *[ChangedVIP], *[ChangedValidation], *[ErasedContact], *[CaughtUp] or *[Resync]. It is shared between
// followers and never changed.
type ContactEvent interface{ isContactEvent() }

// ContactChange is a ContactEvent that says that something about the contact changed.
type ContactChange interface {
	ContactEvent
	isContactChange()
}

// AnyContactChange is what is told of every change of a contact.
type AnyContactChange struct {
	Change
	ContactID ID
	// Contact is the contact as it was when the event was loaded: this change is in it, and later ones may be. Nil when the
	// contact is gone.
	Contact *Contact
}

func (*AnyContactChange) isContactEvent()  {}
func (*AnyContactChange) isContactChange() {}

// The changes of a contact.
type (
	// ChangedContact tells of another name or picture, and of what the follower may not read.
	ChangedContact struct{ AnyContactChange }
	// ChangedProfile tells of a profile that was added, changed or removed.
	ChangedProfile struct {
		AnyContactChange
		ProfileID ID
	}
	// ChangedAttribute tells of an attribute that was set or cleared.
	ChangedAttribute struct {
		AnyContactChange
		Key string
	}
	// ChangedVIP tells that the contact became a VIP or is none any more, or of another reason or expiry. An expiry that is
	// reached by itself is no change: whoever shows the state knows its moment.
	ChangedVIP struct{ AnyContactChange }
	// ChangedValidation tells of another answer of the CRM.
	ChangedValidation struct{ AnyContactChange }
)

// ErasedContact tells that the contact is gone, for good; nothing follows it.
type ErasedContact struct {
	Cursor    string
	ContactID ID
}

func (*ErasedContact) isContactEvent() {}

// Profile is the profile as it is now; nil when it was removed.
func (c *ChangedProfile) Profile() *Profile {
	if c.Contact == nil {
		return nil
	}
	for i := range c.Contact.Profiles {
		if p := &c.Contact.Profiles[i]; p.ID == c.ProfileID {
			return p
		}
	}
	return nil
}

// ContactEvents follows a contact, its notes apart, for the context's actor. After is the position to go on behind, a cursor
// of an event, of a resync or of Contact.EventsCursor; nil begins at the present. Errors: NOT_FOUND for an unknown contact,
// INVALID_CURSOR. A store that does not answer is waited for. The caller closes what it gets.
func (c *Contacts) ContactEvents(ctx context.Context, of ID, after *string) (*Following[ContactEvent], error) {
	return follow(ctx, c, of, TopicContact, after, following[ContactEvent]{
		name:     "contactEvents",
		build:    c.contactEvents,
		caughtUp: func(cursor string) ContactEvent { return &CaughtUp{Cursor: cursor} },
		resync:   func(cursor string) ContactEvent { return &Resync{Cursor: cursor} },
		gone:     func(cursor string) ContactEvent { return &ErasedContact{Cursor: cursor, ContactID: of} },
	})
}

// contactEvents makes what a viewer is told of events of one contact, with one read unless this process has just read the
// contact.
func (c *Contacts) contactEvents(ctx context.Context, viewer Actor, events []Event) ([]ContactEvent, error) {
	telling := telling[*Contact, ContactEvent]{&c.live.contactEvents, &c.live.contacts, c.readContacts, contactEvent, func(e *Event) (ID, stamp) {
		return e.Contact, stamp{e.Epoch, e.Seq}
	}}
	told, err := telling.of(ctx, viewer.Org, events)
	if err != nil {
		return nil, err
	}
	return c.readableEvents(ctx, viewer, told)
}

// readableEvents tells of an attribute that the viewer may not read no more than that the contact changed.
func (c *Contacts) readableEvents(ctx context.Context, viewer Actor, told []ContactEvent) ([]ContactEvent, error) {
	for i, e := range told {
		e, is := e.(*ChangedAttribute)
		if !is {
			continue
		}
		version := 0 // of no catalog: then they are read as they stand now
		if e.Contact != nil {
			version = e.Contact.CatalogVersion
		}
		set, err := c.definitionsAt(ctx, viewer.Org, version)
		if err != nil {
			return nil, err
		}
		if set.readable(e.Key, viewer) == nil {
			told[i] = hidden(e, viewer)
		}
	}
	return told, nil
}

// hidden is what is told of an attribute that the viewer may not read: with the contact's version, because the attribute's
// would tell which one it is, and how often it was set, and without the key of a writer who is somebody else.
func hidden(e *ChangedAttribute, viewer Actor) *ChangedContact {
	change := e.AnyContactChange
	change.Version = 0 // of a contact that is gone
	if e.Contact != nil {
		change.Version = e.Contact.Version
	}
	if change.Actor.ID != viewer.ID {
		change.ClientMutationID = nil
	}
	return &ChangedContact{change}
}

// readContacts reads contacts for their events. A contact comes with the head of its events, so that it is known which of
// them are in it.
func (c *Contacts) readContacts(ctx context.Context, org OrgID, ids []ID) (map[ID]stamped[*Contact], error) {
	found, err := c.store.Contacts(ctx, org, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[ID]stamped[*Contact], len(found))
	for i := range found {
		of := &found[i]
		out[of.ID] = stamped[*Contact]{of, stamp{of.EventsHead.Epoch, of.EventsHead.Seq}}
	}
	return out, nil
}

// contactEvent makes what is told of one event.
func contactEvent(e *Event, of *Contact) ContactEvent {
	change := AnyContactChange{changeOf(e), e.Contact, of}
	switch e.Type {
	case ProfileChanged:
		return &ChangedProfile{change, ID(e.Subject)}
	case AttributeChanged:
		return &ChangedAttribute{change, e.Subject}
	case VIPChanged:
		return &ChangedVIP{change}
	case ValidationChanged:
		return &ChangedValidation{change}
	default: // a type of a later version of this program is told as a change of the contact too
		return &ChangedContact{change}
	}
}
