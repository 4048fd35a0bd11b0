package storetest

import (
	"context"
	"sync"

	"contactpanel/contact"
)

func profileKey(value string) contact.LookupKey {
	return contact.LookupKey{Kind: contact.LookupProfile, Value: value}
}

func emailKey(value string) contact.LookupKey {
	return contact.LookupKey{Kind: contact.LookupEmail, Value: value}
}

func phoneKey(value string) contact.LookupKey {
	return contact.LookupKey{Kind: contact.LookupPhone, Value: value}
}

func numberKey(value string) contact.LookupKey {
	return contact.LookupKey{Kind: contact.LookupCustomerNumber, Value: value}
}

func keyCases() []testCase {
	return []testCase{
		{name: "a profile finds its contact, exactly", run: (*harness).profileFindsContact},
		{name: "a profile that another contact holds is taken and the whole transaction leaves nothing", run: (*harness).takenProfile},
		{name: "a contact keeps its own profile when it is replaced", run: (*harness).ownProfileStays},
		{name: "a profile that a contact gave up is free, in the same transaction too", run: (*harness).freedProfile},
		{name: "several contacts hold one e-mail address, phone number and customer number", run: (*harness).sharedKeys},
		{name: "of several writers that want one profile at once, one gets it", run: (*harness).racedProfile},
	}
}

func (h *harness) profileFindsContact() {
	h.put(h.full(1), h.holding(2, "", profileKey("X:plain")))
	for _, key := range h.full(1).index.Lookup[:len(contact.Networks())] {
		h.wantHolder(key, contactID(1))
	}
	for _, near := range []string{"X:Plain", "X:plai", "X:plain ", "x:plain", "X:pl%", "X:pl_in", "", "FACEBOOK:plain"} {
		h.wantHolder(profileKey(near), "")
	}
	h.wantHolder(contact.LookupKey{Kind: contact.LookupEmail, Value: "X:plain"}, "")
}

func (h *harness) takenProfile() {
	h.put(h.holding(1, "", profileKey("X:one")), h.holding(2, "", profileKey("X:two")))
	before := h.snapshot()
	for name, writes := range map[string][]any{
		"a new contact":                      {h.holding(3, "", profileKey("X:three"), profileKey("X:one"))},
		"a replaced contact":                 {h.holding(2, "", profileKey("X:two"), profileKey("X:one"))},
		"two new contacts of one commit":     {h.holding(3, "", profileKey("X:new")), h.holding(4, "", profileKey("X:new"))},
		"the last of several writes":         {h.full(5), h.standing(1, contactID(1)), h.applied(1, contactID(5)), h.holding(3, "", profileKey("X:one"))},
		"a key that is unique among several": {h.holding(3, "n", emailKey("a@b.example"), profileKey("X:one"), phoneKey("+491"))},
	} {
		h.wantCode("Update with "+name, h.tryPut(writes...), contact.Taken)
		h.holds("the organisation after "+name, before)
	}
}

func (h *harness) ownProfileStays() {
	h.put(h.holding(1, "", profileKey("X:one"), profileKey("X:two")))
	h.put(h.holding(1, "", profileKey("X:two"), profileKey("X:one")))
	h.wantHolder(profileKey("X:one"), contactID(1))
	h.wantHolder(profileKey("X:two"), contactID(1))
}

func (h *harness) freedProfile() {
	h.put(h.holding(1, "", profileKey("X:one")), h.holding(2, "", profileKey("X:two")))
	h.put(h.plain(1))
	h.wantHolder(profileKey("X:one"), "")
	h.put(h.holding(3, "", profileKey("X:one")))
	h.wantHolder(profileKey("X:one"), contactID(3))
	h.put(h.plain(2), h.plain(3), h.holding(2, "", profileKey("X:one")), h.holding(3, "", profileKey("X:two"))) // swapped
	h.wantHolder(profileKey("X:one"), contactID(2))
	h.wantHolder(profileKey("X:two"), contactID(3))
}

func (h *harness) sharedKeys() {
	keys := []contact.LookupKey{emailKey("shared@sample.example"), phoneKey("+4930123"), numberKey("42")}
	h.put(h.holding(1, "42", keys...), h.holding(2, "42", keys...), h.holding(3, "", profileKey("X:three")))
	h.wantMatches("", keys,
		match{fits: []contact.ID{contactID(1), contactID(2)}, isHeld: true},
		match{fits: []contact.ID{contactID(1), contactID(2)}, isHeld: true},
		match{fits: []contact.ID{contactID(1), contactID(2)}, isHeld: true},
	)
}

func (h *harness) racedProfile() {
	const writers = 8
	var wait sync.WaitGroup
	got := make([]error, writers)
	for i := range writers {
		e := h.holding(i, "", profileKey("X:wanted"))
		h.known.add(e)
		wait.Go(func() {
			got[i] = h.try(func(ctx context.Context, tx contact.Tx) error { return putAll(ctx, tx, h.org, e) })
		})
	}
	wait.Wait()
	var holder contact.ID
	for i, err := range got {
		switch {
		case err != nil:
			h.wantCode("Update of a loser", err, contact.Taken)
		case holder != "":
			h.Errorf("%s and %s both got the profile", holder, contactID(i))
		default:
			holder = contactID(i)
		}
	}
	h.wantHolder(profileKey("X:wanted"), holder)
	if found := h.contacts(h.known.contacts...); len(found) != 1 {
		h.Errorf("%d contacts were made, want one", len(found))
	}
}

// wantHolder checks who holds a unique key; "" is nobody.
func (h *harness) wantHolder(key contact.LookupKey, want contact.ID) {
	h.Helper()
	found, err := h.store.ContactByKey(h.Context(), h.org, key)
	h.must("ContactByKey", err)
	var got contact.ID
	if found != nil {
		got = found.ID
	}
	if got != want {
		h.Errorf("%q is held by %q, want %q", key, got, want)
	}
}
