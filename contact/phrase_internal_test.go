package contact

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// phraseArgument says which argument of a function is a phrase's format.
var phraseArgument = map[string]int{"say": 0, "invalid": 2, "refuse": 2, "FieldErrorf": 2, "limitReached": 1, "tooLong": -1}

// silent are the codes whose messages no agent sees.
var silent = regexp.MustCompile(`^(BadUserInput|InvalidCursor|Unauthenticated|Forbidden|IdempotencyKeyReused|Internal|code|contact\..*)$`)

var verbs = regexp.MustCompile(`%(\[\d+\])?[a-zA-Z]`)

// formats finds the formats of all phrases in the source files of a folder.
func formats(t *testing.T, folder string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has the files %v, %v", folder, files, err)
	}
	found := map[string]string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if format := phraseOf(call, folder); format != "" {
					found[format] = file
				}
			}
			return true
		})
	}
	return found
}

func phraseOf(call *ast.CallExpr, folder string) string {
	name := ""
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		name = fun.Name
	case *ast.SelectorExpr:
		name = fun.Sel.Name
	}
	place, ok := phraseArgument[name]
	if folder == "../phone" {
		place, ok = 0, name == "New"
	}
	if !ok || place < 0 || place >= len(call.Args) {
		return ""
	}
	if code, isIdent := call.Args[0].(*ast.Ident); name == "FieldErrorf" && isIdent && silent.MatchString(code.Name) {
		return ""
	}
	literal, ok := call.Args[place].(*ast.BasicLit)
	if !ok {
		return ""
	}
	text, err := strconv.Unquote(literal.Value)
	if err != nil {
		return ""
	}
	return text
}

func TestWhatAgentsSeeIsInGermanToo(t *testing.T) {
	all := formats(t, ".")
	for format, file := range formats(t, "../phone") {
		all[format] = file
	}
	if len(all) < 80 {
		t.Fatalf("only %d phrases were found", len(all))
	}
	for format, file := range all {
		german := germanPhrases[format]
		if german == "" {
			t.Errorf("%s says %q, which german.go lacks", file, format)
		}
		if want, got := verbs.FindAllString(format, -1), verbs.FindAllString(german, -1); strings.Join(want, " ") != strings.Join(got, " ") {
			t.Errorf("%q has the verbs %v, its German %v", format, want, got)
		}
	}
}

func TestNoGermanIsLeftOver(t *testing.T) {
	all := formats(t, ".")
	for format := range formats(t, "../phone") {
		all[format] = ""
	}
	for _, elsewhere := range []string{ // not written as literals where they are used
		"an absolute http or https address of at most 2048 bytes", "an address such as name@example.com, without a display name",
		"latitude from -90 to 90 with longitude from -180 to 180, or neither", keyAllowed, "has %d %s; at most %d are allowed",
		"code points", "bytes", "items",
	} {
		all[elsewhere] = ""
	}
	for format := range germanPhrases {
		if _, ok := all[format]; !ok {
			t.Errorf("german.go has %q, which nothing says", format)
		}
	}
}

func TestMessagesAreSentencesInTheViewersLanguage(t *testing.T) {
	long := tooLong("body", 2000, 2001, CodePoints)
	for _, tt := range []struct {
		err       *Error
		languages []string
		want      string
	}{
		{long, nil, "The value has 2001 code points; at most 2000 are allowed."},
		{long, []string{"de-AT"}, "Der Wert hat 2001 Zeichen; höchstens 2000 sind erlaubt."},
		{long, []string{"fr", "de"}, "Der Wert hat 2001 Zeichen; höchstens 2000 sind erlaubt."},
		{long, []string{"en-GB", "de"}, "The value has 2001 code points; at most 2000 are allowed."},
		{FieldErrorf(NotFound, "noteId", "there is no such note"), []string{"de"}, "Diese Notiz gibt es nicht."},
		{FieldErrorf(NotFound, "noteId", "there is no such note"), []string{"ja"}, "There is no such note."},
		{conflict(&Note{}, 3, 2), []string{"de"}, "Jemand hat dies inzwischen geändert; es steht jetzt bei Version 3."},
		{conflict(&Note{}, 3, 4), []string{"en"}, "The expected version is not known; it stands at version 3."},
		{conflict(&Note{}, 3, 4), []string{"de"}, "Die erwartete Version ist nicht bekannt; es steht bei Version 3."},
	} {
		if got := tt.err.MessageIn(tt.languages); got != tt.want {
			t.Errorf("in %v: %q, want %q", tt.languages, got, tt.want)
		}
	}
}
