package graph

import (
	"bytes"
	"encoding/json"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
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

// answers are the answers to the last events, so that the operation is executed once for an event and not for each of its
// subscribers. Safe for concurrent use.
type answers struct {
	now func() time.Time

	mu         sync.Mutex
	young, old map[answerKey][]byte
	since      time.Time // when young began
}

// answerKey names an answer. The event is the domain's, which is one thing for all followers, and another one when what it
// tells of has changed since.
type answerKey struct {
	event any
	shape shape
}

// Bounds of what is kept: subscribers that are up to date ask within milliseconds.
const (
	answersFor  = 2 * time.Second // twice that at most
	answersMost = 512             // twice that at most
	answerBytes = 32 << 10
)

// get returns the answer, nil when there is none. It must not be changed.
func (a *answers) get(key answerKey) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.turn()
	if found := a.young[key]; found != nil {
		return found
	}
	return a.old[key]
}

// put keeps a copy of the answer for a while.
func (a *answers) put(key answerKey, response *graphql.Response) {
	if len(response.Errors) > 0 || len(response.Data) > answerBytes {
		return
	}
	var b bytes.Buffer
	b.Grow(len(response.Data) + len(`{"data":}`))
	appendResponse(&b, response)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.turn()
	a.young[key] = b.Bytes()
}

// turn lets what is young become old, and what is old go, when the time is over or there is too much. The lock is held.
func (a *answers) turn() {
	now := a.now()
	switch age := now.Sub(a.since); {
	case a.young == nil || age >= 2*answersFor || age < 0: // a clock that was set back tells no age
		a.young, a.old, a.since = map[answerKey][]byte{}, nil, now
	case age >= answersFor: // young began when it was due, not when somebody asked
		a.young, a.old, a.since = map[answerKey][]byte{}, a.young, a.since.Add(answersFor)
	case len(a.young) >= answersMost:
		a.young, a.old, a.since = map[answerKey][]byte{}, a.young, now
	}
}
