package meter_test

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"contactpanel/graph/internal/meter"
)

var noon = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)

func TestBucketHoldsTheBurstAndNoMore(t *testing.T) {
	b := meter.NewBuckets(meter.Rate{PerMinute: 12000, Burst: 4000}, 100, noon)
	for range 400 {
		if wait := b.Take(noon, 10, "acme", "ada"); wait != 0 {
			t.Fatalf("within the burst: a wait of %v", wait)
		}
	}
	if wait := b.Take(noon, 1, "acme", "ada"); wait != 5*time.Millisecond {
		t.Errorf("the point above the burst: a wait of %v, want 5 ms", wait)
	}
	if wait := b.Take(noon, 10, "acme", "ada"); wait != 50*time.Millisecond {
		t.Errorf("ten points above the burst: a wait of %v, want 50 ms", wait)
	}
	for _, other := range [][]string{{"acme", "adam"}, {"globex", "ada"}, {"acme"}, {"acmeada"}, {"ada", "acme"}} {
		if wait := b.Take(noon, 4000, other...); wait != 0 {
			t.Errorf("%v: a wait of %v for what somebody else took", other, wait)
		}
	}
}

func TestPointsFlowInAtTheRate(t *testing.T) {
	b := meter.NewBuckets(meter.Rate{PerMinute: 600, Burst: 20}, 100, noon)
	b.Take(noon, 20, "ada")
	for _, tt := range []struct {
		after time.Duration
		n     int
		want  time.Duration
	}{
		{99 * time.Millisecond, 1, time.Millisecond}, {100 * time.Millisecond, 1, 0}, {100 * time.Millisecond, 1, 100 * time.Millisecond},
		{600 * time.Millisecond, 5, 0}, {600 * time.Millisecond, 1, 100 * time.Millisecond}, {time.Hour, 20, 0}, {time.Hour, 1, 100 * time.Millisecond},
	} {
		if wait := b.Wait(noon.Add(tt.after), tt.n, "ada"); wait != tt.want {
			t.Errorf("after %v: Wait(%d) = %v, want %v", tt.after, tt.n, wait, tt.want)
		}
		if wait := b.Take(noon.Add(tt.after), tt.n, "ada"); wait != tt.want {
			t.Errorf("after %v: Take(%d) = %v, want %v", tt.after, tt.n, wait, tt.want)
		}
	}
}

func TestMoreThanABucketHoldsIsAllThatItHolds(t *testing.T) {
	b := meter.NewBuckets(meter.Rate{PerMinute: 60, Burst: 10}, 100, noon)
	if wait := b.Take(noon, 11, "ada"); wait != 0 {
		t.Errorf("a full bucket: a wait of %v", wait)
	}
	if wait := b.Take(noon, 1000, "ada"); wait != 10*time.Second {
		t.Errorf("an empty bucket: a wait of %v, want 10 s", wait)
	}
}

func TestDebtIsBounded(t *testing.T) {
	b := meter.NewBuckets(meter.Rate{PerMinute: 60, Burst: 10}, 100, noon)
	for i, want := range []bool{false, true, false, false, false} { // 5, 10, 15, 20 and again 20 points
		if b.Spend(noon, 5, "ada") != want {
			t.Errorf("spending for the %d. time: emptied is %t", i+1, !want)
		}
	}
	if wait := b.Wait(noon, 1, "ada"); wait != 11*time.Second {
		t.Errorf("a wait of %v, want 11 s", wait)
	}
	b.Spend(noon, 1<<60, "adam")
	if wait := b.Wait(noon, 10, "adam"); wait != 20*time.Second {
		t.Errorf("a wait of %v after an immense sum, want 20 s", wait)
	}
}

func TestImmenseLimitsAreLimits(t *testing.T) {
	for _, rate := range []meter.Rate{{PerMinute: 1, Burst: 1_000_000_000}, {PerMinute: 1_000_000_000, Burst: 1_000_000_000}, {PerMinute: 1 << 60, Burst: 1 << 60}} {
		b := meter.NewBuckets(rate, 10, noon)
		for range 1000 {
			if wait := b.Take(noon, 1000, "ada"); wait != 0 {
				t.Fatalf("%+v: a wait of %v", rate, wait)
			}
		}
	}
}

