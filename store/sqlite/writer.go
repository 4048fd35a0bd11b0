package sqlite

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"contactpanel/contact"
	"contactpanel/store/internal/feed"
)

// Bounds of the writer. A group ends with its members or its time, whichever is first, so that the first member does not
// wait for a stream of later ones; the queue is as long as what a second of the slowest disks takes.
const (
	maxGroup     = 128
	maxGroupTime = 5 * time.Millisecond
	maxQueue     = 1024
)

// writer commits all changes, one transaction after the other. What waits while a commit is on its way to the disk is
// committed together with the next one: one COMMIT for all, and each job in a savepoint of its own, so that one that fails
// takes nobody along. Nothing is announced or acknowledged before that COMMIT returned.
//
//	Update ── queue ──▶ BEGIN ─▶ job ─▶ SAVEPOINT ─▶ job ─▶ RELEASE ─▶ SAVEPOINT ─▶ … ─▶ COMMIT ─▶ feed, verdicts
//
// A job's function runs in the goroutine of its caller, to which the writer lends the connection for a turn: a panic or a
// runtime.Goexit there is the caller's, and the writer lives on.
type writer struct {
	connection *connection
	folder     string // of the file
	feed       *feed.Feed
	queue      chan *job
	emptying   chan chan error // who wants the log emptied, between two groups
	erased     chan struct{}   // a contact was erased; room for one, because one look serves all who were before it
	done       chan struct{}   // closed when the goroutine has ended
}

// job is one call of Update on its way.
type job struct {
	fn       func(ctx context.Context, tx *tx) error
	state    atomic.Int32
	turn     chan *tx   // the writer lends the connection
	ran      chan error // the caller gives it back, with what fn returned
	verdict  chan error // the writer's last word; room for one, so that it never waits for the caller
	appended []appended // in its last run
	erased   []erased   // likewise
}

// States of a job. The one who moves it away from waiting decides whether it runs.
const (
	waiting int32 = iota
	taken
	abandoned
)

// errUnwound is what a function leaves that panicked or ended its goroutine.
var errUnwound = errors.New("the function did not return")

func startWriter(c *connection, folder string, f *feed.Feed) *writer {
	w := &writer{
		connection: c, folder: folder, feed: f, queue: make(chan *job, maxQueue), emptying: make(chan chan error),
		erased: make(chan struct{}, 1), done: make(chan struct{}),
	}
	go w.run()
	return w
}

// stop ends the writer after what is in the queue, and moves the log into the file. Nobody may call do any more.
func (w *writer) stop() error {
	close(w.queue)
	<-w.done
	w.connection.exec("PRAGMA wal_checkpoint(TRUNCATE)") //nolint:errcheck // what stays in the log is found there
	return w.connection.close()
}

