package graph_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// everyDoor asks by every way in with the header's values, and returns the status and code that each is answered: a query, a
// stream, an export.
func (l *live) everyDoor(t *testing.T, export string, values []string) map[string]string {
	t.Helper()
	header := http.Header{"Authorization": values}
	got := l.send(t, request{header: header, body: strings.NewReader(viewerQuery)})
	answers := map[string]string{"a query": fmt.Sprint(got.status, " ", got.codes(t))}
	stream := l.openStream(t, request{header: header, body: strings.NewReader(viewerQuery)})
	answers["a stream"] = fmt.Sprint(stream.status)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, export, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answers["an export"] = fmt.Sprint(response.StatusCode)
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return answers
}

func TestD8OneBearerTokenIsTakenFromTheHeaderAlone(t *testing.T) {
	l := newLive(t)
	export := l.exports(t)(emptyContact)
	good := l.token(t, adam)
	token := strings.TrimPrefix(good, "Bearer ")
	for _, tt := range []struct {
		name   string
		values []string
		good   bool
	}{
		{"once", []string{good}, true},
		{"the scheme in lower case", []string{"bearer " + token}, true},
		{"the scheme in upper case", []string{"BEARER " + token}, true},
		{"twice", []string{good, good}, false},
		{"twice, the second empty", []string{good, ""}, false},
		{"twice, the first empty", []string{"", good}, false},
		{"twice, of two people", []string{good, l.token(t, stranger)}, false},
		{"twice in one", []string{good + ", " + good}, false},
		{"a tab", []string{"Bearer\t" + token}, false},
		{"a space and a tab", []string{"Bearer \t" + token}, false},
		{"no scheme", []string{token}, false},
		{"another scheme", []string{"Basic " + token}, false},
		{"not at all", nil, false},
	} {
		t.Run("D8, "+tt.name, func(t *testing.T) {
			want := map[string]string{"a query": "401 UNAUTHENTICATED", "a stream": "401", "an export": "401"}
			if tt.good {
				want = map[string]string{"a query": "200 ", "a stream": "200", "an export": "200"}
			}
			l.store.seen.take()
			for door, got := range l.everyDoor(t, export, tt.values) {
				if got != want[door] {
					t.Errorf("%s: %s, want %s", door, got, want[door])
				}
			}
			if calls := l.store.seen.take(); !tt.good && len(calls) > 0 {
				t.Errorf("the store is asked %v", calls)
			}
		})
	}
}

func TestD8TokenElsewhereThanInTheHeaderIsNone(t *testing.T) {
	l := newLive(t)
	export, address := l.exports(t)(emptyContact), l.url
	good := l.token(t, adam)
	token := strings.TrimPrefix(good, "Bearer ")
	for _, name := range []string{"Authorization", "authorization", "access_token", "token", "bearer", "jwt", "id_token"} {
		for _, value := range []string{good, token} {
			query := "?" + url.Values{name: {value}}.Encode()
			l.url = address + "/" + query
			for door, got := range l.everyDoor(t, export+query, nil) {
				if !strings.HasPrefix(got, "401") {
					t.Errorf("D8, %s with %s in the query string: %s, want 401", door, name, got)
				}
			}
			c := l.dial(t, nil)
			c.say(`{"type":"connection_init"}`)
			c.isClosed(4403, "Forbidden")
			l.url = address
			header := http.Header{"Authorization": nil, "Cookie": {name + "=" + token}, "X-" + name: {good}, "Proxy-Authorization": {good}}
			body, err := json.Marshal(map[string]any{"query": "{ viewer { id } }", "variables": object{name: value}, "extensions": object{name: value}})
			if err != nil {
				t.Fatal(err)
			}
			if got := l.send(t, request{header: header, body: strings.NewReader(string(body))}); got.status != http.StatusUnauthorized {
				t.Errorf("D8, %s in a cookie, another header and the body: status %d", name, got.status)
			}
		}
	}
}

