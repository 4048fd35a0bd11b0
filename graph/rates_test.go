package graph_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"contactpanel/auth"
	"contactpanel/contact"
	"contactpanel/graph"
)

// ratesOf are the limits of a test: those that it names, and otherwise none.
func ratesOf(set func(r *graph.Rates)) func(*graph.Deps) {
	return func(d *graph.Deps) { set(&d.Limits.Rates) }
}

// isLater fails unless an answer says with the status and the code to ask again after a while.
func isLater(tb testing.TB, what string, got answer, status int, code string, after time.Duration) {
	tb.Helper()
	seconds := fmt.Sprint(max((after + time.Second - 1).Truncate(time.Second).Seconds(), 1))
	ms, _ := got.at(tb, "errors", 0, "extensions", "retryAfterMs").(float64)
	if got.status != status || got.codes(tb) != code || got.header.Get("Retry-After") != seconds || ms != float64(after.Milliseconds()) {
		tb.Errorf("%s: status %d %s, Retry-After %q, retryAfterMs %v; want %d %s, %s and %d", what, got.status, got.codes(tb), got.header.Get("Retry-After"), ms,
			status, code, seconds, after.Milliseconds())
	}
	if _, hasData := got.parsed(tb)["data"]; hasData {
		tb.Errorf("%s: a request that did not run has a data member: %s", what, got.body)
	}
}

func TestAgentMaySpendTheBurstAndThenTheRate(t *testing.T) {
	w := newWorld(t, ratesOf(func(r *graph.Rates) { r.AgentRate, r.AgentBurst, r.OrganisationAgents = 600, 40, 20 }))
	for _, accept := range []string{plain, response, streamType} {
		header := http.Header{"Accept": {accept}}
		asks := func(who auth.TokenRequest) answer {
			return w.send(t, request{as: &who, header: header, body: strings.NewReader(viewerQuery)})
		}
		for range 4 {
			if got := asks(ada); got.status != http.StatusOK || strings.Contains(string(got.body), "errors") {
				t.Fatalf("%s: within the burst: status %d: %s", accept, got.status, got.body)
			}
		}
		isLater(t, accept+": above the burst", asks(ada), 429, "RATE_LIMITED", time.Second)
		if got := asks(adam); got.status != http.StatusOK {
			t.Errorf("%s: a colleague: status %d", accept, got.status)
		}
		w.clock.advance(999 * time.Millisecond) // of a second in which ten points flow in
		isLater(t, accept+": a millisecond too early", asks(ada), 429, "RATE_LIMITED", time.Millisecond)
		w.clock.advance(time.Millisecond)
		if got := asks(ada); got.status != http.StatusOK {
			t.Errorf("%s: when there are points again: status %d: %s", accept, got.status, got.body)
		}
		w.clock.advance(time.Minute)
	}
}

const streamType = "text/event-stream"

// TestOperationIsChargedItsCost asks for as many pages of notes as the burst pays for: each is a look-up (10),
// a connection (10) and 20 notes.
func TestOperationIsChargedItsCost(t *testing.T) {
	const page, cost = `{ contact(id: "contact_empty") { notes(first: 20) { nodes { id } } } }`, 10 + 10 + 20
	w := newFullWorld(t, ratesOf(func(r *graph.Rates) { r.AgentRate, r.AgentBurst = 60*cost, 2*cost }))
	for range 2 {
		if got := w.ask(t, ada, page, nil); got.codes(t) != "" {
			t.Fatalf("within the burst: status %d: %s", got.status, got.body)
		}
	}
	w.clock.advance(time.Second * (cost - 1) / cost)
	const point = time.Second / cost
	for range 3 { // which costs nothing
		isLater(t, "a point too early", w.ask(t, ada, page, nil), 429, "RATE_LIMITED", point)
	}
	w.clock.advance(point)
	if got := w.ask(t, ada, page, nil); got.codes(t) != "" {
		t.Errorf("who comes back when told to: status %d: %s", got.status, got.body)
	}
}

