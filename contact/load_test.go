package contact_test

import (
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"contactpanel/contact"
)

// damage is one thing that a hostile or damaged archive does to a row, and what is blamed for it.
type damage struct {
	name  string
	kind  contact.ArchiveKind
	do    func(row contact.ArchiveRow)
	field string
}

// zoe picks the contact that has everything.
func zoe(row contact.ArchiveRow) bool {
	return row.Contact != nil && row.Contact.Name == "Zoë Müller"
}

func onContact(name, field string, do func(c *contact.Contact)) damage {
	return damage{name, contact.ArchivedContact, func(row contact.ArchiveRow) { do(row.Contact) }, field}
}

func onValue(name, key string, values ...contact.StoredValue) damage {
	return onContact(key+": "+name, key, func(c *contact.Contact) {
		i := slices.IndexFunc(c.Attributes, func(r contact.AttributeRecord) bool { return r.Key == key })
		c.Attributes[i].Values = values
	})
}

func onNote(name, field string, do func(n *contact.Note)) damage {
	return damage{name, contact.ArchivedNote, func(row contact.ArchiveRow) { do(row.Note) }, field}
}

func onDefinition(name, field string, do func(d *contact.Definition)) damage {
	return damage{name, contact.ArchivedDefinition, func(row contact.ArchiveRow) { do(row.Definition) }, field}
}

func onAudit(name, field string, do func(e *contact.AuditEntry)) damage {
	return damage{name, contact.ArchivedAudit, func(row contact.ArchiveRow) { do(row.Audit) }, field}
}

func onAgent(name, field string, do func(d *contact.DeactivatedAgent)) damage {
	return damage{name, contact.ArchivedAgent, func(row contact.ArchiveRow) { do(row.Agent) }, field}
}

func onApplied(name, field string, do func(a *contact.Applied)) damage {
	return damage{name, contact.ArchivedApplied, func(row contact.ArchiveRow) { do(row.Applied) }, field}
}

func contactDamages() []damage {
	return []damage{
		onContact("an id of a note", "id", func(c *contact.Contact) { c.ID = "note" + c.ID[7:] }),
		onContact("an id of 200 bytes", "id", func(c *contact.Contact) { c.ID += contact.ID(strings.Repeat("x", 200)) }),
		onContact("an id with a dot", "id", func(c *contact.Contact) { c.ID += ".email" }),
		onContact("no time", "createdAt", func(c *contact.Contact) { c.CreatedAt = time.Time{} }),
		onContact("a time between milliseconds", "updatedAt", func(c *contact.Contact) { c.UpdatedAt = c.UpdatedAt.Add(1) }),
		onContact("version 0", "version", func(c *contact.Contact) { c.Version = 0 }),
		onContact("a version beyond 32 bits", "version", func(c *contact.Contact) { c.Version = math.MaxInt32 + 1 }),
		onContact("a name with a line feed", "name", func(c *contact.Contact) { c.Name = "a\nb" }),
		onContact("a name with margins", "name", func(c *contact.Contact) { c.Name = " a" }),
		onContact("a name of 201 characters", "name", func(c *contact.Contact) { c.Name = strings.Repeat("a", 201) }),
		onContact("a picture by script", "avatarUrl", func(c *contact.Contact) { c.AvatarURL = "javascript:alert(1)" }),
		onContact("nothing to call it by", "name", func(c *contact.Contact) { c.Name, c.Profiles, c.Attributes = "", nil, nil }),
		onContact("a VIP since never", "vip", func(c *contact.Contact) { c.VIP.Since = nil }),
		onContact("a VIP by nobody", "vip", func(c *contact.Contact) { c.VIP.By = nil }),
		onContact("a VIP by an agent without an id", "vip", func(c *contact.Contact) { c.VIP.By = &contact.Agent{Name: "x"} }),
		onContact("a VIP with an expiry of the year 0", "vip", func(c *contact.Contact) { c.VIP.ExpiresAt = new(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)) }),
		onContact("a reason with margins", "vip", func(c *contact.Contact) { c.VIP.Reason = "a " }),
		onContact("a digest that is none", "importedNotes", func(c *contact.Contact) { c.ImportedNotes[0] = "x" }),
		onContact("a digest twice", "importedNotes", func(c *contact.Contact) { c.ImportedNotes = append(c.ImportedNotes, c.ImportedNotes[0]) }),
		onContact("1,001 digests", "importedNotes", func(c *contact.Contact) { c.ImportedNotes = make([]string, 1001) }),
		onContact("a row's digest that is none", "importedRow", func(c *contact.Contact) { c.ImportedRow = "x" }),
		onContact("51 profiles", "profiles", func(c *contact.Contact) { c.Profiles = make([]contact.Profile, 51) }),
		onContact("a profile twice, but for case", "profiles", func(c *contact.Contact) {
			p := c.Profiles[0]
			p.ID, p.Handle = "profile_other", strings.ToUpper(p.Handle)
			c.Profiles = append(c.Profiles, p)
		}),
		onContact("two profiles of one id", "profiles", func(c *contact.Contact) { c.Profiles[1].ID = c.Profiles[0].ID }),
		onContact("a profile without an id", "profiles", func(c *contact.Contact) { c.Profiles[0].ID = "" }),
		onContact("an unknown network", "network", func(c *contact.Contact) { c.Profiles[0].Network = "MYSPACE" }),
		onContact("a network in lower case", "profiles", func(c *contact.Contact) { c.Profiles[0].Network = "x" }),
		onContact("a handle with margins", "profiles", func(c *contact.Contact) { c.Profiles[0].Handle = "zoe " }),
		onContact("a profile's address by script", "profileUrl", func(c *contact.Contact) { c.Profiles[0].ProfileURL = "javascript:x" }),
	}
}

