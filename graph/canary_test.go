package graph_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/graph"
)

// TestNothingThatClientsSendIsRepeatedInLogsOrRefusals puts the marker into everything that a client can write, in requests that
// are refused at every step of the way.
func TestNothingThatClientsSendIsRepeatedInLogsOrRefusals(t *testing.T) {
	everywhere := http.Header{
		"X-Request-Id": {"<" + marker + ">"}, "User-Agent": {marker}, "Accept-Language": {marker}, "Cookie": {"a=" + marker}, "Referer": {"https://" + marker},
		"X-Forwarded-For": {marker}, "Forwarded": {"for=" + marker}, "X-Org-Id": {marker}, marker: {marker}, "Accept": {plain + ", text/" + marker + ";q=0.1"},
	}
	body := func(query string) string {
		return string(requestBody(t, query, map[string]any{marker: marker}))
	}
	good := body("query " + marker + " { viewer { id } }")
	for name, tt := range map[string]struct {
		method, body string
		header       http.Header
		change       func(*graph.Deps)
		want         int
	}{
		"a method":             {method: http.MethodPut, body: good, want: 405},
		"a method of nobody's": {method: strings.ToUpper(marker), body: good, want: 405},
		"an answer type":       {header: http.Header{"Accept": {"text/" + marker}}, body: good, want: 406},
		"a content type":       {header: http.Header{"Content-Type": {"text/" + marker}}, body: good, want: 415},
		"an encoding":          {header: http.Header{"Content-Encoding": {marker}}, body: good, want: 415},
		"an origin":            {header: http.Header{"Origin": {"https://" + marker}}, body: good, want: 403},
		"no token":             {header: http.Header{"Authorization": nil}, body: good, want: 401},
		"a bad token":          {header: http.Header{"Authorization": {"Bearer " + marker}}, body: good, want: 401},
		"many headers":         {change: func(d *graph.Deps) { d.Limits.HeaderFields = 5 }, body: good, want: 431},
		"a large body":         {change: func(d *graph.Deps) { d.Limits.BodyBytes = 20 }, body: good, want: 413},
		"a body that is none":  {body: marker, want: 400},
		"an unknown member":    {body: `{"` + marker + `":"` + marker + `"}`, want: 400},
		"a long document":      {change: func(d *graph.Deps) { d.Limits.DocumentBytes = 10 }, body: good, want: 400},
		"a document of prose":  {body: body(marker + " has called"), want: 200},
		"a bad value":          {body: body(`query ` + marker + ` { contacts(first: "` + marker + `") { totalCount } }`), want: 200},
		"a bad variable":       {body: string(requestBody(t, "query "+marker+" ($n: Int) { contacts(first: $n) { totalCount } }", map[string]any{"n": marker})), want: 200},
		"no points":            {change: ratesOf(func(r *graph.Rates) { r.AgentRate, r.AgentBurst = 1, 1 }), body: body("query " + marker + " { contacts { totalCount } }"), want: 429},
		"things not there":     {body: body(`query ` + marker + ` { contact(id: "` + marker + `") { id } }`), want: 200},
		"an unknown note":      {body: body(`mutation { deleteNote(input: { noteId: "` + marker + `", expectedVersion: 1 }) { problems { message } } }`), want: 200},
	} {
		changes := []func(*graph.Deps){behindProxy, ratesOf(func(r *graph.Rates) { r.NotFoundRate = 1 })}
		if tt.change != nil {
			changes = append(changes, tt.change)
		}
		w := newFullWorld(t, changes...)
		w.url += "/" + marker + "?" + marker + "=" + marker
		header := everywhere.Clone()
		for field, values := range tt.header {
			header[field] = values
		}
		got := w.send(t, request{method: tt.method, header: header, body: strings.NewReader(tt.body)})
		if got.status != tt.want {
			t.Errorf("%s: status %d, want %d: %s", name, got.status, tt.want, got.body)
		}
		if strings.Contains(fmt.Sprint(string(got.body), got.header), marker) {
			t.Errorf("%s: the answer repeats what was sent: %v %s", name, got.header, got.body)
		}
		switch lines := w.log.take(); {
		case strings.Contains(strings.ToLower(lines), marker):
			t.Errorf("%s: the log repeats what was sent: %s", name, lines)
		case strings.Count(lines, "\n") != 1 && name != "an unknown note" || len(lines) > 500:
			t.Errorf("%s: the log has not just one short line: %s", name, lines)
		}
	}
}

