package contact_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"contactpanel/contact"
)

// countingStore counts the calls of a store, those inside a transaction too.
type countingStore struct {
	contact.Store
	calls atomic.Int64
}

func (s *countingStore) Organisation(ctx context.Context, org contact.OrgID) (contact.Organisation, error) {
	s.calls.Add(1)
	return s.Store.Organisation(ctx, org)
}

func (s *countingStore) Definitions(ctx context.Context, org contact.OrgID) (contact.Definitions, error) {
	s.calls.Add(1)
	return s.Store.Definitions(ctx, org)
}

func (s *countingStore) Contacts(ctx context.Context, org contact.OrgID, ids []contact.ID) ([]contact.Contact, error) {
	s.calls.Add(1)
	return s.Store.Contacts(ctx, org, ids)
}

func (s *countingStore) ContactByKey(ctx context.Context, org contact.OrgID, key contact.LookupKey) (*contact.Contact, error) {
	s.calls.Add(1)
	return s.Store.ContactByKey(ctx, org, key)
}

func (s *countingStore) SearchContacts(ctx context.Context, org contact.OrgID, q contact.ContactQuery) (contact.Slice[contact.Contact], error) {
	s.calls.Add(1)
	return s.Store.SearchContacts(ctx, org, q)
}

func (s *countingStore) Notes(ctx context.Context, org contact.OrgID, q contact.NoteQuery) (contact.Slice[contact.Note], error) {
	s.calls.Add(1)
	return s.Store.Notes(ctx, org, q)
}

func (s *countingStore) NotesByID(ctx context.Context, org contact.OrgID, ids []contact.ID) ([]contact.Note, error) {
	s.calls.Add(1)
	return s.Store.NotesByID(ctx, org, ids)
}

func (s *countingStore) Update(ctx context.Context, org contact.OrgID, fn func(context.Context, contact.Tx) error) error {
	s.calls.Add(1)
	return s.Store.Update(ctx, org, fn)
}

// counted is a gateway that has just started, over the world's store, and a way to count what it asks of it.
func (w *world) counted() (*contact.Contacts, func(what string, limit int64, do func() error)) {
	store := &countingStore{Store: w.store}
	return contact.New(w.deps(store)), func(what string, limit int64, do func() error) {
		w.Helper()
		store.calls.Store(0)
		w.must(what, do())
		if n := store.calls.Load(); n > limit || n == 0 {
			w.Errorf("%s: %d calls of the store, want 1 to %d", what, n, limit)
		}
	}
}

func TestAPanelCostsThreeCallsOfTheStoreColdAndTwoWarm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	defineEveryType(w)
	bare, full := w.person("Bare"), w.person("Full", customer("F"), emails("1@x.de", "2@x.de", "3@x.de"), attr("some_text", text("ab"), text("cd")), attr("a_boolean", boolean(true)))
	for i := range 100 {
		w.note(full.ID, fmt.Sprint("note ", i))
	}
	groupsToMove(w)
	panel := func(gateway *contact.Contacts, id contact.ID, notes int) func() error {
		return func() error {
			of, err := gateway.Contact(w.as(anna), id)
			if err != nil {
				return err
			}
			if _, err := gateway.Sections(w.as(anna), of); err != nil {
				return err
			}
			if _, err := gateway.AttributesOf(w.as(anna), of, contact.AttributeFilter{IncludeEmpty: true}); err != nil {
				return err
			}
			if _, err := gateway.AttributeOf(w.as(anna), of, "email"); err != nil {
				return err
			}
			if in, err := gateway.GroupsOf(w.as(anna), of); err != nil || len(in) == 0 {
				return fmt.Errorf("the panel shows %d groups, %w", len(in), err)
			}
			page, err := gateway.Notes(w.as(anna), of, contact.PageArgs{First: new(100)})
			if err == nil && len(page.Items) != notes {
				err = fmt.Errorf("the panel shows %d notes, want %d", len(page.Items), notes)
			}
			return err
		}
	}
	for of, notes := range map[*contact.Contact]int{bare: 0, full: 100} {
		gateway, count := w.counted()
		count("a cold panel of "+of.Name, 3, panel(gateway, of.ID, notes))
		count("a warm panel of "+of.Name, 2, panel(gateway, of.ID, notes))
	}
	gateway, count := w.counted()
	count("a panel", 3, panel(gateway, bare.ID, 0))
	_, err := w.UpdateDefinition(w.as(clara), contact.DefinitionChange{Key: "email", ExpectedVersion: 1, Labels: new(english("Mail"))})
	w.must("UpdateDefinition", err)
	count("a panel after a change of the catalog", 3, panel(gateway, bare.ID, 0))
	group, err := w.CreateGroup(w.as(clara), repeatedGroup()) // again: it is remembered
	w.must("CreateGroup", err)
	_, err = w.UpdateGroup(w.as(clara), contact.GroupChange{ID: group.ID, ExpectedVersion: 1, Weight: new(2)})
	w.must("UpdateGroup", err)
	count("a panel after a change of a group", 3, panel(gateway, bare.ID, 0))
	count("a panel after it was read", 2, panel(gateway, bare.ID, 0))
	count("the groups", 1, func() error {
		_, err := gateway.Groups(w.as(clara))
		return err
	})
	count("a panel in another language", 2, func() error {
		of, err := gateway.Contact(w.as(german(anna)), bare.ID)
		if err == nil {
			_, err = gateway.Sections(w.as(german(anna)), of)
		}
		return err
	})
}

