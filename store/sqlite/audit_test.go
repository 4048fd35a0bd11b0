package sqlite

import (
	"context"
	"strings"
	"testing"

	"contactpanel/contact"
)

// auditQueries are all shapes of questions to the audit.
func auditQueries(position *contact.Position) []contact.AuditQuery {
	isRefused, isDone := true, false
	var out []contact.AuditQuery
	for _, of := range []contact.ID{"", "c"} {
		for _, agent := range []contact.ID{"", "a"} {
			for _, kinds := range [][]contact.AuditKind{nil, {"K"}, {"K", "L"}} {
				for _, refused := range []*bool{nil, &isRefused, &isDone} {
					for _, backward := range []bool{false, true} {
						span := contact.Span{After: position, Before: position, Limit: 1, Backward: backward, WantTotal: true}
						out = append(out, contact.AuditQuery{Contact: of, Agent: agent, Kinds: kinds, IsRefused: refused, Span: span})
					}
				}
			}
		}
	}
	return out
}

func TestAQuestionToTheAuditReadsTheRowsOfItsOwnIndexAlone(t *testing.T) {
	s := openTest(t)
	isRefused, isDone := true, false
	for _, tt := range []struct {
		name string
		q    contact.AuditQuery
		want string
	}{
		{"all", contact.AuditQuery{}, "audit_by_time (org=? AND "},
		{"what was made", contact.AuditQuery{IsRefused: &isDone}, "audit_by_time (org=? AND "},
		{"of a contact", contact.AuditQuery{Contact: "c", Agent: "a", Kinds: []contact.AuditKind{"K"}, IsRefused: &isRefused}, "audit_by_contact (org=? AND contact=? AND "},
		{"refused", contact.AuditQuery{Agent: "a", Kinds: []contact.AuditKind{"K"}, IsRefused: &isRefused}, "audit_refused (org=? AND "},
		{"of an agent", contact.AuditQuery{Agent: "a", Kinds: []contact.AuditKind{"K"}, IsRefused: &isDone}, "audit_by_agent (org=? AND agent_id=? AND "},
		{"of kinds", contact.AuditQuery{Kinds: []contact.AuditKind{"K", "L"}}, "audit_by_kind (org=? AND kind=? AND "},
	} {
		tt.q.Span = contact.Span{Limit: 1, After: &contact.Position{Number: 1, ID: "b"}}
		asked := map[string][]any{}
		must(t, s.writer.do(t.Context(), func(ctx context.Context, t *tx) error {
			t.session = &recorder{t.session, asked}
			return second(t.AuditEntries(ctx, testOrg, tt.q))
		}))
		for text, args := range asked {
			if steps := explain(t, s, text, args); !strings.Contains(strings.Join(steps, "\n"), tt.want) {
				t.Errorf("%s: %s\n\tdoes: %q", tt.name, text, steps)
			}
		}
	}
}
