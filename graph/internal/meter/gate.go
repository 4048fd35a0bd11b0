package meter

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"
)

// Why nobody may enter.
var (
	ErrAgent        = errors.New("too many of one agent at once")
	ErrOrganisation = errors.New("too many of one organisation at once")
	ErrFull         = errors.New("too many at once") // in the process
)

// Gate bounds how many operations run at once: of an agent, of an organisation, so that one cannot keep all others out, and of
// the process. Who finds no place waits a short time, in the order of coming, because a page that opens asks several things at
// once. As many wait as there are places, twice as many for an agent's; the next is refused at once. Who is in works in turns.
// Safe for concurrent use.
type Gate struct {
	limits Limits
	turns  *turns

	mu     sync.Mutex
	queues map[owner]*queue // that have somebody inside or waiting
}

// owner is whose places are counted: an agent's, an organisation's without an agent, the process's without either.
type owner struct{ org, agent string }

// queue is a number of places, and those who want one.
type queue struct {
	of     owner
	places chan struct{} // full while all are taken
	users  int           // inside and waiting; under the gate's lock
	share                // of the turns; under theirs
}

// NewGate makes a gate for the processors that there are; the limits have their defaults.
func NewGate(l Limits) *Gate {
	return &Gate{limits: l, turns: &turns{most: l.CoreRunning * runtime.GOMAXPROCS(0)}, queues: map[owner]*queue{}}
}

// Place is that of an operation that has entered. It is one operation's, not for concurrent use.
type Place struct {
	gate    *Gate
	taken   [3]*queue // of the agent, the organisation and the process
	n       int
	hasTurn bool
}

// Enter lets an operation in; whoever has entered leaves. Errors: ErrAgent, ErrOrganisation, ErrFull, or the context's.
func (g *Gate) Enter(ctx context.Context, org, agent string) (*Place, error) {
	p := &Place{gate: g}
	var until time.Time // of all waits together
	for _, each := range [...]struct {
		of              owner
		places, waiting int
		full            error
	}{ // from the narrowest to the widest: who waits for the agent's places takes nobody else's
		{owner{org, agent}, g.limits.AgentRunning, 2 * g.limits.AgentRunning, ErrAgent},
		{owner{org, ""}, g.limits.OrganisationRunning, g.limits.OrganisationRunning, ErrOrganisation},
		{owner{}, g.limits.ProcessRunning, g.limits.ProcessRunning, ErrFull},
	} {
		q, hasRoom := g.join(each.of, each.places, each.waiting)
		if !hasRoom {
			p.Leave()
			return nil, each.full
		}
		select {
		case q.places <- struct{}{}:
		default:
			if until.IsZero() {
				until = time.Now().Add(g.limits.Wait)
			}
			if err := q.wait(ctx, time.Until(until), each.full); err != nil {
				g.part(q)
				p.Leave()
				return nil, err
			}
		}
		p.taken[p.n] = q
		p.n++
	}
	return p, nil
}

// wait waits for a place.
func (q *queue) wait(ctx context.Context, patience time.Duration, full error) error {
	over := time.NewTimer(patience)
	defer over.Stop()
	select {
	case q.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-over.C:
		return full
	}
}

// Work waits until it is the operation's turn to work, as long as the context lasts. Errors: the context's; then it is not to work.
func (p *Place) Work(ctx context.Context) error {
	err := p.gate.turns.take(ctx, p.taken[0], p.taken[1])
	p.hasTurn = err == nil
	return err
}

// Leave makes room.
func (p *Place) Leave() {
	if p.hasTurn {
		p.gate.turns.leave(p.taken[0], p.taken[1])
		p.hasTurn = false
	}
	for _, q := range p.taken[:p.n] {
		<-q.places
		p.gate.part(q)
	}
	p.n = 0
}

// join counts one more who wants a place of a queue, unless there are too many already.
func (g *Gate) join(of owner, places, waiting int) (*queue, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	q := g.queues[of]
	if q == nil {
		q = &queue{of: of, places: make(chan struct{}, places)}
		g.queues[of] = q
	}
	if q.users >= places+waiting {
		return nil, false
	}
	q.users++
	return q, true
}

// part counts one less, and forgets a queue that nobody wants.
func (g *Gate) part(q *queue) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if q.users--; q.users == 0 {
		delete(g.queues, q.of)
	}
}
