package contact

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"hash/fnv"
	"slices"
	"unicode/utf8"
)

// Page sizes of connections.
const (
	DefaultPageSize = 20
	MaxPageSize     = 100
)

// maxCursorLength bounds a cursor before it is decoded. One that holds the longest id of an agent has 1,390 bytes.
const maxCursorLength = 2048

// PageArgs are a connection's arguments as a caller writes them. First pages forward, Last backward; both at once is
// BAD_USER_INPUT, neither is First = 20.
type PageArgs struct {
	First, Last   *int
	After, Before *string
	// WantTotal asks for the count of all, which costs an extra look at the store.
	WantTotal bool
}

// Position is a place in an ordered list. Which member orders, Text or Number, is the list's business; ID breaks ties.
type Position struct {
	Text   string
	Number int64
	ID     ID
}

// Span is a page as a store reads it: up to Limit items strictly between After and Before (nil: the list's ends), from the
// front, or from the back when Backward. Items are always in the list's order.
type Span struct {
	After, Before *Position
	Limit         int
	Backward      bool
	WantTotal     bool
}

// Slice is what a store found for a span.
type Slice[T any] struct {
	Items []T
	// HasBefore and HasAfter say whether the whole list has items before the first and after the last of Items. For an
	// empty Items: before the span's After, and after the span's Before.
	HasBefore, HasAfter bool
	Total               int // of the whole list, only when the span wanted it
}

// Page is one page of a connection.
type Page[T any] struct {
	Items               []T
	Cursors             []string // one an item
	HasBefore, HasAfter bool
	Total               *int // nil when it was not asked for
}

// list is a connection: a name and what it is a list of, which its cursors are bound to.
type list struct {
	name  string
	scope string
}

// mark binds a cursor to its list, so that a cursor of another connection, contact or organisation is refused. It is no
// protection: a cursor holds only a position, and the store filters by organisation.
func (l list) mark() uint32 {
	h := fnv.New32a()
	h.Write([]byte(l.name + "\x00" + l.scope))
	return h.Sum32()
}

func (l list) cursor(p Position) string {
	raw := make([]byte, 0, 24+len(p.Text)+len(p.ID))
	raw = append(raw, cursorVersion)
	raw = binary.BigEndian.AppendUint32(raw, l.mark())
	raw = binary.AppendVarint(raw, p.Number)
	raw = binary.AppendUvarint(raw, uint64(len(p.Text)))
	raw = append(raw, p.Text...)
	raw = append(raw, p.ID...)
	return base64.RawURLEncoding.EncodeToString(raw)
}

func (l list) position(field, cursor string) (*Position, error) {
	wrong := FieldErrorf(InvalidCursor, field, "this is no cursor of this connection")
	if len(cursor) > maxCursorLength {
		return nil, wrong
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(raw) < 6 || raw[0] != cursorVersion || binary.BigEndian.Uint32(raw[1:5]) != l.mark() {
		return nil, wrong
	}
	raw = raw[5:]
	number, n := binary.Varint(raw)
	if n <= 0 {
		return nil, wrong
	}
	raw = raw[n:]
	length, n := binary.Uvarint(raw)
	if n <= 0 || length > maxCursorLength || int(length) > len(raw)-n {
		return nil, wrong
	}
	text, id := raw[n:n+int(length)], raw[n+int(length):]
	if len(id) == 0 || !utf8.Valid(text) || !utf8.Valid(id) {
		return nil, wrong
	}
	return &Position{string(text), number, ID(id)}, nil
}

// span checks the arguments of a connection.
func (a PageArgs) span(l list) (Span, error) {
	s := Span{Limit: DefaultPageSize, WantTotal: a.WantTotal}
	if a.First != nil && a.Last != nil {
		return s, FieldErrorf(BadUserInput, "last", "first and last cannot be used together")
	}
	for field, n := range map[string]*int{"first": a.First, "last": a.Last} {
		if n == nil {
			continue
		}
		if *n < 1 || *n > MaxPageSize {
			return s, FieldErrorf(BadUserInput, field, "must be from 1 to %d", MaxPageSize)
		}
		s.Limit, s.Backward = *n, field == "last"
	}
	var err error
	if a.After != nil {
		if s.After, err = l.position("after", *a.After); err != nil {
			return s, err
		}
	}
	if a.Before != nil {
		s.Before, err = l.position("before", *a.Before)
	}
	return s, err
}

// pageOf turns what a store found into a page; at gives an item's position.
func pageOf[T any](l list, s Slice[T], wantTotal bool, at func(*T) Position) Page[T] {
	p := Page[T]{Items: s.Items, Cursors: make([]string, len(s.Items)), HasBefore: s.HasBefore, HasAfter: s.HasAfter}
	for i := range s.Items {
		p.Cursors[i] = l.cursor(at(&s.Items[i]))
	}
	if wantTotal {
		p.Total = &s.Total
	}
	return p
}

// compare orders positions; all members that a list does not order by are the same.
func (p Position) compare(q Position) int {
	return cmp.Or(cmp.Compare(p.Text, q.Text), cmp.Compare(p.Number, q.Number), cmp.Compare(p.ID, q.ID))
}

// cutOut is the span of a list that is in memory as a whole, in descending order; at gives an item's position.
func cutOut[T any](all []T, s Span, at func(*T) Position) Slice[T] {
	place := func(p Position) (int, bool) {
		return slices.BinarySearchFunc(all, p, func(item T, p Position) int { return p.compare(at(&item)) })
	}
	from, to := 0, len(all)
	if s.After != nil {
		isThere := false
		if from, isThere = place(*s.After); isThere {
			from++
		}
	}
	if s.Before != nil {
		to, _ = place(*s.Before)
		to = max(from, to)
	}
	if s.Backward {
		from = max(from, to-s.Limit)
	} else {
		to = min(to, from+s.Limit)
	}
	return Slice[T]{Items: all[from:to], HasBefore: from > 0, HasAfter: to < len(all), Total: len(all)}
}
