package feed_test

import (
	"context"
	"slices"
	"sync"
	"time"

	"contactpanel/contact"
	"contactpanel/store/internal/feed"
)

// variant is a feed, or the use of one, with a mistake.
type variant struct {
	name     string
	make     build
	headLast bool   // clients read the notes before the head
	plan     []move // one that finds it, where those made by chance seldom do
}

func right() variant {
	return variant{name: "right", make: func(log feed.Log) follower { return feed.New(log) }}
}

// variants are feeds as they must not be. They are kept so that the model stays as sharp as it is.
func variants() []variant {
	seldom := time.Duration(1<<63 - 1)
	return []variant{
		{name: "a panel reads the notes before the head", make: right().make, headLast: true},
		{name: "the head is read after the events", plan: planOfDoubt(), make: func(log feed.Log) follower {
			return feed.New(&headLast{Log: log, kept: map[feed.Key][]contact.Event{}})
		}},
		{name: "reads lag behind what was announced", make: func(log feed.Log) follower { return feed.New(lagging{log}) }},
		{name: "what does not fit is dropped", make: func(log feed.Log) follower { return dropping{feed.New(log)} }},
		{name: "registers after reading the head", make: func(log feed.Log) follower { return &registersLate{feed.New(log), log} }},
		{name: "heads are looked at neither after a loss nor from time to time", make: func(log feed.Log) follower {
			return deaf{feed.New(log, feed.LookEvery(seldom, seldom))}
		}},
		{name: "announces to every organisation", make: func(log feed.Log) follower { return loud{feed.New(log)} }},
		{name: "announces what is not committed yet", make: func(log feed.Log) follower { return hasty{feed.New(log)} }},
		{name: "takes a position of another epoch for one of this", make: func(log feed.Log) follower { return &forgiving{feed.New(log), log} }},
		{name: "an announced event is delivered whatever was before it", make: func(log feed.Log) follower { return &jumping{Feed: feed.New(log)} }},
	}
}

// planOfDoubt brings a follower that misses nothing to look at the log, by an event of an epoch that is over, and commits
// between the two reads.
func planOfDoubt() []move {
	twice := []move{{Verb: step}, {Verb: step}}
	return slices.Concat(
		[]move{{Verb: openPresent}}, twice, twice, []move{{Verb: next}, {Verb: commit, Which: 1, Amount: 1}, {Verb: renew}, {Verb: pass, Which: 3}}, twice, twice,
		twice, twice, twice, twice, // the client is at the start of the new epoch
		[]move{{Verb: next}, {Verb: hear}}, twice, []move{{Verb: commit, Which: 1, Amount: 1}}, twice, twice,
	)
}

// headLast reads the events, then the head, whatever order it is asked in.
type headLast struct {
	feed.Log
	mu   sync.Mutex
	kept map[feed.Key][]contact.Event
}

func (l *headLast) Heads(ctx context.Context, keys []feed.Key) (map[feed.Key]contact.Head, error) {
	for _, key := range keys {
		events, err := l.Log.Events(ctx, key.Org, key.Contact, key.Topic, 0, 1e6)
		if err != nil {
			return nil, err
		}
		l.mu.Lock()
		l.kept[key] = events
		l.mu.Unlock()
	}
	return l.Log.Heads(ctx, keys)
}

func (l *headLast) Events(_ context.Context, org contact.OrgID, of contact.ID, topic contact.Topic, after int64, limit int) ([]contact.Event, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []contact.Event
	for _, e := range l.kept[feed.Key{Org: org, Contact: of, Topic: topic}] {
		if e.Seq > after && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, nil
}

// lagging has not seen the last commit.
type lagging struct{ feed.Log }

func (l lagging) Heads(ctx context.Context, keys []feed.Key) (map[feed.Key]contact.Head, error) {
	heads, err := l.Log.Heads(ctx, keys)
	for key, head := range heads {
		head.Seq = max(0, head.Seq-1)
		heads[key] = head
	}
	return heads, err
}

// dropping hands on no more than fits.
type dropping struct{ *feed.Feed }

type droppingStream struct{ contact.Stream }

func (f dropping) Follow(ctx context.Context, org contact.OrgID, of contact.ID, topic contact.Topic, after *contact.Head) (contact.Stream, error) {
	s, err := f.Feed.Follow(ctx, org, of, topic, after)
	if err != nil {
		return nil, err
	}
	return droppingStream{s}, nil
}

func (s droppingStream) Next(ctx context.Context) (contact.Delivery, error) {
	const room = 32
	d, err := s.Stream.Next(ctx)
	if len(d.Events) > room {
		d.Events = d.Events[:room]
		d.Head.Seq = d.Events[room-1].Seq
	}
	return d, err
}

// registersLate reads the head, and when nothing is missing follows from the present.
type registersLate struct {
	*feed.Feed
	log feed.Log
}

func (f *registersLate) Follow(ctx context.Context, org contact.OrgID, of contact.ID, topic contact.Topic, after *contact.Head) (contact.Stream, error) {
	key := feed.Key{Org: org, Contact: of, Topic: topic}
	heads, err := f.log.Heads(ctx, []feed.Key{key})
	if err != nil || after == nil || heads[key] != *after {
		return f.Feed.Follow(ctx, org, of, topic, after)
	}
	s, err := f.Feed.Follow(ctx, org, of, topic, nil)
	if err != nil {
		return nil, err
	}
	return &caughtUp{Stream: s, head: heads[key]}, nil
}

// caughtUp says so before anything else.
type caughtUp struct {
	contact.Stream
	head contact.Head
	once sync.Once
}

func (s *caughtUp) Next(ctx context.Context) (d contact.Delivery, err error) {
	s.once.Do(func() { d = contact.Delivery{Kind: contact.DeliveredCaughtUp, Head: s.head} })
	if d.Kind != "" {
		return d, nil
	}
	return s.Stream.Next(ctx)
}

// deaf does not care whether it missed something.
type deaf struct{ *feed.Feed }

func (deaf) Lost()         {}
func (deaf) Degraded(bool) {}

// loud tells every organisation.
type loud struct{ *feed.Feed }

func (f loud) Announce(_ contact.OrgID, events ...contact.Event) {
	f.Feed.Announce("a", events...)
	f.Feed.Announce("b", events...)
}

// hasty announces an event that is rolled back later.
type hasty struct{ *feed.Feed }

func (f hasty) Announce(org contact.OrgID, events ...contact.Event) {
	f.Feed.Announce(org, events...)
	rolledBack := events[len(events)-1]
	rolledBack.Seq++
	f.Feed.Announce(org, rolledBack)
}

// forgiving takes any position for one of the present epoch.
type forgiving struct {
	*feed.Feed
	log feed.Log
}

func (f *forgiving) Follow(ctx context.Context, org contact.OrgID, of contact.ID, topic contact.Topic, after *contact.Head) (contact.Stream, error) {
	key := feed.Key{Org: org, Contact: of, Topic: topic}
	heads, err := f.log.Heads(ctx, []feed.Key{key})
	if err == nil && after != nil {
		after = &contact.Head{Epoch: heads[key].Epoch, Seq: after.Seq}
	}
	return f.Feed.Follow(ctx, org, of, topic, after)
}

// jumping numbers events by the order in which they are announced.
type jumping struct {
	*feed.Feed
	mu   sync.Mutex
	last int64
}

func (f *jumping) Announce(org contact.OrgID, events ...contact.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range events {
		f.last = max(f.last+1, 1)
		e.Seq = f.last
		f.Feed.Announce(org, e)
	}
}
