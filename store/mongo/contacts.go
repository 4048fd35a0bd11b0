package mongo

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"contactpanel/contact"
)

// lookupKey is an exact key as it is kept.
func lookupKey(org contact.OrgID, key contact.LookupKey) string {
	return keyOf(org, string(key.Kind), key.Value)
}

// include adds an item that the list does not hold.
func include[T comparable](list []T, item T) []T {
	if slices.Contains(list, item) {
		return list
	}
	return append(list, item)
}

// contactQuery is a look for contacts.
type contactQuery struct {
	filter bson.D
	hint   string // the index to use; "": only one can
	sort   bson.D // nil: in no order
	limit  int    // 0: all
}

// contactRows reads contacts, and after each of them its organisation.
func (r reader) contactRows(ctx context.Context, q contactQuery) ([]readContact, error) {
	pipeline := bson.A{bson.D{{Key: "$match", Value: q.filter}}}
	if q.sort != nil {
		pipeline = append(pipeline, bson.D{{Key: "$sort", Value: q.sort}})
	}
	if q.limit > 0 {
		pipeline = append(pipeline, bson.D{{Key: "$limit", Value: q.limit}})
	}
	// What only finds is left at the server.
	pipeline = append(pipeline, bson.D{{Key: "$project", Value: bson.D{{Key: "search", Value: 0}}}}, bson.D{{Key: "$lookup", Value: bson.D{
		{Key: "from", Value: organisations}, {Key: "localField", Value: "org"}, {Key: "foreignField", Value: "_id"}, {Key: "as", Value: "organisation"},
	}}})
	o := options.Aggregate()
	if q.hint != "" {
		o.SetHint(q.hint)
	}
	var rows []readContact
	err := r.access.do(ctx, func(ctx context.Context) error {
		rows = rows[:0]
		cursor, err := r.access.collection(contacts).Aggregate(ctx, pipeline, o)
		if err != nil {
			return err
		}
		return cursor.All(ctx, &rows)
	})
	for i := range rows {
		r.access.saw(rows[i].version())
	}
	return rows, r.access.done(ctx, err)
}

// version is that of the organisation's catalog.
func (r *readContact) version() int {
	if len(r.Organisations) == 0 {
		return 0
	}
	return r.Organisations[0].CatalogVersion
}

// full is the contact with all that is read with it.
func (r *readContact) full() contact.Contact {
	c := r.Row.contact()
	c.CatalogVersion = r.version()
	return c
}

// contactsIn reads contacts that a query finds.
func (r reader) contactsIn(ctx context.Context, q contactQuery) ([]contact.Contact, error) {
	rows, err := r.contactRows(ctx, q)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	out := make([]contact.Contact, len(rows))
	for i := range rows {
		out[i] = rows[i].full()
	}
	return out, nil
}

func byIDs(org contact.OrgID, ids []contact.ID) bson.D {
	return bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: keysOf(org, ids)}}}}
}

// Contacts implements [contact.ContactReader].
func (r reader) Contacts(ctx context.Context, org contact.OrgID, ids []contact.ID) ([]contact.Contact, error) {
	if len(ids) == 0 {
		return nil, ctx.Err()
	}
	return r.contactsIn(ctx, contactQuery{filter: byIDs(org, ids)})
}

// ContactByKey implements [contact.ContactReader].
func (r reader) ContactByKey(ctx context.Context, org contact.OrgID, key contact.LookupKey) (*contact.Contact, error) {
	found, err := r.contactsIn(ctx, contactQuery{filter: bson.D{{Key: "keys", Value: lookupKey(org, key)}}, limit: 1})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// holder is a contact that holds a key.
type holder struct {
	ID     string   `bson:"id"`
	Keys   []string `bson:"keys"`
	Number string   `bson:"number"`
}

// manyHolders is more holders than any usual set of keys has. Where there are more, each key is asked for by itself.
const manyHolders = 40

// newMatches are answers about keys that nobody holds, and the keys as they are kept.
func newMatches(org contact.OrgID, keys []contact.LookupKey) (out []contact.KeyMatch, names []string) {
	out, names = make([]contact.KeyMatch, len(keys)), make([]string, len(keys))
	for i, key := range keys {
		out[i], names[i] = contact.KeyMatch{Key: key}, lookupKey(org, key)
	}
	return out, names
}

// Match implements [contact.ContactReader].
func (r reader) Match(ctx context.Context, org contact.OrgID, keys []contact.LookupKey, number string) ([]contact.KeyMatch, error) {
	out, names := newMatches(org, keys)
	if len(keys) == 0 {
		return out, ctx.Err()
	}
	all, err := r.holders(ctx, bson.D{{Key: "$in", Value: names}}, nil, manyHolders)
	if err != nil {
		return nil, err
	}
	for i := range keys {
		if len(all) < manyHolders {
			judge(&out[i], all, names[i], number)
		} else if err := r.matchOne(ctx, &out[i], names[i], number); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// holders reads some of the contacts that hold keys, and have one of the numbers when there are any.
func (r reader) holders(ctx context.Context, key any, numbers []string, limit int64) ([]holder, error) {
	filter := bson.D{{Key: "keys", Value: key}}
	if numbers != nil {
		filter = append(filter, bson.E{Key: "number", Value: bson.D{{Key: "$in", Value: numbers}}})
	}
	o := options.Find().SetLimit(limit).SetProjection(bson.D{
		{Key: "_id", Value: 0}, {Key: "id", Value: 1}, {Key: "keys", Value: 1}, {Key: "number", Value: 1},
	})
	return find(ctx, r, contacts, filter, o, func(h *holder) holder { return *h })
}

// judge says who of all holders holds one key.
func judge(m *contact.KeyMatch, all []holder, key, number string) {
	for _, h := range all {
		if !slices.Contains(h.Keys, key) {
			continue
		}
		m.IsHeld = true
		if fits := number == "" || h.Number == "" || h.Number == number; fits && len(m.Fits) < 2 {
			m.Fits = append(m.Fits, contact.ID(h.ID))
		}
	}
}

// matchOne asks for one key: who fits, and when nobody does, whether anybody holds it.
func (r reader) matchOne(ctx context.Context, m *contact.KeyMatch, key, number string) error {
	var numbers []string
	if number != "" {
		numbers = []string{"", number}
	}
	found, err := r.holders(ctx, key, numbers, 2)
	if err == nil && len(found) == 0 && number != "" {
		found, err = r.holders(ctx, key, nil, 1)
	}
	if err == nil {
		judge(m, found, key, number)
	}
	return err
}
