package graph_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/graph"
)

// Ids of the fixtures.
const (
	emptyContact = "contact_empty"
	fullContact  = "contact_full"
	longContact  = "contact_long"
	foreign      = "contact_foreign" // of globex
	fullNote     = "note_full"
	deletedNote  = "note_deleted"
	foreignNote  = "note_foreign" // of globex
	fullGroup    = "group_full"
	foreignGroup = "group_foreign" // of globex
)

var (
	author = contact.Agent{ID: "Bea Before", Name: "Bea Before"}
	early  = noon.Add(-48 * time.Hour)
)

// put writes to a store as no use case could: ids and values of the test's choice.
func (w *world) put(tb testing.TB, org contact.OrgID, fn func(ctx context.Context, tx contact.Tx) error) {
	tb.Helper()
	if err := w.store.Store.Update(tb.Context(), org, fn); err != nil {
		tb.Fatal(err)
	}
}

// putContact writes a contact that is found by its name's words in lower case.
func (w *world) putContact(tb testing.TB, org contact.OrgID, c contact.Contact) {
	tb.Helper()
	name := strings.ToLower(c.DisplayName())
	index := contact.ContactIndex{Sort: name, Search: strings.Fields(name)}
	for _, p := range c.Profiles {
		index.Lookup = append(index.Lookup, contact.LookupKey{
			Kind: contact.LookupProfile, Value: string(p.Network) + ":" + strings.ToLower(p.Handle),
		})
	}
	c.CreatedAt, c.UpdatedAt, c.Version = early, early.Add(time.Hour), max(c.Version, 1)
	w.put(tb, org, func(ctx context.Context, tx contact.Tx) error { return tx.PutContact(ctx, org, c, index) })
}

// putNote writes a note and its event.
func (w *world) putNote(tb testing.TB, org contact.OrgID, n contact.Note) {
	tb.Helper()
	n.Version = max(n.Version, 1)
	w.put(tb, org, func(ctx context.Context, tx contact.Tx) error {
		if err := tx.PutNote(ctx, org, n); err != nil {
			return err
		}
		_, err := tx.Append(ctx, org, contact.Event{
			Contact: n.Contact, Topic: contact.TopicNotes, Type: contact.NoteAdded, Subject: string(n.ID), Version: n.Version, At: n.CreatedAt,
			Actor: author,
		})
		return err
	})
}

// putSamples adds definitions of every value type, in turn of every kind.
func (w *world) putSamples(tb testing.TB) {
	tb.Helper()
	sections, definitions := contact.SampleDefinitions(early)
	w.put(tb, acme, func(ctx context.Context, tx contact.Tx) error {
		for _, s := range sections {
			if err := tx.PutSection(ctx, acme, s); err != nil {
				return err
			}
		}
		for _, d := range definitions {
			if err := tx.PutDefinition(ctx, acme, d); err != nil {
				return err
			}
		}
		return nil
	})
}

// putFull adds a contact that has everything that a panel shows.
func (w *world) putFull(tb testing.TB) {
	tb.Helper()
	since, until := early.Add(2*time.Hour), noon.Add(30*24*time.Hour)
	w.putContact(tb, acme, contact.Contact{
		ID: fullContact, Name: "Sam Sample", AvatarURL: "https://pictures.example/sam.png", Version: 7,
		Profiles: []contact.Profile{
			{ID: "profile_full", Network: contact.Instagram, Handle: "Sam.Sample", DisplayName: "Sam on Instagram",
				AvatarURL: "https://pictures.example/insta.png", ProfileURL: "https://www.instagram.com/sam.sample/?hl=de"},
			{ID: "profile_bare", Network: contact.SMS, Handle: "+493023125000"},
		},
		Attributes: contact.SampleAttributes(early),
		VIP:        contact.VIP{IsVIP: true, Since: &since, By: &author, Reason: "Press", ExpiresAt: &until},
	})
	edited, gone := early.Add(5*time.Hour), noon.Add(-time.Hour)
	w.putNote(tb, acme, contact.Note{ID: "note_first", Contact: fullContact, Body: "Called on Monday.", Author: author, CreatedAt: early.Add(time.Hour)})
	w.putNote(tb, acme, contact.Note{
		ID: fullNote, Contact: fullContact, Body: "Wants <b>invoices</b>\nby \"mail\" & not by post 😀.", Author: author, CreatedAt: early.Add(2 * time.Hour),
		LastEditedBy: &contact.Agent{ID: "Cem Colleague", Name: "Cem Colleague"}, LastEditedAt: &edited, Version: 2,
	})
	w.putNote(tb, acme, contact.Note{
		ID: deletedNote, Contact: fullContact, Body: "Not so.", Author: author, CreatedAt: early.Add(3 * time.Hour),
		DeletedBy: &author, DeletedAt: &gone, Version: 2,
	})
}

