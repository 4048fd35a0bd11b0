// Package storetest is the specification of a store as tests: what every [contact.Store] must do, whatever keeps the data.
// It is for the backends, whose own test is how to open an empty store:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) contact.Store { return openTemp(t) })
//	}
//
// [RunLive] is the same for live notes: it plays the domain over stores of a backend, and judges what its followers are told.
//
// The invariant that every case leans on: an organisation sees its own things only. So each case runs twice in one store,
// for two organisations whose names hardly differ, with the same ids, keys and idempotency keys: the second must find
// nothing of the first, and what the first holds must be the same afterwards.
package storetest

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"contactpanel/contact"
)

// testCase is one sentence of the specification. What it calls on the harness happens in one organisation.
type testCase struct {
	name string
	run  func(h *harness)
	need need
}

// need says what a case asks of the store that it runs in.
type need int

const (
	sharedStore need = iota // any store: other cases run in it at the same time
	ownStore                // a store in which nothing else happens
	soleUse                 // a store of its own and one organisation only, because it asks about the whole store
)

// cases is the specification.
func cases() []testCase {
	var all []testCase
	for _, some := range [][]testCase{
		organisationCases(), agentCases(), definitionCases(), groupCases(), contactCases(), keyCases(), matchCases(), searchCases(), orderCases(), noteCases(),
		logCases(), auditCases(), transactionCases(), contextCases(), concurrencyCases(), momentCases(), sweepCases(), pagingCases(), walkCases(),
		followCases(), eraseCases(), renewalCases(),
	} {
		all = append(all, some...)
	}
	return all
}

// Run checks that a store keeps its contract. open returns a store without content and may be called often; Run closes
// what it returns, so that Close may be called on a store that open's own clean-up closes again. A backend is conformant
// when all sub-tests pass, with the race detector too.
func Run(t *testing.T, open func(t *testing.T) contact.Store) {
	t.Helper()
	t.Run("the fixtures fill every field", fixturesAreFull)
	s := &suite{open: open}
	t.Run("a store", func(t *testing.T) {
		shared := s.opened(t)
		for _, c := range cases() {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				s.run(t, shared, c)
			})
		}
	})
}

// suite is one run.
type suite struct {
	open func(t *testing.T) contact.Store
	orgs atomic.Int64 // organisations named so far
}

// opened opens a store that is closed with the test.
func (s *suite) opened(t *testing.T) contact.Store {
	t.Helper()
	store := s.open(t)
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	return store
}

func (s *suite) run(t *testing.T, shared contact.Store, c testCase) {
	t.Helper()
	if c.need == soleUse {
		h := s.harness(t, s.open(t), s.orgNames()[0])
		t.Cleanup(func() { h.store.Close() }) //nolint:errcheck // the case has closed it, or its error shows in other cases
		c.run(h)
		return
	}
	store := shared
	if c.need == ownStore {
		store = s.opened(t)
	}
	names := s.orgNames()
	first, second := s.harness(t, store, names[0]), s.harness(t, store, names[1])
	first.makeOrganisation()
	second.makeOrganisation()
	if !t.Run("for one organisation", func(t *testing.T) { c.run(first.in(t)) }) {
		return
	}
	second.seesNothingOf(first)
	before := first.snapshot()
	t.Run("for a second organisation with the same ids", func(t *testing.T) { c.run(second.in(t)) })
	first.holds("the first organisation, after the second wrote", before)
}

// orgNames makes two names that a sloppy comparison holds for one: they differ in case and in composition only.
func (s *suite) orgNames() [2]contact.OrgID {
	name := fmt.Sprintf(`Müller's "Söhne" %d $where a.b %%_ \ 😀`, s.orgs.Add(1))
	return [2]contact.OrgID{contact.OrgID(name), contact.OrgID(strings.ReplaceAll(strings.ToLower(name), "ü", "u\u0308"))}
}
