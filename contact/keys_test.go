package contact_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"contactpanel/contact"
	"contactpanel/store/sqlite"
)

// keySamples are contacts that meet every rule of the keys.
func keySamples() map[string]contact.Contact {
	handles := func(list ...string) (out []contact.Profile) {
		for _, s := range list {
			network, handle, _ := strings.Cut(s, ":")
			out = append(out, contact.Profile{Network: contact.Network(network), Handle: handle})
		}
		return out
	}
	values := func(key string, kind contact.ValueType, list ...string) (r contact.AttributeRecord) {
		r.Key, r.Type = key, kind
		for _, s := range list {
			r.Values = append(r.Values, contact.StoredValue{Value: s})
		}
		return r
	}
	with := func(name string, records ...contact.AttributeRecord) contact.Contact {
		return contact.Contact{ID: "contact_1", Name: name, Attributes: records}
	}
	mail := values(contact.KeyEmail, contact.TypeEmail, "J.Mueller+news@Bücher.example")
	mail.Values[0].Extra = "j.mueller+news@xn--bcher-kva.example"
	shown := contact.Contact{Profiles: handles("INSTAGRAM:joerg.mueller_84", "X:jmBerlin")}
	shown.Profiles[0].DisplayName = "Jörg der Große"
	var many []string
	for n := range 120 {
		many = append(many, fmt.Sprintf("word%d", n))
	}
	return map[string]contact.Contact{
		"01 umlauts":                  with("Jörg Müller-Groß"),
		"02 decomposed marks":         with("Nguye\u0302\u0303n Vie\u0323\u0302t"),
		"03 letters of their own":     with("Łukasz Ærø Øster Ðorđe Þór Ħal Işık Œuvre Åse"),
		"04 other scripts":            with("山田 太郎 김민수 Иван שלום"),
		"05 compatibility, invisible": with("ﬁne Ⅳ zero\u200bwidth Seán O’Connor"),
		"06 a name and profiles":      {Name: "Zoë", Profiles: shown.Profiles},
		"07 profiles alone":           shown,
		"08 a handle alone":           {Profiles: handles("TELEGRAM:Some_One")},
		"09 an e-mail address":        with("", mail),
		"10 phone numbers":            with("", values(contact.KeyPhone, contact.TypePhone, "+493023125000", "+12025550100", "+390612345678", "+442079460000")),
		"11 customer numbers":         with("", values(contact.KeyCustomerNumber, contact.TypeText, "4712 08/16")),
		"12 definitions of their own": with("A", values("second_mail", contact.TypeEmail, "b@sample.example"), values("fax", contact.TypePhone, "+493023125001")),
		"13 what is not searched":     with("A", values("hobby", contact.TypeText, "chess"), values("web", contact.TypeURL, "https://sample.example/")),
		"14 a long word":              with(strings.Repeat("Long", 40)),
		"15 many words":               with(strings.Join(many, " "), mail),
		"16 nothing":                  with(""),
	}
}

// The keys of contacts that are there are those of the rules that made them. Whoever changes the rules raises the number, so that
// they are made anew.
func TestTheKeysAreThoseOfTheirRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var b strings.Builder
	samples := keySamples()
	names := []string{}
	for name := range samples {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		of := samples[name]
		made := w.Keys(&of)
		if made.Rules != contact.KeyRules {
			t.Errorf("%s: the keys say that they are of the rules %d, want %d", name, made.Rules, contact.KeyRules)
		}
		fmt.Fprintf(&b, "%s\n  sorts as %+q\n", name, made.Sort)
		for _, key := range made.Search {
			fmt.Fprintf(&b, "  %s\n", strings.ReplaceAll(fmt.Sprintf("%q", key), `\x1f`, " of "))
		}
	}
	file := filepath.Join("testdata", fmt.Sprintf("keys_%d.golden", contact.KeyRules))
	golden, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		w.must("WriteFile", os.WriteFile(file, []byte(b.String()), 0o600))
		t.Fatalf("%s is new: read it, and keep it in place of the one before", file)
	}
	if w.must("ReadFile", err); b.String() != string(golden) {
		t.Errorf("contacts get other keys: raise contact.KeyRules, so that those that are there get them too.\nThey get\n%s\nwant, of the rules %d,\n%s", &b, contact.KeyRules, golden)
	}
}

// zoesMail is the address of somebody who has neither a name nor a profile.
const zoesMail = "zoesMail@example.org"

