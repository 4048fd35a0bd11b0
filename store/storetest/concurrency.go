package storetest

import (
	"context"
	"fmt"
	"sync"

	"contactpanel/contact"
)

// So many writers change one thing so many times each.
const (
	writers = 8
	rounds  = 6
)

// together runs the writers at once and reports their errors.
func (h *harness) together(fn func(writer, round int) error) {
	h.Helper()
	var wait sync.WaitGroup
	for writer := range writers {
		wait.Go(func() {
			for round := range rounds {
				if err := fn(writer, round); err != nil {
					h.Errorf("round %d of writer %d: %v", round, writer, err)
				}
			}
		})
	}
	wait.Wait()
}

func concurrencyCases() []testCase {
	return []testCase{
		{name: "writers that change one note at once lose no change, and the events tell the changes in order", run: (*harness).racedNote},
		{name: "writers that change one contact at once lose no change", run: (*harness).racedContact},
		{name: "writers of one idempotency key write once", run: (*harness).racedMutation},
		{name: "writers that look for a contact by key before they make one make one", run: (*harness).racedUpsert},
		{name: "writers of different things all get through, and an error of one is its own", run: (*harness).writersOfDifferentThings},
	}
}

func (h *harness) racedNote() {
	n := h.standing(1, contactID(1))
	h.put(h.plain(1), n)
	h.together(func(writer, _ int) error {
		return h.try(func(ctx context.Context, tx contact.Tx) error { return editNote(ctx, tx, h, writer) })
	})
	h.want("the note's version", h.note(n.ID).Version, 1+writers*rounds)
	events := h.events(contactID(1), contact.TopicNotes, 0, many)
	h.want("the number of events", len(events), writers*rounds)
	for i, e := range events {
		if e.Seq != int64(i+1) || e.Version != i+2 {
			h.Errorf("event %d has seq %d and tells version %d, want %d and %d", i, e.Seq, e.Version, i+1, i+2)
		}
	}
}

func (h *harness) racedContact() {
	h.put(h.full(1))
	start := h.contact(contactID(1)).Version - writers*rounds - 1
	e := h.full(1)
	e.contact.Version = start
	h.put(e)
	h.together(func(int, int) error {
		return h.try(func(ctx context.Context, tx contact.Tx) error {
			found, err := tx.Contacts(ctx, h.org, []contact.ID{contactID(1)})
			if err != nil {
				return err
			}
			found[0].Version++
			return tx.PutContact(ctx, h.org, found[0], e.index)
		})
	})
	h.want("the contact's version", h.contact(contactID(1)).Version, start+writers*rounds)
}

func (h *harness) racedMutation() {
	h.put(h.plain(1))
	h.known.add(h.applied(1, contactID(1)))
	ids := noteNames(writers, rounds)
	h.together(func(writer, round int) error {
		return h.try(func(ctx context.Context, tx contact.Tx) error {
			applied := h.applied(round, contactID(1))
			done, err := tx.Applied(ctx, h.org, applied.Agent, applied.Key)
			if err != nil || done != nil {
				return err
			}
			n := h.standing(1, contactID(1))
			n.ID = ids[writer][round]
			return putAll(ctx, tx, h.org, n, applied)
		})
	})
	h.want("the number of notes", h.notes(contact.NoteQuery{Contact: contactID(1), Span: contact.Span{WantTotal: true}}).Total, rounds)
}

func (h *harness) racedUpsert() {
	h.together(func(writer, round int) error {
		e := h.holding(100*round+writer, "", emailKey(fmt.Sprintf("%d@sample.example", round)))
		return h.try(func(ctx context.Context, tx contact.Tx) error {
			found, err := tx.Match(ctx, h.org, e.index.Lookup, "")
			if err != nil || found[0].IsHeld {
				return err
			}
			return putAll(ctx, tx, h.org, e)
		})
	})
	h.want("the number of contacts", len(h.search(contact.ContactQuery{Now: at(0)})), rounds)
}

func (h *harness) writersOfDifferentThings() {
	h.put(h.plain(1))
	ids := noteNames(writers, rounds)
	h.together(func(writer, round int) error {
		n := h.standing(round, contactID(1))
		n.ID = ids[writer][round]
		err := h.try(func(ctx context.Context, tx contact.Tx) error {
			if err := putAll(ctx, tx, h.org, n, h.event(round, contactID(1), topics()[writer%2])); err != nil {
				return err
			}
			if writer == 0 {
				return contact.Errorf(contact.Conflict, "writer 0 never gets through")
			}
			return nil
		})
		if writer == 0 && contact.CodeOf(err) == contact.Conflict {
			return nil
		}
		return err
	})
	h.want("the number of notes", h.notes(contact.NoteQuery{Contact: contactID(1), Span: contact.Span{WantTotal: true}}).Total, (writers-1)*rounds)
	h.want("the seq of the first topic", h.head(contactID(1), topics()[0]).Seq, int64((writers/2-1)*rounds))
	h.want("the seq of the second topic", h.head(contactID(1), topics()[1]).Seq, int64(writers/2*rounds))
}

// editNote raises the version of the first note and tells it.
func editNote(ctx context.Context, tx contact.Tx, h *harness, writer int) error {
	found, err := tx.NotesByID(ctx, h.org, []contact.ID{noteID(1)})
	if err != nil {
		return err
	}
	found[0].Version++
	e := h.event(writer, contactID(1), contact.TopicNotes)
	e.Version = found[0].Version
	return putAll(ctx, tx, h.org, found[0], e)
}

func noteNames(writers, rounds int) [][]contact.ID {
	out := make([][]contact.ID, writers)
	for i := range out {
		for k := range rounds {
			out[i] = append(out[i], noteID(1000*i+k))
		}
	}
	return out
}
