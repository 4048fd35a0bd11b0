package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"

	"contactpanel/contact"
)

func eraseCases() []testCase {
	return []testCase{
		{name: "an erased contact is nowhere any more, and all else stays as it is", run: (*harness).eraseLeavesNothing},
		{name: "what was written in the same transaction is erased with it", run: (*harness).eraseInOneTransaction},
		{name: "an unknown contact cannot be erased, nor one that was erased", run: (*harness).eraseUnknown},
		{name: "an erasure that is rolled back leaves the contact and its followers as they were", run: (*harness).eraseRolledBack},
		{name: "what an erased contact held is free, and another stream begins with it", run: (*harness).eraseFreesKeys},
		{name: "followers of an erased contact are told that it is gone, whatever they have not read", run: (*harness).eraseEndsStreams},
		{name: "a note that is written while its contact is erased is erased, or refused", run: (*harness).eraseRaces},
		{name: "a write that is remembered while its contact is erased is erased, or refused", run: (*harness).eraseRacesRemembered},
		{name: "a walk over a contact shows all that is kept about it, in order, and nothing else", run: (*harness).walkOneShowsAll},
		{name: "a walk over a contact ends with its visitor and with its context", run: (*harness).walkOneEnds},
	}
}

// erase erases a contact.
func (h *harness) erase(of contact.ID) error {
	return h.try(func(ctx context.Context, tx contact.Tx) error { return tx.EraseContact(ctx, h.org, of) })
}

// neighbours are a second contact with everything, and what is about no contact: groups have rules, and no members.
func (h *harness) neighbours() []any {
	second, none := h.applied(2, contactID(2)), h.applied(3, "")
	none.Result = []byte(`{"ID":"` + string(contactID(1)) + `"}`) // an id that is only mentioned
	other := h.full(2)
	for i := range other.index.Lookup { // but for its profiles it shares its keys with the first
		if key := &other.index.Lookup[i]; key.Kind == contact.LookupProfile {
			key.Value += " of the second"
		}
	}
	return []any{
		other, h.standing(21, contactID(2)), h.tombstone(22, contactID(2)), h.event(1, contactID(2), contact.TopicNotes),
		h.event(1, contactID(2), contact.TopicContact), second, none, h.audit(1, contactID(1)), h.audit(2, contactID(2)), h.audit(3, ""),
		h.groups()[0], h.groups()[1],
	}
}

// firstContact is a contact with everything but audit rows.
func (h *harness) firstContact() []any {
	out := []any{h.full(1), h.applied(1, contactID(1))}
	for n := range 30 {
		out = append(out, h.standing(n+100, contactID(1)), h.tombstone(n+200, contactID(1)), h.event(n, contactID(1), contact.TopicNotes))
	}
	return append(out, h.event(1, contactID(1), contact.TopicContact))
}

func (h *harness) eraseLeavesNothing() {
	other := h.another()
	for _, o := range []*harness{h, other} {
		o.put(o.neighbours()...)
	}
	first := h.firstContact()
	h.known.add(first...)
	without := h.snapshot()
	rows, err := h.walk(h.Context())
	h.must("Walk", err)
	h.put(first...)
	other.put(other.firstContact()...)
	theirs := other.snapshot()
	h.must("Update", h.erase(contactID(1)))
	h.holds("an organisation whose contact was erased", without)
	left, err := h.walk(h.Context())
	h.must("Walk", err)
	h.want("what a walk shows then", left, rows)
	other.holds("another organisation with the same ids", theirs)
}

func (h *harness) eraseInOneTransaction() {
	h.put(h.neighbours()...)
	first := h.firstContact()
	h.known.add(first...)
	without := h.snapshot()
	h.update(func(ctx context.Context, tx contact.Tx) error {
		if err := putAll(ctx, tx, h.org, first...); err != nil {
			return err
		}
		if err := tx.EraseContact(ctx, h.org, contactID(1)); err != nil {
			return err
		}
		found, err := take(ctx, tx, h.org, h.known)
		if err != nil {
			return err
		}
		if err := same("what the transaction sees of it", found, without); err != nil {
			return err
		}
		if _, err := tx.Append(ctx, h.org, h.event(1, contactID(1), contact.TopicNotes)); contact.CodeOf(err) != contact.NotFound {
			return errors.New("something is appended to an erased contact")
		}
		return nil
	})
	h.holds("what is left", without)
}

