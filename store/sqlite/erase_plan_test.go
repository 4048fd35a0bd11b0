package sqlite

import (
	"strings"
	"testing"
)

// TestAnExportAndAnErasureOfAContactReadNothingOfOthers looks at how SQLite answers their statements: by the contact, and never by
// the organisation alone, but for the organisation's own row.
func TestAnExportAndAnErasureOfAContactReadNothingOfOthers(t *testing.T) {
	s := openTest(t)
	for _, text := range []string{
		sqlWalkOneContact, sqlWalkStanding, sqlWalkDeleted, sqlWalkEvents, sqlWalkAppliedOf, sqlWalkAuditOf,
		sqlContactNumber, sqlEraseStanding, sqlEraseDeleted, sqlEraseApplied, sqlEraseAppliedBefore,
		sqlEraseEvents, sqlEraseHeads, sqlEraseSearch, sqlEraseLookups, sqlEraseNetworks, sqlEraseContact,
	} {
		searches := 0
		for _, step := range explain(t, s, text, []any{"a", "b", "c"}[:min(strings.Count(text, "?"), 3)]) {
			if strings.HasPrefix(step, "SEARCH ") {
				searches++
			}
			if isScan(step) || strings.HasSuffix(step, "(org=?)") {
				t.Errorf("%s\n\tdoes: %s", text, step)
			}
		}
		if searches == 0 {
			t.Errorf("%s\n\tsearches nothing", text)
		}
	}
}
