package storetest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"contactpanel/contact"
)

// longAgo is before all that the fixtures hold: nothing is swept by it.
func longAgo() time.Time { return base().AddDate(-600, 0, 0) }

func sweepCases() []testCase {
	return []testCase{
		{name: "a sweep takes what is older than its limit and leaves what is just as old", need: ownStore, run: (*harness).sweepLimits},
		{name: "a sweep takes refused changes that are older than its limit, and none that were made", need: ownStore, run: (*harness).sweepRefusals},
		{name: "a sweep leaves heads, contacts, standing notes, definitions and audit rows of what was made", need: ownStore, run: (*harness).sweepLeaves},
		{name: "a sweep goes through all organisations", need: ownStore, run: (*harness).sweepAllOrganisations},
		{name: "a sweep takes many", need: ownStore, run: (*harness).sweepMany},
	}
}

func (h *harness) sweepLimits() {
	h.put(h.plain(1))
	h.agedThings(100)
	none := contact.SweepLimits{NotesDeleted: longAgo(), Events: longAgo(), Applied: longAgo()}
	h.wantSwept("nothing is that old", none, 0)
	limits := none
	limits.NotesDeleted = at(100)
	h.wantSwept("one tombstone is older", limits, 1)
	h.wantAges(2, 3, 3)
	limits.Events = at(100)
	h.wantSwept("one event of each topic is older", limits, 2)
	h.wantAges(2, 2, 3)
	limits.Applied = at(100)
	h.wantSwept("one remembered write is older", limits, 1)
	h.wantAges(2, 2, 2)
	h.wantSwept("nothing is left to sweep", limits, 0)
	later := at(101)
	h.wantSwept("what is just older", contact.SweepLimits{NotesDeleted: later, Events: later, Applied: later}, 4)
	h.wantAges(1, 1, 1)
	h.want("notes that stand, however old", len(h.notes(contact.NoteQuery{Contact: contactID(1)}).Items), 1)
	later = at(1_000_000)
	h.wantSwept("all", contact.SweepLimits{NotesDeleted: later, Events: later, Applied: later}, 4)
	h.wantAges(0, 0, 0)
}

func (h *harness) sweepLeaves() {
	h.put(h.everything()...)
	before := h.snapshot()
	epoch := h.head(contactID(1), contact.TopicNotes).Epoch
	future := base().AddDate(10, 0, 0)
	limits := contact.SweepLimits{NotesDeleted: future, Events: future, Applied: future, Refusals: future}
	h.wantSwept("a tombstone, three events, a remembered write, a refused change", limits, 6)
	before.Applied, before.Events = nil, nil
	before.Audit = slices.DeleteFunc(before.Audit, func(e contact.AuditEntry) bool { return e.Refused != "" })
	before.Notes, before.NotesByID = before.Notes[:1], before.NotesByID[1:]
	h.holds("what a sweep leaves", before)
	h.update(func(ctx context.Context, tx contact.Tx) error {
		next := h.event(9, contactID(1), contact.TopicNotes)
		next.At = future // and so left when the next organisation sweeps
		head, err := tx.Append(ctx, h.org, next)
		return cmp.Or(err, same("the head after a sweep", head, contact.Head{Epoch: epoch, Seq: 3}))
	})
}

func (h *harness) sweepRefusals() {
	made := []contact.AuditEntry{h.audit(1, contactID(1)), h.audit(2, "")}
	refused := []contact.AuditEntry{h.refusal(100, contactID(1)), h.refusal(101, ""), h.refusal(102, contactID(1))}
	h.put(made[0], made[1], refused[0], refused[1], refused[2])
	h.wantSwept("nothing is that old", contact.SweepLimits{Refusals: at(100)}, 0)
	h.wantSwept("one refused change is older", contact.SweepLimits{Refusals: at(101)}, 1)
	h.want("the audit", h.auditEntries(contact.AuditQuery{}), []contact.AuditEntry{refused[2], refused[1], made[1], made[0]})
	h.wantSwept("all", contact.SweepLimits{Refusals: at(1_000_000)}, 2)
	h.want("the audit", h.auditEntries(contact.AuditQuery{}), []contact.AuditEntry{made[1], made[0]})
}

