package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"contactpanel/contact"
)

// Times of a look at the store. Whoever asks whether the gateway is ready may be anybody, and each look takes one of the few
// connections that reads have: so there is one at a time, and its answer is everybody's for a while.
const (
	glanceHolds = time.Second
	glanceTime  = 2 * time.Second
)

// glance is the last look whether the store answers. The zero value is one that nobody has taken. Safe for concurrent use.
type glance struct {
	mu     sync.Mutex
	looked time.Time     // when the last look ended; zero: never
	told   error         // by it
	under  chan struct{} // closed when the look that is under way has ended; nil: none is
}

// errNoLook is what a look has told that panicked.
var errNoLook = errors.New("the look did not end")

// take says what the last look has told, or looks, when that ended longer ago than an answer holds. Who looks does so for all who
// ask meanwhile, and does not leave off when its own client does. DB_UNAVAILABLE when the context ends before there is an answer.
func (g *glance) take(ctx context.Context, look func(context.Context) error) error {
	g.mu.Lock()
	if !g.looked.IsZero() && time.Since(g.looked) < glanceHolds {
		defer g.mu.Unlock()
		return g.told
	}
	under := g.under
	if under == nil {
		g.under = make(chan struct{})
		g.mu.Unlock()
		return g.now(context.WithoutCancel(ctx), look)
	}
	g.mu.Unlock()
	select {
	case <-under:
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.told
	case <-ctx.Done():
		return contact.Fault(contact.Unavailable, ctx.Err(), "the store does not answer")
	}
}

// now looks. It is the caller's turn.
func (g *glance) now(ctx context.Context, look func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, glanceTime)
	defer cancel()
	err := errNoLook
	defer func() { // in a panic too: nobody waits for ever
		g.mu.Lock()
		defer g.mu.Unlock()
		g.looked, g.told = time.Now(), err
		close(g.under)
		g.under = nil
	}()
	err = look(ctx)
	return err
}
