package contact_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"contactpanel/contact"
)

func english(s string) contact.Localised { return contact.Localised{{Locale: "en", Text: s}} }

func TestOnlyAdministratorsChangeTheCatalog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, who := range []contact.Actor{anna, robot} {
		ctx := w.as(who)
		calls := map[string]error{}
		_, calls["CreateDefinition"] = w.CreateDefinition(ctx, contact.DefinitionInput{Key: "k", Kind: contact.KindCustom, ValueType: contact.TypeText, Labels: english("K"), Section: "about"})
		_, calls["UpdateDefinition"] = w.UpdateDefinition(ctx, contact.DefinitionChange{Key: "email", ExpectedVersion: 1})
		_, calls["ArchiveDefinition"] = w.ArchiveDefinition(ctx, "email", 1, "")
		_, calls["RestoreDefinition"] = w.RestoreDefinition(ctx, "email", 1, "")
		_, calls["OrderDefinitions"] = w.OrderDefinitions(ctx, "about", nil, "")
		_, calls["CreateSection"] = w.CreateSection(ctx, contact.SectionInput{Key: "k", Labels: english("K")})
		_, calls["UpdateSection"] = w.UpdateSection(ctx, contact.SectionChange{Key: "about", ExpectedVersion: 1})
		for what, err := range calls {
			w.refused(what+" by "+string(who.ID), err, contact.Forbidden, "")
		}
	}
	for _, row := range w.audit() {
		if row.Refused != contact.Forbidden {
			t.Errorf("a forbidden change left %+v", row)
		}
	}
}

func TestAKeyIsNeverUsedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := contact.DefinitionInput{Key: "segment", Kind: contact.KindCustom, ValueType: contact.TypeText, Labels: english("Segment"), Section: "about"}
	made, err := w.CreateDefinition(w.as(clara), in)
	w.must("CreateDefinition", err)
	if made.Version != 1 || made.Key != "segment" || made.Section.Key != "about" || made.Order != 400 || made.ArchivedAt != nil {
		t.Errorf("CreateDefinition = %+v", made)
	}
	_, err = w.CreateDefinition(w.as(clara), in)
	w.refused("the key of a definition that stands", err, contact.Taken, "key")
	_, err = w.ArchiveDefinition(w.as(clara), "segment", 1, "")
	w.must("ArchiveDefinition", err)
	in.ValueType = contact.TypeNumber
	_, err = w.CreateDefinition(w.as(clara), in)
	w.refused("the key of an archived definition", err, contact.Taken, "key")
	in.Key = "crm_segment"
	in.Kind = contact.KindCRM
	_, err = w.CreateDefinition(w.as(clara), in)
	w.refused("a definition of the CRM by a person", err, contact.InvalidValue, "kind")
}

func TestStrangeKeysAreRefusedEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, key := range []string{
		"$set", "a.b", "_id", "__proto__", "", strings.Repeat("a", 65), "еmail", "Email", "9lives", "a-b", "a b", "a\x00", "a\n", "é", "$where", "a\xff",
	} {
		name := fmt.Sprintf("F13: %q: ", key)
		_, err := w.CreateDefinition(w.as(clara), contact.DefinitionInput{Key: key, Kind: contact.KindCustom, ValueType: contact.TypeText, Labels: english("K"), Section: "about"})
		w.refused(name+"CreateDefinition", err, contact.InvalidValue, "key")
		_, err = w.CreateSection(w.as(clara), contact.SectionInput{Key: key, Labels: english("K")})
		w.refused(name+"CreateSection", err, contact.InvalidValue, "key")
		_, err = w.CreateDefinition(w.as(clara), contact.DefinitionInput{
			Key: "fine", Kind: contact.KindCustom, ValueType: contact.TypeChoice, Labels: english("K"), Section: "about",
			Rules: contact.RuleSet{Choices: []contact.ChoiceOption{{Key: key, Labels: english("K")}}},
		})
		w.refused(name+"a choice", err, contact.InvalidValue, "rules")
		_, err = w.set(anna, w.person("Kay").ID, key, 0, text("x"))
		w.refused(name+"SetAttribute", err, contact.NotFound, "key")
	}
	long := strings.Repeat("a", 64)
	if made := w.define(contact.DefinitionInput{Key: long, ValueType: contact.TypeText}); made.Key != long {
		t.Errorf("a key of 64 letters became %q", made.Key)
	}
}

