package graph

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"contactpanel/contact"
	"contactpanel/graph/internal/inturn"
	"contactpanel/graph/internal/meter"
)

// door is what every operation passes, by whatever transport it comes: the same identity, the same checks of its document and
// variables, the same times.
type door struct {
	deps      Deps
	limits    *Limits
	documents *documents
	exec      graphql.GraphExecutor
	shown     *presenter
	meters    meters
	security  *securityLog
}

// identify says who asks, by what an Authorization header carries, and returns the context that their operations run in: in
// it besides what r's own has. Ctx bounds the asking.
func (d *door) identify(ctx context.Context, r *http.Request, authorization []string) (context.Context, contact.Actor, error) {
	credential := credentialOf(authorization)
	if no := d.checkAddress(r, credential); no != nil {
		return nil, contact.Actor{}, no
	}
	actor, err := d.signIn(ctx, authorization)
	d.signedIn(r, credential, actor, err)
	if err != nil {
		return nil, actor, err
	}
	actor.Languages = d.deps.Languages(strings.Join(r.Header.Values("Accept-Language"), ","))
	actor.RequestID, actor.Address = RequestID(r.Context()), meter.Host(r.RemoteAddr)
	return d.countingInVain(contact.WithActor(r.Context(), actor)), actor, nil
}

// signIn reads a token, and says whether its organisation is here.
func (d *door) signIn(ctx context.Context, authorization []string) (contact.Actor, error) {
	if len(authorization) != 1 {
		return contact.Actor{}, contact.Errorf(contact.Unauthenticated, "one Authorization header with a bearer token is needed")
	}
	actor, err := d.deps.SignIn(ctx, authorization[0])
	if err != nil {
		return actor, err
	}
	return actor, d.deps.Contacts.Admit(ctx, actor)
}

// checkSize refuses a document that is too large to be parsed.
func (d *door) checkSize(params *graphql.RawParams) *gqlerror.Error {
	if got, most := int64(len(params.Query)), int64(d.limits.DocumentBytes); got > most {
		return tooMuch(codeQueryTooLarge, "document", most, got, "the document is larger than the limit")
	}
	return nil
}

// prepare charges for an operation, parses, measures, validates and checks it; errors mean that it does not run.
// Without an operation nothing of the document was looked at, or nothing will be answered now.
func (d *door) prepare(ctx context.Context, params *graphql.RawParams) (*prepared, gqlerror.List) {
	actor, err := contact.ActorFrom(ctx)
	if err != nil {
		return nil, gqlerror.List{d.shown.present(ctx, err)}
	}
	if no := d.arrive(actor); no != nil {
		return nil, gqlerror.List{no}
	}
	p, errs := d.admit(ctx, actor, params)
	if errs != nil && p != nil {
		errs = d.shorten(codeOf(errs))
	}
	return p, errs
}

// prepared is an operation that passed the checks.
type prepared struct {
	*graphql.OperationContext
	// owed is what a subscription has still to pay before it begins: it waits for that, because stock clients take a refusal
	// as the end of it.
	owed int
	// cost is what an execution costs, in points.
	cost int
	// actor is who pays it.
	actor contact.Actor
}

// admit is prepare with the errors as they are. The reading of a document is charged before it is read, unless it is known,
// and the rest when the cost is known, which needs the walk and the variables and nothing that is dear. What does not hold
// gets the rest back.
func (d *door) admit(ctx context.Context, actor contact.Actor, params *graphql.RawParams) (*prepared, gqlerror.List) {
	doc, isKnown := d.documents.kept.find(params.Query)
	paid := 0
	if !isKnown {
		if no := d.charge(actor, costOfOperation, costOfOperation); no != nil {
			return nil, gqlerror.List{no}
		}
		paid = costOfOperation
	}
	p, errs := &prepared{OperationContext: &graphql.OperationContext{}, cost: costOfOperation, actor: actor}, gqlerror.List(nil)
	if !isKnown {
		if no := d.checkSize(params); no != nil {
			return nil, gqlerror.List{no}
		}
		if doc, errs = d.documents.read(params.Query); errs != nil {
			return p, errs
		}
	}
	op, points := d.documents.cost(doc, params)
	if err := overTheLimit(codeQueryTooComplex, "cost", d.limits.Cost, points, "the operation costs %s points"); err != nil {
		return p, gqlerror.List{err}
	}
	p.cost = max(points, costOfOperation)
	due := p.cost - paid
	if op != nil && op.Operation == ast.Subscription {
		p.owed, due = p.cost-costOfOperation, costOfOperation-paid
	}
	if due > 0 {
		if no := d.charge(actor, due, paid+due); no != nil {
			return nil, gqlerror.List{no}
		}
	}
	if errs = d.documents.validate(doc, params.Query); errs == nil {
		p.OperationContext, errs = d.begin(ctx, doc, params)
	}
	if errs != nil {
		d.giveBack(actor, paid+due-costOfOperation)
	}
	return p, errs
}

