package graph_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"contactpanel/contact"
)

// valueCase is a value as JSON and as a GraphQL literal, and the codes that either gets.
type valueCase struct{ key, json, literal, want, wantLiteral string }

func TestBadValuesGetTypedRefusals(t *testing.T) {
	w := newFullWorld(t)
	const invalid, tooLong, input = "problem INVALID_VALUE ", "problem TOO_LONG ", "BAD_USER_INPUT"
	for _, tt := range []valueCase{
		// What a value can be that its type does not take, besides the rows of F14.
		{"biography", `{"text":"a\u0000b"}`, `{text: "a\u0000b"}`, invalid + "biography", invalid + "biography"},
		{"biography", `{"text":"\ufffe"}`, `{text: "\uFFFE"}`, invalid + "biography", invalid + "biography"},
		{"biography", `{"text":"\u009f"}`, `{text: "\u009F"}`, invalid + "biography", invalid + "biography"},
		{"biography", `{"text":" \u200b"}`, `{text: " \u200B"}`, invalid + "biography", invalid + "biography"},
		{"biography", `{"number":1}`, `{number: 1}`, invalid + "biography", invalid + "biography"},
		{"followers", `{"number":-1}`, `{number: -1}`, invalid + "followers", invalid + "followers"},
		{"followers", `{"number":0.5}`, `{number: 0.5}`, invalid + "followers", invalid + "followers"},
		{"followers", `{"number":"5"}`, `{number: "5"}`, input + " number", input},
		{"followers", `{"number":true}`, `{number: true}`, input + " number", input},
		{"customer_since", `{"date":20260201}`, `{date: 20260201}`, input + " date", input + " date"},
		{"website", `{"url":"https://a:b@c.example"}`, `{url: "https://a:b@c.example"}`, invalid + "website", invalid + "website"},
		{"website", `{"url":"https://x.example/` + strings.Repeat("x", 2048) + `"}`, `{url: "https://x.example/` + strings.Repeat("x", 2048) + `"}`, tooLong + "website", tooLong + "website"},
		{"website", `{"url":5}`, `{url: 5}`, input + " url", input + " url"},
		{"email", `{"email":"a@b@c"}`, `{email: "a@b@c"}`, invalid + "email", invalid + "email"},
		{"email", `{"email":["a@b.example"]}`, `{email: ["a@b.example"]}`, input + " email", input + " email"},
		{"phone", `{"phone":493023125000}`, `{phone: 493023125000}`, input + " phone", input},
		{"language", `{"language":"x y"}`, `{language: "x y"}`, invalid + "language", invalid + "language"},
		{"location", `{"location":{"name":"Bonn","latitude":50}}`, `{location: {name: "Bonn", latitude: 50}}`, invalid + "location", invalid + "location"},
		{"location", `{"location":{"latitude":50,"longitude":7}}`, `{location: {latitude: 50, longitude: 7}}`, input + " name", input},
		{"location", `{"location":"Bonn"}`, `{location: "Bonn"}`, input + " location", input},
		{"membership", `{"choice":"bronze"}`, `{choice: "bronze"}`, invalid + "membership", invalid + "membership"},
		{"membership", `{"choice":"Gold"}`, `{choice: "Gold"}`, invalid + "membership", invalid + "membership"},
		{"sample_boolean", `{"boolean":"true"}`, `{boolean: "true"}`, input + " boolean", input},
		{"sample_boolean", `{"boolean":1}`, `{boolean: 1}`, input + " boolean", input},
		// @oneOf: none, two, null, unknown.
		{"biography", `{}`, `{}`, input + " values", input},
		{"biography", `{"text":"a","number":1}`, `{text: "a", number: 1}`, input + " values", input},
		{"biography", `{"text":null}`, `{text: null}`, input + " values", input},
		{"biography", `{"text":"a","number":null}`, `{text: "a", number: null}`, input + " values", input},
		{"biography", `null`, `null`, input + " values", input},
		{"biography", `{"texte":"a"}`, `{texte: "a"}`, input + " texte", input},
		{"biography", `"a"`, `"a"`, input + " values", input},
	} {
		variables := fmt.Sprintf(`{"input":{"contactId":"contact_empty","key":%q,"expectedVersion":0,"values":[%s]}}`, tt.key, tt.json)
		got := w.ask(t, ada, "mutation A($input: SetAttributeInput!) { setAttribute(input: $input) { problems { code field } } }", json.RawMessage(variables))
		if got.codes(t) != tt.want {
			t.Errorf("%s = %.80s by variable: %.300s, want %s", tt.key, tt.json, got.body, tt.want)
		}
		literal := fmt.Sprintf(`mutation { setAttribute(input: { contactId: "contact_empty", key: %q, expectedVersion: 0, values: [%s] }) { problems { code field } } }`, tt.key, tt.literal)
		got = w.ask(t, ada, literal, nil)
		if codes := got.codes(t); codes != tt.wantLiteral && !strings.HasPrefix(codes, tt.wantLiteral+",") {
			t.Errorf("%s = %.80s by literal: %.300s, want %s", tt.key, tt.literal, got.body, tt.wantLiteral)
		}
	}
	if got := w.ask(t, ada, `{ contact(id: "contact_empty") { version attributes { __typename } } }`, nil); got.at(t, "data", "contact", "version") != 1.0 {
		t.Errorf("a refused value changed the contact: %s", got.body)
	}
	if lines := w.log.faults(); lines != "" {
		t.Errorf("a refusal is logged as a fault: %s", lines)
	}
}

