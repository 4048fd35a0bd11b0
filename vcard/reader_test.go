package vcard_test

import (
	"errors"
	"io"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"contactpanel/vcard"
)

// result is what one call of Next gave.
type result struct {
	card vcard.Card
	bad  *vcard.Error
}

// readAll reads to the end. Anything but cards and *Error fails the test.
func readAll(t *testing.T, r io.Reader) []result {
	t.Helper()
	var results []result
	reader := vcard.NewReader(r)
	for {
		card, err := reader.Next()
		var bad *vcard.Error
		switch {
		case err == nil, errors.As(err, &bad):
			results = append(results, result{card, bad})
		case errors.Is(err, io.EOF):
			if _, err := reader.Next(); !errors.Is(err, io.EOF) {
				t.Errorf("Next after the end = %v, want io.EOF again", err)
			}
			return results
		default:
			t.Fatalf("Next: %v", err)
		}
	}
}

// readOne reads the only card of a text.
func readOne(t *testing.T, text string) vcard.Card {
	t.Helper()
	results := readAll(t, strings.NewReader(text))
	if len(results) != 1 || results[0].bad != nil {
		t.Fatalf("%q gives %v, want one card", text, results)
	}
	return results[0].card
}

// wrap makes a card of properties.
func wrap(version string, properties ...string) string {
	return "BEGIN:VCARD\nVERSION:" + version + "\n" + strings.Join(append(properties, "END:VCARD"), "\n") + "\n"
}

// want is the address book in testdata, whose cards are of both versions, folded and grouped.
var want = []vcard.Card{
	{
		Line: 1, Version: "4.0", UID: "urn:uuid:ae6e46f7-595e-4679-94a2-10ab925a13bf",
		FormattedName: "Lisa Williams", FamilyName: "Williams", GivenName: "Lisa",
		Emails:         []string{"buero.lisa.williams5000@example.com", "lisa.williams5000@example.com"},
		Phones:         []string{"tel:+494066969000"},
		CustomerNumber: "C-105000", Languages: []string{"en"}, Notes: []string{"Rich impact fact song throughout. 🚲☕"},
	},
	{
		Line: 13, Version: "3.0", UID: "urn:uuid:0c1129fc-1f4c-436b-a31e-1502867d1534",
		FormattedName: "Muzaffer Ortmann", FamilyName: "Ortmann", GivenName: "Muzaffer",
		Emails: []string{"muzaffer.ortmann5001@beispiel.example"}, Phones: []string{"+494066969001"},
		Profiles:       []vcard.Profile{{Network: "instagram", Handle: "muzaffer_ortmann5001", URL: "https://instagram.example/muzaffer_ortmann5001"}},
		CustomerNumber: "K-105001", Languages: []string{"de"},
		Notes: []string{"Sommer glauben gehen Platz Teller kurz Feuer leise also fangen tot Wagen darauf Name Bein das."},
	},
	{
		Line: 27, Version: "4.0", UID: "urn:uuid:7f35dc52-6d7f-425f-9cf5-560f8c3b1968",
		FormattedName: "Hans-Theo Ebert", FamilyName: "Ebert", GivenName: "Hans-Theo",
		Emails: []string{"hans-theo.ebert5003@beispiel.example"}, Phones: []string{"tel:+494066969003"},
		URLs:           []string{"https://hans-theo-ebert.example"},
		Profiles:       []vcard.Profile{{Network: "facebook", Handle: "hans-theo_ebert5003", URL: "https://facebook.example/hans-theo_ebert5003"}},
		CustomerNumber: "K-105003", Languages: []string{"de"},
	},
	{
		Line: 40, Version: "3.0", UID: "urn:uuid:c2639afc-9697-47f3-b4b7-62435ad9b700",
		FormattedName: "Branka Geisler", FamilyName: "Geisler", GivenName: "Branka",
		Emails: []string{"buero.branka.geisler5005@beispiel.example", "branka.geisler5005@beispiel.example"}, Phones: []string{"+494066969005"},
		Profiles:       []vcard.Profile{{Network: "facebook", Handle: "branka_geisler5005", URL: "https://facebook.example/branka_geisler5005"}},
		CustomerNumber: "K-105005", Languages: []string{"de"}, Notes: []string{"Gesicht Zeitung zurück Bild braun. 🚲☕"},
	},
}

