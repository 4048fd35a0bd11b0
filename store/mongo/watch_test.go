package mongo_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"

	"contactpanel/contact"
	"contactpanel/store/mongo"
	"contactpanel/store/mongo/mongotest"
)

// follower reads one stream and checks what every stream promises.
type follower struct {
	t      *testing.T
	stream contact.Stream
	last   int64
}

func follow(t *testing.T, s *mongo.Store, n int, after *contact.Head) *follower {
	t.Helper()
	stream, err := s.Follow(t.Context(), org, contactID(n), contact.TopicNotes, after)
	must(t, err)
	t.Cleanup(stream.Close)
	f := &follower{t: t, stream: stream}
	if after == nil {
		f.last = headOf(t, s, n).Seq
	} else {
		f.last = after.Seq
	}
	return f
}

func headOf(t *testing.T, s *mongo.Store, n int) contact.Head {
	t.Helper()
	found, err := s.Contacts(t.Context(), org, []contact.ID{contactID(n)})
	must(t, err)
	return found[0].NotesHead
}

func (f *follower) next() contact.Delivery {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), patience)
	defer cancel()
	d, err := f.stream.Next(ctx)
	must(f.t, err)
	return d
}

// readTo reads events up to a seq at least, each right behind the one before, and returns how often it saw each key.
func (f *follower) readTo(seq int64) map[string]int {
	f.t.Helper()
	seen := map[string]int{}
	for f.last < seq {
		d := f.next()
		if d.Kind != contact.DeliveredEvents {
			f.t.Fatalf("behind %d came %+v, want events", f.last, d)
		}
		for _, e := range d.Events {
			if e.Seq != f.last+1 {
				f.t.Fatalf("behind %d came %d", f.last, e.Seq)
			}
			f.last = e.Seq
			seen[e.ClientMutationID]++
		}
	}
	return seen
}

// until reads events up to just a seq.
func (f *follower) until(seq int64) {
	f.t.Helper()
	f.readTo(seq)
	if f.last > seq {
		f.t.Fatalf("there are events up to %d, want %d", f.last, seq)
	}
}

// resync waits for the news that events are missing, and checks where the stream goes on.
func (f *follower) resync(seq int64) {
	f.t.Helper()
	if d := f.next(); d.Kind != contact.DeliveredResync || d.Head.Seq != seq {
		f.t.Fatalf("there came %+v, want a resync to %d", d, seq)
	}
	f.last = seq
}

func note(t *testing.T, s *mongo.Store, n int, key string) {
	t.Helper()
	_, err := addNote(t.Context(), s, contactID(n), key)
	must(t, err)
}

// appendEvent is a change of contact 0 that sends no find.
func appendEvent(ctx context.Context, s *mongo.Store) error {
	return s.Update(ctx, org, func(ctx context.Context, tx contact.Tx) error {
		_, err := tx.Append(ctx, org, contact.Event{
			Contact: contactID(0), Topic: contact.TopicNotes, Type: contact.NoteAdded, Subject: "x", Version: 1, Actor: agent(), At: noon(),
		})
		return err
	})
}

// changesIn are what the change stream tells in an answer.
func changesIn(s *sent) []bson.Raw {
	if s.name != "getMore" || !s.done {
		return nil
	}
	batch, _ := s.reply.Lookup("cursor", "nextBatch").ArrayOK()
	values, _ := batch.Values()
	changes := make([]bson.Raw, len(values))
	for i, v := range values {
		changes[i], _ = v.DocumentOK()
	}
	return changes
}

// wokeBy chooses answers of the change stream that hold an event.
func wokeBy(s *sent) bool { return len(changesIn(s)) > 0 }

// opened chooses change streams that were opened.
func opened(s *sent) bool { return s.isWatch() && s.done }

// pair are two stores over one database that have both opened their change streams.
func pair(t *testing.T, uri string) (followed, other *mongo.Store, seen *commands) {
	t.Helper()
	followed, seen = openSeen(t, uri, false)
	other, _ = openSeen(t, uri, true)
	makeContacts(t, other, 3)
	seen.waitFor(t, "the change stream is open", 1, opened)
	return followed, other, seen
}

func TestChangeThroughOneStoreWakesFollowersOfAnother(t *testing.T) {
	followed, other, seen := pair(t, mongotest.Database(t))
	f := follow(t, followed, 0, nil)
	for n := range 5 {
		note(t, other, 0, fmt.Sprint("key ", n))
		f.until(int64(n + 1))
	}
	seen.waitFor(t, "the stream told of the changes", 1, wokeBy)
}

