package storetest

import (
	"context"
	"time"

	"contactpanel/contact"
)

// variant is the domain over a store that makes one mistake, or the use of it with one.
type variant struct {
	name       string
	wrap       func(contact.Store) contact.Store
	notesFirst bool // panels read the notes before the contact with its heads
	patience   time.Duration
}

// wrongPatience bounds the wait for what a mistake holds back.
const wrongPatience = time.Second

func right() variant {
	return variant{name: "right", wrap: func(s contact.Store) contact.Store { return s }, patience: rightPatience}
}

// variants are stores, over the very one under test, as they must not be. They are kept so that the model stays as sharp as
// it is.
func variants() []variant {
	all := []variant{
		{name: "a panel reads the notes before the head", notesFirst: true, wrap: right().wrap},
		{name: "what does not fit is dropped", wrap: streaming(func() streamer { return &dropping{} })},
		{name: "a follower begins at a head that is read late", wrap: func(s contact.Store) contact.Store { return beginningLate{s} }},
		{name: "what is replayed lags behind what is written", wrap: streaming(func() streamer { return &lagging{} })},
		{name: "a lost wake-up is never made good", wrap: streaming(func() streamer { return &sleeping{} })},
		{name: "contacts of one id share a stream, whosever they are", wrap: func(s contact.Store) contact.Store {
			return &mixing{Store: s, first: map[contact.ID]contact.OrgID{}}
		}},
		{name: "notes come from a memory that nobody clears", wrap: func(s contact.Store) contact.Store {
			return &remembering{Store: s, notes: map[orgID]contact.Note{}, contacts: map[orgID]contact.Contact{}, isOfNotes: true}
		}},
		{name: "a contact comes from a memory, and its heads do not", wrap: func(s contact.Store) contact.Store {
			return &remembering{Store: s, notes: map[orgID]contact.Note{}, contacts: map[orgID]contact.Contact{}}
		}},
		{name: "a position of another epoch is taken for one of this", wrap: func(s contact.Store) contact.Store { return forgiving{s} }},
		{name: "a resync is not told", wrap: streaming(func() streamer { return hiding{contact.DeliveredResync} })},
		{name: "that a replay has ended is not told", wrap: streaming(func() streamer { return hiding{contact.DeliveredCaughtUp} })},
		{name: "that a replay has ended is told again", wrap: streaming(func() streamer { return &repeating{kind: contact.DeliveredCaughtUp} })},
		{name: "events are told again", wrap: streaming(func() streamer { return &repeating{kind: contact.DeliveredEvents} })},
		{name: "whoever comes back is told to read anew", wrap: func(s contact.Store) contact.Store { return discouraging{s} }},
	}
	for i := range all {
		all[i].patience = wrongPatience
	}
	return all
}

// streamer stands between a stream and who reads it.
type streamer interface {
	next(ctx context.Context, s contact.Stream) (contact.Delivery, error)
}

// streaming puts a streamer before each stream.
func streaming(streamer func() streamer) func(contact.Store) contact.Store {
	return func(s contact.Store) contact.Store { return streams{s, streamer} }
}

type streams struct {
	contact.Store
	streamer func() streamer
}

func (s streams) Follow(ctx context.Context, org contact.OrgID, of contact.ID, topic contact.Topic, after *contact.Head) (contact.Stream, error) {
	stream, err := s.Store.Follow(ctx, org, of, topic, after)
	if err != nil {
		return nil, err
	}
	return streamed{stream, s.streamer()}, nil
}

type streamed struct {
	contact.Stream
	streamer streamer
}

func (s streamed) Next(ctx context.Context) (contact.Delivery, error) {
	return s.streamer.next(ctx, s.Stream)
}

// dropping hands on no more than fits.
type dropping struct{}

func (dropping) next(ctx context.Context, s contact.Stream) (contact.Delivery, error) {
	const room = 4
	d, err := s.Next(ctx)
	if len(d.Events) > room {
		d.Events = d.Events[:room]
		d.Head.Seq = d.Events[room-1].Seq
	}
	return d, err
}

// lagging does not see the last event before the end of the replay.
type lagging struct {
	isOver bool
	behind int64
}

func (l *lagging) next(ctx context.Context, s contact.Stream) (contact.Delivery, error) {
	for {
		d, err := s.Next(ctx)
		switch {
		case err != nil || l.isOver || d.Kind == contact.DeliveredResync:
			return d, err
		case d.Kind == contact.DeliveredCaughtUp:
			l.isOver = true
			d.Head.Seq -= l.behind
			return d, nil
		}
		l.behind = 1
		if n := len(d.Events) - 1; n > 0 {
			d.Events, d.Head.Seq = d.Events[:n], d.Events[n-1].Seq
			return d, nil
		}
	}
}

// sleeping hands on what is there when the follower comes, and then waits for ever.
type sleeping struct{ isAsleep bool }

func (l *sleeping) next(ctx context.Context, s contact.Stream) (contact.Delivery, error) {
	for {
		d, err := s.Next(ctx)
		if err != nil || !l.isAsleep {
			l.isAsleep = d.Kind == contact.DeliveredCaughtUp
			return d, err
		}
	}
}

// hiding does not hand on deliveries of a kind.
type hiding struct{ kind contact.DeliveryKind }

func (h hiding) next(ctx context.Context, s contact.Stream) (contact.Delivery, error) {
	for {
		d, err := s.Next(ctx)
		if err != nil || d.Kind != h.kind {
			return d, err
		}
	}
}

// repeating hands on the first delivery of a kind twice.
type repeating struct {
	kind  contact.DeliveryKind
	again *contact.Delivery
	isEnd bool
}

func (r *repeating) next(ctx context.Context, s contact.Stream) (contact.Delivery, error) {
	if d := r.again; d != nil {
		r.again, r.isEnd = nil, true
		return *d, nil
	}
	d, err := s.Next(ctx)
	if err == nil && d.Kind == r.kind && !r.isEnd {
		r.again = &d
	}
	return d, err
}
