package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"contactpanel/contact"
)

func TestASweepRemovesMoreThanOneBatch(t *testing.T) {
	const rows = 1234
	s := open(t, filepath.Join(t.TempDir(), "store.db"))
	must(t, makeContacts(t.Context(), s, 1))
	old, agent := noon(), contact.Agent{ID: "agent_1", Name: "Agatha"}
	must(t, s.Update(t.Context(), org, func(ctx context.Context, tx contact.Tx) error {
		for i := range rows {
			n := contact.Note{
				ID: contact.ID(fmt.Sprint("note_", i)), Contact: contactID(0), Author: agent, CreatedAt: old, DeletedAt: &old, DeletedBy: &agent, Version: 2,
			}
			if err := tx.PutNote(ctx, org, n); err != nil {
				return err
			}
			if _, err := tx.Append(ctx, org, contact.Event{Contact: contactID(0), Topic: contact.TopicNotes, At: old}); err != nil {
				return err
			}
			if err := tx.PutApplied(ctx, org, contact.Applied{Agent: agent.ID, Key: fmt.Sprint(i), At: old}); err != nil {
				return err
			}
		}
		return nil
	}))
	limits := contact.SweepLimits{NotesDeleted: old, Events: old, Applied: old}
	if n, err := s.Sweep(t.Context(), limits); n != 0 || err != nil {
		t.Errorf("a sweep up to the very moment removed %d (%v), want none", n, err)
	}
	later := old.Add(time.Microsecond) // kept times are whole milliseconds, limits need not be
	limits = contact.SweepLimits{NotesDeleted: later, Events: later, Applied: later}
	if n, err := s.Sweep(t.Context(), limits); n != 3*rows || err != nil {
		t.Errorf("the sweep removed %d (%v), want %d", n, err, 3*rows)
	}
	if n, err := s.Sweep(t.Context(), limits); n != 0 || err != nil {
		t.Errorf("a second sweep removed %d (%v), want none", n, err)
	}
}
