package storetest

import (
	"context"
	"sync"

	"contactpanel/contact"
)

// eraseRacesRemembered remembers writes that only read their contact, as one that changes nothing does, while it is erased: the
// erasure begins when the contact has been read, and the write goes on when it is gone, or when the store makes the erasure wait.
func (h *harness) eraseRacesRemembered() {
	for n, reads := range []bool{true, false} {
		id, applied := contactID(n), h.applied(n, contactID(n))
		h.put(h.plain(n))
		var erasing sync.WaitGroup
		eraseMeanwhile := func() error { // outside of the transaction
			erasing.Go(func() {
				if err := h.erase(id); err != nil {
					h.Errorf("an erasure while a write is remembered = %v", err)
				}
			})
			return h.awaitGone(id)
		}
		runs := 0
		err := h.try(func(ctx context.Context, tx contact.Tx) error {
			if reads {
				found, err := tx.Contacts(ctx, h.org, []contact.ID{id})
				if err != nil || len(found) == 0 {
					return err
				}
			}
			if err := tx.PutApplied(ctx, h.org, applied); err != nil {
				return err
			}
			if runs++; runs > 1 {
				return nil
			}
			return eraseMeanwhile()
		})
		erasing.Wait()
		if err != nil {
			h.wantCode("a write that is remembered while its contact is erased", err, contact.NotFound)
		}
		left, err := h.store.Applied(h.Context(), h.org, applied.Agent, applied.Key)
		h.must("Applied", err)
		if left != nil {
			h.Errorf("the write %q of an erased contact is remembered", left.Key)
		}
		h.want("the contacts", len(h.contacts(id)), 0)
	}
}

// awaitGone looks from outside until the contact is gone, and for so long as any erasure takes that does not wait for the
// transaction in which this is called.
func (h *harness) awaitGone(id contact.ID) error {
	const looks = 1000
	for range looks {
		found, err := h.store.Contacts(h.Context(), h.org, []contact.ID{id})
		if err != nil || len(found) == 0 {
			return err
		}
	}
	return nil
}
