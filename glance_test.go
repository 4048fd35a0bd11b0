package main

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"contactpanel/contact"
	"contactpanel/store/sqlite"
)

// slowStore is a store that takes its time to say that it answers.
type slowStore struct {
	contact.Store
	takes time.Duration
	fails atomic.Pointer[error]
	asked atomic.Int64
	here  atomic.Int64
	most  atomic.Int64 // at once
}

func (s *slowStore) Ping(ctx context.Context) error {
	s.asked.Add(1)
	s.most.Store(max(s.most.Load(), s.here.Add(1)))
	defer s.here.Add(-1)
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return ctx.Err()
	}
	if fails := s.fails.Load(); fails != nil {
		return *fails
	}
	return s.Store.Ping(ctx)
}

// readiness is a test with a clock of its own, of a gateway that has begun over a slow store.
type readiness struct {
	*testing.T
	s  *starter
	db *slowStore
}

func inReadiness(t *testing.T, takes time.Duration, test func(in readiness)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		file, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		db := &slowStore{Store: file, takes: takes}
		deps, _ := domainDeps(db)
		s := &starter{contacts: contact.New(deps), signIn: func() error { return nil }, keys: &renewal{}}
		s.hasBegun.Store(true)
		test(readiness{t, s, db})
	})
}

func TestAnyNumberOfQuestionsForReadinessIsOneLookAtTheStore(t *testing.T) {
	inReadiness(t, 1500*time.Millisecond, func(in readiness) {
		t, s, db := in.T, in.s, in.db
		for round := range int64(3) {
			var asking sync.WaitGroup
			for range 300 {
				asking.Go(func() {
					if err := s.ready(t.Context()); err != nil {
						t.Errorf("round %d: the gateway is %v", round, err)
					}
				})
			}
			asking.Wait()
			if got := db.asked.Load(); got != round+1 || db.most.Load() != 1 {
				t.Errorf("round %d: the store was asked %d times, %d at once", round, got, db.most.Load())
			}
			time.Sleep(time.Second)
		}
	})
}

func TestReadinessIsNotOlderThanASecond(t *testing.T) {
	inReadiness(t, 0, func(in readiness) {
		t, s, db := in.T, in.s, in.db
		away := contact.Errorf(contact.Unavailable, "the database cannot be reached")
		for _, step := range []struct {
			fails error
			after time.Duration
			want  string
		}{
			{nil, 0, ""}, {away, 999 * time.Millisecond, ""}, {away, time.Millisecond, "the database cannot be reached"},
			{nil, 999 * time.Millisecond, "the database cannot be reached"}, {nil, time.Millisecond, ""},
		} {
			db.fails.Store(nil)
			if step.fails != nil {
				db.fails.Store(&step.fails)
			}
			time.Sleep(step.after)
			got := ""
			if err := s.ready(t.Context()); err != nil {
				got = reason(err)
			}
			if got != step.want {
				t.Errorf("%+v: the gateway says %q", step, got)
			}
		}
		s.isEnding.Store(true) // which is no matter of the store
		if err := s.ready(t.Context()); err == nil || reason(err) != "the gateway is being stopped" {
			t.Errorf("a gateway that is being stopped says %v", err)
		}
	})
}

func TestWhoLeavesDoesNotEndTheLookOfOthers(t *testing.T) {
	inReadiness(t, time.Second, func(in readiness) {
		t, s, db := in.T, in.s, in.db
		leaving, leave := context.WithCancel(t.Context())
		var asking sync.WaitGroup
		asking.Go(func() { s.ready(leaving) }) // nobody hears it
		synctest.Wait()
		hasty, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		asking.Go(func() {
			if err := s.ready(hasty); contact.CodeOf(err) != contact.Unavailable {
				t.Errorf("who cannot wait for the look is told %v", err)
			}
		})
		asking.Go(func() {
			if err := s.ready(t.Context()); err != nil {
				t.Errorf("who waits for the look is told %v", err)
			}
		})
		synctest.Wait()
		leave()
		asking.Wait()
		if got := db.asked.Load(); got != 1 {
			t.Errorf("the store was asked %d times", got)
		}
	})
}

func TestALookThatDoesNotEndTellsSo(t *testing.T) {
	inReadiness(t, time.Hour, func(in readiness) {
		t, s := in.T, in.s
		began := time.Now()
		if err := s.ready(t.Context()); !errors.Is(err, context.DeadlineExceeded) || reason(err) != "the store does not answer" {
			t.Errorf("the gateway is %v", err)
		}
		if took := time.Since(began); took != glanceTime {
			t.Errorf("it took %v", took)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		var g glance
		var asking sync.WaitGroup
		asking.Go(func() {
			defer func() { recover() }() // it is the test's
			g.take(t.Context(), func(context.Context) error { time.Sleep(time.Second); panic("a look") })
		})
		synctest.Wait()
		if err := g.take(t.Context(), nil); !errors.Is(err, errNoLook) {
			t.Errorf("beside a look that panics: %v", err)
		}
		asking.Wait()
	})
}
