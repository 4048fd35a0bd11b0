package storetest

import (
	"cmp"
	"context"
	"slices"

	"contactpanel/contact"
)

// known is what an organisation was given, by which everything is found again.
type known struct {
	contacts, notes []contact.ID
	keys            []contact.LookupKey
	applied         []appliedKey
}

type appliedKey struct {
	agent contact.ID
	key   string
}

func (k *known) add(things ...any) {
	for _, thing := range things {
		switch x := thing.(type) {
		case entry:
			k.contacts = include(k.contacts, x.contact.ID)
			for _, key := range x.index.Lookup {
				k.keys = include(k.keys, key)
			}
		case contact.Note:
			k.notes = include(k.notes, x.ID)
		case contact.Event:
			k.contacts = include(k.contacts, x.Contact)
		case contact.Applied:
			k.applied = include(k.applied, appliedKey{x.Agent, x.Key})
		}
	}
}

func include[T comparable](list []T, item T) []T {
	if slices.Contains(list, item) {
		return list
	}
	return append(list, item)
}

// snapshot is all that a reader says about what is known. What is not there leaves no trace in it.
type snapshot struct {
	Organisation contact.Organisation
	Deactivated  []contact.DeactivatedAgent
	Catalog      contact.Definitions
	Contacts     []contact.Contact
	Holders      []contact.ID
	Matches      []contact.KeyMatch
	Found        contact.Slice[contact.Contact]
	Notes        []contact.Slice[contact.Note]
	NotesByID    []contact.Note
	Events       []contact.Event
	Applied      []contact.Applied
	Audit        []contact.AuditEntry
}

// many bounds lists that no case fills.
const many = 10_000

// take reads a snapshot of an organisation.
func take(ctx context.Context, r contact.Reader, org contact.OrgID, k *known) (s snapshot, err error) {
	if s.Organisation, err = r.Organisation(ctx, org); err != nil {
		return s, err
	}
	if s.Deactivated, err = deactivated(ctx, r, org); err != nil {
		return s, err
	}
	if s.Catalog, err = r.Definitions(ctx, org); err != nil {
		return s, err
	}
	slices.SortFunc(s.Catalog.Definitions, func(a, b contact.Definition) int { return cmp.Compare(a.Key, b.Key) })
	slices.SortFunc(s.Catalog.Sections, func(a, b contact.Section) int { return cmp.Compare(a.Key, b.Key) })
	sortGroups(s.Catalog.Groups)
	q := contact.ContactQuery{By: contact.ByCreatedAt, Now: base(), Span: contact.Span{Limit: contact.MaxPageSize, WantTotal: true}}
	if s.Found, err = r.SearchContacts(ctx, org, q); err != nil {
		return s, err
	}
	entries, err := r.AuditEntries(ctx, org, contact.AuditQuery{Span: contact.Span{Limit: many}})
	if err != nil {
		return s, err
	}
	s.Audit = entries.Items
	for _, read := range []func(context.Context, contact.Reader, contact.OrgID, *known) error{s.readContacts, s.readKeys, s.readNotes, s.readLog} {
		if err := read(ctx, r, org, k); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s *snapshot) readContacts(ctx context.Context, r contact.Reader, org contact.OrgID, k *known) error {
	for ids := range slices.Chunk(k.contacts, contact.MaxPageSize) {
		found, err := r.Contacts(ctx, org, ids)
		if err != nil {
			return err
		}
		s.Contacts = append(s.Contacts, found...)
	}
	slices.SortFunc(s.Contacts, func(a, b contact.Contact) int { return cmp.Compare(a.ID, b.ID) })
	return nil
}

func (s *snapshot) readKeys(ctx context.Context, r contact.Reader, org contact.OrgID, k *known) error {
	for _, key := range k.keys {
		if key.Kind != contact.LookupProfile {
			continue
		}
		holder, err := r.ContactByKey(ctx, org, key)
		if err != nil {
			return err
		}
		if holder != nil {
			s.Holders = append(s.Holders, holder.ID)
		}
	}
	matches, err := r.Match(ctx, org, k.keys, "")
	if err != nil {
		return err
	}
	for _, m := range matches {
		if len(m.Fits) > 1 {
			m.Fits = nil // any two of several
		}
		if m.IsHeld || len(m.Fits) > 0 {
			s.Matches = append(s.Matches, m)
		}
	}
	return nil
}

func (s *snapshot) readNotes(ctx context.Context, r contact.Reader, org contact.OrgID, k *known) error {
	longAgo := base().AddDate(-500, 0, 0)
	for _, id := range k.contacts {
		for _, q := range []contact.NoteQuery{{Contact: id}, {Contact: id, DeletedSince: &longAgo}} {
			q.Span = contact.Span{Limit: contact.MaxPageSize, WantTotal: true}
			found, err := r.Notes(ctx, org, q)
			if err != nil {
				return err
			}
			if difference(contact.Slice[contact.Note]{}, found) != "" {
				s.Notes = append(s.Notes, found)
			}
		}
	}
	for ids := range slices.Chunk(k.notes, contact.MaxPageSize) {
		found, err := r.NotesByID(ctx, org, ids)
		if err != nil {
			return err
		}
		s.NotesByID = append(s.NotesByID, found...)
	}
	slices.SortFunc(s.NotesByID, func(a, b contact.Note) int { return cmp.Compare(a.ID, b.ID) })
	return nil
}

func (s *snapshot) readLog(ctx context.Context, r contact.Reader, org contact.OrgID, k *known) error {
	for _, id := range k.contacts {
		for _, topic := range topics() {
			found, err := r.Events(ctx, org, id, topic, 0, many)
			if err != nil {
				return err
			}
			s.Events = append(s.Events, found...)
		}
		own, err := r.AuditEntries(ctx, org, contact.AuditQuery{Contact: id, Span: contact.Span{Limit: many}})
		if err != nil {
			return err
		}
		s.Audit = append(s.Audit, own.Items...)
	}
	for _, a := range k.applied {
		found, err := r.Applied(ctx, org, a.agent, a.key)
		if err != nil {
			return err
		}
		if found != nil {
			s.Applied = append(s.Applied, *found)
		}
	}
	return nil
}

// snapshot reads all that the organisation holds.
func (h *harness) snapshot() snapshot {
	h.Helper()
	s, err := take(h.Context(), h.store, h.org, h.known)
	h.must("reading everything", err)
	return s
}

// holds checks that nothing changed since a snapshot.
func (h *harness) holds(what string, before snapshot) {
	h.Helper()
	h.want(what, h.snapshot(), before)
}

// seesNothingOf checks that the ids and keys of another organisation find nothing in this one.
func (h *harness) seesNothingOf(other *harness) {
	h.Helper()
	own := h.snapshot()
	found, err := take(h.Context(), h.store, h.org, other.known)
	h.must("reading everything by the ids of another organisation", err)
	h.want("what an organisation sees by the ids of another", found, own)
}

func topics() []contact.Topic { return []contact.Topic{contact.TopicNotes, contact.TopicContact} }
