package importer_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"contactpanel/contact"
	"contactpanel/importer"
)

// define adds definitions of the types that a new organisation does not begin with.
func define(ctx context.Context, tb testing.TB, contacts *contact.Contacts) {
	tb.Helper()
	named := func(english, german string) contact.Localised {
		return contact.Localised{{Locale: "en", Text: english}, {Locale: "de", Text: german}}
	}
	for _, d := range []contact.DefinitionInput{
		{Key: "score", ValueType: contact.TypeNumber, Labels: named("Score", "Punkte")},
		{Key: "member_until", ValueType: contact.TypeDate, Labels: named("Member until", "Mitglied bis")},
		{Key: "seen_at", ValueType: contact.TypeDateTime, Labels: named("Seen at", "Gesehen am")},
		{Key: "newsletter", ValueType: contact.TypeBoolean, Labels: named("Newsletter", "Newsletter")},
		{Key: "links", ValueType: contact.TypeURL, IsList: true, Labels: named("Links", "Links")},
		{Key: "nicknames", ValueType: contact.TypeText, IsList: true, Labels: named("Nicknames", "Spitznamen")},
		{Key: "topics", ValueType: contact.TypeChoice, IsList: true, Labels: named("Topics", "Themen"), Rules: contact.RuleSet{
			Choices: []contact.ChoiceOption{
				{Key: "sea", Labels: named("Sea; ocean", "Meer")},
				{Key: "hills", Labels: named("Hills", "Berge")},
				{Key: "town", Labels: named("Town", "Stadt")},
				{Key: "village", Labels: named("Village", "Stadt")},
			},
		}},
		{Key: "first_size", ValueType: contact.TypeText, Labels: named("Size", "Größe")},
		{Key: "second_size", ValueType: contact.TypeText, Labels: named("Size", "Umfang")},
	} {
		d.Kind, d.Section = contact.KindCustom, "about"
		if _, err := contacts.CreateDefinition(as(ctx, contact.RoleAdmin), d); err != nil {
			tb.Fatal(err)
		}
	}
}

// cellCase is one cell under one header, in a file of the given language.
type cellCase struct{ header, cell, want string } // want "" is a refusal

// tellingHeaders tell the language of a file, and their columns are left out.
var tellingHeaders = map[string]string{"german": "Straße", "english": "Street"}

func checkCells(t *testing.T, language, key string, cases []cellCase) {
	t.Helper()
	ctx, contacts := organisation(t)
	define(ctx, t, contacts)
	opts := options("DE", nil)
	opts.Map = map[string]*string{tellingHeaders[language]: nil, "Nr": ptr("customer_number")}
	for i, c := range cases {
		number := fmt.Sprintf("%s-%d", language, i)
		quoted := `"` + strings.ReplaceAll(c.cell, `"`, `""`) + `"`
		file := written(t, "Nr;"+tellingHeaders[language]+";"+c.header+"\n"+number+";;"+quoted+"\n")
		lines, sum := run(ctx, t, importer.Local(contacts), opts, file)
		switch {
		case c.want == "" && sum.Refused == 0:
			t.Errorf("%s: %q under %q is %v, want a refusal", language, c.cell, c.header, values(ctx, t, contacts, number, key))
		case c.want == "" && (lines[0].Field != key || lines[0].Line != 2):
			t.Errorf("%s: %q under %q is refused on %q in line %d, want %q in line 2", language, c.cell, c.header, lines[0].Field, lines[0].Line, key)
		case c.want == "":
		case sum.Created != 1:
			t.Errorf("%s: %q under %q is refused: %v; want %s", language, c.cell, c.header, lines, c.want)
		default:
			if got := fmt.Sprint(values(ctx, t, contacts, number, key)); got != c.want {
				t.Errorf("%s: %q under %q is %s, want %s", language, c.cell, c.header, got, c.want)
			}
		}
	}
}

func ptr(s string) *string { return &s }

func under(header string, cells ...string) []cellCase {
	var out []cellCase
	for i := 0; i < len(cells); i += 2 {
		out = append(out, cellCase{header, cells[i], cells[i+1]})
	}
	return out
}

