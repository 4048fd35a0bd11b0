package contact

import (
	"context"
	"sync"
)

// telling is how what is told of a topic's events is made.
type telling[T comparable, E any] struct {
	made   *made[T, E]
	things *reads[T]
	load   loader[T]
	tell   func(e *Event, thing T) E
	about  func(e *Event) (ID, stamp) // which thing, "" for none, and what state of it
}

// of makes what is told of events. What was made before serves only when it does for all of them: beside a thing that is
// read now it could show an older state behind a later one.
func (t *telling[T, E]) of(ctx context.Context, org OrgID, events []Event) ([]E, error) {
	out := make([]E, len(events))
	wanted := map[orgKey]stamp{}
	isMade := true
	for i := range events {
		e := &events[i]
		id, state := t.about(e)
		key := orgKey{org, id}
		if id != "" {
			wanted[key] = later(wanted[key], state)
		}
		if isMade {
			event, thing, ok := t.made.get(eventKey(org, e))
			out[i], isMade = event, ok && (id == "" || t.things.isLatest(key, thing))
		}
	}
	if isMade {
		return out, nil
	}
	found, err := t.things.read(ctx, wanted, t.load)
	if err != nil {
		return nil, err
	}
	for i := range events {
		e := &events[i]
		id, _ := t.about(e)
		thing := found[orgKey{org, id}]
		out[i] = t.made.of(eventKey(org, e), thing, func() E { return t.tell(e, thing) })
	}
	return out, nil
}

// Derived keeps what is made of a shared event, its text for the wire for example, so that it is made once and not for each
// follower. It goes when the event goes. Safe for concurrent use.
type Derived struct {
	mu   sync.Mutex
	kept map[any][]byte
}

// maxDerived is how many things are kept of one event.
const maxDerived = 16

// Of returns what was kept by the key, nil when nothing was. It must not be changed.
func (d *Derived) Of(key any) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.kept[key]
}

// Keep keeps something by a key that can be compared, unless there is much already.
func (d *Derived) Keep(key any, what []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kept == nil {
		d.kept = map[any][]byte{}
	}
	if len(d.kept) < maxDerived {
		d.kept[key] = what
	}
}

// made makes what is told of events: each once, whoever is told it, as long as it is made of the same thing.
type made[T comparable, E any] struct {
	mu   sync.Mutex
	kept brief[eventID, madeOf[T, E]]
}

type madeOf[T comparable, E any] struct {
	thing T
	event E
}

// get returns what was told of the event, and the thing that it was made of.
func (m *made[T, E]) get(id eventID) (event E, thing T, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	have, ok := m.kept.get(id)
	return have.event, have.thing, ok
}

// of returns what is told of the event about the thing.
func (m *made[T, E]) of(id eventID, thing T, tell func() E) E {
	m.mu.Lock()
	defer m.mu.Unlock()
	if have, ok := m.kept.get(id); ok && have.thing == thing {
		return have.event
	}
	event := tell()
	m.kept.put(id, madeOf[T, E]{thing, event})
	return event
}
