package feed

import (
	"context"
	"errors"
	"sync"
	"time"

	"contactpanel/contact"
	"contactpanel/store/internal/life"
)

// maxDelivery is how many events one delivery holds at most. What is left is delivered with the next.
const maxDelivery = 64

// stream is one follower's place in a line.
type stream struct {
	feed   *Feed
	line   *line
	closed chan struct{}
	once   sync.Once

	// For one goroutine at a time: that of Next.
	last         contact.Head
	owesResync   bool
	owesCaughtUp bool
	replayEnd    int64 // the seq that ends the replay
}

var _ contact.Stream = (*stream)(nil)

// start puts the stream at its first place, with the head that was read after it had registered.
func (s *stream) start(head contact.Head, after *contact.Head) {
	s.last, s.replayEnd = head, head.Seq
	if after == nil {
		return
	}
	s.owesCaughtUp = true
	if isLost(*after, head) {
		s.owesResync = true
		return
	}
	s.last = *after
}

// isLost reports whether the head alone tells that what lies between cannot be replayed.
func isLost(last, head contact.Head) bool {
	return head.Epoch != last.Epoch || head.Seq < last.Seq || head.Seq-last.Seq > contact.MaxReplay
}

// Next implements [contact.Stream].
func (s *stream) Next(ctx context.Context) (contact.Delivery, error) {
	var pause pause
	for {
		var d contact.Delivery
		changed, err := s.step(ctx, &pause, &d)
		if changed == nil {
			return d, err
		}
		s.wait(ctx, changed)
	}
}

// step goes on until there is a delivery, an error, or nothing to do but to wait: changed tells for what. It is apart from
// Next because of the stack: what lies under a follower that waits is kept for each of thousands.
func (s *stream) step(ctx context.Context, pause *pause, d *contact.Delivery) (changed <-chan struct{}, err error) {
	for {
		if err := s.ended(ctx); err != nil {
			return nil, err
		}
		if *d, changed = s.take(); d.Kind != "" || changed != nil {
			return changed, nil
		}
		*d, err = s.catchUp(ctx)
		switch {
		case err == nil && d.Kind != "", contact.CodeOf(err) == contact.NotFound, isFault(err):
			return nil, err
		case err != nil:
			s.pause(ctx, pause.next())
		}
	}
}

// isFault reports an error that does not pass by itself: whoever follows is to know of it.
func isFault(err error) bool {
	var known *contact.Error
	return errors.As(err, &known) && known.Code == contact.Internal || errors.Is(err, life.ErrPanicked)
}

// take takes what is there without a read. With no delivery, changed tells what to wait for; with neither, the log knows
// more.
func (s *stream) take() (_ contact.Delivery, changed <-chan struct{}) {
	if s.owesResync {
		s.owesResync = false
		return contact.Delivery{Kind: contact.DeliveredResync, Head: s.last}, nil
	}
	if s.owesCaughtUp && s.last.Seq >= s.replayEnd {
		s.owesCaughtUp = false
		return contact.Delivery{Kind: contact.DeliveredCaughtUp, Head: s.last}, nil
	}
	l := s.line
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.epoch != s.last.Epoch {
		return contact.Delivery{}, nil
	}
	if events := l.behind(s.last.Seq, maxDelivery); len(events) > 0 {
		return s.events(events), nil
	}
	if l.known != s.last.Seq {
		return contact.Delivery{}, nil
	}
	return contact.Delivery{}, l.next()
}

// catchUp reads the log. A delivery without a kind means that there was nothing new, or that the line knows it by now.
func (s *stream) catchUp(ctx context.Context) (contact.Delivery, error) {
	found, err := s.feed.read(ctx, s, s.last.Seq, false)
	if err == nil && !found.isFresh && s.isBroken(found) {
		// The bad news may be older than the question.
		found, err = s.feed.read(ctx, s, s.last.Seq, true)
	}
	switch {
	case err != nil:
		return contact.Delivery{}, err
	case !found.exists:
		return contact.Delivery{}, errNoContact()
	case s.isBroken(found):
		s.last, s.replayEnd = found.head, found.head.Seq
		return contact.Delivery{Kind: contact.DeliveredResync, Head: s.last}, nil
	case len(found.events) > 0:
		return s.events(found.events[:min(len(found.events), maxDelivery):min(len(found.events), maxDelivery)]), nil
	default:
		return contact.Delivery{}, nil
	}
}

// isBroken reports whether the way from the last event to the head is not in the log.
func (s *stream) isBroken(found answer) bool {
	return !found.exists || isLost(s.last, found.head) || found.head.Seq > s.last.Seq && len(found.events) == 0
}

// events delivers events right behind the last one.
func (s *stream) events(events []contact.Event) contact.Delivery {
	s.last.Seq = events[len(events)-1].Seq
	return contact.Delivery{Kind: contact.DeliveredEvents, Events: events, Head: s.last}
}

// ended is the error with which Next ends, nil while the stream goes on.
func (s *stream) ended(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-s.feed.done:
		return life.ErrClosed()
	case <-s.closed:
		return errStreamClosed()
	default:
	}
	if s.IsGone() {
		return errNoContact()
	}
	return nil
}

// IsGone implements [contact.Stream].
func (s *stream) IsGone() bool { return s.line.isGone.Load() }

// wait waits until the channel says so or the stream ends.
func (s *stream) wait(ctx context.Context, until <-chan struct{}) {
	select {
	case <-until:
	case <-ctx.Done():
	case <-s.closed:
	case <-s.feed.done:
	}
}

// pause lets time pass, or the stream end.
func (s *stream) pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-s.closed:
	case <-s.feed.done:
	}
}

// Close implements [contact.Stream].
func (s *stream) Close() {
	s.once.Do(func() {
		close(s.closed)
		s.feed.unregister(s.line)
	})
}

func errStreamClosed() error { return contact.Errorf(contact.Unavailable, "the stream is closed") }
