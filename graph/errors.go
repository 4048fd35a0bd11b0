package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"contactpanel/contact"
)

// presenter turns errors into what a client may see: the domain's own, and those of parser and validator. Anything else is
// a fault: it is logged here, the one place that logs a failed request, and shown as INTERNAL_SERVER_ERROR with an id to
// quote.
type presenter struct{ log *slog.Logger }

func (p *presenter) present(ctx context.Context, err error) *gqlerror.Error {
	shown := &gqlerror.Error{Path: graphql.GetPath(ctx)}
	var wire *gqlerror.Error
	if errors.As(err, &wire) {
		shown.Path, shown.Locations = wire.Path, wire.Locations
		if wire.Err == nil && wire.Extensions["code"] != nil { // made by the parser, the validator or the door
			return wire
		}
	}
	var domain *contact.Error
	switch {
	case errors.As(err, &domain):
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		domain = contact.Fault(contact.Unavailable, err, "the operation took too long")
	default:
		domain = contact.Fault(contact.Internal, err, "internal error")
	}
	if domain.Code == contact.NotFound {
		askedInVain(ctx, 1)
	}
	shown.Message = domain.Message
	shown.Extensions = map[string]any{"code": domain.Code}
	if domain.Code == contact.BadUserInput && domain.Field == "" {
		domain.Field, shown.Path = argumentAt(ctx, shown.Path)
	}
	if domain.Field != "" {
		shown.Extensions["field"] = domain.Field
	}
	if domain.Code == contact.BadUserInput && domain.Max > 0 {
		shown.Extensions["what"], shown.Extensions["max"], shown.Extensions["got"] = domain.Field, domain.Max, domain.Got
	}
	if isFault(domain.Code) {
		shown.Extensions["requestId"] = RequestID(ctx)
	}
	// The client has left: no fault of anybody's.
	hasLeft := errors.Is(err, context.Canceled) && errors.Is(ctx.Err(), context.Canceled)
	if isFault(domain.Code) && !hasLeft && !isKeptOut(err) { // who is kept out has a line in the security log
		p.log.ErrorContext(ctx, "request failed", "code", domain.Code, "path", shown.Path.String(), "request_id", RequestID(ctx), "err", cause(domain, err))
	}
	return shown
}

func isFault(code contact.Code) bool {
	switch code {
	case contact.Internal, contact.Unavailable, contact.StorageFull, contact.Overloaded, contact.OutcomeUnknown:
		return true
	default:
		return false
	}
}

// cause is what the log says about a fault.
func cause(domain *contact.Error, err error) error {
	if domain.Err != nil {
		return domain.Err
	}
	return err
}

// recovered turns a panic of a resolver into a fault.
func (p *presenter) recovered(ctx context.Context, what any) error {
	p.log.ErrorContext(ctx, "a resolver panicked", "panic", fmt.Sprint(what), "request_id", RequestID(ctx), "stack", string(debug.Stack()))
	return contact.Errorf(contact.Internal, "internal error")
}
