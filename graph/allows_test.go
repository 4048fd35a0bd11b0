package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"contactpanel/auth"
	"contactpanel/contact"
)

// rolesOf reads the schema's rule of a field, nil when it has none.
func rolesOf(field *ast.FieldDefinition) []contact.Role {
	rule := field.Directives.ForName("allows")
	if rule == nil {
		return nil
	}
	var roles []contact.Role
	for _, child := range rule.Arguments.ForName("roles").Value.Children {
		roles = append(roles, contact.Role(child.Value.Raw))
	}
	return roles
}

// isForAll are the fields that any accepted token may ask for.
var isForAll = map[string]bool{"viewer": true, "limits": true, "__schema": true, "__type": true}

func TestSchemaShowsTheRolesOfEveryUseCase(t *testing.T) {
	schema := loadSchema(t)
	fields := slices.Concat(schema.Query.Fields, schema.Mutation.Fields, schema.Subscription.Fields)
	for _, name := range []string{"notes", "deletedNotes"} {
		fields = append(fields, schema.Types["Contact"].Fields.ForName(name))
	}
	for _, field := range fields {
		shown, rule := rolesOf(field), contact.RolesFor(field.Name)
		if isForAll[field.Name] != (shown == nil) || !slices.Equal(shown, rule) {
			t.Errorf("%s shows the roles %v, its use case has %v", field.Name, shown, rule)
		}
	}
}

// TestD10FieldsAnswerOnlyTheirRoles asks for every field of the roots in every role, with arguments that name nothing: what is not
// allowed is FORBIDDEN, and what is allowed is anything else.
func TestD10FieldsAnswerOnlyTheirRoles(t *testing.T) {
	w := newWorld(t)
	schema := loadSchema(t)
	for kind, root := range map[string]*ast.Definition{"query": schema.Query, "mutation": schema.Mutation, "subscription": schema.Subscription} {
		for _, field := range root.Fields {
			roles := rolesOf(field)
			if roles == nil {
				continue
			}
			for _, role := range contact.Roles() {
				as := auth.TokenRequest{Agent: "somebody", Org: acme, Role: role}
				codes := w.codesOf(t, as, fmt.Sprintf("%s { %s%s { __typename } }", kind, field.Name, argumentsFor(schema, field.Arguments)))
				if isAllowed := slices.Contains(roles, role); isAllowed == strings.Contains(codes, string(contact.Forbidden)) {
					t.Errorf("%s is answered %q to %s, want it allowed: %v", field.Name, codes, role, isAllowed)
				}
			}
		}
	}
}

// argumentsFor gives every argument that must be given a value of its type.
func argumentsFor(schema *ast.Schema, arguments ast.ArgumentDefinitionList) string {
	var given []string
	for _, a := range arguments {
		if a.Type.NonNull && a.DefaultValue == nil {
			given = append(given, a.Name+": "+literalFor(schema, a.Type))
		}
	}
	if len(given) == 0 {
		return ""
	}
	return "(" + strings.Join(given, ", ") + ")"
}

func literalFor(schema *ast.Schema, of *ast.Type) string {
	if of.Elem != nil {
		return "[]"
	}
	switch def := schema.Types[of.NamedType]; {
	case def.Kind == ast.Enum:
		return def.EnumValues[0].Name
	case def.Kind == ast.InputObject:
		var members []string
		for _, f := range def.Fields {
			if f.Type.NonNull && f.DefaultValue == nil {
				members = append(members, f.Name+": "+literalFor(schema, f.Type))
			}
		}
		return "{" + strings.Join(members, ", ") + "}"
	case def.Name == "Int":
		return "0"
	case def.Name == "Boolean":
		return "false"
	default:
		return `"x"`
	}
}

// codesOf asks for something that answers once, whatever it is.
func (w *world) codesOf(tb testing.TB, who auth.TokenRequest, query string) string {
	tb.Helper()
	got := answer{}
	if strings.HasPrefix(query, "subscription") {
		events, err := w.listen(tb, who, query, nil).rest()
		if err != nil || len(events) == 0 {
			tb.Fatalf("%s: %q, %v", query, events, err)
		}
		got.body = []byte(events[0].data)
	} else {
		got = w.ask(tb, who, query, nil)
	}
	codes := got.codes(tb)
	if strings.Contains(codes, "GRAPHQL_") {
		tb.Fatalf("%s: %s", query, got.body)
	}
	return codes
}
