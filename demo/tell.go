package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"contactpanel/contact"
)

// tell enters the whole story of a person.
func (d *diary) tell(p *person) {
	known := d.arrive(p)
	if p.part != full {
		return
	}
	d.learn(p, known)
	if p.number != "" {
		d.feed(p, known)
	}
	d.annotate(p, known)
	d.honour(p, known)
}

// arrive enters how the contact was made, and says since when the customer number is known.
func (d *diary) arrive(p *person) (known time.Duration) {
	all := company()
	core := contact.UpsertInput{Profiles: p.profiles}
	if p.chance(88) {
		core.Name = p.name // the others are called by their profile
	}
	if p.part == full && p.chance(10) {
		core.AvatarURL = fmt.Sprintf("https://avatars.example/people/%d.png", p.index)
	}
	if p.isImported {
		core.IsImport, core.Attributes = true, p.basics(d.now)
		if p.fax != "" {
			core.Attributes = append(core.Attributes, contact.AttributeInput{Key: keyFax, Values: []contact.ValueInput{{Phone: &p.fax}}})
		}
		if p.part == full && p.chance(15) {
			core.Notes = []string{pick(p.dice, p.tongue.takenOver)}
		}
		d.upsert(p, p.met, all.importer, core)
		if p.part == full && p.chance(15) {
			d.upsert(p, after(p.dice, p.met), all.channel, contact.UpsertInput{Profiles: p.profiles[:1], Attributes: p.seen(d.now)})
		}
		return p.met
	}
	switch p.part {
	case full:
		core.Attributes = p.seen(d.now)
	case caller:
		core.Attributes = p.basics(d.now)
	case bare:
	}
	d.upsert(p, p.met, all.channel, core)
	if p.part != full {
		return p.met
	}
	known = after(p.dice, p.met)
	d.upsert(p, known, all.author(p), contact.UpsertInput{Profiles: p.profiles[:1], Attributes: p.basics(d.now)})
	return known
}

// learn enters what agents found out in a talk, what they corrected and what they took out again.
func (d *diary) learn(p *person, known time.Duration) {
	all := company()
	details := p.details()
	if len(details) == 0 || p.chance(30) {
		return
	}
	ago := after(p.dice, known)
	if known > tidied {
		ago = tidied + after(p.dice, known-tidied) // while all topics were offered
	}
	d.upsert(p, ago, all.author(p), contact.UpsertInput{Profiles: p.profiles[:1], Attributes: details})
	for _, a := range details {
		switch {
		case a.Key == "biography" && p.chance(20):
			d.set(p, after(p.dice, ago), all.author(p), contact.AttributeInput{Key: a.Key, Values: []contact.ValueInput{text(p.tongue.biography(p))}})
		case a.Key == "website" && p.chance(30):
			d.empty(p, after(p.dice, ago), all.author(p), a.Key)
		}
	}
	if p.versions["membership"] > 0 && p.chance(20) {
		d.set(p, after(p.dice, known), all.author(p), contact.AttributeInput{Key: "membership", Values: []contact.ValueInput{choice("platinum")}})
	}
}

// feed enters what other systems write about a customer: the shop all the time, the CRM last night or some nights ago.
func (d *diary) feed(p *person, known time.Duration) {
	all := company()
	if p.chance(25) {
		points := attributes{{Key: contact.KeyCustomerNumber, Values: []contact.ValueInput{text(p.number)}}}
		points.add(keyPoints, number(float64(p.dice.IntN(12_000))))
		d.upsert(p, after(p.dice, known), all.shop, contact.UpsertInput{Attributes: points})
	}
	if p.chance(55) {
		ago := after(p.dice, min(known, 28*day))
		d.upsert(p, ago, all.crm, contact.UpsertInput{Attributes: p.ledger(d.now, ago)})
	}
}

// honour enters that some people are VIPs: with and without a reason, for some time, no more.
func (d *diary) honour(p *person, known time.Duration) {
	if p.index%12 != 2 {
		return
	}
	all := company()
	ago := after(p.dice, known)
	promotion := contact.PromoteInput{Reason: pick(p.dice, p.tongue.honours)}
	switch p.index / 12 % 5 {
	case 1: // ends some time
		promotion.ExpiresAt = new(d.now.Add(time.Duration(20+p.dice.IntN(90)) * day))
	case 2: // has ended
		promotion.ExpiresAt = new(d.now.Add(-ago / 2))
	case 3: // removed
		d.enter(ago/3, all.author(p), func(ctx context.Context, c *contact.Contacts) error {
			if _, err := c.RemoveVIP(ctx, p.id, pick(p.dice, p.tongue.farewells), ""); err != nil {
				return fmt.Errorf("remove the VIP state of contact %d: %w", p.index, err)
			}
			return nil
		})
	case 4:
		promotion.Reason = ""
	}
	d.enter(ago, all.author(p), func(ctx context.Context, c *contact.Contacts) error {
		promotion.Contact = p.id
		if _, err := c.PromoteToVIP(ctx, promotion); err != nil {
			return fmt.Errorf("promote contact %d: %w", p.index, err)
		}
		return nil
	})
}

// annotate enters the notes on a person, most of them left as they were.
func (d *diary) annotate(p *person, known time.Duration) {
	agos := make([]time.Duration, p.noteCount())
	for i := range agos {
		agos[i] = after(p.dice, known)
	}
	slices.SortFunc(agos, func(a, b time.Duration) int { return int(b - a) })
	for i, ago := range agos {
		n := &remark{of: p, by: company().author(p), body: p.tongue.note(p, i)}
		d.write(n, ago)
		d.revise(n, ago)
	}
}

// noteCount says how many notes there are on a person: on most a few, on some none, on three more than fit on a page.
func (p *person) noteCount() int {
	switch roll := p.dice.IntN(100); {
	case p.index < 20 && p.index%8 == 0:
		return 70 + p.dice.IntN(15)
	case roll < 25 && p.quote == "":
		return 0
	case roll < 80:
		return 1 + p.dice.IntN(3)
	case roll < 95:
		return 4 + p.dice.IntN(4)
	default:
		return 8 + p.dice.IntN(6)
	}
}
