package mongo_test

import (
	"context"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"contactpanel/contact"
	"contactpanel/store/mongo"
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
		how         bson.D
		want        contact.Code // "": it is answered
		least, most int          // finds that are sent
		within      time.Duration
	}{
		{"a server that cannot reach another is asked again", 1, code(6), "", 2, 2, operationTime + slack},
		{"a server that waited too long for another is asked again", 1, code(89), "", 2, 2, operationTime + slack},
		{"a connection that is cut is made again", 1, closes(), "", 2, 2, operationTime + slack},
		{"nobody is a primary for long", always, code(10107), contact.Unavailable, 1, 30, operationTime + slack},
		{"nobody is a primary after stepping down", always, code(189), contact.Unavailable, 1, 30, operationTime + slack},
		{"silence", 1, blocks(10 * time.Second), contact.Unavailable, 1, 1, operationTime + slack},
		{"time is up on the server", 1, code(50), contact.Unavailable, 1, 1, operationTime + slack},
		{"the user may not", 1, code(13), contact.Internal, 1, 1, operationTime + slack},
		{"anything else", 1, code(2), contact.Internal, 1, 1, operationTime + slack},
		{"more than the server can do is not asked for again and again", always, code(462), contact.Overloaded, 1, 5, operationTime + slack},
		{"more than the server can do, with a label that asks for another try", always,
			code(462, "SystemOverloadedError", "RetryableError"), contact.Overloaded, 1, 5, operationTime + slack},
	}
	r := newRig(t)
	s, seen := openSeen(t, r.uri, false)
	makeContacts(t, s, 1)
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			r.plant(t, fault{[]string{"find"}, mainApp, tt.times, tt.how})
			begun, before := time.Now(), seen.count(named("find"))
			wantCode(t, reading(t.Context(), s), tt.want)
			took(t, begun, 0, tt.within)
			if n := seen.count(named("find")) - before; n < tt.least || n > tt.most {
				t.Errorf("%d finds were sent, want %d to %d", n, tt.least, tt.most)
			}
			r.clear(t)
			must(t, reading(t.Context(), s))
		})
	}
}

func TestReadIsAnsweredSoonAfterAPrimaryLeft(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s, seen := openSeen(t, r.uri, false)
	makeContacts(t, s, 1)
	for _, left := range []int{10107, 189, 11602} {
		before := seen.count(named("find"))
		r.plant(t, fault{[]string{"find"}, mainApp, 1, code(left)})
		begun := time.Now()
		// Who is primary is known with the next heartbeat, which may come just after the time of the first call.
		if err := reading(t.Context(), s); err != nil {
			wantCode(t, err, contact.Unavailable)
			must(t, reading(t.Context(), s))
		}
		took(t, begun, 0, 2*operationTime+slack)
		if n := seen.count(named("find")) - before; n != 2 {
			t.Errorf("after error %d %d finds were sent, want one more than the first", left, n)
		}
	}
}

func TestChangeMeetsAFaultAndLeavesNothing(t *testing.T) {
	const transient = "TransientTransactionError"
	cases := []struct {
		name        string
		commands    []string
		how         bson.D
		want        contact.Code
		most        int // runs of the function
		least, last time.Duration
	}{
		{"the disk is full", writing(), code(14031), contact.StorageFull, 1, 0, slack},
		{"the disk is full at the commit", []string{"commitTransaction"}, code(14031), contact.StorageFull, 1, 0, slack},
		{"the user may not", writing(), code(13), contact.Internal, 1, 0, slack},
		{"more than the server takes", writing(), code(10334), contact.Internal, 1, 0, slack},
		{"more than the server can do", writing(), code(462), contact.Overloaded, 3, 0, slack},
		{"more than the server can do at the commit", []string{"commitTransaction"}, code(462, "SystemOverloadedError"), contact.Overloaded, 3, 0, slack},
		{"a race that is always lost", writing(), code(112, transient), contact.Unavailable, 60, transactionTime - time.Second, transactionTime + slack},
		{"nobody is a primary", writing(), code(10107, transient), contact.Unavailable, 60, time.Second, transactionTime + slack},
		{"silence", []string{"aggregate"}, blocks(10 * time.Second), contact.Unavailable, 4, operationTime - time.Second, transactionTime + slack},
	}
	for i, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			s, _ := openSeen(t, r.uri, i%2 == 1)
			makeContacts(t, s, 1)
			r.plant(t, fault{tt.commands, mainApp, always, tt.how})
			begun := time.Now()
			runs, err := addNote(t.Context(), s, contactID(0), "key")
			wantCode(t, err, tt.want)
			took(t, begun, tt.least, tt.last)
			if runs > tt.most {
				t.Errorf("the function ran %d times, want %d at most", runs, tt.most)
			}
			r.clear(t)
			wantNotes(t, s, contactID(0))
			_, err = addNote(t.Context(), s, contactID(0), "another")
			must(t, err)
			wantNotes(t, s, contactID(0), "another")
		})
	}
}
