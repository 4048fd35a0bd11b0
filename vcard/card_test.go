package vcard_test

import (
	"reflect"
	"testing"

	"contactpanel/vcard"
)

func TestPropertiesAreReadAsTheyWereMeant(t *testing.T) {
	base := func(change func(*vcard.Card)) vcard.Card {
		card := vcard.Card{Line: 1, Version: "4.0"}
		change(&card)
		return card
	}
	tests := []struct {
		name  string
		lines []string
		want  func(*vcard.Card)
	}{
		{"nothing", nil, func(*vcard.Card) {}},
		{"escapes of text", []string{`NOTE:a\, b\; c\nd\Ne \\n f\: \x\`}, func(c *vcard.Card) { c.Notes = []string{"a, b; c\nd\ne \\n f: \\x\\"} }},
		{"an escaped backslash before a semicolon of text", []string{`FN:a\\;b`}, func(c *vcard.Card) { c.FormattedName = `a\;b` }},
		{"components with escapes", []string{`N:Reich\; die Ältere;Rita\\;;;`}, func(c *vcard.Card) { c.FamilyName, c.GivenName = "Reich; die Ältere", `Rita\` }},
		{"name of one component", []string{"N:Reich"}, func(c *vcard.Card) { c.FamilyName = "Reich" }},
		{"the first name that says something", []string{"N:;;;;", "N:;Rita;;;"}, func(c *vcard.Card) { c.GivenName = "Rita" }},
		{"preferred formatted name", []string{"FN:One", "FN;PREF=1:Two"}, func(c *vcard.Card) { c.FormattedName = "Two" }},
		{"preference by number, by type, by order", []string{"EMAIL;PREF=50:c@x.example", "EMAIL:d@x.example", "EMAIL;TYPE=home,PREF:a@x.example", "EMAIL;PREF=2:b@x.example", "EMAIL;PREF=0:e@x.example"},
			func(c *vcard.Card) {
				c.Emails = []string{"a@x.example", "b@x.example", "c@x.example", "d@x.example", "e@x.example"}
			}},
		{"blank values are none", []string{"EMAIL:", "TEL: \t", `NOTE:\n`, "LANG:", "X-SOCIALPROFILE;TYPE=x:"}, func(*vcard.Card) {}},
		{"phones as written", []string{"TEL;VALUE=uri:tel:+49-30-23125000;ext=1", "TEL:030 23125 001"}, func(c *vcard.Card) { c.Phones = []string{"tel:+49-30-23125000;ext=1", "030 23125 001"} }},
		{"parameter without a name", []string{"TEL;WORK;VOICE:+4930", "EMAIL:b@x.example", "EMAIL;INTERNET;PREF:a@x.example"},
			func(c *vcard.Card) {
				c.Phones, c.Emails = []string{"+4930"}, []string{"a@x.example", "b@x.example"}
			}},
		{"quoted parameters", []string{`TEL;TYPE="work,voice";LABEL="a:b;c":+4930`, `EMAIL;TYPE="home","pref":b@x.example`, `URL;X-A="c:\temp\new":https://x.example`},
			func(c *vcard.Card) {
				c.Phones, c.Emails, c.URLs = []string{"+4930"}, []string{"b@x.example"}, []string{"https://x.example"}
			}},
		{"groups and lower case", []string{"item1.email;type=home:a@x.example", "ITEM-2.Note:n"}, func(c *vcard.Card) { c.Emails, c.Notes = []string{"a@x.example"}, []string{"n"} }},
		{"folded between the bytes of a character", []string{"NOTE:z\xc3", " \xbcrich", "\t  am See"}, func(c *vcard.Card) { c.Notes = []string{"zürich  am See"} }},
		{"folded before the colon", []string{"NO", " TE", " :n"}, func(c *vcard.Card) { c.Notes = []string{"n"} }},
		{"END folded into a text", []string{"NOTE:a", " END:VCARD", " BEGIN:VCARD"}, func(c *vcard.Card) { c.Notes = []string{"aEND:VCARDBEGIN:VCARD"} }},
		{"empty lines inside", []string{"", "NOTE:a", "", "LANG:de", ""}, func(c *vcard.Card) { c.Notes, c.Languages = []string{"a"}, []string{"de"} }},
		{"customer number", []string{"X-CUSTOMER-NUMBER: K-1 ", "X-CUSTOMER-NUMBER:K-1"}, func(c *vcard.Card) { c.CustomerNumber = "K-1" }},
		{"languages", []string{"X-LANG:it", "LANG;PREF=2:en", "LANG;PREF=1:de-CH"}, func(c *vcard.Card) { c.Languages = []string{"de-CH", "en", "it"} }},
		{"town", []string{"ADR;TYPE=home:;;;;;;Deutschland", `ADR;TYPE=work:1;2;Am Markt 1\, Hof;Köln\, Deutz;NRW;50667;Deutschland`}, func(c *vcard.Card) { c.Locality = "Köln, Deutz" }},
		{"the first town that says something", []string{"ADR:;;; ;;;", "ADR:;;;Köln;;;"}, func(c *vcard.Card) { c.Locality = "Köln" }},
		{"town of the preferred address", []string{"ADR:;;;Bonn;;;", "ADR;PREF=1:;;;Köln;;;"}, func(c *vcard.Card) { c.Locality = "Köln" }},
		{"address without a town", []string{"ADR:a;b", "ADR:;;; ;;;"}, func(*vcard.Card) {}},
		{"picture elsewhere", []string{"PHOTO:data:image/png;base64,AAAA", "PHOTO;VALUE=uri:https://x.example/a.png"}, func(c *vcard.Card) { c.PhotoURL = "https://x.example/a.png" }},
		{"picture inside or of another scheme", []string{"PHOTO;ENCODING=b;TYPE=JPEG:AAAA", "PHOTO:javascript:alert(1)", "PHOTO:file:///etc/hosts", "PHOTO:ftp://x.example/a.png", "PHOTO:https:"}, func(*vcard.Card) {}},
		{"what a contact does not hold", []string{"ORG:x;y", "X-ABC:1", "KEY:z"}, func(*vcard.Card) {}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, want := readOne(t, wrap("4.0", tt.lines...)), base(tt.want); !reflect.DeepEqual(got, want) {
				t.Errorf("%q gives\n%+v, want\n%+v", tt.lines, got, want)
			}
		})
	}
}

