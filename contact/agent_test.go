package contact_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"contactpanel/contact"
)

// deactivate shuts an agent out as Clara.
func (w *world) deactivate(agent contact.ID) *contact.DeactivatedAgent {
	w.Helper()
	got, err := w.DeactivateAgent(w.as(clara), agent, "")
	w.must("DeactivateAgent", err)
	return got
}

func (w *world) reactivate(agent contact.ID) {
	w.Helper()
	got, err := w.ReactivateAgent(w.as(clara), agent, "")
	w.must("ReactivateAgent", err)
	w.same("the agent who is let in", got, agent)
}

func (w *world) isShutOut(a contact.Actor) {
	w.Helper()
	e := w.refused("Admit of "+string(a.ID), w.Admit(w.Context(), a), contact.Unauthenticated, "")
	w.same("what a deactivated agent is told", e.Message, "the agent is deactivated")
}

func (w *world) isLetIn(a contact.Actor) {
	w.Helper()
	w.must("Admit of "+string(a.ID), w.Admit(w.Context(), a))
}

func TestADeactivatedAgentIsShutOutUntilTheyAreReactivated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	namesake := mallory
	namesake.ID = ben.ID
	w.isLetIn(ben)
	w.reactivate(ben.ID) // who is not deactivated
	first := w.deactivate(ben.ID)
	w.same("the deactivated agent", *first, contact.DeactivatedAgent{AgentID: ben.ID, Since: noon, By: clara.Agent})
	w.isShutOut(ben)
	for _, other := range []contact.Actor{anna, clara, robot, namesake} {
		w.isLetIn(other)
	}
	w.clock.advance(time.Minute)
	w.same("the second press", w.deactivate(ben.ID), first)
	w.isShutOut(ben)

	w.reactivate(ben.ID)
	w.reactivate(ben.ID)
	w.isLetIn(ben)
	again := w.deactivate(" \t" + ben.ID + "\n")
	w.same("the id, pasted with white space", *again, contact.DeactivatedAgent{AgentID: ben.ID, Since: noon.Add(time.Minute), By: clara.Agent})

	rows := w.done()
	for i, kind := range []contact.AuditKind{contact.AuditAgentDeactivated, contact.AuditAgentReactivated, contact.AuditAgentDeactivated} {
		row := rows[i]
		w.same(fmt.Sprint("audit row ", i), contact.AuditEntry{
			ID: row.ID, At: row.At, Agent: clara.Agent, Kind: kind, Subject: string(ben.ID), Version: 1, RequestID: clara.RequestID, Address: clara.Address,
		}, row)
	}
	w.same("the number of audit rows", len(rows), 3)
}

func TestWhoMayNotBeDeactivatedIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		name  string
		as    contact.Actor
		agent contact.ID
		code  contact.Code
		field string
	}{
		{"by an agent", anna, "x", contact.Forbidden, ""},
		{"by an integration", robot, "x", contact.Forbidden, ""},
		{"oneself", clara, clara.ID, contact.InvalidValue, "agentId"},
		{"oneself, with white space", clara, clara.ID + " ", contact.InvalidValue, "agentId"},
		{"nobody", clara, "", contact.InvalidValue, "agentId"},
		{"white space", clara, " \n ", contact.InvalidValue, "agentId"},
		{"an id with a control character", clara, "a\x00b", contact.InvalidValue, "agentId"},
		{"an id that is no UTF-8", clara, "a\xff", contact.InvalidValue, "agentId"},
		{"an id of 256 code points", clara, contact.ID(strings.Repeat("ü", 256)), contact.TooLong, "agentId"},
	} {
		before := len(w.done())
		_, err := w.DeactivateAgent(w.as(tt.as), tt.agent, "")
		w.refused("DeactivateAgent: "+tt.name, err, tt.code, tt.field)
		if !strings.HasPrefix(tt.name, "oneself") { // who is there may be let in by themselves
			_, err = w.ReactivateAgent(w.as(tt.as), tt.agent, "")
			w.refused("ReactivateAgent: "+tt.name, err, tt.code, tt.field)
		}
		w.same("the number of changes in the audit", len(w.done()), before)
	}
	_, err := w.DeactivatedAgents(w.as(anna), contact.PageArgs{})
	w.refused("DeactivatedAgents of an agent", err, contact.Forbidden, "")
	w.isLetIn(clara)
	// Whatever a token may carry can be deactivated.
	for _, id := range []contact.ID{contact.ID(strings.Repeat("ü", 255)), "a\u2028b", "\ufdd0x", "auth0|5f", "a b", "\U0001F600", "e\u0301", "x\u200d"} {
		w.deactivate(id)
		who := anna
		who.ID = id
		w.isShutOut(who)
	}
}

func TestDeactivationTwiceWithOneKeyHappensOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, err := w.DeactivateAgent(w.as(clara), ben.ID, "press-1")
	w.must("DeactivateAgent", err)
	w.reactivate(ben.ID)
	again, err := w.DeactivateAgent(w.as(clara), ben.ID, "press-1")
	w.must("DeactivateAgent again", err)
	w.same("the first answer again", again, first)
	w.isLetIn(ben)
	_, err = w.DeactivateAgent(w.as(clara), anna.ID, "press-1")
	w.refused("DeactivateAgent of another with the key", err, contact.IdempotencyKeyReused, "clientMutationId")
}

