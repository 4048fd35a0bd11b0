package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"contactpanel/auth"
	"contactpanel/contact"
)

// createGroup makes a group as the administrator does, and returns its id; members are what its input has besides the key and a label.
func (w *world) createGroup(tb testing.TB, key, members string) string {
	tb.Helper()
	got := w.do(tb, adam, `mutation { createContactGroup(input: { key: "`+key+`", labels: [{ locale: "en", text: "A group" }], `+members+` }) { group { id } problems { code message } } }`, nil)
	return got.at(tb, "data", "createContactGroup", "group", "id").(string)
}

// groupsOf lists the groups that a contact is in as somebody reads them: "KEY: CONDITION, CONDITION".
func groupsOf(tb testing.TB, found any) (out []string) {
	tb.Helper()
	list, isList := found.([]any)
	if !isList {
		tb.Fatalf("the groups of a contact are %v", found)
	}
	for _, m := range list {
		m := m.(map[string]any)
		var matches []string
		for _, c := range m["matches"].([]any) {
			matches = append(matches, c.(map[string]any)["__typename"].(string))
		}
		out = append(out, fmt.Sprint(m["group"].(map[string]any)["key"], ": ", strings.Join(matches, ", ")))
	}
	return out
}

const groupParts = " groups { group { key } matches { __typename } } "

func TestContactIsInItsGroupsAtOnce(t *testing.T) {
	w := newWorld(t)
	w.putContact(t, acme, contact.Contact{ID: emptyContact, Name: "Ernst Empty", Profiles: []contact.Profile{{ID: "profile_empty", Network: contact.Telegram, Handle: "ernst"}}})
	reach := w.createGroup(t, "reach", `match: ANY, conditions: [{ attribute: { key: "followers", operator: AT_LEAST, values: [{ number: 1000 }] } }, { vip: true }]`)
	w.createGroup(t, "both", `conditions: [{ attribute: { key: "followers", operator: AT_LEAST, values: [{ number: 1000 }] } }, { vip: true }]`)
	w.createGroup(t, "elsewhere", `conditions: [{ network: { operator: NONE_OF, networks: [X, SMS] } }, { vip: false }]`)
	const followers, vip, plain = "reach: AttributeCondition", "reach: VipCondition", "elsewhere: NetworkCondition, VipCondition"
	update := func(version int, members string) string {
		return fmt.Sprintf("updateContactGroup(input: { groupId: %q, expectedVersion: %d, %s })", reach, version, members)
	}
	set := func(n, version int) string {
		return fmt.Sprintf(`setAttribute(input: { contactId: "contact_empty", key: "followers", values: [{ number: %d }], expectedVersion: %d })`, n, version)
	}
	for _, tt := range []struct {
		name, mutation, payload string
		after                   time.Duration
		want                    []string
	}{
		{"nothing is known", "", "", 0, []string{plain}},
		{"one follower too few", set(999, 0), "contact {" + groupParts + "}", 0, []string{plain}},
		{"enough followers", set(1000, 1), "contact {" + groupParts + "}", 0, []string{plain, followers}},
		{"a VIP for an hour", `promoteToVip(input: { contactId: "contact_empty", expiresAt: "2026-11-23T13:00:00Z" })`, "contact {" + groupParts + "}", 0,
			[]string{"both: AttributeCondition, VipCondition", followers + ", VipCondition"}},
		{"no value", `clearAttribute(input: { contactId: "contact_empty", key: "followers", expectedVersion: 2 })`, "contact {" + groupParts + "}", 0, []string{vip}},
		{"the hour is over", "", "", time.Hour, []string{plain}},
		{"a profile too many", `upsertContact(input: { profiles: [{ network: TELEGRAM, handle: "ernst" }, { network: X, handle: "ernst" }] })`, "contact {" + groupParts + "}", 0, nil},
		{"another rule", update(1, `match: ALL, conditions: [{ attribute: { key: "followers", operator: IS_NOT_SET } }]`), "group { version }", 0,
			[]string{followers}},
		{"a value again", set(5, 3), "contact {" + groupParts + "}", 0, nil},
		{"the definition is archived", `archiveAttributeDefinition(input: { key: "followers", expectedVersion: 1 })`, "definition { version }", 0, []string{followers}},
		{"the definition is restored", `restoreAttributeDefinition(input: { key: "followers", expectedVersion: 2 })`, "definition { version }", 0, nil},
		{"all are wanted but VIPs", update(2, `conditions: [{ vip: false }]`), "group { version }", 0, []string{vip}},
		{"a group is gone", `deleteContactGroup(input: { groupId: "` + reach + `", expectedVersion: 3 })`, "groupId", 0, nil},
	} {
		w.clock.advance(tt.after)
		if tt.mutation != "" {
			got := w.do(t, adam, "mutation { changed: "+tt.mutation+" { "+tt.payload+" problems { code message } } }", nil)
			if strings.HasPrefix(tt.payload, "contact") {
				if in := groupsOf(t, got.at(t, "data", "changed", "contact", "groups")); !slices.Equal(in, tt.want) {
					t.Errorf("%s, in the payload: %q, want %q", tt.name, in, tt.want)
				}
			}
		}
		got := w.do(t, ada, `{ contact(id: "contact_empty") {`+groupParts+`} }`, nil)
		if in := groupsOf(t, got.at(t, "data", "contact", "groups")); !slices.Equal(in, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, in, tt.want)
		}
	}
}

