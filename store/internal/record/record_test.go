package record_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"contactpanel/contact"
	"contactpanel/store/internal/record"
)

// full has every member of what is kept, and lists that are nil and empty.
func full() (contact.Contact, contact.Definition, contact.Section) {
	at := time.Date(2024, 2, 29, 23, 59, 59, int(999*time.Millisecond), time.UTC)
	early := time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC)
	agent := contact.Agent{ID: "agent-1", Name: "Ada <Ä&\u2028>"}
	words := contact.Localised{{Locale: "de", Text: "Größe"}, {Locale: "en", Text: "Size"}}
	c := contact.Contact{
		Name: "Zoë", AvatarURL: "https://pictures.example/z",
		Profiles: []contact.Profile{
			{ID: "p1", Network: "INSTAGRAM", Handle: "@zoe", DisplayName: "Z", AvatarURL: "https://a.example", ProfileURL: "https://p.example"},
			{ID: "p2", Network: "X", Handle: "zoe"},
		},
		Attributes: []contact.AttributeRecord{
			{Key: "email", Type: "EMAIL", Values: []contact.StoredValue{{Value: "z@example.org", Extra: "work"}, {Value: "z@example.com"}}, Origin: "AGENT", SetBy: agent, SetAt: at, Version: 3},
			{Key: "none", Type: "TEXT", Values: []contact.StoredValue{}, Origin: "IMPORT", SetAt: early, Version: 1},
			{Key: "nil", Type: "TEXT", Origin: "CRM", SetAt: at, Version: 2},
		},
		VIP:     contact.VIP{Since: &at, By: &agent, Reason: "speaks at fairs"},
		Version: 7, ImportedNotes: []string{"n1"}, ImportedRow: "row-9",
	}
	d := contact.Definition{
		ID: "d1", Key: "size", Kind: "CUSTOM", ValueType: "CHOICE", IsList: true, Labels: words, Descriptions: contact.Localised{}, Section: "shop", Order: 4,
		Rules: contact.RuleSet{
			MaxValues: 5, MinLength: 1, MaxLength: 9, IsMultiline: true, Pattern: "^a+$", PatternHint: words,
			MinNumber: new(-0.5), MaxNumber: new(1e21), MaxDecimals: new(0),
			Earliest: &contact.Date{Year: 1900, Month: 1, Day: 2}, Latest: &contact.Date{Year: 2100, Month: 12, Day: 31},
			EarliestTime: &early, LatestTime: &at, DefaultRegion: "DE",
			Choices: []contact.ChoiceOption{{Key: "s", Labels: words}, {Key: "m", IsRetired: true}},
		},
		CreatedAt: early, UpdatedAt: at, ArchivedAt: &at, Version: 2,
		Rights: contact.Rights{Readers: []contact.Role{contact.RoleAgent, contact.RoleAdmin}, Editors: []contact.Role{contact.RoleAdmin}},
	}
	return c, d, contact.Section{ID: "s1", Key: "shop", Labels: words, Order: 1, Version: 6}
}

// fullGroup has every member of a group, and lists of values that are nil and empty.
func fullGroup() contact.Group {
	return contact.Group{
		ID: "g1", Key: "gold", Labels: contact.Localised{{Locale: "de", Text: "Gold <Ä&\u2028>"}}, Match: contact.MatchAny,
		Conditions: []contact.Condition{
			{Subject: contact.SubjectAttribute, Key: "email", Operator: contact.OpAnyOf, Values: []contact.StoredValue{{Value: "Z@example.org", Extra: "z@example.org"}, {Value: "b"}}},
			{Subject: contact.SubjectAttribute, Key: "size", Operator: contact.OpIsSet},
			{Subject: contact.SubjectNetwork, Operator: contact.OpIsNotSet, Values: []contact.StoredValue{}},
			{Subject: contact.SubjectVIP, Operator: contact.OpEquals, Values: []contact.StoredValue{{Value: "true"}}},
		},
		IsPrioritised: true, Weight: 100, Teams: []string{"a", "Größe"}, CreatedAt: time.UnixMilli(-5).UTC(), UpdatedAt: time.UnixMilli(5).UTC(), Version: 8,
	}
}

// What is kept was written by some version before and is read by some version to come: its form must not change.
func TestKeptFormStaysAsItIs(t *testing.T) {
	c, d, s := full()
	g := fullGroup()
	for name, kept := range map[string][2]any{
		"contact": {record.OfContact(&c), record.OfContact(&contact.Contact{})}, "definition": {record.OfDefinition(&d), record.OfDefinition(&contact.Definition{})},
		"section": {record.OfSection(&s), record.OfSection(&contact.Section{})}, "group": {record.OfGroup(&g), record.OfGroup(&contact.Group{})},
	} {
		var got strings.Builder
		for _, r := range kept {
			asJSON, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			asBSON, err := bson.MarshalExtJSON(r, true, false)
			if err != nil {
				t.Fatal(err)
			}
			got.WriteString(string(asJSON) + "\n" + string(asBSON) + "\n")
		}
		file := "testdata/" + name + ".txt"
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("the kept form of a %s changed (-%s +now):\n%s", name, file, diff)
		}
	}
}

