package graph

import (
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

// check looks at an operation of a document that holds before it runs: at what the validator does not check of variables and
// subscriptions, and at the pages that variables decide.
func (d *documents) check(doc *document, op *graphql.OperationContext) *gqlerror.Error {
	variables := variableCheck{schema: d.schema, most: d.limits.Items, roomy: doc.roomy}
	if err := variables.of(op.Operation, op.Variables); err != nil {
		return err
	}
	if op.Operation.Operation == ast.Subscription && !selectsOneField(op.Operation.SelectionSet) {
		return refusal(codeValidationFailed, "a subscription selects just one field, none of the schema's own, and neither skips nor includes it by a condition")
	}
	return doc.wrongPage(d.limits.First, op.Variables)
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
