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

// TestDemo makes a demo and looks at it from all sides; making one for each look would take minutes under the race detector.
func TestDemo(t *testing.T) {
	deps, ids := open(t, today), 0
	mustMake(t, counted(deps, func(n int) { ids = n }))
	s := snapshotOf(t, deps, today)

	t.Run("shows every kind of thing", func(t *testing.T) { showsEveryKind(t, s) })
	t.Run("has nothing that happens in the future or out of order", func(t *testing.T) { isPast(t, s) })
	t.Run("has nobody real in it", func(t *testing.T) { isInvented(t, s) })
	t.Run("has whole texts only", func(t *testing.T) { hasWholeTexts(t, s) })
	t.Run("labels everything in German and English", func(t *testing.T) { isLabelled(t, newReader(t, deps, today)) })
	t.Run("has groups of every kind, in which some contacts are and some are not", func(t *testing.T) { isGrouped(t, s) })
	t.Run("lets nobody edit what the CRM manages", func(t *testing.T) { isManaged(t, newReader(t, deps, today)) })
	t.Run("is left alone by a second call", func(t *testing.T) { staysAsItIs(t, deps, s) })
	t.Run("is the same on another day, seen from there", func(t *testing.T) {
		// Far enough that a leap day and the turn of a year lie between.
		later := today.Add(731*24*time.Hour + 5*time.Hour)
		deps := open(t, later)
		mustMake(t, deps)
		same(t, s, snapshotOf(t, deps, later), "two demos differ by more than their day")
	})
	t.Run("is made by one of several gateways that start at once", func(t *testing.T) { isMadeOnce(t, s) })
	t.Run("is made whole by the next call when calls were interrupted", func(t *testing.T) { isMadeWhole(t, s, ids) })
}

func staysAsItIs(t *testing.T, deps contact.Deps, s snapshot) {
	t.Helper()
	if again, err := demo.Make(t.Context(), deps); again || err != nil {
		t.Fatalf("Make() of a store with the demo = %v, %v, want false, nil", again, err)
	}
	same(t, s, snapshotOf(t, deps, today), "the second call changed the demo")
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

func isMadeOnce(t *testing.T, want snapshot) {
	t.Helper()
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
	same(t, want, snapshotOf(t, deps, today), "the demo is not the one that a single gateway makes")
}

// isMadeWhole interrupts a demo of so many ids at the first one, at one in the middle and at the last, in one store.
func isMadeWhole(t *testing.T, want snapshot, ids int) {
	t.Helper()
	deps := open(t, today)
	for _, stop := range []int{1, ids / 2, ids} {
		ctx, cancel := context.WithCancel(t.Context())
		ok, err := demo.Make(ctx, counted(deps, func(n int) {
			if n == stop {
				cancel()
			}
		}))
		cancel()
		if ok || !errors.Is(err, context.Canceled) {
			t.Fatalf("Make() interrupted at id %d of %d = %v, %v, want false and the context's error", stop, ids, ok, err)
		}
		if has, err := deps.Store.HasOrganisations(t.Context()); has || err != nil {
			t.Errorf("interrupted at id %d, the store has organisations: %v, %v", stop, has, err)
		}
	}
	mustMake(t, deps)
	same(t, want, snapshotOf(t, deps, today), "the demo after interruptions is another one")
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

func mustMake(t *testing.T, deps contact.Deps) {
	t.Helper()
	if ok, err := demo.Make(t.Context(), deps); !ok || err != nil {
		t.Fatalf("Make() of an empty store = %v, %v, want true, nil", ok, err)
	}
}
