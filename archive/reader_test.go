package archive_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"contactpanel/archive"
	"contactpanel/contact"
)

const (
	header      = `{"kind":"archive","format":3,"organisation":"acme","createdAt":"2026-03-04T12:00:00.000Z"}` + "\n"
	deactivated = `{"kind":"deactivatedAgent","id":"a","since":"2026-03-04T12:00:00.000Z","by":{"id":"b","name":"B"}}` + "\n"
	group       = `{"kind":"group","key":"k","id":"g","match":"ALL","isPrioritised":false,"weight":1,"createdAt":"2026-03-04T12:00:00.000Z","updatedAt":"2026-03-04T12:00:00.000Z","version":1}` + "\n"
	applied     = `{"kind":"applied","agent":"a","key":"k","hash":"h","result":"{}","at":"2026-03-04T12:00:00.000Z"}` + "\n"
	end0        = `{"kind":"end","rows":0}` + "\n"
	end1        = `{"kind":"end","rows":1}` + "\n"
)

// inFormat is the first line of an archive of an earlier format.
func inFormat(version int) string {
	return strings.Replace(header, `"format":3`, fmt.Sprintf(`"format":%d`, version), 1)
}

func TestWhatNoExportWritesIsRefusedWithItsLine(t *testing.T) {
	t.Parallel()
	change := func(old, with string) string {
		if !strings.Contains(applied, old) {
			t.Fatalf("the line has no %s", old)
		}
		return header + strings.Replace(applied, old, with, 1) + end1
	}
	for _, tt := range []struct{ name, text, want string }{
		{"an empty file", "", "line 1: the file is empty"},
		{"a table", "name,email\nCarla,carla@example.com\n", "line 1: the file is no archive"},
		{"other JSON", "{\"a\":1}\n", "line 1: the file is no archive"},
		{"a list of contacts", "{\"kind\":\"contact\"}\n", "line 1: the file is no archive"},
		{"a newer format", strings.Replace(header, `"format":3`, `"format":4,"more":true`, 1), "line 1: the archive has format 4, of a newer version"},
		{"a kind of format 2 in format 1", inFormat(1) + deactivated + end1, `line 2: "deactivatedAgent" is not a kind`},
		{"a kind of format 3 in format 2", inFormat(2) + group + end1, `line 2: "group" is not a kind`},
		{"a kind of format 3 in format 1", inFormat(1) + group + end1, `line 2: "group" is not a kind`},
		{"format 0", inFormat(0) + end0, "line 1: the archive has format 0"},
		{"no format", strings.Replace(header, `"format":3,`, ``, 1) + end0, "line 1: archive: byte 20"},
		{"the header alone", header, "line 2: the file is cut short"},
		{"no end", header + applied, "line 3: the file is cut short"},
		{"half a line", header + applied[:30], "line 2: the file is cut short"},
		{"an end without its line feed", header + strings.TrimSuffix(end0, "\n"), "line 2: the file is cut short"},
		{"a row missing", header + end1, "line 2: end: rows: the file has 0 rows where it had 1"},
		{"a row added", header + applied + end0, "line 3: end: rows: the file has 1 rows where it had 0"},
		{"something behind the end", header + end0 + applied, "line 3: there is something behind the end"},
		{"half a line behind the end", header + end0 + "{", "line 3: there is something behind the end"},
		{"an empty line", header + "\n" + end0, "line 2: the line does not begin with its kind"},
		{"line feeds of Windows", strings.ReplaceAll(header+end0, "\n", "\r\n"), "line 1: archive: byte"},
		{"an unknown kind", change(`"applied"`, `"event"`), `line 2: "event" is not a kind`},
		{"a second header", header + header + end1, `line 2: "archive" is not a kind`},
		{"an unknown member", change(`"at"`, `"else":1,"at"`), `line 2: applied: json: unknown field "else"`},
		{"a member twice", change(`"key":"k"`, `"key":"x","key":"k"`), "line 2: applied: byte"},
		{"a member in capitals", change(`"key"`, `"KEY"`), "line 2: applied: byte"},
		{"another order", change(`"agent":"a","key":"k"`, `"key":"k","agent":"a"`), "line 2: applied: byte"},
		{"a member missing", change(`"key":"k",`, ``), "line 2: applied: byte"},
		{"a member that is null", change(`"k"`, `null`), "line 2: applied: byte"},
		{"white space", change(`"key":`, `"key": `), "line 2: applied: byte"},
		{"an escape that is not needed", change(`"k"`, `"\u006b"`), "line 2: applied: byte"},
		{"half a surrogate", change(`"k"`, `"\ud800"`), "line 2: applied: byte"},
		{"no UTF-8", change(`"k"`, "\"\xff\""), "line 2: applied: byte"},
		{"a number for a text", change(`"k"`, `7`), "line 2: applied: json: cannot unmarshal number"},
		{"a time with an offset", change(`00.000Z`, `00.000+01:00`), "line 2: applied: "},
		{"a time without milliseconds", change(`00.000Z`, `00Z`), "line 2: applied: "},
		{"a day that is none", change(`03-04`, `02-30`), "line 2: applied: "},
		{"something behind the row", change("Z\"}", "Z\"} {}"), "line 2: applied: byte"},
		{"a broken row", change(`"k"`, `"k`), "line 2: applied: invalid character"},
		{"a row that nests", change(`"k"`, strings.Repeat("[", 20000)), "line 2: applied: "},
	} {
		if rows, err := read([]byte(tt.text)); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: %d rows, %v; want %q", tt.name, len(rows), err, tt.want)
		}
	}
	for _, text := range []string{header + applied + end1, header + group + end1, inFormat(2) + deactivated + end1} {
		if rows, err := read([]byte(text)); err != nil || len(rows) != 2 {
			t.Errorf("a file that the cases change: %d rows, %v", len(rows), err)
		}
	}
}

