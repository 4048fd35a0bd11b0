package contact

import (
	"fmt"
	"math"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxEmailLength is the longest address that SMTP can carry (RFC 5321, 4.5.3.1.3, less the brackets).
const maxEmailLength = 254

// checker turns values as callers write them into stored ones. Every write path goes through it: mutation, import, ingest
// and CRM.
type checker struct {
	contacts *Contacts
	def      *Definition
	pattern  *regexp.Regexp
	rules    AttributeRules // as the problem shows them
	had      []StoredValue  // what the attribute holds now: a retired choice may stay
}

func (c *Contacts) checker(set *definitionSet, def *Definition, had *AttributeRecord, languages []string) checker {
	k := checker{contacts: c, def: def, pattern: set.patterns[def.Key], rules: def.Rules.forViewer(def.ValueType, languages)}
	if had != nil {
		k.had = had.Values
	}
	return k
}

// all checks a whole list of values. It blames the definition's key as the field, and the place in the list.
func (k checker) all(in []ValueInput) ([]StoredValue, error) {
	if len(in) == 0 {
		return nil, k.refuse(-1, say("at least one value; clearAttribute empties an attribute"), "has no value")
	}
	if limit := max(k.def.Rules.MaxValues, 1); len(in) > limit {
		return nil, tooLong(k.def.Key, limit, len(in), Items)
	}
	out := make([]StoredValue, 0, len(in))
	for i, v := range in {
		stored, err := k.one(i, v)
		if err != nil {
			return nil, err
		}
		if holdsValue(k.def.ValueType, out, stored) {
			return nil, k.refuse(i, say("each value once"), "is in the list already")
		}
		out = append(out, stored)
	}
	return out, nil
}

// one checks one value; i is its place in the list.
func (k checker) one(i int, in ValueInput) (StoredValue, error) {
	t := k.def.ValueType
	if set := in.members(); len(set) != 1 || set[0] != t {
		return StoredValue{}, k.refuse(i, say("a value of type %s", t), "is not of the definition's type")
	}
	var stored StoredValue
	var err error
	switch t {
	case TypeText:
		stored, err = k.text(*in.Text)
	case TypeNumber:
		stored, err = k.number(*in.Number)
	case TypeBoolean:
		stored = StoredValue{Value: fmt.Sprint(*in.Boolean)}
	case TypeDate:
		stored, err = k.date(*in.Date)
	case TypeDateTime:
		stored, err = k.dateTime(*in.DateTime)
	case TypeURL:
		stored, err = k.url(*in.URL)
	case TypeEmail:
		stored, err = k.email(*in.Email)
	case TypePhone:
		stored, err = k.phone(*in.Phone)
	case TypeLanguage:
		stored, err = k.language(*in.Language)
	case TypeLocation:
		stored, err = k.location(*in.Location)
	case TypeChoice:
		stored, err = k.choice(*in.Choice)
	}
	return stored, k.at(i, err)
}

// refuse makes the refusal of the value at place i, -1 for the whole list, with the rules that it breaks.
func (k checker) refuse(i int, allowed Phrase, format string, args ...any) error {
	return k.at(i, invalid(k.def.Key, allowed, format, args...))
}

// at adds the place and the rules to a refusal.
func (k checker) at(i int, err error) error {
	if e, ok := err.(*Error); ok && e != nil { //nolint:errorlint // made here, never wrapped
		e.Field, e.Index, e.Rules = k.def.Key, i, k.rules
	}
	return err
}

func (k checker) text(s string) (StoredValue, error) {
	r := k.def.Rules
	s, err := textRule{field: k.def.Key, max: or(r.MaxLength, DefaultTextLength), multiline: r.IsMultiline}.clean(s)
	if err != nil {
		return StoredValue{}, err
	}
	if n := utf8.RuneCountInString(s); n < r.MinLength {
		return StoredValue{}, invalid(k.def.Key, say("at least %d code points", r.MinLength), "has %d code points", n)
	}
	if k.pattern != nil && !k.pattern.MatchString(s) {
		return StoredValue{}, invalid(k.def.Key, say("text that matches %s", r.Pattern), "does not have the form that the definition asks for")
	}
	return StoredValue{Value: s}, nil
}

func (k checker) number(n float64) (StoredValue, error) {
	r := k.def.Rules
	low, high := deref(r.MinNumber, -maxSafeInteger), deref(r.MaxNumber, maxSafeInteger)
	switch {
	case math.IsNaN(n) || math.IsInf(n, 0) || math.Signbit(n) && n == 0:
		return StoredValue{}, invalid(k.def.Key, say("a finite number"), "is not a number")
	case n < low || n > high || math.Abs(n) > maxSafeInteger:
		return StoredValue{}, invalid(k.def.Key, say("a number from %s to %s", formatNumber(low), formatNumber(high)), "is out of range")
	}
	written := formatNumber(n)
	if _, fraction, _ := strings.Cut(written, "."); len(fraction) > deref(r.MaxDecimals, MaxDecimals) {
		return StoredValue{}, invalid(k.def.Key, decimalsAllowed(deref(r.MaxDecimals, MaxDecimals)), "has %d decimals", len(fraction))
	}
	return StoredValue{Value: written}, nil
}

func decimalsAllowed(n int) Phrase {
	if n == 0 {
		return say("a whole number")
	}
	return say("a number of at most %d decimals", n)
}

func (k checker) date(s string) (StoredValue, error) {
	d, err := ParseDate(strings.TrimSpace(s))
	if err != nil {
		return StoredValue{}, invalid(k.def.Key, say("a day of the calendar written YYYY-MM-DD"), "is not a day of the calendar")
	}
	r := k.def.Rules
	if r.Earliest != nil && d.Before(*r.Earliest) || r.Latest != nil && r.Latest.Before(d) {
		return StoredValue{}, invalid(k.def.Key, span(r.Earliest, r.Latest), "is out of range")
	}
	return StoredValue{Value: d.String()}, nil
}

func (k checker) dateTime(s string) (StoredValue, error) {
	t, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(s))
	if t = moment(t); err != nil || t.Year() < 1 || t.Year() > 9999 {
		return StoredValue{}, invalid(k.def.Key, say("a moment of the years 1 to 9999 written 2006-01-02T15:04:05Z (RFC 3339)"), "is not a moment")
	}
	r := k.def.Rules
	if r.EarliestTime != nil && t.Before(*r.EarliestTime) || r.LatestTime != nil && t.After(*r.LatestTime) {
		return StoredValue{}, invalid(k.def.Key, span(r.EarliestTime, r.LatestTime), "is out of range")
	}
	return StoredValue{Value: t.Format(timeLayout)}, nil
}

