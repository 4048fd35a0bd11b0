package phone_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"

	"contactpanel/phone"
)

func TestE164ReadsWhatPeopleWrite(t *testing.T) {
	tests := []struct {
		name, number, region, want string
	}{
		{"international", "+49 30 23125000", "", "+493023125000"},
		{"international, with a region of another country", "+49 30 23125000", "US", "+493023125000"},
		{"international, with a region nobody knows", "+49 30 23125000", "QQ", "+493023125000"},
		{"national with trunk prefix", "069 90009 077", "DE", "+496990009077"},
		{"national, region in lower case", "069 90009 077", "de", "+496990009077"},
		{"international dialling prefix of the region", "0049 69 90009077", "DE", "+496990009077"},
		{"international dialling prefix of another region", "011 44 20 7946 0000", "US", "+442079460000"},
		{"trunk prefix in brackets after the country code", "+49 (0)30 23125", "", "+493023125"},
		{"country code in brackets", "(+49) 30 23125000", "", "+493023125000"},
		{"a zero that belongs to the number", "+39 06 1234 5678", "", "+390612345678"},
		{"fiction in Washington", "(202) 555-0100", "US", "+12025550100"},
		{"fiction in London", "+44 20 7946 0000", "", "+442079460000"},
		{"fiction in Berlin, first", "+49 30 23125000", "", "+493023125000"},
		{"fiction in Berlin, last", "+49 30 23125999", "", "+493023125999"},
		{"fiction in Frankfurt", "+49 69 90009001", "", "+496990009001"},
		{"no-break and narrow no-break space", "+49\u00a030\u202f23125000", "", "+493023125000"},
		{"tabulator", "+49\t30\t23125000", "", "+493023125000"},
		{"dashes, minus, dots and slashes", "+49‐30–231—25\u22120.0/0", "", "+493023125000"},
		{"white space around", "\t+49 30 23125000 \n", "", "+493023125000"},
		{"tel URI", "tel:+49-30-23125000", "", "+493023125000"},
		{"tel URI in capitals", "TEL:+493023125000", "", "+493023125000"},
		{"tel URI with a local number", "tel:030-23125000", "DE", "+493023125000"},
		{"no country", "+800 1234 5678", "", "+80012345678"},
		{"forty characters", "+49 30 23125000" + strings.Repeat(" ", 25), "", "+493023125000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := phone.Book{}.E164(tt.number, tt.region)
			if err != nil || got != tt.want {
				t.Errorf("E164(%q, %q) = %q, %v; want %q", tt.number, tt.region, got, err, tt.want)
			}
		})
	}
}

func TestE164SaysWhyItRefuses(t *testing.T) {
	const needsRegion = "is a national number and needs a region; write it with + and the country code"
	tests := []struct {
		name, number, region, want string
	}{
		{"nothing", "", "DE", "has no digits"},
		{"white space", " \u00a0", "DE", "has no digits"},
		{"a plus alone", "+", "DE", "has no digits"},
		{"tel alone", "tel:", "DE", "has no digits"},
		{"words", "call me", "DE", "has letters"},
		{"a mark of an extension before any digit", "x12", "DE", "has letters"},
		{"vanity number", "1-800-FLOWERS", "US", "has letters"},
		{"letters of another script", "+49 30 2312500а", "", "has letters"},
		{"too short anywhere", "+49 1", "", "is too short to be a number anywhere"},
		{"two digits", "12", "DE", "has no area code"},
		{"two digits and no region", "12", "", needsRegion},
		{"no area code", "555-0100", "US", "has no area code"},
		{"too short in its country", "+1 202 555 010", "", "is too short for a number of its country"},
		{"too long in its country", "+1 202 555 01000", "", "is too long for a number of its country"},
		{"too long anywhere", "+49 123456789 123456789", "", "is too long to be a number anywhere"},
		{"seventeen digits", "+49 123456789 123456", "", "has more than 15 digits"},
		{"country code of nobody", "+999 1234567", "", "begins with a country code that does not exist"},
		{"country code beginning with 0", "+0 1234567", "", "begins with a country code that does not exist"},
		{"national without region", "030 23125000", "", needsRegion},
		{"international dialling prefix without region", "0049 30 23125000", "", needsRegion},
		{"national with a region nobody knows", "030 23125000", "QQ",
			"has a region for national numbers that is not known; write the number with + and the country code"},
		{"extension by x", "+49 30 23125000 x12", "", "has an extension; write the number alone"},
		{"extension by word", "+49 30 23125000 ext. 12", "", "has an extension; write the number alone"},
		{"extension by sign", "+49 30 23125000 #12", "", "has an extension; write the number alone"},
		{"extension of a tel URI", "tel:+493023125000;ext=12", "", "has parameters after the number; write the number alone"},
		{"context of a tel URI", "tel:23125000;phone-context=+4930", "", "has parameters after the number; write the number alone"},
		{"plus inside", "49+3023125000", "", "has a + that is not at its beginning"},
		{"two plus", "++49 30 23125000", "", "has a + that is not at its beginning"},
		{"invisible mark", "\u202a+49 30 23125000", "", "has invisible characters; type it anew"},
		{"Arabic digits", "+٤٩٣٠٢٣١٢٥٠٠٠", "", "has digits other than 0 to 9"},
		{"star code", "*100#", "DE", "has characters that no phone number has"},
		{"broken UTF-8", "+49 30 \xff23125000", "", "has characters that no phone number has"},
		{"forty-one characters", "+49 30 23125000" + strings.Repeat(" ", 26), "", "has more than 40 characters"},
		{"two numbers", "+49 30 23125000, +49 30 23125001", "", "has characters that no phone number has"},
		{"a prefix before the prefix", "+49 0 0 30 23125000", "",
			"can be read in more than one way; write it with + and the country code, without any prefix"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := phone.Book{}.E164(tt.number, tt.region)
			if err == nil || err.Error() != tt.want {
				t.Errorf("E164(%q, %q) = %q, %v; want the reason %q", tt.number, tt.region, got, err, tt.want)
			}
		})
	}
}

func TestANumberIsShownInternationallyAndDialledNationally(t *testing.T) {
	tests := []struct{ e164, display, national string }{
		{"+493023125000", "+49 30 23125000", "03023125000"},
		{"+12025550100", "+1 202-555-0100", "2025550100"},
		{"+442079460000", "+44 20 7946 0000", "02079460000"},
		{"+390612345678", "+39 06 1234 5678", "0612345678"},
		{"+3612345678", "+36 1 234 5678", "0612345678"},
		{"+80012345678", "+800 1234 5678", ""},
		{"", "", ""},
		{"+", "+", ""},
		{"call me", "call me", ""},
		{"03023125000", "03023125000", ""},
		{"+49 30 23125000", "+49 30 23125000", ""},
		{"+4903023125000", "+4903023125000", ""},
		{"+999123456", "+999123456", ""},
		{"+4930231250001234567890", "+4930231250001234567890", ""},
	}
	for _, tt := range tests {
		if got := (phone.Book{}).Display(tt.e164); got != tt.display {
			t.Errorf("Display(%q) = %q, want %q", tt.e164, got, tt.display)
		}
		if got := (phone.Book{}).National(tt.e164); got != tt.national {
			t.Errorf("National(%q) = %q, want %q", tt.e164, got, tt.national)
		}
	}
}

func TestRegionsAreKnownByTheirTwoLetters(t *testing.T) {
	for region, want := range map[string]bool{
		"DE": true, "de": true, "US": true, "XK": true,
		"": false, "D": false, "DEU": false, "QQ": false, "ZZ": false, "001": false,
	} {
		if got := (phone.Book{}).Region(region); got != want {
			t.Errorf("Region(%q) = %v, want %v", region, got, want)
		}
	}
}

func TestEveryCountrysNumberSurvivesEachWriting(t *testing.T) {
	book := phone.Book{}
	for region := range phonenumbers.GetSupportedRegions() {
		e164 := phonenumbers.Format(phonenumbers.GetExampleNumber(region), phonenumbers.E164)
		for _, written := range []string{e164, "tel:" + e164, book.Display(e164), book.National(e164)} {
			if got, err := book.E164(written, region); err != nil || got != e164 {
				t.Errorf("E164(%q, %q) = %q, %v; want %q", written, region, got, err, e164)
			}
		}
	}
}

func TestAnAcceptedNumberNeverMoves(t *testing.T) {
	book := phone.Book{}
	regions := []string{"", "DE", "US", "GB", "IT", "AR", "BR", "HU", "RU", "CN", "MX", "FR"}
	rapid.Check(t, func(t *rapid.T) {
		written := rapid.StringMatching(`(tel:)?\+?[0-9 ()/.-]{1,24}`).Draw(t, "written")
		region := rapid.SampledFrom(regions).Draw(t, "region")
		e164, err := book.E164(written, region)
		if err != nil {
			return
		}
		for _, region := range regions {
			if again, err := book.E164(e164, region); err != nil || again != e164 {
				t.Fatalf("E164(%q) = %q, but E164 of that in %q = %q, %v", written, e164, region, again, err)
			}
		}
		shown := book.Display(e164)
		if again, err := book.E164(shown, ""); err != nil || again != e164 {
			t.Fatalf("E164(%q) = %q, shown as %q, which reads as %q, %v", written, e164, shown, again, err)
		}
	})
}

func TestABookIsSharedByManyReaders(t *testing.T) {
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for region := range phonenumbers.GetSupportedRegions() {
				e164 := phonenumbers.Format(phonenumbers.GetExampleNumber(region), phonenumbers.E164)
				if got, err := (phone.Book{}).E164(e164, ""); err != nil || got != e164 {
					t.Errorf("E164(%q) = %q, %v", e164, got, err)
				}
			}
		})
	}
	group.Wait()
}

func FuzzE164(f *testing.F) {
	f.Add("+49 (0)30 23125", "DE")
	f.Add("tel:+12025550100", "")
	f.Add("1-800-FLOWERS", "US")
	f.Add("\xff+", "001")
	f.Fuzz(func(t *testing.T, number, region string) {
		got, err := phone.Book{}.E164(number, region)
		if err != nil {
			if strings.ContainsAny(number, "0123456789") && len(number) > 2 && strings.Contains(err.Error(), number) {
				t.Errorf("the reason %q repeats the number %q", err, number)
			}
			return
		}
		if again, err := (phone.Book{}).E164(got, region); err != nil || again != got {
			t.Errorf("E164(%q) = %q, read again %q, %v", number, got, again, err)
		}
	})
}

func BenchmarkE164(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (phone.Book{}).E164("069 90009 077", "DE"); err != nil {
			b.Fatal(err)
		}
	}
}
