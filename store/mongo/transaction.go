package mongo

import (
	"context"
	"errors"
	"time"

	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"

	"contactpanel/contact"
)

// Pauses between the runs of a transaction that lost a race. The one who was faster is done in some milliseconds.
const (
	firstRetry = 2 * time.Millisecond
	lastRetry  = 250 * time.Millisecond
)

// abortTime bounds the end of a transaction that failed.
const abortTime = time.Second

// Update implements [contact.Store]. The function must not call Update.
func (s *Store) Update(ctx context.Context, org contact.OrgID, fn func(ctx context.Context, tx contact.Tx) error) error {
	if err := s.life.Enter(); err != nil {
		return err
	}
	defer s.life.Leave()
	return s.transact(ctx, org, func(ctx context.Context, t *tx) error { return fn(ctx, t) })
}

// transact runs fn in a transaction, again while it loses races or the servers change, and for so long as all of it may take.
// The driver's own loop over transactions is not used: it knows no bound but two minutes, and takes a duplicate for final.
func (s *Store) transact(ctx context.Context, org contact.OrgID, fn func(ctx context.Context, t *tx) error) (err error) {
	_, most := s.boundsOf(ctx)
	bounded, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	if err := s.server.wait(bounded, selectionTime); err != nil {
		return s.translate(ctx, err)
	}
	session, err := s.session()
	if err != nil {
		return s.translate(ctx, err)
	}
	mayBeOpen := false
	defer func() {
		if err != nil && mayBeOpen {
			s.forget(ctx, session) // and not into the pool, from where others would get it
			return
		}
		session.EndSession(context.WithoutCancel(ctx))
	}()
	for pause := firstRetry; ; pause = min(2*pause, lastRetry) {
		var isOpen bool
		isOpen, err = s.attempt(ctx, bounded, session, org, fn)
		if err == nil {
			return nil
		}
		mayBeOpen = mayBeOpen || isOpen // until a later run begins on the server
		var lost *lostError
		if errors.As(err, &lost) {
			if sleep(bounded, pause) {
				continue
			}
			err = s.translate(ctx, lost.cause)
		}
		return err
	}
}

// lostError is the end of a run that is worth another one.
type lostError struct{ cause error }

func (e *lostError) Error() string { return e.cause.Error() }

// attempt runs the transaction once. bounded is ctx with the time that is left. isOpen says that the server may not know of
// its end.
func (s *Store) attempt(ctx, bounded context.Context, session *driver.Session, org contact.OrgID, fn func(context.Context, *tx) error) (isOpen bool, err error) {
	if err := session.StartTransaction(options.Transaction().SetReadConcern(readconcern.Snapshot())); err != nil {
		return false, s.translate(ctx, err)
	}
	t := newTx(s, session, org)
	returned := false
	defer func() {
		t.isOver.Store(true)
		if !returned || err != nil && session.TransactionRunning() {
			s.abort(ctx, session)
			isOpen = isOpen || isFault(t.fault) && !isAnswered(t.fault) // the end may be as lost as what was before it
		}
	}()
	err = fn(bounded, t)
	if err == nil && t.fault == nil {
		err = t.flush(bounded)
	}
	returned = true
	switch {
	case t.fault != nil && isTransient(t.fault) && ctx.Err() == nil:
		return false, &lostError{t.fault}
	case t.fault != nil: // also when the function overlooked it
		return false, s.translate(ctx, t.fault)
	case err != nil:
		return false, err
	case ctx.Err() != nil:
		return false, ctx.Err()
	}
	if err := s.commit(ctx, bounded, session); err != nil {
		return contact.CodeOf(err) == contact.OutcomeUnknown, err
	}
	t.committed()
	return false, nil
}

// commit ends the transaction. It goes on when the caller leaves: what became of the change has to be known.
func (s *Store) commit(ctx, bounded context.Context, session *driver.Session) error {
	deadline, _ := bounded.Deadline()
	committing, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	defer cancel()
	mayBeDone := false
	for pause := firstRetry; ; pause = min(2*pause, lastRetry) {
		err := session.CommitTransaction(committing)
		switch {
		case err == nil:
			s.clock.advance(session)
			return nil
		case isUnknown(err):
			if mayBeDone = true; sleep(committing, pause) {
				continue
			}
		case isTransient(err):
			return &lostError{err}
		case !mayBeDone:
			return s.translate(context.WithoutCancel(ctx), err)
		}
		return contact.Fault(contact.OutcomeUnknown, s.target.redacted(err), "the database did not confirm the change; it may have been made")
	}
}

// abort ends a transaction that failed. The driver does not say whether the server heard of it.
func (s *Store) abort(ctx context.Context, session *driver.Session) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTime)
	defer cancel()
	session.AbortTransaction(ctx) //nolint:errcheck // it is always nil
}
