package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"contactpanel/contact"
	"contactpanel/graph"
)

func TestTheDemoIsReadyToBeAsked(t *testing.T) {
	data := t.TempDir()
	p := start(t, data)
	authorization := header(t, data, "--agent", "Somebody")
	type connection struct {
		TotalCount int
		Nodes      []struct {
			DisplayName string
			Notes       struct{ TotalCount int }
			Groups      []struct{ Group struct{ Label string } }
		}
	}
	a, err := ask(p.url, authorization, `{ contacts(first: 50) { totalCount nodes { displayName notes { totalCount } groups { group { label } } } } }`, nil)
	c := member[connection](t, a, err, "contacts")
	if c.TotalCount < 200 || len(c.Nodes) != 50 {
		t.Errorf("the demo has %d contacts and a page of %d", c.TotalCount, len(c.Nodes))
	}
	in := map[int]int{} // how many of the page are in so many groups
	for _, n := range c.Nodes {
		in[len(n.Groups)]++
	}
	if in[0] < 5 || in[1] < 5 || in[2] < 5 {
		t.Errorf("of a page of the demo so many are in so many groups: %v, want some in none, in one and in two", in)
	}
	p.kill()
	again := start(t, data)
	a, err = ask(again.url, authorization, `{ contacts { totalCount } }`, nil)
	if n := member[connection](t, a, err, "contacts").TotalCount; n != c.TotalCount {
		t.Errorf("after a restart there are %d contacts, there were %d", n, c.TotalCount)
	}
}

func TestWithoutTheDemoNothingIsMade(t *testing.T) {
	data := t.TempDir()
	p := start(t, data, "--no-demo")
	a, err := ask(p.url, header(t, data, "--agent", "Ada", "--org", "new"), `{ contacts { totalCount } attributeDefinitions { key } }`, nil)
	if c := member[struct{ TotalCount int }](t, a, err, "contacts"); c.TotalCount != 0 {
		t.Errorf("a new organisation has %d contacts", c.TotalCount)
	}
	if d := member[[]struct{ Key string }](t, a, err, "attributeDefinitions"); len(d) != 10 {
		t.Errorf("a new organisation starts with the definitions %v", d)
	}
}

func TestASecondProcessOnTheSameFileIsRefused(t *testing.T) {
	data := t.TempDir()
	p := start(t, data, "--no-demo")
	var out, errOut bytes.Buffer
	status := run(context.Background(), []string{"serve", "--listen", "127.0.0.1:0", "--data", data}, &out, &errOut)
	if status != exitFailed || !strings.Contains(errOut.String(), p.url) {
		t.Errorf("status %d, want %d, and a message that names %s: %s", status, exitFailed, p.url, &errOut)
	}
}

func TestTheDevelopmentIssuerStaysOnLoopback(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "example.com:80", "nonsense"} {
		var errOut bytes.Buffer
		status := run(context.Background(), []string{"serve", "--listen", listen, "--data", t.TempDir()}, &bytes.Buffer{}, &errOut)
		if status != exitFailed || !strings.Contains(errOut.String(), "--listen") {
			t.Errorf("--listen %s gave status %d and %q", listen, status, &errOut)
		}
	}
}

func TestCommands(t *testing.T) {
	data := t.TempDir()
	if out, status := command(t, "schema"); status != exitFine || out != string(sdl) {
		t.Errorf("schema gave status %d and %d bytes", status, len(out))
	}
	first, second := header(t, data, "--agent", "Ada"), header(t, data, "--agent", "Ada", "--role", "ADMIN", "--team", "a,b", "--team", "c", "--ttl", "1m")
	if first == second || !strings.HasPrefix(first, "Bearer ") {
		t.Errorf("tokens are %q and %q", first, second)
	}
	if info, err := os.Stat(filepath.Join(data, "development-key.pem")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the development key is %v, %v", info, err)
	}
	for _, wrong := range [][]string{
		{"nonsense"}, {"serve", "--nonsense"}, {"token"}, {"token", "--agent", "Ada", "--role", "KING"}, {"import"},
	} {
		if _, status := command(t, append(wrong, "--data", data)...); status != exitUsage {
			t.Errorf("%v gave status %d, want %d", wrong, status, exitUsage)
		}
	}
	for _, failing := range [][]string{
		{"token", "--agent", " "}, {"token", "--agent", "Ada", "--ttl=-1h"}, {"import", filepath.Join(data, "missing.csv")},
		{"serve", "--store", "nonsense://x"},
	} {
		if _, status := command(t, append(failing, "--data", data)...); status != exitFailed {
			t.Errorf("%v gave status %d, want %d", failing, status, exitFailed)
		}
	}
}

