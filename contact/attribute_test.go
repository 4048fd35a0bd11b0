package contact_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"contactpanel/contact"
)

// set writes values as an actor.
func (w *world) set(a contact.Actor, of contact.ID, key string, expected int, values ...contact.ValueInput) (*contact.Changed, error) {
	return w.SetAttribute(w.as(a), contact.AttributeChange{Contact: of, Key: key, Values: values, ExpectedVersion: expected})
}

func TestAStaleWriteOfAnAttributeShowsItAsItStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Vera")
	empty := of.ID
	for version, body := range []string{"one", "two"} {
		_, err := w.set(ben, of.ID, "biography", version, text(body))
		w.must("SetAttribute", err)
	}
	cleared := w.person("Clea", attr("biography", text("gone"))).ID
	_, err := w.ClearAttribute(w.as(ben), cleared, "biography", 1, "")
	w.must("ClearAttribute", err)
	tests := []struct {
		name     string
		of       contact.ID
		key      string
		expected int
		current  int // 0 with no values in any case
		values   []contact.AttributeValue
	}{
		{"none expected of one that was set", of.ID, "biography", 0, 2, []contact.AttributeValue{contact.TextValue{Text: "two"}}},
		{"an old version", of.ID, "biography", 1, 2, []contact.AttributeValue{contact.TextValue{Text: "two"}}},
		{"a version of the future", of.ID, "biography", 3, 2, []contact.AttributeValue{contact.TextValue{Text: "two"}}},
		{"one expected of a slot that was never set", empty, "website", 1, 0, nil},
		{"none expected of a slot that was cleared", cleared, "biography", 0, 2, nil},
		{"the version before clearing", cleared, "biography", 1, 2, nil},
	}
	for _, tt := range tests {
		value := text("mine")
		if tt.key == "website" {
			value = address("https://mine.example")
		}
		_, errSet := w.set(anna, tt.of, tt.key, tt.expected, value)
		_, errClear := w.ClearAttribute(w.as(anna), tt.of, tt.key, tt.expected, "")
		for what, err := range map[string]error{"SetAttribute": errSet, "ClearAttribute": errClear} {
			e := w.refused(tt.name+": "+what, err, contact.Conflict, "expectedVersion")
			current, ok := e.Current.(contact.Attribute)
			if !ok || current.Fields().Version != tt.current || current.Fields().Definition.Key != tt.key {
				t.Fatalf("%s: %s shows %+v, want version %d", tt.name, what, e.Current, tt.current)
			}
			w.same(tt.name+": the values shown by "+what, current.Fields().Values, tt.values)
		}
	}
	_, err = w.set(anna, of.ID, "biography", -1, text("mine"))
	w.refused("a negative version", err, contact.BadUserInput, "expectedVersion")
	_, err = w.ClearAttribute(w.as(anna), of.ID, "biography", -1, "")
	w.refused("a negative version", err, contact.BadUserInput, "expectedVersion")
	_, err = w.set(anna, of.ID, "shoe_size", 0, text("mine"))
	w.refused("an unknown key", err, contact.NotFound, "key")
}

func TestAWriteOfOneAttributeTouchesNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Vera", emails("a@b.example", "c@d.example"), phones("+493023125000"), customer("V-1"), attr("membership", choice("gold")))
	before := map[string]contact.AttributeFields{}
	for _, d := range w.catalog(anna).Definitions {
		before[d.Key] = *w.attribute(w.contact(of.ID), d.Key)
	}
	w.clock.advance(time.Hour)
	changed, err := w.set(anna, of.ID, contact.KeyEmail, 1, email("new@b.example"))
	w.must("SetAttribute", err)
	cleared, err := w.ClearAttribute(w.as(anna), of.ID, "membership", 1, "")
	w.must("ClearAttribute", err)
	after := w.contact(of.ID)
	for key, was := range before {
		is := w.attribute(after, key)
		switch key {
		case contact.KeyEmail:
			w.same("the answer", changed.Attribute.Fields(), is)
			w.same("the new values", is.Values, []contact.AttributeValue{contact.EmailValue{Email: "new@b.example"}})
			if is.Version != 2 || *is.Origin != contact.OriginAgent || *is.SetBy != anna.Agent || !is.SetAt.Equal(noon.Add(time.Hour)) {
				t.Errorf("the changed attribute is %+v", is)
			}
		case "membership":
			w.same("the answer", cleared.Attribute.Fields(), is)
			if is.Version != 2 || len(is.Values) != 0 || *is.SetBy != anna.Agent {
				t.Errorf("the cleared attribute is %+v", is)
			}
		default:
			w.same(key, *is, was)
		}
	}
	if after.Version != of.Version+2 || !after.UpdatedAt.Equal(noon.Add(time.Hour)) || !after.CreatedAt.Equal(noon) {
		t.Errorf("the contact is at version %d of %v, made at %v", after.Version, after.UpdatedAt, after.CreatedAt)
	}
	if empty := before["website"]; empty.Origin != nil || empty.SetBy != nil || empty.SetAt != nil || empty.Version != 0 || empty.Values != nil {
		t.Errorf("an empty slot reads as %+v", empty)
	}
}

// defineKinds makes a definition of each kind that stands and one that is archived, each with a value on the contact.
func defineKinds(w *world) contact.ID {
	w.Helper()
	row := contact.UpsertInput{Name: "Kim"}
	for _, kind := range []contact.AttributeKind{contact.KindStandard, contact.KindCRM, contact.KindCustom} {
		for _, state := range []string{"_stands", "_archived"} {
			w.define(contact.DefinitionInput{Key: map[contact.AttributeKind]string{
				contact.KindStandard: "standard", contact.KindCRM: "crm", contact.KindCustom: "custom",
			}[kind] + state, Kind: kind, ValueType: contact.TypeText})
		}
	}
	for _, d := range w.catalog(clara).Definitions {
		if d.ValueType == contact.TypeText && d.Section.Key == "about" {
			row.Attributes = append(row.Attributes, attr(d.Key, text("value")))
		}
	}
	made, err := w.Upsert(w.as(crm), row)
	w.must("Upsert", err)
	for _, kind := range []string{"standard", "crm", "custom"} {
		_, err := w.ArchiveDefinition(w.as(clara), kind+"_archived", 1, "")
		w.must("ArchiveDefinition", err)
	}
	return made.Contact.ID
}

func TestAnAttributeSaysWhetherAndWhyNotItCanBeEdited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.contact(defineKinds(w))
	archived, notConfigured := contact.WhyArchived, contact.WhyNotConfigured
	type verdict map[string]*contact.NotEditableReason
	people := verdict{
		"standard_stands": nil, "crm_stands": &notConfigured, "custom_stands": nil,
		"standard_archived": &archived, "crm_archived": &archived, "custom_archived": &archived,
	}
	theCRM := maps.Clone(people)
	theCRM["crm_stands"] = nil
	for _, tt := range []struct {
		who  contact.Actor
		want verdict
	}{{anna, people}, {clara, people}, {robot, people}, {crm, theCRM}} {
		for key, why := range tt.want {
			got := w.attributeAs(tt.who, of, key)
			w.same(string(tt.who.ID)+" on "+key, got.WhyNotEditable, why)
			if got.ViewerCanEdit != (why == nil) {
				t.Errorf("%s on %s: viewerCanEdit is %v, the reason %v", tt.who.ID, key, got.ViewerCanEdit, why)
			}
			w.same("an archived value still reads", got.Values, []contact.AttributeValue{contact.TextValue{Text: "value"}})
		}
	}
	got, err := w.AttributeOf(w.as(anna), of, "crm_stands")
	w.must("AttributeOf", err)
	if a, ok := got.(*contact.CRMAttribute); !ok || !a.IsStale || a.Connector != nil || a.CheckedAt != nil {
		t.Errorf("an attribute of the CRM reads as %+v", got)
	}
}