func TestAnAddressBookIsReadWhateverItsLineEnds(t *testing.T) {
	file, err := os.ReadFile("testdata/addressbook.vcf")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(file), "\r\n", "\n")
	for name, r := range map[string]io.Reader{
		"CRLF":             strings.NewReader(strings.ReplaceAll(text, "\n", "\r\n")),
		"LF":               strings.NewReader(text),
		"CR":               strings.NewReader(strings.ReplaceAll(text, "\n", "\r")),
		"byte order mark":  strings.NewReader("\ufeff" + text),
		"no end at last":   strings.NewReader(strings.TrimSuffix(text, "\n")),
		"byte by byte":     iotest.OneByteReader(strings.NewReader(strings.ReplaceAll(text, "\n", "\r\n"))),
		"data with end":    iotest.DataErrReader(strings.NewReader(text)),
		"lower-case marks": strings.NewReader(strings.NewReplacer("BEGIN:VCARD", "begin:vcard ", "END:VCARD", "End:vCard\t").Replace(text)),
		"blank lines":      strings.NewReader(text + "\n \t\n"),
	} {
		t.Run(name, func(t *testing.T) {
			results := readAll(t, r)
			if len(results) != len(want) {
				t.Fatalf("%d results, want %d: %v", len(results), len(want), results)
			}
			for i, got := range results {
				if got.bad != nil || !reflect.DeepEqual(got.card, want[i]) {
					t.Errorf("result %d = %+v, %v\nwant %+v", i, got.card, got.bad, want[i])
				}
			}
		})
	}
}

