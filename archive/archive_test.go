package archive_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"contactpanel/contact"
)

func TestEveryMemberOfEveryRowComesBack(t *testing.T) {
	t.Parallel()
	rows := fullRows()
	if len(rows) != 17 {
		t.Fatalf("there are %d rows, want the organisation and two of each other kind", len(rows))
	}
	got, err := read(written(t, rows...))
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		if !reflect.DeepEqual(got[i], rows[i]) {
			t.Errorf("a row came back as\n%#v, want\n%#v", reflect.Indirect(member(got[i])), reflect.Indirect(member(rows[i])))
		}
	}
}

// member is what a row holds.
func member(row contact.ArchiveRow) reflect.Value {
	v := reflect.ValueOf(row)
	for i := range v.NumField() {
		if !v.Field(i).IsNil() {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}

// rowsOfFormat1 are the rows that format 1 knew.
func rowsOfFormat1() []contact.ArchiveRow {
	rows := slices.DeleteFunc(rowsOfFormat2(), func(row contact.ArchiveRow) bool { return row.Agent != nil })
	for _, row := range rows {
		switch {
		case row.Audit != nil:
			row.Audit.Refused, row.Audit.Omitted = "", 0
		case row.Definition != nil:
			row.Definition.Rights = contact.Rights{}
		}
	}
	return rows
}

// rowsOfFormat2 are the rows that format 2 knew.
func rowsOfFormat2() []contact.ArchiveRow {
	return slices.DeleteFunc(fullRows(), func(row contact.ArchiveRow) bool { return row.Group != nil })
}

// TestTheFormatStaysAsItIs reads archives of every version: they are kept for years.
func TestTheFormatStaysAsItIs(t *testing.T) {
	t.Parallel()
	for version, rowsOf := range map[int]func() []contact.ArchiveRow{1: rowsOfFormat1, 2: rowsOfFormat2, 3: fullRows} {
		golden, err := os.ReadFile(filepath.Join("testdata", fmt.Sprintf("format%d.jsonl", version)))
		if err != nil {
			t.Fatal(err)
		}
		want := rowsOf()
		if rows, err := read(golden); err != nil || !reflect.DeepEqual(rows, want) {
			t.Errorf("an archive of version %d gives %d rows, %v", version, len(rows), err)
		}
		newest := bytes.Replace(golden, fmt.Appendf(nil, `"format":%d`, version), []byte(`"format":3`), 1)
		if got := written(t, want...); !bytes.Equal(got, newest) {
			t.Errorf("the format has changed: the rows of version %d are written as\n%s", version, got)
		}
	}
}

// draw fills a value with anything that its type can hold and that can be written.
func draw(t *rapid.T, into reflect.Value) {
	switch v := into; {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.UnixMilli(rapid.Int64Range(-62135596800000, 253402300799999).Draw(t, "time")).UTC()))
	case v.Type() == reflect.TypeFor[contact.Date]():
		at := time.Unix(86400*rapid.Int64Range(-719162, 2932896).Draw(t, "day"), 0).UTC()
		v.Set(reflect.ValueOf(contact.Date{Year: at.Year(), Month: at.Month(), Day: at.Day()}))
	case v.Type() == reflect.TypeFor[[]byte]():
		v.SetBytes([]byte(rapid.String().Draw(t, "bytes")))
	case v.Kind() == reflect.String:
		v.SetString(rapid.String().Draw(t, "text"))
	case v.Kind() == reflect.Int:
		v.SetInt(rapid.Int64().Draw(t, "number"))
	case v.Kind() == reflect.Float64:
		v.SetFloat(rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64).Draw(t, "number"))
	case v.Kind() == reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case v.Kind() == reflect.Pointer:
		if rapid.Bool().Draw(t, "is set") {
			v.Set(reflect.New(v.Type().Elem()))
			draw(t, v.Elem())
		}
	case v.Kind() == reflect.Slice:
		if n := rapid.IntRange(0, 3).Draw(t, "length"); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				draw(t, v.Index(i))
			}
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if !onlyRead(v.Type(), v.Type().Field(i).Name) {
				draw(t, v.Field(i))
			}
		}
	default:
		t.Fatalf("nothing draws a %v", v.Type())
	}
}

func TestWhatIsWrittenIsReadAsItWasAndWrittenTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := []contact.ArchiveRow{{Organisation: &contact.Organisation{}}}
		draw(t, reflect.ValueOf(rows[0].Organisation).Elem())
		kinds := reflect.TypeFor[contact.ArchiveRow]()
		for range rapid.IntRange(0, 4).Draw(t, "rows") {
			var row contact.ArchiveRow
			of := reflect.ValueOf(&row).Elem().Field(rapid.IntRange(1, kinds.NumField()-1).Draw(t, "kind"))
			of.Set(reflect.New(of.Type().Elem()))
			draw(t, of.Elem())
			rows = append(rows, row)
		}
		text := written(t, rows...)
		got, err := read(text)
		if err != nil {
			t.Fatalf("read = %v\n%s", err, text)
		}
		if !reflect.DeepEqual(got, rows) {
			t.Fatalf("rows came back otherwise:\n%s", text)
		}
		if again := written(t, got...); !bytes.Equal(again, text) {
			t.Fatalf("rows are written as\n%s, then as\n%s", text, again)
		}
	})
}
