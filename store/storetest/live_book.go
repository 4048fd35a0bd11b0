package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"contactpanel/contact"
)

// dossier is a contact as those who wrote about it know it: what they were told is written, and nothing else.
type dossier struct {
	org   contact.OrgID
	id    contact.ID
	logs  map[contact.Topic]*chronicle
	notes []*paper // in the order in which they were added
	last  sentNote
	// of is the contact as the last change left it, states what it was after each event: states[0] before the first.
	of     *contact.Contact
	states []string
}

// paper is a note with all that it ever said.
type paper struct {
	contact.Note
	said map[int]string // by version, while it stood
}

// sentNote is how a note was asked for.
type sentNote struct {
	body, key string
	id        contact.ID
}

// chronicle is a contact's events of one topic.
type chronicle struct {
	epoch   int64
	facts   []fact
	trimmed int64 // events up to here may be gone
}

// fact is what an event has to tell.
type fact struct {
	kind    contact.EventType
	subject string
	version int
	key     string
	at      time.Time
}

func (c *chronicle) head() contact.Head {
	return contact.Head{Epoch: c.epoch, Seq: int64(len(c.facts))}
}

// at finds what happened at a place, false when nothing did.
func (c *chronicle) at(place contact.Head) (fact, bool) {
	if place.Epoch != c.epoch || place.Seq < 1 || place.Seq > int64(len(c.facts)) {
		return fact{}, false
	}
	return c.facts[place.Seq-1], true
}

// trim notes that events before a moment are gone.
func (c *chronicle) trim(before time.Time) {
	for i := range c.facts {
		if c.facts[i].at.Before(before) {
			c.trimmed = max(c.trimmed, int64(i+1))
		}
	}
}

// wrote takes a note as a writer was answered.
func (d *dossier) wrote(kind contact.EventType, n *contact.Note, key string, at time.Time) {
	log := d.logs[contact.TopicNotes]
	log.facts = append(log.facts, fact{kind, string(n.ID), n.Version, key, at})
	p := d.paper(n.ID)
	if p == nil {
		p = &paper{said: map[int]string{}}
		d.notes = append(d.notes, p)
	}
	p.Note = *n
	if n.DeletedAt == nil {
		p.said[n.Version] = n.Body
	}
}

// changed takes the contact as a writer was answered.
func (d *dossier) changed(f fact, of *contact.Contact) {
	log := d.logs[contact.TopicContact]
	log.facts = append(log.facts, f)
	d.of, d.states = of, append(d.states, stateOf(of))
}

func (d *dossier) paper(id contact.ID) *paper {
	if i := slices.IndexFunc(d.notes, func(p *paper) bool { return p.ID == id }); i >= 0 {
		return d.notes[i]
	}
	return nil
}

// some chooses a note that stands, or one that is deleted, by a number; nil when there is none.
func (d *dossier) some(deleted bool, number int) *paper {
	var all []*paper
	for _, p := range d.notes {
		if (p.DeletedAt != nil) == deleted {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all[number%len(all)]
}

// standing is what a panel has to show in the end.
func (d *dossier) standing() map[contact.ID]face {
	out := map[contact.ID]face{}
	for _, p := range d.notes {
		if p.DeletedAt == nil {
			out[p.ID] = face{p.Version, p.Body}
		}
	}
	return out
}

// attribute gives the version of what the model sets, 0 when it never did.
func (d *dossier) attribute() int {
	for i := range d.of.Attributes {
		if d.of.Attributes[i].Key == attributeKey {
			return d.of.Attributes[i].Version
		}
	}
	return 0
}

// attributeKey is a text that every organisation has from its beginning.
const attributeKey = "biography"

// stateOf says in words how the contact is.
func stateOf(c *contact.Contact) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s version %d, VIP %t %q", c.ID, c.Version, c.VIP.IsVIP, c.VIP.Reason)
	for i := range c.Attributes {
		a := &c.Attributes[i]
		fmt.Fprintf(&b, ", %s version %d", a.Key, a.Version)
		for _, v := range a.Values {
			fmt.Fprintf(&b, " %q", v.Value)
		}
	}
	return b.String()
}

// dossiers makes the contacts of a play: the same ids in both organisations.
func (s *stage) dossiers() ([]*dossier, error) {
	s.plays++
	s.ids.level()
	out := make([]*dossier, contacts)
	for i, org := range s.orgs {
		f, ids := fixtures{tag: string(org)}, make([]contact.ID, contacts/2)
		ctx := contact.Patiently(s.Context())
		if err := s.gates[0].store.Update(ctx, org, func(ctx context.Context, tx contact.Tx) error {
			for n := range ids {
				e := f.plain(s.plays*contacts + n)
				ids[n] = e.contact.ID
				if err := putAll(ctx, tx, org, e); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return nil, fmt.Errorf("make the contacts: %w", err)
		}
		found, err := s.gates[0].store.Contacts(ctx, org, ids)
		if err != nil {
			return nil, fmt.Errorf("read the contacts: %w", err)
		}
		for k := range found {
			c := &found[k]
			out[len(s.orgs)*slices.Index(ids, c.ID)+i] = &dossier{
				org: org, id: c.ID, of: c, states: []string{stateOf(c)}, logs: map[contact.Topic]*chronicle{
					contact.TopicNotes: {epoch: c.NotesHead.Epoch}, contact.TopicContact: {epoch: c.EventsHead.Epoch},
				},
			}
		}
	}
	return out, nil
}
