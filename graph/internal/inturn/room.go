package inturn

import (
	"bytes"
	"context"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
)

// Room is how large one answer may become. What is sure not to fit is not built, and what does not fit is not kept: it is
// only measured. Safe for concurrent use while the answer is built; it is written by one goroutine.
type Room struct {
	Most    int // bytes
	written int // bytes that the answer has, or would have
	built   atomic.Int64
	isLate  atomic.Bool
}

// IsExceeded says that there was not room enough: the answer is empty.
func (r *Room) IsExceeded() bool { return r.written > r.Most || r.isFull() }

// IsLate says that the context ended while the answer was built: a part of it is missing.
func (r *Room) IsLate() bool { return r.isLate.Load() }

// Wanted is how many bytes the answer would have; 0 when it was not built to the end.
func (r *Room) Wanted() int {
	if r.isFull() || r.IsLate() {
		return 0
	}
	return r.written
}

func (r *Room) isFull() bool { return r.built.Load() > int64(r.Most) }

// An answer asks whether its context has ended each time so many bytes more are built: the question is dearer than an object.
const askedEvery = 16 << 10

// goesOn counts that so many bytes more are built. False: what is built is of no use any more.
func (r *Room) goesOn(ctx context.Context, n int) bool {
	if r == nil {
		return true
	}
	built := r.built.Add(int64(n))
	if built/askedEvery != (built-int64(n))/askedEvery && ctx.Err() != nil {
		r.isLate.Store(true)
	}
	return built <= int64(r.Most) && !r.isLate.Load()
}

// What an item of a list has at least, in bytes. That of an object is more than the two braces of an empty one: it is memory
// that it stands for, and hardly an object that says something has less.
const (
	leastValue  = len("1,")
	leastObject = 16
)

// leastOf is how many bytes an item has at least, the lists in it left aside: they have counted themselves.
func leastOf(item graphql.Marshaler) int {
	object, ok := item.(*Object)
	if !ok {
		return leastValue
	}
	return max(object.least(), leastObject)
}

// least is how many bytes an object has at least, with what follows it.
func (o *Object) least() int {
	n := len("{},")
	for i := range o.fields {
		n += len(o.fields[i].Alias) + len(`"":,`)
		if inner, ok := o.Values[i].(*Object); ok {
			n += inner.least() - len(",")
		} else {
			n++
		}
	}
	return n - min(1, len(o.fields)) // no comma before the first
}

type roomKey struct{}

// Within returns a context whose answer has the room.
func Within(ctx context.Context, room *Room) context.Context {
	return context.WithValue(ctx, roomKey{}, room)
}

// roomIn is the room of the context's answer; nil: it is unbounded.
func roomIn(ctx context.Context) *Room {
	room, _ := ctx.Value(roomKey{}).(*Room)
	return room
}

// Buffer takes the text of an answer, as far as there is room for it.
type Buffer struct {
	text bytes.Buffer
	room *Room
}

// NewBuffer makes a buffer for the answer in the context; without a room there it is unbounded.
func NewBuffer(ctx context.Context) *Buffer { return &Buffer{room: roomIn(ctx)} }

// Write never fails.
func (b *Buffer) Write(p []byte) (int, error) {
	if b.admits(len(p)) {
		b.text.Write(p)
	}
	return len(p), nil
}

// WriteString never fails.
func (b *Buffer) WriteString(s string) (int, error) {
	if b.admits(len(s)) {
		b.text.WriteString(s)
	}
	return len(s), nil
}

// admits counts a text, and forgets all when there is no room for it.
func (b *Buffer) admits(n int) bool {
	if b.room == nil {
		return true
	}
	if b.room.written += n; b.room.IsExceeded() {
		b.text = bytes.Buffer{}
		return false
	}
	return true
}

// Bytes is the text; nothing when there was not room enough.
func (b *Buffer) Bytes() []byte { return b.text.Bytes() }
