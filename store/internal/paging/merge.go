package paging

import (
	"context"
	"slices"

	"contactpanel/contact"
)

// Merge makes one list of several of the same order that have no item in common; compare orders places as they do.
func Merge[T any](compare func(a, b contact.Position) int, lists []Lister[T]) Lister[T] {
	if len(lists) == 1 {
		return lists[0]
	}
	return merged[T]{compare, lists}
}

type merged[T any] struct {
	compare func(a, b contact.Position) int
	lists   []Lister[T]
}

// Page implements [Lister]: the first of all are among the first of each.
func (m merged[T]) Page(ctx context.Context, after, before *contact.Position, limit int, backward bool) ([]T, error) {
	type placed struct {
		item T
		at   contact.Position
	}
	var all []placed
	for _, l := range m.lists {
		items, err := l.Page(ctx, after, before, limit, backward)
		if err != nil {
			return nil, err
		}
		for i := range items {
			all = append(all, placed{items[i], l.Position(&items[i])})
		}
	}
	slices.SortFunc(all, func(a, b placed) int {
		if backward {
			return m.compare(b.at, a.at)
		}
		return m.compare(a.at, b.at)
	})
	var out []T
	for _, p := range all[:min(limit, len(all))] {
		out = append(out, p.item)
	}
	return out, nil
}

// IsBefore implements [Lister].
func (m merged[T]) IsBefore(ctx context.Context, p contact.Position) (bool, error) {
	return m.any(func(l Lister[T]) (bool, error) { return l.IsBefore(ctx, p) })
}

// IsAfter implements [Lister].
func (m merged[T]) IsAfter(ctx context.Context, p contact.Position) (bool, error) {
	return m.any(func(l Lister[T]) (bool, error) { return l.IsAfter(ctx, p) })
}

func (m merged[T]) any(holds func(Lister[T]) (bool, error)) (bool, error) {
	for _, l := range m.lists {
		if is, err := holds(l); is || err != nil {
			return is, err
		}
	}
	return false, nil
}

// Count implements [Lister].
func (m merged[T]) Count(ctx context.Context) (int, error) {
	total := 0
	for _, l := range m.lists {
		n, err := l.Count(ctx)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

// Position implements [Lister]. It is asked for items of a page, so that there is a list.
func (m merged[T]) Position(item *T) contact.Position { return m.lists[0].Position(item) }
