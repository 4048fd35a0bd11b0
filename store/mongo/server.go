package mongo

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"

	"contactpanel/contact"
)

// Wire versions (mongodb.com/docs/manual/reference/command/hello): what a server can do.
const wireBulkWrite = 25 // MongoDB 8.0: one command writes to several collections

// server is what is known about the replica set: whether it is prepared and has a primary.
type server struct {
	noBulk bool

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced whenever something below changes
	prepared bool          // the store may be used
	primary  bool
	canBulk  bool
	inSet    bool   // a server is a member of a replica set, or stands before some
	outside  bool   // a server is none
	unknown  bool   // a server has not answered
	failure  error  // the last one of looking at a server
	why      string // what is wrong, while it is not prepared
}

func newServer() *server {
	return &server{changed: make(chan struct{}), why: "the database was not reached yet"}
}

// Kinds of a topology and of its servers, as the driver names them (server discovery and monitoring specification).
const (
	kindSharded     = "Sharded"
	kindBalanced    = "LoadBalanced"
	kindWithPrimary = "ReplicaSetWithPrimary"
	kindPrimary     = "RSPrimary"
	kindStandalone  = "Standalone"
	kindGhost       = "RSGhost" // started as a member of a replica set that was never initiated
	kindUnknown     = "Unknown"
)

// monitor follows what the driver finds out about the servers.
func (s *server) monitor() *event.ServerMonitor {
	return &event.ServerMonitor{
		TopologyDescriptionChanged: func(e *event.TopologyDescriptionChangedEvent) {
			s.update(func() { s.learn(&e.NewDescription) })
		},
		ServerHeartbeatFailed: func(e *event.ServerHeartbeatFailedEvent) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.failure = e.Failure
		},
	}
}

func (s *server) learn(d *event.TopologyDescription) {
	s.primary = d.Kind == kindSharded || d.Kind == kindBalanced || d.Kind == kindWithPrimary
	s.inSet, s.outside, s.unknown, s.canBulk = false, false, len(d.Servers) == 0, true
	for _, member := range d.Servers {
		switch member.Kind {
		case kindUnknown:
			s.unknown = true
			continue
		case kindStandalone, kindGhost:
			s.outside = true
		default:
			s.inSet = true
		}
		s.primary = s.primary || member.Kind == kindPrimary // behind a direct connection
		s.canBulk = s.canBulk && member.MaxWireVersion >= wireBulkWrite
	}
}

// update changes what is known and wakes those who wait.
func (s *server) update(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	close(s.changed)
	s.changed = make(chan struct{})
}

// fail notes why the store cannot be used yet, and succeed that it can be.
func (s *server) fail(why string) { s.update(func() { s.why = why }) }

func (s *server) succeed() { s.update(func() { s.prepared = true }) }

// bulk reports whether all servers write to several collections with one command.
func (s *server) bulk() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.canBulk && !s.noBulk
}

// fault is the error of a call that cannot be made now, nil when it can be.
func (s *server) fault() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

func (s *server) now() error {
	switch {
	case !s.prepared:
		return contact.Errorf(contact.Unavailable, "%s", s.why)
	case !s.primary:
		return contact.Errorf(contact.Unavailable, "the database has no primary at the moment")
	default:
		return nil
	}
}

// wait waits until calls can be made, at most for the time. Its error is the context's, or DB_UNAVAILABLE with the reason.
func (s *server) wait(ctx context.Context, most time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.fault() == nil { // a timer costs nothing while all is well
		return nil
	}
	timer := time.NewTimer(most)
	defer timer.Stop()
	for {
		s.mu.Lock()
		err, changed := s.now(), s.changed
		s.mu.Unlock()
		if err == nil {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return err
		}
	}
}

// waitSet waits until a member of a replica set, or what stands before one, has answered, at most for the time. It fails with
// errNoSet when all that answered is none, and with what was wrong last when nothing did.
func (s *server) waitSet(ctx context.Context, most time.Duration) error {
	timer := time.NewTimer(most)
	defer timer.Stop()
	for isLate := false; ; {
		s.mu.Lock()
		changed, isSet, isNone, failure := s.changed, s.inSet, s.outside && (isLate || !s.unknown), s.failure
		s.mu.Unlock()
		switch {
		case isSet:
			return nil
		case isNone:
			return errNoSet
		case isLate:
			return fmt.Errorf("no server answers: %w", cmp.Or(failure, context.DeadlineExceeded))
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			isLate = true
		}
	}
}
