package importer

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"contactpanel/contact"
)

// slotKind is what a cell fills.
type slotKind int

const (
	leftOut slotKind = iota
	nameless
	unknown // a property of cards that the organisation has no definition for
	attribute
	fullName
	firstName
	middleName
	lastName
	network
	handle
	profileName
	profileURL
	avatarURL
	vip
	note
)

// fixed are the keys of what is no attribute. A definition of such a key is reached by its label.
var fixed = map[string]slotKind{ //nolint:gochecknoglobals // a table that nothing writes
	"name": fullName, "first_name": firstName, "middle_name": middleName, "last_name": lastName,
	"network": network, "handle": handle, "profile_name": profileName, "profile_url": profileURL,
	"avatar_url": avatarURL, "vip": vip, "note": note,
}

// slot is where the cells of a column go.
type slot struct {
	kind  slotKind
	key   string // as refusals report it
	def   *contact.AttributeDefinition
	place int // from 1: which profile; on lists columns keep their order
}

// isList tells whether several columns may fill the slot.
func (s slot) isList() bool {
	switch s.kind {
	case leftOut, nameless, note:
		return true
	case attribute:
		return s.def.IsList
	default:
		return false
	}
}

// mayBeNumbered tells whether a number may stand behind the column's name.
func (s slot) mayBeNumbered() bool {
	switch s.kind {
	case note, network, handle, profileName, profileURL:
		return true
	case attribute:
		return s.def.IsList
	default:
		return false
	}
}

// vocabulary knows what headers may say in one organisation.
type vocabulary struct {
	keys     map[string]slot // by folded key
	exact    map[string]slot // by key
	labels   map[string][]slot
	synonyms map[string]slot
	tongues  map[string]tongue // of labels and synonyms
	mapped   map[string]*string
}

