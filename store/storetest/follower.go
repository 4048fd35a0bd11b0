package storetest

import (
	"context"
	"time"

	"contactpanel/contact"
)

// wakeTime bounds the wait for a delivery. It says nothing about how fast a store is, only that it does not forget.
const wakeTime = 10 * time.Second

// follower reads one stream in an organisation.
type follower struct {
	*harness
	of     contact.ID
	topic  contact.Topic
	stream contact.Stream
	last   contact.Head // of the last delivery
}

// follow opens a stream, which is closed with the test.
func (h *harness) follow(of contact.ID, topic contact.Topic, after *contact.Head) *follower {
	h.Helper()
	stream, err := h.store.Follow(h.Context(), h.org, of, topic, after)
	h.must("Follow", err)
	h.Cleanup(stream.Close)
	f := &follower{harness: h, of: of, topic: topic, stream: stream}
	if after != nil {
		f.last = *after
	}
	return f
}

// behind opens a stream behind a seq of the contact's notes.
func (h *harness) behind(seq int64) *follower {
	h.Helper()
	return h.follow(contactID(1), contact.TopicNotes, &contact.Head{Epoch: h.head(contactID(1), contact.TopicNotes).Epoch, Seq: seq})
}

// present opens a stream of the contact's notes from now on.
func (h *harness) present() *follower {
	h.Helper()
	return h.follow(contactID(1), contact.TopicNotes, nil)
}

// next waits for a delivery.
func (f *follower) next() contact.Delivery {
	f.Helper()
	d, err := f.tryNext()
	f.must("Next", err)
	return d
}

func (f *follower) tryNext() (contact.Delivery, error) {
	ctx, cancel := context.WithTimeout(f.Context(), wakeTime)
	defer cancel()
	d, err := f.stream.Next(ctx)
	if err == nil {
		f.last = d.Head
	}
	return d, err
}

// wantEvents waits until the events of the seqs have come, in any number of deliveries with nothing between, each as the
// log tells it.
func (f *follower) wantEvents(from, to int64) []contact.Event {
	f.Helper()
	var got []contact.Event
	for len(got) < int(to-from+1) {
		d := f.next()
		f.want("the kind of the delivery", d.Kind, contact.DeliveredEvents)
		if len(d.Events) == 0 {
			f.Fatal("a delivery of events holds none")
		}
		got = append(got, d.Events...)
		last := got[len(got)-1]
		f.want("the head of the delivery", d.Head, contact.Head{Epoch: last.Epoch, Seq: last.Seq})
	}
	f.want("the delivered events", got, f.events(f.of, f.topic, from-1, int(to-from+1)))
	return got
}

// wantHead waits for a delivery that is no event, and checks where it leaves the stream.
func (f *follower) wantHead(kind contact.DeliveryKind, seq int64) {
	f.Helper()
	f.want("the delivery", f.next(), contact.Delivery{
		Kind: kind, Head: contact.Head{Epoch: f.head(f.of, f.topic).Epoch, Seq: seq},
	})
}

// append writes events of the contact's notes, in one transaction.
func (h *harness) append(count int) {
	h.Helper()
	h.must("Update", h.tryAppend(count))
}

func (h *harness) tryAppend(count int) error {
	return h.try(func(ctx context.Context, tx contact.Tx) error {
		for n := range count {
			if _, err := tx.Append(ctx, h.org, h.event(n, contactID(1), contact.TopicNotes)); err != nil {
				return err
			}
		}
		return nil
	})
}
