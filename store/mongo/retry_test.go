package mongo_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/store/mongo"
	"contactpanel/store/mongo/mongotest"
)

// reading asks for one contact's events, which is one find.
func reading(ctx context.Context, s *mongo.Store) error {
	_, err := s.Events(ctx, org, contactID(0), contact.TopicNotes, 0, 10)
	return err
}

func TestReadMeetsAFault(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name        string
		times       int
		how         mongotest.Failure
		want        contact.Code // "": it is answered
		least, most int          // finds that are sent
		within      time.Duration
	}{
		{"a server that cannot reach another is asked again", 1, mongotest.Code(6), "", 2, 2, operationTime + slack},
		{"a server that waited too long for another is asked again", 1, mongotest.Code(89), "", 2, 2, operationTime + slack},
		{"a connection that is cut is made again", 1, mongotest.Closes(), "", 2, 2, operationTime + slack},
		{"nobody is a primary for long", always, mongotest.Code(10107), contact.Unavailable, 1, 30, operationTime + slack},
		{"nobody is a primary after stepping down", always, mongotest.Code(189), contact.Unavailable, 1, 30, operationTime + slack},
		{"the server is being shut down", always, mongotest.Code(11600), contact.Unavailable, 1, 30, operationTime + slack},
		{"silence", 1, mongotest.Blocks(10 * time.Second), contact.Unavailable, 1, 1, operationTime + slack},
		{"time is up on the server", 1, mongotest.Code(50), contact.Unavailable, 1, 1, operationTime + slack},
		{"the user may not", 1, mongotest.Code(13), contact.Internal, 1, 1, operationTime + slack},
		{"anything else", 1, mongotest.Code(2), contact.Internal, 1, 1, operationTime + slack},
		{"more than the server can do is not asked for again and again", always, mongotest.Code(462), contact.Overloaded, 1, 5, operationTime + slack},
		{"more than the server can do, with a label that asks for another try", always,
			mongotest.Code(462, "SystemOverloadedError", "RetryableError"), contact.Overloaded, 1, 5, operationTime + slack},
	}
	r, s, seen := newRigAndStore(t, false)
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			r.FailCommand(t, mongotest.Fault{Commands: []string{"find"}, App: mainApp, Times: tt.times, How: tt.how})
			begun, before := time.Now(), seen.count(named("find"))
			wantCode(t, reading(t.Context(), s), tt.want)
			took(t, begun, 0, tt.within)
			if n := seen.count(named("find")) - before; n < tt.least || n > tt.most {
				t.Errorf("%d finds were sent, want %d to %d", n, tt.least, tt.most)
			}
			r.Heal(t)
			must(t, reading(t.Context(), s))
		})
	}
}

func TestReadIsAnsweredSoonAfterAPrimaryLeft(t *testing.T) {
	t.Parallel()
	r, s, seen := newRigAndStore(t, false)
	for _, left := range []int{10107, 189, 11602} {
		before := seen.count(named("find"))
		r.FailCommand(t, mongotest.Fault{Commands: []string{"find"}, App: mainApp, Times: 1, How: mongotest.Code(left)})
		begun := time.Now()
		// Who is primary is known with the next heartbeat. That may come just after the time of the first call, or so late in it
		// that its second find is not answered in time.
		most := 2
		if err := reading(t.Context(), s); err != nil {
			wantCode(t, err, contact.Unavailable)
			must(t, reading(t.Context(), s))
			most = 3
		}
		took(t, begun, 0, 2*operationTime+slack)
		if n := seen.count(named("find")) - before; n < 2 || n > most {
			t.Errorf("after error %d %d finds were sent, want 2 to %d", left, n, most)
		}
	}
}

