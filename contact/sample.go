package contact

import "time"

// SampleAttributes lists an attribute record of every value type, each member filled, for tests of stores and of the wire:
// a type that is missing from either shows there. Definitions of the same keys are in SampleDefinitions.
func SampleAttributes(at time.Time) []AttributeRecord {
	by := Agent{ID: "sample-agent", Name: "Sam Sample"}
	values := map[ValueType][]StoredValue{
		TypeText:     {{Value: "first\nsecond"}},
		TypeNumber:   {{Value: "-12.5"}},
		TypeBoolean:  {{Value: "true"}},
		TypeDate:     {{Value: "2020-02-29"}},
		TypeDateTime: {{Value: "2021-03-04T05:06:07.089Z"}},
		TypeURL:      {{Value: "https://sample.example/?a=b"}},
		TypeEmail:    {{Value: "Sam@Bücher.example", Extra: "sam@xn--bcher-kva.example"}, {Value: "two@sample.example", Extra: "two@sample.example"}},
		TypePhone:    {{Value: "+493023125000", Extra: "+49 30 23125000"}},
		TypeLanguage: {{Value: "de-AT"}},
		TypeLocation: {{Value: "Bonn", Extra: "50.7374,7.0982"}},
		TypeChoice:   {{Value: "one"}, {Value: "two"}},
	}
	var out []AttributeRecord
	for i, t := range ValueTypes() {
		out = append(out, AttributeRecord{
			Key: sampleKey(t), Type: t, Values: values[t], Origin: OriginAPI, SetBy: by, SetAt: moment(at), Version: i + 1,
		})
	}
	return out
}

// SampleDefinitions lists a definition of every value type with every member filled, in turn of each kind.
func SampleDefinitions(at time.Time) ([]Section, []Definition) {
	at = moment(at)
	low, high, decimals := -100.5, 100.5, 3
	day, lastDay := Date{2000, time.January, 1}, Date{2050, time.December, 31}
	from, to := at.AddDate(-50, 0, 0), at.AddDate(50, 0, 0)
	rules := map[ValueType]RuleSet{
		TypeText:     {MinLength: 2, MaxLength: 50, IsMultiline: true, Pattern: `(?s).+`, PatternHint: wording("anything", "irgendetwas")},
		TypeNumber:   {MinNumber: &low, MaxNumber: &high, MaxDecimals: &decimals},
		TypeDate:     {Earliest: &day, Latest: &lastDay},
		TypeDateTime: {EarliestTime: &from, LatestTime: &to},
		TypePhone:    {DefaultRegion: "DE"},
		TypeChoice: {Choices: []ChoiceOption{
			{Key: "one", Labels: wording("One", "Eins")}, {Key: "two", Labels: wording("Two", "Zwei"), IsRetired: true},
		}},
	}
	kinds := []AttributeKind{KindStandard, KindCRM, KindCustom}
	var out []Definition
	for i, t := range ValueTypes() {
		r := rules[t]
		r.MaxValues = 5
		out = append(out, Definition{
			ID: ID(PrefixDefinition + "_" + sampleKey(t)), Key: sampleKey(t), Kind: kinds[i%len(kinds)], ValueType: t, IsList: true,
			Labels: wording("Sample "+string(t), "Muster "+string(t)), Descriptions: wording("A sample.", "Ein Muster."),
			Section: "sample", Order: 100 * i, Rules: r, CreatedAt: at, UpdatedAt: at.Add(time.Minute), Version: i + 2,
		})
	}
	archived := at.Add(time.Hour)
	gone := out[0]
	gone.ID, gone.Key, gone.ArchivedAt = PrefixDefinition+"_archived", "sample_archived", &archived
	sections := []Section{{ID: PrefixSection + "_sample", Key: "sample", Labels: wording("Sample", "Muster"), Order: 900, Version: 3}}
	return sections, append(out, gone)
}

func sampleKey(t ValueType) string {
	keys := map[ValueType]string{
		TypeText: "sample_text", TypeNumber: "sample_number", TypeBoolean: "sample_boolean", TypeDate: "sample_date",
		TypeDateTime: "sample_date_time", TypeURL: "sample_url", TypeEmail: "sample_email", TypePhone: "sample_phone",
		TypeLanguage: "sample_language", TypeLocation: "sample_location", TypeChoice: "sample_choice",
	}
	return keys[t]
}
