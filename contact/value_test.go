package contact_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"contactpanel/contact"
)

// defineEveryType makes a definition of each value type: "a_" and the type in lower case, and a list "some_" with it.
func defineEveryType(w *world) {
	w.Helper()
	low, high, two := -10.0, 1000.5, 2
	rules := map[contact.ValueType]contact.RuleSet{
		contact.TypeText:     {MinLength: 2, MaxLength: 10, Pattern: "[a-zé😀-😿]+( [a-z]+)?"},
		contact.TypeNumber:   {MinNumber: &low, MaxNumber: &high, MaxDecimals: &two},
		contact.TypeDate:     {Earliest: &contact.Date{Year: 2000, Month: 1, Day: 1}, Latest: &contact.Date{Year: 2030, Month: 12, Day: 31}},
		contact.TypeDateTime: {EarliestTime: new(noon.AddDate(-1, 0, 0)), LatestTime: new(noon)},
		contact.TypePhone:    {DefaultRegion: "DE"},
		contact.TypeChoice: {Choices: []contact.ChoiceOption{
			{Key: "red", Labels: contact.Localised{{Locale: "en", Text: "Red"}, {Locale: "de", Text: "Rot"}}},
			{Key: "blue", Labels: contact.Localised{{Locale: "en", Text: "Blue"}}},
			{Key: "grey", Labels: contact.Localised{{Locale: "en", Text: "Grey"}}, IsRetired: true},
		}},
	}
	for _, t := range contact.ValueTypes() {
		r := rules[t]
		w.define(contact.DefinitionInput{Key: "a_" + strings.ToLower(string(t)), ValueType: t, Rules: r})
		r.MaxValues = 3
		w.define(contact.DefinitionInput{Key: "some_" + strings.ToLower(string(t)), ValueType: t, IsList: true, Rules: r})
	}
	w.define(contact.DefinitionInput{Key: "free", ValueType: contact.TypeText, Rules: contact.RuleSet{MaxLength: contact.MaxTextLength, IsMultiline: true}})
	w.define(contact.DefinitionInput{Key: "any_number", ValueType: contact.TypeNumber})
	day := &contact.Date{Year: 2026, Month: 1, Day: 1}
	w.define(contact.DefinitionInput{Key: "from_day", ValueType: contact.TypeDate, Rules: contact.RuleSet{Earliest: day}})
	w.define(contact.DefinitionInput{Key: "to_day", ValueType: contact.TypeDate, Rules: contact.RuleSet{Latest: day}})
	w.define(contact.DefinitionInput{Key: "abroad", ValueType: contact.TypePhone})
}

// badValue is what every write path refuses in the same words.
type badValue struct {
	name, key string
	values    []contact.ValueInput
	code      contact.Code
	index     int
}