func TestABadCardIsReportedAndTheNextOneRead(t *testing.T) {
	const noEnd = "has no END:VCARD"
	tests := []struct {
		name, text string
		want       vcard.Error
	}{
		{"vCard 2.1", wrap("2.1", "FN;QUOTED-PRINTABLE:J=C3=B6rg=", "=20", "TEL;HOME:+4930"), vcard.Error{Line: 1, Reason: "is vCard 2.1; only 3.0 and 4.0 are read"}},
		{"another version", wrap("5.0", "FN:Rita"), vcard.Error{Line: 1, Reason: "has a VERSION other than 3.0 and 4.0"}},
		{"no version", "BEGIN:VCARD\nFN:Rita\nEND:VCARD\n", vcard.Error{Line: 1, Reason: "has no VERSION"}},
		{"two versions", wrap("3.0", "VERSION:4.0"), vcard.Error{Line: 1, Reason: "has more than one VERSION"}},
		{"broken name", wrap("4.0", "FN:Ri\xffta"), vcard.Error{Line: 1, Field: "name", Reason: "has bytes that are no UTF-8, in line 3"}},
		{"broken family name", wrap("4.0", "N:Rei\xffch;Rita;;;"), vcard.Error{Line: 1, Field: "name", Reason: "has bytes that are no UTF-8, in line 3"}},
		{"broken e-mail", wrap("4.0", "FN:Rita", "EMAIL;TYPE=home:rita\xff@example.com"), vcard.Error{Line: 1, Field: "email", Reason: "has bytes that are no UTF-8, in line 4"}},
		{"broken phone", wrap("4.0", "tel:\xff"), vcard.Error{Line: 1, Field: "phone", Reason: "has bytes that are no UTF-8, in line 3"}},
		{"broken note, folded", wrap("4.0", "NOTE:good", "  and", " \xff"), vcard.Error{Line: 1, Field: "note", Reason: "has bytes that are no UTF-8, in line 3"}},
		{"broken website", wrap("4.0", "item1.URL:https://\xff"), vcard.Error{Line: 1, Field: "website", Reason: "has bytes that are no UTF-8, in line 3"}},
		{"broken profile", wrap("4.0", "item1.X-SOCIALPROFILE;TYPE=\xff:x"), vcard.Error{Line: 1, Field: "handle", Reason: "has bytes that are no UTF-8, in line 3"}},
		{"broken standard profile", wrap("4.0", "SOCIALPROFILE:\xff"), vcard.Error{Line: 1, Field: "handle", Reason: "has bytes that are no UTF-8, in line 3"}},
		{"broken messenger", wrap("4.0", "IMPP:\xff"), vcard.Error{Line: 1, Field: "handle", Reason: "has bytes that are no UTF-8, in line 3"}},
		{"broken customer number", wrap("4.0", "X-CUSTOMER-NUMBER:\xff"), vcard.Error{Line: 1, Field: "customer_number", Reason: "has bytes that are no UTF-8, in line 3"}},
		{"broken language", wrap("4.0", "LANG:\xff"), vcard.Error{Line: 1, Field: "language", Reason: "has bytes that are no UTF-8, in line 3"}},
		{"broken language of old", wrap("4.0", "X-LANG:\xff"), vcard.Error{Line: 1, Field: "language", Reason: "has bytes that are no UTF-8, in line 3"}},
		{"broken address", wrap("4.0", "ADR:;;;\xff;;;"), vcard.Error{Line: 1, Field: "location", Reason: "has bytes that are no UTF-8, in line 3"}},
		{"broken elsewhere", wrap("4.0", "X-ABC:\xff"), vcard.Error{Line: 1, Reason: "has bytes that are no UTF-8, in line 3"}},
		{"the first of two faults counts", wrap("4.0", "TEL:\xff", "FN:\xff"), vcard.Error{Line: 1, Field: "phone", Reason: "has bytes that are no UTF-8, in line 3"}},
		{"line without colon", wrap("4.0", "FN:Rita", "EMAIL rita@example.com"), vcard.Error{Line: 1, Reason: "has a line that is no property, in line 4"}},
		{"property without colon", wrap("4.0", "EMAIL;TYPE=home"), vcard.Error{Line: 1, Field: "email", Reason: "has a line that is no property, in line 3"}},
		{"quotation mark that is never closed", wrap("4.0", `TEL;TYPE="home:+4930`), vcard.Error{Line: 1, Field: "phone", Reason: "has a line that is no property, in line 3"}},
		{"words before a colon", wrap("4.0", "and then: more"), vcard.Error{Line: 1, Reason: "has a line that is no property, in line 3"}},
		{"parameter with a colon in its name", wrap("4.0", `TEL;"a:b"=c:+4930`), vcard.Error{Line: 1, Field: "phone", Reason: "has a line that is no property, in line 3"}},
		{"quoted-printable", wrap("3.0", "NOTE;ENCODING=QUOTED-PRINTABLE:=C3=BC"), vcard.Error{Line: 1, Field: "note", Reason: "is quoted-printable, which vCard 3.0 and 4.0 do not know, in line 3"}},
		{"fold of nothing", "BEGIN:VCARD\n VERSION:4.0\nEND:VCARD\n", vcard.Error{Line: 1, Reason: "has no VERSION"}},
		{"fold after an empty line", wrap("4.0", "NOTE:a", "", " b"), vcard.Error{Line: 1, Reason: "goes on with a line that has no beginning, in line 5"}},
		{"two customer numbers", wrap("4.0", "X-CUSTOMER-NUMBER:K-1", "X-CUSTOMER-NUMBER:K-2"), vcard.Error{Line: 1, Field: "customer_number", Reason: "is there more than once, and not the same"}},
		{"something else inside", wrap("4.0", "BEGIN:VEVENT", "END:VEVENT"), vcard.Error{Line: 1, Reason: "has something else inside it that begins or ends, in line 3"}},
		{"no end", "BEGIN:VCARD\nVERSION:4.0\nFN:Rita\n", vcard.Error{Line: 1, Reason: noEnd + " before the next card begins, in line 4"}},
		{"more than 1 MiB in many lines", wrap("4.0", strings.Repeat("NOTE:"+strings.Repeat("x", 1018)+"\n", 1024)), vcard.Error{Line: 1, Reason: "has more than 1 MiB"}},
		{"more than 1 MiB in one line", wrap("4.0", "NOTE:"+strings.Repeat("x", 1<<20)), vcard.Error{Line: 1, Reason: "has more than 1 MiB"}},
		{"text before", "Contacts:\n\nof mine\n", vcard.Error{Line: 1, Reason: "stands outside of any card"}},
		{"text after an empty line", "\n \t\nEND:VCARD\n", vcard.Error{Line: 3, Reason: "stands outside of any card"}},
		{"broken text", "\xff\xfeB\x00E\x00G\x00I\x00N\x00\n", vcard.Error{Line: 1, Reason: "stands outside of any card"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			results := readAll(t, strings.NewReader(tt.text+wrap("4.0", "FN:Next")))
			if len(results) != 2 || results[0].bad == nil || *results[0].bad != tt.want {
				t.Fatalf("results are %+v, first error %v; want the error %v and a card", results, results[0].bad, &tt.want)
			}
			next := results[1]
			if line := strings.Count(tt.text, "\n") + 1; next.bad != nil || next.card.FormattedName != "Next" || next.card.Line != line {
				t.Errorf("then %+v, %v; want the next card, of line %d", next.card, next.bad, line)
			}
		})
	}
}

