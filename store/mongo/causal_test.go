package mongo_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"contactpanel/contact"
	"contactpanel/store/mongo"
	"contactpanel/store/mongo/mongotest"
)

// last gives the last such command that was answered well.
func (c *commands) last(tb testing.TB, is func(*sent) bool) sent {
	tb.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := len(c.all) - 1; i >= 0; i-- {
		if s := c.all[i]; s.done && is(s) {
			return *s
		}
	}
	tb.Fatal("there is no such command")
	return sent{}
}

// told gives the moment of an event, if the change stream told of it.
func (c *commands) told(seq int64) (at bson.Timestamp, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.all {
		for _, change := range changesIn(s) {
			if n, _ := change.Lookup("fullDocument", "seq").AsInt64OK(); n == seq {
				at, ok = timeAt(change, "clusterTime"), true
			}
		}
	}
	return at, ok
}

// timeAt gives the moment of the replica set at a place of a document, the zero one when there is none.
func timeAt(doc bson.Raw, place ...string) bson.Timestamp {
	t, i, _ := doc.Lookup(place...).TimestampOK()
	return bson.Timestamp{T: t, I: i}
}

// wantNotBefore reads, and checks that the read asked for a state that is not older than a moment.
func wantNotBefore(t *testing.T, s *mongo.Store, seen *commands, moment bson.Timestamp) {
	t.Helper()
	if moment.IsZero() {
		t.Fatal("the server told no time")
	}
	must(t, reading(t.Context(), s))
	if asked := timeAt(seen.last(t, named("find")).command, "readConcern", "afterClusterTime"); asked.Before(moment) {
		t.Errorf("a read asks for the state at %v, and %v was known", asked, moment)
	}
}

func TestReadIsNotOlderThanWhatTheStoreWroteOrReadBefore(t *testing.T) {
	s, other, seen := pair(t, mongotest.Database(t))
	for n := range 5 {
		note(t, s, 0, fmt.Sprint("key ", n))
		written := timeAt(seen.last(t, named("commitTransaction")).reply, "operationTime")
		wantNotBefore(t, s, seen, written)
		must(t, other.Update(t.Context(), org, func(ctx context.Context, tx contact.Tx) error { // of which nobody is told
			return tx.PutAudit(ctx, org, contact.AuditEntry{ID: contact.RandomID(contact.PrefixAudit), At: noon(), Agent: agent()})
		}))
		must(t, reading(t.Context(), s))
		read := timeAt(seen.last(t, named("find")).reply, "operationTime")
		if !read.After(written) {
			t.Fatalf("a write by another store at %v did not move the server's time to behind %v", read, written)
		}
		wantNotBefore(t, s, seen, read)
	}
}

func TestTransactionIsNotOlderThanTheOneBefore(t *testing.T) {
	s, seen := openSeen(t, mongotest.Database(t), false)
	makeContacts(t, s, 1)
	first := func(s *sent) bool { return s.command.Lookup("startTransaction").Type != 0 }
	for n := range 5 {
		written := timeAt(seen.last(t, named("commitTransaction")).reply, "operationTime")
		note(t, s, 0, fmt.Sprint("key ", n))
		if asked := timeAt(seen.last(t, first).command, "readConcern", "afterClusterTime"); written.IsZero() || asked.Before(written) {
			t.Errorf("a transaction asks for the state at %v, and %v was known", asked, written)
		}
	}
}

func TestReadIsNotOlderThanWhatWokeItsCaller(t *testing.T) {
	followed, other, seen := pair(t, mongotest.Database(t))
	f := follow(t, followed, 0, nil)
	woken := 0
	for n := range 5 {
		note(t, other, 0, fmt.Sprint("key ", n))
		f.until(int64(n + 1))
		// A stream that was lost the while told of nothing: the event came from the log.
		if at, ok := seen.told(f.last); ok {
			woken++
			wantNotBefore(t, followed, seen, at)
		}
	}
	if woken == 0 {
		t.Error("the change stream told of no event")
	}
}

func TestNewsThatComeLateDoNotMakeReadsOlder(t *testing.T) {
	r := newRig(t)
	followed, other, seen := pair(t, r.uri)
	f := follow(t, followed, 0, nil)
	r.FailCommand(t, mongotest.Fault{Commands: []string{"getMore"}, App: watchApp, How: mongotest.Blocks(time.Second)})
	seen.waitFor(t, "the stream asks again", seen.count(named("getMore"))+1, named("getMore"))
	note(t, other, 0, "told late")
	note(t, followed, 1, "known at once")
	written := timeAt(seen.last(t, named("commitTransaction")).reply, "operationTime")
	f.until(1)
	wantNotBefore(t, followed, seen, written)
}
