package contact

import (
	"context"
	"time"
)

// EventsKeptFor is how long a change can be replayed to a client that missed it.
const EventsKeptFor = 72 * time.Hour

// Sweep removes what has outlived its time in all organisations: tombstones after 30 days, events after 72 hours,
// remembered writes after 24 hours, audit rows of refused changes after 90 days; those of changes that were made stay for ever.
// It says how many rows went. Correctness never relies on when it runs.
func (c *Contacts) Sweep(ctx context.Context) (int, error) {
	now := moment(c.now())
	return c.store.Sweep(ctx, SweepLimits{
		NotesDeleted: now.Add(-RestorableFor), Events: now.Add(-EventsKeptFor), Applied: now.Add(-IdempotentFor),
		Refusals: now.Add(-RefusalsKeptFor),
	})
}

// Ready reports whether the store answers, within the context's deadline.
func (c *Contacts) Ready(ctx context.Context) error { return c.store.Ping(ctx) }
