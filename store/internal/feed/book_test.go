package feed_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"contactpanel/contact"
	"contactpanel/store/internal/feed"
)

// book is a log as a store has one: what is committed is seen by every read that begins after it. Beside it stands all that
// ever was, for the tests to compare with.
type book struct {
	gate gate

	mu     sync.Mutex
	pages  map[feed.Key]*page
	fault  error // of every read, nil: none
	reads  map[string]int
	looked int        // keys asked for in one read of heads, at most
	broken []feed.Key // whose reads panic
}

// page is the log of one key.
type page struct {
	head    contact.Head
	trimmed int64                     // events up to here are gone
	history map[int64][]contact.Event // by epoch, from seq 1
}

// gate holds reads back, before and after they look, until they are let on.
type gate struct {
	mu      sync.Mutex
	isShut  bool
	waiting []chan struct{}
}

func newBook(keys ...feed.Key) *book {
	b := &book{pages: map[feed.Key]*page{}, reads: map[string]int{}}
	for _, key := range keys {
		b.pages[key] = &page{head: contact.Head{Epoch: 1}, history: map[int64][]contact.Event{1: nil}}
	}
	return b
}

// commit writes so many events and returns them.
func (b *book) commit(key feed.Key, count int) []contact.Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.pages[key]
	for range count {
		p.head.Seq++
		p.history[p.head.Epoch] = append(p.history[p.head.Epoch], contact.Event{
			Contact: key.Contact, Topic: key.Topic, Epoch: p.head.Epoch, Seq: p.head.Seq, Type: contact.NoteAdded,
			// The organisation is in no member, so that the subject has to tell it.
			Subject: fmt.Sprint(key, p.head), Version: 1, Actor: contact.Agent{ID: "agent_1", Name: "Agatha"},
			At: time.UnixMilli(p.head.Seq).UTC(), ClientMutationID: "key",
		})
	}
	all := p.history[p.head.Epoch]
	return all[len(all)-count:]
}

// trim takes away all events but the last few.
func (b *book) trim(key feed.Key, kept int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.pages[key]
	p.trimmed = max(p.trimmed, p.head.Seq-kept)
}

// renew begins another epoch, without events.
func (b *book) renew(key feed.Key) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.pages[key]
	p.head, p.trimmed = contact.Head{Epoch: p.head.Epoch + 1}, 0
	p.history[p.head.Epoch] = nil
}

// erase takes the contact away.
func (b *book) erase(key feed.Key) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.pages, key)
}

func (b *book) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fault = err
}

// damage makes the reads of these keys, and of no others, panic.
func (b *book) damage(keys ...feed.Key) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken = keys
}

// meet panics when one of the keys is damaged.
func (b *book) meet(keys ...feed.Key) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, key := range keys {
		if slices.Contains(b.broken, key) {
			panic(key)
		}
	}
}

// page gives a copy of what there is of a key.
func (b *book) page(key feed.Key) page {
	b.mu.Lock()
	defer b.mu.Unlock()
	return *b.pages[key]
}

// event finds what was committed at a place, false when nothing was.
func (b *book) event(key feed.Key, at contact.Head) (contact.Event, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.pages[key].history[at.Epoch]
	if at.Seq < 1 || at.Seq > int64(len(all)) {
		return contact.Event{}, false
	}
	return all[at.Seq-1], true
}

// Heads implements [feed.Log].
func (b *book) Heads(ctx context.Context, keys []feed.Key) (map[feed.Key]contact.Head, error) {
	b.meet(keys...)
	heads := map[feed.Key]contact.Head{}
	return heads, b.read(ctx, "heads", func() {
		b.looked = max(b.looked, len(keys))
		for _, key := range keys {
			if p := b.pages[key]; p != nil {
				heads[key] = p.head
			}
		}
	})
}

// Events implements [feed.Log].
func (b *book) Events(ctx context.Context, org contact.OrgID, of contact.ID, topic contact.Topic, after int64, limit int) ([]contact.Event, error) {
	b.meet(feed.Key{Org: org, Contact: of, Topic: topic})
	var events []contact.Event
	err := b.read(ctx, "events", func() {
		p := b.pages[feed.Key{Org: org, Contact: of, Topic: topic}]
		if p == nil {
			return
		}
		all := p.history[p.head.Epoch]
		from := min(max(after, p.trimmed), int64(len(all)))
		events = append(events, all[from:min(from+int64(limit), int64(len(all)))]...)
	})
	return events, err
}

// read looks into the book between two turns at the gate.
func (b *book) read(ctx context.Context, kind string, look func()) error {
	if err := b.gate.pass(ctx); err != nil {
		return err
	}
	b.mu.Lock()
	b.reads[kind]++
	err := b.fault
	if err == nil {
		look()
	}
	b.mu.Unlock()
	if err != nil {
		return err
	}
	return b.gate.pass(ctx)
}

// count says how many reads there were of a kind.
func (b *book) count(kind string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reads[kind]
}

// pass waits until it is let on.
func (g *gate) pass(ctx context.Context) error {
	g.mu.Lock()
	if !g.isShut {
		g.mu.Unlock()
		return ctx.Err()
	}
	turn := make(chan struct{})
	g.waiting = append(g.waiting, turn)
	g.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// step lets one on that waits; some may have left.
func (g *gate) step(which int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if n := len(g.waiting); n > 0 {
		which %= n
		close(g.waiting[which])
		g.waiting = append(g.waiting[:which], g.waiting[which+1:]...)
	}
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.isShut = true
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.isShut = false
	for _, turn := range g.waiting {
		close(turn)
	}
	g.waiting = nil
}
