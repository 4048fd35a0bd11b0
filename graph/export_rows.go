package graph

import (
	"encoding/json"
	"unicode/utf8"

	"contactpanel/contact"
)

// The rows of an export. Members that hold nothing are left out, but for lists.

type exportContact struct {
	ID            contact.ID        `json:"id"`
	DisplayName   string            `json:"displayName"`
	Name          string            `json:"name,omitempty"`
	AvatarURL     string            `json:"avatarUrl,omitempty"`
	CreatedAt     exportTime        `json:"createdAt"`
	UpdatedAt     exportTime        `json:"updatedAt"`
	Version       int               `json:"version"`
	VIP           exportVIP         `json:"vip"`
	Validation    exportValidation  `json:"validation"`
	Profiles      []exportProfile   `json:"profiles"`
	Attributes    []exportAttribute `json:"attributes"`
	ImportedNotes []string          `json:"importedNotes,omitempty"`
	ImportedRow   string            `json:"importedRow,omitempty"`
}

type exportVIP struct {
	IsVIP     bool         `json:"isVip"`
	Since     *exportTime  `json:"since,omitempty"`
	By        *exportAgent `json:"by,omitempty"`
	Reason    string       `json:"reason,omitempty"`
	ExpiresAt *exportTime  `json:"expiresAt,omitempty"`
}

type exportValidation struct {
	State     contact.ValidationState `json:"state"`
	CheckedAt *exportTime             `json:"checkedAt,omitempty"`
	Connector *string                 `json:"connector,omitempty"`
	RecordURL *string                 `json:"recordUrl,omitempty"`
}

type exportProfile struct {
	ID          contact.ID      `json:"id"`
	Network     contact.Network `json:"network"`
	Handle      string          `json:"handle"`
	DisplayName string          `json:"displayName,omitempty"`
	AvatarURL   string          `json:"avatarUrl,omitempty"`
	ProfileURL  string          `json:"profileUrl,omitempty"`
}

type exportAttribute struct {
	Key     string            `json:"key"`
	Label   string            `json:"label"`
	Type    contact.ValueType `json:"type"`
	Values  []exportValue     `json:"values"`
	Origin  contact.Origin    `json:"origin"`
	SetBy   exportAgent       `json:"setBy"`
	SetAt   exportTime        `json:"setAt"`
	Version int               `json:"version"`
}

type exportValue struct {
	Value string `json:"value"`
	Extra string `json:"extra,omitempty"`
}

func contactOf(c *contact.Contact, export *contact.ContactExport, actor contact.Actor) exportContact {
	validation := c.Validation(actor.Languages)
	out := exportContact{
		ID: c.ID, DisplayName: c.DisplayName(), Name: c.Name, AvatarURL: c.AvatarURL, CreatedAt: exportTime(c.CreatedAt),
		UpdatedAt: exportTime(c.UpdatedAt), Version: c.Version, Profiles: []exportProfile{}, Attributes: []exportAttribute{},
		VIP: exportVIP{
			c.VIP.IsVIP, optionalTime(c.VIP.Since), optionalAgent(c.VIP.By), c.VIP.Reason, optionalTime(c.VIP.ExpiresAt),
		},
		Validation:    exportValidation{validation.State, optionalTime(validation.CheckedAt), validation.Connector, validation.RecordURL},
		ImportedNotes: c.ImportedNotes, ImportedRow: c.ImportedRow,
	}
	for _, p := range c.Profiles {
		out.Profiles = append(out.Profiles, exportProfile(p))
	}
	for _, r := range c.Attributes {
		a := exportAttribute{
			r.Key, export.Label(r.Key), r.Type, []exportValue{}, r.Origin, exportAgent(r.SetBy), exportTime(r.SetAt), r.Version,
		}
		for _, v := range r.Values {
			a.Values = append(a.Values, exportValue(v))
		}
		out.Attributes = append(out.Attributes, a)
	}
	return out
}

type exportNote struct {
	ID           contact.ID   `json:"id"`
	Body         string       `json:"body"`
	Author       exportAgent  `json:"author"`
	CreatedAt    exportTime   `json:"createdAt"`
	LastEditedBy *exportAgent `json:"lastEditedBy,omitempty"`
	LastEditedAt *exportTime  `json:"lastEditedAt,omitempty"`
	DeletedBy    *exportAgent `json:"deletedBy,omitempty"`
	DeletedAt    *exportTime  `json:"deletedAt,omitempty"`
	Version      int          `json:"version"`
}

func noteOf(n *contact.Note) exportNote {
	return exportNote{
		n.ID, n.Body, exportAgent(n.Author), exportTime(n.CreatedAt), optionalAgent(n.LastEditedBy), optionalTime(n.LastEditedAt),
		optionalAgent(n.DeletedBy), optionalTime(n.DeletedAt), n.Version,
	}
}

type exportEvent struct {
	Topic            contact.Topic     `json:"topic"`
	Seq              int64             `json:"seq"`
	Type             contact.EventType `json:"type"`
	Subject          string            `json:"subject,omitempty"`
	Version          int               `json:"version"`
	Actor            exportAgent       `json:"actor"`
	At               exportTime        `json:"at"`
	ClientMutationID string            `json:"clientMutationId,omitempty"`
}

func eventOf(e *contact.Event) exportEvent {
	return exportEvent{
		e.Topic, e.Seq, e.Type, e.Subject, e.Version, exportAgent(e.Actor), exportTime(e.At), e.ClientMutationID,
	}
}

type exportWrite struct {
	Agent            contact.ID      `json:"agent"`
	ClientMutationID string          `json:"clientMutationId"`
	At               exportTime      `json:"at"`
	Answer           json.RawMessage `json:"answer"`
}

// writeOf shows an answer as it is kept; one that only damage can have made is shown as a text.
func writeOf(a *contact.Applied) exportWrite {
	answer := a.Result
	if !json.Valid(answer) || !utf8.Valid(answer) {
		answer, _ = json.Marshal(string(a.Result)) //nolint:errchkjson // a text is always JSON
	}
	return exportWrite{a.Agent, a.Key, exportTime(a.At), answer}
}

type exportAudit struct {
	ID        contact.ID  `json:"id"`
	At        exportTime  `json:"at"`
	Agent     exportAgent `json:"agent"`
	Kind      string      `json:"kind"`
	Subject   string      `json:"subject,omitempty"`
	Version   int         `json:"version"`
	Refused   string      `json:"refused,omitempty"`
	RequestID string      `json:"requestId,omitempty"`
	Address   string      `json:"address,omitempty"`
}

func auditOf(e *contact.AuditEntry) exportAudit {
	return exportAudit{
		e.ID, exportTime(e.At), exportAgent(e.Agent), string(e.Kind), e.Subject, e.Version, string(e.Refused), e.RequestID, e.Address,
	}
}
