package contact

import (
	"slices"
	"strconv"
)

func (l *loading) checkContact(c *Contact) error {
	name, err := textRule{field: "name", max: MaxNameLength, optional: true}.clean(c.Name)
	if err := firstError(
		checkID("id", c.ID, PrefixContact), kept("name", c.Name, name, err), checkKeptURL("avatarUrl", c.AvatarURL),
		checkTime("createdAt", c.CreatedAt), checkTime("updatedAt", c.UpdatedAt), checkVersion("version", c.Version),
		checkVIP(c.VIP), checkImported(c), checkProfiles(c.Profiles),
	); err != nil {
		return err
	}
	for i, r := range c.Attributes {
		if slices.ContainsFunc(c.Attributes[:i], func(o AttributeRecord) bool { return o.Key == r.Key }) {
			return damaged("attributes", "has an attribute twice")
		}
		if err := l.checkRecord(&r); err != nil {
			return err
		}
	}
	if c.DisplayName() == string(c.ID) {
		return damaged("name", "leaves nothing to call the contact by")
	}
	return nil
}

func checkKeptURL(field, s string) error {
	clean, err := optionalURL(field, s)
	return kept(field, s, clean, err)
}

func checkVIP(v VIP) error {
	if v.IsVIP && v.Since == nil || (v.Since == nil) != (v.By == nil) {
		return damaged("vip", "a decision has an author and a time")
	}
	reason, err := textRule{field: "vip", max: MaxReasonLength, multiline: true, optional: true}.clean(v.Reason)
	return firstError(
		kept("vip", v.Reason, reason, err), checkOptionalTime("vip", v.Since), checkAgent("vip", v.By), checkOptionalTime("vip", v.ExpiresAt),
	)
}

// checkImported checks the digests of what imports made.
func checkImported(c *Contact) error {
	if len(c.ImportedNotes) > maxImportedNotes {
		return damaged("importedNotes", "has %d items; at most %d are allowed", len(c.ImportedNotes), maxImportedNotes)
	}
	for i, d := range c.ImportedNotes {
		if !digestPattern.MatchString(d) || slices.Contains(c.ImportedNotes[:i], d) {
			return damaged("importedNotes", "has something that is no digest, or one twice")
		}
	}
	if c.ImportedRow != "" && !digestPattern.MatchString(c.ImportedRow) {
		return damaged("importedRow", "is not a digest")
	}
	return nil
}

func checkProfiles(profiles []Profile) error {
	if len(profiles) > MaxProfiles {
		return damaged("profiles", "has %d items; at most %d are allowed", len(profiles), MaxProfiles)
	}
	for i, p := range profiles {
		key := profileKey(p.Network, p.Handle)
		if slices.ContainsFunc(profiles[:i], func(o Profile) bool { return o.ID == p.ID || profileKey(o.Network, o.Handle) == key }) {
			return damaged("profiles", "has a profile twice")
		}
		stands := ProfileInput{p.Network, p.Handle, p.DisplayName, p.AvatarURL, p.ProfileURL}
		written := stands
		written.Handle = "@" + p.Handle // as people may write it, so that an @ of the handle's own stays
		clean, err := cleanProfile(written)
		if err := firstError(checkID("profiles", p.ID, PrefixProfile), kept("profiles", stands, clean, err)); err != nil {
			return err
		}
	}
	return nil
}

// checkRecord checks one attribute. It blames the attribute's key.
func (l *loading) checkRecord(r *AttributeRecord) error {
	def := l.set.byKey[r.Key]
	switch {
	case def == nil:
		return damaged(clip(r.Key, maxChoiceKeyLength), "the organisation has no definition of this key")
	case r.Type != def.ValueType:
		return damaged(r.Key, "is not of the definition's type")
	case !slices.Contains([]Origin{OriginAgent, OriginCRM, OriginChannel, OriginImport, OriginAPI}, r.Origin):
		return damaged(r.Key, "has an origin that is not known")
	case len(r.Values) > MaxValues || !def.IsList && len(r.Values) > 1:
		return damaged(r.Key, "has %d values, which are too many", len(r.Values))
	}
	if err := firstError(checkAgent(r.Key, &r.SetBy), checkTime(r.Key, r.SetAt), checkVersion(r.Key, r.Version)); err != nil {
		return err
	}
	for i, v := range r.Values {
		if holdsValue(r.Type, r.Values[:i], v) {
			return damaged(r.Key, "has a value twice")
		}
		if err := l.checkValue(def, v); err != nil {
			return err
		}
	}
	return nil
}

// checkValue refuses a value that the checks of an input would refuse or change, whatever rules the definition has today.
// What libraries know of numbers and languages changes with the world: of those the form alone is looked at.
func (l *loading) checkValue(def *Definition, v StoredValue) error {
	var hasForm bool
	switch def.ValueType {
	case TypePhone:
		hasForm = e164Pattern.MatchString(v.Value) && v.Extra != "" && checkText(def.Key, v.Extra, maxAgentText) == nil
	case TypeLanguage:
		hasForm = len(v.Value) <= maxAgentText && languagePattern.MatchString(v.Value) && v.Extra == ""
	case TypeChoice:
		hasForm = keyPattern.MatchString(v.Value) && v.Extra == ""
	default:
		wide := Definition{Key: def.Key, ValueType: def.ValueType, Rules: RuleSet{}}
		if wide.ValueType == TypeText {
			wide.Rules = RuleSet{MaxLength: MaxTextLength, IsMultiline: true}
		}
		again, err := checker{contacts: l.contacts, def: &wide}.one(-1, asWritten(def.ValueType, v))
		return kept(def.Key, v, again, err)
	}
	if !hasForm {
		return notKept(def.Key)
	}
	return nil
}

// asWritten gives a stored value as a caller would write it, an empty input when it cannot be read.
func asWritten(t ValueType, v StoredValue) (in ValueInput) {
	switch t {
	case TypeText:
		in.Text = &v.Value
	case TypeNumber:
		if n, err := strconv.ParseFloat(v.Value, 64); err == nil {
			in.Number = &n
		}
	case TypeBoolean:
		in.Boolean = new(v.Value == "true")
	case TypeDate:
		in.Date = &v.Value
	case TypeDateTime:
		in.DateTime = &v.Value
	case TypeURL:
		in.URL = &v.Value
	case TypeEmail:
		in.Email = &v.Value
	case TypeLocation:
		in.Location = new(location(v))
	case TypePhone, TypeLanguage, TypeChoice: // not written anew: see checkValue
	}
	return in
}
