package graph_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"contactpanel/auth/authtest"
	"contactpanel/contact"
)

// everywhere are headers that a client may write anything into.
func everywhere() http.Header {
	return http.Header{
		"X-Request-Id": {"<" + marker + ">"}, "User-Agent": {marker}, "Accept-Language": {marker}, "Cookie": {"a=" + marker}, "Referer": {"https://" + marker},
		"X-Forwarded-For": {marker}, "Forwarded": {"for=" + marker}, "X-Org-Id": {marker}, marker: {marker}, "Last-Event-Id": {marker},
	}
}

// checkLog waits for what a refusal leaves in the log, and fails when it has the marker.
func (w *world) checkLog(t *testing.T, what string) {
	t.Helper()
	lines := w.log.take()
	for end := time.Now().Add(allowed); lines == "" && time.Now().Before(end); {
		lines = w.log.take() // the line may come after the answer
	}
	if lines == "" || strings.Contains(strings.ToLower(lines), marker) {
		t.Errorf("%s: the log: %q", what, lines)
	}
}

func TestNothingThatStreamsAreAskedIsRepeatedInLogsOrRefusals(t *testing.T) {
	w := newFullWorld(t, behindProxy)
	w.url += "/" + marker + "?" + marker + "=" + marker
	body := func(query string) string { return string(requestBody(t, query, map[string]any{marker: marker})) }
	for name, tt := range map[string]struct {
		body   string
		header http.Header
	}{
		"no JSON":             {marker, nil},
		"an unknown member":   {`{"` + marker + `":"` + marker + `"}`, nil},
		"prose":               {body(marker + " has called"), nil},
		"an unknown contact":  {body(`subscription ` + marker + ` { noteEvents(contactId: "` + marker + `") { cursor } }`), nil},
		"a bad cursor":        {body(`subscription { contactEvents(contactId: "contact_full", after: "` + marker + `") { cursor } }`), nil},
		"two fields":          {body(`subscription { ` + marker + `: noteEvents(contactId: "x") { cursor } b: noteEvents(contactId: "x") { cursor } }`), nil},
		"no subscription":     {body(`{ contact(id: "` + marker + `") { id } }`), nil},
		"no token":            {body(`subscription { noteEvents(contactId: "x") { cursor } }`), http.Header{"Authorization": nil}},
		"a bad token":         {body(`subscription { noteEvents(contactId: "x") { cursor } }`), http.Header{"Authorization": {"Bearer " + marker}}},
		"an origin":           {body(`subscription { noteEvents(contactId: "x") { cursor } }`), http.Header{"Origin": {"https://" + marker}}},
		"another answer type": {body(`subscription { noteEvents(contactId: "x") { cursor } }`), http.Header{"Accept": {"text/" + marker}}},
	} {
		header := everywhere()
		for field, values := range tt.header {
			header[field] = values
		}
		l := w.openStream(t, request{header: header, body: strings.NewReader(tt.body)})
		events, err := l.rest() // an answer that is no stream is no event, and is told as an error
		if said := fmt.Sprint(l.header, events, err); strings.Contains(strings.ToLower(said), marker) {
			t.Errorf("%s: the answer repeats what was sent: %s", name, said)
		}
		if l.status != http.StatusOK || name == "prose" || name == "two fields" {
			w.checkLog(t, name)
		} else if lines := w.log.take(); strings.Contains(lines, marker) { // it ran, and may leave no line
			t.Errorf("%s: the log: %q", name, lines)
		}
	}
}

func TestNothingThatAnExportIsAskedIsRepeatedInLogsOrRefusals(t *testing.T) {
	w := newFullWorld(t, behindProxy)
	url := w.exports(t)
	for name, tt := range map[string]struct {
		method, of, token string
		status            int
	}{
		"no contact's id":    {http.MethodGet, marker, w.token(t, adam), http.StatusNotFound},
		"an unknown contact": {http.MethodGet, "contact_" + marker, w.token(t, adam), http.StatusNotFound},
		"a long id":          {http.MethodGet, "contact_" + strings.Repeat(marker, 500), w.token(t, adam), http.StatusNotFound},
		"no UTF-8":           {http.MethodGet, "contact_" + marker + "%ff%00", w.token(t, adam), http.StatusNotFound},
		"an agent":           {http.MethodGet, "contact_" + marker, w.token(t, ada), http.StatusForbidden},
		"a bad token":        {http.MethodGet, fullContact, "Bearer " + marker, http.StatusUnauthorized},
		"no token":           {http.MethodGet, "contact_" + marker, "", http.StatusUnauthorized},
		"another method":     {http.MethodPost, "contact_" + marker, w.token(t, adam), http.StatusMethodNotAllowed},
	} {
		r, err := http.NewRequestWithContext(t.Context(), tt.method, url(tt.of)+"?"+marker+"="+marker, strings.NewReader(marker))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = everywhere()
		r.Header.Set("Authorization", tt.token)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var said any
		err = errors.Join(json.NewDecoder(response.Body).Decode(&said), response.Body.Close())
		if err != nil || response.StatusCode != tt.status {
			t.Errorf("%s: status %d, want %d, %v", name, response.StatusCode, tt.status, err)
		}
		if all := fmt.Sprint(response.Header, said); strings.Contains(strings.ToLower(all), marker) {
			t.Errorf("%s: the answer repeats what was sent: %s", name, all)
		}
		w.checkLog(t, name)
	}
	w.auditRepeatsNothing(t)
}

