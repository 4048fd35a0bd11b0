package graph

import (
	"errors"
	"reflect"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"contactpanel/contact"
	"contactpanel/graph/internal/scalar"
)

// checkVariables checks what the validator leaves open in variables: that a @oneOf input has exactly one member and that it
// is not null (GraphQL specification, 3.10.1), that enum values are written as the schema writes them, and that scalars are
// of the right kind of JSON. The validator compares enum values without case, takes numbers for texts and the other way
// round, and does not know @oneOf.
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
		items := reflect.ValueOf(value) // a list of any, or, where the validator made it of one value, of that value's type
		if items.Kind() != reflect.Slice {
			return checkValue(schema, t.Elem, value) // one value stands for a list of one
		}
		for i := range items.Len() {
			if what, where := checkValue(schema, t.Elem, items.Index(i).Interface()); what != "" {
				return what, "[" + strconv.Itoa(i) + "]" + where
			}
		}
		return "", ""
	}
	switch def := schema.Types[t.NamedType]; def.Kind {
	case ast.InputObject:
		return checkObject(schema, def, value)
	case ast.Enum:
		if s, ok := value.(string); !ok || def.EnumValues.ForName(s) == nil {
			return "is no value of " + def.Name, ""
		}
	case ast.Scalar:
		if err := checkScalar(def.Name, value); err != nil {
			return err.Message, ""
		}
	default: // the schema has no other types of input
	}
	return "", ""
}

// checkScalar asks the scalar itself, before anything runs: it would refuse the value only when its field's turn comes.
func checkScalar(name string, value any) *contact.Error {
	var err error
	switch name {
	case "ID":
		_, err = scalar.UnmarshalID(value)
	case "Int":
		_, err = scalar.UnmarshalInt(value)
	case "Float":
		_, err = scalar.UnmarshalFloat(value)
	case "Boolean":
		_, err = scalar.UnmarshalBoolean(value)
	default:
		_, err = scalar.UnmarshalString(value)
	}
	var refused *contact.Error
	errors.As(err, &refused)
	return refused
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
