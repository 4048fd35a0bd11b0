package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/pressly/goose/v3"
	sqlite3 "modernc.org/sqlite/lib"
)

// applicationID marks a file as one of this program (PRAGMA application_id): the letters "CPnl".
const applicationID = 0x43506e6c

//go:embed migrations/*.sql
var migrations embed.FS

// The reasons to refuse a file. Each says what to do.
var (
	errForeign   = errors.New("the file is no store of contactpanel: name another file, or move this one away")
	errTruncated = errors.New("the store's file is cut short: put back a copy of it together with the files beside it that end in -wal and -shm, if there are any")
	errDamaged   = errors.New("the store's file is damaged: put back a copy of it, or rescue what can be read with 'sqlite3 FILE .recover'")
	errNewer     = errors.New("the store's file was written by a newer version of contactpanel: start that version, or a newer one")
)

// Offsets in the header of a database file (sqlite.org/fileformat.html, section 1.3).
const (
	headerSize      = 100
	offPageSize     = 16
	offChangeCount  = 24
	offPages        = 28
	offValidFor     = 92
	magic           = "SQLite format 3\x00"
	encodedPageSize = 1 // stands for 65536
)

// checkFile looks at the file before SQLite does: the kind of file, and whether it has all the pages that it says it has.
// That costs one read whatever the size. What is wrong inside shows when it is read; looking for it at each start would
// take as long as reading everything.
//
// It must run before the first connection: closing any handle of a file drops the process's POSIX locks on it.
func checkFile(path string) error {
	f, err := os.Open(path) //nolint:gosec // the path is the operator's own
	if err != nil {
		return fmt.Errorf("open the store's file: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("open the store's file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return errForeign
	}
	if info.Size() == 0 {
		return nil
	}
	header := make([]byte, headerSize)
	switch n, err := io.ReadFull(f, header); {
	case errors.Is(err, io.ErrUnexpectedEOF) && bytes.HasPrefix([]byte(magic), header[:min(n, len(magic))]):
		return errTruncated
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errForeign
	case err != nil:
		return fmt.Errorf("read the store's file: %w", err)
	case !bytes.HasPrefix(header, []byte(magic)):
		return errForeign
	}
	if info.Size() < sizeInHeader(header) && !hasLog(path) {
		return errTruncated
	}
	return nil
}

// sizeInHeader is how long the file says it is, 0 when it does not say so reliably.
func sizeInHeader(header []byte) int64 {
	pageSize := int64(binary.BigEndian.Uint16(header[offPageSize:]))
	if pageSize == encodedPageSize {
		pageSize = 1 << 16
	}
	if !bytes.Equal(header[offChangeCount:offChangeCount+4], header[offValidFor:offValidFor+4]) {
		return 0
	}
	return pageSize * int64(binary.BigEndian.Uint32(header[offPages:]))
}

// hasLog reports whether there is a log that may hold what the file lacks.
func hasLog(path string) bool {
	info, err := os.Stat(path + "-wal")
	return err == nil && info.Size() > 0
}

// migrate makes sure that the file is ours, and brings it to the current schema.
func migrate(ctx context.Context, db *sql.DB) error {
	isNew, err := claim(ctx, db)
	if err != nil {
		return err
	}
	// Only now, because it writes into the file. It stays with the file.
	if _, err := db.ExecContext(ctx, `PRAGMA journal_mode = WAL`); err != nil {
		return fmt.Errorf("turn the store's log on: %w", err)
	}
	if isNew {
		if _, err := db.ExecContext(ctx, fmt.Sprintf(`PRAGMA application_id = %d`, applicationID)); err != nil {
			return fmt.Errorf("mark the store's file: %w", err)
		}
	}
	scripts, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("migrate the store: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, scripts, goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("migrate the store: %w", err)
	}
	current, newest, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("migrate the store: %w", err)
	}
	if current > newest {
		return errNewer
	}
	if current == newest {
		return nil
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the store: %w", err)
	}
	return nil
}

// claim refuses a file that belongs to another program; isNew says that it is empty.
func claim(ctx context.Context, db *sql.DB) (isNew bool, err error) {
	var id, objects int
	err = db.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id), (SELECT count(*) FROM sqlite_schema)`).Scan(&id, &objects)
	switch codeOf(err) {
	case sqlite3.SQLITE_NOTADB:
		return false, errForeign
	case sqlite3.SQLITE_CORRUPT:
		return false, errDamaged
	case sqlite3.SQLITE_READONLY:
		return false, fmt.Errorf("open the store: its folder cannot be written, and SQLite keeps files beside the store: %w", err)
	}
	switch {
	case err != nil:
		return false, fmt.Errorf("open the store's file: %w", err)
	case id == applicationID:
		return false, nil
	case id != 0 || objects > 0:
		return false, errForeign
	}
	return true, nil
}