func valueDamages() []damage {
	v := func(value string, extra ...string) contact.StoredValue {
		return contact.StoredValue{Value: value, Extra: strings.Join(extra, "")}
	}
	return []damage{
		onContact("an attribute twice", "attributes", func(c *contact.Contact) { c.Attributes = append(c.Attributes, c.Attributes[0]) }),
		onContact("an attribute without a definition", "unheard_of", func(c *contact.Contact) { c.Attributes[0].Key = "unheard_of" }),
		onContact("an attribute of another type", "customer_number", func(c *contact.Contact) { c.Attributes[0].Type = contact.TypeNumber }),
		onContact("an unknown origin", "customer_number", func(c *contact.Contact) { c.Attributes[0].Origin = "MARS" }),
		onContact("an attribute set by nobody", "customer_number", func(c *contact.Contact) { c.Attributes[0].SetBy = contact.Agent{} }),
		onContact("an attribute set never", "customer_number", func(c *contact.Contact) { c.Attributes[0].SetAt = time.Time{} }),
		onContact("an attribute of version 0", "customer_number", func(c *contact.Contact) { c.Attributes[0].Version = 0 }),
		onValue("two values", "customer_number", v("a"), v("b")),
		onValue("a value twice", "some_choice", v("red"), v("red")),
		onValue("51 values", "email", make([]contact.StoredValue, 51)...),
		onValue("margins", "a_text", v(" abc")),
		onValue("something beside", "a_text", v("abc", "x")),
		onValue("no number", "any_number", v("twelve")),
		onValue("a number written otherwise", "any_number", v("1e2")),
		onValue("a number beyond what clients read", "any_number", v("9007199254740992")),
		onValue("no number at all", "any_number", v("NaN")),
		onValue("neither true nor false", "a_boolean", v("yes")),
		onValue("no day", "from_day", v("2026-02-30")),
		onValue("no moment", "a_date_time", v("2026-03-04 11:00")),
		onValue("a moment with an offset", "a_date_time", v("2026-03-04T11:00:00.123+01:00")),
		onValue("an address by script", "a_url", v("javascript:alert(1)")),
		onValue("no address", "email", v("nobody", "nobody")),
		onValue("an address that is compared as another's", "email", v("zoe@x.example", "nia@x.example")),
		onValue("no number", "phone", v("0302312", "x")),
		onValue("no form for people", "phone", v("+493023125000")),
		onValue("no tag", "a_language", v("de_AT!")),
		onValue("half a place", "some_location", v("Bonn", "50.7")),
		onValue("a place off the globe", "some_location", v("Bonn", "91,0")),
		onValue("no key", "some_choice", v("$where")),
	}
}

