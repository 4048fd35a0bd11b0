package graph_test

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"contactpanel/auth"
	"contactpanel/contact"
	"contactpanel/graph"
)

const viewerQuery = `{"query":"{ viewer { id } }"}`

// Media types of answers.
const (
	plain    = "application/json"
	response = "application/graphql-response+json"
)

func TestOnlyPostIsAnswered(t *testing.T) {
	w := newWorld(t)
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, "QUERY"} {
		w.store.seen.take()
		got := w.send(t, request{method: method, body: strings.NewReader(viewerQuery)})
		if got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != http.MethodPost {
			t.Errorf("%s: status %d, Allow %q; want 405 and POST", method, got.status, got.header.Get("Allow"))
		}
		if calls := w.store.seen.take(); len(calls) > 0 {
			t.Errorf("%s asked the store: %v", method, calls)
		}
	}
}

func TestQueryInTheAddressIsNotExecuted(t *testing.T) {
	w := newWorld(t)
	w.url += "/?query=%7Bviewer%7Bid%7D%7D"
	if got := w.send(t, request{body: strings.NewReader(`{}`)}); got.status != http.StatusBadRequest {
		t.Errorf("status %d, want 400: %s", got.status, got.body)
	}
}

func TestContentTypeMustBeJSONInUTF8(t *testing.T) {
	w := newWorld(t)
	for contentType, want := range map[string]int{
		"application/json":                         200,
		"application/json; charset=utf-8":          200,
		"application/json;charset=UTF-8":           200,
		"Application/JSON":                         200,
		"application/json; charset=utf-7":          415,
		"application/json; charset=iso-8859-1":     415,
		"text/plain":                               415,
		"application/x-www-form-urlencoded":        415,
		"multipart/form-data; boundary=x":          415,
		"application/graphql":                      415,
		"application/graphql-response+json":        415,
		"application/json, text/plain":             415,
		"application/json; charset=utf-8; charset": 415,
		"": 415,
	} {
		header := http.Header{"Content-Type": {contentType}}
		if contentType == "" {
			header = http.Header{"Content-Type": nil}
		}
		if got := w.send(t, request{header: header, body: strings.NewReader(viewerQuery)}); got.status != want {
			t.Errorf("Content-Type %q: status %d, want %d: %s", contentType, got.status, want, got.body)
		}
	}
	if got := w.send(t, request{header: http.Header{"Content-Encoding": {"gzip"}}, body: strings.NewReader(viewerQuery)}); got.status != 415 {
		t.Errorf("a compressed body: status %d, want 415", got.status)
	}
}

func TestAnswerIsInTheMediaTypeThatIsWantedMost(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		accept []string
		want   string // "" is 406
	}{
		{nil, plain},
		{[]string{"*/*"}, plain},
		{[]string{plain}, plain},
		{[]string{response}, response},
		{[]string{"application/*"}, plain},
		{[]string{response + ", " + plain + ";q=0.9"}, response},
		{[]string{response + ",application/json;q=0.9"}, response},
		{[]string{plain + ";q=0.5," + response + ";q=0.6"}, response},
		{[]string{plain + ";q=0.6," + response + ";q=0.5"}, plain},
		{[]string{plain, response}, plain},
		{[]string{"text/html", "*/*;q=0.1"}, plain},
		{[]string{"*/*;q=0.5, " + plain + ";q=0"}, response},
		{[]string{"application/*;q=0, " + response}, response},
		{[]string{plain + ";charset=utf-8"}, plain},
		{[]string{plain + ";charset=utf-16"}, ""},
		{[]string{"image/png"}, ""},
		{[]string{"text/html"}, ""},
		{[]string{plain + ";q=0"}, ""},
		{[]string{plain + ";q=0.000"}, ""},
		{[]string{plain + ";q=-1"}, ""},
		{[]string{plain + ";q=NaN, " + response + ";q=0.1"}, response},
		{[]string{"nonsense"}, ""},
	} {
		got := w.send(t, request{header: http.Header{"Accept": tt.accept}, body: strings.NewReader(viewerQuery)})
		switch contentType := got.header.Get("Content-Type"); {
		case tt.want == "" && got.status != http.StatusNotAcceptable:
			t.Errorf("Accept %q: status %d, want 406", tt.accept, got.status)
		case tt.want != "" && (got.status != http.StatusOK || contentType != tt.want+"; charset=utf-8"):
			t.Errorf("Accept %q: status %d, %s; want 200, %s; charset=utf-8", tt.accept, got.status, contentType, tt.want)
		}
	}
}

