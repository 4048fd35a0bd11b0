package graph_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// writing is a mutation that would leave a note, and writingBody a request of it.
const (
	writing     = `mutation { addNote(input: { contactId: "contact_empty", body: "` + marker + `" }) { problems { code } } }`
	writingBody = `{"query":"mutation { addNote(input: { contactId: \"contact_empty\", body: \"` + marker + `\" }) { problems { code } } }"}`
)

// bomb is a body of 10 MB, compressed.
func bomb(tb testing.TB) string {
	tb.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := io.Copy(z, io.MultiReader(strings.NewReader(writingBody), strings.NewReader(strings.Repeat(" ", 10<<20)))); err != nil {
		tb.Fatal(err)
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

func TestAbusesOfHTTPAreRefusedAndNotExecuted(t *testing.T) {
	l := newLive(t)
	l.ask(t, ada, "{ viewer { id } }", nil) // admitted
	typed := func(contentType string) http.Header { return http.Header{"Content-Type": {contentType}} }
	none := http.Header{}
	form := url.Values{"query": {writing}}.Encode()
	const multipart = "--x\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n" + writingBody + "\r\n--x\r\nContent-Disposition: form-data; name=\"map\"\r\n\r\n{}\r\n--x--\r\n"
	handshake := func(more http.Header) http.Header {
		out := http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"AAAAAAAAAAAAAAAAAAAAAA=="}, "Sec-Websocket-Protocol": {protocol}}
		for name, values := range more {
			out[name] = values
		}
		return out
	}
	for _, tt := range []struct {
		row, name, method, target string
		header                    http.Header
		body                      string
		status                    int
	}{
		{"B3", "text/plain", http.MethodPost, "", typed("text/plain"), writingBody, 415}, {"B3", "text/plain with a charset", http.MethodPost, "", typed("text/plain;charset=UTF-8"), writingBody, 415},
		{"B3", "urlencoded", http.MethodPost, "", typed("application/x-www-form-urlencoded"), form, 415}, {"B3", "urlencoded JSON", http.MethodPost, "", typed("application/x-www-form-urlencoded"), writingBody, 415},
		{"B3", "multipart", http.MethodPost, "", typed("multipart/form-data; boundary=x"), multipart, 415}, {"B3", "none", http.MethodPost, "", http.Header{"Content-Type": nil}, writingBody, 415},
		{"B3", "a document alone", http.MethodPost, "", typed("application/graphql"), writing, 415}, {"B3", "two at once", http.MethodPost, "", typed("text/plain, application/json"), writingBody, 415},
		{"B3", "a form in the address", http.MethodPost, "?" + form, typed("application/x-www-form-urlencoded"), "", 415},
		{"B4", "UTF-7", http.MethodPost, "", typed("application/json; charset=utf-7"), writingBody, 415}, {"B4", "UTF-16", http.MethodPost, "", typed("application/json; charset=utf-16"), writingBody, 415},
		{"B4", "Latin-1, quoted", http.MethodPost, "", typed(`application/json; charset="iso-8859-1"`), writingBody, 415},
		{"B5", "GET of a query", http.MethodGet, "?query=%7Bviewer%7Bid%7D%7D", none, "", 405}, {"B5", "GET of a mutation", http.MethodGet, "?" + form, none, "", 405},
		{"B5", "GET with a body", http.MethodGet, "", none, writingBody, 405}, {"B5", "HEAD", http.MethodHead, "?" + form, none, "", 405}, {"B5", "PUT", http.MethodPut, "", none, writingBody, 405},
		{"B5", "PATCH", http.MethodPatch, "", none, writingBody, 405}, {"B5", "DELETE", http.MethodDelete, "", none, writingBody, 405}, {"B5", "TRACE", http.MethodTrace, "?" + form, none, "", 405},
		{"B5", "QUERY", "QUERY", "", none, writingBody, 405}, {"B5", "a method that another header names", http.MethodGet, "?" + form, http.Header{"X-Http-Method-Override": {"POST"}}, "", 405},
		{"B12", "a gzip bomb", http.MethodPost, "", http.Header{"Content-Encoding": {"gzip"}}, bomb(t), 415}, {"B12", "a gzip bomb that does not say so", http.MethodPost, "", none, bomb(t), 400},
		{"B12", "deflate", http.MethodPost, "", http.Header{"Content-Encoding": {"deflate"}}, writingBody, 415}, {"B12", "identity", http.MethodPost, "", http.Header{"Content-Encoding": {"identity"}}, writingBody, 415},
		{"B13", "a handshake by POST", http.MethodPost, "", handshake(nil), writingBody, 400}, {"B13", "a handshake by PUT", http.MethodPut, "", handshake(nil), writingBody, 400},
		{"B13", "a handshake by POST without a key", http.MethodPost, "", handshake(http.Header{"Sec-Websocket-Key": nil}), writingBody, 400},
		{"B13", "Upgrade alone", http.MethodPost, "", http.Header{"Upgrade": {"websocket"}}, writingBody, 400}, {"B13", "Upgrade in capitals", http.MethodPost, "", http.Header{"Upgrade": {"WebSocket"}}, writingBody, 400},
		{"B13", "a handshake by GET with a body", http.MethodGet, "?" + form, handshake(http.Header{"Sec-Websocket-Key": nil}), writingBody, 400},
		{"B13", "a handshake by GET that does not connect", http.MethodGet, "?" + form, handshake(http.Header{"Connection": nil}), "", 426},
	} {
		t.Run(tt.row+", "+tt.name, func(t *testing.T) {
			l.store.seen.take()
			l.log.take()
			aside := *l.world
			aside.url += "/" + tt.target
			got := aside.send(t, request{method: tt.method, header: tt.header, body: strings.NewReader(tt.body)})
			if got.status != tt.status {
				t.Errorf("status %d, want %d: %.300s", got.status, tt.status, got.body)
			}
			if allow := got.header.Get("Allow"); (got.status == http.StatusMethodNotAllowed) != (allow == http.MethodPost) {
				t.Errorf("status %d allows %q", got.status, allow)
			}
			if strings.Contains(fmt.Sprint(got.header, string(got.body)), marker) || len(got.body) > 8<<10 {
				t.Errorf("the refusal repeats it or is long: %v %.300s", got.header, got.body)
			}
			if calls := l.store.seen.take(); len(calls) > 0 {
				t.Errorf("the store is asked %v", calls)
			}
			if lines := l.log.take(); strings.Contains(lines, marker) || strings.Count(lines, "\n") != 1 && tt.method != http.MethodGet || len(lines) > 500 {
				t.Errorf("the log has %q", lines)
			}
		})
	}
	if got := l.ask(t, ada, `{ contact(id: "contact_empty") { notes { totalCount } } }`, nil); got.at(t, "data", "contact", "notes", "totalCount") != 0.0 {
		t.Errorf("something was written: %s", got.body)
	}
}

