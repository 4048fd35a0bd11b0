package graph_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"contactpanel/auth"
	"contactpanel/contact"
	"contactpanel/graph"
	"contactpanel/store/sqlite"
)

// farContact is the other organisation's, and asks of nobody that it is read.
const farContact = "contact_far"

// longNotes make a document that is larger than what is kept in memory.
const longNotes = 200

// loaded is what a loaded machine may take.
const loaded = time.Minute

// admins are so many of an organisation.
func admins(org string, n int) []*auth.TokenRequest {
	out := make([]*auth.TokenRequest, n)
	for i := range out {
		out[i] = &auth.TokenRequest{Agent: fmt.Sprint("Admin ", i), Org: org, Role: contact.RoleAdmin}
	}
	return out
}

// isRefused fails unless an export is not made now, and its client told when to ask again.
func (w *world) isRefused(t *testing.T, what, url string, who *auth.TokenRequest, status int, code, limit string, most float64) {
	t.Helper()
	got, err := w.fetch(t, http.MethodGet, url, who)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	isLater(t, what, got, status, code, 5*time.Second)
	said, _ := got.at(t, "errors", 0, "message").(string)
	if of := got.at(t, "errors", 0, "extensions", "what"); of != limit || got.at(t, "errors", 0, "extensions", "max") != most || !strings.HasSuffix(said, fmt.Sprint("at most ", most)) {
		t.Errorf("%s: refused by %s, want %s with at most %v", what, got.body, limit, most)
	}
}

func TestOnlySoManyExportsReadTheStoreAtATime(t *testing.T) {
	t.Parallel()
	const initech = "initech"
	w, store := newTroubledWorld(t)
	w.putContact(t, globex, contact.Contact{ID: farContact, Name: "Fay"})
	if err := w.contacts.MakeOrganisation(t.Context(), initech); err != nil {
		t.Fatal(err)
	}
	of := w.exports(t)
	begun, resume := make(chan struct{}, 1000), make(chan struct{})
	store.then = func() error {
		begun <- struct{}{}
		select {
		case <-resume:
			return nil
		case <-time.After(2 * loaded):
			return errors.New("nobody resumes")
		}
	}
	done := make(chan error, 4)
	for id, all := range map[string][]*auth.TokenRequest{fullContact: admins(acme, 2), farContact: admins(globex, 2)} {
		for _, who := range all {
			go func() {
				got, err := w.fetch(t, http.MethodGet, of(id), who)
				if err == nil && got.status != http.StatusOK {
					err = fmt.Errorf("status %d: %s", got.status, got.body)
				}
				done <- err
			}()
		}
	}
	for range cap(done) {
		select {
		case <-begun:
		case err := <-done:
			t.Fatalf("an export ended: %v", err)
		case <-time.After(loaded):
			t.Fatal("four exports are not read at once")
		}
	}
	w.isRefused(t, "one more", of(fullContact), admins(initech, 1)[0], http.StatusServiceUnavailable, "OVERLOADED", "export-readers", 4)
	close(resume)
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// erasures is a log that hears that erased contacts are out of the store's file.
type erasures struct {
	slog.Handler
	gone chan struct{}
}

func (e erasures) Enabled(context.Context, slog.Level) bool { return true }

func (e erasures) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "erasures" {
			e.gone <- struct{}{}
		}
		return true
	})
	return nil
}

// export is one whose client may not read.
type export struct {
	net.Conn
	url   string
	ended chan any // what the handler panicked with
}

