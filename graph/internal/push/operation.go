package push

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"
)

// operation is a request that runs on a socket.
type operation struct {
	Operation
	id      string
	opening []byte // of its frames
	cancel  context.CancelFunc

	isCounted bool // among those of its socket, under the socket's lock

	mu     sync.Mutex // held while a frame of the operation is sent, so that none follows its end
	isOver bool
}

// subscribe starts an operation. Several may run at once, each with an id of its own.
func (c *socket) subscribe(m message) *closing {
	c.mu.Lock()
	isIdentified, isTaken := c.isIdentified, c.operations[m.id] != nil
	c.mu.Unlock()
	if !isIdentified {
		return &closeEarly
	}
	if isTaken {
		why := duplicate(m.id)
		return &why
	}
	ctx, cancel := context.WithCancel(c.server.Engine.Begin(c.who()))
	run, refused := c.server.Engine.Prepare(ctx, m.payload)
	o := &operation{Operation: run, id: m.id, opening: opening(m.id), cancel: cancel}
	if refused != nil {
		o.cancel()
		if refused.Malformed != "" {
			why := malformed(refused.Malformed)
			return &why
		}
		c.frame(o, "error", refused.Errors)
		return nil
	}
	if over := c.admit(o); over.What != "" {
		o.cancel()
		o.Close()
		c.server.Engine.Refused(ctx, c.address, tooManyAtOnce, 0, over)
		why := fmt.Sprintf("a socket may have %d %s at once", over.Max, kinds[over.What])
		c.frame(o, "error", c.server.Engine.Refuse(tooManyAtOnce, why, over))
		return nil
	}
	c.running.Add(1)
	go c.run(ctx, o) // not by WaitGroup.Go: its frames lie under all that wait, and 8 KiB of stack instead of 4 would stay
	return nil
}

// tooManyAtOnce is the code of an operation that has no place beside the others of its socket.
const tooManyAtOnce = "TOO_MANY_SUBSCRIPTIONS"

// kinds are the operations that the limits of a socket count.
var kinds = map[string]string{"running": "running queries and mutations", "subscriptions": "subscriptions"} //nolint:gochecknoglobals // a table, never written

// admit counts an operation; else it says which limit keeps it from running.
func (c *socket) admit(o *operation) Excess {
	c.mu.Lock()
	defer c.mu.Unlock()
	counter, over := &c.runs, Excess{"running", c.server.Limits.Running, time.Second}
	if o.IsSubscription() {
		counter, over = &c.subscriptions, Excess{"subscriptions", c.server.Limits.Subscriptions, 5 * time.Second}
	}
	if *counter >= over.Max {
		return over
	}
	*counter++
	o.isCounted, c.operations[o.id] = true, o
	return Excess{}
}

// forget makes the operation's id free, once: it may be used again before the operation has ended.
func (c *socket) forget(o *operation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !o.isCounted {
		return
	}
	o.isCounted = false
	delete(c.operations, o.id)
	if o.IsSubscription() {
		c.subscriptions--
	} else {
		c.runs--
	}
}

// complete ends an operation as its client wishes: nothing of it is sent from now on, and nothing answers.
func (c *socket) complete(id string) {
	c.mu.Lock()
	o := c.operations[id]
	c.mu.Unlock()
	if o == nil {
		return // it has ended by itself
	}
	o.cancel()
	c.forget(o)
	o.mu.Lock()
	o.isOver = true
	o.mu.Unlock()
}

// run sends what the operation brings, until it ends.
func (c *socket) run(ctx context.Context, o *operation) {
	defer c.running.Done()
	defer func() {
		if what := recover(); what != nil {
			c.server.logPanic(ctx, "operation", what)
			c.forget(o)
			c.frame(o, "error", c.server.Engine.Refuse("INTERNAL_SERVER_ERROR", "internal error", Excess{}))
		}
		c.forget(o)
		o.cancel()
		o.Close()
	}()
	for goesOn := true; goesOn; {
		o.Await(ctx)
		goesOn = c.inTurn(ctx, o)
	}
}

// inTurn sends what was waited for; false: that was the last of all. Events are answered in their operation's turn: what waits
// for a client that reads slowly are events of all its operations, and the texts and answers of one.
func (c *socket) inTurn(ctx context.Context, o *operation) bool {
	if o.IsSubscription() {
		select {
		case c.turn <- struct{}{}:
			defer func() { <-c.turn }()
		case <-ctx.Done():
			return false
		}
	}
	goesOn := c.answer(ctx, o)
	for goesOn && o.HasMore() {
		goesOn = c.answer(ctx, o)
	}
	return goesOn
}

// answer sends the operation's next answer; false: that was the last one.
func (c *socket) answer(ctx context.Context, o *operation) bool {
	kind, answer := o.Next(ctx)
	switch kind {
	case Result:
		c.frame(o, "next", answer)
		return true
	case Final:
		c.frame(o, "next", answer)
		c.forget(o) // the id is free before the client hears so
		c.frame(o, typeComplete, nil)
	case Errors:
		c.forget(o)
		c.frame(o, "error", answer)
	case Over:
		c.forget(o)
		c.frame(o, typeComplete, nil)
	case Cut:
	}
	return false
}

// frame sends a frame of the operation, unless its client has ended it.
func (c *socket) frame(o *operation, kind string, answer Answer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.isOver {
		return
	}
	withBuffer(func(b *bytes.Buffer) {
		b.Write(o.opening)
		b.WriteString(kind)
		b.WriteByte('"')
		if answer != nil {
			b.WriteString(`,"payload":`)
			answer(b)
		}
		b.WriteByte('}')
		c.send(b.Bytes())
	})
}
