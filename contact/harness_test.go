package contact_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"contactpanel/contact"
	"contactpanel/fold"
	"contactpanel/idn"
	"contactpanel/language"
	"contactpanel/phone"
	"contactpanel/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is when the clock of every test starts.
var noon = time.Date(2026, time.March, 4, 12, 0, 0, 0, time.UTC)

const (
	acme  contact.OrgID = "acme"
	rival contact.OrgID = "rival"
)

// The people and machines of the tests. Mallory is an agent, and Rita an administrator, of the other organisation.
var (
	anna    = actor(acme, "anna", "Anna Agent", contact.OriginAgent, contact.RoleAgent)
	ben     = actor(acme, "ben", "Ben Agent", contact.OriginAgent, contact.RoleAgent)
	clara   = actor(acme, "clara", "Clara Admin", contact.OriginAgent, contact.RoleAgent, contact.RoleAdmin)
	robot   = actor(acme, "robot", "Robot", contact.OriginAPI, contact.RoleIntegration)
	crm     = actor(acme, "crm", "CRM", contact.OriginCRM, contact.RoleAdmin)
	mallory = actor(rival, "mallory", "Mallory Rival", contact.OriginAgent, contact.RoleAgent)
	rita    = actor(rival, "rita", "Rita Rival", contact.OriginAgent, contact.RoleAgent, contact.RoleAdmin)
)

func actor(org contact.OrgID, id contact.ID, name string, origin contact.Origin, roles ...contact.Role) contact.Actor {
	return contact.Actor{
		Agent: contact.Agent{ID: id, Name: name}, Org: org, Roles: roles, Origin: origin, RequestID: "request-" + string(id), Address: "192.0.2.7",
	}
}

// german is the actor as a reader of German.
func german(a contact.Actor) contact.Actor {
	a.Languages = []string{"de-AT", "en"}
	return a
}

// clock is moved by the test alone.
type clock struct{ nanos atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(0, c.nanos.Load()) }
func (c *clock) set(t time.Time)         { c.nanos.Store(t.UnixNano()) }
func (c *clock) advance(d time.Duration) { c.nanos.Add(int64(d)) }

// reporter is a test, one of the standard library or of rapid.
type reporter interface {
	rapid.TB
	Context() context.Context
	Cleanup(end func())
}

// world is the domain over a real store, with two organisations.
type world struct {
	reporter
	*contact.Contacts
	store contact.Store
	clock *clock
}

func newWorld(tb testing.TB) *world {
	tb.Helper()
	store := openStore(tb)
	w := &world{reporter: tb, store: store, clock: &clock{}}
	w.clock.set(noon)
	w.Contacts = contact.New(w.deps(store))
	for _, org := range []contact.OrgID{acme, rival} {
		w.must("MakeOrganisation", w.MakeOrganisation(tb.Context(), org))
	}
	return w
}

func openStore(tb testing.TB) contact.Store {
	tb.Helper()
	store, err := sqlite.Open(tb.Context(), filepath.Join(tb.TempDir(), "contacts.db"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := store.Close(); err != nil {
			tb.Errorf("Close() = %v", err)
		}
	})
	return store
}

func (w *world) deps(store contact.Store) contact.Deps {
	return contact.Deps{
		Store: store, Phones: phone.Book{}, Languages: language.New(), Domains: idn.Domains{}, Letters: fold.Letters{},
		Now: w.clock.now, NewID: contact.RandomID,
	}
}

// in is the same world in a sub-test or in one run of a property.
func (w *world) in(t reporter) *world {
	out := *w
	out.reporter = t
	return &out
}

func (w *world) as(a contact.Actor) context.Context { return contact.WithActor(w.Context(), a) }

// must ends the test when something that has to succeed did not.
func (w *world) must(what string, err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("%s = %v", what, err)
	}
}

// refused checks that an error is a refusal with a code and a field, and returns it.
func (w *world) refused(what string, err error, code contact.Code, field string) *contact.Error {
	w.Helper()
	var e *contact.Error
	if !errors.As(err, &e) || e.Code != code || e.Field != field {
		w.Fatalf("%s = %v, want %s on %q", what, err, code, field)
	}
	return e
}

