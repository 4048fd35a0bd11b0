package storetest

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"contactpanel/contact"
)

func contextCases() []testCase {
	return []testCase{
		{name: "a call with a context that has ended fails with the context's error and does nothing", run: (*harness).endedContext},
		{name: "a context that ends while the function runs leaves nothing when the function fails of it", run: (*harness).cancelledInside},
		{name: "a context that ends just before the commit gives all or nothing, as Update says", run: (*harness).cancelledBeforeCommit},
		{name: "the function's context carries the caller's values", run: (*harness).contextKeepsValues},
		{name: "a closed store refuses every call as unavailable", need: soleUse, run: (*harness).closedStore},
		{name: "closing waits for a running transaction, which commits", need: soleUse, run: (*harness).closeWaits},
	}
}

func (h *harness) endedContext() {
	h.put(h.everything()...)
	before := h.snapshot()
	cancelled, cancel := context.WithCancel(h.Context())
	cancel()
	late, cancelLate := context.WithDeadline(h.Context(), time.Unix(0, 0))
	defer cancelLate()
	for ctx, want := range map[context.Context]error{cancelled: context.Canceled, late: context.DeadlineExceeded} {
		err := h.store.Update(ctx, h.org, func(ctx context.Context, tx contact.Tx) error { return putAll(ctx, tx, h.org, h.replacements()...) })
		wantError(h, "Update", err, want)
		for _, read := range emptyReads(h) {
			wantError(h, read.name, read.err(ctx, h.store, h.org), want)
		}
		_, err = h.store.Organisation(ctx, h.org)
		wantError(h, "Organisation", err, want)
		_, err = h.store.Sweep(ctx, contact.SweepLimits{})
		wantError(h, "Sweep", err, want)
		wantError(h, "Ping", h.store.Ping(ctx), want)
	}
	h.holds("after calls with an ended context", before)
}

func (h *harness) cancelledInside() {
	h.put(h.everything()...)
	before := h.snapshot()
	ctx, cancel := context.WithCancel(h.Context())
	defer cancel()
	err := h.store.Update(ctx, h.org, func(inner context.Context, tx contact.Tx) error {
		if err := putAll(inner, tx, h.org, h.replacements()...); err != nil {
			return err
		}
		cancel()
		return ctx.Err()
	})
	wantError(h, "Update", err, context.Canceled)
	h.holds("after a cancelled transaction", before)
}

func (h *harness) cancelledBeforeCommit() {
	h.put(h.everything()...)
	before := h.snapshot()
	ctx, cancel := context.WithCancel(h.Context())
	defer cancel()
	err := h.store.Update(ctx, h.org, func(inner context.Context, tx contact.Tx) error {
		defer cancel()
		return putAll(inner, tx, h.org, h.replacements()...)
	})
	switch {
	case err == nil:
		h.want("the note", h.note(noteID(1)), h.standing(1, contactID(1)))
		h.wantContact("the contact", h.contact(contactID(1)), h.plain(1))
	case contact.CodeOf(err) != contact.OutcomeUnknown:
		wantError(h, "Update", err, context.Canceled)
		h.holds("after Update failed", before)
	}
	h.put(h.audit(9, ""))
}

func (h *harness) contextKeepsValues() {
	ctx := contact.WithActor(h.Context(), contact.Actor{Org: h.org})
	err := h.store.Update(ctx, h.org, func(inner context.Context, _ contact.Tx) error {
		actor, err := contact.ActorFrom(inner)
		return cmp.Or(err, same("the organisation of the actor", actor.Org, h.org))
	})
	h.must("Update", err)
}

func (h *harness) closedStore() {
	h.makeOrganisation()
	h.put(h.everything()...)
	h.must("Close", h.store.Close())
	err := h.try(func(context.Context, contact.Tx) error {
		h.Error("a closed store ran the function of Update")
		return nil
	})
	h.wantCode("Update", err, contact.Unavailable)
	for _, read := range emptyReads(h) {
		h.wantCode(read.name, read.err(h.Context(), h.store, h.org), contact.Unavailable)
	}
	_, err = h.store.Organisation(h.Context(), h.org)
	h.wantCode("Organisation", err, contact.Unavailable)
	_, err = h.store.HasOrganisations(h.Context())
	h.wantCode("HasOrganisations", err, contact.Unavailable)
	_, err = h.store.Sweep(h.Context(), contact.SweepLimits{})
	h.wantCode("Sweep", err, contact.Unavailable)
	h.wantCode("Ping", h.store.Ping(h.Context()), contact.Unavailable)
}

func (h *harness) closeWaits() {
	h.makeOrganisation()
	running, finish := make(chan struct{}), make(chan struct{})
	started := sync.OnceFunc(func() { close(running) }) // it may run again
	var done atomic.Bool
	updated, closed := make(chan error, 1), make(chan error, 1)
	go func() {
		updated <- h.try(func(ctx context.Context, tx contact.Tx) error {
			started()
			<-finish
			defer done.Store(true)
			return putAll(ctx, tx, h.org, h.everything()...)
		})
	}()
	<-running
	go func() {
		err := h.store.Close()
		if !done.Load() {
			h.Error("Close returned while a transaction was running")
		}
		closed <- err
	}()
	close(finish)
	h.must("Update", <-updated)
	h.must("Close", <-closed)
}

// wantError checks that an error is, or wraps, another.
func wantError(h *harness, what string, err, want error) {
	h.Helper()
	if !errors.Is(err, want) {
		h.Errorf("%s = %v, want %v", what, err, want)
	}
}