func badValues() []badValue {
	one := func(key string, values map[string]contact.ValueInput) (out []badValue) {
		for name, v := range values {
			out = append(out, badValue{key + ": " + name, key, []contact.ValueInput{v}, contact.InvalidValue, 0})
		}
		return out
	}
	var out []badValue
	out = append(out, one("a_text", map[string]contact.ValueInput{
		"empty": text(""), "white space": text(" \t"), "invisible": text("\u200b\u3164"), "too short": text("a"), "against the pattern": text("a1"),
		"a part that fits": text("ab!"), "two lines": text("ab\ncd"), "a tab": text("ab\tcd"), "NUL": text("ab\x00"), "no UTF-8": text("ab\xff"),
		"a number": number(1), "nothing set": {}, "two set": {Text: new("abc"), Number: new(1.0)}, "a control character": text("ab\x1b"),
	})...)
	out = append(out, one("a_number", map[string]contact.ValueInput{
		"too small": number(-10.01), "too large": number(1000.51), "too many decimals": number(1.005), "no number": number(math.NaN()),
		"F14: 1e400": number(math.Inf(1)), "minus infinity": number(math.Inf(-1)), "F14: -0": number(math.Copysign(0, -1)), "a text": text("12"),
		"tiny": number(1e-300),
	})...)
	out = append(out, one("any_number", map[string]contact.ValueInput{
		"F14: 2^53+1": number(1<<53 + 1), "-2^53": number(-1 << 53), "largest double": number(math.MaxFloat64), "sixteen decimals": number(0.1234567890123456),
	})...)
	out = append(out, one("a_boolean", map[string]contact.ValueInput{"a text": text("true"), "a number": number(1)})...)
	out = append(out, one("a_date", map[string]contact.ValueInput{
		"F14: 31.02.2026": date("31.02.2026"), "the 31st of February": date("2026-02-31"), "no leap year": date("2025-02-29"), "a moment": date("2026-02-01T00:00:00Z"),
		"too early": date("1999-12-31"), "too late": date("2031-01-01"), "empty": date(""), "year 0": date("0000-01-01"), "signed": date("+2026-01-1"),
		"wide digits": date("２０２６-01-01"), "as a moment": dateTime("2026-01-01T00:00:00Z"),
	})...)
	out = append(out, one("a_date_time", map[string]contact.ValueInput{
		"without offset": dateTime("2026-01-01T00:00:00"), "a day": dateTime("2026-01-01"), "hour 24": dateTime("2026-01-01T24:00:00Z"),
		"too early": dateTime("2025-03-04T11:59:59.999Z"), "too late": dateTime("2026-03-04T12:00:00.001Z"), "empty": dateTime(""),
		"over the end of time": dateTime("9999-12-31T23:59:59-23:00"), "as a date": date("2026-01-01"),
	})...)
	out = append(out, one("a_url", map[string]contact.ValueInput{
		"F14: script": address("javascript:alert(1)"), "data": address("data:text/html,x"), "file": address("file:///etc/passwd"), "no scheme": address("www.example.com"),
		"no host": address("https:///path"), "credentials": address("https://user:pw@example.com"), "white space": address("https://exa mple.com"),
		"a backslash": address(`https://example.com\@evil.example`), "a line end": address("https://example.com/\nx"), "empty": address(""),
		"no UTF-8": address("https://example.com/\xff"), "relative": address("//example.com"), "as a text": text("https://example.com"),
	})...)
	out = append(out, one("a_email", map[string]contact.ValueInput{
		"no @": email("example.com"), "no domain": email("a@"), "no local part": email("@example.com"), "two @": email("a@b@example.com"),
		"no dot": email("a@localhost"), "a display name": email("A <a@example.com>"), "white space": email("a b@example.com"), "empty": email(""),
		"an address literal": email("a@[192.0.2.1]"), "a hyphen at the end": email("a@example-.com"), "65 before the @": email(strings.Repeat("a", 65) + "@example.com"),
		"a line end": email("a@example.com\nBcc: b@example.com"), "no UTF-8": email("\xff@example.com"), "as a text": text("a@example.com"),
	})...)
	out = append(out, one("a_phone", map[string]contact.ValueInput{
		"F14: letters": dial("+49 30 CALL-ME"), "too short": dial("+49 1"), "too long": dial("+49 30 23125000 23125000"), "empty": dial(""), "two": dial("+4930231250, +4930231251"),
		"as a text": text("+493023125000"),
	})...)
	out = append(out, one("abroad", map[string]contact.ValueInput{"a national number": dial("030 23125000"), "an exit code": dial("0049 30 23125000")})...)
	out = append(out, one("a_language", map[string]contact.ValueInput{
		"a name": tongue("German"), "unknown": tongue("qq"), "empty": tongue(""), "undetermined": tongue("und"), "as a text": text("de"),
	})...)
	out = append(out, one("a_location", map[string]contact.ValueInput{
		"no name": place(" "), "one coordinate": place("Bonn", 50), "latitude 90.1": place("Bonn", 90.1, 7), "longitude -180.1": place("Bonn", 50, -180.1),
		"no number": place("Bonn", math.NaN(), 7), "two lines": place("Bonn\nBeuel"), "as a text": text("Bonn"),
	})...)
	out = append(out, one("a_choice", map[string]contact.ValueInput{
		"unknown": choice("green"), "retired": choice("grey"), "a label": choice("Red"), "empty": choice(""), "padded": choice(" red"), "as a text": text("red"),
	})...)
	return append(out,
		badValue{"no values", "a_text", nil, contact.InvalidValue, -1},
		badValue{"two values of a single one", "a_choice", []contact.ValueInput{choice("red"), choice("blue")}, contact.TooLong, -1},
		badValue{"four values of three", "some_number", []contact.ValueInput{number(1), number(2), number(3), number(4)}, contact.TooLong, -1},
		badValue{"F14: 51 values", "some_text", make([]contact.ValueInput, 51), contact.TooLong, -1},
		badValue{"the third is bad", "some_email", []contact.ValueInput{email("a@b.example"), email("c@b.example"), email("c")}, contact.InvalidValue, 2},
		badValue{"the same twice", "some_email", []contact.ValueInput{email("a@bücher.example"), email("A@xn--bcher-kva.example")}, contact.InvalidValue, 1},
		badValue{"the same number twice", "some_phone", []contact.ValueInput{dial("030 23125000"), dial("+49 30 23125000")}, contact.InvalidValue, 1},
		badValue{"the second has another type", "some_text", []contact.ValueInput{text("ab"), number(1)}, contact.InvalidValue, 1},
		badValue{"eleven letters", "a_text", []contact.ValueInput{text("abcdefghijk")}, contact.TooLong, 0},
		badValue{"F14: 10,001 characters", "free", []contact.ValueInput{text(strings.Repeat("😀", 10_001))}, contact.TooLong, 0},
		badValue{"2,049 bytes of address", "a_url", []contact.ValueInput{address("https://example.com/" + strings.Repeat("a", 2029))}, contact.TooLong, 0},
		badValue{"a long address", "a_email", []contact.ValueInput{email("a@" + strings.Repeat("abcdefg.", 32) + "example")}, contact.InvalidValue, 0},
		badValue{"an address of 265", "a_email", []contact.ValueInput{email(strings.Repeat("a", 64) + "@" + strings.Repeat("abcdefghi.", 19) + "example.de")}, contact.TooLong, 0},
		badValue{"an address of 1,100", "a_email", []contact.ValueInput{email("a@" + strings.Repeat("é", 550))}, contact.TooLong, 0},
		badValue{"half a follower", "followers", []contact.ValueInput{number(1.5)}, contact.InvalidValue, 0},
		badValue{"before the first day", "from_day", []contact.ValueInput{date("2025-12-31")}, contact.InvalidValue, 0},
		badValue{"after the last day", "to_day", []contact.ValueInput{date("2026-01-02")}, contact.InvalidValue, 0},
		badValue{"201 letters of a place", "a_location", []contact.ValueInput{place(strings.Repeat("x", 201))}, contact.TooLong, 0},
	)
}

