package importer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/fold"
	"contactpanel/idn"
	"contactpanel/importer"
	"contactpanel/language"
	"contactpanel/phone"
	"contactpanel/store/sqlite"
)

// organisation makes an empty one in a store of its own, and a context that the import may write in.
func organisation(t testing.TB) (context.Context, *contact.Contacts) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "contacts.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	contacts := contact.New(contact.Deps{
		Store: db, Phones: phone.Book{}, Languages: language.New(), Domains: idn.Domains{}, Letters: fold.Letters{},
		Now: time.Now, NewID: contact.RandomID,
	})
	ctx := as(t.Context(), contact.RoleIntegration)
	if err := contacts.MakeOrganisation(ctx, "acme"); err != nil {
		t.Fatal(err)
	}
	return ctx, contacts
}

func as(ctx context.Context, role contact.Role) context.Context {
	return contact.WithActor(ctx, contact.Actor{
		Agent: contact.Agent{ID: "import", Name: "import"}, Org: "acme", Roles: []contact.Role{role}, Origin: contact.OriginAPI,
	})
}

// options are those of a run whose report goes to the buffer.
func options(region string, out io.Writer) importer.Options {
	return importer.Options{Region: region, JSON: true, Out: out, Log: io.Discard, Phones: phone.Book{}, Languages: language.New()}
}

// refused is one line of a report.
type refused struct {
	File   string
	Line   int
	Field  string
	Reason string
}

// run imports and returns the refusals and the summary, as the report has them.
func run(ctx context.Context, t testing.TB, target importer.Target, opts importer.Options, files ...string) ([]refused, importer.Summary) {
	t.Helper()
	var out bytes.Buffer
	opts.JSON, opts.Out = true, &out
	sum, err := importer.Run(ctx, target, files, opts)
	if err != nil {
		t.Fatalf("Run(%v) = %v", files, err)
	}
	lines, reported := readReport(t, out.String())
	if reported != sum || len(lines) != sum.Refused {
		t.Fatalf("Run(%v) returned %+v and reported %+v with %d refusals", files, sum, reported, len(lines))
	}
	return lines, sum
}

func readReport(t testing.TB, text string) (lines []refused, sum importer.Summary) {
	t.Helper()
	for line := range strings.Lines(text) {
		var read struct {
			refused
			Summary *importer.Summary
		}
		decoder := json.NewDecoder(strings.NewReader(line))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&read); err != nil {
			t.Fatalf("the report has the line %q: %v", line, err)
		}
		if read.Summary != nil {
			return lines, *read.Summary
		}
		lines = append(lines, read.refused)
	}
	t.Fatalf("the report has no summary: %q", text)
	return nil, sum
}

// written writes a file of contacts.
func written(t testing.TB, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "contacts.csv")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// values are the values of one attribute of the contact that a search finds, as text.
func values(ctx context.Context, t testing.TB, contacts *contact.Contacts, search, key string) []contact.AttributeValue {
	t.Helper()
	attribute, err := contacts.AttributeOf(ctx, found(ctx, t, contacts, search), key)
	if err != nil || attribute == nil {
		t.Fatalf("AttributeOf(%q) = %v, %v", key, attribute, err)
	}
	return attribute.Fields().Values
}

// found is the one contact that a search finds.
func found(ctx context.Context, t testing.TB, contacts *contact.Contacts, search string) *contact.Contact {
	t.Helper()
	page, err := contacts.Search(ctx, contact.SearchInput{Search: search})
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("Search(%q) found %d contacts, %v; want one", search, len(page.Items), err)
	}
	return &page.Items[0]
}
