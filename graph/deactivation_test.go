package graph_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"contactpanel/auth"
	"contactpanel/contact"
	"contactpanel/fold"
	"contactpanel/graph"
	"contactpanel/idn"
	"contactpanel/language"
	"contactpanel/phone"
	"contactpanel/store/mongo"
	"contactpanel/store/mongo/mongotest"
)

// namesake has the id of Ada in the other organisation.
var namesake = auth.TokenRequest{Agent: ada.Agent, Org: globex, Role: contact.RoleAgent}

// eve is an administrator beside Adam.
var eve = contact.Actor{Agent: contact.Agent{ID: "eve", Name: "Eve Admin"}, Org: acme, Roles: []contact.Role{contact.RoleAdmin}}

// rechecking makes sockets and streams look so often whether their agent may still be here, and do little else.
func rechecking(every time.Duration) func(*graph.Deps) {
	return func(d *graph.Deps) {
		d.Limits.Live.Recheck, d.Limits.Live.Ping, d.Limits.Live.KeepAlive = every, time.Hour, time.Hour
	}
}

// gateway is the domain of another process over a store.
func (w *world) gateway(db contact.Store) *contact.Contacts {
	return contact.New(contact.Deps{
		Store: db, Phones: phone.Book{}, Languages: language.New(), Domains: idn.Domains{}, Letters: fold.Letters{}, Now: w.clock.now, NewID: contact.RandomID,
	})
}

// deactivate shuts an agent of acme out, as Eve, at the gateway.
func deactivate(tb testing.TB, at *contact.Contacts, agent string) {
	tb.Helper()
	if _, err := at.DeactivateAgent(contact.WithActor(tb.Context(), eve), contact.ID(agent), ""); err != nil {
		tb.Fatal(err)
	}
}

func reactivate(tb testing.TB, at *contact.Contacts, agent string) {
	tb.Helper()
	if _, err := at.ReactivateAgent(contact.WithActor(tb.Context(), eve), contact.ID(agent), ""); err != nil {
		tb.Fatal(err)
	}
}

// isOut fails unless an agent is let in nowhere, and told why.
func (l *live) isOut(tb testing.TB, who auth.TokenRequest) {
	tb.Helper()
	const want = `{"errors":[{"message":"the agent is deactivated","extensions":{"code":"UNAUTHENTICATED"}}]`
	got := l.ask(tb, who, "{ viewer { id } }", nil)
	if got.status != http.StatusUnauthorized || !strings.HasPrefix(string(got.body), want) || got.header.Get("WWW-Authenticate") == "" {
		tb.Errorf("a request of a deactivated agent: %d %s", got.status, got.body)
	}
	if stream := l.listen(tb, who, quiet, nil); stream.status != http.StatusUnauthorized {
		tb.Errorf("a stream of a deactivated agent: %d", stream.status)
	}
	c := l.dial(tb, nil)
	c.say(l.initAs(tb, who))
	c.isClosed(4403, "Agent deactivated")
}

// isIn fails unless an agent is let in everywhere; it returns a socket.
func (l *live) isIn(tb testing.TB, who auth.TokenRequest) *client {
	tb.Helper()
	l.do(tb, who, "{ viewer { id } }", nil)
	c := l.socket(tb, who)
	c.answers()
	return c
}

func TestC16DeactivatedAgentIsShutOutOfEveryGateway(t *testing.T) {
	l := newLive(t, rechecking(50*time.Millisecond))
	testShutOut(t, l, l.gateway(l.store))
}

