package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"contactpanel/contact"
)

func walkCases() []testCase {
	return []testCase{
		{name: "a walk shows all that is kept, tombstones too, in the order of kinds and of bytes", run: (*harness).walkShowsAll},
		{name: "a walk over many rows shows each once", run: (*harness).walkOverMany},
		{name: "a walk over an unknown organisation finds nothing", run: (*harness).walkOfUnknown},
		{name: "a walk is of one moment, whatever is written meanwhile", run: (*harness).walkOfOneMoment},
		{name: "nobody waits for a walk whose visitor is slow", run: (*harness).walkHoldsNobody},
		{name: "a walk ends with the error of its visitor", run: (*harness).walkEndsWithVisitor},
		{name: "a walk ends with its context", run: (*harness).walkEndsWithContext},
		{name: "a closed store is not walked over", need: soleUse, run: (*harness).walkOfClosed},
	}
}

// walk collects the rows of a walk. What is only read with a contact, and the catalog's version, is taken away.
func (h *harness) walk(ctx context.Context) ([]contact.ArchiveRow, error) {
	var rows []contact.ArchiveRow
	err := h.store.Walk(ctx, h.org, func(row contact.ArchiveRow) error {
		if c := row.Contact; c != nil {
			c.CatalogVersion, c.NotesHead, c.EventsHead = 0, contact.Head{}, contact.Head{}
		}
		if o := row.Organisation; o != nil {
			o.CatalogVersion = 0
		}
		rows = append(rows, row)
		return nil
	})
	return rows, err
}

// archived are the rows of a walk over things that were put, in the order in which it shows them.
func (h *harness) archived(things ...any) []contact.ArchiveRow {
	organisation := h.organisation()
	organisation.CatalogVersion = 0
	rows := []contact.ArchiveRow{{Organisation: &organisation}}
	for _, thing := range things {
		switch x := thing.(type) {
		case contact.Section:
			rows = append(rows, contact.ArchiveRow{Section: &x})
		case contact.Definition:
			rows = append(rows, contact.ArchiveRow{Definition: &x})
		case contact.Group:
			rows = append(rows, contact.ArchiveRow{Group: &x})
		case contact.DeactivatedAgent:
			rows = append(rows, contact.ArchiveRow{Agent: &x})
		case entry:
			x.contact.CatalogVersion, x.contact.NotesHead, x.contact.EventsHead = 0, contact.Head{}, contact.Head{}
			rows = append(rows, contact.ArchiveRow{Contact: &x.contact})
		case contact.Note:
			rows = append(rows, contact.ArchiveRow{Note: &x})
		case contact.Applied:
			rows = append(rows, contact.ArchiveRow{Applied: &x})
		case contact.AuditEntry:
			rows = append(rows, contact.ArchiveRow{Audit: &x})
		}
	}
	slices.SortStableFunc(rows, func(a, b contact.ArchiveRow) int {
		return cmp.Or(cmp.Compare(turnOf(a), turnOf(b)), cmp.Compare(keyOf(a), keyOf(b)))
	})
	return rows
}

func turnOf(row contact.ArchiveRow) int {
	return slices.Index([]contact.ArchiveKind{
		contact.ArchivedOrganisation, contact.ArchivedSection, contact.ArchivedDefinition, contact.ArchivedGroup, contact.ArchivedAgent,
		contact.ArchivedContact, contact.ArchivedNote, contact.ArchivedApplied, contact.ArchivedAudit,
	}, row.Kind())
}

func keyOf(row contact.ArchiveRow) string {
	switch {
	case row.Section != nil:
		return row.Section.Key
	case row.Definition != nil:
		return row.Definition.Key
	case row.Group != nil:
		return row.Group.Key
	case row.Agent != nil:
		return string(row.Agent.AgentID)
	case row.Contact != nil:
		return string(row.Contact.ID)
	case row.Note != nil:
		return string(row.Note.ID)
	case row.Applied != nil:
		return string(row.Applied.Agent) + "\x00" + row.Applied.Key
	case row.Audit != nil:
		return string(row.Audit.ID)
	default:
		return ""
	}
}

func (h *harness) walkShowsAll() {
	things := h.everything()
	// Ids that another order than that of the bytes turns round.
	for _, id := range []contact.ID{"contact_b", "contact_B", "contact_a", "contact_-", "contact__", "contact_10", "contact_9"} {
		e := h.plain(9)
		e.contact.ID, e.index.Sort = id, string(id)
		note, audit := h.standing(9, id), h.audit(9, id)
		note.ID, audit.ID = "note_"+id, "audit_"+id
		applied, deactivated := h.applied(9, id), h.deactivated(9)
		applied.Agent, deactivated.AgentID = id, id
		things = append(things, e, note, audit, applied, deactivated, h.keyed(string(id)))
	}
	other := h.applied(10, contactID(2))
	other.Key = "Key"
	things = append(things, other, h.tombstone(11, contactID(2)))
	h.put(things...)
	rows, err := h.walk(h.Context())
	h.must("Walk", err)
	h.want("what a walk shows", rows, h.archived(things...))
}