func TestNumbersFollowTheLanguageOfTheHeader(t *testing.T) {
	everywhere := []string{
		"12", "[{12}]", "0", "[{0}]", "-5", "[{-5}]", "\u22125", "[{-5}]", "+5", "[{5}]", "-0", "[{0}]", " 7 ", "[{7}]", "007", "[{7}]",
		"1519426", "[{1.519426e+06}]", "1\u00A0519", "[{1519}]", "1\u202F519", "[{1519}]", "1'519'426", "[{1.519426e+06}]", "1’519", "[{1519}]",
		"1.51.426", "", "1,51,426", "", "1.519,426.1", "", "1e3", "", "1e999", "", "NaN", "", "Inf", "", "0x10", "", "1 519", "",
		"1_000", "", "many", "", "5-", "", "--5", "", ".", "", ",", "", "5.", "", "5,", "", ".5", "", ",5", "", "12 €", "", "50%", "",
		"0'519", "", "1519'426", "", "1'519 426", "", "١٢", "", "99999999999999999999", "",
	}
	checkCells(t, "german", "score", under("score", append(everywhere,
		"1.519.426", "[{1.519426e+06}]", "1.519,5", "[{1519.5}]", "1519,5", "[{1519.5}]", "1.519", "[{1519}]", "1,519", "[{1.519}]", "0,5", "[{0.5}]",
		"1'519,50", "[{1519.5}]", "1,519,426", "", "1,519.5", "", "1.5", "", "0.519", "")...))
	checkCells(t, "english", "score", under("score", append(everywhere,
		"1,519,426", "[{1.519426e+06}]", "1,519.5", "[{1519.5}]", "1519.5", "[{1519.5}]", "1,519", "[{1519}]", "1.519", "[{1.519}]", "0.5", "[{0.5}]",
		"1'519.50", "[{1519.5}]", "1.519.426", "", "1.519,5", "", "1,5", "", "0,519", "")...))
}

func TestWhatGermanAndEnglishReadDifferentlyIsRefusedWhereTheHeaderTellsNeither(t *testing.T) {
	ctx, contacts := organisation(t)
	define(ctx, t, contacts)
	opts := options("", nil)
	opts.Map = map[string]*string{"Nr": ptr("customer_number"), "Wert": ptr("score")}
	for cell, want := range map[string]string{
		"1.519": "", "1,519": "", "1.519.426": "[{1.519426e+06}]", "1,519,426": "[{1.519426e+06}]", "1.5": "[{1.5}]", "1,5": "[{1.5}]",
		"0.519": "[{0.519}]", "1.519,5": "[{1519.5}]", "1519": "[{1519}]", "1'519": "[{1519}]",
	} {
		lines, sum := run(ctx, t, importer.Local(contacts), opts, written(t, "Nr;Wert\nN-1;"+cell+"\n"))
		if want == "" {
			if sum.Refused != 1 || lines[0].Field != "score" || !strings.Contains(lines[0].Reason, "two ways") {
				t.Errorf("%q gives %+v, %v; want a refusal because of two ways", cell, sum, lines)
			}
			continue
		}
		if got := fmt.Sprint(values(ctx, t, contacts, "N-1", "score")); sum.Refused > 0 || got != want {
			t.Errorf("%q is %s, %v; want %s", cell, got, lines, want)
		}
	}
}

func TestDatesFollowTheLanguageOfTheHeader(t *testing.T) {
	everywhere := []string{
		"2019-06-28", "[{2019-06-28}]", "2019/06/28", "[{2019-06-28}]", "2019.6.28", "[{2019-06-28}]", "2020-02-29", "[{2020-02-29}]",
		"28/06/2019", "[{2019-06-28}]", "06/28/2019", "[{2019-06-28}]", "6/6/2019", "[{2019-06-06}]", "28.06.2019", "[{2019-06-28}]",
		"06/07/2019", "", "2021-02-30", "", "2023-02-29", "", "30.02.2020", "", "31/02/2020", "", "28.06.19", "", "28/6/19", "", "2019-6-28", "",
		"28.06.", "", "28-06-2019", "", "28. Juni 2019", "", "June 28, 2019", "", "0000-01-01", "", "2019-06-28T00:00:00Z", "", "43644", "",
		"028.06.2019", "", "28.+6.2019", "",
	}
	checkCells(t, "german", "member_until", under("member_until", append(everywhere,
		"28.6.2019", "[{2019-06-28}]", "06.07.2019", "[{2019-07-06}]", "1.2.2003", "[{2003-02-01}]", "06.28.2019", "")...))
	checkCells(t, "english", "member_until", under("member_until", append(everywhere,
		"06.07.2019", "", "06.28.2019", "[{2019-06-28}]")...))
}

