package mongo

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"contactpanel/contact"
)

// trackedContact is a contact as the transaction sees it.
type trackedContact struct {
	row contactRow
	// stored are its unique keys as they are in the database.
	stored          []string
	exists          bool // there is one
	isNew           bool // it is not in the database yet
	hasBody, hasLog bool // it, or a head of its topics, has changed and waits
	isTold          bool // a remembered write that waits tells of it
}

// tracked gives contacts as the transaction sees them; those that it does not know yet are read, in one look.
func (t *tx) tracked(ctx context.Context, ids ...contact.ID) error {
	var unknown []contact.ID
	for _, id := range ids {
		if t.contacts[id] == nil {
			unknown = append(unknown, id)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	for _, id := range unknown {
		t.contacts[id] = &trackedContact{}
	}
	if t.isFresh {
		return nil
	}
	// A contact that the transaction does not know waits in no write: nothing has to be written before this look.
	r := reader{unflushed{t}, t.org}
	rows, err := r.contactRows(ctx, contactQuery{filter: byIDs(t.org, unknown)})
	if err != nil {
		return err // and with it the transaction ends
	}
	for i := range rows {
		row := rows[i].Row
		t.contacts[contact.ID(row.ID)] = &trackedContact{row: row, stored: row.ProfileKeys, exists: true}
	}
	return nil
}

// unflushed reads in the transaction without writing first what waits.
type unflushed struct{ *tx }

func (u unflushed) do(ctx context.Context, op func(ctx context.Context) error) error {
	return u.run(ctx, op)
}

// Contacts implements [contact.ContactReader]: what the transaction knows is not read again.
func (t *tx) Contacts(ctx context.Context, _ contact.OrgID, ids []contact.ID) ([]contact.Contact, error) {
	if err := t.tracked(ctx, ids...); err != nil {
		return nil, err
	}
	var out []contact.Contact
	for i, id := range ids {
		if known := t.contacts[id]; known.exists && !slices.Contains(ids[:i], id) {
			out = append(out, known.row.contact())
		}
	}
	if len(out) == 0 {
		return nil, ctx.Err()
	}
	version, err := t.catalogVersion(ctx)
	for i := range out {
		out[i].CatalogVersion = version
	}
	return out, err
}

// catalogVersion is that of the organisation's catalog, as the transaction sees it.
func (t *tx) catalogVersion(ctx context.Context) (int, error) {
	if t.catalog < 0 {
		has, err := t.hasOrganisation(ctx)
		if err != nil {
			return 0, err
		}
		if !has {
			return 0, nil
		}
	}
	return t.catalog, nil
}

// PutContact implements [contact.Tx].
func (t *tx) PutContact(ctx context.Context, org contact.OrgID, c contact.Contact, index contact.ContactIndex) error {
	if err := t.tracked(ctx, c.ID); err != nil {
		return err
	}
	row := rowOf(org, &c, &index)
	if err := checkSize(&row); err != nil {
		return err
	}
	if err := t.checkFree(ctx, &row); err != nil {
		return err
	}
	known := t.contacts[c.ID]
	if known.exists {
		row.NotesHead, row.EventsHead = known.row.NotesHead, known.row.EventsHead
	} else {
		row.NotesHead.Epoch, row.EventsHead.Epoch = contact.NewEpoch(), contact.NewEpoch()
		known.exists, known.isNew = true, true
	}
	t.claim(row.Keys, known.row.Keys)
	known.row = row
	t.change(c.ID, &known.hasBody)
	return nil
}

// checkSize refuses a contact that no document can hold before anything is sent: the server's refusal would name no reason
// that an agent understands. The domain's limits on single values allow more in all.
func checkSize(row *contactRow) error {
	if row.roughSize() < maxDocument/4 { // nearly all; to encode a contact twice would cost each change
		return nil
	}
	encoded, err := bson.Marshal(row)
	if err != nil {
		return contact.Fault(contact.Internal, err, "the store met an unexpected fault")
	}
	if len(encoded) <= maxDocument {
		return nil
	}
	e := contact.FieldErrorf(contact.LimitReached, "attributes", "has %d %s; at most %d are allowed", len(encoded), "bytes", maxDocument)
	e.Max, e.Got, e.Unit = maxDocument, len(encoded), contact.Bytes
	return e
}

// roughSize is about the size of what can grow without end: the document has at most some times as many bytes.
func (r *contactRow) roughSize() int {
	const each = 64 // names and lengths around a value
	size := 0
	for _, a := range r.Contact.Attributes {
		size += each
		for _, v := range a.Values {
			size += each + len(v.Value) + len(v.Extra)
		}
	}
	for _, list := range [][]string{r.Search, r.Keys, r.Contact.ImportedNotes} {
		for _, text := range list {
			size += each + len(text)
		}
	}
	return size + len(r.Contact.Profiles)*32*each
}

// change notes that a contact has something to write.
func (t *tx) change(id contact.ID, what *bool) {
	*what = true
	t.order = include(t.order, id)
}

// checkFree refuses profiles that others hold. Contacts that the transaction knows count as it sees them.
func (t *tx) checkFree(ctx context.Context, row *contactRow) error {
	wanted := without(row.ProfileKeys, t.contacts[contact.ID(row.ID)].row.ProfileKeys)
	if len(wanted) == 0 {
		return nil
	}
	for id, other := range t.contacts {
		if string(id) != row.ID && other.exists && len(without(wanted, other.row.ProfileKeys)) < len(wanted) {
			return errTaken()
		}
	}
	if t.isFresh {
		return nil
	}
	filter := bson.D{{Key: "profileKeys", Value: bson.D{{Key: "$in", Value: wanted}}}}
	found, err := find(ctx, reader{unflushed{t}, t.org}, contacts, filter,
		options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "id", Value: 1}}),
		func(h *holder) contact.ID { return contact.ID(h.ID) })
	if err != nil {
		return err
	}
	if slices.ContainsFunc(found, func(id contact.ID) bool { return t.contacts[id] == nil }) {
		return errTaken()
	}
	return nil
}

