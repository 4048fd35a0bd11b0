// Package graph_test asks the real HTTP handler over the real store; nothing below the wire is replaced.
package graph_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"contactpanel/auth"
	"contactpanel/contact"
	"contactpanel/fold"
	"contactpanel/graph"
	"contactpanel/idn"
	"contactpanel/language"
	"contactpanel/phone"
	"contactpanel/store/sqlite"
)

// The organisations of every test: what belongs to one does not exist for the other.
const (
	acme   = "acme"
	globex = "globex"
)

// who asks.
var (
	ada      = auth.TokenRequest{Agent: "Ada Agent", Org: acme, Role: contact.RoleAgent, Teams: []string{"Care", "Sales"}}
	adam     = auth.TokenRequest{Agent: "Adam Admin", Org: acme, Role: contact.RoleAdmin}
	feed     = auth.TokenRequest{Agent: "feed", Org: acme, Role: contact.RoleIntegration}
	stranger = auth.TokenRequest{Agent: "Sten Stranger", Org: globex, Role: contact.RoleAdmin}
)

// page is the one whose scripts may open sockets.
const page = "https://agents.example.com"

// noon is when every test begins.
var noon = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)

// world is one gateway with a store of its own, a clock that stands and ids that count.
type world struct {
	store    *probe
	contacts *contact.Contacts
	clock    *clock
	log      *book
	issuer   *auth.DevelopmentIssuer
	api      *graph.Handler
	handler  http.Handler
	url      string
}

// newWorld starts a gateway with both organisations; change may alter what the handler is made of.
func newWorld(tb testing.TB, change ...func(*graph.Deps)) *world {
	tb.Helper()
	db, err := sqlite.Open(tb.Context(), filepath.Join(tb.TempDir(), "test.db"))
	if err != nil {
		tb.Fatal(err)
	}
	return newWorldOn(tb, db, change...)
}

// newWorldOn is newWorld with another store, which is closed with the test.
func newWorldOn(tb testing.TB, db contact.Store, change ...func(*graph.Deps)) *world {
	tb.Helper()
	ctx, dir := tb.Context(), tb.TempDir()
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	var err error
	w := &world{store: watch(db), clock: &clock{at: noon}, log: &book{}}
	if w.issuer, err = auth.Development(dir); err != nil {
		tb.Fatal(err)
	}
	tags := language.New()
	w.contacts = contact.New(contact.Deps{
		Store: w.store, Phones: phone.Book{}, Languages: tags, Domains: idn.Domains{}, Letters: fold.Letters{},
		Now: w.clock.now, NewID: counting(),
	})
	deps := graph.Deps{
		Contacts: w.contacts, SignIn: w.issuer.Guard(w.clock.now).Actor, Languages: tags.Preferred,
		Log: slog.New(slog.NewTextHandler(w.log, nil)), Now: w.clock.now, AllowOrigin: func(origin string) bool { return origin == page },
		Limits: graph.Limits{Rates: noRates()},
	}
	for _, c := range change {
		c(&deps)
	}
	for _, org := range []contact.OrgID{acme, globex} {
		if err := w.contacts.MakeOrganisation(ctx, org); err != nil {
			tb.Fatal(err)
		}
	}
	w.api = graph.NewHandler(deps)
	w.handler = graph.WithRequestID(w.api.Guard(w.api))
	server := httptest.NewServer(w.handler)
	tb.Cleanup(server.Close)
	w.url = server.URL
	return w
}

// auditEntries are all entries of an organisation that a query chooses, newest first.
func (w *world) auditEntries(tb testing.TB, org contact.OrgID, q contact.AuditQuery) []contact.AuditEntry {
	tb.Helper()
	q.Span = contact.Span{Limit: 10_000}
	found, err := w.store.Store.AuditEntries(tb.Context(), org, q)
	if err != nil {
		tb.Fatal(err)
	}
	return found.Items
}

// noRates are none that a test meets by chance: the clock stands, so that nothing that was spent comes back.
func noRates() graph.Rates {
	const most = 1_000_000_000
	return graph.Rates{
		AgentRate: most, AgentBurst: most, IntegrationRate: most, OrganisationAgents: 1, AddressRate: most, NotFoundRate: most, AgentRunning: 1000, OrganisationRunning: 1000, ProcessRunning: 1000, CoreRunning: 1000,
	}
}

