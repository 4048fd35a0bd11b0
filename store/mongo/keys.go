package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"contactpanel/contact"
)

// A transaction makes keys for so many contacts, or as soon as what was read of them is so large. Few, so that it seldom meets
// an agent's change of the same contacts; one of the two begins anew then.
const (
	renewBatch = 200
	renewBytes = 8 << 20
)

// madeBefore chooses contacts whose keys were made by rules before these. Whole numbers instead of a range: so a missing number,
// which is an older version's, lies in the same index.
func madeBefore(rules int) bson.D {
	before := bson.A{nil}
	for n := range rules {
		before = append(before, n)
	}
	return bson.D{{Key: "contact.keyRules", Value: bson.D{{Key: "$in", Value: before}}}}
}

// OldKeys implements [contact.KeyRenewer].
func (s *Store) OldKeys(ctx context.Context, rules int) (int, error) {
	return read(s, "", func(r reader) (int, error) { return count(ctx, r, contacts, madeBefore(rules), indexKeyRules, 0) })
}

// RenewKeys implements [contact.KeyRenewer]. Gateways that do it at once meet at the same contacts: one is through, and the
// others begin anew with the next ones.
func (s *Store) RenewKeys(ctx context.Context, rules int, index func(*contact.Contact) contact.ContactIndex) (n int, err error) {
	if err := s.life.Enter(); err != nil {
		return 0, err
	}
	defer s.life.Leave()
	err = s.transact(ctx, "", func(ctx context.Context, t *tx) error {
		t.pending, err = t.renewals(ctx, rules, index)
		n = len(t.pending)
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// renewals are the writes that give contacts new keys. Of a contact only these are kept.
func (t *tx) renewals(ctx context.Context, rules int, index func(*contact.Contact) contact.ContactIndex) (writes []write, err error) {
	o := options.Find().SetHint(indexKeyRules).SetLimit(renewBatch).SetProjection(bson.D{{Key: "search", Value: 0}})
	err = t.do(ctx, func(ctx context.Context) error {
		cursor, err := t.collection(contacts).Find(ctx, madeBefore(rules), o)
		if err != nil {
			return err
		}
		defer cursor.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the server closes it with the transaction
		for size := 0; size < renewBytes && cursor.Next(ctx); size += len(cursor.Current) {
			var row contactRow
			if err := cursor.Decode(&row); err != nil {
				return err
			}
			writes = append(writes, row.renewal(index))
		}
		return cursor.Err()
	})
	return writes, t.done(ctx, err)
}

// renewal is the write that gives the contact new keys, and changes nothing else.
func (r *contactRow) renewal(index func(*contact.Contact) contact.ContactIndex) write {
	c := r.contact()
	made := index(&c)
	renewed := rowOf(contact.OrgID(r.Org), &c, &made)
	return write{collection: contacts, filter: bson.D{{Key: "_id", Value: r.Key}}, isKnown: true, update: bson.D{{Key: "$set", Value: bson.D{
		{Key: "byName", Value: renewed.ByName}, {Key: "sort", Value: renewed.Sort}, {Key: "search", Value: renewed.Search},
		{Key: "contact.keyRules", Value: renewed.Contact.KeyRules},
	}}}}
}