// A token that is refused may hold anything: nobody has vouched for it.
func TestNothingOfARefusedTokenIsRepeatedInLogsOrRefusals(t *testing.T) {
	l, _, key := byIssuer(t)
	other := authtest.NewKey(t, "rsa-1", authtest.RS256)
	all := with("name", marker, "org", marker, "roles", []string{marker}, "teams", []string{marker}, marker, marker)
	for name, token := range map[string]string{
		"no token at all":         marker,
		"parts of none":           marker + "." + marker + "." + marker,
		"another's key":           other.Sign(t, all, nil),
		"a key's id":              authtest.NewKey(t, marker, authtest.RS256).Sign(t, all, nil),
		"an algorithm":            authtest.Forge(t, object{"alg": marker, "kid": "rsa-1"}, all, hs256(nil)),
		"a header":                authtest.Forge(t, object{"alg": "RS256", "kid": "rsa-1", "crit": []string{marker}, marker: marker}, all, hs256(nil)),
		"where keys are":          key.Sign(t, all, map[string]any{"jku": "https://" + marker + ".example"}),
		"a type":                  key.Sign(t, all, map[string]any{"typ": marker}),
		"an issuer":               key.Sign(t, with("iss", "https://"+marker+".example/"), nil),
		"an audience":             key.Sign(t, with("aud", marker), nil),
		"audiences":               key.Sign(t, with("aud", []string{marker, marker}), nil),
		"an expiry":               key.Sign(t, with("exp", marker), nil),
		"a start":                 key.Sign(t, with("nbf", marker), nil),
		"an expired one":          key.Sign(t, with("exp", noon.Add(-time.Hour).Unix(), "name", marker, "org", marker), nil),
		"a subject of no text":    key.Sign(t, with("sub", object{marker: marker}), nil),
		"an organisation unknown": key.Sign(t, with("org", marker), nil),
		"an organisation of none": key.Sign(t, with("org", []string{marker}), nil),
		"roles that are none":     key.Sign(t, with("roles", []string{marker}), nil),
		"roles of no list":        key.Sign(t, with("roles", object{marker: marker}), nil),
	} {
		got := l.send(t, request{header: http.Header{"Authorization": {"Bearer " + token}}, body: strings.NewReader(viewerQuery)})
		if got.status != http.StatusUnauthorized && got.status != http.StatusForbidden && name != "roles that are none" {
			t.Errorf("%s: status %d %s", name, got.status, got.body)
		}
		if said := fmt.Sprint(got.header, string(got.body)); strings.Contains(strings.ToLower(said), marker) {
			t.Errorf("%s: the answer repeats the token: %s", name, said)
		}
		l.checkTokenLog(t, name)
		c := l.dial(t, nil)
		c.say(fmt.Sprintf(`{"type":"connection_init","payload":{"Authorization":%q,%q:%q}}`, "Bearer "+token, marker, marker))
		heard, err := c.listen()
		if said := fmt.Sprint(heard, err); strings.Contains(strings.ToLower(said), marker) || err == nil {
			t.Errorf("%s: the socket says %s", name, said)
		}
		l.checkTokenLog(t, name+" at a socket")
	}
	if left := l.auditEntries(t, acme, contact.AuditQuery{}); len(left) > 0 {
		t.Errorf("the audit has %+v", left)
	}
}

// checkTokenLog is checkLog for an organisation that is named by a token that holds: it is no text, but an id.
func (l *live) checkTokenLog(t *testing.T, what string) {
	t.Helper()
	lines := strings.ReplaceAll(l.log.take(), " organisation="+marker, "")
	if strings.Contains(strings.ToLower(lines), marker) {
		t.Errorf("%s: the log: %q", what, lines)
	}
}
