package demo

import (
	"context"
	"fmt"
	"time"

	"contactpanel/contact"
)

// remark is one note on its way through the diary.
type remark struct {
	of      *person
	by      contact.Actor
	body    string
	id      contact.ID // once written
	version int        // as far as the diary is written
}

func (d *diary) write(n *remark, ago time.Duration) {
	n.version = 1
	d.enter(ago, n.by, func(ctx context.Context, c *contact.Contacts) error {
		written, err := c.AddNote(ctx, n.of.id, n.body, "")
		if err != nil {
			return fmt.Errorf("write a note on contact %d: %w", n.of.index, err)
		}
		n.id = written.ID
		return nil
	})
}

// revise enters what became of a note: some are edited, some deleted, a few of those brought back.
func (d *diary) revise(n *remark, ago time.Duration) {
	p := n.of
	if p.chance(11) {
		ago = after(p.dice, ago)
		by := n.by
		if p.chance(40) {
			by = company().author(p)
		}
		d.edit(n, ago, by, p.tongue.addition(p, n.body))
	}
	if !p.chance(8) {
		return
	}
	// What was deleted long ago is gone for good, so the demo deletes of late.
	ago = after(p.dice, min(ago, contact.RestorableFor*2/3))
	d.turn(n, ago, "delete", (*contact.Contacts).DeleteNote)
	if p.chance(20) {
		d.turn(n, after(p.dice, ago), "restore", (*contact.Contacts).RestoreNote)
	}
}

func (d *diary) edit(n *remark, ago time.Duration, by contact.Actor, body string) {
	expected := n.version
	n.version++
	d.enter(ago, by, func(ctx context.Context, c *contact.Contacts) error {
		if _, err := c.EditNote(ctx, n.id, body, expected, ""); err != nil {
			return fmt.Errorf("edit a note on contact %d: %w", n.of.index, err)
		}
		return nil
	})
}

// turn enters a deletion or a restoration.
func (d *diary) turn(n *remark, ago time.Duration, what string, do func(*contact.Contacts, context.Context, contact.ID, int, string) (*contact.Note, error)) {
	expected := n.version
	n.version++
	d.enter(ago, company().author(n.of), func(ctx context.Context, c *contact.Contacts) error {
		if _, err := do(c, ctx, n.id, expected, ""); err != nil {
			return fmt.Errorf("%s a note on contact %d: %w", what, n.of.index, err)
		}
		return nil
	})
}
