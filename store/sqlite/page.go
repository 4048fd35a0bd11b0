package sqlite

import (
	"context"
	"math"
	"slices"

	"contactpanel/contact"
)

// Bounds beyond every place in a list: no text holds a byte FF, and no number is the least or the greatest.
const (
	firstNumber, lastNumber = math.MinInt64, math.MaxInt64
	firstText, lastText     = "", "\xff"
)

// pager reads one list in pieces. T is an item, or what stands for one.
type pager[T any] interface {
	// page returns up to limit items strictly between two places of the list, nil being its ends: the first ones in the
	// list's order, or the last ones in the opposite order.
	page(ctx context.Context, after, before *contact.Position, limit int, backward bool) ([]T, error)
	// isBefore and isAfter report whether the list has items strictly before or after a place.
	isBefore(ctx context.Context, p contact.Position) (bool, error)
	isAfter(ctx context.Context, p contact.Position) (bool, error)
	count(ctx context.Context) (int, error)
	position(item *T) contact.Position
}

// needsOneLook reports whether one statement answers the span, so that no snapshot is needed to hold several together.
func needsOneLook(span contact.Span) bool {
	return span.After == nil && span.Before == nil && !span.WantTotal
}

// slice reads a span. One item more than wanted tells whether there are more in the direction of reading; beyond the bounds
// that the caller gave it asks.
func slice[T any](ctx context.Context, p pager[T], span contact.Span) (contact.Slice[T], error) {
	var out contact.Slice[T]
	items, err := p.page(ctx, span.After, span.Before, span.Limit+1, span.Backward)
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
		first, last := p.position(&items[0]), p.position(&items[len(items)-1])
		front, back = atUnlessEnd(span.After, first), atUnlessEnd(span.Before, last)
	}
	if out.HasBefore = hasMore && span.Backward; !out.HasBefore && front != nil {
		if out.HasBefore, err = p.isBefore(ctx, *front); err != nil {
			return out, err
		}
	}
	if out.HasAfter = hasMore && !span.Backward; !out.HasAfter && back != nil {
		if out.HasAfter, err = p.isAfter(ctx, *back); err != nil {
			return out, err
		}
	}
	if span.WantTotal {
		out.Total, err = p.count(ctx)
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
