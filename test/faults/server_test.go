package faults_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/store/mongo/mongotest"
)

func TestAWriteHappensOnceWhateverBecomesOfTheServer(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup // each has a server of its own
	for _, tt := range []struct {
		name   string
		befall func(*mongotest.Server, testing.TB)
	}{
		{"frozen", (*mongotest.Server).Freeze},
		{"killed", (*mongotest.Server).Kill},
	} {
		for _, at := range []moment{written, committing} {
			all.Go(func() {
				t.Run(tt.name+" "+string(at), func(t *testing.T) {
					s := newSite(t, mongotest.Own(t, mongotest.Options{}))
					g := s.gateway(t, false)
					j := newJob(addNote, s.newContact(t), 0)
					g.store.stopAt(at, 1)
					done := make(chan struct{})
					go func() {
						j.send(t, g.Contacts)
						close(done)
					}()
					g.store.awaitStops()
					tt.befall(s.server, t)
					close(g.store.goOn)
					<-done
					if j.answer != nil {
						t.Error("a server that is away acknowledged a write")
					}
					s.heal(t, g)
					s.awaitAll(t, g)
					s.check(t, g.Contacts, j)
				})
			})
		}
	}
	all.Wait()
}

// A primary that gives way answers so until there is another one. A server of the tests is alone, and so it is made to say
// it: for half as long as a write may take, and then for longer.
func TestWritesSurviveAPrimaryThatGivesWay(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	for _, code := range []int{10107, 189, 11600} { // no primary, stepped down, shutting down
		for _, answered := range []bool{true, false} {
			all.Go(func() {
				t.Run(fmt.Sprintf("code %d, with a successor in time: %t", code, answered), func(t *testing.T) {
					s := newSite(t, mongotest.Own(t, mongotest.Options{}))
					g := s.gateway(t, false)
					shared := []contact.ID{s.newContact(t), s.newContact(t)}
					stop := s.write(t, g.Contacts, shared, uint64(code))
					s.server.FailCommand(t, mongotest.Fault{
						Commands: []string{"find", "aggregate", "insert", "update", "bulkWrite", "commitTransaction", "ping"},
						App:      "contactpanel", How: mongotest.Code(code),
					})
					lasts := answerTime / 5
					if !answered {
						lasts = answerTime * 7 / 10
					}
					<-time.After(lasts)
					s.server.Heal(t)
					<-time.After(lasts / 4)
					jobs := stop()
					failed := 0
					for _, j := range jobs {
						failed += min(1, len(j.codes))
					}
					if answered != (failed == 0) {
						t.Errorf("%d of %d writes failed", failed, len(jobs))
					}
					s.awaitAll(t, g)
					s.check(t, g.Contacts, jobs...)
				})
			})
		}
	}
	all.Wait()
}
