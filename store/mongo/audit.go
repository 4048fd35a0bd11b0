package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"contactpanel/contact"
	"contactpanel/store/internal/paging"
	"contactpanel/store/internal/record"
)

type auditRow struct {
	Key       string       `bson:"_id"`
	Org       string       `bson:"org"`
	ID        string       `bson:"id"`
	At        time.Time    `bson:"at"`
	Agent     record.Agent `bson:"agent"`
	Kind      string       `bson:"kind"`
	Contact   string       `bson:"contact"`
	Subject   string       `bson:"subject"`
	Version   int          `bson:"version"`
	RequestID string       `bson:"requestId"`
	Address   string       `bson:"address"`
	// Of refused changes alone: the code, the refused ones before it without a row, and when, for the sweep.
	Refused   string     `bson:"refused,omitempty"`
	Omitted   int        `bson:"omitted,omitempty"`
	RefusedAt *time.Time `bson:"refusedAt,omitempty"`
	// Its places in the audit of the organisation, in that of the contact, if it is about one, and among refused changes.
	Place        string `bson:"place"`
	ContactPlace string `bson:"contactPlace,omitempty"`
	RefusedPlace string `bson:"refusedPlace,omitempty"`
}

func (r *auditRow) entry() contact.AuditEntry {
	return contact.AuditEntry{
		ID: contact.ID(r.ID), At: r.At, Agent: r.Agent.Agent(), Kind: contact.AuditKind(r.Kind), Contact: contact.ID(r.Contact),
		Subject: r.Subject, Version: r.Version, RequestID: r.RequestID, Address: r.Address, Refused: contact.Code(r.Refused), Omitted: r.Omitted,
	}
}

func auditToRow(org contact.OrgID, e *contact.AuditEntry) auditRow {
	at := datedAt(e.At, e.ID)
	row := auditRow{
		Key: keyOf(org, string(e.ID)), Org: string(org), ID: string(e.ID), At: moment(e.At), Agent: record.Agent(e.Agent), Kind: string(e.Kind),
		Contact: string(e.Contact), Subject: e.Subject, Version: e.Version, RequestID: e.RequestID, Address: e.Address,
		Refused: string(e.Refused), Omitted: e.Omitted, Place: scope(org) + at,
	}
	if e.Contact != "" {
		row.ContactPlace = listOf(org, row.Contact) + at
	}
	if e.Refused != "" {
		row.RefusedPlace, row.RefusedAt = scope(org)+at, &row.At
	}
	return row
}

// PutAudit implements [contact.Tx].
func (t *tx) PutAudit(_ context.Context, org contact.OrgID, e contact.AuditEntry) error {
	t.pending = append(t.pending, write{collection: audit, document: auditToRow(org, &e)})
	return nil
}

// AuditEntries implements [contact.LogReader].
func (r reader) AuditEntries(ctx context.Context, org contact.OrgID, q contact.AuditQuery) (contact.Slice[contact.AuditEntry], error) {
	return paging.Read(ctx, r.auditList(org, q), q.Span)
}

// auditList chooses the list that holds what a query asks for, and what else must hold of its rows. Rows of before had no
// places among those of an agent or a kind, so that their lists are of the fields that all rows have, with the place in the
// organisation's audit behind them.
func (r reader) auditList(org contact.OrgID, q contact.AuditQuery) auditList {
	l := auditList{reader: r, field: "place", name: scope(org)}
	switch {
	case q.Contact != "":
		l.field, l.name = "contactPlace", listOf(org, string(q.Contact))
		l.choose(indexAuditContact, q)
	case q.IsRefused != nil && *q.IsRefused:
		l.field, q.IsRefused = "refusedPlace", nil
		l.choose(indexAuditRefused, q)
	case q.Agent != "":
		l.where = bson.D{{Key: "org", Value: string(org)}, {Key: "agent.id", Value: string(q.Agent)}}
		q.Agent = ""
		l.choose(indexAuditAgent, q)
	case len(q.Kinds) == 1:
		l.where = bson.D{{Key: "org", Value: string(org)}, {Key: "kind", Value: string(q.Kinds[0])}}
		q.Kinds = nil
		l.choose(indexAuditKind, q)
	case q.Kinds != nil:
		l.where = bson.D{{Key: "org", Value: string(org)}}
		l.choose(indexAuditKind, q)
	default:
		l.choose(indexAuditPlace, q)
	}
	return l
}

// auditList is a list of rows, newest first.
type auditList struct {
	reader
	where       bson.D
	field, name string
	index       string // by name where the server could take another one; "" where it takes the right one
}

// choose leaves the rows of a list, which an index holds, for which the rest of a query holds.
func (l *auditList) choose(index string, q contact.AuditQuery) {
	also := func(field string, value any) {
		l.where, l.index = append(l.where, bson.E{Key: field, Value: value}), index
	}
	if q.Agent != "" {
		also("agent.id", string(q.Agent))
	}
	if q.Kinds != nil {
		also("kind", bson.D{{Key: "$in", Value: q.Kinds}})
	}
	if q.IsRefused != nil {
		also("refused", bson.D{{Key: "$exists", Value: *q.IsRefused}})
	}
}

// options asks for the index of the list.
func (l auditList) options() *options.FindOptionsBuilder {
	o := options.Find()
	if l.index != "" {
		o.SetHint(l.index)
	}
	return o
}

// between chooses the rows strictly between two places; the list descends.
func (l auditList) between(after, before *contact.Position) bson.D {
	return append(l.where[:len(l.where):len(l.where)], bson.E{Key: l.field, Value: inside(l.name, before, after, dated)})
}

// Page implements [paging.Lister].
func (l auditList) Page(ctx context.Context, after, before *contact.Position, limit int, backward bool) ([]contact.AuditEntry, error) {
	direction := -1
	if backward {
		direction = 1
	}
	o := l.options().SetSort(bson.D{{Key: l.field, Value: direction}}).SetLimit(int64(limit))
	return find(ctx, l.reader, audit, l.between(after, before), o, (*auditRow).entry)
}

// IsBefore implements [paging.Lister].
func (l auditList) IsBefore(ctx context.Context, p contact.Position) (bool, error) {
	return exists(ctx, l.reader, audit, l.between(nil, &p), l.options())
}

// IsAfter implements [paging.Lister].
func (l auditList) IsAfter(ctx context.Context, p contact.Position) (bool, error) {
	return exists(ctx, l.reader, audit, l.between(&p, nil), l.options())
}

// Count implements [paging.Lister].
func (l auditList) Count(ctx context.Context) (int, error) {
	return count(ctx, l.reader, audit, l.between(nil, nil), l.index, 0)
}

// Position implements [paging.Lister].
func (auditList) Position(e *contact.AuditEntry) contact.Position { return contact.AuditAt(e) }
