package sqlite

import (
	"strings"
	"testing"

	"contactpanel/contact"
)

// setReadOnly makes the file refuse changes, as one of a file system does that went read-only. Nothing may be written the
// while.
func setReadOnly(t *testing.T, s *Store, value string) {
	t.Helper()
	_, err := s.writer.connection.exec(`PRAGMA query_only = ` + value)
	must(t, err)
}

func TestAFileThatBecomesReadOnlyIsATypedErrorAndReadsGoOnAndWritesResume(t *testing.T) {
	s := openTest(t)
	must(t, s.Update(t.Context(), testOrg, putNote("before")))
	setReadOnly(t, s, "1")
	for range 3 {
		err := s.Update(t.Context(), testOrg, putNote("refused"))
		if contact.CodeOf(err) != contact.Internal || !strings.Contains(err.Error(), "cannot reach its file") {
			t.Errorf("Update of a read-only file = %v, want INTERNAL_SERVER_ERROR", err)
		}
	}
	if got := version(t, s, "before"); got != 1 {
		t.Errorf("the note stands at version %d while the file is read-only, want 1", got)
	}
	must(t, s.Ping(t.Context()))
	setReadOnly(t, s, "0")
	must(t, s.Update(t.Context(), testOrg, putNote("after")))
	if before, refused, after := version(t, s, "before"), version(t, s, "refused"), version(t, s, "after"); before != 1 || refused != 0 || after != 1 {
		t.Errorf("before=%d refused=%d after=%d, want 1 0 1", before, refused, after)
	}
}
