package graph_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestAbusesOfBodiesAreRefusedWithoutAnEcho(t *testing.T) {
	w := newWorld(t)
	w.ask(t, ada, "{ viewer { id } }", nil)
	for _, tt := range []struct {
		row, name, body, want string
		status                int
	}{
		{"B1", "a body of 128 KiB and a byte", viewerQuery + strings.Repeat(" ", 128<<10+1-len(viewerQuery)), "BODY_TOO_LARGE", http.StatusRequestEntityTooLarge},
		{"B6", "a batch", `[` + viewerQuery + `,` + viewerQuery + `]`, "BAD_REQUEST", http.StatusBadRequest},
		{"B6", "a batch of none", `[]`, "BAD_REQUEST", http.StatusBadRequest},
		{"B7", "bytes behind the body", viewerQuery + `{"` + marker + `":1}`, "BAD_REQUEST", http.StatusBadRequest},
		{"B7", "a key that comes twice", `{"query":"{ viewer { id } }","query":"{ ` + marker + ` }"}`, "BAD_REQUEST", http.StatusBadRequest},
		{"B7", "a variable that comes twice", `{"query":"{ viewer { id } }","variables":{"` + marker + `":1,"` + marker + `":2}}`, "BAD_REQUEST", http.StatusBadRequest},
		{"B7", "a byte order mark", "\ufeff" + viewerQuery, "BAD_REQUEST", http.StatusBadRequest},
		{"B7", "NaN", `{"query":"{ viewer { id } }","variables":{"n":NaN}}`, "BAD_REQUEST", http.StatusBadRequest},
		{"B7", "20,000 lists within lists", `{"query":"{ viewer { id } }","variables":{"n":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}}`, "BAD_REQUEST", http.StatusBadRequest},
		{"B7", "20,000 objects within objects", `{"query":"{ viewer { id } }","variables":` + strings.Repeat(`{"a":`, 20000) + `1` + strings.Repeat("}", 20000) + `}`, "BAD_REQUEST", http.StatusBadRequest},
		{"B7", "a number of 10 MB", `{"query":"{ viewer { id } }","variables":{"n":` + strings.Repeat("9", 10<<20) + `}}`, "BODY_TOO_LARGE", http.StatusRequestEntityTooLarge},
		{"B7", "invalid UTF-8", "{\"query\":\"{ viewer { id } }\",\"variables\":{\"n\":\"" + marker + "\xff\xfe\"}}", "BAD_REQUEST", http.StatusBadRequest},
		{"B7", "half a surrogate pair", `{"query":"{ viewer { id } }","variables":{"n":"` + marker + `\ud800"}}`, "BAD_REQUEST", http.StatusBadRequest},
		{"B7", "half a body", `{"query":"{ viewer { id } }","variables":{"` + marker, "BAD_REQUEST", http.StatusBadRequest},
		{"B7", "no body", ``, "BAD_REQUEST", http.StatusBadRequest},
		{"B8", "a query of null", `{"query":null}`, "BAD_REQUEST", http.StatusBadRequest},
		{"B8", "a query of 5", `{"query":5}`, "BAD_REQUEST", http.StatusBadRequest},
		{"B8", "a list of variables", `{"query":"{ viewer { id } }","variables":["` + marker + `"]}`, "BAD_REQUEST", http.StatusBadRequest},
		{"B8", "a text of variables", `{"query":"{ viewer { id } }","variables":"` + marker + `"}`, "BAD_REQUEST", http.StatusBadRequest},
		{"B8", "an unknown member", `{"query":"{ viewer { id } }","` + marker + `":1}`, "BAD_REQUEST", http.StatusBadRequest},
	} {
		w.store.seen.take()
		got := w.send(t, request{body: strings.NewReader(tt.body)})
		if got.status != tt.status || got.codes(t) != tt.want {
			t.Errorf("%s, %s: %d %.300s, want %d %s", tt.row, tt.name, got.status, got.body, tt.status, tt.want)
		}
		quotesNothing(t, w, tt.row+", "+tt.name, got)
		if calls := w.store.seen.take(); len(calls) > 0 {
			t.Errorf("%s, %s: the store is asked %v", tt.row, tt.name, calls)
		}
	}
}
