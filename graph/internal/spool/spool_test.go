package spool_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"contactpanel/graph/internal/spool"
)

// chunk is what a writer gives at once.
const chunk = "Zenobia said so. "

func write(t *testing.T, s *spool.Spool, times int) string {
	t.Helper()
	for range times {
		if n, err := io.WriteString(s, chunk); n != len(chunk) || err != nil {
			t.Fatalf("Write = %d, %v", n, err)
		}
	}
	return strings.Repeat(chunk, times)
}

func TestWhatWasWrittenIsReadWhole(t *testing.T) {
	for name, times := range map[string]int{"nothing": 0, "what memory holds": 10, "one more than that": 11, "much": 100_000} {
		s := spool.New(t.TempDir(), 10*len(chunk))
		want := write(t, s, times)
		for range 2 {
			var got bytes.Buffer
			n, err := s.WriteTo(&got)
			if err != nil || got.String() != want || n != int64(len(want)) || s.Size() != n {
				t.Errorf("%s: WriteTo = %d, %v with %d bytes and Size = %d, want %d", name, n, err, got.Len(), s.Size(), len(want))
			}
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: Close = %v", name, err)
		}
	}
}

// open are the files of a folder that this process has open, by any name.
func open(t *testing.T, folder string) []string {
	t.Helper()
	var out []string
	all, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range all {
		if to, err := os.Readlink(fd); err == nil && strings.HasPrefix(to, folder) {
			out = append(out, fd)
		}
	}
	named, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return append(out, named...)
}

func TestNothingOfADocumentCanBeReadOnTheDisk(t *testing.T) {
	folder := t.TempDir()
	s := spool.New(folder, 10*len(chunk))
	write(t, s, 10)
	if files := open(t, folder); len(files) > 0 {
		t.Errorf("a document that memory holds is in %v", files)
	}
	write(t, s, 1000)
	files := open(t, folder)
	if len(files) == 0 {
		if _, err := os.Stat("/proc/self/fd"); err == nil {
			t.Error("a large document is in no file")
		}
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil || info.Size() != 1010*int64(len(chunk)) || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("the file %s is %v, %v", file, info, err)
		}
		raw, err := os.ReadFile(file)
		if err != nil || bytes.Contains(raw, []byte("Zenobia")) {
			t.Errorf("the file says %.100q, %v", raw, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if files := open(t, folder); len(files) > 0 {
		t.Errorf("then there is %v", files)
	}
}

func TestAFolderThatIsNotThereIsAnError(t *testing.T) {
	s := spool.New(filepath.Join(t.TempDir(), "missing"), 1)
	if _, err := io.WriteString(s, chunk); err == nil || s.Size() != 0 {
		t.Errorf("Write = %v, Size = %d", err, s.Size())
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
}
