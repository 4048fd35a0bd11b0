package feed_test

import (
	"context"
	"fmt"

	"contactpanel/contact"
	"contactpanel/store/internal/feed"
)

// client is a follower of the model: it keeps what the port promises, and complains of everything that breaks it.
type client struct {
	book   *book
	key    feed.Key
	stream contact.Stream
	cancel context.CancelFunc // of the call that goes on

	opening chan opened // the call that goes on, nil: none
	reading chan read

	// The place, after which the next event is due. A client that began at the present knows it only when something comes:
	// it lies between the heads before and after the stream was opened.
	last         contact.Head
	isPlaced     bool
	low, high    contact.Head
	gavePosition bool
	isForeign    bool // the position it gave was never one of the log
	caughtUp     int

	// What a panel does: it reads the head, at another time the notes, and follows behind the head. has is how far it knows
	// all, by what it read and by what was delivered since.
	seen    contact.Head
	hasSeen bool
	has     contact.Head
	hasView bool
}

type opened struct {
	stream contact.Stream
	err    error
}

type read struct {
	delivery contact.Delivery
	err      error
}

func (c *client) isOpen() bool { return c.stream != nil }

// look reads the head, or whatever is read first.
func (c *client) look() { c.seen, c.hasSeen = c.book.page(c.key).head, true }

// show reads the rest and opens the stream behind the head. The right order is the head first.
func (c *client) show(gate follower, headLast bool) {
	if !c.hasSeen {
		return
	}
	head, notes := c.seen, c.book.page(c.key).head
	if headLast {
		head, notes = notes, head
	}
	c.close()
	c.open(gate, &head)
	c.has, c.hasView = notes, true
}

// open opens the stream, at the present or behind a position.
func (c *client) open(gate follower, after *contact.Head) {
	*c = client{book: c.book, key: c.key, low: c.book.page(c.key).head, gavePosition: after != nil}
	if after != nil {
		c.last, c.isPlaced = *after, true
		c.isForeign = after.Epoch > c.low.Epoch || after.Epoch == c.low.Epoch && after.Seq > c.low.Seq
	}
	ctx, cancel := context.WithCancel(context.Background())
	opening := make(chan opened, 1)
	c.cancel, c.opening = cancel, opening
	go func() {
		stream, err := gate.Follow(ctx, c.key.Org, c.key.Contact, c.key.Topic, after)
		opening <- opened{stream, err}
	}()
}

// read asks for the next delivery.
func (c *client) read() {
	ctx, cancel := context.WithCancel(context.Background())
	reading, stream := make(chan read, 1), c.stream
	c.cancel, c.reading = cancel, reading
	go func() {
		d, err := stream.Next(ctx)
		reading <- read{d, err}
	}()
}

// close leaves, whatever goes on.
func (c *client) close() {
	if c.cancel != nil {
		c.cancel()
	}
	if c.opening != nil {
		if o := <-c.opening; o.err == nil {
			c.stream = o.stream
		}
	}
	if c.stream != nil {
		c.stream.Close()
	}
	if c.reading != nil {
		<-c.reading
	}
	*c = client{book: c.book, key: c.key}
}

// settle takes what the calls that go on have brought, without waiting; hasNews says that there was something.
func (c *client) settle() (hasNews bool, err error) {
	select {
	case o := <-c.opening:
		c.opening, c.stream = nil, o.stream
		c.high = c.book.page(c.key).head
		return true, nil // one that could not be opened is opened again, or not
	case r := <-c.reading:
		c.reading = nil
		if r.err != nil {
			return true, fmt.Errorf("the wait for %v ended: %w", c.key, r.err)
		}
		return true, c.take(r.delivery)
	default:
		return false, nil
	}
}

func (c *client) take(d contact.Delivery) error {
	switch d.Kind {
	case contact.DeliveredEvents:
		return c.takeEvents(d)
	case contact.DeliveredCaughtUp:
		return c.takeCaughtUp(d)
	case contact.DeliveredResync:
		return c.takeResync(d)
	default:
		return fmt.Errorf("a delivery of kind %q", d.Kind)
	}
}

