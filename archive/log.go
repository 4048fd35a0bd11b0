package archive

import "contactpanel/contact"

// appliedLine is a remembered write. The first answer is JSON in a text, because it is kept byte for byte.
type appliedLine struct {
	Kind   contact.ArchiveKind `json:"kind"`
	Agent  contact.ID          `json:"agent"`
	Key    string              `json:"key"`
	Hash   string              `json:"hash"`
	Result string              `json:"result"`
	At     moment              `json:"at"`
}

func newAppliedLine(a *contact.Applied) *appliedLine {
	return &appliedLine{contact.ArchivedApplied, a.Agent, a.Key, a.Hash, string(a.Result), moment{a.At}}
}

func (l *appliedLine) row() contact.ArchiveRow {
	return contact.ArchiveRow{Applied: &contact.Applied{
		Agent: l.Agent, Key: l.Key, Hash: l.Hash, Result: []byte(l.Result), At: l.At.Time,
	}}
}

// auditLine is an audit row. Refused and omitted came with format 2.
type auditLine struct {
	Kind      contact.ArchiveKind `json:"kind"`
	ID        contact.ID          `json:"id"`
	At        moment              `json:"at"`
	Agent     agent               `json:"agent"`
	Did       contact.AuditKind   `json:"did"`
	Contact   contact.ID          `json:"contact,omitempty"`
	Subject   string              `json:"subject,omitempty"`
	Version   int                 `json:"version"`
	RequestID string              `json:"requestId,omitempty"`
	Address   string              `json:"address,omitempty"`
	Refused   contact.Code        `json:"refused,omitempty"`
	Omitted   int                 `json:"omitted,omitempty"`
}

func newAuditLine(e *contact.AuditEntry) *auditLine {
	return &auditLine{
		contact.ArchivedAudit, e.ID, moment{e.At}, agent(e.Agent), e.Kind, e.Contact, e.Subject, e.Version, e.RequestID, e.Address,
		e.Refused, e.Omitted,
	}
}

func (l *auditLine) row() contact.ArchiveRow {
	return contact.ArchiveRow{Audit: &contact.AuditEntry{
		ID: l.ID, At: l.At.Time, Agent: contact.Agent(l.Agent), Kind: l.Did, Contact: l.Contact, Subject: l.Subject,
		Version: l.Version, RequestID: l.RequestID, Address: l.Address, Refused: l.Refused, Omitted: l.Omitted,
	}}
}
