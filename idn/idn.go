// Package idn turns the domain of an e-mail address into the ASCII form that mail servers compare, so that
// rita@bücher.example and rita@xn--bcher-kva.example are one address. Invariant: what it returns is a lower-case domain
// of at least two labels that it reads back unchanged.
package idn

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Domains converts domain names. The zero value is ready, and it is safe for concurrent use.
type Domains struct{}

// Limits of a domain name in its ASCII form, in bytes (RFC 1035, section 2.3.4, without the root's dot).
const (
	maxLabel  = 63
	maxDomain = 253
)

// maxWritten bounds the work on a name before it is converted. No domain is longer: a label of n characters has at least
// n in ASCII, and a character has at most four bytes.
const maxWritten = 4 * maxDomain

// ASCII returns the domain in lower case with A-labels ("bücher.example" becomes "xn--bcher-kva.example"). It maps case and
// width as browsers do (Unicode Technical Standard #46, non-transitional: ß stays ß) and then accepts only what may be
// looked up under IDNA2008 (RFC 5891, section 5): no symbols and emoji, no underscores. A domain has at least two labels and
// its last one is not a number, so neither "localhost" nor "192.0.2.1" is one.
//
// The error's text is a reason for the person who wrote the address; it never repeats the domain.
func (Domains) ASCII(domain string) (string, error) {
	if err := checkWritten(domain); err != nil {
		return "", err
	}
	ascii, err := profile().ToASCII(domain)
	if err == nil {
		err = checkLabels(ascii)
	}
	if err == nil {
		err = checkLetters(ascii)
	}
	if err != nil {
		return "", refusal(err)
	}
	return ascii, nil
}

// reason is a refusal for the person who wrote the domain; every other error is the library's and quotes the domain.
type reason string

func (r reason) Error() string { return string(r) }

func refusal(err error) error {
	var why reason
	if errors.As(err, &why) {
		return why
	}
	return reason("is not a domain name")
}

func checkWritten(domain string) error {
	switch {
	case domain == "":
		return reason("is empty")
	case len(domain) > maxWritten:
		return reason("is longer than a domain may be")
	case !utf8.ValidString(domain):
		return reason("has bytes that are no UTF-8")
	case strings.ContainsFunc(domain, unicode.IsSpace):
		return reason("has white space in its domain")
	}
	return nil
}

// profile is made for each call: it is a handful of words, and a shared one would be a global.
func profile() *idna.Profile {
	return idna.New(
		idna.MapForLookup(),
		idna.Transitional(false),
		idna.StrictDomainName(true),
		idna.CheckHyphens(true),
		idna.CheckJoiners(true),
		idna.BidiRule(),
	)
}

// checkLabels checks the lengths here rather than in the library, which lets the root's dot pass.
func checkLabels(ascii string) error {
	if len(ascii) > maxDomain {
		return reason("is longer than a domain may be")
	}
	labels := strings.Split(ascii, ".")
	for _, label := range labels {
		if label == "" {
			return reason("has an empty part between its dots")
		}
		if len(label) > maxLabel {
			return reason("has a part of more than 63 characters")
		}
	}
	last := labels[len(labels)-1]
	switch {
	case len(labels) < 2:
		return reason("has no dot")
	case strings.Trim(last, "0123456789") == "":
		return reason("ends in a number")
	}
	return nil
}

// checkLetters refuses what Unicode's mapping lets pass but IDNA2008 does not: symbols and punctuation.
func checkLetters(ascii string) error {
	domain, err := profile().ToUnicode(ascii)
	if err != nil {
		return err
	}
	for _, r := range domain {
		if !isLetterDigit(r) && !isException(r) {
			return reason("has a character that no domain has")
		}
	}
	return nil
}

// isLetterDigit is the class LetterDigits of RFC 5892, section 2.1, without the upper case that mapping has removed.
func isLetterDigit(r rune) bool {
	return unicode.In(r, unicode.Ll, unicode.Lo, unicode.Lm, unicode.Mn, unicode.Mc, unicode.Nd) && !isUnstable(r)
}

// isException lists what RFC 5892 allows beyond letters and digits: sections 2.6, 2.7 (joiners, whose context the
// profile has checked) and 2.8, and the hyphen and the dot.
func isException(r rune) bool {
	return strings.ContainsRune("-.\u06fd\u06fe\u0f0b\u3007\u00b7\u0375\u05f3\u05f4\u30fb\u200c\u200d", r)
}

// isUnstable lists the letters that RFC 5892 disallows by name in section 2.6.
func isUnstable(r rune) bool {
	return strings.ContainsRune("\u0640\u07fa\u302e\u302f\u3031\u3032\u3033\u3034\u3035\u303b", r)
}
