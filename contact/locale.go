package contact

import (
	"slices"
	"strings"
)

// DefaultLocale is the language of a text that names none.
const DefaultLocale = "en"

// maxLocales bounds the translations of one text.
const maxLocales = 20

// LocalisedText is one wording and the language it is in.
type LocalisedText struct {
	Locale string // BCP 47 tag
	Text   string
}

// Localised is a text in several languages. The first is the default: it is shown to a viewer who reads none of them.
type Localised []LocalisedText

// For picks the wording for a viewer: for each wanted tag, in order, the same tag, else the tag with its last subtag cut
// off (RFC 4647, section 3.4: look-up), else the default. It is "" only when there is no wording at all.
func (l Localised) For(languages []string) string {
	for _, wanted := range languages {
		for tag := wanted; tag != ""; tag = parentTag(tag) {
			for _, t := range l {
				if strings.EqualFold(t.Locale, tag) {
					return t.Text
				}
			}
		}
	}
	if len(l) == 0 {
		return ""
	}
	return l[0].Text
}

func parentTag(tag string) string {
	cut := strings.LastIndexByte(tag, '-')
	if cut < 0 {
		return ""
	}
	return tag[:cut]
}

// english and german make a wording in the two languages that the product itself speaks.
func wording(english, german string) Localised {
	return Localised{{"en", english}, {"de", german}}
}

// cleanLocalised checks a text in several languages; field is the input member, required says whether it must have one.
func (c *Contacts) cleanLocalised(in Localised, field string, limit int, required bool) (Localised, error) {
	if len(in) == 0 {
		if required {
			return nil, invalid(field, say("at least one wording"), "has no wording")
		}
		return nil, nil
	}
	if len(in) > maxLocales {
		return nil, tooLong(field, maxLocales, len(in), Items)
	}
	out := make(Localised, 0, len(in))
	for _, t := range in {
		tag, err := c.languages.Tag(t.Locale)
		if err != nil {
			return nil, invalid(field, say("a BCP 47 language tag"), "names a language that is not known")
		}
		if slices.ContainsFunc(out, func(o LocalisedText) bool { return o.Locale == tag }) {
			return nil, invalid(field, say("one wording a language"), "has two wordings for %s", tag)
		}
		text, err := textRule{field: field, max: limit}.clean(t.Text)
		if err != nil {
			return nil, err
		}
		out = append(out, LocalisedText{tag, text})
	}
	return out, nil
}
