package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"contactpanel/contact"
)

const testOrg contact.OrgID = "demo"

func testMoment() time.Time { return time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC) }

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func openTest(tb testing.TB) *Store {
	tb.Helper()
	s, err := Open(tb.Context(), filepath.Join(tb.TempDir(), "store.db"))
	must(tb, err)
	tb.Cleanup(func() { must(tb, s.Close()) })
	return s
}

func testNote(id string, version int) contact.Note {
	return contact.Note{
		ID: contact.ID(id), Contact: "contact_1", Body: "text", Author: contact.Agent{ID: "agent_1", Name: "Agatha"},
		CreatedAt: testMoment(), Version: version,
	}
}

func putNote(id string) func(context.Context, contact.Tx) error {
	return func(ctx context.Context, tx contact.Tx) error { return tx.PutNote(ctx, testOrg, testNote(id, 1)) }
}

// version reads a note's version, 0 when there is none.
func version(tb testing.TB, s *Store, id string) int {
	tb.Helper()
	found, err := s.NotesByID(tb.Context(), testOrg, []contact.ID{contact.ID(id)})
	must(tb, err)
	if len(found) == 0 {
		return 0
	}
	return found[0].Version
}

// occupy keeps the writer busy until release is called, which waits for the job that does it.
func occupy(t *testing.T, s *Store) (release func()) {
	t.Helper()
	begun, end := make(chan struct{}), make(chan struct{})
	begin := sync.OnceFunc(func() { close(begun) }) // the job runs again when its group is lost
	var job sync.WaitGroup
	job.Go(func() {
		err := s.Update(t.Context(), testOrg, func(context.Context, contact.Tx) error {
			begin()
			<-end
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-begun
	return func() {
		close(end)
		job.Wait()
	}
}

// together queues the functions in their order behind a busy writer, which then has them all at once, and returns what
// Update said to each.
func together(t *testing.T, s *Store, fns ...func(context.Context, contact.Tx) error) []error {
	t.Helper()
	release := occupy(t, s)
	out := make([]error, len(fns))
	var all sync.WaitGroup
	for i, fn := range fns {
		all.Go(func() { out[i] = s.Update(t.Context(), testOrg, fn) })
		awaitQueue(s, i+1)
	}
	release()
	all.Wait()
	return out
}

// awaitQueue waits until so many jobs are in the writer's queue.
func awaitQueue(s *Store, length int) {
	for len(s.writer.queue) < length {
		runtime.Gosched()
	}
}

func TestAGroupIsOneCommitAndAFailureInItIsAlone(t *testing.T) {
	s := openTest(t)
	must(t, s.Update(t.Context(), testOrg, putNote("before")))
	mine := errors.New("mine")
	runs := map[string]int{}
	counted := func(name string, fn func(context.Context, contact.Tx) error) func(context.Context, contact.Tx) error {
		return func(ctx context.Context, tx contact.Tx) error {
			runs[name]++
			return fn(ctx, tx)
		}
	}
	var seen bool
	got := together(t, s,
		counted("a", putNote("a")),
		counted("fails", func(ctx context.Context, tx contact.Tx) error {
			must(t, errors.Join(tx.PutNote(ctx, testOrg, testNote("fails", 1)), tx.PutNote(ctx, testOrg, testNote("a", 7))))
			return mine
		}),
		counted("b", func(ctx context.Context, tx contact.Tx) error {
			found, err := tx.NotesByID(ctx, testOrg, []contact.ID{"a", "fails"})
			seen = len(found) == 1 && found[0].ID == "a" && found[0].Version == 1
			return errors.Join(err, tx.PutNote(ctx, testOrg, testNote("b", 1)))
		}),
		counted("refused", func(ctx context.Context, tx contact.Tx) error {
			_, err := tx.Append(ctx, testOrg, contact.Event{Contact: "nobody", Topic: contact.TopicNotes})
			return err
		}),
	)
	if got[0] != nil || got[1] != mine || got[2] != nil || contact.CodeOf(got[3]) != contact.NotFound { //nolint:errorlint // it comes back as it is
		t.Errorf("verdicts %v, want nil, mine, nil, NOT_FOUND", got)
	}
	if !seen {
		t.Error("a later member of the group does not see an earlier one alone")
	}
	for name, n := range runs {
		if n != 1 {
			t.Errorf("%s ran %d times", name, n)
		}
	}
	if a, b, fails := version(t, s, "a"), version(t, s, "b"), version(t, s, "fails"); a != 1 || b != 1 || fails != 0 {
		t.Errorf("after the group a=%d b=%d fails=%d, want 1 1 0", a, b, fails)
	}
}

func TestAFaultThatSpoilsTheTransactionHitsNobodyElse(t *testing.T) {
	s := openTest(t)
	ctx := t.Context()
	got := together(t, s,
		putNote("a"),
		spoil,
		putNote("b"),
	)
	if got[0] != nil || contact.CodeOf(got[1]) != contact.Internal || got[2] != nil {
		t.Errorf("verdicts %v, want nil, INTERNAL_SERVER_ERROR, nil", got)
	}
	if a, b := version(t, s, "a"), version(t, s, "b"); a != 1 || b != 1 {
		t.Errorf("a=%d b=%d, want both: they did nothing wrong", a, b)
	}
	must(t, s.Update(ctx, testOrg, putNote("c")))
}

// spoil ends the transaction behind the writer's back, as SQLite does by itself when it cannot write, and then fails.
func spoil(ctx context.Context, in contact.Tx) error {
	t, ok := in.(*tx)
	if !ok {
		return errors.New("not ours")
	}
	if _, err := t.lent.connection.exec("ROLLBACK"); err != nil {
		return err
	}
	_, err := t.exec(ctx, "RELEASE nothing")
	return err
}

func TestAFaultThatTheFunctionOverlooksIsNotCommitted(t *testing.T) {
	for name, fail := range map[string]func(context.Context, contact.Tx) error{
		"that ended the transaction": spoil,
		"of one statement": func(ctx context.Context, in contact.Tx) error {
			_, err := in.(*tx).exec(ctx, sqlInsertHead, 4711, "NOTES", 1) // of no contact
			return err
		},
	} {
		s := openTest(t)
		err := s.Update(t.Context(), testOrg, func(ctx context.Context, tx contact.Tx) error {
			must(t, tx.PutNote(ctx, testOrg, testNote("a", 1)))
			if err := fail(ctx, tx); err == nil {
				t.Errorf("a fault %s did not show", name)
			}
			if err := tx.PutNote(ctx, testOrg, testNote("b", 1)); err != nil && contact.CodeOf(err) != contact.Internal {
				t.Errorf("a write after a fault %s = %v", name, err)
			}
			return nil
		})
		if a, b := version(t, s, "a"), version(t, s, "b"); contact.CodeOf(err) != contact.Internal || a != 0 || b != 0 {
			t.Errorf("after a fault %s Update = %v, a=%d b=%d, want a fault and neither", name, err, a, b)
		}
	}
}

func TestAPanicOrAnEndOfTheGoroutineLeavesNothingAndTheWriterLives(t *testing.T) {
	for name, end := range map[string]func(){"panic": func() { panic("mine") }, "Goexit": runtime.Goexit} {
		s := openTest(t)
		ended := make(chan any)
		go func() {
			defer func() { ended <- recover() }()
			s.Update(t.Context(), testOrg, func(ctx context.Context, tx contact.Tx) error {
				must(t, tx.PutNote(ctx, testOrg, testNote("a", 1)))
				end()
				return nil
			})
		}()
		if got := <-ended; name == "panic" && got != "mine" {
			t.Errorf("the caller saw %v, want its own panic", got)
		}
		must(t, s.Update(t.Context(), testOrg, putNote("b")))
		if a, b := version(t, s, "a"), version(t, s, "b"); a != 0 || b != 1 {
			t.Errorf("after a %s a=%d b=%d, want 0 1", name, a, b)
		}
	}
}

func TestAContextThatEndsInTheQueueOrDuringTheRunLeavesNothing(t *testing.T) {
	s := openTest(t)
	cause := errors.New("called away")
	release := occupy(t, s)
	var all sync.WaitGroup
	ctx, cancel := context.WithCancelCause(t.Context())
	queued := make(chan error)
	all.Go(func() { queued <- s.Update(ctx, testOrg, putNote("queued")) })
	awaitQueue(s, 1)
	cancel(cause)
	if err := <-queued; !errors.Is(err, context.Canceled) { // while the writer is still busy
		t.Errorf("Update in the queue = %v, want the context's error", err)
	}
	release()
	all.Wait()

	for name, after := range map[string]error{"overlooked": nil, "returned": context.Canceled} {
		ctx, cancel := context.WithCancel(t.Context())
		err := s.Update(ctx, testOrg, func(ctx context.Context, tx contact.Tx) error {
			must(t, tx.PutNote(ctx, testOrg, testNote("running", 1)))
			cancel()
			if err := tx.PutNote(ctx, testOrg, testNote("running", 2)); !errors.Is(err, context.Canceled) {
				t.Errorf("PutNote under a context that ended = %v", err)
			}
			return after
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Update whose context ended during the run (%s) = %v", name, err)
		}
	}
	if queued, running := version(t, s, "queued"), version(t, s, "running"); queued != 0 || running != 0 {
		t.Errorf("queued=%d running=%d, want neither", queued, running)
	}
}

func TestATransactionUsedLateWritesIntoNobodyElses(t *testing.T) {
	s := openTest(t)
	var kept contact.Tx
	must(t, s.Update(t.Context(), testOrg, func(_ context.Context, tx contact.Tx) error {
		kept = tx
		return nil
	}))
	must(t, s.Update(t.Context(), testOrg, func(ctx context.Context, _ contact.Tx) error {
		if err := kept.PutNote(ctx, testOrg, testNote("late", 1)); contact.CodeOf(err) != contact.Internal {
			t.Errorf("PutNote of a transaction that is over = %v", err)
		}
		if _, err := kept.NotesByID(ctx, testOrg, []contact.ID{"late"}); contact.CodeOf(err) != contact.Internal {
			t.Errorf("NotesByID of a transaction that is over = %v", err)
		}
		return nil
	}))
	if version(t, s, "late") != 0 {
		t.Error("the late note was written")
	}
}

func TestOneOfManyWritersWinsEachVersion(t *testing.T) {
	const writers, rounds = 16, 25
	s := openTest(t)
	must(t, s.Update(t.Context(), testOrg, putNote("n")))
	stale := contact.Errorf(contact.Conflict, "stale")
	var mu sync.Mutex
	winners := map[int]int{}
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for seen := 1; seen <= rounds; seen++ {
				err := s.Update(t.Context(), testOrg, func(ctx context.Context, tx contact.Tx) error {
					found, err := tx.NotesByID(ctx, testOrg, []contact.ID{"n"})
					if err != nil {
						return err
					}
					if found[0].Version != seen {
						return stale
					}
					return tx.PutNote(ctx, testOrg, testNote("n", seen+1))
				})
				switch {
				case err == nil:
					mu.Lock()
					winners[seen]++
					mu.Unlock()
				case !errors.Is(err, stale):
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	for v := 1; v <= rounds; v++ {
		if winners[v] != 1 {
			t.Errorf("version %d was replaced by %d writers, want one", v, winners[v])
		}
	}
	if got := version(t, s, "n"); got != rounds+1 {
		t.Errorf("the note stands at version %d, want %d", got, rounds+1)
	}
}

func TestAFullQueueWaitsNoLongerThanTheContext(t *testing.T) {
	s := openTest(t)
	release := occupy(t, s)
	var all sync.WaitGroup
	for i := range maxQueue {
		all.Go(func() {
			if err := s.Update(t.Context(), testOrg, putNote(fmt.Sprint("n", i))); err != nil {
				t.Error(err)
			}
		})
	}
	awaitQueue(s, maxQueue)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := s.Update(ctx, testOrg, putNote("late")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Update with a full queue = %v, want the context's error", err)
	}
	release()
	all.Wait()
	if first, last, late := version(t, s, "n0"), version(t, s, fmt.Sprint("n", maxQueue-1)), version(t, s, "late"); first != 1 || last != 1 || late != 0 {
		t.Errorf("first=%d last=%d late=%d, want 1 1 0", first, last, late)
	}
}
