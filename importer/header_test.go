package importer_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"contactpanel/contact"
	"contactpanel/importer"
)

func TestHeadersAreKnownByKeyLabelAndSynonym(t *testing.T) {
	ctx, contacts := organisation(t)
	define(ctx, t, contacts)
	headers := map[string]string{ // to the attribute that the cells must reach
		"email": "email", "E-Mail": "email", "e_mail": "email", "E-MAIL-ADRESSE": "email", "E-mail Address": "email", "email_2": "email",
		"E-Mail 2": "email", "email2": "email", "E-Mail 2: Adresse": "email", "E-mail 1 - Value": "email", "E-mail 3 Address": "email",
		"Nicknames": "nicknames", "spitznamen": "nicknames", "NICKNAMES": "nicknames", "nicknames 12": "nicknames",
		"Größe": "first_size", "Groesse": "", "GRO\u0308ßE": "first_size", "first-size": "first_size", "first_size 1": "first_size",
		"biography": "biography", "Biografie": "biography", "About me": "biography", "über mich": "biography", "Bio": "biography",
		"Ort": "location", "City": "location", "Standort": "location", "Wohnort": "location",
		"Size": "", "email_0": "", "email_100": "", "email 2 3": "", "biography_2": "", "Wetter": "", "unbekannt\x1b[31m": "", "\xfcber mich": "",
		"bio": "biography", "e-mail \xa0": "",
	}
	for i, header := range slices.Sorted(maps.Keys(headers)) {
		want, number := headers[header], fmt.Sprint("K-", i)
		file := written(t, "Kundennummer\t"+header+"\n"+number+"\tmail@example.com\n")
		lines, sum := run(ctx, t, importer.Local(contacts), options("", nil), file)
		switch {
		case want == "":
			shown := strings.TrimSpace(strings.ToValidUTF8(header, "\uFFFD"))
			if sum.Refused != 1 || lines[0].Line != 1 || lines[0].Field != shown || !strings.Contains(lines[0].Reason, "--") {
				t.Errorf("header %q gives %+v, %v; want a refusal of the header that names the option", header, sum, lines)
			}
		case sum.Refused > 0:
			t.Errorf("header %q is refused: %v; want it to be %s", header, lines, want)
		default:
			if got := values(ctx, t, contacts, number, want); len(got) != 1 || !strings.Contains(fmt.Sprint(got), "mail@example.com") {
				t.Errorf("under header %q %s is %v, want the cell", header, want, got)
			}
		}
	}
}

func TestHeaderThatCannotBeUsedIsRefusedWhole(t *testing.T) {
	for _, tt := range []struct {
		name, header string
		fields       []string
	}{
		{"each unknown column", "name,email,Schuhe,Hut", []string{"Schuhe", "Hut"}},
		{"a column twice", "name,email,E-Mail", []string{"E-Mail"}},
		{"two columns for one value", "name,City,Ort", []string{"Ort"}},
		{"two names", "name,Kundenname,email", []string{"Kundenname"}},
		{"a number on a single value", "name,website_2", []string{"website_2"}},
		{"the same profile twice", "network,handle,network_1,handle_1", []string{"network_1", "handle_1"}},
		{"no column at all", ",,", []string{""}},
		{"an unclosed quotation mark", `name,"email`, []string{""}},
	} {
		ctx, contacts := organisation(t)
		lines, sum := run(ctx, t, importer.Local(contacts), options("", nil), written(t, tt.header+"\nRita,rita@example.com,x,y\n"))
		var fields []string
		for _, l := range lines {
			if fields = append(fields, l.Field); l.Line != 1 {
				t.Errorf("%s: refused line %d, want 1", tt.name, l.Line)
			}
		}
		if !slices.Equal(fields, tt.fields) || sum.Created > 0 {
			t.Errorf("%s: refused %q, %+v; want %q and nothing imported", tt.name, fields, sum, tt.fields)
		}
	}
}

func TestEmptyFileIsRefused(t *testing.T) {
	ctx, contacts := organisation(t)
	for _, text := range []string{"", "\n\n", "\ufeff"} {
		if lines, _ := run(ctx, t, importer.Local(contacts), options("", nil), written(t, text)); len(lines) != 1 || lines[0].Line != 1 {
			t.Errorf("%q gives %v, want a refusal of line 1", text, lines)
		}
	}
	if lines, sum := run(ctx, t, importer.Local(contacts), options("", nil), written(t, "name,email")); sum != (importer.Summary{}) {
		t.Errorf("a header alone gives %+v, %v; want nothing", sum, lines)
	}
}

