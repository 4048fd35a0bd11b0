package contact

import (
	"context"
	"slices"
)

// match finds the contact that a row describes, nil when there is none; taken are the row's profiles that any contact
// holds. It never guesses: keys that fit several contacts, or different ones, are AMBIGUOUS_MATCH.
func (w *write) match(ctx context.Context, tx Tx, row *checkedRow) (contact *Contact, taken map[string]bool, err error) {
	keys, number := row.keys()
	matches, err := tx.Match(ctx, w.actor.Org, keys, number)
	if err != nil {
		return nil, nil, err
	}
	taken = map[string]bool{}
	for _, m := range matches {
		if m.Key.Kind == LookupProfile && m.IsHeld {
			taken[m.Key.Value] = true
		}
	}
	id, by, err := decide(matches)
	if err != nil || id == "" {
		return nil, taken, err
	}
	contact, err = w.contact(ctx, tx, id, "id")
	if err != nil {
		return nil, nil, err
	}
	return contact, taken, agree(contact, by, matches)
}

// keys lists the row's keys in the order in which they decide.
func (row *checkedRow) keys() (keys []LookupKey, number string) {
	for _, v := range row.values(KeyCustomerNumber, TypeText) {
		number = v.Value
		keys = append(keys, LookupKey{LookupCustomerNumber, number})
	}
	for _, p := range row.profiles {
		keys = append(keys, profileKey(p.Network, p.Handle))
	}
	for _, v := range row.values(KeyEmail, TypeEmail) {
		keys = append(keys, LookupKey{LookupEmail, v.Extra})
	}
	for _, v := range row.values(KeyPhone, TypePhone) {
		keys = append(keys, LookupKey{LookupPhone, v.Value})
	}
	if len(keys) == 0 && row.digest != "" {
		keys = append(keys, LookupKey{LookupRow, row.digest})
	}
	return keys, number
}

// fieldOf is the field to blame for a key.
var fieldOf = map[LookupKind]string{ //nolint:gochecknoglobals // a table, never written
	LookupCustomerNumber: KeyCustomerNumber, LookupProfile: "handle", LookupEmail: KeyEmail, LookupPhone: KeyPhone, LookupRow: "name",
}

// decide returns the contact that the first kind of key with any holder fits, and that kind. Several contacts that fit one
// kind are ambiguous.
func decide(matches []KeyMatch) (ID, LookupKind, error) {
	for _, kind := range []LookupKind{LookupCustomerNumber, LookupProfile, LookupEmail, LookupPhone, LookupRow} {
		var fits []ID
		for _, m := range matches {
			if m.Key.Kind != kind {
				continue
			}
			for _, id := range m.Fits {
				if !slices.Contains(fits, id) {
					fits = append(fits, id)
				}
			}
		}
		switch len(fits) {
		case 0:
			continue
		case 1:
			return fits[0], kind, nil
		default:
			return "", kind, ambiguous(kind, fits)
		}
	}
	return "", "", nil
}

// agree refuses a row whose other keys say another contact than the one decided for. A phone number may be shared, so that
// it says nothing against a customer number; and where no number decided, holders with another number are passed over.
func agree(contact *Contact, by LookupKind, matches []KeyMatch) error {
	own, _ := contact.lookups()
	for _, m := range matches {
		if m.Key.Kind == by || slices.Contains(own, m.Key) {
			continue
		}
		contradicts := len(m.Fits) > 0
		if by == LookupCustomerNumber {
			contradicts = m.IsHeld && m.Key.Kind != LookupPhone
		}
		if contradicts {
			return ambiguous(by, append([]ID{contact.ID}, m.Fits...))
		}
	}
	return nil
}

func ambiguous(kind LookupKind, fits []ID) error {
	e := FieldErrorf(AmbiguousMatch, fieldOf[kind], "the row fits more than one contact")
	e.Fits = fits
	return e
}

// lookups are the keys by which the contact is found exactly, and its customer number.
func (c *Contact) lookups() (keys []LookupKey, number string) {
	for _, p := range c.Profiles {
		keys = append(keys, profileKey(p.Network, p.Handle))
	}
	for _, r := range c.Attributes {
		for _, v := range r.Values {
			switch {
			case r.Key == KeyCustomerNumber && r.Type == TypeText:
				number = v.Value
				keys = append(keys, LookupKey{LookupCustomerNumber, v.Value})
			case r.Key == KeyEmail && r.Type == TypeEmail:
				keys = append(keys, LookupKey{LookupEmail, v.Extra})
			case r.Key == KeyPhone && r.Type == TypePhone:
				keys = append(keys, LookupKey{LookupPhone, v.Value})
			}
		}
	}
	if c.ImportedRow != "" {
		keys = append(keys, LookupKey{LookupRow, c.ImportedRow})
	}
	return keys, number
}
