package contact

import (
	"time"
)

// live is what all followers in this process share, so that what an event tells of is read and made once and not for each
// of them.
type live struct {
	notes         reads[*Note]
	contacts      reads[*Contact]
	noteEvents    made[*Note, NoteEvent]
	contactEvents made[*Contact, ContactEvent]
}

// Bounds of what is kept. A follower that is up to date asks within milliseconds, one of many that come back together within
// seconds; text of what was deleted or erased is not to be kept for longer.
const (
	keptFor  = 5 * time.Second // twice that at most
	keptMost = 2048            // of each kind; twice that at most
)

func newLive(now func() time.Time) *live {
	return &live{
		notes:         reads[*Note]{kept: brief[orgKey, stamped[*Note]]{now: now}, running: map[orgKey]chan struct{}{}},
		contacts:      reads[*Contact]{kept: brief[orgKey, stamped[*Contact]]{now: now}, running: map[orgKey]chan struct{}{}},
		noteEvents:    made[*Note, NoteEvent]{kept: brief[eventID, madeOf[*Note, NoteEvent]]{now: now}},
		contactEvents: made[*Contact, ContactEvent]{kept: brief[eventID, madeOf[*Contact, ContactEvent]]{now: now}},
	}
}

// orgKey names a thing of an organisation: nothing is shared between organisations.
type orgKey struct {
	org OrgID
	id  ID
}

// eventID names an event.
type eventID struct {
	org     OrgID
	contact ID
	topic   Topic
	head    Head
}

func eventKey(org OrgID, e *Event) eventID {
	return eventID{org, e.Contact, e.Topic, Head{e.Epoch, e.Seq}}
}

// brief remembers things for a short time, and not too many of them: when its time is over, or it is full, what was put
// becomes old, and what was old goes. It is not safe for concurrent use.
type brief[K comparable, V any] struct {
	now        func() time.Time
	young, old map[K]V
	since      time.Time // when young began
}

func (b *brief[K, V]) get(key K) (V, bool) {
	b.turn()
	if v, ok := b.young[key]; ok {
		return v, true
	}
	v, ok := b.old[key]
	return v, ok
}

func (b *brief[K, V]) put(key K, v V) {
	b.turn()
	b.young[key] = v
}

func (b *brief[K, V]) turn() {
	now := b.now()
	age := now.Sub(b.since)
	switch {
	case b.young == nil || age >= 2*keptFor || age < 0: // a clock that was set back tells no age
		b.young, b.old, b.since = map[K]V{}, nil, now
	case age >= keptFor: // young began when it was due, not when somebody asked: nothing is kept for longer than twice
		b.young, b.old, b.since = map[K]V{}, b.young, b.since.Add(keptFor)
	case len(b.young) >= keptMost:
		b.young, b.old, b.since = map[K]V{}, b.young, now
	}
}
