package mongo_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"

	"contactpanel/contact"
	"contactpanel/fold"
	"contactpanel/idn"
	"contactpanel/language"
	"contactpanel/phone"
	"contactpanel/store/mongo"
	"contactpanel/store/mongo/mongotest"
)

// panel is the domain over a store.
func panel(s *mongo.Store) *contact.Contacts {
	return contact.New(contact.Deps{
		Store: s, Phones: phone.Book{}, Languages: language.New(), Domains: idn.Domains{}, Letters: fold.Letters{}, Now: noon, NewID: contact.RandomID,
	})
}

func as(ctx context.Context, role contact.Role) context.Context {
	return contact.WithActor(ctx, contact.Actor{Agent: agent(), Org: org, Roles: []contact.Role{role}, Origin: contact.OriginAPI})
}

// writeAsBefore writes all contacts as a gateway of the version before keys had rules does: whole fields with $set, keys without
// the definitions that they come from, and a body that does not say by which rules.
func writeAsBefore(t *testing.T, db *driver.Database) {
	t.Helper()
	found, err := db.Collection("contacts").Find(t.Context(), bson.D{})
	must(t, err)
	var rows []bson.M
	must(t, found.All(t.Context(), &rows))
	for _, row := range rows {
		keys := bson.A{}
		for _, key := range row["search"].(bson.A) {
			plain, _, _ := strings.Cut(key.(string), contact.SearchMark)
			keys = append(keys, plain)
		}
		body := slices.DeleteFunc(row["contact"].(bson.D), func(e bson.E) bool { return e.Key == "keyRules" })
		set := bson.D{{Key: "search", Value: keys}, {Key: "contact", Value: body}}
		if prefix, isNameless := strings.CutSuffix(row["byName"].(string), "\U0010fffd\x00"+row["id"].(string)); isNameless {
			set = append(set, bson.E{Key: "sort", Value: hiddenMail}, bson.E{Key: "byName", Value: prefix + hiddenMail + "\x00" + row["id"].(string)})
		}
		_, err := db.Collection("contacts").UpdateByID(t.Context(), row["_id"], bson.D{{Key: "$set", Value: set}})
		must(t, err)
	}
}

const hiddenMail = "zoe@example.org"

// foundBy counts the contacts that an agent finds.
func foundBy(t *testing.T, c *contact.Contacts, search string) int {
	t.Helper()
	page, err := c.Search(as(t.Context(), contact.RoleAgent), contact.SearchInput{Search: search})
	must(t, err)
	return len(page.Items)
}

// paged counts the contacts that come when one page of one follows the other.
func paged(t *testing.T, c *contact.Contacts) (n int) {
	t.Helper()
	for in := (contact.SearchInput{Page: contact.PageArgs{First: new(1)}}); ; n++ {
		page, err := c.Search(as(t.Context(), contact.RoleAgent), in)
		must(t, err)
		if len(page.Items) == 0 {
			return n
		}
		in.Page.After = &page.Cursors[0]
	}
}

func TestWhatAGatewayOfAnEarlierVersionWritesGetsItsKeysAnew(t *testing.T) {
	uri := mongotest.Database(t)
	s, err := mongo.Open(t.Context(), uri, slog.New(slog.DiscardHandler))
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	c, admin := panel(s), as(t.Context(), contact.RoleAdmin)
	must(t, c.MakeOrganisation(t.Context(), org))
	for _, in := range []contact.UpsertInput{{}, {Name: "Zz Top"}} {
		mail := hiddenMail
		if in.Name != "" {
			mail = "zz@example.org"
		}
		in.Attributes = []contact.AttributeInput{{Key: contact.KeyEmail, Values: []contact.ValueInput{{Email: &mail}}}}
		_, err := c.Upsert(as(t.Context(), contact.RoleIntegration), in)
		must(t, err)
	}
	_, err = c.UpdateDefinition(admin, contact.DefinitionChange{Key: contact.KeyEmail, ExpectedVersion: 1, Readers: &[]contact.Role{contact.RoleAdmin}})
	must(t, err)
	db := data(connect(t, uri), uri)
	for _, when := range []string{"in a database of the earlier version", "while the earlier version still runs"} {
		writeAsBefore(t, db)
		if found, all := foundBy(t, c, hiddenMail), paged(t, c); found != 1 || all != 1 {
			t.Fatalf("%s: old keys find %d contacts by a hidden address and page through %d; want 1 and 1, else nothing is shown here", when, found, all)
		}
		if old, err := c.OldKeys(t.Context()); err != nil || old != 2 {
			t.Errorf("%s: OldKeys() = %d, %v; want 2", when, old, err)
		}
		if n, err := c.RenewKeys(t.Context()); err != nil || n != 2 {
			t.Errorf("%s: RenewKeys() = %d, %v; want 2", when, n, err)
		}
		if found, all := foundBy(t, c, hiddenMail), paged(t, c); found != 0 || all != 2 {
			t.Errorf("%s: new keys find %d contacts by a hidden address and page through %d; want 0 and 2", when, found, all)
		}
	}
}
