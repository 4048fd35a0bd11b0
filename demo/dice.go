package demo

import (
	"math/rand/v2"
	"time"
)

// seed makes another demo when it is changed.
const seed = 20_240_229

// dice are one person's own, so that a change of one person's story leaves the others' as they are.
func dice(index int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(index))) //nolint:gosec // the demo is to be the same each time; the index is never negative
}

func pick[T any](d *rand.Rand, list []T) T { return list[d.IntN(len(list))] }

// some picks n different items, in the order of the list.
func some[T any](d *rand.Rand, list []T, n int) []T {
	out := make([]T, 0, n)
	for i, item := range list {
		if d.IntN(len(list)-i) < n-len(out) {
			out = append(out, item)
		}
	}
	return out
}

// after is a moment, as time before now, later than the one given. It falls into the eight hours before the time of day that it is
// now, so that whoever looks at work finds that others have worked by day.
func after(d *rand.Rand, ago time.Duration) time.Duration {
	days := int(ago / day)
	if days == 0 {
		return ago/10 + time.Duration(d.Int64N(int64(ago/2))).Truncate(time.Second)
	}
	seconds := 300 + d.IntN(8*60*60)
	return time.Duration(d.IntN(days))*day + time.Duration(seconds)*time.Second
}
