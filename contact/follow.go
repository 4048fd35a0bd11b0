package contact

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Change is what is told of every change.
type Change struct {
	// Cursor is the position of the event: what a follower goes on behind.
	Cursor string
	// Actor is who made the change, At when.
	Actor Agent
	At    time.Time
	// Version is that of what changed, after the change.
	Version int
	// ClientMutationID is the key that the writer sent; nil when it sent none.
	ClientMutationID *string
}

func changeOf(e *Event) Change {
	c := Change{Cursor: Head{e.Epoch, e.Seq}.Cursor(), Actor: e.Actor, At: e.At, Version: e.Version}
	if e.ClientMutationID != "" {
		c.ClientMutationID = &e.ClientMutationID
	}
	return c
}

// CaughtUp tells that all that was missed since the position that the follower came with has been told. It comes once, even
// when nothing was missed, and never to a follower that came without a position.
type CaughtUp struct{ Cursor string }

func (*CaughtUp) isNoteEvent()    {}
func (*CaughtUp) isContactEvent() {}

// Resync tells that something was missed that cannot be told any more: the contact is to be read anew. The events behind
// Cursor follow.
type Resync struct{ Cursor string }

func (*Resync) isNoteEvent()    {}
func (*Resync) isContactEvent() {}

// Following is one actor's way through a contact's events, at least once, in their order, without gaps or with a Resync.
// Await and Next are for one goroutine at a time; Close may come from another.
type Following[E any] struct {
	following[E]
	contacts *Contacts
	actor    Actor
	stream   Stream
	head     Head    // of the last delivery
	pending  []Event // delivered by the stream and not yet told
	aside    []E     // to be told first, and no event of the log
	err      error   // to be told then: how the stream has ended
	last     []Event // what was told last, thin
	closed   chan struct{}
	closing  sync.Once
}

// following is what differs between the topics.
type following[E any] struct {
	name             string // of the use case
	build            func(ctx context.Context, viewer Actor, events []Event) ([]E, error)
	caughtUp, resync func(cursor string) E
	gone             func(cursor string) E // the contact is gone; nil: that is an error
}

// ErrOver ends a Following that has nothing more to tell.
var ErrOver = errors.New("nothing follows")

// toldAtOnce bounds what one Next returns, and with it the memory of a follower that reads slowly: 128 KB of notes.
const toldAtOnce = 16

func follow[E any](ctx context.Context, c *Contacts, of ID, topic Topic, after *string, f following[E]) (*Following[E], error) {
	actor, err := actorFor(ctx, f.name)
	if err != nil {
		return nil, err
	}
	var behind *Head
	if after != nil {
		head, err := ParseHead(*after)
		if err != nil {
			return nil, err
		}
		behind = &head
	}
	// Who comes back while the store is away waits for it as those do who are there.
	stream, err := untilAnswered(ctx, nil, func() (Stream, error) { return c.store.Follow(ctx, actor.Org, of, topic, behind) })
	if err != nil {
		return nil, ofContact(err)
	}
	return &Following[E]{following: f, contacts: c, actor: actor, stream: stream, closed: make(chan struct{})}, nil
}

// ofContact says which argument named a contact that is not there.
func ofContact(err error) error {
	if CodeOf(err) == NotFound {
		return FieldErrorf(NotFound, "contactId", "there is no such contact")
	}
	return err
}

// Await waits until Next has something to say. It loads nothing: whoever waits for a turn to be told holds no texts.
func (f *Following[E]) Await(ctx context.Context) {
	hasPending := len(f.pending) > 0 && !f.isClosed() && !f.IsGone() // the stream says how one that is closed or gone ends
	if f.err != nil || f.aside != nil || hasPending {
		return
	}
	d, err := f.stream.Next(ctx)
	f.take(&d, err)
}

