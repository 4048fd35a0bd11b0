package push

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"contactpanel/graph/internal/meter"
)

// protocol is the one subprotocol that is spoken.
const protocol = "graphql-transport-ws"

// Accept answers a WebSocket handshake and starts to serve the socket. It returns at once, so that nothing stays of what the
// HTTP server keeps for a request (some 15 KiB); the socket is known to Drain until it has ended.
func (s *Server) Accept(w http.ResponseWriter, r *http.Request) {
	if origins := r.Header.Values("Origin"); len(origins) > 1 || len(origins) == 1 && !s.AllowOrigin(origins[0]) ||
		len(origins) == 0 && r.Header.Get("Cookie") != "" { // a browser that hides where it comes from
		s.Engine.Refused(r.Context(), r.RemoteAddr, "FORBIDDEN", http.StatusForbidden, Excess{})
		http.Error(w, "pages of this origin may not open a socket", http.StatusForbidden)
		return
	}
	if r.Method != http.MethodGet { // whose body is neither a handshake's nor, by its header, a request's
		s.Engine.Refused(r.Context(), r.RemoteAddr, "BAD_REQUEST", http.StatusBadRequest, Excess{})
		http.Error(w, "a socket is opened by GET", http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	c := &socket{
		server: s, handshake: r.WithContext(ctx), life: ctx, cancel: cancel, operations: map[string]*operation{}, countsAs: "address " + meter.Source(r.RemoteAddr),
		address:  r.RemoteAddr,
		messages: rate.NewLimiter(rate.Limit(s.Limits.MessageRate), s.Limits.Messages), turn: make(chan struct{}, 1),
	}
	switch s.connections.add(c, c.countsAs, s.Limits.Unidentified) {
	case admitted:
	case tooMany:
		cancel()
		s.refuse(w, r, closeStrangers, http.StatusTooManyRequests)
		return
	case noRoom:
		cancel()
		s.refuse(w, r, closeLater, http.StatusServiceUnavailable)
		return
	case notAnyMore:
		cancel()
		s.refuse(w, r, closeRestart, http.StatusServiceUnavailable)
		return
	}
	takeover := &hijacker{ResponseWriter: w, limits: s.Limits}
	ws, err := websocket.Accept(takeover, r, &websocket.AcceptOptions{
		Subprotocols: []string{protocol}, InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled,
		OnPingReceived: func(context.Context, []byte) bool { return c.count() },
		OnPongReceived: func(context.Context, []byte) { c.count() },
	})
	if err != nil { // the library has answered the client
		cancel()
		s.connections.remove(c, c.countsAs)
		s.noteRefusal(r, takeover)
		return
	}
	ws.SetReadLimit(int64(s.Limits.Message))
	go func() {
		defer func() { s.connections.remove(c, c.countsAs) }()
		c.serve(ws, takeover.link)
	}()
}

// refuse turns a handshake away. The clients that people use take a status as the end for good and a close code as a reason to
// come back, so that they are given a code, as long as there are not too many at once.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, why closing, otherwise int) {
	select {
	case s.refusals <- struct{}{}:
		defer func() { <-s.refusals }()
	default:
		s.Engine.Refused(r.Context(), r.RemoteAddr, why.name(), otherwise, s.excess(why))
		w.Header().Set("Retry-After", "10")
		http.Error(w, why.reason, otherwise)
		return
	}
	takeover := &hijacker{ResponseWriter: w, limits: s.Limits}
	ws, err := websocket.Accept(takeover, r, &websocket.AcceptOptions{
		Subprotocols: []string{protocol}, InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil { // the library has answered the client
		s.noteRefusal(r, takeover)
		return
	}
	s.Engine.Refused(r.Context(), r.RemoteAddr, why.name(), 0, s.excess(why))
	takeover.link.endWithin(s.Limits.CloseHandshake)
	ws.Close(why.code, why.reason) //nolint:errcheck // a client that does not answer is cut off
	takeover.link.Close()          //nolint:errcheck // as above
}

// noteRefusal tells of a handshake that is none, which the library has refused.
func (s *Server) noteRefusal(r *http.Request, answered *hijacker) {
	if answered.status >= http.StatusBadRequest && answered.status < http.StatusInternalServerError { // else the connection is gone
		s.Engine.Refused(r.Context(), r.RemoteAddr, "BAD_REQUEST", answered.status, Excess{})
	}
}

// serve reads until the socket ends, and leaves nothing behind.
func (c *socket) serve(ws *websocket.Conn, l *link) {
	defer c.leave(ws, l)
	now := time.Now()
	c.mu.Lock()
	c.ws, c.link, c.heard, c.pingAt, c.initBy = ws, l, now, now.Add(c.server.Limits.Ping), now.Add(c.server.Limits.Init)
	c.clock = time.AfterFunc(c.due(now), c.tick)
	isEnding, early := c.isEnding, c.early
	c.mu.Unlock()
	switch {
	case isEnding: // before it was a socket
		c.closeWith(early)
	case ws.Subprotocol() != protocol:
		c.end(closeProtocol)
	default:
		c.read()
	}
}

// leave ends what the socket has begun, also when its reading panicked.
func (c *socket) leave(ws *websocket.Conn, l *link) {
	if what := recover(); what != nil {
		c.server.logPanic(c.life, "socket", what)
	}
	c.cancel()
	c.running.Wait()
	c.stopClock()
	ws.CloseNow() //nolint:errcheck // whatever it is, the socket is closed
	l.Close()     //nolint:errcheck // as above
}

// end closes the socket, once: no operation says another word, not even that it is complete, which clients would take as
// the end for good. It returns when the client has answered or its time for that is over.
func (c *socket) end(why closing) {
	c.mu.Lock()
	if c.isEnding {
		c.mu.Unlock()
		return
	}
	c.isEnding, c.early = true, why
	isOpen := c.ws != nil
	c.mu.Unlock()
	c.cancel()
	if isOpen {
		c.closeWith(why)
	}
}

func (c *socket) closeWith(why closing) {
	c.server.Log.DebugContext(c.life, "socket closed", "code", int(why.code), "reason", why.reason)
	if why.isRefusal() {
		c.server.Engine.Refused(c.who(), c.address, why.name(), 0, c.server.excess(why))
	}
	c.link.endWithin(c.server.Limits.CloseHandshake)
	c.ws.Close(why.code, why.reason) //nolint:errcheck // a client that does not answer is cut off
}

// giveUp ends a socket whose client does not take what is sent. One that is being closed is left to that, or a message that
// came too late for the close would take the reason from the client.
func (c *socket) giveUp() {
	c.mu.Lock()
	isEnding := c.isEnding
	c.isEnding = true
	c.mu.Unlock()
	if isEnding {
		return
	}
	c.cancel()
	c.link.Close() //nolint:errcheck // the read ends, and with it the socket
}

// due is how long nothing is to be done. The lock is held.
func (c *socket) due(now time.Time) time.Duration {
	next := c.initBy
	if c.isIdentifying { // which has its own time
		next = now.Add(c.server.Limits.Init)
	}
	if c.isIdentified {
		next = earliest(c.pingAt, c.recheckAt, c.oldAt)
		if silent := c.heard.Add(c.server.Limits.Silence); silent.Before(next) {
			next = silent
		}
		if !c.expires.IsZero() && c.lifeEnds.Before(next) {
			next = c.lifeEnds
		}
	}
	return max(next.Sub(now), 0)
}

// tick does what is due.
func (c *socket) tick() {
	now := time.Now()
	c.mu.Lock()
	if c.isEnding {
		c.mu.Unlock()
		return
	}
	why := c.over(now)
	var ping, recheck bool
	switch {
	case why != nil:
	case !c.isIdentified:
		if !now.Before(c.initBy) && !c.isIdentifying {
			why = &closeNoInit
		}
	case now.Sub(c.heard) >= c.server.Limits.Silence:
		why = &closeSilent
	case !now.Before(c.oldAt):
		why = &closeOld
	default:
		if recheck = !now.Before(c.recheckAt); recheck {
			c.recheckAt = now.Add(c.server.Limits.Recheck)
		}
		if ping = !now.Before(c.pingAt); ping {
			c.pingAt = now.Add(c.server.Limits.Ping)
		}
	}
	c.mu.Unlock()
	if why != nil {
		c.end(*why)
		return
	}
	c.rewind() // first: the rest may take its time, and what is due meanwhile may not wait for it
	if recheck {
		if why = c.server.recheck(c.base); why != nil {
			c.end(*why)
			return
		}
	}
	if ping {
		c.ping()
	}
}

// recheck asks whether who a connection belongs to may still be here; nil: they may.
func (s *Server) recheck(identity context.Context) (why *closing) {
	ctx, cancel := context.WithTimeout(identity, recheckTime)
	defer cancel()
	defer func() {
		if what := recover(); what != nil {
			s.logPanic(ctx, "recheck", what)
			why = &closeLater
		}
	}()
	switch err := s.Engine.Recheck(ctx); {
	case err == nil || identity.Err() != nil: // which is the connection's end
		return nil
	case errors.Is(err, ErrNotNow):
		return &closeLater
	default:
		return &closeShutOut
	}
}

// ping sends a ping, unless something is being sent: the clock does not queue behind a client. Then it tries again soon.
func (c *socket) ping() {
	if !c.sending.TryLock() {
		c.mu.Lock()
		c.pingAt = time.Now().Add(min(pingAgain, c.server.Limits.Ping))
		c.mu.Unlock()
		c.rewind()
		return
	}
	defer c.sending.Unlock()
	c.write([]byte(messagePing))
}

// pingAgain is when a ping is tried again that had no turn.
const pingAgain = time.Second

// rewind sets the clock to what is due next.
func (c *socket) rewind() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.isEnding {
		c.clock.Reset(max(c.due(time.Now()), time.Millisecond))
	}
}

// stopClock stops the clock; a tick that runs sees that the socket has ended.
func (c *socket) stopClock() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.isEnding = true
	c.clock.Stop()
}

// over says why nothing may be told any more, nil while it may. The lock is held.
func (c *socket) over(now time.Time) *closing {
	switch {
	case c.isExpired(now):
		return &closeExpired
	case c.isIdentified && c.server.Engine.IsShutOut(c.base):
		return &closeShutOut
	default:
		return nil
	}
}

func earliest(times ...time.Time) time.Time { return slices.MinFunc(times, time.Time.Compare) }

// isExpired reports whether the token is over: by the clock that cannot be set, from when the socket was identified, or by
// the one on the wall. The lock is held.
func (c *socket) isExpired(now time.Time) bool {
	return !c.expires.IsZero() && (!now.Before(c.lifeEnds) || !c.server.Now().Before(c.expires))
}
