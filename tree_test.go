package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// maxLines is where a hand-written Go file wants splitting.
const maxLines = 400

func TestNoGoFileIsTooLong(t *testing.T) {
	generated := regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)
	for name, text := range tree(t) {
		if !strings.HasSuffix(name, ".go") || generated.Match(text) {
			continue
		}
		if lines := bytes.Count(text, []byte("\n")); lines > maxLines {
			t.Errorf("%s has %d lines, and at most %d are allowed: split it", name, lines, maxLines)
		}
	}
}

func TestNoFileSpeaksOfTheWorkplace(t *testing.T) {
	// Written so that this file does not contain what it forbids.
	forbidden := []struct {
		what    string
		pattern *regexp.Regexp
	}{
		{"a path of one machine", regexp.MustCompile(`/work[/]`)},
		{"work left open", regexp.MustCompile(`\b(TO[D]O|FIX[M]E)\b`)},
		{"the host of a package registry", regexp.MustCompile(
			`(?i)\b(proxy|sum)\.golang\.org\b|\bregistry\.(npmjs|yarnpkg)\.(org|com)\b|\bpypi\.org\b|\bpythonhosted\.org\b|` +
				`\bcrates\.io\b|\brepo1?\.maven\.(apache\.)?org\b|\b(deb|security|ftp)\.debian\.org\b`)},
	}
	for name, text := range tree(t) {
		if strings.HasPrefix(name, "graph/internal/gql/") {
			continue // generated: its words are the generator's
		}
		for _, f := range forbidden {
			if found := f.pattern.FindIndex(text); found != nil {
				line := 1 + bytes.Count(text[:found[0]], []byte("\n"))
				t.Errorf("%s:%d contains %s: %q", name, line, f.what, text[found[0]:found[1]])
			}
		}
	}
}

// tree returns every file of the repository by its slash-separated name: what git tracks or would, or without a git
// checkout (an unpacked archive) what lies there outside the folders of .gitignore.
func tree(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, name := range treeNames(t) {
		text, err := os.ReadFile(filepath.FromSlash(name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted, not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		files[name] = text
	}
	return files
}

func treeNames(t *testing.T) []string {
	t.Helper()
	out, err := output(t, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	names := strings.FieldsFunc(string(out), func(r rune) bool { return r == 0 })
	if err == nil && slices.Contains(names, "go.mod") {
		return names
	}
	names = nil
	err = filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (slices.Contains([]string{".git", ".venv", "bin", "data"}, name) || entry.Name() == "node_modules"):
			return filepath.SkipDir
		case entry.Type().IsRegular():
			names = append(names, filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil {
		t.Fatalf("walk the repository: %v", err)
	}
	return names
}