// earlier makes a file with two contacts in acme as the last version without marks in the keys wrote it.
func earlier(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "contacts.db")
	store, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	w := worldOver(t, store)
	w.must("MakeOrganisation", w.MakeOrganisation(t.Context(), acme))
	w.upsert(contact.UpsertInput{Attributes: []contact.AttributeInput{emails(zoesMail)}})
	w.upsert(contact.UpsertInput{Name: "Zz Top", Attributes: []contact.AttributeInput{emails("zz@example.org")}})
	w.restrict(contact.KeyEmail, admins, nil)
	w.must("Close", store.Close())
	db, err := sql.Open("sqlite", path)
	w.must("Open", err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), `
		DROP TABLE contact_groups; DROP INDEX contacts_by_key_rules; ALTER TABLE contacts DROP COLUMN key_rules; DELETE FROM goose_db_version WHERE version_id > 5;
		UPDATE OR REPLACE search_keys SET key = substr(key, 1, instr(key, char(31)) - 1) WHERE instr(key, char(31)) > 0;
		UPDATE contacts SET sort_key = '`+zoesMail+`' WHERE sort_key NOT LIKE 'zz%';`)
	w.must("make it an earlier version's", err)
	return path
}

func worldOver(t *testing.T, store contact.Store) *world {
	t.Helper()
	w := &world{reporter: t, store: store, clock: &clock{}}
	w.clock.set(noon)
	w.Contacts = contact.New(w.deps(store))
	return w
}

// paged pages through all contacts by name, one after the other, forward.
func (w *world) paged() (names []string) {
	w.Helper()
	for in := (contact.SearchInput{Page: contact.PageArgs{First: new(1)}}); ; {
		page, err := w.Search(w.as(boss), in)
		w.must("Search", err)
		if len(page.Items) == 0 {
			return names
		}
		names = append(names, page.Items[0].DisplayName())
		in.Page.After = &page.Cursors[0]
	}
}

// everything is all that acme keeps but its events and keys.
func (w *world) everything() (rows []contact.ArchiveRow) {
	w.Helper()
	w.must("Walk", w.store.Walk(w.Context(), acme, func(row contact.ArchiveRow) error {
		rows = append(rows, row)
		return nil
	}))
	return rows
}

func TestAFileOfAnEarlierVersionGetsItsKeysAnew(t *testing.T) {
	t.Parallel()
	store, err := sqlite.Open(t.Context(), earlier(t))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	w := worldOver(t, store)
	// Without new keys all is as bad as it was: so this file is one that the rest can be learned from.
	w.same("what an agent finds by a hidden address", w.find(contact.SearchInput{Search: zoesMail}), []string{zoesMail})
	w.same("what old keys page through", w.paged(), []string{zoesMail})

	deps := w.deps(store)
	deps.RenewsKeys = true
	w.Contacts = contact.New(deps)
	before := w.everything()
	_, err = w.Search(w.as(boss), contact.SearchInput{})
	w.refused("Search before the keys are new", err, contact.Unavailable, "")
	old, err := w.OldKeys(t.Context())
	w.must("OldKeys", err)
	w.same("contacts with old keys", old, 2)
	n, err := w.RenewKeys(t.Context())
	w.must("RenewKeys", err)
	w.same("contacts with new keys", n, 2)

	w.same("what an agent finds by a hidden address", w.find(contact.SearchInput{Search: zoesMail}), []string{})
	page, err := w.Search(w.as(boss), contact.SearchInput{Search: zoesMail})
	w.must("Search", err)
	w.same("what an administrator finds by it", len(page.Items), 1)
	w.same("the order", w.paged(), []string{"Zz Top", zoesMail})
	w.same("all but the keys", w.everything(), before)
	n, err = w.RenewKeys(t.Context())
	w.must("RenewKeys", err)
	w.same("contacts to do again", n, 0)

	w.Contacts = contact.New(deps) // as another start has it
	_, err = w.Search(w.as(boss), contact.SearchInput{})
	w.refused("Search before anybody has looked", err, contact.Unavailable, "")
	old, err = w.OldKeys(t.Context())
	w.must("OldKeys", err)
	w.same("contacts with old keys", old, 0)
	w.same("the order when somebody has looked", w.paged(), []string{"Zz Top", zoesMail})
}

// brokenRenewal fails at a call of RenewKeys.
type brokenRenewal struct {
	contact.Store
	callsLeft int
}

func (s *brokenRenewal) RenewKeys(ctx context.Context, rules int, index func(*contact.Contact) contact.ContactIndex) (int, error) {
	if s.callsLeft--; s.callsLeft < 0 {
		return 0, contact.Errorf(contact.Unavailable, "the store does not answer")
	}
	return s.Store.RenewKeys(ctx, rules, index)
}

func TestKeysThatAreNewInPartAreNotSearched(t *testing.T) {
	t.Parallel()
	store, err := sqlite.Open(t.Context(), earlier(t))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	w := worldOver(t, store)
	deps := w.deps(&brokenRenewal{store, 1})
	deps.RenewsKeys = true
	w.Contacts = contact.New(deps)
	n, err := w.RenewKeys(t.Context())
	if w.refused("RenewKeys", err, contact.Unavailable, ""); n != 2 {
		t.Errorf("RenewKeys says %d before it failed, want 2", n)
	}
	_, err = w.Search(w.as(boss), contact.SearchInput{})
	w.refused("Search", err, contact.Unavailable, "")
}
