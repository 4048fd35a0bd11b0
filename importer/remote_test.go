package importer_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
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
	ctx, contacts := organisation(t)
	var calls atomic.Int32
	url, authorization := gateway(t, contacts, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if calls.Add(1)%2 == 1 {
				w.Header().Set("Retry-After", "0")
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			h.ServeHTTP(w, r)
		})
	})
	if _, sum := run(ctx, t, importer.Remote(http.DefaultClient, url, authorization), options("", nil), written(t, generated(25))); sum.Created != 25 {
		t.Errorf("Run = %+v, want 25 created", sum)
	}
}

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
				if calls.Add(1) == 3 { // the definitions, ten rows, and then
					fail(w, r)
					return
				}
				h.ServeHTTP(w, r)
			})
		})
		var out strings.Builder
		sum, err := importer.Run(ctx, importer.Remote(http.DefaultClient, url, authorization), []string{written(t, generated(25))}, options("", &out))
		if err == nil || sum.Created != 10 {
			t.Errorf("a gateway that %s: Run = %+v, %v; want an error and 10 created", name, sum, err)
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
