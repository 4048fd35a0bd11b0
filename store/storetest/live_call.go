package storetest

import (
	"context"
	"fmt"
	"time"

	"contactpanel/contact"
)

// open begins to follow, at the present or behind a cursor.
func (c *client) open(g *gateway, after *string) error {
	if err := c.leave(); err != nil {
		return err
	}
	c.stand = stand{low: c.head(), gavePosition: after != nil, versions: map[contact.ID]int{}}
	if after != nil {
		place, err := contact.ParseHead(*after)
		if err != nil {
			return fmt.Errorf("the cursor to go on behind: %w", err)
		}
		c.place, c.isPlaced = place, true
		c.isForeign = place.Epoch != c.low.Epoch || place.Seq > c.low.Seq
	}
	ctx, cancel := context.WithCancel(c.world.as(c.of.org))
	domain, of, topic, opening := g.contacts, c.of.id, c.topic, make(chan opened, 1)
	c.gate, c.cancel, c.opening = g, cancel, opening
	go func() {
		f, err := followAs(ctx, domain, of, topic, after)
		opening <- opened{f, err}
	}()
	return nil
}

// read waits for what comes next.
func (c *client) read() {
	ctx, cancel := context.WithCancel(context.WithValue(c.world.as(c.of.org), followerKey{}, true))
	reading, following := make(chan told, 1), c.following
	c.cancel, c.reading = cancel, reading
	go func() {
		steps, err := following.next(ctx)
		reading <- told{steps, err}
	}()
}

// settle takes what the call that goes on has brought, without waiting.
func (c *client) settle() error {
	select {
	case o := <-c.opening:
		return c.opened(o)
	case t := <-c.reading:
		return c.told(t)
	default:
		return nil
	}
}

// await takes what the call that goes on brings, and waits for it. What was held back goes on.
func (c *client) await(what string) error {
	c.world.gate.open()
	return c.awaitEnded(what)
}

// awaitEnded is await for a call whose end does not depend on what is held back.
func (c *client) awaitEnded(what string) error {
	timer := time.NewTimer(c.world.patience)
	defer timer.Stop()
	select {
	case o := <-c.opening:
		return c.opened(o)
	case t := <-c.reading:
		return c.told(t)
	case <-timer.C:
		return fmt.Errorf("%s: nothing came in %v", what, c.world.patience)
	}
}

func (c *client) opened(o opened) error {
	c.opening = nil
	c.cancel() // what follows does not end with the call that began it
	if o.err != nil {
		if c.isSevered && contact.CodeOf(o.err) == contact.Unavailable {
			c.isSevered = false
			return nil
		}
		return fmt.Errorf("follow: %w", o.err)
	}
	c.following, c.high = o.following, c.head()
	return nil
}

func (c *client) told(t told) error {
	c.reading = nil
	c.cancel()
	if t.err != nil {
		return fmt.Errorf("the wait for %s of %s %s ended: %w", c.topic, c.of.id, c.of.org, t.err)
	}
	for i := range t.steps {
		if err := c.take(&t.steps[i]); err != nil {
			return err
		}
	}
	return nil
}

// leave ends what it follows, and keeps what it shows.
func (c *client) leave() error {
	if c.opening != nil {
		if err := c.await("beginning to follow"); err != nil {
			return err
		}
	}
	if c.following == nil {
		return nil
	}
	c.following.Close()
	return c.seeEnd()
}

// maxTaken is how often the domain may tell of what it has taken over: a delivery has 64 events, of which 16 are told at once.
const maxTaken = 4

// seeEnd sees that what it follows ends, because it was closed or its store was. A wait that began before may still bring
// something, and so may what the domain had taken over from the store before that was closed.
func (c *client) seeEnd() error {
	taken := 0
	for c.opening != nil || c.following != nil {
		isLate := c.opening == nil && c.reading == nil
		if isLate {
			c.read()
		}
		switch err := c.await("the end of what it follows"); {
		case contact.CodeOf(err) == contact.Unavailable:
			c.following.Close()
			c.following, c.isSevered = nil, false
		case err != nil:
			return err
		case isLate:
			if taken++; taken > maxTaken || !c.isSevered {
				return fmt.Errorf("what it follows goes on after its end, to %+v", c.place)
			}
		}
	}
	return nil
}

// end ends everything, whatever state it is in.
func (c *client) end() error {
	if c.cancel != nil {
		c.cancel()
	}
	if c.following != nil {
		c.following.Close()
	}
	if c.opening == nil && c.reading == nil {
		return nil
	}
	timer := time.NewTimer(c.world.patience)
	defer timer.Stop()
	select {
	case o := <-c.opening:
		if o.err == nil {
			o.following.Close()
		}
		return nil
	case <-c.reading:
		return nil
	case <-timer.C:
		return fmt.Errorf("a wait does not end with its context in %v", c.world.patience)
	}
}
