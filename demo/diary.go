package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"contactpanel/contact"
)

const day = 24 * time.Hour

// The days that matter to everybody, as time before now.
const (
	opening  = 210 * day // the organisation begins
	imported = 200 * day // the contacts of the old system are taken over
	tidied   = 20 * day  // definitions are cleared up; nothing is written to the old ones afterwards
)

// deed is one call of a use case: when, by whom and what.
type deed struct {
	at time.Time
	by contact.Actor
	do func(ctx context.Context, c *contact.Contacts) error
}

// diary collects what happened in the organisation, in any order, and lives through it in the order of time, so that ids,
// events and audit rows sort as they would have.
type diary struct {
	now   time.Time
	deeds []deed
}

// enter notes what somebody did some time ago; more than one deed of a moment happen in the order of entering.
func (d *diary) enter(ago time.Duration, by contact.Actor, do func(context.Context, *contact.Contacts) error) {
	d.deeds = append(d.deeds, deed{d.now.Add(-ago), by, do})
}

// live does everything that was entered, each at its own time. The first error ends it.
func (d *diary) live(ctx context.Context, deps contact.Deps) error {
	slices.SortStableFunc(d.deeds, func(a, b deed) int { return a.at.Compare(b.at) })
	clock := d.now
	deps.Now = func() time.Time { return clock }
	contacts := contact.New(deps)
	for _, deed := range d.deeds {
		clock = deed.at
		if err := deed.do(contact.WithActor(ctx, deed.by), contacts); err != nil {
			return err
		}
	}
	return nil
}

// upsert enters what a machine knows about the person.
func (d *diary) upsert(p *person, ago time.Duration, by contact.Actor, in contact.UpsertInput) {
	for _, a := range in.Attributes {
		p.versions[a.Key]++
	}
	d.enter(ago, by, func(ctx context.Context, c *contact.Contacts) error {
		done, err := c.Upsert(ctx, in)
		if err != nil {
			return fmt.Errorf("enter contact %d: %w", p.index, err)
		}
		p.id = done.Contact.ID
		return nil
	})
}

// set enters that somebody set an attribute of the person. Deeds on one attribute are entered in the order of time.
func (d *diary) set(p *person, ago time.Duration, by contact.Actor, a contact.AttributeInput) {
	expected := p.versions[a.Key]
	p.versions[a.Key]++
	d.enter(ago, by, func(ctx context.Context, c *contact.Contacts) error {
		_, err := c.SetAttribute(ctx, contact.AttributeChange{Contact: p.id, Key: a.Key, Values: a.Values, ExpectedVersion: expected})
		if err != nil {
			return fmt.Errorf("set %s of contact %d: %w", a.Key, p.index, err)
		}
		return nil
	})
}

// empty enters that somebody cleared an attribute of the person.
func (d *diary) empty(p *person, ago time.Duration, by contact.Actor, key string) {
	expected := p.versions[key]
	p.versions[key]++
	d.enter(ago, by, func(ctx context.Context, c *contact.Contacts) error {
		if _, err := c.ClearAttribute(ctx, p.id, key, expected, ""); err != nil {
			return fmt.Errorf("clear %s of contact %d: %w", key, p.index, err)
		}
		return nil
	})
}
