package contact_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"contactpanel/contact"
)

// find searches as Anna and returns the names found, in the order of the search.
func (w *world) find(in contact.SearchInput) []string {
	w.Helper()
	if in.Page == (contact.PageArgs{}) {
		in.Page.First = new(contact.MaxPageSize)
	}
	page, err := w.Search(w.as(anna), in)
	w.must("Search", err)
	names := []string{}
	for i := range page.Items {
		names = append(names, page.Items[i].DisplayName())
	}
	return names
}

const (
	joerg  = "Jörg Müller"
	guenti = "Günter Groß"
	detlef = "Hans-Detlef von der Höh-Schmitt"
	viet   = "Nguye\u0302\u0303n Vie\u0323\u0302t" // decomposed
)

// crowd makes the people that the searches look for.
func crowd(w *world) {
	w.Helper()
	for _, in := range []contact.UpsertInput{
		{Name: joerg, Profiles: profiles("INSTAGRAM:joerg.mueller_84", "X:jmBerlin"), Attributes: []contact.AttributeInput{
			emails("J.Mueller+news@Bücher.example"), phones("+49 30 23125000"), customer("K-4711/08"),
		}},
		{Name: guenti, Attributes: []contact.AttributeInput{phones("+49 69 90009077", "+1 202-555-0100"), customer("00815")}},
		{Name: detlef, Attributes: []contact.AttributeInput{customer("4712 0816")}},
		{Name: "Łukasz Żółć", Attributes: []contact.AttributeInput{emails("lukasz@poczta.example")}},
		{Name: "Ærø Øster", Profiles: profiles("TELEGRAM:@aeroe")},
		{Name: "İstanbul Işık"}, {Name: "山田 太郎"}, {Name: "김민수"}, {Name: viet}, {Name: "Seán O’Connor"}, {Name: "ﬁne Ⅳ"},
	} {
		w.upsert(in)
	}
}

func TestASearchFindsAContactAsPeopleWriteIt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, found string
		searches    []string
	}{
		{"umlauts in each writing", joerg, []string{"Müller", "mueller", "muller", "MÜLLER", "Mu\u0308ller", "MUELLER"}},
		{"prefixes as they are typed", joerg, []string{"j", "jö", "joe", "jorg", "mül", "muel"}},
		{"several words in any order", joerg, []string{"jörg müller", "Müller Jörg", " mü\tJÖ ", "mueller jorg"}},
		{"handles", joerg, []string{"@jmberlin", "jmB", "@joerg", "joerg.mueller_84", "joerg.m", "84", "joergmueller"}},
		{"an e-mail address", joerg, []string{"j.mueller", "J.Mueller+news@bücher.example", "j.mueller+news@xn--bcher-kva.example", "news", "bücher.example", "buecher", "j.mueller+news@buch"}},
		{"a customer number", joerg, []string{"K-4711/08", "k-47", "k4711", "K471108", "08"}},
		{"a customer number of zeros first", guenti, []string{"00815", "008"}},
		{"a customer number in groups", detlef, []string{"4712 0816", "47120816", "4712 08", "0816"}},
		{"a phone number within the country", joerg, []string{"030 23125 000", "(030) 23125-000", "03023125000", "030/23125-000", "030.23125.000", "030 – 23125", "030\u221223125"}},
		{"a phone number from abroad", joerg, []string{"+49 30 23125000", "0049 30 23125000", "+49 (0)30 23125000", "493023125000", "+49\u00a030\u202f23125000", "0049 (0)30 23125"}},
		{"a phone number without its trunk prefix", joerg, []string{"3023125000", "30 231"}},
		{"a phone number as it is typed", joerg, []string{"+4", "+49", "+49 ", "+49 (", "+49 (0", "+49 (0)", "+49 (0)3", "0", "03", "(0", "(03", "(030", "(030)", "0049", "00493"}},
		{"a name and a phone number", joerg, []string{"Müller 03023125000", "+493023125000 jörg", "müller 0049302312"}},
		{"a second phone number", guenti, []string{"202-555-0100", "(202) 555", "+1 202", "+1 (202) 555-0100", "069 90009 077"}},
		{"sharp s", guenti, []string{"Groß", "gross", "GROSS", "GROẞ", "guenter g", "gunter"}},
		{"names with hyphens", detlef, []string{"hans", "detlef", "hans-detlef", "hans-d", "hansdetlef", "schmitt", "höh", "hoeh-sch", "hohschmitt", "der von hans"}},
		{"Polish", "Łukasz Żółć", []string{"łukasz", "lukasz", "Lukasz Zolc", "żółć", "ZOLC", "lukasz@poczta", "poczta.example"}},
		{"Danish", "Ærø Øster", []string{"ærø", "aero", "aeroe", "ÆRØ", "øster", "oster", "oester", "@aeroe", "aer ø"}},
		{"Turkish", "İstanbul Işık", []string{"istanbul", "İstanbul", "ISTANBUL", "ışık", "isik", "ISIK"}},
		{"Japanese", "山田 太郎", []string{"山田", "山", "太郎 山田"}},
		{"Korean", "김민수", []string{"김", "김민수", "김미"}},
		{"Vietnamese", viet, []string{"Nguyễn", "nguyen", "NGUYEN VIET", "việt", "Nguye\u0302\u0303n"}},
		{"an apostrophe", "Seán O’Connor", []string{"o’connor", "oconnor", "connor", "sean"}},
		{"ligatures and numerals", "ﬁne Ⅳ", []string{"fine", "FINE iv", "ﬁn"}},
	}
	w := newWorld(t)
	crowd(w)
	for _, tt := range tests {
		for _, search := range tt.searches {
			if got := w.find(contact.SearchInput{Search: search}); !slices.Contains(got, tt.found) || len(got) > 5 {
				t.Errorf("%s: a search for %q finds %q, want %q and few others", tt.name, search, got, tt.found)
			}
		}
	}
}

func TestASearchFindsNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crowd(w)
	for _, search := range []string{
		"xyzzy", "üller", "müller groß", "%", "_", "*", "mül%", "m_ller", "' OR 1=1 --", "[a-z]", "\\", "\"", "$where", "31 231", "+44 30", "23125000",
		"jörg jörg schmidt", "müllerin", "😀",
	} {
		if got := w.find(contact.SearchInput{Search: search}); len(got) != 0 {
			t.Errorf("a search for %q finds %q", search, got)
		}
	}
	for _, search := range []string{"", "  ", "\t"} {
		if got := w.find(contact.SearchInput{Search: search}); len(got) != 11 {
			t.Errorf("a search for %q finds %q, want all", search, got)
		}
	}
	for search, fine := range map[string]bool{strings.Repeat("ü", 200): true, strings.Repeat("ü", 201): false, "\xff": false} {
		_, err := w.Search(w.as(anna), contact.SearchInput{Search: search})
		if fine {
			w.must("Search", err)
			continue
		}
		w.refused("Search", err, contact.BadUserInput, "search")
	}
	theirs, err := w.Search(w.as(mallory), contact.SearchInput{Page: contact.PageArgs{WantTotal: true}})
	if err != nil || len(theirs.Items) != 0 || *theirs.Total != 0 {
		t.Errorf("another organisation finds %d of %v, %v", len(theirs.Items), theirs.Total, err)
	}
}

func TestWhatAContactNoLongerHasDoesNotFindIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.upsert(contact.UpsertInput{Name: "Old Name", Attributes: []contact.AttributeInput{customer("C-1"), emails("old@x.example")}}).Contact
	w.upsert(contact.UpsertInput{Name: "New Name", Attributes: []contact.AttributeInput{customer("C-1")}})
	_, err := w.set(anna, of.ID, "email", 1, email("new@x.example"))
	w.must("SetAttribute", err)
	for search, n := range map[string]int{"old": 0, "old@x.example": 0, "new name": 1, "new@x": 1, "c-1": 1} {
		if got := w.find(contact.SearchInput{Search: search}); len(got) != n {
			t.Errorf("a search for %q finds %q, want %d", search, got, n)
		}
	}
}

