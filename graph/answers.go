package graph

import (
	"bytes"
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"contactpanel/contact"
)

// sharedFields are the subscriptions whose answer to an event is the same for everyone who asks with the same document:
// everything that can be selected below them is a member of what the domain's followers share, and none of it is resolved for
// a viewer. A test that reads the schema holds them to that.
var sharedFields = map[string]bool{"noteEvents": true} //nolint:gochecknoglobals // a table, never written

// shape is what an answer to an event depends on besides the event.
type shape struct {
	// operation is the parsed one, which is the same for all who sent the same document.
	operation *ast.OperationDefinition
	// variables are those that are used below the root field, as JSON; mostly there are none.
	variables string
}

// shapeOf gives the shape of a subscription whose answers can be shared.
func shapeOf(op *graphql.OperationContext) (shape, bool) {
	root := rootField(op.Operation.SelectionSet)
	if root == nil || !sharedFields[root.Name] {
		return shape{}, false
	}
	s := shape{operation: op.Operation}
	if usesVariables(root.SelectionSet, map[string]bool{}) {
		variables, err := json.Marshal(op.Variables)
		if err != nil {
			return shape{}, false
		}
		s.variables = string(variables)
	}
	return s, true
}

// rootField is the one field of a subscription, through fragments.
func rootField(set ast.SelectionSet) *ast.Field {
	if len(set) != 1 {
		return nil
	}
	switch s := set[0].(type) {
	case *ast.Field:
		return s
	case *ast.InlineFragment:
		return rootField(s.SelectionSet)
	case *ast.FragmentSpread:
		return rootField(s.Definition.SelectionSet)
	default:
		return nil
	}
}

// usesVariables reports whether a selection depends on any variable; seen are the fragments that were looked at.
func usesVariables(set ast.SelectionSet, seen map[string]bool) bool {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			if len(s.Arguments) > 0 || len(s.Directives) > 0 || usesVariables(s.SelectionSet, seen) {
				return true // an argument may hold one: whoever writes it pays for the difference
			}
		case *ast.InlineFragment:
			if len(s.Directives) > 0 || usesVariables(s.SelectionSet, seen) {
				return true
			}
		case *ast.FragmentSpread:
			if len(s.Directives) > 0 {
				return true
			}
			if !seen[s.Name] {
				seen[s.Name] = true
				if usesVariables(s.Definition.SelectionSet, seen) {
					return true
				}
			}
		}
	}
	return false
}

// keptAnswer is the longest answer, in bytes, that is kept for other subscribers.
const keptAnswer = 32 << 10

// keep keeps an answer with its event, for others who ask the same.
func (s shape) keep(event contact.NoteChange, response *graphql.Response) {
	if len(response.Errors) > 0 || len(response.Data) > keptAnswer {
		return
	}
	var b bytes.Buffer
	b.Grow(len(response.Data) + len(`{"data":}`))
	appendResponse(&b, response)
	event.Derived().Keep(s, b.Bytes())
}