func TestArchivingKeepsTheValuesAndRestoringBringsThemBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Dora", attr("biography", text("kept")))
	w.clock.advance(time.Hour)
	gone, err := w.ArchiveDefinition(w.as(clara), "biography", 1, "")
	w.must("ArchiveDefinition", err)
	if gone.Version != 2 || !gone.ArchivedAt.Equal(noon.Add(time.Hour)) {
		t.Errorf("ArchiveDefinition = %+v", gone)
	}
	got, err := w.AttributesOf(w.as(anna), w.contact(of.ID), contact.AttributeFilter{Keys: []string{"biography"}, IncludeEmpty: true})
	if err != nil || len(got) != 0 {
		t.Errorf("an archived attribute is in the panel: %v, %v", got, err)
	}
	_, err = w.UpdateDefinition(w.as(clara), contact.DefinitionChange{Key: "biography", ExpectedVersion: 2, Labels: new(english("Life"))})
	w.must("UpdateDefinition of an archived definition", err)
	back, err := w.RestoreDefinition(w.as(clara), "biography", 3, "")
	w.must("RestoreDefinition", err)
	if back.Version != 4 || back.ArchivedAt != nil || back.Label != "Life" {
		t.Errorf("RestoreDefinition = %+v", back)
	}
	a := w.attribute(w.contact(of.ID), "biography")
	w.same("the value", a.Values, []contact.AttributeValue{contact.TextValue{Text: "kept"}})
	if a.Version != 1 || !a.ViewerCanEdit {
		t.Errorf("the restored attribute reads as %+v", a)
	}
}

func TestArchivingWhatIsArchivedChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gone, err := w.ArchiveDefinition(w.as(clara), "biography", 1, "")
	w.must("ArchiveDefinition", err)
	rows := len(w.audit())
	w.clock.advance(time.Hour)
	again, err := w.ArchiveDefinition(w.as(clara), "biography", 2, "")
	w.must("ArchiveDefinition again", err)
	w.same("the version and time", []any{again.Version, *again.ArchivedAt, again.UpdatedAt}, []any{2, *gone.ArchivedAt, gone.UpdatedAt})
	stands, err := w.RestoreDefinition(w.as(clara), "location", 1, "")
	w.must("RestoreDefinition of one that stands", err)
	if stands.Version != 1 || stands.ArchivedAt != nil || len(w.audit()) != rows {
		t.Errorf("restoring what stands made version %d and %d audit rows more", stands.Version, len(w.audit())-rows)
	}
	if d := w.catalog(anna).Definition("biography"); d.Version != 2 {
		t.Errorf("the definition stands at version %d, want 2", d.Version)
	}
}

func TestAStaleChangeOfTheCatalogShowsWhatStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.UpdateDefinition(w.as(clara), contact.DefinitionChange{Key: "email", ExpectedVersion: 1, Labels: new(english("Mail"))})
	w.must("UpdateDefinition", err)
	_, err = w.UpdateSection(w.as(clara), contact.SectionChange{Key: "about", ExpectedVersion: 1, Labels: new(english("Person"))})
	w.must("UpdateSection", err)
	for expected, code := range map[int]contact.Code{0: contact.Conflict, 1: contact.Conflict, 3: contact.Conflict, -1: contact.BadUserInput} {
		calls := map[string]error{}
		_, calls["UpdateDefinition"] = w.UpdateDefinition(w.as(clara), contact.DefinitionChange{Key: "email", ExpectedVersion: expected})
		_, calls["ArchiveDefinition"] = w.ArchiveDefinition(w.as(clara), "email", expected, "")
		_, calls["RestoreDefinition"] = w.RestoreDefinition(w.as(clara), "email", expected, "")
		_, calls["OrderDefinitions"] = w.OrderDefinitions(w.as(clara), "about", []contact.VersionedKey{{Key: "email", ExpectedVersion: expected}}, "")
		for what, err := range calls {
			e := w.refused(fmt.Sprint(what, " at ", expected), err, code, "expectedVersion")
			if d, ok := e.Current.(*contact.AttributeDefinition); code == contact.Conflict && (!ok || d.Label != "Mail" || d.Version != 2) {
				t.Errorf("%s shows %+v", what, e.Current)
			}
		}
		_, err := w.UpdateSection(w.as(clara), contact.SectionChange{Key: "about", ExpectedVersion: expected})
		e := w.refused(fmt.Sprint("UpdateSection at ", expected), err, code, "expectedVersion")
		if s, ok := e.Current.(*contact.SectionDefinition); code == contact.Conflict && (!ok || s.Label != "Person" || s.Version != 2) {
			t.Errorf("UpdateSection shows %+v", e.Current)
		}
	}
}

