package sqlite_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"contactpanel/contact"
	"contactpanel/store/sqlite"
)

const (
	crashRounds  = 5
	crashWriters = 8
	crashNotes   = 150 // acknowledged in a round before the kill
)

// writeUntilKilled adds notes and prints the id of each when it was acknowledged.
func writeUntilKilled(path string) {
	s, err := sqlite.Open(context.Background(), path)
	if err == nil {
		err = makeContacts(context.Background(), s, crashWriters)
	}
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	for n := range crashWriters {
		go func() {
			for {
				id, err := addNote(context.Background(), s, contactID(n))
				if err != nil {
					fmt.Println("error:", err)
					os.Exit(1)
				}
				fmt.Println(id) // one write, so that a line is whole or not there
			}
		}()
	}
	select {}
}

func TestNothingAcknowledgedIsLostWhenTheProcessIsKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	var acknowledged []contact.ID
	for range crashRounds {
		acknowledged = append(acknowledged, killAWriter(t, path)...)
		checkAfterCrash(t, path, acknowledged)
	}
}

// killAWriter runs a writer in another process, kills it in the midst of its work, and returns what it had acknowledged.
func killAWriter(t *testing.T, path string) []contact.ID {
	t.Helper()
	cmd := child(t, "write", path)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	var ids []contact.ID
	var kill sync.Once
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "error:") {
			t.Error(lines.Text())
		}
		ids = append(ids, contact.ID(lines.Text()))
		if len(ids) == crashNotes {
			kill.Do(func() { must(t, cmd.Process.Kill()) })
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the writer ended by itself")
	}
	return ids
}

func checkAfterCrash(t *testing.T, path string, acknowledged []contact.ID) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path)
	must(t, err)
	for _, id := range acknowledged {
		found, err := s.NotesByID(t.Context(), org, []contact.ID{id})
		must(t, err)
		if len(found) != 1 {
			t.Errorf("%s was acknowledged and is lost", id)
		}
	}
	events := 0
	for n := range crashWriters {
		found, err := s.Contacts(t.Context(), org, []contact.ID{contactID(n)})
		must(t, err)
		log, err := s.Events(t.Context(), org, contactID(n), contact.TopicNotes, 0, 1_000_000)
		must(t, err)
		if len(log) == 0 || log[len(log)-1].Seq != int64(len(log)) || found[0].NotesHead.Seq != int64(len(log)) {
			t.Errorf("contact %d has %d events and its head at %d: not contiguous", n, len(log), found[0].NotesHead.Seq)
		}
		events += len(log)
	}
	if events < len(acknowledged) {
		t.Errorf("%d events for %d acknowledged notes", events, len(acknowledged))
	}
	must(t, s.Close())
	if got := integrity(t, path); got != "ok" {
		t.Errorf("integrity_check: %s", got)
	}
}

// integrity asks SQLite about the whole file.
func integrity(t *testing.T, path string) string {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	must(t, err)
	defer db.Close()
	var out string
	must(t, db.QueryRow(`PRAGMA integrity_check`).Scan(&out))
	return out
}
