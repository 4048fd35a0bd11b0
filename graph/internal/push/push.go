// Package push is how answers that go on reach clients: graphql-transport-ws over WebSocket, and server-sent events. It is for
// the wire, which executes the operations; this package knows the two protocols, their limits and their ends.
//
// A client costs a goroutine that reads, and one for each operation that runs; nothing is queued for it. A client that does
// not read is given up after the time of one write, and nobody else waits for it:
//
//	client ── messages ──▶ session.read ─┬─▶ operation: Next ─ frame ─┐
//	   ▲                                 └─▶ operation: Next ─ frame ─┤
//	   └──────────────── link (deadline of each write) ◀──────────────┘
//
// The invariant: whatever ends a connection (the token, the operator, the store, a mistake of the client) ends it within
// seconds with a code that tells the client what to do, even if the client does not read.
package push

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"time"

	"contactpanel/graph/internal/limit"
)

// Engine executes what clients ask. Safe for concurrent use.
type Engine interface {
	// Admit says who opens a socket, by its handshake, whose context is the socket's life, and the payload of connection_init
	// (nil when there was none). ErrNotNow: nothing is wrong with who asks; ErrShutOut: they are known, and deactivated. It
	// returns soon after ctx has ended.
	Admit(ctx context.Context, r *http.Request, payload map[string]any) (Identity, error)
	// Recheck asks again whether who Admit has let in may be here; ctx is within the identity's. ErrNotNow: that cannot be told,
	// and what was told last is too long ago; any other error: they may not. It returns soon after ctx has ended.
	Recheck(ctx context.Context) error
	// IsShutOut says, of the identity's context, what the last of all rechecks has told. It asks nobody and returns at once.
	IsShutOut(identity context.Context) bool
	// Begin returns the context of an operation, from that of the identity.
	Begin(ctx context.Context) context.Context
	// Prepare reads a request and checks it before it runs, in the context that Next is called with. It does not ask the store.
	Prepare(ctx context.Context, payload map[string]any) (Operation, *Refusal)
	// Refused is told what was refused that Admit and Prepare do not see: a connection, or a message. The code is the protocol's
	// or Refuse's, the status that of an HTTP answer, 0 without one; the context is that of the handshake or the identity.
	Refused(ctx context.Context, address, code string, status int, over Excess)
	// Refuse gives the errors, as JSON, that say a code and a message, and what it was too much of.
	Refuse(code, message string, over Excess) Answer
}

// Excess is the limit that something was refused for; the zero value: none.
type Excess struct {
	What string // as the operator calls it
	Max  int
	// Later is after how long it may be tried again; 0 says nothing.
	Later time.Duration
}

// Identity is who a connection belongs to, for all of its life.
type Identity struct {
	// Context is what the connection's operations run in; its values say who asks.
	Context context.Context //nolint:containedctx // made once for a connection, and handed on at once
	// Owner names the agent across organisations: what is limited by agent is counted by it.
	Owner string
	// Expires is when the connection is closed; zero: never.
	Expires time.Time
}

// Refusal is a request that does not run.
type Refusal struct {
	// Malformed says what no client that keeps the protocol sends; the connection is closed for it. "" for other refusals.
	Malformed string
	Errors    Answer // a JSON list of errors
}

// Answer writes JSON.
type Answer func(out *bytes.Buffer)

// Kind says what Next has.
type Kind int

// The kinds.
const (
	// Result is a result of the operation; others may follow.
	Result Kind = iota
	// Final is a result, and the last one.
	Final
	// Errors is a list of errors; nothing follows.
	Errors
	// Over ends the operation regularly; there is no answer.
	Over
	// Cut ends the operation without a word: its context has ended, or the store has closed.
	Cut
)

// Operation is a request that runs. Await and Next are called by one goroutine, in turns, until Next gives anything but
// Result.
type Operation interface {
	// IsSubscription says that there may be several results.
	IsSubscription() bool
	// Await waits until Next has something to answer with; it holds none of it. It returns early when the context ends.
	Await(ctx context.Context)
	// Next gives the next answer, which is to be written before anything else is called.
	Next(ctx context.Context) (Kind, Answer)
	// HasMore says, after Next, whether it has another answer at hand, so that Await would not wait.
	HasMore() bool
	// Close releases what the operation holds. It comes once, after the last Next.
	Close()
}

// Options is what a server needs. All but Limits are required; what is zero in these is its default.
type Options struct {
	Engine Engine
	// AllowOrigin says whether a page of the origin may open a socket.
	AllowOrigin func(origin string) bool
	Log         *slog.Logger
	// Now is the clock on the wall, by which tokens expire. All other times are measured by the one that cannot be set.
	Now    func() time.Time
	Limits Limits
}

// life is how long one connection may live. They are not all to end, and to come back, at the moment at which they came.
func (l *Limits) life() time.Duration {
	return l.Life - rand.N(max(l.Life/10, 1)) //nolint:gosec // spreading is no secret
}

// recheckTime bounds a look whether who asks may still be here.
const recheckTime = 5 * time.Second

// Server is the connections of this process. Safe for concurrent use.
type Server struct {
	Options
	connections registry
	refusals    chan struct{} // one for each that is being told
}

// logPanic logs what a goroutine of a connection's recovered from. Nobody else recovers there, and whatever one client or one
// row of the store brings about must not end everybody's connections.
func (s *Server) logPanic(ctx context.Context, part string, what any) {
	s.Log.ErrorContext(ctx, "part of a connection panicked", "part", part, "panic", fmt.Sprint(what), "stack", string(debug.Stack()))
}

// New makes a server.
func New(o Options) *Server {
	limit.Fill(&o.Limits)
	return &Server{Options: o, connections: newRegistry(o.Limits.Connections), refusals: make(chan struct{}, o.Limits.Refusals)}
}
