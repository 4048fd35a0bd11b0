package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"contactpanel/contact"
)

// world is one play.
type world struct {
	*stage
	variant  variant
	patience time.Duration // the wait for one thing
	dossiers []*dossier
	clients  []*client
	gate     *gate
	written  int
}

// rightPatience bounds a wait. It is shorter than the time after which a store looks by itself whether it missed something.
const rightPatience = 15 * time.Second

// as is what an agent of the organisation does.
func (s *stage) as(org contact.OrgID) context.Context {
	return contact.WithActor(contact.Patiently(s.Context()), s.agent(org))
}

// play runs a plan, and says what broke the promise.
func (s *stage) play(v variant, plan []move) error {
	dossiers, err := s.dossiers()
	if err != nil {
		return err
	}
	w := &world{stage: s, variant: v, patience: v.patience, dossiers: dossiers, gate: &gate{}}
	for _, g := range s.gates {
		w.use(g, g.store)
	}
	for range clients {
		w.clients = append(w.clients, &client{world: w})
	}
	err = w.run(plan)
	for _, c := range w.clients {
		err = errors.Join(err, c.end())
	}
	return err
}

func (w *world) run(plan []move) error {
	for i, m := range plan {
		if err := w.move(m); err != nil {
			return fmt.Errorf("at step %d, %s: %w", i, m.Verb, err)
		}
		for _, c := range w.clients {
			if err := c.settle(); err != nil {
				return fmt.Errorf("after step %d, %s: %w", i, m.Verb, err)
			}
		}
	}
	if err := w.quiet(); err != nil {
		return fmt.Errorf("after quiet: %w", err)
	}
	return nil
}

// move does one step. What makes no sense at the time does nothing.
func (w *world) move(m move) error {
	switch m.Verb {
	case addNote, addAgain, editNow, editStale, deleteNote, restoreNote, setAttribute, changeVIP, addTogether, editMuch:
		return w.write(m)
	case trim:
		return w.trim(m)
	case restart:
		return w.restart(m.Gateway % len(w.gates))
	case deafen:
		if w.place.LoseWakeUps != nil {
			w.place.LoseWakeUps()
		}
		return nil
	case letTimePass: // longer than the domain remembers what it read
		w.clock.advance(6 * time.Second)
		return nil
	case stall:
		w.gate.close()
		return nil
	case goOn:
		w.gate.open()
		return nil
	default:
		return w.clients[m.Client].move(m)
	}
}

// trim sweeps all but some of the last events, of all contacts.
func (w *world) trim(m move) error {
	facts, limits := w.dossiers[m.Of].logs[m.Topic].facts, contact.SweepLimits{NotesDeleted: longAgo(), Events: w.clock.now(), Applied: longAgo()}
	if kept := m.Amount % 4; kept > len(facts) {
		return nil
	} else if kept > 0 {
		limits.Events = facts[len(facts)-kept].at
	}
	if _, err := w.gates[m.Gateway%len(w.gates)].store.Sweep(contact.Patiently(w.Context()), limits); err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	for _, d := range w.dossiers {
		for _, log := range d.logs {
			log.trim(limits.Events)
		}
	}
	return nil
}

// restart closes a gateway's store, which ends what follows there, and opens it again.
func (w *world) restart(n int) error {
	g := w.gates[n]
	for _, c := range w.clients {
		c.isSevered = c.isSevered || c.gate == g && (c.following != nil || c.opening != nil)
	}
	w.gate.open()
	if err := g.store.Close(); err != nil {
		return fmt.Errorf("close the store: %w", err)
	}
	var err error
	for _, c := range w.clients {
		if c.isSevered {
			err = errors.Join(err, c.seeEnd())
		}
	}
	store, failed := w.place.Open()
	if failed != nil {
		return fmt.Errorf("open the store again: %w", failed)
	}
	w.use(g, store)
	return err
}

// use lets a gateway serve from a store.
func (w *world) use(g *gateway, store contact.Store) {
	g.store, g.contacts = store, w.domain(stalled{w.variant.wrap(store), w.gate})
}

// quiet lets everything come to rest: each follower hears of one more change, so that nothing can be missing unnoticed, and
// has then to show what there is.
func (w *world) quiet() error {
	for i, d := range w.dossiers {
		for _, topic := range topics() {
			if !w.isFollowed(d, topic) {
				continue
			}
			if err := w.write(move{Verb: map[contact.Topic]verb{contact.TopicNotes: addNote, contact.TopicContact: setAttribute}[topic], Of: i}); err != nil {
				return err
			}
		}
	}
	for _, c := range w.clients {
		if err := c.readAll(); err != nil {
			return err
		}
	}
	for _, d := range w.dossiers {
		if !w.isFollowed(d, topics()...) {
			continue
		}
		if err := w.compare(d); err != nil {
			return err
		}
	}
	for _, c := range w.clients {
		if err := c.leave(); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) isFollowed(d *dossier, by ...contact.Topic) bool {
	return slices.ContainsFunc(w.clients, func(c *client) bool { return c.of == d && slices.Contains(by, c.topic) })
}

// compare checks that what the store shows, through each gateway, is what was written, and that those who follow show the same.
func (w *world) compare(d *dossier) error {
	want, heads := d.standing(), [2]contact.Head{d.logs[contact.TopicNotes].head(), d.logs[contact.TopicContact].head()}
	for _, g := range w.gates {
		p, err := w.look(g, d)
		if err == nil {
			err = p.turnAll(w, contact.MaxPageSize)
		}
		if err != nil {
			return err
		}
		if got := [2]contact.Head{p.of.NotesHead, p.of.EventsHead}; got != heads {
			return fmt.Errorf("the store stands at %+v, and %+v was written", got, heads)
		}
		if err := sameFaces("the notes in the store", p.faces(), want); err != nil {
			return err
		}
	}
	for _, c := range w.clients {
		if c.of != d || c.following == nil || c.view == nil {
			continue
		}
		if err := c.view.compare(c.topic, d); err != nil {
			return fmt.Errorf("LOST: a client that follows shows something else: %w", err)
		}
	}
	return nil
}
