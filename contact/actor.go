package contact

import (
	"context"
	"slices"
	"time"
)

// OrgID names an organisation, the tenant. It is the name that the token's organisation claim carries, 1 to 100 code points.
type OrgID string

// Role is what an actor may do.
type Role string

// The roles. AGENT is a person beside a conversation, ADMIN a person who also administers the organisation, INTEGRATION a
// machine that feeds contacts and messages in.
const (
	RoleAgent       Role = "AGENT"
	RoleAdmin       Role = "ADMIN"
	RoleIntegration Role = "INTEGRATION"
)

// Origin says who set a value.
type Origin string

// The origins of values.
const (
	OriginAgent   Origin = "AGENT"   // a person, in the panel
	OriginCRM     Origin = "CRM"     // the organisation's CRM
	OriginChannel Origin = "CHANNEL" // the social network itself
	OriginImport  Origin = "IMPORT"  // a file of contacts
	OriginAPI     Origin = "API"     // an integration
)

// Agent is a person or machine as it is shown beside what it wrote. ID is the token's subject; Name is kept as it was at
// the time of writing, so that showing a note needs no look-up.
type Agent struct {
	ID   ID
	Name string
}

// Actor is who asks: the verified content of a token plus facts of the request. It is made by auth and read by every use
// case; nothing in it comes from a GraphQL argument.
type Actor struct {
	Agent
	Org   OrgID
	Roles []Role
	Teams []string
	// Expires is when the token ends; nothing is delivered to the actor after it.
	Expires time.Time
	// Origin is stamped on the values that the actor sets: AGENT for people, API for integrations.
	Origin Origin
	// Languages are the viewer's language tags, most wanted first, from Accept-Language. Empty means the default.
	Languages []string
	// RequestID and Address (the peer's network address) go into audit rows only.
	RequestID string
	Address   string
}

// Is reports whether the actor holds the role.
func (a Actor) Is(role Role) bool { return slices.Contains(a.Roles, role) }

type actorKey struct{}

// WithActor returns a context that carries the actor.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorFrom returns the actor of the context. Its error is UNAUTHENTICATED when there is none.
func ActorFrom(ctx context.Context) (Actor, error) {
	a, ok := ctx.Value(actorKey{}).(Actor)
	if !ok {
		return Actor{}, Errorf(Unauthenticated, "the request carries no identity")
	}
	return a, nil
}
