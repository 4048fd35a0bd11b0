package graph

import (
	"context"

	"contactpanel/contact"
	"contactpanel/graph/internal/gql"
)

// AuditEntries answers a page of the audit.
func (q query) AuditEntries(
	ctx context.Context, first *int, after *string, last *int, before *string, filter *contact.AuditFilter,
) (*gql.AuditEntryConnection, error) {
	in := contact.AuditInput{Page: pageArgs(ctx, first, after, last, before)}
	in.WantContacts = selects(ctx, "nodes", "contact") || selects(ctx, "edges", "node", "contact")
	if filter != nil {
		in.Filter = *filter
	}
	return auditConnection(q.contacts.AuditEntries(ctx, in))
}
