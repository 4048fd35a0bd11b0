package graph

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"contactpanel/contact"
)

// Codes of the wire alone; the domain does not know them.
const (
	codeParseFailed       contact.Code = "GRAPHQL_PARSE_FAILED"
	codeValidationFailed  contact.Code = "GRAPHQL_VALIDATION_FAILED"
	codeBadRequest        contact.Code = "BAD_REQUEST"
	codeBodyTooLarge      contact.Code = "BODY_TOO_LARGE"
	codeQueryTooLarge     contact.Code = "QUERY_TOO_LARGE"
	codeQueryTooDeep      contact.Code = "QUERY_TOO_DEEP"
	codeIntrospectionOff  contact.Code = "INTROSPECTION_DISABLED"
	codePersistedNotKnown contact.Code = "PERSISTED_QUERY_NOT_SUPPORTED"

	codeTooManyAliases       contact.Code = "TOO_MANY_ALIASES"
	codeAnswerTooLarge       contact.Code = "ANSWER_TOO_LARGE"
	codeTooManySubscriptions contact.Code = "TOO_MANY_SUBSCRIPTIONS"
)

// guard looks at an operation between validation and execution: its depth, its introspection, and what the validator does
// not check of variables.
type guard struct {
	schema             *ast.Schema
	limits             Limits
	allowIntrospection bool
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
} = guard{}

// ExtensionName names the guard in messages of gqlgen.
func (guard) ExtensionName() string { return "Guard" }

// Validate has nothing to say about the schema.
func (guard) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext refuses what must not run.
func (g guard) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	if err := checkVariables(g.schema, op.Operation, op.Variables); err != nil {
		return err
	}
	if op.Operation.Operation == ast.Subscription && !selectsOneField(op.Operation.SelectionSet) {
		return refusal(codeValidationFailed, "a subscription selects just one field, none of the schema's own, and neither skips nor includes it by a condition")
	}
	w := &depthWalk{fragments: map[string]int{}}
	depth := w.depth(op.Operation.SelectionSet)
	if w.defers {
		return refusal(codeValidationFailed, "@defer is not offered")
	}
	if w.introspects && !g.allowIntrospection {
		return refusal(codeIntrospectionOff, "introspection is off")
	}
	if depth > g.limits.Depth {
		return refusal(codeQueryTooDeep, "the document selects deeper than the limit allows")
	}
	if w.aliases > g.limits.Aliases {
		return refusal(codeTooManyAliases, "the document has more aliases than the limit allows")
	}
	op.DisableIntrospection = !g.allowIntrospection
	return nil
}

func refusal(code contact.Code, message string) *gqlerror.Error {
	return &gqlerror.Error{Message: message, Extensions: map[string]any{"code": code}}
}

// depthWalk measures how deep a document selects. Each fragment is measured once, so that fragments that spread each other
// twice cost nothing; validation has refused those that spread themselves.
type depthWalk struct {
	fragments   map[string]int
	aliases     int // of the document, each once
	introspects bool
	defers      bool
}

func (w *depthWalk) depth(set ast.SelectionSet) int {
	deepest := 0
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			deepest = max(deepest, w.field(s))
		case *ast.InlineFragment:
			w.defers = w.defers || s.Directives.ForName("defer") != nil
			deepest = max(deepest, w.depth(s.SelectionSet))
		case *ast.FragmentSpread:
			w.defers = w.defers || s.Directives.ForName("defer") != nil
			if _, ok := w.fragments[s.Name]; !ok {
				w.fragments[s.Name] = w.depth(s.Definition.SelectionSet)
			}
			deepest = max(deepest, w.fragments[s.Name])
		}
	}
	return deepest
}

// field measures a field and what it selects. The schema's own fields are deeper than any panel's and bounded by the
// schema; they count as one level and have a switch of their own.
func (w *depthWalk) field(f *ast.Field) int {
	if f.Alias != f.Name {
		w.aliases++
	}
	if f.Name == "__schema" || f.Name == "__type" {
		w.introspects = true
		return 1
	}
	return 1 + w.depth(f.SelectionSet)
}

// selectsOneField reports whether a subscription selects exactly one field, whatever the variables are (GraphQL specification,
// 5.2.4.1): the validator lets the schema's own fields and conditions pass, which execution cannot.
func selectsOneField(set ast.SelectionSet) bool {
	if len(set) != 1 {
		return false
	}
	isConditional := func(list ast.DirectiveList) bool {
		return list.ForName("skip") != nil || list.ForName("include") != nil
	}
	switch s := set[0].(type) {
	case *ast.Field:
		return !strings.HasPrefix(s.Name, "__") && !isConditional(s.Directives)
	case *ast.InlineFragment:
		return !isConditional(s.Directives) && selectsOneField(s.SelectionSet)
	case *ast.FragmentSpread:
		return !isConditional(s.Directives) && selectsOneField(s.Definition.SelectionSet)
	default:
		return false
	}
}
