package mongo

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	driver "go.mongodb.org/mongo-driver/v2/mongo"

	"contactpanel/contact"
	"contactpanel/store/internal/feed"
	"contactpanel/store/internal/life"
)

// Store is one database of a replica set. Safe for concurrent use.
type Store struct {
	log      *slog.Logger
	target   *target
	commands *event.CommandMonitor
	server   *server // what is known about the replica set
	clock    *clock
	catalogs *catalogVersions
	gate     gate
	callTime time.Duration // of an operation, unless the work is patient
	feed     *feed.Feed
	lost     chan bson.Raw // ids of sessions that the server is to forget

	// Made by prepare; to be used by who has waited for the server.
	client   *driver.Client
	database *driver.Database

	stop    context.CancelFunc // ends the goroutines below
	running sync.WaitGroup
	life    life.Life
}

var _ contact.Store = (*Store)(nil)

// Open connects to the database that a connection string names (mongodb:// or mongodb+srv://, with the options of the MongoDB
// connection string specification); a string without a database means "contactpanel". Indexes are made when they are not
// there.
//
// A server that is no replica set, or that refuses the sign-in, is an error that says what to do. One that cannot be reached is
// none: the store is tried again and again in the background, Ping says what is wrong, and calls fail with DB_UNAVAILABLE after
// some seconds. Errors and what is logged hold no password.
func Open(ctx context.Context, uri string, log *slog.Logger, options ...Option) (*Store, error) {
	with := settings{log: log}
	for _, set := range options {
		set(&with)
	}
	return open(ctx, uri, with)
}

// Option changes how a store is opened.
type Option func(*settings)

// CallTime is what one operation may take, unless the work is patient ([contact.Patiently]); without it, or with 0, two seconds.
func CallTime(most time.Duration) Option { return func(s *settings) { s.callTime = most } }

// settings are what Option sets, and what tests look through.
type settings struct {
	log      *slog.Logger
	callTime time.Duration
	commands *event.CommandMonitor // sees what is sent; may be nil
	noBulk   bool                  // behave as with a server before 8.0
}

func open(ctx context.Context, uri string, with settings) (*Store, error) {
	target, err := parseURI(uri)
	if err != nil {
		return nil, err
	}
	s := &Store{
		log: with.log, target: target, commands: with.commands, server: newServer(), clock: &clock{}, catalogs: &catalogVersions{},
		gate: newGate(target.pool), callTime: cmp.Or(with.callTime, operationTime), lost: make(chan bson.Raw, maxLost),
	}
	s.server.noBulk = with.noBulk
	s.feed = feed.New(feedLog{s})
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	first := make(chan error, 1)
	s.running.Go(func() { s.prepare(background, first) })
	select {
	case err = <-first:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// collection names one of the collections.
func (s *Store) collection(name string) *driver.Collection { return s.database.Collection(name) }

// Ping implements [contact.Store]. Its error says in words what is wrong.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.life.Enter(); err != nil {
		return err
	}
	defer s.life.Leave()
	if err := s.server.fault(); err != nil {
		return err
	}
	return s.look(ctx, func(ctx context.Context) error {
		return s.database.RunCommand(ctx, bson.D{{Key: "ping", Value: 1}}).Err()
	})
}

// Close implements [contact.Store]: streams end, running calls end in their own time, and the connections are given back.
// Later calls return what the first returned.
func (s *Store) Close() error {
	return s.life.Close(s.feed.Close, func() error {
		s.stop()
		s.running.Wait()
		return s.disconnect(s.client)
	})
}

// disconnect gives the connections back. Sessions are ended on the server, for which it waits a moment only.
func (s *Store) disconnect(client *driver.Client) error {
	if client == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), operationTime)
	defer cancel()
	err := client.Disconnect(ctx)
	if ctx.Err() != nil { // the server is away, and so are the sessions
		return nil
	}
	return s.target.redacted(err)
}
