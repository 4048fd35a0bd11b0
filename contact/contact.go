package contact

import (
	"context"
	"slices"
	"time"
)

// Contact is a person who writes to the organisation: one aggregate with profiles, attribute records and VIP state, which a
// store reads and writes whole. Notes stand beside it.
type Contact struct {
	ID         ID
	Name       string // as people call the contact; "" when nobody said
	AvatarURL  string // "" when there is none
	Profiles   []Profile
	Attributes []AttributeRecord // by key, in no order
	VIP        VIP
	CreatedAt  time.Time
	UpdatedAt  time.Time
	Version    int // from 1; rises with every change of the contact, not of its notes

	// ImportedNotes are digests of the notes that imports made, so that none is made twice, even when it was edited or
	// deleted since.
	ImportedNotes []string
	// ImportedRow is the digest of the row that an import made the contact of, when the row had no key to know it again by.
	ImportedRow string

	// The members below are read with the contact, in one read, and never written with it.

	// CatalogVersion is the version of the organisation's definitions.
	CatalogVersion int
	// Notes and Events are the heads of the contact's two topics: what a snapshot taken now is current to. They are read no
	// later than anything that is asked about the contact afterwards, so that snapshot + stream has no gap.
	NotesHead, EventsHead Head
}

// DisplayName is what to call the contact: the name, else the first profile's name or handle, else an e-mail address, a
// phone number, a customer number. It is never empty, because a contact without all of them cannot be made. It does not look
// at rights: [Contacts.DisplayName] is for viewers.
func (c *Contact) DisplayName() string {
	return c.calledBy(func(string) bool { return true })
}

// givenName is what the contact is called in public, "" when it has neither a name nor a profile.
func (c *Contact) givenName() string {
	if c.Name != "" {
		return c.Name
	}
	if p := c.PrimaryProfile(); p != nil {
		return or(p.DisplayName, p.Handle)
	}
	return ""
}

// calledBy is what to call the contact when attributes may be used.
func (c *Contact) calledBy(mayUse func(key string) bool) string {
	if name := c.givenName(); name != "" {
		return name
	}
	for _, key := range []string{KeyEmail, KeyPhone, KeyCustomerNumber} {
		if r := c.record(key); r != nil && len(r.Values) > 0 && mayUse(key) {
			if key == KeyPhone {
				return r.Values[0].Extra
			}
			return r.Values[0].Value
		}
	}
	return string(c.ID)
}

// DisplayName is what the viewer calls the contact: as [Contact.DisplayName], but by attributes only that the viewer may
// read, and by the id when there are none.
func (c *Contacts) DisplayName(ctx context.Context, of *Contact) (string, error) {
	if name := of.givenName(); name != "" {
		return name, nil
	}
	catalog, _, err := c.catalogOf(ctx, of)
	if err != nil {
		return "", err
	}
	return of.calledBy(func(key string) bool { return catalog.readable(key) != nil }), nil
}

// Avatar is the address of the contact's picture: its own, else the first profile's that has one, else nil.
func (c *Contact) Avatar() *string {
	if c.AvatarURL != "" {
		return &c.AvatarURL
	}
	for i := range c.Profiles {
		if c.Profiles[i].AvatarURL != "" {
			return &c.Profiles[i].AvatarURL
		}
	}
	return nil
}

// PrimaryProfile is the profile to show first: the first one, nil when there is none.
func (c *Contact) PrimaryProfile() *Profile {
	if len(c.Profiles) == 0 {
		return nil
	}
	return &c.Profiles[0]
}

// NotesCursor is the position in the contact's note events that this snapshot is current to.
func (c *Contact) NotesCursor() string { return c.NotesHead.Cursor() }

// EventsCursor is the position in the contact's other events that this snapshot is current to.
func (c *Contact) EventsCursor() string { return c.EventsHead.Cursor() }

// record returns the record of a key, nil when nothing was ever set.
func (c *Contact) record(key string) *AttributeRecord {
	for i := range c.Attributes {
		if c.Attributes[i].Key == key {
			return &c.Attributes[i]
		}
	}
	return nil
}

// put adds or replaces the record of a key.
func (c *Contact) put(r AttributeRecord) {
	if old := c.record(r.Key); old != nil {
		*old = r
		return
	}
	c.Attributes = append(c.Attributes, r)
}

// clone copies the contact as far as a use case changes it.
func (c *Contact) clone() *Contact {
	out := *c
	out.Profiles = slices.Clone(c.Profiles)
	out.Attributes = slices.Clone(c.Attributes)
	out.ImportedNotes = slices.Clone(c.ImportedNotes)
	return &out
}

// Contact returns one contact. NOT_FOUND when the organisation has none with the id.
func (c *Contacts) Contact(ctx context.Context, id ID) (*Contact, error) {
	actor, err := actorFor(ctx, "contact")
	if err != nil {
		return nil, err
	}
	found, err := c.contactsByID(ctx, actor.Org, []ID{id})
	if err != nil {
		return nil, err
	}
	if found[0] == nil {
		return nil, FieldErrorf(NotFound, "id", "there is no such contact")
	}
	return found[0], nil
}

// contactsByID reads contacts in one round trip; the answer has one place for each id, nil where there is none.
func (c *Contacts) contactsByID(ctx context.Context, org OrgID, ids []ID) ([]*Contact, error) {
	found, err := c.store.Contacts(ctx, org, ids)
	if err != nil {
		return nil, err
	}
	out := make([]*Contact, len(ids))
	for i, id := range ids {
		if k := slices.IndexFunc(found, func(f Contact) bool { return f.ID == id }); k >= 0 {
			out[i] = &found[k]
		}
	}
	return out, nil
}

// ContactByProfile returns the contact that a profile belongs to, compared without case and without a leading @.
// NOT_FOUND when nobody has it.
func (c *Contacts) ContactByProfile(ctx context.Context, network Network, handle string) (*Contact, error) {
	actor, err := actorFor(ctx, "contactByProfile")
	if err != nil {
		return nil, err
	}
	found, err := c.store.ContactByKey(ctx, actor.Org, profileKey(network, cutAt(handle)))
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, FieldErrorf(NotFound, "handle", "no contact has this profile")
	}
	return found, nil
}