func TestWhatIsRefusedCostsToo(t *testing.T) {
	for name, body := range map[string]string{
		"does not parse": `{"query":"{"}`, "does not validate": `{"query":"{ nothing }"}`, "is too deep": `{"query":"` + strings.ReplaceAll(tenDeep, "\n", " ") + `"}`,
	} {
		w := newWorld(t, func(d *graph.Deps) { d.Limits.Depth = 5 }, ratesOf(func(r *graph.Rates) { r.AgentRate, r.AgentBurst = 600, 20 }))
		for range 2 {
			if got := w.send(t, request{body: strings.NewReader(body)}); got.codes(t) == "" || got.codes(t) == "RATE_LIMITED" {
				t.Fatalf("a document that %s: %s", name, got.body)
			}
		}
		if got := w.send(t, request{body: strings.NewReader(body)}); got.status != 429 {
			t.Errorf("a third document that %s: status %d, want 429", name, got.status)
		}
	}
}

func TestNothingOfADocumentIsLookedAtWhenNothingIsLeft(t *testing.T) {
	w := newWorld(t, ratesOf(func(r *graph.Rates) { r.AgentRate, r.AgentBurst = 600, 10 }))
	w.ask(t, ada, "{ viewer { id } }", nil)
	w.store.seen.take()
	for _, query := range []string{"{", "{ nothing }", "{ viewer { id } }" + strings.Repeat(" ", 16<<10), `mutation { addNote(input: { contactId: "a", body: "b" }) { noteEdge { cursor } } }`} {
		isLater(t, query, w.ask(t, ada, query, nil), 429, "RATE_LIMITED", time.Second)
	}
	if calls := w.store.seen.take(); len(calls) > 0 {
		t.Errorf("the store is asked %v", calls)
	}
}

func TestOrganisationHasItsAgentsWorthAndTakesNobodyElses(t *testing.T) {
	w := newWorld(t, ratesOf(func(r *graph.Rates) { r.AgentRate, r.AgentBurst, r.OrganisationAgents = 600, 20, 3 }))
	agent := func(org string, i int) auth.TokenRequest {
		return auth.TokenRequest{Agent: fmt.Sprint("Agent ", i), Org: org, Role: contact.RoleAgent}
	}
	for i := range 6 {
		if got := w.ask(t, agent(acme, i), "{ viewer { id } }", nil); got.status != http.StatusOK {
			t.Fatalf("within the organisation's burst: status %d: %s", got.status, got.body)
		}
	}
	for range 30 {
		isLater(t, "above the organisation's burst", w.ask(t, agent(acme, 7), "{ viewer { id } }", nil), 429, "RATE_LIMITED", 334*time.Millisecond)
	}
	for i := range 6 {
		if got := w.ask(t, agent(globex, i), "{ viewer { id } }", nil); got.status != http.StatusOK {
			t.Errorf("another organisation: status %d: %s", got.status, got.body)
		}
	}
	w.clock.advance(334 * time.Millisecond)
	for i, want := range []int{200, 429} { // what the organisation did not have was not taken from the agent either
		if got := w.ask(t, agent(acme, 7), "{ viewer { id } }", nil); got.status != want {
			t.Errorf("request %d after a while: status %d, want %d: %s", i, got.status, want, got.body)
		}
	}
}