// begin reads the variables of a document that holds, and checks what is to run.
func (d *door) begin(ctx context.Context, doc *document, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	op, errs := d.exec.CreateOperationContext(withDocument(ctx, doc), params)
	if errs != nil {
		return op, errs
	}
	if no := d.documents.check(doc, op); no != nil {
		return op, gqlerror.List{no}
	}
	op.DisableIntrospection = !d.deps.AllowIntrospection
	return op, nil
}

// run executes a query or mutation within its time, when it is its turn. Neither a response nor a refusal: the time is over,
// or the client is gone.
func (d *door) run(ctx context.Context, p *prepared) (*graphql.Response, *gqlerror.Error) {
	place, no := d.enter(ctx, p.actor)
	if place == nil {
		d.spare(p)
		return nil, no
	}
	defer place.Leave()
	client, op := ctx, p.OperationContext
	ctx, cancel := context.WithTimeout(ctx, d.limits.Operation)
	defer cancel()
	if op.Operation.Operation == ast.Query && place.Work(ctx) != nil { // mutations take turns at the store
		d.spare(p)
		return nil, d.noTurn(client)
	}
	room := inturn.Room{Most: int(d.limits.AnswerBytes)}
	responses, ctx := d.exec.DispatchOperation(inturn.Within(ctx, &room), op)
	response := responses(ctx)
	switch {
	case response == nil:
	case room.IsLate():
		return lateAnswer(ctx, op), nil
	case room.IsExceeded():
		return tooLargeAnswer(op, &room), nil
	}
	return response, nil
}

// lateAnswer is what is said in the place of an answer that was not built to its end when the context ended; nil: the client is
// gone. The data is null and not left out, because the operation did run.
func lateAnswer(ctx context.Context, op *graphql.OperationContext) *graphql.Response {
	if errors.Is(ctx.Err(), context.Canceled) {
		return nil
	}
	late := tookTooLong()
	if op.Operation.Operation == ast.Mutation {
		late.Errors[0] = refusal(contact.OutcomeUnknown, "the operation took too long; what it has written stays")
	}
	late.Data = []byte("null")
	return late
}

// tooLargeAnswer is what is said in the place of an answer that is larger than the limit. The data is null and not left
// out, because the operation did run; what a mutation has changed stays, and that is said.
func tooLargeAnswer(op *graphql.OperationContext, room *inturn.Room) *graphql.Response {
	message, isMutation := "the answer is larger than the limit: select less, or smaller pages", op.Operation.Operation == ast.Mutation
	if isMutation {
		message = "the mutation was executed, but its answer is larger than the limit: read what you need by a query"
	}
	err := tooLarge(codeAnswerTooLarge, "answer", int64(room.Most), int64(room.Wanted()), message)
	if isMutation {
		err.Extensions["isExecuted"] = true
	}
	return &graphql.Response{Data: []byte("null"), Errors: gqlerror.List{err}}
}

// explain gives the errors of an operation that does not run as they are shown.
func (d *door) explain(ctx context.Context, op *graphql.OperationContext, errs gqlerror.List) *graphql.Response {
	return d.exec.DispatchError(graphql.WithOperationContext(ctx, op), errs)
}

func isSubscription(op *graphql.OperationContext) bool {
	return op.Operation.Operation == ast.Subscription
}

// tookTooLong is what is said when an operation's time is over.
func tookTooLong() *graphql.Response {
	return &graphql.Response{Errors: gqlerror.List{refusal(contact.Unavailable, "the operation took too long")}}
}

// traced marks the start of an operation.
func traced(ctx context.Context) context.Context { return graphql.StartOperationTrace(ctx) }

// writeErrors writes a list of errors as JSON.
func writeErrors(errs gqlerror.List) func(out *bytes.Buffer) {
	return func(out *bytes.Buffer) { appendErrors(out, errs) }
}

// writeResponse writes a whole answer as JSON.
func writeResponse(r *graphql.Response) func(out *bytes.Buffer) {
	return func(out *bytes.Buffer) { appendResponse(out, r) }
}

// readTime says how long the reading of a request took.
func readTime(start time.Time) graphql.TraceTiming {
	return graphql.TraceTiming{Start: start, End: time.Now()}
}
