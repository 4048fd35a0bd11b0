package feed_test

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"contactpanel/contact"
	"contactpanel/store/internal/feed"
)

// BenchmarkAnnounce is the way from a commit to the last of many followers of one contact.
func BenchmarkAnnounce(b *testing.B) {
	for _, followers := range []int{0, 1, 1000, 5000} {
		b.Run(fmt.Sprint(followers, " followers"), func(b *testing.B) {
			log := newBook(keys()...)
			f := feed.New(log)
			defer f.Close()
			var heard, running sync.WaitGroup
			var due atomic.Int64
			for range followers {
				s, err := f.Follow(b.Context(), key().Org, key().Contact, key().Topic, nil)
				if err != nil {
					b.Fatal(err)
				}
				running.Go(func() {
					for {
						d, err := s.Next(b.Context())
						if err != nil {
							return // the feed was closed
						}
						if d.Kind != contact.DeliveredEvents || d.Head.Seq != due.Load() {
							b.Errorf("a delivery %+v, want event %d", d, due.Load())
						}
						heard.Done()
					}
				})
			}
			for b.Loop() {
				events := log.commit(key(), 1)
				due.Store(events[0].Seq)
				heard.Add(followers)
				f.Announce(key().Org, events...)
				heard.Wait()
			}
			f.Close()
			running.Wait()
		})
	}
}

// BenchmarkIdleFollower is what a follower that waits for nothing costs, without the goroutine and the context of its
// caller: of one contact among many, and of a contact of its own.
func BenchmarkIdleFollower(b *testing.B) {
	const followers = 5000
	for _, tt := range []struct {
		name     string
		contacts int
	}{{"of one contact", 1}, {"of a contact each", followers}} {
		b.Run(tt.name, func(b *testing.B) {
			var of []feed.Key
			for n := range tt.contacts {
				of = append(of, feed.Key{Org: "a", Contact: contact.ID(fmt.Sprint("contact_", n)), Topic: contact.TopicNotes})
			}
			log := newBook(of...)
			for b.Loop() {
				f := feed.New(log)
				before := heap()
				all := make([]contact.Stream, followers)
				for n := range all {
					var err error
					if all[n], err = f.Follow(b.Context(), "a", of[n%len(of)].Contact, contact.TopicNotes, nil); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(heap()-before)/followers, "B/follower")
				f.Close()
				runtime.KeepAlive(all)
			}
		})
	}
}

// heap is what is in use after a collection.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // pools empty with the second
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
