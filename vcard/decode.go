package vcard

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	govcard "github.com/emersion/go-vcard"
)

// properties is a decoded card: fields by the name of their property, in upper case.
type properties govcard.Card

func (p properties) card(begin int, version string) (Card, error) {
	numbers := slices.Compact(p.trimmed("X-CUSTOMER-NUMBER"))
	if len(numbers) > 1 {
		return Card{}, &Error{Line: begin, Field: "customer_number", Reason: "is there more than once, and not the same"}
	}
	family, given := p.name()
	return Card{
		Line:           begin,
		Version:        version,
		UID:            first(p.texts("UID")),
		FormattedName:  first(p.texts("FN")),
		FamilyName:     family,
		GivenName:      given,
		Emails:         p.texts("EMAIL"),
		Phones:         p.texts("TEL"),
		URLs:           p.texts("URL"),
		Profiles:       p.profiles(),
		CustomerNumber: first(numbers),
		Languages:      append(p.texts("LANG"), p.texts("X-LANG")...),
		Notes:          p.texts("NOTE"),
		Locality:       p.locality(),
		PhotoURL:       p.photoURL(),
	}, nil
}

// fields are those of a property, the preferred ones first.
func (p properties) fields(name string) []*govcard.Field {
	return slices.SortedStableFunc(slices.Values(p[name]), func(a, b *govcard.Field) int {
		return cmp.Compare(preference(a), preference(b))
	})
}

// preference is 1 for the most preferred and 100 for the least (RFC 6350, section 5.3), 101 for none. vCard 3.0 knows only
// TYPE=pref.
func preference(f *govcard.Field) int {
	if n, err := strconv.Atoi(f.Params.Get("PREF")); err == nil && 1 <= n && n <= 100 {
		return n
	}
	if f.Params.HasType("pref") {
		return 1
	}
	return 101
}

// texts are the values of a property that are not blank.
func (p properties) texts(name string) []string {
	var texts []string
	for _, f := range p.fields(name) {
		if text := unescape(f.Value); strings.TrimSpace(text) != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

func (p properties) trimmed(name string) []string {
	texts := p.texts(name)
	for i := range texts {
		texts[i] = strings.TrimSpace(texts[i])
	}
	return texts
}

func (p properties) name() (family, given string) {
	for _, f := range p.fields("N") {
		parts := components(f.Value)
		family, given = component(parts, 0), component(parts, 1)
		if family != "" || given != "" {
			break
		}
	}
	return family, given
}

// locality is the fourth component of the first address that has one (RFC 6350, section 6.3.1).
func (p properties) locality() string {
	for _, f := range p.fields("ADR") {
		if town := component(components(f.Value), 3); town != "" {
			return town
		}
	}
	return ""
}

func (p properties) photoURL() string {
	for _, text := range p.trimmed("PHOTO") {
		if _, ok := webURL(text); ok {
			return text
		}
	}
	return ""
}

// component is the part at the index, "" when it is blank or missing.
func component(parts []string, i int) string {
	if i >= len(parts) || strings.TrimSpace(parts[i]) == "" {
		return ""
	}
	return parts[i]
}

func first(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return texts[0]
}

// webURL reads a URL that a browser can be sent to.
func webURL(s string) (*url.URL, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, false
	}
	return u, true
}
