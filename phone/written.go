package phone

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxWritten is the most characters of a written number. The longest of E.164, with a bracket or blank after each
// digit, has 31.
const maxWritten = 40

// dialled reduces a written number to its digits, with a + before them when it begins with one. What is left out has
// no meaning in any country; whatever could have one is refused, because the library would drop or convert it.
func dialled(written string) (string, error) {
	if utf8.RuneCountInString(written) > maxWritten {
		return "", errors.New("has more than 40 characters")
	}
	written = strings.TrimSpace(written)
	if len(written) >= len("tel:") && strings.EqualFold(written[:len("tel:")], "tel:") {
		written = written[len("tel:"):]
	}
	var out strings.Builder
	for i, r := range written {
		switch {
		case isDigit(r):
			out.WriteRune(r)
		case r == '+' && out.Len() == 0:
			out.WriteRune(r)
		case r == '+':
			return "", errors.New("has a + that is not at its beginning")
		case isPunctuation(r):
		default:
			return "", refusal(written[:i], written[i:])
		}
	}
	if strings.TrimPrefix(out.String(), "+") == "" {
		return "", errors.New("has no digits")
	}
	return out.String(), nil
}

func isDigit(r rune) bool {
	return '0' <= r && r <= '9'
}

// isPunctuation tells what people set between the digits. unicode.IsSpace knows no-break space, and Zs its narrow kin;
// Pd is the dashes, and the minus sign is no dash in Unicode but looks like one.
func isPunctuation(r rune) bool {
	return strings.ContainsRune("()-./\u2212", r) || unicode.IsSpace(r) || unicode.In(r, unicode.Zs, unicode.Pd)
}

// refusal says why the text cannot be dialled from its rest on.
func refusal(before, rest string) error {
	r, _ := utf8.DecodeRuneInString(rest)
	switch {
	case r == ';':
		return errors.New("has parameters after the number; write the number alone")
	case onlyDigits(before) != "" && isExtension(rest):
		return errors.New("has an extension; write the number alone")
	case unicode.IsLetter(r):
		return errors.New("has letters")
	case unicode.Is(unicode.Cf, r):
		return errors.New("has invisible characters; type it anew")
	case unicode.IsDigit(r):
		return errors.New("has digits other than 0 to 9")
	default:
		return errors.New("has characters that no phone number has")
	}
}

// isExtension tells whether a text after digits is the mark of an extension and its digits, such as "ext. 12" or "#12".
func isExtension(rest string) bool {
	mark := strings.TrimRightFunc(rest, func(r rune) bool { return isDigit(r) || isPunctuation(r) })
	if len(mark) == len(rest) {
		return false
	}
	switch strings.ToLower(mark) {
	case "x", "#", "ext", "extension", "durchwahl", "dw":
		return true
	}
	return false
}