func TestAnOrganisationHasAtMostTenThousandDeactivatedAgents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must("Update", w.store.Update(t.Context(), acme, func(ctx context.Context, tx contact.Tx) error {
		for n := range contact.MaxDeactivatedAgents - 1 {
			if err := tx.PutDeactivatedAgent(ctx, acme, contact.DeactivatedAgent{AgentID: contact.ID(fmt.Sprint(n)), Since: noon, By: clara.Agent}); err != nil {
				return err
			}
		}
		return nil
	}))
	w.deactivate("the last one")
	_, err := w.DeactivateAgent(w.as(clara), "one more", "")
	if e := w.refused("DeactivateAgent beyond the limit", err, contact.LimitReached, "agentId"); e.Max != contact.MaxDeactivatedAgents {
		t.Errorf("the limit is told as %d", e.Max)
	}
	w.deactivate("the last one") // who is there already
	w.reactivate("0")
	w.deactivate("one more")
}

func TestAdministratorsWhoDeactivateEachOtherDoNotBothLoseTheirWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	carl := clara
	carl.Agent = contact.Agent{ID: "carl", Name: "Carl Admin"}
	others := contact.New(w.deps(w.store)) // another gateway, which has admitted Carl
	errs := make([]error, 2)
	var wait sync.WaitGroup
	wait.Go(func() { _, errs[0] = w.DeactivateAgent(w.as(clara), carl.ID, "") })
	wait.Go(func() { _, errs[1] = others.DeactivateAgent(w.as(carl), clara.ID, "") })
	wait.Wait()
	loser := errs[0]
	if loser == nil {
		loser = errs[1]
	}
	w.refused("the slower one's press", loser, contact.Unauthenticated, "")
	page, err := w.DeactivatedAgents(w.as(clara), contact.PageArgs{})
	w.must("DeactivatedAgents", err)
	w.same("how many are deactivated", len(page.Items), 1)
}

func TestDeactivatedAgentsArePagedLastDeactivatedFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var all []contact.ID
	for n := range 7 {
		if n%3 > 0 { // some share a moment, and go by id
			w.clock.advance(time.Second)
		}
		id := contact.ID(fmt.Sprint("agent-", n, strings.Repeat("😀", contact.MaxAgentIDLength-7))) // cursors hold it
		w.deactivate(id)
		all = append([]contact.ID{id}, all...)
	}
	_, err := w.DeactivateAgent(w.as(rita), "theirs", "")
	w.must("DeactivateAgent of another organisation", err)
	page := func(args contact.PageArgs) contact.Page[contact.DeactivatedAgent] {
		t.Helper()
		args.WantTotal = true
		got, err := w.DeactivatedAgents(w.as(clara), args)
		w.must("DeactivatedAgents", err)
		w.same("the total", *got.Total, len(all))
		return got
	}
	agentID := func(d *contact.DeactivatedAgent) contact.ID { return d.AgentID }
	whole := page(contact.PageArgs{})
	w.same("all", ids(whole.Items, agentID), all)
	for from := range all {
		for size := 1; size <= len(all)-from; size++ {
			args := contact.PageArgs{First: &size}
			if from > 0 {
				args.After = &whole.Cursors[from-1]
			}
			got := page(args)
			w.same(fmt.Sprint("first ", size, " after ", from), ids(got.Items, agentID), all[from:from+size])
			w.same("what is around", [2]bool{got.HasBefore, got.HasAfter}, [2]bool{from > 0, from+size < len(all)})
			args = contact.PageArgs{Last: &size}
			if from > 0 {
				args.Before = &whole.Cursors[len(all)-from]
			}
			got = page(args)
			w.same(fmt.Sprint("last ", size, " before ", from), ids(got.Items, agentID), all[len(all)-from-size:len(all)-from])
			w.same("what is around", [2]bool{got.HasBefore, got.HasAfter}, [2]bool{from+size < len(all), from > 0})
		}
	}
	w.same("nothing lies between neighbours", len(page(contact.PageArgs{After: &whole.Cursors[2], Before: &whole.Cursors[3]}).Items), 0)
	w.same("nothing lies between what is turned round", len(page(contact.PageArgs{After: &whole.Cursors[4], Before: &whole.Cursors[1]}).Items), 0)
	w.reactivate(all[3])
	all = append(all[:3:3], all[4:]...)
	w.same("what follows one who is gone", ids(page(contact.PageArgs{After: &whole.Cursors[3]}).Items, agentID), all[3:])
	w.same("what precedes one who is gone", ids(page(contact.PageArgs{Before: &whole.Cursors[3]}).Items, agentID), all[:3])
	_, err = w.DeactivatedAgents(w.as(rita), contact.PageArgs{After: &whole.Cursors[0]})
	w.refused("a cursor of another organisation", err, contact.InvalidCursor, "after")
}