func otherDamages() []damage {
	return []damage{
		{"no time", contact.ArchivedOrganisation, func(row contact.ArchiveRow) { row.Organisation.CreatedAt = time.Time{} }, "createdAt"},
		{"an id of nothing", contact.ArchivedSection, func(row contact.ArchiveRow) { row.Section.ID = "x" }, "id"},
		{"no wording", contact.ArchivedSection, func(row contact.ArchiveRow) { row.Section.Labels = nil }, "labels"},
		{"no key", contact.ArchivedSection, func(row contact.ArchiveRow) { row.Section.Key = "$" }, "key"},
		{"an order beyond all", contact.ArchivedSection, func(row contact.ArchiveRow) { row.Section.Order = math.MaxInt }, "order"},
		{"version 0", contact.ArchivedSection, func(row contact.ArchiveRow) { row.Section.Version = 0 }, "version"},
		onDefinition("no key", "key", func(d *contact.Definition) { d.Key = "A.b" }),
		onDefinition("an unknown kind", "kind", func(d *contact.Definition) { d.Kind = "x" }),
		onDefinition("an unknown type", "valueType", func(d *contact.Definition) { d.ValueType = "x" }),
		onDefinition("an unknown section", "section", func(d *contact.Definition) { d.Section = "x" }),
		onDefinition("a label with margins", "labels", func(d *contact.Definition) { d.Labels[0].Text += " " }),
		onDefinition("a description in no language", "descriptions", func(d *contact.Definition) { d.Descriptions = contact.Localised{{Locale: "?", Text: "x"}} }),
		onDefinition("rules of another type", "rules", func(d *contact.Definition) { d.Rules.Choices = []contact.ChoiceOption{{Key: "x"}} }),
		onDefinition("rules without a number of values", "rules", func(d *contact.Definition) { d.Rules.MaxValues = 0 }),
		onDefinition("a pattern that is none", "rules", func(d *contact.Definition) {
			d.ValueType, d.Rules = contact.TypeText, contact.RuleSet{MaxValues: 1, Pattern: "("}
		}),
		onDefinition("a bound that is no day", "rules", func(d *contact.Definition) {
			d.ValueType, d.Rules = contact.TypeDate, contact.RuleSet{MaxValues: 1, Earliest: &contact.Date{Year: 2026, Month: 2, Day: 30}}
		}),
		onDefinition("a bound between milliseconds", "rules", func(d *contact.Definition) {
			d.ValueType, d.Rules = contact.TypeDateTime, contact.RuleSet{MaxValues: 1, LatestTime: new(noon.Add(1))}
		}),
		onDefinition("no time", "updatedAt", func(d *contact.Definition) { d.UpdatedAt = time.Time{} }),
		onNote("an id of a contact", "id", func(n *contact.Note) { n.ID = "contact_1" }),
		onNote("no contact", "contact", func(n *contact.Note) { n.Contact = "" }),
		onNote("an unknown contact", "contact", func(n *contact.Note) { n.Contact = "contact_unknown" }),
		onNote("no text", "body", func(n *contact.Note) { n.Body = "" }),
		onNote("2,001 characters", "body", func(n *contact.Note) { n.Body = strings.Repeat("x", 2001) }),
		onNote("a NUL", "body", func(n *contact.Note) { n.Body = "a\x00b" }),
		onNote("no UTF-8", "body", func(n *contact.Note) { n.Body = "a\xff" }),
		onNote("margins", "body", func(n *contact.Note) { n.Body += "\n" }),
		onNote("no author", "author", func(n *contact.Note) { n.Author = contact.Agent{} }),
		onNote("a name of 256 characters", "author", func(n *contact.Note) { n.Author.Name = strings.Repeat("x", 256) }),
		onNote("an edit by nobody", "lastEditedBy", func(n *contact.Note) { n.LastEditedAt = &noon }),
		onNote("a deletion at no time", "deletedBy", func(n *contact.Note) { n.DeletedBy = &contact.Agent{ID: "x"} }),
		onNote("no time", "createdAt", func(n *contact.Note) { n.CreatedAt = time.Time{} }),
		onNote("version -1", "version", func(n *contact.Note) { n.Version = -1 }),
		onApplied("no key", "key", func(a *contact.Applied) { a.Key = "" }),
		onApplied("a key of 65 characters", "key", func(a *contact.Applied) { a.Key = strings.Repeat("x", 65) }),
		onApplied("no digest", "hash", func(a *contact.Applied) { a.Hash = "x" }),
		onApplied("no answer", "result", func(a *contact.Applied) { a.Result = nil }),
		onApplied("an answer that is no JSON", "result", func(a *contact.Applied) { a.Result = []byte("{") }),
		onApplied("no agent", "agent", func(a *contact.Applied) { a.Agent = "" }),
		onApplied("no time", "at", func(a *contact.Applied) { a.At = time.Time{} }),
		onAgent("no id", "agentId", func(d *contact.DeactivatedAgent) { d.AgentID = "" }),
		onAgent("an id of 256 characters", "agentId", func(d *contact.DeactivatedAgent) { d.AgentID = contact.ID(strings.Repeat("x", 256)) }),
		onAgent("an id with a blank at its end", "agentId", func(d *contact.DeactivatedAgent) { d.AgentID = "auth0|also gone " }),
		onAgent("nobody", "by", func(d *contact.DeactivatedAgent) { d.By = contact.Agent{} }),
		onAgent("no time", "since", func(d *contact.DeactivatedAgent) { d.Since = time.Time{} }),
		onAudit("an id of a note", "id", func(e *contact.AuditEntry) { e.ID = "note_1" }),
		onAudit("no kind", "kind", func(e *contact.AuditEntry) { e.Kind = "<b>" }),
		onAudit("a contact that is none", "contact", func(e *contact.AuditEntry) { e.Contact = "x" }),
		onAudit("a line feed", "subject", func(e *contact.AuditEntry) { e.Subject = "a\nb" }),
		onAudit("an address without end", "address", func(e *contact.AuditEntry) { e.Address = strings.Repeat("x", 1025) }),
		onAudit("an id that is no UTF-8", "requestId", func(e *contact.AuditEntry) { e.RequestID = "\xff" }),
		onAudit("nobody", "agent", func(e *contact.AuditEntry) { e.Agent = contact.Agent{} }),
		onAudit("no time", "at", func(e *contact.AuditEntry) { e.At = time.Time{} }),
		onAudit("version 0", "version", func(e *contact.AuditEntry) { e.Version = 0 }),
		onAudit("a kind of no version", "kind", func(e *contact.AuditEntry) { e.Kind = "CONTACT_SEEN" }),
		onAudit("a fault", "refused", func(e *contact.AuditEntry) { e.Version, e.Refused = 0, contact.Unavailable }),
		onAudit("a refusal with a version", "version", func(e *contact.AuditEntry) { e.Refused = contact.Conflict }),
		onAudit("-1 omitted", "omitted", func(e *contact.AuditEntry) { e.Version, e.Refused, e.Omitted = 0, contact.Conflict, -1 }),
		onAudit("some omitted before what was made", "omitted", func(e *contact.AuditEntry) { e.Omitted = 1 }),
	}
}

