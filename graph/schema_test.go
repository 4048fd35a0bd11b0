package graph_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

func loadSchema(tb testing.TB) *ast.Schema {
	tb.Helper()
	text, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		tb.Fatal(err)
	}
	return gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
}

// ownTypes are the schema's types without those of GraphQL itself.
func ownTypes(s *ast.Schema) []*ast.Definition {
	var out []*ast.Definition
	for _, def := range s.Types {
		if !def.BuiltIn && !strings.HasPrefix(def.Name, "__") {
			out = append(out, def)
		}
	}
	slices.SortFunc(out, func(a, b *ast.Definition) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func TestEveryElementOfTheSchemaIsDescribed(t *testing.T) {
	check := func(what, description string) {
		if strings.TrimSpace(description) == "" {
			t.Errorf("%s has no description", what)
		}
	}
	for _, def := range ownTypes(loadSchema(t)) {
		check(def.Name, def.Description)
		for _, f := range def.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			check(def.Name+"."+f.Name, f.Description)
			for _, a := range f.Arguments {
				check(def.Name+"."+f.Name+"("+a.Name+":)", a.Description)
			}
		}
	}
}

func TestNoTwoMembersOfAUnionGiveOneFieldNameTwoTypes(t *testing.T) {
	schema := loadSchema(t)
	for _, def := range ownTypes(schema) {
		if !def.IsAbstractType() {
			continue
		}
		types := map[string]string{}
		for _, member := range schema.GetPossibleTypes(def) {
			for _, f := range member.Fields {
				if had := types[f.Name]; had != "" && had != f.Type.String() {
					t.Errorf("members of %s give %s the types %s and %s: a query would need an alias", def.Name, f.Name, had, f.Type)
				}
				types[f.Name] = f.Type.String()
			}
		}
	}
}

func TestMutationsAreAVerbAndANounWithOneInputAndOnePayload(t *testing.T) {
	schema := loadSchema(t)
	verbs := []string{"add", "edit", "delete", "restore", "set", "clear", "promote", "remove", "upsert", "create", "update", "archive", "order", "deactivate", "reactivate", "erase"}
	for _, f := range schema.Mutation.Fields {
		if !slices.ContainsFunc(verbs, func(verb string) bool {
			rest, ok := strings.CutPrefix(f.Name, verb)
			return ok && rest != "" && rest[:1] == strings.ToUpper(rest[:1])
		}) {
			t.Errorf("%s is no verb and noun", f.Name)
		}
		name := strings.ToUpper(f.Name[:1]) + f.Name[1:]
		if len(f.Arguments) != 1 || f.Arguments[0].Name != "input" || f.Arguments[0].Type.String() != name+"Input!" {
			t.Errorf("%s does not take just input: %sInput!", f.Name, name)
		}
		if f.Type.String() != name+"Payload!" {
			t.Errorf("%s gives %s, want %sPayload!", f.Name, f.Type, name)
		}
		payload, input := schema.Types[name+"Payload"], schema.Types[name+"Input"]
		for member, want := range map[string]string{"problems": "[Problem!]!", "clientMutationId": "String"} {
			if m := payload.Fields.ForName(member); m == nil || m.Type.String() != want {
				t.Errorf("%s has no %s: %s", payload.Name, member, want)
			}
		}
		if m := input.Fields.ForName("clientMutationId"); m == nil || m.Type.String() != "String" {
			t.Errorf("%s has no clientMutationId: String", input.Name)
		}
		for _, m := range payload.Fields {
			if m.Name != "problems" && m.Type.NonNull {
				t.Errorf("%s.%s is never null, but a refused mutation has nothing to show there", payload.Name, m.Name)
			}
		}
	}
}

// goldenDocuments are the documents of testdata that are for our schema, validated.
func goldenDocuments(tb testing.TB, schema *ast.Schema) map[string]*ast.QueryDocument {
	tb.Helper()
	out := map[string]*ast.QueryDocument{}
	for _, name := range documentNames(tb) {
		parsed, err := parser.ParseQuery(&ast.Source{Name: name, Input: document(tb, name)})
		if err != nil {
			tb.Fatal(err)
		}
		if errs := validator.ValidateWithRules(schema, parsed, rules.NewDefaultRules()); errs != nil {
			tb.Fatal(errs)
		}
		out[name] = parsed
	}
	return out
}

func TestEveryTypeBehindAUnionOrAnInterfaceOccursInSomeGoldenAnswer(t *testing.T) {
	seen := map[string]bool{}
	files, err := filepath.Glob("testdata/*.golden.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var answer any
		if err := json.Unmarshal(text, &answer); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		collectTypeNames(answer, seen)
	}
	schema := loadSchema(t)
	for _, def := range ownTypes(schema) {
		if !def.IsAbstractType() {
			continue
		}
		for _, member := range schema.GetPossibleTypes(def) {
			if !member.IsAbstractType() && !seen[member.Name] { // an interface counts by the types that implement it
				t.Errorf("%s, a member of %s, is in no golden answer", member.Name, def.Name)
			}
		}
	}
}

func collectTypeNames(v any, seen map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		if name, ok := v["__typename"].(string); ok {
			seen[name] = true
		}
		for _, member := range v {
			collectTypeNames(member, seen)
		}
	case []any:
		for _, item := range v {
			collectTypeNames(item, seen)
		}
	}
}

func TestEveryFieldOfTheSchemaIsAskedForInSomeGoldenDocument(t *testing.T) {
	schema := loadSchema(t)
	asked := map[string]bool{}
	for _, doc := range goldenDocuments(t, schema) {
		for _, op := range doc.Operations {
			collectFields(schema, op.SelectionSet, asked)
		}
	}
	for _, def := range ownTypes(schema) {
		if def.Kind != ast.Object {
			continue
		}
		for _, f := range def.Fields {
			if !strings.HasPrefix(f.Name, "__") && !asked[def.Name+"."+f.Name] {
				t.Errorf("no golden document asks for %s.%s", def.Name, f.Name)
			}
		}
	}
}

// collectFields notes each field under its type and, for an interface, under every type that implements it.
func collectFields(schema *ast.Schema, set ast.SelectionSet, asked map[string]bool) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			asked[s.ObjectDefinition.Name+"."+s.Name] = true
			for _, member := range schema.GetPossibleTypes(s.ObjectDefinition) {
				asked[member.Name+"."+s.Name] = true
			}
			collectFields(schema, s.SelectionSet, asked)
		case *ast.InlineFragment:
			collectFields(schema, s.SelectionSet, asked)
		case *ast.FragmentSpread:
			collectFields(schema, s.Definition.SelectionSet, asked)
		}
	}
}
