package importer_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"contactpanel/auth"
	"contactpanel/contact"
	"contactpanel/graph"
	"contactpanel/importer"
	"contactpanel/language"
)

// gateway serves the organisation with real tokens, and returns its URL and the header of an integration.
func gateway(tb testing.TB, contacts *contact.Contacts, door func(http.Handler) http.Handler) (url, authorization string) {
	tb.Helper()
	issuer, err := auth.Development(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	handler := graph.NewHandler(graph.Deps{
		Contacts: contacts, SignIn: issuer.Guard(time.Now).Actor, Languages: language.New().Preferred,
		Log: slog.New(slog.DiscardHandler),
	})
	server := httptest.NewServer(door(handler))
	tb.Cleanup(server.Close)
	token, err := issuer.Issue(auth.TokenRequest{Agent: "import", Org: "acme", Role: contact.RoleIntegration}, time.Now())
	if err != nil {
		tb.Fatal(err)
	}
	return server.URL, "Bearer " + token
}

func open(h http.Handler) http.Handler { return h }

// Everything that a file may say must end alike, whether the import writes itself or asks a gateway.
func TestBothTargetsGiveTheSameReport(t *testing.T) {
	text := strings.ReplaceAll(`customer_number;email;website;avatar_url;member_until;seen_at;topics;score;name;links;note;network;handle;nicknames
O-1;x@@y;;;;;;;;;;;;
O-2;;nowhere;;;;;;;;;;;
O-3;;;ftp://x;;;;;;;;;;
O-4;;;;2020-13-01;;;;;;;;;
O-5;;;;;yesterday;;;;;;;;
O-6;;;;;;sky;;;;;;;
O-7;;;;;;;1.5e3;;;;;;
O-8;;;;;;;9007199254740993;;;;;;
O-9;;;;;;;0,5;;;;;;
O-10;;;;;;;;NUL NAME;;;;;
O-11;;;;;;;;<b>"\ &amp; 👩‍👩‍👧 e�;;;;;
O-12;;;;;;;;;HUGE;;;;
O-13;;;;;;;;;;LONG;;;
O-14;;;;;;;;;;;x;@@@;
O-15;;;;;;;;;;;x;one;two
O-16;;;;;;;;;;;x;ONE;
O-17;MANY;;;;;;;;;;;;
O-18;;;;;;;;;;;;;  padded  
`, "NUL", "\x00")
	text = strings.NewReplacer("HUGE", strings.Repeat("https://a.example/", 8000), "LONG", strings.Repeat("\U0001F600\x01", 9000),
		"MANY", strings.Repeat("a@example.com b@example.com;", 60)).Replace(text)
	oddities := written(t, text)
	files := []string{
		"testdata/dirty.csv", "testdata/kontakte-de.csv", "testdata/adressbuch.vcf", oddities, "testdata/dirty.csv",
	}
	report := func(target func(*contact.Contacts) importer.Target) string {
		ctx, contacts := organisation(t)
		define(ctx, t, contacts)
		var out strings.Builder
		if _, err := importer.Run(ctx, target(contacts), files, options("DE", &out)); err != nil {
			t.Errorf("Run = %v", err)
		}
		return out.String()
	}
	here := report(importer.Local)
	there := report(func(contacts *contact.Contacts) importer.Target {
		url, authorization := gateway(t, contacts, open)
		return importer.Remote(http.DefaultClient, url, authorization)
	})
	if here != there {
		t.Errorf("the import itself reports\n%.3000s\nand through the gateway\n%.3000s", here, there)
	}
	if lines, sum := readReport(t, here); sum.Created < 500 || len(lines) < 40 {
		t.Errorf("the report has %d refusals and %+v, want both good and bad rows", len(lines), sum)
	}
}

func TestGatewayThatAsksForPatienceIsAskedAgain(t *testing.T) {
	for name, refusal := range map[string]struct {
		status int
		header string
		body   string
	}{
		"for its rate":                    {http.StatusTooManyRequests, "0", ""},
		"because it is full":              {http.StatusServiceUnavailable, "0", ""},
		"by its rate, to the millisecond": {http.StatusTooManyRequests, "3600", `{"errors":[{"message":"later","extensions":{"code":"RATE_LIMITED","retryAfterMs":20}}]}`},
		"by its answer, and is full":      {http.StatusServiceUnavailable, "3600", `{"errors":[{"message":"later","extensions":{"code":"OVERLOADED","retryAfterMs":20}}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, contacts := organisation(t)
			var calls atomic.Int32
			url, authorization := gateway(t, contacts, func(h http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if calls.Add(1)%2 == 1 {
						w.Header().Set("Retry-After", refusal.header)
						w.WriteHeader(refusal.status)
						_, _ = io.WriteString(w, refusal.body)
						return
					}
					h.ServeHTTP(w, r)
				})
			})
			var log strings.Builder
			opts := options("", nil)
			opts.Log = &log
			if _, sum := run(ctx, t, importer.Remote(http.DefaultClient, url, authorization), opts, written(t, generated(25))); sum.Created != 25 {
				t.Errorf("Run = %+v, want 25 created", sum)
			}
			if calls.Load() != 6 { // the definitions, fifteen rows and ten, twice each
				t.Errorf("%d requests, want 6", calls.Load())
			}
			if said := strings.Contains(log.String(), "waiting because the gateway asked for it"); said != (refusal.body != "") {
				t.Errorf("the progress says %q", &log)
			}
		})
	}
}

func TestGatewayThatAsksForPatienceForEverIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		client := &http.Client{Transport: answering(func() *http.Response {
			calls++
			return &http.Response{
				StatusCode: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"1"}},
				Body: io.NopCloser(strings.NewReader(`{"errors":[{"message":"too much","extensions":{"code":"OVERLOADED","retryAfterMs":1000}}]}`)),
			}
		})}
		began := time.Now()
		_, err := importer.Remote(client, "http://gateway.example/graphql", "Bearer x").Upsert(t.Context(), make([]contact.UpsertInput, 1))
		took := time.Since(began)
		if contact.CodeOf(err) != contact.Overloaded || took < 9*time.Minute || took > 10*time.Minute || calls > 60 {
			t.Errorf("after %s and %d requests: %v", took, calls, err)
		}
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("asked %d times, waiting %s in all", calls, took)) {
			t.Errorf("the error is %v, want it to say %d times and %s", err, calls, took)
		}
	})
}

// countingLater counts the answers that ask for patience.
type countingLater struct{ times int }

func (c *countingLater) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && (answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode == http.StatusServiceUnavailable) {
		c.times++
	}
	return answer, err
}

func TestAnImportMeetsNoneOfTheRatesThatAreShipped(t *testing.T) {
	const rows = 1200
	ctx, contacts := organisation(t)
	url, authorization := gateway(t, contacts, open)
	later := &countingLater{}
	_, sum := run(ctx, t, importer.Remote(&http.Client{Transport: later}, url, authorization), options("", nil), written(t, generated(rows)))
	if sum.Created != rows || later.times > 0 {
		t.Errorf("Run = %+v, asked for patience %d times; want %d created and none", sum, later.times, rows)
	}
}

// answering is the way to a gateway that answers all alike.
type answering func() *http.Response

func (a answering) RoundTrip(*http.Request) (*http.Response, error) { return a(), nil }

func TestGatewayThatFailsStopsTheRunAfterWhatItAcknowledged(t *testing.T) {
	for name, fail := range map[string]http.HandlerFunc{
		"closes the connection": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"answers no GraphQL":    func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		"answers nothing":       func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"data":null}`) },
		"leaves a row out":      func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"data":{}}`) },
		"is out of order": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, `{"errors":[{"message":"the store does not answer","extensions":{"code":"DB_UNAVAILABLE"}}]}`)
		},
	} {
		ctx, contacts := organisation(t)
		var calls atomic.Int32
		url, authorization := gateway(t, contacts, func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if calls.Add(1) == 3 { // the definitions, fifteen rows, and then
					fail(w, r)
					return
				}
				h.ServeHTTP(w, r)
			})
		})
		var out strings.Builder
		sum, err := importer.Run(ctx, importer.Remote(http.DefaultClient, url, authorization), []string{written(t, generated(25))}, options("", &out))
		if err == nil || sum.Created != 15 {
			t.Errorf("a gateway that %s: Run = %+v, %v; want an error and 15 created", name, sum, err)
		}
		if name == "is out of order" && contact.CodeOf(err) != contact.Unavailable {
			t.Errorf("a gateway that %s: the error is %v, want %s", name, err, contact.Unavailable)
		}
		if _, reported := readReport(t, out.String()); reported != sum {
			t.Errorf("a gateway that %s: reported %+v, want %+v", name, reported, sum)
		}
	}
}

func TestTokenThatDoesNotHoldIsAnError(t *testing.T) {
	ctx, contacts := organisation(t)
	url, _ := gateway(t, contacts, open)
	var out strings.Builder
	_, err := importer.Run(ctx, importer.Remote(http.DefaultClient, url, "Bearer x"), []string{written(t, generated(1))}, options("", &out))
	if contact.CodeOf(err) != contact.Unauthenticated {
		t.Errorf("Run = %v, want %s", err, contact.Unauthenticated)
	}
	if _, sum := readReport(t, out.String()); sum != (importer.Summary{}) {
		t.Errorf("reported %+v, want nothing", sum)
	}
}

// The rate through a gateway on the same machine.
func BenchmarkImportThroughGateway(b *testing.B) {
	const rows = 2000
	file := written(b, generated(rows))
	for b.Loop() {
		b.StopTimer()
		ctx, contacts := organisation(b)
		url, authorization := gateway(b, contacts, open)
		b.StartTimer()
		if _, sum := run(ctx, b, importer.Remote(http.DefaultClient, url, authorization), options("", nil), file); sum.Created != rows {
			b.Fatalf("%d rows give %+v", rows, sum)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
