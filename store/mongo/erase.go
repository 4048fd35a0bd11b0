package mongo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"contactpanel/contact"
)

// typeErased is the type of the one event that an erasure leaves, so that other gateways hear of it. It holds the contact's id
// and the time, stands in a stream of its own, which nobody reads, and goes with the other events.
const typeErased = "CONTACT_ERASED"

// EraseContact implements [contact.Tx]. Whoever changes the contact meanwhile, or a note of it, writes the contact's head too,
// so that one of the two has to begin anew, and then finds what the other did.
func (t *tx) EraseContact(ctx context.Context, org contact.OrgID, of contact.ID) error {
	if err := t.tracked(ctx, of); err != nil {
		return err
	}
	known := t.contacts[of]
	if !known.exists {
		return contact.Errorf(contact.NotFound, "there is no such contact")
	}
	before, err := t.appliedBefore(ctx, org, of) // with it what waits is written, so that it is removed too
	if err != nil {
		return err
	}
	for _, part := range []struct {
		collection string
		filter     bson.D
	}{
		{contacts, bson.D{{Key: "_id", Value: known.row.Key}}},
		{contactKeys, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: digestsOf(known.row.Keys)}}}}},
		{notes, inList(org, of, standing)},
		{notes, inList(org, of, deleted)},
		{events, bson.D{{Key: "stream", Value: streamOf(org, of, contact.TopicNotes)}}},
		{events, bson.D{{Key: "stream", Value: streamOf(org, of, contact.TopicContact)}}},
		{applied, bson.D{{Key: "about", Value: keyOf(org, string(of))}}},
		{applied, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: before}}}}},
	} {
		if err := t.run(ctx, func(ctx context.Context) error {
			_, err := t.collection(part.collection).DeleteMany(ctx, part.filter)
			return err
		}); err != nil {
			return t.done(ctx, err)
		}
	}
	t.contacts[of] = &trackedContact{}
	t.pending = append(t.pending, write{collection: events, document: eventRow{
		Stream: keyOf(org, string(of), typeErased), Org: string(org), Contact: string(of), Seq: contact.NewEpoch(), Type: typeErased, At: moment(time.Now()),
	}})
	t.erased = append(t.erased, of)
	return nil
}

// inList chooses the notes of one of a contact's lists.
func inList(org contact.OrgID, of contact.ID, list string) bson.D {
	return bson.D{{Key: "place", Value: inside(listOf(org, string(of), list), nil, nil, dated)}}
}

// digestsOf names the documents on which those meet who give the same key: see claim.
func digestsOf(keys []string) []bson.Binary {
	out := make([]bson.Binary, len(keys))
	for i, key := range keys {
		digest := sha256.Sum256([]byte(key))
		out[i] = bson.Binary{Data: digest[:16]}
	}
	return out
}

// unsaid chooses remembered writes of earlier versions, which do not say of what they tell.
func unsaid(org contact.OrgID) bson.D {
	return bson.D{{Key: "about", Value: nil}, {Key: "_id", Value: inside(scope(org), nil, nil, dated)}}
}

// isOf reports whether a remembered write of an earlier version tells of a contact: its id stands in the answer, between quotes.
func (r *appliedRow) isOf(of contact.ID) bool {
	return bytes.Contains(r.Result, strconv.AppendQuote(nil, string(of)))
}

// appliedBefore finds the remembered writes of earlier versions that tell of the contact: the keys of their rows. It looks at all
// of the organisation's, which may be many and large, and keeps only these keys.
func (t *tx) appliedBefore(ctx context.Context, org contact.OrgID, of contact.ID) ([]string, error) {
	keys := []string{} // a nil list is no list to the server
	o := options.Find().SetHint(indexAbout).SetBatchSize(walkBatch).SetProjection(bson.D{{Key: "result", Value: 1}})
	err := t.do(ctx, func(ctx context.Context) error {
		cursor, err := t.collection(applied).Find(ctx, unsaid(org), o)
		if err != nil {
			return err
		}
		defer cursor.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the server closes it with the transaction
		for cursor.Next(ctx) {
			var row appliedRow
			if err := cursor.Decode(&row); err != nil {
				return err
			}
			if row.isOf(of) {
				keys = append(keys, row.RowKey)
			}
		}
		return cursor.Err()
	})
	return keys, t.done(ctx, err)
}

// WalkContact implements [contact.ContactWalker].
func (s *Store) WalkContact(ctx context.Context, org contact.OrgID, of contact.ID, visit func(contact.ContactRow) error) error {
	return takeWalk(ctx, s, org, visit, func(w walker[contact.ContactRow]) []func(context.Context) error {
		newest := func(field string) *options.FindOptionsBuilder {
			return options.Find().SetSort(bson.D{{Key: field, Value: -1}})
		}
		showNote := func(r *noteRow) error { return visit(contact.ContactRow{Note: pointer(r.note())}) }
		showEvent := func(r *eventRow) error { return visit(contact.ContactRow{Event: pointer(r.event())}) }
		steps := []func(context.Context) error{func(ctx context.Context) error { return w.contact(ctx, of, visit) }}
		for _, list := range []string{standing, deleted} {
			steps = append(steps, func(ctx context.Context) error {
				return each(ctx, w, notes, inList(org, of, list), newest("place"), showNote)
			})
		}
		for _, topic := range []contact.Topic{contact.TopicContact, contact.TopicNotes} {
			steps = append(steps, func(ctx context.Context) error {
				own := bson.D{{Key: "stream", Value: streamOf(org, of, topic)}}
				return each(ctx, w, events, own, options.Find().SetSort(up("seq")), showEvent)
			})
		}
		return append(steps, func(ctx context.Context) error { return w.applied(ctx, of, visit) }, func(ctx context.Context) error {
			own := bson.D{{Key: "contactPlace", Value: inside(listOf(org, string(of)), nil, nil, dated)}}
			return each(ctx, w, audit, own, newest("contactPlace"), func(r *auditRow) error {
				return visit(contact.ContactRow{Audit: pointer(r.entry())})
			})
		})
	})
}

func (w walker[Row]) contact(ctx context.Context, of contact.ID, visit func(contact.ContactRow) error) error {
	isThere := false
	own := bson.D{{Key: "_id", Value: keyOf(w.org, string(of))}}
	err := each(ctx, w, contacts, own, options.Find().SetLimit(1), func(r *contactRow) error {
		isThere = true
		return visit(contact.ContactRow{Contact: pointer(r.contact())})
	})
	if err == nil && !isThere {
		return contact.Errorf(contact.NotFound, "there is no such contact")
	}
	return err
}

// applied shows the remembered writes that tell of a contact, those of earlier versions last.
func (w walker[Row]) applied(ctx context.Context, of contact.ID, visit func(contact.ContactRow) error) error {
	own := bson.D{{Key: "about", Value: keyOf(w.org, string(of))}}
	show := func(r *appliedRow) error { return visit(contact.ContactRow{Applied: pointer(r.applied())}) }
	if err := each(ctx, w, applied, own, options.Find().SetSort(up("_id")), show); err != nil {
		return err
	}
	return each(ctx, w, applied, unsaid(w.org), options.Find().SetHint(indexAbout).SetSort(up("_id")), func(r *appliedRow) error {
		if !r.isOf(of) {
			return nil
		}
		return show(r)
	})
}
