package archive_test

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"time"

	"contactpanel/archive"
	"contactpanel/contact"
)

// reporter is a test, one of the standard library or of rapid.
type reporter interface {
	Helper()
	Fatalf(format string, args ...any)
}

func written(t reporter, rows ...contact.ArchiveRow) []byte {
	t.Helper()
	var out bytes.Buffer
	w := archive.NewWriter(&out)
	for _, row := range rows {
		if err := w.Write(row); err != nil {
			t.Fatalf("Write = %v", err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatalf("Close = %v", err)
	}
	return out.Bytes()
}

// read reads a whole archive, as far as it can be read.
func read(from []byte) ([]contact.ArchiveRow, error) {
	r, err := archive.NewReader(bytes.NewReader(from))
	if err != nil {
		return nil, err
	}
	var rows []contact.ArchiveRow
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
}

func founding() contact.ArchiveRow {
	return contact.ArchiveRow{Organisation: &contact.Organisation{ID: "acme", CreatedAt: noon()}}
}

func noon() time.Time { return time.Date(2026, time.March, 4, 12, 0, 0, 5e6, time.UTC) }

// onlyRead are the members that a store makes, or that are read in another one, and no archive keeps.
func onlyRead(of reflect.Type, member string) bool {
	switch of {
	case reflect.TypeFor[contact.Organisation]():
		return member == "CatalogVersion"
	case reflect.TypeFor[contact.Contact]():
		return member == "CatalogVersion" || member == "NotesHead" || member == "EventsHead"
	case reflect.TypeFor[contact.Applied]():
		return member == "Contact" // in the answer
	default:
		return false
	}
}

// full fills every member of every struct that is kept: what a member is named does not matter, so that a new one is filled
// too, and is missed when it does not come back.
func full(into reflect.Value, n *int) {
	*n++
	switch v := into; {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(noon().Add(time.Duration(*n) * time.Millisecond)))
	case v.Type() == reflect.TypeFor[contact.Date]():
		v.Set(reflect.ValueOf(contact.Date{Year: 2000 + *n%1000, Month: time.May, Day: 1 + *n%28}))
	case v.Kind() == reflect.String:
		v.SetString("text " + string(rune('a'+*n%26)) + " <ü>&\u2028\ufffd\"\\ufffd\x00😀")
	case v.Kind() == reflect.Int:
		v.SetInt(int64(*n))
	case v.Kind() == reflect.Float64:
		v.SetFloat(float64(*n) + 0.25)
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.Kind() == reflect.Uint8:
		v.SetUint(uint64('a' + *n%26))
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		full(v.Elem(), n)
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		full(v.Index(0), n)
		full(v.Index(1), n)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if !onlyRead(v.Type(), v.Type().Field(i).Name) {
				full(v.Field(i), n)
			}
		}
	default:
		panic("nothing fills a " + v.Type().String())
	}
}

// fullRows is an archive with a row of every kind, each with every member, and one of each with nothing.
func fullRows() []contact.ArchiveRow {
	var rows []contact.ArchiveRow
	n := 0
	kinds := reflect.TypeFor[contact.ArchiveRow]()
	for i := range kinds.NumField() {
		var row, bare contact.ArchiveRow
		full(reflect.ValueOf(&row).Elem().Field(i), &n)
		rows = append(rows, row)
		if i > 0 {
			reflect.ValueOf(&bare).Elem().Field(i).Set(reflect.New(kinds.Field(i).Type.Elem()))
			if bare.Applied != nil {
				bare.Applied.Result = []byte{}
			}
			rows = append(rows, bare)
		}
	}
	return rows
}
