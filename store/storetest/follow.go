package storetest

import (
	"context"

	"contactpanel/contact"
)

func followCases() []testCase {
	return []testCase{
		{name: "a follower from the present sees nothing of what was, and then each change", run: (*harness).followPresent},
		{name: "a follower from a position sees all behind it in order, and then once that it caught up", run: (*harness).followPosition},
		{name: "a follower that misses nothing is caught up at once", run: (*harness).followNothingMissing},
		{name: "so many missing events are replayed, and one more is a resync from which the stream goes on", run: (*harness).followLimit},
		{name: "a position whose events were swept is a resync", need: ownStore, run: (*harness).followSwept},
		{name: "a position of another epoch or ahead of the stream is a resync", run: (*harness).followForeignPosition},
		{name: "a contact that was never made cannot be followed", run: (*harness).followUnknown},
		{name: "a delivered event has every member that was written", run: (*harness).followMembers},
		{name: "a transaction that is rolled back delivers nothing", run: (*harness).followRollback},
		{name: "events of one transaction come in their order, on both topics", run: (*harness).followTransaction},
		{name: "a follower hears nothing of other contacts, topics and organisations", run: (*harness).followSilence},
		{name: "followers of one contact each see everything", run: (*harness).followTogether},
		{name: "a wait for the next delivery ends with its context, and nothing is lost by it", run: (*harness).followContext},
		{name: "closing a stream ends a wait in it, and leaves other streams alone", run: (*harness).followClose},
		{name: "closing the store ends its streams", need: soleUse, run: (*harness).followStoreClose},
		{name: "a follower that does not read for long gets all or a resync, never a gap", run: (*harness).followSlowly},
		{name: "while many write at once every follower sees every event once and in order", run: (*harness).followRaces},
		{name: "a snapshot and the stream behind its head leave no gap while others write", run: (*harness).followSnapshots},
	}
}

func (h *harness) followPresent() {
	h.put(h.plain(1))
	h.append(2)
	f := h.present()
	for seq := range int64(3) {
		h.append(1)
		f.wantEvents(seq+3, seq+3)
	}
	empty := h.follow(contactID(1), contact.TopicContact, nil)
	h.put(h.event(1, contactID(1), contact.TopicContact))
	empty.wantEvents(1, 1)
}

func (h *harness) followPosition() {
	h.put(h.plain(1))
	h.append(7)
	var all []*follower
	for _, after := range []int64{0, 3, 6} {
		f := h.behind(after)
		f.wantEvents(after+1, 7)
		f.wantHead(contact.DeliveredCaughtUp, 7)
		all = append(all, f)
	}
	h.append(2)
	for _, f := range all {
		f.wantEvents(8, 9) // nothing before: it caught up once
	}
}

func (h *harness) followNothingMissing() {
	h.put(h.plain(1))
	for seq := range int64(3) {
		f := h.behind(seq)
		f.wantHead(contact.DeliveredCaughtUp, seq)
		h.append(1)
		f.wantEvents(seq+1, seq+1)
	}
}

func (h *harness) followLimit() {
	h.put(h.plain(1))
	h.append(contact.MaxReplay + 1)
	f := h.behind(1)
	f.wantEvents(2, contact.MaxReplay+1)
	f.wantHead(contact.DeliveredCaughtUp, contact.MaxReplay+1)
	late := h.behind(0)
	late.wantHead(contact.DeliveredResync, contact.MaxReplay+1)
	late.wantHead(contact.DeliveredCaughtUp, contact.MaxReplay+1)
	h.append(1)
	f.wantEvents(contact.MaxReplay+2, contact.MaxReplay+2)
	late.wantEvents(contact.MaxReplay+2, contact.MaxReplay+2)
}

func (h *harness) followSwept() {
	h.put(h.plain(1))
	kept := h.event(9, contactID(1), contact.TopicNotes)
	kept.At = base().AddDate(10, 0, 0) // and so left when the next organisation sweeps
	h.append(4)
	h.put(kept, kept)
	limit := base().AddDate(5, 0, 0)
	h.wantSwept("all events but two", contact.SweepLimits{NotesDeleted: longAgo(), Events: limit, Applied: longAgo()}, 4)
	var all []*follower
	for _, after := range []int64{0, 3} {
		f := h.behind(after)
		f.wantHead(contact.DeliveredResync, 6)
		f.wantHead(contact.DeliveredCaughtUp, 6)
		all = append(all, f)
	}
	whole := h.behind(4)
	whole.wantEvents(5, 6)
	whole.wantHead(contact.DeliveredCaughtUp, 6)
	h.put(kept)
	for _, f := range append(all, whole) {
		f.wantEvents(7, 7)
	}
}

