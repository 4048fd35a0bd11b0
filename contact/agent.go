package contact

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of deactivated agents.
const (
	// MaxAgentIDLength is the longest id of an agent, in code points: that of a token's subject (OpenID Connect Core 1.0, 2).
	MaxAgentIDLength = 255
	// MaxDeactivatedAgents bounds what an organisation keeps, because every gateway holds the ids in memory. Who cannot sign in
	// any more, because the issuer of tokens knows them no longer, need not be deactivated.
	MaxDeactivatedAgents = 10_000
)

// DeactivatedAgent is an agent whom an administrator has shut out of the organisation, whatever their tokens say. Agents are
// not kept otherwise, so that one may be deactivated before they have ever signed in.
type DeactivatedAgent struct {
	AgentID ID // the token's subject
	Since   time.Time
	By      Agent
}

// agentAt is an agent's place among those who are deactivated: last deactivated first.
func agentAt(d *DeactivatedAgent) Position {
	return Position{Number: d.Since.UnixMilli(), ID: d.AgentID}
}

// DeactivateAgent shuts an agent out: see [Contacts.Admit]. A second press succeeds and changes nothing. FORBIDDEN but for
// administrators. Problems: the administrator's own id, one that no token can carry, more than MaxDeactivatedAgents.
func (c *Contacts) DeactivateAgent(ctx context.Context, agent ID, key string) (*DeactivatedAgent, error) {
	asked := attempt{mutation: "deactivateAgent", key: key, kind: AuditAgentDeactivated}
	return changeAgent(ctx, c, asked, agent, func(ctx context.Context, tx Tx, w *write, a *agentChange) (*DeactivatedAgent, error) {
		switch {
		case a.id == w.actor.ID:
			return nil, invalid("agentId", say("the id of another agent"), "is your own id: nobody can lock themselves out")
		case a.found != nil:
			return a.found, nil
		case a.count >= MaxDeactivatedAgents:
			return nil, limitReached("agentId", "an organisation has at most %d deactivated agents", MaxDeactivatedAgents, a.count+1)
		}
		d := &DeactivatedAgent{a.id, w.at, w.actor.Agent}
		if err := tx.PutDeactivatedAgent(ctx, w.actor.Org, *d); err != nil {
			return nil, err
		}
		a.becomes(true)
		return d, w.audit(ctx, tx, AuditAgentDeactivated, "", string(a.id), 1)
	})
}

func (*DeactivatedAgent) about() ID { return "" }

// agentID is the answer that an agent is let in.
type agentID ID

func (agentID) about() ID { return "" }

// ReactivateAgent lets an agent in again. It succeeds for one who is not deactivated, and changes nothing then. FORBIDDEN but
// for administrators. Problems: an id that no token can carry.
func (c *Contacts) ReactivateAgent(ctx context.Context, agent ID, key string) (ID, error) {
	asked := attempt{mutation: "reactivateAgent", key: key, kind: AuditAgentReactivated}
	id, err := changeAgent(ctx, c, asked, agent, func(ctx context.Context, tx Tx, w *write, a *agentChange) (agentID, error) {
		if a.found == nil {
			return agentID(a.id), nil
		}
		if err := tx.RemoveDeactivatedAgent(ctx, w.actor.Org, a.id); err != nil {
			return "", err
		}
		a.becomes(false)
		return agentID(a.id), w.audit(ctx, tx, AuditAgentReactivated, "", string(a.id), 1)
	})
	return ID(id), err
}

// agentChange is what a change of an agent's state finds, and what it makes of it.
type agentChange struct {
	id       ID
	found    *DeactivatedAgent // nil: the agent is active
	count    int               // of the organisation's deactivated agents
	isShut   bool              // the state that was written, if one was
	isChange bool
}

func (a *agentChange) becomes(isShut bool) { a.isShut, a.isChange = isShut, true }

// changeAgent is one transaction about an agent's state. This process keeps to it as soon as it is committed.
func changeAgent[T answer](
	ctx context.Context, c *Contacts, asked attempt, agent ID, do func(context.Context, Tx, *write, *agentChange) (T, error),
) (T, error) {
	var none T
	actor, err := ActorFrom(ctx)
	if err != nil {
		return none, err
	}
	asked.input = []string{string(agent)}
	var last agentChange // of the run that counts
	result, err := once(ctx, c, asked, func(ctx context.Context, tx Tx, w *write) (T, error) {
		last = agentChange{}
		id, err := cleanAgentID("agentId", agent)
		if err != nil {
			return none, err
		}
		all, err := tx.DeactivatedAgents(ctx, w.actor.Org)
		if err != nil {
			return none, err
		}
		find := func(id ID) int {
			return slices.IndexFunc(all, func(d DeactivatedAgent) bool { return d.AgentID == id })
		}
		if find(w.actor.ID) >= 0 { // since the request was admitted: of two administrators who deactivate each other one stays
			return none, errDeactivated(w.actor.Org, w.actor.ID)
		}
		a := agentChange{id: id, count: len(all)}
		if i := find(id); i >= 0 {
			a.found = &all[i]
		}
		result, err := do(ctx, tx, w, &a)
		last = a
		return result, err
	})
	switch {
	case err == nil && last.isChange:
		c.agents.learn(actor.Org, last.id, last.isShut)
	case CodeOf(err) == OutcomeUnknown:
		c.agents.doubt(actor.Org)
	}
	return result, err
}

// cleanAgentID returns an id as a token carries it. It refuses less than auth does: whoever can sign in can be deactivated.
func cleanAgentID(field string, id ID) (ID, error) {
	s := strings.TrimSpace(string(id))
	isControl := strings.IndexFunc(s, unicode.IsControl)
	switch n := utf8.RuneCountInString(s); {
	case !utf8.ValidString(s):
		return "", invalid(field, say("UTF-8"), "is not valid UTF-8")
	case s == "":
		return "", invalid(field, say("at least one visible character"), "has no visible character")
	case isControl >= 0:
		c, _ := utf8.DecodeRuneInString(s[isControl:])
		return "", invalid(field, say("one line without control characters"), "has a character that is not allowed: %U", c)
	case n > MaxAgentIDLength:
		return "", tooLong(field, MaxAgentIDLength, n, CodePoints)
	}
	return ID(s), nil
}

// DeactivatedAgents returns a page of the organisation's deactivated agents, last deactivated first. FORBIDDEN but for
// administrators.
func (c *Contacts) DeactivatedAgents(ctx context.Context, args PageArgs) (Page[DeactivatedAgent], error) {
	actor, err := actorFor(ctx, "deactivatedAgents")
	if err != nil {
		return Page[DeactivatedAgent]{}, err
	}
	l := list{"deactivatedAgents", string(actor.Org)}
	span, err := args.span(l)
	if err != nil {
		return Page[DeactivatedAgent]{}, err
	}
	all, err := c.store.DeactivatedAgents(ctx, actor.Org)
	if err != nil {
		return Page[DeactivatedAgent]{}, err
	}
	slices.SortFunc(all, func(a, b DeactivatedAgent) int { return agentAt(&b).compare(agentAt(&a)) })
	return pageOf(l, cutOut(all, span, agentAt), args.WantTotal, agentAt), nil
}
