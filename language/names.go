package language

import (
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// maxName bounds a name in bytes before it is folded; the longest in the table has under 100.
const maxName = 200

// Named returns the tag of the language that is called so in German, in English or in the language itself, without
// regard to case and to white space around: "Deutsch", "german", "Français". A name that several varieties share stands
// for the language as such: "Português" is pt, not pt-BR. The first call builds the table.
func (t *Tags) Named(name string) (string, bool) {
	if len(name) > maxName {
		return "", false
	}
	tag, ok := t.byName()[foldName(name)]
	return tag, ok
}

func foldName(name string) string {
	return strings.ToLower(strings.TrimSpace(name))
}

// names is the table from folded name to tag.
func names() map[string]string {
	table := map[string]string{
		// The library takes the macrolanguage no for Bokmål, so it has no name for Norwegian as such.
		"norwegisch": "no",
		"norwegian":  "no",
		"norsk":      "no",
	}
	namers := []display.Namer{display.German.Languages(), display.English.Languages(), display.Self}
	for _, tag := range nameable() {
		for _, namer := range namers {
			name := foldName(namer.Name(tag))
			if name == "" {
				continue
			}
			// Shorter is more general: pt before pt-BR.
			if other, taken := table[name]; !taken || len(tag.String()) < len(other) {
				table[name] = tag.String()
			}
		}
	}
	return table
}

// nameable is the canonical form of each tag that has a name and that Tag accepts.
func nameable() []language.Tag {
	var tags []language.Tag
	for _, tag := range append(display.Values.Tags(), display.Self.Supported.Tags()...) {
		if tag == language.Norwegian {
			tag = language.MustParse("nb")
		}
		known, err := canonical(tag.String())
		if err != nil {
			continue
		}
		if tag, err := language.Parse(known); err == nil {
			tags = append(tags, tag)
		}
	}
	return tags
}