func TestC16DeactivatedAgentIsShutOutOfEveryGatewayOverMongoDB(t *testing.T) {
	uri := mongotest.Database(t)
	open := func() contact.Store {
		db, err := mongo.Open(t.Context(), uri, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	l := &live{}
	l.world = newWorldOn(t, open(), rechecking(50*time.Millisecond), func(d *graph.Deps) { l.deps = *d })
	l.putOthers(t)
	l.start(t)
	other := open()
	t.Cleanup(func() {
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	})
	testShutOut(t, l, l.gateway(other))
}

// testShutOut deactivates and reactivates at another gateway an agent who has sockets and streams here.
func testShutOut(t *testing.T, l *live, elsewhere *contact.Contacts) {
	t.Helper()
	idle, c, hers := l.isIn(t, ada), l.socket(t, ada), l.listen(t, ada, addedNotes, map[string]any{"id": emptyContact})
	l.follows(c, ada, "s", emptyContact)
	adams, theirs := l.isIn(t, adam), l.isIn(t, namesake)
	l.follows(adams, adam, "s", emptyContact)
	his := l.listen(t, adam, addedNotes, map[string]any{"id": emptyContact})
	l.store.followed.await(t, 4)

	deactivate(t, elsewhere, ada.Agent)
	l.isIn(t, ada).ws.CloseNow() // this gateway asked a moment ago
	l.clock.advance(5 * time.Second)
	start := time.Now()
	idle.isClosed(4403, "Agent deactivated")
	c.isClosed(4403, "Agent deactivated")
	hers.isCut(t, "the stream of a deactivated agent")
	t.Logf("closed within %v", time.Since(start))
	l.isOut(t, ada)
	l.store.followed.await(t, 2)
	l.addNotes(t, acme, emptyContact, 0, 1, "for others")
	adams.hears(added("s", noteID(0), "for others"))
	if e := his.next(t); !strings.Contains(e.data, "for others") {
		t.Errorf("another agent's stream tells %s", e.data)
	}
	theirs.answers()
	l.isIn(t, namesake)

	reactivate(t, elsewhere, ada.Agent)
	l.clock.advance(10 * time.Second) // after 5 s what was known may still be taken, while a look that began before goes on
	c = l.isIn(t, ada)
	l.follows(c, ada, "s", emptyContact)
	l.addNotes(t, acme, emptyContact, 1, 2, "for all")
	c.hears(added("s", noteID(1), "for all"))
	if lines := l.log.faults(); lines != "" {
		t.Errorf("the log has lines although nothing failed: %s", lines)
	}
}

// Who has to be out before the token ends is deactivated: issuers tell the gateway nothing of who has logged out.
func TestD12DeactivationThroughTheDoorHoldsAtOnce(t *testing.T) {
	l := newLive(t, rechecking(time.Hour))
	press := func(mutation string) {
		t.Helper()
		l.do(t, adam, `mutation A($id: ID!) { `+mutation+`(input: { agentId: $id }) { problems { code } } }`, map[string]any{"id": ada.Agent})
	}
	sockets := map[string]*client{}
	for name := range map[string]string{"ping": "", "mutation": "", "event": ""} {
		sockets[name] = l.isIn(t, ada)
	}
	l.follows(sockets["event"], ada, "s", emptyContact)
	stream := l.listen(t, ada, addedNotes, map[string]any{"id": emptyContact})
	l.store.followed.await(t, 2)
	for range 2 {
		press("deactivateAgent")
		l.isOut(t, ada)
	}
	// Before the next look, and without one: whatever is said or is to be told ends the connection.
	l.store.seen.take()
	sockets["ping"].say(ping)
	sockets["mutation"].say(asks(t, "a", noting, note("Too late.", nil)))
	l.addNotes(t, acme, emptyContact, 0, 1, "too late")
	for _, c := range sockets {
		c.isClosed(4403, "Agent deactivated")
	}
	stream.isCut(t, "the stream of a deactivated agent")
	l.store.followed.await(t, 0)
	if calls := strings.Join(l.store.seen.take(), " "); strings.Contains(calls, "Update") || strings.Contains(calls, "DeactivatedAgents") {
		t.Errorf("what is known here was asked for, or a mutation was made: %s", calls)
	}
	for range 2 {
		press("reactivateAgent")
		l.isIn(t, ada)
	}
}

func TestWhatBeganBeforeTheDeactivationMayEnd(t *testing.T) {
	l := newLive(t, rechecking(time.Hour))
	l.isIn(t, ada)
	hold, reading := make(chan struct{}), make(chan struct{})
	l.store.seen.failWith(func(ctx context.Context, call string) error {
		if call == "Contacts" {
			close(reading)
			return holding(hold)(ctx, call)
		}
		return nil
	})
	answered := make(chan answer, 1)
	go func() { answered <- l.ask(t, ada, `{ contact(id: "contact_empty") { id } }`, nil) }()
	<-reading
	deactivate(t, l.contacts, ada.Agent)
	close(hold)
	if got := <-answered; got.status != http.StatusOK || got.codes(t) != "" {
		t.Errorf("a request that began before: %d %s", got.status, got.body)
	}
	l.store.seen.failWith(nil)
	l.isOut(t, ada)
}

func TestC16StalledReaderIsCutWhenItsAgentIsDeactivated(t *testing.T) {
	l := newLive(t, rechecking(100*time.Millisecond), func(d *graph.Deps) {
		d.Limits.Live.Write, d.Limits.Live.CloseHandshake = time.Hour, 200*time.Millisecond
	})
	adams := l.isIn(t, adam)
	w := l.stalled(t, ada, l.cursor(t, ada, emptyContact))
	for i := range 10 {
		l.addNotes(t, acme, emptyContact, 100*i, 100*i+100, strings.Repeat("😀", 2000))
	}
	adams.answers()
	select {
	case <-l.doors.of(w.LocalAddr()):
		t.Fatal("the socket was cut by something else")
	default:
	}
	deactivate(t, l.gateway(l.store), ada.Agent)
	l.clock.advance(5 * time.Second)
	select {
	case <-l.doors.of(w.LocalAddr()):
	case <-time.After(allowed):
		t.Fatal("the socket of a deactivated agent lives on")
	}
	adams.answers()
}

func TestC16StalledStreamIsCutWhenItsAgentIsDeactivated(t *testing.T) {
	w, reading := newStalledWorld(t, func(d *graph.Deps) { // the one who stalls is Adam
		rechecking(100 * time.Millisecond)(d)
		d.Limits.Live.Write, d.Limits.Live.CloseHandshake = time.Hour, 200*time.Millisecond
	})
	reading.results(t, "CaughtUp")
	w.store.followed.await(t, 2)
	deactivate(t, w.gateway(w.store), adam.Agent)
	w.clock.advance(5 * time.Second)
	w.store.followed.await(t, 1)
	w.addNote(t, longContact, "for others")
	if e := reading.next(t); !strings.Contains(e.data, "for others") {
		t.Errorf("the one that reads got %s", e.data)
	}
}

func TestStoreThatDoesNotTellOfAgentsEndsConnectionsAfterTwoMinutes(t *testing.T) {
	l := newLive(t, rechecking(50*time.Millisecond))
	c, stream := l.isIn(t, ada), l.listen(t, ada, addedNotes, map[string]any{"id": emptyContact})
	l.store.followed.await(t, 1)
	l.store.seen.failWith(func(_ context.Context, call string) error {
		if call == "DeactivatedAgents" {
			return contact.Fault(contact.Unavailable, errCause, "the store does not answer")
		}
		return nil
	})
	l.clock.advance(time.Minute)
	l.isIn(t, ada)
	c.answers()
	l.clock.advance(time.Minute)
	c.isClosed(1013, "Try again later")
	stream.isCut(t, "a stream whose agent may be deactivated")
	if got := l.ask(t, ada, "{ viewer { id } }", nil); got.status != http.StatusServiceUnavailable || got.codes(t) != "DB_UNAVAILABLE" {
		t.Errorf("a request: %d %s", got.status, got.body)
	}
	late := l.dial(t, nil)
	late.say(l.initAs(t, ada))
	late.isClosed(1013, "Try again later")
	l.store.seen.failWith(nil)
	l.isIn(t, ada)
}

func TestConnectionThatIsMerelyOldEndsSoThatItsClientComesBack(t *testing.T) {
	const life = 500 * time.Millisecond
	l := newLive(t, func(d *graph.Deps) { d.Limits.Live.Life = life })
	start := time.Now()
	c, idle, stream := l.socket(t, ada), l.socket(t, ada), l.listen(t, ada, addedNotes, map[string]any{"id": emptyContact})
	l.follows(c, ada, "s", emptyContact)
	c.isClosed(1012, "Open for long enough")
	idle.isClosed(1012, "Open for long enough")
	stream.isCut(t, "an old stream")
	if lived := time.Since(start); lived < life*9/10 || lived > 10*time.Second {
		t.Errorf("closed after %v, want %v or a tenth less", lived, life)
	}
	l.isIn(t, ada)
}
