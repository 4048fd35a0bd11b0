package storetest

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"contactpanel/contact"
)

// fixtures make things with every member filled: a zero value would hide a member that a store drops. The tag stands in
// every text, so that things with the same id in two organisations differ.
type fixtures struct{ tag string }

// base is the moment around which the fixtures happen; its milliseconds are no round number.
func base() time.Time { return time.Date(2024, time.February, 29, 23, 59, 58, 987e6, time.UTC) }

// at is a moment some milliseconds after base.
func at(ms int) time.Time { return base().Add(time.Duration(ms) * time.Millisecond) }

func pointer[T any](v T) *T { return &v }

func contactID(n int) contact.ID { return contact.ID(fmt.Sprintf("contact_%026d", n)) }
func noteID(n int) contact.ID    { return contact.ID(fmt.Sprintf("note_%026d", n)) }

// hardTexts are texts that encodings, patterns, operators and type guesses of databases break. None has a NUL, which the
// domain keeps out.
func hardTexts() []string {
	return []string{
		"\U0001D518 😀 👩‍👩‍👧‍👦 \U0010FFFF", "a\u0308\u0301 ä ß ẞ ı İ", "\u202Eשלום\u202C مرحبا",
		`'single' "double" ` + "`back` 'O''Brien'); --", "$where", "$set", "a.b", `\ \\ \n \u0000 \x00`, "%_*?[a-z]^", "line\nline\ttab", "  outer space  ",
		`{"json":[null,"\"",1]}`, "<b>&amp;</b>\u2028\u2029", "NULL", "007", "1.0", "-1e3", "true", "\uFFFD \uFEFF \uFFFF", "x'00'", ":a ?1 @b {{c}}",
	}
}

func (f fixtures) hard() string { return f.tag + strings.Join(hardTexts(), "|") }

func (f fixtures) agent(n int) contact.Agent {
	return contact.Agent{ID: contact.ID(fmt.Sprintf("auth0|agent.%d$", n)), Name: fmt.Sprintf("Zoë %d %s", n, f.tag)}
}

// organisation has a version of the catalog, which a store must not take over.
func (f fixtures) organisation() contact.Organisation {
	return contact.Organisation{ID: contact.OrgID(f.tag), CreatedAt: at(-1000), CatalogVersion: 4711}
}

// full is a contact with everything. What is only read, the last three members, is set too and must not be taken over.
func (f fixtures) full(n int) entry {
	c := contact.Contact{
		ID: contactID(n), Name: fmt.Sprintf("Name %d %s", n, f.hard()), AvatarURL: fmt.Sprintf("https://pictures.example/%d?a=b&c=%%20", n),
		Attributes: f.attributes(n),
		VIP: contact.VIP{
			IsVIP: true, Since: pointer(at(n)), By: pointer(f.agent(n)), Reason: "good customer " + f.hard(), ExpiresAt: pointer(at(n + 3_600_000)),
		},
		CreatedAt: at(n), UpdatedAt: at(n + 1), Version: math.MaxInt32, ImportedNotes: []string{"b digest", "a digest", f.hard()}, ImportedRow: f.hard(),
		CatalogVersion: 4712, NotesHead: contact.Head{Epoch: 4713, Seq: 4714}, EventsHead: contact.Head{Epoch: 4715, Seq: 4716},
	}
	x := contact.ContactIndex{
		Sort: fmt.Sprintf("name %d %s", n, f.hard()), Search: append(hardTexts(), fmt.Sprintf("word%d", n)), Number: fmt.Sprintf("N-%d", n),
		Rules: 1,
	}
	for i, network := range contact.Networks() {
		handle := fmt.Sprintf("Handle.%d$%d %s", n, i, hardTexts()[i])
		c.Profiles = append(c.Profiles, contact.Profile{
			ID: contact.ID(fmt.Sprintf("profile_%d_%d", n, i)), Network: network, Handle: handle, DisplayName: "Display " + f.hard(),
			AvatarURL: "https://pictures.example/p", ProfileURL: "https://profiles.example/" + f.tag,
		})
		x.Lookup = append(x.Lookup, contact.LookupKey{Kind: contact.LookupProfile, Value: string(network) + ":" + strings.ToLower(handle)})
	}
	x.Lookup = append(x.Lookup,
		contact.LookupKey{Kind: contact.LookupCustomerNumber, Value: x.Number},
		contact.LookupKey{Kind: contact.LookupEmail, Value: fmt.Sprintf("%d@sample.example", n)},
		contact.LookupKey{Kind: contact.LookupPhone, Value: fmt.Sprintf("+4930%05d", n)},
	)
	return entry{c, x}
}

