package storetest

import (
	"fmt"
	"slices"
	"time"

	"contactpanel/contact"
)

func searchCases() []testCase {
	return append(termCases(),
		testCase{name: "a search for nothing finds all, contacts without keys too", run: (*harness).searchForNothing},
		testCase{name: "networks choose contacts with a profile on one of them", run: (*harness).searchByNetwork},
		testCase{name: "the VIP state is that of the moment asked: at its expiry it is over", run: (*harness).searchByVIP},
		testCase{name: "terms, networks and VIP state must all hold", run: (*harness).searchByAll},
	)
}

func termCases() []testCase {
	return []testCase{
		{name: "a term is found at the beginning of a key only", run: (*harness).termsArePrefixes},
		{name: "all terms must fit, each in one of its forms, and a contact is found once", run: (*harness).allTermsFit},
		{name: "no character of a term has a meaning of its own", run: (*harness).noSpecialCharacters},
		{name: "a term that ends in the highest code point of a range finds what begins with it", run: (*harness).highestCodePoints},
		{name: "terms are compared as they are, without folding and composing", run: (*harness).termsAreNotFolded},
		{name: "a replaced contact is found by its new keys alone", run: (*harness).replacedSearchKeys},
		{name: "keys of hidden definitions find nothing, and the same key from elsewhere does", run: (*harness).hiddenKeys},
		{name: "a contact with as many and as long keys as the domain makes is found by each", run: (*harness).manyLongKeys},
	}
}

func (h *harness) searchForNothing() {
	h.put(h.named(1, "b", "beta"), h.plain(2), h.full(3))
	h.wantFound(contact.ContactQuery{}, 2, 1, 3)
	h.wantFound(contact.ContactQuery{Terms: [][]string{}}, 2, 1, 3)
}

func (h *harness) searchByNetwork() {
	on := func(n int, networks ...contact.Network) entry {
		e := h.named(n, fmt.Sprint(n), "word")
		for i, network := range networks {
			handle := fmt.Sprintf("h%d-%d", n, i)
			e.contact.Profiles = append(e.contact.Profiles, contact.Profile{ID: contact.ID("profile_" + handle), Network: network, Handle: handle})
			e.index.Lookup = append(e.index.Lookup, profileKey(string(network)+":"+handle))
		}
		return e
	}
	h.put(on(1, contact.X), on(2, contact.Instagram, contact.X, contact.X), on(3, contact.Facebook), on(4), on(5, contact.SMS))
	h.wantFound(contact.ContactQuery{Networks: []contact.Network{contact.X}}, 1, 2)
	h.wantFound(contact.ContactQuery{Networks: []contact.Network{contact.X, contact.Facebook, contact.Telegram}}, 1, 2, 3)
	h.wantFound(contact.ContactQuery{Networks: []contact.Network{contact.Telegram}})
	h.wantFound(contact.ContactQuery{Networks: []contact.Network{contact.X, contact.SMS}, Terms: [][]string{{"word"}}}, 1, 2, 5)
	h.put(on(1, contact.Facebook), on(2))
	h.wantFound(contact.ContactQuery{Networks: []contact.Network{contact.X}})
	h.wantFound(contact.ContactQuery{Networks: []contact.Network{contact.Facebook}}, 1, 3)
}

func (h *harness) searchByVIP() {
	vip := func(n int, v contact.VIP) entry {
		e := h.named(n, fmt.Sprint(n), "word")
		e.contact.VIP = v
		return e
	}
	h.put(vip(1, contact.VIP{IsVIP: true}), vip(2, contact.VIP{IsVIP: true, ExpiresAt: pointer(at(100))}),
		vip(3, contact.VIP{ExpiresAt: pointer(at(100))}), vip(4, contact.VIP{}), vip(5, contact.VIP{IsVIP: true, ExpiresAt: pointer(at(101))}))
	for _, tt := range []struct {
		now     time.Time
		is, not []int
	}{
		{at(99), []int{1, 2, 5}, []int{3, 4}},
		{at(100).Add(-time.Microsecond), []int{1, 2, 5}, []int{3, 4}},
		{at(100), []int{1, 5}, []int{2, 3, 4}},
		{at(100).In(time.FixedZone("east", 3600)), []int{1, 5}, []int{2, 3, 4}},
		{at(101), []int{1}, []int{2, 3, 4, 5}},
	} {
		h.wantFound(contact.ContactQuery{IsVIP: pointer(true), Now: tt.now}, tt.is...)
		h.wantFound(contact.ContactQuery{IsVIP: pointer(false), Now: tt.now}, tt.not...)
		h.wantFound(contact.ContactQuery{IsVIP: pointer(true), Now: tt.now, Terms: [][]string{{"w"}}, Networks: []contact.Network{contact.X}})
		h.wantFound(contact.ContactQuery{Now: tt.now}, 1, 2, 3, 4, 5)
	}
	h.put(vip(1, contact.VIP{}), vip(4, contact.VIP{IsVIP: true}))
	h.wantFound(contact.ContactQuery{IsVIP: pointer(true), Now: at(100)}, 4, 5)
}

