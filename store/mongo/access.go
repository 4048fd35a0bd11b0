package mongo

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"contactpanel/contact"
)

// access runs operations in one place: each for itself, or in a transaction.
type access interface {
	// do runs an operation that reads. What it returns is the driver's error; done translates it.
	do(ctx context.Context, op func(ctx context.Context) error) error
	collection(name string) *driver.Collection
	// done hands an error on in the domain's words.
	done(ctx context.Context, err error) error
	// saw takes the version of the catalog that came with contacts.
	saw(version int)
}

// reader reads. It is what the store and a transaction have in common.
type reader struct {
	access access
	org    contact.OrgID
}

// alone runs each operation for itself: causal, with a bound.
type alone struct {
	store    *Store
	versions []int // of the catalog, as they came
}

func (a *alone) do(ctx context.Context, op func(ctx context.Context) error) error {
	return a.store.look(ctx, op)
}

func (a *alone) collection(name string) *driver.Collection { return a.store.collection(name) }

func (a *alone) done(ctx context.Context, err error) error { return a.store.translate(ctx, err) }

func (a *alone) saw(version int) { a.versions = append(a.versions, version) }

// look runs one reading operation: it waits for a primary, takes its place among the reads, and is given a session that has
// seen what this process has.
func (s *Store) look(ctx context.Context, op func(ctx context.Context) error) error {
	if err := s.server.wait(ctx, selectionTime); err != nil {
		return err
	}
	if err := s.gate.enter(ctx); err != nil {
		return err
	}
	defer s.gate.leave()
	session, err := s.session()
	if err != nil {
		return err
	}
	defer session.EndSession(context.WithoutCancel(ctx))
	most, _ := s.boundsOf(ctx)
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	err = op(driver.NewSessionContext(ctx, session))
	s.clock.advance(session)
	return err
}

// session starts a causal session that has seen what this process has.
func (s *Store) session() (*driver.Session, error) {
	session, err := s.client.StartSession(options.Session().SetCausalConsistency(true))
	if err != nil {
		return nil, err
	}
	return session, s.clock.set(session)
}

// read runs one of a reader's methods for a caller of the store.
func read[T any](s *Store, org contact.OrgID, fn func(reader) (T, error)) (out T, err error) {
	if err := s.life.Enter(); err != nil {
		return out, err
	}
	defer s.life.Leave()
	return fn(reader{&alone{store: s}, org})
}

// readOfMoment is read for contacts, which come with the version of their organisation's catalog: both are of one moment.
//
// A statement reads the contact first and the version after it. When that version is the one that was known before the
// statement began, it was the version all the while, because versions only rise. Else all is read again with one snapshot.
func readOfMoment[T any](ctx context.Context, s *Store, org contact.OrgID, fn func(context.Context, reader) (T, error)) (out T, err error) {
	if err := s.life.Enter(); err != nil {
		return out, err
	}
	defer s.life.Leave()
	known := s.catalogs.of(org)
	seen := &alone{store: s}
	if out, err = fn(ctx, reader{seen, org}); err != nil {
		return out, err
	}
	if !slices.ContainsFunc(seen.versions, func(v int) bool { return v != known }) {
		return out, nil
	}
	s.catalogs.learn(org, slices.Max(seen.versions))
	return readSnapshot(ctx, s, org, fn)
}

// readSnapshot runs several operations with one snapshot: a transaction that writes nothing. Its commit makes sure that a
// majority has what was read.
func readSnapshot[T any](ctx context.Context, s *Store, org contact.OrgID, fn func(context.Context, reader) (T, error)) (out T, err error) {
	err = s.transact(ctx, org, func(ctx context.Context, t *tx) error {
		out, err = fn(ctx, t.reader)
		return err
	})
	return out, err
}

// find reads all documents of an answer, each turned into what it means.
func find[Row, T any](ctx context.Context, r reader, collection string, filter bson.D, o *options.FindOptionsBuilder, of func(*Row) T) ([]T, error) {
	var rows []Row
	err := r.access.do(ctx, func(ctx context.Context) error {
		rows = rows[:0]
		cursor, err := r.access.collection(collection).Find(ctx, filter, o)
		if err != nil {
			return err
		}
		return cursor.All(ctx, &rows)
	})
	if err != nil || len(rows) == 0 {
		return nil, r.access.done(ctx, err)
	}
	out := make([]T, len(rows))
	for i := range rows {
		out[i] = of(&rows[i])
	}
	return out, nil
}

// exists reports whether any document fits.
func exists(ctx context.Context, r reader, collection string, filter bson.D, o *options.FindOptionsBuilder) (bool, error) {
	found, err := find(ctx, r, collection, filter, o.SetLimit(1).SetProjection(bson.D{{Key: "_id", Value: 1}}), func(*bson.Raw) struct{} { return struct{}{} })
	return len(found) > 0, err
}

// count counts the documents that fit, up to a limit, 0 being none, with an index, "" being the only one that can.
func count(ctx context.Context, r reader, collection string, filter bson.D, hint string, limit int) (n int, err error) {
	o := options.Count()
	if hint != "" {
		o.SetHint(hint)
	}
	if limit > 0 {
		o.SetLimit(int64(limit))
	}
	err = r.access.do(ctx, func(ctx context.Context) error {
		found, err := r.access.collection(collection).CountDocuments(ctx, filter, o)
		n = int(found)
		return err
	})
	return n, r.access.done(ctx, err)
}