func TestUnknownPartsOfTheCatalogAreNotFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	calls := map[string]error{}
	_, calls["CreateDefinition section"] = w.CreateDefinition(w.as(clara), contact.DefinitionInput{Key: "k", Kind: contact.KindCustom, ValueType: contact.TypeText, Labels: english("K"), Section: "attic"})
	_, calls["UpdateDefinition section"] = w.UpdateDefinition(w.as(clara), contact.DefinitionChange{Key: "email", ExpectedVersion: 1, Section: new("attic")})
	_, calls["UpdateDefinition key"] = w.UpdateDefinition(w.as(clara), contact.DefinitionChange{Key: "k", ExpectedVersion: 1})
	_, calls["ArchiveDefinition key"] = w.ArchiveDefinition(w.as(clara), "k", 1, "")
	_, calls["RestoreDefinition key"] = w.RestoreDefinition(w.as(clara), "k", 1, "")
	_, calls["OrderDefinitions section"] = w.OrderDefinitions(w.as(clara), "attic", nil, "")
	_, calls["OrderDefinitions key"] = w.OrderDefinitions(w.as(clara), "about", []contact.VersionedKey{{Key: "k", ExpectedVersion: 1}}, "")
	_, calls["UpdateSection key"] = w.UpdateSection(w.as(clara), contact.SectionChange{Key: "attic", ExpectedVersion: 1})
	for what, err := range calls {
		_, field, _ := strings.Cut(what, " ")
		w.refused(what, err, contact.NotFound, field)
	}
	_, err := w.OrderDefinitions(w.as(clara), "about", []contact.VersionedKey{{Key: "email", ExpectedVersion: 1}, {Key: "email", ExpectedVersion: 1}}, "")
	w.refused("a key twice", err, contact.InvalidValue, "definitions")
	_, err = w.CreateSection(w.as(clara), contact.SectionInput{Key: "about", Labels: english("K")})
	w.refused("a section's key twice", err, contact.Taken, "key")
}

func TestDefinitionsAreOrderedWithinTheirSections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got, err := w.OrderDefinitions(w.as(clara), "about", []contact.VersionedKey{{Key: "followers", ExpectedVersion: 1}, {Key: "language", ExpectedVersion: 1}}, "")
	w.must("OrderDefinitions", err)
	var answered []string
	for _, d := range got {
		answered = append(answered, d.Key)
		if d.Section.Key != "about" || d.Version != 2 {
			t.Errorf("%s is in section %s at version %d", d.Key, d.Section.Key, d.Version)
		}
	}
	w.same("the answer", answered, []string{"followers", "language"})
	_, err = w.UpdateDefinition(w.as(clara), contact.DefinitionChange{Key: "phone", ExpectedVersion: 1, Order: new(-5)})
	w.must("UpdateDefinition", err)
	_, err = w.UpdateSection(w.as(clara), contact.SectionChange{Key: "customer", ExpectedVersion: 1, Order: new(-1)})
	w.must("UpdateSection", err)
	w.define(contact.DefinitionInput{Key: "aaa", ValueType: contact.TypeText})
	w.define(contact.DefinitionInput{Key: "aab", ValueType: contact.TypeText, Order: new(100)}) // ties are broken by key
	var order []string
	for _, d := range w.catalog(anna).Definitions {
		order = append(order, d.Section.Key+"/"+d.Key)
	}
	w.same("the panel", order, []string{
		"customer/customer_number", "customer/membership", "customer/customer_since", "contact/phone", "contact/email", "contact/website",
		"about/aab", "about/followers", "about/language", "about/biography", "about/location", "about/aaa",
	})
	for _, order := range []int{1<<30 + 1, -1<<30 - 1} {
		_, err = w.UpdateDefinition(w.as(clara), contact.DefinitionChange{Key: "email", ExpectedVersion: 1, Order: &order})
		w.refused("an order out of range", err, contact.BadUserInput, "order")
		_, err = w.UpdateSection(w.as(clara), contact.SectionChange{Key: "about", ExpectedVersion: 1, Order: &order})
		w.refused("an order out of range", err, contact.BadUserInput, "order")
	}
}

