package vcard

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	govcard "github.com/emersion/go-vcard"
)

// rawCard gathers the lines of one card and what is wrong with them. Lines are unfolded before they are looked at,
// because programs fold between the bytes of a character (RFC 2426 lets them).
type rawCard struct {
	begin    int // line
	size     int // bytes, with one for each line's end
	unfolded []byte
	line     int             // on which unfolded begins; 0 when nothing is gathered
	text     strings.Builder // properties as the decoder wants them
	versions []string
	bad      *Error // the first thing that is wrong
}

// add takes the next physical line of size bytes.
func (c *rawCard) add(line []byte, size, number int) {
	c.size += size + 1
	switch {
	case c.size > maxCard: // its lines are no longer whole
	case len(line) > 0 && (line[0] == ' ' || line[0] == '\t'):
		c.fold(line[1:], number)
	default:
		c.flush()
		if len(line) > 0 {
			c.unfolded, c.line = append(c.unfolded, line...), number
		}
	}
}

func (c *rawCard) fold(rest []byte, number int) {
	switch {
	case c.line > 0:
		c.unfolded = append(c.unfolded, rest...)
	case len(bytes.TrimSpace(rest)) > 0:
		c.refuse("", "goes on with a line that has no beginning", number)
	}
}

// flush ends the property gathered so far.
func (c *rawCard) flush() {
	if c.line == 0 {
		return
	}
	c.property(string(c.unfolded), c.line)
	c.unfolded, c.line = c.unfolded[:0], 0
}

func (c *rawCard) property(line string, number int) {
	p, ok := parseProperty(line)
	switch {
	case !utf8.ValidString(line):
		c.refuse(fieldOf(p.name), "has bytes that are no UTF-8", number)
	case !ok:
		c.refuse(fieldOf(p.name), "has a line that is no property", number)
	case p.name == "BEGIN" || p.name == "END":
		c.refuse("", "has something else inside it that begins or ends", number)
	case p.quotedPrintable():
		c.refuse(fieldOf(p.name), "is quoted-printable, which vCard 3.0 and 4.0 do not know", number)
	case p.name == "VERSION":
		c.versions = append(c.versions, strings.TrimSpace(p.value))
	default:
		p.write(&c.text)
	}
}

func (c *rawCard) refuse(field, reason string, line int) {
	if c.bad == nil {
		c.bad = &Error{Line: c.begin, Field: field, Reason: reason + ", in line " + strconv.Itoa(line)}
	}
}

// card reads what was gathered. A version that is not read here explains all else that may be wrong, so it comes first.
func (c *rawCard) card() (Card, error) {
	if c.size > maxCard {
		return Card{}, &Error{Line: c.begin, Reason: "has more than 1 MiB"}
	}
	c.flush()
	if reason := c.wrongVersion(); reason != "" {
		return Card{}, &Error{Line: c.begin, Reason: reason}
	}
	if c.bad != nil {
		return Card{}, c.bad
	}
	decoded, err := govcard.NewDecoder(strings.NewReader("BEGIN:VCARD\n" + c.text.String() + "END:VCARD\n")).Decode()
	if err != nil {
		return Card{}, &Error{Line: c.begin, Reason: "is no vCard"}
	}
	return properties(decoded).card(c.begin, c.versions[0])
}

func (c *rawCard) wrongVersion() string {
	switch {
	case len(c.versions) == 0:
		return "has no VERSION"
	case len(c.versions) > 1:
		return "has more than one VERSION"
	case c.versions[0] == "2.1":
		return "is vCard 2.1; only 3.0 and 4.0 are read"
	case c.versions[0] != "3.0" && c.versions[0] != "4.0":
		return "has a VERSION other than 3.0 and 4.0"
	}
	return ""
}
