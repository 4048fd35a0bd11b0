package mongo_test

import (
	"log/slog"
	"testing"

	"go.uber.org/goleak"

	"contactpanel/contact"
	"contactpanel/store/mongo"
	"contactpanel/store/mongo/mongotest"
	"contactpanel/store/storetest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(mongotest.Main{M: m})
}

// open opens a store on an empty database and closes it at the end.
func open(tb testing.TB, uri string) *mongo.Store {
	tb.Helper()
	s, err := mongo.Open(tb.Context(), uri, slog.New(slog.DiscardHandler))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) contact.Store { return open(t, mongotest.Database(t)) })
}
