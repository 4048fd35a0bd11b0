package contact_test

import (
	"fmt"
	"strings"
	"testing"

	"contactpanel/contact"
	"contactpanel/language"
)

func TestATextIsReadInTheWantedLanguageElseInItsFirst(t *testing.T) {
	t.Parallel()
	three := contact.Localised{{Locale: "en", Text: "colour"}, {Locale: "de", Text: "Farbe"}, {Locale: "de-AT", Text: "Foarb"}, {Locale: "zh-Hant", Text: "顏色"}}
	tests := []struct{ header, want string }{
		{"", "colour"}, {"de", "Farbe"}, {"de-AT", "Foarb"}, {"de-at", "Foarb"}, {"de-CH", "Farbe"}, {"de-AT-1996", "Foarb"}, {"fr", "colour"},
		{"fr, de;q=0.8, en;q=0.9", "colour"}, {"fr, de;q=0.9, en;q=0.8", "Farbe"}, {"en-GB,de", "colour"}, {"zh-Hant-TW", "顏色"}, {"zh", "colour"}, {"*", "colour"},
	}
	for _, tt := range tests {
		if got := three.For(language.New().Preferred(tt.header)); got != tt.want {
			t.Errorf("for Accept-Language %q the text is %q, want %q", tt.header, got, tt.want)
		}
	}
	german := contact.Localised{{Locale: "de", Text: "Farbe"}, {Locale: "en", Text: "colour"}}
	if got := german.For([]string{"fr"}); got != "Farbe" {
		t.Errorf("a reader of neither is shown %q, want the first", got)
	}
	if got := (contact.Localised{}).For([]string{"de"}); got != "" {
		t.Errorf("no wording reads %q", got)
	}
}

func TestTheCatalogIsReadInTheViewersLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Lou", attr("membership", choice("gold")), attr("language", tongue("de-CH")))
	for who, want := range map[*contact.Actor][]string{
		&anna: {"Membership", "Customer", "Silver", "Swiss High German"}, new(german(anna)): {"Mitgliedschaft", "Kundenbeziehung", "Silber", "Schweizer Hochdeutsch"},
	} {
		a := w.attributeAs(*who, of, "membership")
		tongue := w.attributeAs(*who, of, "language").Values[0].(contact.LanguageValue).Language
		got := []string{a.Definition.Label, a.Definition.Section.Label, a.Definition.Rules.(contact.ChoiceRules).Choices[1].Label, tongue.Label}
		w.same("the words", got, want)
	}
	validation := of.Validation([]string{"de"})
	if validation.State != contact.NotConfigured || validation.IsValidated() || *validation.Reason == *of.Validation(nil).Reason {
		t.Errorf("the validation in German is %+v", validation)
	}
}

func TestManyLanguagesOfManyViewersAreServedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 200 {
		viewer := anna
		viewer.Languages = []string{fmt.Sprintf("x%03d", i), "de"}
		if got := w.catalog(viewer).Definition("phone").Label; got != "Telefon" {
			t.Fatalf("viewer %d reads %q", i, got)
		}
	}
}

func TestWordingsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	many := make(contact.Localised, 21)
	word := func(locale, text string) contact.Localised { return contact.Localised{{Locale: locale, Text: text}} }
	tests := []struct {
		name   string
		labels contact.Localised
		code   contact.Code
	}{
		{"none", contact.Localised{}, contact.InvalidValue},
		{"empty", word("en", " "), contact.InvalidValue},
		{"invisible", word("en", "\u3164"), contact.InvalidValue},
		{"two lines", word("en", "a\nb"), contact.InvalidValue},
		{"101 code points", word("en", strings.Repeat("ü", 101)), contact.TooLong},
		{"an unknown language", word("qq", "a"), contact.InvalidValue},
		{"no language", word("", "a"), contact.InvalidValue},
		{"a language twice", append(word("de_DE", "a"), word("de-DE", "b")...), contact.InvalidValue},
		{"21 languages", many, contact.TooLong},
	}
	w := newWorld(t)
	for _, tt := range tests {
		_, err := w.CreateDefinition(w.as(clara), contact.DefinitionInput{Key: "new", Kind: contact.KindCustom, ValueType: contact.TypeText, Labels: tt.labels, Section: "about"})
		w.refused(tt.name, err, tt.code, "labels")
		_, err = w.UpdateDefinition(w.as(clara), contact.DefinitionChange{Key: "email", ExpectedVersion: 1, Labels: &tt.labels})
		w.refused(tt.name, err, tt.code, "labels")
		_, err = w.CreateSection(w.as(clara), contact.SectionInput{Key: "new", Labels: tt.labels})
		w.refused(tt.name, err, tt.code, "labels")
		_, err = w.UpdateSection(w.as(clara), contact.SectionChange{Key: "about", ExpectedVersion: 1, Labels: &tt.labels})
		w.refused(tt.name, err, tt.code, "labels")
	}
	_, err := w.UpdateDefinition(w.as(clara), contact.DefinitionChange{Key: "email", ExpectedVersion: 1, Descriptions: new(word("en", strings.Repeat("x", 501)))})
	w.refused("a description of 501", err, contact.TooLong, "descriptions")
	got := w.define(contact.DefinitionInput{Key: "new", ValueType: contact.TypeText, Labels: append(word("DE_at", " Neu "), word("eng", strings.Repeat("ü", 100))...)})
	w.same("wordings as they are kept", contact.Localised(got.Labels), append(word("de-AT", "Neu"), word("en", strings.Repeat("ü", 100))...))
	if got.Label != "Neu" || got.Description != nil {
		t.Errorf("the definition reads %q, %v", got.Label, got.Description)
	}
}
