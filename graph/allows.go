package graph

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"contactpanel/contact"
)

// allows is the schema's directive: a second lock beside the domain's own. It decides by the schema alone, and lets the domain
// refuse, which keeps the audit.
func allows(ctx context.Context, _ any, next graphql.Resolver, roles []contact.Role) (any, error) {
	actor, err := contact.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(roles, actor.Is) {
		ctx = contact.Barred(ctx)
	}
	return next(ctx)
}
