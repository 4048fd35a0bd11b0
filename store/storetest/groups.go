package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"contactpanel/contact"
)

// removedGroup is a group that is taken away by its key.
type removedGroup string

// groups test every subject by every operator with values of every kind; one has no more than what every group has. They come in the
// order of their keys.
func (f fixtures) groups() []contact.Group {
	var all []contact.Condition
	for i, operator := range contact.ConditionOperators() {
		for _, subject := range []contact.Subject{contact.SubjectAttribute, contact.SubjectNetwork, contact.SubjectValidation, contact.SubjectVIP} {
			c := contact.Condition{Subject: subject, Operator: operator}
			if subject == contact.SubjectAttribute {
				c.Key = fmt.Sprintf("key_%d", i)
			}
			for _, text := range hardTexts()[:i%4] { // none too
				c.Values = append(c.Values, contact.StoredValue{Value: text, Extra: f.tag}, contact.StoredValue{Extra: text}, contact.StoredValue{Value: text})
			}
			all = append(all, c)
		}
	}
	for _, r := range contact.SampleAttributes(base()) {
		all = append(all, contact.Condition{Subject: contact.SubjectAttribute, Key: r.Key, Operator: contact.OpAnyOf, Values: r.Values})
	}
	full := contact.Group{
		ID: "group_full", Key: "full", Labels: contact.Localised{{Locale: "de", Text: f.hard()}, {Locale: "en", Text: "Full"}}, Match: contact.MatchAll,
		Conditions: all, IsPrioritised: true, Weight: contact.MaxGroupWeight, Teams: append(hardTexts(), f.tag), CreatedAt: at(-7), UpdatedAt: at(7),
		Version: math.MaxInt32,
	}
	bare := contact.Group{
		ID: "group_bare", Key: "bare", Labels: contact.Localised{{Locale: "en", Text: f.tag}}, Match: contact.MatchAny,
		Conditions: []contact.Condition{{Subject: contact.SubjectVIP, Operator: contact.OpIsNotSet}}, Weight: 1, CreatedAt: at(1), UpdatedAt: at(2), Version: 1,
	}
	return []contact.Group{bare, full}
}

// keyed is the bare group under another key.
func (f fixtures) keyed(key string) contact.Group {
	g := f.groups()[0]
	g.ID, g.Key = contact.ID("group_"+key), key
	return g
}

func groupCases() []testCase {
	return []testCase{
		{name: "groups come back as they were written, with every subject and operator", run: (*harness).groupsComeBack},
		{name: "a group of a known key is replaced in all, and one that is removed is gone", run: (*harness).groupsChange},
		{name: "a key of a removed group may be used again", run: (*harness).groupComesAgain},
		{name: "a transaction sees the groups that it writes and removes", run: (*harness).groupsInTransaction},
		{name: "groups of an organisation that was never made are not kept", run: (*harness).groupsOfNobody},
		{name: "the same groups of another organisation stay as they are", run: (*harness).groupsOfAnother},
		{name: "of groups that are made and removed at once each transaction sees those before it", run: (*harness).racedGroups},
	}
}

func (h *harness) groupsComeBack() {
	want := h.groups()
	for _, key := range []string{"b", "b_", "b_10", "b_9", "b10", "zz", strings.Repeat("k", 60)} {
		want = append(want, h.keyed(key))
	}
	for _, g := range want {
		h.put(g)
	}
	h.wantGroups("after all were written", want...)
}

func (h *harness) groupsChange() {
	all := h.groups()
	bare, full := all[0], all[1]
	h.put(bare, full)
	// Each gets all of the other: what one has and the other has not must go, and come.
	first, second := full, bare
	first.Key, second.Key = bare.Key, full.Key
	h.put(first, second)
	h.wantGroups("after each was written as the other", first, second)
	h.put(removedGroup(full.Key))
	h.wantGroups("after one was removed", first)
	h.put(removedGroup(full.Key), removedGroup("unknown"), removedGroup(""), removedGroup("%"), removedGroup(bare.Key+" "), removedGroup(strings.ToUpper(bare.Key)))
	h.wantGroups("after others were removed that are not there", first)
}

