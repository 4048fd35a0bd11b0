package storetest

import (
	"context"
	"errors"
	"fmt"

	"contactpanel/contact"
)

// client is a panel of the model: it keeps what the domain promises, and complains of everything that breaks it.
type client struct {
	world *world
	of    *dossier
	topic contact.Topic
	panel *panel // what it has read and does not follow yet
	view  *view  // nil when it shows nothing
	// cursors that it was given, the last one last.
	cursors []string

	gate      *gateway // where it follows
	following following
	opening   chan opened // the call that goes on, nil: none
	reading   chan told
	cancel    context.CancelFunc // of that call
	isSevered bool               // the store where it follows was closed

	stand
}

// stand is where a client stands in what it follows.
type stand struct {
	// The place, after which the next event is due. A client that began at the present knows it only when something comes: it
	// lies between the heads before and after it began.
	place        contact.Head
	isPlaced     bool
	low, high    contact.Head
	gavePosition bool
	isForeign    bool // the position it gave is none of the log
	caughtUp     int
	versions     map[contact.ID]int // of notes, as they were told last
}

type opened struct {
	following following
	err       error
}

type told struct {
	steps []step
	err   error
}

func (c *client) head() contact.Head { return c.of.logs[c.topic].head() }

// move does one step of a client. One that shows nothing opens the panel, whatever it is to do, and one that follows nothing
// comes back.
func (c *client) move(m move) error {
	g := c.world.gates[m.Gateway%len(c.world.gates)]
	switch m.Verb { //nolint:exhaustive // the others are the world's
	case openPresent, openForeign:
		return c.openNew(g, m)
	case interrupt:
		return c.interrupt()
	case leave:
		return c.leave()
	}
	isIdle := c.following == nil && c.opening == nil
	switch {
	case m.Verb == lookAt || isIdle && c.panel == nil && len(c.cursors) == 0:
		return c.lookAt(g, c.world.dossiers[m.Of], m.Topic)
	case c.panel != nil && m.Verb == turnPage && c.topic == contact.TopicNotes:
		return c.panel.turn(c.world, m.Amount)
	case c.panel != nil:
		return c.show(g)
	case len(c.cursors) == 0 && (m.Verb == comeBack || m.Verb == comeEarlier):
		return nil
	case m.Verb == comeEarlier:
		return c.open(g, &c.cursors[len(c.cursors)-1-m.Amount%len(c.cursors)])
	case m.Verb == comeBack || isIdle:
		return c.open(g, &c.cursors[len(c.cursors)-1])
	case m.Verb == readAll:
		return c.readAll()
	case m.Verb == next && c.following != nil && c.reading == nil:
		c.read()
	}
	return nil
}

// lookAt reads the first half of a panel: the contact with the heads. What comes next is of another time.
func (c *client) lookAt(g *gateway, d *dossier, topic contact.Topic) error {
	if err := c.leave(); err != nil {
		return err
	}
	c.of, c.topic, c.view, c.cursors = d, topic, nil, nil
	var err error
	if c.panel, err = c.world.look(g, d); err == nil && c.world.variant.notesFirst {
		err = c.panel.turnAll(c.world, contact.MaxPageSize)
	}
	return err
}

// show reads the other half and follows behind the head.
func (c *client) show(g *gateway) error {
	p := c.panel
	if c.world.variant.notesFirst {
		late, err := c.world.look(p.gate, c.of)
		if err != nil {
			return err
		}
		p.of = late.of
	}
	if c.topic == contact.TopicNotes {
		if err := p.turnAll(c.world, 3); err != nil {
			return err
		}
	}
	c.panel, c.view, c.cursors = nil, p.view(c.topic), []string{p.cursor(c.topic)}
	return c.open(g, &c.cursors[0])
}

// openNew follows without having read anything: at the present, or behind a cursor that is none of this stream.
func (c *client) openNew(g *gateway, m move) error {
	if err := c.leave(); err != nil {
		return err
	}
	w := c.world
	c.of, c.topic, c.panel, c.view, c.cursors = w.dossiers[m.Of], m.Topic, nil, nil, nil
	if m.Verb == openPresent {
		return c.open(g, nil)
	}
	foreign := c.head()
	switch m.Amount % 3 {
	case 0:
		foreign = w.dossiers[(m.Of+1)%len(w.dossiers)].logs[m.Topic].head()
	case 1:
		foreign.Epoch++
	default:
		foreign.Seq += int64(m.Amount)
	}
	cursor := foreign.Cursor()
	return c.open(g, &cursor)
}

// interrupt ends a wait by its context. What was not told then is told next.
func (c *client) interrupt() error {
	if c.reading == nil {
		return nil
	}
	c.cancel()
	if err := c.awaitEnded("a wait whose context has ended"); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// readAll reads until everything that was written has been told.
func (c *client) readAll() error {
	for c.opening != nil || c.following != nil && !c.isDone() {
		if c.opening == nil && c.reading == nil {
			c.read()
		}
		if err := c.await(fmt.Sprintf("LOST: %s of %s of %s was told up to %+v of %+v, and %d times that it caught up",
			c.topic, c.of.id, c.of.org, c.place, c.head(), c.caughtUp)); err != nil {
			return err
		}
	}
	return nil
}

// isDone reports whether nothing is due.
func (c *client) isDone() bool {
	if !c.isPlaced {
		return c.head() == c.high
	}
	return c.place == c.head() && (!c.gavePosition || c.caughtUp > 0)
}
