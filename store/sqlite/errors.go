package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"contactpanel/contact"
)

// primary is the part of a result code that names its kind; the rest is detail (sqlite.org/rescode.html).
const primary = 0xff

// errUsedLate is the cause when a transaction is used after its function returned.
var errUsedLate = errors.New("the transaction is over")

// codeOf gives the kind of a driver's error, 0 for any other error.
func codeOf(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code() & primary
}

// translate turns what the driver says into the domain's error. Its messages quote nothing: texts of SQLite hold SQL and
// names of files. Errors of the domain and of contexts pass unchanged.
func translate(err error) error {
	switch {
	case !isFault(err):
		return err
	case errors.Is(err, sql.ErrConnDone), errors.Is(err, sql.ErrTxDone):
		return contact.Fault(contact.Unavailable, err, "the store does not answer")
	}
	switch codeOf(err) {
	case sqlite3.SQLITE_FULL:
		return contact.Fault(contact.StorageFull, err, "the store's disk is full; nothing was written")
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return contact.Fault(contact.Unavailable, err, "another program keeps the store busy")
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return contact.Fault(contact.Internal, err, "the store's file is damaged")
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return contact.Fault(contact.Internal, err, "the store cannot reach its file")
	default:
		return contact.Fault(contact.Internal, err, "the store met an unexpected fault")
	}
}

// isFault reports whether the error is one of the store's own making: not the domain's and not the end of a context.
func isFault(err error) bool {
	var known *contact.Error
	return err != nil && !errors.As(err, &known) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

// spoils reports whether SQLite may have rolled back the whole transaction because of the error, or left it in a state that
// must not be committed (sqlite.org/lang_transaction.html, section 3). Only a refused constraint is sure to have undone its
// own statement alone.
func spoils(err error) bool {
	return err != nil && codeOf(err) != sqlite3.SQLITE_CONSTRAINT
}

// diskFull finds out whether an input or output error of a file in the folder is for want of space: SQLite reports some of
// those, of its shared memory file for one, as plain errors. It asks by writing, which sees quotas too.
func diskFull(folder string) bool {
	f, err := os.CreateTemp(folder, "space-*")
	if err == nil {
		defer os.Remove(f.Name()) //nolint:errcheck // nothing can be done about it, and nothing depends on it
		_, err = f.Write(make([]byte, 64<<10))
		err = errors.Join(err, f.Close())
	}
	return isFull(err)
}

// isFull reports whether the system refused to write for want of space.
func isFull(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }
