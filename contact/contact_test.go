package contact_test

import (
	"strings"
	"testing"

	"contactpanel/contact"
)

func TestAProfileHasThePageThatItsNetworkKeepsForIt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   contact.Profile
		want string // "" for none
	}{
		{contact.Profile{Network: contact.Instagram, Handle: "a/b?c"}, "https://www.instagram.com/a%2Fb%3Fc/"},
		{contact.Profile{Network: contact.Facebook, Handle: "nia"}, "https://www.facebook.com/nia"},
		{contact.Profile{Network: contact.LinkedIn, Handle: "nia"}, "https://www.linkedin.com/in/nia/"},
		{contact.Profile{Network: contact.X, Handle: "nia"}, "https://x.com/nia"},
		{contact.Profile{Network: contact.Telegram, Handle: "nia"}, "https://t.me/nia"},
		{contact.Profile{Network: contact.WhatsApp, Handle: "+493023125000"}, "https://wa.me/493023125000"},
		{contact.Profile{Network: contact.WhatsApp, Handle: "nia"}, ""},
		{contact.Profile{Network: contact.WhatsApp, Handle: "+"}, ""},
		{contact.Profile{Network: contact.SMS, Handle: "+493023125000"}, ""},
		{contact.Profile{Network: contact.EmailNetwork, Handle: "n@x.example"}, ""},
		{contact.Profile{Network: contact.OtherNetwork, Handle: "nia"}, ""},
		{contact.Profile{Network: contact.OtherNetwork, Handle: "nia", ProfileURL: "https://o.example/nia"}, "https://o.example/nia"},
		{contact.Profile{Network: contact.X, Handle: "nia", ProfileURL: "https://o.example/nia"}, "https://o.example/nia"},
	}
	for _, tt := range tests {
		got := tt.in.Address()
		if (got == nil) != (tt.want == "") || got != nil && *got != tt.want {
			t.Errorf("the page of %+v is %v, want %q", tt.in, got, tt.want)
		}
	}
	if p := (contact.Profile{}); p.Name() != nil || p.Avatar() != nil {
		t.Errorf("an empty profile has the name %v and the picture %v", p.Name(), p.Avatar())
	}
	if p := (contact.Profile{DisplayName: "Nia", AvatarURL: "https://a.example"}); *p.Name() != "Nia" || *p.Avatar() != "https://a.example" {
		t.Errorf("the profile has the name %v and the picture %v", *p.Name(), *p.Avatar())
	}
}

func TestAContactShowsItsOwnPictureElseAProfiles(t *testing.T) {
	t.Parallel()
	profiles := []contact.Profile{{Handle: "a"}, {Handle: "b", AvatarURL: "https://b.example"}}
	for _, tt := range []struct {
		in   contact.Contact
		want string
	}{
		{contact.Contact{AvatarURL: "https://own.example", Profiles: profiles}, "https://own.example"},
		{contact.Contact{Profiles: profiles}, "https://b.example"},
		{contact.Contact{Profiles: profiles[:1]}, ""},
		{contact.Contact{}, ""},
	} {
		got := tt.in.Avatar()
		if (got == nil) != (tt.want == "") || got != nil && *got != tt.want {
			t.Errorf("the picture of %+v is %v, want %q", tt.in, got, tt.want)
		}
	}
	if p := (&contact.Contact{Profiles: profiles}).PrimaryProfile(); p == nil || p.Handle != "a" {
		t.Errorf("the primary profile is %+v", p)
	}
	if p := (&contact.Contact{}).PrimaryProfile(); p != nil {
		t.Errorf("a contact without profiles has the primary profile %+v", p)
	}
}

func TestNetworksAreReadWithoutCase(t *testing.T) {
	t.Parallel()
	for _, n := range contact.Networks() {
		for _, written := range []string{string(n), " " + strings.ToLower(string(n)) + "\t"} {
			if got, ok := contact.ParseNetwork(written); !ok || got != n {
				t.Errorf("ParseNetwork(%q) = %q, %v", written, got, ok)
			}
		}
	}
	for _, written := range []string{"", "insta", "x\x00"} {
		if got, ok := contact.ParseNetwork(written); ok {
			t.Errorf("ParseNetwork(%q) = %q", written, got)
		}
	}
}
