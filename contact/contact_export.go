package contact

import (
	"context"
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"
)

// ContactRow is one thing that is kept about a contact. Exactly one member is set.
type ContactRow struct {
	Contact *Contact
	Note    *Note // tombstones included
	Event   *Event
	Applied *Applied
	Audit   *AuditEntry
}

// ContactWalker reads everything about a contact.
type ContactWalker interface {
	// WalkContact calls visit with everything that is kept about a contact, all of one moment: first the contact, then its
	// notes that stand, newest first, its deleted notes, last deleted first, its events by topic and seq, the remembered writes
	// that tell of it by agent and key, and audit rows, newest first. NOT_FOUND when the organisation has no such contact. An
	// error of visit ends the walk and is returned. It holds no more than some hundred rows in memory, and writers do not wait
	// for it.
	WalkContact(ctx context.Context, org OrgID, of ID, visit func(ContactRow) error) error
}

// ContactExport is everything that is kept about one contact, on its way to an administrator.
type ContactExport struct {
	Contact ID
	Org     OrgID
	By      Agent     // who asked
	At      time.Time // when

	contacts *Contacts
	catalog  *Catalog
}

// ExportContact prepares the export of a contact and leaves an audit row that says so, or that it was refused. FORBIDDEN but for
// administrators; NOT_FOUND for an unknown contact.
func (c *Contacts) ExportContact(ctx context.Context, id ID) (*ContactExport, error) {
	actor, err := ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	export, err := c.export(ctx, id)
	if err != nil {
		c.auditRefusal(ctx, actor, attempt{kind: AuditContactExported, contact: id}, err)
		return nil, err
	}
	return export, nil
}

func (c *Contacts) export(ctx context.Context, id ID) (*ContactExport, error) {
	actor, err := actorFor(ctx, "contactExport")
	if err != nil {
		return nil, err
	}
	if id.Prefix() != PrefixContact || !utf8.ValidString(string(id)) {
		return nil, FieldErrorf(NotFound, "contactId", "there is no such contact")
	}
	export := &ContactExport{Contact: id, Org: actor.Org, By: actor.Agent, At: moment(c.now()), contacts: c}
	err = c.store.Update(ctx, actor.Org, func(ctx context.Context, tx Tx) error {
		w := &write{contacts: c, actor: actor, at: export.At}
		of, err := w.contact(ctx, tx, id, "contactId")
		if err != nil {
			return err
		}
		set, err := c.definitionsIn(ctx, tx, actor.Org, of.CatalogVersion)
		if err != nil {
			return err
		}
		export.catalog = set.forViewer(actor)
		return w.audit(ctx, tx, AuditContactExported, id, "", of.Version)
	})
	if err != nil {
		return nil, err
	}
	return export, nil
}

// Omitted are the definitions whose values who asked may not read, in the order of the panel. The export holds none of these values.
// They are the same for every contact: that one has such a value is not for who asked to know.
func (e *ContactExport) Omitted() []*AttributeDefinition {
	return slices.DeleteFunc(slices.Clone(e.catalog.Definitions), func(def *AttributeDefinition) bool { return def.isReadable })
}

// Walk calls visit with everything, in the order of [ContactWalker], its own audit row included, but for the attributes that who
// asked may not read, in remembered answers too. An attribute that was defined after they asked is left out as well: its readers
// are not known. NOT_FOUND when the contact was erased since. An error of visit ends it and is returned. Memory does not depend on
// the number of rows.
func (e *ContactExport) Walk(ctx context.Context, visit func(ContactRow) error) error {
	return e.contacts.store.WalkContact(Patiently(ctx), e.Org, e.Contact, func(row ContactRow) error {
		switch {
		case row.Contact != nil:
			row.Contact = e.readable(row.Contact)
		case row.Applied != nil:
			shown := *row.Applied
			var err error
			if shown.Result, err = e.readableAnswer(shown.Result); err != nil {
				return err
			}
			row.Applied = &shown
		}
		return visit(row)
	})
}

// readable returns the contact without what who asked may not read; the very contact when that is all of it.
func (e *ContactExport) readable(of *Contact) *Contact {
	isHidden := func(r AttributeRecord) bool { return e.catalog.readable(r.Key) == nil }
	hasHidden := slices.ContainsFunc(of.Attributes, isHidden)
	if !hasHidden && (of.ImportedRow == "" || !e.hidesSome()) {
		return of
	}
	out := of.clone()
	out.Attributes = slices.DeleteFunc(out.Attributes, isHidden)
	out.ImportedRow = "" // a digest of all values of the row: it tells a guess of them right from wrong, also that there were none
	return out
}

// hidesSome reports whether the organisation has attributes that who asked may not read.
func (e *ContactExport) hidesSome() bool {
	return slices.ContainsFunc(e.catalog.Definitions, func(def *AttributeDefinition) bool { return !def.isReadable })
}

// readableAnswer returns a remembered answer without what who asked may not read, and else as it is kept. An answer about a contact
// is a note, a contact, or an upsert with the contact in it; of anything else nobody knows what it holds.
func (e *ContactExport) readableAnswer(kept []byte) ([]byte, error) {
	var upserted Upserted
	if json.Unmarshal(kept, &upserted) == nil && upserted.Contact != nil {
		of := e.readable(upserted.Contact)
		if of == upserted.Contact {
			return kept, nil
		}
		upserted.Contact = of
		return json.Marshal(&upserted)
	}
	var alone Contact // or something else with an id
	isKnown := json.Unmarshal(kept, &alone) == nil
	switch {
	case isKnown && alone.ID.Prefix() == PrefixContact:
		if of := e.readable(&alone); of != &alone {
			return json.Marshal(of)
		}
		return kept, nil
	case isKnown && alone.ID.Prefix() == PrefixNote, !e.hidesSome():
		return kept, nil
	default:
		return []byte("null"), nil
	}
}

// Label is what the panel calls an attribute of the contact, in the language of who asked; the key itself when it is not known.
// Archived definitions keep theirs.
func (e *ContactExport) Label(key string) string {
	if def := e.catalog.Definition(key); def != nil {
		return def.Label
	}
	return key
}
