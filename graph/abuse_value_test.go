package graph_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"contactpanel/contact"
)

const (
	setByVariable = `mutation($i: SetAttributeInput!) { setAttribute(input: $i) { attribute { ... on Attribute { version } } problems { ...P } } }` + problemParts
	setPayload    = `{ attribute { ... on Attribute { version } } problems { ...P } } }` + problemParts
)

// F13: a key is looked up, or refused as a new one; it never becomes a name or a path of a database.
func TestF13StrangeKeysOfAttributesAreRefused(t *testing.T) {
	w := newFullWorld(t)
	const allowed = "a lower-case letter, then at most 63 lower-case letters, digits and underscores"
	for name, key := range map[string]string{
		"an operator": "$set", "a path": "a.b", "the database's own": "_id", "a prototype": "__proto__", "empty": "", "65 characters": strings.Repeat("k", 65),
		"a Cyrillic look-alike": "\u0435mail", "a capital": "Email", "white space": " email", "NUL": "email\x00", "a line end": "email\n", "wide letters": "ｅｍａｉｌ",
	} {
		t.Run("F13, "+name, func(t *testing.T) {
			before := w.kept(t, emptyContact)
			w.log.take()
			set := map[string]any{"contactId": emptyContact, "key": key, "expectedVersion": 0, "values": []any{map[string]any{"text": marker}}}
			clearing := map[string]any{"contactId": emptyContact, "key": key, "expectedVersion": 0}
			create := map[string]any{"key": key, "kind": "CUSTOM", "valueType": "TEXT", "labels": []any{map[string]any{"locale": "en", "text": marker}}, "section": "about"}
			section := map[string]any{"key": key, "labels": []any{map[string]any{"locale": "en", "text": marker}}}
			condition := []any{map[string]any{"attribute": map[string]any{"key": key, "operator": "EQUALS", "values": []any{map[string]any{"text": marker}}}}}
			group := map[string]any{"key": key, "labels": section["labels"], "conditions": []any{map[string]any{"vip": true}}}
			testing := map[string]any{"key": "fresh", "labels": section["labels"], "conditions": condition}
			upsert := map[string]any{"name": "Ursula", "attributes": []any{map[string]any{"key": key, "values": []any{map[string]any{"text": marker}}}}}
			for _, tt := range []struct {
				query, want string
				input       any
			}{
				{setByVariable, notFound("key"), set},
				{`mutation($i: ClearAttributeInput!) { clearAttribute(input: $i) { problems { ...P } } }` + problemParts, notFound("key"), clearing},
				{`mutation($i: CreateAttributeDefinitionInput!) { createAttributeDefinition(input: $i) { problems { ...P } } }` + problemParts, invalidText("key", allowed), create},
				{`mutation($i: CreateAttributeSectionInput!) { createAttributeSection(input: $i) { problems { ...P } } }` + problemParts, invalidText("key", allowed), section},
				{`mutation($i: CreateContactGroupInput!) { createContactGroup(input: $i) { problems { ...P } } }` + problemParts, invalidText("key", allowed), group},
				{`mutation($i: CreateContactGroupInput!) { createContactGroup(input: $i) { problems { ...P } } }` + problemParts, notFound("conditions"), testing},
				{`mutation($i: UpsertContactInput!) { upsertContact(input: $i) { problems { ...P } } }` + problemParts, notFound("key"), upsert},
			} {
				if got := w.ask(t, adam, tt.query, map[string]any{"i": tt.input}); got.verdict(t) != tt.want || strings.Contains(string(got.body), marker) {
					t.Errorf("%.40s: %s, want %s", tt.query, got.body, tt.want)
				}
			}
			if after := w.kept(t, emptyContact); after != before {
				t.Errorf("it changed %s\nto %s", before, after)
			}
			w.log.isClean(t)
		})
	}
}

// badValue is a value of an attribute, as JSON and as a literal of a document.
type badValue struct{ name, key, json, literal, want string }

