//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// smallDisk mounts a file system of the size in a folder. It needs the right to mount.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("a small disk cannot be mounted: %v", err)
		}
		t.Skipf("left out: a small disk cannot be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// TestFullDiskIsATypedErrorAndReadsGoOn fills the disk under a running gateway.
func TestFullDiskIsATypedErrorAndReadsGoOn(t *testing.T) {
	disk := smallDisk(t, "3m")
	data := t.TempDir()
	p := start(t, data, "--no-demo", "--store", filepath.Join(disk, "panel.db"))
	authorization := header(t, data, "--agent", "Ada", "--org", "full")
	contact := makeContact(t, p.url, authorization, "Fiona Full")
	acknowledged := map[string]string{}
	code := ""
	for i := 0; code == "" && i < 5000; i++ {
		body := fmt.Sprintf("%d %s", i, strings.Repeat("x", 1900))
		a, err := ask(p.url, authorization, addNoteMutation, map[string]any{"input": map[string]any{"contactId": contact, "body": body}})
		if err != nil {
			t.Fatalf("the gateway is gone: %v\n%s", err, p.log)
		}
		if len(a.Errors) > 0 {
			code = a.Errors[0].Extensions.Code
			continue
		}
		acknowledged[member[noteAdded](t, a, nil, "addNote").Note.ID] = body
	}
	if code != "STORAGE_FULL" {
		t.Fatalf("a write to a full disk gave code %q, want STORAGE_FULL", code)
	}
	found := allNotes(t, p.url, authorization, contact)
	if len(found) != len(acknowledged) {
		t.Errorf("%d notes are readable, %d were acknowledged", len(found), len(acknowledged))
	}
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT, "size=16m"); err != nil {
		t.Fatal(err)
	}
	a, err := ask(p.url, authorization, addNoteMutation, map[string]any{"input": map[string]any{"contactId": contact, "body": "there is room again"}})
	if n := member[noteAdded](t, a, err, "addNote"); n.Note.ID == "" {
		t.Errorf("a write after room came back gave %+v", n)
	}
}
