package graph_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"contactpanel/contact"
)

// putBig adds a contact with n notes and n attributes of n definitions.
func (w *world) putBig(tb testing.TB, n int) contact.ID {
	tb.Helper()
	id := contact.ID(fmt.Sprint("contact_big", n))
	of := contact.Contact{ID: id, Name: fmt.Sprint("Big ", n)}
	w.put(tb, acme, func(ctx context.Context, tx contact.Tx) error {
		for i := range n {
			d := contact.Definition{
				ID: contact.ID(fmt.Sprint("definition_big", i)), Key: fmt.Sprint("big", i), Kind: contact.KindCustom, ValueType: contact.TypeText,
				Labels: contact.Localised{{Locale: "en", Text: "Big"}}, Section: "about", Order: 1000 + i, Version: 1, CreatedAt: early, UpdatedAt: early,
				Rules: contact.RuleSet{MaxValues: 1},
			}
			if err := tx.PutDefinition(ctx, acme, d); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range n {
		of.Attributes = append(of.Attributes, contact.AttributeRecord{
			Key: fmt.Sprint("big", i), Type: contact.TypeText, Values: []contact.StoredValue{{Value: strings.Repeat("value ", 5)}},
			Origin: contact.OriginAgent, SetBy: author, SetAt: early, Version: 1,
		})
	}
	w.putContact(tb, acme, of)
	for i := range n {
		w.putNote(tb, acme, contact.Note{
			ID: contact.ID(fmt.Sprintf("note_big%d_%d", n, i)), Contact: id, Body: strings.Repeat("note ", 20), Author: author, CreatedAt: early.Add(time.Duration(i) * time.Minute),
		})
	}
	return id
}

func TestPanelCostsFourRoundTripsColdAndTwoWarmHoweverMuchThereIs(t *testing.T) {
	for _, n := range []int{0, 100} {
		w := newWorld(t)
		id := w.putBig(t, n)
		variables := map[string]any{"id": id, "firstNotes": 100}
		for _, tt := range []struct {
			name string
			want []string
		}{
			{"the first request of the process", []string{"Contacts", "DeactivatedAgents", "Definitions", "Notes+total"}},
			{"another", []string{"Contacts", "Notes+total"}},
			{"another after some seconds", []string{"Contacts", "DeactivatedAgents", "Notes+total"}},
		} {
			if strings.HasSuffix(tt.name, "seconds") {
				w.clock.advance(5 * time.Second)
			}
			w.store.seen.take()
			got := w.ask(t, ada, document(t, "panel"), variables)
			if calls := w.store.seen.take(); !slices.Equal(slices.Sorted(slices.Values(calls)), tt.want) {
				t.Errorf("%d notes and attributes, %s: the store calls %v, want %v", n, tt.name, calls, tt.want)
			}
			notes, _ := got.at(t, "data", "contact", "notes", "edges").([]any)
			if len(notes) != n || got.codes(t) != "" {
				t.Errorf("%d notes are answered, want %d: %.300s", len(notes), n, got.body)
			}
		}
		w.ask(t, adam, `mutation { createAttributeSection(input: { key: "fresh", labels: [{ locale: "en", text: "x" }] }) { problems { code } } }`, nil)
		w.store.seen.take()
		w.ask(t, ada, document(t, "panel"), variables)
		if calls := w.store.seen.take(); len(calls) > 3 {
			t.Errorf("after a change of the catalog: the store calls %v", calls)
		}
	}
}

// The fields of an answer ask side by side, and each needs the definitions.
func TestDefinitionsThatChangedAreReadOnceForAllFieldsOfAnAnswer(t *testing.T) {
	w := newFullWorld(t)
	ids := make([]string, 0, contact.MaxNodes)
	for i := range contact.MaxNodes {
		id := fmt.Sprintf("contact_n%02d", i)
		w.putContact(t, acme, contact.Contact{ID: contact.ID(id), Name: "Node"})
		ids = append(ids, id)
	}
	const query = "query A($ids: [ID!]!) { nodes(ids: $ids) { ... on Contact { sections { key } groups { __typename } attribute(key: \"biography\") { __typename } } } }"
	w.do(t, ada, "{ viewer { id } }", nil) // who is let in
	g := vipGroup("group_n", "n")
	w.put(t, acme, func(ctx context.Context, tx contact.Tx) error { return tx.PutGroup(ctx, acme, g) })
	w.store.seen.take()
	var asked atomic.Int32
	second := make(chan struct{})
	w.store.seen.failWith(func(_ context.Context, call string) error {
		if call != "Definitions" {
			return nil
		}
		if asked.Add(1) == 2 {
			close(second)
		}
		select { // so that the other fields have their turn
		case <-second:
		case <-time.After(200 * time.Millisecond):
		}
		return nil
	})
	w.do(t, ada, query, map[string]any{"ids": ids})
	if calls := w.store.seen.take(); !slices.Equal(slices.Sorted(slices.Values(calls)), []string{"Contacts", "Definitions"}) {
		t.Errorf("the store calls %v, want each of Contacts and Definitions once", calls)
	}
}

func TestTotalIsCountedOnlyWhenItIsAskedFor(t *testing.T) {
	w := newFullWorld(t)
	w.ask(t, ada, document(t, "panel"), map[string]any{"id": fullContact})
	for query, want := range map[string][]string{
		`{ contact(id: "contact_full") { notes { nodes { id } } } }`:                                                 {"Contacts", "Notes"},
		`{ contact(id: "contact_full") { notes { nodes { id } totalCount } } }`:                                      {"Contacts", "Notes+total"},
		`{ contact(id: "contact_full") { notes { ...N } } } fragment N on NoteConnection { count: totalCount }`:      {"Contacts", "Notes+total"},
		`{ contact(id: "contact_full") { notes { nodes { id } totalCount @skip(if: true) } } }`:                      {"Contacts", "Notes"},
		`{ contact(id: "contact_full") { deletedNotes { pageInfo { hasNextPage } } } }`:                              {"Contacts", "Notes"},
		`{ contact(id: "contact_full") { deletedNotes { totalCount } } }`:                                            {"Contacts", "Notes+total"},
		`{ contacts { nodes { id } } }`:                                                                              {"SearchContacts"},
		`{ contacts { nodes { id } totalCount } }`:                                                                   {"SearchContacts+total"},
		`{ contacts { edges { node { sections { key attributes { ... on Attribute { id } } } } } } }`:                {"SearchContacts"},
		`{ nodes(ids: ["contact_full", "contact_long", "note_full", "note_first", "attribute_full.email"]) { id } }`: {"Contacts", "NotesByID"},
		`{ nodes(ids: ["definition_sample_text", "section_sample", "contact_full", "note_full"]) { id } }`:           {"Contacts", "NotesByID"},
		`{ nodes(ids: ["group_full", "contact_full", "note_full"]) { id } }`:                                         {"Contacts", "NotesByID"},
		`{ contact(id: "contact_full") { groups { group { id } matches { __typename } } } }`:                         {"Contacts"},
		`{ contactGroups { id conditions { __typename } } }`:                                                         {"Organisation"},
	} {
		w.store.seen.take()
		got := w.ask(t, ada, query, nil)
		if calls := w.store.seen.take(); !slices.Equal(calls, want) || got.codes(t) != "" {
			t.Errorf("%s: the store calls %v, want %v: %.200s", query, calls, want, got.body)
		}
	}
}
