// Package feed hands committed events to those who follow them. It is for the stores, below the wire: a store says what it
// committed ([Feed.Announce]) or that it may have missed what others committed ([Feed.Lost]), and the feed reads the rest in
// the store's log. The invariant: a stream never delivers anything but the event right behind the last one, or an explicit
// resync.
//
// Nothing is pushed and nobody has a queue. What all followers of one contact and topic share is a line: how far the log is
// known to go, and the last events. Each follower keeps its own place and takes what is behind it, from the line or, when
// the line does not go back that far, from the log:
//
//	commit ─ Announce ─▶ line: known, recent events ─ wakes ─▶ Next: recent events behind the place? take them
//	Lost, every 30 s ── heads ──▶                                    known further than the place? read the log
//	                                                                 else wait
//
// So a wake-up may be early, late, doubled, out of order or lost: the place of a follower and the log decide. A follower
// that does not read costs its place, some hundred bytes, and nobody waits for it.
package feed

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"contactpanel/contact"
	"contactpanel/store/internal/life"
)

// Key names what is followed.
type Key struct {
	Org     contact.OrgID
	Contact contact.ID
	Topic   contact.Topic
}

// Log is what the feed reads of a store. A read must see every event that was announced before it began, and what an
// earlier read saw. Safe for concurrent use; a read ends soon after its context.
type Log interface {
	// Heads returns the heads of the keys; a key whose contact was never made, or is gone, is missing from the answer.
	Heads(ctx context.Context, keys []Key) (map[Key]contact.Head, error)
	// Events is [contact.LogReader]'s. The feed keeps the slice that it returns.
	Events(ctx context.Context, org contact.OrgID, of contact.ID, topic contact.Topic, after int64, limit int) ([]contact.Event, error)
}

// Bounds of the feed's reads.
const (
	// maxReads is how many reads for followers go on at a time; the others wait for their turn.
	maxReads = 32
	// maxReadTime bounds a read, the wait for its turn not included. It does not end with the follower that asked: others
	// may wait for the same.
	maxReadTime = 5 * time.Second
)

// Feed is the followers of one store. Safe for concurrent use.
type Feed struct {
	log      Log
	interval interval
	slots    chan struct{} // one for each read that goes on
	// readContext makes the context of a read, which outlives the caller that asked and ends with the feed.
	readContext func() (context.Context, context.CancelFunc)

	isDegraded atomic.Bool
	nudge      chan struct{} // heads are to be looked at now; room for one, because one look serves all who ask before it

	done    chan struct{} // closed by Close
	cancel  context.CancelFunc
	running sync.WaitGroup // the feed's goroutines; none is added after isClosed

	mu       sync.RWMutex // before it a line's own lock may be taken, never after it
	isClosed bool
	lines    map[Key]*line
	followed atomic.Int64 // lines there are, so that announcing to nobody takes no lock
}

var _ contact.Follower = (*Feed)(nil)

// Option changes how a feed works.
type Option func(*Feed)

// LookEvery sets how often the heads of all that is followed are looked at: normally (30 s), and while wake-ups are known to
// be missing (1 s). Both are upper bounds, up to a quarter less, so that gateways do not ask in step.
func LookEvery(normal, degraded time.Duration) Option {
	return func(f *Feed) { f.interval = interval{normal, degraded} }
}

// New makes a feed over a log and starts its one lasting goroutine, which Close ends.
func New(log Log, options ...Option) *Feed {
	lasting, cancel := context.WithCancel(context.Background())
	f := &Feed{
		log: careful{log}, interval: interval{30 * time.Second, time.Second}, slots: make(chan struct{}, maxReads),
		readContext: func() (context.Context, context.CancelFunc) { return context.WithTimeout(lasting, maxReadTime) },
		nudge:       make(chan struct{}, 1), done: make(chan struct{}), cancel: cancel, lines: map[Key]*line{},
	}
	for _, set := range options {
		set(f)
	}
	f.running.Go(f.watch)
	return f
}

// Announce says what was committed: after the commit, by whoever knows of it first. Events may come in any order and more
// than once. It never waits for a follower, and what it costs does not depend on their number but for waking them.
func (f *Feed) Announce(org contact.OrgID, events ...contact.Event) {
	if f.followed.Load() == 0 {
		return // who registers now reads the log after this commit
	}
	for len(events) > 0 {
		first, n := &events[0], 1
		for n < len(events) && events[n].Contact == first.Contact && events[n].Topic == first.Topic {
			n++
		}
		if l := f.line(Key{org, first.Contact, first.Topic}); l != nil {
			l.announce(events[:n])
		}
		events = events[n:]
	}
}

// Gone says that a contact was erased: after the commit, by whoever knows of it first. All streams of it end with NOT_FOUND, also
// those that have not read what came before.
func (f *Feed) Gone(org contact.OrgID, of contact.ID) {
	for _, topic := range []contact.Topic{contact.TopicNotes, contact.TopicContact} {
		if l := f.line(Key{org, of, topic}); l != nil {
			l.mu.Lock()
			l.vanish()
			l.mu.Unlock()
		}
	}
}

// Lost says that announcements may have been missed, and that those of all later commits come again: the heads of all that
// is followed are looked at now, and again until the log has answered. It does not wait for that.
func (f *Feed) Lost() {
	select {
	case f.nudge <- struct{}{}:
	default: // a look that has not begun will see what this one would
	}
}

// Degraded says whether announcements are known to be missing. While they are, heads are looked at every second; when they
// come again the heads are looked at once more, as with [Feed.Lost].
func (f *Feed) Degraded(is bool) {
	if f.isDegraded.Swap(is) != is {
		f.Lost()
	}
}

// Follow implements [contact.Follower].
func (f *Feed) Follow(ctx context.Context, org contact.OrgID, of contact.ID, topic contact.Topic, after *contact.Head) (contact.Stream, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// First the place among the followers, then the head: what is committed after the head was read wakes this one.
	s, err := f.register(Key{org, of, topic})
	if err != nil {
		return nil, err
	}
	found, err := f.read(ctx, s, headOnly, true)
	if err == nil && !found.exists {
		err = errNoContact()
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	s.start(found.head, after)
	return s, nil
}

// Close ends all streams and the feed's goroutines, and waits for those. Later announcements go nowhere. It may be called
// again.
func (f *Feed) Close() {
	f.mu.Lock()
	if !f.isClosed {
		f.isClosed = true
		close(f.done)
	}
	f.mu.Unlock()
	f.cancel()
	f.running.Wait()
}

// register makes a stream that counts as a follower of its line.
func (f *Feed) register(key Key) (*stream, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.isClosed {
		return nil, life.ErrClosed()
	}
	l := f.lines[key]
	if l == nil {
		l = &line{key: key}
		f.lines[key] = l
		f.followed.Add(1)
	}
	l.followers++
	return &stream{feed: f, line: l, closed: make(chan struct{})}, nil
}

// unregister is the way back. A line goes with its last follower.
func (f *Feed) unregister(l *line) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if l.followers--; l.followers == 0 {
		delete(f.lines, l.key)
		f.followed.Add(-1)
	}
}

// line finds what is followed, nil when nobody does.
func (f *Feed) line(key Key) *line {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.lines[key]
}

// begin runs fn in a goroutine that Close waits for; false when the feed is closed.
func (f *Feed) begin(fn func()) bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.isClosed {
		return false
	}
	f.running.Go(fn)
	return true
}

func errNoContact() error { return contact.Errorf(contact.NotFound, "there is no such contact") }
