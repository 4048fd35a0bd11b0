// Package inturn encodes lists item by item, for the generated code. An item that only reads memory is encoded faster than
// a goroutine starts; lists whose items ask the store keep gqlgen's concurrent way. An answer is built and written as far as
// there is room for it.
package inturn

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// MarshalSlice encodes a list: encode is called for each index in turn, with a context whose field has that index. It
// answers nil, and adds the error, when encode panics. It answers nil, too, when what is built is not written any more: there is
// no room for the answer, or the context has ended, which its Room says.
func MarshalSlice(ctx context.Context, length int, encode func(ctx context.Context, i int) graphql.Marshaler) (out graphql.Array) {
	room := roomIn(ctx)
	if length == 0 || !room.goesOn(ctx, 0) {
		return nil
	}
	out = make(graphql.Array, length)
	places := make([]int, length)
	fields := make([]graphql.FieldContext, length)
	at := ctx
	defer func() {
		if what := recover(); what != nil {
			graphql.AddError(at, graphql.Recover(at, what))
			out = nil
		}
	}()
	for i := range out {
		places[i] = i
		fields[i].Index = &places[i]
		at = graphql.WithFieldContext(ctx, &fields[i]) //nolint:fatcontext // each is of ctx, not of the one before
		out[i] = encode(at, i)
		if !room.goesOn(ctx, leastOf(out[i])) {
			return nil
		}
	}
	return out
}
