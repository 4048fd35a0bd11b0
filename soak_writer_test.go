package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// soakSubject is a contact of the soak.
type soakSubject struct {
	subject
	org   int
	start panel // before anything was written
}

// noteKept is a note as its writer knows it.
type noteKept struct {
	id      string
	version int
	body    string
	isGone  bool
}

// kept is what one writer was told that it wrote about a contact.
type kept struct {
	notes         []*noteKept
	noteWrites    int // acknowledged
	contactWrites int
	attributes    map[string]attributeRead // of the writer's own keys
	vip           *vipRead
}

// soakWriter writes about all contacts and keeps what was acknowledged. What fails in a way that may pass is asked again with
// the same key, so that it happens once. Notes, and the attributes and VIP states of a contact, have one writer each.
type soakWriter struct {
	number         int
	authorizations []string // by organisation
	subjects       []soakSubject
	fleet          *fleet
	client         *http.Client
	complain       func(format string, args ...any)
	pause          time.Duration
	kept           []kept // by subject
	done           int
	retries        int
}

const soakWriters = 4

// run writes until the context ends; what was begun is brought to an end.
func (w *soakWriter) run(ctx context.Context) {
	tick := time.NewTicker(w.pause)
	defer tick.Stop()
	for ctx.Err() == nil {
		at := rand.IntN(len(w.subjects))
		if rand.IntN(3) == 0 {
			at %= 2 // the contact of each organisation that everybody writes about
		}
		if err := w.write(at); err != nil {
			w.complain("writer %d about %s: %v", w.number, w.subjects[at].label, err)
			return
		}
		w.done++
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// write makes one change of a contact.
func (w *soakWriter) write(at int) error {
	k, dice := &w.kept[at], rand.IntN(100)
	var note *noteKept
	if len(k.notes) > 0 {
		note = k.notes[rand.IntN(len(k.notes))]
	}
	switch {
	case dice < 6 && at%soakWriters == w.number:
		return w.set(at, "website", "url", "https://example.com/%d")
	case dice < 12 && (at+1)%soakWriters == w.number:
		return w.set(at, "email", "email", "soak%d@example.com")
	case dice < 18 && (at+2)%soakWriters == w.number:
		return w.turnVIP(at)
	case note == nil || dice < 60:
		note = &noteKept{}
		err := w.change(at, "addNote", note, map[string]any{"contactId": w.subjects[at].id, "body": w.text(at, note)})
		k.notes = append(k.notes, note)
		return err
	case note.isGone:
		note.isGone = false
		return w.change(at, "restoreNote", note, map[string]any{"noteId": note.id, "expectedVersion": note.version})
	case dice < 75:
		note.isGone = true
		return w.change(at, "deleteNote", note, map[string]any{"noteId": note.id, "expectedVersion": note.version})
	default:
		return w.change(at, "editNote", note, map[string]any{"noteId": note.id, "expectedVersion": note.version, "body": w.text(at, note)})
	}
}

// text is a new text of a note; it ends with the moment.
func (w *soakWriter) text(at int, note *noteKept) string {
	note.body = fmt.Sprintf("%s writer %d write %d at %d", w.subjects[at].label, w.number, w.done, time.Now().UnixNano())
	return note.body
}

// change writes a note.
func (w *soakWriter) change(at int, mutation string, note *noteKept, input map[string]any) error {
	var got struct {
		Note *struct {
			ID      string
			Version int
		}
	}
	if err := w.do(at, mutation, "note { id version }", input, &got); err != nil {
		return err
	}
	if got.Note == nil || note.id != "" && got.Note.ID != note.id || got.Note.Version != note.version+1 {
		return fmt.Errorf("%s of %+v gave %+v", mutation, note, got.Note)
	}
	note.id, note.version = got.Note.ID, got.Note.Version
	w.kept[at].noteWrites++
	return nil
}

// set sets an attribute to a value that it never had.
func (w *soakWriter) set(at int, key, kind, format string) error {
	k := &w.kept[at]
	was, isWritten := k.attributes[key]
	if !isWritten {
		was = w.subjects[at].start.attributes[key]
	}
	value := fmt.Sprintf(format, w.done)
	var got struct{ Attribute *attributeRead }
	err := w.do(at, "setAttribute", "attribute { "+valuesRead+" }", map[string]any{
		"contactId": w.subjects[at].id, "key": key, "expectedVersion": was.Version, "values": []any{map[string]any{kind: value}},
	}, &got)
	if err != nil {
		return err
	}
	if want := fmt.Sprintf(`[{%q:%q}]`, kind, value); got.Attribute == nil || got.Attribute.Version != was.Version+1 || string(got.Attribute.Values) != want {
		return fmt.Errorf("%s of version %d set to %s gave %+v", key, was.Version, want, got.Attribute)
	}
	if k.attributes == nil {
		k.attributes = map[string]attributeRead{}
	}
	k.attributes[key] = *got.Attribute
	k.contactWrites++
	return nil
}

// turnVIP makes the contact a VIP, or none any more.
func (w *soakWriter) turnVIP(at int) error {
	k := &w.kept[at]
	mutation, want := "promoteToVip", vipRead{IsVip: true, Reason: fmt.Sprint("soak ", w.done)}
	if k.vip != nil && k.vip.IsVip {
		mutation, want.IsVip = "removeVip", false
	}
	var got struct{ Contact *struct{ Vip vipRead } }
	err := w.do(at, mutation, "contact { vip { isVip reason } }", map[string]any{"contactId": w.subjects[at].id, "reason": want.Reason}, &got)
	if err != nil {
		return err
	}
	if got.Contact == nil || got.Contact.Vip != want {
		return fmt.Errorf("%s gave %+v, want %+v", mutation, got.Contact, want)
	}
	k.vip = &want
	k.contactWrites++
	return nil
}

// soakPatience is how long a write may be asked again.
const soakPatience = time.Minute

// do asks until there is an answer.
func (w *soakWriter) do(at int, mutation, selection string, input map[string]any, to any) error {
	input["clientMutationId"] = fmt.Sprintf("soak %d %d", w.number, w.done)
	document := fmt.Sprintf("mutation($input: %sInput!) { %s(input: $input) { %s problems { message } } }", string(mutation[0]-'a'+'A')+mutation[1:], mutation, selection)
	patience := time.After(soakPatience)
	for {
		a, err := w.try(at, document, input)
		if err == nil {
			var problem struct{ Problems []struct{ Message string } }
			raw := a.Data[mutation]
			if err := errors.Join(json.Unmarshal(raw, &problem), json.Unmarshal(raw, to)); err != nil || len(problem.Problems) > 0 {
				return fmt.Errorf("%s %v gave %s: %w", mutation, input, raw, errors.Join(errRules, err))
			}
			return nil
		}
		if errors.Is(err, errRules) {
			return err
		}
		w.retries++
		select {
		case <-patience:
			return fmt.Errorf("nothing can be written: %w", err)
		case <-time.After(50*time.Millisecond + rand.N(100*time.Millisecond)):
		}
	}
}

// try asks once. An error that may pass is none against the rules.
func (w *soakWriter) try(at int, document string, input map[string]any) (*answer, error) {
	a, err := askBy(w.client, w.fleet.pick(), w.authorizations[w.subjects[at].org], document, map[string]any{"input": input})
	if err != nil || len(a.Errors) == 0 {
		return a, err
	}
	switch a.Errors[0].Extensions.Code {
	case "DB_UNAVAILABLE", "OUTCOME_UNKNOWN", "OVERLOADED":
		return nil, fmt.Errorf("%+v", a.Errors)
	default:
		return nil, fmt.Errorf("%w: %+v", errRules, a.Errors)
	}
}
