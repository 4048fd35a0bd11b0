package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"contactpanel/contact"
)

// Erasure is what the test of erased contacts needs of a backend.
type Erasure struct {
	// Open opens a store without content.
	Open func(t *testing.T) contact.Store
	// Ports are the domain's, but for the store.
	Ports contact.Deps
	// Found gives those of the texts that stand anywhere in what the backend keeps, in any case of letters.
	Found func(t *testing.T, texts []string) []string
	// Await waits until so many erasures are done with, also in the background.
	Await func(t *testing.T, erasures int)
}

// RunErasure writes texts into every place where an organisation keeps something of a contact, through the domain, for two
// organisations, and erases the contacts of one: nothing of these is left, and the other has all.
func RunErasure(t *testing.T, e Erasure) {
	t.Helper()
	ports := e.Ports
	ports.Store, ports.Now, ports.NewID = e.Open(t), time.Now, contact.RandomID
	contacts := contact.New(ports)
	mine, theirs := newPlanter(t, contacts, ports.Store, 1), newPlanter(t, contacts, ports.Store, 2)
	mine.plant()
	theirs.plant()
	for _, p := range []*planter{mine, theirs} {
		if got := e.Found(t, p.texts); len(got) != len(p.texts) {
			t.Fatalf("the store holds %d of %d texts: %q is missing", len(got), len(p.texts), missing(p.texts, got))
		}
	}
	for _, of := range mine.contacts {
		_, err := contacts.EraseContact(mine.as(mine.admin), of, fmt.Sprint("erasure of ", of))
		mine.must("EraseContact", err)
	}
	e.Await(t, len(mine.contacts))
	if got := e.Found(t, mine.texts); len(got) > 0 {
		t.Errorf("of the erased contacts the store holds %q", got)
	}
	if got := e.Found(t, theirs.texts); len(got) != len(theirs.texts) {
		t.Errorf("of another organisation the store lost %q", missing(theirs.texts, got))
	}
	mine.checkAudit()
	mine.checkArchive()
	again := mine.upsert(mine.first())
	if slices.Contains(mine.contacts, again) {
		t.Error("the contact that is made anew of the same profile has the old id")
	}
}

func missing(texts, found []string) []string {
	return slices.DeleteFunc(slices.Clone(texts), func(s string) bool { return slices.Contains(found, s) })
}

// planter writes texts of one organisation that stand nowhere else.
type planter struct {
	*testing.T
	domain      *contact.Contacts
	store       contact.Store
	number      int
	org         contact.OrgID
	agent, feed contact.Actor
	admin       contact.Actor
	texts       []string
	contacts    []contact.ID
}

func newPlanter(t *testing.T, contacts *contact.Contacts, store contact.Store, number int) *planter {
	t.Helper()
	p := &planter{T: t, domain: contacts, store: store, number: number, org: contact.OrgID(fmt.Sprint("organisation ", number))}
	who := func(id contact.ID, origin contact.Origin, roles ...contact.Role) contact.Actor {
		return contact.Actor{Agent: contact.Agent{ID: id, Name: "Agent " + string(id)}, Org: p.org, Roles: roles, Origin: origin}
	}
	p.agent, p.feed = who("anna", contact.OriginAgent, contact.RoleAgent), who("robot", contact.OriginAPI, contact.RoleIntegration)
	p.admin = who("clara", contact.OriginAgent, contact.RoleAdmin)
	p.must("MakeOrganisation", contacts.MakeOrganisation(t.Context(), p.org))
	sections, definitions := contact.SampleDefinitions(base())
	p.must("Update", store.Update(t.Context(), p.org, func(ctx context.Context, tx contact.Tx) error {
		for _, s := range sections {
			if err := tx.PutSection(ctx, p.org, s); err != nil {
				return err
			}
		}
		for _, d := range definitions {
			d.Kind = contact.KindCustom
			if err := tx.PutDefinition(ctx, p.org, d); err != nil {
				return err
			}
		}
		return nil
	}))
	return p
}

func (p *planter) as(a contact.Actor) context.Context {
	return contact.WithActor(contact.Patiently(p.Context()), a)
}

func (p *planter) must(what string, err error) {
	p.Helper()
	if err != nil {
		p.Fatalf("%s = %v", what, err)
	}
}

// text makes a text that stands nowhere else.
func (p *planter) text(what string) string {
	text := fmt.Sprintf("zq%d%sqz", p.number, what)
	if !slices.Contains(p.texts, text) {
		p.texts = append(p.texts, text)
	}
	return text
}

func (p *planter) upsert(in contact.UpsertInput) contact.ID {
	p.Helper()
	got, err := p.domain.Upsert(p.as(p.feed), in)
	p.must("Upsert", err)
	return got.Contact.ID
}

