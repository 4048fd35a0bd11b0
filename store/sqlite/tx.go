package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"

	"contactpanel/contact"
)

// connection is the writer's one connection with its prepared statements. One goroutine uses it at a time.
//
// Statements run under a context that never ends: SQLite answers an interrupted write by rolling back the whole
// transaction, which others share. The caller's context is looked at before each statement, and statements are short.
type connection struct {
	conn       *sql.Conn
	statements *statements
}

func newConnection(conn *sql.Conn) *connection {
	return &connection{conn, newStatements(conn.PrepareContext)}
}

// close gives the connection back. SQLite keeps a file open as long as a statement on it lives.
func (c *connection) close() error { return errors.Join(c.statements.close(), c.conn.Close()) }

func (c *connection) exec(text string, args ...any) (sql.Result, error) {
	stmt, err := c.statements.of(context.Background(), text)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(context.Background(), args...)
}

// tx is a transaction: the writer's connection, lent to one caller for the time of its function.
type tx struct {
	reader
	lent *lentSession
}

var _ contact.Tx = (*tx)(nil)

func newTx(c *connection) *tx {
	s := &lentSession{connection: c}
	return &tx{reader{s}, s}
}

// lentSession remembers the first fault that it met, so that a function that overlooks one is not committed.
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
	return ctx.Err()
}

func (s *lentSession) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	stmt, err := s.connection.statements.of(context.Background(), text)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(context.Background(), args...)
}

func (s *lentSession) queryVaried(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	if stmt := s.connection.statements.varied(context.Background(), text); stmt != nil {
		return stmt.QueryContext(context.Background(), args...)
	}
	return s.connection.conn.QueryContext(context.Background(), text, args...)
}

// exec runs a statement that answers nothing and says how many rows it changed.
func (t *tx) exec(ctx context.Context, text string, args ...any) (int64, error) {
	if err := t.lent.ready(ctx); err != nil {
		return 0, err
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
		return 0, err
	}
	result, err := t.lent.connection.exec(text, args...)
	if err != nil {
		return 0, t.fail(err)
	}
	n, err := result.LastInsertId()
	return n, t.fail(err)
}
