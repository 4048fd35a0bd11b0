package mongo_test

import (
	"flag"
	"log/slog"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"contactpanel/contact"
	"contactpanel/store/mongo"
	"contactpanel/store/mongo/mongotest"
	"contactpanel/store/storetest"
)

// childVariable makes the test binary run as another process of a test: a contact's number, a colon, and the connection string.
const childVariable = "CONTACTPANEL_MONGO_TEST_CHILD"

func TestMain(m *testing.M) {
	number, uri, isChild := strings.Cut(os.Getenv(childVariable), ":")
	if isChild {
		writeUntilKilled(number, uri)
		return
	}
	fewerChecks()
	goleak.VerifyTestMain(mongotest.Main{M: m})
}

// fewerChecks takes a part of rapid's hundred checks unless the command line names a number: each check is some hundred round
// trips to a server, and the same properties are checked in full over the embedded store.
func fewerChecks() {
	flag.Parse()
	isGiven := false
	flag.Visit(func(f *flag.Flag) { isGiven = isGiven || f.Name == "rapid.checks" })
	if !isGiven {
		if err := flag.Set("rapid.checks", "10"); err != nil {
			panic(err) // rapid has renamed its flag
		}
	}
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
	storetest.Run(t, func(t *testing.T) contact.Store {
		t.Helper()
		return open(t, mongotest.Database(t))
	})
}
