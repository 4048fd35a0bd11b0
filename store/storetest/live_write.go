package storetest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"contactpanel/contact"
)

// atOnce is how many write at the same moment.
const atOnce = 4

// write does a step that writes. Every one gets through, or is refused as it has to be.
func (w *world) write(m move) error {
	g, d := w.gates[m.Gateway%len(w.gates)], w.dossiers[m.Of]
	w.clock.advance(time.Millisecond)
	w.ids.write(d.org)
	w.written++
	ctx, key, text := w.as(d.org), fmt.Sprint("key ", w.plays, " ", w.written), fmt.Sprintf("%s of %s, text %d", d.id, d.org, w.written)
	p := d.some(m.Verb == restoreNote, m.Amount)
	if p == nil && m.Verb != setAttribute && m.Verb != changeVIP || m.Verb == addAgain && d.last.key == "" {
		m.Verb = addNote
	}
	var n *contact.Note
	var err error
	switch m.Verb {
	case editNow:
		n, err = g.contacts.EditNote(ctx, p.ID, text, p.Version, key)
		return w.wrote(d, contact.NoteEdited, n, key, err)
	case editStale:
		if _, err = g.contacts.EditNote(ctx, p.ID, text, p.Version+1, key); contact.CodeOf(err) != contact.Conflict {
			return fmt.Errorf("an edit of another version: %w, want %s", err, contact.Conflict)
		}
		return nil
	case deleteNote:
		n, err = g.contacts.DeleteNote(ctx, p.ID, p.Version, key)
		return w.wrote(d, contact.NoteDeleted, n, key, err)
	case restoreNote:
		n, err = g.contacts.RestoreNote(ctx, p.ID, p.Version, key)
		return w.wrote(d, contact.NoteRestored, n, key, err)
	case setAttribute, changeVIP:
		return w.change(ctx, g, d, m.Verb, text, key)
	case addAgain:
		if n, err = g.contacts.AddNote(ctx, d.id, d.last.body, d.last.key); err != nil || n.ID != d.last.id {
			return fmt.Errorf("the same note again: %v, %w", n, err)
		}
		return nil
	case addTogether:
		return w.addTogether(ctx, d, key)
	case editMuch:
		return w.editMuch(ctx, g, d, p, m.Amount)
	default:
		if n, err = g.contacts.AddNote(ctx, d.id, text, key); err == nil {
			d.last = sentNote{text, key, n.ID}
		}
		return w.wrote(d, contact.NoteAdded, n, key, err)
	}
}

func (w *world) wrote(d *dossier, kind contact.EventType, n *contact.Note, key string, err error) error {
	if err != nil {
		return fmt.Errorf("write %s: %w", kind, err)
	}
	d.wrote(kind, n, key, w.clock.now())
	return nil
}

// change changes the contact itself.
func (w *world) change(ctx context.Context, g *gateway, d *dossier, v verb, text, key string) error {
	f := fact{kind: contact.VIPChanged, key: key, at: w.clock.now()}
	var of *contact.Contact
	var err error
	switch {
	case v == setAttribute:
		var changed *contact.Changed
		if changed, err = g.contacts.SetAttribute(ctx, contact.AttributeChange{
			Contact: d.id, Key: attributeKey, Values: []contact.ValueInput{{Text: &text}}, ExpectedVersion: d.attribute(), ClientMutationID: key,
		}); err == nil {
			of = changed.Contact
			f.kind, f.subject, f.version = contact.AttributeChanged, attributeKey, changed.Attribute.Fields().Version
		}
	case d.of.VIP.IsVIP:
		if of, err = g.contacts.RemoveVIP(ctx, d.id, text, key); err == nil {
			f.version = of.Version
		}
	default:
		if of, err = g.contacts.PromoteToVIP(ctx, contact.PromoteInput{Contact: d.id, Reason: text, ClientMutationID: key}); err == nil {
			f.version = of.Version
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", v, err)
	}
	d.changed(f, of)
	if head := d.logs[contact.TopicContact].head(); of.EventsHead != head {
		return fmt.Errorf("%s: the answer stands at %+v, and it is event %+v", v, of.EventsHead, head)
	}
	return nil
}

// addTogether lets several add notes at the same moment. The log says in which order they did.
func (w *world) addTogether(ctx context.Context, d *dossier, key string) error {
	notes, errs := map[string]*contact.Note{}, make([]error, atOnce)
	var mu sync.Mutex
	var wait sync.WaitGroup
	for i := range atOnce {
		wait.Go(func() {
			n, err := w.gates[i%len(w.gates)].contacts.AddNote(ctx, d.id, fmt.Sprintf("%s of %s, by writer %d", d.id, d.org, i), fmt.Sprint(key, ".", i))
			mu.Lock()
			defer mu.Unlock()
			if errs[i] = err; err == nil {
				notes[string(n.ID)] = n
			}
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return fmt.Errorf("add notes at the same moment: %w", err)
		}
	}
	events, err := w.gates[0].store.Events(ctx, d.org, d.id, contact.TopicNotes, d.logs[contact.TopicNotes].head().Seq, many)
	if err != nil {
		return fmt.Errorf("read in which order notes were added: %w", err)
	}
	if len(events) != atOnce {
		return fmt.Errorf("%d notes were added at the same moment, and the log tells of %d", atOnce, len(events))
	}
	for i := range events {
		n := notes[events[i].Subject]
		if n == nil {
			return fmt.Errorf("the log tells of %q, which nobody added", events[i].Subject)
		}
		d.wrote(contact.NoteAdded, n, events[i].ClientMutationID, w.clock.now())
	}
	return nil
}

// editMuch edits a note so often that who missed it misses much. What stands between is never seen by anybody.
func (w *world) editMuch(ctx context.Context, g *gateway, d *dossier, p *paper, times int) error {
	n, actor := p.Note, w.agent(d.org)
	err := g.store.Update(ctx, d.org, func(ctx context.Context, tx contact.Tx) error {
		n = p.Note
		for range times {
			n.Version++
			if _, err := tx.Append(ctx, d.org, contact.Event{
				Contact: d.id, Topic: contact.TopicNotes, Type: contact.NoteEdited, Subject: string(n.ID), Version: n.Version, Actor: actor.Agent, At: w.clock.now(),
			}); err != nil {
				return err
			}
		}
		n.Body = fmt.Sprintf("%s of %s, edited %d times", d.id, d.org, n.Version)
		return tx.PutNote(ctx, d.org, n)
	})
	if err != nil {
		return fmt.Errorf("edit %d times: %w", times, err)
	}
	for i := range times {
		step := n
		step.Version = p.Version + 1
		d.wrote(contact.NoteEdited, &step, "", w.clock.now())
		if i < times-1 {
			delete(p.said, step.Version)
		}
	}
	return nil
}
