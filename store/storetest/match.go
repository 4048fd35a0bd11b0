package storetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"contactpanel/contact"
)

// match is what is expected of one key. Of more than two that fit, any two are right.
type match struct {
	fits   []contact.ID
	isHeld bool
}

func matchCases() []testCase {
	return []testCase{
		{name: "asked without a number, a key fits all its holders", run: (*harness).matchWithoutNumber},
		{name: "asked with a number, a key fits holders that have none or this one", run: (*harness).matchWithNumber},
		{name: "numbers are compared as text", run: (*harness).numbersAreText},
		{name: "of many that fit two are named", run: (*harness).twoOfMany},
		{name: "those that fit are found behind many that do not", run: (*harness).fitsBehindMisfits},
		{name: "the answers stand in the order of the keys, and no keys get no answers", run: (*harness).orderOfMatches},
		{name: "a key of one kind or writing is none of another", run: (*harness).kindsOfKeys},
		{name: "a replaced contact is matched by its new keys and number alone", run: (*harness).replacedKeys},
	}
}

func (h *harness) matchWithoutNumber() {
	shared, none, one, two := emailKey("shared@sample.example"), emailKey("nobody@sample.example"), numberKey("1"), numberKey("2")
	h.put(h.holding(1, "", shared), h.holding(2, "1", shared, one), h.holding(3, "2", two))
	h.wantMatches("", []contact.LookupKey{shared, one, two, none},
		match{[]contact.ID{contactID(1), contactID(2)}, true}, match{[]contact.ID{contactID(2)}, true}, match{[]contact.ID{contactID(3)}, true}, match{})
}

func (h *harness) matchWithNumber() {
	shared, one, two, other := emailKey("shared@sample.example"), numberKey("1"), numberKey("2"), phoneKey("1")
	h.put(h.holding(1, "", shared), h.holding(2, "1", shared, one), h.holding(3, "2", shared, two), h.holding(4, "2", other))
	keys := []contact.LookupKey{shared, one, two, other}
	h.wantMatches("1", keys,
		match{[]contact.ID{contactID(1), contactID(2)}, true}, match{[]contact.ID{contactID(2)}, true}, match{nil, true}, match{nil, true})
	h.wantMatches("2", keys,
		match{[]contact.ID{contactID(1), contactID(3)}, true}, match{nil, true}, match{[]contact.ID{contactID(3)}, true}, match{[]contact.ID{contactID(4)}, true})
	h.wantMatches("3", keys, match{[]contact.ID{contactID(1)}, true}, match{nil, true}, match{nil, true}, match{nil, true})
}

func (h *harness) numbersAreText() {
	shared, none := emailKey("shared@sample.example"), emailKey("nobody@sample.example")
	h.put(h.holding(1, "007", shared), h.holding(2, "7", shared), h.holding(3, "7.0", shared), h.holding(4, "ä", none), h.holding(5, "Ä", none))
	h.wantMatches("7", []contact.LookupKey{shared}, match{[]contact.ID{contactID(2)}, true})
	h.wantMatches("007", []contact.LookupKey{shared}, match{[]contact.ID{contactID(1)}, true})
	h.wantMatches("Ä", []contact.LookupKey{none, shared}, match{[]contact.ID{contactID(5)}, true}, match{nil, true})
}

func (h *harness) twoOfMany() {
	shared := emailKey("shared@sample.example")
	for n := range 5 {
		h.put(h.holding(n, "", shared), h.holding(10+n, "1", shared))
	}
	all := []contact.ID{}
	for n := range 5 {
		all = append(all, contactID(n), contactID(10+n))
	}
	h.wantMatches("", []contact.LookupKey{shared}, match{all, true})
	h.wantMatches("1", []contact.LookupKey{shared}, match{all, true})
	h.wantMatches("2", []contact.LookupKey{shared}, match{[]contact.ID{contactID(0), contactID(1), contactID(2), contactID(3), contactID(4)}, true})
}

func (h *harness) fitsBehindMisfits() {
	shared := emailKey("shared@sample.example")
	for n := range 20 {
		h.put(h.holding(n, "other", shared))
	}
	h.put(h.holding(20, "mine", shared), h.holding(21, "", shared))
	h.wantMatches("mine", []contact.LookupKey{shared}, match{[]contact.ID{contactID(20), contactID(21)}, true})
}

func (h *harness) orderOfMatches() {
	none, one, two, other := emailKey("nobody@sample.example"), numberKey("1"), numberKey("2"), phoneKey("1")
	h.put(h.full(1), h.holding(2, "", one, other))
	keys := slices.Concat(h.full(1).index.Lookup, []contact.LookupKey{none, other, one, two})
	slices.Reverse(keys)
	want := make([]match, len(keys))
	for i, key := range keys {
		switch {
		case slices.Contains(h.full(1).index.Lookup, key):
			want[i] = match{[]contact.ID{contactID(1)}, true}
		case key == one || key == other:
			want[i] = match{[]contact.ID{contactID(2)}, true}
		}
	}
	h.wantMatches("", keys, want...)
	h.wantMatches("", nil)
	h.wantMatches("1", nil)
}

func (h *harness) kindsOfKeys() {
	h.put(h.holding(1, "", emailKey("value"), phoneKey("VALUE")))
	h.wantMatches("", []contact.LookupKey{
		emailKey("value"), phoneKey("value"), profileKey("value"), numberKey("value"), phoneKey("VALUE"), emailKey("valu"), emailKey("val%"), emailKey("value "),
	}, match{[]contact.ID{contactID(1)}, true}, match{}, match{}, match{}, match{[]contact.ID{contactID(1)}, true}, match{}, match{}, match{})
}

func (h *harness) replacedKeys() {
	shared, none, one, two := emailKey("shared@sample.example"), emailKey("nobody@sample.example"), numberKey("1"), numberKey("2")
	h.put(h.holding(1, "1", shared, one))
	h.put(h.holding(1, "2", none, two))
	h.wantMatches("1", []contact.LookupKey{shared, one, none, two}, match{}, match{}, match{nil, true}, match{nil, true})
	h.put(h.holding(1, "", none)) // the number alone changes what fits
	h.wantMatches("1", []contact.LookupKey{none, two}, match{[]contact.ID{contactID(1)}, true}, match{})
	h.put(h.holding(1, "2", none))
	h.wantMatches("1", []contact.LookupKey{none}, match{nil, true})
}

// wantMatches checks what Match says, inside a transaction and outside.
func (h *harness) wantMatches(number string, keys []contact.LookupKey, want ...match) {
	h.Helper()
	h.must("outside", checkMatches(h.Context(), h.store, h.org, number, keys, want))
	h.update(func(ctx context.Context, tx contact.Tx) error {
		return checkMatches(ctx, tx, h.org, number, keys, want)
	})
}

func checkMatches(ctx context.Context, r contact.Reader, org contact.OrgID, number string, keys []contact.LookupKey, want []match) error {
	got, err := r.Match(ctx, org, keys, number)
	if err := cmp.Or(err, same("the number of answers of Match", len(got), len(want))); err != nil {
		return err
	}
	for i, m := range got {
		known := true
		for k, id := range m.Fits {
			known = known && slices.Contains(want[i].fits, id) && !slices.Contains(m.Fits[:k], id)
		}
		if m.Key != keys[i] || m.IsHeld != want[i].isHeld || len(m.Fits) != min(len(want[i].fits), 2) || !known {
			return fmt.Errorf("a match with number %q of %q = %+v, want two at most of %v, held %t", number, keys[i], m, want[i].fits, want[i].isHeld)
		}
	}
	return nil
}
