package graph_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"contactpanel/contact"
	"contactpanel/store/mongo"
	"contactpanel/store/mongo/mongotest"
	"contactpanel/store/sqlite"
)

func TestMain(m *testing.M) { os.Exit(mongotest.Main{M: m}.Run()) }

// BenchmarkStores is the whole panel and a note, through the handler, over each of the stores.
func BenchmarkStores(b *testing.B) {
	for name, open := range map[string]func(testing.TB) (contact.Store, error){"sqlite": openSQLite, "mongodb": openMongoDB} {
		b.Run(name, func(b *testing.B) {
			db, err := open(b)
			if err != nil {
				b.Fatal(err)
			}
			w := newWorldOn(b, db)
			body := fillBenchWorld(b, w)
			b.Run("panel", func(b *testing.B) { benchmarkHandler(b, w, func() []byte { return body }) })
			n := 0
			b.Run("note", func(b *testing.B) {
				benchmarkHandler(b, w, func() []byte {
					n++
					return requestBody(b, `mutation($input: AddNoteInput!) { addNote(input: $input) { note { id } problems { code } } }`, map[string]any{
						"input": map[string]any{"contactId": benchContact, "body": "Called back.", "clientMutationId": fmt.Sprint("bench-", n)},
					})
				})
			})
		})
	}
}

func openSQLite(tb testing.TB) (contact.Store, error) {
	tb.Helper()
	return sqlite.Open(tb.Context(), filepath.Join(tb.TempDir(), "bench.db"))
}

func openMongoDB(tb testing.TB) (contact.Store, error) {
	tb.Helper()
	return mongo.Open(tb.Context(), mongotest.Database(tb), slog.New(slog.DiscardHandler))
}
