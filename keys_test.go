package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/store/sqlite"
)

// earlierStore makes a store in the data folder whose contacts have keys of an earlier version, in an organisation that has its catalog.
func earlierStore(t *testing.T, data string, count int) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(data, "contactpanel.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	deps, _ := domainDeps(db)
	if err := contact.New(deps).MakeOrganisation(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	for from := 0; from < count; from += 1000 {
		if err := db.Update(t.Context(), "shop", func(ctx context.Context, tx contact.Tx) error {
			return putEarlier(ctx, tx, from, min(from+1000, count))
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func putEarlier(ctx context.Context, tx contact.Tx, from, to int) error {
	for n := from; n < to; n++ {
		mail := fmt.Sprintf("customer.%d@sample.example", n)
		c := contact.Contact{ID: contact.RandomID(contact.PrefixContact), Name: fmt.Sprintf("Customer Number%d", n), CreatedAt: time.UnixMilli(1), UpdatedAt: time.UnixMilli(1), Version: 1}
		c.Attributes = []contact.AttributeRecord{
			{Key: contact.KeyEmail, Type: contact.TypeEmail, Origin: contact.OriginImport, Version: 1, Values: []contact.StoredValue{{Value: mail, Extra: mail}}},
			{Key: contact.KeyPhone, Type: contact.TypePhone, Origin: contact.OriginImport, Version: 1, Values: []contact.StoredValue{{Value: fmt.Sprintf("+4930%08d", n), Extra: "x"}}},
		}
		keys := []string{mail, "customer", fmt.Sprint(n), "sample.example", fmt.Sprintf("4930%08d", n), fmt.Sprintf("030%08d", n), fmt.Sprintf("old%d", n)}
		if err := tx.PutContact(ctx, "shop", c, contact.ContactIndex{Sort: fmt.Sprintf("old%d", n), Search: keys}); err != nil {
			return err
		}
	}
	return nil
}

func TestAGatewayIsNotReadyBeforeKeysOfAnEarlierVersionAreNew(t *testing.T) {
	data := t.TempDir()
	earlierStore(t, data, 3)
	db, err := sqlite.Open(t.Context(), filepath.Join(data, "contactpanel.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	deps, _ := domainDeps(db)
	deps.RenewsKeys = true
	var said bytes.Buffer
	log := slog.New(slog.NewTextHandler(&said, nil))
	contacts := contact.New(deps)
	s := &starter{
		log: log, contacts: contacts, signIn: func() error { return nil }, begin: func(context.Context) error { return nil },
		keys: &renewal{log: log, contacts: contacts},
	}
	if err := s.first(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.ready(t.Context()); contact.CodeOf(err) != contact.Unavailable || !strings.Contains(reason(err), "made anew") {
		t.Errorf("before keys are new the gateway is %v, want unavailable and why", err)
	}
	s.untilReady(t.Context())
	if err := s.ready(t.Context()); err != nil {
		t.Errorf("when keys are new the gateway is %v", err)
	}
	for _, want := range []string{`msg="making keys of contacts anew, because other rules made them" contacts=3`, `msg="made keys of contacts anew" contacts=3 done=true`} {
		if strings.Count(said.String(), want) != 1 {
			t.Errorf("the log does not say %q once:\n%s", want, &said)
		}
	}
}

// countedRenewals counts what a store is asked about old keys.
type countedRenewals struct {
	contact.Store
	looks, renewals int
}

func (s *countedRenewals) OldKeys(ctx context.Context, rules int) (int, error) {
	s.looks++
	return s.Store.OldKeys(ctx, rules)
}

func (s *countedRenewals) RenewKeys(ctx context.Context, rules int, index func(*contact.Contact) contact.ContactIndex) (int, error) {
	s.renewals++
	return s.Store.RenewKeys(ctx, rules, index)
}

func TestKeysThatAreNewCostOneLookAndNoWrite(t *testing.T) {
	data := t.TempDir()
	earlierStore(t, data, 1)
	db, err := sqlite.Open(t.Context(), filepath.Join(data, "contactpanel.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	store := &countedRenewals{Store: db}
	deps, _ := domainDeps(store)
	deps.RenewsKeys = true
	keys := &renewal{log: slog.New(slog.DiscardHandler), contacts: contact.New(deps)}
	for i, tt := range []struct {
		see             func(context.Context) (bool, error)
		done            bool
		looks, renewals int
	}{
		{keys.none, false, 1, 0},
		{keys.all, true, 1, 2}, // one contact, and none
		{keys.none, true, 1, 0},
		{keys.all, true, 1, 0}, // as keep asks every minute
	} {
		store.looks, store.renewals = 0, 0
		if done, err := tt.see(t.Context()); done != tt.done || err != nil || store.looks != tt.looks || store.renewals != tt.renewals {
			t.Errorf("%d: done %t, %v, with %d looks and %d renewals; want %t, %d and %d", i, done, err, store.looks, store.renewals, tt.done, tt.looks, tt.renewals)
		}
	}
}

func TestAKilledGatewayGoesOnWithKeysOfAnEarlierVersion(t *testing.T) {
	const contacts = 2000
	data := t.TempDir()
	earlierStore(t, data, contacts)
	p := start(t, data, "--no-demo")
	eventually(t, "no key was made", func() bool { return strings.Contains(p.log.String(), "making keys of contacts anew") })
	p.kill()
	p = start(t, data, "--no-demo")
	eventually(t, "the gateway is not ready", func() bool { code, _ := status(t, p.url+"/readyz"); return code == http.StatusOK })
	type list struct{ TotalCount int }
	for search, want := range map[string]int{"old": 0, "customer": contacts, "number1999": 1} {
		a, err := ask(p.url, header(t, data, "--agent", "Ada", "--org", "shop"), `query($s: String!) { contacts(search: $s) { totalCount } }`, map[string]any{"s": search})
		if got := member[list](t, a, err, "contacts").TotalCount; got != want {
			t.Errorf("a search for %q finds %d contacts, want %d", search, got, want)
		}
	}
	p.kill()
	if p = start(t, data, "--no-demo"); strings.Contains(p.log.String(), "keys of contacts") {
		t.Errorf("keys that are new are made again:\n%s", p.log)
	}
}

// brokenLetters cannot be asked about one name.
type brokenLetters struct{ contact.Letters }

func (l brokenLetters) Decompose(s string) string {
	if strings.Contains(s, "Number1") {
		panic("a name that nobody can read")
	}
	return l.Letters.Decompose(s)
}

func TestAContactWhoseKeysCannotBeMadeEndsNoGateway(t *testing.T) {
	data := t.TempDir()
	earlierStore(t, data, 3)
	db, err := sqlite.Open(t.Context(), filepath.Join(data, "contactpanel.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	deps, _ := domainDeps(db)
	deps.Letters = brokenLetters{deps.Letters}
	r := &renewal{log: slog.New(slog.DiscardHandler), contacts: contact.New(deps)}
	if done, err := r.all(t.Context()); done || err == nil || !strings.Contains(err.Error(), "a name that nobody can read") {
		t.Errorf("the keys were made: %t, %v", done, err)
	}
	deps, _ = domainDeps(db)
	r.contacts = contact.New(deps)
	if done, err := r.all(t.Context()); !done || err != nil {
		t.Errorf("the keys were made by what can read the name: %t, %v", done, err)
	}
}
