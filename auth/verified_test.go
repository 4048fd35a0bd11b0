package auth_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"contactpanel/auth"
	"contactpanel/contact"
)

// remembering is a guard that counts how often it had to check a signature, and whose clock the test sets.
type remembering struct {
	*auth.Guard
	keys *counted
	now  time.Time
	sign bearer
}

func newRemembering(t *testing.T) *remembering {
	t.Helper()
	_, key := development(t)
	r := &remembering{keys: &counted{KeySet: static(key.Public())}, now: noon}
	r.Guard = guardWith(t, r.keys, func() time.Time { return r.now })
	r.sign = func(payload any) string {
		return "Bearer " + forge(t, object{"alg": "EdDSA"}, payload, withKey(key))
	}
	return r
}

func (r *remembering) wantAsked(t *testing.T, when string, want int64) {
	t.Helper()
	if got := r.keys.asked.Load(); got != want {
		t.Errorf("%s: %d signatures checked, want %d", when, got, want)
	}
}

func TestASignatureIsCheckedOnceAMinute(t *testing.T) {
	r := newRemembering(t)
	header := r.sign(claims())
	first := accepted(t, r.Guard, header)
	for _, tt := range []struct {
		after time.Duration
		asked int64
	}{{0, 1}, {59 * time.Second, 1}, {60 * time.Second, 2}, {119 * time.Second, 2}, {10 * time.Minute, 3}} {
		r.now = noon.Add(tt.after)
		if got := accepted(t, r.Guard, header); got.ID != first.ID || !got.Expires.Equal(first.Expires) {
			t.Errorf("after %s: Actor = %+v, want the first answer %+v", tt.after, got, first)
		}
		r.wantAsked(t, fmt.Sprint("after ", tt.after), tt.asked)
	}
}

func TestARefusedTokenIsNotRemembered(t *testing.T) {
	r := newRemembering(t)
	for range 3 {
		refused(t, r.Guard, r.sign(claims().but("org", "")), contact.Forbidden)
	}
	r.wantAsked(t, "after three tries", 3)
}

func TestATokenKnownBeforeTheClockWasPutBackIsCheckedAgain(t *testing.T) {
	r := newRemembering(t)
	header := r.sign(claims())
	accepted(t, r.Guard, header)
	r.now = noon.Add(-31 * time.Second)
	refused(t, r.Guard, header, contact.Unauthenticated)
}

// withdrawable is a key set whose issuer can withdraw the key.
type withdrawable struct {
	auth.KeySet
	withdrawn atomic.Bool
}

func (w *withdrawable) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	if w.withdrawn.Load() {
		return nil, errors.New("no such key")
	}
	return w.KeySet.VerifySignature(ctx, jwt)
}

func TestAWithdrawnKeyCountsForAMinuteAtMost(t *testing.T) {
	r := newRemembering(t)
	keys := &withdrawable{KeySet: r.keys}
	guard := guardWith(t, keys, func() time.Time { return r.now })
	header := r.sign(claims())
	accepted(t, guard, header)
	keys.withdrawn.Store(true)
	r.now = noon.Add(time.Minute)
	refused(t, guard, header, contact.Unauthenticated)
}

func TestTheMemoryOfTokensIsBounded(t *testing.T) {
	r := newRemembering(t)
	idle, busy := r.sign(claims().but("sub", "idle")), r.sign(claims().but("sub", "busy"))
	accepted(t, r.Guard, idle)
	accepted(t, r.Guard, busy)
	const others = 4096
	for i := range others {
		accepted(t, r.Guard, r.sign(claims().but("sub", fmt.Sprint("agent ", i))))
		if i%1000 == 0 {
			accepted(t, r.Guard, busy)
		}
	}
	r.wantAsked(t, "while others came", others+2)
	accepted(t, r.Guard, busy)
	r.wantAsked(t, "the one in use is still known", others+2)
	accepted(t, r.Guard, idle)
	r.wantAsked(t, "the idle one is forgotten", others+3)
}

func TestAnActorSharesNothingWithTheNext(t *testing.T) {
	r := newRemembering(t)
	header := r.sign(claims())
	for range 3 {
		actor := accepted(t, r.Guard, header)
		if actor.Roles[0] != contact.RoleAgent || actor.Teams[0] != "Support" {
			t.Fatalf("Roles, Teams = %v, %v, want those of the token", actor.Roles, actor.Teams)
		}
		actor.Roles[0], actor.Teams[0] = contact.RoleAdmin, "Board"
	}
}

func TestAGuardServesManyAtOnce(t *testing.T) {
	issuer, _ := development(t)
	guard := issuer.Guard(at(noon))
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			for j := range 20 {
				name := fmt.Sprint("agent ", (i+j)%8)
				token, err := issuer.Issue(auth.TokenRequest{Agent: name, Org: "Demo", Role: contact.RoleAgent}, noon)
				if err != nil {
					t.Errorf("Issue = %v", err)
					return
				}
				actor, err := guard.Actor(t.Context(), "Bearer "+token)
				if err != nil || actor.Name != name {
					t.Errorf("Actor = %q, %v, want %q", actor.Name, err, name)
				}
			}
		})
	}
	group.Wait()
}
