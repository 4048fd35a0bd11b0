package inturn

import (
	"bytes"
	"context"
)

// Room is how large an answer may become. One that becomes larger is not kept: it is only measured.
type Room struct {
	Most   int // bytes
	Wanted int // bytes that the answer has, or would have
}

// IsExceeded says that there was not room enough: the answer is empty.
func (r *Room) IsExceeded() bool { return r.Wanted > r.Most }

type roomKey struct{}

// Within returns a context whose answers have the room.
func Within(ctx context.Context, room *Room) context.Context {
	return context.WithValue(ctx, roomKey{}, room)
}

// Buffer takes the text of an answer, as far as there is room for it.
type Buffer struct {
	text bytes.Buffer
	room *Room
}

// NewBuffer makes a buffer for an answer in the context; without a room there it is unbounded.
func NewBuffer(ctx context.Context) *Buffer {
	room, ok := ctx.Value(roomKey{}).(*Room)
	if !ok {
		return &Buffer{}
	}
	room.Wanted = 0
	return &Buffer{room: room}
}

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
	if b.room.Wanted += n; b.room.IsExceeded() {
		b.text = bytes.Buffer{}
		return false
	}
	return true
}

// Bytes is the text; nothing when there was not room enough.
func (b *Buffer) Bytes() []byte { return b.text.Bytes() }
