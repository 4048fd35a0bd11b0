package graph

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"contactpanel/contact"
	"contactpanel/graph/internal/inturn"
	"contactpanel/graph/internal/push"
)

// engine executes for sockets what HTTP executes for requests, through the same door.
type engine struct{ *door }

var _ push.Engine = engine{}

// Admit says who opens a socket: connection_init carries what the Authorization header of a request would.
func (e engine) Admit(ctx context.Context, r *http.Request, payload map[string]any) (push.Identity, error) {
	var authorization []string
	for name, value := range payload {
		if text, ok := value.(string); ok && strings.EqualFold(name, "Authorization") {
			authorization = append(authorization, text)
		}
	}
	within, actor, err := e.identify(ctx, r, authorization)
	if err == nil {
		if no := e.charge(actor, costOfSocket, costOfSocket); no != nil {
			err = no
		}
	}
	if err != nil {
		return push.Identity{}, e.notAdmitted(ctx, r, err, len(authorization) > 0)
	}
	return push.Identity{Context: context.WithValue(within, operationsKey{}, new(atomic.Int64)), Owner: ownerOf(actor), Expires: actor.Expires}, nil
}

// Recheck asks as at a request of the same agent.
func (e engine) Recheck(ctx context.Context) error {
	actor, err := contact.ActorFrom(ctx)
	if err == nil {
		err = e.deps.Contacts.Admit(ctx, actor)
	}
	if err != nil && isFault(contact.CodeOf(err)) {
		_ = e.shown.present(ctx, err) // which logs it
		return fmt.Errorf("%w: %w", push.ErrNotNow, err)
	}
	return err
}

// notAdmitted logs why a socket is not let in, and says whether its client may try again later.
func (e engine) notAdmitted(ctx context.Context, r *http.Request, err error, hasShown bool) error {
	shown := gqlerror.List{e.shown.present(ctx, err)} // which logs a fault
	isLater, _ := laterStatus(shown)
	isBroken := isLater == 0 && isFault(contact.CodeOf(err))
	if !isBroken || isKeptOut(err) {
		e.security.refused(knowing(ctx, err), r.RemoteAddr, codeIn(shown), isLater, 0, append(limitIn(shown), reasonOf(err, hasShown)...)...)
	}
	var no *contact.NotAdmittedError
	switch {
	case isBroken || isLater != 0:
		return fmt.Errorf("%w: %w", push.ErrNotNow, err)
	case errors.As(err, &no) && no.Reason == contact.ReasonDeactivated:
		return fmt.Errorf("%w: %w", push.ErrShutOut, err)
	default:
		return err
	}
}

// IsShutOut says what the last request or recheck of anybody in the organisation has told.
func (e engine) IsShutOut(identity context.Context) bool {
	actor, err := contact.ActorFrom(identity)
	return err == nil && e.deps.Contacts.IsShutOut(actor)
}

// Refused logs what a connection, or a message of it, is refused for.
func (e engine) Refused(ctx context.Context, address, code string, status int, over push.Excess) {
	e.security.refused(ctx, address, code, status, 0, limitIn(gqlerror.List{refusalFor(contact.Code(code), "", over)})...)
}

// ownerOf names an agent across organisations.
func ownerOf(a contact.Actor) string { return string(a.Org) + "\x00" + string(a.ID) }

// operationsKey finds the number of a socket's operations so far.
type operationsKey struct{}

// Begin gives an operation of a socket a request id of its own: the handshake's with a number.
func (engine) Begin(ctx context.Context) context.Context {
	n, ok := ctx.Value(operationsKey{}).(*atomic.Int64)
	actor, err := contact.ActorFrom(ctx)
	if !ok || err != nil {
		return ctx // it is none of a socket's
	}
	actor.RequestID = fmt.Sprintf("%s.%d", RequestID(ctx), n.Add(1))
	return traced(contact.WithActor(withRequestID(ctx, actor.RequestID), actor))
}

