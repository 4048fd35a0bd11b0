// Package record is the form in which the backends keep contacts and catalogs: one mapping to and from the domain's types, and
// two sets of names, those of JSON for SQLite and those of BSON for MongoDB. The invariant: a name never changes its meaning,
// and what was written under it comes back as it was, a nil list as nil and an empty one as empty.
//
// JSON leaves out what is zero, and its names are short because they are in every row. BSON has a null for a nil list.
package record

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"contactpanel/contact"
)

// Contact is what is kept of a contact in one piece. The rest stands where it is found by.
type Contact struct {
	Name          string      `json:"n,omitempty" bson:"name"`
	AvatarURL     string      `json:"a,omitempty" bson:"avatarUrl"`
	Profiles      []profile   `json:"p,omitzero" bson:"profiles"`
	Attributes    []attribute `json:"r,omitzero" bson:"attributes"`
	VIPSince      *Moment     `json:"vs,omitempty" bson:"vipSince"`
	VIPBy         *Agent      `json:"vb,omitempty" bson:"vipBy"`
	VIPReason     string      `json:"vr,omitempty" bson:"vipReason"`
	Version       int         `json:"v" bson:"version"`
	ImportedNotes []string    `json:"i,omitzero" bson:"importedNotes"`
	ImportedRow   string      `json:"w,omitzero" bson:"importedRow"`
}

type profile struct {
	ID          contact.ID      `json:"i" bson:"id"`
	Network     contact.Network `json:"n" bson:"network"`
	Handle      string          `json:"h" bson:"handle"`
	DisplayName string          `json:"d,omitempty" bson:"displayName"`
	AvatarURL   string          `json:"a,omitempty" bson:"avatarUrl"`
	ProfileURL  string          `json:"u,omitempty" bson:"profileUrl"`
}

type attribute struct {
	Key     string            `json:"k" bson:"key"`
	Type    contact.ValueType `json:"t" bson:"type"`
	Values  []value           `json:"w,omitzero" bson:"values"`
	Origin  contact.Origin    `json:"o" bson:"origin"`
	SetBy   Agent             `json:"b" bson:"setBy"`
	SetAt   Moment            `json:"a" bson:"setAt"`
	Version int               `json:"v" bson:"version"`
}

type value struct {
	Value string `json:"v" bson:"value"`
	Extra string `json:"x,omitempty" bson:"extra,omitempty"`
}

// Agent is who did something.
type Agent struct {
	ID   contact.ID `json:"i" bson:"id"`
	Name string     `json:"n" bson:"name"`
}

// OfAgent is an agent as it is kept.
func OfAgent(a contact.Agent) Agent { return Agent(a) }

// Agent is the way back.
func (a Agent) Agent() contact.Agent { return contact.Agent(a) }

// Moment is a time as it is kept: milliseconds since 1970 UTC, a number in JSON and a date in BSON.
type Moment int64

// At is the moment of a time, anything finer than milliseconds cut off.
func At(t time.Time) Moment { return Moment(t.UnixMilli()) }

// NotBefore is the first moment that is not before a time. What is kept of before it, and of before the time, is the same.
func NotBefore(t time.Time) Moment {
	m := At(t)
	if m.Time().Before(t) {
		m++
	}
	return m
}

// Time is the way back.
func (m Moment) Time() time.Time { return time.UnixMilli(int64(m)).UTC() }

// bsonDate is BSON's type of a date: a signed little-endian count of milliseconds (bsonspec.org).
const bsonDate = 0x09

// MarshalBSONValue implements the ValueMarshaler of MongoDB's driver, which is not for this package to import.
func (m Moment) MarshalBSONValue() (typ byte, data []byte, err error) {
	return bsonDate, binary.LittleEndian.AppendUint64(nil, uint64(m)), nil //nolint:gosec // the bits are meant
}

// UnmarshalBSONValue implements the driver's ValueUnmarshaler.
func (m *Moment) UnmarshalBSONValue(typ byte, data []byte) error {
	if typ != bsonDate || len(data) != 8 {
		return fmt.Errorf("read a moment: BSON type %#x of %d bytes is no date", typ, len(data))
	}
	*m = Moment(binary.LittleEndian.Uint64(data)) //nolint:gosec // likewise
	return nil
}

// OfContact is what is kept of a contact in one piece. It shares nothing with it.
func OfContact(c *contact.Contact) Contact {
	return Contact{
		Name: c.Name, AvatarURL: c.AvatarURL,
		Profiles:   list(c.Profiles, func(p contact.Profile) profile { return profile(p) }),
		Attributes: list(c.Attributes, ofAttribute),
		VIPSince:   Optional(c.VIP.Since, At), VIPBy: Optional(c.VIP.By, OfAgent), VIPReason: c.VIP.Reason,
		Version: c.Version, ImportedNotes: slices.Clone(c.ImportedNotes), ImportedRow: c.ImportedRow,
	}
}

// Fill puts what is kept into a contact, with which it shares nothing.
func (r *Contact) Fill(c *contact.Contact) {
	c.Name, c.AvatarURL = r.Name, r.AvatarURL
	c.Profiles = list(r.Profiles, func(p profile) contact.Profile { return contact.Profile(p) })
	c.Attributes = list(r.Attributes, attribute.record)
	c.VIP.Since, c.VIP.By, c.VIP.Reason = Optional(r.VIPSince, Moment.Time), Optional(r.VIPBy, Agent.Agent), r.VIPReason
	c.Version, c.ImportedNotes, c.ImportedRow = r.Version, slices.Clone(r.ImportedNotes), r.ImportedRow
}

func ofAttribute(a contact.AttributeRecord) attribute {
	return attribute{
		a.Key, a.Type, list(a.Values, func(v contact.StoredValue) value { return value(v) }),
		a.Origin, Agent(a.SetBy), At(a.SetAt), a.Version,
	}
}

func (a attribute) record() contact.AttributeRecord {
	return contact.AttributeRecord{
		Key: a.Key, Type: a.Type, Values: list(a.Values, func(v value) contact.StoredValue { return contact.StoredValue(v) }),
		Origin: a.Origin, SetBy: contact.Agent(a.SetBy), SetAt: a.SetAt.Time(), Version: a.Version,
	}
}

// Optional applies f to what is pointed at, if anything is.
func Optional[From, To any](p *From, f func(From) To) *To {
	if p == nil {
		return nil
	}
	return new(f(*p))
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
