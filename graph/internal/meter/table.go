package meter

import (
	"hash/maphash"
	"sync"
	"time"
)

// table keeps a moment for each key, for as long as the moment lies ahead. Its size never changes: a key has its place in one
// of many small sets, and where a set is full, the moment that comes first makes room. Keys are kept as hashes of 64 bits whose
// seed nobody knows, so that nobody can choose keys that push others out, and nothing of a key can be read in memory. Safe for
// concurrent use.
type table struct {
	seed  maphash.Seed
	epoch time.Time // moments are counted from here, by the clock that cannot be set where there is one
	sets  []set
}

// ways is how many keys share a set.
const ways = 8

type set struct {
	mu    sync.Mutex
	slots [ways]slot
}

type slot struct {
	key  uint64 // 0: nobody's
	when time.Duration
}

// newTable makes a table for so many keys at least; now is any moment of the clock that will be asked.
func newTable(keys int, now time.Time) table {
	return table{seed: maphash.MakeSeed(), epoch: now, sets: make([]set, max(1, (keys+ways-1)/ways))}
}

// hash is a key of one or more texts, which are UTF-8, so that the byte between them is in none.
func (t *table) hash(parts []string) uint64 {
	var h maphash.Hash
	h.SetSeed(t.seed)
	for _, p := range parts {
		h.WriteString(p)
		h.WriteByte(0xff)
	}
	return max(h.Sum64(), 1)
}

func (t *table) since(now time.Time) time.Duration { return now.Sub(t.epoch) }

// with calls change with the moment that is kept for the key, 0 when there is none, and keeps what it returns.
func (t *table) with(key uint64, change func(when time.Duration) time.Duration) {
	s := &t.sets[key%uint64(len(t.sets))]
	s.mu.Lock()
	defer s.mu.Unlock()
	place := &s.slots[0]
	for i := range s.slots {
		switch each := &s.slots[i]; {
		case each.key == key:
			each.when = change(each.when)
			return
		case each.when < place.when: // first of all nobody's, whose moment is 0
			place = each
		}
	}
	if when := change(0); when > 0 {
		*place = slot{key, when}
	}
}

// Recent remembers keys for a while; it may forget one earlier when there are many. Safe for concurrent use.
type Recent struct{ table table }

// NewRecent makes a memory for so many keys.
func NewRecent(keys int, now time.Time) *Recent { return &Recent{newTable(keys, now)} }

// Keep remembers a key until then.
func (r *Recent) Keep(key string, until time.Time) {
	r.table.with(r.table.hash([]string{key}), func(time.Duration) time.Duration { return r.table.since(until) })
}

// Has reports whether the key is remembered.
func (r *Recent) Has(now time.Time, key string) (found bool) {
	r.table.with(r.table.hash([]string{key}), func(when time.Duration) time.Duration {
		found = when > r.table.since(now)
		return when
	})
	return found
}

// Drop forgets a key.
func (r *Recent) Drop(key string) {
	r.table.with(r.table.hash([]string{key}), func(time.Duration) time.Duration { return 0 })
}