// span says a range with one or two ends in words.
func span[T fmt.Stringer](from, to *T) Phrase {
	switch {
	case from == nil:
		return say("not after %s", *to)
	case to == nil:
		return say("not before %s", *from)
	default:
		return say("from %s to %s", *from, *to)
	}
}

func (k checker) url(s string) (StoredValue, error) {
	s, err := CheckURL(s)
	return StoredValue{Value: s}, err
}

// CheckURL returns an address with outer white space cut off when it is an absolute http or https URL with a host and
// without credentials, at most 2,048 bytes of valid UTF-8, else INVALID_VALUE without a field.
func CheckURL(s string) (string, error) {
	const allowed = "an absolute http or https address of at most 2048 bytes"
	s = strings.TrimSpace(s)
	if len(s) > MaxURLLength {
		return "", tooLong("", MaxURLLength, len(s), Bytes)
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '\\' }) {
		return "", invalid("", say(allowed), "has white space or a character that no address has")
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return "", invalid("", say(allowed), "is not an http or https address")
	}
	if u.User != nil {
		return "", invalid("", say(allowed), "carries a user name")
	}
	return s, nil
}

// isLocalPart says what may stand before the @: what the HTML standard allows there (section 4.10.5.1.5, e-mail state) and,
// for internationalised mail (RFC 6531, 3.3), letters, marks, numbers and symbols of any script; at most 64 bytes.
func isLocalPart(s string) bool {
	for i, r := range s {
		switch {
		case r < utf8.RuneSelf:
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(".!#$%&'*+/=?^_`{|}~-", r) {
				return false
			}
		case r == utf8.RuneError || !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.S) || i == 0 && unicode.IsMark(r):
			return false
		}
	}
	return s != "" && len(s) <= 64
}

