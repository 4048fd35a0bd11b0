package storetest

import (
	"fmt"

	"contactpanel/contact"
)

// take checks what is told against everything that is promised, and changes what the client shows.
func (c *client) take(s *step) error {
	c.cursors = append(c.cursors, s.cursor)
	switch s.is {
	case contact.DeliveredEvents:
		return c.takeChange(s)
	case contact.DeliveredCaughtUp:
		return c.takeCaughtUp(s)
	case contact.DeliveredResync:
		return c.takeResync(s)
	default:
		return fmt.Errorf("it is told something of no known kind: %+v", s)
	}
}

func (c *client) takeChange(s *step) error {
	switch {
	case c.isPlaced && (s.at.Epoch != c.place.Epoch || s.at.Seq != c.place.Seq+1):
		return fmt.Errorf("GAP: %+v behind %+v", s.at, c.place)
	case !c.isPlaced && (s.at.Epoch != c.low.Epoch || s.at.Seq <= c.low.Seq || s.at.Seq > c.high.Seq+1):
		return fmt.Errorf("GAP: %+v is first, and it began between %+v and %+v", s.at, c.low, c.high)
	}
	c.place, c.isPlaced = s.at, true
	if err := s.check(c.of, c.topic, c.world.agent(c.of.org).Agent); err != nil {
		return err
	}
	if n := s.note; n != nil {
		if n.Version < c.versions[n.ID] {
			return fmt.Errorf("OLDER than before: %s shows %s at version %d, and it was told at %d", s.kind, n.ID, n.Version, c.versions[n.ID])
		}
		c.versions[n.ID] = n.Version
	}
	if c.view == nil {
		return nil
	}
	return c.view.apply(s)
}

func (c *client) takeCaughtUp(s *step) error {
	c.caughtUp++
	switch {
	case !c.gavePosition || c.caughtUp > 1:
		return fmt.Errorf("caught up %d times, and a position was given: %t", c.caughtUp, c.gavePosition)
	case s.at != c.place:
		return fmt.Errorf("caught up at %+v behind %+v", s.at, c.place)
	case s.at.Seq < c.low.Seq:
		return fmt.Errorf("LOST: caught up at %+v, when %+v was written before", s.at, c.low)
	}
	return nil
}

// takeResync checks that there was a reason, and reads the contact anew.
func (c *client) takeResync(s *step) error {
	last, log := c.place, c.of.logs[c.topic]
	if !c.isPlaced {
		last = c.low
	}
	head := log.head()
	if s.at.Epoch != head.Epoch || s.at.Seq > head.Seq {
		return fmt.Errorf("a resync to %+v, which never was: the log stands at %+v", s.at, head)
	}
	if !c.isForeign && s.at.Seq-last.Seq <= contact.MaxReplay && log.trimmed <= last.Seq {
		return fmt.Errorf("RESYNC without a reason: from %+v to %+v, the log goes from %d to %+v", last, s.at, log.trimmed, head)
	}
	c.place, c.isPlaced, c.isForeign = s.at, true, false
	if c.isSevered { // it cannot read now, and shows nothing until it opens the panel again
		c.view, c.cursors = nil, []string{s.cursor}
		return nil
	}
	p, err := c.world.look(c.gate, c.of)
	if err == nil {
		err = p.turnAll(c.world, contact.MaxPageSize)
	}
	if err != nil {
		return fmt.Errorf("read the contact anew: %w", err)
	}
	c.view, c.cursors = p.view(c.topic), append(c.cursors, p.cursor(c.topic))
	return nil
}