func TestContactOfAnEventIsInTheGroupsThatItIsInThen(t *testing.T) {
	w := newWorld(t)
	w.putContact(t, acme, contact.Contact{ID: emptyContact, Name: "Ernst Empty"})
	w.createGroup(t, "vips", `conditions: [{ vip: true }]`)
	l := w.listen(t, feed, `subscription { contactEvents(contactId: "contact_empty") { ... on VipChanged { contact { groups { group { key } } } } } }`, nil)
	w.store.followed.await(t, 1)
	for _, tt := range []struct{ mutation, want string }{{"promoteToVip", `"groups":[{"group":{"key":"vips"}}]`}, {"removeVip", `"groups":[]`}} {
		w.do(t, ada, "mutation { "+tt.mutation+`(input: { contactId: "contact_empty" }) { problems { code } } }`, nil)
		if e := l.next(t); !strings.Contains(e.data, tt.want) {
			t.Errorf("%s tells %s, want %s", tt.mutation, e.data, tt.want)
		}
	}
}

func TestEveryOperatorComesThroughTheDoor(t *testing.T) {
	w := newFullWorld(t)
	schema := loadSchema(t)
	var shown []contact.ConditionOperator
	for _, v := range schema.Types["ConditionOperator"].EnumValues {
		shown = append(shown, contact.ConditionOperator(v.Name))
	}
	if !slices.Equal(shown, contact.ConditionOperators()) {
		t.Errorf("the schema has the operators %q, the domain %q", shown, contact.ConditionOperators())
	}
	holds := map[contact.ConditionOperator]bool{ // of -12.5 and -12.5, but CONTAINS of "first\nsecond" and "RST"
		contact.OpEquals: true, contact.OpAtMost: true, contact.OpAtLeast: true, contact.OpAnyOf: true, contact.OpContains: true, contact.OpIsSet: true,
	}
	for i, operator := range contact.ConditionOperators() {
		key, values := "sample_number", "values: [{ number: -12.5 }]"
		switch operator {
		case contact.OpContains:
			key, values = "sample_text", `values: [{ text: "RST" }]`
		case contact.OpIsSet, contact.OpIsNotSet:
			values = ""
		default: // one number, or a list of one
		}
		group := fmt.Sprint("g", i)
		w.createGroup(t, group, fmt.Sprintf("conditions: [{ attribute: { key: %q, operator: %s, %s } }]", key, operator, values))
		got := w.do(t, ada, `{ contactGroups { key conditions { ... on AttributeCondition { operator values { __typename } } } } contact(id: "contact_full") { groups { group { key } } } }`, nil)
		if !strings.Contains(string(got.body), fmt.Sprintf(`{"key":%q,"conditions":[{"operator":%q,"values":[`, group, operator)) {
			t.Errorf("%s: %s", operator, got.body)
		}
		if isIn := strings.Contains(string(got.body), fmt.Sprintf(`{"group":{"key":%q}}`, group)); isIn != holds[operator] {
			t.Errorf("the full contact is in the group of %s: %v", operator, isIn)
		}
	}
}