// B14: the id of a request stands in headers and logs, and is a caller's only when it can.
func TestB14RequestIDsCannotBreakHeadersOrLogs(t *testing.T) {
	w := newWorld(t)
	made := regexp.MustCompile(`^request_[0-9a-z]{26}$`)
	for name, tt := range map[string]struct {
		value  string
		status int
		want   string // "" is a new one
	}{
		"B14, sane": {"a-1", 401, "a-1"}, "B14, a header behind CRLF": {"a\r\nX-Smuggled: " + marker, 401, "a"}, "B14, CRLF written as in an address": {"a%0d%0aX-Smuggled:" + marker, 401, ""},
		"B14, a line that goes on": {"a\r\n  X-Smuggled:" + marker, 401, ""}, "B14, CR alone": {"a\rX-Smuggled: " + marker, 400, ""}, "B14, LF alone": {"a\nX-Smuggled: " + marker, 401, "a"},
		"B14, NUL": {"a\x00" + marker, 400, ""}, "B14, an escape": {"a\x1b[31m" + marker, 400, ""}, "B14, a field of the log": {"a code=OK " + marker, 401, ""},
		"B14, twice": {"a\r\nX-Request-Id: " + marker, 401, "a"}, "B14, U+2028": {"a\u2028" + marker, 401, ""}, "B14, 65 characters": {strings.Repeat("a", 65), 401, ""},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nX-Request-Id: %s\r\nContent-Length: %d\r\n\r\n%s", tt.value, len(viewerQuery), viewerQuery)
			r, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Body.Close()
			ids, lines := r.Header.Values("X-Request-Id"), w.log.take()
			if r.StatusCode != tt.status || strings.Contains(fmt.Sprint(r.Header, lines), marker) || r.Header.Get("X-Smuggled") != "" {
				t.Errorf("status %d, want %d; %v; the log: %q", r.StatusCode, tt.status, r.Header, lines)
			}
			if r.StatusCode == http.StatusBadRequest { // the server's own, before there is an id
				return
			}
			if len(ids) != 1 || tt.want != "" && ids[0] != tt.want || tt.want == "" && !made.MatchString(ids[0]) {
				t.Errorf("the answer's ids are %q, want %q", ids, tt.want)
			}
			if len(ids) == 1 && (strings.Count(lines, "\n") != 1 || !strings.Contains(lines, " request_id="+ids[0]+" ")) {
				t.Errorf("the log: %q", lines)
			}
		})
	}
}
