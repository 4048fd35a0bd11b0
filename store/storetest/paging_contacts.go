package storetest

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"contactpanel/contact"
)

// drawer is an organisation's contacts, in the store and in the model.
type drawer struct {
	h       *harness
	entries []entry
}

// change makes or replaces a contact. There are so few names and moments that several contacts share one.
func (d *drawer) change(t *rapid.T) {
	k := len(d.entries)
	if k > 0 && rapid.Bool().Draw(t, "replace") {
		k = rapid.IntRange(0, len(d.entries)-1).Draw(t, "contact")
	}
	e := d.h.named((k*37)%101, rapid.SampledFrom([]string{"", "a", "ab", "b", "ä", "😀"}).Draw(t, "name"))
	if rapid.IntRange(0, 2).Draw(t, "found") > 0 {
		e.index.Search = []string{"word", "wort"}
	}
	e.contact.CreatedAt, e.contact.UpdatedAt = at(rapid.IntRange(0, 3).Draw(t, "created")), at(rapid.IntRange(0, 3).Draw(t, "updated"))
	if k < len(d.entries) {
		e.contact.CreatedAt, e.contact.Version = d.entries[k].contact.CreatedAt, d.entries[k].contact.Version+1
	}
	d.h.put(e)
	d.entries = append(d.entries[:k], append([]entry{e}, d.entries[min(k+1, len(d.entries)):]...)...)
}

func (d *drawer) timeline(q contact.ContactQuery) timeline[contact.Contact] {
	sorts := map[contact.ID]string{}
	out := timeline[contact.Contact]{descending: q.Descending, at: func(c contact.Contact) contact.Position { return contactAt(q.By, c, sorts[c.ID]) }}
	for _, e := range d.entries {
		sorts[e.contact.ID] = e.index.Sort
		if len(q.Terms) == 0 || len(e.index.Search) > 0 {
			out.items = append(out.items, e.contact)
		}
	}
	return out
}

// read reads a page without what only the store knows.
func (d *drawer) read(q contact.ContactQuery) (contact.Slice[contact.Contact], error) {
	got, err := d.h.store.SearchContacts(d.h.Context(), d.h.org, q)
	got.Items = slices.Clone(got.Items)
	for i := range got.Items {
		c := &got.Items[i]
		c.CatalogVersion, c.NotesHead, c.EventsHead = 0, contact.Head{}, contact.Head{}
	}
	return got, err
}

// pageContacts is the property for contacts, in one of the orders.
func pageContacts(t *rapid.T, of *harness) {
	var drawers []*drawer
	for _, h := range newOrganisations(t, of) {
		drawers = append(drawers, &drawer{h: h})
	}
	change := func() { draw(t, "drawer", drawers).change(t) }
	for range rapid.IntRange(1, 12).Draw(t, "changes at first") {
		change()
	}
	for range rapid.IntRange(1, 2).Draw(t, "steps") {
		change()
		d := draw(t, "shown drawer", drawers)
		q := contact.ContactQuery{
			Terms: rapid.SampledFrom([][][]string{nil, {{"w"}}, {{"none", "word"}, {"wort"}}}).Draw(t, "terms"), Now: at(0),
			By:         rapid.SampledFrom([]contact.ContactField{contact.ByName, contact.ByCreatedAt, contact.ByUpdatedAt}).Draw(t, "by"),
			Descending: rapid.Bool().Draw(t, "descending"),
		}
		for _, backward := range []bool{false, true} {
			walk[contact.Contact]{
				h: d.h, what: fmt.Sprintf("contacts for %q by %s, descending %t", q.Terms, q.By, q.Descending), backward: backward,
				model: func() timeline[contact.Contact] { return d.timeline(q) },
				id:    func(c contact.Contact) contact.ID { return c.ID },
				limit: drawnLimit(t), change: someChanges(t, change),
				read: func(span contact.Span) (contact.Slice[contact.Contact], error) {
					q.Span = span
					return d.read(q)
				},
			}.run()
		}
	}
}
