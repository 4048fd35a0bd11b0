package language_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"contactpanel/language"
)

func TestTagIsCanonical(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"language", "de", "de"},
		{"upper case", "DE", "de"},
		{"with region", "de-ch", "de-CH"},
		{"underscore", "de_CH", "de-CH"},
		{"three letters of a language that has two", "deu", "de"},
		{"the library's own code", "ger", "de"},
		{"three letters of a language that has no other", "gsw", "gsw"},
		{"script", "zh-hant-tw", "zh-Hant-TW"},
		{"region of many countries", "es-419", "es-419"},
		{"region by number", "de-276", "de-DE"},
		{"deprecated language", "iw", "he"},
		{"variant", "de-1901", "de-1901"},
		{"grandfathered", "i-klingon", "tlh"},
		{"macrolanguage", "no", "no"},
		{"Kosovo", "sq-xk", "sq-XK"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := language.New().Tag(tt.in); err != nil || got != tt.want {
				t.Errorf("Tag(%q) = %q, %v; want %q", tt.in, got, err, tt.want)
			}
		})
	}
}

func TestTagSaysWhyItRefuses(t *testing.T) {
	const (
		noTag     = "is not a language tag such as de or de-CH"
		unknown   = "has a language, script or region that is not known"
		extended  = "has an extension or private part; write only language, script and region"
		private   = "has a language, script or region for private use"
		noneAtAll = "names no particular language"
	)
	tests := []struct{ name, in, want string }{
		{"nothing", "", noTag},
		{"wildcard", "*", noTag},
		{"word with signs", "klingonisch!!", noTag},
		{"name of a language", "Deutsch", noTag},
		{"white space around", " de", noTag},
		{"hyphen at the end", "de-", noTag},
		{"two regions", "de-DE-CH", noTag},
		{"region after the variants", "de-oxendict-1901-de", noTag},
		{"character set of a locale", "de_DE.UTF-8", noTag},
		{"broken UTF-8", "d\xff", noTag},
		{"language nobody has registered", "xx", unknown},
		{"script nobody has registered", "de-Abcd", unknown},
		{"region nobody has registered", "de-AB", unknown},
		{"region for trials", "de-XB", private},
		{"region of private use", "de-QM", private},
		{"unknown region", "de-ZZ", private},
		{"language of private use", "qaa", private},
		{"script of private use", "de-Qaaa", private},
		{"undetermined", "und", noneAtAll},
		{"undetermined with region", "und-DE", noneAtAll},
		{"root", "root", noneAtAll},
		{"several languages", "mul", noneAtAll},
		{"uncoded", "mis", noneAtAll},
		{"no language", "zxx", noneAtAll},
		{"Unicode extension", "de-u-co-phonebk", extended},
		{"variant that means an extension", "en-US-posix", extended},
		{"private part", "de-x-bavarian", extended},
		{"private part alone", "x-bavarian", extended},
		{"more than 35 characters", "de-Latn-DE-1901-1996-abcde-abcdefgh-", "has more than 35 characters, which no language tag has"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := language.New().Tag(tt.in); err == nil || err.Error() != tt.want {
				t.Errorf("Tag(%q) = %q, %v; want the reason %q", tt.in, got, err, tt.want)
			}
		})
	}
}