func TestMomentsNeedAnOffset(t *testing.T) {
	checkCells(t, "german", "seen_at", under("Gesehen am",
		"2019-06-28T12:00:00Z", "[{2019-06-28 12:00:00 +0000 UTC}]", "2019-06-28T12:00:00.5+02:00", "[{2019-06-28 10:00:00.5 +0000 UTC}]",
		"2019-06-28 12:00", "", "28.06.2019 12:00", "", "2019-06-28", ""))
}

func TestYesAndNoAreReadInBothLanguages(t *testing.T) {
	var cells []string
	for _, yes := range []string{"ja", "Ja", "JA", "j", "yes", "Y", "true", "TRUE", "wahr", "WAHR", "1", "x", " ja "} {
		cells = append(cells, yes, "[{true}]")
	}
	for _, no := range []string{"nein", "NEIN", "no", "n", "false", "Falsch", "0"} {
		cells = append(cells, no, "[{false}]")
	}
	checkCells(t, "german", "newsletter", under("Newsletter", append(cells, "vielleicht", "", "2", "", "jaja", "")...))
}

func TestListsTakeSeveralValuesInOneCell(t *testing.T) {
	checkCells(t, "english", "email", under("E-mail",
		"a@example.com; b@example.com", "[{a@example.com} {b@example.com}]", "a@example.com\nb@example.com;", "[{a@example.com} {b@example.com}]",
		"a@example.com ::: b@example.com", "[{a@example.com} {b@example.com}]", "a@example.com;A@example.com", "[{a@example.com}]",
		"a@example.com;b@@example.com", "", ";", ""))
	checkCells(t, "english", "phone", under("Phone",
		"030 23125000; +49 30 23125-000", "[{{+493023125000 +49 30 23125000}}]", "030 23125000;call me", ""))
	checkCells(t, "english", "links", under("Links",
		"https://a.example/;x\nhttps://b.example", "[{https://a.example/;x} {https://b.example}]"))
	checkCells(t, "english", "nicknames", under("Nicknames", "Bob; Bobby", "[{Bob; Bobby}]"))
	checkCells(t, "english", "website", under("Website", "https://a.example;https://b.example", "[{https://a.example;https://b.example}]"))
	checkCells(t, "german", "topics", under("Themen",
		"Meer;BERGE", "[{{sea Sea; ocean true}} {{hills Hills true}}]", "sea; ocean", "[{{sea Sea; ocean true}}]", "Stadt", "", "town", "[{{town Town true}}]",
		"Wüste", ""))
}

func TestLanguagesAreReadByTagAndByName(t *testing.T) {
	checkCells(t, "german", "language", under("Sprache",
		"de", "[{{de German}}]", "DE_at", "[{{de-AT Austrian German}}]", "Deutsch", "[{{de German}}]", "english", "[{{en English}}]",
		"français", "[{{fr French}}]", "klingonisch!!", ""))
}

func TestChoicesAreReadByKeyAndByLabel(t *testing.T) {
	checkCells(t, "english", "membership", under("Membership",
		"basic", "[{{basic Basic true}}]", "BASIS", "[{{basic Basic true}}]", "Platin", "[{{platinum Platinum true}}]", "Diamant", ""))
}

func TestBytesThatAreNoTextAreRefusedAtTheirCell(t *testing.T) {
	checkCells(t, "german", "biography", under("Biografie", "bad \xff byte", "", "gut", "[{gut}]", "ed \xed\xa0\x80", ""))
	checkCells(t, "german", "email", under("E-Mail", "\xff@example.com", ""))
}

func TestNationalNumbersNeedARegion(t *testing.T) {
	ctx, contacts := organisation(t)
	file := written(t, "customer_number,phone\nN-1,030 23125000\nN-2,+49 30 23125000\n")
	lines, sum := run(ctx, t, importer.Local(contacts), options("", nil), file)
	if sum.Refused != 1 || lines[0].Line != 2 || lines[0].Field != "phone" {
		t.Errorf("without a region: %+v, %v; want line 2 refused on phone", sum, lines)
	}
	if _, sum := run(ctx, t, importer.Local(contacts), options("de", nil), file); sum.Created != 1 || sum.Unchanged != 1 {
		t.Errorf("with a region: %+v, want the refused row created", sum)
	}
}
