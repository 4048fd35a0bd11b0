package contact

import (
	"context"
	"encoding/json"
)

// erasure is the answer to an erasure, by id alone: it is remembered like any other, and outlives the contact.
type erasure struct{ Erased ID }

// Of the answers that are remembered, an erasure, definitions and sections tell of no contact.
func (erasure) about() ID        { return "" }
func (*Definition) about() ID    { return "" }
func (definitionKeys) about() ID { return "" }
func (*Section) about() ID       { return "" }
func (*Group) about() ID         { return "" }
func (groupID) about() ID        { return "" }
func (n *Note) about() ID        { return n.Contact }
func (c *Contact) about() ID     { return c.ID }
func (u *Upserted) about() ID    { return u.Contact.ID }

// definitionKeys are keys of definitions.
type definitionKeys []string

// EraseContact removes a contact for good: profiles, attributes, VIP state, notes in every state, events, and what is
// remembered of writes to it. The audit keeps ids. Whoever follows the contact is told that it is gone, and nothing else of it
// any more. A contact that is imported later with the same profile is another one.
//
// It takes no version: what is erased does not depend on what was seen of it, and a contact that changes all the time can be
// erased too. FORBIDDEN but for administrators. Problems: an unknown contact, one that was erased before included.
func (c *Contacts) EraseContact(ctx context.Context, id ID, mutationID string) (ID, error) {
	asked := attempt{mutation: "eraseContact", key: mutationID, input: []string{string(id)}, kind: AuditContactErased, contact: id}
	done, err := once(Patiently(ctx), c, asked, func(ctx context.Context, tx Tx, w *write) (erasure, error) {
		of, err := w.contact(ctx, tx, id, "contactId")
		if err != nil {
			return erasure{}, err
		}
		if err := tx.EraseContact(ctx, w.actor.Org, id); err != nil {
			return erasure{}, err
		}
		return erasure{id}, w.audit(ctx, tx, AuditContactErased, id, "", of.Version)
	})
	return done.Erased, err
}

// contactIn finds the contact that a remembered answer tells of, "" when it tells of none: archives do not say it.
func contactIn(result []byte) ID {
	var told struct {
		ID      ID
		Contact json.RawMessage // of a note the id, of an upsert the contact
	}
	if json.Unmarshal(result, &told) != nil { // a list of keys
		return ""
	}
	var of struct{ ID ID }
	switch {
	case told.ID.Prefix() == PrefixContact:
		return told.ID
	case json.Unmarshal(told.Contact, &told.ID) == nil: // a text
		return told.ID
	case json.Unmarshal(told.Contact, &of) == nil:
		return of.ID
	default:
		return ""
	}
}
