package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// panelDocument asks for what a client shows of a contact.
const panelDocument = `query($id: ID!, $after: String) { contact(id: $id) { notesCursor eventsCursor vip { isVip reason }
	  website: attribute(key: "website") { ` + valuesRead + ` } email: attribute(key: "email") { ` + valuesRead + ` }
	  notes(first: 100, after: $after) { nodes { id version body } pageInfo { hasNextPage endCursor } } } }`

type attributeRead struct {
	Version int
	Values  json.RawMessage
}

type vipRead struct {
	IsVip  bool
	Reason string
}

// noteSeen is a note as a client knows it.
type noteSeen struct {
	version int
	body    string
	isGone  bool
	told    int // the version of the last event; 0: none came since the contact was read
}

// panel is what a client shows of a contact.
type panel struct {
	notesAt, contactAt position
	notes              map[string]noteSeen
	attributes         map[string]attributeRead
	vip                vipRead
}

// readPanel reads a contact page by page. What changes meanwhile comes as an event, which an older version does not overwrite.
func readPanel(client *http.Client, url, authorization, id string) (*panel, error) {
	var p *panel
	for after := any(nil); ; {
		a, err := askBy(client, url, authorization, panelDocument, map[string]any{"id": id, "after": after})
		if err == nil && len(a.Errors) > 0 {
			err = fmt.Errorf("%+v", a.Errors)
		}
		if err != nil {
			return nil, fmt.Errorf("read the contact: %w", err)
		}
		var c struct {
			NotesCursor, EventsCursor string
			Vip                       vipRead
			Website, Email            attributeRead
			Notes                     struct {
				Nodes []struct {
					ID      string
					Version int
					Body    string
				}
				PageInfo struct {
					HasNextPage bool
					EndCursor   string
				}
			}
		}
		if err := json.Unmarshal(a.Data["contact"], &c); err != nil {
			return nil, err
		}
		if p == nil {
			p = &panel{notes: map[string]noteSeen{}, vip: c.Vip, attributes: map[string]attributeRead{"website": c.Website, "email": c.Email}}
			var wrong [2]error
			p.notesAt, wrong[0] = positionAt(c.NotesCursor)
			p.contactAt, wrong[1] = positionAt(c.EventsCursor)
			if err := errors.Join(wrong[:]...); err != nil {
				return nil, err
			}
		}
		for _, n := range c.Notes.Nodes {
			p.notes[n.ID] = noteSeen{version: n.Version, body: n.Body}
		}
		if !c.Notes.PageInfo.HasNextPage {
			return p, nil
		}
		after = c.Notes.PageInfo.EndCursor
	}
}

// changeNote applies an event of the notes: a note never becomes older.
func (p *panel) changeNote(e *noteTold) error {
	n := p.notes[e.NoteID]
	if n.told > 0 && e.Version != n.told+1 || e.Typename == "NoteAdded" && e.Version != 1 {
		return fmt.Errorf("%w: %s of version %d after version %d", errRules, e.Typename, e.Version, n.told)
	}
	n.told = e.Version
	version, body := e.Version, ""
	if e.Note != nil {
		version, body = e.Note.Version, e.Note.Body
	}
	if version < e.Version || e.Note != nil && e.Typename == "NoteDeleted" {
		return fmt.Errorf("%w: %s of version %d shows version %d", errRules, e.Typename, e.Version, version)
	}
	if version >= n.version {
		n.version, n.body, n.isGone = version, body, e.Note == nil
	}
	p.notes[e.NoteID] = n
	return nil
}

// changeContact applies an event of the contact.
func (p *panel) changeContact(e *contactTold) error {
	switch {
	case e.Vip != nil:
		p.vip = *e.Vip
	case e.Attribute != nil:
		if e.Attribute.Version >= p.attributes[e.Key].Version {
			p.attributes[e.Key] = *e.Attribute
		}
	default:
		return fmt.Errorf("%w: %s without what changed", errRules, e.Typename)
	}
	return nil
}

// differs says how the panel differs from another one; "" when it does not.
func (p *panel) differs(from *panel) string {
	standing := 0
	for id, n := range p.notes {
		other, ok := from.notes[id]
		if isThere := ok && !other.isGone; isThere == n.isGone || isThere && (other.version != n.version || other.body != n.body) {
			return fmt.Sprintf("note %s is %+v instead of %+v", id, n, other)
		}
		if !n.isGone {
			standing++
		}
	}
	if standing != len(from.notes) {
		return fmt.Sprintf("%d notes instead of %d", standing, len(from.notes))
	}
	return ""
}

// differsAsContact does the same for what are no notes.
func (p *panel) differsAsContact(from *panel) string {
	for key, a := range p.attributes {
		if b := from.attributes[key]; a.Version != b.Version || !bytes.Equal(a.Values, b.Values) {
			return fmt.Sprintf("%s is %d %s instead of %d %s", key, a.Version, a.Values, b.Version, b.Values)
		}
	}
	if p.vip != from.vip {
		return fmt.Sprintf("the VIP state is %+v instead of %+v", p.vip, from.vip)
	}
	return ""
}
