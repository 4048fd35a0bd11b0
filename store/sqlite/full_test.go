package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"contactpanel/contact"
)

// allowPages bounds the file, as a disk does; 0 gives all the room there is.
func allowPages(t *testing.T, s *Store, more int) {
	t.Helper()
	must(t, s.writer.do(t.Context(), func(ctx context.Context, tx *tx) error {
		pages, err := number(tx.session.query(ctx, `PRAGMA page_count`))
		if err != nil {
			return err
		}
		limit := pages + more
		if more == 0 {
			limit = 1 << 30
		}
		_, err = number(tx.session.queryVaried(ctx, fmt.Sprintf(`PRAGMA max_page_count = %d`, limit)))
		return err
	}))
}

// bigNotes writes a hundred notes of the greatest size.
func bigNotes(name string) func(context.Context, contact.Tx) error {
	return func(ctx context.Context, tx contact.Tx) error {
		for i := range 100 {
			n := testNote(fmt.Sprint(name, i), 1)
			n.Body = strings.Repeat("x", contact.MaxNoteBytes)
			if err := tx.PutNote(ctx, testOrg, n); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestAFullDiskIsATypedErrorAndReadsGoOnAndWritesResume(t *testing.T) {
	s := openTest(t)
	must(t, s.Update(t.Context(), testOrg, bigNotes("before")))
	allowPages(t, s, 20)
	err := s.Update(t.Context(), testOrg, bigNotes("full"))
	if contact.CodeOf(err) != contact.StorageFull || strings.Contains(err.Error(), "SQL") {
		t.Errorf("Update on a full disk = %v, want STORAGE_FULL", err)
	}
	var e *contact.Error
	if !errors.As(err, &e) || e.Err == nil {
		t.Errorf("the error %#v holds no cause for the log", err)
	}
	if got := version(t, s, "before99"); got != 1 {
		t.Errorf("a note of before stands at version %d, want 1", got)
	}
	if got := version(t, s, "full0"); got != 0 {
		t.Errorf("a note of the failed change stands at version %d, want none", got)
	}
	must(t, s.Ping(t.Context()))
	allowPages(t, s, 0)
	must(t, s.Update(t.Context(), testOrg, bigNotes("after")))
	if got := version(t, s, "after99"); got != 1 {
		t.Errorf("after there was room again the note stands at version %d, want 1", got)
	}
}

func TestTheOneThatFillsTheDiskTakesNobodyAlong(t *testing.T) {
	s := openTest(t)
	must(t, s.Update(t.Context(), testOrg, bigNotes("before")))
	allowPages(t, s, 20)
	got := together(t, s, putNote("a"), bigNotes("full"), putNote("b"), bigNotes("more"), putNote("c"))
	for i, want := range []contact.Code{"", contact.StorageFull, "", contact.StorageFull, ""} {
		if contact.CodeOf(got[i]) != want {
			t.Errorf("verdict %d = %v, want %q", i, got[i], want)
		}
	}
	for _, id := range []string{"a", "b", "c"} {
		if version(t, s, id) != 1 {
			t.Errorf("%s was acknowledged and is not there", id)
		}
	}
	if version(t, s, "full0") != 0 || version(t, s, "more0") != 0 {
		t.Error("a note of a failed change is there")
	}
}

func TestACommitThatFailsGivesEachItsOwnVerdict(t *testing.T) {
	s := openTest(t)
	fails := func(ctx context.Context, in contact.Tx) error {
		t := in.(*tx)
		if err := t.PutNote(ctx, testOrg, testNote("fails", 1)); err != nil {
			return err
		}
		// A reference that points nowhere is looked at when the transaction commits.
		if _, err := t.exec(ctx, `PRAGMA defer_foreign_keys = 1`); err != nil {
			return err
		}
		_, err := t.exec(ctx, sqlInsertHead, 4711, "NOTES", 1)
		return err
	}
	got := together(t, s, putNote("a"), fails, putNote("b"))
	if got[0] != nil || contact.CodeOf(got[1]) != contact.Internal || got[2] != nil {
		t.Errorf("verdicts %v, want nil, INTERNAL_SERVER_ERROR, nil", got)
	}
	if a, b, fails := version(t, s, "a"), version(t, s, "b"), version(t, s, "fails"); a != 1 || b != 1 || fails != 0 {
		t.Errorf("a=%d b=%d fails=%d, want 1 1 0", a, b, fails)
	}
}
