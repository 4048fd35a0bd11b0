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
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// patience is what a step of these tests may take on a busy machine.
const patience = 30 * time.Second

// keepAlive is a connection of HTTP that stays open.
type keepAlive struct {
	net.Conn
	in *bufio.Reader
}

func connect(t *testing.T, url string) *keepAlive {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &keepAlive{c, bufio.NewReader(c)}
}

// get asks for a path, and gives the status; 0 when the connection is closed without an answer.
func (c *keepAlive) get(t *testing.T, path string) (status int, retryAfter string) {
	t.Helper()
	c.SetDeadline(time.Now().Add(patience))
	io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: panel\r\n\r\n")
	r, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return 0, ""
	}
	io.Copy(io.Discard, r.Body)
	r.Body.Close()
	return r.StatusCode, r.Header.Get("Retry-After")
}

func TestConnectionsAboveTheLimitAreToldToComeBackLater(t *testing.T) {
	p := start(t, t.TempDir(), "--no-demo", "--limit-connections", "2")
	one, two := connect(t, p.url), connect(t, p.url)
	for _, c := range []*keepAlive{one, two} {
		if status, _ := c.get(t, "/livez"); status != http.StatusOK {
			t.Fatalf("within the limit: status %d", status)
		}
	}
	for range 100 { // more than are told at once, one after another
		c := connect(t, p.url)
		if status, retryAfter := c.get(t, "/livez"); status != http.StatusServiceUnavailable || retryAfter != "10" {
			t.Fatalf("above the limit: status %d, Retry-After %q; want 503, 10", status, retryAfter)
		}
		c.Close()
	}
	for _, c := range []*keepAlive{one, two} {
		if status, _ := c.get(t, "/readyz"); status != http.StatusOK {
			t.Errorf("who was connected before: status %d", status)
		}
	}
	one.Close()
	for end := time.Now().Add(patience); ; {
		if status, _ := connect(t, p.url).get(t, "/livez"); status == http.StatusOK {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the place of a connection that has gone is not free")
		}
	}
}

func TestH16ProcessWithFewDescriptorsKeepsThoseWhoAreConnected(t *testing.T) {
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `ulimit -n 256 && exec "$0" "$@"`, path, "serve", "--no-demo", "--listen", "127.0.0.1:0", "--data", data)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	url := readUntil(out, urlPattern)
	go io.Copy(io.Discard, out)
	authorization := header(t, data, "--agent", "Ada", "--org", "few")
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	writes := func() error {
		a, err := askBy(client, url, authorization, `mutation { upsertContact(input: { name: "Carla", profiles: [{ network: X, handle: "carla" }] }) { problems { message } } }`, nil)
		if err != nil || len(a.Errors) > 0 {
			return fmt.Errorf("%+v, %w", a, err)
		}
		return nil
	}
	if err := writes(); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for range 400 {
		c := connect(t, url)
		if status, _ := c.get(t, "/livez"); status != http.StatusOK {
			refused++
		}
	}
	if refused < 150 {
		t.Errorf("%d of 400 connections were refused, want most", refused)
	}
	if err := writes(); err != nil {
		t.Errorf("who was connected before: %v", err)
	}
}

// pipes is a listener without a network, for clocks that do not run.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func TestB2HeaderThatComesTooSlowlyIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		server := newServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request without an end was handled") }), nil, 16<<10, slog.New(slog.DiscardHandler))
		var serving sync.WaitGroup
		serving.Go(func() {
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				t.Error(err)
			}
		})
		ours, theirs := net.Pipe()
		l.conns <- theirs
		begin := time.Now()
		go io.Copy(io.Discard, ours)
		_, err := io.WriteString(ours, "GET / HTTP/1.1\r\n")
		for i := 0; err == nil; i++ {
			_, err = io.WriteString(ours, "X")
			time.Sleep(time.Second)
		}
		if took := time.Since(begin); took < 5*time.Second || took > 7*time.Second {
			t.Errorf("given up after %v, want 5 s", took)
		}
		ours.Close()
		if err := server.Shutdown(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		serving.Wait()
	})
}

func TestDoorFlagsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, args := range [][]string{
		{"--limit-connections", "0"}, {"--limit-connections=-1"}, {"--limit-agent-rate", "0"}, {"--limit-agent-burst=-5"}, {"--limit-organisation-agents", "0"},
		{"--limit-address-rate", "1000000001"}, {"--limit-not-found-rate", "0"}, {"--limit-agent-running", "0"}, {"--limit-organisation-running", "0"},
		{"--limit-process-running", "0"}, {"--limit-running-wait", "0s"}, {"--limit-running-wait", "11s"},
		{"--trusted-proxy", "nonsense"}, {"--trusted-proxy", "10.0.0.1"}, {"--trusted-proxy", "10.0.0.1/8"}, {"--trusted-proxy", "0.0.0.0/0"}, {"--trusted-proxy", "::/0"},
		{"--trusted-proxy", "::ffff:10.0.0.0/104"},
	} {
		var errOut strings.Builder
		ctx, cancel := context.WithTimeout(t.Context(), patience) // of one that is accepted, and serves
		status := run(ctx, append([]string{"serve", "--no-demo", "--listen", "127.0.0.1:0", "--data", t.TempDir()}, args...), io.Discard, &errOut)
		cancel()
		flag, _, _ := strings.Cut(args[0], "=")
		if status == exitFine || !strings.Contains(errOut.String(), flag) {
			t.Errorf("%v gave status %d and %q", args, status, errOut.String())
		}
	}
}

func TestB10PreflightWithManyCommasIsCheap(t *testing.T) {
	allowed, err := parseOrigins(nil, true)
	if err != nil {
		t.Fatal(err)
	}
	h := crossOrigin(allowed).Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a preflight was handled as a request") }))
	r := httptest.NewRequest(http.MethodOptions, "/graphql", nil)
	r.Header.Set("Origin", "http://localhost:5173")
	r.Header.Set("Access-Control-Request-Method", http.MethodPost)
	r.Header.Set("Access-Control-Request-Headers", strings.Repeat(",", 10_000))
	w := httptest.NewRecorder()
	start := time.Now()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusNoContent || w.Header().Get("Access-Control-Allow-Headers") != "" || time.Since(start) > time.Second {
		t.Errorf("status %d after %v: %v", w.Code, time.Since(start), w.Header())
	}
}
