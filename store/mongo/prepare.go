package mongo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
)

// Pauses between tries. The first ones are short, because most faults are; the jitter keeps gateways apart.
const (
	firstPause = 250 * time.Millisecond
	lastPause  = 5 * time.Second
)

// indexTime bounds the making of indexes: a new one over a large collection takes its time, once.
const indexTime = 10 * time.Minute

// Reasons that somebody has to do something about.
var (
	errString = errors.New("the MongoDB connection string cannot be used")
	errNoSet  = errors.New("the MongoDB server is no replica set, which transactions and change streams need: " +
		"start mongod with --replSet rs0 and run rs.initiate() once in mongosh, or name the members of a replica set in the connection string")
	errSignIn = errors.New("the MongoDB server refuses the sign-in: check the user name, the password and authSource in the connection string, " +
		"and that the user has the role readWrite on the database")
)

// prepare makes the store usable, and tries again until it is. The first outcome is sent: an error when somebody has to do
// something, nil when the store is ready or when its server cannot be reached.
func (s *Store) prepare(ctx context.Context, first chan<- error) {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := s.tryPrepare(ctx)
		if err == nil {
			s.server.succeed()
			s.running.Go(func() { s.watch(ctx) })
			s.running.Go(func() { s.forgetLost(ctx) })
		}
		needsHelp := errors.Is(err, errString) || errors.Is(err, errNoSet) || errors.Is(err, errSignIn)
		if first != nil && (err == nil || needsHelp || ctx.Err() != nil) {
			first <- err
			return
		}
		if err == nil || ctx.Err() != nil {
			return
		}
		s.server.fail(reasonOf(err))
		s.log.WarnContext(ctx, "the database is not ready; trying again", "err", s.target.redacted(err))
		if first != nil {
			first <- nil
			first = nil
		}
		if !sleep(ctx, pause) {
			return
		}
	}
}

// reasonOf says in words what is wrong, without names of hosts: whoever asks whether the gateway is ready may be anybody.
func reasonOf(err error) string {
	switch {
	case errors.Is(err, errNoSet):
		return "the database is no replica set"
	case errors.Is(err, errSignIn):
		return "the database refuses the sign-in"
	case isLookup(err):
		return "the names of the database's servers cannot be looked up"
	default:
		return "the database cannot be reached"
	}
}

// sleep waits about a time; false when the context ended.
func sleep(ctx context.Context, about time.Duration) bool {
	timer := time.NewTimer(about/2 + rand.N(about)) //nolint:gosec // jitter is no secret
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *Store) tryPrepare(ctx context.Context) error {
	if s.client == nil {
		client, err := driver.Connect(s.target.options(s.server, s.commands))
		switch {
		case isLookup(err):
			return fmt.Errorf("look up the servers: %w", err)
		case err != nil:
			return refused()
		}
		s.client, s.database = client, client.Database(s.target.database)
	}
	if err := s.server.waitSet(ctx, selectionTime); err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, indexTime)
	defer cancel()
	err := s.database.RunCommand(ctx, bson.D{{Key: "ping", Value: 1}}).Err()
	if err == nil {
		err = s.makeIndexes(ctx)
	}
	if isSignIn(err) {
		return fmt.Errorf("open the store: %w (%w)", errSignIn, s.target.redacted(err))
	}
	return err
}

// makeIndexes makes the collections and indexes that are not there. A wrong plan of years ago shows as an error here.
func (s *Store) makeIndexes(ctx context.Context) error {
	models := map[string][]driver.IndexModel{}
	for _, x := range indexes() {
		models[x.collection] = append(models[x.collection], x.model())
	}
	for _, collection := range collections() {
		// A transaction that had to make one would keep others waiting.
		if err := s.database.CreateCollection(ctx, collection); err != nil && !hasCode(err, codeNamespaceExists) {
			return fmt.Errorf("make the collection %s: %w", collection, err)
		}
		if len(models[collection]) == 0 {
			continue
		}
		if _, err := s.collection(collection).Indexes().CreateMany(ctx, models[collection]); err != nil {
			return fmt.Errorf("make the indexes of %s: %w", collection, err)
		}
	}
	return nil
}
