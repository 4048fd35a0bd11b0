package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"contactpanel/contact"
)

// reporter is a test, one of the standard library or of rapid.
type reporter interface {
	rapid.TB
	Context() context.Context
	Cleanup(f func())
}

// harness is one organisation in a store under test. A call that goes wrong ends the test.
type harness struct {
	reporter
	fixtures
	suite *suite
	store contact.Store
	org   contact.OrgID
	known *known
}

func (s *suite) harness(t reporter, store contact.Store, org contact.OrgID) *harness {
	return &harness{reporter: t, fixtures: fixtures{tag: string(org)}, suite: s, store: store, org: org, known: &known{}}
}

// in is the same organisation in a sub-test.
func (h *harness) in(t reporter) *harness {
	h.Helper()
	out := *h
	out.reporter = t
	return &out
}

// another makes a further organisation in the same store, with the same ids.
func (h *harness) another() *harness {
	h.Helper()
	out := h.suite.harness(h.reporter, h.store, h.suite.orgNames()[1])
	out.makeOrganisation()
	return out
}

func (h *harness) makeOrganisation() {
	h.Helper()
	h.put(h.organisation())
}

// must ends the test when something that has to succeed did not.
func (h *harness) must(what string, err error) {
	h.Helper()
	var e *contact.Error
	if errors.As(err, &e) && e.Err != nil {
		h.Fatalf("%s = %v, caused by: %v", what, err, e.Err) // the text of an Error leaves its cause out
	}
	if err != nil {
		h.Fatalf("%s = %v", what, err)
	}
}

// wantCode checks an error's code.
func (h *harness) wantCode(what string, err error, want contact.Code) {
	h.Helper()
	var e *contact.Error
	if !errors.As(err, &e) || e.Code != want {
		h.Fatalf("%s = %v, want %s", what, err, want)
	}
}

// want checks that two values are the same in every member.
func (h *harness) want(what string, got, want any) {
	h.Helper()
	if err := same(what, got, want); err != nil {
		h.Fatal(err)
	}
}

// same is an error when two values differ. Inside a transaction it stands for want: the function may run in a goroutine
// of the store, which must not be ended with the test.
func same(what string, got, want any) error {
	if d := difference(want, got); d != "" {
		return fmt.Errorf("%s: %s", what, d)
	}
	return nil
}

// Context is the test's, and patient: what a store does is asked here, not how fast a loaded machine does it.
func (h *harness) Context() context.Context { return contact.Patiently(h.reporter.Context()) }

func (h *harness) try(fn func(ctx context.Context, tx contact.Tx) error) error {
	return h.store.Update(h.Context(), h.org, fn)
}

func (h *harness) update(fn func(ctx context.Context, tx contact.Tx) error) {
	h.Helper()
	h.must("Update", h.try(fn))
}

// put writes things in their order in one transaction.
func (h *harness) put(things ...any) {
	h.Helper()
	h.must("Update", h.tryPut(things...))
}

func (h *harness) tryPut(things ...any) error {
	h.known.add(things...)
	return h.try(func(ctx context.Context, tx contact.Tx) error { return putAll(ctx, tx, h.org, things...) })
}

// entry is a contact as it is written.
type entry struct {
	contact contact.Contact
	index   contact.ContactIndex
}

func putAll(ctx context.Context, tx contact.Tx, org contact.OrgID, things ...any) error {
	for _, thing := range things {
		var err error
		switch x := thing.(type) {
		case contact.Organisation:
			err = tx.PutOrganisation(ctx, x)
		case contact.DeactivatedAgent:
			err = tx.PutDeactivatedAgent(ctx, org, x)
		case reactivated:
			err = tx.RemoveDeactivatedAgent(ctx, org, contact.ID(x))
		case contact.Definition:
			err = tx.PutDefinition(ctx, org, x)
		case contact.Section:
			err = tx.PutSection(ctx, org, x)
		case contact.Group:
			err = tx.PutGroup(ctx, org, x)
		case removedGroup:
			err = tx.RemoveGroup(ctx, org, string(x))
		case entry:
			err = tx.PutContact(ctx, org, x.contact, x.index)
		case contact.Note:
			err = tx.PutNote(ctx, org, x)
		case contact.Event:
			_, err = tx.Append(ctx, org, x)
		case contact.Applied:
			err = tx.PutApplied(ctx, org, x)
		case contact.AuditEntry:
			err = tx.PutAudit(ctx, org, x)
		default:
			err = fmt.Errorf("nothing writes a %T", thing)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// contacts reads contacts by id, in the order of the ids that exist.
func (h *harness) contacts(ids ...contact.ID) []contact.Contact {
	h.Helper()
	found, err := h.store.Contacts(h.Context(), h.org, ids)
	h.must("Contacts", err)
	slices.SortFunc(found, func(a, b contact.Contact) int { return cmp.Compare(slices.Index(ids, a.ID), slices.Index(ids, b.ID)) })
	return found
}

// contact reads one contact that exists.
func (h *harness) contact(id contact.ID) contact.Contact {
	h.Helper()
	found := h.contacts(id)
	if len(found) != 1 {
		h.Fatalf("Contacts(%s) returned %d contacts, want 1", id, len(found))
	}
	return found[0]
}

// note reads one note that exists.
func (h *harness) note(id contact.ID) contact.Note {
	h.Helper()
	found, err := h.store.NotesByID(h.Context(), h.org, []contact.ID{id})
	h.must("NotesByID", err)
	if len(found) != 1 {
		h.Fatalf("NotesByID(%s) returned %d notes, want 1", id, len(found))
	}
	return found[0]
}

// search returns the ids that a query finds, in its order, all on one page.
func (h *harness) search(q contact.ContactQuery) []contact.ID {
	h.Helper()
	q.By = cmp.Or(q.By, contact.ByName)
	q.Span.Limit = contact.MaxPageSize
	found, err := h.store.SearchContacts(h.Context(), h.org, q)
	h.must("SearchContacts", err)
	return idsOf(found.Items, func(c *contact.Contact) contact.ID { return c.ID })
}

// notes returns a page of a contact's notes.
func (h *harness) notes(q contact.NoteQuery) contact.Slice[contact.Note] {
	h.Helper()
	q.Span.Limit = cmp.Or(q.Span.Limit, contact.MaxPageSize)
	found, err := h.store.Notes(h.Context(), h.org, q)
	h.must("Notes", err)
	return found
}

func (h *harness) events(of contact.ID, topic contact.Topic, after int64, limit int) []contact.Event {
	h.Helper()
	found, err := h.store.Events(h.Context(), h.org, of, topic, after, limit)
	h.must("Events", err)
	return found
}

func idsOf[T any](items []T, id func(*T) contact.ID) []contact.ID {
	out := make([]contact.ID, 0, len(items))
	for i := range items {
		out = append(out, id(&items[i]))
	}
	return out
}
