package graph

import (
	"context"

	"contactpanel/contact"
	"contactpanel/graph/internal/gql"
)

// Contact answers one contact.
func (q query) Contact(ctx context.Context, id contact.ID) (*contact.Contact, error) {
	return q.contacts.Contact(ctx, id)
}

// ContactByProfile answers the contact that a profile belongs to.
func (q query) ContactByProfile(ctx context.Context, network contact.Network, handle string) (*contact.Contact, error) {
	return q.contacts.ContactByProfile(ctx, network, handle)
}

// Contacts answers a page of contacts.
func (q query) Contacts(
	ctx context.Context, first *int, after *string, last *int, before *string,
	search *string, filter *contact.ContactFilter, orderBy *contact.ContactOrder,
) (*gql.ContactConnection, error) {
	in := contact.SearchInput{Search: text(search), Page: pageArgs(ctx, first, after, last, before)}
	if filter != nil {
		in.Filter = *filter
	}
	if orderBy != nil {
		in.Order = *orderBy
	}
	return contactConnection(q.contacts.Search(ctx, in))
}

// DisplayName answers what the viewer calls the contact.
func (f contactFields) DisplayName(ctx context.Context, of *contact.Contact) (string, error) {
	return f.contacts.DisplayName(ctx, of)
}

// Validation answers what the CRM says, in the viewer's language.
func (contactFields) Validation(ctx context.Context, of *contact.Contact) (*contact.Validation, error) {
	actor, err := contact.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	v := of.Validation(actor.Languages)
	return &v, nil
}

// Vip answers the VIP state as it is now.
func (f contactFields) Vip(_ context.Context, of *contact.Contact) (*contact.VIPStatus, error) {
	s := f.contacts.VIPStatus(of)
	return &s, nil
}

// Sections answers the whole panel's attributes.
func (f contactFields) Sections(ctx context.Context, of *contact.Contact) ([]contact.AttributeSection, error) {
	sections, err := f.contacts.Sections(ctx, of)
	return orEmpty(sections), err
}

// Attributes answers chosen attributes.
func (f contactFields) Attributes(
	ctx context.Context, of *contact.Contact, keys []string, kinds []contact.AttributeKind, includeEmpty bool,
) ([]contact.Attribute, error) {
	found, err := f.contacts.AttributesOf(ctx, of, contact.AttributeFilter{Keys: keys, Kinds: kinds, IncludeEmpty: includeEmpty})
	return orEmpty(found), err
}

// Attribute answers one attribute.
func (f contactFields) Attribute(ctx context.Context, of *contact.Contact, key string) (contact.Attribute, error) {
	return f.contacts.AttributeOf(ctx, of, key)
}

// Notes answers a page of notes.
func (f contactFields) Notes(ctx context.Context, of *contact.Contact, first *int, after *string, last *int, before *string) (*gql.NoteConnection, error) {
	return noteConnection(f.contacts.Notes(ctx, of, pageArgs(ctx, first, after, last, before)))
}

// DeletedNotes answers a page of deleted notes.
func (f contactFields) DeletedNotes(ctx context.Context, of *contact.Contact, first *int, after *string, last *int, before *string) (*gql.NoteConnection, error) {
	return noteConnection(f.contacts.DeletedNotes(ctx, of, pageArgs(ctx, first, after, last, before)))
}

// UpsertContact brings a contact up to date, or makes it.
func (m mutation) UpsertContact(ctx context.Context, in gql.UpsertContactInput) (*gql.UpsertContactPayload, error) {
	done, err := m.contacts.Upsert(ctx, contact.UpsertInput{
		Name: text(in.Name), AvatarURL: text(in.AvatarURL), Profiles: in.Profiles, Attributes: in.Attributes, Notes: in.Notes,
		VIP: in.Vip, IsImport: in.Origin == gql.UpsertOriginImport, ClientMutationID: text(in.ClientMutationID),
	})
	payload := &gql.UpsertContactPayload{ClientMutationID: in.ClientMutationID}
	if done != nil {
		payload.Contact, payload.Outcome = done.Contact, &done.Outcome
	}
	payload.Problems, err = problems(ctx, err)
	return payload, err
}