func TestTheSurface(t *testing.T) {
	data := t.TempDir()
	p := start(t, data, "--no-demo")
	for _, tt := range []struct {
		path   string
		status int
		text   string
	}{
		{"/schema.graphql", http.StatusOK, "type Contact implements Node"},
		{"/playground/", http.StatusOK, "/graphql"},
		{"/playground", http.StatusOK, "/graphql"},
		{"/livez", http.StatusOK, ""},
		{"/readyz", http.StatusOK, ""},
		{"/nothing", http.StatusNotFound, ""},
		{"/debug/pprof/", http.StatusNotFound, ""},
		{"/metrics", http.StatusNotFound, ""},
		{"/graphql?query={__typename}", http.StatusMethodNotAllowed, ""},
	} {
		r, err := http.Get(p.url + tt.path)
		if err != nil {
			t.Fatal(err)
		}
		var body bytes.Buffer
		body.ReadFrom(r.Body)
		r.Body.Close()
		if r.StatusCode != tt.status || !strings.Contains(body.String(), tt.text) {
			t.Errorf("GET %s gave %d, want %d with %q", tt.path, r.StatusCode, tt.status, tt.text)
		}
	}
}

func TestATokenOfANewKeySaysWhichGatewayItIsFor(t *testing.T) {
	data := t.TempDir()
	for _, want := range []string{"there was no key in " + data, ""} {
		var out, errOut bytes.Buffer
		status := run(t.Context(), []string{"token", "--agent", "Ada", "--data", data}, &out, &errOut)
		if status != exitFine || strings.Count(out.String(), "\n") != 1 || (want == "") != (errOut.Len() == 0) || !strings.Contains(errOut.String(), want) {
			t.Errorf("status %d, %q, %q; want the hint %q", status, &out, &errOut, want)
		}
	}
}

func TestAHeaderThatIsTooLargeIsToldWhy(t *testing.T) {
	p := start(t, t.TempDir(), "--no-demo")
	for size, isOurs := range map[int]bool{17 << 10: true, 24 << 10: true, 30 << 10: true, 64 << 10: false} {
		r, err := http.NewRequest(http.MethodGet, p.url+"/livez", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Large", strings.Repeat("x", size))
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge || strings.Contains(string(body), `"what":"header"`) != isOurs {
			t.Errorf("a header of %d bytes: %s %q, %v; want 431, told why: %t", size, answer.Status, body, err, isOurs)
		}
	}
	eventually(t, "the security log has not three lines", func() bool {
		return strings.Count(p.log.String(), " what=header max=16384 got=") == 3
	})
}

func TestTheBannerSignsInToADemoThatIsThere(t *testing.T) {
	shown := regexp.MustCompile(`(Authorization: Bearer|contactpanel token --agent NAME)`)
	with, without := t.TempDir(), t.TempDir()
	if _, status := command(t, "import", "--org", "other", "--data", without, rowsFile(t)); status != exitFailed {
		t.Fatalf("the import of good and bad rows gave status %d", status)
	}
	for _, tt := range []struct {
		name, data, want string
		args             []string
	}{
		{"a first start makes the demo", with, "Authorization: Bearer", nil},
		{"the demo is there", with, "Authorization: Bearer", []string{"--no-demo"}},
		{"another organisation is there", without, "contactpanel token --agent NAME", nil},
	} {
		ctx, stop := context.WithCancel(t.Context())
		out, in := io.Pipe()
		ended := make(chan int, 1)
		go func() {
			ended <- run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0", "--data", tt.data}, tt.args...), in, io.Discard)
			in.Close()
		}()
		if got := readUntil(out, shown); got != tt.want {
			t.Errorf("%s: the banner has %q, want %q", tt.name, got, tt.want)
		}
		go io.Copy(io.Discard, out)
		stop()
		if status := <-ended; status != exitFine {
			t.Errorf("%s: the gateway ended with status %d", tt.name, status)
		}
	}
}

func TestWhatTheAuditMissesIsInTheLog(t *testing.T) {
	var text bytes.Buffer
	lose := auditLost(slog.New(slog.NewTextHandler(&text, nil)))
	answer := httptest.NewRecorder()
	graph.WithRequestID(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		lose(r.Context(), contact.Fault(contact.Unavailable, errors.New("cut off"), "the store does not answer"))
	})).ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/graphql", nil))
	for _, want := range []string{"level=ERROR", answer.Header().Get("X-Request-Id"), "DB_UNAVAILABLE", "cut off"} {
		if want == "" || !strings.Contains(text.String(), want) {
			t.Errorf("the log does not say %q: %s", want, &text)
		}
	}
}