func TestSocketsObeyTheRatesOfRequests(t *testing.T) {
	l := newLive(t, ratesOf(func(r *graph.Rates) { r.AgentRate, r.AgentBurst, r.OrganisationAgents = 600, 41, 2 }))
	after := l.cursor(t, adam, emptyContact)
	c := l.socket(t, ada) // costs a point
	const again = `{"id":"a","type":"next","payload":{"data":{"viewer":{"id":"Ada Agent"}}}}`
	for range 2 {
		c.say(asks(t, "a", "{ viewer { id } }", nil))
		c.hears(again, completes("a"))
	}
	if got := l.ask(t, ada, "{ viewer { id } }", nil); got.status != http.StatusOK { // of the same points
		t.Errorf("by HTTP: status %d", got.status)
	}
	c.say(asks(t, "s", followed, map[string]any{"id": emptyContact, "after": after}))
	c.hears(caughtUp("s"))
	for _, query := range []string{"{ viewer { id } }", `mutation { addNote(input: { contactId: "contact_empty", body: "x" }) { problems { code } } }`, followed} {
		l.store.seen.take()
		c.say(asks(t, "b", query, map[string]any{"id": emptyContact}))
		message := c.hear()
		isError(t, message, "b", "RATE_LIMITED")
		if ms := payloadOf(t, message).at(t, "errors", 0, "extensions", "retryAfterMs"); ms != 1000.0 {
			t.Errorf("%s: retryAfterMs %v, want 1000", query, ms)
		}
		if calls := l.store.seen.take(); slices.Contains(calls, "Update") {
			t.Errorf("%s: the store is asked %v", query, calls)
		}
	}
	for i := range 10 { // events cost nothing
		l.addNotes(t, acme, emptyContact, i, i+1, "x")
		c.hears(added("s", noteID(i), "x"))
	}
	l.clock.advance(time.Second)
	c.say(asks(t, "a", "{ viewer { id } }", nil))
	c.hears(again, completes("a"))
	other := l.dial(t, nil)
	other.say(l.initAs(t, ada))
	other.isClosed(1013, "Try again later") // which clients do, with patience
}

// badly asks without an accepted token, and gives the status.
func badly(t *testing.T, w *world, header http.Header) answer {
	t.Helper()
	if header == nil {
		header = http.Header{}
	}
	if _, ok := header["Authorization"]; !ok {
		header.Set("Authorization", "Bearer nonsense")
	}
	return w.send(t, request{header: header, body: strings.NewReader(viewerQuery)})
}

func TestAddressMaySendSixtyBadTokensAMinute(t *testing.T) {
	signIns := 0
	w := newWorld(t, ratesOf(func(r *graph.Rates) { r.AddressRate = 60 }), func(d *graph.Deps) {
		signIn := d.SignIn
		d.SignIn = func(ctx context.Context, authorization string) (contact.Actor, error) {
			signIns++
			return signIn(ctx, authorization)
		}
	})
	if got := w.ask(t, ada, "{ viewer { id } }", nil); got.status != 200 {
		t.Fatal(got.status)
	}
	for i := range 60 {
		if got := badly(t, w, nil); got.status != 401 {
			t.Fatalf("bad token %d: status %d, want 401", i+1, got.status)
		}
	}
	before := signIns
	isLater(t, "bad token 61", badly(t, w, nil), 429, "RATE_LIMITED", time.Second)
	isLater(t, "no token", badly(t, w, http.Header{"Authorization": nil}), 429, "RATE_LIMITED", time.Second)
	if signIns != before {
		t.Error("a token of an address that has none left was looked at")
	}
	for range 100 {
		if got := w.ask(t, ada, "{ viewer { id } }", nil); got.status != 200 {
			t.Fatalf("who works behind the same address is locked out: status %d: %s", got.status, got.body)
		}
	}
	isLater(t, "a good token that was not seen before", w.ask(t, adam, "{ viewer { id } }", nil), 429, "RATE_LIMITED", time.Second)
	w.clock.advance(time.Second)
	if got := w.ask(t, adam, "{ viewer { id } }", nil); got.status != 200 {
		t.Errorf("a good token when there is a request left: status %d", got.status)
	}
	if got := badly(t, w, nil); got.status != 401 { // the good one took nothing
		t.Errorf("a bad token when there is a request left: status %d, want 401", got.status)
	}
	isLater(t, "another bad one", badly(t, w, nil), 429, "RATE_LIMITED", time.Second)
}

func TestGoodTokensAreNotCountedForTheirAddress(t *testing.T) {
	w := newWorld(t, ratesOf(func(r *graph.Rates) { r.AddressRate = 3 }))
	for i := range 50 {
		who := auth.TokenRequest{Agent: fmt.Sprint("Agent ", i), Org: acme, Role: contact.RoleAgent}
		if got := w.ask(t, who, "{ viewer { id } }", nil); got.status != 200 {
			t.Fatalf("agent %d behind one address: status %d: %s", i+1, got.status, got.body)
		}
	}
}