func TestListsAndNodesCostFewCallsOfTheStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 30 {
		w.person(fmt.Sprint("Person ", i), emails(fmt.Sprintf("p%d@x.example", i)))
	}
	list := func(gateway *contact.Contacts) func() error {
		return func() error {
			page, err := gateway.Search(w.as(anna), contact.SearchInput{Page: contact.PageArgs{WantTotal: true, First: new(30)}})
			for i := range page.Items {
				if err == nil {
					_, err = gateway.Sections(w.as(anna), &page.Items[i])
				}
			}
			return err
		}
	}
	gateway, count := w.counted()
	count("a cold list of thirty with attributes", 2, list(gateway))
	count("a warm list of thirty with attributes", 1, list(gateway))

	page, err := w.Search(w.as(anna), contact.SearchInput{})
	w.must("Search", err)
	definition := w.catalog(anna).Definition("email")
	ids := []contact.ID{definition.ID, definition.Section.ID, "note_unknown", w.note(page.Items[0].ID, "x").ID}
	for i := range page.Items {
		ids = append(ids, page.Items[i].ID, contact.AttributeID(page.Items[i].ID, "email"))
	}
	for name, tt := range map[string]struct {
		ids        []contact.ID
		cold, warm int64
	}{
		"of every kind": {ids, 3, 2}, "without a contact": {ids[:4], 2, 2}, "of unknown contacts": {append([]contact.ID{"contact_unknown"}, ids[:4]...), 3, 3},
		"of attributes": {ids[5:6], 2, 1}, "of contacts": {[]contact.ID{ids[4], ids[6]}, 1, 1}, "of definitions": {ids[:1], 1, 1},
	} {
		gateway, count := w.counted()
		nodes := func() error { _, err := gateway.Nodes(w.as(anna), tt.ids); return err }
		count("cold nodes "+name, tt.cold, nodes)
		count("warm nodes "+name, tt.warm, nodes)
	}
}

func TestForeignAndUnknownIDsCostTheSameCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Nia")
	n, group := w.note(of.ID, "text"), w.group("ours", contact.MatchAll, isVIP(true)).ID
	store := &countingStore{Store: w.store}
	gateway := contact.New(w.deps(store))
	cost := func(call foreignCall, id foreignIDs) (int64, string) {
		store.calls.Store(0)
		err := call.do(gateway, w.as(rita), id)
		return store.calls.Load(), fmt.Sprint(err)
	}
	for _, call := range foreignCalls() {
		foreign, said := cost(call, foreignIDs{of.ID, n.ID, group})
		unknown, expected := cost(call, foreignIDs{"contact_unknown", "note_unknown", "group_unknown"})
		if foreign != unknown || said != expected {
			t.Errorf("%s: a foreign id costs %d calls and says %q; an unknown one %d and %q", call.name, foreign, said, unknown, expected)
		}
	}
}