func TestStatusFollowsFromTheMediaTypeAndWhatWentWrong(t *testing.T) {
	w := newWorld(t, func(d *graph.Deps) { d.Limits.Depth = 4 })
	for _, tt := range []struct {
		name, body      string
		inPlain, inResp int
	}{
		{"unreadable JSON", `{"query"`, 400, 400},
		{"no GraphQL request", `{"operationName":"a"}`, 400, 400},
		{"members of a wrong type", `{"query":5}`, 400, 400},
		{"document that does not parse", `{"query":"{"}`, 200, 400},
		{"document that does not validate", `{"query":"{ nothing }"}`, 200, 400},
		{"operation that is not there", `{"query":"query A { viewer { id } }","operationName":"B"}`, 200, 400},
		{"variable that is missing", `{"query":"query A($id: ID!) { contact(id: $id) { id } }"}`, 200, 400},
		{"variable of a wrong type", `{"query":"query A($n: Int) { contacts(first: $n) { nodes { id } } }","variables":{"n":"5"}}`, 200, 400},
		{"variable with a wrong enum value", `{"query":"query A($f: ContactFilter) { contacts(filter: $f) { nodes { id } } }","variables":{"f":{"networks":["x"]}}}`, 200, 400},
		{"too many tokens", `{"query":"{ ` + strings.Repeat("__typename ", 1000) + `}"}`, 400, 400},
		{"too long", `{"query":"{ viewer { id } }` + strings.Repeat(" ", 16<<10) + `"}`, 400, 400},
		{"too deep", `{"query":"{ contacts { edges { node { profiles { handle } } } } }"}`, 400, 400},
		{"introspection", `{"query":"{ __schema { queryType { name } } }"}`, 400, 400},
		{"persisted query", `{"query":"{ viewer { id } }","extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}`, 400, 400},
		{"data with an error", `{"query":"{ contact(id: \"nobody\") { id } }"}`, 200, 200},
		{"page that is too small", `{"query":"{ contacts(first: 0) { nodes { id } } }"}`, 200, 400},
		{"no data but an error", `{"query":"{ contacts(after: \"x\") { nodes { id } } }"}`, 200, 200},
		{"data", viewerQuery, 200, 200},
	} {
		for accept, want := range map[string]int{plain: tt.inPlain, response: tt.inResp} {
			got := w.send(t, request{header: http.Header{"Accept": {accept}}, body: strings.NewReader(tt.body)})
			if got.status != want {
				t.Errorf("%s in %s: status %d, want %d: %s", tt.name, accept, got.status, want, got.body)
			}
			if _, hasData := got.parsed(t)["data"]; hasData != (strings.Contains(tt.name, "data")) {
				t.Errorf("%s in %s: a data member is there: %v: %s", tt.name, accept, hasData, got.body)
			}
		}
	}
}

func TestEveryAnswerHasTheHeadersThatKeepItSafe(t *testing.T) {
	w := newWorld(t)
	for name, in := range map[string]request{
		"an answer":                {body: strings.NewReader(viewerQuery)},
		"a refused method":         {method: http.MethodGet},
		"a refused body":           {body: strings.NewReader(`{`)},
		"a refused content type":   {header: http.Header{"Content-Type": {"text/plain"}}, body: strings.NewReader(`{`)},
		"a refused answer type":    {header: http.Header{"Accept": {"text/html"}}, body: strings.NewReader(viewerQuery)},
		"a refused identity":       {header: http.Header{"Authorization": nil}, body: strings.NewReader(viewerQuery)},
		"a body that is too large": {body: strings.NewReader(strings.Repeat(" ", 128<<10+1))},
	} {
		got := w.send(t, in)
		for header, want := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Vary": "Accept", "X-Request-Id": "golden",
			"Content-Type": "application/json; charset=utf-8",
		} {
			if v := got.header.Get(header); v != want {
				t.Errorf("%s: %s is %q, want %q", name, header, v, want)
			}
		}
	}
}

