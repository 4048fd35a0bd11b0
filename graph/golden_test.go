package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"contactpanel/auth"
	"contactpanel/contact"
)

var update = flag.Bool("update", false, "write the golden files anew")

// step asks testdata/QUERY.graphql with testdata/NAME.variables.json, if there is such a file, and expects
// testdata/NAME.golden.json.
type step struct {
	name, query string
	as          auth.TokenRequest
	languages   string
}

// stories are steps over one store each, one minute after the other.
func stories() map[string][]step {
	return map[string][]step{
		"panel": {
			{"panel_empty", "panel", ada, ""},
			{"panel_full", "panel", ada, "en"},
			{"panel_german", "panel", ada, "de-AT, en;q=0.5"},
			{"panel_long_notes", "panel", ada, ""},
		},
		"reading": {
			{"viewer_and_limits", "viewer_and_limits", ada, "fr;q=0.2, de-at;q=0.9, *;q=0.1"},
			{"contacts_search", "contacts", ada, ""},
			{"contacts_page", "contacts", ada, ""},
			{"contacts_filter", "contacts", ada, ""},
			{"contacts_none", "contacts", ada, ""},
			{"contact_by_profile", "contact_by_profile", ada, ""},
			{"contact_by_profile_unknown", "contact_by_profile", ada, ""},
			{"nodes", "nodes", ada, ""},
			{"attributes_all", "attributes", ada, ""},
			{"attributes_some", "attributes", ada, "de"},
			{"definitions", "definitions", ada, "de"},
		},
		"notes": {
			{"note_added", "add_note", ada, ""},
			{"note_added_again", "add_note", ada, ""},
			{"note_key_reused", "add_note", ada, ""},
			{"note_too_long", "add_note", ada, ""},
			{"note_invisible", "add_note", ada, "de"},
			{"note_of_nobody", "add_note", ada, ""},
			{"note_edited", "edit_note", adam, ""},
			{"note_conflict", "edit_note", ada, ""},
			{"note_deleted", "delete_note", ada, ""},
			{"note_deleted_twice", "delete_note", ada, ""},
			{"note_edited_after_delete", "edit_note", ada, ""},
			{"notes_deleted", "deleted_notes", ada, ""},
			{"note_restored", "restore_note", adam, ""},
			{"note_restored_twice", "restore_note", ada, ""},
		},
		"attributes": attributeSteps(),
		"vip": {
			{"vip_promoted", "promote_to_vip", ada, ""},
			{"vip_promoted_again", "promote_to_vip", adam, ""},
			{"vip_expiry_over", "promote_to_vip", ada, ""},
			{"vip_reason_too_long", "promote_to_vip", ada, ""},
			{"vip_removed", "remove_vip", ada, ""},
			{"vip_removed_unknown", "remove_vip", ada, ""},
		},
		"upsert": {
			{"upsert_created", "upsert_contact", feed, ""},
			{"upsert_unchanged", "upsert_contact", feed, ""},
			{"upsert_updated", "upsert_contact", ada, ""},
			{"upsert_second", "upsert_contact", ada, ""},
			{"upsert_ambiguous", "upsert_contact", ada, ""},
			{"upsert_taken", "upsert_contact", ada, ""},
			{"upsert_nothing", "upsert_contact", ada, ""},
			{"upsert_bad_value", "upsert_contact", ada, ""},
			{"upsert_import_by_agent", "upsert_contact", ada, ""},
		},
		"definitions": definitionSteps(),
		"groups":      groupSteps(),
		"erasure": {
			{"erase_by_agent", "erase_contact", ada, ""},
			{"erase_unknown", "erase_contact", adam, "de"},
			{"erased", "erase_contact", adam, ""},
			{"erased_again", "erase_contact", adam, ""},
			{"erased_before", "erase_contact", adam, ""},
			{"note_of_erased", "add_note", ada, ""},
			{"panel_erased", "panel", ada, ""},
		},
		"audit": {
			{"audit_note_added", "add_note", ada, ""},
			{"audit_note_refused", "edit_note", ada, ""},
			{"audit_vip_promoted", "promote_to_vip", ada, ""},
			{"audit_definition_forbidden", "create_attribute_definition", ada, ""},
			{"audit_all", "audit_entries", adam, ""},
			{"audit_last", "audit_entries", adam, ""},
			{"audit_filtered", "audit_entries", adam, ""},
			{"audit_of_nobody", "audit_entries", adam, ""},
			{"audit_by_agent", "audit_entries", ada, ""},
		},
		"agents": {
			{"agents_none", "deactivated_agents", adam, ""},
			{"agent_deactivated", "deactivate_agent", adam, ""},
			{"agent_deactivated_again", "deactivate_agent", adam, ""},
			{"agent_deactivated_second", "deactivate_agent", adam, ""},
			{"agent_deactivated_by_agent", "deactivate_agent", ada, ""},
			{"agent_deactivated_self", "deactivate_agent", adam, ""},
			{"agent_deactivated_self_german", "deactivate_agent", adam, "de"},
			{"agent_deactivated_long", "deactivate_agent", adam, ""},
			{"agents_deactivated", "deactivated_agents", adam, ""},
			{"agents_deactivated_to_agent", "deactivated_agents", ada, ""},
			{"agent_reactivated", "reactivate_agent", adam, ""},
			{"agent_reactivated_again", "reactivate_agent", adam, ""},
			{"agent_reactivated_nobody", "reactivate_agent", adam, ""},
			{"agents_left", "deactivated_agents", adam, ""},
		},
	}
}

