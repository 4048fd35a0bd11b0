package graph_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"contactpanel/auth"
	"contactpanel/contact"
	"contactpanel/graph"
)

func TestC5WhoMayNotIsToldNoMoreThanThat(t *testing.T) {
	l := newLive(t)
	beside := l.socket(t, ada)
	other := newWorld(t) // with a key of its own
	good, forged := l.token(t, ada), other.token(t, ada)
	short := ada
	short.TTL = time.Second
	expired, err := l.issuer.Issue(short, noon.Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	nobody := auth.TokenRequest{Agent: "Nora Nobody", Org: "unknown", Role: contact.RoleAgent}
	long := strings.Repeat("x", 17<<10)
	for name, init := range map[string]any{
		"no payload": nil, "an empty payload": object{}, "no token": object{"Authorization": ""}, "null": object{"Authorization": nil},
		"a number": object{"Authorization": 5}, "a list": object{"Authorization": []string{good}}, "another scheme": object{"Authorization": "Basic YTpi"},
		"the token without a scheme": object{"Authorization": strings.TrimPrefix(good, "Bearer ")}, "another member": object{"token": good},
		"no token of ours": object{"Authorization": "Bearer x.y.z"}, "forged": object{"Authorization": forged}, "cut": object{"Authorization": good[:len(good)-2]},
		"expired": object{"Authorization": "Bearer " + expired}, "17 KiB": object{"Authorization": "Bearer " + long},
		"17 KiB behind a good one": object{"Authorization": good + " " + long}, "two in different case": object{"Authorization": good, "authorization": good},
		"two, one of them bad": object{"Authorization": good, "AUTHORIZATION": "Bearer x"}, "two joined": object{"Authorization": good + ", " + good},
		"an unknown organisation":      object{"Authorization": l.token(t, nobody)},
		"another organisation by name": object{"orgId": globex, "X-Org-Id": globex},
	} {
		message, err := json.Marshal(object{"type": "connection_init", "payload": init})
		if err != nil {
			t.Fatal(err)
		}
		c := l.dial(t, nil)
		c.say(string(message))
		c.isClosed(4403, "Forbidden")
		if log := l.log.faults(); log != "" {
			t.Errorf("%s: the log: %s", name, log)
		}
	}
	for _, member := range []string{"Authorization", "authorization", "AUTHORIZATION", "aUTHORIZATION"} {
		for _, scheme := range []string{"Bearer ", "bearer ", "BEARER  "} {
			c := l.dial(t, nil)
			c.say(`{"type":"connection_init","payload":{"x":1,"` + member + `":"` + scheme + strings.TrimPrefix(good, "Bearer ") + `"}}`)
			c.hears(ack)
			c.ws.CloseNow()
		}
	}
	beside.answers()
}

type object map[string]any

func TestSignInThatCannotBeAskedIsTriedAgainLater(t *testing.T) {
	for name, signIn := range map[string]func(context.Context, string) (contact.Actor, error){
		"away": func(context.Context, string) (contact.Actor, error) {
			return contact.Actor{}, contact.Fault(contact.Unavailable, context.DeadlineExceeded, "no answer")
		},
		"hanging": func(ctx context.Context, _ string) (contact.Actor, error) {
			<-ctx.Done()
			return contact.Actor{}, contact.Fault(contact.Unavailable, ctx.Err(), "no answer")
		},
	} {
		l := newLive(t, func(d *graph.Deps) { d.SignIn, d.Limits.Live.Init = signIn, 100*time.Millisecond })
		c := l.dial(t, nil)
		c.say(`{"type":"connection_init"}`)
		c.isClosed(4403, "Forbidden") // without a token nobody is asked
		c = l.dial(t, nil)
		start := time.Now()
		c.say(l.initAs(t, ada))
		c.isClosed(1013, "Try again later")
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s: told after %v", name, took)
		}
		if log := l.log.take(); !strings.Contains(log, "request failed") {
			t.Errorf("%s: the log: %q", name, log)
		}
	}
}

// expiring makes every token end that long after noon, by the clock on the wall.
func expiring(after time.Duration) func(*graph.Deps) {
	return func(d *graph.Deps) {
		signIn := d.SignIn
		d.SignIn = func(ctx context.Context, authorization string) (contact.Actor, error) {
			a, err := signIn(ctx, authorization)
			a.Expires = noon.Add(after)
			return a, err
		}
	}
}

func TestC15SocketEndsWithItsToken(t *testing.T) {
	l := newLive(t, expiring(400*time.Millisecond))
	start := time.Now()
	c, idle := l.socket(t, ada), l.socket(t, ada)
	c.say(asks(t, "a", followed, map[string]any{"id": emptyContact}))
	for _, each := range []*client{c, idle} {
		each.isClosed(4403, "Token expired")
		if lived := time.Since(start); lived < 400*time.Millisecond || lived > 5*time.Second {
			t.Errorf("closed after %v, want 400 ms", lived)
		}
	}
	l.clock.advance(time.Second) // the leeway of 30 s is for requests, not for what goes on
	late := l.dial(t, nil)
	late.say(l.initAs(t, ada))
	late.isClosed(4403, "Token expired")
}

