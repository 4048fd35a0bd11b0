package feed

import (
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"contactpanel/store/internal/life"
)

// maxKeys is how many heads one read asks for.
const maxKeys = 500

// interval is how often heads are looked at.
type interval struct{ normal, degraded time.Duration }

// Bounds of the wait after a read that failed. It doubles from one to the other.
const (
	minPause = 50 * time.Millisecond
	maxPause = 2 * time.Second
)

// pause is the wait between tries; the zero value begins at the shortest.
type pause struct{ last time.Duration }

// next gives the next wait, up to half of it by chance, so that those who failed together do not come back together.
func (p *pause) next() time.Duration {
	p.last = min(max(2*p.last, minPause), maxPause)
	return shortened(p.last, 2)
}

// shortened takes up to one part of d away by chance.
func shortened(d time.Duration, parts int64) time.Duration {
	return d - rand.N(d/time.Duration(parts)+1) //nolint:gosec // spreads load; nothing is guessed by it
}

// watch looks at the heads of all that is followed: when it is told to, again until that worked, and from time to time. It
// is the net below every wake-up that was lost.
func (f *Feed) watch() {
	var pause pause
	timer := time.NewTimer(f.untilLook())
	defer timer.Stop()
	for {
		select {
		case <-f.nudge:
		case <-timer.C:
		case <-f.done:
			return
		}
		if err := f.look(); err != nil {
			timer.Reset(pause.next())
			continue
		}
		pause.last = 0
		timer.Reset(f.untilLook())
	}
}

func (f *Feed) untilLook() time.Duration {
	if f.isDegraded.Load() {
		return shortened(f.interval.degraded, 4)
	}
	return shortened(f.interval.normal, 4)
}

// look reads the heads of all lines and wakes the followers of those that went on.
func (f *Feed) look() error {
	f.mu.RLock()
	lines := make([]*line, 0, len(f.lines))
	for _, l := range f.lines {
		lines = append(lines, l)
	}
	f.mu.RUnlock()
	for chunk := range slices.Chunk(lines, maxKeys) {
		if err := f.lookAt(chunk); err != nil {
			return err
		}
	}
	return nil
}

func (f *Feed) lookAt(lines []*line) error {
	keys, versions := make([]Key, len(lines)), make([]int64, len(lines))
	for i, l := range lines {
		l.mu.Lock()
		keys[i], versions[i] = l.key, l.version
		l.mu.Unlock()
	}
	ctx, cancel := f.readContext()
	defer cancel()
	heads, err := f.log.Heads(ctx, keys)
	if errors.Is(err, life.ErrPanicked) {
		for _, l := range lines { // one of them is to blame, and its followers alone are to hear of it
			l.mu.Lock()
			l.forget()
			l.wake()
			l.mu.Unlock()
		}
	}
	if err != nil {
		return err
	}
	for i, l := range lines {
		l.mu.Lock()
		switch head, isThere := heads[l.key]; {
		case isThere:
			l.saw(versions[i], head)
		case l.epoch != 0: // it was there
			l.vanish()
		default:
			l.forget() // each follower finds out for itself whether there is such a contact
			l.wake()
		}
		l.mu.Unlock()
	}
	return nil
}
