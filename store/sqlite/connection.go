package sqlite

import (
	"context"
	"database/sql"
	"errors"
)

// maxKept bounds the statements that a connection keeps prepared, at some ten kilobytes each. The texts in the source are
// half of it; the rest is for the shapes of searches that are usual.
const maxKept = 100

// connection is a connection to the file with its prepared statements. One goroutine uses it at a time.
type connection struct {
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
}

func connect(ctx context.Context, db *sql.DB) (*connection, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &connection{conn, map[string]*sql.Stmt{}}, nil
}

// statement prepares a text, or finds it prepared.
func (c *connection) statement(text string) (*sql.Stmt, error) {
	if stmt := c.prepared[text]; stmt != nil {
		return stmt, nil
	}
	stmt, err := c.conn.PrepareContext(context.Background(), text)
	if err == nil {
		c.prepared[text] = stmt
	}
	return stmt, err
}

func (c *connection) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	stmt, err := c.statement(text)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (c *connection) queryVaried(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if c.prepared[text] == nil && len(c.prepared) >= maxKept {
		return c.conn.QueryContext(ctx, text, args...)
	}
	return c.query(ctx, text, args...)
}

func (*connection) failed(error) {}

// exec runs a statement that answers nothing. No context interrupts it: see lentSession.
func (c *connection) exec(text string, args ...any) (sql.Result, error) {
	stmt, err := c.statement(text)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(context.Background(), args...)
}

// close gives the connection back. SQLite keeps a file open as long as a statement on it lives.
func (c *connection) close() error {
	errs := make([]error, 0, len(c.prepared)+1)
	for _, stmt := range c.prepared {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, c.conn.Close())...)
}

// readers are the connections for reading. All are made and have read when the store opens: a connection that comes later
// cannot, when somebody has deleted the log meanwhile, while one that holds the log goes on.
type readers struct {
	db   *sql.DB
	idle chan *connection
}

func openReaders(ctx context.Context, db *sql.DB) (*readers, error) {
	r := &readers{db, make(chan *connection, maxReaders)}
	for range maxReaders {
		c, err := connect(ctx, db)
		if err == nil {
			r.idle <- c
			_, err = number(c.query(ctx, `SELECT count(*) FROM sqlite_schema`))
		}
		if err != nil {
			return nil, errors.Join(err, r.close())
		}
	}
	return r, nil
}

// read runs fn with a connection, for which it waits as long as the context allows. Each statement sees what was committed
// before it began; with several, all of them see one moment.
func (r *readers) read(ctx context.Context, several bool, fn func(session) error) (err error) {
	var c *connection
	select {
	case c = <-r.idle:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { r.idle <- c }()
	if !several {
		return fn(c)
	}
	if _, err := c.exec("BEGIN"); err != nil {
		return err
	}
	defer c.exec("ROLLBACK") //nolint:errcheck // it only ends a read
	return fn(c)
}

// close closes the connections. Nobody may read any more.
func (r *readers) close() error {
	var errs []error
	close(r.idle)
	for c := range r.idle {
		errs = append(errs, c.close())
	}
	return errors.Join(append(errs, r.db.Close())...)
}
