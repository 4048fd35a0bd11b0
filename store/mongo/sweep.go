package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"contactpanel/contact"
	"contactpanel/store/internal/record"
)

// sweepBatch is how many documents one command removes.
const sweepBatch = 500

// Sweep implements [contact.Store]. What it removed before an error stays removed and is counted. Several gateways may sweep
// at once: each document is removed and counted by one of them. No index of the server's own does it (expireAfterSeconds),
// because how long things are kept is the domain's to say.
func (s *Store) Sweep(ctx context.Context, limits contact.SweepLimits) (int, error) {
	if err := s.life.Enter(); err != nil {
		return 0, err
	}
	defer s.life.Leave()
	total := 0
	for _, of := range []struct {
		collection string
		filter     bson.D
	}{
		{notes, bson.D{{Key: "deleted", Value: before(limits.NotesDeleted)}}},
		{events, bson.D{{Key: "at", Value: before(limits.Events)}}},
		{applied, bson.D{{Key: "at", Value: before(limits.Applied)}}},
		{audit, bson.D{{Key: "refusedAt", Value: before(limits.Refusals)}}},
	} {
		for isMore := true; isMore; {
			var removed int
			var err error
			if removed, isMore, err = s.sweepSome(ctx, of.collection, of.filter); err != nil {
				return total, err
			}
			total += removed
		}
	}
	return total, nil
}

// before asks for what was kept before a time.
func before(t time.Time) bson.D { return bson.D{{Key: "$lt", Value: record.NotBefore(t)}} }

// sweepSome removes some of the documents that fit. The filter is asked again while removing: a note may have been restored.
func (s *Store) sweepSome(ctx context.Context, collection string, filter bson.D) (removed int, isMore bool, err error) {
	type found struct {
		ID bson.RawValue `bson:"_id"`
	}
	r := reader{&alone{store: s}, ""}
	o := options.Find().SetLimit(sweepBatch).SetProjection(bson.D{{Key: "_id", Value: 1}})
	ids, err := find(ctx, r, collection, filter, o, func(f *found) bson.RawValue { return f.ID })
	if err != nil || len(ids) == 0 {
		return 0, false, err
	}
	one := append(bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}}, filter...)
	err = s.look(ctx, func(ctx context.Context) error {
		result, err := s.collection(collection).DeleteMany(ctx, one, options.DeleteMany().SetHint(indexID))
		if result != nil {
			removed = int(result.DeletedCount)
		}
		return err
	})
	return removed, len(ids) == sweepBatch, s.translate(ctx, err)
}
