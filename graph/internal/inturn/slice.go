// Package inturn encodes lists item by item, for the generated code. An item that only reads memory is encoded faster than
// a goroutine starts; lists whose items ask the store keep gqlgen's concurrent way. An answer is written as far as there is
// room for it.
package inturn

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// MarshalSlice encodes a list: encode is called for each index in turn, with a context whose field has that index. It
// answers nil, and adds the error, when encode panics.
func MarshalSlice(ctx context.Context, length int, encode func(ctx context.Context, i int) graphql.Marshaler) (out graphql.Array) {
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
	}
	return out
}
