package contact_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"contactpanel/contact"
)

// elsewhere is the same world at another gateway, of whose changes this one does not hear.
func (w *world) elsewhere() *world {
	other := *w
	other.Contacts = contact.New(w.deps(w.store))
	return &other
}

func TestAFruitlessSearchReadsNoMoreThanTheVersionOfTheDefinitions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, hidden  string
		organisations int64 // reads
	}{
		{"nothing is hidden", "", 0},
		{"what is hidden makes no search keys", "biography", 0},
		{"what is hidden makes search keys", contact.KeyEmail, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, d := newDoor(t)
			w.person("Zoe", emails("zoe@example.org"))
			if tt.hidden != "" {
				w.restrict(tt.hidden, admins, nil)
			}
			made := w.catalog(anna)
			search := func() {
				if found := w.find(contact.SearchInput{Search: "nobody"}); len(found) > 0 {
					t.Errorf("it finds %v", found)
				}
			}
			w.wantReads("the version", &d.organisations, tt.organisations, search)
			w.wantReads("the definitions", &d.definitions, 0, search)
			if w.catalog(anna) != made {
				t.Error("what was made of the definitions is made again")
			}
		})
	}
}

func TestNobodyIsFoundByAHiddenValueOfAnyType(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.restrict(contact.KeyCustomerNumber, admins, nil)
	in := contact.UpsertInput{Name: "Zoe", Attributes: []contact.AttributeInput{customer("K-1")}}
	for i, value := range []struct {
		kind  contact.ValueType
		value contact.ValueInput
	}{
		{contact.TypeText, text("hidden")},
		{contact.TypeNumber, number(4711)},
		{contact.TypeDate, date("2026-03-04")},
		{contact.TypeURL, address("https://hidden.example/")},
		{contact.TypeEmail, email("hidden@sample.example")},
		{contact.TypePhone, dial("+49 30 23125000")},
		{contact.TypeLanguage, tongue("de")},
		{contact.TypeLocation, place("hidden")},
	} {
		key := fmt.Sprint("own_", i)
		w.define(contact.DefinitionInput{Key: key, ValueType: value.kind, Readers: admins})
		in.Attributes = append(in.Attributes, attr(key, value.value))
	}
	_, err := w.Upsert(w.as(crm), in)
	w.must("Upsert", err)
	for search, isSearched := range map[string]bool{
		"k-1": true, "hidden@sample": true, "03023125000": true, "4711": false, "2026": false, "https": false, "de": false, "hidden.example": false,
	} {
		for _, who := range []contact.Actor{anna, boss} {
			page, err := w.Search(w.as(who), contact.SearchInput{Search: search})
			w.must("Search", err)
			if found, want := len(page.Items) == 1, isSearched && who.ID == boss.ID; found != want {
				t.Errorf("%s finds Zoe by %q: %t, want %t", who.Name, search, found, want)
			}
		}
	}
}

func TestDefinitionsThatAreReadAgainUnchangedStayAsTheyWereMade(t *testing.T) {
	t.Parallel()
	w, d := newDoor(t)
	made := w.catalog(anna)
	w.wantReads("a node without a contact", &d.definitions, 1, func() {
		found, err := w.Nodes(w.as(anna), []contact.ID{made.Definitions[0].ID})
		w.must("Nodes", err)
		if found[0] != contact.Node(made.Definitions[0]) {
			t.Error("a definition of the same version is another one")
		}
	})
	if w.catalog(anna) != made {
		t.Error("what was made of the definitions is made again")
	}
}

func TestDefinitionsThatComeLateReplaceNoneThatAreAsNew(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(w *world){
		"they are older":  func(w *world) { w.restrict("biography", admins, nil) },
		"they are as old": func(*world) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, d := newDoor(t)
			id := w.elsewhere().catalog(anna).Definitions[0].ID
			var first *contact.Catalog
			d.meanwhile = func() {
				change(w.elsewhere())
				first = w.catalog(anna)
			}
			found, err := w.Nodes(w.as(anna), []contact.ID{id})
			w.must("Nodes", err)
			if found[0] != contact.Node(first.Definitions[0]) || w.catalog(anna) != first {
				t.Error("they are shown or kept")
			}
		})
	}
}

func TestDefinitionsOfAStoreThatHasGoneBackReplaceThoseThatAreKept(t *testing.T) {
	t.Parallel()
	w, d := newDoor(t)
	backup := newWorld(t)
	backup.person("Zoe", emails("zoe@example.org"))
	w.person("Zoe", emails("zoe@example.org"))
	w.restrict(contact.KeyEmail, admins, nil)
	search := contact.SearchInput{Search: "zoe@example.org"}
	w.same("what is found where it is hidden", w.find(search), []string{})
	d.Store = backup.store
	w.same("what is found in the backup", w.find(search), []string{"Zoe"})
	w.wantReads("a second search", &d.definitions, 0, func() { w.find(search) })
}