// attributes are a record of every value type, one that was cleared, and one of hard texts.
func (f fixtures) attributes(n int) []contact.AttributeRecord {
	out := contact.SampleAttributes(at(n))
	for i := range out {
		out[i].SetBy.Name += f.tag
	}
	var hard []contact.StoredValue
	for _, text := range hardTexts() {
		hard = append(hard, contact.StoredValue{Value: text, Extra: f.tag}, contact.StoredValue{Value: "", Extra: text}, contact.StoredValue{Value: text})
	}
	return append(out,
		contact.AttributeRecord{Key: "cleared", Type: contact.TypeText, Origin: contact.OriginCRM, SetBy: f.agent(n), SetAt: at(n), Version: math.MaxInt32},
		contact.AttributeRecord{Key: "hard", Type: contact.TypeText, Values: hard, Origin: contact.OriginImport, SetBy: f.agent(n), SetAt: at(-n), Version: 1},
	)
}

// plain is a contact with nothing but what every contact has.
func (f fixtures) plain(n int) entry {
	return entry{
		contact.Contact{ID: contactID(n), CreatedAt: at(n), UpdatedAt: at(n), Version: 1},
		contact.ContactIndex{Sort: fmt.Sprintf("%05d", n)},
	}
}

// named is a plain contact with a name and search keys.
func (f fixtures) named(n int, sort string, keys ...string) entry {
	e := f.plain(n)
	e.contact.Name, e.index.Sort, e.index.Search = f.tag+" "+sort, sort, keys
	return e
}

// holding is a plain contact with a customer number and exact keys.
func (f fixtures) holding(n int, number string, keys ...contact.LookupKey) entry {
	e := f.plain(n)
	e.index.Number, e.index.Lookup = number, keys
	return e
}

// tombstone is a note that was edited and then deleted.
func (f fixtures) tombstone(n int, of contact.ID) contact.Note {
	out := f.standing(n, of)
	out.LastEditedBy, out.LastEditedAt = pointer(f.agent(n+1)), pointer(at(n+10))
	out.DeletedBy, out.DeletedAt = pointer(f.agent(n+2)), pointer(at(n+20))
	out.Version = math.MaxInt32
	return out
}

// standing is a note as it was added.
func (f fixtures) standing(n int, of contact.ID) contact.Note {
	return contact.Note{ID: noteID(n), Contact: of, Body: fmt.Sprintf("Note %d %s", n, f.hard()), Author: f.agent(n), CreatedAt: at(n), Version: 1}
}

func (f fixtures) event(n int, of contact.ID, topic contact.Topic) contact.Event {
	types := map[contact.Topic]contact.EventType{contact.TopicNotes: contact.NoteEdited, contact.TopicContact: contact.AttributeChanged}
	return contact.Event{
		Contact: of, Topic: topic, Epoch: 4717, Seq: 4718, Type: types[topic], Subject: string(noteID(n)), Version: math.MaxInt32 - n,
		Actor: f.agent(n), At: at(n), ClientMutationID: fmt.Sprintf("mutation %d %s", n, f.hard()),
	}
}

// applied is a remembered write whose answer tells of a contact, "" for none.
func (f fixtures) applied(n int, of contact.ID) contact.Applied {
	return contact.Applied{
		Agent: f.agent(1).ID, Key: fmt.Sprintf("key.$%d %s", n, hardTexts()[0]), Hash: fmt.Sprintf("hash %d %s", n, f.tag),
		Result: []byte(fmt.Sprintf("{ \"b\":%q ,\"a\" : 1.0e2,\n\"a\":null }", f.hard())), At: at(n),
		Contact: of,
	}
}

func (f fixtures) audit(n int, of contact.ID) contact.AuditEntry {
	return contact.AuditEntry{
		ID: contact.ID(fmt.Sprintf("audit_%026d", n)), At: at(n), Agent: f.agent(n), Kind: contact.AuditDefinitionCreated, Contact: of,
		Subject: "subject " + f.hard(), Version: math.MaxInt32, RequestID: "request " + f.tag, Address: "[2001:db8::1]:443",
	}
}

// refusal is the audit row of a change that was refused.
func (f fixtures) refusal(n int, of contact.ID) contact.AuditEntry {
	out := f.audit(n, of)
	out.Version, out.Refused, out.Omitted = 0, contact.Conflict, math.MaxInt32-n
	return out
}

