// Package graph is the wire: GraphQL in, domain calls, GraphQL out. It is for the program's main function, which mounts its
// handler. A resolver decodes, calls and encodes; it decides nothing, and nothing but typed errors of the domain leaves it.
package graph

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"contactpanel/contact"
	"contactpanel/graph/internal/gql"
	"contactpanel/graph/internal/push"
)

// Limits bound one request. A zero member is its default.
type Limits struct {
	BodyBytes     int64         // of the HTTP body; 128 KiB
	DocumentBytes int           // of the GraphQL document; 16 KiB
	Tokens        int           // of the document, comments included; 1,000
	Depth         int           // of selections, fragments followed; 12
	Aliases       int           // of the document; 15
	EventBytes    int           // of the answer to an event; 256 KiB
	Operation     time.Duration // of a query or mutation, reading of the body excluded; 10 s
	Export        time.Duration // of the export of a contact, the client's taking of it included; 50 s
	Live          push.Limits   // of sockets and streams
}

func (l Limits) withDefaults() Limits {
	l.BodyBytes = cmp.Or(l.BodyBytes, 128<<10)
	l.DocumentBytes = cmp.Or(l.DocumentBytes, 16<<10)
	l.Tokens = cmp.Or(l.Tokens, 1000)
	l.Depth = cmp.Or(l.Depth, 12)
	l.Aliases = cmp.Or(l.Aliases, 15)
	l.EventBytes = cmp.Or(l.EventBytes, 256<<10)
	l.Operation = cmp.Or(l.Operation, 10*time.Second)
	l.Export = cmp.Or(l.Export, 50*time.Second)
	return l
}

// Cached documents: how many, and how long one may be, so that the cache's memory is bounded.
const (
	cachedDocuments     = 1000
	cachedDocumentBytes = 8 << 10
)

// Deps is what the wire needs. All but Limits, AllowIntrospection and Now are required.
type Deps struct {
	Contacts *contact.Contacts
	// SignIn turns an Authorization header's value into who asks.
	SignIn func(ctx context.Context, authorization string) (contact.Actor, error)
	// Languages reads an Accept-Language header: the wanted tags, best first.
	Languages func(acceptLanguage string) []string
	// AllowOrigin says whether a page of the origin may open a socket: the pages that may call by HTTP (CORS).
	AllowOrigin func(origin string) bool
	Log         *slog.Logger
	Limits      Limits
	// AllowIntrospection lets clients ask for the schema.
	AllowIntrospection bool
	// Now is the clock by which tokens expire; time.Now without it.
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
	limits := d.Limits.withDefaults()
	schema := gql.NewExecutableSchema(gql.Config{Resolvers: &resolver{contacts: d.Contacts}, Directives: gql.DirectiveRoot{Allows: allows}})
	exec := executor.New(schema)
	exec.SetQueryCache(&documentCache{lru.New[*ast.QueryDocument](cachedDocuments)})
	exec.SetParserTokenLimit(limits.Tokens)
	exec.SetDisableSuggestion(true)
	exec.SetDefaultRulesFn(rulesWithoutSuggestions)
	shown := &presenter{d.Log}
	exec.SetErrorPresenter(shown.present)
	exec.SetRecoverFunc(shown.recovered)
	exec.Use(guard{schema: schema.Schema(), limits: limits, allowIntrospection: d.AllowIntrospection})
	door := &door{deps: d, limits: limits, exec: exec, shown: shown}
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

// Drain admits no socket and no stream any more and closes all, spread over the time, so that their clients come back one
// after another, to another process. It returns when the last is closed, or with the context.
func (h *Handler) Drain(ctx context.Context, over time.Duration) { h.live.Drain(ctx, over) }

// TurnAway closes all sockets and streams with the word to try again later.
func (h *Handler) TurnAway() { h.live.TurnAway() }

// rulesWithoutSuggestions are the rules of the specification; none of them answers "Did you mean …", which would tell the
// schema to those who may not ask for it.
func rulesWithoutSuggestions() *rules.Rules {
	set := rules.NewDefaultRules()
	for suggesting, silent := range map[string]core.Rule{
		rules.FieldsOnCorrectTypeRule.Name: rules.FieldsOnCorrectTypeRuleWithoutSuggestions,
		rules.KnownArgumentNamesRule.Name:  rules.KnownArgumentNamesRuleWithoutSuggestions,
		rules.KnownTypeNamesRule.Name:      rules.KnownTypeNamesRuleWithoutSuggestions,
		rules.ScalarLeafsRule.Name:         rules.ScalarLeafsRuleWithoutSuggestions,
		rules.ValuesOfCorrectTypeRule.Name: rules.ValuesOfCorrectTypeRuleWithoutSuggestions,
	} {
		set.RemoveRule(suggesting)
		set.AddRule(silent.Name, silent.RuleFunc)
	}
	set.AddRule("ValuesOfCorrectTypeCustomScalars", textsForCustomScalars)
	return set
}

// documentCache keeps parsed and validated documents, but no long ones.
type documentCache struct{ *lru.LRU[*ast.QueryDocument] }

// Add keeps the document unless it is long.
func (c *documentCache) Add(ctx context.Context, document string, parsed *ast.QueryDocument) {
	if len(document) <= cachedDocumentBytes {
		c.LRU.Add(ctx, document, parsed)
	}
}
