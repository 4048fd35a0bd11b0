package sqlite

import (
	"context"

	"contactpanel/contact"
	"contactpanel/store/internal/paging"
)

// read runs one of a reader's methods for a caller of the store; several says that it takes more than one statement.
func read[T any](ctx context.Context, s *Store, several bool, fn func(reader) (T, error)) (out T, err error) {
	if err := s.life.Enter(); err != nil {
		return out, err
	}
	defer s.life.Leave()
	err = s.readers.read(ctx, several, func(in session) error {
		out, err = fn(reader{in})
		return err
	})
	return out, translate(err)
}

// Organisation implements [contact.OrganisationReader].
func (s *Store) Organisation(ctx context.Context, org contact.OrgID) (contact.Organisation, error) {
	return read(ctx, s, false, func(r reader) (contact.Organisation, error) { return r.Organisation(ctx, org) })
}

// HasOrganisations implements [contact.OrganisationReader].
func (s *Store) HasOrganisations(ctx context.Context) (bool, error) {
	return read(ctx, s, false, func(r reader) (bool, error) { return r.HasOrganisations(ctx) })
}

// DeactivatedAgents implements [contact.AgentReader].
func (s *Store) DeactivatedAgents(ctx context.Context, org contact.OrgID) ([]contact.DeactivatedAgent, error) {
	return read(ctx, s, false, func(r reader) ([]contact.DeactivatedAgent, error) { return r.DeactivatedAgents(ctx, org) })
}

// Definitions implements [contact.DefinitionReader].
func (s *Store) Definitions(ctx context.Context, org contact.OrgID) (contact.Definitions, error) {
	return read(ctx, s, false, func(r reader) (contact.Definitions, error) { return r.Definitions(ctx, org) })
}

// Contacts implements [contact.ContactReader].
func (s *Store) Contacts(ctx context.Context, org contact.OrgID, ids []contact.ID) ([]contact.Contact, error) {
	return read(ctx, s, false, func(r reader) ([]contact.Contact, error) { return r.Contacts(ctx, org, ids) })
}

// ContactByKey implements [contact.ContactReader].
func (s *Store) ContactByKey(ctx context.Context, org contact.OrgID, key contact.LookupKey) (*contact.Contact, error) {
	return read(ctx, s, false, func(r reader) (*contact.Contact, error) { return r.ContactByKey(ctx, org, key) })
}

// Match implements [contact.ContactReader].
func (s *Store) Match(ctx context.Context, org contact.OrgID, keys []contact.LookupKey, number string) ([]contact.KeyMatch, error) {
	return read(ctx, s, true, func(r reader) ([]contact.KeyMatch, error) { return r.Match(ctx, org, keys, number) })
}

// SearchContacts implements [contact.ContactReader].
func (s *Store) SearchContacts(ctx context.Context, org contact.OrgID, q contact.ContactQuery) (contact.Slice[contact.Contact], error) {
	return read(ctx, s, true, func(r reader) (contact.Slice[contact.Contact], error) { return r.SearchContacts(ctx, org, q) })
}

// Notes implements [contact.NoteReader].
func (s *Store) Notes(ctx context.Context, org contact.OrgID, q contact.NoteQuery) (contact.Slice[contact.Note], error) {
	return read(ctx, s, !paging.NeedsOneLook(q.Span), func(r reader) (contact.Slice[contact.Note], error) { return r.Notes(ctx, org, q) })
}

// NotesByID implements [contact.NoteReader].
func (s *Store) NotesByID(ctx context.Context, org contact.OrgID, ids []contact.ID) ([]contact.Note, error) {
	return read(ctx, s, false, func(r reader) ([]contact.Note, error) { return r.NotesByID(ctx, org, ids) })
}

// Events implements [contact.LogReader].
func (s *Store) Events(ctx context.Context, org contact.OrgID, of contact.ID, topic contact.Topic, after int64, limit int) ([]contact.Event, error) {
	return read(ctx, s, false, func(r reader) ([]contact.Event, error) { return r.Events(ctx, org, of, topic, after, limit) })
}

// Applied implements [contact.LogReader].
func (s *Store) Applied(ctx context.Context, org contact.OrgID, agent contact.ID, key string) (*contact.Applied, error) {
	return read(ctx, s, false, func(r reader) (*contact.Applied, error) { return r.Applied(ctx, org, agent, key) })
}

// AuditEntries implements [contact.LogReader].
func (s *Store) AuditEntries(ctx context.Context, org contact.OrgID, q contact.AuditQuery) (contact.Slice[contact.AuditEntry], error) {
	several := !paging.NeedsOneLook(q.Span) || len(q.Kinds) > 1
	return read(ctx, s, several, func(r reader) (contact.Slice[contact.AuditEntry], error) { return r.AuditEntries(ctx, org, q) })
}
