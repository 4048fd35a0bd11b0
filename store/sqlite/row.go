package sqlite

import (
	"encoding/json"
	"fmt"
	"time"

	"contactpanel/contact"
)

// The documents that are kept as JSON. Names are short because they are in every row, and never change their meaning. What
// is zero is left out; a nil list is left out, and an empty one is kept, so that each comes back as what it was.

type contactDocument struct {
	Name          string         `json:"n,omitempty"`
	AvatarURL     string         `json:"a,omitempty"`
	Profiles      []profileRow   `json:"p,omitzero"`
	Attributes    []attributeRow `json:"r,omitzero"`
	Since         *int64         `json:"vs,omitempty"`
	By            *agentRow      `json:"vb,omitempty"`
	Reason        string         `json:"vr,omitempty"`
	Version       int            `json:"v"`
	ImportedNotes []string       `json:"i,omitzero"`
	ImportedRow   string         `json:"w,omitzero"`
}

type profileRow struct {
	ID          contact.ID      `json:"i"`
	Network     contact.Network `json:"n"`
	Handle      string          `json:"h"`
	DisplayName string          `json:"d,omitempty"`
	AvatarURL   string          `json:"a,omitempty"`
	ProfileURL  string          `json:"u,omitempty"`
}

type attributeRow struct {
	Key     string            `json:"k"`
	Type    contact.ValueType `json:"t"`
	Values  []valueRow        `json:"w,omitzero"`
	Origin  contact.Origin    `json:"o"`
	SetBy   agentRow          `json:"b"`
	SetAt   int64             `json:"a"`
	Version int               `json:"v"`
}

type valueRow struct {
	Value string `json:"v"`
	Extra string `json:"x,omitempty"`
}

type agentRow struct {
	ID   contact.ID `json:"i"`
	Name string     `json:"n"`
}

// millis is a moment as it is kept: milliseconds since 1970 UTC, anything finer cut off.
func millis(t time.Time) int64 { return t.UnixMilli() }

// moment is the way back.
func moment(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func optionalMillis(t *time.Time) *int64 { return convert(t, millis) }

func optionalMoment(ms *int64) *time.Time { return convert(ms, moment) }

// beforeMillis is the bound for "kept moment < t": a moment of less than a millisecond counts as a whole one.
func beforeMillis(t time.Time) int64 {
	ms := millis(t)
	if moment(ms).Before(t) {
		ms++
	}
	return ms
}

// convert applies f to what is pointed at.
func convert[From, To any](p *From, f func(From) To) *To {
	if p == nil {
		return nil
	}
	to := f(*p)
	return &to
}

// list applies f to each item; nil stays nil, and empty stays empty.
func list[From, To any](in []From, f func(From) To) []To {
	if in == nil {
		return nil
	}
	out := make([]To, len(in))
	for i := range in {
		out[i] = f(in[i])
	}
	return out
}

// encode writes a document.
func encode(document any) (string, error) {
	raw, err := json.Marshal(document)
	if err != nil {
		return "", fmt.Errorf("write a document: %w", err)
	}
	return string(raw), nil
}

// decode reads a document.
func decode(raw []byte, into any) error {
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("read a document: %w", err)
	}
	return nil
}

func documentOf(c *contact.Contact) contactDocument {
	return contactDocument{
		Name: c.Name, AvatarURL: c.AvatarURL,
		Profiles:   list(c.Profiles, func(p contact.Profile) profileRow { return profileRow(p) }),
		Attributes: list(c.Attributes, attributeToRow),
		Since:      optionalMillis(c.VIP.Since), By: convert(c.VIP.By, func(a contact.Agent) agentRow { return agentRow(a) }),
		Reason: c.VIP.Reason, Version: c.Version, ImportedNotes: c.ImportedNotes, ImportedRow: c.ImportedRow,
	}
}

// fill puts the document's members into the contact.
func (d *contactDocument) fill(c *contact.Contact) {
	c.Name, c.AvatarURL, c.Version, c.ImportedNotes, c.ImportedRow = d.Name, d.AvatarURL, d.Version, d.ImportedNotes, d.ImportedRow
	c.Profiles = list(d.Profiles, func(p profileRow) contact.Profile { return contact.Profile(p) })
	c.Attributes = list(d.Attributes, attributeFromRow)
	c.VIP.Since, c.VIP.Reason = optionalMoment(d.Since), d.Reason
	c.VIP.By = convert(d.By, func(a agentRow) contact.Agent { return contact.Agent(a) })
}

func attributeToRow(r contact.AttributeRecord) attributeRow {
	return attributeRow{
		r.Key, r.Type, list(r.Values, func(v contact.StoredValue) valueRow { return valueRow(v) }),
		r.Origin, agentRow(r.SetBy), millis(r.SetAt), r.Version,
	}
}

func attributeFromRow(r attributeRow) contact.AttributeRecord {
	return contact.AttributeRecord{
		Key: r.Key, Type: r.Type, Values: list(r.Values, func(v valueRow) contact.StoredValue { return contact.StoredValue(v) }),
		Origin: r.Origin, SetBy: contact.Agent(r.SetBy), SetAt: moment(r.SetAt), Version: r.Version,
	}
}
