package contact_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"contactpanel/contact"
)

// agentDoor is a store that counts the askings for deactivated agents, and asks before and after each.
type agentDoor struct {
	contact.Store
	asked  atomic.Int64
	before func(ctx context.Context) error // nil: go on
	after  func()                          // nil: go on
}

func (d *agentDoor) DeactivatedAgents(ctx context.Context, org contact.OrgID) ([]contact.DeactivatedAgent, error) {
	d.asked.Add(1)
	if d.before != nil {
		if err := d.before(ctx); err != nil {
			return nil, err
		}
	}
	found, err := d.Store.DeactivatedAgents(ctx, org)
	if d.after != nil {
		d.after()
	}
	return found, err
}

// gateways are two processes over one store, the second of them behind a door.
func gateways(t *testing.T) (first, second *world, door *agentDoor) {
	t.Helper()
	first = newWorld(t)
	door = &agentDoor{Store: first.store}
	second = first.in(t)
	second.Contacts = contact.New(first.deps(door))
	return first, second, door
}

func TestAnotherGatewayLearnsOfADeactivationInSecondsAndAsksOnceInThem(t *testing.T) {
	t.Parallel()
	first, second, door := gateways(t)
	second.isLetIn(ben)
	first.deactivate(ben.ID)
	for range 100 {
		second.isLetIn(ben) // what is known is young
		second.isLetIn(anna)
	}
	second.same("how often the store was asked", door.asked.Load(), int64(1))
	first.clock.advance(5 * time.Second)
	second.same("what is known before anybody has asked", second.IsShutOut(ben), false)
	second.isLetIn(anna)
	second.same("what is known without asking, once anybody has", second.IsShutOut(ben), true)
	for range 100 {
		second.isShutOut(ben)
		second.isLetIn(anna)
	}
	second.same("how often the store was asked", door.asked.Load(), int64(2))
	first.reactivate(ben.ID)
	first.isLetIn(ben)
	first.clock.advance(5 * time.Second)
	second.isLetIn(ben)
	second.same("what is known after the reactivation", second.IsShutOut(ben), false)
	second.isLetIn(mallory)
	second.same("how often the store was asked, for two organisations", door.asked.Load(), int64(4))
	first.clock.set(noon.Add(-time.Hour)) // tells no age
	first.deactivate(ben.ID)
	second.isShutOut(ben)
}

func TestManyRequestsAskTheStoreOnce(t *testing.T) {
	t.Parallel()
	first, second, door := gateways(t)
	held, asking := make(chan struct{}), make(chan struct{}, 4000)
	door.before = func(context.Context) error { asking <- struct{}{}; <-held; return nil }
	admitAs := func(n int, who contact.Actor, want contact.Code) func() {
		var wait sync.WaitGroup
		for range n {
			wait.Go(func() {
				if err := second.Admit(t.Context(), who); contact.CodeOf(err) != want {
					t.Errorf("Admit = %v, want %q", err, want)
				}
			})
		}
		return wait.Wait
	}
	admit := func(n int) func() { return admitAs(n, anna, "") }
	wait := admit(50) // nothing is known: all wait for the one who asks
	<-asking
	close(held)
	wait()
	second.same("how often the store was asked", door.asked.Load(), int64(1))

	held = make(chan struct{})
	second.clock.advance(6 * time.Second)
	wait = admit(1)
	<-asking
	admit(50)() // what is known is not so old that they would wait
	second.same("how often the store was asked", door.asked.Load(), int64(2))
	close(held)
	wait()

	held = make(chan struct{})
	second.clock.advance(time.Minute)
	wait = admit(1)
	<-asking
	gone, leave := context.WithCancel(t.Context())
	leave()
	second.must("Admit of one who does not wait, by what is held", second.Admit(gone, anna))
	first.deactivate(ben.ID)
	brief, end := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer end()
	if err := second.Admit(brief, ben); err != nil || brief.Err() == nil { // what is known is too old, but it is held
		t.Errorf("Admit while somebody asks = %v, want nil, and not before its time is over", err)
	}
	others := admitAs(50, ben, contact.Unauthenticated)
	close(held)
	wait()
	others()
	second.same("how often the store was asked", door.asked.Load(), int64(3))

	const rounds = 3000
	for range rounds { // several find nobody who asks
		second.clock.advance(time.Minute)
		admit(8)()
	}
	second.same("how often the store was asked", door.asked.Load(), int64(3+rounds))
}

