package contact_test

import (
	"slices"
	"testing"

	"contactpanel/contact"
)

func TestANewContactHasAnAuditRowAndNoHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	yes, mail := true, "new@example.com"
	made := w.upsert(contact.UpsertInput{
		Name: "Nora New", Profiles: []contact.ProfileInput{{Network: contact.X, Handle: "nora"}}, VIP: &yes, Notes: []string{"first"},
		Attributes: []contact.AttributeInput{{Key: contact.KeyEmail, Values: []contact.ValueInput{{Email: &mail}}}},
	})
	if head := w.contact(made.Contact.ID); head.EventsHead.Seq != 0 || head.NotesHead.Seq != 1 || head.EventsHead != made.Contact.EventsHead {
		t.Errorf("a new contact's heads are %+v and %+v", head.EventsHead, head.NotesHead)
	}
	var kinds []contact.AuditKind
	for _, row := range w.audit() {
		if row.Contact == made.Contact.ID {
			kinds = append(kinds, row.Kind)
		}
	}
	if len(kinds) != 2 || kinds[0] == kinds[1] || !slices.Contains(kinds, contact.AuditContactCreated) {
		t.Errorf("its audit rows are %v", kinds)
	}
}

func TestAnImportedRowWithoutAnyKeyIsKnownAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	importing := w.as(contact.Actor{
		Agent: contact.Agent{ID: "import", Name: "import"}, Org: anna.Org, Roles: []contact.Role{contact.RoleIntegration}, Origin: contact.OriginAPI,
	})
	town := contact.Location{Name: "Bonn"}
	row := contact.UpsertInput{
		Name: "Only Name", IsImport: true, Notes: []string{"once"},
		Attributes: []contact.AttributeInput{{Key: "location", Values: []contact.ValueInput{{Location: &town}}}},
	}
	other := row
	other.Name = "Other Name"
	results, err := w.UpsertMany(importing, []contact.UpsertInput{row, row, other, row})
	w.must("UpsertMany", err)
	for i, want := range []contact.UpsertOutcome{contact.Created, contact.Unchanged, contact.Created, contact.Unchanged} {
		if results[i].Outcome != want {
			t.Errorf("row %d is %+v, want %s", i, results[i], want)
		}
	}
	if results[0].Contact != results[3].Contact || results[0].Contact == results[2].Contact {
		t.Errorf("the rows are of the contacts %+v", results)
	}
	row.IsImport = false
	if made := w.upsert(row); made.Outcome != contact.Created {
		t.Errorf("a program's input without any key is %s; it may mean somebody else of the same name", made.Outcome)
	}
}

func TestAnUpsertLeavesARetiredChoiceAndGivesItToNobodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	row := contact.UpsertInput{
		Name: "Vera", Profiles: []contact.ProfileInput{{Network: contact.X, Handle: "vera"}},
		Attributes: []contact.AttributeInput{attr("membership", choice("gold"))},
	}
	w.upsert(row)
	_, err := w.UpdateDefinition(w.as(clara), contact.DefinitionChange{Key: "membership", ExpectedVersion: 1, Rules: &contact.RuleSet{
		Choices: []contact.ChoiceOption{{Key: "gold", Labels: contact.Localised{{Locale: "en", Text: "Gold"}}, IsRetired: true}},
	}})
	w.must("UpdateDefinition", err)
	if again := w.upsert(row); again.Outcome != contact.Unchanged {
		t.Errorf("the same input after the choice was retired is %s", again.Outcome)
	}
	other := row
	other.Profiles = []contact.ProfileInput{{Network: contact.X, Handle: "other"}}
	_, err = w.Upsert(w.as(anna), other)
	refused := w.refused("Upsert of somebody else", err, contact.InvalidValue, "membership")
	if refused.Index != 0 || refused.Rules == nil {
		t.Errorf("the refusal says the place %d and the rules %v", refused.Index, refused.Rules)
	}
}