func TestAProfileNamesItsNetworkAndItsPerson(t *testing.T) {
	tests := []struct{ name, line, network, handle, url string }{
		{"type names the network", "X-SOCIALPROFILE;TYPE=Instagram:https://a.example/rita", "instagram", "rita", "https://a.example/rita"},
		{"type says how it is used, too", "X-SOCIALPROFILE;type=pref;type=home,Facebook:https://a.example/rita", "facebook", "rita", "https://a.example/rita"},
		{"group", "item1.X-SOCIALPROFILE;TYPE=x:https://a.example/rita", "x", "rita", "https://a.example/rita"},
		{"standard", `SOCIALPROFILE;TYPE=work;SERVICE-TYPE=Mastodon;USERNAME="Rita":https://a.example/@r`, "mastodon", "Rita", "https://a.example/@r"},
		{"user name with an at, a comma and a quotation mark", `SOCIALPROFILE;SERVICE-TYPE=x;USERNAME="@Rita, ^'R^'":https://a.example/r`, "x", `Rita, "R"`, "https://a.example/r"},
		{"user name with backslashes", `SOCIALPROFILE;SERVICE-TYPE=x;USERNAME="a\nb\\":https://a.example/r`, "x", `a\nb\\`, "https://a.example/r"},
		{"user name with backslashes, not quoted", `SOCIALPROFILE;SERVICE-TYPE=x;USERNAME=a\nb\\:https://a.example/r`, "x", `a\nb\\`, "https://a.example/r"},
		{"user name without an address", "SOCIALPROFILE;SERVICE-TYPE=x;USERNAME=rita:", "x", "rita", ""},
		{"text", "SOCIALPROFILE;VALUE=text;SERVICE-TYPE=X:a:rita", "x", "a:rita", ""},
		{"text with an at", "X-SOCIALPROFILE;TYPE=x:@rita", "x", "rita", ""},
		{"text without a network", "X-SOCIALPROFILE:rita", "other", "rita", ""},
		{"messenger", "IMPP;X-SERVICE-TYPE=WhatsApp;type=HOME:whatsapp:+493023125000", "whatsapp", "+493023125000", ""},
		{"messenger by scheme only", "IMPP;TYPE=personal,pref:xmpp:rita@x.example", "other", "rita@x.example", ""},
		{"network of the host", "X-SOCIALPROFILE:https://instagram.com/rita", "instagram", "rita", "https://instagram.com/rita"},
		{"network of a host below", "X-SOCIALPROFILE:https://WWW.Facebook.com/rita/", "facebook", "rita", "https://WWW.Facebook.com/rita/"},
		{"network x", "X-SOCIALPROFILE:https://x.com/rita?s=20#top", "x", "rita", "https://x.com/rita?s=20#top"},
		{"network x, by its old name", "X-SOCIALPROFILE:http://twitter.com/@rita", "x", "rita", "http://twitter.com/@rita"},
		{"network linkedin", "X-SOCIALPROFILE:https://de.linkedin.com/in/rita-reich", "linkedin", "rita-reich", "https://de.linkedin.com/in/rita-reich"},
		{"network telegram", "X-SOCIALPROFILE:https://t.me/rita", "telegram", "rita", "https://t.me/rita"},
		{"network whatsapp", "X-SOCIALPROFILE:https://wa.me/493023125000", "whatsapp", "493023125000", "https://wa.me/493023125000"},
		{"number in the query", "X-SOCIALPROFILE:https://api.whatsapp.com/send?phone=493023125000", "whatsapp", "493023125000", "https://api.whatsapp.com/send?phone=493023125000"},
		{"number instead of a name", "X-SOCIALPROFILE:https://facebook.com/profile.php?id=1000", "facebook", "1000", "https://facebook.com/profile.php?id=1000"},
		{"a host that only looks alike", "X-SOCIALPROFILE:https://notx.com/rita", "other", "rita", "https://notx.com/rita"},
		{"the named network counts before the host", "X-SOCIALPROFILE;TYPE=other:https://x.com/rita", "other", "rita", "https://x.com/rita"},
		{"percent", "X-SOCIALPROFILE;TYPE=x:https://a.example/m%C3%BCller%2Fx", "x", "müller/x", "https://a.example/m%C3%BCller%2Fx"},
		{"percent that gives no text", "X-SOCIALPROFILE;TYPE=x:https://a.example/%FF", "x", "%FF", "https://a.example/%FF"},
		{"address of nobody", "X-SOCIALPROFILE;TYPE=x:https://a.example/", "x", "", "https://a.example/"},
		{"another scheme is no address", "X-SOCIALPROFILE;TYPE=x:x-apple:rita", "x", "rita", ""},
		{"an address for no browser", "X-SOCIALPROFILE;TYPE=x:ftp://a.example/rita", "x", "rita", ""},
		{"a script is no address", "X-SOCIALPROFILE;TYPE=x:javascript:alert(1)", "x", "alert(1)", ""},
		{"no URL at all", "X-SOCIALPROFILE;TYPE=x:http://[", "x", "http://[", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := []vcard.Profile{{Network: tt.network, Handle: tt.handle, URL: tt.url}}
			if got := readOne(t, wrap("4.0", tt.line)).Profiles; !reflect.DeepEqual(got, want) {
				t.Errorf("%q gives %+v, want %+v", tt.line, got, want)
			}
		})
	}
}

func TestProfilesComeInTheOrderOfTheirProperties(t *testing.T) {
	got := readOne(t, wrap("3.0", "IMPP;X-SERVICE-TYPE=sms:sms:3", "SOCIALPROFILE;SERVICE-TYPE=x:2", "X-SOCIALPROFILE;TYPE=x:1", "X-SOCIALPROFILE;TYPE=x,pref:0"))
	var handles []string
	for _, profile := range got.Profiles {
		handles = append(handles, profile.Handle)
	}
	if want := []string{"0", "1", "2", "3"}; !reflect.DeepEqual(handles, want) || got.Version != "3.0" {
		t.Errorf("handles are %q of version %s, want %q", handles, got.Version, want)
	}
}

func TestAnErrorSaysLineFieldAndReason(t *testing.T) {
	for want, err := range map[string]vcard.Error{
		"line 12: phone: has letters":      {Line: 12, Field: "phone", Reason: "has letters"},
		"line 3: stands outside of a card": {Line: 3, Reason: "stands outside of a card"},
	} {
		if got := err.Error(); got != want {
			t.Errorf("Error() = %q, want %q", got, want)
		}
	}
}