func TestTokenThatDoesNotHoldAnyMoreIsNotRemembered(t *testing.T) {
	revoked := false
	w := newWorld(t, ratesOf(func(r *graph.Rates) { r.AddressRate = 2 }), func(d *graph.Deps) {
		signIn := d.SignIn
		d.SignIn = func(ctx context.Context, authorization string) (contact.Actor, error) {
			if revoked {
				return contact.Actor{}, contact.Errorf(contact.Unauthenticated, "no")
			}
			return signIn(ctx, authorization)
		}
	})
	token := http.Header{"Authorization": {w.token(t, ada)}}
	badly(t, w, token)
	badly(t, w, nil)
	badly(t, w, nil)
	if got := badly(t, w, token); got.status != 200 {
		t.Fatalf("a token that was accepted: status %d", got.status)
	}
	revoked = true
	if got := badly(t, w, token); got.status != 401 {
		t.Errorf("a token that does not hold any more, the first time: status %d, want 401", got.status)
	}
	if got := badly(t, w, token); got.status != 429 {
		t.Errorf("a token that does not hold any more, the second time: status %d, want 429", got.status)
	}
}

func TestSignInThatFailsForAnotherReasonIsNotCounted(t *testing.T) {
	w := newWorld(t, ratesOf(func(r *graph.Rates) { r.AddressRate = 1 }), func(d *graph.Deps) {
		d.SignIn = func(context.Context, string) (contact.Actor, error) {
			return contact.Actor{}, contact.Fault(contact.Unavailable, errors.New("no answer"), "no answer")
		}
	})
	for range 5 {
		if got := badly(t, w, nil); got.status != 503 {
			t.Errorf("status %d, want 503", got.status)
		}
	}
}

func TestT10AddressOfManyBadInitialisationsIsToldToComeBackLater(t *testing.T) {
	l := newLive(t, ratesOf(func(r *graph.Rates) { r.AddressRate = 2 }))
	beside := l.socket(t, ada)
	tries := func() *client {
		c := l.dial(t, nil)
		c.say(`{"type":"connection_init","payload":{"Authorization":"Bearer nonsense"}}`)
		return c
	}
	tries().isClosed(4403, "Forbidden")
	tries().isClosed(4403, "Forbidden")
	tries().isClosed(1013, "Try again later")
	beside.answers()
	l.socket(t, ada).answers() // with the token that works beside
}

func TestAddressesAreThoseOfTheProxysClients(t *testing.T) {
	w := newWorld(t, ratesOf(func(r *graph.Rates) { r.AddressRate = 1 }), behindProxy)
	from := func(address string) int { return badly(t, w, http.Header{"X-Forwarded-For": {address}}).status }
	for i, tt := range []struct {
		address string
		want    int
	}{
		{"203.0.113.1", 401}, {"203.0.113.1", 429}, {"203.0.113.2", 401}, {"2001:db8::1", 401}, {"2001:db8::2", 429}, {"2001:db8:0:1::2", 401},
		{"9.9.9.9, 203.0.113.1", 429}, {"203.0.113.1, 203.0.113.9", 401},
	} {
		if got := from(tt.address); got != tt.want {
			t.Errorf("%d. from %s: status %d, want %d", i+1, tt.address, got, tt.want)
		}
	}
}

