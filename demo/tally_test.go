package demo_test

import (
	"slices"
	"strings"
	"unicode/utf8"

	"contactpanel/contact"
)

func (p person) value(key string) attribute {
	for _, a := range p.Attributes {
		if a.Key == key {
			return a
		}
	}
	return attribute{}
}

// kindOf says of which kind the attributes of the demo are.
func kindOf(key string) contact.AttributeKind {
	switch key {
	case "email", "phone", "website", "language", "customer_number":
		return contact.KindStandard
	case "account_manager", "contract_value", "contract_end", "newsletter", "segment", "last_order":
		return contact.KindCRM
	default:
		return contact.KindCustom
	}
}

// count adds one when the thing is there.
func count(seen map[string]int, what string, isThere bool) {
	if isThere {
		seen[what]++
	}
}

// tally counts what a contact shows.
func tally(seen map[string]int, p person) {
	notes := slices.Concat(p.Notes, p.Deleted)
	seen["contact"]++
	seen["profile"] += len(p.Profiles)
	filled := 0
	for _, a := range p.Attributes {
		filled += len(a.Values)
		tallyAttribute(seen, a)
	}
	for _, n := range notes {
		tallyNote(seen, n)
	}
	for _, profile := range p.Profiles {
		count(seen, "profile on "+string(profile.Network), true)
	}
	count(seen, "avatar", p.Avatar != "")
	count(seen, "contact with 2 or 3 profiles", len(p.Profiles) == 2 || len(p.Profiles) == 3)
	count(seen, "contact with nothing but a handle", len(p.Profiles) == 1 && filled+len(notes) == 0 && p.Avatar == "" && p.Name == p.Profiles[0].Handle)
	count(seen, "contact named by a phone number", strings.HasPrefix(p.Name, "+") && len(p.Profiles) == 0)
	count(seen, "contact without notes", len(notes) == 0)
	count(seen, "contact with more than 60 notes", len(p.Notes) > 60)
	count(seen, "VIP", p.VIP.IsVIP)
	count(seen, "VIP with a reason", p.VIP.IsVIP && p.VIP.Reason != "")
	count(seen, "VIP without a reason", p.VIP.IsVIP && p.VIP.Reason == "")
	count(seen, "VIP for some time", p.VIP.IsVIP && p.VIP.ExpiresLeft > 0)
	count(seen, "expired VIP", !p.VIP.IsVIP && p.VIP.ExpiresLeft < 0)
	count(seen, "removed VIP", !p.VIP.IsVIP && p.VIP.By != "")
	scripts(seen, "name", p.Name)
	for _, v := range p.value("phone").Values {
		number := "phone " + v.(contact.PhoneValue).Phone.E164
		seen[number]++
		count(seen, "shared phone number", seen[number] == 2)
	}
}

func tallyAttribute(seen map[string]int, a attribute) {
	count(seen, "empty slot", a.Version == 0)
	count(seen, "cleared attribute", a.Version > 0 && len(a.Values) == 0)
	count(seen, "corrected attribute", a.Version > 1 && len(a.Values) > 0)
	if len(a.Values) == 0 {
		return
	}
	seen["value of "+a.Key]++
	seen["value of kind "+string(kindOf(a.Key))]++
	seen["value of origin "+string(a.Origin)]++
	count(seen, "list with several values", len(a.Values) > 1)
	for _, v := range a.Values {
		switch v := v.(type) {
		case contact.TextValue:
			seen["value of type TEXT"]++
			count(seen, "value in German", isGerman(v.Text))
			count(seen, "value in English", isEnglish(v.Text))
		case contact.NumberValue:
			seen["value of type NUMBER"]++
		case contact.BooleanValue:
			seen["value of type BOOLEAN"]++
		case contact.DateValue:
			seen["value of type DATE"]++
		case contact.URLValue:
			seen["value of type URL"]++
		case contact.EmailValue:
			seen["value of type EMAIL"]++
		case contact.PhoneValue:
			seen["value of type PHONE"]++
		case contact.LanguageValue:
			seen["value of type LANGUAGE"]++
		case contact.LocationValue:
			seen["value of type LOCATION"]++
			count(seen, "place with coordinates", v.Location.Latitude != nil)
			count(seen, "place without coordinates", v.Location.Latitude == nil)
		case contact.ChoiceValue:
			seen["value of type CHOICE"]++
			count(seen, "choice no longer offered", !v.Choice.IsOffered)
		default: // the snapshot holds how long ago it was
			seen["value of type DATE_TIME"]++
		}
	}
}

func tallyNote(seen map[string]int, n note) {
	seen["note"]++
	seen["note by "+n.Author]++
	count(seen, "note of an integration", n.Author == "import")
	count(seen, "edited note", n.Editor != "")
	count(seen, "note edited by another", n.Editor != "" && n.Editor != n.Author)
	count(seen, "deleted note", n.Deleter != "")
	count(seen, "restored note", n.Deleter == "" && (n.Version == 3 && n.Editor == "" || n.Version == 4))
	count(seen, "note in many lines", strings.Contains(n.Body, "\n"))
	count(seen, "note of 2000 code points", utf8.RuneCountInString(n.Body) == contact.MaxNoteLength)
	count(seen, "German note", isGerman(n.Body))
	count(seen, "English note", isEnglish(n.Body))
	scripts(seen, "note", n.Body)
}

func scripts(seen map[string]int, where, text string) {
	for _, script := range []string{"Arabic", "Hebrew", "Han", "Hangul", "Hiragana", "Greek", "Cyrillic", "Devanagari", "Thai", "emoji", "umlaut"} {
		count(seen, where+" with "+script, hasScript(text, script))
	}
}

func isGerman(s string) bool  { return speaks(s, "der die das ist nicht und bis für mit bitte am im") }
func isEnglish(s string) bool { return speaks(s, "the is not and by for with please to of on") }

func speaks(text, words string) bool {
	for word := range strings.FieldsSeq(strings.ToLower(text)) {
		for w := range strings.FieldsSeq(words) {
			if w == word {
				return true
			}
		}
	}
	return false
}
