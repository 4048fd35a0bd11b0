package meter_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"contactpanel/graph/internal/meter"
)

// roomy is a gate that lets all in, of whom eight a core work at once.
func roomy() (g *meter.Gate, most int) {
	const each = 8
	l := meter.Limits{AgentRunning: 1000, OrganisationRunning: 1000, ProcessRunning: 1000, CoreRunning: each, Wait: time.Second}
	return meter.NewGate(l), each * runtime.GOMAXPROCS(0)
}

// works enters a gate and waits for a turn, in the background, and says who has it.
func works(t *testing.T, g *meter.Gate, org, agent string, turns chan<- *working) {
	t.Helper()
	place := enter(t, g, org, agent)
	go func() {
		if place.Work(t.Context()) == nil {
			turns <- &working{place, org, agent}
		}
	}()
	synctest.Wait()
}

type working struct {
	*meter.Place
	org, agent string
}

func TestAnOrganisationAloneWorksWithAllTurnsAndAnAgentWithHalf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, most := roomy()
		turns := make(chan *working, 1000)
		for range most {
			works(t, g, "acme", "ada", turns)
		}
		if len(turns) != most/2 {
			t.Errorf("%d turns of an agent, want %d of %d", len(turns), most/2, most)
		}
		for range most {
			works(t, g, "acme", "adam", turns)
		}
		if len(turns) != most {
			t.Errorf("%d turns of two agents, want %d", len(turns), most)
		}
		for range 2 * most { // each that leaves makes room for one
			(<-turns).Leave()
			synctest.Wait()
		}
		if len(turns) != 0 {
			t.Errorf("%d turns more than were asked for", len(turns))
		}
	})
}

func TestWhoComesLatelyFindsATurnBesideTheFloodOfAnotherOrganisation(t *testing.T) {
	for pause, wantsRoom := range map[time.Duration]bool{900 * time.Millisecond: true, 1100 * time.Millisecond: false} {
		t.Run(pause.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, most := roomy()
				turns := make(chan *working, 1000)
				works(t, g, "globex", "gus", turns)
				(<-turns).Leave()
				time.Sleep(pause)
				for i := range 3 * most {
					works(t, g, "acme", fmt.Sprint(i), turns)
				}
				flood := len(turns)
				works(t, g, "globex", "gus", turns)
				if hasRoom := len(turns) == flood+1; hasRoom != wantsRoom {
					t.Errorf("the flood has %d turns of %d; a turn for the other organisation: %t, want %t", flood, most, hasRoom, wantsRoom)
				}
			})
		})
	}
}

func TestWhoComesAlonePassesAFloodOfColleagues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, most := roomy()
		turns := make(chan *working, 1000)
		for range 5 {
			for i := range most {
				works(t, g, "acme", fmt.Sprint("flood ", i), turns)
			}
		}
		for range 3 {
			works(t, g, "acme", "ada", turns)
			flood := <-turns
			flood.Leave()
			synctest.Wait()
			got := all(turns)
			i := slices.IndexFunc(got, func(w *working) bool { return w.agent == "ada" })
			if i < 0 {
				t.Fatal("the turn that was given back went to the flood")
			}
			got[i].Leave()
			for _, w := range slices.Delete(got, i, i+1) {
				turns <- w
			}
			synctest.Wait()
		}
	})
}

func TestAFreeTurnGoesToTheOrganisationOfWhichFewestWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, most := roomy()
		turns := make(chan *working, 1000)
		for i := range most {
			org := "acme"
			switch {
			case i >= most/2:
				org = "initech"
			case i == most/2-1: // a later turn, but the only one of its organisation
				org = "globex"
			}
			works(t, g, org, fmt.Sprint(i), turns)
		}
		works(t, g, "acme", "adam", turns)
		works(t, g, "globex", "gus", turns)
		got := all(turns)
		got[len(got)-1].Leave()
		synctest.Wait()
		if got := (<-turns).agent; got != "gus" {
			t.Errorf("the turn went to %s, want gus", got)
		}
	})
}

// all are those who have turns.
func all(turns chan *working) (got []*working) {
	for len(turns) > 0 {
		got = append(got, <-turns)
	}
	return got
}

func TestWhoIsGoneTakesNoTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, most := roomy()
		turns := make(chan *working, 1000)
		for i := range most {
			works(t, g, "acme", fmt.Sprint(i), turns)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		place := enter(t, g, "acme", "ada")
		if err := place.Work(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("without a turn: %v", err)
		}
		place.Leave()
		(<-turns).Leave()
		works(t, g, "acme", "adam", turns)
		if len(turns) != most {
			t.Errorf("%d have a turn, want %d", len(turns), most)
		}
	})
}

// TestTurnsAreNeitherLostNorTooMany lets agents of three organisations come, work, lose patience and leave at random.
func TestTurnsAreNeitherLostNorTooMany(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			g, most := roomy()
			random := rand.New(rand.NewPCG(seed, 1))
			var mu sync.Mutex
			atWork, ofAgent, turns, gone := 0, map[string]int{}, 0, 0
			count := func(agent string, n int) {
				mu.Lock()
				defer mu.Unlock()
				atWork += n
				ofAgent[agent] += n
				if atWork > most || ofAgent[agent] > (most+1)/2 {
					t.Errorf("seed %d: %d work at once, %d of one agent; %d may", seed, atWork, ofAgent[agent], most)
				}
			}
			var group sync.WaitGroup
			const operations = 500
			for range operations {
				org, agent := fmt.Sprint(random.IntN(3)), fmt.Sprint(random.IntN(5))
				patience, takes := time.Duration(random.IntN(100))*time.Millisecond, time.Duration(random.IntN(50))*time.Millisecond
				group.Go(func() {
					place := enter(t, g, org, agent)
					defer place.Leave()
					ctx, cancel := context.WithTimeout(t.Context(), patience)
					defer cancel()
					if place.Work(ctx) != nil {
						mu.Lock()
						gone++
						mu.Unlock()
						return
					}
					count(org+agent, 1)
					time.Sleep(takes)
					count(org+agent, -1)
					mu.Lock()
					turns++
					mu.Unlock()
				})
				time.Sleep(time.Duration(random.IntN(3)) * time.Millisecond)
			}
			group.Wait()
			if turns+gone != operations || turns == 0 {
				t.Errorf("seed %d: %d turns and %d without, of %d", seed, turns, gone, operations)
			}
			if n := g.Known(); n != 0 {
				t.Errorf("seed %d: %d agents and organisations are still known", seed, n)
			}
			time.Sleep(time.Second)
			for i := range most { // all are there again, for one alone
				if err := enter(t, g, "acme", fmt.Sprint(i)).Work(t.Context()); err != nil {
					t.Errorf("seed %d: turn %d of %d: %v", seed, i, most, err)
				}
			}
		})
	}
}