// fold makes headers alike that differ in case, separators or the writing of umlauts.
func fold(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r == 'ä':
			r = 'a'
		case r == 'ö':
			r = 'o'
		case r == 'ü':
			r = 'u'
		case r == 'ß':
			b.WriteByte('s')
			r = 's'
		case !unicode.IsLetter(r) && !unicode.IsDigit(r): // combining marks too: some systems write umlauts in two parts
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func newVocabulary(definitions []*contact.AttributeDefinition, mapped map[string]*string) *vocabulary {
	v := &vocabulary{
		keys: map[string]slot{}, exact: map[string]slot{}, labels: map[string][]slot{}, synonyms: map[string]slot{},
		tongues: map[string]tongue{}, mapped: map[string]*string{},
	}
	for _, d := range definitions {
		s := slot{kind: attribute, key: d.Key, def: d, place: 1}
		v.keys[fold(d.Key)], v.exact[d.Key] = s, s
		for _, l := range d.Labels {
			word := fold(l.Text)
			v.labels[word] = append(v.labels[word], s)
			v.tongues[word] |= tongueOf(l.Locale)
		}
	}
	for key, kind := range fixed {
		s := slot{kind: kind, key: key, place: 1}
		v.keys[fold(key)], v.exact[key] = s, s
	}
	for _, s := range synonyms {
		if target, ok := v.exact[s.key]; ok || s.key == "" {
			v.learn(s.german, german, target)
			v.learn(s.english, english, target)
			v.learn(s.both, german|english, target)
		}
	}
	for _, column := range slices.Sorted(maps.Keys(mapped)) {
		v.mapped[fold(column)] = mapped[column]
	}
	maps.Copy(v.mapped, mapped) // the exact writing goes first
	return v
}

func (v *vocabulary) learn(words string, t tongue, target slot) {
	for word := range strings.SplitSeq(words, ",") {
		word = fold(word)
		if word == "" {
			continue
		}
		if target.key != "" {
			v.synonyms[word] = target
		}
		v.tongues[word] |= t
	}
}

// columns resolves a header. It gives all that is wrong with it, so that one look at the report is enough.
func (v *vocabulary) columns(header []string) ([]slot, style, []*refusal) {
	var refused []*refusal
	out := make([]slot, len(header))
	filled := map[slot]bool{}
	written := map[string]bool{}
	used := false
	for i, name := range header {
		name = strings.TrimSpace(name)
		s, err := v.resolve(name)
		twice := written[fold(name)] && s.kind != nameless && s.kind != leftOut || filled[s] && !s.isList()
		switch {
		case err != nil:
			refused = append(refused, refuse(name, "%s", err))
		case twice:
			refused = append(refused, refuse(name, "stands for %s, as an earlier column does; choose one with --map", s.key))
		}
		out[i], filled[s], written[fold(name)] = s, true, true
		used = used || s.kind > nameless
	}
	if !used && len(refused) == 0 {
		refused = append(refused, refuse("", "names no column that is imported; name the columns with --map"))
	}
	return out, v.style(header), refused
}

// resolve finds what a column is for. Errors are reasons for a person.
func (v *vocabulary) resolve(name string) (slot, error) {
	key, isMapped := v.mapped[name]
	if !isMapped {
		key, isMapped = v.mapped[fold(name)]
	}
	switch {
	case !utf8.ValidString(name):
		return slot{}, errors.New("is not valid UTF-8; name the encoding of the file with --encoding")
	case isMapped && (key == nil || *key == ""):
		return slot{kind: leftOut}, nil
	case isMapped:
		s, err := v.meaning(*key)
		if err != nil {
			return slot{}, errors.New("is given a meaning by --map that is no key of the organisation, or one that takes no number")
		}
		return s, nil
	case name == "":
		return slot{kind: nameless}, nil
	default:
		return v.meaning(name)
	}
}

// meaning looks the whole name up, then the name without the number in it.
func (v *vocabulary) meaning(name string) (slot, error) {
	if s, err := v.lookUp(name); err == nil || !errors.Is(err, errUnknown) {
		return s, err
	}
	rest, n, ok := cutNumber(name)
	if !ok {
		return slot{}, errUnknown
	}
	s, err := v.lookUp(rest)
	switch {
	case err != nil:
		return slot{}, err
	case n > 1 && !s.mayBeNumbered():
		return slot{}, errors.New("has a number, but " + s.key + " takes one value; leave the column out with --map")
	case s.kind != attribute && s.kind != note:
		s.place = n
	}
	return s, nil
}

var errUnknown = errors.New("is not a known column; give it a meaning with --map, or leave it out there with null")

func (v *vocabulary) lookUp(name string) (slot, error) {
	word := fold(name)
	if s, ok := v.exact[strings.ToLower(name)]; ok {
		return s, nil
	}
	if s, ok := v.keys[word]; ok && word != "" {
		return s, nil
	}
	switch found := v.labels[word]; {
	case len(found) == 0:
	case isOne(found):
		return found[0], nil
	default:
		return slot{}, errors.New("is the label of several attributes; choose one by its key with --map")
	}
	if s, ok := v.synonyms[word]; ok {
		return s, nil
	}
	return slot{}, errUnknown
}

func isOne(slots []slot) bool {
	for _, s := range slots {
		if s != slots[0] {
			return false
		}
	}
	return true
}

// cutNumber takes the one number out of a name: "email_2", "Phone 3", "E-Mail 2: Adresse".
func cutNumber(name string) (rest string, n int, ok bool) {
	isDigit := func(r rune) bool { return '0' <= r && r <= '9' }
	from := strings.IndexFunc(name, isDigit)
	if from < 0 {
		return "", 0, false
	}
	to := from
	for to < len(name) && isDigit(rune(name[to])) {
		n = n*10 + int(name[to]-'0')
		to++
	}
	rest = name[:from] + name[to:]
	if name[from] == '0' || to-from > 2 || strings.ContainsFunc(rest, isDigit) {
		return "", 0, false
	}
	return rest, n, true
}
