package vcard

import (
	"strings"
)

// property is one unfolded line, taken apart as far as the decoder needs help with it.
type property struct {
	name   string // in upper case, without its group
	params []param
	value  string // with its escapes
}

// param is one parameter with its value as written, but without quotation marks.
type param struct {
	name, value string
	quoted      bool
}

// parseProperty takes a line apart; it is not ok when the line is no property (RFC 6350, section 3.3). The name is given
// as far as there is one.
func parseProperty(line string) (p property, ok bool) {
	head, value, colon := cutUnquoted(line, ':')
	name, rest, more := strings.Cut(head, ";")
	if group, after, grouped := strings.Cut(name, "."); grouped && isName(group) {
		name = after
	}
	p = property{name: strings.ToUpper(name), value: value}
	if !colon || !isName(name) {
		return p, false
	}
	for more {
		var written string
		written, rest, more = cutUnquoted(rest, ';')
		if written == "" {
			continue
		}
		name, value, named := strings.Cut(written, "=")
		if !named { // TEL;WORK: is how older programs write TEL;TYPE=WORK:
			name, value = "TYPE", written
		}
		if !isName(name) {
			return p, false
		}
		bare := strings.ReplaceAll(value, `"`, "")
		p.params = append(p.params, param{name: name, value: bare, quoted: bare != value})
	}
	return p, true
}

// cutUnquoted cuts at the first separator outside of quotation marks.
func cutUnquoted(s string, separator byte) (before, after string, found bool) {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == separator && !quoted:
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// isName tells whether a text is made of what names are made of, and the underscore that some programs use.
func isName(s string) bool {
	for i := range len(s) {
		lower := s[i] | 0x20
		switch {
		case 'a' <= lower && lower <= 'z', '0' <= s[i] && s[i] <= '9', s[i] == '-', s[i] == '_':
		default:
			return false
		}
	}
	return s != ""
}

func (p property) quotedPrintable() bool {
	for _, param := range p.params {
		if strings.EqualFold(param.value, "quoted-printable") {
			return true
		}
	}
	return false
}

// write writes the property in the form in which the decoder gives back each value as it stands in the file.
//
// The decoder drops a line it cannot parse, such as one with two quoted values in a parameter, and takes the value for a
// parameter's where a parameter has no name. It resolves \\ and \n, but not \; and \N, after which nobody can tell a
// separator from a character. So all backslashes go through it doubled, and unescape and components resolve them
// behind it. Inside quotation marks it resolves them twice.
func (p property) write(out *strings.Builder) {
	out.WriteString(p.name)
	for _, param := range p.params {
		value := strings.ReplaceAll(param.value, `\`, `\\`)
		if param.quoted {
			value = `"` + strings.ReplaceAll(value, `\`, `\\`) + `"`
		}
		out.WriteString(";" + param.name + "=" + value)
	}
	out.WriteString(":" + strings.ReplaceAll(p.value, `\`, `\\`) + "\n")
}

// unescape resolves the escapes of a text value (RFC 6350, section 3.4, and the \: that some programs write). A backslash
// before anything else is a backslash.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\\' && i+1 < len(s) {
			switch next := s[i+1]; next {
			case 'n', 'N':
				c = '\n'
				i++
			case '\\', ',', ';', ':':
				c = next
				i++
			}
		}
		out.WriteByte(c)
	}
	return out.String()
}

// components splits a structured value, such as N or ADR, at its semicolons and resolves the escapes of each part.
func components(s string) []string {
	var parts []string
	begin := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++ // what it escapes is no separator
		case ';':
			parts = append(parts, unescape(s[begin:i]))
			begin = i + 1
		}
	}
	return append(parts, unescape(s[begin:]))
}
