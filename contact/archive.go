package contact

import (
	"context"
	"fmt"
	"slices"
)

// ArchiveRow is one thing that an organisation keeps. Exactly one member is set.
type ArchiveRow struct {
	Organisation *Organisation
	Section      *Section
	Definition   *Definition
	Contact      *Contact
	Note         *Note // tombstones included
	Applied      *Applied
	Audit        *AuditEntry
	Agent        *DeactivatedAgent
	Group        *Group
}

// ArchiveReader reads everything.
type ArchiveReader interface {
	// Walk calls visit with everything that an organisation keeps but its events, all of one moment: first the organisation,
	// then sections, definitions and groups by key, deactivated agents by id, contacts by id, notes by id, remembered writes by
	// agent and key, audit rows by id.
	// NOT_FOUND when there is no such organisation. An error of visit ends the walk and is returned. It holds no more than some
	// hundred rows in memory, and writers do not wait for it. Orders are those of the bytes.
	Walk(ctx context.Context, org OrgID, visit func(ArchiveRow) error) error
}

// ArchiveKind says what a row of an archive holds.
type ArchiveKind string

// The kinds of rows, in the order in which they follow each other in an archive.
const (
	ArchivedOrganisation ArchiveKind = "organisation"
	ArchivedSection      ArchiveKind = "section"
	ArchivedDefinition   ArchiveKind = "definition"
	ArchivedGroup        ArchiveKind = "group"
	ArchivedAgent        ArchiveKind = "deactivatedAgent"
	ArchivedContact      ArchiveKind = "contact"
	ArchivedNote         ArchiveKind = "note"
	ArchivedApplied      ArchiveKind = "applied"
	ArchivedAudit        ArchiveKind = "audit"
)

// Kind says which member is set, "" when none is or several are.
func (r ArchiveRow) Kind() ArchiveKind {
	var kind ArchiveKind
	for _, m := range []struct {
		isSet bool
		kind  ArchiveKind
	}{
		{r.Organisation != nil, ArchivedOrganisation}, {r.Section != nil, ArchivedSection}, {r.Definition != nil, ArchivedDefinition},
		{r.Group != nil, ArchivedGroup}, {r.Agent != nil, ArchivedAgent}, {r.Contact != nil, ArchivedContact}, {r.Note != nil, ArchivedNote},
		{r.Applied != nil, ArchivedApplied}, {r.Audit != nil, ArchivedAudit},
	} {
		switch {
		case m.isSet && kind != "":
			return ""
		case m.isSet:
			kind = m.kind
		}
	}
	return kind
}

// place is where the row stands in an archive: its kind's turn, then what orders the rows of the kind.
func (r ArchiveRow) place() (turn int, key [2]string) {
	kind := r.Kind()
	switch kind {
	case ArchivedSection:
		key[0] = r.Section.Key
	case ArchivedDefinition:
		key[0] = r.Definition.Key
	case ArchivedGroup:
		key[0] = r.Group.Key
	case ArchivedAgent:
		key[0] = string(r.Agent.AgentID)
	case ArchivedContact:
		key[0] = string(r.Contact.ID)
	case ArchivedNote:
		key[0] = string(r.Note.ID)
	case ArchivedApplied:
		key = [2]string{string(r.Applied.Agent), r.Applied.Key}
	case ArchivedAudit:
		key[0] = string(r.Audit.ID)
	case ArchivedOrganisation:
	}
	return slices.Index([]ArchiveKind{
		ArchivedOrganisation, ArchivedSection, ArchivedDefinition, ArchivedGroup, ArchivedAgent, ArchivedContact, ArchivedNote,
		ArchivedApplied, ArchivedAudit,
	}, kind), key
}

// ArchiveCount is how many rows of each kind there are, the organisation itself left out.
type ArchiveCount struct {
	Sections, Definitions, Groups, Agents, Contacts, Notes, Applied, Audit int
}

// Add counts a row.
func (n *ArchiveCount) Add(row ArchiveRow) {
	switch row.Kind() {
	case ArchivedSection:
		n.Sections++
	case ArchivedDefinition:
		n.Definitions++
	case ArchivedGroup:
		n.Groups++
	case ArchivedAgent:
		n.Agents++
	case ArchivedContact:
		n.Contacts++
	case ArchivedNote:
		n.Notes++
	case ArchivedApplied:
		n.Applied++
	case ArchivedAudit:
		n.Audit++
	case ArchivedOrganisation:
	}
}

// RowError is a row of an archive that cannot be loaded. Its cause is an *[Error] that names the member to blame.
type RowError struct {
	Line int // from 1, which is the organisation; in a file of one row a line it is the line
	Kind ArchiveKind
	Err  error
}

// Error gives the line, the kind and the cause.
func (e *RowError) Error() string { return fmt.Sprintf("line %d: %s: %v", e.Line, e.Kind, e.Err) }

// Unwrap gives the cause.
func (e *RowError) Unwrap() error { return e.Err }

// Export calls visit with everything that the organisation keeps, in the order of [ArchiveReader], in constant memory. It is
// for an operator: no actor is looked at. NOT_FOUND when there is no such organisation, and when it is one whose loading has
// not ended. An error of visit ends the export and is returned.
func (c *Contacts) Export(ctx context.Context, org OrgID, visit func(ArchiveRow) error) error {
	var seen ArchiveCount
	err := c.store.Walk(Patiently(ctx), org, func(row ArchiveRow) error {
		seen.Add(row)
		if row.Kind() != ArchivedOrganisation && seen.Sections+seen.Definitions == 0 {
			return halfLoaded()
		}
		return visit(row)
	})
	if err == nil && seen.Definitions == 0 {
		return halfLoaded()
	}
	return err
}

func halfLoaded() error {
	return FieldErrorf(NotFound, "", "the organisation is not whole: its import has not ended")
}