func TestMapGivesColumnsAnotherMeaning(t *testing.T) {
	ctx, contacts := organisation(t)
	mapped, err := importer.ParseMap([]byte(`{
		"Kennung": "customer_number", "privat": "email_2", "Schuhe": null, "Hut": "", "Website": null, "Kanal b": "network_2", "Kontob": "handle 2"
	}`))
	if err != nil {
		t.Fatal(err)
	}
	opts := options("", nil)
	opts.Map = mapped
	file := written(t, "kennung;E-Mail;Privat;Schuhe;HUT;Website;Netzwerk;Handle;Kanal B;konto_b\n"+
		"K-1;a@example.com;b@example.com;42;rot;no address;x;@rita;Insta;rita_r\n")
	if lines, sum := run(ctx, t, importer.Local(contacts), opts, file); sum.Created != 1 {
		t.Fatalf("the row is refused: %v", lines)
	}
	if got := fmt.Sprint(values(ctx, t, contacts, "K-1", "email")); got != "[{a@example.com} {b@example.com}]" {
		t.Errorf("the e-mail addresses are %s, want both", got)
	}
	profiles := found(ctx, t, contacts, "K-1").Profiles
	if len(profiles) != 2 || profiles[0].Network != contact.X || profiles[1].Network != contact.Instagram || profiles[1].Handle != "rita_r" {
		t.Errorf("the profiles are %+v, want x and instagram", profiles)
	}
	for _, wrong := range []string{"[]", "null", `{"a": 1}`, `{"a": "email"`, ""} {
		if _, err := importer.ParseMap([]byte(wrong)); err == nil {
			t.Errorf("ParseMap(%q) is read, want an error", wrong)
		}
	}
	opts.Map = map[string]*string{"Kennung": ptr("no_such_key")}
	if lines, _ := run(ctx, t, importer.Local(contacts), opts, written(t, "Kennung,email\nx,a@example.com\n")); len(lines) != 1 || lines[0].Field != "Kennung" {
		t.Errorf("a map to an unknown key gives %v, want a refusal of the header", lines)
	}
}

func TestNamesAreJoined(t *testing.T) {
	ctx, contacts := organisation(t)
	for text, want := range map[string]string{
		"Nachname;Vorname;E-Mail\nReich;Rita;rita1@example.com\n":                          "Rita Reich",
		"first_name,last_name,email\nRita,,rita2@example.com\n":                            "Rita",
		"First Name,Middle Name,Last Name,email\n Rita ,Maria,Reich,rita3@example.com\n":   "Rita Maria Reich",
		"Name,Given Name,Family Name,email\nDr. Rita Reich,Rita,Reich,rita4@example.com\n": "Dr. Rita Reich",
		"Name,Vorname,Nachname,email\n  ,Rita,Reich,rita5@example.com\n":                   "Rita Reich",
		"name,email\n,rita6@example.com\n":                                                 "",
	} {
		_, rows, _ := strings.Cut(text, "\n")
		mail := rows[strings.Index(rows, "rita") : len(rows)-1]
		run(ctx, t, importer.Local(contacts), options("", nil), written(t, text))
		if got := found(ctx, t, contacts, mail).Name; got != want {
			t.Errorf("%q is called %q, want %q", text, got, want)
		}
	}
}

func TestProfileNeedsNetworkAndHandle(t *testing.T) {
	ctx, contacts := organisation(t)
	header := "customer_number,network,handle,profile_name,profile_url,network_2,handle_2\n"
	for row, field := range map[string]string{
		"K-1,instagram,rita,,,,":                               "",
		"K-2,,rita_2,,,,":                                      "handle",
		"K-3,instagram,,,,,":                                   "handle",
		"K-4,,,Rita,,,":                                        "handle",
		"K-5,myspace,rita,,,,":                                 "network",
		"K-6,Twitter,rita,,,E-Mail,rita@example.com":           "",
		"K-7,instagram,rita_7,,,facebook,":                     "handle",
		"K-8,x,@rita_8,Rita,https://x.com/rita_8,WhatsApp,+49": "",
		"K-9,x,rita_9,Rita,javascript:alert(1),,":              "profile_url",
		"K-10,x,@,,,,":                                         "handle",
		"K-11,,,,,,":                                           "",
	} {
		lines, sum := run(ctx, t, importer.Local(contacts), options("", nil), written(t, header+row+"\n"))
		if field == "" && sum.Created != 1 || field != "" && (len(lines) != 1 || lines[0].Field != field) {
			t.Errorf("%q gives %+v, %v; want it blamed on %q", row, sum, lines, field)
		}
	}
}
