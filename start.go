package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"contactpanel/contact"
)

// Pauses between tries to begin while the store does not answer. The store itself tries to reach its database meanwhile.
const (
	firstTry = 500 * time.Millisecond
	lastTry  = 5 * time.Second
)

// starter does what has to be done once before the gateway is ready. A store that does not answer delays it: the process
// serves, says that it is not ready, and goes on trying.
type starter struct {
	log      *slog.Logger
	contacts *contact.Contacts
	signIn   func() error                // reports whether tokens can be verified
	begin    func(context.Context) error // may be called again after DB_UNAVAILABLE or OUTCOME_UNKNOWN
	keys     *renewal
	hasBegun atomic.Bool
	isEnding atomic.Bool
	isMade   bool // begin has been through, or was given up
	failures int  // of begin, while the store answers
	store    glance

	isOptional bool // going on without beginning is better than waiting for it
}

// maxFailures is how often a beginning that is optional may fail beside a store that answers. What begins then is the demo,
// which a very slow store cannot take; agents must not wait for it.
const maxFailures = 3

// first tries to begin before the gateway serves. A store that does not answer is no error, and what takes long is left to
// untilReady.
func (s *starter) first(ctx context.Context) error { return s.once(ctx, s.keys.none) }

// once tries to begin, and then to see to the keys of contacts. A store that does not answer is no error.
func (s *starter) once(ctx context.Context, keys func(context.Context) (done bool, err error)) error {
	err := s.prepare(ctx)
	done := false
	if err == nil {
		done, err = keys(ctx)
	}
	if isPassing(err) {
		s.log.WarnContext(ctx, "the gateway is not ready; trying again", "err", err)
		return nil
	}
	s.hasBegun.Store(done)
	return err
}

// prepare does what begin does, unless that is done.
func (s *starter) prepare(ctx context.Context) error {
	if s.isMade {
		return nil
	}
	err := s.begin(ctx)
	if isPassing(err) && s.contacts.Ready(ctx) == nil {
		s.failures++
	}
	if isPassing(err) && s.isOptional && s.failures == maxFailures {
		s.log.ErrorContext(ctx, "the store is too slow for the demo; going on without (--no-demo)", "err", err)
		err = nil
	}
	s.isMade = err == nil
	return err
}

// untilReady tries to begin until that is done or the context ends. An error that will not pass is logged each time.
func (s *starter) untilReady(ctx context.Context) {
	for pause := firstTry; !s.hasBegun.Load(); pause = min(2*pause, lastTry) {
		timer := time.NewTimer(pause/2 + rand.N(pause)) //nolint:gosec // jitter is no secret
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		if err := s.once(ctx, s.keys.all); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "the gateway cannot begin", "err", err)
		}
		if s.hasBegun.Load() {
			s.log.InfoContext(ctx, "the gateway is ready")
		}
	}
}

// tend sees to what has to be done again and again, until the context ends.
func (s *starter) tend(ctx context.Context) {
	var both sync.WaitGroup
	both.Go(func() { s.keys.keep(ctx) })
	both.Go(func() { sweep(ctx, s.contacts, s.log) })
	both.Wait()
}

// recovered makes a panic the error of the function that defers it. What is done in the background is tried again; one row must not
// end the process, with all who are served.
func recovered(err *error) {
	if what := recover(); what != nil {
		*err = fmt.Errorf("it panicked: %v\n%s", what, debug.Stack())
	}
}

// ready reports whether requests can be answered, within the context's deadline. What it says of the store may be a second old,
// and of everything else not at all.
func (s *starter) ready(ctx context.Context) error {
	if s.isEnding.Load() {
		return contact.Errorf(contact.Unavailable, "the gateway is being stopped")
	}
	if err := s.storeAnswers(ctx); err != nil {
		return err
	}
	switch {
	case s.hasBegun.Load():
		return s.signIn()
	case s.keys.isOpen.Load():
		return contact.Errorf(contact.Unavailable, "the keys that contacts are searched and ordered by are made anew after an update")
	default:
		return contact.Errorf(contact.Unavailable, "the gateway has not begun yet")
	}
}

// storeAnswers reports whether the store answers, for all who ask at the same time together.
func (s *starter) storeAnswers(ctx context.Context) error {
	return s.store.take(ctx, s.contacts.Ready)
}

// isPassing reports whether an error of the store may be gone later.
func isPassing(err error) bool {
	code := contact.CodeOf(err)
	return code.IsPassing() || code == contact.OutcomeUnknown
}

// reason is what is said of an error to whoever asks: the domain's sentence, never a cause.
func reason(err error) string {
	var known *contact.Error
	if errors.As(err, &known) {
		return known.Message
	}
	return "the store does not answer"
}