func TestFollowersMissNothingWhenTheStreamIsLost(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		how  mongotest.Failure
	}{
		{"its place is no more in the log of the servers", mongotest.Code(286)},
		{"it cannot go on", mongotest.Code(280)},
		{"its token means nothing", mongotest.Code(260)},
		{"its cursor is gone", mongotest.Code(43)},
		{"its cursor was killed", mongotest.Code(237)},
		{"its server steps down", mongotest.Code(189)},
		{"its connection is cut", mongotest.Closes()},
		{"its server is silent", mongotest.Blocks(6 * time.Second)},
		{"an error that nobody knows", mongotest.Code(99999)},
	}
	r := newRig(t)
	followed, other, seen := pair(t, r.uri)
	f := follow(t, followed, 0, nil)
	for i, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			f.t = t
			before := seen.count(opened)
			r.FailCommand(t, mongotest.Fault{Commands: []string{"getMore"}, App: watchApp, How: tt.how})
			begun := time.Now()
			for n := range 3 {
				note(t, other, 0, fmt.Sprint(i, " ", n))
			}
			f.until(f.last + 3)
			took(t, begun, 0, 5*time.Second+slack)
			seen.waitFor(t, "the stream is opened again", before+1, opened)
			r.Heal(t)
			// It wakes again, once its pause is over.
			woken, tries := seen.count(wokeBy), 0
			eventually(t, "the stream wakes again", func() error {
				tries++
				note(t, other, 0, fmt.Sprint(i, " again ", tries))
				f.until(f.last + 1)
				if seen.count(wokeBy) == woken {
					return errors.New("the stream did not tell of it")
				}
				return nil
			})
			note(t, followed, 0, fmt.Sprint(i, " own"))
			f.until(f.last + 1)
		})
	}
}

func TestAPanicOverAChangeEndsNoProcess(t *testing.T) {
	uri := mongotest.Database(t)
	seen, panicked := newCommands(), atomic.Bool{}
	monitor := seen.monitor()
	note := monitor.Succeeded
	monitor.Succeeded = func(ctx context.Context, e *event.CommandSucceededEvent) {
		note(ctx, e)
		if last := (&sent{name: e.CommandName, reply: e.Reply, done: true}); wokeBy(last) && !panicked.Swap(true) {
			panic("a change that nobody can read")
		}
	}
	followed, err := mongo.OpenWatched(t.Context(), uri, monitor, false)
	must(t, err)
	t.Cleanup(func() { must(t, followed.Close()) })
	other, _ := openSeen(t, uri, true)
	makeContacts(t, other, 1)
	seen.waitFor(t, "the change stream is open", 1, opened)
	f := follow(t, followed, 0, nil)
	addOne := func(key string) {
		_, err := addNote(t.Context(), other, contactID(0), key)
		must(t, err)
	}
	addOne("before")
	f.until(1)
	seen.waitFor(t, "the stream is opened again", 2, opened)
	addOne("after")
	f.until(2)
}

func TestHeadsAreLookedAtWhileThereIsNoStream(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	followed, other, seen := pair(t, r.uri)
	f := follow(t, followed, 0, nil)
	r.FailCommand(t, mongotest.Fault{Commands: []string{"getMore", "aggregate"}, App: watchApp, How: mongotest.Code(260)})
	failed := func(s *sent) bool { return s.isWatch() && !s.done }
	seen.waitFor(t, "the stream cannot be opened", seen.count(failed)+2, failed)
	for n := range 4 {
		begun := time.Now()
		note(t, other, 0, fmt.Sprint("key ", n))
		f.until(int64(n + 1))
		took(t, begun, 0, 2*time.Second+slack)
	}
	if n := seen.count(failed); n > 40 {
		t.Errorf("it was tried to open the stream %d times: no pause between them", n)
	}
	if n := seen.count(named("endSessions")); n > 0 {
		t.Errorf("the client of the streams was given up %d times: one is enough for all of them", n)
	}
	before := seen.count(opened)
	r.Heal(t)
	seen.waitFor(t, "the stream is opened again", before+1, opened)
	note(t, other, 0, "after")
	f.until(5)
	// The heads are left alone again: while the stream answers four times, which takes some seconds, hardly any look is due.
	answered := func(s *sent) bool { return s.name == "getMore" && s.done }
	looks := seen.count(named("find"))
	seen.waitFor(t, "the stream goes on", seen.count(answered)+4, answered)
	if n := seen.count(named("find")) - looks; n > 2 {
		t.Errorf("the heads were looked at %d times although there is a stream", n)
	}
}

