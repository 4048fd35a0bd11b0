package contact

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"
)

// How long what is known of an organisation's agents is taken for true (docs/decisions/0016). All gateways over a store learn
// of a deactivation within agentsFresh, as long as the store answers.
const (
	agentsFresh = 5 * time.Second // without asking; who comes later asks
	agentsAside = 2 * agentsFresh // while somebody else asks
	agentsHeld  = 2 * time.Minute // while the store does not answer
	agentsPause = time.Second     // between two askings of a store that does not answer
)

// maxOrganisations bounds the organisations whose agents are known in memory, beside those that are asked for.
const maxOrganisations = 10_000

// errDeactivated is what a deactivated agent is told. It may be told so: their token has been verified.
func errDeactivated(org OrgID, agent ID) error {
	return keptOut(Errorf(Unauthenticated, "the agent is deactivated"), ReasonDeactivated, org, agent)
}

// knownAgents remembers which agents of which organisations are deactivated, so that admitting a request hardly ever costs a
// look at the store: one every agentsFresh for all requests of an organisation together. Safe for concurrent use.
type knownAgents struct {
	now  func() time.Time
	read func(ctx context.Context, org OrgID) ([]DeactivatedAgent, error)

	mu    sync.RWMutex
	byOrg map[OrgID]*orgAgents
}

// orgAgents is what is known of one organisation, under the lock of all.
type orgAgents struct {
	shut    map[ID]struct{} // replaced, never changed
	asOf    time.Time       // when the asking began that brought it; zero: never asked
	failed  time.Time       // when the store last did not answer; zero: it did
	changes int             // of this process's own, and doubts: an asking that began before one is too old
	asking  chan struct{}   // closed at the end of the asking that goes on; nil: nobody asks
}

// isShutOut says whether the agent is deactivated, as far as is known here.
func (k *knownAgents) isShutOut(org OrgID, agent ID) bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	known := k.byOrg[org]
	if known == nil {
		return false
	}
	_, isShut := known.shut[agent]
	return isShut
}

// admit refuses a deactivated agent: UNAUTHENTICATED. It asks the store when what is known has become old, and returns its
// error when nothing is known that may still be taken for true.
func (k *knownAgents) admit(ctx context.Context, org OrgID, agent ID) error {
	for {
		known := k.look(org, agent)
		if known.isFresh {
			return known.admits(org, agent)
		}
		told, err := k.ask(ctx, org, agent, known.asking)
		if told.isFresh { // late enough for this caller, however long it took
			return told.admits(org, agent)
		}
		if err == nil {
			continue
		}
		if known = k.look(org, agent); known.isHeld {
			return known.admits(org, agent)
		}
		return err
	}
}

// knowledge is what is known of one agent, and how long it has been.
type knowledge struct {
	isShut  bool
	isFresh bool            // young enough to ask nobody
	isHeld  bool            // taken for true while the store does not answer
	asking  <-chan struct{} // closed when somebody who asks has an answer; nil: nobody asks
}

func (k knowledge) admits(org OrgID, agent ID) error {
	if k.isShut {
		return errDeactivated(org, agent)
	}
	return nil
}

func (k *knownAgents) look(org OrgID, agent ID) knowledge {
	now := k.now()
	k.mu.RLock()
	defer k.mu.RUnlock()
	known := k.byOrg[org]
	if known == nil {
		return knowledge{}
	}
	enough := agentsFresh
	switch isFailing := !known.failed.IsZero(); {
	case isFailing && (known.asking != nil || isWithin(known.failed, now, agentsPause)):
		enough = agentsHeld
	case known.asking != nil:
		enough = agentsAside
	}
	_, isShut := known.shut[agent]
	return knowledge{isShut, isWithin(known.asOf, now, enough), isWithin(known.asOf, now, agentsHeld), known.asking}
}

// isWithin reports whether less time than d has gone by since then. A clock that was set back tells no age.
func isWithin(then, now time.Time, d time.Duration) bool {
	age := now.Sub(then)
	return !then.IsZero() && age >= 0 && age < d
}

// ask asks the store, or waits while somebody else does. told is fresh when the caller has asked; whoever looks again instead
// may find the organisation forgotten.
func (k *knownAgents) ask(ctx context.Context, org OrgID, agent ID, asking <-chan struct{}) (told knowledge, err error) {
	if asking != nil {
		select {
		case <-asking:
			return told, nil
		case <-ctx.Done():
			return told, ctx.Err()
		}
	}
	began := k.now()
	known, changes := k.begin(org, began)
	if known == nil { // somebody else was faster
		return told, nil
	}
	var found []DeactivatedAgent
	err = errAbandoned
	defer func() { // in a panic too: nobody waits for ever
		k.mu.Lock()
		defer k.mu.Unlock()
		close(known.asking)
		known.asking = nil
		switch {
		case err == nil && known.changes == changes:
			known.shut, known.asOf, known.failed = idsOf(found), began, time.Time{}
			_, told.isShut = known.shut[agent]
			told.isFresh = true
		case err != nil && ctx.Err() == nil:
			known.failed = k.now()
		}
	}()
	found, err = k.read(ctx, org)
	return told, err
}

// errAbandoned is how an asking ended that panicked.
var errAbandoned = errors.New("the asking did not end")

// begin is the caller's turn to ask, and how many changes there were before; nil: it is somebody else's, or was.
func (k *knownAgents) begin(org OrgID, now time.Time) (known *orgAgents, changes int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	known = k.of(org)
	if known.asking != nil || isWithin(known.asOf, now, agentsFresh) {
		return nil, 0
	}
	known.asking = make(chan struct{})
	return known, known.changes
}

// of is what is known of an organisation. The lock is held.
func (k *knownAgents) of(org OrgID) *orgAgents {
	known := k.byOrg[org]
	if known != nil {
		return known
	}
	if len(k.byOrg) >= maxOrganisations {
		for other, its := range k.byOrg { // any: it costs one asking. But for one that goes on: it has to hear of changes
			if its.asking == nil {
				delete(k.byOrg, other)
				break
			}
		}
	}
	known = &orgAgents{}
	k.byOrg[org] = known
	return known
}

// learn takes over what this process has changed.
func (k *knownAgents) learn(org OrgID, agent ID, isShut bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	known := k.of(org)
	known.changes++
	shut := maps.Clone(known.shut)
	if isShut {
		if shut == nil {
			shut = map[ID]struct{}{}
		}
		shut[agent] = struct{}{}
	} else {
		delete(shut, agent)
	}
	known.shut = shut
}

// doubt makes the next one ask: a change of this process may have been committed.
func (k *knownAgents) doubt(org OrgID) {
	old := k.now().Add(-agentsAside)
	k.mu.Lock()
	defer k.mu.Unlock()
	known := k.of(org)
	known.changes++
	if known.asOf.After(old) {
		known.asOf = old
	}
}

// idsOf is the set of the agents, nil when there are none.
func idsOf(agents []DeactivatedAgent) map[ID]struct{} {
	if len(agents) == 0 {
		return nil
	}
	out := make(map[ID]struct{}, len(agents))
	for i := range agents {
		out[agents[i].AgentID] = struct{}{}
	}
	return out
}