func TestNamesAreOrderedWithoutCaseAndMarks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	// DIN 5007-1: ä is ordered as a, ß as ss; so Übung stands before Ueli.
	want := []string{"aal", "Äbel", "Abend", "ärger", "Arno", "Östlich", "Otto", "Straße", "Strassen", "Übung", "Ueli", "Ulm", "Zoë"}
	for _, name := range rapid.Permutation(want).Example(1) {
		w.person(name)
		w.clock.advance(time.Millisecond)
	}
	w.same("by name", w.find(contact.SearchInput{}), want)
	w.same("page by page", append(
		w.find(contact.SearchInput{Page: contact.PageArgs{First: new(6)}}), w.find(contact.SearchInput{Page: contact.PageArgs{Last: new(7)}})...), want)
	slices.Reverse(want)
	w.same("by name descending", w.find(contact.SearchInput{Order: contact.ContactOrder{Direction: contact.Descending}}), want)
}

func TestContactsAreOrderedByTimeToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, name := range []string{"b", "c", "a"} {
		w.clock.set(noon.Add(time.Duration(i) * time.Second))
		w.upsert(contact.UpsertInput{Name: name, Attributes: []contact.AttributeInput{customer(name)}})
	}
	w.clock.advance(time.Hour)
	w.upsert(contact.UpsertInput{Attributes: []contact.AttributeInput{customer("b"), emails("b@x.example")}})
	order := func(f contact.ContactField, d contact.Direction) []string {
		return w.find(contact.SearchInput{Order: contact.ContactOrder{Field: f, Direction: d}})
	}
	w.same("created", order(contact.ByCreatedAt, contact.Ascending), []string{"b", "c", "a"})
	w.same("created descending", order(contact.ByCreatedAt, contact.Descending), []string{"a", "c", "b"})
	w.same("updated", order(contact.ByUpdatedAt, contact.Ascending), []string{"c", "a", "b"})
	w.same("updated descending", order(contact.ByUpdatedAt, contact.Descending), []string{"b", "a", "c"})
}

func TestFiltersChooseByNetworkAndVIP(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.upsert(contact.UpsertInput{Name: "Ina", Profiles: profiles("INSTAGRAM:ina"), VIP: new(true)})
	w.upsert(contact.UpsertInput{Name: "Ivo", Profiles: profiles("INSTAGRAM:ivo", "X:ivo")})
	soon := w.upsert(contact.UpsertInput{Name: "Xaver", Profiles: profiles("X:xaver")}).Contact
	w.upsert(contact.UpsertInput{Name: "Ole"})
	_, err := w.PromoteToVIP(w.as(anna), contact.PromoteInput{Contact: soon.ID, ExpiresAt: new(noon.Add(time.Hour))})
	w.must("PromoteToVIP", err)
	tests := []struct {
		name   string
		search string
		in     contact.ContactFilter
		want   []string
	}{
		{"a network", "", contact.ContactFilter{Networks: []contact.Network{contact.Instagram}}, []string{"Ina", "Ivo"}},
		{"either network", "", contact.ContactFilter{Networks: []contact.Network{contact.X, contact.Instagram}}, []string{"Ina", "Ivo", "Xaver"}},
		{"a network that nobody has", "", contact.ContactFilter{Networks: []contact.Network{contact.SMS}}, []string{}},
		{"VIPs", "", contact.ContactFilter{IsVIP: new(true)}, []string{"Ina", "Xaver"}},
		{"others", "", contact.ContactFilter{IsVIP: new(false)}, []string{"Ivo", "Ole"}},
		{"both", "", contact.ContactFilter{IsVIP: new(false), Networks: []contact.Network{contact.X}}, []string{"Ivo"}},
		{"with a search", "i", contact.ContactFilter{IsVIP: new(true)}, []string{"Ina"}},
	}
	for _, tt := range tests {
		w.same(tt.name, w.find(contact.SearchInput{Search: tt.search, Filter: tt.in}), tt.want)
	}
	w.clock.set(noon.Add(time.Hour))
	w.same("when a promotion has expired", w.find(contact.SearchInput{Filter: contact.ContactFilter{IsVIP: new(true)}}), []string{"Ina"})
}
