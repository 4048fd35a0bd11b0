package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"contactpanel/contact"
)

// driverError makes SQLite fail.
func driverError(t *testing.T, s *Store, text string) error {
	t.Helper()
	_, err := s.readers.db.Exec(text)
	if err == nil {
		t.Fatalf("%s did not fail", text)
	}
	return err
}

func TestErrorsAreTranslatedAndQuoteNothing(t *testing.T) {
	s := openTest(t)
	mine := contact.FieldErrorf(contact.Taken, "handle", "mine")
	for _, tt := range []struct {
		name string
		err  error
		want contact.Code
	}{
		{"a mistake in SQL", driverError(t, s, `SELECT secret FROM nowhere`), contact.Internal},
		{"a write where only reading is allowed", driverError(t, s, `DELETE FROM notes`), contact.Internal},
		{"a connection that is closed", fmt.Errorf("wrapped: %w", sql.ErrConnDone), contact.Unavailable},
		{"a transaction that is over", sql.ErrTxDone, contact.Unavailable},
		{"anything else", errors.New("secret"), contact.Internal},
		{"an error of the domain", fmt.Errorf("wrapped: %w", mine), contact.Taken},
	} {
		got := translate(tt.err)
		if contact.CodeOf(got) != tt.want || !errors.Is(got, tt.err) {
			t.Errorf("%s becomes %v, want %s with its cause", tt.name, got, tt.want)
		}
		var e *contact.Error
		if errors.As(got, &e) && e != mine {
			for _, secret := range []string{"secret", "notes", "SELECT", "nowhere"} {
				if strings.Contains(e.Error(), secret) {
					t.Errorf("%s becomes %q, which quotes %q", tt.name, e.Error(), secret)
				}
			}
		}
	}
	for _, err := range []error{nil, context.Canceled, fmt.Errorf("wrapped: %w", context.DeadlineExceeded)} {
		if got := translate(err); got != err { //nolint:errorlint // it must be the very same
			t.Errorf("%v becomes %v, want it unchanged", err, got)
		}
	}
}

func TestReadsEndWithTheirContext(t *testing.T) {
	s := openTest(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := readEverything(ctx, s); !errors.Is(err, context.Canceled) {
		t.Errorf("a read under a context that is over = %v", err)
	}
	if err := s.Ping(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Ping under a context that is over = %v", err)
	}
	// One that ends in the midst: the walk over a recursion without end.
	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := s.readers.read(ctx, true, func(in session) error {
		_, err := number(in.query(ctx, `WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r`))
		return err
	})
	if !errors.Is(translate(err), context.DeadlineExceeded) {
		t.Errorf("a long read = %v, want the context's error", err)
	}
}

func TestAnOrdinaryFolderIsNotFull(t *testing.T) {
	folder := t.TempDir()
	if diskFull(folder) {
		t.Error("the folder for tests is taken for full")
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 0 {
		t.Errorf("asking left %v (%v)", left, err)
	}
}