func TestWhatIsGivenBackCanBeTaken(t *testing.T) {
	b := meter.NewBuckets(meter.Rate{PerMinute: 60, Burst: 10}, 100, noon)
	b.Take(noon, 10, "ada")
	b.Give(noon, 4, "ada")
	if b.Take(noon, 4, "ada") != 0 || b.Take(noon, 1, "ada") == 0 {
		t.Error("four points were given back, and not four can be taken")
	}
	b.Give(noon, 1000, "ada")
	if b.Take(noon, 10, "ada") != 0 || b.Take(noon, 1, "ada") == 0 {
		t.Error("a bucket holds more than its burst")
	}
}

func TestClockThatGoesBackLocksNobodyOut(t *testing.T) {
	b := meter.NewBuckets(meter.Rate{PerMinute: 60, Burst: 10}, 100, noon)
	b.Take(noon.Add(time.Hour), 10, "ada")
	if wait := b.Wait(noon, 1, "ada"); wait > 20*time.Second {
		t.Errorf("a wait of %v", wait)
	}
}

func TestMemoryDoesNotGrowWithTheKeys(t *testing.T) {
	b := meter.NewBuckets(meter.Rate{PerMinute: 60, Burst: 10}, 1<<16, noon)
	before := heap()
	for i := range 1_000_000 {
		b.Spend(noon, 1, fmt.Sprint(i))
	}
	if grown := heap() - before; grown > 1<<20 {
		t.Errorf("a million keys took %d bytes", grown)
	}
	if wait := b.Take(noon, 10, "ada"); wait != 0 {
		t.Errorf("a new key has to wait %v", wait)
	}
	runtime.KeepAlive(b)
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestEmptiestBucketsAreKeptLongest(t *testing.T) {
	b := meter.NewBuckets(meter.Rate{PerMinute: 60, Burst: 10}, 8, noon)
	b.Spend(noon, 10, "flood")
	for i := range 10_000 {
		b.Spend(noon, 1, fmt.Sprint(i))
	}
	if b.Wait(noon, 1, "flood") == 0 {
		t.Error("who has spent everything was forgotten for those who spent little")
	}
}

func TestNoMoreThanTheBurstIsTakenAtOnce(t *testing.T) {
	b := meter.NewBuckets(meter.Rate{PerMinute: 60, Burst: 100}, 1000, noon)
	var taken atomic.Int64
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			for range 50 {
				if b.Take(noon, 1, "ada") == 0 {
					taken.Add(1)
				}
			}
		})
	}
	group.Wait()
	if taken.Load() != 100 {
		t.Errorf("%d points were taken, want 100", taken.Load())
	}
}

func TestRecentKeysAreForgottenInTime(t *testing.T) {
	r := meter.NewRecent(16, noon)
	r.Keep("a", noon.Add(time.Minute))
	r.Keep("b", noon.Add(time.Hour))
	r.Drop("b")
	for _, tt := range []struct {
		key   string
		after time.Duration
		want  bool
	}{{"a", 0, true}, {"a", 59 * time.Second, true}, {"a", time.Minute, false}, {"b", 0, false}, {"c", 0, false}} {
		if r.Has(noon.Add(tt.after), tt.key) != tt.want {
			t.Errorf("%s after %v: remembered is %t", tt.key, tt.after, !tt.want)
		}
	}
	for i := range 1000 {
		r.Keep(fmt.Sprint(i), noon.Add(time.Minute))
	}
	if !r.Has(noon, "999") {
		t.Error("the last key is forgotten")
	}
}

func BenchmarkTake(b *testing.B) {
	buckets := meter.NewBuckets(meter.Rate{PerMinute: 1 << 30, Burst: 1 << 30}, 1<<16, noon)
	b.Run("one agent", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			buckets.Take(noon, 10, "acme", "ada")
		}
	})
	b.Run("a million agents from all processors", func(b *testing.B) {
		keys := make([]string, 1<<20)
		for i := range keys {
			keys[i] = fmt.Sprint("agent", i)
		}
		var n atomic.Int64
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				buckets.Take(noon, 10, "acme", keys[n.Add(1)%int64(len(keys))])
			}
		})
	})
}