func TestViewerCanEditIsTrueExactlyWhenTheWriteIsAccepted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := defineKinds(w)
	keys := []string{"standard_stands", "crm_stands", "custom_stands", "standard_archived", "crm_archived", "custom_archived", "biography"}
	rapid.Check(t, func(rt *rapid.T) {
		w := w.in(rt)
		who := rapid.SampledFrom([]contact.Actor{anna, clara, robot, crm}).Draw(rt, "who")
		key := rapid.SampledFrom(keys).Draw(rt, "key")
		now := w.attributeAs(who, w.contact(of), key)
		var err error
		switch rapid.SampledFrom([]string{"set", "clear", "upsert", "upsert many"}).Draw(rt, "how") {
		case "set":
			_, err = w.set(who, of, key, now.Version, text(rapid.StringMatching("[a-z]{1,5}").Draw(rt, "text")))
		case "clear":
			_, err = w.ClearAttribute(w.as(who), of, key, now.Version, "")
		case "upsert":
			_, err = w.Upsert(w.as(who), contact.UpsertInput{Name: "New", Attributes: []contact.AttributeInput{attr(key, text("new"))}})
		default:
			many, fault := w.UpsertMany(w.as(who), []contact.UpsertInput{{Name: "New", Attributes: []contact.AttributeInput{attr(key, text("new"))}}})
			w.must("UpsertMany", fault)
			if many[0].Refused != nil {
				err = many[0].Refused
			}
		}
		if now.ViewerCanEdit {
			w.must("a write of "+key, err)
			return
		}
		e := w.refused("a write of "+key, err, contact.ReadOnly, key)
		if e.Why != *now.WhyNotEditable {
			rt.Fatalf("the refusal says %s, the attribute %s", e.Why, *now.WhyNotEditable)
		}
		if after := w.attributeAs(who, w.contact(of), key); after.Version != now.Version {
			rt.Fatalf("a refused write raised the version to %d", after.Version)
		}
	})
}

func TestAttributesAreChosenByKeyKindAndContent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.define(contact.DefinitionInput{Key: "segment", Kind: contact.KindCRM, ValueType: contact.TypeText, Section: "customer", Order: new(50)})
	of := w.person("Vera", emails("v@b.example"), customer("V-1"), attr("followers", number(3)))
	custom := []contact.AttributeKind{contact.KindCustom}
	tests := []struct {
		name string
		in   contact.AttributeFilter
		want []string
	}{
		{"with values", contact.AttributeFilter{}, []string{"email", "followers", "customer_number"}},
		{"all, in the order of the panel", contact.AttributeFilter{IncludeEmpty: true}, []string{
			"email", "phone", "website", "language", "biography", "location", "followers", "segment", "customer_number", "membership", "customer_since",
		}},
		{"by key, whatever the order of the keys", contact.AttributeFilter{Keys: []string{"followers", "phone", "email", "unknown"}}, []string{"email", "followers"}},
		{"by no key", contact.AttributeFilter{Keys: []string{}, IncludeEmpty: true}, nil},
		{"by kind", contact.AttributeFilter{Kinds: custom}, []string{"followers"}},
		{"by kind, empty ones too", contact.AttributeFilter{Kinds: custom, IncludeEmpty: true}, []string{"biography", "location", "followers", "membership", "customer_since"}},
		{"by two kinds and a key", contact.AttributeFilter{
			Kinds: []contact.AttributeKind{contact.KindCRM, contact.KindStandard}, Keys: []string{"segment", "followers"}, IncludeEmpty: true,
		}, []string{"segment"}},
	}
	for _, tt := range tests {
		got, err := w.AttributesOf(w.as(anna), of, tt.in)
		w.must("AttributesOf", err)
		w.same(tt.name, keysOf(got), tt.want)
	}
	_, err := w.AttributesOf(w.as(anna), of, contact.AttributeFilter{Keys: make([]string, contact.MaxValues+1)})
	w.refused("51 keys", err, contact.BadUserInput, "keys")
	if got, err := w.AttributeOf(w.as(anna), of, "unknown"); got != nil || err != nil {
		t.Errorf("AttributeOf(unknown) = %v, %v; want neither", got, err)
	}
}

