package storetest

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"contactpanel/contact"
)

// So many contacts are more than any store renews in one transaction, and the rules of today in these cases.
const (
	manyOld  = 450
	newRules = 3
)

func renewalCases() []testCase {
	return []testCase{
		{name: "keys of older rules are made anew, and nothing else of a contact", need: soleUse, run: (*harness).renewsKeysAlone},
		{name: "keys of these rules and of newer ones stay", need: soleUse, run: (*harness).leavesNewKeys},
		{name: "keys are made anew in all organisations, in parts that stay done", need: soleUse, run: (*harness).renewsInParts},
		{name: "keys that cannot be made leave all as it was", need: soleUse, run: (*harness).renewalUndone},
		{name: "changes while keys are made anew are kept, and keys are made of them", need: soleUse, run: (*harness).racedRenewal},
		{name: "several who make keys anew at once make those of each contact once", need: soleUse, run: (*harness).renewalsTogether},
	}
}

// renewed are the keys that the cases make: they tell the contact's version.
func renewed(c *contact.Contact) contact.ContactIndex {
	return contact.ContactIndex{
		Sort: fmt.Sprintf("new %s", c.ID), Search: []string{"new", fmt.Sprintf("v%d", c.Version), "hidden" + contact.SearchMark + "email"}, Rules: newRules,
		Lookup: []contact.LookupKey{{Kind: contact.LookupEmail, Value: "not to be taken over"}}, Number: "nor this",
	}
}

// renew makes keys anew until none is old, and says how many.
func (h *harness) renew() int {
	h.Helper()
	n, err := h.tryRenew()
	h.must("RenewKeys", err)
	return n
}

func (h *harness) tryRenew() (total int, err error) {
	for {
		n, err := h.store.RenewKeys(h.Context(), newRules, renewed)
		if total += n; n == 0 || err != nil {
			return total, err
		}
	}
}

func (h *harness) wantOld(want int) {
	h.Helper()
	got, err := h.store.OldKeys(h.Context(), newRules)
	h.must("OldKeys", err)
	h.want("the contacts with old keys", got, want)
}

// byKey are the contacts that a search for the beginning of a key finds, by name.
func (h *harness) byKey(key string, hidden ...string) []contact.ID {
	h.Helper()
	return h.search(contact.ContactQuery{Terms: [][]string{{key}}, Hidden: hidden, Now: at(0)})
}

func (h *harness) renewsKeysAlone() {
	h.makeOrganisation()
	h.wantOld(0)
	h.want("what is renewed in a store without contacts", h.renew(), 0)
	h.put(h.everything()...)
	before := h.snapshot()
	seen := map[contact.ID]contact.Contact{}
	for isMore := true; isMore; {
		n, err := h.store.RenewKeys(h.Context(), newRules, func(c *contact.Contact) contact.ContactIndex {
			seen[c.ID] = *c
			return renewed(c)
		})
		h.must("RenewKeys", err)
		isMore = n > 0
	}
	h.holds("everything but the keys", before)
	for _, e := range []entry{h.full(1), h.plain(2)} {
		h.wantContact("the contact that keys are made of", seen[e.contact.ID], e)
	}
	h.want("what the old keys find", len(h.byKey("word1")), 0)
	h.want("what the new keys find", h.byKey("new"), []contact.ID{contactID(1), contactID(2)})
	h.want("what a hidden key finds", len(h.byKey("hidden", "email")), 0)
	h.want("the order by name", h.search(contact.ContactQuery{Now: at(0)}), []contact.ID{contactID(1), contactID(2)})
	h.wantPage("behind the first by its new key", contact.Position{Text: "new " + string(contactID(1)), ID: contactID(1)}, contactID(2))
	h.wantOld(0)
}

// wantPage checks what stands behind a place in the order by name.
func (h *harness) wantPage(what string, after contact.Position, want ...contact.ID) {
	h.Helper()
	found, err := h.store.SearchContacts(h.Context(), h.org, contact.ContactQuery{By: contact.ByName, Now: at(0), Span: contact.Span{Limit: 9, After: &after}})
	h.must("SearchContacts", err)
	h.want(what, idsOf(found.Items, func(c *contact.Contact) contact.ID { return c.ID }), want)
}

