package storetest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"contactpanel/contact"
)

// reactivated is an agent who is let in again.
type reactivated contact.ID

// deactivated reads the deactivated agents, in the order of their ids; nil when there are none.
func deactivated(ctx context.Context, r contact.AgentReader, org contact.OrgID) ([]contact.DeactivatedAgent, error) {
	found, err := r.DeactivatedAgents(ctx, org)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	slices.SortFunc(found, func(a, b contact.DeactivatedAgent) int { return cmp.Compare(a.AgentID, b.AgentID) })
	return found, nil
}

func agentCases() []testCase {
	return []testCase{
		{name: "a deactivated agent comes back as it was written, by its very id", run: (*harness).deactivatedComeBack},
		{name: "an agent who is deactivated again is replaced, one who is reactivated is gone", run: (*harness).deactivatedChange},
		{name: "a transaction sees the agents that it deactivates and reactivates", run: (*harness).deactivatedInTransaction},
		{name: "agents of an organisation that was never made are not kept", run: (*harness).deactivatedOfNobody},
		{name: "of agents who deactivate each other at once only one does", run: (*harness).racedDeactivation},
	}
}

func (h *harness) deactivatedComeBack() {
	var want []contact.DeactivatedAgent
	for n, id := range append(hardTexts(), strings.Repeat("😀", contact.MaxAgentIDLength), "ada", "Ada", "ada2", "a", "7", "07") {
		d := h.deactivated(1)
		d.AgentID, d.Since, d.By = contact.ID(id), at(n), h.agent(n)
		want = append(want, d)
		h.put(d)
	}
	slices.SortFunc(want, func(a, b contact.DeactivatedAgent) int { return cmp.Compare(a.AgentID, b.AgentID) })
	h.wantDeactivated("after all were written", want)
}

func (h *harness) deactivatedChange() {
	one, other := h.deactivated(1), h.deactivated(2)
	h.put(one, other)
	one.Since, one.By = at(500), h.agent(9)
	h.put(one, reactivated("nobody"), reactivated(one.AgentID+" "), reactivated("%"), reactivated(""))
	h.wantDeactivated("after one was written again", []contact.DeactivatedAgent{one, other})
	h.put(reactivated(one.AgentID))
	h.wantDeactivated("after one was removed", []contact.DeactivatedAgent{other})
	h.put(one, reactivated(one.AgentID), reactivated(other.AgentID), other)
	h.wantDeactivated("after all were written and removed at once", []contact.DeactivatedAgent{other})
}

func (h *harness) deactivatedInTransaction() {
	one, other := h.deactivated(1), h.deactivated(2)
	h.put(one)
	err := h.try(func(ctx context.Context, tx contact.Tx) error {
		for _, step := range []struct {
			do   any
			want []contact.DeactivatedAgent
		}{{other, []contact.DeactivatedAgent{one, other}}, {reactivated(one.AgentID), []contact.DeactivatedAgent{other}}, {reactivated(other.AgentID), nil}} {
			if err := putAll(ctx, tx, h.org, step.do); err != nil {
				return err
			}
			found, err := deactivated(ctx, tx, h.org)
			if err := cmp.Or(err, same("DeactivatedAgents inside", found, step.want)); err != nil {
				return err
			}
		}
		return errChanged
	})
	if !errors.Is(err, errChanged) {
		h.Fatalf("Update = %v, want what its function returned", err)
	}
	h.wantDeactivated("after a rollback", []contact.DeactivatedAgent{one})
}

func (h *harness) deactivatedOfNobody() {
	nobody := h.suite.orgNames()[0]
	for _, thing := range []any{h.deactivated(1), reactivated("nobody")} {
		err := h.store.Update(h.Context(), nobody, func(ctx context.Context, tx contact.Tx) error { return putAll(ctx, tx, nobody, thing) })
		h.wantCode("Update", err, contact.NotFound)
	}
	found, err := h.store.DeactivatedAgents(h.Context(), nobody)
	h.must("DeactivatedAgents", err)
	h.want("the agents of an unknown organisation", len(found), 0)
}

// racedDeactivation lets pairs of agents shut each other out: each looks whether it is shut out itself before it writes.
func (h *harness) racedDeactivation() {
	for range rounds {
		var wait sync.WaitGroup
		for _, pair := range [][2]contact.ID{{"a", "b"}, {"b", "a"}} {
			wait.Go(func() {
				if err := h.try(func(ctx context.Context, tx contact.Tx) error {
					found, err := tx.DeactivatedAgents(ctx, h.org)
					if err != nil || slices.ContainsFunc(found, func(d contact.DeactivatedAgent) bool { return d.AgentID == pair[0] }) {
						return err
					}
					d := h.deactivated(1)
					d.AgentID = pair[1]
					return tx.PutDeactivatedAgent(ctx, h.org, d)
				}); err != nil {
					h.Errorf("Update = %v", err)
				}
			})
		}
		wait.Wait()
		found, err := deactivated(h.Context(), h.store, h.org)
		h.must("DeactivatedAgents", err)
		if len(found) != 1 {
			h.Fatalf("%d of two agents are deactivated, want one", len(found))
		}
		h.put(reactivated("a"), reactivated("b"))
	}
}

func (h *harness) wantDeactivated(what string, want []contact.DeactivatedAgent) {
	h.Helper()
	found, err := deactivated(h.Context(), h.store, h.org)
	h.must("DeactivatedAgents", err)
	h.want(what, found, want)
}
