package mongo

import (
	"time"

	"contactpanel/contact"
	"contactpanel/store/internal/record"
)

// The documents as they are kept, around what package record says of contacts and catalogs. Names never change their meaning.
// Times are dates of BSON, which keep milliseconds. All texts of a caller stand in values, never in names.

// Names of the collections.
const (
	organisations     = "organisations"
	deactivatedAgents = "deactivated_agents"
	sections          = "sections"
	definitions       = "definitions"
	contactGroups     = "contact_groups"
	contacts          = "contacts"
	contactKeys       = "contact_keys"
	notes             = "notes"
	events            = "events"
	applied           = "applied"
	audit             = "audit"
)

// collections are all of them.
func collections() []string {
	return []string{
		organisations, deactivatedAgents, sections, definitions, contactGroups, contacts, contactKeys, notes, events, applied, audit,
	}
}

type organisationRow struct {
	ID             string    `bson:"_id"`
	Created        time.Time `bson:"created"`
	CatalogVersion int       `bson:"catalogVersion"`
	AgentChanges   int       `bson:"agentChanges,omitempty"` // rises with each: two transactions that make one meet here
}

// contactRow is a contact with what it is found by. What is ordered or chosen by stands at the top.
type contactRow struct {
	Key         string      `bson:"_id"`
	Org         string      `bson:"org"`
	ID          string      `bson:"id"`
	ByName      string      `bson:"byName"`
	ByCreated   string      `bson:"byCreated"`
	ByUpdated   string      `bson:"byUpdated"`
	Sort        string      `bson:"sort"`
	Created     time.Time   `bson:"created"`
	Updated     time.Time   `bson:"updated"`
	IsVIP       bool        `bson:"vip"`
	VIPUntil    *time.Time  `bson:"vipUntil"`
	Search      []string    `bson:"search"`
	Keys        []string    `bson:"keys"`
	Number      string      `bson:"number"`
	Networks    []string    `bson:"networks"`
	ProfileKeys []string    `bson:"profileKeys,omitempty"` // missing when there is none: the unique index is sparse
	Contact     contactBody `bson:"contact"`
	NotesHead   headRow     `bson:"notesHead"`
	EventsHead  headRow     `bson:"eventsHead"`
}

// contactBody is the contact itself. The rules that made the keys stand in it because a gateway of a version that knows nothing
// of them writes keys of its own, and replaces the body with them: the number is gone then, and the keys are found to be old.
type contactBody struct {
	record.Contact `bson:",inline"`
	KeyRules       int `bson:"keyRules"`
}

// toldOf is a further member of a contact's document, which nothing reads: how many remembered writes have told of it. It rises
// with each, so that a transaction that only read the contact and an erasure of it meet.
const toldOf = "toldOf"

// readContact is a contact as it is read, with its organisation.
type readContact struct {
	Row           contactRow        `bson:",inline"`
	Organisations []organisationRow `bson:"organisation"`
}

type headRow struct {
	Epoch int64 `bson:"epoch"`
	Seq   int64 `bson:"seq"`
}

// moment is a time as it is kept: UTC, anything finer than milliseconds cut off.
func moment(t time.Time) time.Time { return time.UnixMilli(t.UnixMilli()).UTC() }

// rowOf is a contact as it is kept, without its heads.
func rowOf(org contact.OrgID, c *contact.Contact, index *contact.ContactIndex) contactRow {
	row := contactRow{
		Key: keyOf(org, string(c.ID)), Org: string(org), ID: string(c.ID), Sort: index.Sort,
		ByName:    scope(org) + named(contact.Position{Text: index.Sort, ID: c.ID}),
		ByCreated: scope(org) + datedAt(c.CreatedAt, c.ID), ByUpdated: scope(org) + datedAt(c.UpdatedAt, c.ID),
		Created: moment(c.CreatedAt), Updated: moment(c.UpdatedAt),
		IsVIP: c.VIP.IsVIP, VIPUntil: record.Optional(c.VIP.ExpiresAt, moment), Search: keysOf(org, index.Search), Number: index.Number,
		Contact: contactBody{record.OfContact(c), index.Rules},
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
	c := contact.Contact{
		ID: contact.ID(r.ID), VIP: contact.VIP{IsVIP: r.IsVIP, ExpiresAt: record.Optional(r.VIPUntil, moment)},
		CreatedAt: r.Created, UpdatedAt: r.Updated, NotesHead: contact.Head(r.NotesHead), EventsHead: contact.Head(r.EventsHead),
	}
	r.Contact.Fill(&c)
	return c
}
