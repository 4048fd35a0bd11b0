package storetest

import (
	"fmt"
	"slices"

	"contactpanel/contact"
)

func auditCases() []testCase {
	return []testCase{
		{name: "audit rows come back as they were written, newest first", run: (*harness).auditComesBack},
		{name: "audit rows are chosen by contact, agent, kinds and whether they were refused, all of which must hold", need: ownStore, run: (*harness).auditIsChosen},
		{name: "paging through the audit while it grows shows each row once, in order", need: ownStore, run: (*harness).auditIsPaged},
		{name: "every page of audit rows of several kinds is right, between any two places", need: ownStore, run: (*harness).auditOfKindsIsPaged},
		{name: "an audit that nothing was written into is empty for every question", need: ownStore, run: (*harness).auditIsEmpty},
	}
}

// auditEntries are all audit rows that a query chooses.
func (h *harness) auditEntries(q contact.AuditQuery) []contact.AuditEntry {
	h.Helper()
	q.Span = contact.Span{Limit: many, WantTotal: true}
	found, err := h.store.AuditEntries(h.Context(), h.org, q)
	h.must("AuditEntries", err)
	if found.Total != len(found.Items) || found.HasBefore || found.HasAfter {
		h.Errorf("all %d audit rows on one page: a total of %d, more before %t, more after %t", len(found.Items), found.Total, found.HasBefore, found.HasAfter)
	}
	return found.Items
}

func (h *harness) auditComesBack() {
	bare := contact.AuditEntry{ID: "audit_bare", At: at(6), Kind: "BARE"}
	rows := []contact.AuditEntry{h.audit(1, contactID(1)), h.refusal(2, ""), h.audit(3, contactID(2)), h.refusal(4, contactID(1)), h.audit(5, "")}
	h.put(rows[0], rows[1])
	h.put(rows[2], rows[3], rows[4])
	h.put(bare)
	slices.Reverse(rows)
	h.want("AuditEntries", h.auditEntries(contact.AuditQuery{}), append([]contact.AuditEntry{bare}, rows...))
}

// register is what the audit of an organisation should hold.
type register struct {
	h    *harness
	rows []contact.AuditEntry
}

// fill writes rows of few agents, kinds, contacts and moments, so that each question chooses some and not all.
func (r *register) fill(count int) {
	r.h.Helper()
	for range count {
		r.add(len(r.rows) / 3)
	}
}

// add writes one row more of a moment; ids are in no order.
func (r *register) add(moment int) {
	r.h.Helper()
	n := len(r.rows)
	row := r.h.audit(n*37%101, []contact.ID{contactID(1), "", contactID(2)}[n%3])
	if n%5 == 1 {
		row = r.h.refusal(n*37%101, row.Contact)
	}
	row.At, row.Agent = at(moment), r.h.agent(n/2%2)
	row.Kind = []contact.AuditKind{contact.AuditNoteAdded, contact.AuditVIPChanged, contact.AuditNoteAdded, contact.AuditSectionChanged}[n%4]
	r.h.put(row)
	r.rows = append(r.rows, row)
}

// chosen is the model of what a query chooses.
func (r *register) chosen(q contact.AuditQuery) timeline[contact.AuditEntry] {
	out := timeline[contact.AuditEntry]{at: func(e contact.AuditEntry) contact.Position { return contact.AuditAt(&e) }, descending: true}
	for _, e := range r.rows {
		if (q.Contact == "" || e.Contact == q.Contact) && (q.Agent == "" || e.Agent.ID == q.Agent) &&
			(q.Kinds == nil || slices.Contains(q.Kinds, e.Kind)) && (q.IsRefused == nil || *q.IsRefused == (e.Refused != "")) {
			out.items = append(out.items, e)
		}
	}
	out.sort()
	return out
}

// auditQueries are all combinations of conditions, of which some choose nothing.
func (f fixtures) auditQueries() []contact.AuditQuery {
	two := []contact.AuditKind{contact.AuditNoteAdded, contact.AuditSectionChanged}
	var out []contact.AuditQuery
	for _, of := range []contact.ID{"", contactID(1), contactID(9)} {
		for _, agent := range []contact.ID{"", f.agent(1).ID, "nobody"} {
			for _, kinds := range [][]contact.AuditKind{nil, two, {contact.AuditVIPChanged}, {}} {
				for _, isRefused := range []*bool{nil, pointer(true), pointer(false)} {
					out = append(out, contact.AuditQuery{Contact: of, Agent: agent, Kinds: kinds, IsRefused: isRefused})
				}
			}
		}
	}
	return out
}

func (h *harness) auditIsChosen() {
	r := &register{h: h}
	r.fill(24)
	for _, q := range h.auditQueries() {
		h.want("AuditEntries of "+queryText(q), h.auditEntries(q), r.chosen(q).items)
	}
}

func queryText(q contact.AuditQuery) string {
	refused := "any"
	if q.IsRefused != nil {
		refused = fmt.Sprint(*q.IsRefused)
	}
	return fmt.Sprintf("contact %q, agent %q, kinds %q, refused %s", q.Contact, q.Agent, q.Kinds, refused)
}

func (h *harness) auditIsPaged() {
	r := &register{h: h}
	r.fill(12)
	for _, q := range []contact.AuditQuery{
		{}, {Contact: contactID(1)}, {Agent: h.agent(1).ID}, {IsRefused: pointer(true)}, {IsRefused: pointer(false)},
		{Kinds: []contact.AuditKind{contact.AuditVIPChanged, contact.AuditNoteAdded}},
		{Agent: h.agent(0).ID, Kinds: []contact.AuditKind{contact.AuditNoteAdded}},
	} {
		for _, backward := range []bool{false, true} {
			left := 2
			walk[contact.AuditEntry]{
				h: h, what: "AuditEntries of " + queryText(q), backward: backward,
				model: func() timeline[contact.AuditEntry] { return r.chosen(q) },
				id:    func(e contact.AuditEntry) contact.ID { return e.ID },
				limit: func() int { return 2 },
				change: func() {
					if left--; left >= 0 { // one that is newer than all, and one among the others
						r.add([]int{100 + len(r.rows), 2}[left])
					}
				},
				read: func(span contact.Span) (contact.Slice[contact.AuditEntry], error) {
					q.Span = span
					return h.store.AuditEntries(h.Context(), h.org, q)
				},
			}.run()
		}
	}
}

func (h *harness) auditOfKindsIsPaged() {
	r := &register{h: h}
	r.fill(6)
	q := contact.AuditQuery{Kinds: []contact.AuditKind{contact.AuditVIPChanged, contact.AuditNoteAdded}}
	chosen := r.chosen(q)
	chosen.checkSpans(h, "AuditEntries of "+queryText(q), func(span contact.Span) (contact.Slice[contact.AuditEntry], error) {
		q.Span = span
		return h.store.AuditEntries(h.Context(), h.org, q)
	}, contact.Position{Number: at(1).UnixMilli(), ID: "audit_"})
}

func (h *harness) auditIsEmpty() {
	for _, q := range h.auditQueries() {
		h.want("AuditEntries of "+queryText(q), len(h.auditEntries(q)), 0)
	}
}
