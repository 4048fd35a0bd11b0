package graph_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/graph"
)

// behindProxy makes this machine a trusted proxy.
func behindProxy(d *graph.Deps) {
	d.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

func TestB9HeadersAreBoundedInFieldsAndBytes(t *testing.T) {
	w := newWorld(t, func(d *graph.Deps) { d.Limits.HeaderFields, d.Limits.HeaderBytes = 0, 0 })
	fields := func(header http.Header, n int) http.Header { // that the client adds itself: Host, User-Agent, Content-Length, Accept-Encoding
		for i := range n - 4 - 3 { // and Content-Type, X-Request-Id, Authorization
			header.Add("X-Many", fmt.Sprint(i))
		}
		return header
	}
	bytes := func(n int) http.Header {
		used := len("Host") + len(strings.TrimPrefix(w.url, "http://")) + 4
		for name, value := range map[string]string{
			"User-Agent": "Go-http-client/1.1", "Content-Length": fmt.Sprint(len(viewerQuery)), "Accept-Encoding": "gzip", "Content-Type": "application/json",
			"X-Request-Id": "golden", "Authorization": w.token(t, ada),
		} {
			used += len(name) + len(value) + 4
		}
		return http.Header{"X-Long": {strings.Repeat("x", n-used-len("X-Long")-4)}}
	}
	for _, tt := range []struct {
		name   string
		header http.Header
		want   int
	}{
		{"100 fields", fields(http.Header{}, 100), 200}, {"101 fields", fields(http.Header{}, 101), 431}, {"16 KiB", bytes(16 << 10), 200},
		{"16 KiB and a byte", bytes(16<<10 + 1), 431},
	} {
		w.store.seen.take()
		got := w.send(t, request{header: tt.header, body: strings.NewReader(viewerQuery)})
		if got.status != tt.want || got.status == 431 && got.codes(t) != "BAD_REQUEST" {
			t.Errorf("%s: status %d, want %d: %s", tt.name, got.status, tt.want, got.body)
		}
		if line := w.log.take(); (got.status == 431) != strings.Contains(line, "status=431") {
			t.Errorf("%s: the log: %q", tt.name, line)
		}
	}
}

func TestPagesOfForeignOriginsMaySendNothing(t *testing.T) {
	w := newWorld(t)
	own := w.url
	for _, tt := range []struct {
		name, site, origin string
		want               int
	}{
		{"a program", "", "", 200}, {"the page", "cross-site", page, 200}, {"the page in an old browser", "", page, 200},
		{"a page of the gateway", "same-origin", own, 200}, {"a page of the gateway in an old browser", "", own, 200}, {"an address that was typed in", "none", "", 200},
		{"a foreign page", "cross-site", "https://evil.example", 403}, {"a foreign page in an old browser", "", "https://evil.example", 403},
		{"a page of a neighbour", "same-site", "https://evil.example.com", 403}, {"a page without a name", "cross-site", "null", 403},
		{"a page without a name in an old browser", "", "null", 403}, {"a form that hides where it comes from", "cross-site", "", 403},
		{"the page's name as a beginning", "cross-site", page + ".evil.example", 403}, {"the page without encryption", "cross-site", "http://agents.example.com", 403},
		{"the page in capitals", "cross-site", strings.ToUpper(page), 403},
	} {
		header := http.Header{}
		if tt.site != "" {
			header.Set("Sec-Fetch-Site", tt.site)
		}
		if tt.origin != "" {
			header.Set("Origin", tt.origin)
		}
		w.store.seen.take()
		got := w.send(t, request{header: header, body: strings.NewReader(`{"query":"mutation { deleteNote(input: { noteId: \"note_a\", expectedVersion: 1 }) { problems { code } } }"}`)})
		if got.status != tt.want || got.status == 403 && got.codes(t) != "FORBIDDEN" {
			t.Errorf("%s: status %d, want %d: %s", tt.name, got.status, tt.want, got.body)
		}
		if calls := w.store.seen.take(); got.status == 403 && len(calls) > 0 {
			t.Errorf("%s: the store is asked %v", tt.name, calls)
		}
	}
	header := http.Header{"Origin": {page, "https://evil.example"}, "Sec-Fetch-Site": {"cross-site"}}
	if got := w.send(t, request{header: header, body: strings.NewReader(viewerQuery)}); got.status != 403 {
		t.Errorf("two origins: status %d, want 403", got.status)
	}
}

func TestB14ForwardedAddressOfAnUntrustedPeerIsIgnored(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*graph.Deps)
		want   string
	}{
		"without proxies": {func(*graph.Deps) {}, "127.0.0.1"},
		"with another proxy": {func(d *graph.Deps) {
			d.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
		}, "127.0.0.1"},
		"with this proxy": {behindProxy, "203.0.113.9"},
	} {
		w := newFullWorld(t, tt.change)
		header := http.Header{"X-Forwarded-For": {"198.51.100.1, 203.0.113.9"}, "X-Real-Ip": {"198.51.100.2"}, "Forwarded": {"for=198.51.100.3"}}
		got := w.send(t, request{header: header, body: strings.NewReader(
			`{"query":"mutation { addNote(input: { contactId: \"contact_empty\", body: \"x\" }) { problems { code } } }"}`)})
		if got.codes(t) != "" {
			t.Fatalf("%s: %s", name, got.body)
		}
		entries := w.auditEntries(t, acme, contact.AuditQuery{Contact: emptyContact})
		if len(entries) != 1 || entries[0].Address != tt.want {
			t.Errorf("%s: audit entries %+v; want from %s", name, entries, tt.want)
		}
		header.Set("Authorization", "Bearer x")
		w.send(t, request{header: header, body: strings.NewReader(viewerQuery)})
		if line := w.log.take(); !strings.Contains(line, "address="+tt.want+" ") {
			t.Errorf("%s: the log: %q", name, line)
		}
	}
}

