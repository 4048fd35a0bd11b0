package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"contactpanel/contact"
	"contactpanel/store/internal/paging"
)

const (
	auditColumns = `id, at, agent_id, agent_name, kind, contact, subject, version, request_id, address, refused, omitted`
	sqlPutAudit  = `INSERT INTO audit (org, ` + auditColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	// The lists of rows, each of one index.
	auditByTime    = ` FROM audit INDEXED BY audit_by_time WHERE org = ?`
	auditByContact = ` FROM audit INDEXED BY audit_by_contact WHERE org = ? AND contact <> '' AND contact = ?`
	auditByAgent   = ` FROM audit INDEXED BY audit_by_agent WHERE org = ? AND agent_id = ?`
	auditByKind    = ` FROM audit INDEXED BY audit_by_kind WHERE org = ? AND kind = ?`
	auditRefused   = ` FROM audit INDEXED BY audit_refused WHERE org = ? AND refused <> ''`

	// What else must hold.
	auditOfAgent   = ` AND agent_id = ?`
	auditOfKinds   = ` AND kind IN (SELECT value FROM json_each(?))`
	auditIsDone    = ` AND refused = ''`
	auditIsRefused = ` AND refused <> ''`

	auditForward  = ` AND (at, id) < (?, ?) AND (at, id) > (?, ?) ORDER BY at DESC, id DESC` + limited
	auditBackward = ` AND (at, id) < (?, ?) AND (at, id) > (?, ?) ORDER BY at, id` + limited
	auditBefore   = ` AND (at, id) > (?, ?))`
	auditAfter    = ` AND (at, id) < (?, ?))`
)

// PutAudit implements [contact.Tx].
func (t *tx) PutAudit(ctx context.Context, org contact.OrgID, e contact.AuditEntry) error {
	_, err := t.exec(ctx, sqlPutAudit, string(org), string(e.ID), millis(e.At), string(e.Agent.ID), e.Agent.Name, string(e.Kind),
		string(e.Contact), e.Subject, e.Version, e.RequestID, e.Address, string(e.Refused), e.Omitted)
	return err
}

// AuditEntries implements [contact.LogReader]. What is about a contact, was refused, or was done by an agent is one list, of
// which what else must hold leaves some; of kinds each is a list.
func (r reader) AuditEntries(ctx context.Context, org contact.OrgID, q contact.AuditQuery) (contact.Slice[contact.AuditEntry], error) {
	lists, err := r.auditLists(string(org), q)
	if err != nil {
		return contact.Slice[contact.AuditEntry]{}, r.fail(err)
	}
	found, err := paging.Read(ctx, paging.Merge(newerFirst, lists), q.Span)
	return found, r.fail(err)
}

func newerFirst(a, b contact.Position) int {
	return cmp.Or(cmp.Compare(b.Number, a.Number), cmp.Compare(b.ID, a.ID))
}

func (r reader) auditLists(org string, q contact.AuditQuery) ([]paging.Lister[contact.AuditEntry], error) {
	var heads []auditList
	begin := func(from string, args ...any) {
		heads = append(heads, auditList{r.session, from, append([]any{org}, args...)})
	}
	switch {
	case q.Contact != "":
		begin(auditByContact, string(q.Contact))
	case q.IsRefused != nil && *q.IsRefused:
		begin(auditRefused)
		q.IsRefused = nil
	case q.Agent != "":
		begin(auditByAgent, string(q.Agent))
		q.Agent = ""
	case q.Kinds != nil:
		for _, kind := range q.Kinds {
			begin(auditByKind, string(kind))
		}
		q.Kinds = nil
	default:
		begin(auditByTime)
	}
	lists := make([]paging.Lister[contact.AuditEntry], len(heads))
	for i, head := range heads {
		list, err := head.and(q)
		if err != nil {
			return nil, err
		}
		lists[i] = list
	}
	return lists, nil
}

// auditList is a list of rows, newest first.
type auditList struct {
	session session
	from    string
	args    []any
}

// and leaves the rows of a list for which the rest of a query holds.
func (l auditList) and(q contact.AuditQuery) (auditList, error) {
	if q.Agent != "" {
		l.from, l.args = l.from+auditOfAgent, append(l.args, string(q.Agent))
	}
	if q.Kinds != nil {
		kinds, err := json.Marshal(q.Kinds)
		if err != nil {
			return l, err
		}
		l.from, l.args = l.from+auditOfKinds, append(l.args, string(kinds))
	}
	if q.IsRefused != nil && *q.IsRefused {
		l.from += auditIsRefused
	} else if q.IsRefused != nil {
		l.from += auditIsDone
	}
	return l, nil
}

// Page implements [paging.Lister].
func (l auditList) Page(ctx context.Context, after, before *contact.Position, limit int, backward bool) ([]contact.AuditEntry, error) {
	text := `SELECT ` + auditColumns + l.from + auditForward
	if backward {
		text = `SELECT ` + auditColumns + l.from + auditBackward
	}
	from, to := newestFirst(after, before)
	rows, err := l.ask(ctx, text, from.Number, string(from.ID), to.Number, string(to.ID), limit)
	return collect(rows, err, scanAudit)
}

// IsBefore implements [paging.Lister].
func (l auditList) IsBefore(ctx context.Context, p contact.Position) (bool, error) {
	return exists(l.ask(ctx, `SELECT EXISTS (SELECT 1`+l.from+auditBefore, p.Number, string(p.ID)))
}

// IsAfter implements [paging.Lister].
func (l auditList) IsAfter(ctx context.Context, p contact.Position) (bool, error) {
	return exists(l.ask(ctx, `SELECT EXISTS (SELECT 1`+l.from+auditAfter, p.Number, string(p.ID)))
}

// Count implements [paging.Lister].
func (l auditList) Count(ctx context.Context) (int, error) {
	return number(l.ask(ctx, `SELECT count(*)`+l.from))
}

// Position implements [paging.Lister].
func (auditList) Position(e *contact.AuditEntry) contact.Position { return contact.AuditAt(e) }

// ask runs a statement of the list; more are the arguments behind its own.
func (l auditList) ask(ctx context.Context, text string, more ...any) (*sql.Rows, error) {
	return l.session.queryVaried(ctx, text, slices.Concat(l.args, more)...)
}

func scanAudit(rows *sql.Rows) (contact.AuditEntry, error) {
	var e contact.AuditEntry
	var at int64
	err := rows.Scan(&e.ID, &at, &e.Agent.ID, &e.Agent.Name, &e.Kind, &e.Contact, &e.Subject, &e.Version, &e.RequestID, &e.Address,
		&e.Refused, &e.Omitted)
	e.At = moment(at)
	return e, err
}
