package storetest

import (
	"cmp"
	"slices"
	"time"

	"contactpanel/contact"
)

func contactCases() []testCase {
	return []testCase{
		{name: "a contact comes back as it was written, by each way of reading", run: (*harness).contactComesBack},
		{name: "a contact is replaced whole and keeps its heads", run: (*harness).contactReplaced},
		{name: "what is missing stays missing and what is empty in a set member stays set", run: (*harness).bareVIPRemoval},
		{name: "the order of profiles, values and digests stays", run: (*harness).orderInsideContact},
		{name: "moments before 1970 and the last of year 9999 come back", run: (*harness).momentsOfAllTimes},
		{name: "a new contact has heads of its own that nothing was written to", run: (*harness).newHeads},
		{name: "unknown ids are left out and an id that is asked twice does no harm", run: (*harness).unknownContacts},
		{name: "as many contacts as a page holds are read at once", run: (*harness).fullPageOfContacts},
	}
}

func (h *harness) contactComesBack() {
	h.put(h.full(1), h.plain(2))
	for _, e := range []entry{h.full(1), h.plain(2)} {
		h.wantContact("Contacts", h.contact(e.contact.ID), e)
	}
	byKey, err := h.store.ContactByKey(h.Context(), h.org, h.full(1).index.Lookup[0])
	h.must("ContactByKey", err)
	h.want("ContactByKey beside Contacts", *byKey, h.contact(contactID(1)))
	for _, by := range []contact.ContactField{contact.ByName, contact.ByCreatedAt, contact.ByUpdatedAt} {
		found, err := h.store.SearchContacts(h.Context(), h.org, contact.ContactQuery{
			Terms: [][]string{{"word1"}}, By: by, Now: at(0), Span: contact.Span{Limit: 5},
		})
		h.must("SearchContacts", err)
		h.want("SearchContacts beside Contacts", found.Items, h.contacts(contactID(1)))
	}
}

func (h *harness) contactReplaced() {
	for _, turn := range [][2]entry{{h.full(1), h.plain(1)}, {h.plain(2), h.full(2)}} {
		id := turn[0].contact.ID
		h.put(turn[0], h.event(1, id, contact.TopicNotes), h.event(2, id, contact.TopicContact))
		old := h.contact(id)
		h.put(turn[1])
		now := h.contact(id)
		h.wantContact("a replaced contact", now, turn[1])
		h.want("the heads of a replaced contact", [2]contact.Head{now.NotesHead, now.EventsHead}, [2]contact.Head{old.NotesHead, old.EventsHead})
	}
}

func (h *harness) bareVIPRemoval() {
	e := h.plain(1)
	e.contact.VIP = contact.VIP{By: &contact.Agent{ID: "someone"}, Since: pointer(time.UnixMilli(0).UTC())}
	h.put(e)
	h.wantContact("a contact with a bare VIP removal", h.contact(contactID(1)), e)
}

func (h *harness) orderInsideContact() {
	e := h.full(1)
	slices.Reverse(e.contact.Profiles)
	slices.Reverse(e.contact.ImportedNotes)
	for i := range e.contact.Attributes {
		slices.Reverse(e.contact.Attributes[i].Values)
	}
	h.put(e)
	h.wantContact("a contact turned around", h.contact(contactID(1)), e)
}

func (h *harness) momentsOfAllTimes() {
	e := h.full(1)
	e.contact.CreatedAt, e.contact.UpdatedAt = time.Date(1, 1, 1, 0, 0, 0, 1e6, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999e6, time.UTC)
	e.contact.VIP.ExpiresAt = pointer(time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC))
	h.put(e)
	h.wantContact("a contact of all times", h.contact(contactID(1)), e)
}

func (h *harness) newHeads() {
	h.put(h.full(1), h.plain(2))
	h.put(h.plain(3))
	seen := map[int64]contact.ID{}
	for _, c := range h.contacts(contactID(1), contactID(2), contactID(3)) {
		for _, head := range []contact.Head{c.NotesHead, c.EventsHead} {
			if head.Epoch <= 0 || head.Seq != 0 {
				h.Errorf("%s begins with head %+v, want a positive epoch and seq 0", c.ID, head)
			}
			if other, ok := seen[head.Epoch]; ok && other != c.ID {
				h.Errorf("%s and %s have the same epoch", c.ID, other)
			}
			seen[head.Epoch] = c.ID
		}
	}
}

func (h *harness) unknownContacts() {
	h.put(h.plain(1), h.plain(2))
	ids := []contact.ID{contactID(9), contactID(2), contactID(1), contactID(2), "", "note_1", "%", contactID(1)}
	found, err := h.store.Contacts(h.Context(), h.org, ids)
	h.must("Contacts", err)
	got := idsOf(found, func(c *contact.Contact) contact.ID { return c.ID })
	slices.Sort(got)
	h.want("the different contacts found", slices.Compact(got), []contact.ID{contactID(1), contactID(2)})
	for _, none := range [][]contact.ID{nil, {contactID(9)}} {
		if found := h.contacts(none...); len(found) > 0 {
			h.Errorf("Contacts(%v) found %d contacts, want none", none, len(found))
		}
	}
}

func (h *harness) fullPageOfContacts() {
	var ids []contact.ID
	var things []any
	for n := range contact.MaxPageSize {
		ids, things = append(ids, contactID(n)), append(things, h.named(n, contact.PrefixContact))
	}
	h.put(things...)
	got := idsOf(h.contacts(ids...), func(c *contact.Contact) contact.ID { return c.ID })
	h.want("the ids", got, ids)
}

// wantContact checks a contact in all that is written. What is only read is checked where it belongs.
func (h *harness) wantContact(what string, got contact.Contact, written entry) {
	h.Helper()
	want := written.contact
	want.CatalogVersion, want.NotesHead, want.EventsHead = got.CatalogVersion, got.NotesHead, got.EventsHead
	for _, list := range [][]contact.AttributeRecord{got.Attributes, want.Attributes} { // "in no order"
		slices.SortFunc(list, func(a, b contact.AttributeRecord) int { return cmp.Compare(a.Key, b.Key) })
	}
	h.want(what, got, want)
	if got.NotesHead.Epoch == written.contact.NotesHead.Epoch || got.EventsHead.Epoch == written.contact.EventsHead.Epoch {
		h.Errorf("%s: the heads were written with the contact", what)
	}
	if got.CatalogVersion == 4712 {
		h.Errorf("%s: the catalog's version was written with the contact", what)
	}
}
