package importer

import (
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"contactpanel/contact"
)

const definitionsDocument = `query Definitions {
  attributeDefinitions {
    key valueType isList
    labels { locale text }
    rules { ... on ChoiceRules { choices { key isRetired labels { locale text } } } }
  }
}`

// upsertDocument has one mutation for each of n rows, with the variables i0, i1 and so on, and the answers u0, u1 and so
// on. Its text depends on n alone, so that a gateway parses it once.
func upsertDocument(n int) string {
	var head, body strings.Builder
	for i := range n {
		number := strconv.Itoa(i)
		head.WriteString("$i" + number + ": UpsertContactInput! ")
		body.WriteString("  u" + number + ": upsertContact(input: $i" + number + ") { outcome problems { code field message } }\n")
	}
	return "mutation Import(" + strings.TrimSpace(head.String()) + ") {\n" + body.String() + "}"
}

// wireText is a LocalisedText.
type wireText struct{ Locale, Text string }

func localised(in []wireText) []contact.LocalisedText {
	out := make([]contact.LocalisedText, len(in))
	for i, t := range in {
		out[i] = contact.LocalisedText(t)
	}
	return out
}

// wireDefinition is an AttributeDefinition, as far as an import needs it.
type wireDefinition struct {
	Key       string
	ValueType contact.ValueType
	IsList    bool
	Labels    []wireText
	Rules     struct {
		Choices []struct {
			Key       string
			IsRetired bool
			Labels    []wireText
		}
	}
}

func (d *wireDefinition) definition() *contact.AttributeDefinition {
	out := &contact.AttributeDefinition{Key: d.Key, ValueType: d.ValueType, IsList: d.IsList, Labels: localised(d.Labels)}
	if d.ValueType == contact.TypeChoice {
		rules := contact.ChoiceRules{}
		for _, c := range d.Rules.Choices {
			rules.Choices = append(rules.Choices, contact.OfferedChoice{Key: c.Key, Labels: localised(c.Labels), IsRetired: c.IsRetired})
		}
		out.Rules = rules
	}
	return out
}

// wirePayload is an UpsertContactPayload.
type wirePayload struct {
	Outcome  contact.UpsertOutcome
	Problems []struct {
		Code    contact.Code
		Field   string
		Message string
	}
}

func (p wirePayload) result() (contact.UpsertResult, error) {
	switch {
	case len(p.Problems) > 0:
		first := p.Problems[0]
		return contact.UpsertResult{Refused: contact.FieldErrorf(first.Code, first.Field, "%s", reason(first.Message))}, nil
	case p.Outcome == "":
		return contact.UpsertResult{}, errors.New("a row has neither an outcome nor problems")
	default:
		return contact.UpsertResult{Outcome: p.Outcome}, nil
	}
}

// wireInput is an UpsertContactInput. Members that are empty are left out.
type wireInput struct {
	Name       string          `json:"name,omitempty"`
	AvatarURL  string          `json:"avatarUrl,omitempty"`
	Profiles   []wireProfile   `json:"profiles,omitempty"`
	Attributes []wireAttribute `json:"attributes,omitempty"`
	Notes      []string        `json:"notes,omitempty"`
	VIP        *bool           `json:"vip,omitempty"`
	Origin     string          `json:"origin"`
}

type wireProfile struct {
	Network     contact.Network `json:"network"`
	Handle      string          `json:"handle"`
	DisplayName string          `json:"displayName,omitempty"`
	ProfileURL  string          `json:"profileUrl,omitempty"`
}

type wireAttribute struct {
	Key    string      `json:"key"`
	Values []wireValue `json:"values"`
}

// wireValue is an AttributeValueInput: exactly one member is set.
type wireValue struct {
	Text     *string       `json:"text,omitempty"`
	Number   *float64      `json:"number,omitempty"`
	Boolean  *bool         `json:"boolean,omitempty"`
	Date     *string       `json:"date,omitempty"`
	DateTime *string       `json:"dateTime,omitempty"`
	URL      *string       `json:"url,omitempty"`
	Email    *string       `json:"email,omitempty"`
	Phone    *string       `json:"phone,omitempty"`
	Language *string       `json:"language,omitempty"`
	Location *wireLocation `json:"location,omitempty"`
	Choice   *string       `json:"choice,omitempty"`
}

type wireLocation struct {
	Name string `json:"name"`
}

// inputOf writes a row's input for the wire.
func inputOf(in *contact.UpsertInput) *wireInput {
	out := &wireInput{Name: in.Name, AvatarURL: in.AvatarURL, Notes: in.Notes, VIP: in.VIP, Origin: "IMPORT"}
	for _, p := range in.Profiles {
		out.Profiles = append(out.Profiles, wireProfile{p.Network, p.Handle, p.DisplayName, p.ProfileURL})
	}
	for _, a := range in.Attributes {
		values := make([]wireValue, len(a.Values))
		for i, v := range a.Values {
			values[i] = wireValue{
				v.Text, v.Number, v.Boolean, v.Date, v.DateTime, v.URL, v.Email, v.Phone, v.Language, nil, v.Choice,
			}
			if v.Location != nil {
				values[i].Location = &wireLocation{v.Location.Name}
			}
		}
		out.Attributes = append(out.Attributes, wireAttribute{a.Key, values})
	}
	return out
}

// reason takes a problem's sentence back to what a report says behind the name of the field, so that a row is reported in
// the same words whichever way it went.
func reason(sentence string) string {
	sentence = strings.TrimSuffix(sentence, ".")
	if about, ok := strings.CutPrefix(sentence, "The value "); ok {
		return about
	}
	first, size := utf8.DecodeRuneInString(sentence)
	return string(unicode.ToLower(first)) + sentence[size:]
}
