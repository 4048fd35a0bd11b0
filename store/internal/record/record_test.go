package record_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

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

// What is kept was written by some version before and is read by some version to come: its form must not change.
func TestKeptFormStaysAsItIs(t *testing.T) {
	c, d, s := full()
	for name, kept := range map[string][2]any{
		"contact": {record.OfContact(&c), record.OfContact(&contact.Contact{})}, "definition": {record.OfDefinition(&d), record.OfDefinition(&contact.Definition{})},
		"section": {record.OfSection(&s), record.OfSection(&contact.Section{})},
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

func TestKeptComesBackAsItWas(t *testing.T) {
	c, d, s := full()
	for name, kept := range map[string]struct {
		write func(any) ([]byte, error)
		read  func([]byte, any) error
	}{"JSON": {json.Marshal, json.Unmarshal}, "BSON": {bson.Marshal, bson.Unmarshal}} {
		t.Run(name, func(t *testing.T) {
			again := func(from, to any) {
				raw, err := kept.write(from)
				if err == nil {
					err = kept.read(raw, to)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			var (
				rc record.Contact
				rd record.Definition
				rs record.Section
				gc contact.Contact
			)
			again(record.OfContact(&c), &rc)
			again(record.OfDefinition(&d), &rd)
			again(record.OfSection(&s), &rs)
			if name == "BSON" { // its row has them
				rd.ID, rd.Key, rs.ID, rs.Key = d.ID, d.Key, s.ID, s.Key
			}
			rc.Fill(&gc)
			for _, diff := range []string{cmp.Diff(c, gc), cmp.Diff(d, rd.Definition()), cmp.Diff(s, rs.Section())} {
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
