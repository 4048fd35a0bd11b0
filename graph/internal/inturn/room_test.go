package inturn_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"contactpanel/graph/internal/inturn"
)

func TestBufferKeepsAnAnswerAsFarAsThereIsRoom(t *testing.T) {
	for _, tt := range []struct {
		most int
		want string
	}{{10, "abcdefghij"}, {9, ""}, {3, ""}} {
		room := inturn.Room{Most: tt.most}
		b := inturn.NewBuffer(inturn.Within(t.Context(), &room))
		b.WriteString("abc")
		fmt.Fprint(b, "defg")
		b.WriteString("hij")
		if got := string(b.Bytes()); got != tt.want || room.Wanted() != 10 || room.IsExceeded() != (tt.want == "") {
			t.Errorf("room for %d: %q of %d bytes, exceeded %v; want %q of 10", tt.most, got, room.Wanted(), room.IsExceeded(), tt.want)
		}
	}
	b := inturn.NewBuffer(t.Context())
	b.WriteString("without bounds")
	if string(b.Bytes()) != "without bounds" {
		t.Errorf("without a room: %q", b.Bytes())
	}
}

// object is one of members that are each a name and a value; a value is another object or is written as it is.
func object(members ...any) *inturn.Object {
	fields := make([]graphql.CollectedField, len(members)/2)
	o := inturn.NewObject(fields)
	for i := range fields {
		fields[i].Field = &ast.Field{Alias: members[2*i].(string)}
		switch value := members[2*i+1].(type) {
		case graphql.Marshaler:
			o.Values[i] = value
		case string:
			o.Values[i] = graphql.WriterFunc(func(w io.Writer) { io.WriteString(w, value) })
		}
	}
	return o
}

// build builds and writes a list of so many items in a room, and says how many were built.
func build(ctx context.Context, room *inturn.Room, n int, item func(ctx context.Context) graphql.Marshaler) (built int, text string) {
	ctx = inturn.Within(ctx, room)
	list := inturn.MarshalSlice(ctx, n, func(ctx context.Context, _ int) graphql.Marshaler {
		built++
		return item(ctx)
	})
	b := inturn.NewBuffer(ctx)
	list.MarshalGQL(b)
	return built, string(b.Bytes())
}

// TestListIsBuiltAsFarAsThereMayBeRoom has just as much room as the list takes, which is built then, and much less.
func TestListIsBuiltAsFarAsThereMayBeRoom(t *testing.T) {
	const items = 1000
	for _, item := range []graphql.Marshaler{
		object("key", `"abcdefgh"`), object("a", "1", "b", "2", "c", "3"), object("author", object("a", "1", "b", "2")), object("other", object("none", object())),
		object("empty_object", "{}"), graphql.Null, graphql.MarshalInt(1),
	} {
		var whole bytes.Buffer
		graphql.Array(slices.Repeat([]graphql.Marshaler{item}, items)).MarshalGQL(&whole)
		give := func(context.Context) graphql.Marshaler { return item }
		enough := inturn.Room{Most: whole.Len()}
		if built, text := build(t.Context(), &enough, items, give); built != items || text != whole.String() || enough.IsExceeded() {
			t.Errorf("%.30s…: with room for all %d of %d are built, exceeded %v", whole.String(), built, items, enough.IsExceeded())
		}
		little := inturn.Room{Most: whole.Len() / 10}
		if built, text := build(t.Context(), &little, items, give); built > items/2 || text != "" || !little.IsExceeded() || little.Wanted() != 0 {
			t.Errorf("%.30s…: with room for a tenth %d of %d are built, text %q, wanted %d", whole.String(), built, items, text, little.Wanted())
		}
	}
}

func TestListsInListsCountTogether(t *testing.T) {
	room := inturn.Room{Most: 10_000}
	items := 0
	built, _ := build(t.Context(), &room, 1000, func(ctx context.Context) graphql.Marshaler {
		return object("labels", inturn.MarshalSlice(ctx, 100, func(context.Context, int) graphql.Marshaler {
			items++
			return object("locale", `"en"`)
		}))
	})
	if built > 10 || items > 1000 || !room.IsExceeded() {
		t.Errorf("%d lists of %d items together are built in 10,000 bytes", built, items)
	}
}

func TestEmptyObjectsCountAsMemory(t *testing.T) {
	room := inturn.Room{Most: 1600}
	if built, _ := build(t.Context(), &room, 1000, func(context.Context) graphql.Marshaler { return object() }); built > 101 {
		t.Errorf("%d empty objects are built in 1,600 bytes", built)
	}
}

func TestListIsNotBuiltFurtherWhenTheContextHasEnded(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	room := inturn.Room{Most: 1 << 30}
	items := 0
	built, _ := build(ctx, &room, 1_000_000, func(context.Context) graphql.Marshaler {
		if items++; items == 5000 {
			end()
		}
		return object("locale", `"en"`)
	})
	if built < 5000 || built > 6100 || !room.IsLate() || room.IsExceeded() || room.Wanted() != 0 {
		t.Errorf("%d are built, late %v, exceeded %v", built, room.IsLate(), room.IsExceeded())
	}
	short := inturn.Room{Most: 1 << 30}
	if built, text := build(ctx, &short, 2, func(context.Context) graphql.Marshaler { return graphql.Null }); built != 2 || text != "[null,null]" || short.IsLate() {
		t.Errorf("a short list is %q, late %v: there is nothing to win", text, short.IsLate())
	}
}