func TestEveryCutOfAFileIsNoticed(t *testing.T) {
	t.Parallel()
	small, big := []byte(header+applied+end1), written(t, fullRows()...)
	for n := range small {
		if rows, err := read(small[:n]); err == nil {
			t.Errorf("a file cut after %d of %d bytes is read as %d rows", n, len(small), len(rows))
		}
	}
	lines := bytes.SplitAfter(big, []byte("\n"))
	for n := range len(lines) - 1 { // the last is what stands behind the last line feed: nothing
		if rows, err := read(bytes.Join(lines[:n], nil)); err == nil {
			t.Errorf("a file cut after %d of %d lines is read as %d rows", n, len(lines)-1, len(rows))
		}
	}
}

func TestALineMayBeLongButNotEndless(t *testing.T) {
	t.Parallel()
	ofLength := func(line int) contact.ArchiveRow {
		empty := len(`{"kind":"applied","agent":"","key":"","hash":"","result":"","at":"2026-03-04T12:00:00.005Z"}` + "\n")
		return contact.ArchiveRow{Applied: &contact.Applied{Result: bytes.Repeat([]byte(" "), line-empty), At: noon()}}
	}
	text := written(t, founding(), ofLength(archive.MaxLine))
	if rows, err := read(text); err != nil || len(rows) != 2 {
		t.Errorf("the longest line: %d rows, %v", len(rows), err)
	}
	text = bytes.Replace(text, []byte(`"result":"`), []byte(`"result":" `), 1)
	if _, err := read(text); err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("line 2: the line has more than %d bytes", archive.MaxLine)) {
		t.Errorf("a line of one byte more gives %v", err)
	}
	w := archive.NewWriter(&bytes.Buffer{})
	if err := w.Write(founding()); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(ofLength(archive.MaxLine + 1)); err == nil {
		t.Error("Write of a line of one byte more succeeded")
	}
}

func TestWhatCouldNotBeReadAgainIsNotWritten(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]contact.ArchiveRow{
		"a text that is no UTF-8":     {Note: &contact.Note{Body: "\\\xff", CreatedAt: noon()}},
		"an id that is no UTF-8":      {Audit: &contact.AuditEntry{RequestID: "a\xc3", At: noon()}},
		"a time of the year 10000":    {Note: &contact.Note{CreatedAt: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}},
		"a number that is none":       {Definition: &contact.Definition{Rules: contact.RuleSet{MinNumber: new(math.NaN())}}},
		"nothing":                     {},
		"two things":                  {Note: &contact.Note{}, Audit: &contact.AuditEntry{}},
		"the organisation once again": founding(),
	} {
		w := archive.NewWriter(&bytes.Buffer{})
		if err := w.Write(founding()); err != nil {
			t.Fatal(err)
		}
		if err := w.Write(row); err == nil {
			t.Errorf("Write of %s succeeded", name)
		}
	}
	w := archive.NewWriter(&bytes.Buffer{})
	if err := w.Write(contact.ArchiveRow{Note: &contact.Note{}}); err == nil {
		t.Error("Write of a note before the organisation succeeded")
	}
}

func TestFailuresOfTheDiskComeBack(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is broken")
	failing := func(text string) io.Reader { return io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)) }
	if _, err := archive.NewReader(failing(header[:20])); !errors.Is(err, broken) {
		t.Errorf("NewReader over a failing disk = %v, want its error", err)
	}
	for _, text := range []string{header, header + applied[:20], header + end0} {
		r, err := archive.NewReader(failing(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Next(); !errors.Is(err, broken) {
			t.Errorf("Next over a disk that fails behind %q = %v, want its error", text, err)
		}
	}
	out, in := io.Pipe()
	out.CloseWithError(broken)
	w := archive.NewWriter(in)
	if err := w.Write(founding()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); !errors.Is(err, broken) {
		t.Errorf("Close on a failing disk = %v, want its error", err)
	}
}

func FuzzReader(f *testing.F) {
	f.Add(written(f, fullRows()...))
	f.Add([]byte(header + applied + end1))
	f.Add([]byte(header + end0))
	f.Add([]byte(inFormat(1) + applied + end1))
	f.Add([]byte(inFormat(2) + deactivated + end1))
	f.Add([]byte(header + strings.Replace(applied, `"k"`, `"k","key":"k"`, 1) + end1))
	f.Fuzz(func(t *testing.T, text []byte) {
		rows, err := read(text)
		if err != nil {
			return
		}
		for _, older := range []string{`"format":1,`, `"format":2,`} { // in the header, before any text
			text = bytes.Replace(text, []byte(older), []byte(`"format":3,`), 1)
		}
		if again := written(t, rows...); !bytes.Equal(again, text) {
			t.Errorf("an archive was read, and is written otherwise:\n%s", again)
		}
	})
}