func (h *harness) sweepAllOrganisations() {
	all := []*harness{h, h.another(), h.another()}
	for _, o := range all {
		o.put(o.plain(1), o.tombstone(1, contactID(1)), o.standing(2, contactID(1)), o.event(1, contactID(1), contact.TopicNotes), o.applied(1, contactID(1)))
	}
	limit := at(1_000_000)
	h.wantSwept("three things of three organisations", contact.SweepLimits{NotesDeleted: limit, Events: limit, Applied: limit}, 9)
	for _, o := range all {
		o.want("the notes left", noteIDs(o.notes(contact.NoteQuery{Contact: contactID(1)})), []contact.ID{noteID(2)})
		o.want("the events left", len(o.events(contactID(1), contact.TopicNotes, 0, many)), 0)
	}
}

func (h *harness) sweepMany() {
	const events = 2345
	h.put(h.plain(1))
	h.update(func(ctx context.Context, tx contact.Tx) error {
		for n := range events {
			if _, err := tx.Append(ctx, h.org, h.event(n, contactID(1), contact.TopicContact)); err != nil {
				return err
			}
		}
		return nil
	})
	h.wantSwept("all events but the last", contact.SweepLimits{NotesDeleted: longAgo(), Events: at(events - 1), Applied: longAgo()}, events-1)
	left := h.events(contactID(1), contact.TopicContact, 0, many)
	h.want("the events left", len(left), 1)
	h.want("the seq of the last", left[0].Seq, int64(events))
}

// agedThings writes a tombstone, an event of each topic and a remembered write one millisecond before a moment, at it and
// one after, and a standing note that is older than all.
func (h *harness) agedThings(ms int) {
	h.Helper()
	old := h.standing(9, contactID(1))
	old.CreatedAt = at(-1_000_000)
	h.put(old)
	for n := range 3 {
		moment := at(ms - 1 + n)
		note, applied := h.tombstone(n, contactID(1)), h.applied(n, contactID(1))
		note.DeletedAt, applied.At = &moment, moment
		h.put(note, applied)
		for _, topic := range topics() {
			e := h.event(n, contactID(1), topic)
			e.At = moment
			h.put(e)
		}
	}
}

// wantAges checks how many of the aged things are left: the youngest ones.
func (h *harness) wantAges(tombstones, events, applied int) {
	h.Helper()
	var want []contact.ID
	for n := 2; n >= 3-tombstones; n-- {
		want = append(want, noteID(n))
	}
	h.want("tombstones left", noteIDs(h.notes(contact.NoteQuery{Contact: contactID(1), DeletedSince: pointer(longAgo())})), want)
	found, err := h.store.NotesByID(h.Context(), h.org, []contact.ID{noteID(0), noteID(1), noteID(2)})
	h.must("NotesByID", err)
	h.want("tombstones left by id", len(found), tombstones)
	for _, topic := range topics() {
		got := h.events(contactID(1), topic, 0, many)
		h.want("events left", len(got), events)
		for i, e := range got {
			h.want("the seq of an event left", e.Seq, int64(4-events+i))
		}
		h.want("the head", h.head(contactID(1), topic).Seq, int64(3))
	}
	for n := range 3 {
		got, err := h.store.Applied(h.Context(), h.org, h.applied(n, "").Agent, h.applied(n, "").Key)
		h.must("Applied", err)
		h.want("whether a write is still remembered", got != nil, n >= 3-applied)
	}
}

func (h *harness) wantSwept(what string, limits contact.SweepLimits, want int) {
	h.Helper()
	got, err := h.store.Sweep(h.Context(), limits)
	h.must("Sweep", err)
	if got != want {
		h.Errorf("%s: Sweep counts %d, want %d", what, got, want)
	}
}
