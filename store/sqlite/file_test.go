package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/store/sqlite"
)

// whole makes a store's file with some notes in it, closed.
func whole(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := sqlite.Open(t.Context(), path)
	must(t, err)
	must(t, makeContacts(t.Context(), s, 50))
	_, err = addNote(t.Context(), s, contactID(1))
	must(t, err)
	must(t, s.Close())
	return path
}

// run executes SQL on a closed file.
func run(t *testing.T, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	must(t, err)
	defer db.Close()
	_, err = db.Exec(text)
	must(t, err)
}

func TestAFileOfAnEarlierVersionIsBroughtUpToDate(t *testing.T) {
	path := whole(t)
	run(t, path, `DROP TABLE deactivated_agents;
		DROP INDEX audit_by_agent; DROP INDEX audit_by_kind; DROP INDEX audit_refused; DROP INDEX audit_refused_by_time;
		ALTER TABLE audit DROP COLUMN refused; ALTER TABLE audit DROP COLUMN omitted;
		DROP TABLE erasures; DROP INDEX applied_by_contact; ALTER TABLE applied DROP COLUMN contact;
		DROP INDEX contacts_by_key_rules; ALTER TABLE contacts DROP COLUMN key_rules; DROP TABLE contact_groups;
		DELETE FROM goose_db_version WHERE version_id > 1`)
	s, err := sqlite.Open(t.Context(), path)
	must(t, err)
	defer s.Close()
	const org = "earlier"
	d := contact.DeactivatedAgent{AgentID: "x", Since: time.UnixMilli(1).UTC(), By: contact.Agent{ID: "y", Name: "Y"}}
	g := contact.Group{ID: "group_1", Key: "vips", Match: contact.MatchAll, Weight: 1, CreatedAt: d.Since, UpdatedAt: d.Since, Version: 1}
	must(t, s.Update(t.Context(), org, func(ctx context.Context, tx contact.Tx) error {
		if err := tx.PutOrganisation(ctx, contact.Organisation{ID: org, CreatedAt: d.Since}); err != nil {
			return err
		}
		return errors.Join(tx.PutDeactivatedAgent(ctx, org, d), tx.PutGroup(ctx, org, g))
	}))
	if found, err := s.DeactivatedAgents(t.Context(), org); err != nil || len(found) != 1 || found[0] != d {
		t.Errorf("DeactivatedAgents = %v, %v; want %v", found, err, d)
	}
	if found, err := s.Definitions(t.Context(), org); err != nil || len(found.Groups) != 1 || !reflect.DeepEqual(found.Groups[0], g) {
		t.Errorf("Definitions = %+v, %v; want the group %+v", found, err, g)
	}
	if old, err := s.OldKeys(t.Context(), 1); err != nil || old != 50 {
		t.Errorf("OldKeys = %d, %v; want all 50 contacts", old, err)
	}
}

func TestAFileThatIsNoStoreIsRefusedAndLeftAsItIs(t *testing.T) {
	otherProgram := filepath.Join(t.TempDir(), "other.db")
	run(t, otherProgram, `CREATE TABLE theirs (x)`)
	marked := filepath.Join(t.TempDir(), "marked.db")
	run(t, marked, `PRAGMA application_id = 7`)
	store := whole(t)
	content, err := os.ReadFile(store)
	must(t, err)
	newer := whole(t)
	run(t, newer, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`)
	read := func(path string) []byte {
		raw, err := os.ReadFile(path)
		must(t, err)
		return raw
	}
	zeroed := append([]byte{}, content...)
	clear(zeroed[16:])

	for _, tt := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"a text", []byte("name,email\n" + strings.Repeat("Carla,carla@example.com\n", 100)), "no store of contactpanel"},
		{"a short text", []byte("hello\n"), "no store of contactpanel"},
		{"a database of another program", read(otherProgram), "no store of contactpanel"},
		{"an empty database of another program", read(marked), "no store of contactpanel"},
		{"half of a store", content[:len(content)/2], "cut short"},
		{"a store without its last byte", content[:len(content)-1], "cut short"},
		{"the first bytes of a store", content[:20], "cut short"},
		{"a store with a spoilt header", zeroed, "no store of contactpanel"},
		{"a store of a newer version", read(newer), "newer version of contactpanel"},
	} {
		path := filepath.Join(t.TempDir(), "store.db")
		must(t, os.WriteFile(path, tt.content, 0o600))
		s, err := sqlite.Open(t.Context(), path)
		if err == nil {
			must(t, s.Close())
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), path) {
			t.Errorf("Open of %s = %v, want %q", tt.name, err, tt.want)
		}
		if !bytes.Equal(read(path), tt.content) {
			t.Errorf("Open changed %s", tt.name)
		}
		must(t, os.WriteFile(path, content, 0o600)) // a copy put back; nothing of the refused file stays beside it
		s, err = sqlite.Open(t.Context(), path)
		if err != nil {
			t.Errorf("Open after %s was replaced: %v", tt.name, err)
			continue
		}
		must(t, s.Close())
	}
}

func TestDamageInsideTheFileIsAFaultThatQuotesNothing(t *testing.T) {
	path := whole(t)
	content, err := os.ReadFile(path)
	must(t, err)
	for i := 4096 * 2; i < len(content); i++ { // the schema stays
		content[i] = 0x55
	}
	must(t, os.WriteFile(path, content, 0o600))
	s, err := sqlite.Open(t.Context(), path)
	if err == nil {
		_, err = s.SearchContacts(t.Context(), org, contact.ContactQuery{Span: contact.Span{Limit: 5}})
		if contact.CodeOf(err) != contact.Internal {
			t.Errorf("a search in a damaged file = %v, want INTERNAL_SERVER_ERROR", err)
		}
		s.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "damaged") || strings.Contains(err.Error(), "SELECT") {
		t.Errorf("a damaged file gives %v, want a word of damage", err)
	}
}

func TestFilesAndFoldersAreForTheirOwnerAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // has no such modes
	}
	folder := filepath.Join(t.TempDir(), "new", "data")
	path := filepath.Join(folder, "a store, 100% #new?.db")
	s := open(t, path)
	must(t, makeContacts(t.Context(), s, 1))
	for name, want := range map[string]os.FileMode{
		folder: 0o700 | os.ModeDir, path: 0o600, path + ".lock": 0o600, path + "-wal": 0o600, path + "-shm": 0o600,
	} {
		info, err := os.Stat(name)
		must(t, err)
		if info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", filepath.Base(name), info.Mode(), want)
		}
	}
}

func TestACloseLeavesOneCompleteFile(t *testing.T) {
	path := whole(t)
	left, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	if len(left) != 2 || left[0].Name() != "store.db" || left[1].Name() != "store.db.lock" {
		t.Errorf("after Close there are %v, want the file and its lock alone", left)
	}
}

func TestAPathIsNeeded(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, path := range []string{"", ":memory:", "file::memory:?cache=shared", t.TempDir()} {
		if s, err := sqlite.Open(t.Context(), path); err == nil {
			t.Errorf("Open(%q) succeeded", path)
			must(t, s.Close())
		}
	}
	left, err := os.ReadDir(".")
	if err != nil || len(left) != 0 {
		t.Errorf("the refused paths left %v (%v)", left, err)
	}
}