func (h *harness) searchByAll() {
	want := []int{}
	for n := range 8 {
		e := h.named(n, fmt.Sprint(n), "other")
		if n&1 > 0 {
			e.index.Search = append(e.index.Search, "word")
		}
		if n&2 > 0 {
			e.contact.Profiles = []contact.Profile{{ID: "profile_1", Network: contact.X, Handle: fmt.Sprint(n)}}
			e.index.Lookup = []contact.LookupKey{profileKey(fmt.Sprintf("X:%d", n))}
		}
		e.contact.VIP.IsVIP = n&4 > 0
		h.put(e)
		want = append(want, n)
	}
	q := contact.ContactQuery{Terms: [][]string{{"word"}, {"oth"}}, Networks: []contact.Network{contact.X}, IsVIP: pointer(true), Now: at(0)}
	h.wantFound(q, 7)
	q.IsVIP = nil
	h.wantFound(q, 3, 7)
	q.Networks = nil
	h.wantFound(q, 1, 3, 5, 7)
	q.Terms = nil
	h.wantFound(q, want...)
}

func (h *harness) termsArePrefixes() {
	h.put(h.named(1, "1", "anna", "berg"), h.named(2, "2", "annabell"), h.named(3, "3", "joanna", "an na"), h.named(4, "4", "ann"))
	h.wantTerms([]int{1, 2, 4}, "ann")
	h.wantTerms([]int{1, 2}, "anna")
	h.wantTerms([]int{2}, "annabell")
	h.wantTerms(nil, "annabella")
	h.wantTerms([]int{3}, "an ")
	h.wantTerms(nil, "nna")
	h.wantTerms([]int{1}, "b")
}

func (h *harness) allTermsFit() {
	h.put(h.named(1, "1", "muller", "mueller", "hans"), h.named(2, "2", "mueller", "hansa", "hanna"), h.named(3, "3", "muller"), h.named(4, "4", "hans"))
	for _, tt := range []struct {
		terms [][]string
		want  []int
	}{
		{[][]string{{"mul", "mue"}}, []int{1, 2, 3}},
		{[][]string{{"mu"}}, []int{1, 2, 3}},
		{[][]string{{"mu"}, {"ha"}}, []int{1, 2}},
		{[][]string{{"mul"}, {"ha"}}, []int{1}},
		{[][]string{{"ha"}, {"ha"}, {"h"}}, []int{1, 2, 4}},
		{[][]string{{"ha"}, {"x", "y", "hann"}}, []int{2}},
		{[][]string{{"x", "y"}}, nil},
		{[][]string{{"mu"}, {"x"}}, nil},
		{[][]string{{"m"}, {"mu"}, {"mue"}, {"muel"}, {"h"}, {"ha"}, {"han"}, {"hans"}}, []int{1, 2}},
	} {
		h.wantFound(contact.ContactQuery{Terms: tt.terms}, tt.want...)
	}
}

func (h *harness) noSpecialCharacters() {
	special := []string{
		"%", "_", "*", "?", "[", "]", "\\", "^", "$", ".", "+", "(", "{", "|", "'", `"`, "`", ";", "-", " ", "/", ":", "#", "&", "<", "~",
		"\u0301", "\u200D", "\uFFFD", "é", "e\u0301", "😀", "\U0010FFFF", "\uFFFF", "\uD7FF", "\u07FF", "\u007F",
	}
	things := []any{h.named(99, "99", "xzy", "xzzzy", "z", "\\", "xé", "x.z.y")}
	for i, s := range special {
		things = append(things, h.named(i, fmt.Sprintf("%02d", i), "x"+s+"y", "end"+s))
	}
	h.put(things...)
	for i, s := range special {
		for _, term := range []string{"x" + s + "y", "end" + s} {
			h.wantTerms([]int{i}, term)
		}
	}
	h.wantTerms(nil, "x%zy", "x_y%")
	h.wantTerms(nil, ".*")
	h.wantTerms(nil, "$where")
}

