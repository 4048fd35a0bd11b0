package graph_test

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
)

// The limits that every client may rely on.
const (
	documentBytes  = 16 << 10
	documentTokens = 1000
	documentDepth  = 12
)

func TestPanelQueryNeedsNoAliasAndStaysWithinTheLimits(t *testing.T) {
	text := document(t, "panel")
	if len(text) > documentBytes/2 {
		t.Errorf("the panel query has %d bytes: longer than the 8 KiB that are cached", len(text))
	}
	if n := tokens(t, text); n > documentTokens/2 {
		t.Errorf("the panel query has %d tokens: no room for clients that ask for more", n)
	}
	doc := goldenDocuments(t, loadSchema(t))["panel"]
	deepest := 0
	var walk func(set ast.SelectionSet, depth int)
	walk = func(set ast.SelectionSet, depth int) {
		deepest = max(deepest, depth)
		for _, s := range set {
			switch s := s.(type) {
			case *ast.Field:
				if s.Alias != s.Name {
					t.Errorf("the panel query has the alias %s for %s", s.Alias, s.Name)
				}
				if len(s.SelectionSet) > 0 {
					walk(s.SelectionSet, depth+1)
				}
			case *ast.InlineFragment:
				walk(s.SelectionSet, depth)
			case *ast.FragmentSpread:
				walk(s.Definition.SelectionSet, depth)
			}
		}
	}
	walk(doc.Operations[0].SelectionSet, 1)
	if deepest > documentDepth-2 {
		t.Errorf("the panel query is %d deep: no room for clients that ask for more", deepest)
	}
}

// tokens counts as the server does: comments too.
func tokens(t *testing.T, text string) int {
	t.Helper()
	l := lexer.New(&ast.Source{Input: text})
	for n := 0; ; n++ {
		token, err := l.ReadToken()
		if err != nil {
			t.Fatal(err)
		}
		if token.Kind == lexer.EOF {
			return n
		}
	}
}

func TestPanelQueryTakesEveryMemberOfItsUnions(t *testing.T) {
	schema := loadSchema(t)
	for _, union := range []string{"AttributeValue", "AttributeRules", "GroupCondition"} {
		for _, member := range schema.Types[union].Types {
			if !strings.Contains(document(t, "panel"), "... on "+member+" {") {
				t.Errorf("the panel query does not show a %s", member)
			}
		}
	}
}