func (h *harness) leavesNewKeys() {
	h.makeOrganisation()
	for rules := range newRules + 2 {
		e := h.named(rules, fmt.Sprintf("%05d", rules), "old")
		e.index.Rules = rules
		h.put(e)
	}
	h.wantOld(newRules)
	h.want("what is renewed", h.renew(), newRules)
	h.want("what is left", h.byKey("old"), []contact.ID{contactID(newRules), contactID(newRules + 1)})
	e := h.named(newRules, "again", "old") // somebody who knows older rules only writes it
	e.index.Rules = 1
	h.put(e)
	h.wantOld(1)
	h.want("what is renewed again", h.renew(), 1)
	h.want("what is left then", h.byKey("old"), []contact.ID{contactID(newRules + 1)})
}

func (h *harness) renewsInParts() {
	h.makeOrganisation()
	other := h.another()
	for _, o := range []*harness{h, other} {
		o.putOld(manyOld / 2)
	}
	n, err := h.store.RenewKeys(h.Context(), newRules, renewed)
	h.must("RenewKeys", err)
	if n < 1 || n >= manyOld {
		h.Fatalf("one call renews %d of %d contacts, want a part", n, manyOld)
	}
	h.wantOld(manyOld - n)
	h.want("the rest", h.renew(), manyOld-n)
	for _, o := range []*harness{h, other} {
		o.want("the contacts that new keys find", o.total("new"), manyOld/2)
		o.want("the contacts that old keys find", o.total("old"), 0)
	}
}

func (h *harness) putOld(count int) {
	h.Helper()
	var things []any
	for i := range count {
		things = append(things, h.named(i, fmt.Sprintf("%05d", i), "old"))
	}
	h.put(things...)
}

// total counts the contacts that a key finds.
func (h *harness) total(key string) int {
	h.Helper()
	q := contact.ContactQuery{Terms: [][]string{{key}}, By: contact.ByName, Now: at(0), Span: contact.Span{Limit: 1, WantTotal: true}}
	found, err := h.store.SearchContacts(h.Context(), h.org, q)
	h.must("SearchContacts", err)
	return found.Total
}

func (h *harness) renewalUndone() {
	h.makeOrganisation()
	h.putOld(3)
	ctx, cancel := context.WithCancel(h.Context())
	n, err := h.store.RenewKeys(ctx, newRules, func(c *contact.Contact) contact.ContactIndex {
		cancel() // in the midst of it
		return renewed(c)
	})
	if n != 0 || err == nil {
		h.Fatalf("RenewKeys that is given up = %d, %v; want an error", n, err)
	}
	h.wantOld(3)
	h.want("the contacts that old keys find", h.total("old"), 3)
	h.want("all", h.renew(), 3)
}

func (h *harness) racedRenewal() {
	h.makeOrganisation()
	h.putOld(manyOld)
	var renewal sync.WaitGroup
	renewal.Go(func() {
		if _, err := h.tryRenew(); err != nil {
			h.Errorf("RenewKeys = %v", err)
		}
	})
	h.together(func(writer, round int) error {
		return h.try(func(ctx context.Context, tx contact.Tx) error {
			id := contactID((round*writers + writer) * (manyOld / writers / rounds))
			found, err := tx.Contacts(ctx, h.org, []contact.ID{id})
			if err != nil {
				return err
			}
			found[0].Version = 2
			// As somebody writes who knows older rules only.
			return tx.PutContact(ctx, h.org, found[0], contact.ContactIndex{Sort: "raced", Search: []string{"raced"}})
		})
	})
	renewal.Wait()
	h.renew()
	h.want("the contacts that were changed", h.total("v2"), writers*rounds)
	h.want("the contacts that were not", h.total("v1"), manyOld-writers*rounds)
	h.want("the contacts with keys of the changes", h.total("raced"), 0)
	changed := h.byKey("v2")
	found := h.contacts(changed[:min(len(changed), contact.MaxPageSize)]...)
	if i := slices.IndexFunc(found, func(c contact.Contact) bool { return c.Version != 2 }); i >= 0 {
		h.Errorf("%s was changed, and stands at version %d", found[i].ID, found[i].Version)
	}
}

func (h *harness) renewalsTogether() {
	h.makeOrganisation()
	h.putOld(manyOld)
	var together sync.WaitGroup
	counts := make([]int, writers/2)
	for i := range counts {
		together.Go(func() {
			var err error
			if counts[i], err = h.tryRenew(); err != nil {
				h.Errorf("RenewKeys = %v", err)
			}
		})
	}
	together.Wait()
	total := 0
	for _, n := range counts {
		total += n
	}
	h.want("the contacts renewed by all", total, manyOld)
	h.want("the contacts that new keys find", h.total("new"), manyOld)
}
