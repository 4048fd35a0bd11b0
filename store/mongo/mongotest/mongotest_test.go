package mongotest_test

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"contactpanel/store/mongo/mongotest"
)

func TestEachDatabaseIsEmptyAndGoesWithItsTest(t *testing.T) {
	left := database(t, mongotest.Database(t))
	var mu sync.Mutex
	var names []string
	t.Run("several at once", func(t *testing.T) {
		for range 8 {
			t.Run("one", func(t *testing.T) {
				t.Parallel()
				db := database(t, mongotest.Database(t))
				if n := count(t, db); n != 0 {
					t.Errorf("a new database has %d things", n)
				}
				put(t, db, "the same in each")
				mu.Lock()
				defer mu.Unlock()
				names = append(names, db.Name())
			})
		}
	})
	put(t, left, "so that it is listed")
	kept, err := left.Client().ListDatabaseNames(within(t, patience), bson.D{})
	must(t, err)
	if !slices.Contains(kept, left.Name()) {
		t.Errorf("the database of a running test is not among %q", kept)
	}
	for _, name := range names {
		if slices.Contains(kept, name) {
			t.Errorf("database %s outlived its test", name)
		}
	}
}

func TestSharedServerKnowsTransactionsAndChangeStreams(t *testing.T) {
	db := database(t, mongotest.Database(t))
	stream, err := db.Collection("things").Watch(within(t, patience), mongo.Pipeline{})
	must(t, err)
	defer stream.Close(context.Background())
	session, err := db.Client().StartSession()
	must(t, err)
	defer session.EndSession(context.Background())
	_, err = session.WithTransaction(within(t, patience), func(ctx context.Context) (any, error) {
		return db.Collection("things").InsertOne(ctx, bson.D{{Key: "_id", Value: "written in a transaction"}})
	})
	must(t, err)
	if !stream.Next(within(t, patience)) {
		t.Fatalf("the change stream ended: %v", stream.Err())
	}
	if id := stream.Current.Lookup("documentKey", "_id").StringValue(); id != "written in a transaction" {
		t.Errorf("the change stream told of %q", id)
	}
}

// again runs one test of this binary as a process of its own, in an empty folder, with an environment of just these
// variables.
func again(t *testing.T, test string, variables ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+test+"$", "-test.v", "-test.count=1")
	cmd.Dir = t.TempDir()
	cmd.Env = append([]string{"TMPDIR=" + t.TempDir()}, variables...)
	return cmd
}

func TestMachineWithoutServer(t *testing.T) {
	for _, tt := range []struct {
		name, variable, says string
		fails                bool
	}{
		{"leaves the tests out with a word of advice", "CI=", "left out: no MongoDB to test against: run `make test`", false},
		{"fails them in CI", "CI=true", "no MongoDB to test against: run `make test`", true},
		{"fails them when the named program is not there", mongotest.SecantusVariable + "=./no-such-program", "no-such-program", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, err := again(t, "TestEachDatabaseIsEmptyAndGoesWithItsTest", tt.variable).CombinedOutput()
			if fails := err != nil; fails != tt.fails || !strings.Contains(string(out), tt.says) {
				t.Errorf("the tests ended with %v, want failure %v and %q:\n%s", err, tt.fails, tt.says, out)
			}
			if skipped := strings.Contains(string(out), "--- SKIP"); skipped == tt.fails {
				t.Errorf("the test was left out: %v\n%s", skipped, out)
			}
		})
	}
}

func TestServerOfTheVariableIsUsedAndLeftRunning(t *testing.T) {
	server := mongotest.Own(t, mongotest.Options{})
	db := database(t, server.Database())
	put(t, db, "before")
	for range 2 {
		out, err := again(t, "TestEachDatabaseIsEmptyAndGoesWithItsTest", mongotest.URIVariable+"="+server.URI()).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS") {
			t.Fatalf("the tests ended with %v:\n%s", err, out)
		}
	}
	put(t, db, "after")
	if n := count(t, db); n != 2 {
		t.Errorf("the server has %d things, want the 2 from before and after", n)
	}
}
