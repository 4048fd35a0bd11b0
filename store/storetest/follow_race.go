package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"

	"contactpanel/contact"
)

func (h *harness) followSlowly() {
	const rounds, each = 10, 100
	h.put(h.plain(1))
	f, waiting := h.present(), h.behind(0)
	for range rounds {
		h.append(each)
	}
	for _, one := range []*follower{f, waiting} {
		for one.last.Seq < rounds*each {
			before := one.last
			switch d := one.next(); d.Kind {
			case contact.DeliveredEvents:
				h.must("the events of a slow follower", joins(before, d))
			case contact.DeliveredResync:
				if d.Head.Seq-before.Seq <= contact.MaxReplay {
					h.Fatalf("a resync from %d to %d: so few are replayed", before.Seq, d.Head.Seq)
				}
			default: // it caught up with what was there when it came
			}
		}
	}
	h.append(1)
	f.wantEvents(rounds*each+1, rounds*each+1)
}

// joins checks that the events of a delivery are right behind a head and one another.
func joins(last contact.Head, d contact.Delivery) error {
	for _, e := range d.Events {
		if last.Epoch != 0 && e.Epoch != last.Epoch || e.Seq != last.Seq+1 {
			return fmt.Errorf("event %d of epoch %d was delivered behind %d of %d", e.Seq, e.Epoch, last.Seq, last.Epoch)
		}
		last = contact.Head{Epoch: e.Epoch, Seq: e.Seq}
	}
	if d.Head != last {
		return fmt.Errorf("the delivery stands at %+v, and its last event at %+v", d.Head, last)
	}
	return nil
}

// followRaces has fewer events than are replayed, so that there is no excuse for a resync.
func (h *harness) followRaces() {
	const followers, rounds, perRound = 5, 6, 2
	const all = writers * rounds * perRound
	h.put(h.plain(1))
	epoch := h.head(contactID(1), contact.TopicNotes).Epoch
	var wait sync.WaitGroup
	for n := range followers {
		wait.Go(func() {
			r := rand.New(rand.NewPCG(uint64(n), 1)) //nolint:gosec // any choices do
			if err := h.followAll(contact.Head{Epoch: epoch}, all, func() bool { return n%2 == 1 && r.IntN(4) == 0 }); err != nil {
				h.Errorf("follower %d: %v", n, err)
			}
		})
	}
	var late sync.WaitGroup
	h.together(func(writer, round int) error {
		if writer == 0 && round == rounds/2 {
			late.Go(func() {
				if err := h.followAll(contact.Head{Epoch: epoch}, all, func() bool { return false }); err != nil {
					h.Errorf("a follower that came late: %v", err)
				}
			})
		}
		return h.tryAppend(perRound)
	})
	wait.Wait()
	late.Wait()
}

// followAll follows from a head until a seq, and opens the stream anew when it is told to.
func (h *harness) followAll(last contact.Head, until int64, drops func() bool) error {
	f, err := h.tryFollow(last)
	if err != nil {
		return err
	}
	defer func() { f.stream.Close() }()
	caughtUp := 0
	for last.Seq < until || caughtUp == 0 {
		if drops() {
			f.stream.Close()
			if f, err = h.tryFollow(last); err != nil {
				return err
			}
			caughtUp = 0
		}
		d, err := f.tryNext()
		if err != nil {
			return fmt.Errorf("wait behind %d: %w", last.Seq, err)
		}
		switch d.Kind {
		case contact.DeliveredEvents:
			if err := joins(last, d); err != nil {
				return err
			}
		case contact.DeliveredCaughtUp:
			if caughtUp++; caughtUp > 1 || d.Head != last {
				return fmt.Errorf("caught up %d times, at %+v behind %+v", caughtUp, d.Head, last)
			}
		default:
			return fmt.Errorf("%s at %d behind %d, with fewer events than are replayed", d.Kind, d.Head.Seq, last.Seq)
		}
		last = d.Head
	}
	return nil
}

// tryFollow opens a stream of the contact's notes behind a head, in any goroutine.
func (h *harness) tryFollow(after contact.Head) (*follower, error) {
	stream, err := h.store.Follow(h.Context(), h.org, contactID(1), contact.TopicNotes, &after)
	return &follower{harness: h, of: contactID(1), topic: contact.TopicNotes, stream: stream, last: after}, err
}

// followSnapshots does what a panel does: it reads the contact with its head, then the notes, and then follows.
func (h *harness) followSnapshots() {
	h.put(h.plain(1))
	names := noteNames(writers, rounds)
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			for range rounds {
				if err := h.snapshotAndFollow(writers * rounds); err != nil {
					h.Error(err)
				}
			}
		})
	}
	h.together(func(writer, round int) error {
		n, e := h.standing(round, contactID(1)), h.event(round, contactID(1), contact.TopicNotes)
		n.ID, e.Subject = names[writer][round], string(names[writer][round])
		return h.try(func(ctx context.Context, tx contact.Tx) error { return putAll(ctx, tx, h.org, n, e) })
	})
	wait.Wait()
}

// snapshotAndFollow checks that the notes of a snapshot and those of the stream behind its head are all there are.
func (h *harness) snapshotAndFollow(all int64) error {
	found, err := h.store.Contacts(h.Context(), h.org, []contact.ID{contactID(1)})
	if err != nil {
		return fmt.Errorf("read the head: %w", err)
	}
	head := found[0].NotesHead
	notes, err := h.store.Notes(h.Context(), h.org, contact.NoteQuery{Contact: contactID(1), Span: contact.Span{Limit: contact.MaxPageSize}})
	if err != nil {
		return fmt.Errorf("read the notes: %w", err)
	}
	seen := map[string]bool{}
	for i := range notes.Items {
		seen[string(notes.Items[i].ID)] = true
	}
	f, err := h.tryFollow(head)
	if err != nil {
		return fmt.Errorf("follow: %w", err)
	}
	defer f.stream.Close()
	for f.last.Seq < all {
		d, err := f.tryNext()
		if err != nil {
			return fmt.Errorf("wait behind %d: %w", f.last.Seq, err)
		}
		for i := range d.Events {
			seen[d.Events[i].Subject] = true
		}
	}
	if len(seen) != int(all) {
		return fmt.Errorf("snapshot and stream together have %d notes, want %d", len(seen), all)
	}
	return nil
}
