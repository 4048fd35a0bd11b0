package graph_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"contactpanel/contact"
)

// benchContact is what the benchmarks ask for: two profiles, VIP, 25 attributes that are set and 20 notes.
const benchContact = "contact_bench"

func newBenchWorld(b *testing.B) (*world, []byte) {
	b.Helper()
	w := newWorld(b)
	return w, fillBenchWorld(b, w)
}

// fillBenchWorld makes the contact and returns the body of a panel query.
func fillBenchWorld(b *testing.B, w *world) []byte {
	b.Helper()
	w.putSamples(b)
	attributes := contact.SampleAttributes(early)
	w.put(b, acme, func(ctx context.Context, tx contact.Tx) error {
		for i := len(attributes); i < 25; i++ {
			key := fmt.Sprint("bench", i)
			d := contact.Definition{
				ID: contact.ID("definition_" + key), Key: key, Kind: contact.KindCustom, ValueType: contact.TypeText, Section: "about", Order: 1000 + i,
				Labels: contact.Localised{{Locale: "en", Text: "Bench"}, {Locale: "de", Text: "Bank"}}, Rules: contact.RuleSet{MaxValues: 1},
				Version: 1, CreatedAt: early, UpdatedAt: early,
			}
			if err := tx.PutDefinition(ctx, acme, d); err != nil {
				return err
			}
			attributes = append(attributes, contact.AttributeRecord{
				Key: key, Type: contact.TypeText, Values: []contact.StoredValue{{Value: "A text of middling length."}}, Origin: contact.OriginAgent, SetBy: author, SetAt: early, Version: 1,
			})
		}
		return nil
	})
	w.putContact(b, acme, contact.Contact{
		ID: benchContact, Name: "Bea Bench", Attributes: attributes, VIP: contact.VIP{IsVIP: true, Since: &early, By: &author, Reason: "Press"},
		Profiles: []contact.Profile{{ID: "profile_bench", Network: contact.X, Handle: "bench"}, {ID: "profile_bench2", Network: contact.Telegram, Handle: "bench"}},
	})
	for i := range 20 {
		w.putNote(b, acme, contact.Note{
			ID: contact.ID(fmt.Sprint("note_bench", 10+i)), Contact: benchContact, Author: author, CreatedAt: early.Add(time.Duration(i) * time.Minute),
			Body: "Called about the invoice of last month; wants a copy by mail and a call back on Monday.",
		})
	}
	body := requestBody(b, document(b, "panel"), map[string]any{"id": benchContact, "firstNotes": 20})
	if got := w.send(b, request{body: bytes.NewReader(body)}); got.codes(b) != "" {
		b.Fatalf("%s", got.body)
	}
	return body
}

// BenchmarkPanel asks for the whole panel through the HTTP handler, without a connection.
func BenchmarkPanel(b *testing.B) {
	w, body := newBenchWorld(b)
	benchmarkHandler(b, w, func() []byte { return body })
}

// BenchmarkPanelNewDocument is a document that was never seen: it is parsed and validated anew.
func BenchmarkPanelNewDocument(b *testing.B) {
	w, _ := newBenchWorld(b)
	text, n := document(b, "panel"), 0
	benchmarkHandler(b, w, func() []byte {
		n++
		return requestBody(b, fmt.Sprint(text, "# ", n), map[string]any{"id": benchContact, "firstNotes": 20})
	})
}

// BenchmarkPanelNewCatalog is the first query after a change of the organisation's definitions.
func BenchmarkPanelNewCatalog(b *testing.B) {
	w, body := newBenchWorld(b)
	section := contact.Section{ID: "section_bench", Key: "bench", Labels: contact.Localised{{Locale: "en", Text: "Bench"}}, Version: 1}
	benchmarkHandler(b, w, func() []byte {
		b.StopTimer()
		w.put(b, acme, func(ctx context.Context, tx contact.Tx) error { return tx.PutSection(ctx, acme, section) })
		b.StartTimer()
		return body
	})
}

// BenchmarkViewer is what every request costs before it asks the store for anything.
func BenchmarkViewer(b *testing.B) {
	w, _ := newBenchWorld(b)
	body := requestBody(b, "{ viewer { id } }", nil)
	benchmarkHandler(b, w, func() []byte { return body })
}

// sink is a response writer that keeps nothing but the status and the number of bytes.
type sink struct {
	header http.Header
	status int
	bytes  int
}

func (s *sink) Header() http.Header  { return s.header }
func (s *sink) WriteHeader(code int) { s.status = code }
func (s *sink) Write(p []byte) (int, error) {
	s.bytes += len(p)
	return len(p), nil
}

func benchmarkHandler(b *testing.B, w *world, body func() []byte) {
	b.Helper()
	token := w.token(b, ada)
	out := &sink{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		w.serve(b, token, body(), out)
		if out.status != http.StatusOK {
			b.Fatalf("status %d", out.status)
		}
	}
	b.ReportMetric(float64(out.bytes), "answer-B/op")
}

// serve hands a request to the handler, without a connection.
func (w *world) serve(tb testing.TB, token string, body []byte, out *sink) {
	tb.Helper()
	r := httptest.NewRequestWithContext(tb.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", token)
	clear(out.header)
	out.bytes = 0
	w.handler.ServeHTTP(out, r)
}

// BenchmarkFragmentChain refuses 1.1 KB of fragments that each spread the next twice.
func BenchmarkFragmentChain(b *testing.B) {
	w := newWorld(b)
	body, token, out := requestBody(b, chain(28, doubling), nil), w.token(b, ada), &sink{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		w.serve(b, token, body, out)
		if out.status != http.StatusBadRequest {
			b.Fatalf("status %d", out.status)
		}
	}
}

// BenchmarkPanelOverHTTP is the whole panel over a connection on loopback, by one client.
func BenchmarkPanelOverHTTP(b *testing.B) {
	w, body := newBenchWorld(b)
	token := w.token(b, ada)
	b.ReportAllocs()
	for b.Loop() {
		overHTTP(b, w, token, body)
	}
}

// BenchmarkPanelOverHTTPParallel is the same by as many clients as there are processors.
func BenchmarkPanelOverHTTPParallel(b *testing.B) {
	w, body := newBenchWorld(b)
	token := w.token(b, ada)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			overHTTP(b, w, token, body)
		}
	})
}

func overHTTP(b *testing.B, w *world, token string, body []byte) {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		b.Error(err)
		return
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Error(err)
		return
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
		b.Errorf("status %d: %v", response.StatusCode, err)
	}
}
