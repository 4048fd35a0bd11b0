// Package strictjson reads the JSON that clients send. It is for the wire: nothing that a client wrote is silently changed by
// reading it.
package strictjson

import (
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a body; no input of the schema comes near it.
const maxDepth = 64

// Parse reads exactly one JSON value (RFC 8259) as any: objects are map[string]any, numbers json.Number. It is stricter
// than encoding/json where leniency would change what was written: a duplicate member, invalid UTF-8, a lone surrogate and
// bytes after the value are errors. Errors say the place and quote nothing.
func Parse(in []byte) (any, error) {
	if !utf8.Valid(in) {
		return nil, errors.New("it is not valid UTF-8")
	}
	p := &parser{in: in}
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	p.space()
	if p.at != len(p.in) {
		return nil, p.wrong("bytes after the value")
	}
	return v, nil
}

type parser struct {
	in []byte
	at int
}

func (p *parser) wrong(what string) error {
	return errors.New(what + " at byte " + strconv.Itoa(p.at))
}

func (p *parser) space() {
	for p.at < len(p.in) {
		switch p.in[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// take steps over the byte if it comes next, after white space.
func (p *parser) take(c byte) bool {
	p.space()
	if p.at < len(p.in) && p.in[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *parser) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, p.wrong("nesting beyond the limit")
	}
	p.space()
	if p.at >= len(p.in) {
		return nil, p.wrong("an unexpected end")
	}
	switch c := p.in[p.at]; {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		return p.text()
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	default:
		return p.word()
	}
}

func (p *parser) word() (any, error) {
	for word, value := range map[string]any{"true": true, "false": false, "null": nil} {
		if rest := p.in[p.at:]; len(rest) >= len(word) && string(rest[:len(word)]) == word {
			p.at += len(word)
			return value, nil
		}
	}
	return nil, p.wrong("an unexpected character")
}

func (p *parser) object(depth int) (any, error) {
	p.at++
	out := map[string]any{}
	if p.take('}') {
		return out, nil
	}
	for {
		p.space()
		if p.at >= len(p.in) || p.in[p.at] != '"' {
			return nil, p.wrong("no member name")
		}
		name, err := p.text()
		if err != nil {
			return nil, err
		}
		if _, twice := out[name]; twice {
			return nil, p.wrong("a member that comes twice, ending")
		}
		if !p.take(':') {
			return nil, p.wrong("no colon")
		}
		if out[name], err = p.value(depth + 1); err != nil {
			return nil, err
		}
		if p.take('}') {
			return out, nil
		}
		if !p.take(',') {
			return nil, p.wrong("neither comma nor brace")
		}
	}
}

func (p *parser) array(depth int) (any, error) {
	p.at++
	out := []any{}
	if p.take(']') {
		return out, nil
	}
	for {
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		if p.take(']') {
			return out, nil
		}
		if !p.take(',') {
			return nil, p.wrong("neither comma nor bracket")
		}
	}
}

// number reads a number as it was written (RFC 8259, section 6).
func (p *parser) number() (any, error) {
	start := p.at
	p.skip('-')
	if !p.skip('0') && p.digits() == 0 {
		return nil, p.wrong("no digit")
	}
	if p.skip('.') && p.digits() == 0 {
		return nil, p.wrong("no digit")
	}
	if p.skip('e') || p.skip('E') {
		if !p.skip('+') {
			p.skip('-')
		}
		if p.digits() == 0 {
			return nil, p.wrong("no digit")
		}
	}
	return json.Number(p.in[start:p.at]), nil
}

func (p *parser) skip(c byte) bool {
	if p.at < len(p.in) && p.in[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *parser) digits() int {
	start := p.at
	for p.at < len(p.in) && p.in[p.at] >= '0' && p.in[p.at] <= '9' {
		p.at++
	}
	return p.at - start
}

// text reads a string; the opening quotation mark comes next.
func (p *parser) text() (string, error) {
	p.at++
	start := p.at
	var out []byte // nil while nothing was escaped
	for p.at < len(p.in) {
		switch c := p.in[p.at]; {
		case c == '"':
			s := p.in[start:p.at]
			p.at++
			return string(append(out, s...)), nil
		case c < ' ':
			return "", p.wrong("a control character in a string")
		case c == '\\':
			out = append(out, p.in[start:p.at]...)
			var err error
			if out, err = p.escape(out); err != nil {
				return "", err
			}
			start = p.at
		default:
			p.at++
		}
	}
	return "", p.wrong("an unexpected end")
}

// simpleEscapes are the escapes of one character.
var simpleEscapes = map[byte]byte{ //nolint:gochecknoglobals // a table, never written
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

func (p *parser) escape(out []byte) ([]byte, error) {
	p.at++
	if p.at >= len(p.in) {
		return nil, p.wrong("an unexpected end")
	}
	c := p.in[p.at]
	if plain, ok := simpleEscapes[c]; ok {
		p.at++
		return append(out, plain), nil
	}
	r, ok := p.unicodeEscape()
	if !ok {
		return nil, p.wrong("an escape that is none")
	}
	if utf16.IsSurrogate(r) {
		if p.at >= len(p.in) || p.in[p.at] != '\\' {
			return nil, p.wrong("a lone surrogate, ending")
		}
		p.at++
		low, ok := p.unicodeEscape()
		if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
			return nil, p.wrong("a lone surrogate, ending")
		}
	}
	return utf8.AppendRune(out, r), nil
}

// unicodeEscape reads u and four hexadecimal digits.
func (p *parser) unicodeEscape() (rune, bool) {
	if p.at+5 > len(p.in) || p.in[p.at] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(p.in[p.at+1:p.at+5]), 16, 32)
	if err != nil {
		return 0, false
	}
	p.at += 5
	return rune(n), true //nolint:gosec // four digits
}
