package graph

import (
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"contactpanel/contact"
)

// checkVariables checks what the validator leaves open in variables: that a @oneOf input has exactly one member and that it
// is not null (GraphQL specification, 3.10.1), and that enum values are written as the schema writes them. The validator
// compares enum values without case and does not know @oneOf.
func checkVariables(schema *ast.Schema, op *ast.OperationDefinition, values map[string]any) *gqlerror.Error {
	for _, v := range op.VariableDefinitions {
		value, isSet := values[v.Variable]
		if !isSet {
			continue
		}
		if what, where := checkValue(schema, v.Type, value); what != "" {
			err := refusal(contact.BadUserInput, "variable $"+v.Variable+where+": "+what)
			err.Extensions["field"] = lastName(v.Variable + where)
			return err
		}
	}
	return nil
}

// lastName is the last name of a place such as input.values[0].
func lastName(where string) string {
	name := where[strings.LastIndexByte(where, '.')+1:]
	name, _, _ = strings.Cut(name, "[")
	return name
}

// checkValue says what is wrong with a value and where in it, "" when nothing is.
func checkValue(schema *ast.Schema, t *ast.Type, value any) (what, where string) {
	if value == nil {
		return "", ""
	}
	if t.Elem != nil {
		items, ok := value.([]any)
		if !ok {
			return checkValue(schema, t.Elem, value) // one value stands for a list of one
		}
		for i, item := range items {
			if what, where := checkValue(schema, t.Elem, item); what != "" {
				return what, "[" + strconv.Itoa(i) + "]" + where
			}
		}
		return "", ""
	}
	def := schema.Types[t.NamedType]
	if def.Kind == ast.InputObject {
		return checkObject(schema, def, value)
	}
	if s, ok := value.(string); def.Kind == ast.Enum && (!ok || def.EnumValues.ForName(s) == nil) {
		return "is no value of " + def.Name, ""
	}
	return "", ""
}

func checkObject(schema *ast.Schema, def *ast.Definition, value any) (what, where string) {
	object, ok := value.(map[string]any)
	if !ok {
		return "is no object", ""
	}
	set := 0
	for _, f := range def.Fields {
		member, isSet := object[f.Name]
		if !isSet {
			continue
		}
		set++
		if def.Directives.ForName("oneOf") != nil && member == nil {
			return "has a member that is null; exactly one must be given", ""
		}
		if what, where := checkValue(schema, f.Type, member); what != "" {
			return what, "." + f.Name + where
		}
	}
	if def.Directives.ForName("oneOf") != nil && set != 1 {
		return "has " + strconv.Itoa(set) + " members; exactly one must be given", ""
	}
	return "", ""
}
