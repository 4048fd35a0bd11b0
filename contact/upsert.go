package contact

import (
	"context"
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
	// IsImport stamps the values with the origin IMPORT. Only INTEGRATION and ADMIN may. A row of an import that has no key
	// at all, only a name, say, is known again when it comes word for word.
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
	asked := attempt{
		mutation: "upsertContact", key: in.ClientMutationID, input: []string{inputText(in)}, kind: AuditContactUpserted,
		allow: func(a Actor) (Actor, error) { return importActor(a, in) },
	}
	return once(ctx, c, asked, func(ctx context.Context, tx Tx, w *write) (*Upserted, error) {
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
	contact := &Contact{ID: w.contacts.newID(PrefixContact), CreatedAt: w.at, CatalogVersion: row.set.version, ImportedRow: row.digest}
	change, err := w.apply(contact, row, taken)
	if err != nil {
		return nil, err
	}
	if contact.DisplayName() == string(contact.ID) {
		return nil, invalid("name", say("a name, a profile, an e-mail address, a phone number or a customer number"),
			"leaves nothing to call the contact by")
	}
	return &Upserted{contact, Created}, w.saveNew(ctx, tx, contact, change)
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
	digest     string // of an imported row without any key, to know it again
}

type checkedAttribute struct {
	def     *Definition
	values  []StoredValue
	checker checker
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
	if len(in.Profiles) > MaxProfiles {
		return nil, tooLong("profiles", MaxProfiles, len(in.Profiles), Items)
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
	if keys, _ := row.keys(); in.IsImport && len(keys) == 0 {
		row.digest = row.identity()
	}
	return row, nil
}

func (w *write) checkAttribute(row *checkedRow, in AttributeInput) error {
	def := row.set.readable(in.Key, w.actor)
	if def == nil {
		field := "key"
		if keyPattern.MatchString(in.Key) { // a name; anything else is a text, which nobody wants back
			field = in.Key
		}
		return FieldErrorf(NotFound, field, "the organisation has no definition of this key")
	}
	if slices.ContainsFunc(row.attributes, func(a checkedAttribute) bool { return a.def == def }) {
		return invalid(def.Key, say("each attribute once"), "is in the input twice")
	}
	if err := w.editable(def); err != nil {
		return err
	}
	// Which contact is meant is not known yet: a retired choice may be what it has, and applyAttribute looks.
	k := w.contacts.checker(row.set, def, &AttributeRecord{Values: def.Rules.retired()}, w.actor.Languages)
	values, err := k.all(in.Values)
	if err != nil {
		return err
	}
	row.attributes = append(row.attributes, checkedAttribute{def, values, k})
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

// identity is a digest of what the row says about who is meant: the name, the picture and the attributes, not the notes.
func (row *checkedRow) identity() string {
	said := []string{row.name, row.avatarURL}
	for _, a := range row.attributes {
		for _, v := range a.values {
			said = append(said, a.def.Key, v.Value, v.Extra)
		}
	}
	return digest(inputText(said))
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

// inputText writes an input in one way, for the hash that guards a clientMutationId.
func inputText(in any) string {
	out, err := json.Marshal(in)
	if err != nil {
		return "" // a NaN: refused by the rules before the hash matters
	}
	return string(out)
}
