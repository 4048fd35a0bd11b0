package push

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// stream is one client's server-sent events: one operation's answers (GraphQL over SSE, distinct connections mode).
type stream struct {
	server  *Server
	control *http.ResponseController
	cancel  context.CancelCauseFunc
	who     Identity
	ended   chan struct{}

	mu sync.Mutex // of what is written
	w  http.ResponseWriter

	times  sync.Mutex
	until  time.Time // when all writing ends; zero: not yet known
	isOver bool      // the answer is no longer this stream's to write
}

// Why a stream is cut off.
var (
	errEnding = errors.New("the stream is closed by the server")
	errStuck  = errors.New("the client does not take what is sent")
)

// StreamHeaders are what an answer of server-sent events carries besides those of any answer. Proxies are told not to keep
// events back.
func StreamHeaders(h http.Header) {
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")
}

// Why there is no stream.
var (
	ErrTooMany = errors.New("too many streams")
	ErrNotNow  = errors.New("no further streams at the moment")
	ErrExpired = errors.New("the identity has expired")
	ErrShutOut = errors.New("the agent is deactivated")
)

// Stream answers an operation with server-sent events until it ends, the client leaves, or the identity expires. Nothing has
// been written when it returns ErrTooMany, ErrNotNow or ErrExpired. Where the stream is cut off, so that the client is to
// come back, the answer ends without the event that says that it is complete.
func (s *Server) Stream(w http.ResponseWriter, who Identity, o Operation) error {
	ctx, cancel := context.WithCancelCause(who.Context)
	defer cancel(nil)
	c := &stream{
		server: s, control: http.NewResponseController(w), cancel: cancel, who: who, ended: make(chan struct{}), w: w,
	}
	if c.isExpired() {
		return ErrExpired
	}
	defer close(c.ended)
	countsAs := "streams of " + who.Owner
	switch s.connections.add(c, countsAs, s.Limits.Streams) {
	case admitted:
	case tooMany:
		return ErrTooMany
	case noRoom, notAnyMore:
		return ErrNotNow
	}
	defer s.connections.remove(c, countsAs)
	defer c.watch()()
	StreamHeaders(w.Header())
	c.control.SetReadDeadline(time.Time{}) //nolint:errcheck // a server that cannot, sets none
	c.comment()
	defer c.keepAlive()()
	defer o.Close()
	c.run(ctx, o)
	c.finish(errors.Is(context.Cause(ctx), errEnding))
	return nil
}

// watch ends the stream when its identity or its life ends; call stop.
func (c *stream) watch() (stop func()) {
	lifeEnds, why := time.Now().Add(c.server.Limits.life()), closeOld
	if expires := c.who.Expires; !expires.IsZero() {
		if at := time.Now().Add(expires.Sub(c.server.Now())); at.Before(lifeEnds) {
			lifeEnds, why = at, closeExpired
		}
	}
	return repeat(func() time.Duration { return min(c.server.Limits.Recheck, time.Until(lifeEnds)) }, func() {
		if !time.Now().Before(lifeEnds) {
			c.end(why)
		} else if why := c.server.recheck(c.who.Context); why != nil {
			c.end(*why)
		}
	})
}

// keepAlive writes a comment now and then, so that proxies see life and a client that is gone is noticed; call stop.
func (c *stream) keepAlive() (stop func()) {
	return repeat(func() time.Duration { return c.server.Limits.KeepAlive }, c.comment)
}

// repeat does something again and again, each time after a pause; call stop, which does not wait for what is being done.
func repeat(pause func() time.Duration, do func()) (stop func()) {
	var mu sync.Mutex
	var clock *time.Timer
	isOver := false
	mu.Lock()
	defer mu.Unlock()
	clock = time.AfterFunc(pause(), func() {
		do()
		mu.Lock()
		defer mu.Unlock()
		if !isOver {
			clock.Reset(pause())
		}
	})
	return func() {
		mu.Lock()
		defer mu.Unlock()
		isOver = true
		clock.Stop()
	}
}

