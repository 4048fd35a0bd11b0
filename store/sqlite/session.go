package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// session runs statements in one place: on the readers' pool, in a snapshot of it, or on the writer's connection. Texts
// are constants, or made of constants; values travel as arguments only.
type session interface {
	// query runs a statement that is kept prepared.
	query(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	// queryVaried runs a statement whose text depends on what is asked. It is kept prepared while there is room.
	queryVaried(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	// failed takes every error of the two and of their rows, before it is translated.
	failed(err error)
}

// reader reads in a session. It is what the store and a transaction have in common.
type reader struct{ session session }

// fail hands an error on in the domain's words.
func (r reader) fail(err error) error {
	if err != nil {
		r.session.failed(err)
	}
	return translate(err)
}

// limited ends a statement after a number of rows, its last argument. SQLite looks into a parameter that stands alone there
// when it plans, and so plans anew at each use; it does not look into an expression.
const limited = ` LIMIT ? + 0`

// maxKept bounds the statements that a connection keeps prepared, at some ten kilobytes each. The texts in the source are
// half of it; the rest is for the shapes of searches that are usual.
const maxKept = 100

// statements keeps prepared statements by their text. Safe for concurrent use.
type statements struct {
	prepare func(ctx context.Context, text string) (*sql.Stmt, error)

	mu     sync.Mutex
	byText map[string]*sql.Stmt
}

func newStatements(prepare func(context.Context, string) (*sql.Stmt, error)) *statements {
	return &statements{prepare: prepare, byText: map[string]*sql.Stmt{}}
}

func (s *statements) of(ctx context.Context, text string) (*sql.Stmt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if stmt := s.byText[text]; stmt != nil {
		return stmt, nil
	}
	stmt, err := s.prepare(ctx, text)
	if err == nil {
		s.byText[text] = stmt
	}
	return stmt, err
}

// varied is of for a text that depends on what is asked: nil when it is not kept.
func (s *statements) varied(ctx context.Context, text string) *sql.Stmt {
	s.mu.Lock()
	stmt, isFull := s.byText[text], len(s.byText) >= maxKept
	s.mu.Unlock()
	if stmt == nil && !isFull {
		stmt, _ = s.of(ctx, text) // an error shows when it runs
	}
	return stmt
}

// close frees the statements. Nobody may use them any more.
func (s *statements) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, stmt := range s.byText {
		errs = append(errs, stmt.Close())
	}
	clear(s.byText)
	return errors.Join(errs...)
}

// pool is the readers' session: each statement sees what was committed before it began.
type pool struct {
	db         *sql.DB
	statements *statements
}

func (p *pool) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	stmt, err := p.statements.of(ctx, text)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (p *pool) queryVaried(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if stmt := p.statements.varied(ctx, text); stmt != nil {
		return stmt.QueryContext(ctx, args...)
	}
	return p.db.QueryContext(ctx, text, args...)
}

func (*pool) failed(error) {}

// snapshot runs fn with a session whose statements all see one moment.
func (p *pool) snapshot(ctx context.Context, fn func(session) error) error {
	tx, err := p.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // it only ends a read
	return fn(&snapshot{tx, p.statements})
}

type snapshot struct {
	tx         *sql.Tx
	statements *statements
}

func (s *snapshot) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	stmt, err := s.statements.of(ctx, text)
	if err != nil {
		return nil, err
	}
	return s.tx.StmtContext(ctx, stmt).QueryContext(ctx, args...)
}

func (s *snapshot) queryVaried(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if stmt := s.statements.varied(ctx, text); stmt != nil {
		return s.tx.StmtContext(ctx, stmt).QueryContext(ctx, args...)
	}
	return s.tx.QueryContext(ctx, text, args...)
}

func (*snapshot) failed(error) {}

// collect reads all rows of an answer.
func collect[T any](rows *sql.Rows, err error, scan func(*sql.Rows) (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var out []T
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, item)
	}
	return out, rows.Err()
}

// first reads the first row of an answer; found is false when there is none.
func first[T any](rows *sql.Rows, err error, scan func(*sql.Rows) (T, error)) (item T, found bool, _ error) {
	if err != nil {
		return item, false, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	if !rows.Next() {
		return item, false, rows.Err()
	}
	item, err = scan(rows)
	return item, err == nil, err
}

// scanOne reads a row of one column.
func scanOne[T any](rows *sql.Rows) (value T, err error) {
	err = rows.Scan(&value)
	return value, err
}