func (h *harness) followForeignPosition() {
	h.put(h.plain(1))
	h.append(3)
	head := h.head(contactID(1), contact.TopicNotes)
	other := h.head(contactID(1), contact.TopicContact)
	var all []*follower
	for _, after := range []contact.Head{
		{Epoch: head.Epoch + 1, Seq: 3}, {Epoch: head.Epoch - 1, Seq: 0}, {Epoch: 0, Seq: 2}, {Epoch: other.Epoch, Seq: 1},
		{Epoch: head.Epoch, Seq: 4}, {Epoch: head.Epoch, Seq: 1 << 62},
	} {
		f := h.follow(contactID(1), contact.TopicNotes, &after)
		f.wantHead(contact.DeliveredResync, 3)
		f.wantHead(contact.DeliveredCaughtUp, 3)
		all = append(all, f)
	}
	h.append(2)
	for _, f := range all {
		f.wantEvents(4, 5)
	}
}

func (h *harness) followUnknown() {
	h.put(h.plain(1))
	other := h.another()
	other.put(other.plain(2))
	for _, id := range []contact.ID{contactID(2), contactID(9), ""} {
		for _, after := range []*contact.Head{nil, {Epoch: 1, Seq: 1}} {
			_, err := h.store.Follow(h.Context(), h.org, id, contact.TopicNotes, after)
			h.wantCode("Follow", err, contact.NotFound)
		}
	}
	_, err := h.store.Follow(h.Context(), "nobody", contactID(1), contact.TopicNotes, nil)
	h.wantCode("Follow in an organisation that there is not", err, contact.NotFound)
	_, err = h.store.Follow(h.Context(), h.org, contactID(1), "NEITHER", nil)
	h.wantCode("Follow of a topic that there is not", err, contact.NotFound)
}

func (h *harness) followMembers() {
	h.put(h.plain(1))
	for _, topic := range topics() {
		f := h.follow(contactID(1), topic, nil)
		full := h.event(1, contactID(1), topic)
		bare := contact.Event{Contact: contactID(1), Topic: topic, Type: contact.ContactChanged, Version: 1, Actor: h.agent(2), At: at(1)}
		written := []contact.Event{full, bare}
		for i := range written {
			h.put(written[i])
			written[i].Epoch, written[i].Seq = h.head(contactID(1), topic).Epoch, int64(i+1)
		}
		h.want("the delivered events", f.wantEvents(1, 2), written)
	}
}

func (h *harness) followRollback() {
	h.put(h.plain(1))
	f := h.present()
	for range 3 {
		err := h.try(func(ctx context.Context, tx contact.Tx) error {
			if err := putAll(ctx, tx, h.org, h.event(7, contactID(1), contact.TopicNotes), h.event(8, contactID(1), contact.TopicNotes)); err != nil {
				return err
			}
			return contact.Errorf(contact.Conflict, "it is not to be")
		})
		h.wantCode("Update", err, contact.Conflict)
		h.append(1)
	}
	f.wantEvents(1, 3)
}

func (h *harness) followTransaction() {
	h.put(h.plain(1), h.plain(2))
	notes, changes := h.present(), h.follow(contactID(1), contact.TopicContact, nil)
	const count = 5
	var all []any
	for n := range count {
		all = append(all, h.event(n, contactID(1), contact.TopicNotes), h.event(n, contactID(2), contact.TopicNotes), h.event(n, contactID(1), contact.TopicContact))
	}
	h.put(all...)
	for _, f := range []*follower{notes, changes} {
		for n, e := range f.wantEvents(1, count) {
			h.want("the subject", e.Subject, string(noteID(n)))
		}
	}
}

func (h *harness) followSilence() {
	other := h.another()
	for _, o := range []*harness{h, other} {
		o.put(o.plain(1), o.plain(2))
	}
	f := h.present()
	for seq := range int64(3) {
		other.append(int(seq) + 2)
		h.put(h.event(1, contactID(2), contact.TopicNotes), h.event(1, contactID(1), contact.TopicContact), h.event(1, contactID(2), contact.TopicContact))
		h.append(1) // the first that it may hear of
		f.wantEvents(seq+1, seq+1)
	}
	for _, one := range []*follower{other.behind(0), h.behind(0)} { // what each finds in the log is its own too
		one.wantEvents(1, one.head(contactID(1), contact.TopicNotes).Seq)
		one.wantHead(contact.DeliveredCaughtUp, one.last.Seq)
	}
}

func (h *harness) followTogether() {
	h.put(h.plain(1))
	var all []*follower
	for range 20 {
		f := h.present()
		all = append(all, f)
	}
	for range 5 {
		h.append(3)
	}
	all[0].stream.Close() // one that leaves takes nobody along
	for _, f := range all[1:] {
		f.wantEvents(1, 15)
	}
}