func TestEveryWritePathRefusesTheSameBadValuesInTheSameWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	defineEveryType(w)
	of := w.person("Vera", customer("V-1"))
	for _, tt := range badValues() {
		t.Run(tt.name, func(t *testing.T) {
			w := w.in(t)
			_, errSet := w.SetAttribute(w.as(robot), contact.AttributeChange{Contact: of.ID, Key: tt.key, Values: tt.values})
			want := w.refused("SetAttribute", errSet, tt.code, tt.key)
			if want.Index != tt.index || want.Message == "" || tt.code == contact.InvalidValue && want.Allowed.String() == "" {
				t.Errorf("SetAttribute blames value %d, want %d: %+v", want.Index, tt.index, want)
			}
			if tt.index >= 0 && want.Rules == nil {
				t.Errorf("SetAttribute does not name the rules: %+v", want)
			}
			if tt.code == contact.TooLong && (want.Got <= want.Max || want.Unit == "") {
				t.Errorf("SetAttribute says max %d, got %d %q", want.Max, want.Got, want.Unit)
			}
			for who, row := range map[string]contact.UpsertInput{
				"new":   {Name: "New", Attributes: []contact.AttributeInput{attr(tt.key, tt.values...)}},
				"known": {Attributes: []contact.AttributeInput{customer("V-1"), attr(tt.key, tt.values...)}},
			} {
				_, err := w.Upsert(w.as(robot), row)
				w.same("Upsert of a contact that is "+who, w.refused("Upsert", err, tt.code, tt.key), want)
				row.IsImport = true
				many, err := w.UpsertMany(w.as(robot), []contact.UpsertInput{row})
				w.must("UpsertMany", err)
				w.same("UpsertMany of a contact that is "+who, many[0].Refused, want)
			}
			if got := w.contact(of.ID); got.Version != of.Version {
				t.Errorf("refused values changed the contact to version %d", got.Version)
			}
		})
	}
	if page, err := w.Search(w.as(anna), contact.SearchInput{}); err != nil || len(page.Items) != 1 {
		t.Errorf("refused rows left %d contacts, %v; want Vera alone", len(page.Items), err)
	}
}

