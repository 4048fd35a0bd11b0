package demo_test

import (
	"context"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/demo"
)

// snapshot is everything that the use cases say about the demo, without ids, with times as time before now.
type snapshot struct {
	Definitions []definition
	Groups      []group
	Contacts    []person
}

type definition struct {
	Key, Label, Section string
	Kind                contact.AttributeKind
	Rules               contact.AttributeRules
	IsArchived          bool
	Version             int
	Made, Changed       time.Duration
}

type person struct {
	Name, Avatar string
	Profiles     []contact.Profile
	Attributes   []attribute
	VIP          vip
	Groups       []membership
	Made         time.Duration
	Changed      time.Duration
	Version      int
	Notes        []note
	Deleted      []note
}

type attribute struct {
	Key     string
	Values  []any
	Origin  contact.Origin
	By      string
	Ago     time.Duration
	Version int
}

type vip struct {
	IsVIP              bool
	By, Reason         string
	Since, ExpiresLeft time.Duration
}

type note struct {
	Body, Author, Editor, Deleter string
	Ago, Edited, Deleted          time.Duration
	Version                       int
}

// reader reads the demo as a viewer does.
type reader struct {
	t        *testing.T
	ctx      context.Context //nolint:containedctx // a test's own
	contacts *contact.Contacts
	now      time.Time
}

func newReader(t *testing.T, deps contact.Deps, now time.Time, languages ...string) *reader {
	t.Helper()
	viewer := contact.Actor{
		Agent: demo.Agents()[0], Org: demo.Org, Roles: []contact.Role{contact.RoleAgent}, Origin: contact.OriginAgent, Languages: languages,
	}
	return &reader{t, contact.WithActor(t.Context(), viewer), contact.New(deps), now}
}

func snapshotOf(t *testing.T, deps contact.Deps, now time.Time) snapshot {
	t.Helper()
	r := newReader(t, deps, now, "en")
	var s snapshot
	for _, d := range r.catalog().Definitions {
		s.Definitions = append(s.Definitions, definition{
			Key: d.Key, Label: d.Label, Section: d.Section.Key, Kind: d.Kind, Rules: d.Rules, IsArchived: d.ArchivedAt != nil, Version: d.Version,
			Made: r.ago(&d.CreatedAt), Changed: r.ago(&d.UpdatedAt),
		})
	}
	s.Groups = r.groups()
	for _, c := range r.everybody() {
		s.Contacts = append(s.Contacts, r.person(c))
	}
	return s
}

