package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the path in go.mod; our packages are named without it below.
const module = "contactpanel"

// rooms says who may import whom; the standard library is open to all. Arrows point downward only. A "*" is every
// package outside internal/, and a path of theirs stands for all below it. The last row is what any test file may import
// besides its own room's row and the layers below it: the real parts behind the domain's ports, so that no test needs a
// mock. A row may come before its package does.
const rooms = `
layer | package               | ours                                     | theirs
4     | main                  | *                                        | github.com/agnivade/levenshtein github.com/alecthomas/kong github.com/rs/cors
3     | store                 | contact store/sqlite store/mongo         |
3     | crm                   | contact                                  |
2     | graph/internal/gen    |                                          | github.com/99designs/gqlgen golang.org/x/tools/imports
2     | graph                 | contact graph/internal/gql graph/internal/inturn graph/internal/limit graph/internal/meter graph/internal/scalar graph/internal/push graph/internal/spool graph/internal/strictjson | github.com/99designs/gqlgen github.com/vektah/gqlparser/v2
2     | store/mongo           | contact store/internal/feed store/internal/life store/internal/paging store/internal/record | go.mongodb.org/mongo-driver/v2
2     | archive               | contact                                  |
2     | store/sqlite          | contact store/internal/feed store/internal/life store/internal/paging store/internal/record | modernc.org/sqlite github.com/pressly/goose/v3 github.com/gofrs/flock
2     | auth                  | contact                                  | github.com/coreos/go-oidc/v3 github.com/go-jose/go-jose/v4
2     | importer              | contact vcard                            | github.com/schollz/progressbar/v3 golang.org/x/text/encoding golang.org/x/term github.com/mattn/go-isatty
2     | demo                  | contact                                  |
2     | web                   |                                          |
1     | graph/internal/push   | graph/internal/limit graph/internal/meter graph/internal/strictjson | github.com/coder/websocket golang.org/x/time/rate
0     | graph/internal/limit  |                                          |
0     | graph/internal/strictjson |                                      |
0     | graph/internal/meter  |                                          |
0     | graph/internal/spool  |                                          |
1     | graph/internal/gql    | contact graph/internal/scalar graph/internal/inturn | github.com/99designs/gqlgen github.com/vektah/gqlparser/v2
1     | graph/internal/inturn |                                          | github.com/99designs/gqlgen github.com/vektah/gqlparser/v2
1     | graph/internal/scalar | contact                                  | github.com/99designs/gqlgen
1     | store/internal/feed   | contact store/internal/life              |
1     | store/internal/life   | contact                                  |
1     | store/internal/paging | contact                                  |
1     | store/internal/record | contact                                  |
1     | vcard                 |                                          | github.com/emersion/go-vcard
1     | phone                 | contact                                  | github.com/nyaruka/phonenumbers
1     | language              | contact                                  | golang.org/x/text/language
1     | idn                   | contact                                  | golang.org/x/net/idna
1     | fold                  | contact                                  | golang.org/x/text/unicode/norm
0     | contact               |                                          |
test  | auth/authtest         |                                          | github.com/go-jose/go-jose/v4
test  | store/storetest       | contact                                  | pgregory.net/rapid
test  | store/mongo/mongotest |                                          | go.mongodb.org/mongo-driver/v2
test  | *_test.go             | store/sqlite store/mongo store/mongo/mongotest store/storetest graph auth auth/authtest demo phone language idn fold | pgregory.net/rapid go.uber.org/goleak github.com/google/go-cmp github.com/coder/websocket go.mongodb.org/mongo-driver/v2/bson
`

// room is one row of the table.
type room struct {
	layer        int // a test room counts as 1: it stands on the domain alone
	test         bool
	ours, theirs []string
}

const testFiles = "*_test.go" // the row for all of them

func TestImportsFollowTheTable(t *testing.T) {
	table := readRooms(t)
	for _, pkg := range listPackages(t) {
		name := nameOf(pkg.ImportPath)
		if _, ok := table[name]; !ok {
			t.Errorf("package %s stands in no row: say in arch_test.go what it may import", name)
			continue
		}
		for _, file := range pkg.files() {
			for _, imported := range importsOf(t, filepath.Join(pkg.Dir, file)) {
				if !mayImport(table, name, imported, strings.HasSuffix(file, "_test.go")) {
					t.Errorf("%s imports %s, which is not for %s: see the table in arch_test.go",
						strings.TrimPrefix(path.Join(pkg.ImportPath, file), module+"/"), imported, name)
				}
			}
		}
	}
}

