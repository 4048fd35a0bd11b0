package graph_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"contactpanel/graph"
)

// The tests of sockets that are named after a case, C1 to C22, are one each of the bad inputs that a server of WebSockets
// must survive; besides what the client is told, each looks at what the server did, and that a socket beside lives on.

func TestC1PagesOfForeignOriginsAreRefusedBeforeTheUpgrade(t *testing.T) {
	l := newLive(t)
	beside := l.socket(t, ada)
	for _, tt := range []struct {
		name   string
		header []string
		want   int
	}{
		{"the page", []string{"Origin: " + page}, 101},
		{"the page, with a cookie", []string{"Origin: " + page, "Cookie: a=b"}, 101},
		{"no origin, as of a program", nil, 101},
		{"no origin, but a cookie", []string{"Cookie: a=b"}, 403},
		{"null", []string{"Origin: null"}, 403},
		{"empty", []string{"Origin:"}, 403},
		{"foreign", []string{"Origin: https://evil.example"}, 403},
		{"the page's name as a beginning", []string{"Origin: " + page + ".evil.example"}, 403},
		{"the page without encryption", []string{"Origin: http://agents.example.com"}, 403},
		{"the page twice", []string{"Origin: " + page, "Origin: " + page}, 403},
		{"the page and a foreign one", []string{"Origin: " + page, "Origin: https://evil.example"}, 403},
		{"the address of the server itself", []string{"Origin: http://localhost"}, 403},
	} {
		l.store.seen.take()
		response, w := l.handshake(t, append(tt.header, offers)...)
		if response.status != tt.want {
			t.Errorf("%s: status %d, want %d", tt.name, response.status, tt.want)
		}
		if response.status == http.StatusForbidden && response.header.Get("Upgrade") != "" {
			t.Errorf("%s: refused, but upgraded", tt.name)
		}
		if calls := l.store.seen.take(); len(calls) > 0 {
			t.Errorf("%s: the store is asked %v", tt.name, calls)
		}
		w.Close()
	}
	beside.answers()
}

func TestCookieAndHeaderOfTheHandshakeAreNoIdentity(t *testing.T) {
	l := newLive(t)
	c := l.dial(t, http.Header{"Origin": {page}, "Cookie": {"Authorization=" + l.token(t, ada)}, "Authorization": {l.token(t, ada)}})
	c.say(`{"type":"connection_init"}`)
	c.isClosed(4403, "Forbidden")
}

func TestC2OnlyTheCurrentSubprotocolIsSpoken(t *testing.T) {
	l := newLive(t)
	beside := l.socket(t, ada)
	for name, header := range map[string][]string{
		"none": nil, "the legacy one": {"Sec-WebSocket-Protocol: graphql-ws"}, "an unknown one": {"Sec-WebSocket-Protocol: soap"},
		"in capitals": {"Sec-WebSocket-Protocol: GRAPHQL-TRANSPORT-WS"},
	} {
		response, w := l.handshake(t, header...)
		if response.status != http.StatusSwitchingProtocols {
			t.Fatalf("%s: status %d", name, response.status)
		}
		w.say(ping) // not answered
		w.isClosed("4406 Subprotocol not acceptable")
	}
	for _, header := range [][]string{
		{"Sec-WebSocket-Protocol: graphql-ws, graphql-transport-ws"}, {"Sec-WebSocket-Protocol: graphql-ws", offers}, {offers},
	} {
		response, w := l.handshake(t, header...)
		if got := response.header.Values("Sec-WebSocket-Protocol"); len(got) != 1 || got[0] != protocol {
			t.Errorf("%v: the server chose %v", header, got)
		}
		w.say(ping)
		w.hears(pong)
	}
	beside.answers()
}

func TestC22CompressionIsNotNegotiated(t *testing.T) {
	l := newLive(t)
	response, w := l.handshake(t, offers, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x-webkit-deflate-frame")
	if got := response.header.Values("Sec-WebSocket-Extensions"); response.status != http.StatusSwitchingProtocols || len(got) > 0 {
		t.Errorf("status %d, extensions %v; want 101 and none", response.status, got)
	}
	w.say(ping)
	w.hears(pong)
}

func TestHandshakeThatIsNoneIsRefusedAndNotExecuted(t *testing.T) {
	l := newLive(t, func(d *graph.Deps) { d.Limits.Live.Unidentified = 1 })
	for name, tt := range map[string]struct {
		change func(*http.Request)
		want   int
	}{
		"by POST":                {func(r *http.Request) { r.Method = http.MethodPost }, 400},
		"without a key":          {func(r *http.Request) { r.Header.Del("Sec-WebSocket-Key") }, 400},
		"with a bad key":         {func(r *http.Request) { r.Header.Set("Sec-WebSocket-Key", "x") }, 400},
		"of another version":     {func(r *http.Request) { r.Header.Set("Sec-WebSocket-Version", "8") }, 400},
		"without Connection":     {func(r *http.Request) { r.Header.Del("Connection") }, 426},
		"to another protocol":    {func(r *http.Request) { r.Header.Set("Upgrade", "h2c") }, 405},
		"of a foreign by POST":   {func(r *http.Request) { r.Method = http.MethodPost; r.Header.Set("Origin", "https://evil.example") }, 403},
		"with the page's origin": {func(r *http.Request) { r.Header.Set("Origin", page); r.Header.Del("Sec-WebSocket-Key") }, 400},
	} {
		l.isNoHandshake(t, name, tt.change, tt.want)
	}
	l.dial(t, nil).answers() // none of them counts as a socket
	l.isNoHandshake(t, "without a key, beside as many sockets as may be", func(r *http.Request) { r.Header.Del("Sec-WebSocket-Key") }, 400)
}

// isNoHandshake sends a handshake that was changed, and fails unless it is refused with the status, and one line of the security log.
func (l *live) isNoHandshake(t *testing.T, name string, change func(*http.Request), want int) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for field, value := range map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
		"Sec-WebSocket-Protocol": protocol,
	} {
		r.Header.Set(field, value)
	}
	change(r)
	l.log.take()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != want {
		t.Errorf("%s: status %d, want %d", name, response.StatusCode, want)
	}
	line := fmt.Sprintf(" address=127.0.0.1 organisation=\"\" agent=\"\" code=%s status=%d bytes=0\n", map[bool]string{true: "FORBIDDEN", false: "BAD_REQUEST"}[want == 403], want)
	if lines := l.log.take(); strings.Count(lines, "\n") != 1 || !strings.HasSuffix(lines, line) {
		t.Errorf("%s: the security log has %q, want one line that ends with %q", name, lines, line)
	}
}

func TestWhatComesWithTheHandshakeIsRead(t *testing.T) {
	l := newLive(t)
	for _, padding := range []int{0, 900, 1000, 3000} { // beyond the socket's own buffer too
		first := strings.Replace(l.initAs(t, ada), "{", "{"+strings.Repeat(" ", padding), 1)
		w := l.connect(t)
		w.write([]byte(handshakeText(offers) + string(frame(lastText, first)) + string(frame(lastText, ping)[:3])))
		w.upgraded()
		w.hears(ack)
		w.write(frame(lastText, ping)[3:])
		w.hears(pong)
		w.say(ping)
		w.hears(pong)
	}
}
