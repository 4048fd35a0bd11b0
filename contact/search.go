package contact

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of search. They bound what a contact costs in the index, and a query in the store.
const (
	maxSearchKeys      = 96
	maxSearchKeyLength = 64 // code points; longer words are found by their beginning
	MaxSearchLength    = 200
	maxSearchTerms     = 8
	maxSortLength      = 100 // code points
)

// ContactOrder is an order of contacts.
type ContactOrder struct {
	Field     ContactField
	Direction Direction
}

// Direction is ascending or descending.
type Direction string

// The directions.
const (
	Ascending  Direction = "ASC"
	Descending Direction = "DESC"
)

// ContactFilter chooses contacts; every member that is set must hold.
type ContactFilter struct {
	Networks []Network
	IsVIP    *bool
}

// SearchInput is a look for contacts.
type SearchInput struct {
	Search string // "" finds all
	Filter ContactFilter
	Order  ContactOrder
	Page   PageArgs
}

// Search returns a page of contacts. The search finds, by prefix and as an agent types: names, handles, e-mail addresses,
// phone numbers in any local writing, customer numbers. All its words must be found, in what the actor may read.
func (c *Contacts) Search(ctx context.Context, in SearchInput) (Page[Contact], error) {
	var none Page[Contact]
	actor, err := actorFor(ctx, "contacts")
	if err != nil {
		return none, err
	}
	if err := c.checkKeys(); err != nil {
		return none, err
	}
	if n := utf8.RuneCountInString(in.Search); n > MaxSearchLength || !utf8.ValidString(in.Search) {
		return none, notText("search", MaxSearchLength, n)
	}
	q := ContactQuery{
		Terms: c.searchTerms(in.Search), Networks: in.Filter.Networks, IsVIP: in.Filter.IsVIP, Now: c.now(),
		By: or(in.Order.Field, ByName), Descending: in.Order.Direction == Descending,
	}
	l := list{"contacts", strings.Join([]string{
		string(actor.Org), in.Search, string(q.By), string(in.Order.Direction), inputText(in.Filter),
	}, "\x00")}
	if q.Span, err = in.Page.span(l); err != nil {
		return none, err
	}
	found, err := c.searchReadable(ctx, actor, q)
	if err != nil {
		return none, err
	}
	return pageOf(l, found, in.Page.WantTotal, func(of *Contact) Position { return c.contactAt(q.By, of) }), nil
}

// searchReadable searches in what the actor may read. The definitions that say so are read only when they have changed: each
// contact comes with their version, and where none is found and some of them are hidden it is asked for, which is one row.
func (c *Contacts) searchReadable(ctx context.Context, actor Actor, q ContactQuery) (found Slice[Contact], err error) {
	if len(q.Terms) == 0 {
		return c.store.SearchContacts(ctx, actor.Org, q)
	}
	set := c.catalogs.last(actor.Org)
	if set == nil {
		if set, err = c.readDefinitions(ctx, actor.Org); err != nil {
			return found, err
		}
	}
	for range maxSearches {
		q.Hidden = set.hiddenFrom(actor)
		if found, err = c.store.SearchContacts(ctx, actor.Org, q); err != nil {
			return found, err
		}
		if found.saysNothing() && len(q.Hidden) == 0 {
			return found, nil
		}
		known := set
		if set, err = c.definitionsOf(ctx, actor.Org, found.Items, known); err != nil || set.version == known.version {
			return found, err
		}
	}
	return Slice[Contact]{}, Errorf(Overloaded, "the definitions change all the time; try again")
}

// definitionsOf returns the definitions that were known before a page was read if they were still true then, and else those of
// now. A page without contacts says no version; the known one was true then if it still is, because versions only rise.
func (c *Contacts) definitionsOf(ctx context.Context, org OrgID, page []Contact, known *definitionSet) (*definitionSet, error) {
	var version int
	if len(page) > 0 {
		version = page[0].CatalogVersion
	} else {
		now, err := c.store.Organisation(ctx, org)
		if err != nil {
			return nil, err
		}
		version = now.CatalogVersion
	}
	if version == known.version {
		return known, nil
	}
	return c.readDefinitions(ctx, org)
}

