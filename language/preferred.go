package language

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Limits of an Accept-Language header: what is beyond is left out, because nobody speaks so many languages.
const (
	maxHeader    = 1024 // bytes
	maxPreferred = 10   // tags
)

// Preferred returns the tags of an Accept-Language header (RFC 9110, section 12.5.4) in canonical form, each once, the one
// with the highest quality first and in the header's order among equals; at most 10. An entry with quality 0, a wildcard, and
// what cannot be read or is no tag that Tag accepts is left out. Of a header longer than 1,024 bytes only the whole
// entries within them count.
func (t *Tags) Preferred(acceptLanguage string) []string {
	type entry struct {
		tag     string
		quality float64
	}
	var entries []entry
	for written := range strings.SplitSeq(cutHeader(acceptLanguage), ",") {
		written, parameters, weighted := strings.Cut(written, ";")
		quality, ok := 1.0, true
		if weighted {
			quality, ok = readQuality(parameters)
		}
		if !ok || quality == 0 {
			continue
		}
		if tag, err := t.Tag(strings.Trim(written, " \t")); err == nil {
			entries = append(entries, entry{tag, quality})
		}
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Compare(b.quality, a.quality) })
	var tags []string
	for _, e := range entries {
		if len(tags) < maxPreferred && !slices.Contains(tags, e.tag) {
			tags = append(tags, e.tag)
		}
	}
	return tags
}

// cutHeader drops what goes beyond the limit, and with it the entry that the limit cuts.
func cutHeader(header string) string {
	if len(header) <= maxHeader {
		return header
	}
	if header[maxHeader] == ',' {
		return header[:maxHeader]
	}
	return header[:max(0, strings.LastIndexByte(header[:maxHeader], ','))]
}

// readQuality reads "q=0.8" (RFC 9110, section 12.4.2). More than its three decimals do no harm; signs, exponents and
// words that a number parser knows besides are no quality.
func readQuality(parameters string) (float64, bool) {
	name, value, ok := strings.Cut(parameters, "=")
	if !ok || !strings.EqualFold(strings.Trim(name, " \t"), "q") {
		return 0, false
	}
	value = strings.Trim(value, " \t")
	if strings.Trim(value, "0123456789.") != "" {
		return 0, false
	}
	quality, err := strconv.ParseFloat(value, 64)
	return quality, err == nil && quality <= 1
}
