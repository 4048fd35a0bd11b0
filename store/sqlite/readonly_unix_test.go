//go:build unix

package sqlite_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"contactpanel/store/sqlite"
)

// nobody is a user and group without rights, as which a child runs when the tests run as root, whom no mode keeps out.
const nobody = 65534

// dropRights makes the process one that modes keep out.
func dropRights() {
	if os.Getuid() != 0 {
		return
	}
	for _, err := range []error{syscall.Setgroups(nil), syscall.Setgid(nobody), syscall.Setuid(nobody)} {
		if err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
	}
}

// giveAway gives a file, its lock and its folders to the child of the tests.
func giveAway(t *testing.T, path string) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	folder := filepath.Dir(path)
	for _, name := range []string{path, path + ".lock", folder, filepath.Dir(folder)} {
		must(t, os.Chown(name, nobody, nobody))
	}
}

func TestAReadOnlyFileOrFolderIsRefusedWithAClearMessageAndLosesNothing(t *testing.T) {
	for _, tt := range []struct {
		name         string
		file, folder os.FileMode
		lockIsGone   bool
		want         string
	}{
		{"a read-only file", 0o400, 0o700, false, "open the store's file: "},
		{"a read-only folder", 0o600, 0o500, false, "its folder cannot be written"},
		{"a read-only folder without a lock file", 0o600, 0o500, true, "lock the store: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := whole(t)
			folder := filepath.Dir(path)
			giveAway(t, path)
			if tt.lockIsGone {
				must(t, os.Remove(path+".lock"))
			}
			before, err := os.ReadFile(path)
			must(t, err)
			must(t, os.Chmod(path, tt.file))
			must(t, os.Chmod(folder, tt.folder))
			out, err := child(t, "open-without-rights", path).Output()
			must(t, os.Chmod(folder, 0o700))
			must(t, os.Chmod(path, 0o600))
			must(t, err)
			if said := string(out); !strings.Contains(said, tt.want) {
				t.Errorf("it said %q, want %q", said, tt.want)
			}
			after, err := os.ReadFile(path)
			must(t, err)
			if !bytes.Equal(before, after) {
				t.Error("the refused file was changed")
			}
			s, err := sqlite.Open(t.Context(), path)
			must(t, err)
			wantNotes(t, s, contactID(1), 1)
			must(t, s.Close())
		})
	}
}