func TestADamagedRowIsRefusedWithItsLineAndMember(t *testing.T) {
	t.Parallel()
	w := fullWorld(t, 0)
	to := emptyWorld(t)
	for _, tt := range slices.Concat(contactDamages(), valueDamages(), groupDamages(), conditionDamages(), otherDamages()) {
		rows := w.export(acme)
		at := slices.IndexFunc(rows, func(row contact.ArchiveRow) bool {
			return row.Kind() == tt.kind && (tt.kind != contact.ArchivedContact || zoe(row))
		})
		what := string(tt.kind) + " with " + tt.name
		tt.do(rows[at])
		to.refusedRow(what, rows, at+1, tt.kind, tt.field)
	}
	_, err := to.Load(t.Context(), acme, from(w.export(acme), io.EOF))
	to.must("Load of the archive as it was", err)
	to.same("what the copy exports", to.export(acme), w.export(acme))
}

// refusedRow checks that rows are refused for one of them, and that nothing of them is seen.
func (w *world) refusedRow(what string, rows []contact.ArchiveRow, line int, kind contact.ArchiveKind, field string) {
	w.Helper()
	_, err := w.Load(w.Context(), acme, from(rows, io.EOF))
	var row *contact.RowError
	var e *contact.Error
	if !errors.As(err, &row) || !errors.As(err, &e) || row.Line != line || row.Kind != kind || e.Field != field {
		w.Fatalf("Load of a %s = %v, want a refusal of line %d, %s, on %q", what, err, line, kind, field)
	}
	// Of what comes first nothing is written, and who is admitted then would found the organisation.
	isCatalog := slices.Contains([]contact.ArchiveKind{contact.ArchivedSection, contact.ArchivedDefinition, contact.ArchivedGroup}, kind)
	if line > 1 && !isCatalog {
		w.refused("Admit after a "+what, w.Admit(w.Context(), anna), contact.Forbidden, "")
	}
}

