package importer

import (
	"slices"
	"strings"
	"time"

	"contactpanel/contact"
)

const notBoolean = "is neither yes nor no"

// splitCell takes the values of a list apart that came in one cell: by line, by semicolon or as Google Contacts writes them
// (" ::: "). Types whose values may hold a semicolon are not taken apart by it, and text not at all.
func splitCell(def *contact.AttributeDefinition, text string) []string {
	separators := []string{"\n", ";", ":::"}
	switch def.ValueType {
	case contact.TypeText, contact.TypeLocation:
		return []string{text}
	case contact.TypeURL:
		separators = separators[:1]
	case contact.TypeChoice:
		if _, n := choice(def, text); n > 0 {
			return []string{text} // a label may hold anything
		}
	default:
	}
	parts := []string{text}
	for _, separator := range separators {
		var next []string
		for _, part := range parts {
			next = append(next, strings.Split(part, separator)...)
		}
		parts = next
	}
	parts = slices.DeleteFunc(parts, func(s string) bool { return strings.TrimSpace(s) == "" })
	if len(parts) == 0 {
		return []string{text} // nothing but separators: for the rules to refuse
	}
	return parts
}

// value reads one value as the definition's type wants it. What only the domain can judge goes there as it is. The second
// result is alike for values that are the same.
func (f *filler) value(def *contact.AttributeDefinition, text string) (v contact.ValueInput, same string, refused *refusal) {
	trimmed := strings.TrimSpace(text)
	same = trimmed
	wrong := ""
	switch def.ValueType {
	case contact.TypeText:
		v.Text = &text
	case contact.TypeNumber:
		var n float64
		n, wrong = readNumber(trimmed, f.style)
		v.Number = &n
	case contact.TypeBoolean:
		yes, ok := readBoolean(trimmed)
		if v.Boolean = &yes; !ok {
			wrong = notBoolean
		}
	case contact.TypeDate:
		same, wrong = readDate(trimmed, f.style)
		v.Date = &same
	case contact.TypeDateTime:
		if _, err := time.Parse(time.RFC3339Nano, trimmed); err != nil {
			wrong = "is not a moment written 2006-01-02T15:04:05Z"
		}
		v.DateTime = &trimmed
	case contact.TypeURL:
		v.URL = &trimmed
	case contact.TypeEmail:
		v.Email, same = &trimmed, strings.ToLower(trimmed)
	case contact.TypePhone:
		v.Phone, same, wrong = f.phone(trimmed)
	case contact.TypeLanguage:
		same = f.language(trimmed)
		v.Language = &same
	case contact.TypeLocation:
		v.Location = &contact.Location{Name: trimmed}
	case contact.TypeChoice:
		key, n := choice(def, trimmed)
		if same = key; n > 1 {
			wrong = "is the label of several choices"
		}
		v.Choice = &same
	}
	if wrong != "" {
		return v, "", refuse(def.Key, "%s", wrong)
	}
	return v, same, nil
}

// phone reads national writing with the region of the run. Without one the domain decides, which may know the definition's.
func (f *filler) phone(text string) (written *string, same, wrong string) {
	opts := &f.run.opts
	e164, err := opts.Phones.E164(text, opts.Region)
	switch {
	case err == nil:
		return &e164, e164, ""
	case opts.Region != "":
		return nil, "", err.Error()
	default:
		return &text, text, ""
	}
}

// language takes a tag as it is and a name for its tag.
func (f *filler) language(text string) string {
	if _, err := f.run.opts.Languages.Tag(text); err == nil {
		return text
	}
	if tag, ok := f.run.opts.Languages.Named(text); ok {
		return tag
	}
	return text
}

// choice finds an option by its key or by a label in any language, without regard to case. The number says how many
// options fit; when none does the text itself is returned, for the domain to refuse.
func choice(def *contact.AttributeDefinition, text string) (key string, fits int) {
	rules, ok := def.Rules.(contact.ChoiceRules)
	if !ok {
		return text, 0
	}
	text = strings.TrimSpace(text)
	for _, c := range rules.Choices {
		if strings.EqualFold(c.Key, text) {
			return c.Key, 1
		}
	}
	key = text
	for _, c := range rules.Choices {
		if slices.ContainsFunc(c.Labels, func(l contact.LocalisedText) bool { return strings.EqualFold(l.Text, text) }) {
			key = c.Key
			fits++
		}
	}
	return key, fits
}

func readBoolean(text string) (yes, ok bool) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "ja", "j", "yes", "y", "true", "wahr", "1", "x":
		return true, true
	case "nein", "n", "no", "false", "falsch", "0":
		return false, true
	default:
		return false, false
	}
}

// readNetwork reads a network's name, or what people call it.
func readNetwork(text string) (contact.Network, bool) {
	word := fold(text)
	switch word {
	case "insta", "ig":
		return contact.Instagram, true
	case "fb", "messenger", "facebookmessenger":
		return contact.Facebook, true
	case "twitter", "xtwitter", "xformerlytwitter":
		return contact.X, true
	case "mail":
		return contact.EmailNetwork, true
	case "textmessage", "textnachricht":
		return contact.SMS, true
	case "sonstige", "sonstiges", "andere", "anderes":
		return contact.OtherNetwork, true
	default:
		return contact.ParseNetwork(word)
	}
}
