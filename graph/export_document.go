package graph

import (
	"bytes"
	"encoding/json"
	"io"
	"time"

	"contactpanel/contact"
	"contactpanel/graph/internal/scalar"
)

// exportVersion is the version of the document that an export of a contact is.
const exportVersion = 1

// writtenAtOnce is how many bytes of a document are put together before they are written.
const writtenAtOnce = 32 << 10

// exportLists are the lists of the document behind the contact, in their order; all are there, if empty.
var exportLists = []string{"notes", "events", "rememberedWrites", "audit"} //nolint:gochecknoglobals // a table, never written

// exportDocument writes an export row by row, in the order in which they come. It keeps what is not worth writing yet.
type exportDocument struct {
	to      io.Writer
	buffer  bytes.Buffer
	export  *contact.ContactExport
	actor   contact.Actor
	list    int  // how many lists were begun
	hasItem bool // the last one has one
}

type exportHead struct {
	Format       string        `json:"format"`
	Version      int           `json:"version"`
	Organisation contact.OrgID `json:"organisation"`
	ExportedAt   exportTime    `json:"exportedAt"`
	ExportedBy   exportAgent   `json:"exportedBy"`
	// OmittedAttributes are those of the organisation that who asked may not read, whether the contact has any or not.
	OmittedAttributes []exportOmitted `json:"omittedAttributes"`
}

type exportOmitted struct {
	Key   string `json:"key"`
	Label string `json:"label"`
}

// row writes one row.
func (d *exportDocument) row(row contact.ContactRow) (err error) {
	switch {
	case row.Contact != nil:
		err = d.first(row.Contact)
	case row.Note != nil:
		err = d.item(1, noteOf(row.Note))
	case row.Event != nil:
		err = d.item(2, eventOf(row.Event))
	case row.Applied != nil:
		err = d.item(3, writeOf(row.Applied))
	default:
		err = d.item(4, auditOf(row.Audit))
	}
	if err == nil && d.buffer.Len() >= writtenAtOnce {
		err = d.flush()
	}
	return err
}

// first writes the beginning, which is left open, and the contact.
func (d *exportDocument) first(of *contact.Contact) error {
	head := exportHead{
		"contactpanel/contact", exportVersion, d.export.Org, exportTime(d.export.At), exportAgent(d.export.By), []exportOmitted{},
	}
	for _, def := range d.export.Omitted() {
		head.OmittedAttributes = append(head.OmittedAttributes, exportOmitted{def.Key, def.Label})
	}
	if err := d.json(head); err != nil {
		return err
	}
	d.buffer.Truncate(d.buffer.Len() - 1) // the closing brace
	d.buffer.WriteString(",\n\"contact\":")
	return d.json(contactOf(of, d.export, d.actor))
}

// item writes an item of a list, counted from 1.
func (d *exportDocument) item(list int, v any) error {
	d.open(list)
	if d.hasItem {
		d.buffer.WriteByte(',')
	}
	d.hasItem = true
	d.buffer.WriteByte('\n')
	return d.json(v)
}

// open begins the lists up to one.
func (d *exportDocument) open(list int) {
	for ; d.list < list; d.list++ {
		if d.list > 0 {
			d.buffer.WriteByte(']')
		}
		d.buffer.WriteString(",\n\"" + exportLists[d.list] + "\":[")
		d.hasItem = false
	}
}

// end writes the end.
func (d *exportDocument) end() error {
	d.open(len(exportLists))
	d.buffer.WriteString("]}\n")
	return d.flush()
}

func (d *exportDocument) json(v any) error {
	e := json.NewEncoder(&d.buffer)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	d.buffer.Truncate(d.buffer.Len() - 1) // the line feed
	return nil
}

func (d *exportDocument) flush() error {
	_, err := d.buffer.WriteTo(d.to)
	return err
}

// exportTime is a moment as the schema's DateTime is written.
type exportTime time.Time

// MarshalJSON implements [json.Marshaler].
func (t exportTime) MarshalJSON() ([]byte, error) {
	return []byte(`"` + scalar.DateTime(time.Time(t)) + `"`), nil
}

type exportAgent struct {
	ID   contact.ID `json:"id"`
	Name string     `json:"name"`
}

func optionalTime(t *time.Time) *exportTime {
	if t == nil {
		return nil
	}
	out := exportTime(*t)
	return &out
}

func optionalAgent(a *contact.Agent) *exportAgent {
	if a == nil {
		return nil
	}
	out := exportAgent(*a)
	return &out
}