// counting makes ids that count through all types together.
func counting() func(prefix string) contact.ID {
	var mu sync.Mutex
	n := 0
	return func(prefix string) contact.ID {
		mu.Lock()
		defer mu.Unlock()
		n++
		return contact.ID(fmt.Sprintf("%s_%026d", prefix, n))
	}
}

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// book is a log that can be read while it is written.
type book struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *book) take() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.text.Reset()
	return b.text.String()
}

// faults are the lines of the log but for requests that were refused.
func (b *book) faults() string {
	var out strings.Builder
	for line := range strings.Lines(b.take()) {
		if !strings.Contains(line, `msg="request refused"`) {
			out.WriteString(line)
		}
	}
	return out.String()
}

// request is one HTTP request; zero members are those of a correct one.
type request struct {
	method string
	as     *auth.TokenRequest // nil: ada
	header http.Header        // added; a nil value takes the header away
	body   io.Reader
}

// answer is one HTTP answer.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (w *world) token(tb testing.TB, who auth.TokenRequest) string {
	tb.Helper()
	token, err := w.issuer.Issue(who, w.clock.now())
	if err != nil {
		tb.Fatal(err)
	}
	return "Bearer " + token
}

// send sends a request as it is.
func (w *world) send(tb testing.TB, in request) answer {
	tb.Helper()
	if in.method == "" {
		in.method = http.MethodPost
	}
	if in.as == nil {
		in.as = &ada
	}
	r, err := http.NewRequestWithContext(tb.Context(), in.method, w.url, in.body)
	if err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Request-Id", "golden")
	r.Header.Set("Authorization", w.token(tb, *in.as))
	for name, values := range in.header {
		r.Header.Del(name)
		for _, v := range values {
			r.Header.Add(name, v)
		}
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, body}
}

// ask sends a GraphQL request as somebody; variables may be nil or anything that is JSON.
func (w *world) ask(tb testing.TB, who auth.TokenRequest, query string, variables any) answer {
	tb.Helper()
	return w.send(tb, request{as: &who, body: bytes.NewReader(requestBody(tb, query, variables))})
}

func requestBody(tb testing.TB, query string, variables any) []byte {
	tb.Helper()
	members := map[string]any{"query": query}
	if variables != nil {
		members["variables"] = variables
	}
	body, err := json.Marshal(members)
	if err != nil {
		tb.Fatal(err)
	}
	return body
}

// parsed is the body as JSON.
func (a answer) parsed(tb testing.TB) map[string]any {
	tb.Helper()
	var out map[string]any
	if err := json.Unmarshal(a.body, &out); err != nil {
		tb.Fatalf("the answer is no JSON object: %v: %q", err, a.body)
	}
	return out
}

// at follows a path of member names and list places, nil where it ends.
func (a answer) at(tb testing.TB, path ...any) any {
	tb.Helper()
	var v any = a.parsed(tb)
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := v.(map[string]any)
			v = object[step]
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return nil
			}
			v = list[step]
		}
	}
	return v
}

// codes lists "CODE field" of the answer's errors, and "problem CODE field" of a payload's problems.
func (a answer) codes(tb testing.TB) string {
	tb.Helper()
	var out []string
	body := a.parsed(tb)
	errs, _ := body["errors"].([]any)
	for _, e := range errs {
		extensions, _ := e.(map[string]any)["extensions"].(map[string]any)
		out = append(out, strings.TrimSpace(fmt.Sprint(extensions["code"], " ", or(extensions["field"]))))
	}
	data, _ := body["data"].(map[string]any)
	for _, payload := range data {
		members, _ := payload.(map[string]any)
		problems, _ := members["problems"].([]any)
		for _, p := range problems {
			p := p.(map[string]any)
			out = append(out, strings.TrimSpace(fmt.Sprint("problem ", p["code"], " ", or(p["field"]))))
		}
	}
	return strings.Join(out, ", ")
}

func or(v any) any {
	if v == nil {
		return ""
	}
	return v
}
