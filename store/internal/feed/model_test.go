package feed_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"contactpanel/contact"
	"contactpanel/store/internal/feed"
)

// follower is what a gateway has of the feed.
type follower interface {
	contact.Follower
	Announce(org contact.OrgID, events ...contact.Event)
	Lost()
	Degraded(is bool)
	Close()
}

// build makes the feed of one gateway; the model runs with the right one and with wrong ones.
type build func(log feed.Log) follower

// The world of the model.
const (
	gateways = 2
	clients  = 4
)

// keys differ in one member each.
func keys() []feed.Key {
	return []feed.Key{
		{Org: "a", Contact: "contact_1", Topic: contact.TopicNotes}, {Org: "b", Contact: "contact_1", Topic: contact.TopicNotes},
		{Org: "a", Contact: "contact_2", Topic: contact.TopicNotes}, {Org: "a", Contact: "contact_1", Topic: contact.TopicContact},
	}
}

// world is one run.
type world struct {
	book     *book
	gates    []follower
	unheard  [][][]contact.Event // by gateway: commits
	orgs     [][]contact.OrgID   // of those
	clients  []*client
	degraded []bool
	headLast bool // clients make the mistake
}

// play runs a plan, and says what broke the promise.
func play(t *testing.T, v variant, plan []move) (err error) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		w := &world{
			book: newBook(keys()...), unheard: make([][][]contact.Event, gateways), orgs: make([][]contact.OrgID, gateways),
			degraded: make([]bool, gateways), headLast: v.headLast,
		}
		for range gateways {
			w.gates = append(w.gates, v.make(w.book))
		}
		for n := range clients {
			w.clients = append(w.clients, &client{book: w.book, key: keys()[n%2]}) // two of each, so that they meet
		}
		w.book.gate.shut()
		err = w.run(plan)
		w.book.gate.open()
		for _, c := range w.clients {
			c.close()
		}
		for _, g := range w.gates {
			g.Close()
		}
	})
	return err
}

func (w *world) run(plan []move) error {
	for i, m := range plan {
		w.move(m)
		synctest.Wait()
		for _, c := range w.clients {
			if _, err := c.settle(); err != nil {
				return fmt.Errorf("at step %d: %w", i, err)
			}
		}
	}
	return w.quiet()
}

// quiet lets everything come to rest: reads go on, and what was not heard of is never heard of.
func (w *world) quiet() error {
	w.book.gate.open()
	w.book.fail(nil)
	for _, g := range w.gates {
		g.Degraded(false)
	}
	for range 2 { // once for the reads that time out, once for a look that begins after them
		letPass(35 * time.Second)
		for isBusy := true; isBusy; {
			isBusy = false
			synctest.Wait()
			for _, c := range w.clients {
				hasNews, err := c.settle()
				if err != nil {
					return fmt.Errorf("after quiet: %w", err)
				}
				if c.isOpen() && c.reading == nil {
					c.read()
					hasNews = true
				}
				isBusy = isBusy || hasNews
			}
		}
	}
	for _, c := range w.clients {
		if c.isOpen() {
			if err := c.isDone(); err != nil {
				return err
			}
		}
	}
	return nil
}

// move does one step. What makes no sense at the time does nothing.
func (w *world) move(m move) {
	g, key := m.Which%gateways, keys()[m.Another%len(keys())]
	if m.Another >= len(keys()) {
		key = keys()[m.Another%2] // mostly what is followed
	}
	switch m.Verb {
	case commit:
		w.commit(g, key, m.Amount)
	case hear, hearAgain:
		w.hear(g, m.Another, m.Verb == hearAgain)
	case goDeaf:
		w.unheard[g], w.orgs[g] = nil, nil
		w.gates[g].Lost()
	case missSilently:
		w.unheard[g], w.orgs[g] = nil, nil
	case degrade, recoverAll:
		w.degraded[g] = m.Verb == degrade
		w.unheard[g], w.orgs[g] = nil, nil
		w.gates[g].Degraded(w.degraded[g])
	case step:
		w.book.gate.step(m.Which)
	case trim:
		w.book.trim(key, int64(m.Amount))
	case renew:
		w.book.renew(key)
	case outage:
		w.book.fail([]error{nil, errors.New("no answer")}[m.Which%2])
	case pass:
		letPass([]time.Duration{100 * time.Millisecond, time.Second, 6 * time.Second, 31 * time.Second}[m.Which%4])
	default:
		w.moveClient(m)
	}
}

func (w *world) commit(g int, key feed.Key, count int) {
	events := w.book.commit(key, count)
	w.gates[g].Announce(key.Org, events...)
	for n := range gateways {
		if !w.degraded[n] {
			w.unheard[n], w.orgs[n] = append(w.unheard[n], events), append(w.orgs[n], key.Org)
		}
	}
}

func (w *world) hear(g, which int, again bool) {
	n := len(w.unheard[g])
	if n == 0 {
		return
	}
	which %= n
	events, org := w.unheard[g][which], w.orgs[g][which]
	mixed := append([]contact.Event(nil), events...)
	if again {
		rand.New(rand.NewPCG(uint64(which), uint64(n))).Shuffle(len(mixed), func(i, k int) { mixed[i], mixed[k] = mixed[k], mixed[i] })
	} else {
		w.unheard[g] = append(w.unheard[g][:which:which], w.unheard[g][which+1:]...)
		w.orgs[g] = append(w.orgs[g][:which:which], w.orgs[g][which+1:]...)
	}
	w.gates[g].Announce(org, mixed...)
}

func (w *world) moveClient(m move) {
	c := w.clients[m.Which%clients]
	switch m.Verb { //nolint:exhaustive // the others are the world's
	case openPresent, openPosition, openWrong:
		c.close()
		head := w.book.page(c.key).head
		var after *contact.Head
		switch m.Verb { //nolint:exhaustive // one of the three
		case openPosition:
			after = &contact.Head{Epoch: head.Epoch, Seq: max(0, head.Seq-int64(m.Amount)+1)}
		case openWrong:
			after = &contact.Head{Epoch: head.Epoch + int64(m.Another%2), Seq: head.Seq + int64(m.Amount)}
		}
		c.open(w.gates[m.Another%gateways], after)
	case next:
		if c.isOpen() && c.reading == nil {
			c.read()
		}
	case look:
		c.look()
	case show:
		c.show(w.gates[m.Another%gateways], w.headLast)
	case leave:
		c.close()
	}
}

func TestWhatIsPromisedHoldsHoweverThingsFall(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		if err := play(t, right(), plans().Draw(rt, "plan")); err != nil {
			rt.Fatal(err)
		}
	})
}

// tries is how many plans, always the same, the right feed passes and no wrong one does.
const tries = 500

func TestWhatIsPromisedHoldsInThePlansThatFindMistakes(t *testing.T) {
	for _, v := range variants() {
		if err := play(t, right(), v.plan); err != nil {
			t.Errorf("in the plan for %q: %v", v.name, err)
		}
	}
	for seed := range tries {
		if err := play(t, right(), plans().Example(seed)); err != nil {
			t.Fatalf("in plan %d: %v", seed, err)
		}
	}
}

func TestTheModelFindsEachKnownMistake(t *testing.T) {
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			if err := play(t, v, v.plan); err != nil {
				t.Logf("found in a plan of its own: %v", err)
				return
			}
			for seed := range tries {
				if err := play(t, v, plans().Example(seed)); err != nil {
					t.Logf("found in run %d: %v", seed+1, err)
					return
				}
			}
			t.Errorf("the model lets it pass %d times", tries)
		})
	}
}
