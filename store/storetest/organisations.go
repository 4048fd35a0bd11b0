package storetest

import (
	"cmp"
	"context"
	"errors"

	"contactpanel/contact"
)

func organisationCases() []testCase {
	return []testCase{
		{name: "an unknown organisation is not found and holds nothing", run: (*harness).unknownOrganisation},
		{name: "an organisation comes back as it was made, but for its catalog's version", run: (*harness).organisationComesBack},
		{name: "an organisation that exists stays as it is when it is made again", run: (*harness).organisationMadeAgain},
		{name: "an organisation exists inside its transaction at once, and outside after the commit", run: (*harness).organisationInTransaction},
		{name: "the store knows whether it has any organisation", need: soleUse, run: (*harness).hasOrganisations},
		{name: "the store answers a ping", run: func(h *harness) { h.must("Ping", h.store.Ping(h.Context())) }},
	}
}

func (h *harness) unknownOrganisation() {
	nobody := h.suite.orgNames()[0]
	_, err := h.store.Organisation(h.Context(), nobody)
	h.wantCode("Organisation of an unknown name", err, contact.NotFound)
	h.put(h.everything()...)
	for _, read := range emptyReads(h) {
		h.must(read.name, read.err(h.Context(), h.store, nobody))
	}
}

func (h *harness) organisationComesBack() {
	got, err := h.store.Organisation(h.Context(), h.org)
	h.must("Organisation", err)
	want := h.organisation()
	if got.CatalogVersion == want.CatalogVersion {
		h.Errorf("PutOrganisation set the version of the catalog to %d", got.CatalogVersion)
	}
	want.CatalogVersion = got.CatalogVersion
	h.want("Organisation", got, want)
}

func (h *harness) organisationMadeAgain() {
	h.put(h.everything()...)
	before := h.snapshot()
	again := h.organisation()
	again.CreatedAt, again.CatalogVersion = at(9000), 99
	h.put(again)
	h.holds("the organisation after it was made again", before)
}

func (h *harness) organisationInTransaction() {
	name := h.suite.orgNames()[0]
	err := h.store.Update(h.Context(), name, func(ctx context.Context, tx contact.Tx) error {
		if _, err := tx.Organisation(ctx, name); contact.CodeOf(err) != contact.NotFound {
			h.Errorf("inside, before it is made: Organisation = %v, want %s", err, contact.NotFound)
		}
		if err := tx.PutOrganisation(ctx, contact.Organisation{ID: name, CreatedAt: at(0)}); err != nil {
			return err
		}
		_, err := tx.Organisation(ctx, name)
		return err
	})
	h.must("Update", err)
	_, err = h.store.Organisation(h.Context(), name)
	h.must("Organisation after the commit", err)
}

func (h *harness) hasOrganisations() {
	has := func(ctx context.Context, r contact.OrganisationReader, want bool) error {
		got, err := r.HasOrganisations(ctx)
		return cmp.Or(err, same("HasOrganisations", got, want))
	}
	h.must("in an empty store", has(h.Context(), h.store, false))
	err := h.try(func(ctx context.Context, tx contact.Tx) error {
		return cmp.Or(has(ctx, tx, false), tx.PutOrganisation(ctx, h.organisation()), has(ctx, tx, true), errChanged)
	})
	if !errors.Is(err, errChanged) {
		h.Fatalf("Update = %v, want what its function returned", err)
	}
	h.must("after a rollback", has(h.Context(), h.store, false))
	h.makeOrganisation()
	h.must("after a commit", has(h.Context(), h.store, true))
}

// namedRead is a read that has to find nothing, and says what it found in its error.
type namedRead struct {
	name string
	err  func(ctx context.Context, r contact.Reader, org contact.OrgID) error
}

// emptyReads asks in every way for what the harness was given.
func emptyReads(h *harness) []namedRead {
	none := func(n int, err error) error {
		if err == nil && n > 0 {
			return errors.New("found something")
		}
		return err
	}
	reads := []namedRead{{"DeactivatedAgents", func(ctx context.Context, r contact.Reader, org contact.OrgID) error {
		found, err := r.DeactivatedAgents(ctx, org)
		return none(len(found), err)
	}}, {"Definitions", func(ctx context.Context, r contact.Reader, org contact.OrgID) error {
		d, err := r.Definitions(ctx, org)
		return none(len(d.Definitions)+len(d.Sections)+len(d.Groups), err)
	}}, {"Contacts", func(ctx context.Context, r contact.Reader, org contact.OrgID) error {
		found, err := r.Contacts(ctx, org, h.known.contacts)
		return none(len(found), err)
	}}, {"ContactByKey", func(ctx context.Context, r contact.Reader, org contact.OrgID) error {
		found, err := r.ContactByKey(ctx, org, h.known.keys[0])
		if found != nil {
			return none(1, err)
		}
		return err
	}}, {"Match", func(ctx context.Context, r contact.Reader, org contact.OrgID) error {
		found, err := r.Match(ctx, org, h.known.keys, "")
		for _, m := range found {
			if m.IsHeld || len(m.Fits) > 0 {
				return none(1, err)
			}
		}
		return err
	}}, {"SearchContacts", func(ctx context.Context, r contact.Reader, org contact.OrgID) error {
		found, err := r.SearchContacts(ctx, org, contact.ContactQuery{By: contact.ByName, Now: at(0), Span: contact.Span{Limit: 5, WantTotal: true}})
		return none(len(found.Items)+found.Total, err)
	}}}
	return append(reads, emptyNoteReads(h, none)...)
}

func emptyNoteReads(h *harness, none func(int, error) error) []namedRead {
	return []namedRead{{"Notes", func(ctx context.Context, r contact.Reader, org contact.OrgID) error {
		found, err := r.Notes(ctx, org, contact.NoteQuery{Contact: contactID(1), Span: contact.Span{Limit: 5, WantTotal: true}})
		return none(len(found.Items)+found.Total, err)
	}}, {"NotesByID", func(ctx context.Context, r contact.Reader, org contact.OrgID) error {
		found, err := r.NotesByID(ctx, org, h.known.notes)
		return none(len(found), err)
	}}, {"Events", func(ctx context.Context, r contact.Reader, org contact.OrgID) error {
		found, err := r.Events(ctx, org, contactID(1), contact.TopicNotes, 0, 5)
		return none(len(found), err)
	}}, {"Applied", func(ctx context.Context, r contact.Reader, org contact.OrgID) error {
		found, err := r.Applied(ctx, org, h.applied(1, "").Agent, h.applied(1, "").Key)
		if found != nil {
			return none(1, err)
		}
		return err
	}}, {"AuditEntries", func(ctx context.Context, r contact.Reader, org contact.OrgID) error {
		found, err := r.AuditEntries(ctx, org, contact.AuditQuery{Span: contact.Span{Limit: 5, WantTotal: true}})
		return none(len(found.Items)+found.Total, err)
	}}}
}