// putOthers adds a contact of which nothing but the name is known, one with the longest notes, and one of the other
// organisation.
func (w *world) putOthers(tb testing.TB) {
	tb.Helper()
	w.putContact(tb, acme, contact.Contact{ID: emptyContact, Name: "Ernst Empty"})
	w.putContact(tb, acme, contact.Contact{ID: longContact, Name: "Lola Long", Profiles: []contact.Profile{
		{ID: "profile_long", Network: contact.Telegram, Handle: "lola"},
	}})
	for i, unit := range []string{"a", "ß", "😀", "e\u0301", "line\n"} {
		body := strings.TrimSpace(strings.Repeat(unit, contact.MaxNoteLength/len([]rune(unit))))
		w.putNote(tb, acme, contact.Note{
			ID: contact.ID(fmt.Sprintf("note_long%d", i)), Contact: longContact, Body: body, Author: author, CreatedAt: early.Add(time.Duration(i) * time.Hour),
		})
	}
	w.putContact(tb, globex, contact.Contact{ID: foreign, Name: "Fay Foreign", Profiles: []contact.Profile{
		{ID: "profile_foreign", Network: contact.X, Handle: "fay"},
	}})
	w.putNote(tb, globex, contact.Note{ID: foreignNote, Contact: foreign, Body: "Ours alone.", Author: author, CreatedAt: early})
}

// vipGroup is a group of all VIPs.
func vipGroup(id contact.ID, key string) contact.Group {
	return contact.Group{
		ID: id, Key: key, Labels: contact.Localised{{Locale: "en", Text: "VIPs"}}, Match: contact.MatchAll, Weight: 1, Version: 1,
		Conditions: []contact.Condition{{Subject: contact.SubjectVIP, Operator: contact.OpEquals, Values: []contact.StoredValue{{Value: "true"}}}},
		CreatedAt:  early, UpdatedAt: early,
	}
}

// putGroups adds one group of each organisation. That of acme tests everything there is, and the full contact is in it.
func (w *world) putGroups(tb testing.TB) {
	tb.Helper()
	full := vipGroup(fullGroup, "full_group")
	full.Labels = contact.Localised{{Locale: "en", Text: "Sample people"}, {Locale: "de", Text: "Musterleute"}}
	full.Match, full.IsPrioritised, full.Weight, full.Teams, full.Version = contact.MatchAny, true, 3, []string{"Care", "Sales"}, 2
	full.UpdatedAt = early.Add(time.Hour)
	full.Conditions = append(full.Conditions,
		contact.Condition{Subject: contact.SubjectAttribute, Key: "sample_choice", Operator: contact.OpAnyOf, Values: []contact.StoredValue{{Value: "two"}, {Value: "one"}}},
		contact.Condition{Subject: contact.SubjectAttribute, Key: "sample_email", Operator: contact.OpIsNotSet},
		contact.Condition{Subject: contact.SubjectNetwork, Operator: contact.OpEquals, Values: []contact.StoredValue{{Value: "INSTAGRAM"}}},
		contact.Condition{Subject: contact.SubjectValidation, Operator: contact.OpEquals, Values: []contact.StoredValue{{Value: "NOT_CONFIGURED"}}},
	)
	for org, g := range map[contact.OrgID]contact.Group{acme: full, globex: vipGroup(foreignGroup, "foreign_group")} {
		w.put(tb, org, func(ctx context.Context, tx contact.Tx) error { return tx.PutGroup(ctx, org, g) })
	}
}

// newFullWorld is a world with all fixtures.
func newFullWorld(tb testing.TB, change ...func(*graph.Deps)) *world {
	tb.Helper()
	w := newWorld(tb, change...)
	w.putSamples(tb)
	w.putFull(tb)
	w.putOthers(tb)
	w.putGroups(tb)
	return w
}
