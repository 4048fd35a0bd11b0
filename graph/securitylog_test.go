package graph_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"contactpanel/auth"
	"contactpanel/auth/authtest"
	"contactpanel/contact"
	"contactpanel/graph"
)

func TestSecurityLogSaysWhyATokenThatHoldsIsNotEnough(t *testing.T) {
	l, _, key := byIssuer(t)
	deactivate(t, l.contacts, "auth0|out")
	for _, tt := range []struct {
		token, organisation, reason string
		status                      int
	}{
		{key.Sign(t, with("org", absent), nil), `""`, "no-organisation", http.StatusForbidden},
		{key.Sign(t, with("org", "nowhere"), nil), "nowhere", "unknown-organisation", http.StatusForbidden},
		{key.Sign(t, with("roles", []string{"janitor"}), nil), "acme", "no-role", http.StatusForbidden},
		{key.Sign(t, with("teams", 7), nil), "acme", "teams", http.StatusForbidden},
		{key.Sign(t, with("sub", "auth0|out"), nil), "acme", "deactivated", http.StatusUnauthorized},
	} {
		agent := "auth0|ada"
		if tt.reason == "deactivated" {
			agent = "auth0|out"
		}
		want := fmt.Sprintf("organisation=%s agent=%s code=", tt.organisation, agent)
		l.send(t, request{header: http.Header{"Authorization": {"Bearer " + tt.token}}, body: strings.NewReader(viewerQuery)})
		got := l.log.take()
		if !strings.Contains(got, want) || !strings.Contains(got, fmt.Sprintf(" status=%d ", tt.status)) || !strings.HasSuffix(got, " reason="+tt.reason+"\n") {
			t.Errorf("the log of a request: %s; want %s and %s", got, want, tt.reason)
		}
		c := l.dial(t, nil)
		c.say(fmt.Sprintf(`{"type":"connection_init","payload":{"Authorization":"Bearer %s"}}`, tt.token))
		c.listen() // it is closed
		if got := l.log.take(); !strings.Contains(got, want) || !strings.HasSuffix(got, " reason="+tt.reason+"\n") {
			t.Errorf("the log of a socket: %s; want %s and %s", got, want, tt.reason)
		}
	}
	for name, authorization := range map[string][]string{"none": nil, "two": {"Bearer a.b.c", "Bearer a.b.c"}} {
		l.send(t, request{header: http.Header{"Authorization": authorization}, body: strings.NewReader(viewerQuery)})
		want := map[string]string{"none": "no-token", "two": "malformed"}[name]
		if got := l.log.take(); !strings.HasSuffix(got, " reason="+want+"\n") {
			t.Errorf("%s: the log: %s; want %s", name, got, want)
		}
	}
}

func TestSecurityLogHasOneLineWhileTheIssuersKeysAreAway(t *testing.T) {
	key := authtest.NewKey(t, "rsa-1", authtest.RS256)
	l := newLive(t, func(d *graph.Deps) {
		issuer, err := auth.NewIssuer(auth.IssuerConfig{URL: issuerURL, Log: d.Log, Transport: authtest.New(issuerURL, key), Now: d.Now})
		if err != nil {
			t.Fatal(err)
		}
		guard, err := auth.New(auth.Config{Issuer: issuerURL, Audience: "contactpanel", Keys: issuer, Now: d.Now})
		if err != nil {
			t.Fatal(err)
		}
		d.SignIn = guard.Actor
	})
	bearer := "Bearer " + key.Sign(t, with(), nil)
	got := l.send(t, request{header: http.Header{"Authorization": {bearer}}, body: strings.NewReader(viewerQuery)})
	log := l.log.take()
	if got.status != http.StatusServiceUnavailable || strings.Count(log, "\n") != 1 || !strings.HasSuffix(log, "code=DB_UNAVAILABLE status=503 bytes=29 reason=keys-unavailable\n") {
		t.Errorf("status %d, the log: %s", got.status, log)
	}
	c := l.dial(t, nil)
	c.say(fmt.Sprintf(`{"type":"connection_init","payload":{"Authorization":%q}}`, bearer))
	c.isClosed(1013, "Try again later")
	if log := l.log.take(); strings.Count(log, "\n") != 1 || !strings.HasSuffix(log, " reason=keys-unavailable\n") {
		t.Errorf("the log of a socket: %s", log)
	}
}

func TestSecurityLogSaysWhichLimitItWas(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct{ query, want string }{
		{"{ a: viewer { id } " + strings.Repeat(" b: viewer { id }", 15) + " }", "code=TOO_MANY_ALIASES status=400 bytes=* what=aliases max=15 got=16"},
		{"{ contacts(first: 100) { nodes { notes(first: 100) { nodes { id } } } } }", "code=QUERY_TOO_COMPLEX status=400 bytes=* what=cost max=2000 got="},
		{"# " + strings.Repeat("x", 128<<10), "code=BODY_TOO_LARGE status=413 bytes=* what=body max=131072 got="},
	} {
		w.ask(t, ada, tt.query, nil)
		before, after, _ := strings.Cut(tt.want, "*")
		if got := w.log.take(); !strings.Contains(got, before) || !strings.Contains(got, after) || strings.Count(got, "\n") != 1 {
			t.Errorf("the log: %s; want %s", got, tt.want)
		}
	}
}

func TestSecurityLogHasALineOfWhatARoleMayNotDo(t *testing.T) {
	l := newLive(t)
	c := l.socket(t, ada)
	for _, query := range []string{
		"{ auditEntries(first: 1) { totalCount } }",
		"{ a: auditEntries(first: 1) { totalCount } b: auditEntries(first: 1) { totalCount } viewer { id } }",
		`mutation { eraseContact(input: { contactId: "contact_full" }) { contactId } }`,
	} {
		const want = `organisation=acme agent="Ada Agent" code=FORBIDDEN status=`
		got := l.ask(t, ada, query, nil)
		if log := l.log.take(); !strings.Contains(string(got.body), string(contact.Forbidden)) || strings.Count(log, "\n") != 1 || !strings.Contains(log, want+"200 ") {
			t.Errorf("%s: %s; the log: %s", query, got.body, log)
		}
		c.say(asks(t, "a", query, nil))
		c.hear()
		if log := l.log.take(); strings.Count(log, "\n") != 1 || !strings.Contains(log, want+"0 ") {
			t.Errorf("%s by socket: the log: %s", query, log)
		}
		if strings.Contains(query, "viewer") || strings.HasPrefix(query, "{") {
			c.hear() // complete
		}
	}
	if l.ask(t, adam, "{ auditEntries(first: 1) { totalCount } }", nil); l.log.take() != "" {
		t.Error("what an administrator may do is in the log")
	}
}
