package contact

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
)

// Limits of one upsert.
const (
	MaxUpsertNotes      = 50
	MaxUpsertAttributes = 50
)

// maxImportedNotes bounds the digests that a contact remembers.
const maxImportedNotes = 1000

// AttributeInput is an attribute as an upsert writes it: a single value is replaced, values are added to a list.
type AttributeInput struct {
	Key    string
	Values []ValueInput
}

// UpsertInput is what is known about a contact. Members that are empty leave what is there.
type UpsertInput struct {
	Name       string
	AvatarURL  string
	Profiles   []ProfileInput
	Attributes []AttributeInput
	// Notes are added once: a note that an earlier upsert made on the contact is not made again, even when it was edited or
	// deleted since.
	Notes []string
	// VIP promotes or removes; nil leaves the state.
	VIP *bool
	// IsImport stamps the values with the origin IMPORT. Only INTEGRATION and ADMIN may.
	IsImport         bool
	ClientMutationID string
}

// UpsertOutcome says what an upsert did.
type UpsertOutcome string

// The outcomes.
const (
	Created   UpsertOutcome = "CREATED"
	Updated   UpsertOutcome = "UPDATED"
	Unchanged UpsertOutcome = "UNCHANGED"
)

// Upserted is a contact that was made, changed or found as it should be.
type Upserted struct {
	Contact *Contact
	Outcome UpsertOutcome
}

// Upsert finds the contact that the input describes and brings it up to date, or makes it. A known customer number
// decides; otherwise network and handle, else e-mail, else phone, passing over contacts with another customer number.
// Problems, each with the field to blame (name, network, handle, notes, vip or a definition's key): values that break the
// rules, attributes that are not editable, keys that fit several contacts (AMBIGUOUS_MATCH), a profile that belongs to
// another contact (TAKEN).
func (c *Contacts) Upsert(ctx context.Context, in UpsertInput) (*Upserted, error) {
	actor, err := ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	if actor, err = importActor(actor, in); err != nil {
		return nil, err
	}
	ctx = WithActor(ctx, actor)
	return once(ctx, c, "upsertContact", in.ClientMutationID, []string{inputText(in)}, func(ctx context.Context, tx Tx, w *write) (*Upserted, error) {
		set, err := w.definitionsNow(ctx, tx)
		if err != nil {
			return nil, err
		}
		out, err := w.upsert(ctx, tx, set, in)
		if err != nil || out.Outcome != Created {
			return out, err
		}
		// The store made the heads of both topics, and the answer's cursors must be theirs.
		out.Contact, err = w.contact(ctx, tx, out.Contact.ID, "id")
		return out, err
	})
}

// definitionsNow returns the definitions that hold in the transaction.
func (w *write) definitionsNow(ctx context.Context, tx Tx) (*definitionSet, error) {
	org, err := tx.Organisation(ctx, w.actor.Org)
	if err != nil {
		return nil, err
	}
	return w.contacts.definitionsIn(ctx, tx, w.actor.Org, org.CatalogVersion)
}

func (w *write) upsert(ctx context.Context, tx Tx, set *definitionSet, in UpsertInput) (*Upserted, error) {
	row, err := w.check(set, in)
	if err != nil {
		return nil, err
	}
	contact, taken, err := w.match(ctx, tx, row)
	if err != nil {
		return nil, err
	}
	if contact == nil {
		return w.create(ctx, tx, row, taken)
	}
	change, err := w.apply(contact, row, taken)
	if err != nil {
		return nil, err
	}
	if !change.isAny() {
		return &Upserted{contact, Unchanged}, nil
	}
	return &Upserted{contact, Updated}, w.save(ctx, tx, contact, change)
}

func (w *write) create(ctx context.Context, tx Tx, row *checkedRow, taken map[string]bool) (*Upserted, error) {
	contact := &Contact{ID: w.contacts.newID(PrefixContact), CreatedAt: w.at, CatalogVersion: row.set.version}
	change, err := w.apply(contact, row, taken)
	if err != nil {
		return nil, err
	}
	if contact.DisplayName() == string(contact.ID) {
		return nil, invalid("name", say("a name, a profile, an e-mail address, a phone number or a customer number"),
			"leaves nothing to call the contact by")
	}
	return &Upserted{contact, Created}, w.save(ctx, tx, contact, change)
}

