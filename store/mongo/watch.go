package mongo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"contactpanel/contact"
	"contactpanel/store/internal/feed"
	"contactpanel/store/internal/life"
)

// Bounds of the change stream. A server answers after awaitTime when nothing happened; one that says nothing for stallTime is
// taken for lost.
const (
	awaitTime       = time.Second
	stallTime       = 5 * time.Second
	firstWatchPause = 100 * time.Millisecond
	lastWatchPause  = 5 * time.Second
)

// errStreamEnded says that the server closed the stream, as it does when the collection is dropped or renamed.
var errStreamEnded = errors.New("the change stream ended")

// watch follows the events that any gateway writes, with one change stream over a connection pool of its own, until the
// context ends. The stream only wakes: whenever it is lost it begins anew at the present, the feed looks at the heads of what
// is followed, and until then it looks at them every second.
func (s *Store) watch(ctx context.Context) {
	var client *driver.Client               // one for all streams, made when the names of the servers can be looked up
	defer func() { s.disconnect(client) }() //nolint:errcheck // the store is being closed, and the stream is closed already
	pause := firstWatchPause
	for ctx.Err() == nil {
		s.feed.Degraded(true)
		var opened bool
		var err error
		if client == nil {
			client, err = driver.Connect(s.target.options(nil, s.commands).SetMaxPoolSize(watchPool).SetAppName(watchAppName))
		}
		if err == nil {
			opened, err = s.watchOnce(ctx, client)
		}
		if ctx.Err() != nil {
			return
		}
		s.log.WarnContext(ctx, "the change stream was lost; events come from the log until it is back", "err", s.target.redacted(err))
		if opened {
			pause = firstWatchPause
		}
		if !sleep(ctx, pause) {
			return
		}
		pause = min(2*pause, lastWatchPause)
	}
}

// watchOnce follows one stream to its end, and reports whether it was ever open.
func (s *Store) watchOnce(ctx context.Context, client *driver.Client) (opened bool, err error) {
	opening, cancel := context.WithTimeout(ctx, stallTime)
	defer cancel()
	stream, err := client.Database(s.target.database).Collection(events).Watch(opening, driver.Pipeline{
		bson.D{{Key: "$match", Value: bson.D{{Key: "operationType", Value: "insert"}}}},
		bson.D{{Key: "$project", Value: bson.D{{Key: "fullDocument", Value: 1}, {Key: "clusterTime", Value: 1}}}},
	}, options.ChangeStream().SetMaxAwaitTime(awaitTime))
	if err != nil {
		return false, fmt.Errorf("open: %w", err)
	}
	defer func() { err = errors.Join(err, s.closeStream(stream)) }()
	// This looks at the heads once more, for what happened before the stream stood.
	s.feed.Degraded(false)
	for {
		if err := s.next(ctx, stream); err != nil {
			return true, err
		}
	}
}

// change is what the stream tells.
type change struct {
	ClusterTime bson.Timestamp `bson:"clusterTime"`
	Event       eventRow       `bson:"fullDocument"`
}

// next waits for one answer of the server and announces the event in it, if there is one.
func (s *Store) next(ctx context.Context, stream *driver.ChangeStream) (err error) {
	defer life.Recovered(&err)
	ctx, cancel := context.WithTimeout(ctx, stallTime)
	defer cancel()
	if !stream.TryNext(ctx) {
		if err := stream.Err(); err != nil {
			return err
		}
		if stream.ID() == 0 {
			return errStreamEnded
		}
		return nil
	}
	var c change
	if err := stream.Decode(&c); err != nil {
		return fmt.Errorf("read an event: %w", err)
	}
	// A read that follows must not be older than what woke it.
	s.clock.advanceTo(c.ClusterTime)
	if c.Event.Type == typeErased {
		s.feed.Gone(contact.OrgID(c.Event.Org), contact.ID(c.Event.Contact))
	} else {
		s.feed.Announce(contact.OrgID(c.Event.Org), c.Event.event())
	}
	return nil
}

func (s *Store) closeStream(stream *driver.ChangeStream) error {
	ctx, cancel := context.WithTimeout(context.Background(), operationTime)
	defer cancel()
	if err := stream.Close(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}

// Follow implements [contact.Follower].
func (s *Store) Follow(ctx context.Context, org contact.OrgID, of contact.ID, topic contact.Topic, after *contact.Head) (contact.Stream, error) {
	if err := s.life.Enter(); err != nil {
		return nil, err
	}
	defer s.life.Leave()
	return s.feed.Follow(ctx, org, of, topic, after)
}

// feedLog is what the feed reads. It reads with the bounds of the store's own calls.
type feedLog struct{ *Store }

// Heads implements [feed.Log].
func (l feedLog) Heads(ctx context.Context, keys []feed.Key) (map[feed.Key]contact.Head, error) {
	ids := map[contact.OrgID][]contact.ID{}
	for _, key := range keys {
		ids[key.Org] = include(ids[key.Org], key.Contact)
	}
	out := make(map[feed.Key]contact.Head, len(keys))
	for org, of := range ids {
		rows, err := read(l.Store, org, func(r reader) ([]contactRow, error) {
			o := options.Find().SetProjection(bson.D{
				{Key: "_id", Value: 0}, {Key: "id", Value: 1}, {Key: "notesHead", Value: 1}, {Key: "eventsHead", Value: 1},
			})
			return find(ctx, r, contacts, byIDs(org, of), o, func(row *contactRow) contactRow { return *row })
		})
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			out[feed.Key{Org: org, Contact: contact.ID(row.ID), Topic: contact.TopicNotes}] = contact.Head(row.NotesHead)
			out[feed.Key{Org: org, Contact: contact.ID(row.ID), Topic: contact.TopicContact}] = contact.Head(row.EventsHead)
		}
	}
	return out, nil
}
