package storetest

import (
	"context"
	"sync"

	"contactpanel/contact"
)

// stalled is a store that can be made to wait with what followers read for their events. So things change between an event
// and the read for it, and followers wait for one another.
type stalled struct {
	contact.Store
	gate *gate
}

func (s stalled) NotesByID(ctx context.Context, org contact.OrgID, ids []contact.ID) ([]contact.Note, error) {
	if err := s.gate.pass(ctx); err != nil {
		return nil, err
	}
	return s.Store.NotesByID(ctx, org, ids)
}

func (s stalled) Contacts(ctx context.Context, org contact.OrgID, ids []contact.ID) ([]contact.Contact, error) {
	if err := s.gate.pass(ctx); err != nil {
		return nil, err
	}
	return s.Store.Contacts(ctx, org, ids)
}

// gate holds followers back while it is shut.
type gate struct {
	mu   sync.Mutex
	shut chan struct{} // closed when it opens; nil while it is open
}

// followerKey marks the context of a follower that waits for what comes next.
type followerKey struct{}

func (g *gate) pass(ctx context.Context) error {
	g.mu.Lock()
	shut := g.shut
	g.mu.Unlock()
	if shut == nil || ctx.Value(followerKey{}) == nil {
		return nil
	}
	select {
	case <-shut:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut == nil {
		g.shut = make(chan struct{})
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut != nil {
		close(g.shut)
		g.shut = nil
	}
}
