package importer

import (
	"errors"

	"contactpanel/contact"
	"contactpanel/vcard"
)

// cards gives the cards of a vCard file as rows. The columns of a card are called by the keys that they fill.
type cards struct {
	run    *run
	src    *source
	reader *vcard.Reader
	slots  map[string]slot
}

// columnsOfCards are what a card may fill, besides profiles.
func columnsOfCards() []string {
	return []string{
		"customer_number", "name", "first_name", "last_name", "email", "phone", "website", "language", "location", "avatar_url", "note",
	}
}

func newCards(src *source, r *run) *cards {
	c := &cards{run: r, src: src, reader: vcard.NewReader(src.text), slots: map[string]slot{}}
	for _, name := range append(columnsOfCards(), "network", "handle", "profile_url") {
		s, err := r.words.resolve(name)
		if err != nil {
			s = slot{kind: unknown, key: name}
		}
		c.slots[name] = s
	}
	return c
}

func (c *cards) next() (row, error) {
	card, err := c.reader.Next()
	var refused *vcard.Error
	if errors.As(err, &refused) {
		return row{line: refused.Line, refused: refuse(refused.Field, "%s", refused.Reason)}, nil
	}
	if err != nil {
		return row{}, err
	}
	f := &filler{run: c.run, decoded: c.src.decoded}
	input, why := c.fill(f, &card)
	return row{line: card.Line, input: input, size: f.size, refused: why}, nil
}

func (c *cards) fill(f *filler, card *vcard.Card) (contact.UpsertInput, *refusal) {
	values := [][]string{
		{card.CustomerNumber}, {card.FormattedName}, {card.GivenName}, {card.FamilyName}, card.Emails, card.Phones, card.URLs,
		card.Languages, {card.Locality}, {card.PhotoURL}, card.Notes,
	}
	for i, name := range columnsOfCards() {
		s := c.slots[name]
		for _, text := range values[i] {
			if refused := f.put(s, text); refused != nil {
				return contact.UpsertInput{}, refused
			}
			if !s.isList() {
				break // the preferred one comes first
			}
		}
	}
	for i, p := range card.Profiles {
		if refused := c.profile(f, i+1, p); refused != nil {
			return contact.UpsertInput{}, refused
		}
	}
	return f.finish()
}

// profile fills in a profile. Networks that the organisation has no name for are other ones.
func (c *cards) profile(f *filler, place int, p vcard.Profile) *refusal {
	if _, ok := readNetwork(p.Network); !ok {
		p.Network = string(contact.OtherNetwork)
	}
	for _, part := range []struct{ column, text string }{
		{"network", p.Network}, {"handle", p.Handle}, {"profile_url", p.URL},
	} {
		s := c.slots[part.column]
		s.place = place
		if refused := f.put(s, part.text); refused != nil {
			return refused
		}
	}
	return nil
}
