package feed

import (
	"sync"
	"sync/atomic"

	"contactpanel/contact"
)

// Bounds of what a line remembers. When it is full it forgets the older half at once, so that an event is copied once and
// deliveries can share the memory.
const (
	maxRecent  = 256
	keptRecent = 128
)

// line is what all followers of one key share.
type line struct {
	key       Key
	followers int         // guarded by the feed's lock
	isGone    atomic.Bool // the contact was erased, for good: an id is never given twice

	mu sync.Mutex
	// epoch and known are how far the log goes for all that is known here. The epoch is 0 while it is unknown; every follower
	// then looks at the head for itself.
	epoch, known int64
	// recent are the last events that came in, one right behind the other, all of the epoch. They may end before known, and
	// hold nothing. What is in it is never written again: deliveries are parts of it.
	recent []contact.Event
	// version counts the changes of epoch and known. A read that saw none while it went on has the last word.
	version int64
	changed chan struct{}     // closed with the next change; nil while nobody waits
	flights map[int64]*flight // reads that one may join, by the seq that they read behind; nil while there is none
}

// announce takes committed events of the line's key.
func (l *line) announce(events []contact.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	isNews := false
	for i := range events {
		isNews = l.add(&events[i]) || isNews
	}
	if isNews {
		l.wake()
	}
}

// add takes one event, and says whether it is news to anybody.
func (l *line) add(e *contact.Event) bool {
	switch l.epoch {
	case e.Epoch:
	case 0:
		l.epoch = e.Epoch
		l.version++
	default:
		l.forget() // an epoch does not tell whether it is older or newer: the head does
		return true
	}
	if e.Seq > l.known {
		l.known = e.Seq
		l.version++
	}
	end := l.end()
	switch {
	case len(l.recent) > 0 && e.Seq <= end:
		return false // it is there, or older than what is there
	case len(l.recent) > 0 && e.Seq > end+1:
		l.recent = nil // those who wait for what is between read it in the log
	case len(l.recent) >= maxRecent:
		l.recent = append(make([]contact.Event, 0, maxRecent), l.recent[len(l.recent)-keptRecent:]...)
	}
	l.recent = append(l.recent, *e)
	return true
}

// end is the seq of the last recent event, 0 when there is none.
func (l *line) end() int64 {
	if len(l.recent) == 0 {
		return 0
	}
	return l.recent[len(l.recent)-1].Seq
}

// behind gives up to limit recent events right behind a seq, none when the line does not hold the first of them.
func (l *line) behind(seq int64, limit int) []contact.Event {
	if len(l.recent) == 0 || seq+1 < l.recent[0].Seq || seq >= l.end() {
		return nil
	}
	from := int(seq + 1 - l.recent[0].Seq)
	to := min(from+limit, len(l.recent))
	return l.recent[from:to:to]
}

// saw takes the head that a read found, which began at a version of the line.
func (l *line) saw(version int64, head contact.Head) {
	isLast := l.version == version
	switch {
	case l.epoch == head.Epoch && (head.Seq > l.known || isLast && head.Seq < l.known):
		l.known = head.Seq // less than before: the log was set back
		if l.end() > l.known {
			l.recent = nil
		}
		l.version++
	case l.epoch == head.Epoch:
		return
	case isLast || l.epoch == 0:
		l.epoch, l.known, l.recent = head.Epoch, head.Seq, nil
		l.version++
	default:
		l.forget() // this head or what came in meanwhile is of an epoch that is over: a later read knows
	}
	l.wake()
}

// forget makes every follower look at the head.
func (l *line) forget() {
	l.epoch, l.known, l.recent = 0, 0, nil
	l.version++
}

// vanish ends what follows the line. A read that began before may still bring a head, which is why this is not undone.
func (l *line) vanish() {
	l.isGone.Store(true)
	l.forget()
	l.wake()
}

// refill keeps events that were read, all of one epoch and one right behind the other, when they join the recent ones.
func (l *line) refill(events []contact.Event) {
	if len(events) == 0 || events[0].Epoch != l.epoch {
		return
	}
	first, last := events[0].Seq, events[len(events)-1].Seq
	if last > l.known {
		l.known = last
		l.version++
	}
	switch {
	case len(l.recent) == 0 || first > l.end()+1:
		l.recent = tail(events)
	case last < l.recent[0].Seq-1 || first >= l.recent[0].Seq && last <= l.end():
		return
	default:
		joined := make([]contact.Event, 0, len(events)+len(l.recent))
		joined = append(joined, events[:max(0, min(l.recent[0].Seq-first, int64(len(events))))]...)
		joined = append(joined, l.recent...)
		if last > l.end() {
			joined = append(joined, events[l.end()+1-first:]...)
		}
		l.recent = tail(joined)
	}
	l.wake()
}

// tail gives the last of the events, as many as a line remembers; appending to it copies.
func tail(events []contact.Event) []contact.Event {
	return events[max(0, len(events)-maxRecent):len(events):len(events)]
}

// next is closed with the next change.
func (l *line) next() <-chan struct{} {
	if l.changed == nil {
		l.changed = make(chan struct{})
	}
	return l.changed
}

func (l *line) wake() {
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
}
