// Package phone reads telephone numbers as people write them and keeps them as E.164, for the contact rules and the
// search keys. Invariant: what E164 returns, E164 reads back unchanged, so a number once stored never moves.
//
// A number counts when its length is possible in its country. Whether its range is in use is not asked: ranges are
// opened faster than software is updated, and a customer's real number must not be refused.
//
// The tables of the library are unpacked when the program starts, in about 5 ms, and hold about 1.6 MiB of heap from
// then on. Reading and showing numbers adds about 5 KiB for each country met.
package phone

import (
	"errors"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Book knows the numbering plans of the world. The zero value is ready, and it is safe for concurrent use.
type Book struct{}

// maxDigits is the most that E.164 allows, country code included (ITU-T E.164, section 6.2).
const maxDigits = 15

// E164 turns a written number, such as "(202) 555-0100", into E.164, such as "+12025550100".
//
// It takes at most 40 characters: ASCII digits, white space, brackets, dashes, dots, slashes and a + at the beginning,
// also after "tel:" (RFC 3966, without parameters). Letters and extensions are refused. The region is ISO 3166-1 alpha-2
// in either case and says how a number without + is dialled; with an empty one only writing with + is read.
//
// The error's text is a reason for the person who wrote the number; it never repeats the number.
func (Book) E164(number, region string) (string, error) {
	dialled, err := dialled(number)
	if err != nil {
		return "", err
	}
	region = strings.ToUpper(region)
	switch {
	case strings.HasPrefix(dialled, "+"):
		region = "" // the country stands in the number
	case region == "":
		return "", errors.New("is a national number and needs a region; write it with + and the country code")
	case !isRegion(region):
		return "", errors.New("has a region for national numbers that is not known; write the number with + and the country code")
	}
	e164, err := parse(dialled, region)
	if err != nil {
		return "", err
	}
	// A digit too many can look like a trunk prefix at each reading anew ("+49 0 0 30 ...").
	if again, err := parse(e164, ""); err != nil || again != e164 {
		return "", errors.New("can be read in more than one way; write it with + and the country code, without any prefix")
	}
	return e164, nil
}

// Display is the number in international writing, "+49 30 23125000"; what is not E.164 comes back as it is.
func (Book) Display(e164 string) string {
	number, ok := known(e164)
	if !ok {
		return e164
	}
	return phonenumbers.Format(number, phonenumbers.INTERNATIONAL)
}

// National is the digits of a number as they are dialled inside its country, with the trunk prefix where it is
// customary: "03023125000", but "2025550100". It is empty for what is not E.164 and for numbers of no country (+800).
func (Book) National(e164 string) string {
	number, ok := known(e164)
	if !ok {
		return ""
	}
	if region := phonenumbers.GetRegionCodeForCountryCode(int(number.GetCountryCode())); !isRegion(region) {
		return ""
	}
	return onlyDigits(phonenumbers.Format(number, phonenumbers.NATIONAL))
}

// Region tells whether numbers can be read as dialled in the region, ISO 3166-1 alpha-2 in either case.
func (Book) Region(region string) bool {
	return isRegion(strings.ToUpper(region))
}

func isRegion(region string) bool {
	return phonenumbers.GetSupportedRegions()[region]
}

// known is the number behind an E.164 text, if the text is exactly what E164 would return for it.
func known(e164 string) (*phonenumbers.PhoneNumber, bool) {
	if !strings.HasPrefix(e164, "+") || len(e164) > 1+maxDigits || onlyDigits(e164[1:]) != e164[1:] {
		return nil, false
	}
	number, err := phonenumbers.Parse(e164, "")
	if err != nil || phonenumbers.Format(number, phonenumbers.E164) != e164 {
		return nil, false
	}
	return number, true
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if isDigit(r) {
			return r
		}
		return -1
	}, s)
}

// parse turns dialled digits into E.164 if their count is possible where they lead.
func parse(dialled, region string) (string, error) {
	number, err := phonenumbers.Parse(dialled, region)
	switch {
	case errors.Is(err, phonenumbers.ErrInvalidCountryCode):
		return "", errors.New("begins with a country code that does not exist")
	case errors.Is(err, phonenumbers.ErrTooShortNSN), errors.Is(err, phonenumbers.ErrTooShortAfterIDD):
		return "", errors.New("is too short to be a number anywhere")
	case errors.Is(err, phonenumbers.ErrNumTooLong):
		return "", errors.New("is too long to be a number anywhere")
	case err != nil:
		return "", errors.New("is not a phone number")
	}
	switch phonenumbers.IsPossibleNumberWithReason(number) {
	case phonenumbers.IS_POSSIBLE:
	case phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
		return "", errors.New("has no area code")
	case phonenumbers.INVALID_COUNTRY_CODE:
		return "", errors.New("begins with a country code that does not exist")
	case phonenumbers.TOO_SHORT:
		return "", errors.New("is too short for a number of its country")
	case phonenumbers.TOO_LONG:
		return "", errors.New("is too long for a number of its country")
	default:
		return "", errors.New("has a count of digits that no number of its country has")
	}
	e164 := phonenumbers.Format(number, phonenumbers.E164)
	if len(e164) > 1+maxDigits {
		return "", errors.New("has more than 15 digits")
	}
	return e164, nil
}
