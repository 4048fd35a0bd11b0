package idn_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"contactpanel/idn"
)

func TestASCIIIsTheFormThatServersCompare(t *testing.T) {
	label63 := strings.Repeat("a", 63)
	longest := strings.Join([]string{label63, label63, label63, strings.Repeat("b", 61)}, ".")
	tests := []struct{ name, domain, want string }{
		{"plain", "example.com", "example.com"},
		{"upper case", "Example.COM", "example.com"},
		{"umlaut", "bücher.example", "xn--bcher-kva.example"},
		{"umlaut in capitals", "BÜCHER.Example", "xn--bcher-kva.example"},
		{"umlaut taken apart", "bu\u0308cher.example", "xn--bcher-kva.example"},
		{"A-label", "xn--bcher-kva.example", "xn--bcher-kva.example"},
		{"A-label in capitals", "XN--BCHER-KVA.example", "xn--bcher-kva.example"},
		{"sharp s is a letter of its own", "straße.example", "xn--strae-oqa.example"},
		{"final sigma is a letter of its own", "ςα.example", "xn--mxa7a.example"},
		{"digits and hyphens", "1-2.3m.example", "1-2.3m.example"},
		{"full width", "ｅｘａｍｐｌｅ.com", "example.com"},
		{"ideographic full stop", "例え。テスト", "xn--r8jz45g.xn--zckzah"},
		{"right to left", "אב.example", "xn--4dbc.example"},
		{"joiner in its context", "ن\u200cا.example", "xn--mgb5d845h.example"},
		{"middle dot of Catalan", "col·lega.example", "xn--collega-xma.example"},
		{"label of 63", label63 + ".example", label63 + ".example"},
		{"domain of 253", longest, longest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := (idn.Domains{}).ASCII(tt.domain); err != nil || got != tt.want {
				t.Errorf("ASCII(%q) = %q, %v; want %q", tt.domain, got, err, tt.want)
			}
		})
	}
}

func TestASCIISaysWhyItRefuses(t *testing.T) {
	label63 := strings.Repeat("a", 63)
	const (
		notADomain = "is not a domain name"
		noDomain   = "has a character that no domain has"
		emptyPart  = "has an empty part between its dots"
	)
	tests := []struct{ name, domain, want string }{
		{"nothing", "", "is empty"},
		{"no dot", "localhost", "has no dot"},
		{"umlaut without dot", "bücher", "has no dot"},
		{"dot at the end", "example.com.", emptyPart},
		{"ideographic dot at the end", "example.com。", emptyPart},
		{"dot at the beginning", ".example.com", emptyPart},
		{"dot alone", ".", emptyPart},
		{"two dots", "example..com", emptyPart},
		{"label that is mapped away", "\u00ad.com", emptyPart},
		{"underscore", "a_b.example", notADomain},
		{"space", "a b.example", "has white space in its domain"},
		{"no-break space", "a\u00a0b.example", "has white space in its domain"},
		{"line end", "example.com\n", "has white space in its domain"},
		{"NUL", "a\x00b.example", notADomain},
		{"broken UTF-8", "a\xffb.example", "has bytes that are no UTF-8"},
		{"replacement character", "a\ufffdb.example", notADomain},
		{"another at", "a@b.example", notADomain},
		{"address literal", "[192.0.2.1]", notADomain},
		{"address", "192.0.2.1", "ends in a number"},
		{"hyphen at the beginning", "-a.example", notADomain},
		{"hyphen at the end", "a-.example", notADomain},
		{"hyphens in third place", "ab--c.example", notADomain},
		{"A-label of nothing", "xn--.example", emptyPart},
		{"A-label of ASCII", "xn--a-.example", notADomain},
		{"A-label of a control character", "xn--a.example", notADomain},
		{"emoji", "i❤.example", noDomain},
		{"emoji in an A-label", "xn--i-7iq.example", noDomain},
		{"symbol", "√.example", noDomain},
		{"letter that is disallowed by name", "مـن.example", noDomain},
		{"joiner outside its context", "a\u200db.example", notADomain},
		{"both directions in a label", "א1a.example", notADomain},
		{"label of 64", label63 + "a.example", "has a part of more than 63 characters"},
		{"label of 64 in ASCII", strings.Repeat("ü", 60) + ".example", "has a part of more than 63 characters"},
		{"domain of 254", strings.Join([]string{label63, label63, label63, strings.Repeat("b", 62)}, "."), "is longer than a domain may be"},
		{"a megabyte", strings.Repeat("a.", 1<<19) + "example", "is longer than a domain may be"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := (idn.Domains{}).ASCII(tt.domain); err == nil || err.Error() != tt.want {
				t.Errorf("ASCII(%.80q) = %q, %v; want the reason %q", tt.domain, got, err, tt.want)
			}
		})
	}
}

func TestATextThatIsMuchTooLongIsNotConverted(t *testing.T) {
	domain := strings.Repeat("ü.", 1<<16) + "example"
	if n := testing.AllocsPerRun(10, func() { _, _ = (idn.Domains{}).ASCII(domain) }); n > 10 {
		t.Errorf("refusing a domain of %d bytes allocates %v times, want at most 10", len(domain), n)
	}
}

func TestAnAcceptedDomainNeverMoves(t *testing.T) {
	letters := rapid.SampledFrom([]rune("abzAZ09-.üßÉςאمن例テ·\u200c\u00ad_❤。ａ\u0308"))
	rapid.Check(t, func(t *rapid.T) {
		domain := string(rapid.SliceOfN(letters, 1, 12).Draw(t, "domain")) + rapid.SampledFrom([]string{"", ".example"}).Draw(t, "end")
		checkStable(t, domain)
	})
}

func FuzzASCII(f *testing.F) {
	for _, seed := range []string{"bücher.example", "xn--bcher-kva.example", "א.example", "a\xff.b", "i❤.ws"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, domain string) { checkStable(t, domain) })
}

// checkStable holds for every input: a refusal, or ASCII within the limits that is read back unchanged.
func checkStable(t rapid.TB, domain string) {
	t.Helper()
	ascii, err := idn.Domains{}.ASCII(domain)
	if err != nil {
		return
	}
	if strings.Trim(ascii, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" || len(ascii) > 253 || !strings.Contains(ascii, ".") {
		t.Errorf("ASCII(%q) = %q, which is no domain in ASCII", domain, ascii)
	}
	if again, err := (idn.Domains{}).ASCII(ascii); err != nil || again != ascii {
		t.Errorf("ASCII(%q) = %q, read again %q, %v", domain, ascii, again, err)
	}
}
