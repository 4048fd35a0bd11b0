package mongo

import (
	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Names of the indexes that queries name. Others are the only ones that can serve their queries.
const (
	indexID        = "_id_" // every collection has it
	indexByName    = "by_name"
	indexByCreated = "by_created"
	indexByUpdated = "by_updated"
	indexSearch    = "by_search_key"
	indexNetworks  = "by_network"
	indexVIP       = "by_vip"
	indexAbout     = "by_contact"
	indexKeyRules  = "by_key_rules"

	indexAuditPlace   = "by_place"
	indexAuditContact = "by_contact"
	indexAuditAgent   = "by_agent"
	indexAuditKind    = "by_kind"
	indexAuditRefused = "by_refusal"
)

// index is one index and the queries that it serves. Indexes are never changed: another one gets another name.
type index struct {
	collection, name string
	keys             bson.D
	isUnique         bool
	isSparse         bool // documents without the field are not in it
	serves           string
}

// indexes are all of them but those on _id, which serve whatever is looked up by its own key or id: organisations, definitions,
// sections, groups, contacts and their heads, notes, remembered writes; an export; and the documents on which transactions meet that
// give the same key to contacts.
func indexes() []index {
	return []index{
		{collection: sections, name: "by_org", keys: up("org"), serves: "an organisation's sections"},
		{collection: definitions, name: "by_org", keys: up("org"), serves: "an organisation's definitions"},
		{collection: contactGroups, name: "by_org", keys: up("org"), serves: "an organisation's contact groups"},

		{collection: contacts, name: indexByName, keys: up("byName"), serves: "contacts by name"},
		{collection: contacts, name: indexByCreated, keys: up("byCreated"), serves: "contacts by the time they were made"},
		{collection: contacts, name: indexByUpdated, keys: up("byUpdated"), serves: "contacts by the time they were changed"},
		{collection: contacts, name: indexSearch, keys: up("search"), serves: "contacts by the beginning of a word"},
		{collection: contacts, name: indexNetworks, keys: up("networks"), serves: "contacts of networks"},
		{collection: contacts, name: indexVIP, keys: up("org", "vip", "vipUntil"), serves: "VIPs"},
		{collection: contacts, name: indexKeyRules, keys: up("contact.keyRules"), serves: "contacts whose keys older rules made"},
		{collection: contacts, name: "by_key", keys: up("keys", "number"), serves: "contacts by profile, e-mail address, phone or customer number"},
		{collection: contacts, name: "by_profile", keys: up("profileKeys"), isUnique: true, isSparse: true, serves: "who holds a profile; that nobody else does"},

		{collection: notes, name: "by_place", keys: up("place"), serves: "a contact's notes, newest first; its deleted notes, last deleted first"},
		{collection: notes, name: "by_deletion", keys: up("deleted"), isSparse: true, serves: "tombstones that have outlived their time"},

		{collection: events, name: "by_seq", keys: up("stream", "seq"), isUnique: true, serves: "what happened to a contact since"},
		{collection: events, name: "by_time", keys: up("at"), serves: "events that have outlived their time"},
		{collection: applied, name: indexAbout, keys: up("about", "_id"), serves: "remembered writes that tell of a contact"},
		{collection: applied, name: "by_time", keys: up("at"), serves: "remembered writes that have outlived their time"},

		{collection: audit, name: indexAuditPlace, keys: up("place"), serves: "an organisation's audit, newest first"},
		{collection: audit, name: indexAuditContact, keys: up("contactPlace"), isSparse: true, serves: "a contact's audit, newest first"},
		{collection: audit, name: indexAuditAgent, keys: up("org", "agent.id", "place", "kind"), serves: "what an agent did, newest first; of some kinds"},
		{collection: audit, name: indexAuditKind, keys: up("org", "kind", "place"), serves: "what was done of some kinds, newest first"},
		{collection: audit, name: indexAuditRefused, keys: up("refusedPlace"), isSparse: true, serves: "what was refused, newest first"},
		{collection: audit, name: "by_refusal_time", keys: up("refusedAt"), isSparse: true, serves: "refused changes that have outlived their time"},
	}
}

// up are the keys of an index, which is read in either direction.
func up(fields ...string) bson.D {
	keys := make(bson.D, len(fields))
	for i, field := range fields {
		keys[i] = bson.E{Key: field, Value: 1}
	}
	return keys
}

func (x *index) model() driver.IndexModel {
	o := options.Index().SetName(x.name)
	if x.isUnique {
		o.SetUnique(true)
	}
	if x.isSparse {
		o.SetSparse(true)
	}
	return driver.IndexModel{Keys: x.keys, Options: o}
}
