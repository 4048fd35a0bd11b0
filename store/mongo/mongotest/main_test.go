package mongotest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.uber.org/goleak"

	"contactpanel/store/mongo/mongotest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(mongotest.Main{M: m}) }

// patience is what a loaded machine may take for one step.
const patience = 60 * time.Second

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func connect(t *testing.T, uri string) *mongo.Client {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		must(t, client.Disconnect(ctx))
	})
	return client
}

// database returns the database that the connection string names.
func database(t *testing.T, uri string) *mongo.Database {
	t.Helper()
	_, rest, _ := strings.Cut(uri, "://")
	_, rest, _ = strings.Cut(rest, "/")
	name, _, _ := strings.Cut(rest, "?")
	if name == "" {
		t.Fatalf("%s names no database", uri)
	}
	return connect(t, uri).Database(name)
}

// within is a context for one step.
func within(t *testing.T, limit time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

func put(t *testing.T, db *mongo.Database, id string) {
	t.Helper()
	_, err := db.Collection("things").InsertOne(within(t, patience), bson.D{{Key: "_id", Value: id}})
	must(t, err)
}

func count(t *testing.T, db *mongo.Database) int64 {
	t.Helper()
	n, err := db.Collection("things").CountDocuments(within(t, patience), bson.D{})
	must(t, err)
	return n
}
