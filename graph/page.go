package graph

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"contactpanel/contact"
	"contactpanel/graph/internal/gql"
)

// pageArgs reads a connection's arguments. The total is wanted when the query selects it.
func pageArgs(ctx context.Context, first *int, after *string, last *int, before *string) contact.PageArgs {
	return contact.PageArgs{First: first, Last: last, After: after, Before: before, WantTotal: selects(ctx, "totalCount")}
}

// selects reports whether the field that is being resolved selects a member, or, with more names, a member of a member.
func selects(ctx context.Context, path ...string) bool {
	return selectsIn(graphql.GetOperationContext(ctx), graphql.CollectFieldsCtx(ctx, nil), path)
}

func selectsIn(op *graphql.OperationContext, fields []graphql.CollectedField, path []string) bool {
	return slices.ContainsFunc(fields, func(f graphql.CollectedField) bool {
		if f.Name != path[0] {
			return false
		}
		return len(path) == 1 || selectsIn(op, graphql.CollectFields(op, f.Selections, nil), path[1:])
	})
}

func pageInfo[T any](p contact.Page[T]) *gql.PageInfo {
	info := &gql.PageInfo{HasNextPage: p.HasAfter, HasPreviousPage: p.HasBefore}
	if n := len(p.Cursors); n > 0 {
		info.StartCursor, info.EndCursor = &p.Cursors[0], &p.Cursors[n-1]
	}
	return info
}

func total(n *int) int {
	if n == nil {
		return 0 // not selected, so not shown
	}
	return *n
}

func noteConnection(p contact.Page[contact.Note], err error) (*gql.NoteConnection, error) {
	if err != nil {
		return nil, err
	}
	c := &gql.NoteConnection{Nodes: orEmpty(p.Items), PageInfo: pageInfo(p), TotalCount: total(p.Total)}
	c.Edges = make([]contact.NoteEdge, len(p.Items))
	for i := range p.Items {
		c.Edges[i] = contact.NoteEdge{Cursor: p.Cursors[i], Node: &p.Items[i]}
	}
	return c, nil
}

func auditConnection(p contact.Page[contact.AuditRecord], err error) (*gql.AuditEntryConnection, error) {
	if err != nil {
		return nil, err
	}
	c := &gql.AuditEntryConnection{Nodes: orEmpty(p.Items), PageInfo: pageInfo(p), TotalCount: total(p.Total)}
	c.Edges = make([]gql.AuditEntryEdge, len(p.Items))
	for i := range p.Items {
		c.Edges[i] = gql.AuditEntryEdge{Cursor: p.Cursors[i], Node: &p.Items[i]}
	}
	return c, nil
}

func contactConnection(p contact.Page[contact.Contact], err error) (*gql.ContactConnection, error) {
	if err != nil {
		return nil, err
	}
	c := &gql.ContactConnection{Nodes: orEmpty(p.Items), PageInfo: pageInfo(p), TotalCount: total(p.Total)}
	c.Edges = make([]gql.ContactEdge, len(p.Items))
	for i := range p.Items {
		c.Edges[i] = gql.ContactEdge{Cursor: p.Cursors[i], Node: &p.Items[i]}
	}
	return c, nil
}