func (f fixtures) deactivated(n int) contact.DeactivatedAgent {
	return contact.DeactivatedAgent{AgentID: contact.ID(fmt.Sprintf("%d %s", n, hardTexts()[n])), Since: at(n), By: f.agent(n)}
}

// catalog is a definition of every value type with its section, and others with hard texts and orders below zero.
func (f fixtures) catalog() ([]contact.Section, []contact.Definition) {
	sections, definitions := contact.SampleDefinitions(base())
	for i := range definitions {
		definitions[i].Labels = append(definitions[i].Labels, contact.LocalisedText{Locale: "de-AT", Text: f.hard()})
	}
	bare := contact.Definition{
		ID: "definition_bare", Key: "bare", Kind: contact.KindCustom, ValueType: contact.TypeText, Section: "hard", Order: -1_000_000,
		Labels: contact.Localised{{Locale: "en", Text: f.tag}}, CreatedAt: at(1), UpdatedAt: at(2), Version: math.MaxInt32,
		Rights: contact.Rights{Readers: []contact.Role{contact.RoleAdmin, contact.RoleIntegration}, Editors: []contact.Role{contact.RoleAgent}},
	}
	hard := contact.Section{ID: "section_hard", Key: "hard", Labels: contact.Localised{{Locale: "ar", Text: f.hard()}}, Order: -1_000_000, Version: math.MaxInt32}
	return append(sections, hard), append(definitions, bare)
}

// everything is one of each thing that can be written, in an order in which it can be.
func (f fixtures) everything() []any {
	var all []any
	sections, definitions := f.catalog()
	for _, s := range sections {
		all = append(all, s)
	}
	for _, d := range definitions {
		all = append(all, d)
	}
	for _, g := range f.groups() {
		all = append(all, g)
	}
	return append(all,
		f.full(1), f.plain(2), f.tombstone(1, contactID(1)), f.standing(2, contactID(1)),
		f.event(1, contactID(1), contact.TopicNotes), f.event(2, contactID(1), contact.TopicContact), f.event(3, contactID(1), contact.TopicNotes),
		f.applied(1, contactID(1)), f.audit(1, contactID(1)), f.audit(2, ""), f.refusal(3, contactID(1)), f.deactivated(1), f.deactivated(2),
	)
}

// fixturesAreFull checks that each member of each struct that a store keeps is filled somewhere in the fixtures.
func fixturesAreFull(t *testing.T) {
	t.Helper()
	f := fixtures{tag: "tag"}
	filled := map[reflect.Type]map[string]bool{}
	collect(reflect.ValueOf(f.organisation()), filled)
	for _, thing := range f.everything() {
		if e, ok := thing.(entry); ok {
			collect(reflect.ValueOf(e.contact), filled)
			collect(reflect.ValueOf(e.index), filled)
			continue
		}
		collect(reflect.ValueOf(thing), filled)
	}
	for _, kept := range []any{
		contact.Organisation{}, contact.Contact{}, contact.ContactIndex{}, contact.LookupKey{}, contact.Profile{}, contact.AttributeRecord{},
		contact.StoredValue{}, contact.VIP{}, contact.Agent{}, contact.Head{}, contact.Note{}, contact.Definition{}, contact.Section{},
		contact.RuleSet{}, contact.ChoiceOption{}, contact.LocalisedText{}, contact.Date{}, contact.Event{}, contact.Applied{}, contact.AuditEntry{},
		contact.DeactivatedAgent{}, contact.Group{}, contact.Condition{},
	} {
		if _, ok := filled[reflect.TypeOf(kept)]; !ok {
			t.Errorf("the fixtures hold no %T", kept)
		}
	}
	for typ, members := range filled {
		for i := range typ.NumField() {
			if name := typ.Field(i).Name; !members[name] {
				t.Errorf("the fixtures leave %v.%s empty everywhere", typ, name)
			}
		}
	}
}

// collect notes which members of which structs are filled in a value.
func collect(v reflect.Value, filled map[reflect.Type]map[string]bool) {
	switch v.Kind() { //nolint:exhaustive // all others hold no struct
	case reflect.Pointer:
		if !v.IsNil() {
			collect(v.Elem(), filled)
		}
	case reflect.Slice:
		for i := range v.Len() {
			collect(v.Index(i), filled)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		if filled[v.Type()] == nil {
			filled[v.Type()] = map[string]bool{}
		}
		for i := range v.NumField() {
			if !v.Field(i).IsZero() {
				filled[v.Type()][v.Type().Field(i).Name] = true
			}
			collect(v.Field(i), filled)
		}
	}
}
