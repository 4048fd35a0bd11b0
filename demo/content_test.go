package demo_test

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"contactpanel/contact"
	"contactpanel/demo"
)

func showsEveryKind(t *testing.T, s snapshot) {
	t.Helper()
	seen := map[string]int{}
	for _, p := range s.Contacts {
		tally(seen, p)
	}
	for _, d := range s.Definitions {
		if d.IsArchived {
			seen["an archived definition"]++
			for _, p := range s.Contacts {
				if len(p.value(d.Key).Values) > 0 {
					seen["a value of an archived definition"]++
				}
			}
		}
	}
	for what, least := range wanted(s) {
		if seen[what] < least {
			t.Errorf("the demo has %d × %s, want at least %d", seen[what], what, least)
		}
	}
	if t.Failed() {
		for _, what := range slices.Sorted(maps.Keys(seen)) {
			t.Logf("%5d × %s", seen[what], what)
		}
	}
}

// wanted says of what there is at least how much.
func wanted(s snapshot) map[string]int {
	w := map[string]int{
		"contact": 200, "profile": 250, "contact with 2 or 3 profiles": 60, "contact with nothing but a handle": 10,
		"contact named by a phone number": 1, "contact without notes": 30, "contact with more than 60 notes": 3,
		"note": 500, "edited note": 20, "note edited by another": 5, "deleted note": 10, "restored note": 1,
		"note in many lines": 30, "note of 2000 code points": 3, "note of an integration": 3,
		"list with several values": 30, "place with coordinates": 20, "place without coordinates": 10, "choice no longer offered": 3,
		"cleared attribute": 2, "corrected attribute": 5, "empty slot": 1000,
		"VIP": 5, "VIP with a reason": 5, "VIP without a reason": 1, "VIP for some time": 2, "expired VIP": 2, "removed VIP": 2,
		"German note": 150, "English note": 150, "value in German": 5, "value in English": 5,
		"an archived definition": 1, "a value of an archived definition": 3, "shared phone number": 3, "avatar": 50,
	}
	for _, n := range contact.Networks() {
		w["profile on "+string(n)] = 10
	}
	for _, k := range []contact.AttributeKind{contact.KindStandard, contact.KindCRM, contact.KindCustom} {
		w["value of kind "+string(k)] = 50
	}
	for _, v := range contact.ValueTypes() {
		w["value of type "+string(v)] = 10
	}
	for _, o := range []contact.Origin{contact.OriginAgent, contact.OriginCRM, contact.OriginChannel, contact.OriginImport, contact.OriginAPI} {
		w["value of origin "+string(o)] = 20
	}
	for _, a := range append(demo.Agents(), demo.Admin()) {
		w["note by "+a.Name] = 10
	}
	for _, script := range []string{"Arabic", "Hebrew", "Han", "Hangul", "Hiragana", "Greek", "Cyrillic", "Devanagari", "Thai", "emoji", "umlaut"} {
		w["name with "+script] = 1
		w["note with "+script] = 1
	}
	delete(w, "name with Hiragana") // no name is written in it
	for _, d := range s.Definitions {
		if !d.IsArchived {
			w["value of "+d.Key] = 5
		}
	}
	return w
}

func isLabelled(t *testing.T, r *reader) {
	t.Helper()
	for _, section := range r.catalog().Sections {
		if tags := tagsOf(section.Labels); !slices.Equal(tags, []string{"de", "en"}) {
			t.Errorf("section %s is labelled in %v, want German and English", section.Key, tags)
		}
	}
	for _, g := range r.catalog().Groups {
		if tags := tagsOf(g.Labels); !slices.Equal(tags, []string{"de", "en"}) {
			t.Errorf("group %s is labelled in %v, want German and English", g.Key, tags)
		}
	}
	for _, d := range r.catalog().Definitions {
		if tags := tagsOf(d.Labels); !slices.Equal(tags, []string{"de", "en"}) {
			t.Errorf("definition %s is labelled in %v, want German and English", d.Key, tags)
		}
		if (d.Section.Key == "crm") != (d.Kind == contact.KindCRM) {
			t.Errorf("definition %s of kind %s stands in section %s", d.Key, d.Kind, d.Section.Key)
		}
	}
}

