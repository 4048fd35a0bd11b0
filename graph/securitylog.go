package graph

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

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

// refused logs a request that does not run. Status is 0 where it is none of HTTP; the agent is that of the context.
func (s *securityLog) refused(ctx context.Context, address, code string, status, bytes int) {
	if attrs, ok := s.line(ctx, address); ok {
		s.log.LogAttrs(ctx, slog.LevelWarn, "request refused", append(attrs, slog.String("code", code), slog.Int("status", status), slog.Int("bytes", bytes))...)
	}
}

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