// same checks that two values are equal in every member.
func (w *world) same(what string, got, want any) {
	w.Helper()
	if !reflect.DeepEqual(got, want) {
		w.Fatalf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// upsert brings a contact in as the integration.
func (w *world) upsert(in contact.UpsertInput) *contact.Upserted {
	w.Helper()
	got, err := w.Upsert(w.as(robot), in)
	w.must("Upsert", err)
	return got
}

// person makes a contact by name.
func (w *world) person(name string, attributes ...contact.AttributeInput) *contact.Contact {
	w.Helper()
	got := w.upsert(contact.UpsertInput{Name: name, Attributes: attributes})
	if got.Outcome != contact.Created {
		w.Fatalf("Upsert(%q) says %s, want CREATED", name, got.Outcome)
	}
	return got.Contact
}

// contact reads a contact of acme that exists.
func (w *world) contact(id contact.ID) *contact.Contact {
	w.Helper()
	got, err := w.Contact(w.as(anna), id)
	w.must("Contact", err)
	return got
}

// attribute reads one attribute as an agent of acme does.
func (w *world) attribute(of *contact.Contact, key string) *contact.AttributeFields {
	w.Helper()
	return w.attributeAs(anna, of, key)
}

func (w *world) attributeAs(a contact.Actor, of *contact.Contact, key string) *contact.AttributeFields {
	w.Helper()
	got, err := w.AttributeOf(w.as(a), of, key)
	w.must("AttributeOf", err)
	if got == nil {
		w.Fatalf("AttributeOf(%s) = nil", key)
	}
	return got.Fields()
}

// note adds a note as Anna.
func (w *world) note(of contact.ID, body string) *contact.Note {
	w.Helper()
	got, err := w.AddNote(w.as(anna), of, body, "")
	w.must("AddNote", err)
	return got
}

// writeNotes writes so many new notes in one transaction, "note 0" first.
func (w *world) writeNotes(of *contact.Contact, count int) {
	w.Helper()
	w.must("Update", w.store.Update(w.Context(), acme, func(ctx context.Context, tx contact.Tx) error {
		for i := range count {
			n := contact.Note{
				ID: contact.RandomID(contact.PrefixNote), Contact: of.ID, Body: fmt.Sprint("note ", i), Author: anna.Agent, CreatedAt: noon, Version: 1,
			}
			if err := tx.PutNote(ctx, acme, n); err != nil {
				return err
			}
			e := contact.Event{Contact: of.ID, Topic: contact.TopicNotes, Type: contact.NoteAdded, Subject: string(n.ID), Version: 1, Actor: anna.Agent, At: noon}
			if _, err := tx.Append(ctx, acme, e); err != nil {
				return err
			}
		}
		return nil
	}))
}

// notes reads the first hundred notes of a contact.
func (w *world) notes(of *contact.Contact) []contact.Note {
	w.Helper()
	page, err := w.Notes(w.as(anna), of, contact.PageArgs{First: new(contact.MaxPageSize)})
	w.must("Notes", err)
	return page.Items
}

func (w *world) deletedNotes(of *contact.Contact) []contact.Note {
	w.Helper()
	page, err := w.DeletedNotes(w.as(anna), of, contact.PageArgs{First: new(contact.MaxPageSize)})
	w.must("DeletedNotes", err)
	return page.Items
}

// audit reads the audit rows of acme, newest first.
func (w *world) audit() []contact.AuditEntry {
	w.Helper()
	return w.auditOf(acme)
}

// done are the audit rows of acme of what was not refused.
func (w *world) done() []contact.AuditEntry {
	w.Helper()
	return slices.DeleteFunc(w.audit(), func(e contact.AuditEntry) bool { return e.Refused != "" })
}

func (w *world) auditOf(org contact.OrgID) []contact.AuditEntry {
	w.Helper()
	got, err := w.store.AuditEntries(w.Context(), org, contact.AuditQuery{Span: contact.Span{Limit: 10_000}})
	w.must("AuditEntries", err)
	return got.Items
}

// define makes a definition of acme in its section "about".
func (w *world) define(in contact.DefinitionInput) *contact.AttributeDefinition {
	w.Helper()
	if in.Kind == "" {
		in.Kind = contact.KindCustom
	}
	if in.Section == "" {
		in.Section = "about"
	}
	if in.Labels == nil {
		in.Labels = contact.Localised{{Locale: "en", Text: in.Key}}
	}
	got, err := w.CreateDefinition(w.as(crm), in)
	w.must("CreateDefinition", err)
	return got
}

func ids[T any](items []T, id func(*T) contact.ID) []contact.ID {
	out := make([]contact.ID, len(items))
	for i := range items {
		out[i] = id(&items[i])
	}
	return out
}

func noteID(n *contact.Note) contact.ID       { return n.ID }
func contactID(c *contact.Contact) contact.ID { return c.ID }

// The values of each type, as callers write them.
func text(s string) contact.ValueInput     { return contact.ValueInput{Text: &s} }
func number(n float64) contact.ValueInput  { return contact.ValueInput{Number: &n} }
func boolean(b bool) contact.ValueInput    { return contact.ValueInput{Boolean: &b} }
func date(s string) contact.ValueInput     { return contact.ValueInput{Date: &s} }
func dateTime(s string) contact.ValueInput { return contact.ValueInput{DateTime: &s} }
func address(s string) contact.ValueInput  { return contact.ValueInput{URL: &s} }
func email(s string) contact.ValueInput    { return contact.ValueInput{Email: &s} }
func dial(s string) contact.ValueInput     { return contact.ValueInput{Phone: &s} }
func tongue(s string) contact.ValueInput   { return contact.ValueInput{Language: &s} }
func choice(s string) contact.ValueInput   { return contact.ValueInput{Choice: &s} }
func place(name string, at ...float64) contact.ValueInput {
	l := &contact.Location{Name: name}
	if len(at) > 0 {
		l.Latitude = &at[0]
	}
	if len(at) > 1 {
		l.Longitude = &at[1]
	}
	return contact.ValueInput{Location: l}
}

// attr is one attribute of an upsert.
func attr(key string, values ...contact.ValueInput) contact.AttributeInput {
	return contact.AttributeInput{Key: key, Values: values}
}

func emails(list ...string) contact.AttributeInput {
	in := contact.AttributeInput{Key: contact.KeyEmail}
	for _, s := range list {
		in.Values = append(in.Values, email(s))
	}
	return in
}

func phones(list ...string) contact.AttributeInput {
	in := contact.AttributeInput{Key: contact.KeyPhone}
	for _, s := range list {
		in.Values = append(in.Values, dial(s))
	}
	return in
}

func customer(n string) contact.AttributeInput { return attr(contact.KeyCustomerNumber, text(n)) }

// profiles are written "network:handle".
func profiles(list ...string) []contact.ProfileInput {
	var out []contact.ProfileInput
	for _, s := range list {
		network, handle, _ := strings.Cut(s, ":")
		out = append(out, contact.ProfileInput{Network: contact.Network(network), Handle: handle})
	}
	return out
}

// catalog reads the definitions as an actor does.
func (w *world) catalog(a contact.Actor) *contact.Catalog {
	w.Helper()
	got, err := w.Catalog(w.as(a))
	w.must("Catalog", err)
	return got
}
