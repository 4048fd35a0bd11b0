package contact

import (
	"context"
	"time"
)

// VIP is whether a contact is very important, as it is stored: the last decision and who made it.
type VIP struct {
	IsVIP     bool
	Since     *time.Time // of the last promotion or removal; nil when there was none
	By        *Agent
	Reason    string
	ExpiresAt *time.Time // of a promotion; nil: until it is removed
}

// VIPStatus is the state at one moment, expiry taken into account.
type VIPStatus struct {
	IsVIP     bool
	Since     *time.Time
	By        *Agent
	Reason    *string
	ExpiresAt *time.Time
}

// At gives the state at a moment. A promotion that has expired is no longer one, since its expiry and by nobody.
func (v VIP) At(now time.Time) VIPStatus {
	s := VIPStatus{v.IsVIP, v.Since, v.By, optional(v.Reason), v.ExpiresAt}
	if v.IsVIP && v.ExpiresAt != nil && !now.Before(*v.ExpiresAt) {
		s.IsVIP, s.Since, s.By = false, v.ExpiresAt, nil
	}
	return s
}

// VIPStatus returns the contact's VIP state now.
func (c *Contacts) VIPStatus(of *Contact) VIPStatus { return of.VIP.At(c.now()) }

// PromoteInput is a promotion to VIP.
type PromoteInput struct {
	Contact          ID
	Reason           string     // at most 500 code points; "" says nothing
	ExpiresAt        *time.Time // must be in the future; nil: until it is removed
	ClientMutationID string
}

// PromoteToVIP makes the contact a VIP. Any agent may. A second promotion succeeds too: who and since stay as they were,
// and a reason or an expiry that it names replaces the former one. Problems: an unknown contact, a reason that breaks the
// rules, an expiry that is over.
func (c *Contacts) PromoteToVIP(ctx context.Context, in PromoteInput) (*Contact, error) {
	asked := attempt{
		mutation: "promoteToVip", key: in.ClientMutationID, input: []string{string(in.Contact), in.Reason, inputText(in.ExpiresAt)},
		kind: AuditVIPChanged, contact: in.Contact,
	}
	return once(ctx, c, asked, func(ctx context.Context, tx Tx, w *write) (*Contact, error) {
		reason, err := textRule{field: "reason", max: MaxReasonLength, multiline: true, optional: true}.clean(in.Reason)
		if err != nil {
			return nil, err
		}
		next := VIP{IsVIP: true, Since: &w.at, By: &w.actor.Agent, Reason: reason}
		if in.ExpiresAt != nil {
			at := moment(*in.ExpiresAt)
			if !at.After(w.at) || at.Year() > 9999 {
				return nil, invalid("expiresAt", say("a moment in the future"), "is over")
			}
			next.ExpiresAt = &at
		}
		contact, err := w.contact(ctx, tx, in.Contact, "contactId")
		if err != nil {
			return nil, err
		}
		return contact, w.setVIP(ctx, tx, contact, next)
	})
}

// RemoveVIP takes the VIP state away. Removing it from a contact that is none succeeds and changes nothing. Problems: an
// unknown contact, a reason that breaks the rules.
func (c *Contacts) RemoveVIP(ctx context.Context, id ID, reason, mutationID string) (*Contact, error) {
	asked := attempt{mutation: "removeVip", key: mutationID, input: []string{string(id), reason}, kind: AuditVIPChanged, contact: id}
	return once(ctx, c, asked, func(ctx context.Context, tx Tx, w *write) (*Contact, error) {
		reason, err := textRule{field: "reason", max: MaxReasonLength, multiline: true, optional: true}.clean(reason)
		if err != nil {
			return nil, err
		}
		contact, err := w.contact(ctx, tx, id, "contactId")
		if err != nil {
			return nil, err
		}
		return contact, w.setVIP(ctx, tx, contact, VIP{Since: &w.at, By: &w.actor.Agent, Reason: reason})
	})
}

// setVIP writes the state when it differs from what stands.
func (w *write) setVIP(ctx context.Context, tx Tx, contact *Contact, next VIP) error {
	if !w.decideVIP(contact, next) {
		return nil
	}
	if err := w.put(ctx, tx, contact); err != nil {
		return err
	}
	return w.recordVIP(ctx, tx, contact)
}

func (w *write) recordVIP(ctx context.Context, tx Tx, contact *Contact) error {
	return w.record(ctx, tx, contact, Event{Contact: contact.ID, Topic: TopicContact, Type: VIPChanged, Version: contact.Version})
}

// decideVIP applies the next state to the contact and reports whether that changes anything.
func (w *write) decideVIP(contact *Contact, next VIP) bool {
	now := contact.VIP.At(w.at)
	if now.IsVIP != next.IsVIP {
		contact.VIP = next
		return true
	}
	if !next.IsVIP {
		return false
	}
	kept := contact.VIP
	if next.Reason != "" {
		kept.Reason = next.Reason
	}
	if next.ExpiresAt != nil {
		kept.ExpiresAt = next.ExpiresAt
	}
	changed := kept.Reason != contact.VIP.Reason || !sameTime(kept.ExpiresAt, contact.VIP.ExpiresAt)
	contact.VIP = kept
	return changed
}

func sameTime(a, b *time.Time) bool {
	return a == b || a != nil && b != nil && a.Equal(*b)
}
