package graph

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator/core"

	"contactpanel/contact"
)

// documents reads the documents that clients send, and keeps those that hold. Each is read in an order that makes the
// dearer step safe by the cheaper one before it: tokens, walk, cost, validation. Safe for concurrent use.
type documents struct {
	schema             *ast.Schema
	prices             prices
	limits             *Limits
	most               sizeLimits
	allowIntrospection bool
	validator          *validator
	kept               *shelf
}

// document is one that was parsed and walked. Read-only once it is kept.
type document struct {
	parsed  *ast.QueryDocument
	formula formula
	costs   []amount // of the operations
	pages   []size
	roomy   map[string]int // variables of lists that may have more items than others
	isValid bool
}

func newDocuments(schema *ast.Schema, limits *Limits, allowIntrospection bool) *documents {
	return &documents{
		schema: schema, prices: pricesOf(schema), limits: limits, most: sizeLimits{int64(limits.First), int64(limits.Items)},
		allowIntrospection: allowIntrospection, validator: newValidator(schema, limits.Errors), kept: newShelf(limits),
	}
}

// read parses a document and walks it.
func (d *documents) read(text string) (*document, gqlerror.List) {
	parsed, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, d.limits.Tokens)
	if err != nil {
		return nil, gqlerror.List{d.unparsed(text, err)}
	}
	if len(parsed.Operations) == 0 {
		return nil, gqlerror.List{refusal(codeValidationFailed, "the document has no operation")}
	}
	doc, refused := d.walk(parsed)
	if refused != nil {
		return nil, gqlerror.List{refused}
	}
	return doc, nil
}

// walk measures a document, and refuses what is more than the limits allow.
func (d *documents) walk(parsed *ast.QueryDocument) (*document, *gqlerror.Error) {
	if err := d.limits.tooManyParts(parsed); err != nil {
		return nil, err
	}
	w := newWalk(d.schema, d.prices, &d.most, parsed, d.limits.Items)
	doc := &document{parsed: parsed, costs: make([]amount, len(parsed.Operations))}
	var tooMuch *gqlerror.Error
	for i, op := range parsed.Operations {
		m := w.operation(op)
		doc.costs[i] = w.formula.plus(m.flat, m.perItem)
		tooMuch = firstOf(tooMuch, d.limits.tooMuchOfOne(m))
	}
	for _, f := range parsed.Fragments { // those that no operation uses, too
		w.fragment(f)
	}
	switch {
	case w.counts.introspects && !d.allowIntrospection:
		return nil, refusal(codeIntrospectionOff, "introspection is off")
	case w.counts.defers:
		return nil, refusal(codeValidationFailed, "@defer is not offered")
	}
	doc.formula, doc.pages, doc.roomy = w.formula, w.pages, w.lists.roomy
	return doc, firstOf(d.limits.tooMuchOfAll(w.counts), tooMuch, w.lists.tooLong)
}

// cost is what an operation of the document costs with a request's variables, in points. The operation is nil when the
// document has none of the name, or several and none is named.
func (d *documents) cost(doc *document, params *graphql.RawParams) (*ast.OperationDefinition, int) {
	op := doc.parsed.Operations.ForName(params.OperationName)
	for i, each := range doc.parsed.Operations {
		if each == op {
			return op, int(doc.formula.value(doc.costs[i], func(s size) int64 { return s.of(&d.most, op, params.Variables) }))
		}
	}
	return nil, 0
}

// validate checks a document against the schema, once, and offers it to be kept.
func (d *documents) validate(doc *document, text string) gqlerror.List {
	if doc.isValid {
		return nil
	}
	if errs := d.validator.check(doc.parsed); len(errs) > 0 {
		for _, err := range errs {
			if err.Extensions["code"] == nil {
				errcode.Set(err, errcode.ValidationFailed)
			}
		}
		return errs
	}
	doc.isValid = true // nobody else has it yet
	d.kept.offer(text, doc)
	return nil
}

// unparsed is what is said about a document that does not parse.
func (d *documents) unparsed(text string, err error) *gqlerror.Error {
	wire, ok := err.(*gqlerror.Error) //nolint:errorlint // the parser's own, not wrapped
	if !ok {
		return refusal(codeParseFailed, "the document does not parse")
	}
	if strings.HasPrefix(wire.Message, "exceeded token limit") {
		return overTheLimit(codeQueryTooLarge, "tokens", d.limits.Tokens, tokensOf(text, d.limits.Tokens), "the document has %s tokens")
	}
	errcode.Set(wire, errcode.ParseFailed)
	return wire
}

// tokensOf counts the tokens of a document that has more than a limit; behind what is no token they cannot be counted.
func tokensOf(text string, limit int) int {
	l := lexer.New(&ast.Source{Input: text})
	for n := 0; ; n++ {
		if token, err := l.ReadToken(); err != nil || token.Kind == lexer.EOF {
			return max(n, limit+1)
		}
	}
}

// documentKey finds the document of the request that is being prepared.
type documentKey struct{}

func withDocument(ctx context.Context, doc *document) context.Context {
	return context.WithValue(ctx, documentKey{}, doc)
}

// handover gives gqlgen the document that was parsed and validated here, in the place where it looks for those that it has
// seen before.
type handover struct{}

var _ graphql.Cache[*ast.QueryDocument] = handover{}

// Get gives the document of the request. Without one it panics: gqlgen would parse the text itself, and go by none of the limits.
func (handover) Get(ctx context.Context, _ string) (*ast.QueryDocument, bool) {
	return ctx.Value(documentKey{}).(*document).parsed, true //nolint:errcheck // see above
}

// Add keeps nothing: there is nothing that gqlgen parses.
func (handover) Add(context.Context, string, *ast.QueryDocument) {}

// wrongPage refuses a page of another size than the limits allow, before a mutation writes anything.
func (doc *document) wrongPage(first int, variables map[string]any) *gqlerror.Error {
	for i := range doc.pages {
		if wrong, got := doc.pages[i].wrongPage(first, variables); wrong != nil {
			err := tooMuch(contact.BadUserInput, "first", int64(first), got, wrong.name+" must be from 1 to "+grouped(int64(first)))
			err.Extensions["field"] = wrong.name
			core.At(wrong.value.Position)(err)
			return err
		}
	}
	return nil
}
