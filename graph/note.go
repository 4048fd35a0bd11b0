package graph

import (
	"context"

	"contactpanel/contact"
	"contactpanel/graph/internal/gql"
)

// AddNote writes a note.
func (m mutation) AddNote(ctx context.Context, in gql.AddNoteInput) (*gql.AddNotePayload, error) {
	n, err := m.contacts.AddNote(ctx, in.ContactID, in.Body, text(in.ClientMutationID))
	found, err := problems(ctx, err)
	return &gql.AddNotePayload{Note: n, NoteEdge: contact.EdgeOf(n), Problems: found, ClientMutationID: in.ClientMutationID}, err
}

// EditNote replaces a note's text.
func (m mutation) EditNote(ctx context.Context, in gql.EditNoteInput) (*gql.EditNotePayload, error) {
	n, err := m.contacts.EditNote(ctx, in.NoteID, in.Body, in.ExpectedVersion, text(in.ClientMutationID))
	found, err := problems(ctx, err)
	return &gql.EditNotePayload{Note: n, NoteEdge: contact.EdgeOf(n), Problems: found, ClientMutationID: in.ClientMutationID}, err
}

// DeleteNote leaves a tombstone.
func (m mutation) DeleteNote(ctx context.Context, in gql.DeleteNoteInput) (*gql.DeleteNotePayload, error) {
	n, err := m.contacts.DeleteNote(ctx, in.NoteID, in.ExpectedVersion, text(in.ClientMutationID))
	payload := &gql.DeleteNotePayload{Note: n, ClientMutationID: in.ClientMutationID}
	if n != nil {
		payload.NoteID = &n.ID
	}
	payload.Problems, err = problems(ctx, err)
	return payload, err
}

// RestoreNote brings a deleted note back.
func (m mutation) RestoreNote(ctx context.Context, in gql.RestoreNoteInput) (*gql.RestoreNotePayload, error) {
	n, err := m.contacts.RestoreNote(ctx, in.NoteID, in.ExpectedVersion, text(in.ClientMutationID))
	found, err := problems(ctx, err)
	return &gql.RestoreNotePayload{Note: n, NoteEdge: contact.EdgeOf(n), Problems: found, ClientMutationID: in.ClientMutationID}, err
}
