package storetest

import (
	"cmp"
	"context"
	"errors"

	"contactpanel/contact"
)

// errChanged is why a function gives up.
var errChanged = errors.New("changed my mind")

func transactionCases() []testCase {
	return []testCase{
		{name: "a transaction sees what it wrote, and nobody else does before the commit", run: (*harness).seesOwnWrites},
		{name: "a transaction sees what it replaced", run: (*harness).seesReplaced},
		{name: "an error of the function comes back and leaves nothing of any write", run: (*harness).rollsBack},
		{name: "an error of the domain comes back with its code", run: (*harness).errorKeepsCode},
		{name: "heads go on after a rollback as if nothing had been appended", run: (*harness).headsAfterRollback},
		{name: "a transaction without writes commits", run: (*harness).readOnlyTransaction},
		{name: "a panic of the function leaves nothing and the store works on", run: (*harness).panicInTransaction},
	}
}

func (h *harness) seesOwnWrites() {
	before := h.snapshot()
	h.known.add(h.everything()...)
	lookOutside := func() error {
		outside, err := take(h.Context(), h.store, h.org, h.known) // the function's own context may belong to the transaction
		return cmp.Or(err, same("outside, before the commit", outside, before))
	}
	var inside snapshot
	h.update(func(ctx context.Context, tx contact.Tx) (err error) {
		if err := putAll(ctx, tx, h.org, h.everything()...); err != nil {
			return err
		}
		if err := lookOutside(); err != nil {
			return err
		}
		inside, err = take(ctx, tx, h.org, h.known)
		return err
	})
	h.holds("after the commit, beside what the transaction saw", inside)
	if d := difference(before, inside); d == "" {
		h.Error("the transaction did not see what it wrote")
	}
}

func (h *harness) seesReplaced() {
	h.put(h.everything()...)
	var inside snapshot
	h.update(func(ctx context.Context, tx contact.Tx) (err error) {
		if err := putAll(ctx, tx, h.org, h.replacements()...); err != nil {
			return err
		}
		inside, err = take(ctx, tx, h.org, h.known)
		return err
	})
	h.holds("after the commit, beside what the transaction saw", inside)
	h.want("the replaced note", h.note(noteID(1)), h.standing(1, contactID(1)))
	h.wantContact("the replaced contact", h.contact(contactID(1)), h.plain(1))
}

func (h *harness) rollsBack() {
	h.put(h.everything()...)
	before := h.snapshot()
	things := append(h.replacements(), h.full(7), h.standing(7, contactID(7)), h.event(7, contactID(7), contact.TopicNotes), h.applied(7, contactID(7)))
	h.known.add(things...)
	for _, last := range []int{0, len(things) / 2, len(things) - 1} {
		err := h.try(func(ctx context.Context, tx contact.Tx) error {
			if err := putAll(ctx, tx, h.org, things[:last+1]...); err != nil {
				return err
			}
			return errChanged
		})
		if !errors.Is(err, errChanged) {
			h.Fatalf("Update = %v, want what its function returned", err)
		}
		h.holds("after a rollback", before)
	}
}

func (h *harness) errorKeepsCode() {
	err := h.try(func(context.Context, contact.Tx) error {
		return contact.FieldErrorf(contact.Conflict, "expectedVersion", "somebody was faster")
	})
	h.wantCode("Update", err, contact.Conflict)
}

func (h *harness) headsAfterRollback() {
	h.put(h.plain(1), h.event(1, contactID(1), contact.TopicNotes))
	err := h.try(func(ctx context.Context, tx contact.Tx) error {
		return errors.Join(putAll(ctx, tx, h.org, h.event(2, contactID(1), contact.TopicNotes)), errChanged)
	})
	if !errors.Is(err, errChanged) {
		h.Fatalf("Update = %v, want what its function returned", err)
	}
	h.put(h.event(3, contactID(1), contact.TopicNotes))
	got := h.events(contactID(1), contact.TopicNotes, 0, many)
	h.want("the number of events", len(got), 2)
	h.want("the seq after the rollback", got[1].Seq, int64(2))
}

func (h *harness) readOnlyTransaction() {
	h.put(h.everything()...)
	before := h.snapshot()
	h.update(func(ctx context.Context, tx contact.Tx) error {
		inside, err := take(ctx, tx, h.org, h.known)
		return cmp.Or(err, same("what a transaction reads", inside, before))
	})
	h.update(func(context.Context, contact.Tx) error { return nil })
}

func (h *harness) panicInTransaction() {
	h.put(h.everything()...)
	before := h.snapshot()
	func() {
		defer func() { _ = recover() }() // whether it comes through is the store's choice
		err := h.try(func(ctx context.Context, tx contact.Tx) error {
			if err := putAll(ctx, tx, h.org, h.replacements()...); err != nil {
				h.Errorf("writing before the panic: %v", err)
			}
			panic("in the function")
		})
		if err == nil {
			h.Error("Update = nil after a panic of its function")
		}
	}()
	h.holds("after a panic", before)
	h.put(h.replacements()...)
	h.want("the note written after the panic", h.note(noteID(1)), h.standing(1, contactID(1)))
}

// replacements are other contents for things that everything holds, and one more of what is only added.
func (f fixtures) replacements() []any {
	sections, definitions := f.catalog()
	definitions[0].Order, sections[0].Order = 12345, 12345
	applied := f.applied(1, contactID(1))
	applied.Hash = "replaced"
	deactivated, groups := f.deactivated(1), f.groups()
	groups[0].Conditions, groups[0].Teams = groups[1].Conditions, groups[1].Teams
	deactivated.By = f.agent(7)
	return []any{
		f.plain(1), f.full(2), f.standing(1, contactID(1)), f.tombstone(2, contactID(1)), definitions[0], sections[0],
		f.event(5, contactID(1), contact.TopicNotes), f.event(6, contactID(1), contact.TopicContact), applied, f.audit(6, contactID(1)),
		deactivated, reactivated(f.deactivated(2).AgentID), groups[0], removedGroup(groups[1].Key),
	}
}
