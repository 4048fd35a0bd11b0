package importer_test

import (
	"context"
	"runtime"
	"slices"
	"testing"

	"contactpanel/contact"
	"contactpanel/importer"
)

// weighed is a target that weighs the heap every few batches.
type weighed struct {
	importer.Target
	every, batches int
	weights        []uint64
}

func (w *weighed) Upsert(ctx context.Context, inputs []contact.UpsertInput) ([]contact.UpsertResult, error) {
	results, err := w.Target.Upsert(ctx, inputs)
	if w.batches++; w.batches%w.every == 0 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // what the first let go of in finalizers
		runtime.ReadMemStats(&m)
		w.weights = append(w.weights, m.HeapAlloc)
	}
	return results, err
}

func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	// The least of the last weighings is what is held for good: more of it may be on its way at any one of them.
	held := func(rows int) uint64 {
		ctx, contacts := organisation(t)
		w := &weighed{Target: importer.Local(contacts), every: 1}
		if _, sum := run(ctx, t, w, options("", nil), written(t, generated(rows))); sum.Created != rows {
			t.Fatalf("%d rows give %+v", rows, sum)
		}
		return slices.Min(w.weights[len(w.weights)-3:])
	}
	held(600) // tables that are made once
	small, large := held(600), held(1600)
	if slack := uint64(1 << 20); large > small+slack {
		t.Errorf("the heap holds %d bytes at 600 rows and %d at 1,600, want the same within 1 MiB", small, large)
	}
}

// The rate of a first import on SQLite, one transaction for 200 rows, and the heap that is in use at its worst.
func BenchmarkImport(b *testing.B) {
	const rows = 100_000
	file := written(b, generated(rows))
	var peak uint64
	for b.Loop() {
		b.StopTimer()
		ctx, contacts := organisation(b)
		w := &weighed{Target: importer.Local(contacts), every: 50}
		b.StartTimer()
		if _, sum := run(ctx, b, w, options("", nil), file); sum.Created != rows {
			b.Fatalf("%d rows give %+v", rows, sum)
		}
		peak = max(peak, slices.Max(w.weights))
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(peak)/(1<<20), "MiB-heap")
}
