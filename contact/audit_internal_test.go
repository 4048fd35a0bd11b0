package contact

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Every kind that the domain can write is one of AuditKinds: event types are, and others are written by their constants alone.
func TestEveryKindOfTheAuditIsListed(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	constants, listed := 0, AuditKinds()
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec: // NoteAdded EventType = "NOTE_ADDED", AuditNoteAdded = AuditKind("…")
				for _, kind := range kindsIn(n) {
					constants++
					if !slices.Contains(listed, kind) {
						t.Errorf("%s: AuditKinds lists no %s", file, kind)
					}
				}
				return false
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); err == nil && slices.Contains(listed, AuditKind(text)) {
					t.Errorf("%s: the kind %s is written as a text and not as a constant", file, text)
				}
			}
			return true
		})
	}
	if constants < len(listed) {
		t.Errorf("%d constants of kinds were seen for %d kinds", constants, len(listed))
	}
	if sorted := slices.Sorted(slices.Values(listed)); len(slices.Compact(sorted)) != len(listed) {
		t.Errorf("AuditKinds lists one twice: %q", listed)
	}
}

// kindsIn are the texts of a declaration of event types or kinds.
func kindsIn(spec *ast.ValueSpec) []AuditKind {
	of, _ := spec.Type.(*ast.Ident)
	isKind := of != nil && of.Name == "EventType"
	var out []AuditKind
	for _, value := range spec.Values {
		if call, ok := value.(*ast.CallExpr); ok && len(call.Args) == 1 {
			fun, _ := call.Fun.(*ast.Ident)
			isKind, value = fun != nil && fun.Name == "AuditKind", call.Args[0]
		}
		if text, ok := value.(*ast.BasicLit); ok && isKind {
			kind, err := strconv.Unquote(text.Value)
			if err == nil {
				out = append(out, AuditKind(kind))
			}
		}
	}
	return out
}