func TestAProfileBelongsToOneContactOfAnArchive(t *testing.T) {
	t.Parallel()
	w := fullWorld(t, 0)
	rows := w.export(acme)
	at := slices.IndexFunc(rows, zoe)
	taken := rows[at].Contact.Profiles[0]
	taken.ID, taken.Handle = "profile_other", "@ZOE"
	rows[at+1].Contact.Profiles = []contact.Profile{taken}
	to := emptyWorld(t)
	to.refusedRow("contact with another's profile", rows, at+2, contact.ArchivedContact, "handle")
}

func TestRowsComeInOrderAndOnce(t *testing.T) {
	t.Parallel()
	w := fullWorld(t, 0)
	rows := w.export(acme)
	at := func(kind contact.ArchiveKind) int {
		return slices.IndexFunc(rows, func(row contact.ArchiveRow) bool { return row.Kind() == kind })
	}
	note, audit := at(contact.ArchivedNote), at(contact.ArchivedAudit)
	twice := func(i int) []contact.ArchiveRow { return slices.Insert(slices.Clone(rows), i, rows[i]) }
	swapped := func(i, j int) []contact.ArchiveRow {
		out := slices.Clone(rows)
		out[i], out[j] = out[j], out[i]
		return out
	}
	for name, tt := range map[string]struct {
		rows []contact.ArchiveRow
		line int
	}{
		"no organisation":                 {rows[1:], 1},
		"the organisation twice":          {twice(0), 2},
		"a note twice":                    {twice(note), note + 2},
		"an audit row twice":              {twice(audit), audit + 2},
		"a deactivated agent twice":       {twice(at(contact.ArchivedAgent)), at(contact.ArchivedAgent) + 2},
		"notes turned round":              {swapped(note, note+1), note + 2},
		"a note behind the audit rows":    {swapped(note, len(rows)-1), note + 2},
		"a group twice":                   {twice(at(contact.ArchivedGroup)), at(contact.ArchivedGroup) + 2},
		"a group behind the agents":       {swapped(at(contact.ArchivedAgent)-1, at(contact.ArchivedAgent)), at(contact.ArchivedAgent) + 1},
		"a group before its definitions":  {slices.Insert(slices.Clone(rows), at(contact.ArchivedDefinition), rows[at(contact.ArchivedGroup)]), at(contact.ArchivedDefinition) + 1},
		"groups turned round":             {swapped(at(contact.ArchivedGroup), at(contact.ArchivedGroup)+1), at(contact.ArchivedGroup) + 2},
		"a definition twice":              {twice(at(contact.ArchivedDefinition)), at(contact.ArchivedDefinition) + 2},
		"no definitions":                  {slices.Concat(rows[:at(contact.ArchivedDefinition)], rows[audit:]), at(contact.ArchivedDefinition) + 1},
		"a row of nothing":                {slices.Insert(slices.Clone(rows), note, contact.ArchiveRow{}), note + 1},
		"a row of two things":             {slices.Insert(slices.Clone(rows), note, contact.ArchiveRow{Note: rows[note].Note, Audit: rows[audit].Audit}), note + 1},
		"nothing but the organisation":    {rows[:1], 1},
		"a definition before its section": {swapped(1, at(contact.ArchivedDefinition)), 2},
	} {
		to := emptyWorld(t)
		_, err := to.Load(t.Context(), acme, from(tt.rows, io.EOF))
		var row *contact.RowError
		if !errors.As(err, &row) || contact.CodeOf(err) != contact.BadUserInput {
			t.Errorf("Load with %s = %v, want a refused row", name, err)
		} else if row.Line != tt.line {
			t.Errorf("Load with %s = %v, want line %d", name, err, tt.line)
		}
	}
	w.same("the organisation", w.export(acme), rows)
}