func (h *harness) eraseUnknown() {
	h.put(h.neighbours()...)
	other := h.another()
	other.put(other.plain(1))
	before := h.snapshot()
	for _, id := range []contact.ID{contactID(1), contactID(9), "", "%"} {
		h.wantCode("Update", h.erase(id), contact.NotFound)
	}
	h.holds("what was refused", before)
	h.put(h.plain(1))
	h.must("Update", h.erase(contactID(1)))
	h.wantCode("Update", h.erase(contactID(1)), contact.NotFound)
	other.want("the contact of another organisation", other.contact(contactID(1)).ID, contactID(1))
}

func (h *harness) eraseRolledBack() {
	h.put(append(h.neighbours(), h.firstContact()...)...)
	before := h.snapshot()
	f := h.present()
	err := h.try(func(ctx context.Context, tx contact.Tx) error {
		if err := tx.EraseContact(ctx, h.org, contactID(1)); err != nil {
			return err
		}
		return contact.Errorf(contact.Conflict, "it is not to be")
	})
	h.wantCode("Update", err, contact.Conflict)
	h.holds("what was rolled back", before)
	h.want("whether the contact is gone", f.stream.IsGone(), false)
	h.append(1)
	f.wantEvents(31, 31)
}

func (h *harness) eraseFreesKeys() {
	key := contact.LookupKey{Kind: contact.LookupProfile, Value: "X:eve " + h.tag}
	h.put(h.holding(1, "N-1", key), h.event(1, contactID(1), contact.TopicNotes))
	old := h.head(contactID(1), contact.TopicNotes)
	h.wantCode("Update", h.tryPut(h.holding(2, "N-1", key)), contact.Taken)
	h.must("Update", h.erase(contactID(1)))
	h.put(h.holding(2, "N-1", key))
	holder, err := h.store.ContactByKey(h.Context(), h.org, key)
	h.must("ContactByKey", err)
	h.want("who holds the profile now", holder.ID, contactID(2))
	h.update(func(ctx context.Context, tx contact.Tx) error { // erased and made anew, in one
		if err := tx.EraseContact(ctx, h.org, contactID(2)); err != nil {
			return err
		}
		return putAll(ctx, tx, h.org, h.holding(1, "N-1", key))
	})
	now := h.head(contactID(1), contact.TopicNotes)
	if now.Epoch == old.Epoch || now.Seq != 0 {
		h.Errorf("the stream of the contact goes on at %+v, and was at %+v: it is another one", now, old)
	}
	h.must("Update", h.erase(contactID(1)))
}

func (h *harness) eraseEndsStreams() {
	h.put(h.plain(1), h.plain(2))
	h.append(3)
	head := h.head(contactID(1), contact.TopicNotes)
	waiting, behind, changes := h.present(), h.behind(0), h.follow(contactID(1), contact.TopicContact, nil)
	other := h.follow(contactID(2), contact.TopicNotes, nil)
	behind.next() // and not the end of the replay
	ended := make(chan error, 1)
	go func() {
		_, err := waiting.tryNext()
		ended <- err
	}()
	h.must("Update", h.erase(contactID(1)))
	h.wantCode("Next, while the contact was erased", <-ended, contact.NotFound)
	for range 2 {
		for _, f := range []*follower{waiting, behind, changes} {
			_, err := f.tryNext()
			h.wantCode("Next after the contact was erased", err, contact.NotFound)
			h.want("whether the contact is gone", f.stream.IsGone(), true)
		}
	}
	for _, after := range []*contact.Head{nil, &head, {Epoch: head.Epoch}} {
		_, err := h.store.Follow(h.Context(), h.org, contactID(1), contact.TopicNotes, after)
		h.wantCode("Follow after the contact was erased", err, contact.NotFound)
	}
	h.put(h.event(1, contactID(2), contact.TopicNotes))
	other.wantEvents(1, 1)
	h.want("whether another contact is gone", other.stream.IsGone(), false)
}