// newStalledExport has a client of acme's that asks for far more than anybody on its way can hold, and reads only the beginning of it.
func newStalledExport(t *testing.T, change ...func(*graph.Deps)) (*world, export, erasures) {
	t.Helper()
	heard := erasures{slog.DiscardHandler, make(chan struct{}, 100)}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), sqlite.Log(slog.New(heard)))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorldOn(t, db, change...)
	w.putContact(t, acme, contact.Contact{ID: longContact, Name: "Lou"})
	w.putContact(t, acme, contact.Contact{ID: emptyContact, Name: "Emma"})
	w.putContact(t, globex, contact.Contact{ID: farContact, Name: "Fay"})
	w.putNotes(t, longContact, longNotes, strings.Repeat("😀", contact.MaxNoteLength))
	e := export{ended: make(chan any, 1)}
	route := http.NewServeMux()
	route.Handle("/contacts/{id}/export", w.api.ContactExport())
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, longContact) {
			defer func() {
				what := recover()
				e.ended <- what
				if what != nil {
					panic(what)
				}
			}()
		}
		route.ServeHTTP(out, r)
	}))
	server.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		if err := c.(*net.TCPConn).SetWriteBuffer(16 << 10); err != nil {
			t.Error(err)
		}
		return ctx
	}
	server.Start()
	t.Cleanup(server.Close)
	e.url = server.URL + "/contacts/"
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if e.Conn, err = (&net.Dialer{}).DialContext(t.Context(), "tcp", at.Host); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() }) // before the server, which waits for it
	if err := e.Conn.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(e, "GET /contacts/%s/export HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\n\r\n", longContact, at.Host, w.token(t, *admins(acme, 1)[0]))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(e, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	return w, e, heard
}

// TestAClientThatDoesNotTakeItsExportHoldsUpNobodyElse erases a contact of the same organisation, and exports one of another.
func TestAClientThatDoesNotTakeItsExportHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	w, e, heard := newStalledExport(t, func(d *graph.Deps) { d.Limits.Export = time.Hour })
	ctx := contact.WithActor(t.Context(), contact.Actor{Agent: author, Org: acme, Roles: []contact.Role{contact.RoleAdmin}, Origin: contact.OriginAgent})
	if _, err := w.contacts.EraseContact(ctx, emptyContact, ""); err != nil {
		t.Fatal(err)
	}
	select {
	case <-heard.gone:
	case <-time.After(loaded):
		t.Error("what was erased stays in the store's file")
	}
	for i := range 5 {
		if got, err := w.fetch(t, http.MethodGet, e.url+farContact+"/export", &stranger); err != nil || got.status != http.StatusOK {
			t.Errorf("export %d of another organisation: status %d, %v: %s", i, got.status, err, got.body)
		}
	}
	w.isRefused(t, "another export of the agent", e.url+longContact+"/export", admins(acme, 1)[0], http.StatusTooManyRequests, "RATE_LIMITED", "exports", 1)
	select {
	case what := <-e.ended: // of the one that was refused
		if what != nil {
			t.Errorf("the export ended: %v", what)
		}
	case <-time.After(loaded):
		t.Error("the refusal does not end")
	}
}

func TestAnOrganisationHasTwoExportsAtATime(t *testing.T) {
	t.Parallel()
	w, store := newTroubledWorld(t)
	of := w.exports(t)(fullContact)
	begun, resume, done := make(chan struct{}, 1000), make(chan struct{}), make(chan error, 2)
	store.then = func() error {
		begun <- struct{}{}
		select {
		case <-resume:
			return nil
		case <-time.After(2 * loaded):
			return errors.New("nobody resumes")
		}
	}
	all := admins(acme, 3)
	for _, who := range all[:2] {
		go func() {
			got, err := w.fetch(t, http.MethodGet, of, who)
			if err == nil && got.status != http.StatusOK {
				err = fmt.Errorf("status %d: %s", got.status, got.body)
			}
			done <- err
		}()
		select {
		case <-begun:
		case <-time.After(loaded):
			t.Fatal("two exports do not go on at once")
		}
	}
	w.isRefused(t, "a third agent", of, all[2], http.StatusTooManyRequests, "RATE_LIMITED", "exports", 2)
	close(resume)
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got, err := w.fetch(t, http.MethodGet, of, all[2]); err != nil || got.status != http.StatusOK {
		t.Errorf("then: status %d, %v: %s", got.status, err, got.body)
	}
}

func TestAClientThatTakesItsExportTooSlowlyIsCutOff(t *testing.T) {
	t.Parallel()
	_, e, _ := newStalledExport(t, func(d *graph.Deps) { d.Limits.Export = 5 * time.Second })
	select {
	case what := <-e.ended:
		if what != http.ErrAbortHandler { //nolint:errorlint // the very value
			t.Errorf("the export ends with %v", what)
		}
	case <-time.After(loaded):
		t.Fatal("the export does not end")
	}
	const most = longNotes * 4 * contact.MaxNoteLength
	if n, err := io.Copy(io.Discard, e); n > most/2 {
		t.Errorf("the client has taken %d bytes of %d, %v", n, most, err)
	}
}
