// Package fold takes letters apart, so that the domain can build search keys in which é is found by e and ﬁ by fi.
// Invariant: the result is valid UTF-8 in normalisation form KD, whatever came in; taken apart again it stays the same.
package fold

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Letters takes text apart. The zero value is ready, and it is safe for concurrent use.
type Letters struct{}

// Decompose returns the text in normalisation form KD (Unicode Standard Annex #15): a letter with a mark becomes the
// letter and then the mark, a compatibility form becomes its plain letters. Case is left alone. Each run of bytes that
// are no UTF-8 becomes one U+FFFD. A text can grow to 18 times its code points, so the caller bounds its length.
//
// Text in ASCII, which is most of it, comes back as it is, without an allocation.
func (Letters) Decompose(s string) string {
	if isASCII(s) {
		return s
	}
	// Before normalising: broken UTF-8 has sent the normaliser's iterator into endless loops.
	return norm.NFKD.String(strings.ToValidUTF8(s, string(utf8.RuneError)))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