func TestOneValueStandsForAListOfOne(t *testing.T) {
	w := newFullWorld(t)
	const query = "mutation A($input: SetAttributeInput!) { setAttribute(input: $input) { problems { code field } attribute { ... on Attribute { version } } } }"
	got := w.ask(t, ada, query, json.RawMessage(`{"input":{"contactId":"contact_empty","key":"biography","expectedVersion":0,"values":{"text":"one"}}}`))
	if got.codes(t) != "" || got.at(t, "data", "setAttribute", "attribute", "version") != 1.0 {
		t.Errorf("values without brackets: %s", got.body)
	}
	got = w.ask(t, ada, "query A($filter: ContactFilter) { contacts(filter: $filter) { totalCount } }", json.RawMessage(`{"filter":{"networks":"TELEGRAM"}}`))
	if got.at(t, "data", "contacts", "totalCount") != 1.0 {
		t.Errorf("networks without brackets: %s", got.body)
	}
}

func TestListsHaveLimits(t *testing.T) {
	w := newFullWorld(t)
	many := func(n int, item string) string { return strings.TrimSuffix(strings.Repeat(item+",", n), ",") }
	for _, tt := range []struct{ name, query, variables, want string }{
		{"51 values", "mutation A($v: [AttributeValueInput!]!) { setAttribute(input: { contactId: \"contact_empty\", key: \"email\", expectedVersion: 0, values: $v }) { problems { code field } } }",
			`{"v":[` + many(51, `{"email":"a@example.com"}`) + `]}`, "problem TOO_LONG email"},
		{"51 ids", "query A($v: [ID!]!) { nodes(ids: $v) { id } }", `{"v":[` + many(51, `"a"`) + `]}`, "BAD_USER_INPUT v"},
		{"50 ids", "query A($v: [ID!]!) { nodes(ids: $v) { id } }", `{"v":[` + many(50, `"a"`) + `]}`, ""},
		{"51 keys", `query A($v: [String!]) { contact(id: "contact_empty") { attributes(keys: $v) { __typename } } }`, `{"v":[` + many(51, `"a"`) + `]}`, "BAD_USER_INPUT v"},
		{"51 notes", "mutation A($v: [String!]) { upsertContact(input: { name: \"x\", notes: $v }) { problems { code field } } }", `{"v":[` + many(51, `"a"`) + `]}`, "problem TOO_LONG notes"},
		{"201 code points of search", "query A($v: String) { contacts(search: $v) { nodes { id } } }", `{"v":"` + strings.Repeat("ä", contact.MaxSearchLength+1) + `"}`, "BAD_USER_INPUT search"},
		{"200 code points of search", "query A($v: String) { contacts(search: $v) { nodes { id } } }", `{"v":"` + strings.Repeat("ä", contact.MaxSearchLength) + `"}`, ""},
		{"65 code points of a key", "mutation A($v: String) { removeVip(input: { contactId: \"contact_empty\", clientMutationId: $v }) { problems { code field } } }",
			`{"v":"` + strings.Repeat("😀", contact.MaxMutationIDLength+1) + `"}`, "BAD_USER_INPUT clientMutationId"},
		{"64 code points of a key", "mutation A($v: String) { removeVip(input: { contactId: \"contact_empty\", clientMutationId: $v }) { problems { code field } } }",
			`{"v":"` + strings.Repeat("😀", contact.MaxMutationIDLength) + `"}`, ""},
	} {
		if got := w.ask(t, ada, tt.query, json.RawMessage(tt.variables)); got.codes(t) != tt.want {
			t.Errorf("%s: %.300s, want %q", tt.name, got.body, tt.want)
		}
	}
}

func TestPathOfAWrongArgumentIsThatOfItsField(t *testing.T) {
	w := newFullWorld(t)
	got := w.ask(t, adam, `mutation { made: createAttributeSection(input: { key: "x", labels: [{ locale: "en", text: "X" }], order: 2147483648 }) { section { id } } }`, nil)
	if path, _ := json.Marshal(got.at(t, "errors", 0, "path")); string(path) != `["made"]` || got.codes(t) != "BAD_USER_INPUT order" {
		t.Errorf("want the path [made] and the field order: %s", got.body)
	}
}
