package push

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// connection is a socket or a stream.
type connection interface {
	// end closes the connection, in the way that a client takes for a reason to come back; it returns within seconds.
	end(why closing)
}

// registry knows all connections of the process. Safe for concurrent use.
type registry struct {
	mu         *sync.Mutex
	most       int
	open       map[connection]struct{}
	counts     map[string]int // of connections, by what they are counted by
	isDraining bool
	isEmpty    *sync.Cond
}

func newRegistry(most int) registry {
	mu := new(sync.Mutex)
	return registry{mu: mu, most: most, open: map[connection]struct{}{}, counts: map[string]int{}, isEmpty: sync.NewCond(mu)}
}

// admission is the answer to a connection that wants to be.
type admission int

const (
	admitted   admission = iota
	tooMany              // of what the connection is counted by
	noRoom               // in this process
	notAnyMore           // the process ends
)

// add admits a connection unless there are most already that count as it does.
func (r *registry) add(c connection, countsAs string, most int) admission {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.isDraining:
		return notAnyMore
	case len(r.open) >= r.most:
		return noRoom
	case r.counts[countsAs] >= most:
		return tooMany
	}
	r.open[c] = struct{}{}
	r.counts[countsAs]++
	return admitted
}

// recount counts a connection as something else, unless there are most of these already.
func (r *registry) recount(from, to string, most int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.counts[to] >= most {
		return false
	}
	r.discount(from)
	r.counts[to]++
	return true
}

// remove forgets a connection that has ended.
func (r *registry) remove(c connection, countsAs string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, c)
	r.discount(countsAs)
	if len(r.open) == 0 {
		r.isEmpty.Broadcast()
	}
}

func (r *registry) discount(countsAs string) {
	if r.counts[countsAs]--; r.counts[countsAs] <= 0 {
		delete(r.counts, countsAs)
	}
}

// all are the connections, in a random order.
func (r *registry) all() []connection {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]connection, 0, len(r.open))
	for c := range r.open { // Go's order of a map is none
		out = append(out, c)
	}
	rand.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] }) //nolint:gosec // an order is no secret
	return out
}

// drainPace is how many connections are ended a second, when they are few: their clients come back one after another.
const drainPace = 50

// Drain admits no connection any more and ends all, spread over the time so that their clients do not come back at once, and
// earlier when they are few. It returns when the last has ended, or with the context, which should end some seconds later.
func (s *Server) Drain(ctx context.Context, over time.Duration) {
	r := &s.connections
	r.mu.Lock()
	r.isDraining = true
	r.mu.Unlock()
	open := r.all()
	pause := min(time.Second/drainPace, over/time.Duration(max(len(open), 1)))
	start, next := time.Now(), time.NewTimer(0)
	defer next.Stop()
	var ending sync.WaitGroup
	for i, c := range open {
		select {
		case <-next.C:
			next.Reset(time.Until(start.Add(time.Duration(i+1) * pause))) // not pause: what is late once stays late for all
		case <-ctx.Done(): // then all at once
		}
		ending.Go(func() { c.end(closeRestart) })
	}
	ending.Wait() // each takes no longer than a close handshake
	stop := context.AfterFunc(ctx, func() {
		r.mu.Lock() // not between the look at the context and the wait
		defer r.mu.Unlock()
		r.isEmpty.Broadcast()
	})
	defer stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.open) > 0 && ctx.Err() == nil {
		r.isEmpty.Wait()
	}
}

// TurnAway ends all connections with the word to try again later; new ones are admitted.
func (s *Server) TurnAway() {
	var ending sync.WaitGroup
	for _, c := range s.connections.all() {
		ending.Go(func() { c.end(closeLater) })
	}
	ending.Wait()
}