// Match implements [contact.ContactReader]. Of contacts that the transaction knows, it is their state in it that counts; so
// nothing has to be written first.
func (t *tx) Match(ctx context.Context, org contact.OrgID, keys []contact.LookupKey, number string) ([]contact.KeyMatch, error) {
	out, names := newMatches(org, keys)
	if len(keys) == 0 {
		return out, ctx.Err()
	}
	var all []holder
	if !t.isFresh {
		found, err := reader{unflushed{t}, t.org}.holders(ctx, bson.D{{Key: "$in", Value: names}}, nil, manyHolders)
		if err != nil {
			return nil, err
		}
		if len(found) == manyHolders {
			return t.reader.Match(ctx, org, keys, number)
		}
		all = slices.DeleteFunc(found, func(h holder) bool { return t.contacts[contact.ID(h.ID)] != nil })
	}
	for _, c := range t.contacts {
		if c.exists {
			all = append(all, holder{c.row.ID, c.row.Keys, c.row.Number})
		}
	}
	for i := range out {
		judge(&out[i], all, names[i], number)
	}
	return out, nil
}

func errTaken() error {
	return contact.FieldErrorf(contact.Taken, "handle", "this profile belongs to another contact")
}

// claim makes transactions conflict that give the same key to contacts: each looks who holds it, and with one snapshot each
// neither would see the other's. They touch one document a key, which names the key by a digest alone.
//
// Nobody else knows of an organisation that is made here.
func (t *tx) claim(keys, before []string) {
	if t.isFresh {
		return
	}
	for _, digest := range digestsOf(without(keys, before)) {
		t.pending = append(t.pending, write{
			collection: contactKeys, filter: bson.D{{Key: "_id", Value: digest}},
			update: bson.D{{Key: "$inc", Value: bson.D{{Key: "given", Value: 1}}}},
		})
	}
}

// contactWrites are the writes of the contacts that changed: one each, however often it changed.
func (t *tx) contactWrites() []write {
	var freed, changed []write
	for _, id := range t.order {
		c := t.contacts[id]
		filter := bson.D{{Key: "_id", Value: c.row.Key}}
		// A profile that goes from one contact to another has to leave the first before it reaches the second.
		if given := without(c.stored, c.row.ProfileKeys); len(given) > 0 {
			freed = append(freed, write{
				collection: contacts, filter: filter, isKnown: true, update: profileKeys(without(c.stored, given)),
			})
		}
		if c.isNew {
			changed = append(changed, write{collection: contacts, document: c.row})
		} else {
			changed = append(changed, write{collection: contacts, filter: filter, isKnown: true, update: c.update()})
		}
		c.stored, c.isNew, c.hasBody, c.hasLog, c.isTold = c.row.ProfileKeys, false, false, false, false
	}
	t.order = nil
	return append(freed, changed...)
}

// update is what has changed of a contact that is in the database.
func (c *trackedContact) update() (update bson.D) {
	switch {
	case c.hasBody:
		update = bson.D{{Key: "$set", Value: c.row}}
		if len(c.row.ProfileKeys) == 0 {
			update = append(update, bson.E{Key: "$unset", Value: bson.D{{Key: "profileKeys", Value: ""}}})
		}
	case c.hasLog:
		update = bson.D{{Key: "$set", Value: bson.D{{Key: "notesHead", Value: c.row.NotesHead}, {Key: "eventsHead", Value: c.row.EventsHead}}}}
	}
	if c.isTold { // a counter, because an update that changes nothing conflicts with nobody
		update = append(update, bson.E{Key: "$inc", Value: bson.D{{Key: toldOf, Value: 1}}})
	}
	return update
}

// profileKeys is the update that leaves a contact some of its unique keys.
func profileKeys(kept []string) bson.D {
	if len(kept) == 0 {
		return bson.D{{Key: "$unset", Value: bson.D{{Key: "profileKeys", Value: ""}}}}
	}
	return bson.D{{Key: "$set", Value: bson.D{{Key: "profileKeys", Value: kept}}}}
}

// without gives the items of a that are not in b.
func without[T comparable](a, b []T) []T {
	var out []T
	for _, item := range a {
		if !slices.Contains(b, item) {
			out = append(out, item)
		}
	}
	return out
}
