package graph

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"contactpanel/contact"
)

// allows is the schema's directive: a second lock before the domain's own, which holds for the use cases whoever calls them.
func allows(ctx context.Context, _ any, next graphql.Resolver, roles []contact.Role) (any, error) {
	actor, err := contact.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(roles, actor.Is) {
		return nil, contact.NotAllowed(roles)
	}
	return next(ctx)
}
