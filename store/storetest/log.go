package storetest

import (
	"context"

	"contactpanel/contact"
)

func logCases() []testCase {
	return append(eventCases(),
		testCase{name: "a remembered write comes back byte for byte", run: (*harness).appliedComesBack},
		testCase{name: "a remembered write is its agent's and its key's alone", run: (*harness).appliedOfOneAgent},
		testCase{name: "a remembered write of the same agent and key is replaced", run: (*harness).appliedReplaced},
		testCase{name: "a write that tells of a contact that there is not is not remembered", run: (*harness).appliedOfUnknownContact},
	)
}

func eventCases() []testCase {
	return []testCase{
		{name: "events are numbered from 1 for each contact and topic, and heads follow", run: (*harness).eventsAreNumbered},
		{name: "several events of one transaction are numbered one after another", run: (*harness).eventsOfOneTransaction},
		{name: "events come back as they were written, with the epoch and seq of their place", run: (*harness).eventsComeBack},
		{name: "events are read after a seq and up to a limit, in order", run: (*harness).eventsAfterAndLimit},
		{name: "nothing is appended to a contact that was never made", run: (*harness).eventOfUnknownContact},
	}
}

func (h *harness) appliedComesBack() {
	written := h.applied(1, contactID(1))
	h.put(h.plain(1), written)
	got, err := h.store.Applied(h.Context(), h.org, written.Agent, written.Key)
	h.must("Applied", err)
	h.want("Applied", got, &written)
}

func (h *harness) appliedOfOneAgent() {
	one, other := h.applied(1, contactID(1)), h.applied(1, contactID(2))
	other.Agent, other.Hash, other.Result = h.agent(2).ID, "other", []byte(`null`)
	h.put(h.plain(1), h.plain(2), one, other)
	for _, want := range []contact.Applied{one, other} {
		got, err := h.store.Applied(h.Context(), h.org, want.Agent, want.Key)
		h.must("Applied", err)
		h.want("Applied of "+string(want.Agent), got, &want)
	}
	for _, near := range [][2]string{
		{string(one.Agent), one.Key + " "}, {string(one.Agent), ""}, {string(one.Agent), "%"}, {"", one.Key}, {string(h.agent(3).ID), one.Key}, {one.Key, string(one.Agent)},
	} {
		if got, err := h.store.Applied(h.Context(), h.org, contact.ID(near[0]), near[1]); err != nil || got != nil {
			h.Errorf("Applied(%q, %q) = %+v, %v; want nil", near[0], near[1], got, err)
		}
	}
}

func (h *harness) appliedReplaced() {
	h.put(h.plain(1), h.applied(1, contactID(1)))
	again := h.applied(1, "")
	again.Hash, again.Result, again.At = "again", []byte(`{"later":true}`), at(500)
	h.put(again)
	got, err := h.store.Applied(h.Context(), h.org, again.Agent, again.Key)
	h.must("Applied", err)
	h.want("Applied", got, &again)
}

func (h *harness) appliedOfUnknownContact() {
	other := h.another()
	other.put(other.plain(9))
	err := h.tryPut(h.plain(1), h.applied(1, contactID(1)), h.applied(2, contactID(9)))
	h.wantCode("PutApplied", err, contact.NotFound)
	h.want("the contacts after the rollback", len(h.contacts(contactID(1))), 0)
	h.put(h.plain(1), h.applied(1, contactID(1)))
	err = h.try(func(ctx context.Context, tx contact.Tx) error {
		if err := tx.EraseContact(ctx, h.org, contactID(1)); err != nil {
			return err
		}
		return tx.PutApplied(ctx, h.org, h.applied(1, contactID(1)))
	})
	h.wantCode("PutApplied of a contact that the transaction has erased", err, contact.NotFound)
}

func (h *harness) eventsAreNumbered() {
	h.put(h.plain(1), h.plain(2))
	counts := map[contact.ID]map[contact.Topic]int64{contactID(1): {}, contactID(2): {}}
	for n := range 12 {
		id, topic := contactID(1+n%2), topics()[n/2%2]
		if n == 11 {
			id, topic = contactID(1), contact.TopicNotes
		}
		counts[id][topic]++
		before := h.head(id, topic)
		var got contact.Head
		h.update(func(ctx context.Context, tx contact.Tx) (err error) {
			got, err = tx.Append(ctx, h.org, h.event(n, id, topic))
			return err
		})
		h.want("the head that Append returns", got, contact.Head{Epoch: before.Epoch, Seq: counts[id][topic]})
		for of, byTopic := range counts {
			for _, topic := range topics() {
				h.want("the seq that Contacts shows", h.head(of, topic).Seq, byTopic[topic])
			}
		}
	}
}

func (h *harness) eventsOfOneTransaction() {
	h.put(h.plain(1))
	h.update(func(ctx context.Context, tx contact.Tx) error {
		for n := range 3 {
			head, err := tx.Append(ctx, h.org, h.event(n, contactID(1), contact.TopicNotes))
			if err != nil {
				return err
			}
			if err := same("the seq that Append returns", head.Seq, int64(n+1)); err != nil {
				return err
			}
		}
		return nil
	})
	h.want("the events", len(h.events(contactID(1), contact.TopicNotes, 0, many)), 3)
}

func (h *harness) eventsComeBack() {
	h.put(h.plain(1), h.plain(2))
	bare := contact.Event{Contact: contactID(1), Topic: contact.TopicContact, Type: contact.ContactChanged, Version: 1, Actor: h.agent(1), At: at(1)}
	written := []contact.Event{h.event(1, contactID(1), contact.TopicContact), bare, h.event(3, contactID(1), contact.TopicContact)}
	for i := range written {
		h.put(written[i], h.event(9, contactID(2), contact.TopicContact), h.event(9, contactID(1), contact.TopicNotes))
		written[i].Epoch, written[i].Seq = h.head(contactID(1), contact.TopicContact).Epoch, int64(i+1)
	}
	h.want("Events", h.events(contactID(1), contact.TopicContact, 0, many), written)
}

func (h *harness) eventsAfterAndLimit() {
	h.put(h.plain(1))
	for n := range 12 { // two digits: the order is that of numbers
		h.put(h.event(n, contactID(1), contact.TopicNotes))
	}
	all := h.events(contactID(1), contact.TopicNotes, 0, many)
	for i, e := range all {
		h.want("the seq", e.Seq, int64(i+1))
	}
	for _, tt := range []struct {
		after    int64
		limit    int
		from, to int
	}{{0, 12, 0, 12}, {0, 1, 0, 1}, {8, 3, 8, 11}, {9, 100, 9, 12}, {11, 100, 11, 12}, {12, 100, 12, 12}, {1 << 62, 100, 12, 12}} {
		h.want("Events", h.events(contactID(1), contact.TopicNotes, tt.after, tt.limit), all[tt.from:tt.to])
	}
	h.want("Events of another topic", len(h.events(contactID(1), contact.TopicContact, 0, many)), 0)
	h.want("Events of an unknown contact", len(h.events(contactID(9), contact.TopicNotes, 0, many)), 0)
}

func (h *harness) eventOfUnknownContact() {
	err := h.tryPut(h.plain(1), h.event(1, contactID(9), contact.TopicNotes))
	h.wantCode("Append", err, contact.NotFound)
	h.want("the contacts after the rollback", len(h.contacts(contactID(1))), 0)
}

// head is a topic's head as the contact shows it.
func (h *harness) head(of contact.ID, topic contact.Topic) contact.Head {
	h.Helper()
	c := h.contact(of)
	if topic == contact.TopicNotes {
		return c.NotesHead
	}
	return c.EventsHead
}
