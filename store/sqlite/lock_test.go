package sqlite_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"contactpanel/store/sqlite"
)

// held opens the file again and returns the refusal.
func held(t *testing.T, path string) *sqlite.HeldError {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path)
	if err == nil {
		must(t, s.Close())
	}
	var e *sqlite.HeldError
	if !errors.As(err, &e) {
		t.Fatalf("Open of a held file = %v, want *HeldError", err)
	}
	return e
}

func TestASecondStoreOnTheSameFileIsRefusedAndLearnsOfTheFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path)
	if e := held(t, path); e.PID != os.Getpid() || e.URL != "" {
		t.Errorf("before the announcement: %+v, want pid %d alone", e, os.Getpid())
	}
	must(t, s.Announce("http://127.0.0.1:8080/a-long-address-that-is-replaced"))
	must(t, s.Announce("http://127.0.0.1:8080"))
	if e := held(t, path); e.PID != os.Getpid() || e.URL != "http://127.0.0.1:8080" {
		t.Errorf("after the announcement: %+v", e)
	}
}

func TestASecondProcessIsRefusedWithAClearMessage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path)
	must(t, s.Announce("http://127.0.0.1:8080"))
	out, err := child(t, "open", path).Output()
	must(t, err)
	for _, want := range []string{"in use by another process", "pid " + strconv.Itoa(os.Getpid()), "http://127.0.0.1:8080", "stop it first"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the second process said %q, want %q in it", out, want)
		}
	}
	must(t, s.Close())
	if out, err = child(t, "open", path).Output(); err != nil || string(out) != "opened <nil>\n" {
		t.Errorf("after the first closed, the second process said %q (%v)", out, err)
	}
}

func TestAnAnnouncementIsBelievedOnlyWhenItIsWholeAndItsWriterLives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path)
	dead := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	must(t, dead.Run())
	self, gone := strconv.Itoa(os.Getpid()), strconv.Itoa(dead.Process.Pid)
	for _, tt := range []struct {
		name, content string
		want          sqlite.HeldError
	}{
		{"whole", `{"pid":` + self + `,"url":"http://here"}` + "\n", sqlite.HeldError{URL: "http://here", PID: os.Getpid()}},
		{"nothing", "", sqlite.HeldError{}},
		{"half written", `{"pid":` + self + `,"url":"http://he`, sqlite.HeldError{}},
		{"without its end", `{"pid":` + self + `,"url":"http://here"}`, sqlite.HeldError{}},
		{"of a process that is gone", `{"pid":` + gone + `,"url":"http://gone"}` + "\n", sqlite.HeldError{}},
		{"of no process", `{"url":"http://gone"}` + "\n", sqlite.HeldError{}},
	} {
		must(t, os.WriteFile(path+".lock", []byte(tt.content), 0o600))
		if got := held(t, path); *got != tt.want {
			t.Errorf("announcement %s: %+v, want %+v", tt.name, *got, tt.want)
		}
	}
	must(t, s.Close())
}

func TestTheAnnouncementGoesWithItsStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	must(t, os.WriteFile(path+".lock", []byte(`{"pid":1,"url":"http://killed"}`+"\n"), 0o600))
	s := open(t, path)
	if e := held(t, path); e.URL != "" || e.PID != os.Getpid() {
		t.Errorf("what a killed holder left is shown: %+v", e)
	}
	must(t, s.Announce("http://127.0.0.1:8080"))
	must(t, s.Close())
	left, err := os.ReadFile(path + ".lock")
	if err != nil || len(left) != 0 {
		t.Errorf("after Close the lock file holds %q (%v)", left, err)
	}
}

func TestAnotherNameOfTheFileMeetsTheSameLock(t *testing.T) {
	folder := t.TempDir()
	open(t, filepath.Join(folder, "store.db"))
	alias := filepath.Join(folder, "alias.db")
	if err := os.Symlink("store.db", alias); err != nil {
		if runtime.GOOS == "windows" {
			return // only administrators make links there
		}
		t.Fatal(err)
	}
	held(t, alias)
}
