// Package vcard reads address books in vCard 3.0 (RFC 2426) and 4.0 (RFC 6350) for the file import and for connectors
// that speak CardDAV. It keeps what a contact can hold and leaves out the rest of a card, such as pictures inside it.
//
// Invariant: each BEGIN:VCARD of the input ends in exactly one result of Reader.Next, a Card or an *Error, so nothing is
// lost silently and one bad card does not stop the rest. Memory is bounded whatever the input.
package vcard

import "strconv"

// Card is one contact of an address book. Text is valid UTF-8 with its escapes resolved and otherwise as it was
// written: neither trimmed nor checked. Where a property may occur several times the preferred ones come first (PREF=1
// before PREF=2 before none; TYPE=pref counts as 1) and then the file's order; values of white space are left out.
type Card struct {
	Line           int       // the line of BEGIN:VCARD, from 1
	Version        string    // "3.0" or "4.0"
	UID            string    // "" when the card has none
	FormattedName  string    // FN
	FamilyName     string    // first component of N
	GivenName      string    // second component of N
	Emails         []string  // EMAIL
	Phones         []string  // TEL, a "tel:" URI as such
	URLs           []string  // URL
	Profiles       []Profile // X-SOCIALPROFILE, then SOCIALPROFILE, then IMPP
	CustomerNumber string    // X-CUSTOMER-NUMBER
	Languages      []string  // LANG, then X-LANG
	Notes          []string  // NOTE
	Locality       string    // the town: fourth component of ADR
	PhotoURL       string    // PHOTO where it is an http or https URL
}

// Profile is one identity on a social network or messenger.
type Profile struct {
	// Network is what the card calls it, in lower case ("instagram", "mastodon"); else it follows from the URL's host;
	// else it is "other".
	Network string
	// Handle has no @ before it. It is empty when the card gives only a URL that leads to nobody in particular.
	Handle string
	// URL is an http or https URL, or "".
	URL string
}

// Error is a card, or text between cards, that was not read. Reader.Next goes on after it.
type Error struct {
	Line   int    // the line of the card's BEGIN:VCARD, or on which the text between cards begins; from 1
	Field  string // the contact's field to blame ("email", "phone" and so on), "" when there is none
	Reason string // lower case, without the text of the card
}

// Error gives line, field and reason.
func (e *Error) Error() string {
	text := "line " + strconv.Itoa(e.Line) + ": "
	if e.Field != "" {
		text += e.Field + ": "
	}
	return text + e.Reason
}

// fieldOf names the contact's field that a property, in upper case, fills.
func fieldOf(property string) string {
	switch property {
	case "FN", "N":
		return "name"
	case "EMAIL":
		return "email"
	case "TEL":
		return "phone"
	case "NOTE":
		return "note"
	case "URL":
		return "website"
	case "X-SOCIALPROFILE", "SOCIALPROFILE", "IMPP":
		return "handle"
	case "X-CUSTOMER-NUMBER":
		return "customer_number"
	case "LANG", "X-LANG":
		return "language"
	case "ADR":
		return "location"
	}
	return ""
}