func (h *harness) eraseRaces() {
	const contacts = 5
	var erasing sync.WaitGroup
	for n := range contacts {
		h.put(h.plain(n), h.standing(n, contactID(n)))
	}
	h.together(func(writer, round int) error {
		n := (writer + round) % contacts
		of, id := contactID(n), 1000+writer*rounds+round
		if round == rounds/2 && writer < contacts {
			erasing.Go(func() {
				if err := h.erase(contactID(writer)); err != nil {
					h.Errorf("an erasure while others write = %v", err)
				}
			})
		}
		note := h.standing(id, of)
		err := h.try(func(ctx context.Context, tx contact.Tx) error {
			if writer%2 == 0 { // an edit reads the note alone
				found, err := tx.NotesByID(ctx, h.org, []contact.ID{noteID(n)})
				if err != nil || len(found) == 0 {
					return err
				}
				note = found[0]
				note.Version++
			}
			return putAll(ctx, tx, h.org, note, h.event(id, of, contact.TopicNotes))
		})
		if contact.CodeOf(err) == contact.NotFound {
			return nil
		}
		return err
	})
	erasing.Wait()
	var written []contact.ID
	for n := range 1000 + writers*rounds {
		written = append(written, noteID(n))
	}
	for ids := range slices.Chunk(written, contact.MaxPageSize) {
		found, err := h.store.NotesByID(h.Context(), h.org, ids)
		h.must("NotesByID", err)
		h.want("notes of erased contacts", len(found), 0)
	}
	for n := range contacts {
		h.want("events of an erased contact", len(h.events(contactID(n), contact.TopicNotes, 0, many)), 0)
	}
}

// walkOne collects the rows of a walk over a contact. What is only read with it is taken away.
func (h *harness) walkOne(ctx context.Context, of contact.ID) ([]contact.ContactRow, error) {
	var rows []contact.ContactRow
	err := h.store.WalkContact(ctx, h.org, of, func(row contact.ContactRow) error {
		if c := row.Contact; c != nil {
			c.CatalogVersion, c.NotesHead, c.EventsHead = 0, contact.Head{}, contact.Head{}
		}
		rows = append(rows, row)
		return nil
	})
	return rows, err
}

func (h *harness) walkOneShowsAll() {
	h.put(append(h.neighbours(), h.firstContact()...)...)
	late, early := h.applied(4, contactID(1)), h.applied(4, contactID(1))
	late.Agent, early.Agent = "agent z", "agent a"
	h.put(late, early, h.audit(5, contactID(1)), h.audit(4, contactID(1)))
	rows, err := h.walkOne(h.Context(), contactID(1))
	h.must("WalkContact", err)
	e := h.full(1)
	e.contact.CatalogVersion, e.contact.NotesHead, e.contact.EventsHead = 0, contact.Head{}, contact.Head{}
	want := []contact.ContactRow{{Contact: &e.contact}}
	for _, since := range []bool{false, true} {
		q := contact.NoteQuery{Contact: contactID(1)}
		if since {
			q.DeletedSince = pointer(longAgo())
		}
		for _, n := range h.notes(q).Items {
			want = append(want, contact.ContactRow{Note: &n})
		}
	}
	for _, topic := range []contact.Topic{contact.TopicContact, contact.TopicNotes} {
		for _, event := range h.events(contactID(1), topic, 0, many) {
			want = append(want, contact.ContactRow{Event: &event})
		}
	}
	first := h.applied(1, contactID(1))
	for _, a := range []contact.Applied{early, late, first} { // "agent z" < "auth0|…"
		want = append(want, contact.ContactRow{Applied: &a})
	}
	for _, n := range []int{5, 4, 1} {
		want = append(want, contact.ContactRow{Audit: pointer(h.audit(n, contactID(1)))})
	}
	h.want("what a walk over a contact shows", rows, want)
}

func (h *harness) walkOneEnds() {
	h.put(append(h.neighbours(), h.firstContact()...)...)
	all, err := h.walkOne(h.Context(), contactID(1))
	h.must("WalkContact", err)
	enough := errors.New("enough")
	for _, stop := range []int{1, 2, len(all)} {
		seen := 0
		err := h.store.WalkContact(h.Context(), h.org, contactID(1), func(contact.ContactRow) error {
			if seen++; seen == stop {
				return enough
			}
			return nil
		})
		if err != enough || seen != stop { //nolint:errorlint // the very error
			h.Errorf("WalkContact = %v after %d rows, want the visitor's error after %d", err, seen, stop)
		}
	}
	ctx, cancel := context.WithCancel(h.Context())
	defer cancel()
	err = h.store.WalkContact(ctx, h.org, contactID(1), func(contact.ContactRow) error {
		cancel()
		return nil
	})
	wantError(h, "WalkContact", err, context.Canceled)
	for _, id := range []contact.ID{contactID(9), ""} {
		rows, err := h.walkOne(h.Context(), id)
		h.wantCode("WalkContact", err, contact.NotFound)
		h.want("the rows of a contact that there is not", len(rows), 0)
	}
}
