package graph

import (
	"context"
	"errors"
	"fmt"
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

// Costs in points. An event that has just happened costs nothing: it is others who make it happen, its answer is made once for
// all who asked the same, and whoever follows many contacts is not to be cut off because much happens to them.
const (
	costOfSocket    = 1   // one that is opened
	costOfOperation = 10  // an operation at least, whether it runs or is refused: the reading of its document is work
	costOfExport    = 100 // that of a contact
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

// take takes points from an agent and the agent's organisation, all or none. With a limit that is not "" there are not as many;
// the wait is until there may be the whole of what is charged for the request: who comes back with less would be refused again.
func (d *door) take(actor contact.Actor, cost, whole int) (wait time.Duration, limit string) {
	now, org, agent := d.deps.Now(), string(actor.Org), string(actor.ID)
	if d.meters.agents.Take(now, cost, org, agent) > 0 {
		return d.meters.agents.Wait(now, whole, org, agent), "agent-rate"
	}
	if d.meters.organisations.Take(now, cost, org) > 0 {
		d.meters.agents.Give(now, cost, org, agent)
		return d.meters.organisations.Wait(now, whole, org), "organisation-agents"
	}
	return 0, ""
}

// charge takes points from the context's agent. Not nil: there are not as many, and none are taken. Whole is what all charges of
// the request come to.
func (d *door) charge(ctx context.Context, cost, whole int) *gqlerror.Error {
	actor, err := contact.ActorFrom(ctx)
	if err != nil {
		return d.shown.present(ctx, err)
	}
	switch wait, limit := d.take(actor, cost, whole); limit {
	case "":
		return nil
	case "agent-rate":
		return later(codeRateLimited, limit, d.limits.Rates.AgentRate, wait, "the agent asks for more points than flow in: at most %s a minute")
	default:
		return later(codeRateLimited, limit, d.limits.Rates.OrganisationAgents, wait, "the organisation asks for more points than those of %s agents")
	}
}

// giveBack returns points that were charged for what does not run.
func (d *door) giveBack(ctx context.Context, cost int) {
	if actor, err := contact.ActorFrom(ctx); err == nil {
		now := d.deps.Now()
		d.meters.agents.Give(now, cost, string(actor.Org), string(actor.ID))
		d.meters.organisations.Give(now, cost, string(actor.Org))
	}
}

// pay takes points as soon as there are as many. False: the context has ended before.
func (d *door) pay(ctx context.Context, cost int) bool {
	actor, err := contact.ActorFrom(ctx)
	if err != nil {
		return false
	}
	for {
		wait, limit := d.take(actor, cost, cost)
		if limit == "" {
			return true
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return false
		}
	}
}

// arrive turns away who asks for ids that are not there.
func (d *door) arrive(ctx context.Context) *gqlerror.Error {
	actor, err := contact.ActorFrom(ctx)
	if err != nil {
		return d.shown.present(ctx, err)
	}
	if wait := d.meters.inVain.Wait(d.deps.Now(), 1, string(actor.Org), string(actor.ID)); wait > 0 {
		return later(codeRateLimited, "not-found-rate", d.limits.Rates.NotFoundRate, wait, "the agent asks for too much that is not there: at most %s things a minute")
	}
	return nil
}

// enter lets an operation run beside the others; whoever gets a place leaves it. Neither a place nor a refusal: the context
// has ended.
func (d *door) enter(ctx context.Context) (*meter.Place, *gqlerror.Error) {
	actor, err := contact.ActorFrom(ctx)
	if err != nil {
		return nil, d.shown.present(ctx, err)
	}
	const soon = time.Second
	rates := &d.limits.Rates
	place, err := d.meters.gate.Enter(ctx, string(actor.Org), string(actor.ID))
	switch {
	case errors.Is(err, meter.ErrAgent):
		return nil, later(codeRateLimited, "agent-running", rates.AgentRunning, soon, "too many operations of the agent run at once: at most %s")
	case errors.Is(err, meter.ErrOrganisation):
		return nil, later(codeRateLimited, "organisation-running", rates.OrganisationRunning, soon, "too many operations of the organisation run at once: at most %s")
	case errors.Is(err, meter.ErrFull):
		return nil, later(contact.Overloaded, "process-running", rates.ProcessRunning, soon, "too many operations run at once: at most %s; nothing was written")
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
	return later(codeRateLimited, "address-rate", d.limits.Rates.AddressRate, wait, "the address sends too many requests without an accepted token: at most %s a minute")
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

// later is the refusal of what may be asked again after a while, for the limit that it names; the sentence says how much that is.
func later(code contact.Code, limit string, most int, wait time.Duration, sentence string) *gqlerror.Error {
	err := refusal(code, fmt.Sprintf(sentence, grouped(int64(most))))
	err.Extensions["what"], err.Extensions["max"] = limit, most
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
