package contact

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of text. Lengths are counted in Unicode code points after trimming, because a browser's maxlength counts UTF-16
// units, of which there are never fewer: a panel with maxlength=2000 is never refused.
const (
	MaxNoteLength   = 2000
	MaxNoteBytes    = 8000
	MaxNameLength   = 200
	MaxHandleLength = 200
	MaxReasonLength = 500
	MaxLabelLength  = 100
	MaxURLLength    = 2048
	MaxTextLength   = 10000 // of a text attribute, whatever its definition says
)

// textRule is what a text must keep. The order of the checks is: UTF-8, line ends, trimming, control characters,
// visibility, length.
type textRule struct {
	field     string
	max       int
	multiline bool // LF and TAB are allowed
	optional  bool // nothing but white space is the empty text
}

// clean returns the text as it is stored: CRLF and CR become LF, outer white space is cut off, everything else stays byte
// for byte. Normalising would be wrong here: NFC can lengthen a text beyond its limit.
func (r textRule) clean(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", invalid(r.field, say("UTF-8"), "is not valid UTF-8")
	}
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	}
	s = strings.TrimSpace(s)
	if s == "" && r.optional {
		return "", nil
	}
	length, visible := 0, false
	for _, c := range s {
		length++
		if !r.allows(c) {
			return "", invalid(r.field, r.allowed(), "has a character that is not allowed: %U", c)
		}
		visible = visible || isVisible(c)
	}
	if !visible {
		return "", invalid(r.field, say("at least one visible character"), "has no visible character")
	}
	if length > r.max {
		return "", tooLong(r.field, r.max, length, CodePoints)
	}
	return s, nil
}

func (r textRule) allows(c rune) bool {
	switch c {
	case '\n', '\t', '\u2028', '\u2029': // the last two separate lines and paragraphs
		return r.multiline
	default:
		return !unicode.IsControl(c) && !isNoncharacter(c)
	}
}

func (r textRule) allowed() Phrase {
	if r.multiline {
		return say("any characters but control characters other than line feed and tab")
	}
	return say("one line without control characters")
}

// isNoncharacter reports the 66 code points that Unicode keeps out of interchange (Unicode Standard, 23.7).
func isNoncharacter(c rune) bool { return c&0xFFFE == 0xFFFE || c >= 0xFDD0 && c <= 0xFDEF }

// blankBraille is the one symbol that shows nothing and that no property names.
const blankBraille = '\u2800'

// isVisible says what shows by itself. It names what does not, so that an emoji younger than this program's Unicode
// tables counts: an unassigned code point is visible (category Cn is not listed) unless it is kept for invisible ones.
func isVisible(c rune) bool {
	return c != blankBraille && !unicode.IsSpace(c) &&
		!unicode.In(c, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.M, unicode.Z, unicode.Other_Default_Ignorable_Code_Point)
}