func TestRequestIDIsTakenWhenItIsSane(t *testing.T) {
	w := newWorld(t)
	for id, taken := range map[string]bool{
		"a": true, "4bf92f35-77b3.4da6_A": true, strings.Repeat("x", 64): true,
		strings.Repeat("x", 65): false, "a b": false, "a\tb": false, "ä": false, "a/b": false, `a"b`: false, "": false, "<script>": false,
	} {
		got := w.send(t, request{header: http.Header{"X-Request-Id": {id}}, body: strings.NewReader(viewerQuery)})
		answered := got.header.Get("X-Request-Id")
		if taken && answered != id {
			t.Errorf("X-Request-Id %q: answered %q, want it taken", id, answered)
		}
		if made := regexp.MustCompile(`^request_[0-9a-z]{26}$`); !taken && !made.MatchString(answered) {
			t.Errorf("X-Request-Id %q: answered %q, want a new one", id, answered)
		}
	}
}

func TestIdentityIsNeeded(t *testing.T) {
	w := newWorld(t)
	good := w.token(t, ada)
	for _, tt := range []struct {
		name   string
		values []string
		want   int
		code   string
	}{
		{"none", nil, 401, "UNAUTHENTICATED"},
		{"an empty one", []string{""}, 401, "UNAUTHENTICATED"},
		{"another scheme", []string{"Basic YTpi"}, 401, "UNAUTHENTICATED"},
		{"a token that is none", []string{"Bearer nonsense"}, 401, "UNAUTHENTICATED"},
		{"a token with another signature", []string{good[:len(good)-4] + "AAAA"}, 401, "UNAUTHENTICATED"},
		{"two of them", []string{good, good}, 401, "UNAUTHENTICATED"},
		{"a token of an organisation that is not known", []string{w.token(t, auth.TokenRequest{Agent: "x", Org: "initech", Role: contact.RoleAgent})}, 403, "FORBIDDEN"},
		{"a good token", []string{good}, 200, ""},
	} {
		got := w.send(t, request{header: http.Header{"Authorization": tt.values}, body: strings.NewReader(viewerQuery)})
		if got.status != tt.want || got.codes(t) != tt.code {
			t.Errorf("%s: status %d %s, want %d %s", tt.name, got.status, got.codes(t), tt.want, tt.code)
		}
		challenge := got.header.Get("WWW-Authenticate")
		if isChallenged := strings.HasPrefix(challenge, "Bearer "); isChallenged != (tt.want == 401) {
			t.Errorf("%s: WWW-Authenticate is %q", tt.name, challenge)
		}
		if strings.Contains(string(got.body), "initech") || strings.Contains(string(got.body), good[7:]) {
			t.Errorf("%s: the answer quotes the token: %s", tt.name, got.body)
		}
	}
	w.clock.advance(13 * 60 * 60 * 1e9)
	if got := w.send(t, request{header: http.Header{"Authorization": {good}}, body: strings.NewReader(viewerQuery)}); got.status != 401 {
		t.Errorf("an expired token: status %d, want 401", got.status)
	}
}

func TestIdentityComesFromTheTokenAlone(t *testing.T) {
	w := newWorld(t)
	header := http.Header{"X-Org-Id": {globex}, "X-Forwarded-For": {"203.0.113.5"}, "Cookie": {"org=" + globex}}
	got := w.send(t, request{header: header, body: strings.NewReader(`{"query":"{ viewer { organisation } }"}`)})
	if org := got.at(t, "data", "viewer", "organisation"); org != acme {
		t.Errorf("the organisation is %v, want %s", org, acme)
	}
}

func TestBodyIsReadNoFurtherThanTheLimit(t *testing.T) {
	w := newWorld(t)
	fits := viewerQuery + strings.Repeat(" ", 128<<10-len(viewerQuery))
	if got := w.send(t, request{body: strings.NewReader(fits)}); got.status != http.StatusOK {
		t.Errorf("a body of 128 KiB: status %d, want 200: %s", got.status, got.body)
	}
	for name, body := range map[string]io.Reader{
		"with its length":    strings.NewReader(fits + " "),
		"without its length": io.MultiReader(strings.NewReader(fits), strings.NewReader(" ")),
	} {
		got := w.send(t, request{body: body})
		if got.status != http.StatusRequestEntityTooLarge || got.codes(t) != "BODY_TOO_LARGE" {
			t.Errorf("a body of 128 KiB and a byte %s: status %d %s, want 413 BODY_TOO_LARGE", name, got.status, got.codes(t))
		}
	}
	small := newWorld(t, func(d *graph.Deps) { d.Limits.BodyBytes = 64 })
	if got := small.send(t, request{body: strings.NewReader(viewerQuery + strings.Repeat(" ", 64))}); got.status != 413 {
		t.Errorf("a body above a limit of 64 bytes: status %d, want 413", got.status)
	}
}
