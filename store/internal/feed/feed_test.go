package feed_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"contactpanel/contact"
	"contactpanel/store/internal/feed"
)

// key is what the tests of single rules follow.
func key() feed.Key { return keys()[0] }

// bubble is a test with a clock of its own, a book and a feed over it.
type bubble struct {
	*testing.T
	book *book
	feed *feed.Feed
}

// inBubble runs a test and closes its feed.
func inBubble(t *testing.T, test func(in bubble)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := newBook(keys()...)
		f := feed.New(b)
		defer f.Close()
		test(bubble{t, b, f})
	})
}

// follow opens a stream from the present; it ends with the feed.
func follow(t *testing.T, f *feed.Feed, of feed.Key) contact.Stream {
	t.Helper()
	s, err := f.Follow(t.Context(), of.Org, of.Contact, of.Topic, nil)
	if err != nil {
		t.Fatalf("Follow = %v", err)
	}
	return s
}

// wait reads the next delivery.
func wait(t *testing.T, s contact.Stream) contact.Delivery {
	t.Helper()
	d, err := s.Next(t.Context())
	if err != nil {
		t.Fatalf("Next = %v", err)
	}
	return d
}

// wantSeqs reads deliveries until the seqs have come, and returns how many deliveries that took.
func wantSeqs(t *testing.T, s contact.Stream, from, to int64) int {
	t.Helper()
	for count := 1; ; count++ {
		d := wait(t, s)
		if d.Kind != contact.DeliveredEvents {
			t.Fatalf("a delivery %+v, want the event %d", d, from)
		}
		for _, e := range d.Events {
			if e.Seq != from {
				t.Fatalf("event %d, want %d", e.Seq, from)
			}
			from++
		}
		if from > to {
			return count
		}
	}
}

func TestRecentEventsAreDeliveredWithoutAReadAndInParts(t *testing.T) {
	inBubble(t, func(in bubble) {
		t, b, f := in.T, in.book, in.feed
		s := follow(t, f, key())
		before := b.count("heads")
		f.Announce(key().Org, b.commit(key(), 200)...)
		if got := wantSeqs(t, s, 1, 200); got != 4 {
			t.Errorf("200 events came in %d deliveries, want 4", got)
		}
		if heads, events := b.count("heads"), b.count("events"); heads != before || events != 0 {
			t.Errorf("that took %d reads of heads and %d of events, want none", heads-before, events)
		}
	})
}

func TestADeliveryStaysAsItIsWhateverComesLater(t *testing.T) {
	inBubble(t, func(in bubble) {
		t, b, f := in.T, in.book, in.feed
		one, other := follow(t, f, key()), follow(t, f, key())
		var got, copies [][]contact.Event
		for range 30 {
			f.Announce(key().Org, b.commit(key(), 100)...)
			for _, s := range []contact.Stream{one, other, one, other} { // each in two parts
				d := wait(t, s)
				got, copies = append(got, d.Events), append(copies, slices.Clone(d.Events))
				_ = append(d.Events, contact.Event{Seq: -1}) // must not reach the others
			}
		}
		for i := range got {
			if !slices.Equal(got[i], copies[i]) {
				t.Fatalf("delivery %d has changed", i)
			}
		}
	})
}

func TestFollowersWhoMissTheSameReadItTogether(t *testing.T) {
	const followers = 500
	inBubble(t, func(in bubble) {
		t, b, f := in.T, in.book, in.feed
		var all []contact.Stream
		for range followers {
			all = append(all, follow(t, f, key()))
		}
		b.commit(key(), 250) // unheard of
		var done sync.WaitGroup
		for _, s := range all {
			done.Go(func() { wantSeqs(t, s, 1, 251) })
		}
		synctest.Wait()
		before := b.count("events")
		f.Announce(key().Org, b.commit(key(), 1)...)
		done.Wait()
		if got := b.count("events") - before; got > 10 { // one, but for those who had looked at the line just before its answer came
			t.Errorf("%d followers took %d reads, want them to share a few", followers, got)
		}
	})
}

func TestReadsGoOnOnlySoManyAtATime(t *testing.T) {
	var many []feed.Key
	for n := range 100 {
		many = append(many, feed.Key{Org: "a", Contact: contact.ID(fmt.Sprint("contact_", n)), Topic: contact.TopicNotes})
	}
	synctest.Test(t, func(t *testing.T) {
		b := newBook(many...)
		f := feed.New(b)
		defer f.Close()
		b.gate.shut()
		var done sync.WaitGroup
		for _, of := range many {
			done.Go(func() { follow(t, f, of) })
		}
		synctest.Wait()
		if got := len(b.gate.waiting); got != 32 {
			t.Errorf("%d reads at a time, want 32", got)
		}
		b.gate.open()
		done.Wait()
	})
}

