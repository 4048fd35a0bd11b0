package mongo_test

import (
	"context"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"contactpanel/contact"
	"contactpanel/store/mongo/mongotest"
)

func TestNewOrganisationIsWrittenWithoutLooksAndClaims(t *testing.T) {
	uri := mongotest.Database(t)
	s, seen := openSeen(t, uri, false)
	before := seen.count(named("find", "aggregate"))
	must(t, s.Update(t.Context(), org, func(ctx context.Context, tx contact.Tx) error {
		must(t, tx.PutOrganisation(ctx, contact.Organisation{ID: org, CreatedAt: noon()}))
		for n, profile := range []string{"X:zero", "X:one", "X:two"} {
			c := contact.Contact{ID: contactID(n), Name: "Carla", CreatedAt: noon(), UpdatedAt: noon(), Version: 1}
			must(t, tx.PutContact(ctx, org, c, contact.ContactIndex{Sort: "carla", Lookup: []contact.LookupKey{{Kind: contact.LookupProfile, Value: profile}}}))
		}
		return nil
	}))
	if n := seen.count(named("find", "aggregate")) - before; n != 1 {
		t.Errorf("the store looked %d times, want once for the organisation", n)
	}
	claims, err := data(connect(t, uri), uri).Collection("contact_keys").CountDocuments(t.Context(), bson.D{})
	must(t, err)
	if claims != 0 {
		t.Errorf("there are %d claims on keys that nobody else can want", claims)
	}
	found, err := s.ContactByKey(t.Context(), org, contact.LookupKey{Kind: contact.LookupProfile, Value: "X:two"})
	must(t, err)
	if found == nil || found.ID != contactID(2) {
		t.Errorf("a profile of the new organisation belongs to %+v", found)
	}
}

// TestRememberingAWriteThatChangesItsContactCostsNoRoundTrip compares notes that are added without and with an answer that tells
// of the contact, which such an answer writes to.
func TestRememberingAWriteThatChangesItsContactCostsNoRoundTrip(t *testing.T) {
	for _, withoutBulk := range []bool{false, true} {
		s, seen := openSeen(t, mongotest.Database(t), withoutBulk)
		makeContacts(t, s, 1)
		var trips []int
		for _, tellsOf := range []contact.ID{"", contactID(0)} {
			every := named("find", "aggregate", "insert", "update", "delete", "bulkWrite", "commitTransaction")
			before := seen.count(every)
			must(t, s.Update(t.Context(), org, func(ctx context.Context, tx contact.Tx) error {
				must(t, putNote(ctx, tx, contactID(0), "key of "+string(tellsOf)))
				return tx.PutApplied(ctx, org, contact.Applied{Agent: agent().ID, Key: "told", Hash: "hash", Result: []byte("{}"), At: noon(), Contact: tellsOf})
			}))
			trips = append(trips, seen.count(every)-before)
		}
		if trips[0] != trips[1] || trips[0] == 0 {
			t.Errorf("without bulk writes: %v: a write took %d round trips, and %d when it is remembered with its contact", withoutBulk, trips[0], trips[1])
		}
	}
}

func TestContactsAreReadAtOnceAfterAnOwnChangeOfTheCatalog(t *testing.T) {
	s, seen := openSeen(t, mongotest.Database(t), false)
	makeContacts(t, s, 1)
	for version := 1; version <= 2; version++ {
		must(t, s.Update(t.Context(), org, func(ctx context.Context, tx contact.Tx) error {
			return tx.PutSection(ctx, org, contact.Section{ID: "section_x", Key: "x", Version: version})
		}))
		looks, commits := seen.count(named("aggregate")), seen.count(named("commitTransaction"))
		found, err := s.Contacts(t.Context(), org, []contact.ID{contactID(0)})
		must(t, err)
		if found[0].CatalogVersion != version {
			t.Errorf("the contact came with version %d of the catalog, want %d", found[0].CatalogVersion, version)
		}
		if looks, commits = seen.count(named("aggregate"))-looks, seen.count(named("commitTransaction"))-commits; looks != 1 || commits != 0 {
			t.Errorf("a contact took %d looks and %d transactions, want one look", looks, commits)
		}
	}
}
