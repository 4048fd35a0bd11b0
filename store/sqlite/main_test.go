package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"contactpanel/contact"
	"contactpanel/store/sqlite"
)

// childVariable makes the test binary run as another process of a test: "write", "erase", "open" or "open-without-rights",
// a colon, and the file's path.
const childVariable = "CONTACTPANEL_SQLITE_TEST_CHILD"

func TestMain(m *testing.M) {
	job, path, isChild := strings.Cut(os.Getenv(childVariable), ":")
	switch {
	case !isChild:
		goleak.VerifyTestMain(m)
	case job == "write":
		writeUntilKilled(path)
	case job == "erase":
		eraseAndWait(path)
	case job == "open-without-rights":
		dropRights()
		openOnce(path)
	default:
		openOnce(path)
	}
}

// child prepares another process that does the job on the file.
func child(t *testing.T, job, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+job+":"+path)
	cmd.Stderr = os.Stderr
	return cmd
}

// openOnce opens the file, says how that went, and closes it.
func openOnce(path string) {
	s, err := sqlite.Open(context.Background(), path)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("opened", s.Close())
}

const org contact.OrgID = "demo"

// noon is the moment of all fixtures.
func noon() time.Time { return time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC) }

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// open opens a store and closes it at the end.
func open(tb testing.TB, path string) *sqlite.Store {
	tb.Helper()
	s, err := sqlite.Open(tb.Context(), path)
	must(tb, err)
	tb.Cleanup(func() { must(tb, s.Close()) })
	return s
}

// makeContacts puts plain contacts 0 to count-1.
func makeContacts(ctx context.Context, s *sqlite.Store, count int) error {
	return s.Update(ctx, org, func(ctx context.Context, tx contact.Tx) error {
		if err := tx.PutOrganisation(ctx, contact.Organisation{ID: org, CreatedAt: noon()}); err != nil {
			return err
		}
		for n := range count {
			c := contact.Contact{ID: contactID(n), Name: "Carla", CreatedAt: noon(), UpdatedAt: noon(), Version: 1}
			if err := tx.PutContact(ctx, org, c, contact.ContactIndex{Sort: "carla", Search: []string{"carla"}}); err != nil {
				return err
			}
		}
		return nil
	})
}

func contactID(n int) contact.ID { return contact.ID(fmt.Sprintf("contact_%026d", n)) }

// addNote writes what the domain's AddNote writes, in one transaction: the note, its event and its audit row.
func addNote(ctx context.Context, s *sqlite.Store, of contact.ID) (contact.ID, error) {
	agent := contact.Agent{ID: "agent_1", Name: "Agatha Agent"}
	n := contact.Note{
		ID: contact.RandomID(contact.PrefixNote), Contact: of, Body: "Called back, wants the blue one.", Author: agent, CreatedAt: noon(), Version: 1,
	}
	return n.ID, s.Update(ctx, org, func(ctx context.Context, tx contact.Tx) error {
		if _, err := tx.Contacts(ctx, org, []contact.ID{of}); err != nil {
			return err
		}
		if err := tx.PutNote(ctx, org, n); err != nil {
			return err
		}
		if _, err := tx.Append(ctx, org, contact.Event{
			Contact: of, Topic: contact.TopicNotes, Type: contact.NoteAdded, Subject: string(n.ID), Version: 1, Actor: agent, At: noon(),
		}); err != nil {
			return err
		}
		return tx.PutAudit(ctx, org, contact.AuditEntry{
			ID: contact.RandomID(contact.PrefixAudit), At: noon(), Agent: agent, Kind: contact.AuditNoteAdded, Contact: of, Subject: string(n.ID), Version: 1,
		})
	})
}
