package graph_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"contactpanel/contact"
	"contactpanel/graph"
)

// isCut checks that the stream ends as no whole answer does, so that its client comes back, and that nothing more was said.
func (l *sse) isCut(tb testing.TB, what string) {
	tb.Helper()
	if events, err := l.rest(); len(events) > 0 || !errors.Is(err, io.ErrUnexpectedEOF) {
		tb.Errorf("%s: the stream ends with %q, %v; want nothing more and an unexpected end", what, events, err)
	}
}

// addNote writes a note as somebody.
func (w *world) addNote(tb testing.TB, of contact.ID, body string) {
	tb.Helper()
	const query = `mutation A($id: ID!, $body: String!) { addNote(input: { contactId: $id, body: $body }) { problems { code } } }`
	w.do(tb, ada, query, map[string]any{"id": of, "body": body})
}

// putNotes writes many notes at once.
func (w *world) putNotes(tb testing.TB, of contact.ID, n int, body string) {
	tb.Helper()
	w.put(tb, acme, func(ctx context.Context, tx contact.Tx) error {
		for i := range n {
			id := contact.ID(fmt.Sprintf("note_many%d", i))
			note := contact.Note{ID: id, Contact: of, Body: body, Author: author, CreatedAt: early.Add(time.Duration(i) * time.Second), Version: 1}
			if err := tx.PutNote(ctx, acme, note); err != nil {
				return err
			}
			e := contact.Event{Contact: of, Topic: contact.TopicNotes, Type: contact.NoteAdded, Subject: string(id), Version: 1, At: early, Actor: author}
			if _, err := tx.Append(ctx, acme, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// serveAs answers by a server of other settings from now on.
func (w *world) serveAs(tb testing.TB, change func(*http.Server)) {
	tb.Helper()
	server := httptest.NewUnstartedServer(w.handler)
	change(server.Config)
	server.Start()
	tb.Cleanup(server.Close)
	w.url = server.URL
}

func TestSilentStreamHasCommentsAndOutlivesTheTimesOfARequest(t *testing.T) {
	w := newWorld(t, func(d *graph.Deps) { d.Limits.Live.KeepAlive = 20 * time.Millisecond })
	w.putFull(t)
	const ofARequest = 300 * time.Millisecond
	w.serveAs(t, func(s *http.Server) { s.ReadTimeout, s.WriteTimeout = ofARequest, ofARequest })
	l := w.listen(t, ada, addedNotes, map[string]any{"id": fullContact})
	comments := 0
	for began := time.Now(); time.Since(began) < 3*ofARequest; comments++ {
		if e, err := l.read(); err != nil || e.name != "" {
			t.Fatalf("after %v and %d comments: %q, %v; want a comment", time.Since(began), comments, e, err)
		}
	}
	if comments < 5 {
		t.Errorf("there are %d comments", comments)
	}
	w.addNote(t, fullContact, "still there")
	if e := l.next(t); !strings.Contains(e.data, "still there") {
		t.Errorf("the event is %s", e.data)
	}
}

func TestCommentsStandBetweenEventsAndNeverBehindTheEnd(t *testing.T) {
	w := newWorld(t, func(d *graph.Deps) { d.Limits.Live.KeepAlive = time.Microsecond })
	w.putFull(t)
	notes, _ := w.cursors(t, ada, fullContact)
	w.putNotes(t, fullContact, 200, "x")
	if events := w.listen(t, ada, addedNotes, map[string]any{"id": fullContact, "after": notes}).results(t, "CaughtUp"); len(events) != 201 {
		t.Errorf("there are %d events, want 201", len(events))
	}
	for range 300 {
		events, err := w.listen(t, ada, "{ viewer { id } }", nil).rest()
		if err != nil || len(events) != 2 || events[1].name != "complete" {
			t.Fatalf("a query: %q, %v", events, err)
		}
	}
}

func TestNothingIsLeftOfAClientThatHasGone(t *testing.T) {
	w := newFullWorld(t)
	w.ask(t, ada, "{ viewer { id } }", nil)
	before := goleak.IgnoreCurrent()
	var all []*sse
	for i := range 10 {
		all = append(all, w.listen(t, ada, []string{followNotes, followContact}[i%2], map[string]any{"id": fullContact}))
	}
	w.store.followed.await(t, 10)
	for _, l := range all {
		l.leave()
	}
	w.store.followed.await(t, 0)
	http.DefaultClient.CloseIdleConnections()
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
	if lines := w.log.faults(); lines != "" {
		t.Errorf("the log tells of it: %s", lines)
	}
}

func TestStreamOfAContactThatIsErased(t *testing.T) {
	w := newFullWorld(t)
	w.store.followed.replaceWith(func(s contact.Stream) contact.Stream { return &endedStream{s, contact.NotFound} })
	w.listen(t, ada, followNotes, map[string]any{"id": fullContact}).isRefused(t, "notes", "NOT_FOUND contactId")
	events, err := w.listen(t, ada, `subscription { contactEvents(contactId: "contact_full") { ... on ContactErased { contactId } } }`, nil).rest()
	if want := `{"data":{"contactEvents":{"contactId":"contact_full"}}}`; err != nil || len(events) != 2 || events[0].data != want || events[1].name != "complete" {
		t.Errorf("the contact: %q, %v; want %s and the end", events, err, want)
	}
	w.store.followed.await(t, 0)
}

func TestStreamIsCutWhenTheStoreCloses(t *testing.T) {
	w := newFullWorld(t)
	w.store.followed.replaceWith(func(s contact.Stream) contact.Stream { return &endedStream{s, contact.Unavailable} })
	w.listen(t, ada, quiet, nil).isCut(t, "a store that closes")
	w.store.followed.await(t, 0)
	if lines := w.log.faults(); lines != "" {
		t.Errorf("the log has faults: %s", lines)
	}
}

// endedStream ends at once.
type endedStream struct {
	contact.Stream
	code contact.Code
}

func (s *endedStream) Next(context.Context) (contact.Delivery, error) {
	return contact.Delivery{}, contact.Errorf(s.code, "the stream has ended")
}

func TestPanicInAStreamBecomesAFaultAndTheEnd(t *testing.T) {
	w := newFullWorld(t)
	l := w.listen(t, ada, followNotes, map[string]any{"id": fullContact})
	w.store.followed.await(t, 1)
	w.store.seen.failWith(func(_ context.Context, call string) error {
		if call == "NotesByID" {
			panic(errCause)
		}
		return nil
	})
	w.addNote(t, fullContact, "x")
	l.isRefused(t, "a panic", "INTERNAL_SERVER_ERROR")
	w.store.followed.await(t, 0)
	if lines := w.log.take(); strings.Count(lines, "panicked") != 1 || !strings.Contains(lines, "goroutine") || strings.Contains(lines, "superfluous") {
		t.Errorf("the log does not tell of the panic with the stack: %s", lines)
	}
	w.store.seen.failWith(nil)
	l = w.listen(t, ada, followNotes, map[string]any{"id": fullContact})
	w.store.followed.await(t, 1)
	w.addNote(t, fullContact, "afterwards")
	if e := l.next(t); !strings.Contains(e.data, "afterwards") {
		t.Errorf("after the panic: %s", e.data)
	}
}

func TestStreamIsCutWhenTheTokenExpires(t *testing.T) {
	w := newFullWorld(t)
	brief := ada
	brief.TTL = time.Second
	began := time.Now()
	l := w.listen(t, brief, quiet, nil)
	l.isCut(t, "a token that expires")
	if lived := time.Since(began); lived > 10*time.Second {
		t.Errorf("the stream lived for %v", lived)
	}
	w.store.followed.await(t, 0)
}

// The clock on the wall may be set, or stand while a machine sleeps; nothing is told by a token that it says has expired.
func TestNothingIsToldAfterTheTokenHasExpiredByTheClockOnTheWall(t *testing.T) {
	for what, wake := range map[string]func(t *testing.T, w *world){
		"an event":  func(t *testing.T, w *world) { t.Helper(); w.addNote(t, fullContact, "too late") },
		"a comment": func(*testing.T, *world) {},
	} {
		w := newWorld(t, func(d *graph.Deps) {
			if what == "a comment" {
				d.Limits.Live.KeepAlive = 50 * time.Millisecond
			}
		})
		w.putFull(t)
		l := w.listen(t, ada, followNotes, map[string]any{"id": fullContact})
		w.store.followed.await(t, 1)
		if _, err := l.read(); err != nil {
			t.Fatal(err)
		}
		w.clock.advance(13 * time.Hour)
		wake(t, w)
		l.isCut(t, what)
		w.store.followed.await(t, 0)
	}
}

// A token is good for requests until 30 s after its end, because clocks differ. A stream would end as it begins.
func TestTokenThatIsGoodForRequestsALittleLongerIsNoneForStreams(t *testing.T) {
	w := newFullWorld(t)
	token := w.token(t, ada)
	w.clock.advance(12*time.Hour + 5*time.Second)
	for _, query := range []string{quiet, "{ viewer { id } }", "{"} {
		l := w.openStream(t, request{header: http.Header{"Authorization": {token}}, body: bytes.NewReader(requestBody(t, query, nil))})
		body, err := io.ReadAll(l.body)
		if l.status != http.StatusUnauthorized || err != nil || (answer{body: body}).codes(t) != "UNAUTHENTICATED" || l.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: status %d, %q, %v; want 401 UNAUTHENTICATED", query, l.status, body, err)
		}
	}
	if got := w.send(t, request{header: http.Header{"Authorization": {token}}, body: strings.NewReader(viewerQuery)}); got.status != http.StatusOK {
		t.Errorf("a request: status %d, want 200", got.status)
	}
}

func TestDrainCutsStreamsAndAdmitsNone(t *testing.T) {
	w := newFullWorld(t)
	var all []*sse
	for range 5 {
		all = append(all, w.listen(t, ada, quiet, nil))
	}
	w.store.followed.await(t, 5)
	w.api.TurnAway()
	for _, l := range all {
		l.isCut(t, "turned away")
	}
	l := w.listen(t, ada, quiet, nil)
	w.store.followed.await(t, 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	w.api.Drain(ctx, time.Second)
	l.isCut(t, "drained")
	w.store.followed.await(t, 0)
	for _, query := range []string{quiet, "{ viewer { id } }"} {
		l := w.listen(t, ada, query, nil)
		body, err := io.ReadAll(l.body)
		if l.status != http.StatusServiceUnavailable || l.header.Get("Retry-After") != "5" || err != nil || (answer{body: body}).codes(t) != "DB_UNAVAILABLE" {
			t.Errorf("%s while draining: status %d, Retry-After %q, %q, %v; want 503", query, l.status, l.header.Get("Retry-After"), body, err)
		}
	}
	if got := w.ask(t, ada, "{ viewer { id } }", nil); got.status != http.StatusOK {
		t.Errorf("a request while draining: status %d, want 200", got.status)
	}
}

// A stream that ends by itself while it is cut off must not look whole either. Its client would take the end for good.
func TestCutStreamNeverEndsAsAWholeAnswer(t *testing.T) {
	w := newFullWorld(t)
	for range 50 {
		l := w.listen(t, ada, quiet, nil)
		w.store.followed.await(t, 1)
		var both sync.WaitGroup
		both.Go(w.api.TurnAway)
		both.Go(w.api.TurnAway)
		l.isCut(t, "turned away")
		both.Wait()
		w.store.followed.await(t, 0)
	}
}

// What a query says because it was cut off is no answer to it.
func TestQueryThatIsCutOffSaysNothing(t *testing.T) {
	w := newFullWorld(t)
	w.ask(t, ada, "{ viewer { id } }", nil) // admitted
	runs := make(chan struct{})
	w.store.seen.failWith(func(ctx context.Context, _ string) error {
		close(runs)
		<-ctx.Done()
		return ctx.Err()
	})
	l := w.listen(t, ada, `{ contact(id: "contact_full") { id } }`, nil)
	select {
	case <-runs:
	case <-time.After(patience):
		t.Fatal("the query does not run")
	}
	w.api.TurnAway()
	l.isCut(t, "turned away")
}

func TestStreamsOfAnAgentAreCounted(t *testing.T) {
	w := newWorld(t, func(d *graph.Deps) { d.Limits.Live.Streams, d.Limits.Live.Connections = 3, 5 })
	w.putFull(t)
	w.putOthers(t)
	var mine []*sse
	for range 3 {
		mine = append(mine, w.listen(t, ada, quiet, nil))
	}
	for _, query := range []string{quiet, "{ viewer { id } }", "{"} {
		l := w.listen(t, ada, query, nil)
		body, err := io.ReadAll(l.body)
		if l.status != http.StatusTooManyRequests || l.header.Get("Retry-After") != "5" || err != nil || (answer{body: body}).codes(t) != "TOO_MANY_SUBSCRIPTIONS" {
			t.Errorf("the fourth stream (%s): status %d, Retry-After %q, %q, %v; want 429", query, l.status, l.header.Get("Retry-After"), body, err)
		}
		if !strings.Contains(string(body), `"max":3,"retryAfterMs":5000,"what":"streams"`) {
			t.Errorf("the fourth stream (%s): %s", query, body)
		}
	}
	double := ada
	double.Org = globex // another agent, of the same name
	theirs := `subscription { noteEvents(contactId: "contact_foreign") { cursor } }`
	for _, l := range []*sse{w.listen(t, adam, quiet, nil), w.listen(t, double, theirs, nil)} {
		if l.status != http.StatusOK {
			t.Errorf("another agent's stream: status %d, want 200", l.status)
		}
	}
	w.store.followed.await(t, 5)
	if l := w.listen(t, feed, quiet, nil); l.status != http.StatusServiceUnavailable || l.header.Get("Retry-After") != "5" {
		t.Errorf("one stream more than the process may have: status %d, want 503", l.status)
	}
	mine[0].leave()
	w.awaitStatus(t, http.StatusOK)
}

// awaitStatus opens streams until one is answered as it should be.
func (w *world) awaitStatus(tb testing.TB, want int) {
	tb.Helper()
	for deadline := time.Now().Add(patience); ; {
		l := w.listen(tb, ada, quiet, nil)
		if l.status == want {
			return
		}
		if l.leave(); time.Now().After(deadline) {
			tb.Fatalf("a stream is answered by %d, want %d", l.status, want)
		}
	}
}

func TestWhoComesBackWithACursorSeesEveryNoteOnce(t *testing.T) {
	const written = 120
	w := newFullWorld(t)
	after, _ := w.cursors(t, ada, emptyContact)
	var writer sync.WaitGroup
	t.Cleanup(writer.Wait)
	writer.Go(func() {
		as := contact.WithActor(t.Context(), contact.Actor{Agent: author, Org: acme, Origin: contact.OriginAgent, Roles: []contact.Role{contact.RoleAgent}})
		for i := range written {
			if _, err := w.contacts.AddNote(as, emptyContact, fmt.Sprint("note ", i), ""); err != nil && as.Err() == nil {
				t.Errorf("note %d: %v", i, err)
			}
		}
	})
	seen := 0
	for visit := 1; seen < written; visit++ {
		l := w.listen(t, ada, addedNotes, map[string]any{"id": emptyContact, "after": after})
		for range visit % 7 {
			if seen == written {
				break
			}
			e := answer{body: []byte(l.next(t).data)}
			switch e.at(t, "data", "noteEvents", "__typename") {
			case "NoteAdded":
				if body := e.at(t, "data", "noteEvents", "note", "body"); body != fmt.Sprint("note ", seen) {
					t.Fatalf("after %d notes comes %s", seen, e.body)
				}
				seen++
			case "CaughtUp":
			default:
				t.Fatalf("after %d notes comes %s", seen, e.body)
			}
			after, _ = e.at(t, "data", "noteEvents", "cursor").(string)
		}
		l.leave()
	}
}
