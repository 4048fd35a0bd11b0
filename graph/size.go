package graph

import (
	"cmp"
	"encoding/json"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// size is how many items a list may have, by what a query says.
type size struct {
	// fixed is the number where no variable decides.
	fixed int64
	// by are the arguments that decide: of a page `first` and `last`, of any other list the one whose items it answers.
	by [2]argument
	// isPage says that the arguments are numbers; else they are lists.
	isPage bool
	// otherwise is the number when no argument is given.
	otherwise int64
}

// argument is one that decides a size. Value is nil where the query does not give it.
type argument struct {
	name  string
	value *ast.Value
}

func fixedSize(n int64) size { return size{fixed: n} }

// isFixed says that no variable changes the size.
func (s size) isFixed() bool { return s.by == [2]argument{} }

// settled works a size out where it can be done once for all requests.
func (s size) settled(most *sizeLimits) size {
	for _, a := range s.by {
		if a.value != nil && a.value.Kind == ast.Variable { // a list of variables has as many items as it is written with
			return s
		}
	}
	return fixedSize(s.of(most, nil, nil))
}

// sizeLimits are the largest sizes: what is asked for beyond them, and what is no number, is counted as them. Validation or
// the checks of variables refuse it later.
type sizeLimits struct{ first, items int64 }

// of is the size for the variables of a request, as they came, and the operation that declares them.
func (s size) of(most *sizeLimits, op *ast.OperationDefinition, variables map[string]any) int64 {
	if s.isFixed() {
		return cmp.Or(s.fixed, s.otherwise)
	}
	n, isGiven := int64(0), false
	for _, a := range s.by {
		if a.value == nil {
			continue
		}
		if one, ok := s.given(a.value, most, op, variables); ok {
			n, isGiven = max(n, one), true
		}
	}
	if !isGiven {
		return s.otherwise
	}
	return n
}

// given is the size by one argument; false: it is null or not given.
func (s size) given(v *ast.Value, most *sizeLimits, op *ast.OperationDefinition, variables map[string]any) (int64, bool) {
	if v.Kind == ast.Variable {
		value, isSet := variables[v.Raw]
		if isSet {
			return s.ofJSON(value, most)
		}
		v = defaultOf(op, v.Raw)
	}
	switch {
	case v == nil || v.Kind == ast.NullValue || v.Kind == ast.Variable:
		return 0, false
	case s.isPage && v.Kind == ast.IntValue:
		n, err := strconv.ParseInt(v.Raw, 10, 64)
		return within(n, err == nil, most.first), true
	case s.isPage:
		return most.first, true
	case v.Kind == ast.ListValue:
		return min(int64(len(v.Children)), most.items), true
	default: // one value stands for a list of one
		return 1, true
	}
}

// ofJSON is the size by the value of a variable.
func (s size) ofJSON(value any, most *sizeLimits) (int64, bool) {
	if value == nil {
		return 0, false
	}
	if s.isPage {
		number, ok := value.(json.Number)
		n, err := number.Int64()
		return within(n, ok && err == nil, most.first), true
	}
	if items, ok := value.([]any); ok {
		return min(int64(len(items)), most.items), true
	}
	return 1, true
}

// within is a page's size, the largest for one that is none.
func within(n int64, isNumber bool, most int64) int64 {
	if !isNumber || n < 1 || n > most {
		return most
	}
	return n
}

// defaultOf is what a variable is when the request does not give it; nil for nothing.
func defaultOf(op *ast.OperationDefinition, variable string) *ast.Value {
	if op == nil {
		return nil
	}
	if v := op.VariableDefinitions.ForName(variable); v != nil {
		return v.DefaultValue
	}
	return nil
}

// wrongPage is the argument of a page that is a number out of bounds, once variables have been read; nil: none is.
func (s *size) wrongPage(first int, variables map[string]any) (wrong *argument, got int64) {
	for i := range s.by {
		a := &s.by[i]
		if a.value == nil {
			continue
		}
		n, isNumber := int64(0), false
		switch a.value.Kind {
		case ast.Variable:
			n, isNumber = wholeNumber(variables[a.value.Raw])
		case ast.IntValue:
			n, isNumber = wholeNumber(json.Number(a.value.Raw))
		default: // null, or what validation has refused
		}
		if isNumber && (n < 1 || n > int64(first)) {
			return a, n
		}
	}
	return nil, 0
}

// wholeNumber reads a number as the reader of variables leaves it.
func wholeNumber(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case json.Number:
		n, err := v.Int64()
		return n, err == nil
	default:
		return 0, false
	}
}
