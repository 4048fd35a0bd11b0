package graph

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"contactpanel/contact"
	"contactpanel/graph/internal/meter"
)

// Rates are the limits of what clients may ask for: how fast, and how much at once.
type Rates = meter.Limits

// Costs in points. An event costs nothing: it is others who make it happen, its answer is made once for all who asked the
// same, and whoever follows many contacts is not to be cut off because much happens to them.
const (
	costOfSocket    = 1  // one that is opened
	costOfOperation = 10 // an operation at least, whether it runs or is refused: the reading of its document is work
	costOfExport    = 100
)

// Keys that are kept, and for how long an accepted token may pass an address that has no requests left.
const (
	countedAgents    = 1 << 16
	countedAddresses = 1 << 16
	acceptedTokens   = 1 << 15
	acceptedFor      = time.Hour
)

// meters count what everybody asks for.
type meters struct {
	agents, organisations *meter.Buckets // points
	addresses             *meter.Buckets // requests without an accepted token
	inVain                *meter.Buckets // ids of nothing
	accepted              *meter.Recent  // tokens
	gate                  *meter.Gate
}

func newMeters(l Rates, now time.Time) meters {
	one := meter.Rate{PerMinute: l.AgentRate, Burst: l.AgentBurst}
	all := meter.Rate{PerMinute: l.AgentRate * l.OrganisationAgents, Burst: l.AgentBurst * l.OrganisationAgents}
	return meters{
		agents: meter.NewBuckets(one, countedAgents, now), organisations: meter.NewBuckets(all, countedAgents, now),
		addresses: meter.NewBuckets(meter.Rate{PerMinute: l.AddressRate, Burst: l.AddressRate}, countedAddresses, now),
		inVain:    meter.NewBuckets(meter.Rate{PerMinute: l.NotFoundRate, Burst: l.NotFoundRate}, countedAgents, now),
		accepted:  meter.NewRecent(acceptedTokens, now), gate: meter.NewGate(l),
	}
}

// charge takes points from the context's agent and the agent's organisation. Not nil: one of them has not as many, and none
// are taken. Whole is what all charges of the request come to: who comes back with less would be refused again.
func (d *door) charge(ctx context.Context, cost, whole int) *gqlerror.Error {
	actor, err := contact.ActorFrom(ctx)
	if err != nil {
		return d.shown.present(ctx, err)
	}
	if cost <= 0 {
		return nil
	}
	now, org, agent := d.deps.Now(), string(actor.Org), string(actor.ID)
	if d.meters.agents.Take(now, cost, org, agent) > 0 {
		return later(codeRateLimited, "the agent asks too much: the points of the minute are spent", d.meters.agents.Wait(now, whole, org, agent))
	}
	if d.meters.organisations.Take(now, cost, org) > 0 {
		d.meters.agents.Give(now, cost, org, agent)
		return later(codeRateLimited, "the organisation asks too much: the points of the minute are spent", d.meters.organisations.Wait(now, whole, org))
	}
	return nil
}

// arrive charges for a request before anything of it is looked at, and turns away who asks for ids that are not there.
func (d *door) arrive(ctx context.Context, cost int) *gqlerror.Error {
	actor, err := contact.ActorFrom(ctx)
	if err != nil {
		return d.shown.present(ctx, err)
	}
	if wait := d.meters.inVain.Wait(d.deps.Now(), 1, string(actor.Org), string(actor.ID)); wait > 0 {
		return later(codeRateLimited, "the agent has asked for too many things that are not there", wait)
	}
	return d.charge(ctx, cost, cost)
}

// enter lets an operation run beside the others; whoever gets a place leaves it. Neither a place nor a refusal: the context
// has ended.
func (d *door) enter(ctx context.Context) (*meter.Place, *gqlerror.Error) {
	actor, err := contact.ActorFrom(ctx)
	if err != nil {
		return nil, d.shown.present(ctx, err)
	}
	place, err := d.meters.gate.Enter(ctx, string(actor.Org), string(actor.ID))
	switch {
	case errors.Is(err, meter.ErrTooMany):
		return nil, later(codeRateLimited, "too many operations of the agent or the organisation run at once", time.Second)
	case errors.Is(err, meter.ErrFull):
		return nil, later(contact.Overloaded, "too many operations run at once; nothing was written", time.Second)
	default:
		return place, nil
	}
}

// checkAddress refuses an address that has none of its requests without an accepted token left, before anybody looks at
// the token: checking a signature is what such a flood is to cost. Tokens that were accepted lately pass, so that nobody who
// works is locked out by somebody else behind the same proxy.
func (d *door) checkAddress(r *http.Request, credential string) *gqlerror.Error {
	now := d.deps.Now()
	wait := d.meters.addresses.Wait(now, 1, meter.Source(r.RemoteAddr))
	if wait == 0 || d.meters.accepted.Has(now, credential) {
		return nil
	}
	return later(codeRateLimited, "the address has sent too many requests without an accepted token", wait)
}

// signedIn counts what became of a token: only requests that were not accepted count for their address.
func (d *door) signedIn(r *http.Request, credential string, actor contact.Actor, err error) {
	now := d.deps.Now()
	switch code := contact.CodeOf(err); {
	case err == nil:
		until := now.Add(acceptedFor)
		if !actor.Expires.IsZero() && actor.Expires.Before(until) {
			until = actor.Expires
		}
		d.meters.accepted.Keep(credential, until)
	case code == contact.Unauthenticated || code == contact.Forbidden:
		d.meters.accepted.Drop(credential)
		d.meters.addresses.Spend(now, 1, meter.Source(r.RemoteAddr))
	}
}

type inVainKey struct{}

// countingInVain lets what runs in the context say that something was asked for that is not there.
func (d *door) countingInVain(ctx context.Context) context.Context {
	return context.WithValue(ctx, inVainKey{}, d)
}

// askedInVain says that so many things were asked for that are not there.
func askedInVain(ctx context.Context, n int) {
	d, ok := ctx.Value(inVainKey{}).(*door)
	actor, err := contact.ActorFrom(ctx)
	if !ok || err != nil || n == 0 {
		return
	}
	if d.meters.inVain.Spend(d.deps.Now(), n, string(actor.Org), string(actor.ID)) {
		d.security.guessing(ctx)
	}
}

// later is the refusal of what may be asked again after a while.
func later(code contact.Code, message string, wait time.Duration) *gqlerror.Error {
	err := refusal(code, message)
	err.Extensions[retryAfter] = (wait + time.Millisecond - 1).Milliseconds()
	return err
}

// retryAfter is the member of an error's extensions that says after how many milliseconds to ask again.
const retryAfter = "retryAfterMs"

// laterStatus is the status of a refusal that says when to ask again, and its Retry-After in seconds; 0 for others.
func laterStatus(errs gqlerror.List) (status int, seconds string) {
	for _, err := range errs {
		ms, ok := err.Extensions[retryAfter].(int64)
		if !ok {
			continue
		}
		seconds = strconv.FormatInt(max((ms+999)/1000, 1), 10)
		if err.Extensions["code"] == contact.Overloaded {
			return http.StatusServiceUnavailable, seconds
		}
		return http.StatusTooManyRequests, seconds
	}
	return 0, ""
}

// credentialOf is what a token is remembered by.
func credentialOf(authorization []string) string { return strings.Join(authorization, "\n") }