// form is one in which a store keeps things.
type form struct {
	write func(any) ([]byte, error)
	read  func([]byte, any) error
}

func forms() map[string]form {
	return map[string]form{"JSON": {json.Marshal, json.Unmarshal}, "BSON": {bson.Marshal, bson.Unmarshal}}
}

// again writes something, and reads it into another.
func (f form) again(from, to any) error {
	raw, err := f.write(from)
	if err != nil {
		return err
	}
	return f.read(raw, to)
}

// FuzzAKeptTextComesBackAsItWas keeps any text of the domain, which is valid UTF-8, wherever a contact and a definition have one.
func FuzzAKeptTextComesBackAsItWas(f *testing.F) {
	for _, s := range []string{
		"", " ", "a", "<b>&\u2028", "\x00", "\x1b[31m", "\x7f\u0085", "\ufffe\U0001ffff", "\ufeff", "\ufffd", "\u202e\u2066", "a\U000e0061", "e\u0301", "👨\u200d👩\u200d👧", "\"\\/\b", `\ud800`, `{"$ne":null}`, "$set", "a.b", "%00",
		strings.Repeat("😀", 2000), strings.Repeat("\x01", 500),
	} {
		f.Add(s, 1.5, int64(1))
	}
	f.Add("2^53", float64(1<<53-1), int64(-62135596800000))
	f.Add("smallest", -5e-324, int64(253402300799999))
	f.Fuzz(func(t *testing.T, s string, n float64, at int64) {
		if !utf8.ValidString(s) || math.IsNaN(n) || math.IsInf(n, 0) {
			return
		}
		c, d, _ := full()
		when := record.Moment(at % (1 << 50)).Time()
		c.Name, c.VIP.Reason, c.Profiles[0].Handle, c.Attributes[0].SetAt = s, s, s, when
		c.Attributes[0].Values = []contact.StoredValue{{Value: s, Extra: s}, {Value: s}, {Extra: s}}
		d.Rules.Pattern, d.Rules.MinNumber, d.Labels = s, &n, contact.Localised{{Locale: "en", Text: s}}
		for name, kept := range forms() {
			var rc record.Contact
			var rd record.Definition
			if err := errors.Join(kept.again(record.OfContact(&c), &rc), kept.again(record.OfDefinition(&d), &rd)); err != nil {
				t.Fatalf("%s of %q: %v", name, s, err)
			}
			rd.ID, rd.Key = d.ID, d.Key // a row of BSON has them
			var got contact.Contact
			rc.Fill(&got)
			if diff := cmp.Diff(c, got) + cmp.Diff(d, rd.Definition()); diff != "" {
				t.Errorf("%s (-written +read):\n%s", name, diff)
			}
		}
	})
}

func TestKeptComesBackAsItWas(t *testing.T) {
	c, d, s := full()
	for name, kept := range forms() {
		t.Run(name, func(t *testing.T) {
			again := func(from, to any) {
				if err := kept.again(from, to); err != nil {
					t.Fatal(err)
				}
			}
			var (
				rc record.Contact
				rd record.Definition
				rs record.Section
				rg record.Group
				gc contact.Contact
			)
			g := fullGroup()
			again(record.OfContact(&c), &rc)
			again(record.OfDefinition(&d), &rd)
			again(record.OfSection(&s), &rs)
			again(record.OfGroup(&g), &rg)
			if name == "BSON" { // its row has them
				rd.ID, rd.Key, rs.ID, rs.Key, rg.ID, rg.Key = d.ID, d.Key, s.ID, s.Key, g.ID, g.Key
			}
			rc.Fill(&gc)
			for _, diff := range []string{cmp.Diff(c, gc), cmp.Diff(d, rd.Definition()), cmp.Diff(s, rs.Section()), cmp.Diff(g, rg.Group())} {
				if diff != "" {
					t.Errorf("(-written +read):\n%s", diff)
				}
			}
		})
	}
}

func TestMomentThatIsNotBefore(t *testing.T) {
	for of, want := range map[time.Time]record.Moment{
		time.UnixMilli(5):                                  5,
		time.UnixMilli(5).Add(1):                           6,
		time.UnixMilli(-5):                                 -5,
		time.UnixMilli(-5).Add(1):                          -4,
		time.UnixMilli(6).Add(-1):                          6,
		time.UnixMilli(5).In(time.FixedZone("east", 3600)): 5,
	} {
		if got := record.NotBefore(of); got != want {
			t.Errorf("NotBefore(%v) = %d, want %d", of, got, want)
		}
	}
}

func TestMomentReadsOnlyADate(t *testing.T) {
	for name, document := range map[string]bson.D{"a number": {{Key: "setAt", Value: int64(5)}}, "a text": {{Key: "setAt", Value: "1970-01-01"}}} {
		raw, err := bson.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		var to struct {
			SetAt record.Moment `bson:"setAt"`
		}
		if err := bson.Unmarshal(raw, &to); err == nil {
			t.Errorf("%s was read as %d, want an error", name, to.SetAt)
		}
	}
}
