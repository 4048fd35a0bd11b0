package mongo_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/store/mongo"
	"contactpanel/store/mongo/mongotest"
)

// transactionTime is what a transaction may take in all, and slack what a loaded machine may add to a bound.
const (
	transactionTime = 5 * time.Second
	operationTime   = 2 * time.Second
	slack           = 3 * time.Second
)

// bothWays are a server that has the bulk write of MongoDB 8.0, and one that has not.
func bothWays() map[string]bool {
	return map[string]bool{"with one command for all writes": false, "with a command a collection": true}
}

// writing are the commands that carry a transaction's writes.
func writing() []string { return []string{"bulkWrite", "insert", "update"} }

func TestTransactionThatLosesIsRunAgainAndCommittedOnce(t *testing.T) {
	t.Parallel()
	const transient, unknown = "TransientTransactionError", "UnknownTransactionCommitResult"
	commit := []string{"commitTransaction"}
	cases := []struct {
		name     string
		commands []string
		times    int
		how      mongotest.Failure
		runs     int // of the function
	}{
		{"a read that the server calls transient three times", []string{"aggregate"}, 3, mongotest.Code(112, transient), 4},
		{"a write that the server calls transient three times", writing(), 3, mongotest.Code(112, transient), 4},
		{"a write conflict without a label", writing(), 1, mongotest.Unlabelled(112), 2},
		{"a transaction that the server forgot", writing(), 1, mongotest.Code(251, transient), 2},
		{"a snapshot that is too old", []string{"aggregate"}, 2, mongotest.Code(239, transient), 3},
		{"a connection that is cut at a read", []string{"aggregate"}, 1, mongotest.Closes(), 2},
		{"a connection that is cut at a write", writing(), 1, mongotest.Closes(), 2},
		{"a primary that steps down at a write", writing(), 1, mongotest.Code(189, transient), 2},
		{"a commit that the server calls transient three times", commit, 3, mongotest.Code(112, transient), 4},
		{"a commit whose outcome the server does not know", commit, 3, mongotest.Code(50, unknown), 1},
		{"a server that shuts down at the commit", commit, 1, mongotest.Code(91), 1},
		{"a connection that is cut at the commit", commit, 3, mongotest.Closes(), 1},
		{"a primary that steps down at the commit", commit, 2, mongotest.Code(11602), 1},
		{"a commit that happened and was not confirmed in time", commit, 1, mongotest.Unconfirmed(64), 1},
		{"a commit that happened and was not confirmed at all", commit, 3, mongotest.Unconfirmed(79), 1},
		{"a commit that happened and could not be confirmed", commit, 2, mongotest.Unconfirmed(100), 1},
	}
	for name, withoutBulk := range bothWays() {
		t.Run(name, func(t *testing.T) {
			r, s, _ := newRigAndStore(t, withoutBulk)
			var keys []string
			for _, tt := range cases {
				t.Run(tt.name, func(t *testing.T) {
					r.FailCommand(t, mongotest.Fault{Commands: tt.commands, App: mainApp, Times: tt.times, How: tt.how})
					begun := time.Now()
					runs, err := addNote(t.Context(), s, contactID(0), tt.name)
					must(t, err)
					took(t, begun, 0, transactionTime)
					if runs != tt.runs {
						t.Errorf("the function ran %d times, want %d", runs, tt.runs)
					}
					keys = append(keys, tt.name)
					wantNotes(t, s, contactID(0), keys...)
				})
			}
		})
	}
}

func TestWriteWhoseOutcomeStaysUnknownHasOneEffectWhenItIsRepeated(t *testing.T) {
	cases := []struct {
		name string
		how  mongotest.Failure
		most int // commits; a connection that is cut is opened again by the driver until the time is up
	}{
		{"the commit never reaches the server", mongotest.Closes(), 5000},
		{"the server never says what became of the commit", mongotest.Code(50, "UnknownTransactionCommitResult"), 60},
		{"the commit happened and is never confirmed", mongotest.Unconfirmed(64), 60},
		{"the server has forgotten a transaction that may have been committed", mongotest.Unlabelled(251), 60},
		{"the server is silent", mongotest.Blocks(10 * time.Second), 60},
	}
	for i, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, s, seen := newRigAndStore(t, i%2 == 1)
			r.FailCommand(t, mongotest.Fault{Commands: []string{"commitTransaction"}, App: mainApp, How: tt.how})
			begun, before := time.Now(), seen.count(named("commitTransaction"))
			runs, err := addNote(t.Context(), s, contactID(0), "key")
			wantCode(t, err, contact.OutcomeUnknown)
			took(t, begun, transactionTime-time.Second, transactionTime+slack)
			if runs != 1 {
				t.Errorf("the function ran %d times although its change may have been made", runs)
			}
			if n := seen.count(named("commitTransaction")) - before; n > tt.most {
				t.Errorf("%d commits were sent: no pause between them", n)
			}
			r.Heal(t)
			if _, err := addNote(t.Context(), s, contactID(0), "key"); err != nil {
				t.Fatalf("the repeat = %v (%v)", err, causeOf(err))
			}
			wantNotes(t, s, contactID(0), "key")
		})
	}
}