func TestConditionHasExactlyOneMember(t *testing.T) {
	w := newFullWorld(t)
	const input = "BAD_USER_INPUT"
	before := w.inStore(t, acme)
	for _, tt := range []valueCase{ // key is not used
		{"", `{}`, `{}`, input + " conditions", input},
		{"", `{"vip":null}`, `{vip: null}`, input + " conditions", input},
		{"", `{"vip":true,"network":null}`, `{vip: true, network: null}`, input + " conditions", input},
		{"", `{"vip":true,"network":{"operator":"IS_SET"}}`, `{vip: true, network: {operator: IS_SET}}`, input + " conditions", input},
		{"", `{"vip":"true"}`, `{vip: "true"}`, input + " vip", input},
		{"", `{"VIP":true}`, `{VIP: true}`, input + " VIP", input},
		{"", `null`, `null`, input + " conditions", input},
		{"", `"vip"`, `"vip"`, input + " conditions", input},
		{"", `{"attribute":{"key":"biography","operator":"equals"}}`, `{attribute: {key: "biography", operator: equals}}`, input + " operator", input},
		{"", `{"attribute":{"operator":"IS_SET"}}`, `{attribute: {operator: IS_SET}}`, input + " key", input},
		{"", `{"attribute":{"key":"biography","operator":"EQUALS","values":[{}]}}`, `{attribute: {key: "biography", operator: EQUALS, values: [{}]}}`, input + " values", input},
		{"", `{"attribute":{"key":"biography","operator":"EQUALS","values":null}}`, `{attribute: {key: "biography", operator: EQUALS, values: null}}`, input + " values", input},
		{"", `{"network":{"operator":"EQUALS","networks":["MYSPACE"]}}`, `{network: {operator: EQUALS, networks: [MYSPACE]}}`, input + " networks", input},
		{"", `{"validation":{"operator":"EQUALS"}}`, `{validation: {operator: EQUALS}}`, input + " states", input},
	} {
		variables := `{"input":{"key":"other","labels":[{"locale":"en","text":"x"}],"conditions":[` + tt.json + `]}}`
		got := w.ask(t, adam, "mutation A($input: CreateContactGroupInput!) { createContactGroup(input: $input) { problems { code field } } }", json.RawMessage(variables))
		if got.codes(t) != tt.want {
			t.Errorf("%s by variable: %.300s, want %s", tt.json, got.body, tt.want)
		}
		got = w.ask(t, adam, `mutation { createContactGroup(input: { key: "other", labels: [{ locale: "en", text: "x" }], conditions: [`+tt.literal+`] }) { problems { code field } } }`, nil)
		if codes := got.codes(t); codes != tt.wantLiteral && !strings.HasPrefix(codes, tt.wantLiteral+",") && !strings.HasPrefix(codes, tt.wantLiteral+" ") {
			t.Errorf("%s by literal: %.300s, want %s", tt.literal, got.body, tt.wantLiteral)
		}
	}
	if w.inStore(t, acme) != before {
		t.Error("a refused condition changed what is kept")
	}
}