func keysOf(list []contact.Attribute) (keys []string) {
	for _, a := range list {
		keys = append(keys, a.Fields().Definition.Key)
	}
	return keys
}

func TestSectionsHoldEverySlotButArchivedOnes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.CreateSection(w.as(clara), contact.SectionInput{Key: "empty", Labels: contact.Localised{{Locale: "en", Text: "Empty"}}, Order: new(150)})
	w.must("CreateSection", err)
	_, err = w.ArchiveDefinition(w.as(clara), "followers", 1, "")
	w.must("ArchiveDefinition", err)
	of := w.person("Vera")
	for who, labels := range map[*contact.Actor][]string{&anna: {"Contact", "About", "Customer"}, new(german(anna)): {"Kontakt", "Über die Person", "Kundenbeziehung"}} {
		got, err := w.Sections(w.as(*who), of)
		w.must("Sections", err)
		var keys, seen []string
		var slots [][]string
		for _, s := range got {
			keys, seen, slots = append(keys, s.Key), append(seen, s.Label), append(slots, keysOf(s.Attributes))
		}
		w.same("keys", keys, []string{"contact", "about", "customer"})
		w.same("labels", seen, labels)
		w.same("slots", slots, [][]string{
			{"email", "phone", "website", "language"}, {"biography", "location"}, {"customer_number", "membership", "customer_since"},
		})
	}
}

func TestARetiredChoiceMayStayWhereItStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Vera", attr("membership", choice("gold")))
	retire := w.catalog(clara).Definition("membership")
	options := []contact.ChoiceOption{
		{Key: "basic", Labels: contact.Localised{{Locale: "en", Text: "Basic"}}},
		{Key: "gold", Labels: contact.Localised{{Locale: "en", Text: "Gold"}, {Locale: "de", Text: "Altgold"}}, IsRetired: true},
	}
	_, err := w.UpdateDefinition(w.as(clara), contact.DefinitionChange{Key: retire.Key, ExpectedVersion: 1, Rules: &contact.RuleSet{Choices: options}})
	w.must("UpdateDefinition", err)

	kept := w.attributeAs(german(anna), w.contact(of.ID), "membership")
	w.same("a retired choice", kept.Values, []contact.AttributeValue{contact.ChoiceValue{Choice: contact.Choice{Key: "gold", Label: "Altgold"}}})
	_, err = w.set(anna, of.ID, "membership", 1, choice("gold"))
	w.must("SetAttribute to what stands", err)
	_, err = w.set(anna, of.ID, "membership", 2, choice("basic"))
	w.must("SetAttribute to an offered choice", err)
	_, err = w.set(anna, of.ID, "membership", 3, choice("gold"))
	w.refused("SetAttribute to a retired choice", err, contact.InvalidValue, "membership")

	_, err = w.UpdateDefinition(w.as(clara), contact.DefinitionChange{Key: retire.Key, ExpectedVersion: 2, Rules: &contact.RuleSet{Choices: options[1:]}})
	w.must("UpdateDefinition", err)
	gone := w.attribute(w.contact(of.ID), "membership")
	w.same("a choice that the definition lost", gone.Values, []contact.AttributeValue{contact.ChoiceValue{Choice: contact.Choice{Key: "basic", Label: "basic"}}})
	if rules := gone.Definition.Rules.(contact.ChoiceRules); slices.ContainsFunc(rules.Choices, func(o contact.OfferedChoice) bool { return o.Key == "basic" }) {
		t.Errorf("the rules still offer basic: %+v", rules)
	}
}
