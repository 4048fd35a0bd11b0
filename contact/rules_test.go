package contact_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"contactpanel/contact"
)

func TestRulesThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	day := func(y int, m time.Month, d int) *contact.Date { return &contact.Date{Year: y, Month: m, Day: d} }
	options := func(keys ...string) (out []contact.ChoiceOption) {
		for _, k := range keys {
			out = append(out, contact.ChoiceOption{Key: k, Labels: english(k)})
		}
		return out
	}
	many := make([]contact.ChoiceOption, contact.MaxChoices+1)
	type rules = contact.RuleSet
	tests := []struct {
		name   string
		t      contact.ValueType
		isList bool
		rules  rules
		code   contact.Code
	}{
		{"two values of a single one", contact.TypeText, false, rules{MaxValues: 2}, contact.InvalidValue},
		{"51 values", contact.TypeText, true, rules{MaxValues: 51}, contact.InvalidValue},
		{"-1 values", contact.TypeText, true, rules{MaxValues: -1}, contact.InvalidValue},
		{"numbers in a text", contact.TypeText, false, rules{MinNumber: new(1.0)}, contact.InvalidValue},
		{"a pattern of a number", contact.TypeNumber, false, rules{Pattern: "x"}, contact.InvalidValue},
		{"a hint of a number", contact.TypeNumber, false, rules{PatternHint: english("x")}, contact.InvalidValue},
		{"lines of a date", contact.TypeDate, false, rules{IsMultiline: true}, contact.InvalidValue},
		{"days of a moment", contact.TypeDateTime, false, rules{Earliest: day(2026, 1, 1)}, contact.InvalidValue},
		{"moments of a day", contact.TypeDate, false, rules{LatestTime: &noon}, contact.InvalidValue},
		{"a region of an e-mail", contact.TypeEmail, false, rules{DefaultRegion: "DE"}, contact.InvalidValue},
		{"choices of a truth", contact.TypeBoolean, false, rules{Choices: options("a")}, contact.InvalidValue},
		{"a length of an address", contact.TypeURL, false, rules{MaxLength: 3}, contact.InvalidValue},
		{"decimals of a place", contact.TypeLocation, false, rules{MaxDecimals: new(1)}, contact.InvalidValue},
		{"a shortest of a language", contact.TypeLanguage, false, rules{MinLength: 2}, contact.InvalidValue},
		{"a negative length", contact.TypeText, false, rules{MinLength: -1}, contact.InvalidValue},
		{"a longest below one", contact.TypeText, false, rules{MaxLength: -1}, contact.InvalidValue},
		{"a longest above the limit", contact.TypeText, false, rules{MaxLength: contact.MaxTextLength + 1}, contact.InvalidValue},
		{"a shortest above the longest", contact.TypeText, false, rules{MinLength: 5, MaxLength: 4}, contact.InvalidValue},
		{"a shortest above the default longest", contact.TypeText, false, rules{MinLength: contact.DefaultTextLength + 1}, contact.InvalidValue},
		{"a pattern that is none", contact.TypeText, false, rules{Pattern: "("}, contact.InvalidValue},
		{"a pattern that closes the anchor", contact.TypeText, false, rules{Pattern: "a)|(b"}, contact.InvalidValue},
		{"a pattern that backtracks", contact.TypeText, false, rules{Pattern: `(a)\1`}, contact.InvalidValue},
		{"a long pattern", contact.TypeText, false, rules{Pattern: strings.Repeat("a", contact.MaxPatternLength+1)}, contact.TooLong},
		{"a hint in no language", contact.TypeText, false, rules{PatternHint: contact.Localised{{Locale: "qq", Text: "x"}}}, contact.InvalidValue},
		{"bounds the wrong way round", contact.TypeNumber, false, rules{MinNumber: new(2.0), MaxNumber: new(1.0)}, contact.InvalidValue},
		{"a bound that is no number", contact.TypeNumber, false, rules{MinNumber: new(math.NaN())}, contact.InvalidValue},
		{"a bound beyond 2^53-1", contact.TypeNumber, false, rules{MaxNumber: new(float64(1 << 53))}, contact.InvalidValue},
		{"16 decimals", contact.TypeNumber, false, rules{MaxDecimals: new(16)}, contact.InvalidValue},
		{"-1 decimals", contact.TypeNumber, false, rules{MaxDecimals: new(-1)}, contact.InvalidValue},
		{"days the wrong way round", contact.TypeDate, false, rules{Earliest: day(2026, 2, 1), Latest: day(2026, 1, 31)}, contact.InvalidValue},
		{"moments the wrong way round", contact.TypeDateTime, false, rules{EarliestTime: &noon, LatestTime: new(noon.Add(-1))}, contact.InvalidValue},
		{"a region that is none", contact.TypePhone, false, rules{DefaultRegion: "QQ"}, contact.InvalidValue},
		{"no choices", contact.TypeChoice, false, rules{}, contact.InvalidValue},
		{"501 choices", contact.TypeChoice, false, rules{Choices: many}, contact.TooLong},
		{"a choice twice", contact.TypeChoice, false, rules{Choices: options("a", "b", "a")}, contact.InvalidValue},
		{"a choice without a wording", contact.TypeChoice, false, rules{Choices: []contact.ChoiceOption{{Key: "a"}}}, contact.InvalidValue},
	}
	w := newWorld(t)
	before := w.catalog(clara)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := w.in(t)
			_, err := w.CreateDefinition(w.as(clara), contact.DefinitionInput{
				Key: "new", Kind: contact.KindCustom, ValueType: tt.t, IsList: tt.isList, Labels: english("New"), Section: "about", Rules: tt.rules,
			})
			w.refused("CreateDefinition", err, tt.code, "rules")
			if tt.t == contact.TypeText && !tt.isList {
				_, err = w.UpdateDefinition(w.as(clara), contact.DefinitionChange{Key: "biography", ExpectedVersion: 1, Rules: &tt.rules})
				w.refused("UpdateDefinition", err, tt.code, "rules")
			}
		})
	}
	w.same("the catalog", w.catalog(clara), before)
	for _, in := range []contact.DefinitionInput{{Kind: "PRIVATE", ValueType: contact.TypeText}, {Kind: contact.KindCustom, ValueType: "OBJECT"}, {ValueType: contact.TypeText}, {Kind: contact.KindCustom}} {
		in.Key, in.Labels, in.Section = "new", english("New"), "about"
		if _, err := w.CreateDefinition(w.as(clara), in); contact.CodeOf(err) != contact.InvalidValue {
			t.Errorf("a definition of kind %q and type %q: %v", in.Kind, in.ValueType, err)
		}
	}
}

func TestRulesReadWithTheLimitsThatHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	region, pattern, hint := "DE", "[0-9]+", "nur Ziffern"
	tests := []struct {
		t      contact.ValueType
		isList bool
		rules  contact.RuleSet
		want   contact.AttributeRules
	}{
		{contact.TypeText, false, contact.RuleSet{}, contact.TextRules{MaxValues: 1, MaxLength: 1500}},
		{contact.TypeText, true, contact.RuleSet{
			MinLength: 2, MaxLength: 9, IsMultiline: true, Pattern: pattern, PatternHint: contact.Localised{{Locale: "en", Text: "digits"}, {Locale: "de", Text: hint}},
		}, contact.TextRules{MaxValues: 10, MinLength: 2, MaxLength: 9, IsMultiline: true, Pattern: &pattern, PatternHint: &hint}},
		{contact.TypeNumber, false, contact.RuleSet{}, contact.NumberRules{MaxValues: 1, MinNumber: -9007199254740991, MaxNumber: 9007199254740991, MaxDecimals: 15}},
		{contact.TypeBoolean, false, contact.RuleSet{}, contact.BooleanRules{MaxValues: 1}},
		{contact.TypeDate, false, contact.RuleSet{}, contact.DateRules{MaxValues: 1}},
		{contact.TypeDateTime, false, contact.RuleSet{LatestTime: &noon}, contact.DateTimeRules{MaxValues: 1, LatestTime: &noon}},
		{contact.TypeURL, true, contact.RuleSet{MaxValues: 50}, contact.URLRules{MaxValues: 50, MaxURLLength: 2048, Schemes: []string{"http", "https"}}},
		{contact.TypeEmail, false, contact.RuleSet{}, contact.EmailRules{MaxValues: 1, MaxEmailLength: 254}},
		{contact.TypePhone, false, contact.RuleSet{DefaultRegion: "DE"}, contact.PhoneRules{MaxValues: 1, DefaultRegion: &region}},
		{contact.TypeLanguage, false, contact.RuleSet{}, contact.LanguageRules{MaxValues: 1}},
		{contact.TypeLocation, false, contact.RuleSet{}, contact.LocationRules{MaxValues: 1, MaxNameLength: 200}},
		{contact.TypeChoice, false, contact.RuleSet{Choices: []contact.ChoiceOption{{Key: "a", Labels: contact.Localised{{Locale: "en", Text: "A"}, {Locale: "de", Text: "Ah"}}}}},
			contact.ChoiceRules{MaxValues: 1, Choices: []contact.OfferedChoice{{Key: "a", Label: "Ah", Labels: []contact.LocalisedText{{Locale: "en", Text: "A"}, {Locale: "de", Text: "Ah"}}}}}},
	}
	for i, tt := range tests {
		key := "k" + string(rune('a'+i))
		w.define(contact.DefinitionInput{Key: key, ValueType: tt.t, IsList: tt.isList, Rules: tt.rules})
		w.same("the rules of "+string(tt.t), w.catalog(german(anna)).Definition(key).Rules, tt.want)
	}
}

func TestNarrowerRulesKeepTheValuesThatStand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	standing := []contact.AttributeInput{emails("a@x.example", "b@x.example", "c@x.example"), attr("biography", text("long enough"))}
	of := w.person("Nell", append(standing, customer("N-1"))...)
	_, err := w.UpdateDefinition(w.as(clara), contact.DefinitionChange{Key: "email", ExpectedVersion: 1, Rules: &contact.RuleSet{MaxValues: 2}})
	w.must("UpdateDefinition", err)
	_, err = w.UpdateDefinition(w.as(clara), contact.DefinitionChange{Key: "biography", ExpectedVersion: 1, Rules: &contact.RuleSet{MaxLength: 4}})
	w.must("UpdateDefinition", err)

	now := w.contact(of.ID)
	w.same("three addresses of two", w.attribute(now, "email").Values, w.attribute(of, "email").Values)
	w.same("a long text", w.attribute(now, "biography").Values, []contact.AttributeValue{contact.TextValue{Text: "long enough"}})
	again := w.upsert(contact.UpsertInput{Attributes: []contact.AttributeInput{customer("N-1"), emails("c@x.example")}})
	if again.Outcome != contact.Unchanged {
		t.Errorf("an address that stands already: %s, want UNCHANGED", again.Outcome)
	}
	_, err = w.Upsert(w.as(robot), contact.UpsertInput{Attributes: []contact.AttributeInput{customer("N-1"), emails("d@x.example")}})
	if e := w.refused("a fourth address of two", err, contact.TooLong, "email"); e.Max != 2 || e.Got != 4 {
		t.Errorf("the refusal says max %d, got %d", e.Max, e.Got)
	}
	_, err = w.set(anna, of.ID, "biography", 1, text("five!"))
	w.refused("a text beyond the new limit", err, contact.TooLong, "biography")
}
