package main

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"contactpanel/contact"
)

// renewal makes the keys anew that contacts are searched and ordered by, where an earlier version made them by other rules. That
// comes before the gateway is ready, because old keys may find what is hidden now. What it has done stays done when it is
// interrupted: the next start goes on.
type renewal struct {
	log      *slog.Logger
	contacts *contact.Contacts
	isOpen   atomic.Bool // there are keys to renew
}

// keysLook is how often a gateway that is ready looks for old keys. While gateways of two versions serve one database, the
// earlier version goes on to make them.
const keysLook = time.Minute

// none reports whether there is nothing to renew. It takes no longer than a look at the store.
func (r *renewal) none(ctx context.Context) (done bool, err error) {
	old, err := r.look(ctx)
	return err == nil && old == 0, err
}

// look counts what there is to renew.
func (r *renewal) look(ctx context.Context) (old int, err error) {
	old, err = r.contacts.OldKeys(ctx)
	if err == nil {
		r.isOpen.Store(old > 0)
	}
	return old, err
}

// all renews whatever there is, and says in the log how much that is, and how much it was. Where there is nothing it is a look, and
// no writer of the store waits.
func (r *renewal) all(ctx context.Context) (done bool, err error) {
	defer recovered(&err)
	old, err := r.look(ctx)
	if err != nil || old == 0 {
		return err == nil, err
	}
	r.log.InfoContext(ctx, "making keys of contacts anew, because other rules made them", "contacts", old)
	began := time.Now()
	n, err := r.contacts.RenewKeys(ctx)
	if n > 0 {
		r.log.InfoContext(ctx, "made keys of contacts anew", "contacts", n, "done", err == nil, "ms", time.Since(began).Milliseconds())
	}
	if err != nil {
		return false, err
	}
	r.isOpen.Store(false)
	return true, nil
}

// keep renews what gateways of an earlier version write beside this one, until the context ends.
func (r *renewal) keep(ctx context.Context) {
	tick := time.NewTicker(keysLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := r.all(ctx); err != nil && ctx.Err() == nil {
			r.log.WarnContext(ctx, "old keys of contacts are not made anew; trying again", "err", err)
		}
	}
}
