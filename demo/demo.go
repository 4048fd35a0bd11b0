// Package demo makes an organisation of invented people, so that whoever starts the gateway for the first time sees every
// kind of contact, value and note at once. It is for the program's start.
//
// The invariant: the demo is there whole or not at all, and the same seed makes the same one: names, texts, values and
// how long ago each thing happened. Nobody in it is real: addresses end in .example (RFC 2606) and phone numbers come from
// ranges that regulators keep for fiction.
package demo

import (
	"context"
	"fmt"
	"time"

	"contactpanel/contact"
)

// Org is the name of the demo's organisation.
const Org contact.OrgID = "demo"

// Make makes the demo organisation in a store without organisations, and reports whether it did. In any other store it
// changes nothing. Of several gateways that call it at once over one store, one makes the demo.
//
// All is written in one transaction: a crash, a full disk or the end of ctx leaves the store without organisations, so that
// the next call makes the demo whole. After OUTCOME_UNKNOWN the demo is there whole or not at all, and calling again settles
// it. Errors are those of the store. Nothing is dated later than deps.Now() but what looks ahead: the end of a contract or
// of a VIP state. deps.NewID makes the ids; deps.Provision is not looked at.
func Make(ctx context.Context, deps contact.Deps) (bool, error) {
	// A look outside of a transaction first: later starts must not wait for a writer.
	if has, err := deps.Store.HasOrganisations(ctx); err != nil || has {
		return false, wrap(err)
	}
	now, made := deps.Now(), false
	err := deps.Store.Update(contact.Patiently(ctx), Org, func(ctx context.Context, tx contact.Tx) error {
		has, err := tx.HasOrganisations(ctx)
		made = err == nil && !has
		if !made {
			return err
		}
		return write(ctx, deps, tx, now)
	})
	if err != nil {
		return false, wrap(err)
	}
	return made, nil
}

// write lives through the demo's diary in the transaction.
func write(ctx context.Context, deps contact.Deps, tx contact.Tx, now time.Time) error {
	deps.Store = within{Tx: tx, outside: outside{deps.Store}}
	d := &diary{now: now}
	d.found()
	d.group()
	for _, p := range population() {
		d.tell(p)
	}
	return d.live(ctx, deps)
}

func wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("make the demo organisation: %w", err)
}

// within is a store all of whose transactions are parts of one that is open. A use case that fails there leaves what it
// wrote before, so the open transaction must fail with it.
type within struct {
	contact.Tx // its reads hide those from outside
	outside
}

// outside holds what a transaction cannot do.
type outside struct{ contact.Store }

// Update runs fn in the open transaction.
func (w within) Update(ctx context.Context, _ contact.OrgID, fn func(context.Context, contact.Tx) error) error {
	return fn(ctx, w.Tx)
}