func TestACardInsideACardIsOneOfItsOwn(t *testing.T) {
	text := wrap("4.0", "FN:Outer", strings.TrimSuffix(wrap("4.0", "FN:Inner"), "\n"), "NOTE:of the outer")
	results := readAll(t, strings.NewReader(text))
	if len(results) != 3 || results[0].bad == nil || results[0].bad.Line != 1 ||
		results[1].card.FormattedName != "Inner" || results[1].card.Line != 4 ||
		results[2].bad == nil || results[2].bad.Line != 8 {
		t.Errorf("results are %+v; want an error of line 1, the inner card of line 4, an error of line 8", results)
	}
}

func TestTheLastCardWithoutEndIsReported(t *testing.T) {
	results := readAll(t, strings.NewReader("BEGIN:VCARD\nVERSION:4.0\nFN:Rita"))
	if len(results) != 1 || results[0].bad == nil || results[0].bad.Reason != "has no END:VCARD" {
		t.Errorf("results are %+v, want one error", results)
	}
	if results := readAll(t, strings.NewReader("")); len(results) != 0 {
		t.Errorf("nothing gives %+v", results)
	}
}

func TestACardOfOneMebibyteIsRead(t *testing.T) {
	rest := len("VERSION:4.0\nNOTE:\n")
	note := strings.Repeat("x", 1<<20-rest)
	if got := readOne(t, wrap("4.0", "NOTE:"+note)); len(got.Notes) != 1 || got.Notes[0] != note {
		t.Errorf("a card of 1 MiB has %d notes", len(got.Notes))
	}
	results := readAll(t, strings.NewReader(wrap("4.0", "NOTE:"+note+"x")))
	if len(results) != 1 || results[0].bad == nil {
		t.Errorf("a card of one byte more gives %d results and no error", len(results))
	}
}

func TestAFaultOfTheStreamEndsTheReading(t *testing.T) {
	fault := errors.New("disk on fire")
	for name, text := range map[string]string{"between cards": wrap("4.0", "FN:Rita"), "inside a card": "BEGIN:VCARD\nVERSION:4.0\nFN:Ri"} {
		t.Run(name, func(t *testing.T) {
			reader := vcard.NewReader(io.MultiReader(strings.NewReader(text), iotest.ErrReader(fault)))
			_, err := reader.Next()
			if err == nil {
				_, err = reader.Next()
			}
			var bad *vcard.Error
			if !errors.Is(err, fault) || errors.As(err, &bad) {
				t.Errorf("Next = %v, want the stream's error", err)
			}
			if _, err := reader.Next(); !errors.Is(err, fault) {
				t.Errorf("Next afterwards = %v, want the stream's error again", err)
			}
		})
	}
}

func TestMemoryIsBoundedWhateverComes(t *testing.T) {
	const mebibytes = 8
	word := strings.Repeat("x", 60)
	for name, text := range map[string]struct{ begin, again string }{
		"one line of a card":   {"BEGIN:VCARD\n", word},
		"many lines of a card": {"BEGIN:VCARD\n", "NOTE:" + word + "\n"},
		"folds of a line":      {"BEGIN:VCARD\nNOTE:", word + "\n "},
		"one line outside":     {"", word},
		"many lines outside":   {"", word + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			chunk := strings.Repeat(text.again, 1<<20/len(text.again))
			parts := []io.Reader{strings.NewReader(text.begin)}
			for range mebibytes {
				parts = append(parts, strings.NewReader(chunk))
			}
			stream := io.MultiReader(append(parts, strings.NewReader("\nEND:VCARD\n"))...)

			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			results := readAll(t, stream)
			runtime.ReadMemStats(&after)
			if allocated := after.TotalAlloc - before.TotalAlloc; len(results) != 1 || results[0].bad == nil || allocated > 8<<20 {
				t.Errorf("%d results and %d MiB allocated for %d MiB, want one error and under 8 allocated", len(results), allocated>>20, mebibytes)
			}
		})
	}
}
