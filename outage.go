package main

import (
	"context"
	"log/slog"
	"time"
)

// Times of an outage of the store. Sockets and streams stay for a while, because most outages are short and what was missed is
// told afterwards; then their clients may try another gateway.
const (
	outageLook = 5 * time.Second
	outageLong = time.Minute
)

// outage watches the store for those who wait for events.
type outage struct {
	ready    func(ctx context.Context) error
	turnAway func()
	log      *slog.Logger
	since    time.Time // of the outage, or of the last turning away in it; zero: the store answers
}

// watch looks until the context ends.
func (o *outage) watch(ctx context.Context) {
	tick := time.NewTicker(outageLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			o.look(ctx, now)
		}
	}
}

// look asks the store once.
func (o *outage) look(ctx context.Context, now time.Time) {
	within, cancel := context.WithTimeout(ctx, outageLook/2)
	defer cancel()
	err := o.ready(within)
	switch {
	case err == nil || ctx.Err() != nil:
		o.since = time.Time{}
	case o.since.IsZero():
		o.since = now
	case now.Sub(o.since) >= outageLong:
		o.log.WarnContext(ctx, "the store does not answer for long; sockets are sent elsewhere", "err", err)
		o.turnAway()
		o.since = now
	}
}
