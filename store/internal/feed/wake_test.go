package feed_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"contactpanel/contact"
	"contactpanel/store/internal/feed"
	"contactpanel/store/internal/life"
)

func TestALostWakeUpIsMadeUpForInTime(t *testing.T) {
	for _, tt := range []struct {
		name   string
		after  func(f *feed.Feed, b *book)
		within time.Duration
	}{
		{"from time to time", func(*feed.Feed, *book) {}, 30 * time.Second},
		{"each second while degraded", func(f *feed.Feed, _ *book) { f.Degraded(true) }, time.Second},
		{"at once when it is known", func(f *feed.Feed, _ *book) { f.Lost() }, 0},
		{"at once when wake-ups come again", func(f *feed.Feed, b *book) {
			f.Degraded(true)
			synctest.Wait()
			b.commit(key(), 1)
			f.Degraded(false)
		}, 0},
		{"when it is known and the log does not answer at first", func(f *feed.Feed, b *book) {
			b.fail(errors.New("away"))
			f.Lost()
			letPass(10 * time.Second)
			b.fail(nil)
		}, 12 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(in bubble) {
				t, b, f := in.T, in.book, in.feed
				s := follow(t, f, key())
				if tt.name != "at once when wake-ups come again" {
					b.commit(key(), 1)
				}
				began := time.Now()
				tt.after(f, b)
				wantSeqs(t, s, 1, 1)
				if took := time.Since(began); took > tt.within {
					t.Errorf("it took %v, want at most %v", took, tt.within)
				}
			})
		})
	}
}

func TestWhileDegradedHeadsAreLookedAtAgainAndAgain(t *testing.T) {
	inBubble(t, func(in bubble) {
		t, b, f := in.T, in.book, in.feed
		s := follow(t, f, key())
		f.Degraded(true)
		for seq := range int64(5) {
			b.commit(key(), 1)
			began := time.Now()
			wantSeqs(t, s, seq+1, seq+1)
			if took := time.Since(began); took > time.Second {
				t.Errorf("event %d came after %v", seq+1, took)
			}
		}
	})
}

func TestHeadsAreLookedAtInChunksAndOnlyOfWhatIsFollowed(t *testing.T) {
	const count = 1200
	var many []feed.Key
	for n := range count {
		many = append(many, feed.Key{Org: "a", Contact: contact.ID(fmt.Sprint("contact_", n)), Topic: contact.TopicNotes})
	}
	synctest.Test(t, func(t *testing.T) {
		b := newBook(many...)
		f := feed.New(b)
		defer f.Close()
		var all []contact.Stream
		for _, of := range many {
			all = append(all, follow(t, f, of), follow(t, f, of))
		}
		before := b.count("heads")
		f.Lost()
		synctest.Wait()
		if got := b.count("heads") - before; got != 3 || b.looked != 500 {
			t.Errorf("%d heads took %d reads of %d at most, want 3 of 500", count, got, b.looked)
		}
		for _, s := range all {
			s.Close()
			s.Close()
		}
		before = b.count("heads")
		f.Lost()
		letPass(time.Hour)
		if got := b.count("heads") - before; got != 0 {
			t.Errorf("nobody follows, and heads were read %d times", got)
		}
	})
}

func TestAReadThatIsOlderThanAnAnnouncementHidesNothing(t *testing.T) {
	inBubble(t, func(in bubble) {
		t, b, f := in.T, in.book, in.feed
		s := follow(t, f, key())
		b.gate.shut()
		f.Lost()
		synctest.Wait()
		b.gate.step(0) // the head is read, and on its way
		synctest.Wait()
		f.Announce(key().Org, b.commit(key(), 1)...)
		b.gate.step(0)
		synctest.Wait()
		began := time.Now()
		b.gate.open()
		wantSeqs(t, s, 1, 1)
		if took := time.Since(began); took > 0 {
			t.Errorf("it took %v, want no time: it was announced", took)
		}
	})
}

func TestWhatIsReadIsJoinedToWhatWasAnnouncedMeanwhileOnlyWithoutAHole(t *testing.T) {
	inBubble(t, func(in bubble) {
		t, b, f := in.T, in.book, in.feed
		s := follow(t, f, key())
		b.commit(key(), 2) // unheard of
		b.gate.shut()
		f.Announce(key().Org, b.commit(key(), 1)...)
		done := make(chan struct{})
		go func() {
			defer close(done)
			wantSeqs(t, s, 1, 5)
		}()
		for range 3 { // the head, then three events are read, and on their way
			synctest.Wait()
			b.gate.step(0)
		}
		synctest.Wait()
		b.commit(key(), 1) // unheard of
		f.Announce(key().Org, b.commit(key(), 1)...)
		b.gate.open()
		<-done
	})
}

func TestAReadOfAnEpochThatIsOverMisleadsNobody(t *testing.T) {
	inBubble(t, func(in bubble) {
		t, b, f := in.T, in.book, in.feed
		old := follow(t, f, key())
		b.commit(key(), 1) // unheard of
		b.gate.shut()
		f.Announce(key().Org, b.commit(key(), 1)...)
		told := make(chan contact.Delivery)
		go func() { told <- wait(t, old) }()
		synctest.Wait()
		b.gate.step(0) // the head of the old epoch is read, and on its way
		synctest.Wait()
		b.renew(key())
		opened := make(chan contact.Stream)
		go func() { opened <- follow(t, f, key()) }()
		for range 2 { // the head of the new epoch goes past it
			synctest.Wait()
			b.gate.step(1)
		}
		late := <-opened
		b.commit(key(), 1) // unheard of
		f.Announce(key().Org, b.commit(key(), 1)...)
		done := make(chan struct{})
		go func() {
			defer close(done)
			wantSeqs(t, late, 1, 2) // at the seq of the old one, and no resync to its epoch
		}()
		synctest.Wait()
		b.gate.open()
		if d := <-told; d.Kind != contact.DeliveredResync {
			t.Errorf("the follower of the old epoch got %+v, want a resync", d)
		}
		<-done
	})
}

// The log is read by goroutines of the feed's own, where nobody else recovers.
func TestAPanicOfTheLogEndsThoseWhomItMeetsAndNobodyElse(t *testing.T) {
	for name, tt := range map[string]struct {
		meet func(b *book, f *feed.Feed)
	}{
		"in a read for a follower": {func(b *book, f *feed.Feed) {
			b.commit(key(), 1)
			f.Announce(key().Org, contact.Event{Contact: key().Contact, Topic: key().Topic, Epoch: b.page(key()).head.Epoch, Seq: 3})
		}},
		"in a look at the heads": {func(_ *book, f *feed.Feed) { f.Lost() }},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(in bubble) {
				t, b, f := in.T, in.book, in.feed
				other := keys()[1]
				met, beside := follow(t, f, key()), follow(t, f, other)
				b.damage(key())
				tt.meet(b, f)
				if d, err := met.Next(t.Context()); !errors.Is(err, life.ErrPanicked) || contact.CodeOf(err) != contact.Internal {
					t.Errorf("whom the panic met was delivered %+v, %v", d, err)
				}
				met.Close()
				b.commit(other, 1)
				f.Lost()
				wantSeqs(t, beside, 1, 1)
				if _, err := f.Follow(t.Context(), key().Org, key().Contact, key().Topic, nil); !errors.Is(err, life.ErrPanicked) {
					t.Errorf("who comes later: %v", err)
				}
				b.damage()
				b.commit(key(), 1)
				follow(t, f, key())
			})
		})
	}
}
