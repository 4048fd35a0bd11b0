// Package sqlite keeps everything in one SQLite file, for a gateway that runs as one process. It implements
// [contact.Store] and is for store alone. The invariant: one process at a time has the file, and within it one goroutine
// writes; what is acknowledged has been synced to the disk.
//
// All changes go through the writer, which commits those that wait together. Reads go in parallel, each over one of a few
// connections, and see the last commit before them: WAL keeps readers and the writer apart.
//
// The one process is also the only one that must hear of a change: the writer announces what it committed to those who
// follow it, in the order of commits. Another process is refused with *[HeldError].
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"contactpanel/contact"
	"contactpanel/store/internal/feed"
	"contactpanel/store/internal/life"
)

// The connections. Each keeps pages in memory, which bounds what the store takes when nothing happens; the operating
// system caches the file besides. Four readers are more than the cores of the machines this backend is meant for.
const (
	maxReaders    = 4
	writerCacheKB = 4096
	readerCacheKB = 2048
)

// Store is one SQLite file. Safe for concurrent use.
type Store struct {
	lock    *fileLock
	writing *sql.DB // one connection, which the writer keeps
	readers *readers
	writer  *writer
	purger  *purger
	feed    *feed.Feed
	life    life.Life
}

var _ contact.Store = (*Store)(nil)

// Open opens the database file at the path, makes it (mode 0600) with its folder (mode 0700) when there is none, and brings
// it to the current schema. A file that another process holds is refused with *[HeldError]; one that is no database of this
// program, is cut short, or was written by a newer version, with a text that says what to do. ":memory:" is not supported.
func Open(ctx context.Context, path string, options ...Option) (*Store, error) {
	path, err := prepareFile(path)
	if err != nil {
		return nil, err
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, err
	}
	s := &Store{lock: lock}
	s.feed = feed.New(followed{s})
	with := settings{log: slog.New(slog.DiscardHandler)}
	for _, set := range options {
		set(&with)
	}
	if err := s.open(ctx, path, with); err != nil {
		return nil, errors.Join(err, s.closeFiles())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, path string, with settings) error {
	if err := checkFile(path); err != nil {
		return err
	}
	var err error
	if s.writing, err = sql.Open("sqlite", dataSource(path, writerCacheKB, "secure_delete(1)", "journal_size_limit(67108864)")); err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	s.writing.SetMaxOpenConns(1)
	if err := migrate(ctx, s.writing); err != nil {
		return err
	}
	reading, err := sql.Open("sqlite", dataSource(path, readerCacheKB, "query_only(1)"))
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	if s.readers, err = openReaders(ctx, reading); err != nil {
		return fmt.Errorf("open the store for reading: %w", err)
	}
	writing, err := connect(ctx, s.writing)
	if err != nil {
		return fmt.Errorf("open the store for writing: %w", err)
	}
	s.writer = startWriter(writing, filepath.Dir(path), s.feed)
	s.purger = startPurger(s.readers, s.writer, with.log)
	return nil
}

// Option changes how a store is opened.
type Option func(*settings)

type settings struct{ log *slog.Logger }

// Log takes what the store has to say of its work in the background; without it nothing is said.
func Log(log *slog.Logger) Option { return func(s *settings) { s.log = log } }

// dataSource names the file for the driver. The pragmas are of each connection; FULL syncs the log at each commit, so that
// an acknowledged change outlives a crash of the machine.
func dataSource(path string, cacheKB int, pragmas ...string) string {
	values := url.Values{"_pragma": append([]string{
		"busy_timeout(5000)", "synchronous(FULL)", "foreign_keys(1)",
		fmt.Sprintf("cache_size(-%d)", cacheKB), "temp_store(MEMORY)",
	}, pragmas...)}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + values.Encode()
}

// prepareFile gives the file's real name and makes an empty file when there is none: a name and a link to it must have the
// same lock, and SQLite would make the file readable to others.
func prepareFile(path string) (string, error) {
	if path == "" || strings.Contains(path, ":memory:") {
		return "", errors.New("open the store: it needs the path of a file")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("open the store: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("make the store's folder: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the path is the operator's own
	if err != nil {
		return "", fmt.Errorf("open the store's file: %w", err)
	}
	if err := f.Close(); err != nil {
		return "", fmt.Errorf("open the store's file: %w", err)
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", fmt.Errorf("open the store's file: %w", err)
	}
	return path, nil
}

// Announce writes where this process's gateway answers into the lock file, for a process that finds the file held.
func (s *Store) Announce(url string) error {
	if err := s.life.Enter(); err != nil {
		return err
	}
	defer s.life.Leave()
	return s.lock.announce(url)
}

// Ping implements [contact.Store].
func (s *Store) Ping(ctx context.Context) error {
	if err := s.life.Enter(); err != nil {
		return err
	}
	defer s.life.Leave()
	return translate(s.readers.read(ctx, false, ping(ctx)))
}

func ping(ctx context.Context) func(session) error {
	return func(in session) error {
		_, err := number(in.query(ctx, `SELECT 1`))
		return err
	}
}

// Update implements [contact.Store]. The function must not call Update: it would wait for itself.
func (s *Store) Update(ctx context.Context, _ contact.OrgID, fn func(ctx context.Context, tx contact.Tx) error) error {
	if err := s.life.Enter(); err != nil {
		return err
	}
	defer s.life.Leave()
	return s.writer.do(ctx, func(ctx context.Context, t *tx) error { return fn(ctx, t) })
}

// Close implements [contact.Store]: streams end, changes that were accepted are committed, what was erased is taken out of the
// file as far as that is done in a moment, and the log is written into the file, so that it is complete by itself. Later calls return what the first returned.
func (s *Store) Close() error {
	return s.life.Close(s.feed.Close, s.closeFiles)
}

// closeFiles ends whatever was opened. The lock goes last.
func (s *Store) closeFiles() error {
	var errs []error
	s.feed.Close()
	if s.purger != nil {
		s.purger.stop()
	}
	if s.readers != nil {
		errs = append(errs, s.readers.close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.stop())
	}
	if s.writing != nil {
		errs = append(errs, s.writing.Close())
	}
	return errors.Join(append(errs, s.lock.release())...)
}