func TestContactsThatWereReadBeforeADefinitionChangedNeedNoReadEach(t *testing.T) {
	t.Parallel()
	w, d := newDoor(t)
	for n := range contact.MaxPageSize {
		w.person(fmt.Sprint("Zoe ", n), attr("biography", text("x")))
	}
	page, err := w.Search(w.as(anna), contact.SearchInput{Page: contact.PageArgs{First: new(contact.MaxPageSize)}})
	w.must("Search", err)
	w.elsewhere().restrict("biography", admins, nil)
	w.catalog(anna) // of another request, which reads what has changed
	w.wantReads("the biographies of a page", &d.definitions, 0, func() {
		for i := range page.Items {
			if shown, err := w.AttributeOf(w.as(anna), &page.Items[i], "biography"); shown != nil || err != nil {
				t.Fatalf("AttributeOf = %v, %v: it is hidden now", shown, err)
			}
		}
	})
}

func TestFollowersThatAreToldOfAContactOfBeforeADefinitionChangedNeedNoReadEach(t *testing.T) {
	t.Parallel()
	w, d := newDoor(t)
	of := w.person("Zoe")
	_, err := w.SetAttribute(w.as(anna), contact.AttributeChange{Contact: of.ID, Key: "biography", Values: []contact.ValueInput{text("x")}})
	w.must("SetAttribute", err)
	isTold := func() {
		if e, is := told(w, w.followContact(anna, of.ID, of.EventsCursor()), 1)[0].(*contact.ChangedAttribute); !is || e.Key != "biography" {
			t.Fatalf("a follower is told %+v", e)
		}
	}
	w.wantReads("the first", &d.contacts, 1, isTold)
	w.elsewhere().restrict("website", admins, nil)
	w.catalog(anna)
	for range 20 {
		w.wantReads("each other's definitions", &d.definitions, 0, isTold)
	}
	w.wantReads("another's contact", &d.contacts, 0, isTold) // else it is of the version that is kept
}

func TestAnEventOfAContactThatIsGoneIsToldByTheDefinitionsOfNow(t *testing.T) {
	t.Parallel()
	w, d := newDoor(t)
	of := w.person("Zoe")
	_, err := w.SetAttribute(w.as(anna), contact.AttributeChange{Contact: of.ID, Key: "biography", Values: []contact.ValueInput{text("x")}})
	w.must("SetAttribute", err)
	w.catalog(anna)
	w.elsewhere().restrict("biography", admins, nil)
	d.fromContacts = func([]contact.Contact) []contact.Contact { return nil }
	e := told(w, w.followContact(anna, of.ID, of.EventsCursor()), 1)[0]
	if _, is := e.(*contact.ChangedContact); !is {
		t.Errorf("an agent is told %+v: it is hidden", e)
	}
}

func TestAContactOfAStoreThatHasGoneBackIsShownByItsDefinitionsWithinAMinute(t *testing.T) {
	t.Parallel()
	w, d := newDoor(t)
	backup := newWorld(t)
	of := backup.person("Zoe", attr("biography", text("x")))
	w.restrict("biography", admins, nil)
	w.catalog(anna)
	d.Store = backup.store
	w.clock.advance(time.Minute)
	w.wantReads("the first look", &d.definitions, 1, func() { w.attribute(w.contact(of.ID), "biography") })
	w.wantReads("the second", &d.definitions, 0, func() { w.attribute(w.contact(of.ID), "biography") })
}

// shared is a store in which one organisation has the definitions of rival, and all others those of acme.
type shared struct{ *door }

const alone contact.OrgID = "org 0"

func (shared) of(org contact.OrgID) contact.OrgID {
	if org == alone {
		return rival
	}
	return acme
}

func (s shared) Organisation(ctx context.Context, org contact.OrgID) (contact.Organisation, error) {
	return s.door.Organisation(ctx, s.of(org))
}

func (s shared) Definitions(ctx context.Context, org contact.OrgID) (contact.Definitions, error) {
	return s.door.Definitions(ctx, s.of(org))
}

func TestDefinitionsOfAsManyOrganisationsAsAreKeptAreReadOnce(t *testing.T) {
	t.Parallel()
	const kept = 1024
	w, d := newDoor(t)
	w.Contacts = contact.New(w.deps(shared{d}))
	read := func(from, to int) func() {
		return func() {
			for n := from; n < to; n++ {
				a := anna
				a.Org = contact.OrgID(fmt.Sprint("org ", n))
				w.catalog(a)
			}
		}
	}
	w.wantReads("each the first time", &d.definitions, kept, read(0, kept))
	elsewhere := w.elsewhere()
	_, err := elsewhere.UpdateDefinition(w.as(rita), contact.DefinitionChange{Key: "biography", ExpectedVersion: 1, Readers: &admins})
	w.must("UpdateDefinition", err)
	w.wantReads("the one that has changed", &d.definitions, 1, read(0, 1))
	w.wantReads("all, after that", &d.definitions, 0, read(0, kept))
	w.wantReads("one more", &d.definitions, 1, read(kept, kept+1))
	before := d.definitions.Load()
	read(0, kept)()
	// One of them made room. What is read instead may push out one that is yet to come, and so on: seven in a row are usual.
	if n := d.definitions.Load() - before; n < 1 || n > 100 {
		t.Errorf("one more organisation costs all others %d reads", n)
	}
}
