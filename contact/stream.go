package contact

import "context"

// MaxReplay is how many missed events a stream replays; who missed more is told to read the contact anew.
const MaxReplay = 300

// Follower hands on what is committed, by this process and by any other over the same store.
type Follower interface {
	// Follow opens the stream of a contact's events of one topic: at least once, in the order of seq, without gaps, or an
	// explicit resync. It goes on behind after; nil starts at the present. NOT_FOUND when the contact was never made. The
	// caller closes the stream.
	Follow(ctx context.Context, org OrgID, of ID, topic Topic, after *Head) (Stream, error)
}

// Stream is one follower's way through a contact's events. Next is for one goroutine at a time; Close may come from another.
type Stream interface {
	// Next waits for the next delivery. It ends with the context's error, with DB_UNAVAILABLE after Close or when the store
	// is closed, with NOT_FOUND when the contact is gone, and with INTERNAL_SERVER_ERROR when the log cannot be read. A store
	// that does not answer is waited for.
	Next(ctx context.Context) (Delivery, error)
	// IsGone reports whether it is known that the contact is gone; Next says so then, whatever was delivered before. It reads
	// nothing, and may be called at any time.
	IsGone() bool
	// Close ends the stream and a Next that waits. It may be called again.
	Close()
}

// DeliveryKind says what a delivery is.
type DeliveryKind string

// The kinds of deliveries.
const (
	// DeliveredEvents are events, the first of them right behind what was delivered before.
	DeliveredEvents DeliveryKind = "EVENTS"
	// DeliveredCaughtUp ends the replay of what happened behind the position that a stream was opened with. It comes once,
	// even when there was nothing to replay, and never when no position was given.
	DeliveredCaughtUp DeliveryKind = "CAUGHT_UP"
	// DeliveredResync says that events are missing which cannot be replayed: more than MaxReplay, or older than the log, or of
	// another epoch, or a position that lies ahead of the stream. The follower reads the contact anew; the stream goes on
	// behind Head.
	DeliveredResync DeliveryKind = "RESYNC"
)

// Delivery is one step of a stream.
type Delivery struct {
	Kind   DeliveryKind
	Events []Event // of DeliveredEvents: one at least; shared with other followers and never changed
	Head   Head    // where the stream stands after this delivery
}