// Prepare reads a request from a message's payload and checks it.
func (e engine) Prepare(ctx context.Context, payload map[string]any) (push.Operation, *push.Refusal) {
	start := time.Now()
	params, no := requestIn(payload)
	if no != nil {
		refused := &push.Refusal{Errors: e.refusing(ctx, gqlerror.List{no.err})}
		if no.isMalformed {
			refused.Malformed = no.err.Message
		}
		return nil, refused
	}
	params.ReadTime = readTime(start)
	op, errs := e.prepare(ctx, params)
	switch {
	case op == nil:
		return nil, &push.Refusal{Errors: e.refusing(ctx, errs)}
	case errs != nil:
		return nil, &push.Refusal{Errors: e.refusing(ctx, e.explain(ctx, op.OperationContext, errs).Errors)}
	}
	op.RawQuery = "" // a subscription lives long, and the cache of documents has the text
	return newOperation(e.door, op), nil
}

// refusing logs why an operation does not run, and gives it as an answer.
func (e engine) refusing(ctx context.Context, errs gqlerror.List) push.Answer {
	e.security.refused(ctx, "", codeIn(errs), 0, 0, limitIn(errs)...)
	return writeErrors(errs)
}

// Refuse gives the errors that say a code and a message, and which limit it is.
func (engine) Refuse(code, message string, over push.Excess) push.Answer {
	return writeErrors(gqlerror.List{refusalFor(contact.Code(code), message, over)})
}

// refusalFor is a refusal for a limit of sockets and streams, when there is one.
func refusalFor(code contact.Code, message string, over push.Excess) *gqlerror.Error {
	err := refusal(code, message)
	if over.What != "" {
		err.Extensions["what"], err.Extensions["max"] = over.What, over.Max
	}
	if over.Later > 0 {
		err.Extensions[retryAfter] = over.Later.Milliseconds()
	}
	return err
}

// operation is one that passed the door.
type operation struct {
	*door
	op        *prepared
	source    source
	responses graphql.ResponseHandler // of a subscription, once it runs
	shape     shape
	isShared  bool          // whether others get the same answers
	refused   gqlerror.List // why it does not
	hasRun    bool          // a query or mutation
}

var _ push.Operation = (*operation)(nil)

func newOperation(d *door, op *prepared) push.Operation {
	return &operation{door: d, op: op}
}

// IsSubscription implements push.Operation.
func (o *operation) IsSubscription() bool { return isSubscription(o.op.OperationContext) }

// Close implements push.Operation. Without having run, a query or mutation costs no more than its reading.
func (o *operation) Close() {
	if !o.hasRun && !o.IsSubscription() {
		o.spare(o.op)
	}
	o.source.close()
}

// Await waits for a subscription's next event, and before until the last one is paid: a subscription goes on later rather than
// being refused.
func (o *operation) Await(ctx context.Context) {
	if o.op.owed > 0 {
		if !o.pay(ctx, o.op.actor, o.op.owed) {
			return
		}
		o.op.owed = 0
	}
	if o.responses == nil && o.IsSubscription() {
		o.refused = o.start(graphql.WithOperationContext(ctx, o.op.OperationContext))
	}
	if o.responses != nil {
		o.source.await(ctx)
	}
}

// HasMore implements push.Operation.
func (o *operation) HasMore() bool { return o.responses != nil && o.op.owed == 0 && o.source.hasMore() }

// Next executes a query or mutation, or a subscription for the event that was waited for.
func (o *operation) Next(ctx context.Context) (push.Kind, push.Answer) {
	switch {
	case !o.IsSubscription():
		return o.once(ctx)
	case o.refused != nil:
		return push.Errors, writeErrors(o.refused)
	case o.op.owed > 0 || o.responses == nil: // the context has ended
		return push.Cut, nil
	}
	event, err := o.source.next(ctx)
	if err != nil {
		return o.end(ctx, err)
	}
	return o.answer(ctx, event)
}

// once executes a query or mutation.
func (o *operation) once(ctx context.Context) (push.Kind, push.Answer) {
	o.hasRun = true
	response, no := o.run(ctx, o.op)
	switch {
	case no != nil:
		return push.Errors, engine{o.door}.refusing(ctx, gqlerror.List{no})
	case response != nil:
		o.security.forbidden(ctx, 0, 0, response.Errors)
		return push.Final, writeResponse(response)
	case ctx.Err() != nil:
		return push.Cut, nil
	default:
		return push.Final, writeResponse(tookTooLong())
	}
}