// first is a contact with a text in each of its members.
func (p *planter) first() contact.UpsertInput {
	n := p.number
	one := func(in contact.ValueInput) []contact.ValueInput { return []contact.ValueInput{in} }
	ofType := func(t contact.ValueType, in contact.ValueInput) contact.AttributeInput {
		return contact.AttributeInput{Key: "sample_" + strings.ToLower(string(t)), Values: one(in)}
	}
	return contact.UpsertInput{
		Name: "Eve " + p.text("name"), AvatarURL: "https://a.example/" + p.text("avatar"),
		Profiles: []contact.ProfileInput{{
			Network: contact.X, Handle: p.text("handle"), DisplayName: p.text("display"),
			AvatarURL: "https://p.example/" + p.text("picture"), ProfileURL: "https://p.example/" + p.text("page"),
		}},
		Attributes: []contact.AttributeInput{
			{Key: contact.KeyCustomerNumber, Values: one(contact.ValueInput{Text: new(p.text("number"))})},
			ofType(contact.TypeText, contact.ValueInput{Text: new(p.text("text"))}),
			ofType(contact.TypeNumber, contact.ValueInput{Number: new(p.number17(n))}),
			ofType(contact.TypeBoolean, contact.ValueInput{Boolean: new(true)}),
			ofType(contact.TypeDate, contact.ValueInput{Date: new(p.keep(fmt.Sprintf("201%d-11-29", n)))}),
			{Key: "sample_date_time", Values: one(contact.ValueInput{DateTime: new(p.keep(fmt.Sprintf("201%d-10-28t01:02:03.457z", n)))})},
			ofType(contact.TypeURL, contact.ValueInput{URL: new("https://u.example/" + p.text("url"))}),
			{Key: contact.KeyEmail, Values: one(contact.ValueInput{Email: new(p.text("mail") + "@b.example")})},
			{Key: contact.KeyPhone, Values: one(contact.ValueInput{Phone: new(p.keep(fmt.Sprintf("+4930231250%d7", n)))})},
			ofType(contact.TypeLanguage, contact.ValueInput{Language: new([]string{"gsw", "nds"}[n-1])}),
			ofType(contact.TypeLocation, contact.ValueInput{Location: &contact.Location{
				Name: p.text("place"), Latitude: new(p.coordinate(n)), Longitude: new(7.0),
			}}),
			ofType(contact.TypeChoice, contact.ValueInput{Choice: new("one")}),
		},
		Notes: []string{p.text("imported")}, VIP: new(true), ClientMutationID: p.text("upsertkey"),
	}
}

// keep is a text of another form.
func (p *planter) keep(text string) string {
	p.texts = append(p.texts, text)
	return strings.ToUpper(text)
}

func (p *planter) number17(n int) float64 {
	p.keep(fmt.Sprintf("%d7.351", n))
	return float64(n)*10 + 7.351
}

func (p *planter) coordinate(n int) float64 {
	p.keep(fmt.Sprintf("5%d.734719", n))
	return 50 + float64(n) + 0.734719
}

// plant writes a contact that has everything, in every state, and one that an import made of a row without keys.
func (p *planter) plant() {
	p.Helper()
	c, ctx := p.domain, p.as(p.agent)
	of := p.upsert(p.first())
	_, err := c.PromoteToVIP(ctx, contact.PromoteInput{Contact: of, Reason: p.text("reason"), ClientMutationID: p.text("vipkey")})
	p.must("PromoteToVIP", err)
	add := func(body string) *contact.Note {
		n, err := c.AddNote(ctx, of, body, p.text("key"+fmt.Sprint(len(p.texts))))
		p.must("AddNote", err)
		return n
	}
	add(p.text("standing"))
	edited := add(p.text("before")) // what stood before is in the answer that is remembered
	_, err = c.EditNote(ctx, edited.ID, p.text("edited"), 1, p.text("editkey"))
	p.must("EditNote", err)
	deleted := add(p.text("deleted"))
	_, err = c.DeleteNote(ctx, deleted.ID, 1, p.text("deletekey"))
	p.must("DeleteNote", err)
	restored := add(p.text("restored"))
	_, err = c.DeleteNote(ctx, restored.ID, 1, "")
	p.must("DeleteNote", err)
	_, err = c.RestoreNote(p.as(p.admin), restored.ID, 2, p.text("restorekey"))
	p.must("RestoreNote", err)
	for version, body := range []string{p.text("life"), p.text("otherlife")} {
		_, err = c.SetAttribute(ctx, contact.AttributeChange{
			Contact: of, Key: "biography", Values: []contact.ValueInput{{Text: &body}}, ExpectedVersion: version, ClientMutationID: p.text("set" + fmt.Sprint(version)),
		})
		p.must("SetAttribute", err)
	}
	_, err = c.ClearAttribute(ctx, of, "biography", 2, p.text("clearkey"))
	p.must("ClearAttribute", err)
	row := contact.UpsertInput{Name: "Ida " + p.text("rowname"), Notes: []string{p.text("rownote")}, IsImport: true}
	p.contacts = []contact.ID{of, p.upsert(row)}
	found, err := p.store.Contacts(p.Context(), p.org, p.contacts)
	p.must("Contacts", err)
	for _, f := range found {
		p.texts = append(p.texts, f.ImportedNotes...)
		if f.ImportedRow != "" {
			p.texts = append(p.texts, f.ImportedRow)
		}
	}
}

// checkAudit checks that the audit tells of the erasures, and what it told before, by ids.
func (p *planter) checkAudit() {
	p.Helper()
	for i, of := range p.contacts {
		found, err := p.store.AuditEntries(p.Context(), p.org, contact.AuditQuery{Contact: of, Span: contact.Span{Limit: many}})
		p.must("AuditEntries", err)
		rows := found.Items
		if want := []int{15, 3}[i]; len(rows) < want || rows[0].Kind != "CONTACT_ERASED" || rows[len(rows)-1].Kind != "NOTE_ADDED" && rows[len(rows)-1].Kind != "CONTACT_CREATED" {
			p.Errorf("the audit of an erased contact: %+v", rows)
		}
	}
}

// checkArchive checks that an archive of the organisation holds no text.
func (p *planter) checkArchive() {
	p.Helper()
	p.must("Export", p.domain.Export(p.Context(), p.org, func(row contact.ArchiveRow) error {
		if row.Contact != nil || row.Note != nil || row.Applied != nil && row.Applied.Agent != p.admin.ID {
			return fmt.Errorf("the archive has a %s: %+v", row.Kind(), row)
		}
		return nil
	}))
}
