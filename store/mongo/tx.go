package mongo

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"contactpanel/contact"
)

// tx is a transaction. What it writes waits in it, and goes to the server together: at the commit, or before a read that may
// touch it. Contacts are kept as they were read and written, so that none is read twice.
type tx struct {
	reader
	store   *Store
	session *driver.Session
	fault   error // the first one of the driver: the server has ended the transaction with it
	isOver  atomic.Bool

	hasBegun bool // an operation has run

	contacts map[contact.ID]*trackedContact
	order    []contact.ID          // of contacts with changes
	pending  []write               // of everything else
	catalog  int                   // the version of the organisation's catalog, -1 while it is not known
	known    *contact.Organisation // the organisation, once it was read or made
	raised   bool                  // the catalog's version was
	isFresh  bool                  // the organisation is made here: the database has nothing of it
	events   []contact.Event       // appended ones
	erased   []contact.ID
}

var _ contact.Tx = (*tx)(nil)

// errUsedLate is the cause when a transaction is used after its function returned.
var errUsedLate = errors.New("the transaction is over")

func newTx(s *Store, session *driver.Session, org contact.OrgID) *tx {
	t := &tx{store: s, session: session, contacts: map[contact.ID]*trackedContact{}, catalog: -1}
	t.reader = reader{t, org}
	return t
}

// do implements access: what waits is written first.
func (t *tx) do(ctx context.Context, op func(ctx context.Context) error) error {
	if err := t.flush(ctx); err != nil {
		return err
	}
	return t.run(ctx, op)
}

// run runs one operation in the transaction. After a fault nothing runs any more.
func (t *tx) run(ctx context.Context, op func(ctx context.Context) error) error {
	switch {
	case t.isOver.Load():
		return contact.Fault(contact.Internal, errUsedLate, "the transaction is over")
	case t.fault != nil:
		return t.fault
	case ctx.Err() != nil:
		return ctx.Err()
	}
	most, _ := t.store.boundsOf(ctx)
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	err := op(driver.NewSessionContext(ctx, t.session))
	t.hasBegun = true
	if isFault(err) {
		t.fault = err
	}
	return err
}

func (t *tx) collection(name string) *driver.Collection { return t.store.collection(name) }

func (t *tx) done(ctx context.Context, err error) error { return t.store.translate(ctx, err) }

func (t *tx) saw(version int) {
	if t.catalog < 0 {
		t.catalog = version
	}
}

// committed tells what the transaction did.
func (t *tx) committed() {
	if t.raised {
		t.store.catalogs.learn(t.org, t.catalog)
	}
	t.store.feed.Announce(t.org, t.events...)
	for _, id := range t.erased {
		t.store.feed.Gone(t.org, id)
	}
}

// write is one write that waits: a new document, or an update or the removal of the one that the filter finds.
type write struct {
	collection string
	document   any
	filter     bson.D // nil: document is new
	update     bson.D // nil: the document goes
	isKnown    bool   // there is one to update; else it is made
}

// put makes or replaces a document of a key; it has all fields.
func put(collection, key string, fields any) write {
	return write{collection: collection, filter: bson.D{{Key: "_id", Value: key}}, update: bson.D{{Key: "$set", Value: fields}}}
}

// flush writes what waits.
func (t *tx) flush(ctx context.Context) error {
	writes := append(t.contactWrites(), t.pending...)
	if len(writes) == 0 {
		return nil
	}
	t.pending = nil
	// The first command of a transaction carries its read concern, which not every server takes with a bulk write.
	if t.store.server.bulk() && t.hasBegun {
		return t.writeAtOnce(ctx, writes)
	}
	for _, name := range collections() {
		var models []driver.WriteModel
		for _, w := range writes {
			if w.collection == name {
				models = append(models, w.model())
			}
		}
		if len(models) == 0 {
			continue
		}
		if err := t.run(ctx, func(ctx context.Context) error {
			_, err := t.collection(name).BulkWrite(ctx, models)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// maxAtOnce is how many writes one command takes: its time is bounded, and the server takes 100,000 at most.
const maxAtOnce = 500

// writeAtOnce writes to all collections with one command (MongoDB 8.0 and later).
func (t *tx) writeAtOnce(ctx context.Context, writes []write) error {
	for some := range slices.Chunk(writes, maxAtOnce) {
		models := make([]driver.ClientBulkWrite, len(some))
		for i, w := range some {
			models[i] = w.clientModel(t.store.target.database)
		}
		if err := t.run(ctx, func(ctx context.Context) error {
			_, err := t.store.client.BulkWrite(ctx, models, options.ClientBulkWrite().SetOrdered(true))
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

func (w *write) model() driver.WriteModel {
	if w.filter == nil {
		return driver.NewInsertOneModel().SetDocument(w.document)
	}
	if w.update == nil {
		return driver.NewDeleteOneModel().SetFilter(w.filter)
	}
	return driver.NewUpdateOneModel().SetFilter(w.filter).SetUpdate(w.update).SetUpsert(!w.isKnown)
}

func (w *write) clientModel(database string) driver.ClientBulkWrite {
	if w.filter == nil {
		return driver.ClientBulkWrite{Database: database, Collection: w.collection, Model: driver.NewClientInsertOneModel().SetDocument(w.document)}
	}
	if w.update == nil {
		return driver.ClientBulkWrite{Database: database, Collection: w.collection, Model: driver.NewClientDeleteOneModel().SetFilter(w.filter)}
	}
	model := driver.NewClientUpdateOneModel().SetFilter(w.filter).SetUpdate(w.update).SetUpsert(!w.isKnown)
	return driver.ClientBulkWrite{Database: database, Collection: w.collection, Model: model}
}