func TestALanguageIsFoundByItsName(t *testing.T) {
	tags := language.New()
	tests := []struct{ name, want string }{
		{"Deutsch", "de"},
		{"German", "de"},
		{"DEUTSCH", "de"},
		{" deutsch\t", "de"},
		{"Englisch", "en"},
		{"English", "en"},
		{"Französisch", "fr"},
		{"FRANZÖSISCH", "fr"},
		{"français", "fr"},
		{"Türkçe", "tr"},
		{"Ελληνικά", "el"},
		{"ΕΛΛΗΝΙΚΆ", "el"},
		{"Русский", "ru"},
		{"العربية", "ar"},
		{"中文", "zh"},
		{"Portugiesisch", "pt"},
		{"português", "pt"},
		{"Nederlands", "nl"},
		{"Flämisch", "nl-BE"},
		{"Brazilian Portuguese", "pt-BR"},
		{"Schweizer Hochdeutsch", "de-CH"},
		{"Schweizerdeutsch", "gsw"},
		{"Norwegisch", "no"},
		{"Norwegian", "no"},
		{"norsk bokmål", "nb"},
		{"Norwegisch Bokmål", "nb"},
		{"norsk nynorsk", ""},
		{"Nynorsk", "nn"},
		{"Klingonisch", "tlh"},
		{"klingonisch!!", ""},
		{"Mehrsprachig", ""},
		{"Unbekannte Sprache", ""},
		{"de", ""},
		{"", ""},
		{" ", ""},
		{"deutsch\xff", ""},
		{strings.Repeat("Deutsch", 1000), ""},
	}
	for _, tt := range tests {
		if got, ok := tags.Named(tt.name); got != tt.want || ok != (tt.want != "") {
			t.Errorf("Named(%.40q) = %q, %v; want %q", tt.name, got, ok, tt.want)
		}
	}
}

func TestALanguageIsNamedForTheViewer(t *testing.T) {
	tests := []struct{ tag, locale, want string }{
		{"de", "de", "Deutsch"},
		{"de", "en", "German"},
		{"de", "en-GB", "German"},
		{"de", "de-AT", "Deutsch"},
		{"de-CH", "de", "Schweizer Hochdeutsch"},
		{"de-CH", "en", "Swiss High German"},
		{"de-DE", "de", "Deutsch (Deutschland)"},
		{"de-DE", "en", "German (Germany)"},
		{"fr", "fr", "français"},
		{"tlh", "de", "Klingonisch"},
		{"xtg", "de", "xtg"},
		{"de", "xx", "de"},
		{"de", "", "de"},
		{"no tag", "de", "no tag"},
		{"", "de", ""},
		{"de", "en-x-" + strings.Repeat("abcdefgh-", 100) + "a", "de"},
		{"de-Latn-DE-x-abcdefgh-abcdefgh-abcdefgh", "de", "de-Latn-DE-x-abcdefgh-abcdefgh-abcdefgh"},
	}
	for _, tt := range tests {
		if got := language.New().Name(tt.tag, tt.locale); got != tt.want {
			t.Errorf("Name(%q, %q) = %q, want %q", tt.tag, tt.locale, got, tt.want)
		}
	}
}

func TestALanguageIsFoundByTheNameItIsShownWith(t *testing.T) {
	tags := language.New()
	for _, tag := range strings.Fields("de en fr it es pt nl pl cs da sv fi hu tr ru uk el ar he zh ja ko nb nn sr hr sl gsw") {
		for _, locale := range []string{"de", "en", tag} {
			name := tags.Name(tag, locale)
			if got, ok := tags.Named(name); !ok || got != tag {
				t.Errorf("Named(%q) = %q, %v; that is how %s is called in %s", name, got, ok, tag, locale)
			}
		}
	}
}

func TestPreferredReadsTheHeader(t *testing.T) {
	var many, wanted []string
	for _, tag := range strings.Fields("de en fr it es pt nl pl cs da sv fi") {
		many = append(many, tag)
		if len(wanted) < 10 {
			wanted = append(wanted, tag)
		}
	}
	tests := []struct {
		name, header string
		want         []string
	}{
		{"nothing", "", nil},
		{"one", "de", []string{"de"}},
		{"a browser's", "de-CH,de;q=0.9,en-US;q=0.8,en;q=0.7", []string{"de-CH", "de", "en-US", "en"}},
		{"in order of quality", "en;q=0.1, de;q=0.9, fr", []string{"fr", "de", "en"}},
		{"header's order among equals", "it;q=0.5,de;q=0.5,fr;q=0.5", []string{"it", "de", "fr"}},
		{"quality 0", "de;q=0,en;q=0.0,fr;q=0.000", nil},
		{"wildcard", "*,de;q=0.5,*;q=0.1", []string{"de"}},
		{"canonical", "DE_ch", []string{"de-CH"}},
		{"each once, with its best quality", "de;q=0.2,en;q=0.5,DE;q=0.7", []string{"de", "en"}},
		{"blanks", " de ; q = 0.5 ,\ten\t", []string{"en", "de"}},
		{"empty entries", ",,de,,", []string{"de"}},
		{"capital q", "de;Q=0.3,en", []string{"en", "de"}},
		{"broken entries", "de;q=x,en;q=,fr;p=1,;q=1,klingonisch!!,it;q=2,es;q=-1,pt;q=NaN,nl;q=1e-1,pl;q=.5.", nil},
		{"broken beside good", "\xff\x00,de;q=0.5,und,x-private,en", []string{"en", "de"}},
		{"at most ten", strings.Join(many, ","), wanted},
		{"too long, whole entries count", "de,en" + strings.Repeat(" ", 1016) + ",fr,it", []string{"de", "en", "fr"}},
		{"too long, the cut entry does not", "de,en" + strings.Repeat(" ", 1014) + ",fr-CH,it", []string{"de", "en"}},
		{"too long, no comma", strings.Repeat("d", 5000), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := language.New().Preferred(tt.header); !slices.Equal(got, tt.want) {
				t.Errorf("Preferred(%.60q) = %q, want %q", tt.header, got, tt.want)
			}
		})
	}
}

