package mongo

import (
	"context"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"

	"contactpanel/contact"
)

// Bounds of what waits for a connection. Reads leave some of the connections to writes: many slow reads must not keep a note
// from being saved.
const (
	readShare = 70 // percent of the connections
	gateTime  = time.Second
)

// gate lets so many reads at the server at once.
type gate chan struct{}

func newGate(connections int) gate {
	if connections == 0 { // no bound was wanted
		connections = maxUnbounded
	}
	return make(gate, max(1, connections*readShare/100))
}

// maxUnbounded is how many connections are reckoned with when the connection string sets no bound.
const maxUnbounded = 1000

// enter waits for a place, but not long: OVERLOADED after a second.
func (g gate) enter(ctx context.Context) error {
	select {
	case g <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(gateTime)
	defer timer.Stop()
	select {
	case g <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return contact.Errorf(contact.Overloaded, "the database has more to do than it can; try again later")
	}
}

func (g gate) leave() { <-g }

// clock is the latest moment of the replica set that this process knows of: its own writes, what it read, and what the change
// stream told. A read that begins later sees all of that, from whichever primary.
type clock struct {
	mu        sync.Mutex
	operation bson.Timestamp
	cluster   bson.Raw // signed by the servers
}

// advance moves the clock to what a session has seen.
func (c *clock) advance(s *driver.Session) {
	if t := s.OperationTime(); t != nil {
		c.advanceTo(*t)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cluster = s.ClusterTime()
}

// advanceTo moves the clock to a moment.
func (c *clock) advanceTo(t bson.Timestamp) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.operation) {
		c.operation = t
	}
}

// set moves a new session to the clock.
func (c *clock) set(s *driver.Session) error {
	c.mu.Lock()
	operation, cluster := c.operation, c.cluster
	c.mu.Unlock()
	if operation.IsZero() {
		return nil
	}
	if cluster != nil {
		if err := s.AdvanceClusterTime(cluster); err != nil {
			return err
		}
	}
	return s.AdvanceOperationTime(&operation)
}
