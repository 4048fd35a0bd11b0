package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"contactpanel/contact"
)

func orderCases() []testCase {
	var all []testCase
	for _, by := range []contact.ContactField{contact.ByName, contact.ByCreatedAt, contact.ByUpdatedAt} {
		for _, descending := range []bool{false, true} {
			direction := map[bool]string{false: "ascending", true: "descending"}[descending]
			all = append(all, testCase{
				name: fmt.Sprintf("contacts by %s %s page exactly, ties broken by id", by, direction),
				run:  func(h *harness) { h.checkContactPages(by, descending) },
			})
		}
	}
	return append(all, testCase{name: "a term that very many contacts share pages exactly, alone and with a rare one", need: soleUse, run: (*harness).checkManyContacts}, testCase{name: "names are ordered by their bytes", run: func(h *harness) {
		// Each is greater than the one before in UTF-8; in UTF-16 and in most languages that is not so.
		ordered := []string{"", "  ", "!", "1", "10", "2", "A", "Z", "_", "a", "a ", "a b", "aa", "ab", "z", "\u007F", "ß", "ä", "я", "\uD7FF", "\uFB01", "\uFFFD", "😀", "\U0010FFFF"}
		want := make([]int, 0, len(ordered))
		for i := range ordered {
			n := (i * 7) % len(ordered) // written in another order
			h.put(h.named(n, ordered[n]))
			want = append(want, i)
		}
		h.wantFound(contact.ContactQuery{}, want...)
	}})
}

// checkContactPages compares all pages of few contacts with the model, for all contacts and for a search.
func (h *harness) checkContactPages(by contact.ContactField, descending bool) {
	h.Helper()
	sorts := []string{"b", "a", "b", "😀", "\uFFFD"}
	moments := []time.Time{at(5), at(4), at(5), time.UnixMilli(-1).UTC(), time.UnixMilli(-62_000_000_000_000).UTC()}
	sortOf := map[contact.ID]string{}
	for i, sort := range sorts {
		e := h.named(i, sort, "word", "other")
		switch i {
		case 2:
			e.contact.ID = "contact_zz" // a tie with the first
		case 3:
			e.index.Search = nil
		}
		e.contact.CreatedAt, e.contact.UpdatedAt = moments[i], moments[len(moments)-1-i]
		sortOf[e.contact.ID] = sort
		h.put(e)
	}
	position := func(c contact.Contact) contact.Position { return contactAt(by, c, sortOf[c.ID]) }
	between := []contact.Position{
		{Number: at(5).UnixMilli(), ID: "contact_y"}, {Number: 1 << 60, ID: "~"},
	}
	if by == contact.ByName {
		between = []contact.Position{{Text: "b", ID: "contact_y"}, {Text: "\U0010FFFF", ID: "~"}}
	}
	searches := [][][]string{nil, {{"wo"}}}
	if descending || by != contact.ByName {
		searches = searches[:1] // the others are drawn where paging is a property
	}
	for _, terms := range searches {
		model := timeline[contact.Contact]{at: position, descending: descending}
		for id := range sortOf {
			if terms == nil || id != contactID(3) {
				model.items = append(model.items, h.contact(id))
			}
		}
		model.checkSpans(h, fmt.Sprintf("contacts for %q", terms), func(s contact.Span) (contact.Slice[contact.Contact], error) {
			q := contact.ContactQuery{Terms: terms, By: by, Descending: descending, Now: at(0), Span: s}
			return h.store.SearchContacts(h.Context(), h.org, q)
		}, between...)
	}
}

// checkManyContacts pages through so many contacts that a store may read them in another way than few.
func (h *harness) checkManyContacts() {
	h.Helper()
	const contacts, rareOnes = 1750, 25
	h.makeOrganisation()
	var all []any
	for n := range contacts {
		keys := []string{"common", fmt.Sprintf("own%d", n)}
		if n%(contacts/rareOnes) == 7 {
			keys = append(keys, "rare")
		}
		e := h.named(n, fmt.Sprint(n%10), keys...)
		e.contact.CreatedAt, e.contact.UpdatedAt = at(n*7%contacts/3), at(-n)
		all = append(all, e)
	}
	for some := range slices.Chunk(all, 100) { // of a transaction that a busy machine ends in time
		h.update(func(ctx context.Context, tx contact.Tx) error { return putAll(ctx, tx, h.org, some...) })
	}
	for terms, total := range map[string]int{"comm": contacts, "comm rare": rareOnes, "own17": 11 + 50, "comm none": 0} {
		q := contact.ContactQuery{Now: at(0)}
		for _, word := range strings.Fields(terms) {
			q.Terms = append(q.Terms, []string{word})
		}
		for _, q.By = range []contact.ContactField{contact.ByName, contact.ByCreatedAt, contact.ByUpdatedAt} {
			h.want(fmt.Sprintf("how many contacts %q finds by %s", terms, q.By), h.countBothWays(q), total)
		}
	}
}

// countBothWays pages through all that a query finds, forward and backward, and counts it. Both ways must show the same.
func (h *harness) countBothWays(q contact.ContactQuery) int {
	h.Helper()
	var ways [2][]contact.ID
	total := 0
	for i, backward := range []bool{false, true} {
		q.Span = contact.Span{Limit: contact.MaxPageSize, Backward: backward, WantTotal: i == 0}
		for more := true; more; {
			found, err := h.store.SearchContacts(h.Context(), h.org, q)
			h.must("SearchContacts", err)
			if q.Span.WantTotal {
				total, q.Span.WantTotal = found.Total, false // once: a total costs
			}
			ids := idsOf(found.Items, func(c *contact.Contact) contact.ID { return c.ID })
			if len(ids) == 0 {
				break
			}
			first, last := h.placeOf(q.By, found.Items[0]), h.placeOf(q.By, found.Items[len(ids)-1])
			if backward {
				ways[i], more, q.Span.Before = append(ids, ways[i]...), found.HasBefore, &first
			} else {
				ways[i], more, q.Span.After = append(ways[i], ids...), found.HasAfter, &last
			}
			if len(ways[i]) > total {
				h.Fatalf("%d contacts were shown, the total is %d", len(ways[i]), total)
			}
		}
	}
	h.want("contacts shown backward beside those shown forward", ways[1], ways[0])
	return len(ways[0])
}

// placeOf is a contact's place when its sort key is what named made it.
func (h *harness) placeOf(by contact.ContactField, c contact.Contact) contact.Position {
	return contactAt(by, c, strings.TrimPrefix(c.Name, h.tag+" "))
}

// contactAt is a contact's place in an order, as the port says it.
func contactAt(by contact.ContactField, c contact.Contact, sort string) contact.Position {
	switch by {
	case contact.ByCreatedAt:
		return contact.Position{Number: c.CreatedAt.UnixMilli(), ID: c.ID}
	case contact.ByUpdatedAt:
		return contact.Position{Number: c.UpdatedAt.UnixMilli(), ID: c.ID}
	default:
		return contact.Position{Text: sort, ID: c.ID}
	}
}
