package importer

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"contactpanel/contact"
)

// maxInput is the most bytes of one row as JSON, so that a gateway's limit for a request body never decides otherwise than
// the rules of the domain.
const maxInput = 100 << 10

// filler makes an upsert from the cells of one row.
type filler struct {
	run     *run
	style   style
	decoded bool

	in       contact.UpsertInput
	names    [3]string // first, middle, last
	profiles []placed
	seen     map[string]bool // values of lists, by key and compared form
	size     int
	largest  cell
}

type cell struct {
	field string
	size  int
}

// placed is a profile of which cells were found.
type placed struct {
	place int
	contact.ProfileInput
}

// put fills one cell in. White space is an empty cell, which fills nothing.
func (f *filler) put(s slot, text string) *refusal {
	if s.kind == leftOut || strings.TrimSpace(text) == "" {
		return nil
	}
	if !utf8.ValidString(text) {
		return refuse(s.key, "is not valid UTF-8")
	}
	if f.decoded && strings.ContainsRune(text, utf8.RuneError) {
		return refuse(s.key, "has bytes that the encoding of the file does not know")
	}
	if f.size += len(text); len(text) > f.largest.size {
		f.largest = cell{s.key, len(text)}
	}
	switch s.kind {
	case attribute:
		return f.attribute(s.def, text)
	case network, handle, profileName, profileURL:
		return f.profile(s, text)
	case vip:
		yes, ok := readBoolean(text)
		if !ok {
			return refuse(s.key, notBoolean)
		}
		f.in.VIP = &yes
	case note:
		f.in.Notes = append(f.in.Notes, text)
	case fullName:
		f.in.Name = text
	case firstName, middleName, lastName:
		f.names[s.kind-firstName] = strings.TrimSpace(text)
	case avatarURL:
		f.in.AvatarURL = text
	case unknown:
		return refuse(s.key, "is nothing that the organisation keeps; leave it out with --map")
	default:
		return refuse("", "has a cell in a column that has no name")
	}
	return nil
}

func (f *filler) profile(s slot, text string) *refusal {
	i := slices.IndexFunc(f.profiles, func(p placed) bool { return p.place == s.place })
	if i < 0 {
		i = len(f.profiles)
		f.profiles = append(f.profiles, placed{place: s.place})
	}
	p := &f.profiles[i]
	switch s.kind {
	case network:
		n, ok := readNetwork(text)
		if !ok {
			return refuse("network", "is not a known network")
		}
		p.Network = n
	case handle:
		p.Handle = text
	case profileName:
		p.DisplayName = text
	default:
		p.ProfileURL = text
	}
	return nil
}

// attribute adds the values of a cell. A value that the row has twice is one.
func (f *filler) attribute(def *contact.AttributeDefinition, text string) *refusal {
	parts := []string{text}
	if def.IsList {
		parts = splitCell(def, text)
	}
	i := slices.IndexFunc(f.in.Attributes, func(a contact.AttributeInput) bool { return a.Key == def.Key })
	if i < 0 {
		i = len(f.in.Attributes)
		f.in.Attributes = append(f.in.Attributes, contact.AttributeInput{Key: def.Key})
	}
	a := &f.in.Attributes[i]
	for _, part := range parts {
		value, same, refused := f.value(def, part)
		if refused != nil {
			return refused
		}
		if same = def.Key + " " + same; f.seen[same] {
			continue
		}
		if f.seen == nil {
			f.seen = map[string]bool{}
		}
		f.seen[same] = true
		a.Values = append(a.Values, value)
	}
	return nil
}

// finish joins what came in several cells and refuses what only the whole row shows.
func (f *filler) finish() (contact.UpsertInput, *refusal) {
	f.in.IsImport = true
	if f.in.Name == "" {
		f.in.Name = strings.Join(slices.DeleteFunc(f.names[:], func(s string) bool { return s == "" }), " ")
	}
	for _, p := range f.profiles {
		switch {
		case p.Handle != "" && p.Network == "":
			return f.in, refuse("handle", "stands without a network")
		case p.Handle == "":
			return f.in, refuse("handle", "is missing, so that the profile is nobody's")
		}
		f.in.Profiles = append(f.in.Profiles, p.ProfileInput)
	}
	return f.in, f.tooMuch()
}

// tooMuch keeps the limits that a gateway has for any input, so that they are refusals of a row in front of either target.
func (f *filler) tooMuch() *refusal {
	const items = "has %d items; at most %d are allowed"
	for _, a := range f.in.Attributes {
		if len(a.Values) > contact.MaxValues {
			return refuse(a.Key, items, len(a.Values), contact.MaxValues)
		}
	}
	switch {
	case len(f.in.Notes) > contact.MaxUpsertNotes:
		return refuse("note", items, len(f.in.Notes), contact.MaxUpsertNotes)
	case len(f.in.Profiles) > contact.MaxProfiles:
		return refuse("handle", items, len(f.in.Profiles), contact.MaxProfiles)
	case f.size < maxInput/8: // no byte of text needs more than 6 in JSON
		return nil
	}
	written, err := json.Marshal(inputOf(&f.in))
	if err != nil || len(written) > maxInput {
		return refuse(f.largest.field, "makes the row longer than the %d KiB that one contact may bring", maxInput>>10)
	}
	return nil
}
