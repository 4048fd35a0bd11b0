// Package paging reads pages of ordered lists, for the backends: what a page is (its bounds, its direction, what lies before
// and after it) is decided here once, and a backend only says how it reads a piece of a list. The invariant: a page holds what
// lies strictly between its bounds, in the list's order, whichever end it was read from.
package paging

import (
	"context"
	"slices"

	"contactpanel/contact"
)

// Lister reads one list in pieces. T is an item, or what stands for one.
type Lister[T any] interface {
	// Page returns up to limit items strictly between two places of the list, nil being its ends: the first ones in the
	// list's order, or the last ones in the opposite order.
	Page(ctx context.Context, after, before *contact.Position, limit int, backward bool) ([]T, error)
	// IsBefore reports whether the list has items strictly before a place.
	IsBefore(ctx context.Context, p contact.Position) (bool, error)
	// IsAfter reports whether the list has items strictly after a place.
	IsAfter(ctx context.Context, p contact.Position) (bool, error)
	// Count counts the whole list.
	Count(ctx context.Context) (int, error)
	// Position is the place of an item.
	Position(item *T) contact.Position
}

// NeedsOneLook reports whether one statement answers the span, so that no snapshot is needed to hold several together.
func NeedsOneLook(span contact.Span) bool {
	return span.After == nil && span.Before == nil && !span.WantTotal
}

// Read reads a span. One item more than wanted tells whether there are more in the direction of reading; beyond the bounds
// that the caller gave it asks.
func Read[T any](ctx context.Context, l Lister[T], span contact.Span) (contact.Slice[T], error) {
	var out contact.Slice[T]
	items, err := l.Page(ctx, span.After, span.Before, span.Limit+1, span.Backward)
	if err != nil {
		return out, err
	}
	hasMore := len(items) > span.Limit
	if hasMore {
		items = items[:span.Limit]
	}
	if span.Backward {
		slices.Reverse(items)
	}
	out.Items = items
	front, back := span.After, span.Before
	if len(items) > 0 {
		first, last := l.Position(&items[0]), l.Position(&items[len(items)-1])
		front, back = atUnlessEnd(span.After, first), atUnlessEnd(span.Before, last)
	}
	if out.HasBefore = hasMore && span.Backward; !out.HasBefore && front != nil {
		if out.HasBefore, err = l.IsBefore(ctx, *front); err != nil {
			return out, err
		}
	}
	if out.HasAfter = hasMore && !span.Backward; !out.HasAfter && back != nil {
		if out.HasAfter, err = l.IsAfter(ctx, *back); err != nil {
			return out, err
		}
	}
	if span.WantTotal {
		out.Total, err = l.Count(ctx)
	}
	return out, err
}

// atUnlessEnd is where to look for items beyond a page: nowhere when the page was bounded by the list's own end.
func atUnlessEnd(bound *contact.Position, at contact.Position) *contact.Position {
	if bound == nil {
		return nil
	}
	return &at
}
