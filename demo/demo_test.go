package demo_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/demo"
	"contactpanel/fold"
	"contactpanel/idn"
	"contactpanel/language"
	"contactpanel/phone"
	"contactpanel/store/sqlite"
)

var today = time.Date(2026, time.March, 4, 15, 30, 12, 345_000_000, time.UTC)

func TestTheSameDemoIsMadeEachTime(t *testing.T) {
	first, second := made(t, today), made(t, today)
	same(t, first, second, "two demos of one moment differ")
}

func TestOnAnotherDayTheDemoIsTheSameSeenFromThere(t *testing.T) {
	// Far enough that a leap day and the turn of a year lie between.
	first, second := made(t, today), made(t, today.Add(731*24*time.Hour+5*time.Hour))
	same(t, first, second, "two demos differ by more than their day")
}

func TestASecondCallChangesNothing(t *testing.T) {
	deps := open(t, today)
	mustMake(t, deps)
	before := snapshotOf(t, deps, today)
	if again, err := demo.Make(t.Context(), deps); again || err != nil {
		t.Fatalf("Make() of a store with the demo = %v, %v, want false, nil", again, err)
	}
	same(t, before, snapshotOf(t, deps, today), "the second call changed the demo")
}

func TestAStoreWithAnotherOrganisationIsLeftAlone(t *testing.T) {
	deps := open(t, today)
	if err := contact.New(deps).MakeOrganisation(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	if ok, err := demo.Make(t.Context(), deps); ok || err != nil {
		t.Fatalf("Make() = %v, %v, want false, nil", ok, err)
	}
	if _, err := deps.Store.Organisation(t.Context(), demo.Org); contact.CodeOf(err) != contact.NotFound {
		t.Errorf("Organisation(%q) = %v, want NOT_FOUND", demo.Org, err)
	}
}

func TestOfGatewaysThatStartAtOnceOneMakesTheDemo(t *testing.T) {
	deps := open(t, today)
	var makers atomic.Int32
	var starting sync.WaitGroup
	for range 4 {
		starting.Go(func() {
			ok, err := demo.Make(t.Context(), deps)
			if err != nil {
				t.Error(err)
			}
			if ok {
				makers.Add(1)
			}
		})
	}
	starting.Wait()
	if makers.Load() != 1 {
		t.Errorf("%d callers made the demo, want 1", makers.Load())
	}
	same(t, made(t, today), snapshotOf(t, deps, today), "the demo is not the one that a single gateway makes")
}

func TestAnInterruptedDemoLeavesNothingAndIsMadeWholeByTheNextCall(t *testing.T) {
	want := made(t, today)
	total := idsOf(t)
	// At the first id, at the last one, and at places between that fall into the catalog, the import and later deeds.
	for _, stop := range []int{1, 7, 61, total / 5, total / 2, total * 9 / 10, total} {
		deps := open(t, today)
		ctx, cancel := context.WithCancel(t.Context())
		ok, err := demo.Make(ctx, counted(deps, func(n int) {
			if n == stop {
				cancel()
			}
		}))
		cancel()
		if ok || !errors.Is(err, context.Canceled) {
			t.Fatalf("Make() interrupted at id %d of %d = %v, %v, want false and the context's error", stop, total, ok, err)
		}
		if has, err := deps.Store.HasOrganisations(t.Context()); has || err != nil {
			t.Errorf("interrupted at id %d, the store has organisations: %v, %v", stop, has, err)
		}
		mustMake(t, deps)
		same(t, want, snapshotOf(t, deps, today), "interrupted at id %d, the next call made another demo", stop)
	}
}

func TestAFaultOfTheStoreIsReturned(t *testing.T) {
	deps := open(t, today)
	if err := deps.Store.Close(); err != nil {
		t.Fatal(err)
	}
	if ok, err := demo.Make(t.Context(), deps); ok || contact.CodeOf(err) != contact.Unavailable {
		t.Errorf("Make() in a closed store = %v, %v, want false and DB_UNAVAILABLE", ok, err)
	}
}

func BenchmarkMake(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		deps := open(b, time.Now())
		b.StartTimer()
		if ok, err := demo.Make(b.Context(), deps); !ok || err != nil {
			b.Fatalf("Make() = %v, %v", ok, err)
		}
		b.StopTimer()
		if err := deps.Store.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// open returns an empty store with all that the domain needs, at a moment.
func open(tb testing.TB, now time.Time) contact.Deps {
	tb.Helper()
	store, err := sqlite.Open(tb.Context(), filepath.Join(tb.TempDir(), "demo.db"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := store.Close(); err != nil {
			tb.Error(err)
		}
	})
	return contact.Deps{
		Store: store, Phones: phone.Book{}, Languages: language.New(), Domains: idn.Domains{}, Letters: fold.Letters{},
		Now: func() time.Time { return now }, NewID: contact.RandomID,
	}
}

// counted tells at each new id the how manieth it is.
func counted(deps contact.Deps, tell func(n int)) contact.Deps {
	n, newID := 0, deps.NewID
	deps.NewID = func(prefix string) contact.ID {
		n++
		tell(n)
		return newID(prefix)
	}
	return deps
}

// idsOf is how many ids a demo takes.
func idsOf(t *testing.T) int {
	t.Helper()
	total := 0
	mustMake(t, counted(open(t, today), func(n int) { total = n }))
	return total
}

func mustMake(t *testing.T, deps contact.Deps) {
	t.Helper()
	if ok, err := demo.Make(t.Context(), deps); !ok || err != nil {
		t.Fatalf("Make() of an empty store = %v, %v, want true, nil", ok, err)
	}
}

// made is what a fresh demo looks like.
func made(t *testing.T, now time.Time) snapshot {
	t.Helper()
	deps := open(t, now)
	mustMake(t, deps)
	return snapshotOf(t, deps, now)
}