func TestT17WhoAsksForFiftyThingsThatAreNotThereHasToWait(t *testing.T) {
	const minute = time.Minute / 50
	for name, tt := range map[string]struct {
		query string
		each  int
	}{
		"contacts":             {`{ contact(id: "%d") { id } }`, 1},
		"contacts of others":   {"{ contact(id: \"contact_foreign\") { id } } # %d", 1},
		"aliased contacts":     {`{ a: contact(id: "%d") { id } b: contact(id: "b") { id } }`, 2},
		"things":               {`{ node(id: "contact_%d") { id } }`, 1},
		"many things at once":  {`{ nodes(ids: ["contact_%d", "contact_a", "note_b", "contact_foreign", "contact_full"]) { id } }`, 4},
		"profiles":             {`{ contactByProfile(network: X, handle: "a%d") { id } }`, 1},
		"notes, to delete":     {`mutation { deleteNote(input: { noteId: "note_%d", expectedVersion: 1 }) { problems { code } } }`, 1},
		"contacts, to promote": {`mutation { promoteToVip(input: { contactId: "contact_%d" }) { problems { code } } }`, 1},
	} {
		w := newFullWorld(t, ratesOf(func(r *graph.Rates) { r.NotFoundRate = 50 }))
		asked := 0
		for ; asked < 50; asked += tt.each {
			if got := w.ask(t, ada, fmt.Sprintf(tt.query, asked), nil); got.status != 200 || strings.Contains(got.codes(t), "RATE_LIMITED") {
				t.Fatalf("%s: after %d: status %d: %s", name, asked, got.status, got.body)
			}
		}
		lines := w.log.take()
		if strings.Count(lines, "asks for many things that are not there") != 1 || !strings.Contains(lines, `agent="Ada Agent"`) {
			t.Errorf("%s: the log: %q", name, lines)
		}
		w.store.seen.take()
		got := w.ask(t, ada, `{ contact(id: "contact_full") { id } }`, nil)
		isLater(t, name, got, 429, "RATE_LIMITED", minute*time.Duration(asked-50+1))
		if calls := w.store.seen.take(); len(calls) > 0 {
			t.Errorf("%s: the store is asked %v", name, calls)
		}
		if got := w.ask(t, adam, `{ contact(id: "contact_full") { id } }`, nil); got.status != 200 {
			t.Errorf("%s: a colleague: status %d", name, got.status)
		}
		w.clock.advance(minute * time.Duration(asked-50+1))
		if got := w.ask(t, ada, `{ contact(id: "contact_full") { id } }`, nil); got.status != 200 {
			t.Errorf("%s: a while later: status %d", name, got.status)
		}
	}
}

func TestT17GuessingBySubscriptionsIsGuessing(t *testing.T) {
	l := newLive(t, ratesOf(func(r *graph.Rates) { r.NotFoundRate = 3 }))
	c := l.socket(t, ada)
	for range 3 {
		c.say(asks(t, "a", followed, map[string]any{"id": foreign}))
		isError(t, c.hear(), "a", "NOT_FOUND contactId")
	}
	c.say(asks(t, "a", followed, map[string]any{"id": emptyContact}))
	isError(t, c.hear(), "a", "RATE_LIMITED")
	c.answers()
}

func TestIntegrationHasARateOfItsOwnAndLeavesHalfOfTheOrganisations(t *testing.T) {
	const query, cost = "{ viewer { id } }", 10
	feeds := func(w *world, n int) answer {
		who := auth.TokenRequest{Agent: fmt.Sprint("feed ", n), Org: acme, Role: contact.RoleIntegration}
		return w.ask(t, who, query, nil)
	}
	spends := func(w *world, n, operations int) {
		t.Helper()
		for i := range operations {
			if got := feeds(w, n); got.codes(t) != "" {
				t.Fatalf("operation %d of integration %d: status %d: %s", i+1, n, got.status, got.body)
			}
		}
	}
	rates := func(r *graph.Rates) {
		r.AgentRate, r.AgentBurst, r.IntegrationRate, r.OrganisationAgents = 60*cost, cost, 600*cost, 240
	}
	w := newWorld(t, ratesOf(rates))
	spends(w, 0, 60) // a tenth of its minute
	isLater(t, "above an integration's burst", feeds(w, 0), 429, "RATE_LIMITED", 100*time.Millisecond)
	spends(w, 1, 60) // which makes 120, half of the organisation's
	if got := feeds(w, 2); got.status != 429 || !strings.Contains(string(got.body), "integrations ask for more than half") {
		t.Errorf("above what all integrations may have: status %d: %s", got.status, got.body)
	}
	for i := range 100 {
		who := auth.TokenRequest{Agent: fmt.Sprint("Agent ", i), Org: acme, Role: contact.RoleAgent}
		if got := w.ask(t, who, query, nil); got.codes(t) != "" {
			t.Fatalf("agent %d beside integrations that ask all the time: status %d: %s", i, got.status, got.body)
		}
	}
}
