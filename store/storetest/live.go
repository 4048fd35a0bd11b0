package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"contactpanel/contact"
)

// Live is how the model of live notes reaches a backend.
type Live struct {
	// Place makes an empty place for data, which is gone with the test.
	Place func(t *testing.T) Place
	// Gateways is how many stores may be open over one place at the same time.
	Gateways int
	// Ports are what the domain needs besides a store, a clock and ids.
	Ports contact.Deps
	// Rounds is how often as many plans are played as the flag -rapid.checks says: as often as there is time for.
	Rounds int
}

// Place is where stores keep their data.
type Place struct {
	// Open opens a store over the data. The model closes it.
	Open func() (contact.Store, error)
	// LoseWakeUps makes a store, whichever, lose what tells it that others wrote. It knows that it did. Nil where nothing tells.
	LoseWakeUps func()
}

// RunLive checks that what the domain promises about live notes holds over a store, however writes, panels, followers,
// restarts and the log's end fall together. It makes plans by chance and plays them; and it plays some over stores with a
// mistake each, which it has to find.
func RunLive(t *testing.T, l Live) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(s *stage, t *testing.T)
	}{
		{"what is promised holds however things fall", (*stage).holds},
		{"the model finds each known mistake", (*stage).findsMistakes},
		{"hundreds that come back at once miss nothing, and share what they read", (*stage).crowd},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(newStage(t, l), t)
		})
	}
}

func (s *stage) holds(t *testing.T) {
	t.Helper()
	for range s.live.Rounds {
		rapid.Check(t, func(rt *rapid.T) {
			if err := s.play(right(), plans().Draw(rt, "plan")); err != nil {
				rt.Fatal(err)
			}
		})
	}
}

func (s *stage) findsMistakes(t *testing.T) {
	t.Helper()
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) { s.finds(t, v) })
	}
}

// tries is how many plans, always the same, no mistake passes.
const tries = 100

// finds checks that a plan shows the mistake, and that it is the mistake that it shows.
func (s *stage) finds(t *testing.T, v variant) {
	t.Helper()
	for seed := range tries {
		plan := plans().Example(seed)
		found := s.play(v, plan)
		if found == nil {
			continue
		}
		t.Logf("found in run %d: %v", seed+1, found)
		if err := s.play(right(), plan); err != nil {
			t.Errorf("without the mistake: %v", err)
		}
		return
	}
	t.Errorf("the model lets it pass %d times", tries)
}

// stage is what all plays happen on: some gateways over one place, and two organisations.
type stage struct {
	reporter
	live  Live
	place Place
	gates []*gateway
	orgs  [2]contact.OrgID
	clock clock
	ids   ids
	plays int
}

// gateway is one process that serves agents.
type gateway struct {
	store    contact.Store     // as the backend made it
	contacts *contact.Contacts // over the store, or over it with a mistake
}

func newStage(t *testing.T, l Live) *stage {
	t.Helper()
	s := &stage{reporter: t, live: l, place: l.Place(t), orgs: (&suite{}).orgNames()}
	s.clock.ms.Store(at(0).UnixMilli())
	s.ids.next = map[contact.OrgID]int{}
	t.Cleanup(func() {
		for _, g := range s.gates {
			if err := g.store.Close(); err != nil {
				t.Errorf("Close() = %v", err)
			}
		}
	})
	for range l.Gateways {
		store, err := s.place.Open()
		if err != nil {
			t.Fatalf("Open() = %v", err)
		}
		s.gates = append(s.gates, &gateway{store: store, contacts: s.domain(store)})
	}
	for _, org := range s.orgs {
		s.ids.write(org)
		if err := s.gates[0].contacts.MakeOrganisation(contact.Patiently(t.Context()), org); err != nil {
			t.Fatalf("MakeOrganisation() = %v", err)
		}
	}
	return s
}

// domain makes the use cases over a store.
func (s *stage) domain(store contact.Store) *contact.Contacts {
	d := s.live.Ports
	d.Store, d.Now, d.NewID = store, s.clock.now, s.ids.make
	return contact.New(d)
}

// agent writes and reads for an organisation. Its id is the same in both.
func (s *stage) agent(org contact.OrgID) contact.Actor {
	return contact.Actor{Agent: fixtures{tag: string(org)}.agent(1), Org: org, Roles: []contact.Role{contact.RoleAgent}, Origin: contact.OriginAgent}
}

// clock is moved by the plan alone.
type clock struct{ ms atomic.Int64 }

func (c *clock) now() time.Time          { return time.UnixMilli(c.ms.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// ids numbers things for each organisation by itself, so that the two have the same ids.
type ids struct {
	mu   sync.Mutex
	org  contact.OrgID // which writes now
	next map[contact.OrgID]int
}

func (i *ids) write(org contact.OrgID) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.org = org
}

func (i *ids) make(prefix string) contact.ID {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.next[i.org]++
	return numbered(prefix, i.next[i.org])
}

func numbered(prefix string, n int) contact.ID { return contact.ID(fmt.Sprintf("%s_%026d", prefix, n)) }

// level lets all organisations go on with the same number.
func (i *ids) level() {
	i.mu.Lock()
	defer i.mu.Unlock()
	most := 0
	for _, n := range i.next {
		most = max(most, n)
	}
	for org := range i.next {
		i.next[org] = most
	}
}
