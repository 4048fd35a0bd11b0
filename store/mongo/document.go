package mongo

import (
	"time"

	"contactpanel/contact"
)

// The documents as they are kept. Names never change their meaning. Times are dates of BSON, which keep milliseconds; a nil
// list is null and an empty one stays empty, so that each comes back as what it was. All texts of a caller stand in values,
// never in names.

// Names of the collections.
const (
	organisations = "organisations"
	sections      = "sections"
	definitions   = "definitions"
	contacts      = "contacts"
	contactKeys   = "contact_keys"
	notes         = "notes"
	events        = "events"
	applied       = "applied"
	audit         = "audit"
)

// collections are all of them.
func collections() []string {
	return []string{organisations, sections, definitions, contacts, contactKeys, notes, events, applied, audit}
}

type organisationRow struct {
	ID             string    `bson:"_id"`
	Created        time.Time `bson:"created"`
	CatalogVersion int       `bson:"catalogVersion"`
}

// contactRow is a contact with what it is found by. What is ordered or chosen by stands at the top.
type contactRow struct {
	Key         string          `bson:"_id"`
	Org         string          `bson:"org"`
	ID          string          `bson:"id"`
	ByName      string          `bson:"byName"`
	ByCreated   string          `bson:"byCreated"`
	ByUpdated   string          `bson:"byUpdated"`
	Sort        string          `bson:"sort"`
	Created     time.Time       `bson:"created"`
	Updated     time.Time       `bson:"updated"`
	IsVIP       bool            `bson:"vip"`
	VIPUntil    *time.Time      `bson:"vipUntil"`
	Search      []string        `bson:"search"`
	Keys        []string        `bson:"keys"`
	Number      string          `bson:"number"`
	Networks    []string        `bson:"networks"`
	ProfileKeys []string        `bson:"profileKeys,omitempty"` // missing when there is none: the unique index is sparse
	Contact     contactDocument `bson:"contact"`
	NotesHead   headRow         `bson:"notesHead"`
	EventsHead  headRow         `bson:"eventsHead"`
}

// readContact is a contact as it is read, with its organisation.
type readContact struct {
	Row           contactRow        `bson:",inline"`
	Organisations []organisationRow `bson:"organisation"`
}

type headRow struct {
	Epoch int64 `bson:"epoch"`
	Seq   int64 `bson:"seq"`
}

type contactDocument struct {
	Name          string         `bson:"name"`
	AvatarURL     string         `bson:"avatarUrl"`
	Profiles      []profileRow   `bson:"profiles"`
	Attributes    []attributeRow `bson:"attributes"`
	VIPSince      *time.Time     `bson:"vipSince"`
	VIPBy         *agentRow      `bson:"vipBy"`
	VIPReason     string         `bson:"vipReason"`
	Version       int            `bson:"version"`
	ImportedNotes []string       `bson:"importedNotes"`
	ImportedRow   string         `bson:"importedRow"`
}

type profileRow struct {
	ID          string `bson:"id"`
	Network     string `bson:"network"`
	Handle      string `bson:"handle"`
	DisplayName string `bson:"displayName"`
	AvatarURL   string `bson:"avatarUrl"`
	ProfileURL  string `bson:"profileUrl"`
}

type attributeRow struct {
	Key     string     `bson:"key"`
	Type    string     `bson:"type"`
	Values  []valueRow `bson:"values"`
	Origin  string     `bson:"origin"`
	SetBy   agentRow   `bson:"setBy"`
	SetAt   time.Time  `bson:"setAt"`
	Version int        `bson:"version"`
}

type valueRow struct {
	Value string `bson:"value"`
	Extra string `bson:"extra,omitempty"`
}

type agentRow struct {
	ID   string `bson:"id"`
	Name string `bson:"name"`
}

// list applies f to each item; nil stays nil, and empty stays empty.
func list[From, To any](in []From, f func(From) To) []To {
	if in == nil {
		return nil
	}
	out := make([]To, len(in))
	for i := range in {
		out[i] = f(in[i])
	}
	return out
}

// convert applies f to what is pointed at.
func convert[From, To any](p *From, f func(From) To) *To {
	if p == nil {
		return nil
	}
	to := f(*p)
	return &to
}

// moment is a time as it is kept: UTC, anything finer than milliseconds cut off.
func moment(t time.Time) time.Time { return time.UnixMilli(t.UnixMilli()).UTC() }

