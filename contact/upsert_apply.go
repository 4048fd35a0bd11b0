package contact

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// change is what an upsert changes on a contact.
type change struct {
	core       bool // the name or the picture
	profiles   []ID
	attributes []string
	notes      []string
	vip        bool
}

func (ch *change) isAny() bool {
	return ch.core || ch.vip || len(ch.profiles)+len(ch.attributes)+len(ch.notes) > 0
}

// apply changes the contact in memory and says what changed.
func (w *write) apply(contact *Contact, row *checkedRow, taken map[string]bool) (*change, error) {
	ch := &change{}
	if row.name != "" && row.name != contact.Name {
		contact.Name, ch.core = row.name, true
	}
	if row.avatarURL != "" && row.avatarURL != contact.AvatarURL {
		contact.AvatarURL, ch.core = row.avatarURL, true
	}
	for _, p := range row.profiles {
		if err := w.applyProfile(contact, p, taken, ch); err != nil {
			return nil, err
		}
	}
	for _, a := range row.attributes {
		if err := w.applyAttribute(contact, a, ch); err != nil {
			return nil, err
		}
	}
	for _, body := range row.notes {
		seen := digest(body)
		if slices.Contains(contact.ImportedNotes, seen) {
			continue
		}
		if len(contact.ImportedNotes) >= maxImportedNotes {
			return nil, tooLong("notes", maxImportedNotes, len(contact.ImportedNotes)+1, Items)
		}
		contact.ImportedNotes = append(contact.ImportedNotes, seen)
		ch.notes = append(ch.notes, body)
	}
	if row.vip != nil {
		ch.vip = w.decideVIP(contact, VIP{IsVIP: *row.vip, Since: &w.at, By: &w.actor.Agent})
	}
	return ch, nil
}

func (w *write) applyProfile(contact *Contact, in ProfileInput, taken map[string]bool, ch *change) error {
	key := profileKey(in.Network, in.Handle)
	for i := range contact.Profiles {
		p := &contact.Profiles[i]
		if profileKey(p.Network, p.Handle) != key {
			continue
		}
		next := *p
		next.DisplayName, next.AvatarURL = or(in.DisplayName, p.DisplayName), or(in.AvatarURL, p.AvatarURL)
		next.ProfileURL = or(in.ProfileURL, p.ProfileURL)
		if next != *p {
			*p = next
			ch.profiles = append(ch.profiles, p.ID)
		}
		return nil
	}
	if taken[key.Value] {
		return FieldErrorf(Taken, "handle", "this profile belongs to another contact")
	}
	if len(contact.Profiles) >= MaxProfiles {
		return tooLong("profiles", MaxProfiles, len(contact.Profiles)+1, Items)
	}
	p := Profile{w.contacts.newID(PrefixProfile), in.Network, in.Handle, in.DisplayName, in.AvatarURL, in.ProfileURL}
	contact.Profiles = append(contact.Profiles, p)
	ch.profiles = append(ch.profiles, p.ID)
	return nil
}

func (w *write) applyAttribute(contact *Contact, in checkedAttribute, ch *change) error {
	record, values := contact.record(in.def.Key), in.values
	var standing []StoredValue
	if record != nil {
		standing = record.Values
	}
	for i, v := range in.values {
		if o, _ := in.def.Rules.choice(v.Value); o.IsRetired && !holdsValue(TypeChoice, standing, v) {
			return in.checker.at(i, notOffered(in.def.Key))
		}
	}
	if in.def.IsList {
		values = slices.Clone(standing)
		for _, v := range in.values {
			if !holdsValue(in.def.ValueType, values, v) {
				values = append(values, v)
			}
		}
		// Rules may have become narrower since: what stands stays, and only an addition is refused.
		if limit := max(in.def.Rules.MaxValues, 1); len(values) > limit && len(values) > len(standing) {
			return tooLong(in.def.Key, limit, len(values), Items)
		}
	}
	if record != nil && sameValues(in.def.ValueType, record.Values, values) {
		return nil
	}
	w.stamp(contact, in.def, values)
	ch.attributes = append(ch.attributes, in.def.Key)
	return nil
}

// saveNew writes a contact that nobody can have seen: one audit row says all, and no event has a reader.
func (w *write) saveNew(ctx context.Context, tx Tx, contact *Contact, ch *change) error {
	if err := w.put(ctx, tx, contact); err != nil {
		return err
	}
	if err := w.audit(ctx, tx, AuditContactCreated, contact.ID, "", contact.Version); err != nil {
		return err
	}
	return w.addNotes(ctx, tx, contact, ch.notes)
}

// save writes the contact, then an event for each thing that changed, then the notes.
func (w *write) save(ctx context.Context, tx Tx, contact *Contact, ch *change) error {
	if err := w.put(ctx, tx, contact); err != nil {
		return err
	}
	var events []Event
	if ch.core {
		events = append(events, Event{Type: ContactChanged, Version: contact.Version})
	}
	for _, id := range ch.profiles {
		events = append(events, Event{Type: ProfileChanged, Subject: string(id), Version: contact.Version})
	}
	for _, key := range ch.attributes {
		events = append(events, Event{Type: AttributeChanged, Subject: key, Version: contact.record(key).Version})
	}
	if ch.vip {
		events = append(events, Event{Type: VIPChanged, Version: contact.Version})
	}
	for _, e := range events {
		e.Contact, e.Topic = contact.ID, TopicContact
		if err := w.record(ctx, tx, contact, e); err != nil {
			return err
		}
	}
	return w.addNotes(ctx, tx, contact, ch.notes)
}

func (w *write) addNotes(ctx context.Context, tx Tx, contact *Contact, bodies []string) error {
	for _, body := range bodies {
		if _, err := w.addNote(ctx, tx, contact, body); err != nil {
			return err
		}
	}
	return nil
}

// digest is what is kept of a text to know it again.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:12])
}
