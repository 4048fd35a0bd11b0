package meter

import (
	"context"
	"slices"
	"sync"
	"time"
)

// neighbourly is how long an organisation leaves room for another one that was there.
const neighbourly = time.Second

// turns say which of the operations that are in work: no more than keep the processors busy, because all that work at once slow each
// other down, and whoever comes next with them. What is free goes to the organisation, and in it to the agent, of whom fewest
// work; among equals to who got something longest ago, so that who comes alone passes a flood. An agent works with half of all
// at most, and so does an organisation while another one is about. The waiting are looked through one by one: there are no
// more than may be in. Safe for concurrent use.
type turns struct {
	most int

	mu            sync.Mutex
	working       int
	given         uint64           // turns, ever: the time of day of this queue
	parties       map[owner]*party // agents and organisations that work or wait
	waiting       []*turn          // in the order of coming
	latest, other visit            // latest is the organisation that came last, other the last one but that
}

// party is what an agent or an organisation has of the turns.
type party struct {
	users   int // working and waiting
	working int
	latest  uint64 // when it got its latest turn, counted in turns
}

// turn is one operation's, who waits for it or has it.
type turn struct {
	of         owner
	org, agent *party
	given      chan struct{} // closed when it is theirs
}

// visit is when an organisation was here.
type visit struct {
	org string
	at  time.Time
}

func newTurns(most int) *turns { return &turns{most: most, parties: map[owner]*party{}} }

// take waits for a turn; whoever got it gives it back. Errors: the context's.
func (t *turns) take(ctx context.Context, of owner) (*turn, error) {
	mine := t.join(of)
	select {
	case <-mine.given:
		return mine, nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.Index(t.waiting, mine)
	if i < 0 { // it was given meanwhile
		return mine, nil
	}
	t.waiting = slices.Delete(t.waiting, i, i+1)
	t.part(mine)
	return nil, ctx.Err()
}

// join lets one more wait, who may have been given a turn at once.
func (t *turns) join(of owner) *turn {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.latest.org != of.org {
		t.other = t.latest
	}
	t.latest = visit{of.org, now}
	mine := &turn{of: of, org: t.party(owner{of.org, ""}), agent: t.party(of), given: make(chan struct{})}
	t.waiting = append(t.waiting, mine)
	t.give(now)
	return mine
}

// leave gives a turn back.
func (t *turns) leave(mine *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.working--
	mine.org.working--
	mine.agent.working--
	t.part(mine)
	t.give(time.Now())
}

// party is that of an owner, with one user more.
func (t *turns) party(of owner) *party {
	p := t.parties[of]
	if p == nil {
		p = &party{}
		t.parties[of] = p
	}
	p.users++
	return p
}

// part forgets those of whom nobody works or waits any more.
func (t *turns) part(mine *turn) {
	if mine.agent.users--; mine.agent.users == 0 {
		delete(t.parties, mine.of)
	}
	if mine.org.users--; mine.org.users == 0 {
		delete(t.parties, owner{mine.of.org, ""})
	}
}

// give gives away what is free, under the lock.
func (t *turns) give(now time.Time) {
	for t.working < t.most {
		next := -1
		for i, w := range t.waiting {
			if t.mayWork(w, now) && (next < 0 || w.isBefore(t.waiting[next])) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		w := t.waiting[next]
		t.waiting = slices.Delete(t.waiting, next, next+1)
		t.given++
		t.working++
		w.org.working++
		w.agent.working++
		w.org.latest, w.agent.latest = t.given, t.given
		close(w.given)
	}
}

// mayWork reports whether neither the agent nor the organisation has all that it may have.
func (t *turns) mayWork(w *turn, now time.Time) bool {
	half, orgMost := (t.most+1)/2, t.most
	if t.latest.isBeside(w.of.org, now) || t.other.isBeside(w.of.org, now) {
		orgMost = half
	}
	return w.agent.working < half && w.org.working < orgMost
}

// isBeside reports whether it was another organisation's, and lately.
func (v visit) isBeside(org string, now time.Time) bool {
	return v.org != org && now.Sub(v.at) < neighbourly
}

// isBefore reports whether one's turn comes before the other's.
func (w *turn) isBefore(other *turn) bool {
	if w.org != other.org {
		return w.org.isBefore(other.org)
	}
	return w.agent != other.agent && w.agent.isBefore(other.agent)
}

func (p *party) isBefore(other *party) bool {
	if p.working != other.working {
		return p.working < other.working
	}
	return p.latest < other.latest
}