func TestEveryWritePathKeepsTheSameGoodValues(t *testing.T) {
	t.Parallel()
	lat, long := 50.7374, -7.0982
	tests := []struct {
		name, key string
		in        contact.ValueInput
		want      contact.AttributeValue
	}{
		{"text", "a_text", text(" abc "), contact.TextValue{Text: "abc"}},
		{"text of astral letters at the limit", "a_text", text(strings.Repeat("😀", 10)), contact.TextValue{Text: strings.Repeat("😀", 10)}},
		{"10,000 characters", "free", text(strings.Repeat("é", 10_000)), contact.TextValue{Text: strings.Repeat("é", 10_000)}},
		{"text in lines", "free", text("a\r\nb\t<b>"), contact.TextValue{Text: "a\nb\t<b>"}},
		{"number", "a_number", number(-9.75), contact.NumberValue{Number: -9.75}},
		{"number at the bound", "a_number", number(1000.5), contact.NumberValue{Number: 1000.5}},
		{"zero", "a_number", number(0), contact.NumberValue{Number: 0}},
		{"2^53-1", "any_number", number(1<<53 - 1), contact.NumberValue{Number: 9007199254740991}},
		{"fifteen decimals", "any_number", number(0.123456789012345), contact.NumberValue{Number: 0.123456789012345}},
		{"yes", "a_boolean", boolean(true), contact.BooleanValue{Boolean: true}},
		{"no", "a_boolean", boolean(false), contact.BooleanValue{}},
		{"leap day", "a_date", date("2024-02-29"), contact.DateValue{Date: contact.Date{Year: 2024, Month: 2, Day: 29}}},
		{"first day", "a_date", date(" 2000-01-01 "), contact.DateValue{Date: contact.Date{Year: 2000, Month: 1, Day: 1}}},
		{"moment with offset", "a_date_time", dateTime("2026-03-04T13:59:59.1239+02:00"), contact.DateTimeValue{DateTime: noon.Add(-time.Second + 123*time.Millisecond)}},
		{"last moment", "a_date_time", dateTime("2026-03-04T12:00:00Z"), contact.DateTimeValue{DateTime: noon}},
		{"address", "a_url", address(" https://bücher.example/ü?a=b#c "), contact.URLValue{URL: "https://bücher.example/ü?a=b#c"}},
		{"address of 2,048 bytes", "a_url", address("http://e.example/" + strings.Repeat("a", 2031)), contact.URLValue{URL: "http://e.example/" + strings.Repeat("a", 2031)}},
		{"e-mail as typed", "a_email", email(" Rita.O'Hara+x@Bücher.example "), contact.EmailValue{Email: "Rita.O'Hara+x@Bücher.example"}},
		{"phone", "a_phone", dial("(030) 23125-000"), contact.PhoneValue{Phone: contact.Phone{E164: "+493023125000", Display: "+49 30 23125000"}}},
		{"phone from abroad", "abroad", dial("+1 202-555-0100"), contact.PhoneValue{Phone: contact.Phone{E164: "+12025550100", Display: "+1 202-555-0100"}}},
		{"language", "a_language", tongue("de_at"), contact.LanguageValue{Language: contact.Language{Tag: "de-AT", Label: "Austrian German"}}},
		{"place", "a_location", place("Bonn"), contact.LocationValue{Location: contact.Location{Name: "Bonn"}}},
		{"place on the map", "a_location", place("Bonn, Beuel", lat, long), contact.LocationValue{Location: contact.Location{Name: "Bonn, Beuel", Latitude: &lat, Longitude: &long}}},
		{"choice", "a_choice", choice("red"), contact.ChoiceValue{Choice: contact.Choice{Key: "red", Label: "Red", IsOffered: true}}},
	}
	w := newWorld(t)
	defineEveryType(w)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := w.in(t)
			of := w.person("Vera")
			got, err := w.SetAttribute(w.as(anna), contact.AttributeChange{Contact: of.ID, Key: tt.key, Values: []contact.ValueInput{tt.in}})
			w.must("SetAttribute", err)
			want := []contact.AttributeValue{tt.want}
			w.same("the answer", got.Attribute.Fields().Values, want)
			w.same("what is read", w.attribute(w.contact(of.ID), tt.key).Values, want)
			w.same("after Upsert", w.attribute(w.person("Vera", attr(tt.key, tt.in)), tt.key).Values, want)
			many, err := w.UpsertMany(w.as(robot), []contact.UpsertInput{{Name: "Vera", Attributes: []contact.AttributeInput{attr(tt.key, tt.in)}}})
			w.must("UpsertMany", err)
			w.same("after UpsertMany", w.attribute(w.contact(many[0].Contact), tt.key).Values, want)
		})
	}
}
