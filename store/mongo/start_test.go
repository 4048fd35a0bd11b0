package mongo_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/store/mongo"
	"contactpanel/store/mongo/mongotest"
)

// nowhere is an address where nobody listens.
const nowhere = "127.0.0.1:1"

// openLogged opens a store and keeps what it logs.
func openLogged(t *testing.T, uri string) (*mongo.Store, *logged, error) {
	t.Helper()
	log := &logged{}
	s, err := mongo.Open(t.Context(), uri, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err == nil {
		t.Cleanup(func() { must(t, s.Close()) })
	}
	return s, log, err
}

// logged is what a store logs, safe for concurrent use.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// eventually waits until something works.
func eventually(t *testing.T, what string, try func() error) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-poll.C:
		case <-deadline.C:
			t.Fatalf("%s: %v (%v)", what, err, causeOf(err))
		}
	}
}

func TestServerThatIsNoReplicaSetIsAnErrorThatSaysWhatToDo(t *testing.T) {
	server := mongotest.Own(t, mongotest.Options{Standalone: true})
	_, _, err := openLogged(t, server.Database())
	if err == nil || !strings.Contains(err.Error(), "--replSet") || !strings.Contains(err.Error(), "rs.initiate()") {
		t.Errorf("Open() = %v, want an error with --replSet and rs.initiate()", err)
	}
}

func TestStoreWhoseServerIsAwayOpensAndWorksOnceItIsThere(t *testing.T) {
	t.Parallel()
	server := mongotest.Own(t, mongotest.Options{})
	server.Kill(t)
	begun := time.Now()
	s, _, err := openLogged(t, server.Database())
	must(t, err)
	took(t, begun, 0, 6*time.Second+slack)
	begun = time.Now()
	err = s.Ping(t.Context())
	wantCode(t, err, contact.Unavailable)
	took(t, begun, 0, time.Second) // it says what is known, and does not wait
	if !strings.Contains(err.Error(), "the database cannot be reached") {
		t.Errorf("Ping() = %v, want the reason", err)
	}
	begun = time.Now()
	wantCode(t, reading(t.Context(), s), contact.Unavailable)
	took(t, begun, 0, transactionTime+operationTime+slack)
	wantCode(t, putContacts(t.Context(), s, 0, 1), contact.Unavailable)
	server.Start(t)
	eventually(t, "the store is ready", func() error { return s.Ping(t.Context()) })
	makeContacts(t, s, 1)
	note(t, s, 0, "key")
	wantNotes(t, s, contactID(0), "key")
}

func TestStoreSurvivesTheEndOfItsServer(t *testing.T) {
	t.Parallel()
	server := mongotest.Own(t, mongotest.Options{})
	s, _, err := openLogged(t, server.Database())
	must(t, err)
	makeContacts(t, s, 1)
	f := follow(t, s, 0, nil)
	note(t, s, 0, "before")
	f.until(1)
	server.Kill(t)
	begun := time.Now()
	wantCode(t, reading(t.Context(), s), contact.Unavailable)
	took(t, begun, 0, 7*time.Second+slack)
	begun = time.Now()
	_, err = addNote(t.Context(), s, contactID(0), "meanwhile")
	wantCode(t, err, contact.Unavailable)
	took(t, begun, 0, transactionTime+slack)
	if err := s.Ping(t.Context()); contact.CodeOf(err) != contact.Unavailable {
		t.Errorf("Ping() = %v while there is no server", err)
	}
	server.Start(t)
	eventually(t, "the store works again", func() error {
		_, err := addNote(t.Context(), s, contactID(0), "meanwhile")
		return err
	})
	wantNotes(t, s, contactID(0), "before", "meanwhile")
	f.until(2)
}

func TestSignInAndTLSOfTheConnectionStringWork(t *testing.T) {
	const password = "p@ss:w/o?r#d%41"
	for _, o := range []mongotest.Options{{User: "gate way", Password: password}, {TLS: true}, {User: "gateway", Password: password, TLS: true}} {
		t.Run(fmt.Sprintf("sign-in %v, TLS %v", o.User != "", o.TLS), func(t *testing.T) {
			t.Parallel()
			server := mongotest.Own(t, o)
			s, _, err := openLogged(t, server.Database())
			must(t, err)
			makeContacts(t, s, 1)
			note(t, s, 0, "key")
			wantNotes(t, s, contactID(0), "key")
		})
	}
	t.Run("a wrong password is an error that says so", func(t *testing.T) {
		t.Parallel()
		server := mongotest.Own(t, mongotest.Options{User: "gateway", Password: "right"})
		_, log, err := openLogged(t, strings.Replace(server.Database(), "right", secret, 1))
		if err == nil || !strings.Contains(err.Error(), "refuses the sign-in") {
			t.Errorf("Open() = %v, want that the server refuses the sign-in", err)
		}
		wantNoSecret(t, "a wrong password", log, err)
	})
	t.Run("a certificate that nobody vouches for keeps the store from its server", func(t *testing.T) {
		t.Parallel()
		server := mongotest.Own(t, mongotest.Options{TLS: true})
		uri, _, _ := strings.Cut(server.Database(), "?")
		s, _, err := openLogged(t, uri+"?tls=true")
		must(t, err)
		wantCode(t, s.Ping(t.Context()), contact.Unavailable)
	})
}
