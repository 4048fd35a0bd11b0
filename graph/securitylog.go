package graph

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"contactpanel/contact"
	"contactpanel/graph/internal/meter"
)

// Lines of the security log that are written in a minute, and at once: of an address, so that none hides what others do, and of
// all together, so that no flood fills a disk (some 250 bytes a line).
const (
	linesOfAddress = 60
	linesOfAll     = 600
)

// securityLog writes a line for each request that is refused, without anything that the request contained: what it was refused
// for, how large it was, and whose it was, by id and address. It leaves out lines of a flood and says how many. Safe for
// concurrent use.
type securityLog struct {
	log     *slog.Logger
	now     func() time.Time
	of, all *meter.Buckets
	left    atomic.Int64 // out since the last line
}

func newSecurityLog(log *slog.Logger, now func() time.Time) *securityLog {
	return &securityLog{
		log: log, now: now, of: meter.NewBuckets(meter.Rate{PerMinute: linesOfAddress, Burst: linesOfAddress}, 1<<14, now()),
		all: meter.NewBuckets(meter.Rate{PerMinute: linesOfAll, Burst: linesOfAll}, 1, now()),
	}
}

// refused logs a request that does not run. Status is 0 where it is none of HTTP; the agent is that of the context. More are
// the limit (limitIn), or the reason (reasonOf).
func (s *securityLog) refused(ctx context.Context, address, code string, status, bytes int, more ...slog.Attr) {
	if attrs, ok := s.line(ctx, address); ok {
		attrs = append(attrs, slog.String("code", code), slog.Int("status", status), slog.Int("bytes", bytes))
		s.log.LogAttrs(ctx, slog.LevelWarn, "request refused", append(attrs, more...)...)
	}
}

// forbidden logs an operation that ran as far as to what the agent's role does not allow: once, however often it asked.
func (s *securityLog) forbidden(ctx context.Context, status, bytes int, errs gqlerror.List) {
	for _, err := range errs {
		if err.Extensions["code"] == contact.Forbidden {
			s.refused(ctx, "", string(contact.Forbidden), status, bytes)
			return
		}
	}
}

// limitIn is which limit the first of some errors is for, when it says so.
func limitIn(errs gqlerror.List) []slog.Attr {
	var attrs []slog.Attr
	for _, name := range []string{"what", "max", "got"} {
		if len(errs) > 0 && errs[0].Extensions[name] != nil {
			attrs = append(attrs, slog.Any(name, errs[0].Extensions[name]))
		}
	}
	return attrs
}

// knowing puts whom a verified token names into the context, for the log: who is kept out gets none of what it is for else.
func knowing(ctx context.Context, err error) context.Context {
	var no *contact.NotAdmittedError
	if _, unknown := contact.ActorFrom(ctx); unknown == nil || !errors.As(err, &no) {
		return ctx
	}
	return contact.WithActor(ctx, contact.Actor{Org: no.Org, Agent: contact.Agent{ID: no.Agent}})
}

// reasonOf is why an error keeps somebody out, when it does; of what has just one token the error itself says it.
func reasonOf(err error, hasShown bool) []slog.Attr {
	var no *contact.NotAdmittedError
	reason := contact.ReasonNoToken
	switch {
	case errors.As(err, &no):
		reason = no.Reason
	case contact.CodeOf(err) != contact.Unauthenticated:
		return nil
	case hasShown: // several
		reason = contact.ReasonMalformed
	}
	return []slog.Attr{slog.String("reason", string(reason))}
}

// isKeptOut reports an error that says why somebody is kept out. Whoever has made it has logged what is behind it.
func isKeptOut(err error) bool { return errors.As(err, new(*contact.NotAdmittedError)) }

// guessing logs that the context's agent has asked for more things that are not there than anybody does who works.
func (s *securityLog) guessing(ctx context.Context) {
	if attrs, ok := s.line(ctx, ""); ok {
		s.log.LogAttrs(ctx, slog.LevelWarn, "an agent asks for many things that are not there", attrs...)
	}
}

// line is what every line says; false: too many were written.
func (s *securityLog) line(ctx context.Context, address string) ([]slog.Attr, bool) {
	actor, _ := contact.ActorFrom(ctx) // who has said nothing yet has no id
	if address == "" {
		address = actor.Address
	}
	now, host := s.now(), meter.Host(address)
	if s.of.Take(now, 1, meter.Source(address)) > 0 || s.all.Take(now, 1) > 0 {
		s.left.Add(1)
		return nil, false
	}
	attrs := make([]slog.Attr, 0, 8)
	attrs = append(attrs, slog.String("request_id", RequestID(ctx)), slog.String("address", host),
		slog.String("organisation", string(actor.Org)), slog.String("agent", string(actor.ID)))
	if left := s.left.Swap(0); left > 0 {
		attrs = append(attrs, slog.Int64("lines_left_out", left))
	}
	return attrs, true
}
