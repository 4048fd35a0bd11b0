package graph_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// sharedFragments has a file NAME.graphql for each fragment that several documents of testdata spread.
const sharedFragments = "testdata/fragments"

// document is testdata/NAME.graphql and, after it, the shared fragments that it needs.
func document(tb testing.TB, name string) string {
	tb.Helper()
	text, _ := assembled(tb, name)
	return text
}

// assembled is a document and the names of the shared fragments in it: those that it spreads and does not define, and
// those that they spread.
func assembled(tb testing.TB, name string) (text string, shared []string) {
	tb.Helper()
	text, doc := parsedFile(tb, filepath.Join("testdata", name+".graphql"))
	isDefined := map[string]bool{}
	var wanted []*ast.FragmentSpread
	for _, op := range doc.Operations {
		wanted = append(wanted, spreads(op.SelectionSet)...)
	}
	for _, f := range doc.Fragments {
		isDefined[f.Name] = true
		wanted = append(wanted, spreads(f.SelectionSet)...)
	}
	for len(wanted) > 0 {
		spread := wanted[0]
		wanted = wanted[1:]
		if isDefined[spread.Name] {
			continue
		}
		fragment, set := sharedFragment(tb, spread)
		isDefined[spread.Name] = true
		shared = append(shared, spread.Name)
		text += "\n" + fragment
		wanted = append(wanted, spreads(set)...)
	}
	return text, shared
}

// sharedFragment is the text of the shared fragment that is spread, and what it selects.
func sharedFragment(tb testing.TB, spread *ast.FragmentSpread) (string, ast.SelectionSet) {
	tb.Helper()
	file := filepath.Join(sharedFragments, spread.Name+".graphql")
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		tb.Fatalf("%s:%d spreads %s, which neither the document nor %s defines",
			spread.Position.Src.Name, spread.Position.Line, spread.Name, sharedFragments)
	}
	text, doc := parsedFile(tb, file)
	if len(doc.Operations) != 0 || len(doc.Fragments) != 1 || doc.Fragments[0].Name != spread.Name {
		tb.Fatalf("%s has to define the fragment %s and nothing else", file, spread.Name)
	}
	return text, doc.Fragments[0].SelectionSet
}

func parsedFile(tb testing.TB, file string) (string, *ast.QueryDocument) {
	tb.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	doc, err := parser.ParseQuery(&ast.Source{Name: file, Input: string(text)})
	if err != nil {
		tb.Fatal(err)
	}
	return string(text), doc
}

// spreads are those in a selection, at any depth.
func spreads(set ast.SelectionSet) (out []*ast.FragmentSpread) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			out = append(out, spreads(s.SelectionSet)...)
		case *ast.InlineFragment:
			out = append(out, spreads(s.SelectionSet)...)
		case *ast.FragmentSpread:
			out = append(out, s)
		}
	}
	return out
}

// documentNames are those of all documents of testdata.
func documentNames(tb testing.TB) (names []string) {
	tb.Helper()
	files, err := filepath.Glob("testdata/*.graphql")
	if err != nil || len(files) == 0 {
		tb.Fatalf("testdata has no documents: %v", err)
	}
	for _, file := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(file), ".graphql"))
	}
	return names
}

// The panel is left out: people paste it as it is, so that it brings fragments of its own.
func TestEveryFragmentOfTheGoldenDocumentsStandsOnce(t *testing.T) {
	definedIn, isSpread := map[string]string{}, map[string]bool{}
	for _, name := range documentNames(t) {
		if name == "panel" {
			continue
		}
		_, doc := parsedFile(t, filepath.Join("testdata", name+".graphql"))
		for _, f := range doc.Fragments {
			if other, isTwice := definedIn[f.Name]; isTwice {
				t.Errorf("%s and %s both define %s: move it to %s", other, name, f.Name, sharedFragments)
			}
			definedIn[f.Name] = name
		}
		_, shared := assembled(t, name)
		for _, fragment := range shared {
			isSpread[fragment] = true
		}
	}
	files, err := os.ReadDir(sharedFragments)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(file.Name(), ".graphql")
		if owner, isTwice := definedIn[name]; isTwice {
			t.Errorf("%s defines %s, which %s has too", owner, name, sharedFragments)
		}
		if !isSpread[name] {
			t.Errorf("no document spreads the fragment of %s", filepath.Join(sharedFragments, file.Name()))
		}
	}
}

func TestPanelQueryIsWholeSoThatItCanBePasted(t *testing.T) {
	if _, shared := assembled(t, "panel"); len(shared) != 0 {
		t.Errorf("the panel query does not define %v itself", shared)
	}
}
