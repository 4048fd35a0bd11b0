package storetest

import (
	"fmt"
	"maps"

	"contactpanel/contact"
)

// panel is what a client reads before it follows: the contact with the heads of its events, then its notes, page by page.
type panel struct {
	gate  *gateway
	of    *contact.Contact
	org   contact.OrgID
	notes []contact.Note
	after *string // the last note's cursor
	isAll bool
}

// look reads the contact, and with it the heads.
func (w *world) look(g *gateway, d *dossier) (*panel, error) {
	of, err := g.contacts.Contact(w.as(d.org), d.id)
	if err != nil {
		return nil, fmt.Errorf("read the contact: %w", err)
	}
	return &panel{gate: g, of: of, org: d.org}, nil
}

// turn reads a page of notes.
func (p *panel) turn(w *world, size int) error {
	if p.isAll {
		return nil
	}
	size = min(size, contact.MaxPageSize)
	page, err := p.gate.contacts.Notes(w.as(p.org), p.of, contact.PageArgs{First: &size, After: p.after})
	if err != nil {
		return fmt.Errorf("read a page of notes: %w", err)
	}
	p.notes, p.isAll = append(p.notes, page.Items...), !page.HasAfter
	if n := len(page.Cursors); n > 0 {
		p.after = &page.Cursors[n-1]
	}
	return nil
}

func (p *panel) turnAll(w *world, size int) error {
	for !p.isAll {
		if err := p.turn(w, size); err != nil {
			return err
		}
	}
	return nil
}

// face is how a note stands in a panel.
type face struct {
	Version int
	Body    string
}

func (p *panel) faces() map[contact.ID]face {
	out := map[contact.ID]face{}
	for i := range p.notes {
		out[p.notes[i].ID] = face{p.notes[i].Version, p.notes[i].Body}
	}
	return out
}

func (p *panel) head(topic contact.Topic) contact.Head {
	if topic == contact.TopicNotes {
		return p.of.NotesHead
	}
	return p.of.EventsHead
}

func (p *panel) cursor(topic contact.Topic) string {
	if topic == contact.TopicNotes {
		return p.of.NotesCursor()
	}
	return p.of.EventsCursor()
}

// view is what a client shows: what it read, and what it was told since.
type view struct {
	has   contact.Head // all that happened up to here is in it; what is told of it again changes nothing
	notes map[contact.ID]face
	gone  map[contact.ID]int // versions of deletions that were told
	state string             // of the contact
}

func (p *panel) view(topic contact.Topic) *view {
	return &view{has: p.head(topic), notes: p.faces(), gone: map[contact.ID]int{}, state: stateOf(p.of)}
}

// apply changes the view by what is told. A note replaces an older state of itself and no newer one.
func (v *view) apply(s *step) error {
	switch {
	case s.at.Epoch == v.has.Epoch && s.at.Seq <= v.has.Seq:
		return nil
	case s.at.Epoch != v.has.Epoch || s.at.Seq != v.has.Seq+1:
		return fmt.Errorf("LOST between snapshot and stream: %+v came to one that had all up to %+v", s.at, v.has)
	}
	v.has = s.at
	if s.contact != nil {
		v.state = stateOf(s.contact)
		return nil
	}
	id := contact.ID(s.subject)
	if s.kind == contact.NoteDeleted {
		v.gone[id] = s.change.Version
		if v.notes[id].Version < s.change.Version {
			delete(v.notes, id)
		}
		return nil
	}
	if s.note == nil { // it was deleted since
		delete(v.notes, id)
		return nil
	}
	if s.note.Version <= v.gone[id] {
		return fmt.Errorf("ZOMBIE: %s shows %s at version %d, and it was deleted at %d", s.kind, id, s.note.Version, v.gone[id])
	}
	if s.note.Version >= v.notes[id].Version {
		v.notes[id] = face{s.note.Version, s.note.Body}
	}
	return nil
}

// compare checks that the view shows what was written.
func (v *view) compare(topic contact.Topic, d *dossier) error {
	if head := d.logs[topic].head(); v.has != head {
		return fmt.Errorf("it has all up to %+v, and the log stands at %+v", v.has, head)
	}
	if topic == contact.TopicContact {
		return same("the contact", v.state, d.states[len(d.states)-1])
	}
	return sameFaces("the notes", v.notes, d.standing())
}

func sameFaces(what string, got, want map[contact.ID]face) error {
	if !maps.Equal(got, want) {
		return fmt.Errorf("%s are %v, want %v", what, got, want)
	}
	return nil
}