func TestChangeMeetsAFaultAndLeavesNothing(t *testing.T) {
	const transient = "TransientTransactionError"
	cases := []struct {
		name        string
		commands    []string
		how         mongotest.Failure
		want        contact.Code
		most        int // runs of the function
		least, last time.Duration
	}{
		{"the disk is full", writing(), mongotest.Code(14031), contact.StorageFull, 1, 0, slack},
		{"the disk is full at the commit", []string{"commitTransaction"}, mongotest.Code(14031), contact.StorageFull, 1, 0, slack},
		{"the user may not", writing(), mongotest.Code(13), contact.Internal, 1, 0, slack},
		{"more than the server takes", writing(), mongotest.Code(10334), contact.Internal, 1, 0, slack},
		{"more than the server can do", writing(), mongotest.Code(462), contact.Overloaded, 3, 0, slack},
		{"more than the server can do at the commit", []string{"commitTransaction"}, mongotest.Code(462, "SystemOverloadedError"), contact.Overloaded, 3, 0, slack},
		{"a race that is always lost", writing(), mongotest.Code(112, transient), contact.Unavailable, 60, transactionTime - time.Second, transactionTime + slack},
		{"nobody is a primary", writing(), mongotest.Code(10107, transient), contact.Unavailable, 60, time.Second, transactionTime + slack},
		{"silence", []string{"aggregate"}, mongotest.Blocks(10 * time.Second), contact.Unavailable, 4, operationTime - time.Second, transactionTime + slack},
	}
	for i, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, s, _ := newRigAndStore(t, i%2 == 1)
			r.FailCommand(t, mongotest.Fault{Commands: tt.commands, App: mainApp, How: tt.how})
			begun := time.Now()
			runs, err := addNote(t.Context(), s, contactID(0), "key")
			wantCode(t, err, tt.want)
			took(t, begun, tt.least, tt.last)
			if runs > tt.most {
				t.Errorf("the function ran %d times, want %d at most", runs, tt.most)
			}
			r.Heal(t)
			wantNotes(t, s, contactID(0))
			_, err = addNote(t.Context(), s, contactID(0), "another")
			must(t, err)
			wantNotes(t, s, contactID(0), "another")
		})
	}
}

func TestOneStatementThatIsNotAnsweredCostsTheTimeOfAnOperation(t *testing.T) {
	for name, commands := range map[string][]string{"a read": {"find"}, "a write": writing()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, s, _ := newRigAndStore(t, false)
			r.FailCommand(t, mongotest.Fault{Commands: commands, App: mainApp, Times: 1, How: mongotest.Blocks(10 * time.Second)})
			begun := time.Now()
			runs, err := addNote(t.Context(), s, contactID(0), "key")
			must(t, err)
			took(t, begun, operationTime-time.Second, transactionTime)
			if runs != 2 {
				t.Errorf("the function ran %d times, want once more than what was not answered", runs)
			}
			wantNotes(t, s, contactID(0), "key")
		})
	}
}

// A server that asks for a sign-in is asked more than once before a connection stands, which can fail by itself.
func TestConnectionThatCannotBeMadeIsTriedAgain(t *testing.T) {
	t.Parallel()
	const signIn = "saslContinue"
	server := mongotest.Own(t, mongotest.Options{User: "panel", Password: "word"})
	s, seen := openSeen(t, server.Database(), false)
	makeContacts(t, s, 1)
	var keys []string
	for name, commands := range map[string][]string{"at a read": {"find", signIn}, "at a write": append(writing(), signIn), "at a commit": {"commitTransaction", signIn}} {
		t.Run(name, func(t *testing.T) {
			// One is lost, and some more cannot be made.
			server.FailCommand(t, mongotest.Fault{Commands: commands, App: mainApp, Times: 4, How: mongotest.Closes()})
			begun := time.Now()
			_, err := addNote(t.Context(), s, contactID(0), name)
			must(t, err)
			took(t, begun, 0, transactionTime)
			keys = append(keys, name)
			wantNotes(t, s, contactID(0), keys...)
		})
	}
	t.Run("and never can", func(t *testing.T) {
		server.FailCommand(t, mongotest.Fault{Commands: []string{"find", signIn}, App: mainApp, How: mongotest.Closes()})
		before := seen.count(named("find"))
		wantCode(t, reading(t.Context(), s), contact.Unavailable)
		if seen.count(named("find")) == before {
			t.Error("no read was sent")
		}
	})
}

// TestCallTakesNoLongerThanItsTime has a server that is silent for a second, which the time that is set otherwise allows.
func TestCallTakesNoLongerThanItsTime(t *testing.T) {
	t.Parallel()
	const silence, short = time.Second, 400 * time.Millisecond
	r, whole, _ := newRigAndStore(t, false)
	hurried, err := mongo.Open(t.Context(), r.uri, slog.New(slog.DiscardHandler), mongo.CallTime(short))
	must(t, err)
	t.Cleanup(func() { must(t, hurried.Close()) })
	must(t, reading(t.Context(), hurried))
	for _, tt := range []struct {
		name   string
		ctx    context.Context
		in     *mongo.Store
		want   contact.Code
		within time.Duration
	}{
		{"two seconds, unless something else is said", t.Context(), whole, "", operationTime},
		{"less than the silence", t.Context(), hurried, contact.Unavailable, short},
		{"less, but the work is patient", contact.Patiently(t.Context()), hurried, "", operationTime},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r.FailCommand(t, mongotest.Fault{Commands: []string{"find"}, App: mainApp, Times: 1, How: mongotest.Blocks(silence)})
			begun := time.Now()
			wantCode(t, reading(tt.ctx, tt.in), tt.want)
			took(t, begun, 0, tt.within+slack)
			r.Heal(t)
		})
	}
}
