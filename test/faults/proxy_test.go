package faults_test

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"contactpanel/store/mongo/mongotest"
	"contactpanel/test/faults"
)

const (
	// patience is what a loaded machine may take for one step.
	patience = 60 * time.Second
	// soon bounds a step that is expected to get no answer, and is long enough for its request to be sent.
	soon = time.Second
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// things is a collection of the database, with a client of its own that repeats nothing, and asks after the server's health
// so rarely that a fault meets the test's own calls alone.
func things(t *testing.T, uri string) *mongo.Collection {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(uri).
		SetRetryWrites(false).SetRetryReads(false).SetHeartbeatInterval(time.Hour).SetServerMonitoringMode("poll"))
	must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		must(t, client.Disconnect(ctx))
	})
	name, _, _ := strings.Cut(uri[strings.LastIndex(uri, "/")+1:], "?")
	return client.Database(name).Collection("things")
}

func put(t *testing.T, c *mongo.Collection, id string, limit time.Duration) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	_, err := c.InsertOne(ctx, bson.D{{Key: "_id", Value: id}})
	return err
}

// has tells whether the thing is there. One that is expected may still be on its way.
func has(t *testing.T, c *mongo.Collection, id string, expected bool) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for {
		n, err := c.CountDocuments(ctx, bson.D{{Key: "_id", Value: id}})
		must(t, err)
		if n > 0 || !expected {
			return n > 0
		}
		<-poll.C
	}
}

func TestFaultOfTheNetwork(t *testing.T) {
	server := mongotest.Own(t, mongotest.Options{})
	for _, tt := range []struct {
		name    string
		inject  func(*faults.Proxy, testing.TB, faults.Direction) // nil is Cut
		way     faults.Direction
		limit   time.Duration
		applied bool
		reset   bool
	}{
		{"everything cut", nil, "", patience, false, false},
		{"requests broken off", (*faults.Proxy).Break, faults.Requests, patience, false, false},
		{"answers broken off", (*faults.Proxy).Break, faults.Answers, patience, true, false},
		{"requests reset", (*faults.Proxy).Break, faults.Requests, patience, false, true},
		{"answers reset", (*faults.Proxy).Break, faults.Answers, patience, true, true},
		{"requests swallowed", (*faults.Proxy).Swallow, faults.Requests, soon, false, false},
		{"answers swallowed", (*faults.Proxy).Swallow, faults.Answers, soon, true, false},
	} {
		t.Run(tt.name+" is an error, and healed it works again", func(t *testing.T) {
			proxy := faults.Front(t, server)
			uri := proxy.Database()
			if tt.reset {
				proxy.CloseByReset(t)
			}
			c := things(t, uri)
			must(t, put(t, c, "before", patience))
			if tt.inject == nil {
				proxy.Cut()
			} else {
				tt.inject(proxy, t, tt.way)
			}
			err := put(t, c, "during", tt.limit)
			if err == nil {
				t.Error("a write through the fault was acknowledged")
			}
			if tt.reset && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("a write over a connection that is reset gave %v", err)
			}
			proxy.Heal(t)
			after := things(t, uri) // the first client's next call may still be told of the connection it lost
			must(t, put(t, after, "after", patience))
			if applied := has(t, after, "during", tt.applied); applied != tt.applied {
				t.Errorf("the write was applied: %v, want %v", applied, tt.applied)
			}
		})
	}
}

func TestDelayHoldsBackButLosesNothing(t *testing.T) {
	const by = 200 * time.Millisecond
	for _, way := range []faults.Direction{faults.Requests, faults.Answers} {
		t.Run(string(way), func(t *testing.T) {
			proxy := faults.Front(t, mongotest.Own(t, mongotest.Options{}))
			uri := proxy.Database()
			c := things(t, uri)
			must(t, put(t, c, "before", patience))
			proxy.Delay(t, way, by)
			began := time.Now()
			must(t, put(t, c, "slowly", patience))
			if took := time.Since(began); took < by {
				t.Errorf("a write took %v with %v of latency", took, by)
			}
			proxy.Heal(t)
			must(t, put(t, c, "after", patience))
		})
	}
}
