package contact

import (
	"math"
	"regexp"
	"slices"
)

// cleanRules checks the rules of a definition: they must belong to its value type and leave something to enter.
func (c *Contacts) cleanRules(r RuleSet, t ValueType, isList bool) (RuleSet, error) {
	if isList {
		r.MaxValues = or(r.MaxValues, DefaultMaxValues)
	} else {
		r.MaxValues = or(r.MaxValues, 1)
	}
	if r.MaxValues < 1 || r.MaxValues > MaxValues || !isList && r.MaxValues != 1 {
		return r, invalid("rules", say("maxValues from 1 to 50, and 1 unless the definition is a list"), "has a number of values that cannot be")
	}
	if foreign := r.foreign(t); foreign != "" {
		return r, invalid("rules", say("rules of the definition's value type"), "has %s, which %s does not know", foreign, t)
	}
	switch t {
	case TypeText:
		return c.cleanTextRules(r)
	case TypeNumber:
		return r, checkNumberRules(r)
	case TypeDate:
		if r.Earliest != nil && r.Latest != nil && r.Latest.Before(*r.Earliest) {
			return r, emptyRange("earliest", "latest")
		}
	case TypeDateTime:
		if r.EarliestTime != nil && r.LatestTime != nil && r.LatestTime.Before(*r.EarliestTime) {
			return r, emptyRange("earliestTime", "latestTime")
		}
	case TypePhone:
		if r.DefaultRegion != "" && !c.phones.Region(r.DefaultRegion) {
			return r, invalid("rules", say("an ISO 3166-1 alpha-2 country code such as DE"), "has a defaultRegion that is not known")
		}
	case TypeChoice:
		return c.cleanChoices(r)
	case TypeBoolean, TypeURL, TypeEmail, TypeLanguage, TypeLocation:
	}
	return r, nil
}

// foreign names a member that belongs to another value type, "" when there is none.
func (r RuleSet) foreign(t ValueType) string {
	for _, m := range []struct {
		name  string
		isSet bool
		of    ValueType
	}{
		{"minLength", r.MinLength != 0, TypeText},
		{"maxLength", r.MaxLength != 0, TypeText},
		{"isMultiline", r.IsMultiline, TypeText},
		{"pattern", r.Pattern != "", TypeText},
		{"patternHint", len(r.PatternHint) > 0, TypeText},
		{"minNumber", r.MinNumber != nil, TypeNumber},
		{"maxNumber", r.MaxNumber != nil, TypeNumber},
		{"maxDecimals", r.MaxDecimals != nil, TypeNumber},
		{"earliest", r.Earliest != nil, TypeDate},
		{"latest", r.Latest != nil, TypeDate},
		{"earliestTime", r.EarliestTime != nil, TypeDateTime},
		{"latestTime", r.LatestTime != nil, TypeDateTime},
		{"defaultRegion", r.DefaultRegion != "", TypePhone},
		{"choices", len(r.Choices) > 0, TypeChoice},
	} {
		if m.isSet && m.of != t {
			return m.name
		}
	}
	return ""
}

func emptyRange(from, to string) error {
	return invalid("rules", say("%s not after %s", from, to), "leaves nothing between %s and %s", from, to)
}

func (c *Contacts) cleanTextRules(r RuleSet) (RuleSet, error) {
	longest := or(r.MaxLength, DefaultTextLength)
	if r.MinLength < 0 || longest < 1 || longest > MaxTextLength || r.MinLength > longest {
		return r, invalid("rules", say("minLength from 0 to maxLength, maxLength from 1 to 10000"), "has lengths that cannot be")
	}
	if len(r.Pattern) > MaxPatternLength {
		return r, tooLong("rules", MaxPatternLength, len(r.Pattern), Bytes)
	}
	// By itself, so that "a)|(b" cannot close the anchor's bracket; and anchored, because that is what will be compiled.
	for _, pattern := range []string{r.Pattern, anchored(r.Pattern)} {
		if _, err := regexp.Compile(pattern); err != nil {
			return r, invalid("rules", say("a regular expression in RE2 syntax"), "has a pattern that is no regular expression")
		}
	}
	var err error
	r.PatternHint, err = c.cleanLocalised(r.PatternHint, "rules", MaxReasonLength, false)
	return r, err
}

func checkNumberRules(r RuleSet) error {
	for _, n := range []*float64{r.MinNumber, r.MaxNumber} {
		if n != nil && !(math.Abs(*n) <= maxSafeInteger) {
			return invalid("rules", say("numbers of at most 2^53-1 in size"), "has a bound that is out of range")
		}
	}
	if r.MinNumber != nil && r.MaxNumber != nil && *r.MinNumber > *r.MaxNumber {
		return emptyRange("minNumber", "maxNumber")
	}
	if d := deref(r.MaxDecimals, 0); d < 0 || d > MaxDecimals {
		return invalid("rules", say("maxDecimals from 0 to 15"), "has a number of decimals that cannot be")
	}
	return nil
}

func (c *Contacts) cleanChoices(r RuleSet) (RuleSet, error) {
	if len(r.Choices) == 0 {
		return r, invalid("rules", say("at least one choice"), "has no choices")
	}
	if len(r.Choices) > MaxChoices {
		return r, tooLong("rules", MaxChoices, len(r.Choices), Items)
	}
	out := make([]ChoiceOption, 0, len(r.Choices))
	for _, o := range r.Choices {
		if err := checkKey("rules", o.Key); err != nil {
			return r, err
		}
		if slices.ContainsFunc(out, func(have ChoiceOption) bool { return have.Key == o.Key }) {
			return r, invalid("rules", say("each choice once"), "has a choice twice")
		}
		labels, err := c.cleanLocalised(o.Labels, "rules", MaxLabelLength, true)
		if err != nil {
			return r, err
		}
		out = append(out, ChoiceOption{o.Key, labels, o.IsRetired})
	}
	r.Choices = out
	return r, nil
}
