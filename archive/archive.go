// Package archive is the file format of a whole organisation: JSON Lines, one thing a line, for the export and import
// commands. docs/archive.md describes it for those who write or read such files with other programs.
//
// The invariant: what is read was written by an export, whole. A line has one form only, so that the same data are the same
// bytes; anything else, an unknown member, a member twice, another order, is refused, and so is a file without its end.
//
//	{"kind":"archive","format":3,"organisation":"acme","createdAt":"2026-03-04T12:00:00.000Z"}
//	{"kind":"section","key":"contact",…}
//	{"kind":"definition","key":"email",…}
//	{"kind":"group","key":"gold",…}
//	{"kind":"deactivatedAgent","id":"…",…}
//	{"kind":"contact","id":"contact_…",…}
//	{"kind":"note","id":"note_…","contact":"contact_…",…}
//	{"kind":"applied","agent":"…","key":"…",…}
//	{"kind":"audit","id":"audit_…",…}
//	{"kind":"end","rows":8}
package archive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"contactpanel/contact"
)

// Versions of the format: the one that is written, and the oldest that is read. A later one has members that an earlier one
// has not, all of which may be left out, and kinds, see sinceFormat.
const (
	format = 3
	oldest = 1
)

// sinceFormat is the first version that has lines of the kind.
func sinceFormat(kind string) int {
	switch contact.ArchiveKind(kind) {
	case contact.ArchivedGroup:
		return 3
	case contact.ArchivedAgent:
		return 2
	default:
		return oldest
	}
}

// MaxLine is the longest line that is read, in bytes.
const MaxLine = 32 << 20

// The kinds of the first line and the last. Those between are [contact.ArchiveKind].
const (
	kindArchive = "archive"
	kindEnd     = "end"
)

// headerLine is the first line. It says nothing about when it was written, so that two exports of the same data are the
// same bytes.
type headerLine struct {
	Kind         string        `json:"kind"`
	Format       int           `json:"format"`
	Organisation contact.OrgID `json:"organisation"`
	CreatedAt    moment        `json:"createdAt"`
}

// endLine is the last line. Rows counts the lines between it and the first.
type endLine struct {
	Kind string `json:"kind"`
	Rows int    `json:"rows"`
}

// line is what one kind of row is written as.
type line interface{ row() contact.ArchiveRow }

// emptyLine makes a line of the kind to read into, nil when the kind is not known.
func emptyLine(kind string) line {
	switch contact.ArchiveKind(kind) {
	case contact.ArchivedSection:
		return &sectionLine{}
	case contact.ArchivedDefinition:
		return &definitionLine{}
	case contact.ArchivedGroup:
		return &groupLine{}
	case contact.ArchivedAgent:
		return &agentLine{}
	case contact.ArchivedContact:
		return &contactLine{}
	case contact.ArchivedNote:
		return &noteLine{}
	case contact.ArchivedApplied:
		return &appliedLine{}
	case contact.ArchivedAudit:
		return &auditLine{}
	default:
		return nil
	}
}

// lineOf is a row as it is written, nil when the row holds nothing that has a line of its own.
func lineOf(row contact.ArchiveRow) line {
	switch row.Kind() {
	case contact.ArchivedSection:
		return newSectionLine(row.Section)
	case contact.ArchivedDefinition:
		return newDefinitionLine(row.Definition)
	case contact.ArchivedGroup:
		return newGroupLine(row.Group)
	case contact.ArchivedAgent:
		return newAgentLine(row.Agent)
	case contact.ArchivedContact:
		return newContactLine(row.Contact)
	case contact.ArchivedNote:
		return newNoteLine(row.Note)
	case contact.ArchivedApplied:
		return newAppliedLine(row.Applied)
	case contact.ArchivedAudit:
		return newAuditLine(row.Audit)
	default:
		return nil
	}
}

// encode writes a line in its one form, with the line feed.
func encode(to *bytes.Buffer, v any) error {
	to.Reset()
	e := json.NewEncoder(to)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// moment is a time as it is written: RFC 3339 in UTC with milliseconds.
type moment struct{ time.Time }

const layout = "2006-01-02T15:04:05.000Z"

// MarshalJSON implements [json.Marshaler].
func (m moment) MarshalJSON() ([]byte, error) {
	if year := m.UTC().Year(); year < 0 || year > 9999 {
		return nil, fmt.Errorf("the year %d cannot be written", year)
	}
	return []byte(`"` + m.UTC().Format(layout) + `"`), nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (m *moment) UnmarshalJSON(raw []byte) error {
	t, err := time.Parse(`"`+layout+`"`, string(raw))
	if err != nil {
		return fmt.Errorf("%.40s is not a time written %s", raw, layout)
	}
	m.Time = t
	return nil
}

// day is a date as it is written: YYYY-MM-DD.
type day struct{ contact.Date }

// MarshalJSON implements [json.Marshaler].
func (d day) MarshalJSON() ([]byte, error) { return []byte(`"` + d.String() + `"`), nil }

// UnmarshalJSON implements [json.Unmarshaler].
func (d *day) UnmarshalJSON(raw []byte) error {
	var text string
	err := json.Unmarshal(raw, &text)
	if err == nil {
		d.Date, err = contact.ParseDate(text)
	}
	if err != nil {
		return fmt.Errorf("%.40s is not a day written YYYY-MM-DD", raw)
	}
	return nil
}

// convert applies f to what is pointed at.
func convert[From, To any](p *From, f func(From) To) *To {
	if p == nil {
		return nil
	}
	to := f(*p)
	return &to
}

// list applies f to each item. An empty list is nil, because neither is written.
func list[From, To any](in []From, f func(From) To) []To {
	if len(in) == 0 {
		return nil
	}
	out := make([]To, len(in))
	for i := range in {
		out[i] = f(in[i])
	}
	return out
}

func toMoment(t time.Time) moment   { return moment{t} }
func fromMoment(m moment) time.Time { return m.Time }