// saysNothing reports whether not even the count or the neighbours of an empty page tell that anything was found.
func (s *Slice[T]) saysNothing() bool {
	return len(s.Items) == 0 && s.Total == 0 && !s.HasBefore && !s.HasAfter
}

// maxSearches is how often a search begins anew because the definitions changed under it.
const maxSearches = 5

func (c *Contacts) contactAt(by ContactField, of *Contact) Position {
	switch by {
	case ByCreatedAt:
		return Position{Number: of.CreatedAt.UnixMilli(), ID: of.ID}
	case ByUpdatedAt:
		return Position{Number: of.UpdatedAt.UnixMilli(), ID: of.ID}
	default:
		return Position{Text: c.sortKeyOf(of), ID: of.ID}
	}
}

// index makes the keys by which a contact is found and ordered. Who changes what it makes raises [KeyRules].
func (c *Contacts) index(of *Contact) ContactIndex {
	x := ContactIndex{Sort: c.sortKeyOf(of), Rules: KeyRules}
	x.Lookup, x.Number = of.lookups()
	keys := &keySet{}
	c.nameKeys(keys, of.Name)
	for _, p := range of.Profiles {
		c.nameKeys(keys, p.DisplayName)
		c.nameKeys(keys, p.Handle)
	}
	for _, r := range of.Attributes {
		if !isSearched(r.Key, r.Type) {
			continue
		}
		keys.from = SearchMark + r.Key
		for _, v := range r.Values {
			switch r.Type {
			case TypeEmail:
				c.emailKeys(keys, v)
			case TypePhone:
				c.phoneKeys(keys, v.Value)
			default:
				c.nameKeys(keys, v.Value)
				// Groups of digits are searched as one word, because they may be a phone number.
				c.nameKeys(keys, strings.Join(strings.Fields(v.Value), ""))
			}
		}
	}
	x.Search = keys.all
	return x
}

// isSearched reports whether contacts are found by the values of a definition. A search leaves out the keys of such ones alone
// where they are hidden, so that no other may make any.
func isSearched(key string, t ValueType) bool {
	return t == TypeEmail || t == TypePhone || t == TypeText && key == KeyCustomerNumber
}

// keySet collects different keys up to the limit.
type keySet struct {
	all  []string
	from string // the mark and the definition's key, "" for names and profiles
}

func (s *keySet) add(key string) {
	if key = clip(key, maxSearchKeyLength); key == "" {
		return
	}
	if key += s.from; len(s.all) < maxSearchKeys && !slices.Contains(s.all, key) {
		s.all = append(s.all, key)
	}
}

// nameKeys adds each word whole and in its parts, so that "Hans-Detlef" is found by hans, detlef and hans-detlef.
func (c *Contacts) nameKeys(keys *keySet, name string) {
	for _, word := range strings.Fields(name) {
		for _, form := range c.folded(word) {
			keys.add(form)
			parts := strings.FieldsFunc(form, isSeparator)
			for _, part := range parts {
				keys.add(part)
			}
			if len(parts) > 1 {
				keys.add(strings.Join(parts, ""))
			}
		}
	}
}

func (c *Contacts) emailKeys(keys *keySet, v StoredValue) {
	for _, form := range append(c.folded(v.Value), v.Extra) {
		local, domain, _ := strings.Cut(form, "@")
		keys.add(form)
		keys.add(domain)
		for _, part := range strings.FieldsFunc(local, isSeparator) {
			keys.add(part)
		}
	}
}

