package meter_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"contactpanel/graph/internal/meter"
)

func gate(agent, org, process int) *meter.Gate {
	return meter.NewGate(meter.Limits{AgentRunning: agent, OrganisationRunning: org, ProcessRunning: process, Wait: time.Second})
}

func enter(t *testing.T, g *meter.Gate, org, agent string) *meter.Place {
	t.Helper()
	p, err := g.Enter(t.Context(), org, agent)
	if err != nil {
		t.Fatalf("%s of %s: %v", agent, org, err)
	}
	return p
}

func TestGateLetsTheLimitInAndTheNextWaitsASecond(t *testing.T) {
	for name, tt := range map[string]struct {
		gate func() *meter.Gate
		who  func(i int) (org, agent string)
		want error
	}{
		"an agent": {func() *meter.Gate { return gate(3, 100, 100) }, func(int) (string, string) { return "acme", "ada" }, meter.ErrAgent},
		"an organisation": {func() *meter.Gate { return gate(100, 3, 100) }, func(i int) (string, string) {
			return "acme", fmt.Sprint(i)
		}, meter.ErrOrganisation},
		"the process": {func() *meter.Gate { return gate(100, 100, 3) }, func(i int) (string, string) { return fmt.Sprint(i), "ada" }, meter.ErrFull},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := tt.gate()
				var inside []*meter.Place
				for i := range 3 {
					org, agent := tt.who(i)
					inside = append(inside, enter(t, g, org, agent))
				}
				org, agent := tt.who(3)
				start := time.Now()
				if _, err := g.Enter(t.Context(), org, agent); !errors.Is(err, tt.want) || time.Since(start) != time.Second {
					t.Errorf("the fourth: %v after %v, want %v after a second", err, time.Since(start), tt.want)
				}
				time.AfterFunc(300*time.Millisecond, inside[0].Leave)
				start = time.Now()
				enter(t, g, org, agent).Leave()
				if waited := time.Since(start); waited != 300*time.Millisecond {
					t.Errorf("let in after %v, want 300 ms", waited)
				}
				for _, p := range inside[1:] {
					p.Leave()
				}
				for i := range 3 { // nobody's place is lost
					org, agent := tt.who(i)
					enter(t, g, org, agent)
				}
			})
		})
	}
}

func TestNoMoreThanTwiceTheLimitWaitForAnAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate(10, 128, 256)
		var mu sync.Mutex
		var atOnce, late int
		start := time.Now()
		var group sync.WaitGroup
		for range 200 {
			group.Go(func() {
				p, err := g.Enter(t.Context(), "acme", "ada")
				if err == nil {
					time.Sleep(time.Minute)
					p.Leave()
					return
				}
				mu.Lock()
				defer mu.Unlock()
				if time.Since(start) == 0 {
					atOnce++
				} else {
					late++
				}
			})
		}
		synctest.Wait()
		for i := range 10 { // the others' places are not taken by those who wait
			enter(t, g, "acme", fmt.Sprint(i)).Leave()
		}
		group.Wait()
		if atOnce != 170 || late != 20 {
			t.Errorf("%d are refused at once and %d later, want 170 and 20", atOnce, late)
		}
	})
}

func TestOrganisationCannotKeepOthersOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate(10, 128, 256)
		var group sync.WaitGroup
		ctx, cancel := context.WithCancel(t.Context())
		for i := range 2000 {
			group.Go(func() {
				if p, err := g.Enter(ctx, "acme", fmt.Sprint(i%200)); err == nil {
					<-ctx.Done()
					p.Leave()
				}
			})
		}
		synctest.Wait()
		start := time.Now()
		for i := range 100 {
			enter(t, g, "globex", fmt.Sprint(i))
		}
		if time.Since(start) != 0 {
			t.Errorf("another organisation waits %v", time.Since(start))
		}
		cancel()
		group.Wait()
	})
}

func TestWhoLeavesTheQueueTakesNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate(1, 10, 10)
		first := enter(t, g, "acme", "ada")
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := g.Enter(ctx, "acme", "ada"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("who has left: %v", err)
		}
		first.Leave()
		first.Leave() // twice is once
		enter(t, g, "acme", "ada").Leave()
	})
}

func BenchmarkEnter(b *testing.B) {
	g := gate(10, 128, 256)
	b.ReportAllocs()
	for b.Loop() {
		p, err := g.Enter(b.Context(), "acme", "ada")
		if err != nil {
			b.Fatal(err)
		}
		p.Leave()
	}
}
