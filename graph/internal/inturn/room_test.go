package inturn_test

import (
	"fmt"
	"testing"

	"contactpanel/graph/internal/inturn"
)

func TestBufferKeepsAnAnswerAsFarAsThereIsRoom(t *testing.T) {
	for _, tt := range []struct {
		most int
		want string
	}{{10, "abcdefghij"}, {9, ""}, {3, ""}} {
		room := inturn.Room{Most: tt.most}
		ctx := inturn.Within(t.Context(), &room)
		for range 2 { // the second answer in the same room begins anew
			b := inturn.NewBuffer(ctx)
			b.WriteString("abc")
			fmt.Fprint(b, "defg")
			b.WriteString("hij")
			if got := string(b.Bytes()); got != tt.want || room.Wanted != 10 || room.IsExceeded() != (tt.want == "") {
				t.Errorf("room for %d: %q of %d bytes, exceeded %v; want %q of 10", tt.most, got, room.Wanted, room.IsExceeded(), tt.want)
			}
		}
	}
	b := inturn.NewBuffer(t.Context())
	b.WriteString("without bounds")
	if string(b.Bytes()) != "without bounds" {
		t.Errorf("without a room: %q", b.Bytes())
	}
}
