package contact_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"contactpanel/contact"
)

// exported is what an export shows of texts: those of the contact, those in remembered answers, and notes.
func (w *world) exported(export *contact.ContactExport) (all []byte) {
	w.Helper()
	w.must("Walk", export.Walk(w.as(boss), func(row contact.ContactRow) error {
		if row.Applied != nil {
			all = append(all, row.Applied.Result...)
		}
		if row.Note != nil {
			all = append(all, row.Note.Body...)
		}
		if row.Contact != nil {
			all = fmt.Append(all, row.Contact.Name, row.Contact.Attributes)
		}
		return nil
	}))
	return all
}

func TestExportHoldsNothingThatWasDefinedAfterItWasAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Zoe", attr("biography", text("known")))
	export, err := w.ExportContact(w.as(boss), of.ID)
	w.must("ExportContact", err)
	w.define(contact.DefinitionInput{Key: "rating", ValueType: contact.TypeText, Readers: agents})
	_, err = w.SetAttribute(w.as(anna), contact.AttributeChange{Contact: of.ID, Key: "rating", Values: []contact.ValueInput{text("secret")}, ClientMutationID: "key"})
	w.must("SetAttribute", err)
	if all := w.exported(export); bytes.Contains(all, []byte("secret")) || !bytes.Contains(all, []byte("known")) {
		t.Errorf("the export holds %s", all)
	}
}

func TestExportHoldsWhatTheAdministratorMayReadAlone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		readers []contact.Role
		want    map[string]int // how often a text is there
		omitted []string
	}{
		{"readers are others", agents, map[string]int{"secret": 0, "zoe@example.org": 10, "a remark": 2, "Zoe": 5}, []string{"biography"}},
		{"readers are administrators", admins, map[string]int{"secret": 4, "zoe@example.org": 10, "a remark": 2, "Zoe": 5}, []string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			of := w.upsert(contact.UpsertInput{Name: "Zoe", Attributes: []contact.AttributeInput{emails("zoe@example.org")}, ClientMutationID: "1"}).Contact
			_, err := w.SetAttribute(w.as(anna), contact.AttributeChange{Contact: of.ID, Key: "biography", Values: []contact.ValueInput{text("secret")}, ClientMutationID: "2"})
			w.must("SetAttribute", err)
			w.upsert(contact.UpsertInput{Name: "Zoe", Attributes: []contact.AttributeInput{emails("zoe@example.org")}, ClientMutationID: "3"})
			_, err = w.PromoteToVIP(w.as(anna), contact.PromoteInput{Contact: of.ID, ClientMutationID: "4"})
			w.must("PromoteToVIP", err)
			_, err = w.AddNote(w.as(anna), of.ID, "a remark", "5")
			w.must("AddNote", err)
			w.restrict("biography", tt.readers, nil)
			export, err := w.ExportContact(w.as(boss), of.ID)
			w.must("ExportContact", err)
			all := w.exported(export)
			for text, want := range tt.want {
				if got := bytes.Count(all, []byte(text)); got != want {
					t.Errorf("%q is there %d times, want %d: %s", text, got, want, all)
				}
			}
			omitted := []string{}
			for _, def := range export.Omitted() {
				omitted = append(omitted, def.Key)
			}
			w.same("what the export says is left out", omitted, tt.omitted)
		})
	}
}

// TestExportSaysTheSameOfAContactWithoutWhatIsLeftOut compares the marks of two contacts, of which one has what is hidden.
func TestExportSaysTheSameOfAContactWithoutWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	both := []*contact.Contact{w.person("Zoe", attr("biography", text("secret"))), w.person("Ben")}
	w.restrict("biography", agents, nil)
	var marks [2][]*contact.AttributeDefinition
	for i, of := range both {
		export, err := w.ExportContact(w.as(boss), of.ID)
		w.must("ExportContact", err)
		marks[i] = export.Omitted()
	}
	w.same("what is left out of the other", marks[0], marks[1])
}

func TestRememberedAnswerIsExportedAsItIsKeptUnlessItMayHoldWhatIsHidden(t *testing.T) {
	t.Parallel()
	for kept, wantHidden := range map[string]string{
		`{"ID": "contact_1", "OfAnEarlierVersion": 1}`:                                    "",
		`{"Contact": {"ID": "contact_1", "OfAnEarlierVersion": 1}, "Outcome": "CREATED"}`: "",
		`{"ID": "note_1", "Contact": "contact_1", "Body": "x", "OfAnEarlierVersion": 1}`:  "",
		`{"Secret":1}`: "null",
	} {
		for _, readers := range [][]contact.Role{agents, admins} {
			w := newWorld(t)
			of := w.person("Zoe")
			w.restrict("biography", readers, nil)
			w.must("Update", w.store.Update(t.Context(), acme, func(ctx context.Context, tx contact.Tx) error {
				return tx.PutApplied(ctx, acme, contact.Applied{Agent: "anna", Key: "key", Hash: "x", Result: []byte(kept), At: noon, Contact: of.ID})
			}))
			export, err := w.ExportContact(w.as(boss), of.ID)
			w.must("ExportContact", err)
			want := kept
			if wantHidden != "" && readers[0] != contact.RoleAdmin {
				want = wantHidden
			}
			w.must("Walk", export.Walk(w.as(boss), func(row contact.ContactRow) error {
				if row.Applied != nil {
					w.same("the answer", string(row.Applied.Result), want)
				}
				return nil
			}))
		}
	}
}

// TestExportHoldsNoDigestOfWhatIsHidden asks for a contact whose import had a hidden value and for one whose import had none: the
// digest of its row with values that are guessed, or without any, must tell nothing of either.
func TestExportHoldsNoDigestOfWhatIsHidden(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		readers []contact.Role
		want    int // digests, of two contacts, each with a remembered answer
	}{{"readers are others", agents, 0}, {"readers are administrators", admins, 4}} {
		w := newWorld(t)
		var made []*contact.Contact
		for i, attributes := range [][]contact.AttributeInput{{attr("biography", text("secret"))}, nil} {
			in := contact.UpsertInput{Name: fmt.Sprint("Zoe ", i), Attributes: attributes, IsImport: true, ClientMutationID: fmt.Sprint(i)}
			made = append(made, w.upsert(in).Contact)
		}
		w.restrict("biography", tt.readers, nil)
		got := 0
		for _, of := range made {
			if of.ImportedRow == "" {
				t.Fatal("the import left no digest")
			}
			export, err := w.ExportContact(w.as(boss), of.ID)
			w.must("ExportContact", err)
			w.must("Walk", export.Walk(w.as(boss), func(row contact.ContactRow) error {
				if row.Contact != nil && row.Contact.ImportedRow != "" || row.Applied != nil && bytes.Contains(row.Applied.Result, []byte(of.ImportedRow)) {
					got++
				}
				return nil
			}))
		}
		if got != tt.want {
			t.Errorf("%s: digests are there %d times, want %d", tt.name, got, tt.want)
		}
	}
}
