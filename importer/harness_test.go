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
func organisation(tb testing.TB) (context.Context, *contact.Contacts) {
	tb.Helper()
	db, err := sqlite.Open(tb.Context(), filepath.Join(tb.TempDir(), "contacts.db"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	contacts := contact.New(contact.Deps{
		Store: db, Phones: phone.Book{}, Languages: language.New(), Domains: idn.Domains{}, Letters: fold.Letters{},
		Now: time.Now, NewID: contact.RandomID,
	})
	ctx := as(tb.Context(), contact.RoleIntegration)
	if err := contacts.MakeOrganisation(ctx, "acme"); err != nil {
		tb.Fatal(err)
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
func run(ctx context.Context, tb testing.TB, target importer.Target, opts importer.Options, files ...string) ([]refused, importer.Summary) {
	tb.Helper()
	var out bytes.Buffer
	opts.JSON, opts.Out = true, &out
	sum, err := importer.Run(ctx, target, files, opts)
	if err != nil {
		tb.Fatalf("Run(%v) = %v", files, err)
	}
	lines, reported := readReport(tb, out.String())
	if reported != sum || len(lines) != sum.Refused {
		tb.Fatalf("Run(%v) returned %+v and reported %+v with %d refusals", files, sum, reported, len(lines))
	}
	return lines, sum
}

func readReport(tb testing.TB, text string) (lines []refused, sum importer.Summary) {
	tb.Helper()
	for line := range strings.Lines(text) {
		var read struct {
			refused
			Summary *importer.Summary
		}
		decoder := json.NewDecoder(strings.NewReader(line))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&read); err != nil {
			tb.Fatalf("the report has the line %q: %v", line, err)
		}
		if read.Summary != nil {
			return lines, *read.Summary
		}
		lines = append(lines, read.refused)
	}
	tb.Fatalf("the report has no summary: %q", text)
	return nil, sum
}

// written writes a file of contacts.
func written(tb testing.TB, text string) string {
	tb.Helper()
	name := filepath.Join(tb.TempDir(), "contacts.csv")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	return name
}

// values are the values of one attribute of the contact that a search finds, as text.
func values(ctx context.Context, tb testing.TB, contacts *contact.Contacts, search, key string) []contact.AttributeValue {
	tb.Helper()
	attribute, err := contacts.AttributeOf(ctx, found(ctx, tb, contacts, search), key)
	if err != nil || attribute == nil {
		tb.Fatalf("AttributeOf(%q) = %v, %v", key, attribute, err)
	}
	return attribute.Fields().Values
}

// found is the one contact that a search finds.
func found(ctx context.Context, tb testing.TB, contacts *contact.Contacts, search string) *contact.Contact {
	tb.Helper()
	page, err := contacts.Search(ctx, contact.SearchInput{Search: search})
	if err != nil || len(page.Items) != 1 {
		tb.Fatalf("Search(%q) found %d contacts, %v; want one", search, len(page.Items), err)
	}
	return &page.Items[0]
}
