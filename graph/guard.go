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
	codeQueryTooComplex   contact.Code = "QUERY_TOO_COMPLEX"
	codeIntrospectionOff  contact.Code = "INTROSPECTION_DISABLED"
	codePersistedNotKnown contact.Code = "PERSISTED_QUERY_NOT_SUPPORTED"

	codeTooManyAliases       contact.Code = "TOO_MANY_ALIASES"
	codeAnswerTooLarge       contact.Code = "ANSWER_TOO_LARGE"
	codeTooManySubscriptions contact.Code = "TOO_MANY_SUBSCRIPTIONS"
	codeRateLimited          contact.Code = "RATE_LIMITED"
)

// guard looks at an operation between validation and execution: at what the validator does not check of variables and
// subscriptions. What a document may be was checked before (documents).
type guard struct {
	schema             *ast.Schema
	limits             *Limits
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
func (g guard) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	check := variableCheck{schema: g.schema, most: g.limits.Items}
	doc, isKnown := documentOf(ctx)
	if isKnown {
		check.roomy = doc.roomy
	}
	if err := check.of(op.Operation, op.Variables); err != nil {
		return err
	}
	if op.Operation.Operation == ast.Subscription && !selectsOneField(op.Operation.SelectionSet) {
		return refusal(codeValidationFailed, "a subscription selects just one field, none of the schema's own, and neither skips nor includes it by a condition")
	}
	if isKnown {
		if err := doc.wrongPage(g.limits.First, op.Variables); err != nil {
			return err
		}
	}
	op.DisableIntrospection = !g.allowIntrospection
	return nil
}

func refusal(code contact.Code, message string) *gqlerror.Error {
	return &gqlerror.Error{Message: message, Extensions: map[string]any{"code": code}}
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
