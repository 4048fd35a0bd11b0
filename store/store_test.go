package store_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"contactpanel/store"
)

func TestEachWayToNameAFileOpensIt(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	for _, tt := range []struct{ url, file string }{
		{"plain.db", "plain.db"},
		{"folder/plain.db", "folder/plain.db"},
		{"./with:colon.db", "with:colon.db"},
		{filepath.Join(folder, "absolute.db"), "absolute.db"},
		{"file:relative.db", "relative.db"},
		{"file:folder/relative.db", "folder/relative.db"},
		{"FILE:upper.db", "upper.db"},
		{"file:a%20b%3Fc%23.db", "a b?c#.db"},
		{"file://" + filepath.ToSlash(folder) + "/triple.db", "triple.db"},
		{"file://localhost" + filepath.ToSlash(folder) + "/local.db", "local.db"},
		{"file:" + filepath.ToSlash(folder) + "/a%20b.db", "a b.db"},
	} {
		s, err := store.Open(t.Context(), tt.url, store.Settings{Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Errorf("Open(%q): %v", tt.url, err)
			continue
		}
		if _, ok := s.(store.Announcer); !ok {
			t.Errorf("the store of %q announces no gateway", tt.url)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.FromSlash(tt.file)); err != nil {
			t.Errorf("Open(%q) made no %s: %v", tt.url, tt.file, err)
		}
	}
}

func TestAURLThatNamesNoStoreIsRefusedWithoutQuotingIt(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	for _, tt := range []struct{ url, want string }{
		{"mysql://sam:secret@db.example.com/panel", "use file:, mongodb+srv:, mongodb: or a plain path"},
		{"mongodb://sam:secret@/panel", "cannot be used"},
		{"mongodb://sam:sec@ret@db.example.com/panel", "percent-encode"},
		{"postgres://sam:secret@db.example.com/panel", "use file:, mongodb+srv:, mongodb: or a plain path"},
		{"sam:secret", "use file:, mongodb+srv:, mongodb: or a plain path"},
		{"file:store.db?mode=secret", "takes no parameters"},
		{"file:store.db?", "takes no parameters"},
		{"file:///store.db#secret", "takes no parameters"},
		{"file://secret.example.com/store.db", "names no host"},
		{"file://sam:secret@localhost/store.db", "names no host"},
		{"file:secret%zz.db", "percent sign"},
		{"file:///secret%zz.db", "cannot be read"},
		{"file:", "path of a file"},
		{"", "path of a file"},
		{":memory:", "path of a file"},
		{"file::memory:", "path of a file"},
	} {
		s, err := store.Open(t.Context(), tt.url, store.Settings{Log: slog.New(slog.DiscardHandler)})
		if err == nil {
			s.Close()
		}
		if err == nil || s != nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("Open(%q) = %v, %v; want no store and %q", tt.url, s, err, tt.want)
		}
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 0 {
		t.Errorf("what was refused left %v (%v)", left, err)
	}
}

func TestAHeldFileIsToldFromOtherErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := store.Open(t.Context(), path, store.Settings{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.(store.Announcer).Announce("http://127.0.0.1:8080"); err != nil {
		t.Fatal(err)
	}
	second, err := store.Open(t.Context(), "file:"+filepath.ToSlash(path), store.Settings{Log: slog.New(slog.DiscardHandler)})
	var held *store.HeldError
	if !errors.As(err, &held) || second != nil || held.URL != "http://127.0.0.1:8080" || held.PID != os.Getpid() {
		t.Errorf("Open of a held file = %v, %v; want *HeldError with the announcement", second, err)
	}
}
