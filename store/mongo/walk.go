package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"

	"contactpanel/contact"
)

// walkBatch is how many documents come at a time.
const walkBatch = 500

// Walk implements [contact.ArchiveReader].
func (s *Store) Walk(ctx context.Context, org contact.OrgID, visit func(contact.ArchiveRow) error) error {
	return takeWalk(ctx, s, org, visit, func(w walker[contact.ArchiveRow]) []func(context.Context) error {
		return []func(context.Context) error{
			func(ctx context.Context) error { return w.organisation(ctx, visit) },
			func(ctx context.Context) error {
				return walk(ctx, w, sections, func(r *sectionRow) contact.ArchiveRow { return contact.ArchiveRow{Section: pointer(r.section())} })
			},
			func(ctx context.Context) error {
				return walk(ctx, w, definitions, func(r *definitionRow) contact.ArchiveRow {
					return contact.ArchiveRow{Definition: pointer(r.definition())}
				})
			},
			func(ctx context.Context) error {
				return walk(ctx, w, contactGroups, func(r *groupRow) contact.ArchiveRow {
					return contact.ArchiveRow{Group: pointer(r.group())}
				})
			},
			func(ctx context.Context) error {
				return walk(ctx, w, deactivatedAgents, func(r *deactivatedRow) contact.ArchiveRow { return contact.ArchiveRow{Agent: pointer(r.agent())} })
			},
			func(ctx context.Context) error {
				return walk(ctx, w, contacts, func(r *contactRow) contact.ArchiveRow { return contact.ArchiveRow{Contact: pointer(r.contact())} })
			},
			func(ctx context.Context) error {
				return walk(ctx, w, notes, func(r *noteRow) contact.ArchiveRow { return contact.ArchiveRow{Note: pointer(r.note())} })
			},
			func(ctx context.Context) error {
				return walk(ctx, w, applied, func(r *appliedRow) contact.ArchiveRow {
					return contact.ArchiveRow{Applied: pointer(r.applied())}
				})
			},
			func(ctx context.Context) error {
				return walk(ctx, w, audit, func(r *auditRow) contact.ArchiveRow { return contact.ArchiveRow{Audit: pointer(r.entry())} })
			},
		}
	})
}

// takeWalk takes the steps of a walk. It reads in one transaction, because that has one snapshot. A server ends a transaction
// after transactionLifetimeLimitSeconds, a minute by default: a walk that takes longer fails, and says so.
func takeWalk[Row any](
	ctx context.Context, s *Store, org contact.OrgID, visit func(Row) error, steps func(walker[Row]) []func(context.Context) error,
) error {
	if err := s.life.Enter(); err != nil {
		return err
	}
	defer s.life.Leave()
	if err := s.server.wait(ctx, selectionTime); err != nil {
		return err
	}
	session, err := s.session()
	if err != nil {
		return s.translate(ctx, err)
	}
	defer session.EndSession(context.WithoutCancel(ctx))
	if err := session.StartTransaction(options.Transaction().SetReadConcern(readconcern.Snapshot())); err != nil {
		return s.translate(ctx, err)
	}
	defer s.abort(ctx, session) // nothing was written
	for _, step := range steps(walker[Row]{s, session, org, visit}) {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func pointer[T any](v T) *T { return &v }

// walker is one walk.
type walker[Row any] struct {
	store   *Store
	session *driver.Session
	org     contact.OrgID
	visit   func(Row) error
}

func (w walker[Row]) organisation(ctx context.Context, visit func(contact.ArchiveRow) error) error {
	var found int
	err := each(ctx, w, organisations, bson.D{{Key: "_id", Value: string(w.org)}}, options.Find(), func(r *organisationRow) error {
		found++
		return visit(contact.ArchiveRow{Organisation: &contact.Organisation{ID: w.org, CreatedAt: r.Created, CatalogVersion: r.CatalogVersion}})
	})
	if err == nil && found == 0 {
		return noOrganisation()
	}
	return err
}

// walk visits a collection's documents of the organisation in the order of their keys.
func walk[Document, Row any](ctx context.Context, w walker[Row], collection string, of func(*Document) Row) error {
	return each(ctx, w, collection, allOf(w.org), options.Find().SetHint(indexID).SetSort(up("_id")), func(r *Document) error {
		return w.visit(of(r))
	})
}

// each reads documents, a batch at a time, each batch with a bound of its own.
func each[Document, Row any](
	ctx context.Context, w walker[Row], collection string, filter bson.D, o *options.FindOptionsBuilder, visit func(*Document) error,
) error {
	var cursor *driver.Cursor
	err := w.do(ctx, func(ctx context.Context) (err error) {
		cursor, err = w.store.collection(collection).Find(ctx, filter, o.SetBatchSize(walkBatch))
		return err
	})
	if err != nil {
		return err
	}
	defer cursor.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the server closes it by itself
	for {
		isMore := false
		if err := w.do(ctx, func(ctx context.Context) error { isMore = cursor.Next(ctx); return cursor.Err() }); err != nil || !isMore {
			return err
		}
		document := new(Document)
		if err := cursor.Decode(document); err != nil {
			return w.store.translate(ctx, err)
		}
		if err := visit(document); err != nil {
			return err
		}
	}
}

// do runs one operation of the walk.
func (w walker[Row]) do(ctx context.Context, op func(ctx context.Context) error) error {
	most, _ := w.store.boundsOf(ctx)
	bounded, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	err := op(driver.NewSessionContext(bounded, w.session))
	if hasCode(err, codeNoSuchTransaction, codeTransactionTooOld) {
		return contact.Fault(contact.Unavailable, w.store.target.redacted(err), "reading everything took longer than the database keeps one state of it (transactionLifetimeLimitSeconds)")
	}
	return w.store.translate(ctx, err)
}
