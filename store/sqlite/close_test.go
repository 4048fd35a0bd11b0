package sqlite

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"contactpanel/contact"
)

func TestCloseFinishesWhatWasAcceptedAndRefusesTheRest(t *testing.T) {
	const more = maxQueue + 20 // some wait for room in the queue
	s := openTest(t)
	path := strings.TrimSuffix(s.lock.path, ".lock")
	release := occupy(t, s)
	var all sync.WaitGroup
	var accepted [more]bool
	for i := range more {
		all.Go(func() {
			err := s.Update(t.Context(), testOrg, putNote(fmt.Sprint("n", i)))
			accepted[i] = err == nil
			if err != nil && contact.CodeOf(err) != contact.Unavailable {
				t.Error(err)
			}
		})
	}
	awaitQueue(s, maxQueue)
	for range 3 { // more than one at once
		all.Go(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	for s.life.Enter() == nil { // until Close has begun
		s.life.Leave()
		runtime.Gosched()
	}
	for name, err := range map[string]error{
		"Update": s.Update(t.Context(), testOrg, putNote("late")), "Ping": s.Ping(t.Context()), "Announce": s.Announce("http://late"),
	} {
		if contact.CodeOf(err) != contact.Unavailable {
			t.Errorf("%s after Close = %v, want DB_UNAVAILABLE", name, err)
		}
	}
	release()
	all.Wait()
	again, err := Open(t.Context(), path)
	must(t, err)
	defer again.Close()
	count := 0
	for i, is := range accepted {
		if got := version(t, again, fmt.Sprint("n", i)) == 1; got != is {
			t.Errorf("n%d is there: %t, and was acknowledged: %t", i, got, is)
		}
		if is {
			count++
		}
	}
	if count < maxQueue {
		t.Errorf("%d were acknowledged, want all %d of the queue", count, maxQueue)
	}
}

func TestAReadOfSeveralStatementsSeesOneMoment(t *testing.T) {
	s := openTest(t)
	must(t, s.Update(t.Context(), testOrg, putNote("a")))
	count := func(in session) int {
		n, err := number(in.query(t.Context(), sqlStandingCount, string(testOrg), "contact_1"))
		must(t, err)
		return n
	}
	must(t, s.readers.read(t.Context(), true, func(in session) error {
		before := count(in)
		must(t, s.Update(t.Context(), testOrg, putNote("b")))
		if after := count(in); before != 1 || after != 1 {
			t.Errorf("one reader counted %d notes, then %d", before, after)
		}
		return nil
	}))
	must(t, s.readers.read(t.Context(), false, func(in session) error {
		if got := count(in); got != 2 {
			t.Errorf("a later reader counted %d notes, want 2", got)
		}
		return nil
	}))
}