func TestD9TokenMustNameOneOrganisationThatIsHere(t *testing.T) {
	l, _, key := byIssuer(t)
	export := l.exports(t)(emptyContact)
	for name, org := range map[string]any{
		"missing": absent, "null": nil, "empty": "", "white space": " ", "an array": []string{acme}, "an array of two": []string{acme, globex}, "an object": object{"id": acme},
		"a number": 7, "true": true, "unknown": "initech", "in capitals": "ACME", "with white space": " acme", "with a zero byte": "acme\x00", "two joined": "acme,globex",
		"a path": "acme/../globex", "a pattern": "%", "an operator": `{"$ne":null}`, "too long": strings.Repeat("o", 101),
	} {
		t.Run("D9, "+name, func(t *testing.T) {
			bearer := "Bearer " + key.Sign(t, with("org", org, "roles", []string{"ADMIN"}), nil)
			for door, got := range l.everyDoor(t, export, []string{bearer}) {
				if want := map[string]string{"a query": "403 FORBIDDEN"}[door]; got != want && (want != "" || got != "403") {
					t.Errorf("%s: %s, want 403 FORBIDDEN", door, got)
				}
			}
			got := l.send(t, request{header: http.Header{"Authorization": {bearer}}, body: strings.NewReader(viewerQuery)})
			if strings.Contains(string(got.body), "initech") || strings.Contains(string(got.body), acme) || got.header.Get("WWW-Authenticate") != "" {
				t.Errorf("the answer: %v %s", got.header, got.body)
			}
			c := l.dial(t, nil)
			c.say(fmt.Sprintf(`{"type":"connection_init","payload":{"Authorization":%q}}`, bearer))
			c.isClosed(4403, "Forbidden")
		})
	}
	bearer := "Bearer " + key.Sign(t, with("roles", []string{"ADMIN"}), nil)
	for door, got := range l.everyDoor(t, export, []string{bearer}) {
		if !strings.HasPrefix(got, "200") {
			t.Errorf("D9, %s with an organisation that is here: %s", door, got)
		}
	}
}

// What a request says of an organisation beside its token is not looked at, or refused.
func TestT3OrganisationIsTheTokensWhateverElseIsSaid(t *testing.T) {
	l := newLive(t)
	const whose = "{ viewer { organisation } contact(id: \\\"contact_foreign\\\") { id } }"
	address := l.url
	for name, tt := range map[string]struct {
		header http.Header
		query  string
		body   string
		codes  string // "": those of a contact that is not there
	}{
		"a header":        {header: http.Header{"X-Org-Id": {globex}, "X-Organisation": {globex}, "X-Tenant-Id": {globex}, "X-Forwarded-Host": {"globex.example"}}},
		"a cookie":        {header: http.Header{"Cookie": {"org=globex; orgId=globex"}}},
		"the address":     {query: "/globex?org=globex&orgId=globex"},
		"a variable":      {body: `{"query":"` + whose + `","variables":{"orgId":"globex","org":"globex"}}`},
		"an extension":    {body: `{"query":"` + whose + `","extensions":{"orgId":"globex"}}`},
		"a member":        {body: `{"query":"` + whose + `","orgId":"globex"}`, codes: "BAD_REQUEST"},
		"an argument":     {body: `{"query":"{ contact(id: \"contact_foreign\", orgId: \"globex\") { id } }"}`, codes: "GRAPHQL_VALIDATION_FAILED"},
		"a declaration":   {body: `{"query":"query A($orgId: String) { contact(id: \"contact_foreign\") { id } }","variables":{"orgId":"globex"}}`, codes: "GRAPHQL_VALIDATION_FAILED"},
		"an input member": {body: `{"query":"mutation { addNote(input: { contactId: \"contact_foreign\", body: \"x\", orgId: \"globex\" }) { problems { code } } }"}`, codes: "BAD_USER_INPUT"},
	} {
		l.url = address + tt.query
		if tt.body == "" {
			tt.body = `{"query":"` + whose + `"}`
		}
		got := l.send(t, request{header: tt.header, body: strings.NewReader(tt.body)})
		if tt.codes == "" && (got.codes(t) != "NOT_FOUND id" || got.at(t, "data", "viewer", "organisation") != acme) || tt.codes != "" && got.codes(t) != tt.codes {
			t.Errorf("T3, %s: %s", name, got.body)
		}
	}
	l.url = address
	c := l.dial(t, http.Header{"X-Org-Id": {globex}})
	c.say(`{"type":"connection_init","payload":{"orgId":"globex","X-Org-Id":"globex","Authorization":"` + l.token(t, ada) + `"}}`)
	c.hears(ack)
	c.say(asks(t, "w", "{ viewer { organisation } }", map[string]any{"orgId": globex}))
	c.hears(`{"id":"w","type":"next","payload":{"data":{"viewer":{"organisation":"acme"}}}}`, completes("w"))
	c.say(asks(t, "a", followed, map[string]any{"id": foreign, "after": l.cursor(t, stranger, foreign), "orgId": globex}))
	isError(t, c.hear(), "a", "NOT_FOUND contactId")
}
