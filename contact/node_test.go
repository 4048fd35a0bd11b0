package contact_test

import (
	"strings"
	"testing"

	"contactpanel/contact"
)

func TestNodesComeInTheOrderOfTheirIDsAndNilWhereThereIsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Nia", emails("n@x.example"))
	n := w.note(of.ID, "text")
	gone := w.note(of.ID, "gone")
	_, err := w.DeleteNote(w.as(anna), gone.ID, 1, "")
	w.must("DeleteNote", err)
	definition := w.catalog(anna).Definition("email")
	theirs, err := w.Upsert(w.as(mallory), contact.UpsertInput{Name: "Nia"})
	w.must("Upsert", err)
	theirNote, err := w.AddNote(w.as(mallory), theirs.Contact.ID, "text", "")
	w.must("AddNote", err)
	ids := []contact.ID{
		n.ID, "note_unknown", contact.AttributeID(of.ID, "email"), definition.ID, of.ID, definition.Section.ID, of.ID, contact.AttributeID(of.ID, "website"),
		gone.ID, "", "note_", "nonsense", contact.AttributeID(of.ID, "unknown"), contact.AttributeID("contact_unknown", "email"), "attribute_x", "attribute_.",
		"definition_unknown", "section_unknown", "contact_unknown", theirs.Contact.ID, theirNote.ID, contact.AttributeID(theirs.Contact.ID, "email"),
		w.catalog(mallory).Definition("email").ID, w.catalog(mallory).Sections[0].ID, contact.ID("note_" + strings.Repeat("x", 10_000)), "agent_anna", "profile_x", "audit_x",
	}
	got, err := w.Nodes(w.as(anna), ids)
	w.must("Nodes", err)
	if len(got) != len(ids) {
		t.Fatalf("Nodes of %d ids returned %d", len(ids), len(got))
	}
	w.same("the note", got[0], contact.Node(n))
	w.same("the attribute", got[2].(*contact.StandardAttribute).Fields(), w.attribute(of, "email"))
	w.same("the definition", got[3], contact.Node(definition))
	w.same("the contact", got[4], contact.Node(w.contact(of.ID)))
	w.same("the section", got[5], contact.Node(definition.Section))
	w.same("the contact again", got[6], got[4])
	w.same("an empty slot", got[7].(*contact.StandardAttribute).Fields(), w.attribute(of, "website"))
	for i, node := range got {
		if (i == 1 || i > 7) && node != nil {
			t.Errorf("Nodes gives %+v for %q", node, ids[i])
		}
	}
}

func TestNodesReadEachKindOfAttribute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := defineKinds(w)
	got, err := w.Nodes(w.as(anna), []contact.ID{
		contact.AttributeID(of, "standard_stands"), contact.AttributeID(of, "crm_stands"), contact.AttributeID(of, "custom_stands"), contact.AttributeID(of, "custom_archived"),
	})
	w.must("Nodes", err)
	_, isStandard := got[0].(*contact.StandardAttribute)
	_, isCRM := got[1].(*contact.CRMAttribute)
	_, isCustom := got[2].(*contact.CustomAttribute)
	archived, isArchived := got[3].(*contact.CustomAttribute)
	if !isStandard || !isCRM || !isCustom || !isArchived || archived.ViewerCanEdit {
		t.Errorf("Nodes = %T, %T, %T, %+v", got[0], got[1], got[2], got[3])
	}
}

func TestAtMostFiftyNodesAreReadAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Nia")
	ids := make([]contact.ID, contact.MaxNodes)
	for i := range ids {
		ids[i] = contact.AttributeID(of.ID, "email")
	}
	got, err := w.Nodes(w.as(anna), ids)
	w.must("Nodes", err)
	for _, node := range got {
		if node == nil {
			t.Fatal("one of fifty equal ids gives nothing")
		}
	}
	_, err = w.Nodes(w.as(anna), append(ids, of.ID))
	w.refused("51 nodes", err, contact.BadUserInput, "ids")
	if got, err := w.Nodes(w.as(anna), nil); err != nil || len(got) != 0 {
		t.Errorf("Nodes of nothing = %v, %v", got, err)
	}
}
