package importer

import (
	"strconv"
	"strings"
)

const (
	notNumber = "is not a number"
	twoWays   = "can be read in two ways"
)

// grouping are marks between thousands that mean nothing else in either language: no-break spaces, the thin space and
// apostrophes.
const grouping = "\u00A0\u202F\u2009'\u2019"

// marks are how a language writes a number.
type marks struct{ group, decimal byte }

func (s style) marks() []marks {
	de, en := marks{'.', ','}, marks{',', '.'}
	switch s {
	case styleGerman:
		return []marks{de}
	case styleEnglish:
		return []marks{en}
	default:
		return []marks{de, en}
	}
}

// readNumber reads a number as a language writes it: grouped in threes or not at all, with a decimal mark. Where the
// language is open, a number that both read, but not alike, is refused. Exponents, blanks, units and NaN are no numbers.
func readNumber(text string, s style) (n float64, wrong string) {
	sign, digits := "", text
	switch {
	case strings.HasPrefix(digits, "+"):
		digits = digits[1:]
	case strings.HasPrefix(digits, "-"):
		sign, digits = "-", digits[1:]
	case strings.HasPrefix(digits, "\u2212"): // the minus sign of typography
		sign, digits = "-", digits[len("\u2212"):]
	}
	read := ""
	for _, m := range s.marks() {
		plain, ok := m.plain(digits)
		switch {
		case !ok:
		case read != "" && read != plain:
			return 0, twoWays + ": write it without marks between thousands, and with a header that tells the language"
		default:
			read = plain
		}
	}
	if read == "" {
		return 0, notNumber
	}
	n, err := strconv.ParseFloat(sign+read, 64)
	if err != nil {
		return 0, notNumber
	}
	return n + 0, "" // -0 is 0
}

// plain gives the digits with a point as the decimal mark; false when the text is not written so.
func (m marks) plain(text string) (string, bool) {
	whole, fraction, hasFraction := strings.Cut(text, string(m.decimal))
	if hasFraction && !isDigits(fraction) {
		return "", false
	}
	for _, mark := range string(m.group) + grouping {
		if groups := strings.Split(whole, string(mark)); len(groups) > 1 {
			if !isGrouped(groups) {
				return "", false
			}
			whole = strings.Join(groups, "")
			break // one kind of mark in a number
		}
	}
	if !isDigits(whole) {
		return "", false
	}
	if hasFraction {
		return whole + "." + fraction, true
	}
	return whole, true
}

// isGrouped tells whether the groups are of three digits, the first of one to three and not beginning with 0.
func isGrouped(groups []string) bool {
	for i, g := range groups {
		if !isDigits(g) || len(g) > 3 || i > 0 && len(g) < 3 || i == 0 && g[0] == '0' {
			return false
		}
	}
	return true
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
