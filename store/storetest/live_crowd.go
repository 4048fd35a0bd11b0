package storetest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"contactpanel/contact"
)

// The crowd that comes back at once, as after a gateway was started anew: so many to each of so many contacts, and each
// missed so many notes.
const (
	crowdContacts = 50
	crowdEach     = 10
	crowdMissed   = 20
)

// counting counts how often notes are read for events.
type counting struct {
	contact.Store
	reads *atomic.Int64
}

func (c counting) NotesByID(ctx context.Context, org contact.OrgID, ids []contact.ID) ([]contact.Note, error) {
	c.reads.Add(1)
	return c.Store.NotesByID(ctx, org, ids)
}

func (s *stage) crowd(t *testing.T) {
	t.Helper()
	var reads atomic.Int64
	domains := make([]*contact.Contacts, len(s.gates))
	for i, g := range s.gates {
		domains[i] = s.domain(counting{g.store, &reads})
	}
	missed := s.missedNotes(t)
	begin := make(chan struct{})
	var wait sync.WaitGroup
	for n := range crowdContacts * crowdEach {
		wait.Go(func() {
			<-begin
			if err := s.comeBack(domains[n%len(domains)], missed[n%crowdContacts]); err != nil {
				t.Errorf("client %d: %v", n, err)
			}
		})
	}
	close(begin)
	wait.Wait()
	if most := int64(2 * crowdContacts * len(domains)); reads.Load() > most {
		t.Errorf("%d clients of %d contacts read notes %d times through %d gateways, want %d at most", crowdContacts*crowdEach, crowdContacts, reads.Load(), len(domains), most)
	}
	t.Logf("%d clients of %d contacts read notes %d times", crowdContacts*crowdEach, crowdContacts, reads.Load())
}

// missedNotes writes notes to each contact of the crowd, one that all have seen and those that they missed.
func (s *stage) missedNotes(t *testing.T) [][]contact.Event {
	t.Helper()
	org, f := s.orgs[0], fixtures{tag: "crowd"}
	out := make([][]contact.Event, crowdContacts)
	for n := range out {
		err := s.gates[0].store.Update(contact.Patiently(t.Context()), org, func(ctx context.Context, tx contact.Tx) error {
			e := f.plain(n)
			if err := putAll(ctx, tx, org, e); err != nil {
				return err
			}
			out[n] = nil
			for k := range 1 + crowdMissed {
				note := f.standing(k, e.contact.ID)
				note.ID = contact.ID(fmt.Sprintf("note_of_%s_%d", e.contact.ID, k))
				told := contact.Event{
					Contact: e.contact.ID, Topic: contact.TopicNotes, Type: contact.NoteAdded, Subject: string(note.ID), Version: 1, Actor: note.Author, At: note.CreatedAt,
				}
				head, err := tx.Append(ctx, org, told)
				if err != nil {
					return err
				}
				if err := tx.PutNote(ctx, org, note); err != nil {
					return err
				}
				told.Epoch, told.Seq = head.Epoch, head.Seq
				out[n] = append(out[n], told)
			}
			return nil
		})
		if err != nil {
			t.Fatalf("Update() = %v", err)
		}
	}
	return out
}

// comeBack follows behind the first of the events, and wants the others and nothing else.
func (s *stage) comeBack(domain *contact.Contacts, events []contact.Event) error {
	ctx, cancel := context.WithTimeout(s.as(s.orgs[0]), 2*rightPatience)
	defer cancel()
	seen := contact.Head{Epoch: events[0].Epoch, Seq: events[0].Seq}
	cursor := seen.Cursor()
	f, err := followAs(ctx, domain, events[0].Contact, contact.TopicNotes, &cursor)
	if err != nil {
		return fmt.Errorf("follow: %w", err)
	}
	defer f.Close()
	for due := events[1:]; ; {
		steps, err := f.next(ctx)
		if err != nil {
			return fmt.Errorf("with %d events to come: %w", len(due), err)
		}
		for i := range steps {
			got := &steps[i]
			if len(due) == 0 {
				if *got != (step{is: contact.DeliveredCaughtUp, at: seen, cursor: seen.Cursor()}) {
					return fmt.Errorf("behind all events it is told %+v", got)
				}
				return nil
			}
			if got.is != contact.DeliveredEvents || got.note == nil || string(got.note.ID) != due[0].Subject || got.at != (contact.Head{Epoch: due[0].Epoch, Seq: due[0].Seq}) {
				return fmt.Errorf("it is told %+v, want %+v", got, due[0])
			}
			seen, due = got.at, due[1:]
		}
	}
}
