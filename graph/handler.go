// Package graph is the wire: GraphQL in, domain calls, GraphQL out. It is for the program's main function, which mounts its
// handler. A resolver decodes, calls and encodes; it decides nothing, and nothing but typed errors of the domain leaves it.
package graph

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql/executor"

	"contactpanel/contact"
	"contactpanel/graph/internal/gql"
	"contactpanel/graph/internal/limit"
	"contactpanel/graph/internal/meter"
	"contactpanel/graph/internal/push"
)

// Deps is what the wire needs. All but TrustedProxies, Limits, AllowIntrospection and Now are required.
type Deps struct {
	Contacts *contact.Contacts
	// SignIn turns an Authorization header's value into who asks.
	SignIn func(ctx context.Context, authorization string) (contact.Actor, error)
	// Languages reads an Accept-Language header: the wanted tags, best first.
	Languages func(acceptLanguage string) []string
	// AllowOrigin says whether a page of the origin may call, and open a socket: the list that CORS goes by.
	AllowOrigin func(origin string) bool
	// TrustedProxies are believed what they say of who the client is.
	TrustedProxies meter.Proxies
	Log            *slog.Logger
	Limits         Limits
	// AllowIntrospection lets clients ask for the schema.
	AllowIntrospection bool
	// Now is the clock by which tokens expire and rates are counted; time.Now without it.
	Now func() time.Time
}

// Handler answers the GraphQL endpoint: by POST, by server-sent events and by WebSocket. Safe for concurrent use.
type Handler struct {
	door *door
	live *push.Server
}

// NewHandler makes the handler of the GraphQL endpoint.
func NewHandler(d Deps) *Handler {
	if d.Now == nil {
		d.Now = time.Now
	}
	limits := &d.Limits
	limit.Fill(limits)
	schema := gql.NewExecutableSchema(gql.Config{Resolvers: &resolver{contacts: d.Contacts, limits: limits}, Directives: gql.DirectiveRoot{Allows: allows}})
	exec := executor.New(schema)
	exec.SetQueryCache(handover{})
	shown := &presenter{d.Log}
	exec.SetErrorPresenter(shown.present)
	exec.SetRecoverFunc(shown.recovered)
	door := &door{
		deps: d, limits: limits, documents: newDocuments(schema.Schema(), limits, d.AllowIntrospection), exec: exec, shown: shown,
		meters: newMeters(limits.Rates, d.Now()), security: newSecurityLog(d.Log, d.Now),
	}
	live := push.New(push.Options{Engine: engine{door}, AllowOrigin: d.AllowOrigin, Log: d.Log, Now: d.Now, Limits: limits.Live})
	return &Handler{door, live}
}

// ServeHTTP answers a request, or serves a socket until it ends.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		h.live.Accept(w, r)
		return
	}
	(&post{h.door, h.live}).serve(w, r)
}

// ConnContext is the server's [http.Server.ConnContext]. It bounds what the operating system holds for a client that does not read,
// whatever the connection is used for: an answer, a stream or a socket.
func (h *Handler) ConnContext(ctx context.Context, c net.Conn) context.Context {
	if tcp, ok := c.(interface{ SetWriteBuffer(bytes int) error }); ok {
		tcp.SetWriteBuffer(int(h.door.limits.Live.KernelBuffer)) //nolint:errcheck // what cannot be bounded here is bounded by the time of a write
	}
	return ctx
}

// Drain admits no socket and no stream any more and closes all, spread over the time, so that their clients come back one
// after another, to another process. It returns when the last is closed, or with the context.
func (h *Handler) Drain(ctx context.Context, over time.Duration) { h.live.Drain(ctx, over) }

// TurnAway closes all sockets and streams with the word to try again later.
func (h *Handler) TurnAway() { h.live.TurnAway() }
