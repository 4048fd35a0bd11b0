package importer

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

// FuzzRecords checks that the reader of rows ends, never goes back, and reads what encoding/csv reads where that has nothing
// to object to.
func FuzzRecords(f *testing.F) {
	for _, seed := range []string{
		"", "\n", "a,b\n1,2\n", "a;b\r\n1;\"x\r\ny\"\r\n", "a,b\r1,\"2\r3\"\r", "a,b\n\"never closed,2\n3,4\n", "a\n\"x\" y\nz\n", "\"\"\"\"\n\"", "a,\"",
		"a,5\" pipe\n", "\r\r\n\n\r", "a,\"b\"\"c\",\"\"\n", strings.Repeat("\"\n", 50),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r := newRecords(iotest.HalfReader(bytes.NewReader(text)))
		r.delimiters = ","
		split := newSplitter(',')
		var read [][]string
		wrong := false
		for before := 0; ; {
			found, err := r.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil || found.line <= before {
				t.Fatalf("after line %d comes line %d, %v", before, found.line, err)
			}
			if before = found.line; before > 1+bytes.Count(text, []byte("\n"))+bytes.Count(text, []byte("\r")) {
				t.Fatalf("line %d is beyond the end", before)
			}
			if found.wrong != "" {
				wrong = true
				continue
			}
			cells, err := split.cells(found.text)
			if err != nil {
				t.Fatalf("the record %q is no CSV: %v", found.text, err)
			}
			read = append(read, append([]string(nil), cells...))
		}
		strict := csv.NewReader(bytes.NewReader(text))
		strict.FieldsPerRecord = -1
		want, err := strict.ReadAll()
		if loneReturn := bytes.Contains(bytes.ReplaceAll(text, []byte("\r\n"), nil), []byte("\r")); err != nil || loneReturn {
			return
		}
		if wrong || !reflect.DeepEqual(read, want) {
			t.Errorf("%q is read as %q (wrong: %t), want %q", text, read, wrong, want)
		}
	})
}