func attributeSteps() []step {
	var steps []step
	for _, name := range []string{
		"set", "conflict", "set_again", "set_text", "set_boolean", "set_date", "set_url", "set_phone", "set_language",
		"set_location", "set_choice", "set_number", "set_archived", "set_crm", "unknown", "foreign_type", "twice", "too_many",
		"too_long", "bad_date", "bad_choice", "bad_url", "bad_email", "bad_phone", "bad_language", "bad_location", "bad_number",
		"bad_boolean", "none",
	} {
		steps = append(steps, step{"attribute_" + name, "set_attribute", ada, ""})
	}
	for _, name := range []string{"cleared", "clear_conflict", "clear_read_only", "clear_unknown"} {
		steps = append(steps, step{"attribute_" + name, "clear_attribute", ada, ""})
	}
	return append(steps, step{"attribute_set_after_clear", "set_attribute", ada, ""})
}

func definitionSteps() []step {
	return []step{
		{"definition_created", "create_attribute_definition", adam, "de"},
		{"definition_created_by_agent", "create_attribute_definition", ada, ""},
		{"definition_taken", "create_attribute_definition", adam, ""},
		{"definition_bad_key", "create_attribute_definition", adam, ""},
		{"definition_bad_rules", "create_attribute_definition", adam, ""},
		{"definition_no_section", "create_attribute_definition", adam, ""},
		{"definition_updated", "update_attribute_definition", adam, ""},
		{"definition_conflict", "update_attribute_definition", adam, ""},
		{"definition_archived", "archive_attribute_definition", adam, ""},
		{"definition_restored", "restore_attribute_definition", adam, ""},
		{"definition_unknown", "restore_attribute_definition", adam, ""},
		{"definitions_ordered", "order_attribute_definitions", adam, ""},
		{"section_created", "create_attribute_section", adam, ""},
		{"section_taken", "create_attribute_section", adam, ""},
		{"section_updated", "update_attribute_section", adam, "de"},
		{"section_conflict", "update_attribute_section", adam, ""},
		{"section_limit", "create_attribute_section", adam, ""},
	}
}

func TestAnswersAreAsTheGoldenFilesSay(t *testing.T) {
	for name, steps := range stories() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newFullWorld(t)
			for _, s := range steps {
				w.clock.advance(time.Minute)
				if s.name == "section_limit" {
					w.fillSections(t)
				}
				if s.name == "group_limit" {
					w.fillGroups(t)
				}
				header := http.Header{}
				if s.languages != "" {
					header.Set("Accept-Language", s.languages)
				}
				body := requestBody(t, document(t, s.query), variablesOf(t, s.name))
				got := w.send(t, request{as: &s.as, header: header, body: bytes.NewReader(body)})
				if got.status != http.StatusOK {
					t.Errorf("%s: status %d, want 200", s.name, got.status)
				}
				compare(t, s.name, got.body)
			}
			if lines := w.log.faults(); lines != "" {
				t.Errorf("the log has lines although nothing failed: %s", lines)
			}
		})
	}
}