// Next waits for the next events: one at least, in their order. It ends with the context's error, with ErrOver behind the
// event that says that the contact is gone, with NOT_FOUND where no event says so, with UNAUTHENTICATED when the actor's
// token has expired, with DB_UNAVAILABLE after Close or when the store is closed, and with INTERNAL_SERVER_ERROR when events
// cannot be read. A store that does not answer is waited for.
func (f *Following[E]) Next(ctx context.Context) ([]E, error) {
	f.Await(ctx)
	if told := f.aside; told != nil {
		f.aside = nil
		return f.admit(told...)
	}
	if err := f.err; err != nil {
		if !errors.Is(err, ErrOver) { // the stream says again how it ends
			f.err = nil
		}
		return nil, err
	}
	n := min(len(f.pending), toldAtOnce)
	told, err := f.tell(ctx, f.pending[:n])
	if err != nil {
		return nil, err
	}
	if f.IsGone() { // while it was read
		return f.Next(ctx)
	}
	f.last, f.pending = f.pending[:n], f.pending[n:]
	return f.admit(told...)
}

// IsGone reports whether the contact is known to be gone. What was told of it and not shown yet is not to be shown: Again
// gives what is.
func (f *Following[E]) IsGone() bool { return f.stream.IsGone() }

// Again tells the rest of what the last Next told, as it is now: for one who has waited with it.
func (f *Following[E]) Again(ctx context.Context, rest []E) ([]E, error) {
	n := len(rest)
	if n > len(f.last) { // no events: nothing of it grows old
		return f.admit(rest...)
	}
	told, err := f.tell(ctx, f.last[len(f.last)-n:])
	if err != nil {
		return nil, err
	}
	if f.IsGone() {
		return f.Next(ctx)
	}
	return f.admit(told...)
}

// take takes a delivery or the end of the stream.
func (f *Following[E]) take(d *Delivery, err error) {
	if CodeOf(err) == NotFound { // what was delivered before is not told any more
		f.pending, f.last = nil, nil
	}
	switch {
	case CodeOf(err) == NotFound && f.gone != nil:
		f.aside, f.err = []E{f.gone(f.head.Cursor())}, ErrOver
		return
	case err != nil:
		f.err = ofContact(err)
		return
	}
	f.head, f.last = d.Head, nil
	switch d.Kind {
	case DeliveredCaughtUp:
		f.aside = []E{f.caughtUp(d.Head.Cursor())}
	case DeliveredResync:
		f.aside = []E{f.resync(d.Head.Cursor())}
	case DeliveredEvents:
		f.pending = d.Events
	}
}

// Close ends a Next that waits, and all later ones. It may be called again.
func (f *Following[E]) Close() {
	f.closing.Do(func() { close(f.closed) })
	f.stream.Close()
}

func (f *Following[E]) isClosed() bool {
	select {
	case <-f.closed:
		return true
	default:
		return false
	}
}

// admit lets through what is told, but nothing to an actor whose token has expired.
func (f *Following[E]) admit(told ...E) ([]E, error) {
	if e := f.actor.Expires; !e.IsZero() && !f.contacts.now().Before(e) {
		return nil, Errorf(Unauthenticated, "the token has expired")
	}
	return told, nil
}

// tell loads what the events tell of. The stream will not bring them again, so that a store that does not answer is asked
// until it does.
func (f *Following[E]) tell(ctx context.Context, events []Event) ([]E, error) {
	told, err := untilAnswered(ctx, f.closed, func() ([]E, error) { return f.build(ctx, f.actor, events) })
	if err != nil && f.isClosed() {
		_, err = f.stream.Next(ctx)
	}
	return told, err
}

// Pauses between the tries while the store does not answer.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = time.Second
)

// untilAnswered asks the store until it answers, the context ends or ended is closed.
func untilAnswered[T any](ctx context.Context, ended <-chan struct{}, ask func() (T, error)) (T, error) {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		got, err := ask()
		if err == nil || !isAway(err) {
			return got, err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ended:
			timer.Stop()
			return got, err
		case <-ctx.Done():
			timer.Stop()
			return got, ctx.Err()
		}
	}
}

// isAway reports an error of a store that may answer at the next try; a closed one does not.
func isAway(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return true
	}
	return CodeOf(err).IsPassing() && !errors.Is(err, ErrClosed)
}
