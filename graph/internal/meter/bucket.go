package meter

import "time"

// Rate is how many points flow into a bucket, and how many it holds.
type Rate struct{ PerMinute, Burst int }

// Buckets are token buckets, one for each key, full at first. What is kept of a bucket is the moment at which it will be full
// again (the generic cell rate algorithm, ITU-T I.371), so that a full one is not kept at all. When there are more keys than
// places, the fullest buckets are forgotten: a client then has more than its due, never less. Safe for concurrent use.
type Buckets struct {
	table    table
	each     time.Duration // in which one point flows in
	capacity time.Duration // in which all flow in
	burst    int
}

// longest is how long a bucket may take to fill: with a debt and the life of a process it is still a duration.
const longest = 20 * 365 * 24 * time.Hour

// NewBuckets makes buckets for so many keys; now is any moment of the clock that will be asked.
func NewBuckets(rate Rate, keys int, now time.Time) *Buckets {
	each := time.Minute / time.Duration(rate.PerMinute)
	burst := min(rate.Burst, int(longest/max(each, 1)))
	return &Buckets{table: newTable(keys, now), each: each, capacity: each * time.Duration(burst), burst: burst}
}

// Take takes n points and returns 0, or takes none and says how long it will be until there are as many. More points than a
// bucket holds are all that it holds.
func (b *Buckets) Take(now time.Time, n int, key ...string) (wait time.Duration) {
	b.change(now, key, func(debt time.Duration) time.Duration {
		after := debt + b.of(n)
		if wait = max(after-b.capacity, 0); wait > 0 {
			return debt
		}
		return after
	})
	return wait
}

// Wait says how long it will be until there are n points, 0 when there are; it takes none.
func (b *Buckets) Wait(now time.Time, n int, key ...string) (wait time.Duration) {
	b.change(now, key, func(debt time.Duration) time.Duration {
		wait = max(debt+b.of(n)-b.capacity, 0)
		return debt
	})
	return wait
}

// Spend takes n points, whether there are as many or not: what is missing must flow in first, but never more than a bucket
// holds. It reports whether there was a point before and is none now.
func (b *Buckets) Spend(now time.Time, n int, key ...string) (isEmptied bool) {
	b.change(now, key, func(debt time.Duration) time.Duration {
		after := min(debt+b.each*time.Duration(min(n, 2*b.burst)), 2*b.capacity)
		isEmptied = debt+b.each <= b.capacity && after+b.each > b.capacity
		return after
	})
	return isEmptied
}

// Give gives n points back that were taken.
func (b *Buckets) Give(now time.Time, n int, key ...string) {
	b.change(now, key, func(debt time.Duration) time.Duration { return max(debt-b.of(n), 0) })
}

func (b *Buckets) of(n int) time.Duration { return b.each * time.Duration(min(n, b.burst)) }

// change changes how long it takes until the key's bucket is full.
func (b *Buckets) change(now time.Time, key []string, to func(debt time.Duration) time.Duration) {
	at := b.table.since(now)
	b.table.with(b.table.hash(key), func(full time.Duration) time.Duration {
		debt := min(max(full-at, 0), 2*b.capacity) // a clock that went back makes nobody wait longer than this
		if debt = to(debt); debt == 0 {
			return 0
		}
		return at + debt
	})
}