func (h *harness) highestCodePoints() {
	for _, top := range []string{"\U0010FFFF", "\U0010FFFF\U0010FFFF", "a\U0010FFFF", "\uFFFF", "a\uD7FF", "\u07FF", "\u007F", "a\u007F", "\uE000"} {
		h.put(h.named(1, "1", top), h.named(2, "2", top+"b"), h.named(3, "3", top+"\U0010FFFF"), h.named(4, "4", "a", "b"), h.plain(5))
		h.wantTerms([]int{1, 2, 3}, top)
		h.wantTerms([]int{2}, top+"b")
	}
}

func (h *harness) termsAreNotFolded() {
	h.put(h.named(1, "1", "abc"), h.named(2, "2", "ABC"), h.named(3, "3", "\u00E4bc"), h.named(4, "4", "a\u0308bc"), h.named(5, "5", "007"))
	h.wantTerms([]int{1}, "ab")
	h.wantTerms([]int{2}, "AB")
	h.wantTerms([]int{3}, "\u00E4")
	h.wantTerms([]int{4}, "a\u0308")
	h.wantTerms([]int{5}, "0")
	h.wantTerms(nil, "7")
}

func (h *harness) replacedSearchKeys() {
	h.put(h.named(1, "1", "old", "both"), h.named(2, "2", "old"))
	h.put(h.named(1, "1", "new", "both"))
	h.wantTerms([]int{2}, "old")
	h.wantTerms([]int{1}, "new")
	h.wantTerms([]int{1}, "both")
	h.put(h.plain(1))
	h.wantTerms(nil, "new")
	h.wantTerms(nil, "both")
}

func (h *harness) manyLongKeys() {
	var keys []string
	for i := range 96 {
		keys = append(keys, fmt.Sprintf("%c%c", rune(0x1F600+i), rune('a'+i%26))+string(slices.Repeat([]rune{0x1D518}, 62)))
	}
	h.put(h.named(1, "1", keys...), h.named(2, "2", "\U0001F5FF", "\U0001F680"))
	for i := 0; i < len(keys); i += 5 { // the last among them
		h.wantTerms([]int{1}, keys[i])
		h.wantTerms([]int{1}, keys[i][:4])
	}
}

// wantTerms searches by one term, whose forms are given.
func (h *harness) wantTerms(want []int, forms ...string) {
	h.Helper()
	h.want(fmt.Sprintf("search %q", forms), h.search(contact.ContactQuery{Terms: [][]string{forms}, Now: at(0)}), contactIDs(want))
}

func contactIDs(numbers []int) []contact.ID {
	ids := make([]contact.ID, 0, len(numbers))
	for _, n := range numbers {
		ids = append(ids, contactID(n))
	}
	return ids
}

// wantFound checks what a query finds, by name, and that the total says the same.
func (h *harness) wantFound(q contact.ContactQuery, want ...int) {
	h.Helper()
	if q.Now.IsZero() {
		q.Now = at(0)
	}
	what := fmt.Sprintf("search %q on %v for VIP %v", q.Terms, q.Networks, q.IsVIP)
	h.want(what, h.search(q), contactIDs(want))
	q.By, q.Span = contact.ByCreatedAt, contact.Span{Limit: 1, WantTotal: true}
	found, err := h.store.SearchContacts(h.Context(), h.org, q)
	h.must(what, err)
	if found.Total != len(want) || len(found.Items) != min(len(want), 1) || found.HasBefore || found.HasAfter != (len(want) > 1) {
		h.Errorf("%s, one of it: total %d, %d items, before %t, after %t; want %d in all",
			what, found.Total, len(found.Items), found.HasBefore, found.HasAfter, len(want))
	}
}

// hiddenKeys has one word from a name, from one definition, from another whose key ends in the same letters, and from two.
func (h *harness) hiddenKeys() {
	from := func(key string) string { return "word" + contact.SearchMark + key }
	h.put(
		h.named(1, "1", "word"), h.named(2, "2", from("email")), h.named(3, "3", from("home_email")),
		h.named(4, "4", from("email"), from("phone")), h.named(5, "5", "wordemail"),
	)
	for _, tt := range []struct {
		hidden []string
		want   []int
	}{
		{nil, []int{1, 2, 3, 4, 5}},
		{[]string{"email"}, []int{1, 3, 4, 5}},
		{[]string{"home_email"}, []int{1, 2, 4, 5}},
		{[]string{"email", "phone"}, []int{1, 3, 5}},
		{[]string{"email", "home_email", "phone", "unknown"}, []int{1, 5}},
	} {
		h.wantFound(contact.ContactQuery{Terms: [][]string{{"wor"}}, Hidden: tt.hidden}, tt.want...)
		h.wantFound(contact.ContactQuery{Terms: [][]string{{"none", "word"}, {"wo"}}, Hidden: tt.hidden}, tt.want...)
	}
}