func isManaged(t *testing.T, r *reader) {
	t.Helper()
	for _, c := range r.everybody() {
		all, err := r.contacts.AttributesOf(r.ctx, c, contact.AttributeFilter{IncludeEmpty: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range all {
			f := a.Fields()
			_, isCRM := a.(*contact.CRMAttribute)
			switch {
			case isCRM && (f.ViewerCanEdit || f.WhyNotEditable == nil || *f.WhyNotEditable != contact.WhyNotConfigured):
				t.Errorf("%s of %s: editable %v because of %v, want NOT_CONFIGURED", f.Definition.Key, c.DisplayName(), f.ViewerCanEdit, f.WhyNotEditable)
			case isCRM && f.Origin != nil && *f.Origin != contact.OriginCRM:
				t.Errorf("%s of %s has origin %s, want CRM", f.Definition.Key, c.DisplayName(), *f.Origin)
			case !isCRM && !f.ViewerCanEdit:
				t.Errorf("%s of %s cannot be edited: %v", f.Definition.Key, c.DisplayName(), *f.WhyNotEditable)
			}
		}
	}
}

func isPast(t *testing.T, s snapshot) {
	t.Helper()
	for _, p := range s.Contacts {
		past(t, p.Name+": made", p.Made, 211*24*time.Hour)
		past(t, p.Name+": changed", p.Changed, p.Made)
		for _, a := range p.Attributes {
			if a.Version > 0 {
				past(t, p.Name+": "+a.Key, a.Ago, p.Made)
			}
			for _, v := range a.Values {
				if ago, ok := v.(time.Duration); ok && a.Key != "contract_end" {
					past(t, p.Name+": value of "+a.Key, ago, 20*365*24*time.Hour)
				}
			}
		}
		if p.VIP.Since != 0 {
			past(t, p.Name+": VIP", p.VIP.Since, p.Made)
		}
		for _, n := range slices.Concat(p.Notes, p.Deleted) {
			past(t, p.Name+": note", n.Ago, p.Made)
			if n.Editor != "" {
				past(t, p.Name+": edit", n.Edited, n.Ago)
			}
			if n.Deleter != "" {
				past(t, p.Name+": deletion", n.Deleted, n.Ago)
				past(t, p.Name+": deletion", n.Deleted, contact.RestorableFor)
			}
		}
	}
}

func past(t *testing.T, what string, ago, atMost time.Duration) {
	t.Helper()
	if ago <= 0 || ago > atMost {
		t.Errorf("%s happened %v ago, want more than 0 and at most %v", what, ago, atMost)
	}
}

func isInvented(t *testing.T, s snapshot) {
	t.Helper()
	kept := regexp.MustCompile(`^\+(49(3023125|6990009|4066969)\d{3}|44207946\d{4}|120255501\d{2})$`)
	for _, p := range s.Contacts {
		checkURL(t, p.Avatar)
		for _, profile := range p.Profiles {
			switch profile.Network {
			case contact.WhatsApp, contact.SMS:
				if !kept.MatchString(profile.Handle) {
					t.Errorf("%s: %s is no number kept for fiction", profile.Network, profile.Handle)
				}
			case contact.EmailNetwork:
				checkMail(t, profile.Handle)
			default:
				checkURL(t, *profile.Address())
			}
			checkURL(t, profile.AvatarURL)
		}
		for _, a := range p.Attributes {
			for _, v := range a.Values {
				switch v := v.(type) {
				case contact.PhoneValue:
					if !kept.MatchString(v.Phone.E164) {
						t.Errorf("%s: %s is no number kept for fiction", a.Key, v.Phone.E164)
					}
				case contact.EmailValue:
					checkMail(t, v.Email)
				case contact.URLValue:
					checkURL(t, v.URL)
				}
			}
		}
	}
}

func checkMail(t *testing.T, address string) {
	t.Helper()
	if !strings.HasSuffix(address, ".example") {
		t.Errorf("mail address %s is not under .example", address)
	}
}

func checkURL(t *testing.T, address string) {
	t.Helper()
	if address == "" {
		return
	}
	if u, err := url.Parse(address); err != nil || !strings.HasSuffix(u.Hostname(), ".example") {
		t.Errorf("address %s is not under .example (%v)", address, err)
	}
}

func hasWholeTexts(t *testing.T, s snapshot) {
	t.Helper()
	blank := regexp.MustCompile(`[{}|%]|\s$|^\s| {2}|\t`)
	for _, p := range s.Contacts {
		texts := []string{p.Name, p.VIP.Reason}
		for _, n := range slices.Concat(p.Notes, p.Deleted) {
			clean, err := contact.CleanNote("body", n.Body)
			if err != nil || clean != n.Body {
				t.Errorf("note %q is not stored as it is written: %v", n.Body, err)
			}
			texts = append(texts, n.Body)
		}
		for _, a := range p.Attributes {
			for _, v := range a.Values {
				if v, ok := v.(contact.TextValue); ok {
					texts = append(texts, v.Text)
				}
			}
		}
		for _, s := range texts {
			if blank.MatchString(s) || !utf8.ValidString(s) {
				t.Errorf("text has a gap that was not filled, or stray white space: %q", s)
			}
		}
	}
}

func TestTheCastIsNamedAsItsTokens(t *testing.T) {
	cast := append(demo.Agents(), demo.Admin())
	if len(cast) != 3 {
		t.Fatalf("%d people get tokens, want two agents and an administrator", len(cast))
	}
	for _, a := range cast {
		if a.Name == "" || string(a.ID) != a.Name {
			t.Errorf("agent %q has id %q, want its name", a.Name, a.ID)
		}
	}
}

func tagsOf(labels []contact.LocalisedText) []string {
	var tags []string
	for _, l := range labels {
		tags = append(tags, l.Locale)
	}
	slices.Sort(tags)
	return tags
}

func hasScript(s, script string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		switch script {
		case "emoji":
			return r >= 0x1F300 && r <= 0x1FAFF
		case "umlaut":
			return strings.ContainsRune("äöüÄÖÜß", r)
		default:
			return unicode.Is(unicode.Scripts[script], r)
		}
	})
}