// addNoteAndLeave adds a note whose caller leaves while the server is slow with one of the commands.
func addNoteAndLeave(t *testing.T, r *rig, s *mongo.Store, seen *commands, slow ...string) error {
	t.Helper()
	before := seen.count(named(slow...))
	r.FailCommand(t, mongotest.Fault{Commands: slow, App: mainApp, Times: 1, How: mongotest.Blocks(500 * time.Millisecond)})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := addNote(ctx, s, contactID(0), "key")
		done <- err
	}()
	seen.waitFor(t, "the slow command is on its way", before+1, named(slow...))
	cancel()
	return <-done
}

func TestCommitGoesOnWhenItsCallerLeaves(t *testing.T) {
	for name, withoutBulk := range bothWays() {
		t.Run(name, func(t *testing.T) {
			r, s, seen := newRigAndStore(t, withoutBulk)
			must(t, addNoteAndLeave(t, r, s, seen, "commitTransaction"))
			wantNotes(t, s, contactID(0), "key")
		})
	}
}

func TestCallerWhoLeavesBeforeTheCommitLeavesNothing(t *testing.T) {
	for name, withoutBulk := range bothWays() {
		t.Run(name, func(t *testing.T) {
			r, s, seen := newRigAndStore(t, withoutBulk)
			if err := addNoteAndLeave(t, r, s, seen, writing()...); !errors.Is(err, context.Canceled) {
				t.Errorf("Update() = %v, want the context's error", err)
			}
			r.Heal(t)
			wantNotes(t, s, contactID(0))
			_, err := addNote(t.Context(), s, contactID(0), "another")
			must(t, err)
			wantNotes(t, s, contactID(0), "another")
		})
	}
}

func TestErrorThatTheFunctionOverlooksIsNotCommitted(t *testing.T) {
	for name, withoutBulk := range bothWays() {
		t.Run(name, func(t *testing.T) {
			r, s, seen := newRigAndStore(t, withoutBulk)
			commits := seen.count(named("commitTransaction"))
			err := s.Update(t.Context(), org, func(ctx context.Context, tx contact.Tx) error {
				must(t, putNote(ctx, tx, contactID(0), "before"))
				r.FailCommand(t, mongotest.Fault{Commands: []string{"find"}, App: mainApp, Times: 1, How: mongotest.Code(2)})
				if _, err := tx.NotesByID(ctx, org, []contact.ID{"note_x"}); err == nil {
					t.Error("the planted fault was not met")
				}
				putNote(ctx, tx, contactID(0), "after")
				return nil
			})
			wantCode(t, err, contact.Internal)
			if n := seen.count(named("commitTransaction")); n != commits {
				t.Error("a commit was sent")
			}
			wantNotes(t, s, contactID(0))
		})
	}
}

func TestRacesLeaveOneWinnerForEachThing(t *testing.T) {
	r := newRig(t)
	bulk, _ := openSeen(t, r.uri, false)
	plain, _ := openSeen(t, r.uri, true)
	var runners sync.WaitGroup
	var keys []string
	for n := range 8 {
		s := []*mongo.Store{bulk, plain}[n%2]
		key := fmt.Sprintf("key %d", n)
		keys = append(keys, key)
		runners.Go(func() {
			// All make the same organisation and contact, and each key is used twice.
			if err := putContacts(t.Context(), s, 0, 1); err != nil {
				t.Errorf("make a contact: %v (%v)", err, causeOf(err))
			}
			for range 2 {
				if _, err := addNote(t.Context(), s, contactID(0), key); err != nil {
					t.Errorf("add a note: %v (%v)", err, causeOf(err))
				}
			}
		})
	}
	runners.Wait()
	wantNotes(t, bulk, contactID(0), keys...)
	wantNotes(t, plain, contactID(0), keys...)
}