func TestC15NothingIsToldAfterTheClockHasJumpedBeyondTheToken(t *testing.T) {
	l := newLive(t, func(d *graph.Deps) { d.Limits.Live.Ping = time.Hour })
	c := l.socket(t, ada)
	l.follows(c, ada, "a", emptyContact)
	l.addNotes(t, acme, emptyContact, 0, 1, "before")
	c.hears(added("a", noteID(0), "before"))
	l.clock.advance(13 * time.Hour)
	start := time.Now()
	l.addNotes(t, acme, emptyContact, 1, 30, "after")
	c.isClosed(4403, "Token expired")
	if lived := time.Since(start); lived > 5*time.Second {
		t.Errorf("closed %v after the first event, want at once", lived)
	}
}

func TestC15ClockThatJumpsIsSeenWithoutEventsAndByMessages(t *testing.T) {
	l := newLive(t, func(d *graph.Deps) { d.Limits.Live.Ping = 200 * time.Millisecond })
	idle := l.socket(t, ada)
	l.clock.advance(13 * time.Hour)
	idle.isClosed(4403, "Token expired")

	l = newLive(t, func(d *graph.Deps) { d.Limits.Live.Ping = time.Hour })
	for _, message := range []string{ping, asks(t, "a", "{ viewer { id } }", nil), asks(t, "a", followed, map[string]any{"id": emptyContact}), asks(t, "a", "{", nil)} {
		c := l.socket(t, ada)
		l.clock.advance(13 * time.Hour)
		c.say(message)
		c.isClosed(4403, "Token expired")
		l.clock.advance(-13 * time.Hour)
	}
	c := l.socket(t, ada)
	l.clock.advance(13 * time.Hour)
	l.store.seen.take()
	c.say(asks(t, "a", noting, note("Too late.", nil)))
	c.isClosed(4403, "Token expired")
	if calls := strings.Join(l.store.seen.take(), " "); strings.Contains(calls, "PutNote") || strings.Contains(calls, "Update") {
		t.Errorf("a mutation after the token's end has written: %s", calls)
	}
}

func TestC15StalledReaderIsCutWhenItsTokenEnds(t *testing.T) {
	for name, every := range map[string]time.Duration{"without a ping": time.Hour, "while a ping waits": 100 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			testStalledReaderIsCut(t, every)
		})
	}
}

func testStalledReaderIsCut(t *testing.T, ping time.Duration) {
	t.Helper()
	const life = 2 * time.Second
	l := newLive(t, expiring(life), func(d *graph.Deps) {
		d.Limits.Live.Write, d.Limits.Live.CloseHandshake, d.Limits.Live.Ping = time.Minute, 200*time.Millisecond, ping
	})
	start := time.Now()
	w := l.stalled(t, ada, l.cursor(t, ada, emptyContact))
	for i := range 10 {
		l.addNotes(t, acme, emptyContact, 100*i, 100*i+100, strings.Repeat("😀", 2000))
	}
	select {
	case <-l.doors.of(w.LocalAddr()):
	case <-time.After(life + 5*time.Second):
		t.Fatal("the socket lives on, 5 s after its token")
	}
	if lived := time.Since(start); lived < life {
		t.Errorf("the socket lived %v; it was cut by something else", lived)
	}
	l.addNotes(t, acme, emptyContact, 1000, 1001, "after the end")
	if err := w.SetReadBuffer(1 << 20); err != nil {
		t.Fatal(err)
	}
	for {
		kind, text, err := w.frame()
		if err != nil {
			break
		}
		if kind == lastText && strings.Contains(text, "after the end") {
			t.Fatal("an event from after the token's end")
		}
	}
}

func TestC16RoleIsThatOfTheTokenUntilTheTokenEnds(t *testing.T) {
	l := newLive(t, expiring(time.Second))
	const whoami = "{ viewer { roles } }"
	c := l.socket(t, adam)
	c.say(asks(t, "a", whoami, nil))
	c.hears(`{"id":"a","type":"next","payload":{"data":{"viewer":{"roles":["ADMIN"]}}}}`, completes("a"))
	c.isClosed(4403, "Token expired") // and a new token says what the agent is by then
}

func TestOwnersLimitIsOfTheAgentAndItsOrganisation(t *testing.T) {
	l := newLive(t, func(d *graph.Deps) { d.Limits.Live.Sockets = 1 })
	namesake := ada
	namesake.Org = globex
	for _, who := range []auth.TokenRequest{ada, adam, namesake} {
		l.socketWith(t, who, http.Header{})
	}
	c := l.dial(t, nil)
	c.say(l.initAs(t, ada))
	c.isClosed(1013, "Too many sockets of one agent")
}
