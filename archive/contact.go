package archive

import "contactpanel/contact"

type contactLine struct {
	Kind          contact.ArchiveKind `json:"kind"`
	ID            contact.ID          `json:"id"`
	Name          string              `json:"name,omitempty"`
	AvatarURL     string              `json:"avatarUrl,omitempty"`
	Profiles      []profile           `json:"profiles,omitempty"`
	Attributes    []attribute         `json:"attributes,omitempty"`
	VIP           vip                 `json:"vip,omitzero"`
	CreatedAt     moment              `json:"createdAt"`
	UpdatedAt     moment              `json:"updatedAt"`
	Version       int                 `json:"version"`
	ImportedNotes []string            `json:"importedNotes,omitempty"`
	ImportedRow   string              `json:"importedRow,omitempty"`
}

type profile struct {
	ID          contact.ID      `json:"id"`
	Network     contact.Network `json:"network"`
	Handle      string          `json:"handle"`
	DisplayName string          `json:"displayName,omitempty"`
	AvatarURL   string          `json:"avatarUrl,omitempty"`
	ProfileURL  string          `json:"profileUrl,omitempty"`
}

type attribute struct {
	Key     string            `json:"key"`
	Type    contact.ValueType `json:"type"`
	Values  []value           `json:"values,omitempty"`
	Origin  contact.Origin    `json:"origin"`
	SetBy   agent             `json:"setBy"`
	SetAt   moment            `json:"setAt"`
	Version int               `json:"version"`
}

type value struct {
	Value string `json:"value"`
	Extra string `json:"extra,omitempty"`
}

type vip struct {
	IsVIP     bool    `json:"isVip"`
	Since     *moment `json:"since,omitempty"`
	By        *agent  `json:"by,omitempty"`
	Reason    string  `json:"reason,omitempty"`
	ExpiresAt *moment `json:"expiresAt,omitempty"`
}

type agent struct {
	ID   contact.ID `json:"id"`
	Name string     `json:"name"`
}

func toAgent(a contact.Agent) agent   { return agent(a) }
func fromAgent(a agent) contact.Agent { return contact.Agent(a) }

func newContactLine(c *contact.Contact) *contactLine {
	return &contactLine{
		Kind: contact.ArchivedContact, ID: c.ID, Name: c.Name, AvatarURL: c.AvatarURL,
		Profiles:   list(c.Profiles, func(p contact.Profile) profile { return profile(p) }),
		Attributes: list(c.Attributes, toAttribute),
		VIP: vip{
			c.VIP.IsVIP, convert(c.VIP.Since, toMoment), convert(c.VIP.By, toAgent), c.VIP.Reason, convert(c.VIP.ExpiresAt, toMoment),
		},
		CreatedAt: moment{c.CreatedAt}, UpdatedAt: moment{c.UpdatedAt}, Version: c.Version,
		ImportedNotes: c.ImportedNotes, ImportedRow: c.ImportedRow,
	}
}

func toAttribute(r contact.AttributeRecord) attribute {
	return attribute{
		r.Key, r.Type, list(r.Values, func(v contact.StoredValue) value { return value(v) }),
		r.Origin, agent(r.SetBy), moment{r.SetAt}, r.Version,
	}
}

func (l *contactLine) row() contact.ArchiveRow {
	return contact.ArchiveRow{Contact: &contact.Contact{
		ID: l.ID, Name: l.Name, AvatarURL: l.AvatarURL,
		Profiles:   list(l.Profiles, func(p profile) contact.Profile { return contact.Profile(p) }),
		Attributes: list(l.Attributes, fromAttribute),
		VIP: contact.VIP{
			IsVIP: l.VIP.IsVIP, Since: convert(l.VIP.Since, fromMoment), By: convert(l.VIP.By, fromAgent),
			Reason: l.VIP.Reason, ExpiresAt: convert(l.VIP.ExpiresAt, fromMoment),
		},
		CreatedAt: l.CreatedAt.Time, UpdatedAt: l.UpdatedAt.Time, Version: l.Version,
		ImportedNotes: l.ImportedNotes, ImportedRow: l.ImportedRow,
	}}
}

func fromAttribute(a attribute) contact.AttributeRecord {
	return contact.AttributeRecord{
		Key: a.Key, Type: a.Type, Values: list(a.Values, func(v value) contact.StoredValue { return contact.StoredValue(v) }),
		Origin: a.Origin, SetBy: contact.Agent(a.SetBy), SetAt: a.SetAt.Time, Version: a.Version,
	}
}

type noteLine struct {
	Kind         contact.ArchiveKind `json:"kind"`
	ID           contact.ID          `json:"id"`
	Contact      contact.ID          `json:"contact"`
	Body         string              `json:"body"`
	Author       agent               `json:"author"`
	CreatedAt    moment              `json:"createdAt"`
	LastEditedBy *agent              `json:"lastEditedBy,omitempty"`
	LastEditedAt *moment             `json:"lastEditedAt,omitempty"`
	DeletedBy    *agent              `json:"deletedBy,omitempty"`
	DeletedAt    *moment             `json:"deletedAt,omitempty"`
	Version      int                 `json:"version"`
}

func newNoteLine(n *contact.Note) *noteLine {
	return &noteLine{
		contact.ArchivedNote, n.ID, n.Contact, n.Body, agent(n.Author), moment{n.CreatedAt},
		convert(n.LastEditedBy, toAgent), convert(n.LastEditedAt, toMoment),
		convert(n.DeletedBy, toAgent), convert(n.DeletedAt, toMoment), n.Version,
	}
}

func (l *noteLine) row() contact.ArchiveRow {
	return contact.ArchiveRow{Note: &contact.Note{
		ID: l.ID, Contact: l.Contact, Body: l.Body, Author: contact.Agent(l.Author), CreatedAt: l.CreatedAt.Time,
		LastEditedBy: convert(l.LastEditedBy, fromAgent), LastEditedAt: convert(l.LastEditedAt, fromMoment),
		DeletedBy: convert(l.DeletedBy, fromAgent), DeletedAt: convert(l.DeletedAt, fromMoment), Version: l.Version,
	}}
}
