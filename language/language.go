// Package language knows the languages of the world: it reads their tags (BCP 47) and names, names them for a viewer and
// reads a browser's Accept-Language. For the contact rules, the import and the wire. Invariant: each tag it returns is
// canonical and Tag reads it back unchanged.
package language

import (
	"errors"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// Tags reads and names languages. Make one with New; it is safe for concurrent use.
type Tags struct {
	byName func() map[string]string
}

// New returns Tags at once: the table of names, about 1,160 entries in 3 ms, is built when Named first asks for one.
func New() *Tags {
	return &Tags{byName: sync.OnceValue(names)}
}

// maxTag is the most characters of a tag (RFC 5646, section 4.4.1: what every software must keep room for).
const maxTag = 35

// Tag returns the canonical form of a BCP 47 tag: "de-ch" and "de_CH" become "de-CH", "deu" becomes "de". The language
// must be one that the registry knows, and the region and script too where there are any; undetermined (und), several (mul),
// uncoded (mis) and no language (zxx) are refused, and so are private use (qaa, ZZ, x-...; but not Kosovo's XK, which
// everybody uses), extensions (-u-...) and more than 35 characters.
//
// The error's text is a reason for the person who wrote the tag; it does not repeat the tag.
func (*Tags) Tag(s string) (string, error) {
	return canonical(s)
}

func canonical(s string) (string, error) {
	if len(s) > maxTag {
		return "", errors.New("has more than 35 characters, which no language tag has")
	}
	tag, err := language.Parse(s)
	var unknown language.ValueError
	switch {
	case errors.As(err, &unknown):
		return "", errors.New("has a language, script or region that is not known")
	case err != nil:
		return "", errors.New("is not a language tag such as de or de-CH")
	case len(tag.Extensions()) > 0:
		return "", errors.New("has an extension or private part; write only language, script and region")
	case isPrivate(tag):
		return "", errors.New("has a language, script or region for private use")
	case !isOneLanguage(tag):
		return "", errors.New("names no particular language")
	}
	// The library lets a subtag pass after the variants and then moves it ("de-oxendict-1901-de").
	if again, err := language.Parse(tag.String()); err != nil || again != tag {
		return "", errors.New("is not a language tag such as de or de-CH")
	}
	return tag.String(), nil
}

func isPrivate(tag language.Tag) bool {
	base, script, region := tag.Raw()
	if base.IsPrivateUse() || script.IsPrivateUse() {
		return true
	}
	// The zero region prints as ZZ, as does ZZ itself, but only the written one counts as private.
	return region.IsPrivateUse() && region.String() != "XK"
}

func isOneLanguage(tag language.Tag) bool {
	base, _, _ := tag.Raw()
	switch base.String() {
	case "und", "mul", "mis", "zxx":
		return false
	}
	return true
}

// Name is what the tag's language is called in the locale, itself a BCP 47 tag: "Schweizer Hochdeutsch" or "Swiss High
// German" for de-CH. Where the library has no name, or one of the two is no tag, it is the tag itself.
func (*Tags) Name(tag, locale string) string {
	if len(tag) > maxTag || len(locale) > maxTag {
		return tag
	}
	parsed, err := language.Parse(tag)
	if err != nil {
		return tag
	}
	viewer, err := language.Parse(locale)
	if err != nil {
		return tag
	}
	namer := display.Tags(viewer)
	if namer == nil {
		return tag
	}
	if name := namer.Name(parsed); name != "" {
		return name
	}
	return tag
}