// do runs fn in a transaction and returns after the commit, or with the error that kept it from happening.
func (w *writer) do(ctx context.Context, fn func(ctx context.Context, tx *tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{fn: fn, turn: make(chan *tx), ran: make(chan error), verdict: make(chan error, 1)}
	select {
	case w.queue <- j:
	case <-ctx.Done():
		return ctx.Err()
	}
	gone := ctx.Done()
	for {
		select {
		case t := <-j.turn:
			j.serve(ctx, t)
		case err := <-j.verdict:
			return err
		case <-gone:
			if j.state.CompareAndSwap(waiting, abandoned) {
				return ctx.Err()
			}
			gone = nil // it has its turn: what became of it is known soon
		}
	}
}

// serve runs the function and gives the connection back, whatever the function does.
func (j *job) serve(ctx context.Context, t *tx) {
	var err error
	defer func() {
		t.lent.isOver.Store(true)
		j.ran <- err
	}()
	if err = ctx.Err(); err != nil {
		return
	}
	err = errUnwound // unless it returns
	if err = j.fn(ctx, t); err == nil {
		err = ctx.Err()
	}
}

func (w *writer) run() {
	defer close(w.done)
	for {
		select {
		case j, isOpen := <-w.queue:
			if !isOpen {
				return
			}
			w.group(j)
		case answer := <-w.emptying:
			answer <- w.emptyLog()
		}
	}
}

// group runs the job and those that wait behind it in one transaction. When that is lost, each that did not lose it runs
// again alone, so that everybody gets a verdict of their own.
//
// The first job needs no savepoint, because nobody stands before it. That matters for big ones: SQLite keeps a copy of every
// page that changes within a savepoint, and walks over the copies at each statement.
func (w *writer) group(first *job) {
	if !first.take() {
		return
	}
	if err := w.begin(); err != nil {
		first.answer(translate(w.orFull(err)))
		return
	}
	deadline := time.Now().Add(maxGroupTime)
	if _, err := w.lend(first); err != nil {
		w.rollback()
		first.answer(w.orFull(err))
		return
	}
	ran := []*job{first}
	for j := w.next(len(ran), deadline); j != nil; j = w.next(len(ran), deadline) {
		isLost, err := w.inSavepoint(j)
		switch {
		case isLost:
			w.rollback()
			j.answer(w.orFull(err))
			w.alone(ran)
			return
		case err != nil:
			j.answer(err)
		default:
			ran = append(ran, j)
		}
	}
	if err := w.commit(); err != nil {
		w.alone(ran)
		return
	}
	for _, j := range ran { // all, before anybody is answered: who reads what is new has its place in the order already
		w.announce(j)
	}
	for _, j := range ran {
		j.answer(nil)
	}
}

// next takes another job when one waits and the group has room, else nil.
func (w *writer) next(size int, deadline time.Time) *job {
	for size < maxGroup && time.Now().Before(deadline) {
		select {
		case j := <-w.queue:
			if j == nil || j.take() { // nil: the queue was closed
				return j
			}
		default:
			return nil
		}
	}
	return nil
}

// alone runs jobs again, each in a transaction of its own.
func (w *writer) alone(jobs []*job) {
	for _, j := range jobs {
		j.answer(w.single(j))
	}
}

func (w *writer) single(j *job) error {
	if err := w.begin(); err != nil {
		return translate(w.orFull(err))
	}
	if _, err := w.lend(j); err != nil {
		w.rollback()
		return w.orFull(err)
	}
	if err := w.commit(); err != nil {
		return w.judgeCommit(err)
	}
	w.announce(j)
	return nil
}

// announce tells the followers what the job has committed.
func (w *writer) announce(j *job) {
	for _, a := range j.appended {
		w.feed.Announce(a.org, a.events...)
	}
	for _, e := range j.erased {
		w.feed.Gone(e.org, e.contact)
	}
	if len(j.erased) > 0 {
		select {
		case w.erased <- struct{}{}:
		default:
		}
	}
}

// inSavepoint runs the job so that it leaves nothing when it fails. isLost says that the whole transaction must be rolled
// back because of it.
func (w *writer) inSavepoint(j *job) (isLost bool, err error) {
	if _, err := w.connection.exec("SAVEPOINT job"); err != nil {
		return true, translate(err)
	}
	fault, err := w.lend(j)
	if spoils(fault) {
		return true, err
	}
	if err != nil {
		if _, undo := w.connection.exec("ROLLBACK TO job"); undo != nil {
			return true, err
		}
	}
	if _, release := w.connection.exec("RELEASE job"); release != nil {
		return true, errors.Join(err, translate(release))
	}
	return false, err
}

// lend gives the caller its turn, and returns what its function returned. A fault that the function overlooked is an error
// all the same.
func (w *writer) lend(j *job) (fault, err error) {
	t := newTx(w.connection)
	j.turn <- t
	err = <-j.ran
	fault, j.appended, j.erased = t.lent.fault, t.appended, t.erased
	if err == nil {
		err = translate(fault)
	}
	return fault, err
}

// take reserves the job for its turn; false when its caller left.
func (j *job) take() bool { return j.state.CompareAndSwap(waiting, taken) }

func (j *job) answer(err error) { j.verdict <- err }

// begin starts a transaction. A second try finds the connection clean after a rollback that did not work.
func (w *writer) begin() error {
	_, err := w.connection.exec("BEGIN IMMEDIATE")
	if codeOf(err) == sqlite3.SQLITE_ERROR {
		w.rollback()
		_, err = w.connection.exec("BEGIN IMMEDIATE")
	}
	return err
}

func (w *writer) commit() error {
	_, err := w.connection.exec("COMMIT")
	if err != nil {
		w.rollback()
	}
	return err
}

// rollback ends the transaction. SQLite may have done so already, and then this is refused and changes nothing.
func (w *writer) rollback() {
	w.connection.exec("ROLLBACK") //nolint:errcheck // see above; begin looks again
}

// orFull gives STORAGE_FULL instead of an error for want of space that SQLite did not call so, else the error.
func (w *writer) orFull(err error) error {
	if codeOf(err) == sqlite3.SQLITE_IOERR && diskFull(w.folder) {
		return contact.Fault(contact.StorageFull, err, "the store's disk is full; nothing was written")
	}
	return err
}

// judgeCommit translates the error of a COMMIT: when the disk failed in the midst of it, a crash now could bring back what
// was taken for lost.
func (w *writer) judgeCommit(err error) error {
	err = w.orFull(err)
	if isFault(err) && codeOf(err) == sqlite3.SQLITE_IOERR {
		return contact.Fault(contact.OutcomeUnknown, err, "the store's disk failed while the change was written")
	}
	return translate(err)
}