func TestLimitsOfGroupsLetPassWhatIsAtThemAndRefuseOneMore(t *testing.T) {
	w := newFullWorld(t)
	attribute := func(operator, values string) string {
		return `conditions: [{ attribute: { key: "sample_text", operator: ` + operator + `, values: [` + values + `] } }]`
	}
	const vips = "conditions: [{ vip: true }], "
	for i, tt := range []struct {
		name string
		most int
		of   func(n int) string
		want string
	}{
		{"conditions", contact.MaxConditions, func(n int) string { return "conditions: [" + times(n, "{ vip: true }") + "]" }, "problem TOO_LONG conditions"},
		{"values", contact.MaxConditionValues, func(n int) string { return attribute("ANY_OF", times(n, `{ text: "v%d" }`)) }, "problem TOO_LONG conditions"},
		{"values of one", 1, func(n int) string { return attribute("EQUALS", times(n, `{ text: "v%d" }`)) }, "problem INVALID_VALUE conditions"},
		{"a text that is a part", contact.MaxContainsLength, func(n int) string { return attribute("CONTAINS", `{ text: "`+strings.Repeat("ä", n)+`" }`) }, "problem TOO_LONG conditions"},
		{"a text that is all", contact.MaxTextLength, func(n int) string { return attribute("EQUALS", `{ text: "`+strings.Repeat("t", n)+`" }`) }, "problem TOO_LONG conditions"},
		{"teams", contact.MaxGroupTeams, func(n int) string { return vips + "teams: [" + times(n, `"Team %d" `) + "]" }, "problem TOO_LONG teams"},
		{"a team", contact.MaxTeamLength, func(n int) string { return vips + `teams: ["` + strings.Repeat("ä", n) + `"]` }, "problem TOO_LONG teams"},
		{"a weight", contact.MaxGroupWeight, func(n int) string { return vips + fmt.Sprint("weight: ", n) }, "problem INVALID_VALUE weight"},
		{"a weight of nothing", 0, func(n int) string { return vips + fmt.Sprint("weight: ", 1-n) }, "problem INVALID_VALUE weight"},
		{"list items", 50, func(n int) string { return vips + "teams: [" + strings.TrimSuffix(times(n, `"Team %d" `), " ") + "]" }, "BAD_USER_INPUT teams"},
	} {
		for more, want := range []string{"", tt.want} {
			if tt.name == "list items" && more == 0 {
				want = "problem TOO_LONG teams" // what the group's own rules say holds besides
			}
			query := fmt.Sprintf(`mutation { createContactGroup(input: { key: "at_%d_%d", labels: [{ locale: "en", text: "x" }], %s }) { group { id } problems { code field } } }`, i, more, tt.of(tt.most+more))
			if got := w.ask(t, adam, query, nil); got.codes(t) != want {
				t.Errorf("%s, %d: %.300s, want %q", tt.name, tt.most+more, got.body, want)
			}
		}
	}
}

func TestFormOfADeletedGroupDoesNotChangeTheNextOneOfItsKey(t *testing.T) {
	w := newFullWorld(t)
	old := w.createGroup(t, "press", "conditions: [{ vip: true }]")
	w.do(t, adam, `mutation { deleteContactGroup(input: { groupId: "`+old+`", expectedVersion: 1 }) { problems { code } } }`, nil)
	next := w.createGroup(t, "press", "match: ANY, weight: 7, conditions: [{ vip: false }, { network: { operator: IS_SET } }]")
	groups := func() string {
		return string(w.do(t, ada, document(t, "contact_groups"), map[string]any{"id": fullContact}).body)
	}
	before := groups()
	if !strings.Contains(before, next) || strings.Contains(before, old) {
		t.Fatalf("of %s and %s there are %s", old, next, before)
	}
	for _, mutation := range []string{
		`updateContactGroup(input: { groupId: "` + old + `", expectedVersion: 1, weight: 9, conditions: [{ vip: true }] })`,
		`deleteContactGroup(input: { groupId: "` + old + `", expectedVersion: 1 })`,
	} {
		if got := w.ask(t, adam, "mutation { "+mutation+" { problems { code field } } }", nil); got.codes(t) != "problem NOT_FOUND groupId" {
			t.Errorf("%s: %s", mutation, got.body)
		}
	}
	if after := groups(); after != before {
		t.Errorf("the form of the deleted group changed %s\nto %s", before, after)
	}
}