// phoneKeys adds the digits as dialled from abroad and inside the country, with and without the trunk prefix.
func (c *Contacts) phoneKeys(keys *keySet, e164 string) {
	keys.add(strings.TrimPrefix(e164, "+"))
	if national := c.phones.National(e164); national != "" {
		keys.add(national)
		keys.add(strings.TrimLeft(national, "0"))
	}
}

func isSeparator(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
}

// searchTerms takes a search apart: words must all be found, each in one of its forms. Digits with the punctuation of
// phone numbers are one word.
func (c *Contacts) searchTerms(search string) [][]string {
	if digits := phoneDigits(search); digits != nil {
		return [][]string{digits}
	}
	var terms [][]string
	for _, word := range strings.Fields(search) {
		forms := append(c.folded(strings.TrimPrefix(word, "@")), phoneDigits(word)...)
		for i, form := range forms {
			forms[i] = clip(form, maxSearchKeyLength)
		}
		if len(forms) > 0 && forms[0] != "" && len(terms) < maxSearchTerms {
			terms = append(terms, forms)
		}
	}
	return terms
}

// phoneDigits gives the forms of something that is written like a phone number, or like the beginning of one: its digits,
// and, because a customer number may begin with 00 too, besides them what follows that exit code. A trunk prefix in
// brackets, "+49 (0)30", is taken away. It gives nil for anything else.
func phoneDigits(s string) []string {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "+") || strings.HasPrefix(s, "00") {
		s = strings.TrimSuffix(strings.Replace(s, "(0)", "", 1), "(0")
	}
	var digits strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits.WriteRune(r)
		case !strings.ContainsRune("+()-./\u2212", r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Pd, r):
			return nil
		}
	}
	if digits.Len() == 0 {
		return nil
	}
	forms := []string{clip(digits.String(), maxSearchKeyLength)}
	if abroad, ok := strings.CutPrefix(forms[0], "00"); ok && abroad != "" {
		forms = append(forms, abroad)
	}
	return forms
}

// nameless orders contacts that have no name and no profile behind all others. What else they are called by orders nobody,
// because not everybody may read it.
const nameless = "\U0010fffd"

func (c *Contacts) sortKeyOf(of *Contact) string {
	if name := of.givenName(); name != "" {
		return c.sortKey(name)
	}
	return nameless
}

// sortKey orders names as DIN 5007-1 does: without case and marks, ä as a, ß as ss.
func (c *Contacts) sortKey(name string) string { return clip(c.plain(name), maxSortLength) }

// folded gives the forms by which a text is found: without marks, and, where it differs, with ä, ö, ü written out.
func (c *Contacts) folded(s string) []string {
	plain := c.plain(s)
	if written := c.plain(germanWritten.Replace(s)); written != plain {
		return []string{plain, written}
	}
	return []string{plain}
}

// germanWritten writes umlauts out. Both ways of encoding them occur.
var germanWritten = strings.NewReplacer( //nolint:gochecknoglobals // a table, never written
	"ä", "ae", "ö", "oe", "ü", "ue", "Ä", "ae", "Ö", "oe", "Ü", "ue",
	"a\u0308", "ae", "o\u0308", "oe", "u\u0308", "ue", "A\u0308", "ae", "O\u0308", "oe", "U\u0308", "ue",
	"å", "aa", "Å", "aa", "ø", "oe", "Ø", "oe",
)

// singleLetters are letters that do not decompose.
var singleLetters = map[rune]string{ //nolint:gochecknoglobals // a table, never written
	'ß': "ss", 'ẞ': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'ł': "l", 'þ': "th", 'ı': "i", 'ħ': "h",
}

// plain folds case and takes marks and invisible characters away.
func (c *Contacts) plain(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range c.letters.Decompose(s) {
		r = unicode.ToLower(r)
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Cc):
		case singleLetters[r] != "":
			b.WriteString(singleLetters[r])
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}

// clip cuts a text to a number of code points.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for i := range s {
		if limit == 0 {
			return s[:i]
		}
		limit--
	}
	return s
}
