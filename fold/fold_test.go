package fold_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"contactpanel/fold"
)

func TestDecomposeTakesLettersApart(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"ASCII stays", "Mueller & Sons 42", "Mueller & Sons 42"},
		{"umlaut", "Müller", "Mu\u0308ller"},
		{"umlaut that is apart already", "Mu\u0308ller", "Mu\u0308ller"},
		{"two marks", "ấ", "a\u0302\u0301"},
		{"marks in the wrong order", "a\u0301\u0323", "a\u0323\u0301"},
		{"ligature", "ﬁn", "fin"},
		{"full width", "Ｒｉｔａ", "Rita"},
		{"sharp s has no parts", "Groß", "Groß"},
		{"case stays", "ÄÖ", "A\u0308O\u0308"},
		{"Hangul", "한", "\u1112\u1161\u11ab"},
		{"the longest expansion", "\ufdfa", "صلى الله عليه وسلم"},
		{"one broken byte", "a\xffé", "a\ufffde\u0301"},
		{"a run of broken bytes is replaced once", "é\xff\xfe\xfd.", "e\u0301\ufffd."},
		{"a character cut off", "é\xe2\x82", "e\u0301\ufffd"},
		{"half of a surrogate pair", "\xed\xa0\x80", "\ufffd"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := (fold.Letters{}).Decompose(tt.in); got != tt.want {
				t.Errorf("Decompose(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestWhatIsApartStaysAsItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		once := (fold.Letters{}).Decompose(in)
		if !utf8.ValidString(once) || !norm.NFKD.IsNormalString(once) {
			t.Fatalf("Decompose(%q) = %q, which is not valid UTF-8 in form KD", in, once)
		}
		if twice := (fold.Letters{}).Decompose(once); twice != once {
			t.Fatalf("Decompose(%q) = %q, and again %q", in, once, twice)
		}
	})
}

func TestASCIIIsNotCopied(t *testing.T) {
	text := strings.Repeat("Rita Reich, 53111 Bonn ", 10)
	var out string
	if n := testing.AllocsPerRun(100, func() { out = (fold.Letters{}).Decompose(text) }); n != 0 || out != text {
		t.Errorf("Decompose of ASCII allocates %v times, want 0; got %q", n, out)
	}
}

func BenchmarkDecompose(b *testing.B) {
	for name, text := range map[string]string{"ASCII": "Rita Reich, Bonn", "umlauts": "Rüdiger Müßig, Köln"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				(fold.Letters{}).Decompose(text)
			}
		})
	}
}