func (r *reader) catalog() *contact.Catalog {
	r.t.Helper()
	catalog, err := r.contacts.Catalog(r.ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	return catalog
}

// everybody pages through all contacts, oldest first.
func (r *reader) everybody() []*contact.Contact {
	r.t.Helper()
	var all []*contact.Contact
	in := contact.SearchInput{Order: contact.ContactOrder{Field: contact.ByCreatedAt, Direction: contact.Ascending}, Page: contact.PageArgs{First: new(100)}}
	for {
		page, err := r.contacts.Search(r.ctx, in)
		if err != nil {
			r.t.Fatal(err)
		}
		for i := range page.Items {
			all = append(all, &page.Items[i])
		}
		if !page.HasAfter {
			return all
		}
		in.Page.After = &page.Cursors[len(page.Cursors)-1]
	}
}

func (r *reader) person(c *contact.Contact) person {
	p := person{Name: c.DisplayName(), Made: r.ago(&c.CreatedAt), Changed: r.ago(&c.UpdatedAt), Version: c.Version, VIP: r.vip(c), Groups: r.memberships(c)}
	if c.Avatar() != nil {
		p.Avatar = *c.Avatar()
	}
	for _, profile := range c.Profiles {
		profile.ID = ""
		p.Profiles = append(p.Profiles, profile)
	}
	for _, d := range r.catalog().Definitions {
		p.Attributes = append(p.Attributes, r.attribute(c, d.Key))
	}
	for _, n := range r.notes(c) {
		p.Notes = append(p.Notes, r.note(n))
	}
	for _, n := range r.deleted(c) {
		p.Deleted = append(p.Deleted, r.note(n))
	}
	return p
}

func (r *reader) get(c *contact.Contact, key string) contact.Attribute {
	r.t.Helper()
	a, err := r.contacts.AttributeOf(r.ctx, c, key)
	if err != nil || a == nil {
		r.t.Fatalf("AttributeOf(%q) = %v, %v", key, a, err)
	}
	return a
}

func (r *reader) attribute(c *contact.Contact, key string) attribute {
	r.t.Helper()
	f := r.get(c, key).Fields()
	out := attribute{Key: key, Version: f.Version}
	if f.Version > 0 {
		out.Origin, out.By, out.Ago = *f.Origin, f.SetBy.Name, r.ago(f.SetAt)
	}
	for _, v := range f.Values {
		switch v := v.(type) {
		case contact.DateTimeValue:
			out.Values = append(out.Values, r.ago(&v.DateTime))
		case contact.DateValue:
			if key == "birthday" { // the only one that is no distance from now
				out.Values = append(out.Values, v)
				continue
			}
			day := time.Date(v.Date.Year, v.Date.Month, v.Date.Day, 0, 0, 0, 0, time.UTC)
			out.Values = append(out.Values, r.now.Truncate(24*time.Hour).Sub(day))
		default:
			out.Values = append(out.Values, v)
		}
	}
	return out
}

func (r *reader) vip(c *contact.Contact) vip {
	s := r.contacts.VIPStatus(c)
	out := vip{IsVIP: s.IsVIP, Since: r.ago(s.Since), ExpiresLeft: -r.ago(s.ExpiresAt)}
	if s.By != nil {
		out.By = s.By.Name
	}
	if s.Reason != nil {
		out.Reason = *s.Reason
	}
	return out
}

func (r *reader) notes(c *contact.Contact) []*contact.Note {
	r.t.Helper()
	return r.pages(c, r.contacts.Notes)
}

func (r *reader) deleted(c *contact.Contact) []*contact.Note {
	r.t.Helper()
	return r.pages(c, r.contacts.DeletedNotes)
}

func (r *reader) pages(c *contact.Contact, read func(context.Context, *contact.Contact, contact.PageArgs) (contact.Page[contact.Note], error)) []*contact.Note {
	r.t.Helper()
	var all []*contact.Note
	for args := (contact.PageArgs{}); ; {
		page, err := read(r.ctx, c, args)
		if err != nil {
			r.t.Fatal(err)
		}
		for i := range page.Items {
			all = append(all, &page.Items[i])
		}
		if !page.HasAfter {
			return all
		}
		args.After = &page.Cursors[len(page.Cursors)-1]
	}
}

func (r *reader) note(n *contact.Note) note {
	out := note{Body: n.Body, Author: n.Author.Name, Version: n.Version, Ago: r.ago(&n.CreatedAt), Edited: r.ago(n.LastEditedAt), Deleted: r.ago(n.DeletedAt)}
	if n.LastEditedBy != nil {
		out.Editor = n.LastEditedBy.Name
	}
	if n.DeletedBy != nil {
		out.Deleter = n.DeletedBy.Name
	}
	return out
}

// ago is how long before now something happened, 0 for never.
func (r *reader) ago(t *time.Time) time.Duration {
	if t == nil {
		return 0
	}
	return r.now.Sub(*t)
}

// same compares two snapshots and shows the first contact that differs.
func same(t *testing.T, want, got snapshot, complaint string) {
	t.Helper()
	if reflect.DeepEqual(want, got) {
		return
	}
	t.Error(complaint)
	if len(want.Contacts) != len(got.Contacts) || !reflect.DeepEqual(want.Definitions, got.Definitions) {
		t.Fatalf("%d and %d contacts; definitions %s\nand %s", len(want.Contacts), len(got.Contacts), written(t, want.Definitions), written(t, got.Definitions))
	}
	if !reflect.DeepEqual(want.Groups, got.Groups) {
		t.Fatalf("groups %+v\nand %+v", want.Groups, got.Groups)
	}
	for i := range want.Contacts {
		if !reflect.DeepEqual(want.Contacts[i], got.Contacts[i]) {
			t.Fatalf("contact %d is %s\nand %s", i, written(t, want.Contacts[i]), written(t, got.Contacts[i]))
		}
	}
}

func written(t *testing.T, what any) string {
	t.Helper()
	out, err := json.Marshal(what)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