func TestTableOfRoomsPointsDownward(t *testing.T) {
	table := readRooms(t)
	for name, row := range table {
		for _, other := range row.ours {
			below, ok := table[other]
			switch {
			case other == "*":
			case !ok:
				t.Errorf("the row of %s names %s, which has no row", name, other)
			case name != testFiles && below.layer >= row.layer && !sameFolder(name, other):
				t.Errorf("the row of %s names %s, which does not lie below it", name, other)
			}
		}
	}
}

func TestEachLibraryHasOneHome(t *testing.T) {
	table := readRooms(t)
	for name, row := range table {
		for other, its := range table {
			// The generated code and the resolvers around it share one library, and test rooms share theirs with the tests.
			if name >= other || row.test || its.test || sameFolder(name, other) {
				continue
			}
			for _, library := range row.theirs {
				if below(library, its.theirs) || slices.ContainsFunc(its.theirs, func(s string) bool { return below(s, row.theirs) }) {
					t.Errorf("%s is for %s and for %s: a library has one home", library, name, other)
				}
			}
		}
	}
}

// mayImport tells whether a file of the room may import the path.
func mayImport(table map[string]room, name, imported string, inTest bool) bool {
	row, tests := table[name], table[testFiles]
	first, _, _ := strings.Cut(imported, "/")
	switch {
	case first == module:
		other := nameOf(imported)
		target, known := table[other]
		open := known && !strings.Contains("/"+other+"/", "/internal/")
		return slices.Contains(row.ours, other) ||
			slices.Contains(row.ours, "*") && open && !target.test ||
			inTest && other == name ||
			inTest && open && (target.layer < row.layer || slices.Contains(tests.ours, other))
	case !strings.Contains(first, "."):
		return true // the standard library
	default:
		return below(imported, row.theirs) || inTest && below(imported, tests.theirs)
	}
}

// below tells whether the path is one of the roots or lies under one.
func below(imported string, roots []string) bool {
	return slices.ContainsFunc(roots, func(root string) bool {
		return imported == root || strings.HasPrefix(imported, root+"/")
	})
}

func sameFolder(a, b string) bool {
	a, _, _ = strings.Cut(a, "/")
	b, _, _ = strings.Cut(b, "/")
	return a == b
}

func nameOf(importPath string) string {
	if importPath == module {
		return "main"
	}
	return strings.TrimPrefix(importPath, module+"/")
}

func readRooms(t *testing.T) map[string]room {
	t.Helper()
	table := map[string]room{}
	for line := range strings.Lines(strings.TrimSpace(rooms)) {
		cells := strings.Split(line, "|")
		if len(cells) != 4 {
			t.Fatalf("the table of rooms has a row without four cells: %s", line)
		}
		layer, name := strings.TrimSpace(cells[0]), strings.TrimSpace(cells[1])
		if layer == "layer" {
			continue
		}
		row := room{layer: 1, test: layer == "test", ours: strings.Fields(cells[2]), theirs: strings.Fields(cells[3])}
		if !row.test {
			var err error
			if row.layer, err = strconv.Atoi(layer); err != nil {
				t.Fatalf("the table of rooms gives %s a layer that is no number: %v", name, err)
			}
		}
		if _, twice := table[name]; twice {
			t.Fatalf("the table of rooms has two rows for %s", name)
		}
		table[name] = row
	}
	return table
}

// goPackage is the part of `go list -json` that the table is about.
type goPackage struct {
	ImportPath, Dir                                              string
	GoFiles, CgoFiles, IgnoredGoFiles, TestGoFiles, XTestGoFiles []string
}

// files lists those for other systems too: a rule that holds only where the tests run is none.
func (p goPackage) files() []string {
	return slices.Concat(p.GoFiles, p.CgoFiles, p.IgnoredGoFiles, p.TestGoFiles, p.XTestGoFiles)
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	// Without resolving imports (-find): the files themselves say what they import.
	out, err := output(t, "go", "list", "-find", "-json", "./...")
	if err != nil {
		t.Fatal(err)
	}
	var packages []goPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var pkg goPackage
		switch err := decoder.Decode(&pkg); {
		case errors.Is(err, io.EOF):
			return packages
		case err != nil:
			t.Fatalf("read the answer of go list: %v", err)
		}
		packages = append(packages, pkg)
	}
}

func importsOf(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, spec := range parsed.Imports {
		unquoted, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatalf("read an import of %s: %v", file, err)
		}
		paths = append(paths, unquoted)
	}
	return paths
}

// output runs a command at the top of the repository and returns what it printed.
func output(t *testing.T, name string, args ...string) ([]byte, error) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, exit.Stderr)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return out, nil
}
