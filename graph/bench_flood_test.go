package graph_test

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"contactpanel/auth"
	"contactpanel/contact"
	"contactpanel/graph"
)

// BenchmarkPanelBesideAFlood asks for one panel after another while ten agents, ten requests of each at once, ask for 200 each,
// and before for comparison; with all turns there is no taking of turns. Rates would end the flood and are off.
func BenchmarkPanelBesideAFlood(b *testing.B) {
	for _, org := range []string{globex, acme} {
		for turns, each := range map[string]int{"in turns": 0, "all at once": 10_000} {
			b.Run(fmt.Sprintf("of %s %s", org, turns), func(b *testing.B) { besideAFlood(b, org, each) })
		}
	}
}

func besideAFlood(b *testing.B, org string, turns int) {
	b.Helper()
	const agents, atOnce, each, quietly = 10, 10, 200, 200
	w := newWorld(b, func(d *graph.Deps) {
		d.Limits.Rates = graph.Rates{AgentBurst: math.MaxInt32, OrganisationAgents: math.MaxInt16, CoreRunning: turns}
	})
	ours := fillBenchWorld(b, w)
	w.putOthers(b)
	theirs := ours
	if org == globex {
		theirs = requestBody(b, document(b, "panel"), map[string]any{"id": foreign, "firstNotes": 20})
	}
	asks := func(token string, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body))
		r.Header.Set("Authorization", token)
		r.Header.Set("Content-Type", "application/json")
		out := httptest.NewRecorder()
		w.handler.ServeHTTP(out, r)
		if out.Code != http.StatusOK {
			b.Error(out.Code, out.Body)
		}
	}
	one := w.token(b, ada)
	measured := func(into *[]time.Duration) {
		began := time.Now()
		asks(one, ours)
		*into = append(*into, time.Since(began))
	}
	var quiet, beside []time.Duration
	for b.Loop() {
		for range quietly {
			measured(&quiet)
		}
		var flood sync.WaitGroup
		for i := range agents * atOnce {
			token := w.token(b, auth.TokenRequest{Agent: fmt.Sprint("Flood ", i%agents), Org: org, Role: contact.RoleAgent})
			flood.Go(func() {
				for range each / atOnce {
					asks(token, theirs)
				}
			})
		}
		over := make(chan struct{})
		go func() { flood.Wait(); close(over) }()
		for isOver := false; !isOver; {
			measured(&beside)
			select {
			case <-over:
				isOver = true
			default:
			}
		}
	}
	for name, of := range map[string][]time.Duration{"quiet": quiet, "beside": beside} {
		slices.Sort(of)
		b.ReportMetric(float64(of[len(of)/2].Microseconds())/1000, name+"-p50-ms")
		b.ReportMetric(float64(of[(len(of)-1)*99/100].Microseconds())/1000, name+"-p99-ms")
	}
}