func (k checker) email(s string) (StoredValue, error) {
	typed, ascii, err := k.contacts.emailForms(s)
	return StoredValue{typed, ascii}, err
}

// emailForms checks an address and returns it as typed and as it is compared: the domain in ASCII, all in lower case, the
// local part decomposed, so that an accent is the same however it was typed.
func (c *Contacts) emailForms(s string) (typed, compared string, err error) {
	const allowed = "an address such as name@example.com, without a display name"
	s = strings.TrimSpace(s)
	if len(s) > 4*maxEmailLength {
		return "", "", tooLong("", maxEmailLength, utf8.RuneCountInString(s), CodePoints)
	}
	local, domain, ok := strings.Cut(s, "@")
	if !ok || !isLocalPart(local) {
		return "", "", invalid("", say(allowed), "is not an e-mail address")
	}
	domain, err = c.domains.ASCII(domain)
	if err != nil {
		return "", "", invalid("", say(allowed), "has no valid domain after the @")
	}
	compared = strings.ToLower(c.letters.Decompose(local)) + "@" + domain
	if len(compared) > maxEmailLength {
		return "", "", tooLong("", maxEmailLength, len(compared), CodePoints)
	}
	return s, compared, nil
}

func (k checker) phone(s string) (StoredValue, error) {
	e164, err := k.contacts.phones.E164(s, k.def.Rules.DefaultRegion)
	if err != nil {
		return StoredValue{}, unreadable(say("a phone number with + and the country code"), err)
	}
	return StoredValue{e164, k.contacts.phones.Display(e164)}, nil
}

func (k checker) language(s string) (StoredValue, error) {
	tag, err := k.contacts.languages.Tag(strings.TrimSpace(s))
	if err != nil {
		return StoredValue{}, invalid("", say("a BCP 47 language tag such as de or de-AT"), "is not a known language tag")
	}
	return StoredValue{Value: tag}, nil
}

func (k checker) location(l Location) (StoredValue, error) {
	name, err := textRule{field: k.def.Key, max: MaxNameLength}.clean(l.Name)
	if err != nil {
		return StoredValue{}, err
	}
	if l.Latitude == nil && l.Longitude == nil {
		return StoredValue{Value: name}, nil
	}
	const allowed = "latitude from -90 to 90 with longitude from -180 to 180, or neither"
	if l.Latitude == nil || l.Longitude == nil {
		return StoredValue{}, invalid("", say(allowed), "has only one coordinate")
	}
	lat, long := *l.Latitude, *l.Longitude
	if !(lat >= -90 && lat <= 90 && long >= -180 && long <= 180) {
		return StoredValue{}, invalid("", say(allowed), "has coordinates out of range")
	}
	return StoredValue{name, formatNumber(lat) + "," + formatNumber(long)}, nil
}

func (k checker) choice(key string) (StoredValue, error) {
	chosen := StoredValue{Value: key}
	if o, ok := k.def.Rules.choice(key); (!ok || o.IsRetired) && !holdsValue(TypeChoice, k.had, chosen) {
		return StoredValue{}, notOffered("")
	}
	return chosen, nil
}

func notOffered(field string) *Error {
	return invalid(field, say("one of the definition's choices that is offered"), "is not one of the choices")
}