// noteStory changes notes in every way. The last note is added and deleted again, so that its first event shows none.
var noteStory = []string{
	`mutation { addNote(input: { contactId: "contact_full", body: "First line\nsecond <i>line</i> 😀", clientMutationId: "press-1" }) { note { id } problems { code } } }`,
	`mutation { editNote(input: { noteId: "note_full", body: "Wants \"invoices\"\u2028by mail.", expectedVersion: 2 }) { problems { code } } }`,
	`mutation { deleteNote(input: { noteId: "note_first", expectedVersion: 1, clientMutationId: "press-2" }) { problems { code } } }`,
	`mutation { restoreNote(input: { noteId: "note_deleted", expectedVersion: 2 }) { problems { code } } }`,
	`mutation { addNote(input: { contactId: "contact_full", body: "Not for long." }) { note { id } problems { code } } }`,
	`mutation { deleteNote(input: { noteId: "ADDED", expectedVersion: 1 }) { problems { code } } }`,
}

// contactStory changes a contact in every way that is offered.
var contactStory = []string{
	`mutation { upsertContact(input: { name: "Sam Simple", profiles: [{ network: INSTAGRAM, handle: "sam.sample", displayName: "Sam again" }, { network: X, handle: "samx" }], clientMutationId: "row-1" }) { problems { code } } }`,
	`mutation { setAttribute(input: { contactId: "contact_full", key: "biography", values: [{ text: "Likes tea." }], expectedVersion: 0, clientMutationId: "press-3" }) { problems { code } } }`,
	`mutation { setAttribute(input: { contactId: "contact_full", key: "sample_language", values: [{ language: "fr" }], expectedVersion: 9 }) { problems { code } } }`,
	`mutation { setAttribute(input: { contactId: "contact_full", key: "sample_date", values: [{ date: "2021-01-01" }], expectedVersion: 4 }) { problems { code } } }`,
	`mutation { clearAttribute(input: { contactId: "contact_full", key: "sample_date", expectedVersion: 5 }) { problems { code } } }`,
	`mutation { setAttribute(input: { contactId: "contact_full", key: "sample_text", values: [{ text: "gone soon" }], expectedVersion: 1 }) { problems { code } } }`,
	`mutation { archiveAttributeDefinition(input: { key: "sample_text", expectedVersion: 2 }) { problems { code } } }`,
	`mutation { removeVip(input: { contactId: "contact_full" }) { problems { code } } }`,
	`mutation { promoteToVip(input: { contactId: "contact_full", reason: "Speaks to the press", expiresAt: "2026-12-24T18:00:00+01:00" }) { problems { code } } }`,
}

// tell makes changes, one minute after the other.
func (w *world) tell(tb testing.TB, story []string) {
	tb.Helper()
	added := ""
	for _, mutation := range story {
		w.clock.advance(time.Minute)
		got := w.do(tb, adam, strings.ReplaceAll(mutation, "ADDED", added), nil)
		if id, ok := got.at(tb, "data", "addNote", "note", "id").(string); ok {
			added = id
		}
	}
}

