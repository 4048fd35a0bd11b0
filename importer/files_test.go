package importer_test

import (
	"encoding/csv"
	"os"
	"strconv"
	"strings"
	"testing"

	"contactpanel/contact"
	"contactpanel/importer"
)

// goodFiles are read with the region of the people who wrote them.
var goodFiles = []struct {
	name, region string
	rows         int
}{
	{"testdata/kontakte-de.csv", "DE", 400},
	{"testdata/contacts-en.csv", "US", 400},
	{"testdata/adressbuch.vcf", "DE", 100},
}

// The two orders have each pair of files both ways round.
func TestGoodFilesGiveTheSameContactsInEitherOrder(t *testing.T) {
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}} {
		ctx, contacts := organisation(t)
		for round := range 2 {
			for _, i := range order {
				f := goodFiles[i]
				lines, sum := run(ctx, t, importer.Local(contacts), options(f.region, nil), f.name)
				want := importer.Summary{Created: f.rows}
				if round > 0 {
					want = importer.Summary{Unchanged: f.rows}
				}
				if sum != want {
					t.Errorf("order %v, round %d: Run(%s) = %+v, want %+v; refused: %v", order, round, f.name, sum, want, lines)
				}
			}
		}
		page, err := contacts.Search(ctx, contact.SearchInput{Page: contact.PageArgs{WantTotal: true}})
		if err != nil || *page.Total != 900 {
			t.Errorf("order %v: the organisation has %v contacts, %v; want 900", order, page.Total, err)
		}
	}
}

func TestEachDirtyRowEndsAsExpected(t *testing.T) {
	ctx, contacts := organisation(t)
	lines, sum := run(ctx, t, importer.Local(contacts), options("DE", nil), "testdata/dirty.csv")
	want, outcomes := expected(t)
	if len(lines) != len(want) {
		t.Errorf("refused %d rows, want %d", len(lines), len(want))
	}
	for i, line := range lines {
		if i < len(want) && (line.Line != want[i].Line || line.Field != want[i].Field) {
			t.Errorf("refused line %d on %q (%s), want line %d on %q", line.Line, line.Field, line.Reason, want[i].Line, want[i].Field)
		}
		if line.Reason == "" || line.File != "testdata/dirty.csv" {
			t.Errorf("line %d is refused in %q because of %q, want the file and a reason", line.Line, line.File, line.Reason)
		}
	}
	if sum != outcomes {
		t.Errorf("Run(dirty.csv) = %+v, want %+v", sum, outcomes)
	}
}

// The rows are imported one by one, so that created, updated and unchanged are seen for each.
func TestEachDirtyRowHasItsOutcome(t *testing.T) {
	text, err := os.ReadFile("testdata/dirty.csv")
	if err != nil {
		t.Fatal(err)
	}
	ctx, contacts := organisation(t)
	lines := strings.SplitAfter(string(text), "\n")
	rows := expectedRows(t)
	for i, row := range rows {
		end := len(lines)
		if i+1 < len(rows) {
			end = rows[i+1].line - 1
		}
		_, sum := run(ctx, t, importer.Local(contacts), options("DE", nil), written(t, lines[0]+strings.Join(lines[row.line-1:end], "")))
		var want importer.Summary
		count(t, &want, row.outcome)
		if sum != want {
			t.Errorf("line %d ended as %+v, want %s", row.line, sum, row.outcome)
		}
	}
}

type expectedRow struct {
	line           int
	outcome, field string
}

func expectedRows(t *testing.T) []expectedRow {
	t.Helper()
	f, err := os.Open("testdata/dirty.expected.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []expectedRow
	for _, cells := range table[1:] {
		line, err := strconv.Atoi(cells[0])
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, expectedRow{line, cells[1], cells[2]})
	}
	return rows
}

func expected(t *testing.T) (lines []refused, sum importer.Summary) {
	t.Helper()
	for _, row := range expectedRows(t) {
		count(t, &sum, row.outcome)
		if row.outcome == "refused" {
			lines = append(lines, refused{Line: row.line, Field: row.field})
		}
	}
	return lines, sum
}

func count(t *testing.T, sum *importer.Summary, outcome string) {
	t.Helper()
	switch outcome {
	case "created":
		sum.Created++
	case "updated":
		sum.Updated++
	case "unchanged":
		sum.Unchanged++
	case "refused":
		sum.Refused++
	default:
		t.Fatalf("unknown outcome %q", outcome)
	}
}
