package sqlite

import (
	"context"
	"database/sql"
)

// session runs statements in one place: on a connection for reading, or in a transaction of the writer. Texts are
// constants, or made of constants; values travel as arguments only.
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

func exists(rows *sql.Rows, err error) (bool, error) {
	is, _, err := first(rows, err, scanOne[bool])
	return is, err
}

func number(rows *sql.Rows, err error) (int, error) {
	n, _, err := first(rows, err, scanOne[int])
	return n, err
}
