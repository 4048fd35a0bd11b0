package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"contactpanel/auth"
	"contactpanel/contact"
	"contactpanel/graph"
	"contactpanel/store/sqlite"
)

// lateStore is a store whose changes take their time.
type lateStore struct {
	contact.Store
	takes time.Duration
}

func (s lateStore) Update(ctx context.Context, org contact.OrgID, fn func(context.Context, contact.Tx) error) error {
	time.Sleep(s.takes)
	return s.Store.Update(ctx, org, fn)
}

// servePipe serves a gateway over a store, with its server's own times, on the connection that it returns.
func servePipe(t *testing.T, db contact.Store, limits graph.Limits) (ours net.Conn, authorization string, end func()) {
	t.Helper()
	deps, tags := domainDeps(db)
	deps.Provision = true
	issuer, err := auth.Development(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	token, err := issuer.Issue(auth.TokenRequest{Agent: "Ada", Org: "slow", Role: contact.RoleAgent}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	api := graph.NewHandler(graph.Deps{
		Contacts: contact.New(deps), SignIn: issuer.Guard(time.Now).Actor, Languages: tags.Preferred, Log: log, Limits: limits,
		AllowOrigin: func(string) bool { return false },
	})
	l, server := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}, newServer(api, api.ConnContext, 16<<10, log)
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	ours, theirs := net.Pipe()
	l.conns <- theirs
	return ours, "Bearer " + token, func() {
		ours.Close()
		if err := server.Shutdown(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		serving.Wait()
	}
}

// post sends a request whose body takes its time.
func post(to io.Writer, authorization, body string, takes time.Duration) {
	fmt.Fprintf(to, "POST /graphql HTTP/1.1\r\nHost: panel\r\nAuthorization: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		authorization, len(body), body[:10])
	time.Sleep(takes)
	io.WriteString(to, body[10:])
}

// A change whose answer is lost is the worst there is: its client does not know that it was made.
func TestWhatTakesLongWithinItsLimitsIsAnswered(t *testing.T) {
	const body = `{"query":"mutation { upsertContact(input: { name: \"Carla\" }) { outcome problems { code } } }"}`
	for name, tt := range map[string]struct {
		takes, bodyTakes time.Duration
		limits           graph.Limits
	}{
		"a slow operation":            {takes: 35 * time.Second, limits: graph.Limits{Operation: time.Minute}},
		"a slow body":                 {bodyTakes: 40 * time.Second, limits: graph.Limits{BodyTime: time.Minute}},
		"a slow body and operation":   {takes: 9 * time.Second, bodyTakes: 25 * time.Second, limits: graph.Limits{BodyTime: 30 * time.Second}},
		"an operation of ten minutes": {takes: 10 * time.Minute, limits: graph.Limits{Operation: time.Hour}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				file, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
				if err != nil {
					t.Fatal(err)
				}
				defer file.Close()
				ours, authorization, end := servePipe(t, lateStore{file, tt.takes}, tt.limits)
				defer end()
				post(ours, authorization, body, tt.bodyTakes)
				answer, err := http.ReadResponse(bufio.NewReader(ours), nil)
				if err != nil {
					t.Fatal(err)
				}
				defer answer.Body.Close()
				got, err := io.ReadAll(answer.Body)
				if err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(got), `"outcome":"CREATED"`) {
					t.Errorf("the answer is %s %q, %v", answer.Status, got, err)
				}
			})
		})
	}
}

func TestB2AnswerThatIsNotTakenIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		for takes, isTaken := range map[time.Duration]bool{29 * time.Second: true, 31 * time.Second: false} {
			ours, authorization, end := servePipe(t, file, graph.Limits{})
			post(ours, authorization, `{"query":"{ viewer { id } }"}`, 0)
			time.Sleep(takes)
			answer, err := http.ReadResponse(bufio.NewReader(ours), nil)
			if (err == nil) != isTaken {
				t.Errorf("who reads after %v gets an answer: %t, %v", takes, !isTaken, err)
			}
			if err == nil {
				answer.Body.Close()
			}
			end()
		}
	})
}