func (c *client) takeEvents(d contact.Delivery) error {
	for _, e := range d.Events {
		at := contact.Head{Epoch: e.Epoch, Seq: e.Seq}
		written, ok := c.book.event(c.key, at)
		if !ok || e != written {
			return fmt.Errorf("PHANTOM or FOREIGN: %v got %+v, and %+v was committed there", c.key, e, written)
		}
		switch {
		case c.isPlaced && (at.Epoch != c.last.Epoch || at.Seq != c.last.Seq+1):
			return fmt.Errorf("GAP: %+v behind %+v", at, c.last)
		case !c.isPlaced && c.low.Epoch == c.high.Epoch && (at.Epoch != c.low.Epoch || at.Seq <= c.low.Seq || at.Seq > c.high.Seq+1):
			return fmt.Errorf("GAP: %+v is first, and the stream was opened between %+v and %+v", at, c.low, c.high)
		}
		c.last, c.isPlaced = at, true
		if err := c.add(at); err != nil {
			return err
		}
	}
	if len(d.Events) == 0 || d.Head != c.last {
		return fmt.Errorf("a delivery of %d events stands at %+v, want %+v", len(d.Events), d.Head, c.last)
	}
	return nil
}

// add puts an event into the view. One of an epoch that is over for the view changes nothing: the stream will learn of the
// new one, and tell.
func (c *client) add(at contact.Head) error {
	switch {
	case !c.hasView || at.Epoch < c.has.Epoch:
		return nil
	case at.Epoch > c.has.Epoch || at.Seq > c.has.Seq+1:
		return fmt.Errorf("LOST between snapshot and stream: %+v came to one that had all up to %+v", at, c.has)
	}
	c.has.Seq = max(c.has.Seq, at.Seq)
	return nil
}

func (c *client) takeCaughtUp(d contact.Delivery) error {
	c.caughtUp++
	switch {
	case !c.gavePosition || c.caughtUp > 1:
		return fmt.Errorf("caught up %d times, and a position was given: %t", c.caughtUp, c.gavePosition)
	case d.Head != c.last:
		return fmt.Errorf("caught up at %+v behind %+v", d.Head, c.last)
	case d.Head.Epoch == c.low.Epoch && d.Head.Seq < c.low.Seq:
		return fmt.Errorf("caught up at %+v, when the head was at %+v before", d.Head, c.low)
	}
	return nil
}

// takeResync checks that there was a reason, and that the head is one that the log had.
func (c *client) takeResync(d contact.Delivery) error {
	last := c.last
	if !c.isPlaced {
		last = c.low
	}
	p := c.book.page(c.key)
	if d.Head.Epoch > p.head.Epoch || d.Head.Seq > int64(len(p.history[d.Head.Epoch])) {
		return fmt.Errorf("a resync to %+v, which never was", d.Head)
	}
	isReason := c.isForeign || d.Head.Epoch > last.Epoch || p.head.Epoch > last.Epoch ||
		d.Head.Epoch == last.Epoch && (d.Head.Seq-last.Seq > contact.MaxReplay || p.trimmed > last.Seq)
	if !isReason {
		return fmt.Errorf("RESYNC without a reason: from %+v to %+v, the log goes from %d to %+v", last, d.Head, p.trimmed, p.head)
	}
	c.last, c.isPlaced, c.isForeign = d.Head, true, false
	c.has, c.hasView = p.head, true // it reads the contact anew
	return nil
}

// isDone checks, after quiet, that nothing is missing.
func (c *client) isDone() error {
	head := c.book.page(c.key).head
	switch {
	case c.isPlaced && c.last != head:
		return fmt.Errorf("LOST: %v stands at %+v, the log at %+v", c.key, c.last, head)
	case !c.isPlaced && head != c.high && (head.Epoch != c.low.Epoch || head.Seq > c.high.Seq):
		return fmt.Errorf("LOST: %v heard nothing since %+v, the log stands at %+v", c.key, c.high, head)
	case c.hasView && c.has != head:
		return fmt.Errorf("LOST between snapshot and stream: %v has all up to %+v, the log stands at %+v", c.key, c.has, head)
	case c.gavePosition && c.caughtUp != 1:
		return fmt.Errorf("caught up %d times behind a position", c.caughtUp)
	}
	return nil
}