func badValues() []badValue {
	const (
		safe    = "a number from 0 to 9007199254740991"
		day     = "a day of the calendar written YYYY-MM-DD"
		address = "an absolute http or https address of at most 2048 bytes"
	)
	list := func(n int, value string) string { return strings.TrimSuffix(strings.Repeat(value+",", n), ",") }
	long := strings.Repeat("x", 10_001)
	return []badValue{
		{"an object for a text", "biography", `{"text":{"$gt":""}}`, `{text: {gt: ""}}`, "BAD_USER_INPUT text"},
		{"an object for a number", "followers", `{"number":{"$gt":0}}`, `{number: {gt: 0}}`, "BAD_USER_INPUT number"},
		{"an object for a value", "biography", `{"$set":{"text":"a"}}`, `{set: {text: "a"}}`, "BAD_USER_INPUT $set"},
		{"51 items", "email", list(51, `{"email":"a@example.com"}`), list(51, `{email: "a@example.com"}`), tooLong("email", 10, 51, contact.Items)},
		{"two items of one", "biography", list(2, `{"text":"a"}`), list(2, `{text: "a"}`), tooLong("biography", 1, 2, contact.Items)},
		{"10,001 characters", "biography", `{"text":"` + long + `"}`, `{text: "` + long + `"}`, tooLongAt("0", "biography", 10_000, 10_001, contact.CodePoints)},
		{"1e400", "sample_number", `{"number":1e400}`, `{number: 1e400}`, "BAD_USER_INPUT number"},
		{"-1e400", "sample_number", `{"number":-1e400}`, `{number: -1e400}`, "BAD_USER_INPUT number"},
		{"2^53+1", "followers", `{"number":9007199254740993}`, `{number: 9007199254740993}`, invalidValue("followers", safe, "NumberRules")},
		{"2^53+1 as a fraction", "followers", `{"number":9007199254740993.0}`, `{number: 9007199254740993.0}`, invalidValue("followers", safe, "NumberRules")},
		{"20 digits", "followers", `{"number":99999999999999999999}`, `{number: 99999999999999999999}`, invalidValue("followers", safe, "NumberRules")},
		{"-0", "followers", `{"number":-0}`, `{number: -0}`, invalidValue("followers", "a finite number", "NumberRules")},
		{"-0.0", "followers", `{"number":-0.0}`, `{number: -0.0}`, invalidValue("followers", "a finite number", "NumberRules")},
		{"31.02.2026", "customer_since", `{"date":"31.02.2026"}`, `{date: "31.02.2026"}`, invalidValue("customer_since", day, "DateRules")},
		{"the 31st of February", "customer_since", `{"date":"2026-02-31"}`, `{date: "2026-02-31"}`, invalidValue("customer_since", day, "DateRules")},
		{"a javascript: address", "website", `{"url":"javascript:alert(1)"}`, `{url: "javascript:alert(1)"}`, invalidValue("website", address, "UrlRules")},
		{"a data: address", "website", `{"url":"data:text/html,x"}`, `{url: "data:text/html,x"}`, invalidValue("website", address, "UrlRules")},
		{"a phone with letters", "phone", `{"phone":"0800 CALL ME"}`, `{phone: "0800 CALL ME"}`, invalidValue("phone", "a phone number with + and the country code", "PhoneRules")},
	}
}

// F14: values that their attribute does not take get a refusal of a type, by variables and by literals alike.
func TestF14ValuesOfAttributesGetTypedRefusals(t *testing.T) {
	w := newFullWorld(t)
	for _, tt := range badValues() {
		t.Run("F14, "+tt.name, func(t *testing.T) {
			before := w.kept(t, emptyContact)
			variables := fmt.Sprintf(`{"i":{"contactId":"contact_empty","key":%q,"expectedVersion":0,"values":[%s]}}`, tt.key, tt.json)
			document := fmt.Sprintf(`mutation { setAttribute(input: { contactId: "contact_empty", key: %q, expectedVersion: 0, values: [%s] }) `, tt.key, tt.literal) + setPayload
			for how, got := range map[string]answer{"a variable": w.ask(t, ada, setByVariable, json.RawMessage(variables)), "a literal": w.ask(t, ada, document, nil)} {
				want := tt.want
				if strings.HasPrefix(want, "BAD_USER_INPUT") && how == "a literal" { // which may be refused by its place in the document
					want = "BAD_USER_INPUT"
				}
				if verdict := got.verdict(t); verdict != want {
					t.Errorf("by %s: %s, want %s", how, got.body, want)
				}
			}
			if after := w.kept(t, emptyContact); after != before {
				t.Errorf("it changed %s\nto %s", before, after)
			}
		})
	}
	if lines := w.log.faults(); lines != "" {
		t.Errorf("a refusal is logged as a fault: %s", lines)
	}
}