// checkedRow is an input whose every part keeps the rules.
type checkedRow struct {
	set        *definitionSet
	name       string
	avatarURL  string
	profiles   []ProfileInput
	attributes []checkedAttribute
	notes      []string
	vip        *bool
}

type checkedAttribute struct {
	def    *Definition
	values []StoredValue
}

func (w *write) check(set *definitionSet, in UpsertInput) (*checkedRow, error) {
	row := &checkedRow{set: set, vip: in.VIP}
	var err error
	if row.name, err = (textRule{field: "name", max: MaxNameLength, optional: true}).clean(in.Name); err != nil {
		return nil, err
	}
	if row.avatarURL, err = optionalURL("avatarUrl", in.AvatarURL); err != nil {
		return nil, err
	}
	if len(in.Profiles) > maxProfiles {
		return nil, tooLong("profiles", maxProfiles, len(in.Profiles), Items)
	}
	for _, p := range in.Profiles {
		if p, err = cleanProfile(p); err != nil {
			return nil, err
		}
		row.profiles = append(row.profiles, p)
	}
	if len(in.Attributes) > MaxUpsertAttributes {
		return nil, tooLong("attributes", MaxUpsertAttributes, len(in.Attributes), Items)
	}
	for _, a := range in.Attributes {
		if err := w.checkAttribute(row, a); err != nil {
			return nil, err
		}
	}
	if err := row.checkNotes(in.Notes); err != nil {
		return nil, err
	}
	return row, nil
}

func (w *write) checkAttribute(row *checkedRow, in AttributeInput) error {
	def := row.set.byKey[in.Key]
	if def == nil {
		return FieldErrorf(NotFound, clip(in.Key, maxChoiceKeyLength), "the organisation has no definition of this key")
	}
	if slices.ContainsFunc(row.attributes, func(a checkedAttribute) bool { return a.def == def }) {
		return invalid(def.Key, say("each attribute once"), "is in the input twice")
	}
	if err := w.editable(def); err != nil {
		return err
	}
	values, err := w.contacts.checker(row.set, def, nil, w.actor.Languages).all(in.Values)
	if err != nil {
		return err
	}
	row.attributes = append(row.attributes, checkedAttribute{def, values})
	return nil
}

func (row *checkedRow) checkNotes(notes []string) error {
	if len(notes) > MaxUpsertNotes {
		return tooLong("notes", MaxUpsertNotes, len(notes), Items)
	}
	for _, n := range notes {
		n, err := CleanNote("notes", n)
		if err != nil {
			return err
		}
		row.notes = append(row.notes, n)
	}
	return nil
}

// values returns the checked values of a key.
func (row *checkedRow) values(key string, t ValueType) []StoredValue {
	for _, a := range row.attributes {
		if a.def.Key == key && a.def.ValueType == t {
			return a.values
		}
	}
	return nil
}

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
		digest := noteDigest(body)
		if slices.Contains(contact.ImportedNotes, digest) {
			continue
		}
		if len(contact.ImportedNotes) >= maxImportedNotes {
			return nil, tooLong("notes", maxImportedNotes, len(contact.ImportedNotes)+1, Items)
		}
		contact.ImportedNotes = append(contact.ImportedNotes, digest)
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
	if len(contact.Profiles) >= maxProfiles {
		return tooLong("profiles", maxProfiles, len(contact.Profiles)+1, Items)
	}
	p := Profile{w.contacts.newID(PrefixProfile), in.Network, in.Handle, in.DisplayName, in.AvatarURL, in.ProfileURL}
	contact.Profiles = append(contact.Profiles, p)
	ch.profiles = append(ch.profiles, p.ID)
	return nil
}

func (w *write) applyAttribute(contact *Contact, in checkedAttribute, ch *change) error {
	record, values := contact.record(in.def.Key), in.values
	if in.def.IsList {
		var standing []StoredValue
		if record != nil {
			standing = record.Values
		}
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
	for _, body := range ch.notes {
		if _, err := w.addNote(ctx, tx, contact, body); err != nil {
			return err
		}
	}
	return nil
}

func noteDigest(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:12])
}

// inputText writes an input in one way, for the hash that guards a clientMutationId.
func inputText(in any) string {
	out, err := json.Marshal(in)
	if err != nil {
		return "" // a NaN: refused by the rules before the hash matters
	}
	return string(out)
}
