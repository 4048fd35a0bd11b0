package graph

import (
	"fmt"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"contactpanel/contact"
)

// tooMuch is a refusal for a limit: `what` is its name, the operator's too, `max` what it allows and `got` what came.
func tooMuch(code contact.Code, what string, most, got int64, message string) *gqlerror.Error {
	err := tooLarge(code, what, most, 0, message)
	err.Extensions["got"] = got
	return err
}

// tooLarge is tooMuch of what may not have been counted to its end: then got is 0, and left out.
func tooLarge(code contact.Code, what string, most, got int64, message string) *gqlerror.Error {
	err := refusal(code, message)
	err.Extensions["what"], err.Extensions["max"] = what, most
	if got > 0 {
		err.Extensions["got"] = got
	}
	return err
}

// overTheLimit compares a count with its limit; nil when it is within.
func overTheLimit(code contact.Code, what string, most, got int, sentence string) *gqlerror.Error {
	if got <= most {
		return nil
	}
	return tooMuch(code, what, int64(most), int64(got), fmt.Sprintf(sentence+"; at most %s are allowed", grouped(int64(got)), grouped(int64(most))))
}

// tooManyParts refuses a document by what it is written with, before anything is walked.
func (l *Limits) tooManyParts(doc *ast.QueryDocument) *gqlerror.Error {
	variables := 0
	for _, op := range doc.Operations {
		variables += len(op.VariableDefinitions)
	}
	for _, f := range doc.Fragments {
		variables += len(f.VariableDefinition)
	}
	return firstOf(
		overTheLimit(codeQueryTooLarge, "operations", l.Operations, len(doc.Operations), "the document has %s operations"),
		overTheLimit(codeQueryTooLarge, "fragments", l.Fragments, len(doc.Fragments), "the document has %s fragments"),
		overTheLimit(codeQueryTooLarge, "variables", l.Variables, variables, "the document declares %s variables"),
	)
}

// tooMuchOfAll refuses a document by what was counted in all of it.
func (l *Limits) tooMuchOfAll(c counts) *gqlerror.Error {
	return firstOf(
		overTheLimit(codeQueryTooLarge, "directives", l.Directives, c.directives, "the document has %s directives"),
		overTheLimit(codeTooManyAliases, "aliases", l.Aliases, c.aliases, "the document has %s aliases"),
		overTheLimit(codeQueryTooDeep, "introspection-depth", l.IntrospectionDepth, c.schemaDepth, "the document asks for the schema %s levels deep"),
		overTheLimit(codeQueryTooComplex, "introspection-fields", l.IntrospectionFields, c.schemaFields, "the document asks for the schema with %s fields"),
	)
}

// tooMuchOfOne refuses a document by what one of its operations comes to.
func (l *Limits) tooMuchOfOne(m measure) *gqlerror.Error {
	return firstOf(
		overTheLimit(codeQueryTooDeep, "depth", l.Depth, m.depth, "the document selects %s levels deep"),
		overTheLimit(codeQueryTooComplex, "root-fields", l.RootFields, m.roots, "the operation has %s fields at its root"),
		overTheLimit(codeQueryTooComplex, "fields", l.Fields, m.fields, "the operation has %s fields, a fragment's as often as it is spread"),
	)
}

func firstOf(errs ...*gqlerror.Error) *gqlerror.Error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// grouped writes a number for people: 2,000.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