func TestAnOrganisationHasOnlySoManyDefinitionsAndSections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	starting := w.catalog(anna)
	err := w.store.Update(t.Context(), acme, func(ctx context.Context, tx contact.Tx) error { // at once, because each write reads them all
		for i := len(starting.Definitions); i < contact.MaxDefinitions; i++ {
			key := fmt.Sprint("d", i)
			d := contact.Definition{ID: contact.ID("definition_" + key), Key: key, Kind: contact.KindCustom, ValueType: contact.TypeBoolean, Section: "about", Version: 1}
			if err := tx.PutDefinition(ctx, acme, d); err != nil {
				return err
			}
		}
		return nil
	})
	w.must("Update", err)
	_, err = w.CreateDefinition(w.as(clara), contact.DefinitionInput{Key: "more", Kind: contact.KindCustom, ValueType: contact.TypeText, Labels: english("K"), Section: "about"})
	if e := w.refused("CreateDefinition", err, contact.LimitReached, "key"); e.Max != 200 || e.Got != 201 || e.Unit != contact.Items {
		t.Errorf("the refusal says max %d, got %d %s", e.Max, e.Got, e.Unit)
	}
	for i := len(starting.Sections); i < contact.MaxSections; i++ {
		_, err := w.CreateSection(w.as(clara), contact.SectionInput{Key: fmt.Sprint("s", i), Labels: english("S")})
		w.must("CreateSection", err)
	}
	_, err = w.CreateSection(w.as(clara), contact.SectionInput{Key: "more", Labels: english("S")})
	if e := w.refused("CreateSection", err, contact.LimitReached, "key"); e.Max != 50 || e.Got != 51 || e.Unit != contact.Items {
		t.Errorf("the refusal says max %d, got %d %s", e.Max, e.Got, e.Unit)
	}
}

func TestAChangeOfTheCatalogIsSeenByTheNextReadThroughAnotherGateway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := contact.New(w.deps(w.store))
	of := w.person("Dora", attr("biography", text("kept")))
	label := func() string {
		w.Helper()
		read, err := other.Contact(w.as(anna), of.ID)
		w.must("Contact", err)
		sections, err := other.Sections(w.as(anna), read)
		w.must("Sections", err)
		return sections[1].Attributes[0].Fields().Definition.Label
	}
	for i := 1; i <= 20; i++ {
		want := fmt.Sprint("Biography ", i)
		_, err := w.UpdateDefinition(w.as(clara), contact.DefinitionChange{Key: "biography", ExpectedVersion: i, Labels: new(english(want))})
		w.must("UpdateDefinition", err)
		if got := label(); got != want {
			t.Fatalf("after change %d the other gateway shows %q", i, got)
		}
	}
	_, err := w.ArchiveDefinition(w.as(clara), "biography", 21, "")
	w.must("ArchiveDefinition", err)
	if got := label(); got != "Location" {
		t.Errorf("after archiving the other gateway shows %q first", got)
	}
	_, err = other.SetAttribute(w.as(anna), contact.AttributeChange{Contact: of.ID, Key: "biography", ExpectedVersion: 1, Values: []contact.ValueInput{text("x")}})
	w.refused("a write through the other gateway", err, contact.ReadOnly, "biography")
}
