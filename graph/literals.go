package graph

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// textsForCustomScalars is a rule of validation: it refuses literals of dates, addresses and the like that are no strings,
// which the specification's rules leave to execution. By then a mutation's earlier fields have been written.
func textsForCustomScalars(observers *core.Events, addError core.AddErrFunc) {
	observers.OnField(func(_ *core.Walker, f *ast.Field) {
		for _, argument := range f.Arguments {
			checkLiteral(argument.Name, argument.Value, addError)
		}
	})
	observers.OnValue(func(_ *core.Walker, value *ast.Value) {
		if value.Kind != ast.ObjectValue {
			return
		}
		for _, member := range value.Children {
			checkLiteral(member.Name, member.Value, addError)
		}
	})
}

// checkLiteral blames the member of the name.
func checkLiteral(name string, value *ast.Value, addError core.AddErrFunc) {
	if value.Kind == ast.ListValue {
		for _, item := range value.Children {
			checkLiteral(name, item.Value, addError)
		}
		return
	}
	def := value.Definition
	if def == nil || def.Kind != ast.Scalar || def.OneOf("Int", "Float", "String", "Boolean", "ID") {
		return
	}
	switch value.Kind {
	case ast.StringValue, ast.BlockValue, ast.Variable, ast.NullValue:
	default:
		addError(core.Message("%s is written as a string.", def.Name), core.At(value.Position), func(err *gqlerror.Error) {
			err.Extensions = map[string]any{"field": name}
		})
	}
}

// numbersForFloats is no rule that refuses: it lets a whole number that stands for a Float be read as one, as a variable is. Read as an
// integer first, -0 would lose its sign, and a number beyond 64 bits would have no place to be refused in.
func numbersForFloats(observers *core.Events, _ core.AddErrFunc) {
	observers.OnValue(func(_ *core.Walker, value *ast.Value) {
		if value.Kind == ast.IntValue && value.Definition != nil && value.Definition.Name == "Float" {
			value.Kind = ast.FloatValue // the document is nobody else's yet
		}
	})
}
