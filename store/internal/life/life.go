// Package life counts the calls that run in a store, so that its end waits for them, and keeps what its own goroutines do from
// ending the process; it is for the backends. The invariant: once a store is being closed no call begins, and what calls use is
// given back after the last of them.
package life

import (
	"sync"

	"contactpanel/contact"
)

// Life is the time in which a store takes calls. Its zero value is one that has begun. Safe for concurrent use.
type Life struct {
	mu       sync.Mutex
	isClosed bool
	calls    sync.WaitGroup // running ones; none is added after isClosed
	closing  sync.Once
	closed   error
}

// Enter begins a call, which Close waits for; [ErrClosed] when Close was called before. Leave ends the call.
func (l *Life) Enter() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isClosed {
		return ErrClosed()
	}
	l.calls.Add(1)
	return nil
}

// Leave ends a call that Enter began.
func (l *Life) Leave() { l.calls.Done() }

// Close refuses calls from now on, runs end for what running calls may wait for, waits for them, and then runs free. It
// returns what free did; so do later calls of it, which run nothing and wait for the first.
func (l *Life) Close(end func(), free func() error) error {
	l.mu.Lock()
	l.isClosed = true
	l.mu.Unlock()
	l.closing.Do(func() {
		end()
		l.calls.Wait()
		l.closed = free()
	})
	return l.closed
}

// ErrClosed is what a store answers after its end: DB_UNAVAILABLE, because of [contact.ErrClosed].
func ErrClosed() error {
	return contact.Fault(contact.Unavailable, contact.ErrClosed, "the store is closed")
}
