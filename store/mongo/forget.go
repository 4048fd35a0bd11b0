package mongo

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
)

// A transaction whose end never arrives at the server stays open there, and keeps what it wrote from everybody, a repetition
// of the same change included, until the server ends it by itself. So the server is told as soon as it can be.
const (
	// lostTime is how long a server keeps such a transaction (transactionLifetimeLimitSeconds).
	lostTime = time.Minute
	// maxLost bounds the sessions that wait to be forgotten. A server that is away takes all connections with it, and each had
	// one session.
	maxLost = 4 * maxConnections
)

// forget ends the session on the server, and with it a transaction that is open there. A server that does not answer at once
// is told later.
func (s *Store) forget(ctx context.Context, session *driver.Session) {
	if s.tellForgotten(context.WithoutCancel(ctx), session.ID()) {
		return
	}
	select {
	case s.lost <- session.ID():
	default: // then the server's own time has to end it
	}
}

// forgetLost tells the server of lost sessions, until the context ends.
func (s *Store) forgetLost(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case id := <-s.lost:
			ids := []bson.Raw{id}
			for len(s.lost) > 0 {
				ids = append(ids, <-s.lost)
			}
			until := time.Now().Add(lostTime)
			for !s.tellForgotten(ctx, ids...) && time.Now().Before(until) && sleep(ctx, lastRetry) {
			}
		}
	}
}

// tellForgotten tells the server once, and reports whether it heard.
func (s *Store) tellForgotten(ctx context.Context, ids ...bson.Raw) bool {
	ctx, cancel := context.WithTimeout(ctx, abortTime)
	defer cancel()
	return isAnswered(s.client.Database("admin").RunCommand(ctx, bson.D{{Key: "killSessions", Value: ids}}).Err())
}

// isAnswered reports whether the server gave an answer, if only a refusal: a transaction that it does not know is over.
func isAnswered(err error) bool {
	var refusal driver.CommandError
	return err == nil || errors.As(err, &refusal) && refusal.Code != 0
}