func TestAReadOutlivesTheFollowerThatAskedForIt(t *testing.T) {
	inBubble(t, func(in bubble) {
		t, b, f := in.T, in.book, in.feed
		leaves, stays := follow(t, f, key()), follow(t, f, key())
		b.commit(key(), 3)
		b.gate.shut()
		f.Announce(key().Org, b.commit(key(), 1)...)
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error)
		go func() {
			_, err := leaves.Next(ctx)
			left <- err
		}()
		synctest.Wait()
		done := make(chan struct{})
		go func() {
			defer close(done)
			wantSeqs(t, stays, 1, 4)
		}()
		synctest.Wait()
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("Next = %v, want the context's error", err)
		}
		b.gate.open()
		<-done
		if got := b.count("events"); got != 1 {
			t.Errorf("%d reads of events, want the one that both waited for", got)
		}
	})
}

func TestALogThatDoesNotAnswerIsWaitedForWithoutHaste(t *testing.T) {
	for name, stop := range map[string]func(*book){
		"fails": func(b *book) { b.fail(errors.New("away")) },
		"hangs": func(b *book) { b.gate.shut() },
	} {
		inBubble(t, func(in bubble) {
			t, b, f := in.T, in.book, in.feed
			s := follow(t, f, key())
			b.commit(key(), 1)
			stop(b)
			f.Announce(key().Org, b.commit(key(), 1)...) // the first is missing
			before := b.count("heads")
			done := make(chan struct{})
			go func() {
				defer close(done)
				wantSeqs(t, s, 1, 2)
			}()
			letPass(time.Minute)
			synctest.Wait()
			if got := b.count("heads") - before; got > 120 {
				t.Errorf("a log that %s was asked %d times in a minute", name, got)
			}
			if _, err := f.Follow(t.Context(), key().Org, key().Contact, key().Topic, nil); name == "hangs" && contact.CodeOf(err) != contact.Unavailable {
				t.Errorf("Follow of a log that hangs = %v, want DB_UNAVAILABLE", err)
			}
			began := time.Now()
			b.fail(nil)
			b.gate.open()
			<-done
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("a log that %s answers again, and the follower heard of it after %v", name, took)
			}
		})
	}
}

func TestAContactThatIsGoneEndsItsStreams(t *testing.T) {
	inBubble(t, func(in bubble) {
		t, b, f := in.T, in.book, in.feed
		one, other := follow(t, f, key()), follow(t, f, keys()[1])
		b.erase(key())
		if _, err := one.Next(t.Context()); contact.CodeOf(err) != contact.NotFound {
			t.Errorf("Next = %v, want NOT_FOUND", err)
		}
		if _, err := f.Follow(t.Context(), key().Org, key().Contact, key().Topic, nil); contact.CodeOf(err) != contact.NotFound {
			t.Errorf("Follow = %v, want NOT_FOUND", err)
		}
		f.Announce(keys()[1].Org, b.commit(keys()[1], 1)...)
		wantSeqs(t, other, 1, 1)
	})
}

func TestCloseEndsEverythingThatWaits(t *testing.T) {
	inBubble(t, func(in bubble) {
		t, b, f := in.T, in.book, in.feed
		s := follow(t, f, key())
		behind := follow(t, f, key())
		b.gate.shut()
		ended := make(chan error)
		go func() {
			_, err := s.Next(t.Context())
			ended <- err
		}()
		synctest.Wait()
		b.commit(key(), 1)
		f.Announce(key().Org, b.commit(key(), 1)...) // both have to read now, and the log hangs
		go func() {
			_, err := behind.Next(t.Context())
			ended <- err
		}()
		go func() {
			_, err := f.Follow(t.Context(), key().Org, key().Contact, key().Topic, nil)
			ended <- err
		}()
		synctest.Wait()
		began := time.Now()
		f.Close()
		for range 3 {
			if err := <-ended; contact.CodeOf(err) != contact.Unavailable {
				t.Errorf("what waited ended with %v, want DB_UNAVAILABLE", err)
			}
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("Close took %v", took)
		}
		f.Announce(key().Org, b.commit(key(), 1)...)
		f.Lost()
		f.Degraded(true)
		if _, err := s.Next(t.Context()); contact.CodeOf(err) != contact.Unavailable {
			t.Errorf("Next after Close = %v, want DB_UNAVAILABLE", err)
		}
		if _, err := f.Follow(t.Context(), key().Org, key().Contact, key().Topic, nil); contact.CodeOf(err) != contact.Unavailable {
			t.Errorf("Follow after Close = %v, want DB_UNAVAILABLE", err)
		}
		s.Close()
		f.Close()
	})
}

func TestAFaultOfTheLogIsNoSilence(t *testing.T) {
	inBubble(t, func(in bubble) {
		t, b, f := in.T, in.book, in.feed
		s := follow(t, f, key())
		missing := b.commit(key(), 2)
		b.fail(contact.Errorf(contact.Internal, "a row that cannot be read"))
		f.Announce(key().Org, missing[1:]...) // the first is missing
		if d, err := s.Next(t.Context()); contact.CodeOf(err) != contact.Internal {
			t.Errorf("Next = %+v, %v; want INTERNAL_SERVER_ERROR", d, err)
		}
	})
}