func TestOwnChangesReachFollowersWithoutTheStreamAndWithoutARead(t *testing.T) {
	r := newRig(t)
	followed, _, _ := pair(t, r.uri)
	f := follow(t, followed, 0, nil)
	note(t, followed, 0, "first")
	f.until(1)
	// Neither the stream nor the log can be read.
	r.FailCommand(t, mongotest.Fault{Commands: []string{"getMore", "find"}, How: mongotest.Code(2)})
	for n := range 3 {
		must(t, appendEvent(t.Context(), followed))
		f.until(int64(n + 2))
	}
}

func TestOrderHoldsUnderWritersOnTwoStores(t *testing.T) {
	const writers, each = 8, 12
	uri := mongotest.Database(t)
	one, two, _ := pair(t, uri)
	stores := []*mongo.Store{one, two}
	var followers []*follower
	for _, s := range stores {
		followers = append(followers, follow(t, s, 0, &contact.Head{Epoch: headOf(t, s, 0).Epoch}))
	}
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for n := range each {
				if _, err := addNote(t.Context(), stores[w%2], contactID(0), fmt.Sprint(w, " ", n)); err != nil {
					t.Errorf("add a note: %v (%v)", err, causeOf(err))
				}
			}
		})
	}
	for _, f := range followers {
		if d := f.next(); d.Kind != contact.DeliveredCaughtUp {
			f.stream.Close()
			t.Errorf("first came %+v, want that there is nothing to replay", d)
		}
		f.until(writers * each)
	}
	writing.Wait()
}

func TestFollowersAreToldWhenTheLogIsNotWhatItWas(t *testing.T) {
	r := newRig(t)
	followed, other, _ := pair(t, r.uri)
	db := data(connect(t, r.URI()), r.uri)
	for n := range 6 {
		note(t, other, 0, fmt.Sprint("key ", n))
	}
	epoch := headOf(t, followed, 0).Epoch
	trim := func(t *testing.T, filter bson.D) {
		t.Helper()
		_, err := db.Collection("events").DeleteMany(t.Context(), filter)
		must(t, err)
	}
	t.Run("events were trimmed", func(t *testing.T) {
		trim(t, bson.D{{Key: "seq", Value: bson.D{{Key: "$lte", Value: 3}}}})
		follow(t, followed, 0, &contact.Head{Epoch: epoch, Seq: 2}).resync(6)
		f := follow(t, followed, 0, &contact.Head{Epoch: epoch, Seq: 3})
		f.until(6)
	})
	t.Run("a backup was restored", func(t *testing.T) {
		live := follow(t, followed, 0, nil)
		trim(t, bson.D{{Key: "seq", Value: bson.D{{Key: "$gt", Value: 4}}}})
		_, err := db.Collection("contacts").UpdateOne(t.Context(), bson.D{{Key: "id", Value: contactID(0)}},
			bson.D{{Key: "$set", Value: bson.D{{Key: "notesHead.seq", Value: int64(4)}}}})
		must(t, err)
		r.FailCommand(t, mongotest.Fault{Commands: []string{"getMore"}, App: watchApp, How: mongotest.Code(286)}) // as every restore ends the streams
		live.resync(4)
		r.Heal(t)
		follow(t, followed, 0, &contact.Head{Epoch: epoch, Seq: 6}).resync(4)
		note(t, other, 0, "after")
		live.until(5)
	})
	t.Run("the collection was dropped", func(t *testing.T) {
		live := follow(t, followed, 0, nil)
		must(t, db.Collection("events").Drop(t.Context()))
		follow(t, followed, 0, &contact.Head{Epoch: epoch, Seq: 2}).resync(5)
		note(t, other, 0, "after the drop")
		live.until(6)
	})
}

func TestSilentServerCostsTimeAndNoEvents(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	followed, other, seen := pair(t, r.uri)
	f := follow(t, followed, 0, nil)
	before := seen.count(opened)
	r.Freeze(t)
	wantCode(t, reading(t.Context(), followed), contact.Unavailable)
	r.Continue(t)
	begun := time.Now()
	for n := 0; n < 3; {
		if _, err := addNote(t.Context(), other, contactID(0), fmt.Sprint("key ", n)); err != nil {
			wantCode(t, err, contact.Unavailable)
			took(t, begun, 0, patience)
			continue
		}
		n++
	}
	f.until(3)
	if seen.count(opened) > before+1 {
		t.Errorf("the stream was opened %d times", seen.count(opened)-before)
	}
}
