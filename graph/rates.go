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
	agents, integrations    *meter.Buckets // points of each
	programs, organisations *meter.Buckets // points of an organisation's integrations together, and of all
	addresses               *meter.Buckets // requests without an accepted token
	inVain                  *meter.Buckets // ids of nothing
	accepted                *meter.Recent  // tokens
	gate                    *meter.Gate
}

// An integration may spend a tenth of its minute's points at once.
const integrationBursts = 10

func newMeters(l Rates, now time.Time) meters {
	one := meter.Rate{PerMinute: l.AgentRate, Burst: l.AgentBurst}
	all := meter.Rate{PerMinute: l.AgentRate * l.OrganisationAgents, Burst: l.AgentBurst * l.OrganisationAgents}
	// Programs bring in rows by the thousand, which no agent does. What they leave is enough for the agents beside them.
	half := meter.Rate{PerMinute: max(all.PerMinute/2, 1), Burst: max(all.Burst/2, 1)}
	program := meter.Rate{PerMinute: min(l.IntegrationRate, half.PerMinute), Burst: min(max(l.IntegrationRate/integrationBursts, 1), half.Burst)}
	return meters{
		agents: meter.NewBuckets(one, countedAgents, now), integrations: meter.NewBuckets(program, countedAgents, now),
		programs: meter.NewBuckets(half, countedAgents, now), organisations: meter.NewBuckets(all, countedAgents, now),
		addresses: meter.NewBuckets(meter.Rate{PerMinute: l.AddressRate, Burst: l.AddressRate}, countedAddresses, now),
		inVain:    meter.NewBuckets(meter.Rate{PerMinute: l.NotFoundRate, Burst: l.NotFoundRate}, countedAgents, now),
		accepted:  meter.NewRecent(acceptedTokens, now), gate: meter.NewGate(l),
	}
}

// share is a bucket that a charge is taken from.
type share struct {
	buckets *meter.Buckets // nil: none
	key     []string
	limit   string
	most    int
	refusal string
}

// shares are those of an actor, from the narrowest to the widest.
func (d *door) shares(actor contact.Actor) [3]share {
	m, rates, org, agent := &d.meters, &d.limits.Rates, string(actor.Org), string(actor.ID)
	const ofOrganisation = "the organisation asks for more points than those of %s agents"
	out := [3]share{
		{m.agents, []string{org, agent}, "agent-rate", rates.AgentRate, "the agent asks for more than %s points a minute"},
		{},
		{m.organisations, []string{org}, "organisation-agents", rates.OrganisationAgents, ofOrganisation},
	}
	if actor.Is(contact.RoleIntegration) {
		out[0] = share{m.integrations, out[0].key, "integration-rate", rates.IntegrationRate, "the integration asks for more than %s points a minute"}
		out[1] = share{m.programs, []string{org}, "organisation-agents", rates.OrganisationAgents, "integrations ask for more than half of the points of %s agents"}
	}
	return out
}

// take takes points from an actor's shares, from all or none. Not nil: the share that has not as many, and how long it will be
// until there is the whole of what is charged for the request: who comes back with less would be refused again.
func (d *door) take(actor contact.Actor, cost, whole int) (*share, time.Duration) {
	now, shares := d.deps.Now(), d.shares(actor)
	for i := range shares {
		s := &shares[i]
		if s.buckets == nil || s.buckets.Take(now, cost, s.key...) == 0 {
			continue
		}
		give(now, shares[:i], cost)
		return s, s.buckets.Wait(now, whole, s.key...)
	}
	return nil, 0
}

func give(now time.Time, shares []share, cost int) {
	for _, s := range shares {
		if s.buckets != nil {
			s.buckets.Give(now, cost, s.key...)
		}
	}
}

// charge takes points from the context's agent. Not nil: there are not as many, and none are taken. Whole is what all charges of
// the request come to.
func (d *door) charge(actor contact.Actor, cost, whole int) *gqlerror.Error {
	if short, wait := d.take(actor, cost, whole); short != nil {
		return later(codeRateLimited, short.limit, short.most, wait, short.refusal)
	}
	return nil
}

// giveBack returns points that were charged for what does not run.
func (d *door) giveBack(actor contact.Actor, cost int) {
	shares := d.shares(actor)
	give(d.deps.Now(), shares[:], cost)
}

// spare gives back what was charged for an operation that passed the door and does not run, but for its reading.
func (d *door) spare(p *prepared) {
	d.giveBack(p.actor, p.cost-costOfOperation)
	p.cost = costOfOperation
}

// pay takes points as soon as there are as many. False: the context has ended before.
func (d *door) pay(ctx context.Context, actor contact.Actor, cost int) bool {
	for {
		short, wait := d.take(actor, cost, cost)
		if short == nil {
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
func (d *door) arrive(actor contact.Actor) *gqlerror.Error {
	if wait := d.meters.inVain.Wait(d.deps.Now(), 1, string(actor.Org), string(actor.ID)); wait > 0 {
		return later(codeRateLimited, "not-found-rate", d.limits.Rates.NotFoundRate, wait, "the agent asks for too much that is not there: at most %s things a minute")
	}
	return nil
}

// enter lets an operation run beside the others; whoever gets a place leaves it. Neither a place nor a refusal: the context
// has ended.
func (d *door) enter(ctx context.Context, actor contact.Actor) (*meter.Place, *gqlerror.Error) {
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

// noTurn refuses an operation whose time was over before its turn came; no refusal for a client that is gone.
func (d *door) noTurn(client context.Context) *gqlerror.Error {
	if client.Err() == nil {
		return later(contact.Overloaded, "core-running", d.limits.Rates.CoreRunning, time.Second, "the turn of the operation did not come in time, of %s for each processor core; nothing was written")
	}
	return nil
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
