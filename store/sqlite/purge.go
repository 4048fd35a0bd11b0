package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// The purger takes what was erased out of the file and its log. The erasure itself is a transaction like any other: with its
// commit nobody can read the contact any more, and that is what is waited for. What it leaves are copies in the free space of
// pages, and pages of before in the log. A row in the table erasures, written in the same transaction, says so until they are
// gone, so that a crash in between is made good for by the next start:
//
//	commit ─▶ wakes ─▶ scrub the pages' free space ─▶ move the log into the file and empty it ─▶ remove the row
//	start ───▲                     └───────── not now? again, later ◀──────────┘ somebody reads in it
//
// One purge serves all that was erased before it began.
type purger struct {
	readers *readers
	writer  *writer
	log     *slog.Logger
	cancel  context.CancelFunc
	running sync.WaitGroup

	scrubbed int // the last erasure whose copies are gone; a log that cannot be emptied needs no second scrub
}

// Pauses between tries, and what Close grants the last one: a shutdown is not to wait for a large file, whose next start goes on.
const (
	firstPurgePause = 100 * time.Millisecond
	lastPurgePause  = 30 * time.Second
	lastPurgeTime   = 2 * time.Second
)

const (
	sqlLastErasure   = `SELECT coalesce(max(n), 0) FROM erasures`
	sqlDropErasures  = `DELETE FROM erasures WHERE n <= ?`
	sqlEmptyLog      = `PRAGMA wal_checkpoint(TRUNCATE)`
	sqlWaitShortly   = `PRAGMA busy_timeout = 100`
	sqlWaitAsUsually = `PRAGMA busy_timeout = 5000`
)

// errInUse says that the log cannot be emptied, because somebody reads an older state in it: an export, for example.
var errInUse = errors.New("an older state of the file is being read")

func startPurger(r *readers, w *writer, log *slog.Logger) *purger {
	ctx, cancel := context.WithCancel(context.Background())
	p := &purger{readers: r, writer: w, log: log, cancel: cancel}
	p.running.Go(func() { p.run(ctx) })
	return p
}

// stop ends the purger. What is left of its work is done when that takes a moment only.
func (p *purger) stop() {
	p.cancel()
	p.running.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), lastPurgeTime)
	defer cancel()
	p.purge(ctx) //nolint:errcheck // the next start goes on
}

func (p *purger) run(ctx context.Context) {
	for pause := firstPurgePause; ; {
		began := time.Now()
		err := p.purge(ctx)
		took := time.Since(began)
		var again <-chan time.Time
		switch {
		case ctx.Err() != nil:
			return
		case err == nil: // many erasures, one after another, leave the machine half of its time
			pause = firstPurgePause
			if !sleep(ctx, took) {
				return
			}
		default:
			if pause >= time.Second { // readers are gone in an instant, mostly
				p.log.WarnContext(ctx, "erased contacts are not out of the store's file yet; trying again", "err", err)
			}
			again = time.After(pause)
			pause = min(2*pause, lastPurgePause)
		}
		select {
		case <-p.writer.erased:
		case <-again:
		case <-ctx.Done():
			return
		}
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// purge takes out of the file what was erased before it began.
func (p *purger) purge(ctx context.Context) error {
	last, err := p.lastErasure(ctx)
	if err != nil || last == 0 {
		return err
	}
	began := time.Now()
	if last > p.scrubbed {
		if err := p.scrub(ctx); err != nil {
			return err
		}
		p.scrubbed = last
	}
	if err := p.writer.empty(ctx); err != nil {
		return err
	}
	var erasures int64
	err = p.writer.do(ctx, func(ctx context.Context, t *tx) (err error) {
		erasures, err = t.exec(ctx, sqlDropErasures, last)
		return err
	})
	if err == nil {
		p.log.InfoContext(ctx, "erased contacts are out of the store's file", "erasures", erasures, "ms", time.Since(began).Milliseconds())
	}
	return err
}

// lastErasure is the number of the last erasure whose traces may be in the file, 0 when there is none.
func (p *purger) lastErasure(ctx context.Context) (n int, err error) {
	err = p.readers.read(ctx, false, func(in session) error {
		n, err = number(in.query(ctx, sqlLastErasure))
		return err
	})
	return n, err
}

// empty moves the log into the file and empties it, between two groups of changes.
func (w *writer) empty(ctx context.Context) error {
	answer := make(chan error, 1)
	select {
	case w.emptying <- answer:
		return <-answer
	case <-ctx.Done():
		return ctx.Err()
	}
}

// emptyLog waits for readers of older states for a moment only, because changes wait for it.
func (w *writer) emptyLog() error {
	if _, err := w.connection.exec(sqlWaitShortly); err != nil {
		return err
	}
	defer w.connection.exec(sqlWaitAsUsually) //nolint:errcheck // it waits less, and that is all
	rows, err := w.connection.query(context.Background(), sqlEmptyLog)
	isInUse, _, err := first(rows, err, func(rows *sql.Rows) (is bool, err error) {
		var pages, moved int
		err = rows.Scan(&is, &pages, &moved)
		return is, err
	})
	if err == nil && isInUse {
		err = errInUse
	}
	return err
}