// Being in a group tells of what it tests: who may not read that knows nothing of the group.
func TestGroupThatTestsAClosedAttributeIsNotThereForOthers(t *testing.T) {
	w := newFullWorld(t)
	w.createGroup(t, "closed", `match: ANY, conditions: [{ vip: true }, { attribute: { key: "biography", operator: IS_NOT_SET } }]`)
	id := w.do(t, adam, `{ contactGroups { id key } }`, nil).at(t, "data", "contactGroups", 0, "id").(string)
	everybody := []auth.TokenRequest{ada, adam, feed}
	sees := func(who auth.TokenRequest) string {
		got := w.do(t, who, `query($id: ID!) { contactGroups { key } node(id: $id) { id } contact(id: "contact_full") { groups { group { key } } } }`, map[string]any{"id": id})
		in, _ := json.Marshal(got.at(t, "data", "contact", "groups"))
		all, _ := json.Marshal(got.at(t, "data", "contactGroups"))
		return fmt.Sprintf("listed %v, found %v, member %v", strings.Contains(string(all), `"closed"`), got.at(t, "data", "node") != nil, strings.Contains(string(in), `"closed"`))
	}
	const all, none = "listed true, found true, member true", "listed false, found false, member false"
	for _, who := range everybody {
		if got := sees(who); got != all {
			t.Errorf("an open one, as %s: %s", who.Role, got)
		}
	}
	w.do(t, adam, `mutation { updateAttributeDefinition(input: { key: "biography", expectedVersion: 1, readers: [AGENT] }) { problems { code } } }`, nil)
	for role, want := range map[contact.Role]string{contact.RoleAgent: all, contact.RoleIntegration: none, contact.RoleAdmin: "listed true, found true, member false"} {
		for _, who := range everybody {
			if who.Role == role {
				if got := sees(who); got != want {
					t.Errorf("one that agents may read, as %s: %s, want %s", role, got, want)
				}
			}
		}
	}
}

func TestPageOfContactsCostsNoCallMoreWithItsGroups(t *testing.T) {
	const page = contact.DefaultPageSize
	calls := map[bool][][]string{}
	for _, withGroups := range []bool{false, true} {
		w := newWorld(t)
		for i := range page {
			w.putContact(t, acme, contact.Contact{ID: contact.ID(fmt.Sprintf("contact_p%02d", i)), Name: fmt.Sprint("Page ", i)})
		}
		w.put(t, acme, func(ctx context.Context, tx contact.Tx) error {
			for i := range contact.MaxGroups {
				g := vipGroup(contact.ID(fmt.Sprint("group_p", i)), fmt.Sprintf("p%03d", i))
				g.Conditions[0].Values[0].Value = "false"
				if err := tx.PutGroup(ctx, acme, g); err != nil {
					return err
				}
			}
			return nil
		})
		query := "{ contacts { nodes { displayName " + map[bool]string{true: "groups { group { key label } matches { __typename } }"}[withGroups] + " } } }"
		for range 2 { // of the process, and then of what it keeps
			w.store.seen.take()
			got := w.ask(t, ada, query, nil)
			calls[withGroups] = append(calls[withGroups], slices.Sorted(slices.Values(w.store.seen.take())))
			if n := strings.Count(string(got.body), `"label":"VIPs"`); got.codes(t) != "" || withGroups && n != page*contact.MaxGroups {
				t.Errorf("%d memberships are answered: %.300s", n, got.body)
			}
		}
	}
	if !slices.EqualFunc(calls[true], calls[false], slices.Equal) || len(calls[true][1]) != 1 {
		t.Errorf("the store calls with groups %v, without %v", calls[true], calls[false])
	}
}
