package contact_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"contactpanel/contact"
)

// refusals are the entries of refused changes of an organisation, newest first.
func (w *world) refusals(org contact.OrgID) []contact.AuditEntry {
	w.Helper()
	return slices.DeleteFunc(w.auditOf(org), func(e contact.AuditEntry) bool { return e.Refused == "" })
}

// try lets somebody write to a contact that is not there.
func (w *world) try(who contact.Actor) {
	w.Helper()
	_, err := w.AddNote(w.as(who), "contact_unknown", "text", "")
	w.refused("AddNote", err, contact.NotFound, "contactId")
}

func TestWhoTriesWithoutEndLeavesSixtyEntriesThenOneAMinuteThatCountsTheOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 100 {
		w.try(anna)
	}
	if rows := w.refusals(acme); len(rows) != 60 || rows[0].Omitted != 0 {
		t.Errorf("100 refusals of a moment left %d entries, the last of which counts %d, want 60 and 0", len(rows), rows[0].Omitted)
	}
	namesake := mallory
	namesake.Agent = anna.Agent // of another organisation
	w.try(ben)
	w.try(namesake)
	if here, there := len(w.refusals(acme)), len(w.refusals(rival)); here != 61 || there != 1 {
		t.Errorf("others have left %d and %d entries, want 1 each", here-60, there)
	}

	w.clock.advance(time.Minute - time.Millisecond)
	w.try(anna)
	if n := len(w.refusals(acme)); n != 61 {
		t.Errorf("before the minute is over %d entries more were left", n-61)
	}
	for minute := range 3 {
		w.clock.set(noon.Add(time.Duration(minute+1) * time.Minute))
		for range 5 {
			w.try(anna)
		}
		rows := w.refusals(acme)
		if want := []int{41, 4, 4}[minute]; len(rows) != 62+minute || rows[0].Omitted != want {
			t.Errorf("minute %d: %d entries, the last counts %d, want %d and %d", minute, len(rows), rows[0].Omitted, 62+minute, want)
		}
	}
	w.clock.set(noon.Add(24 * time.Hour))
	for range 100 {
		w.try(anna)
	}
	if n := len(w.refusals(acme)); n != 64+60 {
		t.Errorf("a day later 100 refusals left %d entries, want 60", n-64)
	}
	w.clock.set(noon)
	w.clock.advance(30 * time.Minute) // set back, it tells no time
	w.try(anna)
	if n := len(w.refusals(acme)); n != 64+60 {
		t.Errorf("a clock that was set back left %d entries", n-64-60)
	}
}

func TestRefusalsOfManyAtOnceAreEachCountedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 25 {
				_, err := w.AddNote(w.as(anna), "contact_unknown", "text", "")
				if contact.CodeOf(err) != contact.NotFound {
					t.Errorf("AddNote = %v, want NOT_FOUND", err)
				}
			}
		})
	}
	group.Wait()
	w.clock.advance(time.Minute)
	w.try(anna)
	rows := w.refusals(acme)
	omitted := 0
	for _, row := range rows {
		omitted += row.Omitted
	}
	if len(rows)+omitted != 201 || len(rows) != 61 {
		t.Errorf("201 refusals are %d entries that count %d more", len(rows), omitted)
	}
}

// turnstile is a store that asks before each transaction.
type turnstile struct {
	contact.Store
	passed atomic.Int64
	before func(n int64) error
}

func (d *turnstile) Update(ctx context.Context, org contact.OrgID, fn func(context.Context, contact.Tx) error) error {
	if err := d.before(d.passed.Add(1)); err != nil {
		return err
	}
	return d.Store.Update(ctx, org, fn)
}

// withTurnstile is the world behind a turnstile, and what it reports as lost.
func (w *world) withTurnstile(before func(n int64) error) (*world, *[]error) {
	lost := &[]error{}
	deps := w.deps(&turnstile{Store: w.store, before: before})
	deps.AuditLost = func(_ context.Context, err error) { *lost = append(*lost, err) }
	out := *w
	out.Contacts = contact.New(deps)
	return &out, lost
}

var errAway = contact.Fault(contact.Unavailable, errors.New("cut off"), "the store does not answer")

