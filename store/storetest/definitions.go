package storetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"contactpanel/contact"
)

func definitionCases() []testCase {
	return []testCase{
		{name: "definitions and sections come back as they were written", run: (*harness).definitionsComeBack},
		{name: "a definition or section of a known key is replaced in all that can change", run: (*harness).definitionsReplaced},
		{name: "each definition, section or group that is written, and each group that is removed, raises the catalog's version", run: (*harness).writesRaiseCatalogVersion},
		{name: "nothing but a definition, section or group raises the catalog's version", run: (*harness).otherWritesLeaveCatalogVersion},
		{name: "organisation, definitions and contacts tell the same version of the catalog", run: (*harness).catalogVersionEverywhere},
	}
}

func (h *harness) definitionsComeBack() {
	sections, definitions := h.catalog()
	h.put(h.everything()...)
	h.wantCatalog(sections, definitions, h.groups())
}

func (h *harness) definitionsReplaced() {
	sections, definitions := h.catalog()
	h.put(h.everything()...)
	for i := range definitions { // each gets the content of its neighbour
		next, old := definitions[(i+1)%len(definitions)], definitions[i]
		next.ID, next.Key, next.Kind, next.ValueType, next.IsList, next.CreatedAt = old.ID, old.Key, old.Kind, old.ValueType, old.IsList, old.CreatedAt
		h.put(next)
		definitions[i] = next
	}
	sections[0].Labels, sections[0].Order, sections[0].Version = sections[1].Labels, -5, 77
	h.put(sections[0])
	h.wantCatalog(sections, definitions, h.groups())
}

func (h *harness) writesRaiseCatalogVersion() {
	sections, definitions := h.catalog()
	group, removed := h.groups()[1], removedGroup(h.groups()[1].Key)
	last := h.catalogVersion()
	for _, thing := range []any{definitions[0], sections[0], group, definitions[0], sections[0], group, removed, group, definitions[1]} {
		h.put(thing)
		now := h.catalogVersion()
		if now <= last {
			h.Errorf("after writing a %T the catalog's version is %d, before it was %d", thing, now, last)
		}
		last = now
	}
	committed := last
	h.update(func(ctx context.Context, tx contact.Tx) error {
		last = committed // it may run again
		for _, thing := range []any{definitions[2], sections[1], group, removed, group, definitions[2]} {
			if err := putAll(ctx, tx, h.org, thing); err != nil {
				return err
			}
			now, err := catalogVersion(ctx, tx, h.org)
			if err != nil {
				return err
			}
			if now <= last {
				return fmt.Errorf("inside, after writing a %T, the catalog's version is %d, before it was %d", thing, now, last)
			}
			last = now
		}
		return nil
	})
	if now := h.catalogVersion(); now != last {
		h.Errorf("the catalog's version is %d, and was %d before the commit", now, last)
	}
}

func (h *harness) otherWritesLeaveCatalogVersion() {
	sections, definitions := h.catalog()
	h.put(sections[0], definitions[0])
	before := h.catalogVersion()
	h.put(h.full(1), h.standing(1, contactID(1)), h.event(1, contactID(1), contact.TopicNotes), h.applied(1, contactID(1)), h.audit(1, ""), h.organisation())
	if now := h.catalogVersion(); now != before {
		h.Errorf("the catalog's version went from %d to %d", before, now)
	}
}

func (h *harness) catalogVersionEverywhere() {
	h.put(h.everything()...)
	version := h.catalogVersion()
	wanted := map[string]int{"Contacts": h.contacts(contactID(1))[0].CatalogVersion}
	byKey, err := h.store.ContactByKey(h.Context(), h.org, h.full(1).index.Lookup[0])
	h.must("ContactByKey", err)
	wanted["ContactByKey"] = byKey.CatalogVersion
	found, err := h.store.SearchContacts(h.Context(), h.org, contact.ContactQuery{By: contact.ByName, Now: at(0), Span: contact.Span{Limit: 5}})
	h.must("SearchContacts", err)
	for _, c := range found.Items {
		wanted["SearchContacts "+string(c.ID)] = c.CatalogVersion
	}
	for call, got := range wanted {
		if got != version {
			h.Errorf("%s tells version %d of the catalog, want %d", call, got, version)
		}
	}
}

// catalogVersion is the catalog's version, which two calls must tell alike.
func (h *harness) catalogVersion() int {
	h.Helper()
	version, err := catalogVersion(h.Context(), h.store, h.org)
	h.must("the version of the catalog", err)
	return version
}

func catalogVersion(ctx context.Context, r contact.Reader, org contact.OrgID) (int, error) {
	o, err := r.Organisation(ctx, org)
	if err != nil {
		return 0, err
	}
	d, err := r.Definitions(ctx, org)
	if err != nil {
		return 0, err
	}
	return d.Version, same("the catalog's version that Definitions tells beside Organisation", d.Version, o.CatalogVersion)
}

// wantCatalog checks all definitions, sections and groups.
func (h *harness) wantCatalog(sections []contact.Section, definitions []contact.Definition, groups []contact.Group) {
	h.Helper()
	got, err := h.store.Definitions(h.Context(), h.org)
	h.must("Definitions", err)
	for _, list := range [][]contact.Definition{got.Definitions, definitions} {
		slices.SortFunc(list, func(a, b contact.Definition) int { return cmp.Compare(a.Key, b.Key) })
	}
	for _, list := range [][]contact.Section{got.Sections, sections} {
		slices.SortFunc(list, func(a, b contact.Section) int { return cmp.Compare(a.Key, b.Key) })
	}
	sortGroups(got.Groups)
	h.want("Definitions", got, contact.Definitions{Version: got.Version, Definitions: definitions, Sections: sections, Groups: groups})
}
