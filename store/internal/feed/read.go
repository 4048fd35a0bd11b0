package feed

import (
	"context"
	"errors"

	"contactpanel/contact"
	"contactpanel/store/internal/life"
)

// headOnly stands for the seq of a read that is about the head alone.
const headOnly = -1

// flight is a read of the log on behalf of all followers who want the same: the head, then the events behind a seq.
type flight struct {
	hasBegun bool // guarded by the line's lock
	done     chan struct{}

	// What it found, readable after done.
	exists bool
	head   contact.Head
	events []contact.Event // right behind the seq and one another, as far as that goes
	err    error
}

// answer is what a flight found, for one who waited for it.
type answer struct {
	*flight
	isFresh bool // the read began after it was asked for
}

// read reads the log behind a seq for a stream, together with others who want the same at the time. mustBeFresh rules out a
// read that has already begun and may be older than the question.
func (f *Feed) read(ctx context.Context, s *stream, after int64, mustBeFresh bool) (answer, error) {
	l := s.line
	l.mu.Lock()
	fl, isFresh := l.flights[after], true
	if fl != nil && fl.hasBegun {
		isFresh = false
	}
	if fl == nil || mustBeFresh && !isFresh {
		fl, isFresh = &flight{done: make(chan struct{})}, true
		if !f.begin(func() { f.fly(l, after, fl) }) { //nolint:contextcheck // it outlives whoever asked first
			l.mu.Unlock()
			return answer{}, life.ErrClosed()
		}
		if l.flights == nil {
			l.flights = map[int64]*flight{}
		}
		l.flights[after] = fl
	}
	l.mu.Unlock()
	select {
	case <-fl.done:
		return answer{fl, isFresh}, fl.err
	case <-ctx.Done():
		return answer{}, ctx.Err()
	case <-s.closed:
		return answer{}, errStreamClosed()
	case <-f.done:
		return answer{}, life.ErrClosed()
	}
}

// fly waits for a slot, reads, and tells the line.
func (f *Feed) fly(l *line, after int64, fl *flight) {
	defer close(fl.done)
	select {
	case f.slots <- struct{}{}:
		defer func() { <-f.slots }()
		l.mu.Lock()
		fl.hasBegun = true
		version := l.version
		l.mu.Unlock()
		f.readLog(l.key, after, fl)
		l.mu.Lock()
		defer l.mu.Unlock()
		if fl.err == nil && fl.exists {
			l.saw(version, fl.head)
			l.refill(fl.events)
		}
	case <-f.done:
		fl.err = life.ErrClosed()
		l.mu.Lock()
		defer l.mu.Unlock()
	}
	if l.flights[after] == fl {
		delete(l.flights, after)
	}
	if len(l.flights) == 0 {
		l.flights = nil
	}
}

// readLog reads the head FIRST. What is committed between the two reads is then only more than the head promises; the other
// way round, events that the head promises would look as if they were gone.
func (f *Feed) readLog(key Key, after int64, fl *flight) {
	ctx, cancel := f.readContext()
	defer cancel()
	heads, err := f.log.Heads(ctx, []Key{key})
	if err != nil {
		fl.err = unanswered(err)
		return
	}
	fl.head, fl.exists = heads[key]
	if missing := fl.head.Seq - after; after == headOnly || missing <= 0 || missing > contact.MaxReplay {
		return
	}
	events, err := f.log.Events(ctx, key.Org, key.Contact, key.Topic, after, contact.MaxReplay+1)
	if err != nil {
		fl.err = unanswered(err)
		return
	}
	n := 0
	for n < len(events) && events[n].Seq == after+int64(n)+1 && events[n].Epoch == fl.head.Epoch {
		n++
	}
	fl.events = events[:n:n]
}

// careful is a log whose panics are errors.
type careful struct{ log Log }

// Heads implements [Log].
func (c careful) Heads(ctx context.Context, keys []Key) (_ map[Key]contact.Head, err error) {
	defer life.Recovered(&err)
	return c.log.Heads(ctx, keys)
}

// Events implements [Log].
func (c careful) Events(ctx context.Context, org contact.OrgID, of contact.ID, topic contact.Topic, after int64, limit int) (_ []contact.Event, err error) {
	defer life.Recovered(&err)
	return c.log.Events(ctx, org, of, topic, after, limit)
}

// unanswered gives the end of a read's own context another name: whoever waits for the read has a context of its own.
func unanswered(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return contact.Fault(contact.Unavailable, err, "the store does not answer")
	}
	return err
}
