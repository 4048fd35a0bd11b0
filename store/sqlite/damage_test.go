package sqlite_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"contactpanel/contact"
	"contactpanel/store/sqlite"
)

// noteCount is how many notes of a contact stand.
func noteCount(t *testing.T, s *sqlite.Store, of contact.ID) (int, error) {
	t.Helper()
	found, err := s.Notes(t.Context(), org, contact.NoteQuery{Contact: of, Span: contact.Span{Limit: 10_000}})
	return len(found.Items), err
}

// addNotes writes so many notes about a contact.
func addNotes(t *testing.T, s *sqlite.Store, of contact.ID, count int) {
	t.Helper()
	for range count {
		_, err := addNote(t.Context(), s, of)
		must(t, err)
	}
}

// wantNotes checks that so many notes stand, and that their events go without a gap to the contact's head.
func wantNotes(t *testing.T, s *sqlite.Store, of contact.ID, want int) {
	t.Helper()
	got, err := noteCount(t, s, of)
	must(t, err)
	found, err := s.Contacts(t.Context(), org, []contact.ID{of})
	must(t, err)
	log, err := s.Events(t.Context(), org, of, contact.TopicNotes, 0, 10_000)
	must(t, err)
	if got != want || len(log) != want || found[0].NotesHead.Seq != int64(want) {
		t.Errorf("%d notes and %d events stand, with the head at %d; want %d of each", got, len(log), found[0].NotesHead.Seq, want)
	}
}

// copied copies the files of a store as they are on the disk now, as a crash of the machine leaves them.
func copied(t *testing.T, path string, suffixes ...string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "store.db")
	for _, suffix := range append(suffixes, "") {
		content, err := os.ReadFile(path + suffix)
		must(t, err)
		must(t, os.WriteFile(to+suffix, content, 0o600))
	}
	return to
}

func TestAStoreWhoseLogWasDeletedAfterACrashIsWhatItWasBeforeTheLog(t *testing.T) {
	path := whole(t) // one note, and no log
	s := open(t, path)
	addNotes(t, s, contactID(1), 20)
	with, without := copied(t, path, "-wal"), copied(t, path)
	wantNotes(t, open(t, with), contactID(1), 21)
	wantNotes(t, open(t, without), contactID(1), 1)
	for _, one := range []string{with, without} {
		if got := integrity(t, one); got != "ok" {
			t.Errorf("integrity_check: %s", got)
		}
	}
}

func TestALogThatIsDeletedUnderARunningStoreLosesNothingAndReadsGoOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := sqlite.Open(t.Context(), path)
	must(t, err)
	must(t, makeContacts(t.Context(), s, 2))
	addNotes(t, s, contactID(1), 10)
	must(t, os.Remove(path+"-wal"))
	addNotes(t, s, contactID(1), 10)
	var all sync.WaitGroup
	for range 8 { // more than there are connections
		all.Go(func() {
			if got, err := noteCount(t, s, contactID(1)); err != nil || got != 20 {
				t.Errorf("%d notes are read, %v; want 20", got, err)
			}
		})
	}
	all.Wait()
	addNotes(t, s, contactID(1), 1)
	must(t, s.Close())
	wantNotes(t, open(t, path), contactID(1), 21)
	if got := integrity(t, path); got != "ok" {
		t.Errorf("integrity_check: %s", got)
	}
}

// spoil overwrites the page of a closed file that holds the text.
func spoil(t *testing.T, path, text string) {
	t.Helper()
	const page = 4096
	content, err := os.ReadFile(path)
	must(t, err)
	at := bytes.Index(content, []byte(text))
	if at < 0 {
		t.Fatalf("the file does not hold %q", text)
	}
	at -= at % page
	copy(content[at:at+page], bytes.Repeat([]byte{0x55}, page))
	must(t, os.WriteFile(path, content, 0o600))
}

func TestASpoiltPageTakesNothingElseAlong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := sqlite.Open(t.Context(), path)
	must(t, err)
	must(t, makeContacts(t.Context(), s, 2))
	addNotes(t, s, contactID(1), 1)
	must(t, s.Close())
	spoil(t, path, "Called back")

	s = open(t, path)
	_, err = noteCount(t, s, contactID(1))
	wantDamaged(t, "a read of the spoilt page", err)
	_, err = addNote(t.Context(), s, contactID(1))
	wantDamaged(t, "a write to the spoilt page", err)
	found, err := s.Contacts(t.Context(), org, []contact.ID{contactID(0), contactID(1)})
	if err != nil || len(found) != 2 {
		t.Errorf("beside the spoilt page %d contacts are read (%v), want 2", len(found), err)
	}
	must(t, s.Ping(t.Context()))
}

func wantDamaged(t *testing.T, what string, err error) {
	t.Helper()
	if contact.CodeOf(err) != contact.Internal || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("%s = %v, want INTERNAL_SERVER_ERROR with a word of damage", what, err)
	}
}

func TestAFileThatIsCutUnderARunningStoreIsAFaultAndRefusedAtTheNextStart(t *testing.T) {
	path := whole(t)
	s, err := sqlite.Open(t.Context(), path)
	must(t, err)
	info, err := os.Stat(path)
	must(t, err)
	must(t, os.Truncate(path, info.Size()/2))
	_, err = s.SearchContacts(t.Context(), org, contact.ContactQuery{Span: contact.Span{Limit: 50}})
	_, second := noteCount(t, s, contactID(1))
	if contact.CodeOf(err) != contact.Internal && contact.CodeOf(second) != contact.Internal {
		t.Errorf("reads of half a file = %v and %v, want INTERNAL_SERVER_ERROR", err, second)
	}
	must(t, s.Close())
	again, err := sqlite.Open(t.Context(), path)
	if err == nil {
		must(t, again.Close())
	}
	if err == nil || !strings.Contains(err.Error(), "cut short") {
		t.Errorf("Open of half a file = %v, want a word of it", err)
	}
}