func TestAStoreThatDoesNotAnswerChangesNothingForTwoMinutes(t *testing.T) {
	t.Parallel()
	first, second, door := gateways(t)
	first.deactivate(ben.ID)
	second.isLetIn(anna)
	away := contact.Fault(contact.Unavailable, context.DeadlineExceeded, "the store does not answer")
	door.before = func(context.Context) error { return away }
	for range 11 {
		first.clock.advance(10 * time.Second)
		before := door.asked.Load()
		for range 20 {
			second.isLetIn(anna)
			second.isShutOut(ben)
		}
		second.same("how often the store was asked in a second", door.asked.Load()-before, int64(1))
	}
	first.clock.advance(10 * time.Second)
	second.refused("Admit after two minutes", second.Admit(t.Context(), anna), contact.Unavailable, "")
	second.same("what is known without asking", second.IsShutOut(ben), true)
	second.refused("Admit to an organisation of which nothing is known", second.Admit(t.Context(), mallory), contact.Unavailable, "")
	door.before = nil
	second.isLetIn(anna)
	second.isShutOut(ben)
	second.isLetIn(mallory)
}

func TestAnOwnDeactivationIsNotLostToAnAskingThatBeganBefore(t *testing.T) {
	t.Parallel()
	_, second, door := gateways(t)
	second.isLetIn(ben)
	second.clock.advance(time.Minute)
	door.after = func() { // the store has answered, and the answer is on its way
		door.after = nil
		second.deactivate(ben.ID)
	}
	second.isShutOut(ben)
	second.isShutOut(ben)

	second.clock.advance(time.Minute)
	door.after = func() {
		door.after = nil
		second.reactivate(ben.ID)
	}
	second.isLetIn(ben)
	second.isLetIn(ben)
}

// crowdDoor is a store with any number of further organisations, which have deactivated nobody.
type crowdDoor struct{ *agentDoor }

func (d crowdDoor) Definitions(context.Context, contact.OrgID) (contact.Definitions, error) {
	return contact.Definitions{Version: 1}, nil
}

func (d crowdDoor) DeactivatedAgents(ctx context.Context, org contact.OrgID) ([]contact.DeactivatedAgent, error) {
	if org != acme {
		return nil, nil
	}
	return d.agentDoor.DeactivatedAgents(ctx, org)
}

func TestADeactivatedAgentIsNotLetInByACrowdOfOrganisations(t *testing.T) {
	t.Parallel()
	const known, more, tries = 10_000, 2_500, 40 // of 40 times the organisation is pushed out nine times
	for _, name := range []string{"deactivated before the asking", "deactivated by this process while it asks"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, second, door := gateways(t)
			second.Contacts = contact.New(second.deps(crowdDoor{door}))
			second.deactivate(ben.ID)
			next := 0
			crowd := func(n int) {
				for range n {
					next++
					second.must("Admit", second.Admit(t.Context(), contact.Actor{Agent: ben.Agent, Org: contact.OrgID(fmt.Sprint(next))}))
				}
			}
			crowd(known)
			for range tries {
				second.clock.advance(time.Minute)
				door.after = func() { // others come while the answer is on its way
					door.after = nil
					crowd(more)
				}
				if name == "deactivated by this process while it asks" {
					second.reactivate(ben.ID)
					door.after = func() {
						door.after = nil
						crowd(more)
						second.deactivate(ben.ID)
					}
				}
				second.isShutOut(ben)
			}
		})
	}
}

func TestAskingThatPanicsLetsTheNextOneAsk(t *testing.T) {
	t.Parallel()
	_, second, door := gateways(t)
	door.before = func(context.Context) error { panic("in the store") }
	func() {
		defer func() { _ = recover() }()
		_ = second.Admit(t.Context(), anna)
		t.Error("Admit returned")
	}()
	door.before = nil
	second.isLetIn(anna)
}

func TestWhoWaitsForAnAskingLeavesWithTheirContext(t *testing.T) {
	t.Parallel()
	_, second, door := gateways(t)
	asking, held := make(chan struct{}), make(chan struct{})
	door.before = func(context.Context) error { close(asking); <-held; return nil }
	var wait sync.WaitGroup
	wait.Go(func() { second.isLetIn(anna) })
	<-asking
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := second.Admit(ctx, ben); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Admit = %v, want the end of its context", err)
	}
	close(held)
	wait.Wait()
	second.same("how often the store was asked", door.asked.Load(), int64(1))
}