// answer executes the operation for an event, unless that was done for another subscriber who asked the same.
func (o *operation) answer(ctx context.Context, event any) (push.Kind, push.Answer) {
	change, isShared := event.(contact.NoteChange) // all else is told to this follower alone
	if isShared = isShared && o.isShared; isShared {
		if done := change.Derived().Of(o.shape); done != nil {
			o.source.drop()
			return push.Result, func(out *bytes.Buffer) { out.Write(done) }
		}
	}
	response, room := o.execute(ctx)
	switch {
	case response == nil || room.IsLate(): // the context has ended
		return push.Cut, nil
	case room.IsExceeded():
		const message = "the answer to an event is larger than the limit: select less"
		return push.Errors, writeErrors(gqlerror.List{tooLarge(codeAnswerTooLarge, "event-answer", int64(room.Most), int64(room.Wanted()), message)})
	}
	o.source.drop()
	if isShared {
		o.shape.keep(change, response)
	}
	o.owe(event)
	return push.Result, writeResponse(response)
}

// owe notes that an event is to be paid which happened before the subscription began: how many of those are asked for is the
// client's own wish, unlike what happens from now on.
func (o *operation) owe(event any) {
	switch event.(type) {
	case *contact.CaughtUp, *contact.Resync:
		o.source.isReplay = false
	default:
		if o.source.isReplay {
			o.op.owed = o.op.cost
		}
	}
}

// Times of an execution that the store does not answer.
const (
	firstAgain = 250 * time.Millisecond
	lastAgain  = 5 * time.Second
	againFor   = 2 * time.Minute
)

// execute executes the operation for the event that was waited for. While the store does not answer it does so again: an
// answer with a hole would move the client's position on, and what belongs there would never be told.
func (o *operation) execute(ctx context.Context) (*graphql.Response, *inturn.Room) {
	began := time.Now()
	for pause := firstAgain; ; pause = min(2*pause, lastAgain) {
		o.source.give()
		room := &inturn.Room{Most: int(o.limits.EventBytes)}
		response := o.responses(graphql.WithOperationContext(inturn.Within(ctx, room), o.op.OperationContext))
		if response == nil || !slices.ContainsFunc(response.Errors, isPassing) || time.Since(began) > againFor {
			return response, room
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, room
		case <-timer.C:
		}
	}
}

func isPassing(err *gqlerror.Error) bool {
	code, ok := err.Extensions["code"].(contact.Code)
	return ok && code.IsPassing()
}

// start asks the resolver for the events. It answers with errors when there are none to come.
func (o *operation) start(ctx context.Context) gqlerror.List {
	responses, _ := o.exec.DispatchOperation(withSource(ctx, &o.source), o.op.OperationContext)
	if o.source.next == nil {
		if response := responses(ctx); response != nil {
			o.security.forbidden(ctx, 0, 0, response.Errors)
			return response.Errors
		}
		return tookTooLong().Errors
	}
	o.responses = responses
	o.shape, o.isShared = shapeOf(o.op.OperationContext)
	return nil
}

// end is what is said when the events end.
func (o *operation) end(ctx context.Context, err error) (push.Kind, push.Answer) {
	switch {
	case ctx.Err() != nil:
		return push.Cut, nil
	case err == contact.ErrOver: //nolint:errorlint // the domain's own, not wrapped
		return push.Over, nil
	case contact.CodeOf(err) == contact.Unavailable: // the store is closing; whoever comes back is told the rest
		return push.Cut, nil
	default:
		return push.Errors, writeErrors(gqlerror.List{o.shown.present(ctx, err)})
	}
}

// refusedOperation is one that says why it does not run.
type refusedOperation gqlerror.List

// IsSubscription implements push.Operation.
func (refusedOperation) IsSubscription() bool { return false }

// Close implements push.Operation.
func (refusedOperation) Close() {}

// Await implements push.Operation.
func (refusedOperation) Await(context.Context) {}

// HasMore implements push.Operation.
func (refusedOperation) HasMore() bool { return false }

// Next implements push.Operation.
func (r refusedOperation) Next(context.Context) (push.Kind, push.Answer) {
	return push.Errors, func(out *bytes.Buffer) { appendErrors(out, gqlerror.List(r)) }
}