func TestTagsAreSharedByManyReaders(t *testing.T) {
	tags := language.New()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if got, ok := tags.Named("Deutsch"); !ok || got != "de" {
				t.Errorf("Named(Deutsch) = %q, %v", got, ok)
			}
			if got := tags.Name("de-CH", "en"); got != "Swiss High German" {
				t.Errorf("Name(de-CH, en) = %q", got)
			}
		})
	}
	group.Wait()
}

func TestAnAcceptedTagNeverMoves(t *testing.T) {
	tags := language.New()
	part := rapid.SampledFrom(strings.Fields("de deu DE ger sh iw no nb zh yue cmn i sgn art en-GB CH UK DD XK 419 276 001 Latn hant 1901 oed oxendict rozaj x u a posix klingon"))
	rapid.Check(t, func(t *rapid.T) {
		written := strings.Join(rapid.SliceOfN(part, 1, 5).Draw(t, "parts"), rapid.SampledFrom([]string{"-", "_"}).Draw(t, "joint"))
		checkTag(t, tags, written)
	})
}

func FuzzTag(f *testing.F) {
	for _, seed := range []string{"de-CH", "en-GB-oed", "i-klingon", "zh-min-nan", "de-u-co-phonebk", "x-a", "\xff"} {
		f.Add(seed)
	}
	tags := language.New()
	f.Fuzz(func(t *testing.T, written string) {
		checkTag(t, tags, written)
		tags.Name(written, written)
		if tag, ok := tags.Named(written); ok {
			checkTag(t, tags, tag)
		}
	})
}

// checkTag holds for every text: a refusal, or a tag that is read back unchanged.
func checkTag(t rapid.TB, tags *language.Tags, written string) {
	t.Helper()
	tag, err := tags.Tag(written)
	if err != nil {
		return
	}
	if again, err := tags.Tag(tag); err != nil || again != tag {
		t.Errorf("Tag(%q) = %q, read again %q, %v", written, tag, again, err)
	}
}

func FuzzPreferred(f *testing.F) {
	for _, seed := range []string{"de-CH,de;q=0.9,*;q=0.1", "de;q=", ";;,,==", strings.Repeat("a-", 600), "de;q=0." + strings.Repeat("9", 900)} {
		f.Add(seed)
	}
	tags := language.New()
	f.Fuzz(func(t *testing.T, header string) {
		got := tags.Preferred(header)
		if len(got) > 10 {
			t.Errorf("Preferred(%q) has %d tags", header, len(got))
		}
		for i, tag := range got {
			checkTag(t, tags, tag)
			if slices.Contains(got[:i], tag) {
				t.Errorf("Preferred(%q) = %q has %s twice", header, got, tag)
			}
		}
	})
}

func BenchmarkFirstNamed(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		language.New().Named("Deutsch")
	}
}

func BenchmarkPreferred(b *testing.B) {
	tags := language.New()
	b.ReportAllocs()
	for b.Loop() {
		tags.Preferred("de-CH,de;q=0.9,en-US;q=0.8,en;q=0.7")
	}
}
