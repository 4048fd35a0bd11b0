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

// variableCheck checks what the validator leaves open in variables: that a @oneOf input has exactly one member and that it
// is not null (GraphQL specification, 3.10.1), that enum values are written as the schema writes them, that scalars are of
// the right kind of JSON, and that no list has more items than it may. The validator compares enum values without case, takes
// numbers for texts and the other way round, and does not know @oneOf.
type variableCheck struct {
	schema *ast.Schema
	most   int            // items of a list
	roomy  map[string]int // variables of lists that may have more
}

// of checks the variables of an operation.
func (c *variableCheck) of(op *ast.OperationDefinition, values map[string]any) *gqlerror.Error {
	for _, v := range op.VariableDefinitions {
		value, isSet := values[v.Variable]
		if !isSet {
			continue
		}
		if wrong := c.value(v.Type, value, max(c.most, c.roomy[v.Variable])); wrong != nil {
			return wrong.refusal(v.Variable)
		}
	}
	return nil
}

// wrongValue says what is wrong with a value, and where in it.
type wrongValue struct {
	what, where string
	most, got   int // of a list that is too long
}

// refusal blames a variable.
func (w *wrongValue) refusal(variable string) *gqlerror.Error {
	place, field := "variable $"+variable+w.where, lastName(variable+w.where)
	if w.got > 0 {
		return tooManyItems(field, place, w.most, w.got)
	}
	err := refusal(contact.BadUserInput, place+": "+w.what)
	err.Extensions["field"] = field
	return err
}

// in says that the value stands at a place of another.
func (w *wrongValue) in(place string) *wrongValue {
	w.where = place + w.where
	return w
}

// lastName is the last name of a place such as input.values[0].
func lastName(where string) string {
	name := where[strings.LastIndexByte(where, '.')+1:]
	name, _, _ = strings.Cut(name, "[")
	return name
}

// value says what is wrong with a value, nil when nothing is. Most is how many items it may have when it is a list.
func (c *variableCheck) value(t *ast.Type, value any, most int) *wrongValue {
	if value == nil {
		return nil
	}
	if t.Elem != nil {
		return c.list(t, value, most)
	}
	switch def := c.schema.Types[t.NamedType]; def.Kind {
	case ast.InputObject:
		return c.object(def, value)
	case ast.Enum:
		if s, ok := value.(string); !ok || def.EnumValues.ForName(s) == nil {
			return &wrongValue{what: "is no value of " + def.Name}
		}
	case ast.Scalar:
		if err := checkScalar(def.Name, value); err != nil {
			return &wrongValue{what: err.Message}
		}
	default: // the schema has no other types of input
	}
	return nil
}

func (c *variableCheck) list(t *ast.Type, value any, most int) *wrongValue {
	items := reflect.ValueOf(value) // a list of any, or, where the validator made it of one value, of that value's type
	if items.Kind() != reflect.Slice {
		return c.value(t.Elem, value, most) // one value stands for a list of one
	}
	if items.Len() > most {
		return &wrongValue{most: most, got: items.Len()}
	}
	for i := range items.Len() {
		if wrong := c.value(t.Elem, items.Index(i).Interface(), most); wrong != nil {
			return wrong.in("[" + strconv.Itoa(i) + "]")
		}
	}
	return nil
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

func (c *variableCheck) object(def *ast.Definition, value any) *wrongValue {
	object, ok := value.(map[string]any)
	if !ok {
		return &wrongValue{what: "is no object"}
	}
	set := 0
	for _, f := range def.Fields {
		member, isSet := object[f.Name]
		if !isSet {
			continue
		}
		set++
		if def.Directives.ForName("oneOf") != nil && member == nil {
			return &wrongValue{what: "has a member that is null; exactly one must be given"}
		}
		if wrong := c.value(f.Type, member, allowedItems(f.Directives, c.most)); wrong != nil {
			return wrong.in("." + f.Name)
		}
	}
	if def.Directives.ForName("oneOf") != nil && set != 1 {
		return &wrongValue{what: "has " + strconv.Itoa(set) + " members; exactly one must be given"}
	}
	return nil
}
