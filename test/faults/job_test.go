package faults_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"contactpanel/contact"
)

// answerTime is the longest that a caller waits for an answer, whatever happens to the network.
const answerTime = 10 * time.Second

const (
	// namePrefix comes before the key in the name of a contact.
	namePrefix = "Nora "
	// everything is more than any list here holds.
	everything = 1 << 20
)

// kind is a kind of write.
type kind string

const (
	addNote      kind = "addNote"
	setAttribute kind = "setAttribute"
	upsert       kind = "upsertContact"
)

func kinds() []kind { return []kind{addNote, setAttribute, upsert} }

// job is one write of a client that names it by a key: it may be sent again and again, and happens once.
type job struct {
	kind kind
	key  string
	run  func(context.Context, *contact.Contacts) (any, error)

	answer []byte         // the first one, as JSON; nil while none came
	codes  []contact.Code // of the tries that failed
}

// newJob makes a write. version is what an attribute of the contact stands at.
func newJob(k kind, of contact.ID, version int) *job {
	j := &job{kind: k, key: string(contact.RandomID("key"))}
	switch k {
	case addNote:
		j.run = func(ctx context.Context, c *contact.Contacts) (any, error) { return c.AddNote(ctx, of, j.key, j.key) }
	case setAttribute:
		j.run = func(ctx context.Context, c *contact.Contacts) (any, error) {
			return c.SetAttribute(ctx, contact.AttributeChange{
				Contact: of, Key: "biography", Values: []contact.ValueInput{{Text: &j.key}}, ExpectedVersion: version, ClientMutationID: j.key,
			})
		}
	case upsert:
		j.run = func(ctx context.Context, c *contact.Contacts) (any, error) {
			return c.Upsert(ctx, contact.UpsertInput{
				Name: namePrefix + j.key, Profiles: []contact.ProfileInput{{Network: contact.Instagram, Handle: j.key}},
				Attributes: []contact.AttributeInput{{Key: contact.KeyCustomerNumber, Values: []contact.ValueInput{{Text: &j.key}}}},
				Notes:      []string{j.key}, ClientMutationID: j.key,
			})
		}
	}
	return j
}

// send sends it once more. An answer is the same as the first; a failure is one of the two that a fault of the network has.
// Either comes in time.
func (j *job) send(t *testing.T, c *contact.Contacts) {
	t.Helper()
	began := time.Now()
	got, err := j.run(as(t.Context(), j.key), c)
	if took := time.Since(began); took > answerTime {
		t.Errorf("a %s was answered after %v", j.kind, took)
	}
	if err != nil {
		code := contact.CodeOf(err)
		j.codes = append(j.codes, code)
		if code != contact.Unavailable && code != contact.OutcomeUnknown {
			t.Errorf("a %s failed with %s: %v, caused by %v", j.kind, code, err, errors.Unwrap(err))
		}
		return
	}
	answer, err := json.Marshal(got)
	if err != nil {
		t.Errorf("write the answer down: %v", err)
	}
	switch {
	case j.answer == nil:
		j.answer = answer
	case !bytes.Equal(j.answer, answer):
		t.Errorf("a %s was answered with\n%s, and later with\n%s", j.kind, j.answer, answer)
	}
}

// mayHappen reports whether the write may be there: some try was acknowledged or has an unknown outcome.
func (j *job) mayHappen() bool {
	return j.answer != nil || slices.Contains(j.codes, contact.OutcomeUnknown)
}

// effects are what one write left in the store.
type effects struct{ contacts, notes, events, audits int }

func (e effects) isNone() bool { return e == effects{} }

