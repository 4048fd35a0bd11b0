package storetest

import (
	"cmp"
	"fmt"
	"slices"

	"contactpanel/contact"
)

// timeline is the model of an ordered list: what a store's pages are compared with.
type timeline[T any] struct {
	items []T
	at    func(T) contact.Position
	// descending reverses the order, of the id too.
	descending bool
}

// compare orders positions as the list does: by what orders, in byte order where it is text, then by id.
func (l *timeline[T]) compare(a, b contact.Position) int {
	out := cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(a.Number, b.Number), cmp.Compare(a.ID, b.ID))
	if l.descending {
		return -out
	}
	return out
}

func (l *timeline[T]) sort() {
	slices.SortFunc(l.items, func(a, b T) int { return l.compare(l.at(a), l.at(b)) })
}

// isBefore reports whether the list has an item before the position, and isAfter whether it has one after it.
func (l *timeline[T]) isBefore(p contact.Position) bool {
	return slices.ContainsFunc(l.items, func(item T) bool { return l.compare(l.at(item), p) < 0 })
}

func (l *timeline[T]) isAfter(p contact.Position) bool {
	return slices.ContainsFunc(l.items, func(item T) bool { return l.compare(l.at(item), p) > 0 })
}

// has reports whether an item stands exactly at the position.
func (l *timeline[T]) has(p *contact.Position) bool {
	return p != nil && slices.ContainsFunc(l.items, func(item T) bool { return l.compare(l.at(item), *p) == 0 })
}

// page is what a store has to find for a span. The items must be sorted.
func (l *timeline[T]) page(s contact.Span) contact.Slice[T] {
	var out contact.Slice[T]
	if s.WantTotal {
		out.Total = len(l.items)
	}
	for _, item := range l.items {
		p := l.at(item)
		if (s.After == nil || l.compare(p, *s.After) > 0) && (s.Before == nil || l.compare(p, *s.Before) < 0) {
			out.Items = append(out.Items, item)
		}
	}
	if n := len(out.Items); n > s.Limit && s.Backward {
		out.Items = out.Items[n-s.Limit:]
	} else if n > s.Limit {
		out.Items = out.Items[:s.Limit]
	}
	if n := len(out.Items); n > 0 {
		out.HasBefore, out.HasAfter = l.isBefore(l.at(out.Items[0])), l.isAfter(l.at(out.Items[n-1]))
		return out
	}
	out.HasBefore = s.After != nil && l.isBefore(*s.After)
	out.HasAfter = s.Before != nil && l.isAfter(*s.Before)
	return out
}

// check compares a page that a store found. Beside an empty page the item at the very anchor may be counted or not: the
// contract says neither.
func (l *timeline[T]) check(h *harness, what string, s contact.Span, got contact.Slice[T]) {
	h.Helper()
	want := l.page(s)
	if len(want.Items) == 0 && len(got.Items) == 0 {
		if l.has(s.After) && !want.HasBefore {
			want.HasBefore = got.HasBefore
		}
		if l.has(s.Before) && !want.HasAfter {
			want.HasAfter = got.HasAfter
		}
	}
	if !s.WantTotal {
		want.Total = got.Total // not asked for
	}
	h.want(what+" "+spanText(s), got, want)
}

// checkSpans compares every page between any two places, items' own ones and those given: forward and backward, short and
// complete.
func (l *timeline[T]) checkSpans(h *harness, what string, read func(contact.Span) (contact.Slice[T], error), between ...contact.Position) {
	h.Helper()
	l.sort()
	for _, item := range l.items {
		between = append(between, l.at(item))
	}
	slices.SortFunc(between, l.compare)
	ends := make([]*contact.Position, 1, 1+len(between)) // the first, nil, is either end of the list
	for i := range between {
		ends = append(ends, &between[i])
	}
	for i, after := range ends {
		for k, before := range ends {
			if k > 0 && i > k+1 {
				continue // the wrong way around: one place apart shows it
			}
			for _, limit := range []int{2, len(l.items) + 1} {
				for _, backward := range []bool{false, true} {
					s := contact.Span{After: after, Before: before, Limit: limit, Backward: backward, WantTotal: limit > 2}
					got, err := read(s)
					h.must(what, err)
					l.check(h, what, s, got)
				}
			}
		}
	}
}

func spanText(s contact.Span) string {
	ends := [2]string{"the start", "the end"}
	for i, p := range []*contact.Position{s.After, s.Before} {
		if p != nil {
			ends[i] = fmt.Sprintf("%+v", *p)
		}
	}
	return fmt.Sprintf("of %d from %s to %s, backward %t", s.Limit, ends[0], ends[1], s.Backward)
}