func (h *harness) walkOverMany() {
	const contacts, notes = 300, 900
	things := make([]any, 0, contacts+2*notes)
	for n := range contacts {
		things = append(things, h.plain(n))
	}
	for n := range notes {
		things = append(things, h.standing(n, contactID(n%contacts)), h.audit(n, contactID(n%contacts)))
	}
	h.put(things...)
	rows, err := h.walk(h.Context())
	h.must("Walk", err)
	h.want("what a walk shows", rows, h.archived(things...))
}

func (h *harness) walkOfUnknown() {
	h.put(h.everything()...)
	for _, org := range []contact.OrgID{"", h.org + " ", h.org + "\x00", "%"} {
		err := h.store.Walk(h.Context(), org, func(row contact.ArchiveRow) error {
			return fmt.Errorf("the walk shows a %s", row.Kind())
		})
		h.wantCode(fmt.Sprintf("Walk over %q", org), err, contact.NotFound)
	}
}

func (h *harness) walkOfOneMoment() {
	sections, definitions := h.catalog()
	section, definition, group := sections[0], definitions[0], h.groups()[1]
	section.Version, definition.Version, group.Version = 1, 1, 1
	e, note := h.plain(1), h.standing(1, contactID(1))
	h.put(section, definition, group, e, note, h.audit(1, ""))
	h.whileWriting(func(ctx context.Context, tx contact.Tx) error {
		found, err := tx.Contacts(ctx, h.org, []contact.ID{contactID(1)})
		if err != nil {
			return err
		}
		e.contact.Version = found[0].Version + 1
		v := e.contact.Version
		section.Version, definition.Version, group.Version, note.Version = v, v, v, v
		return putAll(ctx, tx, h.org, h.audit(v, ""), note, e, group, definition, section)
	}, func(ctx context.Context) {
		rows, err := h.walk(ctx)
		if err != nil || len(rows) < 7 {
			h.Errorf("Walk while things are written shows %d rows, %v", len(rows), err)
			return
		}
		v := rows[1].Section.Version
		if rows[2].Definition.Version != v || rows[3].Group.Version != v || rows[4].Contact.Version != v || rows[5].Note.Version != v || len(rows) != 6+v {
			h.Errorf("Walk while things are written: section %d, definition %d, group %d, contact %d, note %d, %d audit rows",
				v, rows[2].Definition.Version, rows[3].Group.Version, rows[4].Contact.Version, rows[5].Note.Version, len(rows)-6)
		}
	})
}

func (h *harness) walkHoldsNobody() {
	h.put(h.plain(1))
	const walks = 8
	ctx, cancel := context.WithTimeout(h.Context(), time.Minute)
	defer cancel()
	standing, resume := make(chan struct{}, walks), make(chan struct{})
	counts, errs := make([]int, walks), make([]error, walks)
	var wait sync.WaitGroup
	for i := range walks {
		wait.Go(func() {
			errs[i] = h.store.Walk(ctx, h.org, func(contact.ArchiveRow) error {
				if counts[i]++; counts[i] == 1 {
					standing <- struct{}{}
					<-resume
				}
				return nil
			})
		})
	}
	done := sync.OnceFunc(func() { close(resume); wait.Wait() })
	defer done()
	for range walks {
		select {
		case <-standing:
		case <-ctx.Done():
			h.Fatal("walks wait for one another")
		}
	}
	things := []any{h.plain(2), h.standing(1, contactID(2)), h.audit(1, "")}
	h.must("Update beside walks", h.store.Update(ctx, h.org, func(ctx context.Context, tx contact.Tx) error { return putAll(ctx, tx, h.org, things...) }))
	h.known.add(things...)
	found, err := h.store.Contacts(ctx, h.org, []contact.ID{contactID(1), contactID(2)})
	h.must("Contacts beside walks", err)
	h.want("the contacts that a reader finds beside walks", len(found), 2)
	done()
	for i := range walks {
		h.must("Walk", errs[i])
		h.want("the rows of a walk that began before the rest was written", counts[i], 2)
	}
}

func (h *harness) walkEndsWithVisitor() {
	h.put(h.everything()...)
	all, err := h.walk(h.Context())
	h.must("Walk", err)
	enough := errors.New("enough")
	for _, stop := range []int{1, 2, len(all)} {
		seen := 0
		err := h.store.Walk(h.Context(), h.org, func(contact.ArchiveRow) error {
			if seen++; seen == stop {
				return enough
			}
			return nil
		})
		if err != enough || seen != stop { //nolint:errorlint // the very error
			h.Errorf("Walk = %v after %d rows, want the visitor's error after %d", err, seen, stop)
		}
	}
	again, err := h.walk(h.Context())
	h.must("Walk", err)
	h.want("a walk after others that ended early", again, all)
}

func (h *harness) walkEndsWithContext() {
	h.put(h.everything()...)
	ended, cancel := context.WithCancel(h.Context())
	cancel()
	rows, err := h.walk(ended)
	wantError(h, "Walk", err, context.Canceled)
	h.want("the rows of a walk whose context has ended", len(rows), 0)

	ctx, cancel := context.WithCancel(h.Context())
	defer cancel()
	err = h.store.Walk(ctx, h.org, func(contact.ArchiveRow) error {
		cancel()
		return nil
	})
	wantError(h, "Walk", err, context.Canceled)
}

func (h *harness) walkOfClosed() {
	h.makeOrganisation()
	h.must("Close", h.store.Close())
	_, err := h.walk(h.Context())
	h.wantCode("Walk", err, contact.Unavailable)
}
