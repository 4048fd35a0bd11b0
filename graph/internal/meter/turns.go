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
	given         uint64  // turns, ever: the clock of shares
	waiting       []*turn // in the order of coming
	latest, other visit   // latest is the organisation that came last, other the last one but that
}

// share is what an agent or an organisation has of the turns, under their lock. It begins anew when nobody of it is in any more.
type share struct {
	working int
	latest  uint64 // when it got its latest turn, counted in turns
}

// turn is who waits for one.
type turn struct {
	agent, org *queue
	given      chan struct{} // closed when it is theirs
}

// visit is when an organisation was here.
type visit struct {
	org string
	at  time.Time
}

// take waits for a turn; whoever got it leaves it. Errors: the context's.
func (t *turns) take(ctx context.Context, agent, org *queue) error {
	mine := t.join(agent, org)
	if mine == nil {
		return nil
	}
	select {
	case <-mine.given:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.Index(t.waiting, mine)
	if i < 0 { // it was given meanwhile
		return nil
	}
	t.waiting = slices.Delete(t.waiting, i, i+1)
	return ctx.Err()
}

// join gives a turn at once, which is nil, or lets one more wait.
func (t *turns) join(agent, org *queue) *turn {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.latest.org != org.of.org {
		t.other = t.latest
	}
	t.latest = visit{org.of.org, now}
	if len(t.waiting) == 0 && t.mayWork(agent, org, now) {
		t.put(agent, org)
		return nil
	}
	mine := &turn{agent, org, make(chan struct{})}
	t.waiting = append(t.waiting, mine)
	t.give(now)
	return mine
}

// leave gives a turn back.
func (t *turns) leave(agent, org *queue) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.working--
	agent.working--
	org.working--
	if len(t.waiting) > 0 {
		t.give(time.Now())
	}
}

// give gives away what is free, under the lock.
func (t *turns) give(now time.Time) {
	for {
		next := -1
		for i, w := range t.waiting {
			if t.mayWork(w.agent, w.org, now) && (next < 0 || w.isBefore(t.waiting[next])) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		w := t.waiting[next]
		t.waiting = slices.Delete(t.waiting, next, next+1)
		t.put(w.agent, w.org)
		close(w.given)
	}
}

// put counts a turn that is given.
func (t *turns) put(agent, org *queue) {
	t.working++
	t.given++
	for _, s := range [...]*share{&agent.share, &org.share} {
		s.working++
		s.latest = t.given
	}
}

// mayWork reports whether there is a turn, and neither the agent nor the organisation has all that it may have.
func (t *turns) mayWork(agent, org *queue, now time.Time) bool {
	half, orgMost := (t.most+1)/2, t.most
	if t.latest.isBeside(org.of.org, now) || t.other.isBeside(org.of.org, now) {
		orgMost = half
	}
	return t.working < t.most && agent.working < half && org.working < orgMost
}

// isBeside reports whether it was another organisation's, and lately.
func (v visit) isBeside(org string, now time.Time) bool {
	return v.org != org && now.Sub(v.at) < neighbourly
}

// isBefore reports whether one's turn comes before the other's.
func (w *turn) isBefore(other *turn) bool {
	if w.org != other.org {
		return w.org.isBefore(other.org.share)
	}
	return w.agent.isBefore(other.agent.share)
}

func (s share) isBefore(other share) bool {
	if s.working != other.working {
		return s.working < other.working
	}
	return s.latest < other.latest
}
