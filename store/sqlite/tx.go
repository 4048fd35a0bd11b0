package sqlite

import (
	"context"
	"database/sql"
	"sync/atomic"

	"contactpanel/contact"
)

// tx is a transaction: the writer's connection, lent to one caller for the time of its function.
type tx struct {
	reader
	lent     *lentSession
	appended []appended
	erased   []erased
}

// appended are events that a transaction wrote one after another, as readers will see them.
type appended struct {
	org    contact.OrgID
	events []contact.Event
}

var _ contact.Tx = (*tx)(nil)

func newTx(c *connection) *tx {
	s := &lentSession{connection: c}
	return &tx{reader: reader{s}, lent: s}
}

// lentSession is the connection for one turn. It remembers the first fault that it met, so that a function that overlooks
// one is not committed. When the fault may have ended the transaction it runs nothing more, because that would be committed
// by itself.
//
// Statements run under a context that never ends: SQLite answers an interrupted write by rolling back the whole
// transaction, which others share. The caller's context is looked at before each statement, and statements are short.
type lentSession struct {
	connection *connection
	fault      error
	isOver     atomic.Bool // the contract says not to use it then; who does must not write into another's transaction
}

func (s *lentSession) failed(err error) {
	if s.fault == nil && isFault(err) {
		s.fault = err
	}
}

func (s *lentSession) ready(ctx context.Context) error {
	if s.isOver.Load() {
		return contact.Fault(contact.Internal, errUsedLate, "the transaction is over")
	}
	if spoils(s.fault) {
		return s.fault
	}
	return ctx.Err()
}

func (s *lentSession) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	return s.connection.query(context.Background(), text, args...)
}

func (s *lentSession) queryVaried(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	return s.connection.queryVaried(context.Background(), text, args...)
}

// exec runs a statement that answers nothing and says how many rows it changed.
func (t *tx) exec(ctx context.Context, text string, args ...any) (int64, error) {
	if err := t.lent.ready(ctx); err != nil {
		return 0, translate(err)
	}
	result, err := t.lent.connection.exec(text, args...)
	if err != nil {
		return 0, t.fail(err)
	}
	n, err := result.RowsAffected()
	return n, t.fail(err)
}

// insert is exec for a new row, and says its number.
func (t *tx) insert(ctx context.Context, text string, args ...any) (int64, error) {
	if err := t.lent.ready(ctx); err != nil {
		return 0, translate(err)
	}
	result, err := t.lent.connection.exec(text, args...)
	if err != nil {
		return 0, t.fail(err)
	}
	n, err := result.LastInsertId()
	return n, t.fail(err)
}
