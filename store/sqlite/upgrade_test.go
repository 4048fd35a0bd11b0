package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"contactpanel/contact"
)

// first makes a file as the first version of the schema made it, and executes SQL in it.
func first(t *testing.T, text string) string {
	t.Helper()
	script, err := os.ReadFile(filepath.Join("migrations", "00001_first.sql"))
	must(t, err)
	path := filepath.Join(t.TempDir(), "store.db")
	run(t, path, string(script)+`
		CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')));
		INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (1, 1);
		PRAGMA application_id = 0x43506e6c;`+text)
	return path
}

func TestAuditRowsOfBeforeAreOfChangesThatWereMade(t *testing.T) {
	path := first(t, fmt.Sprintf(`
		INSERT INTO audit (org, id, at, agent_id, agent_name, kind, contact, subject, version, request_id, address)
		VALUES ('demo', 'audit_1', %d, 'agent_1', 'Agatha', 'NOTE_ADDED', 'contact_1', 'note_1', 3, 'r', 'a');`, noon().UnixMilli()))
	s := open(t, path)
	want := contact.AuditEntry{
		ID: "audit_1", At: noon(), Agent: contact.Agent{ID: "agent_1", Name: "Agatha"}, Kind: contact.AuditNoteAdded, Contact: "contact_1",
		Subject: "note_1", Version: 3, RequestID: "r", Address: "a",
	}
	for _, q := range []contact.AuditQuery{
		{}, {Contact: "contact_1"}, {Agent: "agent_1"}, {Kinds: []contact.AuditKind{contact.AuditNoteAdded}}, {IsRefused: new(false)},
	} {
		q.Span.Limit = 10
		got, err := s.AuditEntries(t.Context(), org, q)
		must(t, err)
		if len(got.Items) != 1 || got.Items[0] != want {
			t.Errorf("AuditEntries(%+v) = %+v, want %+v", q, got.Items, want)
		}
	}
	got, err := s.AuditEntries(t.Context(), org, contact.AuditQuery{IsRefused: new(true), Span: contact.Span{Limit: 10}})
	if must(t, err); len(got.Items) != 0 {
		t.Errorf("what was refused is %+v, want none", got.Items)
	}
}