// effects counts what every key left, and checks that each log is without a gap and goes as far as its head.
func (s *site) effects(t *testing.T) map[string]effects {
	t.Helper()
	out := map[string]effects{}
	add := func(key string, change func(*effects)) {
		e := out[key]
		change(&e)
		out[key] = e
	}
	logs := map[contact.ID]map[contact.Topic]int64{}
	for _, c := range s.contacts(t) {
		logs[c.ID] = map[contact.Topic]int64{}
		add(c.Name[min(len(namePrefix), len(c.Name)):], func(e *effects) { e.contacts++ })
		notes, err := s.truth.Notes(t.Context(), acme, contact.NoteQuery{Contact: c.ID, Span: contact.Span{Limit: everything}})
		must(t, err)
		for _, n := range notes.Items {
			add(n.Body, func(e *effects) { e.notes++ })
		}
		for topic, head := range map[contact.Topic]contact.Head{contact.TopicNotes: c.NotesHead, contact.TopicContact: c.EventsHead} {
			log := s.log(t, c.ID, topic, head)
			for _, event := range log {
				add(event.ClientMutationID, func(e *effects) { e.events++ })
			}
			logs[c.ID][topic] = int64(len(log))
		}
	}
	for _, c := range s.contacts(t) { // others may write the while: what is in the log now has moved its head
		if notes, events := logs[c.ID][contact.TopicNotes], logs[c.ID][contact.TopicContact]; notes > c.NotesHead.Seq || events > c.EventsHead.Seq {
			t.Errorf("%s has %d and %d events, and its heads are %d and %d", c.ID, notes, events, c.NotesHead.Seq, c.EventsHead.Seq)
		}
	}
	rows, err := s.truth.AuditEntries(t.Context(), acme, contact.AuditQuery{Span: contact.Span{Limit: everything}})
	must(t, err)
	for _, row := range rows.Items {
		add(row.RequestID, func(e *effects) { e.audits++ })
	}
	return out
}

func (s *site) contacts(t *testing.T) []contact.Contact {
	t.Helper()
	all, err := s.truth.SearchContacts(t.Context(), acme, contact.ContactQuery{By: contact.ByCreatedAt, Span: contact.Span{Limit: everything}})
	must(t, err)
	return all.Items
}

// log reads all events of a contact and topic, as many at least as the head said that was read before.
func (s *site) log(t *testing.T, of contact.ID, topic contact.Topic, head contact.Head) []contact.Event {
	t.Helper()
	log, err := s.truth.Events(t.Context(), acme, of, topic, 0, everything)
	must(t, err)
	for i, e := range log {
		if e.Seq != int64(i+1) || e.Epoch != head.Epoch {
			t.Fatalf("event %d of %s of %s stands at %d", i+1, topic, of, e.Seq)
		}
	}
	if int64(len(log)) < head.Seq {
		t.Fatalf("%s of %s has %d events, and its head is %d", topic, of, len(log), head.Seq)
	}
	return log
}

// check looks at what became of the writes: what was acknowledged is there once, what was refused is not, and what is not
// known is there once or not at all. Then each is sent again through a gateway that was never opened anew, which answers what
// it answered first, and all are there once.
func (s *site) check(t *testing.T, through *contact.Contacts, jobs ...*job) {
	t.Helper()
	found := s.effects(t)
	for _, j := range jobs {
		got, want := found[j.key], s.reference[j.kind]
		switch {
		case j.answer != nil && got != want:
			t.Errorf("an acknowledged %s left %+v, want %+v", j.kind, got, want)
		case !j.mayHappen() && !got.isNone():
			t.Errorf("a %s that failed with %v left %+v", j.kind, j.codes, got)
		case !got.isNone() && got != want:
			t.Errorf("a %s of unknown outcome left %+v, want %+v or nothing", j.kind, got, want)
		}
	}
	for _, j := range jobs {
		for range 2 {
			j.send(t, through)
		}
		if j.answer == nil {
			t.Errorf("a %s is not answered after the fault: %v", j.kind, j.codes)
		}
	}
	found = s.effects(t)
	for _, j := range jobs {
		if got, want := found[j.key], s.reference[j.kind]; got != want {
			t.Errorf("a %s that was sent again left %+v, want %+v", j.kind, got, want)
		}
	}
}
