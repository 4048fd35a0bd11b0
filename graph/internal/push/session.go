package push

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"
)

// socket is one client's WebSocket.
type socket struct {
	server    *Server
	handshake *http.Request   // with the context life; nil once the socket is identified
	life      context.Context //nolint:containedctx // ends with the socket
	ws        *websocket.Conn
	link      *link
	messages  *rate.Limiter
	cancel    context.CancelFunc // ends life
	running   sync.WaitGroup     // the operations; only read adds to it
	countsAs  string             // in the registry; read's alone
	address   string             // of the client
	clock     *time.Timer

	sending sync.Mutex    // one message at a time; before mu
	turn    chan struct{} // full while events of an operation are being answered

	mu            sync.Mutex
	base          context.Context //nolint:containedctx // the identity's, once there is one
	isEnding      bool
	early         closing // why it ends, for one that is not a socket yet
	isIdentifying bool
	isIdentified  bool
	expires       time.Time // by the clock on the wall; zero: never
	lifeEnds      time.Time // the same moment by the clock that cannot be set
	initBy        time.Time
	pingAt        time.Time
	recheckAt     time.Time
	oldAt         time.Time // when it has been open for long enough
	heard         time.Time // when the client last said something
	operations    map[string]*operation
	subscriptions int
	runs          int // queries and mutations
}

// read takes the client's messages until the socket ends.
func (c *socket) read() {
	for {
		kind, r, err := c.ws.Reader(context.Background()) // the clock ends a silent socket, and end any
		if err != nil {
			c.breakOff(err)
			return
		}
		var why *closing
		withBuffer(func(b *bytes.Buffer) { // lent for each message: most sockets say nothing most of the time
			c.link.readWithin(c.server.Limits.MessageTime)
			if _, err = io.Copy(b, r); err != nil {
				return
			}
			c.link.readWithin(0)
			switch {
			case !c.count():
				err = errFlood
			case kind != websocket.MessageText:
				binary := malformed("it is binary")
				why = &binary
			default:
				why = c.takeApart(b.Bytes())
			}
		})
		if err != nil {
			c.breakOff(err)
			return
		}
		if why != nil {
			c.end(*why)
			return
		}
	}
}

// breakOff closes a socket that cannot be read any more. Where the library has said why, it waits until the client has read
// that: with bytes that nobody reads, the client's system would throw the reason away.
func (c *socket) breakOff(err error) {
	switch {
	case websocket.CloseStatus(err) != -1: // the client has closed it
	case errors.Is(err, errFlood):
		c.end(closeTooMany)
	case errors.Is(err, os.ErrDeadlineExceeded): // in the middle of a message
		c.end(closeSilent)
	case errors.Is(err, websocket.ErrMessageTooBig):
		c.end(closeLarge)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, new(*net.OpError)), errors.Is(err, net.ErrClosed):
		c.end(closeGone)
	default:
		c.end(closeFrames)
	}
}

// count counts a message or control frame; false when there were too many, and the socket ends.
func (c *socket) count() bool {
	now := time.Now()
	c.mu.Lock()
	c.heard = now
	isEnding := c.isEnding
	c.mu.Unlock()
	if isEnding || c.messages.AllowN(now, 1) {
		return !isEnding
	}
	// Not here: a control frame is counted while the library reads, and the end waits for its reading.
	c.running.Go(func() { c.end(closeTooMany) })
	return false
}

// takeApart does what a message says on a stack of its own. Reading a document takes a deep one, which a goroutine that waits
// for the next message would keep: with thousands of sockets it is most of their memory.
func (c *socket) takeApart(raw []byte) *closing {
	done := make(chan *closing, 1)
	go func() {
		why := &closeBroken
		defer func() {
			if what := recover(); what != nil {
				c.server.logPanic(c.life, "message", what)
			}
			done <- why
		}()
		why = c.take(raw)
	}()
	return <-done
}

// take does what a message says; not nil: the socket is to be closed.
func (c *socket) take(raw []byte) *closing {
	c.mu.Lock()
	why := c.over(time.Now())
	c.mu.Unlock()
	if why != nil { // by the clock on the wall, or by what was told to another: nobody wakes for that
		return why
	}
	m, wrong := readMessage(raw)
	if wrong != "" {
		why := malformed(wrong)
		return &why
	}
	switch m.kind {
	case typeInit:
		return c.init(m)
	case typePing:
		c.send(pongFor(m))
	case typeSubscribe:
		return c.subscribe(m)
	case typeComplete:
		c.complete(m.id)
	}
	return nil
}

// init lets the client in.
func (c *socket) init(m message) *closing {
	c.mu.Lock()
	isTwice := c.isIdentified
	c.isIdentifying = true
	c.mu.Unlock()
	if isTwice {
		return &closeTwice
	}
	ctx, cancel := context.WithTimeout(c.life, c.server.Limits.Init)
	who, err := c.server.Engine.Admit(ctx, c.handshake, m.payload)
	cancel()
	if errors.Is(err, ErrNotNow) {
		return &closeLater
	}
	if errors.Is(err, ErrShutOut) {
		return &closeShutOut
	}
	if err != nil {
		return &closeRefused
	}
	countsAs := "sockets of " + who.Owner
	if !c.server.connections.recount(c.countsAs, countsAs, c.server.Limits.Sockets) {
		return &closeSockets
	}
	c.countsAs = countsAs
	c.handshake = nil // whose headers are some KiB
	now := time.Now()
	c.mu.Lock()
	c.base = who.Context
	c.isIdentified, c.isIdentifying, c.pingAt = true, false, now.Add(c.server.Limits.Ping)
	c.recheckAt, c.oldAt = now.Add(c.server.Limits.Recheck), now.Add(c.server.Limits.life())
	if !who.Expires.IsZero() {
		c.expires, c.lifeEnds = who.Expires, now.Add(who.Expires.Sub(c.server.Now()))
	}
	why := c.over(now)
	c.mu.Unlock()
	if why != nil {
		return why
	}
	c.send([]byte(messageAck))
	c.rewind()
	return nil
}

// who is the context that says whose socket it is, as far as that is known.
func (c *socket) who() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.base != nil {
		return c.base
	}
	return c.life
}

// send sends a message, unless the socket ends. Messages take their turns here, so that one which has waited behind a client
// that reads slowly is not sent when its time is over.
func (c *socket) send(raw []byte) {
	c.sending.Lock()
	defer c.sending.Unlock()
	c.write(raw)
}

// write writes a message, unless the socket ends. It is the caller's turn to send.
func (c *socket) write(raw []byte) {
	c.mu.Lock()
	isEnding, isOver := c.isEnding, c.over(time.Now()) != nil
	if isOver && !isEnding {
		c.clock.Reset(0) // it closes the socket
	}
	c.mu.Unlock()
	if isEnding || isOver {
		return
	}
	if c.ws.Write(context.Background(), websocket.MessageText, raw) != nil { // the link bounds its time
		c.giveUp()
	}
}
