package contact

import (
	"context"
	"slices"
)

// Roles returns all roles, in the order of the schema.
func Roles() []Role { return []Role{RoleAgent, RoleAdmin, RoleIntegration} }

// mayUse reports whether the actor's roles allow a use case, which is called as the schema's field is. It is the one list of
// who may do what: people read and write notes and decide who is a VIP, administrators administer besides, machines feed
// contacts in and read what they feed. A use case that is not in it is for nobody.
func (a Actor) mayUse(useCase string) bool {
	switch useCase {
	case "node", "nodes", "contact", "contactByProfile", "contacts", "attributeDefinitions", "attributeSections", "contactGroups", "contactEvents",
		"setAttribute", "clearAttribute", "upsertContact":
		return a.isAny(Roles())
	case "notes", "deletedNotes", "noteEvents", "addNote", "editNote", "deleteNote", "restoreNote", "promoteToVip", "removeVip":
		return a.Is(RoleAgent) || a.Is(RoleAdmin)
	case "createAttributeDefinition", "updateAttributeDefinition", "archiveAttributeDefinition", "restoreAttributeDefinition",
		"orderAttributeDefinitions", "createAttributeSection", "updateAttributeSection", "createContactGroup", "updateContactGroup", "deleteContactGroup",
		"auditEntries", "eraseContact", "contactExport", "deactivateAgent", "reactivateAgent", "deactivatedAgents":
		return a.Is(RoleAdmin)
	default:
		return false
	}
}

// RolesFor returns the roles that allow a use case, in the order of the schema: each alone is enough. Who asks for viewer and
// limits is told in any role, and so are these not use cases.
func RolesFor(useCase string) []Role {
	return slices.DeleteFunc(Roles(), func(r Role) bool { return !Actor{Roles: []Role{r}}.mayUse(useCase) })
}

// isAny reports whether the actor holds one of the roles.
func (a Actor) isAny(roles []Role) bool { return slices.ContainsFunc(roles, a.Is) }

// actorFor returns the actor of the context when its roles allow the use case, else FORBIDDEN.
func actorFor(ctx context.Context, useCase string) (Actor, error) {
	a, err := ActorFrom(ctx)
	if err != nil {
		return Actor{}, err
	}
	if isBarred, _ := ctx.Value(barredKey{}).(bool); isBarred || !a.mayUse(useCase) {
		return Actor{}, Errorf(Forbidden, "the role does not allow this; it takes %s", roleList(RolesFor(useCase), " or "))
	}
	return a, nil
}

type barredKey struct{}

// Barred returns a context in which every use case is FORBIDDEN, whoever the actor is: for a lock before this package's own. So a
// change that such a lock refuses is refused here, where it leaves its entry in the audit.
func Barred(ctx context.Context) context.Context { return context.WithValue(ctx, barredKey{}, true) }