func (h *harness) groupComesAgain() {
	g := h.groups()[1]
	h.put(g)
	h.put(removedGroup(g.Key))
	again := h.keyed(g.Key)
	again.ID = "group_again"
	h.put(again)
	h.wantGroups("after the key was used again", again)
	h.put(removedGroup(g.Key), g, removedGroup(g.Key), again)
	h.wantGroups("after all at once", again)
}

func (h *harness) groupsInTransaction() {
	all := h.groups()
	one, other := all[0], all[1]
	h.put(one)
	changed := one
	changed.Weight, changed.Teams = 17, []string{"b team"}
	err := h.try(func(ctx context.Context, tx contact.Tx) error {
		for _, step := range []struct {
			do   any
			want []contact.Group
		}{
			{other, []contact.Group{one, other}}, {changed, []contact.Group{changed, other}}, {removedGroup(one.Key), []contact.Group{other}},
			{removedGroup(one.Key), []contact.Group{other}}, {removedGroup(other.Key), nil},
		} {
			if err := putAll(ctx, tx, h.org, step.do); err != nil {
				return err
			}
			found, err := groupsOf(ctx, tx, h.org)
			if err := cmp.Or(err, same("the groups inside", found, step.want)); err != nil {
				return err
			}
		}
		return errChanged
	})
	if !errors.Is(err, errChanged) {
		h.Fatalf("Update = %v, want what its function returned", err)
	}
	h.wantGroups("after a rollback", one)
}

func (h *harness) groupsOfNobody() {
	nobody := h.suite.orgNames()[0]
	for _, thing := range []any{h.groups()[1], removedGroup("full")} {
		err := h.store.Update(h.Context(), nobody, func(ctx context.Context, tx contact.Tx) error { return putAll(ctx, tx, nobody, thing) })
		h.wantCode(fmt.Sprintf("Update of a %T", thing), err, contact.NotFound)
	}
	found, err := groupsOf(h.Context(), h.store, nobody)
	h.must("Definitions", err)
	h.want("the groups of an unknown organisation", len(found), 0)
}

func (h *harness) groupsOfAnother() {
	other := h.another()
	for _, o := range []*harness{h, other} {
		for _, g := range o.groups() {
			o.put(g)
		}
	}
	changed := h.groups()[1]
	changed.Weight = 3
	h.put(changed, removedGroup("bare"))
	h.wantGroups("where they were changed", changed)
	other.wantGroups("where they were not", other.groups()...)
}

// racedGroups takes a group away where there is one, and makes one where there is none: the domain looks before it writes, too, for
// keys in use and for how many there are.
func (h *harness) racedGroups() {
	h.together(func(writer, _ int) error {
		return h.try(func(ctx context.Context, tx contact.Tx) error {
			found, err := groupsOf(ctx, tx, h.org)
			switch {
			case err != nil:
				return err
			case len(found) > 1:
				return fmt.Errorf("there are %d groups, want one at most", len(found))
			case len(found) == 1:
				return tx.RemoveGroup(ctx, h.org, found[0].Key)
			default:
				return tx.PutGroup(ctx, h.org, h.keyed(fmt.Sprintf("of_writer_%d", writer)))
			}
		})
	})
	h.wantGroups("after an even number of changes")
}

// groupsOf reads the groups in the order of their keys, nil when there are none.
func groupsOf(ctx context.Context, r contact.DefinitionReader, org contact.OrgID) ([]contact.Group, error) {
	d, err := r.Definitions(ctx, org)
	sortGroups(d.Groups)
	return d.Groups, err
}

func sortGroups(groups []contact.Group) {
	slices.SortFunc(groups, func(a, b contact.Group) int { return cmp.Compare(a.Key, b.Key) })
}

func (h *harness) wantGroups(when string, want ...contact.Group) {
	h.Helper()
	sortGroups(want)
	found, err := groupsOf(h.Context(), h.store, h.org)
	h.must("Definitions", err)
	h.want("the groups "+when, found, want)
}