func TestARefusalWhoseEntryCannotBeWrittenIsARefusalAndIsCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Ida")
	behind, lost := w.withTurnstile(func(n int64) error {
		if n == 2 || n == 4 { // the entries of the first two
			return errAway
		}
		return nil
	})
	behind.try(anna)
	behind.try(anna)
	if len(*lost) != 2 || !errors.Is((*lost)[0], errAway) {
		t.Errorf("%v was reported as lost, want the fault twice", *lost)
	}
	if rows := w.refusals(acme); len(rows) != 0 {
		t.Errorf("a store that does not answer holds %+v", rows)
	}
	behind.try(anna)
	if rows := w.refusals(acme); len(rows) != 1 || rows[0].Omitted != 2 {
		t.Errorf("the next entry is %+v, want one that counts 2", rows)
	}
	w.same("the contact", w.contact(of.ID), of)

	silent := contact.New(w.deps(&turnstile{Store: w.store, before: func(n int64) error { // nobody is told
		if n == 2 {
			return errAway
		}
		return nil
	}}))
	_, err := silent.AddNote(w.as(ben), "contact_unknown", "text", "")
	w.refused("AddNote", err, contact.NotFound, "contactId")
}

func TestAFaultIsNoRefusal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Ida")
	behind, lost := w.withTurnstile(func(n int64) error {
		if n == 1 {
			return errAway
		}
		return nil
	})
	_, err := behind.AddNote(w.as(anna), of.ID, "text", "")
	if contact.CodeOf(err) != contact.Unavailable || len(*lost) != 0 {
		t.Errorf("AddNote = %v, reported %v", err, *lost)
	}
	if _, err := behind.AddNote(t.Context(), of.ID, "text", ""); contact.CodeOf(err) != contact.Unauthenticated {
		t.Errorf("AddNote of nobody = %v", err)
	}
	if rows := w.refusals(acme); len(rows) != 0 {
		t.Errorf("they left %+v", rows)
	}
}

func TestWhoLeavesBeforeTheRefusalLeavesItsEntry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, leave := context.WithCancel(w.as(anna))
	defer leave()
	behind, _ := w.withTurnstile(func(n int64) error {
		if n == 2 { // the refusal is known, its entry is not
			leave()
		}
		return nil
	})
	_, err := behind.AddNote(ctx, "contact_unknown", "text", "")
	w.refused("AddNote", err, contact.NotFound, "contactId")
	if rows := w.refusals(acme); len(rows) != 1 {
		t.Errorf("%d entries were left, want 1", len(rows))
	}
}

func TestRefusedRowsOfAnImportAreToldAndNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var rows []contact.UpsertInput
	for i := range 200 {
		rows = append(rows, contact.UpsertInput{Name: fmt.Sprint("Row ", i), Attributes: []contact.AttributeInput{emails("no address")}})
	}
	results, err := w.UpsertMany(w.as(robot), rows)
	w.must("UpsertMany", err)
	for _, r := range results {
		if r.Refused == nil {
			t.Fatalf("a row was not refused: %+v", r)
		}
	}
	if left := w.audit(); len(left) != 0 {
		t.Errorf("200 refused rows left %d entries", len(left))
	}
}

func TestRefusedChangesAreKeptForNinetyDaysAndThoseThatWereMadeForEver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("Ida")
	for _, who := range []contact.Actor{anna, mallory} {
		w.try(who)
	}
	w.swept(noon.Add(contact.RefusalsKeptFor), 0)
	w.swept(noon.Add(contact.RefusalsKeptFor+time.Millisecond), 2)
	if rows := w.audit(); len(rows) != 1 || rows[0].Kind != contact.AuditContactCreated {
		t.Errorf("the audit holds %+v, want what was made", rows)
	}
}

func TestALoadGoesOnAfterRefusedChangesWereSwept(t *testing.T) {
	t.Parallel()
	w := fullWorld(t, 450)
	for range 40 {
		w.try(anna) // their rows are the last ones
	}
	rows, broken := w.export(acme), errors.New("the file ends here")
	to := emptyWorld(t)
	if _, err := to.Load(t.Context(), acme, from(rows[:len(rows)-2], broken)); !errors.Is(err, broken) {
		t.Fatalf("Load = %v, want the error of the file", err)
	}
	to.clock.set(noon.Add(contact.RefusalsKeptFor + time.Millisecond))
	if n, err := to.Sweep(t.Context()); err != nil || n == 0 {
		t.Fatalf("Sweep = %d, %v, want some rows", n, err)
	}
	count, err := to.Load(t.Context(), acme, from(rows, io.EOF))
	to.must("Load", err)
	if held := len(to.audit()); held >= count.Audit || len(to.done()) != len(w.done()) {
		t.Errorf("of %d audit rows %d are there, %d of changes that were made", count.Audit, held, len(to.done()))
	}
}
