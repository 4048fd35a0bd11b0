package vcard_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"contactpanel/vcard"
)

// escapeText writes a text value (RFC 6350, section 3.4).
func escapeText(s string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, ",", `\,`, ";", `\;`).Replace(s)
}

// foldAt folds a line before each of the bytes, wherever in a character they are.
func foldAt(line string, every int, end string) string {
	var out strings.Builder
	for len(line) > every {
		out.WriteString(line[:every] + end + " ")
		line = line[every:]
	}
	return out.String() + line + end
}

func TestWhatWasWrittenIsReadWhateverItsWriting(t *testing.T) {
	text := rapid.StringOfN(rapid.SampledFrom([]rune("aZ0 ,;:\\\n\"'^%=.@üß🚲\u00a0\u202e\x00")), 1, 60, -1).
		Filter(func(s string) bool { return strings.TrimSpace(s) != "" })
	rapid.Check(t, func(t *rapid.T) {
		want := vcard.Card{
			Line: 1, Version: rapid.SampledFrom([]string{"3.0", "4.0"}).Draw(t, "version"),
			FormattedName: text.Draw(t, "fn"), FamilyName: text.Draw(t, "family"), GivenName: text.Draw(t, "given"),
			Notes: rapid.SliceOfN(text, 1, 3).Draw(t, "notes"), Locality: text.Draw(t, "town"),
			Emails: []string{text.Draw(t, "email")},
		}
		properties := []string{
			"BEGIN:VCARD", "VERSION:" + want.Version, "FN:" + escapeText(want.FormattedName),
			"N:" + escapeText(want.FamilyName) + ";" + escapeText(want.GivenName) + ";;;",
			"ADR;LABEL=\"x;y:z\":;;;" + escapeText(want.Locality) + ";;;",
			"g.EMAIL;HOME:" + escapeText(want.Emails[0]),
		}
		for _, note := range want.Notes {
			properties = append(properties, "NOTE:"+escapeText(note))
		}
		end := rapid.SampledFrom([]string{"\r\n", "\n", "\r"}).Draw(t, "end")
		every := rapid.IntRange(1, 75).Draw(t, "fold")
		var file strings.Builder
		for i, p := range append(properties, "END:VCARD") {
			if i == 0 || i == len(properties) {
				file.WriteString(p + end) // nobody folds these
				continue
			}
			file.WriteString(foldAt(p, every, end))
		}
		got, err := vcard.NewReader(strings.NewReader(file.String())).Next()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q gives\n%+v, %v, want\n%+v", file.String(), got, err, want)
		}
	})
}

func TestEachBeginEndsInOneResult(t *testing.T) {
	line := rapid.OneOf(
		rapid.SampledFrom([]string{"BEGIN:VCARD", "END:VCARD", "VERSION:4.0", "VERSION:2.1", "FN:Rita", "", " folded", "garbage", "TEL;WORK:+4930", "\xff", "NOTE:\xff", `URL;X="a`}),
		rapid.StringMatching(`[A-Z.;:="\\ ]{0,12}`),
	)
	rapid.Check(t, func(t *rapid.T) {
		file := strings.Join(rapid.SliceOfN(line, 0, 30).Draw(t, "lines"), rapid.SampledFrom([]string{"\n", "\r\n", "\r"}).Draw(t, "end"))
		checkFile(t, []byte(file))
	})
}

func FuzzNext(f *testing.F) {
	file, err := os.ReadFile("testdata/addressbook.vcf")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add([]byte("BEGIN:VCARD\rVERSION:4.0\r\n\r\nTEL;\"a:b\"=c;X=\"\\\":d\nEND:VCARD"))
	f.Add([]byte("\ufeffBEGIN:VCARD\nVERSION:3.0\nX-SOCIALPROFILE;TYPE=\"a\",\"b\":https://x.com/%FF?id=%FF\nEND:VCARD"))
	f.Add([]byte("x\nBEGIN:VCARD\nBEGIN:VCARD\n FN:\\\\;\\\nEND:VCARD\nEND:VCARD\n"))
	f.Fuzz(func(t *testing.T, file []byte) { checkFile(t, file) })
}

// checkFile holds for every input: Next comes to the end, each result begins on a later line than the one before, each
// BEGIN:VCARD has its result, and all text is UTF-8.
func checkFile(t rapid.TB, file []byte) {
	t.Helper()
	lines := physicalLines(file)
	begins := map[int]bool{}
	for i, line := range lines {
		if isBegin(line) {
			begins[i+1] = true
		}
	}
	reader := vcard.NewReader(bytes.NewReader(file))
	for last := 0; ; {
		card, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		at := card.Line
		if err != nil {
			var bad *vcard.Error
			if !errors.As(err, &bad) {
				t.Fatalf("%q: %v", file, err)
			}
			at = bad.Line
		} else if !begins[at] {
			t.Fatalf("%q: a card of line %d, where none begins", file, at)
		}
		if at <= last || at > len(lines) {
			t.Fatalf("%q: a result of line %d after one of line %d of %d", file, at, last, len(lines))
		}
		last = at
		delete(begins, at)
		checkText(t, reflect.ValueOf(card))
	}
	if len(begins) > 0 {
		t.Fatalf("%q: nothing is said of the cards that begin on the lines %v", file, begins)
	}
}

func physicalLines(file []byte) []string {
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(file))
	return strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n")
}

func isBegin(line string) bool {
	return len(line) <= 64 && strings.EqualFold(strings.TrimRight(line, " \t"), "BEGIN:VCARD")
}

func checkText(t rapid.TB, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		if !utf8.ValidString(v.String()) {
			t.Fatalf("%q is no UTF-8", v.String())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			checkText(t, v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			checkText(t, v.Index(i))
		}
	default:
	}
}

func BenchmarkNext(b *testing.B) {
	file, err := os.ReadFile("testdata/addressbook.vcf")
	if err != nil {
		b.Fatal(err)
	}
	const copies = 100
	file = bytes.Repeat(file, copies)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	cards := 0
	for b.Loop() {
		reader := vcard.NewReader(bytes.NewReader(file))
		for {
			_, err := reader.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			cards++
		}
	}
	b.ReportMetric(float64(cards)/b.Elapsed().Seconds(), "cards/s")
}