func TestNothingThatSocketsSayIsRepeatedInLogsOrRefusals(t *testing.T) {
	for name, say := range map[string]string{
		"no JSON": marker, "an unknown type": `{"type":"` + marker + `"}`, "a bad id": `{"type":"subscribe","id":"` + marker + `\n","payload":{}}`,
		"no request":   `{"type":"subscribe","id":"a","payload":{"` + marker + `":1}}`,
		"a bad token":  `{"type":"connection_init","payload":{"Authorization":"Bearer ` + marker + `","` + marker + `":"` + marker + `"}}`,
		"no token":     `{"type":"connection_init","payload":{"token":"` + marker + `"}}`,
		"too early":    asks(t, "a", "query "+marker+" { viewer { id } }", nil),
		"a bad value":  asks(t, "a", `query `+marker+` { contacts(first: "`+marker+`") { totalCount } }`, map[string]any{marker: marker}),
		"a large one":  asks(t, "a", "{ viewer { id } } # "+strings.Repeat(marker, 10<<10), nil),
		"a long query": asks(t, "a", "{ viewer { id } } # "+strings.Repeat(marker, 3<<10), nil),
	} {
		l := newLive(t, behindProxy)
		c := l.dial(t, http.Header{"X-Request-Id": {"<" + marker + ">"}, "User-Agent": {marker}, "X-Forwarded-For": {marker}, "Origin": {page}, marker: {marker}})
		if strings.HasPrefix(name, "a") && name != "a bad token" {
			c.say(l.initAs(t, ada))
			c.hears(ack)
		}
		if err := c.try(say); err != nil {
			t.Logf("%s: %v", name, err) // the server may close before it has read it all
		}
		heard, err := c.listen()
		if err == nil {
			c.say(completes("a"))
			c.answers()
		}
		if strings.Contains(fmt.Sprint(heard, err), marker) {
			t.Errorf("%s: the answer repeats what was said: %s, %v", name, heard, err)
		}
		lines := l.log.take()
		for end := time.Now().Add(allowed); lines == "" && time.Now().Before(end); {
			lines = l.log.take() // the line may come after the close
		}
		if strings.Contains(lines, marker) || strings.Count(lines, "\n") != 1 || !strings.Contains(lines, `msg="request refused"`) {
			t.Errorf("%s: the log: %q", name, lines)
		}
	}
}

func TestSecurityLogSaysWhoWhatAndHowLargeAndStaysShort(t *testing.T) {
	w := newWorld(t)
	const bad = `{"query":"{ nothing }"}`
	w.send(t, request{body: strings.NewReader(bad)})
	const want = `level=WARN msg="request refused" request_id=golden address=127.0.0.1 organisation=acme agent="Ada Agent" code=GRAPHQL_VALIDATION_FAILED status=200 bytes=23`
	if got := w.log.take(); !strings.HasSuffix(strings.TrimSpace(got), want) {
		t.Errorf("the log: %s; want %s", got, want)
	}
	for range 1000 {
		w.send(t, request{body: strings.NewReader(bad)})
	}
	if n := strings.Count(w.log.take(), "\n"); n != 59 {
		t.Errorf("%d lines of a flood, want 59", n)
	}
	w.clock.advance(time.Minute)
	w.send(t, request{body: strings.NewReader(bad)})
	if got := w.log.take(); !strings.Contains(got, "lines_left_out=941") {
		t.Errorf("after the flood: %s", got)
	}
}

func TestSecurityLogOfManyAddressesStaysShort(t *testing.T) {
	w := newWorld(t, behindProxy)
	for i := range 1000 {
		header := http.Header{"X-Forwarded-For": {fmt.Sprintf("203.0.%d.%d", i/250, i%250)}, "Authorization": {"Bearer x"}}
		w.send(t, request{header: header, body: strings.NewReader(viewerQuery)})
	}
	if n := strings.Count(w.log.take(), "\n"); n != 600 {
		t.Errorf("%d lines of a flood from many addresses, want 600", n)
	}
}

func TestB2BodyThatComesTooSlowlyIsGivenUp(t *testing.T) {
	w := newWorld(t, func(d *graph.Deps) { d.Limits.BodyTime = 200 * time.Millisecond })
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: %s\r\nContent-Length: 100\r\n\r\n", w.token(t, ada))
	ended := make(chan struct{})
	go func() { // a byte now and then, as long as the server takes it
		defer close(ended)
		pace := time.NewTicker(20 * time.Millisecond)
		defer pace.Stop()
		for _, err := io.WriteString(conn, " "); err == nil; _, err = io.WriteString(conn, " ") {
			<-pace.C
		}
	}()
	conn.SetReadDeadline(time.Now().Add(allowed))
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || r.StatusCode != http.StatusRequestTimeout || !r.Close {
		t.Fatalf("%+v, %v; want status 408, and the connection closed", r, err)
	}
	defer r.Body.Close()
	<-ended // the server has closed the connection
}

func TestTimeOfTheBodyDoesNotEndWhatRuns(t *testing.T) {
	w := newWorld(t, func(d *graph.Deps) {
		d.Limits.BodyTime = 100 * time.Millisecond
		signIn := d.SignIn
		d.SignIn = func(ctx context.Context, authorization string) (contact.Actor, error) {
			select {
			case <-ctx.Done():
				return contact.Actor{}, ctx.Err()
			case <-time.After(400 * time.Millisecond):
				return signIn(ctx, authorization)
			}
		}
	})
	if got := w.ask(t, ada, "{ viewer { id } }", nil); got.status != 200 || got.codes(t) != "" {
		t.Errorf("status %d: %s", got.status, got.body)
	}
}
