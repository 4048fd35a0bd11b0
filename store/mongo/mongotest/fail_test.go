package mongotest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"contactpanel/store/mongo/mongotest"
)

// insert puts a thing, and is not tried again by the driver.
func insert(ctx context.Context, db *mongo.Database, id string) error {
	return db.RunCommand(ctx, bson.D{{Key: "insert", Value: "things"}, {Key: "documents", Value: bson.A{bson.D{{Key: "_id", Value: id}}}}}).Err()
}

func TestFaultMeetsItsCommandsUntilItIsOver(t *testing.T) {
	const code, label = 2, "OfATest"
	hasCode := func(err error) bool {
		failed, ok := errors.AsType[mongo.CommandError](err)
		return ok && failed.Code == code
	}
	server := mongotest.Own(t, mongotest.Options{User: "panel", Password: "word"})
	db := database(t, server.Database())
	for _, tt := range []struct {
		name   string
		how    mongotest.Failure
		is     func(error) bool
		leaves int64
	}{
		{"an error", mongotest.Code(code), hasCode, 0},
		{"an error with a label", mongotest.Code(code, label), func(err error) bool {
			failed, ok := errors.AsType[mongo.CommandError](err)
			return ok && failed.HasErrorLabel(label)
		}, 0},
		{"an error without a label", mongotest.Unlabelled(code), func(err error) bool {
			failed, ok := errors.AsType[mongo.CommandError](err)
			return ok && failed.Code == code && len(failed.Labels) == 0
		}, 0},
		{"a write that is not confirmed", mongotest.Unconfirmed(64), func(err error) bool { return err != nil }, 1},
		{"a connection that ends", mongotest.Closes(), mongo.IsNetworkError, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := count(t, db)
			server.FailCommand(t, mongotest.Fault{Commands: []string{"insert"}, How: tt.how})
			if err := insert(within(t, patience), db, tt.name); !tt.is(err) {
				t.Errorf("an insert gave %v", err)
			}
			if n := count(t, db) - before; n != tt.leaves {
				t.Errorf("an insert left %d things, want %d", n, tt.leaves)
			}
		})
		must(t, insert(within(t, patience), db, tt.name+", after its test"))
	}
	t.Run("so many times", func(t *testing.T) {
		server.FailCommand(t, mongotest.Fault{Commands: []string{"insert"}, Times: 2, How: mongotest.Code(code)})
		for range 2 {
			if err := insert(within(t, patience), db, "counted"); !hasCode(err) {
				t.Errorf("an insert gave %v", err)
			}
		}
		must(t, insert(within(t, patience), db, "counted"))
	})
	t.Run("of one application", func(t *testing.T) {
		server.FailCommand(t, mongotest.Fault{Commands: []string{"insert"}, App: "another", How: mongotest.Code(code)})
		must(t, insert(within(t, patience), db, "of this application"))
	})
	t.Run("until it is healed", func(t *testing.T) {
		server.FailCommand(t, mongotest.Fault{Commands: []string{"insert"}, How: mongotest.Code(code)})
		server.Heal(t)
		must(t, insert(within(t, patience), db, "healed"))
	})
	t.Run("that waits", func(t *testing.T) {
		server.FailCommand(t, mongotest.Fault{Commands: []string{"insert"}, How: mongotest.Blocks(soon)})
		begun := time.Now()
		must(t, insert(within(t, patience), db, "late"))
		if took := time.Since(begun); took < soon {
			t.Errorf("an insert took %v, want %v at least", took, soon)
		}
	})
	t.Run("of a server that is killed in the end", func(t *testing.T) {
		server.FailCommand(t, mongotest.Fault{Commands: []string{"insert"}, How: mongotest.Code(code)})
		server.Kill(t)
	})
	server.Start(t)
	must(t, insert(within(t, patience), db, "after the kill"))
}
