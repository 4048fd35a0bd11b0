package contact

import (
	"context"
	"slices"
	"sync"
	"time"
)

// attempt is a change as somebody asks for it.
type attempt struct {
	mutation string   // its name in the schema
	key      string   // the clientMutationId, "" for none
	input    []string // every member of the input
	kind     AuditKind
	// allow gives the actor as whom the change is made, or refuses one who may not make it; nil: everybody may.
	allow func(Actor) (Actor, error)
	// What the input names, as the caller wrote it: nothing may be there.
	contact, note, group          ID
	definition, section, groupKey string
}

// RefusalsKeptFor is how long the audit keeps refused changes. Those that were made it keeps for ever.
const RefusalsKeptFor = 90 * 24 * time.Hour

// refusalTime bounds the writing of a refusal's entry, which the caller waits for.
const refusalTime = 2 * time.Second

// auditRefusal leaves an entry of a change that was refused, in a transaction of its own, because the refused one left
// nothing. It goes on when the caller has left: who leaves early is not to be overlooked.
//
// A caller whose entry cannot be written is told of the refusal all the same: nothing was changed, and a fault instead would
// say to try again what will be refused again. The loss is reported, and counted in the agent's next entry.
func (c *Contacts) auditRefusal(ctx context.Context, actor Actor, a attempt, refusal error) {
	code := CodeOf(refusal)
	if !slices.Contains(AuditedRefusals(), code) {
		return
	}
	omitted, isRoom := c.refusals.take(actor)
	if !isRoom {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refusalTime)
	defer cancel()
	w := &write{c, actor, moment(c.now()), a.key}
	err := c.store.Update(ctx, actor.Org, func(ctx context.Context, tx Tx) error {
		e := w.entry(a.kind)
		e.Refused, e.Omitted = code, omitted
		if err := w.name(ctx, tx, a, &e); err != nil {
			return err
		}
		return tx.PutAudit(ctx, actor.Org, e)
	})
	if err == nil {
		return
	}
	c.refusals.addOmitted(actor, omitted+1)
	if c.auditLost != nil {
		c.auditLost(ctx, err)
	}
}

// name says in the entry what the attempt named, as far as the organisation has it: what a caller wrote otherwise is a text
// like any other, or the id of somebody else's.
func (w *write) name(ctx context.Context, tx Tx, a attempt, e *AuditEntry) error {
	if a.contact.Prefix() == PrefixContact {
		found, err := tx.Contacts(ctx, w.actor.Org, []ID{a.contact})
		if err != nil {
			return err
		}
		if len(found) > 0 {
			e.Contact = a.contact
		}
	}
	if a.note.Prefix() == PrefixNote {
		found, err := tx.NotesByID(ctx, w.actor.Org, []ID{a.note})
		if err != nil {
			return err
		}
		if len(found) > 0 {
			e.Contact, e.Subject = found[0].Contact, string(a.note)
		}
	}
	if a.definition == "" && a.section == "" && a.groupKey == "" && a.group == "" {
		return nil
	}
	set, err := w.definitionsNow(ctx, tx)
	if err != nil {
		return err
	}
	switch {
	case set.byKey[a.definition] != nil:
		e.Subject = a.definition
	case set.hasSection(a.section):
		e.Subject = a.section
	case set.hasGroup(a.groupKey):
		e.Subject = a.groupKey
	}
	if g := set.group(a.group); g != nil {
		e.Subject = g.Key // as when the change is made: by the key an administrator knows it
	}
	return nil
}

// Bounds of the entries that refusals leave, by agent and process: an agent whose program tries without end must neither
// fill the store nor cost a commit each time. Further ones are counted, and the next entry tells how many they were.
const (
	refusalsAtOnce = 60
	refusalsEvery  = time.Minute // one more
	maxRefused     = 10_000      // agents that are remembered
)

// refusals says whether a refusal leaves an entry. Safe for concurrent use.
type refusals struct {
	now func() time.Time
	mu  sync.Mutex
	of  map[refusedAgent]*allowance
}

type refusedAgent struct {
	org   OrgID
	agent ID
}

// allowance is what an agent has left.
type allowance struct {
	left    int
	since   time.Time // when left was right
	omitted int       // refusals without an entry since the last one that has one
}

func newRefusals(now func() time.Time) *refusals {
	return &refusals{now: now, of: map[refusedAgent]*allowance{}}
}

// take takes the room of one entry and tells how many refusals had none since the last; without room it counts this one.
func (r *refusals) take(actor Actor) (omitted int, isRoom bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.allowance(actor)
	if a.left == 0 {
		a.omitted++
		return 0, false
	}
	omitted, a.omitted = a.omitted, 0
	a.left--
	return omitted, true
}

// addOmitted counts refusals whose entry was not written after all.
func (r *refusals) addOmitted(actor Actor, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.allowance(actor).omitted += n
}

// allowance is the agent's, as it is now.
func (r *refusals) allowance(actor Actor) *allowance {
	now, key := r.now(), refusedAgent{actor.Org, actor.ID}
	a := r.of[key]
	if a == nil {
		if len(r.of) >= maxRefused {
			clear(r.of) // so many agents are no program gone wild; all begin anew
		}
		a = &allowance{refusalsAtOnce, now, 0}
		r.of[key] = a
	}
	switch passed := int(now.Sub(a.since) / refusalsEvery); {
	case passed < 0: // a clock that was set back
		a.since = now
	case passed >= refusalsAtOnce:
		a.left, a.since = refusalsAtOnce, now
	default:
		a.left, a.since = min(a.left+passed, refusalsAtOnce), a.since.Add(time.Duration(passed)*refusalsEvery)
	}
	return a
}