// tellOfTheCRM writes what no mutation does: another answer of the CRM, and a profile that is gone.
func (w *world) tellOfTheCRM(tb testing.TB) {
	tb.Helper()
	crm := contact.Agent{ID: "crm", Name: "CRM"}
	w.put(tb, acme, func(ctx context.Context, tx contact.Tx) error {
		for _, e := range []contact.Event{
			{Type: contact.ValidationChanged, Version: 8}, {Type: contact.ProfileChanged, Subject: "profile_gone", Version: 9},
		} {
			e.Contact, e.Topic, e.Actor, e.At = fullContact, contact.TopicContact, crm, w.clock.now()
			if _, err := tx.Append(ctx, acme, e); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestEventsAreAsTheGoldenFilesSay(t *testing.T) {
	t.Parallel()
	w := newFullWorld(t)
	notes, events := w.cursors(t, ada, fullContact)
	_, elsewhere := w.cursors(t, ada, emptyContact)
	w.tell(t, noteStory)
	w.tell(t, contactStory)
	w.tellOfTheCRM(t)
	for _, tt := range []struct{ name, query, after, until, languages string }{
		{"note_events", "note_events", notes, "CaughtUp", "de"},
		{"note_events_resync", "note_events", elsewhere, "Resync", ""},
		{"contact_events", "contact_events", events, "CaughtUp", ""},
		{"contact_events_german", "contact_events", events, "CaughtUp", "de-AT, en;q=0.5"},
		{"contact_events_resync", "contact_events", elsewhere, "Resync", ""},
		{"contact_events_erased", "contact_events", events, "ContactErased", ""},
	} {
		if tt.until == "ContactErased" {
			w.store.followed.replaceWith(func(s contact.Stream) contact.Stream { return &erasedStream{Stream: s} })
		}
		body := requestBody(t, document(t, tt.query), map[string]any{"contactId": fullContact, "after": tt.after})
		l := w.openStream(t, request{header: http.Header{"Accept-Language": {tt.languages}}, body: bytes.NewReader(body)})
		compare(t, tt.name, []byte("["+strings.Join(l.results(t, tt.until), ",")+"]"))
		l.leave()
	}
	if lines := w.log.faults(); lines != "" {
		t.Errorf("the log has lines although nothing failed: %s", lines)
	}
}

// erasedStream ends with its first delivery, as that of a contact which is gone.
type erasedStream struct {
	contact.Stream
	isOver bool
}

func (s *erasedStream) Next(ctx context.Context) (contact.Delivery, error) {
	if s.isOver {
		return contact.Delivery{}, contact.Errorf(contact.NotFound, "there is no such contact")
	}
	s.isOver = true
	d, err := s.Stream.Next(ctx)
	d.Events = d.Events[:1]
	d.Head.Seq = d.Events[0].Seq
	return d, err
}

// fillSections makes as many sections as an organisation may have.
func (w *world) fillSections(tb testing.TB) {
	tb.Helper()
	w.put(tb, acme, func(ctx context.Context, tx contact.Tx) error {
		for i := range contact.MaxSections {
			s := contact.Section{ID: contact.ID(fmt.Sprint("section_fill", i)), Key: fmt.Sprint("fill", i), Labels: contact.Localised{{Locale: "en", Text: "x"}}, Version: 1}
			if err := tx.PutSection(ctx, acme, s); err != nil {
				return err
			}
		}
		return nil
	})
}

func variablesOf(tb testing.TB, name string) any {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".variables.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		tb.Fatal(err)
	}
	return json.RawMessage(text)
}

// streamCursor is a position in an event stream. Its epoch is random, so that only its seq is compared.
var streamCursor = regexp.MustCompile(`("notesCursor":|"eventsCursor":|"(?:note|contact)Events":\{"__typename":"\w+","cursor":)"([^"]*)"`)

// compare compares an answer with its golden file, or writes the file.
func compare(t *testing.T, name string, body []byte) {
	t.Helper()
	body = streamCursor.ReplaceAllFunc(body, func(found []byte) []byte {
		parts := streamCursor.FindSubmatch(found)
		head, err := contact.ParseHead(string(parts[2]))
		if err != nil {
			t.Errorf("%s: %s: %v", name, found, err)
		}
		return fmt.Appendf(nil, `%s"seq %d"`, parts[1], head.Seq)
	})
	var got bytes.Buffer
	if err := json.Indent(&got, body, "", "  "); err != nil {
		t.Fatalf("%s: the answer is no JSON: %v: %q", name, err, body)
	}
	got.WriteByte('\n')
	file := filepath.Join("testdata", name+".golden.json")
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%s is not what %s says (go test ./graph -update writes it anew):\n%s", name, file, difference(want, got.Bytes()))
	}
}

// difference shows the first lines that differ.
func difference(want, got []byte) string {
	w, g := bytes.Split(want, []byte("\n")), bytes.Split(got, []byte("\n"))
	for i := range max(len(w), len(g)) {
		line := func(lines [][]byte) []byte {
			if i < len(lines) {
				return lines[i]
			}
			return []byte("(the end)")
		}
		if !bytes.Equal(line(w), line(g)) {
			return fmt.Sprintf("line %d\nwant %s\ngot  %s", i+1, line(w), line(g))
		}
	}
	return ""
}