func TestSocketsOfOneProxysClientsAreCountedApart(t *testing.T) {
	l := newLive(t, behindProxy, func(d *graph.Deps) { d.Limits.Live.Unidentified = 1 })
	from := func(address string) *client { return l.dial(t, http.Header{"X-Forwarded-For": {address}}) }
	from("203.0.113.1").answers()
	from("203.0.113.2").answers()
	from("2001:db8::1").answers()
	from("203.0.113.1").isClosed(1013, "Too many sockets of one address that have not said who they are")
	from("2001:db8::2").isClosed(1013, "Too many sockets of one address that have not said who they are")
	from("2001:db8:0:1::1").answers()
}

func TestB5TraceIsNotAnswered(t *testing.T) {
	w := newWorld(t)
	header := http.Header{"X-Secret": {marker}}
	got := w.send(t, request{method: http.MethodTrace, header: header})
	if got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != http.MethodPost || strings.Contains(string(got.body), marker) {
		t.Errorf("status %d, Allow %q: %s", got.status, got.header.Get("Allow"), got.body)
	}
}

func TestB14RequestsWithTwoHostsAndBrokenHeadersAreRefusedByTheServer(t *testing.T) {
	w := newWorld(t)
	for name, head := range map[string]string{
		"two hosts": "Host: a\r\nHost: b\r\n", "no host": "", "a line without a name": "Host: a\r\n: b\r\n",
		"a length twice": "Host: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n", "a negative length": "Host: a\r\nContent-Length: -1\r\n",
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(allowed))
		fmt.Fprintf(conn, "POST / HTTP/1.1\r\n%s\r\n", head)
		r, err := http.ReadResponse(bufio.NewReader(conn), nil)
		conn.Close()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		r.Body.Close()
		if r.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: status %d, want 400", name, r.StatusCode)
		}
	}
}

// TestB15ClientThatLeavesIsNotWorkedFor looks at the context of what asks the identity, which is the request's.
func TestB15ClientThatLeavesIsNotWorkedFor(t *testing.T) {
	working, ended := make(chan struct{}), make(chan struct{})
	w := newWorld(t, func(d *graph.Deps) {
		d.SignIn = func(ctx context.Context, _ string) (contact.Actor, error) {
			close(working)
			<-ctx.Done()
			close(ended)
			return contact.Actor{}, ctx.Err()
		}
	})
	ctx, leave := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, strings.NewReader(viewerQuery))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer x")
	go func() {
		<-working
		leave()
	}()
	if response, err := http.DefaultClient.Do(r); err == nil {
		response.Body.Close()
		t.Error("a client that has left is answered")
	}
	left := time.Now()
	select {
	case <-ended:
		t.Logf("the work ended %v later", time.Since(left))
	case <-time.After(allowed):
		t.Error("the work goes on")
	}
}