// end cuts the stream off, and waits for its end.
func (c *stream) end(closing) {
	c.endWithin(c.server.Limits.CloseHandshake) // first: what ends by itself now is cut off too
	c.cancel(errEnding)
	select {
	case <-c.ended:
	case <-time.After(c.server.Limits.CloseHandshake + time.Second):
	}
}

// finish ends the writing, that of a comment too: the answer is not to be touched when Stream has returned. One that is cut
// off can then not be taken for a whole one.
func (c *stream) finish(isCut bool) {
	if isCut {
		c.endWithin(0)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.times.Lock()
	defer c.times.Unlock()
	c.isOver = true
}

// run writes what the operation brings.
func (c *stream) run(ctx context.Context, o Operation) {
	defer func() {
		if what := recover(); what != nil {
			c.server.logPanic(ctx, "operation", what)
			c.errors(c.server.Engine.Refuse("INTERNAL_SERVER_ERROR", "internal error", Excess{}))
		}
	}()
	for {
		o.Await(ctx)
		kind, answer := o.Next(ctx)
		if ctx.Err() != nil { // whatever there is to say, it is too late
			return
		}
		switch kind {
		case Result:
			c.event("next", answer)
			continue
		case Final:
			c.event("next", answer)
			c.event(typeComplete, nil)
		case Errors:
			c.errors(answer)
		case Over:
			c.event(typeComplete, nil)
		case Cut:
			c.cancel(errEnding)
		}
		return
	}
}

// errors writes a list of errors as the only or the last result.
func (c *stream) errors(list Answer) {
	c.event("next", func(b *bytes.Buffer) {
		b.WriteString(`{"errors":`)
		list(b)
		b.WriteByte('}')
	})
	c.event(typeComplete, nil)
}

// event writes an event. JSON that was made by this program has no line ends, which would end the data.
func (c *stream) event(name string, answer Answer) {
	c.write(func(b *bytes.Buffer) {
		fmt.Fprintf(b, "event: %s\ndata: ", name)
		if answer != nil {
			answer(b)
		}
		b.WriteString("\n\n")
	})
}

// comment writes what clients pass over.
func (c *stream) comment() { c.write(func(b *bytes.Buffer) { b.WriteString(":\n\n") }) }

// write writes within the time of a write; a client that does not take it is given up. Nothing is written for an identity
// that has expired by the clock on the wall, which may have been set since the stream began, or that has been shut out.
func (c *stream) write(what Answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isExpired() || c.server.Engine.IsShutOut(c.who.Context) {
		c.cancel(errEnding)
		return
	}
	withBuffer(func(b *bytes.Buffer) {
		what(b)
		if !c.within(c.server.Limits.Write) {
			return
		}
		_, err := c.w.Write(b.Bytes())
		if err == nil {
			err = c.control.Flush()
		}
		if err != nil {
			c.cancel(errStuck)
		}
	})
}

func (c *stream) isExpired() bool {
	return !c.who.Expires.IsZero() && !c.server.Now().Before(c.who.Expires)
}

// within gives what is written next its time, but none beyond the end of the stream; false: the stream is over.
func (c *stream) within(t time.Duration) bool {
	c.times.Lock()
	defer c.times.Unlock()
	if c.isOver {
		return false
	}
	deadline := time.Now().Add(t)
	if !c.until.IsZero() && c.until.Before(deadline) {
		deadline = c.until
	}
	c.control.SetWriteDeadline(deadline) //nolint:errcheck // a server that cannot, sets none
	return true
}

// endWithin bounds all writing from now on, what goes on included.
func (c *stream) endWithin(t time.Duration) {
	c.times.Lock()
	defer c.times.Unlock()
	until := time.Now().Add(t)
	if c.isOver || !c.until.IsZero() && c.until.Before(until) {
		return
	}
	c.until = until
	c.control.SetWriteDeadline(until) //nolint:errcheck // the time of a write bounds it otherwise
}
