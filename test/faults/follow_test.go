package faults_test

import (
	"context"
	"reflect"
	"sync"
	"testing"
	"time"

	"contactpanel/contact"
)

// follower reads the stream of a contact's notes through a store that writes nothing.
type follower struct {
	of contact.ID

	mu   sync.Mutex
	last contact.Head
	seen []contact.Event
}

// follow reads the streams of the contacts from where they stand, until the function that it returns is called.
func (s *site) follow(t *testing.T, through contact.Store, of []contact.ID) (all []*follower, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var reading sync.WaitGroup
	found, err := s.truth.Contacts(t.Context(), acme, of)
	must(t, err)
	for _, c := range found {
		stream, err := through.Follow(t.Context(), acme, c.ID, contact.TopicNotes, &c.NotesHead)
		must(t, err)
		f := &follower{of: c.ID, last: c.NotesHead}
		all = append(all, f)
		reading.Go(func() {
			defer stream.Close()
			for {
				d, err := stream.Next(ctx)
				if ctx.Err() != nil {
					return
				}
				if err != nil {
					t.Errorf("a stream ended with %v", err)
					return
				}
				f.take(t, d)
			}
		})
	}
	return all, func() { cancel(); reading.Wait() }
}

// take checks that the delivery goes on right behind the last one.
func (f *follower) take(t *testing.T, d contact.Delivery) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if d.Kind == contact.DeliveredResync && d.Head.Seq-f.last.Seq <= contact.MaxReplay {
		t.Errorf("a resync at %+v although the stream stood at %+v", d.Head, f.last)
	}
	for _, e := range d.Events {
		if e.Seq != f.last.Seq+1 || e.Epoch != f.last.Epoch {
			t.Errorf("event %d of epoch %d came behind %+v", e.Seq, e.Epoch, f.last)
		}
		f.seen = append(f.seen, e)
		f.last.Seq = e.Seq
	}
	f.last = d.Head
}

// checkFollowed waits until the followers have seen everything, which takes seconds once the network is well, and compares it
// with the log.
func (s *site) checkFollowed(t *testing.T, all []*follower) {
	t.Helper()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	limit := time.After(answerTime)
	for _, f := range all {
		found, err := s.truth.Contacts(t.Context(), acme, []contact.ID{f.of})
		must(t, err)
		log := s.log(t, f.of, contact.TopicNotes, found[0].NotesHead)
		for f.stands() != found[0].NotesHead {
			select {
			case <-poll.C:
			case <-limit:
				t.Fatalf("a follower stands at %+v, and the log at %+v", f.stands(), found[0].NotesHead)
			}
		}
		f.mu.Lock()
		for _, e := range f.seen {
			if !reflect.DeepEqual(e, log[e.Seq-1]) {
				t.Errorf("a follower was told %+v, and the log says %+v", e, log[e.Seq-1])
			}
		}
		f.mu.Unlock()
	}
}

func (f *follower) stands() contact.Head {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}