func agentToRow(a contact.Agent) agentRow { return agentRow{string(a.ID), a.Name} }

func (r agentRow) agent() contact.Agent { return contact.Agent{ID: contact.ID(r.ID), Name: r.Name} }

func toAgent(r agentRow) contact.Agent { return r.agent() }

// rowOf is a contact as it is kept, without its heads.
func rowOf(org contact.OrgID, c *contact.Contact, index *contact.ContactIndex) contactRow {
	row := contactRow{
		Key: keyOf(org, string(c.ID)), Org: string(org), ID: string(c.ID), Sort: index.Sort,
		ByName:    scope(org) + named(contact.Position{Text: index.Sort, ID: c.ID}),
		ByCreated: scope(org) + datedAt(c.CreatedAt, c.ID), ByUpdated: scope(org) + datedAt(c.UpdatedAt, c.ID),
		Created: moment(c.CreatedAt), Updated: moment(c.UpdatedAt),
		IsVIP: c.VIP.IsVIP, VIPUntil: convert(c.VIP.ExpiresAt, moment), Search: keysOf(org, index.Search), Number: index.Number,
		Contact: contactDocument{
			Name: c.Name, AvatarURL: c.AvatarURL, Profiles: list(c.Profiles, profileToRow), Attributes: list(c.Attributes, attributeToRow),
			VIPSince: convert(c.VIP.Since, moment), VIPBy: convert(c.VIP.By, agentToRow), VIPReason: c.VIP.Reason,
			Version: c.Version, ImportedNotes: list(c.ImportedNotes, sameText), ImportedRow: c.ImportedRow,
		},
	}
	for _, key := range index.Lookup {
		row.Keys = include(row.Keys, lookupKey(org, key))
		if key.Kind == contact.LookupProfile {
			row.ProfileKeys = include(row.ProfileKeys, keyOf(org, key.Value))
		}
	}
	for i := range c.Profiles {
		row.Networks = include(row.Networks, keyOf(org, string(c.Profiles[i].Network)))
	}
	return row
}

// contact gives what is kept back, without the version of the catalog.
func (r *contactRow) contact() contact.Contact {
	d := &r.Contact
	return contact.Contact{
		ID: contact.ID(r.ID), Name: d.Name, AvatarURL: d.AvatarURL,
		Profiles: list(d.Profiles, profileRow.profile), Attributes: list(d.Attributes, attributeRow.attribute),
		VIP: contact.VIP{
			IsVIP: r.IsVIP, Since: convert(d.VIPSince, moment), By: convert(d.VIPBy, toAgent), Reason: d.VIPReason,
			ExpiresAt: convert(r.VIPUntil, moment),
		},
		CreatedAt: r.Created, UpdatedAt: r.Updated, Version: d.Version,
		ImportedNotes: list(d.ImportedNotes, sameText), ImportedRow: d.ImportedRow,
		NotesHead: contact.Head(r.NotesHead), EventsHead: contact.Head(r.EventsHead),
	}
}

func sameText(s string) string { return s }

func profileToRow(p contact.Profile) profileRow {
	return profileRow{string(p.ID), string(p.Network), p.Handle, p.DisplayName, p.AvatarURL, p.ProfileURL}
}

func (r profileRow) profile() contact.Profile {
	return contact.Profile{
		ID: contact.ID(r.ID), Network: contact.Network(r.Network), Handle: r.Handle,
		DisplayName: r.DisplayName, AvatarURL: r.AvatarURL, ProfileURL: r.ProfileURL,
	}
}

func attributeToRow(a contact.AttributeRecord) attributeRow {
	return attributeRow{
		a.Key, string(a.Type), list(a.Values, func(v contact.StoredValue) valueRow { return valueRow(v) }),
		string(a.Origin), agentToRow(a.SetBy), moment(a.SetAt), a.Version,
	}
}

func (r attributeRow) attribute() contact.AttributeRecord {
	return contact.AttributeRecord{
		Key: r.Key, Type: contact.ValueType(r.Type), Values: list(r.Values, func(v valueRow) contact.StoredValue { return contact.StoredValue(v) }),
		Origin: contact.Origin(r.Origin), SetBy: r.SetBy.agent(), SetAt: r.SetAt, Version: r.Version,
	}
}
