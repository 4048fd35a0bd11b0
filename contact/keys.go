package contact

import "context"

// KeyRules is the version of the rules by which contacts get the keys that they are searched and ordered by: what index makes
// of them, the exact keys left out. It is raised with every change that gives any contact another key, also when a library
// behind a port does so (how phone numbers are written, how letters decompose): contacts that are there keep the keys of older
// rules until [Contacts.RenewKeys] finds them by this number. 0 is what versions wrote that had no number.
const KeyRules = 1

// KeyRenewer brings the keys of contacts up to the rules of today. Both methods go through all organisations.
type KeyRenewer interface {
	// OldKeys counts the contacts whose keys were made by rules before these.
	OldKeys(ctx context.Context, rules int) (int, error)
	// RenewKeys gives some of those contacts the Sort, Search and Rules that index makes for them, and says how many; 0 when
	// none is left. Nothing else of them changes, their exact keys neither, and nobody is told. It reads and writes in one
	// transaction: what others change meanwhile is there before it or comes after it. Several processes may do it at once.
	// index gets contacts without their heads and catalog version, may see one more than once, and must have no effect.
	// Memory does not depend on the number of contacts.
	RenewKeys(ctx context.Context, rules int, index func(*Contact) ContactIndex) (int, error)
}

// OldKeys counts the contacts that [Contacts.RenewKeys] would change. When there are none contacts may be searched, as after it. It
// is for an operator: no actor is looked at.
func (c *Contacts) OldKeys(ctx context.Context) (int, error) {
	old, err := c.store.OldKeys(Patiently(ctx), KeyRules)
	if err == nil && old == 0 {
		c.keysAreNew.Store(true)
	}
	return old, err
}

// RenewKeys makes the keys anew by which contacts of all organisations are searched and ordered, where older rules made them,
// and says for how many contacts; also with an error, after which it may be called again and goes on. Versions, times, events
// and the audit know nothing of it. It is for an operator: no actor is looked at.
func (c *Contacts) RenewKeys(ctx context.Context) (int, error) {
	total := 0
	for {
		n, err := c.store.RenewKeys(Patiently(ctx), KeyRules, c.index)
		if total += n; err != nil {
			return total, err
		}
		if n == 0 {
			c.keysAreNew.Store(true)
			return total, nil
		}
	}
}

// checkKeys refuses a search that keys of older rules might answer: they find what is hidden now, and a page that begins behind
// one of them leaves contacts out.
func (c *Contacts) checkKeys() error {
	if !c.keysAreNew.Load() {
		return Errorf(Unavailable, "contacts cannot be searched yet after an update; try again")
	}
	return nil
}
