package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"contactpanel/store/mongo/mongotest"
)

// binary is the program under test, built once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "contactpanel")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "contactpanel")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// Settings of these tests, and not of the gateways that they start.
var crashSetting, soakSetting = setting("CONTACTPANEL_CRASH_ROUNDS"), setting("CONTACTPANEL_SOAK_TIME")

// setting takes a variable out of the environment, where a gateway would take it for one of its own.
func setting(name string) string {
	value := os.Getenv(name)
	os.Unsetenv(name)
	return value
}

func TestMain(m *testing.M) {
	status := mongotest.Main{M: m}.Run()
	if path, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(status)
}

// process is a gateway in a process of its own.
type process struct {
	t      testing.TB
	cmd    *exec.Cmd
	data   string
	url    string
	log    *syncBuffer
	exited chan error
}

var urlPattern = regexp.MustCompile(`GraphQL +(http://127\.0\.0\.1:\d+)/graphql`)

// start runs a gateway over the data folder and waits until it says where it answers.
func start(tb testing.TB, data string, args ...string) *process {
	tb.Helper()
	return launch(tb, data, args...)()
}

// startTogether runs several gateways that begin at the same time.
func startTogether(tb testing.TB, n int, data string, args ...string) []*process {
	tb.Helper()
	waits, out := make([]func() *process, n), make([]*process, n)
	for i := range waits {
		waits[i] = launch(tb, data, args...)
	}
	for i, wait := range waits {
		out[i] = wait()
	}
	return out
}

// patient are limits for agents who work as fast as the machine; flags of a test win over them.
func patient() []string {
	return []string{
		"CONTACTPANEL_LIMIT_AGENT_RATE=1000000000", "CONTACTPANEL_LIMIT_AGENT_BURST=1000000000",
		"CONTACTPANEL_LIMIT_AGENT_RUNNING=1000", "CONTACTPANEL_LIMIT_ORGANISATION_RUNNING=1000",
	}
}

// launch runs a gateway, and returns what waits until it says where it answers.
func launch(tb testing.TB, data string, args ...string) (wait func() *process) {
	tb.Helper()
	path, err := binary()
	if err != nil {
		tb.Fatal(err)
	}
	p := &process{t: tb, data: data, log: &syncBuffer{}, exited: make(chan error, 1)}
	p.cmd = exec.Command(path, append([]string{"serve", "--listen", "127.0.0.1:0", "--data", data}, args...)...)
	p.cmd.Env = append(os.Environ(), patient()...)
	p.cmd.Stderr = p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	return func() *process {
		tb.Helper()
		banner := readUntil(out, urlPattern)
		go func() {
			io.Copy(io.Discard, out)
			p.exited <- p.cmd.Wait()
		}()
		if banner == "" {
			tb.Fatalf("the gateway did not become ready: %v\n%s", <-p.exited, p.log)
		}
		p.url = banner
		tb.Cleanup(p.kill)
		return p
	}
}

// readUntil reads until the pattern's first group is found; "" at the end of the stream.
func readUntil(r io.Reader, pattern *regexp.Regexp) string {
	var seen []byte
	chunk := make([]byte, 4096)
	for {
		n, err := r.Read(chunk)
		seen = append(seen, chunk[:n]...)
		if m := pattern.FindSubmatch(seen); m != nil {
			return string(m[1])
		}
		if err != nil {
			return ""
		}
	}
}

// kill ends the process as a power cut would. A process that has ended already is fine.
func (p *process) kill() {
	p.cmd.Process.Kill()
	if err, ok := <-p.exited; ok {
		_ = err
		close(p.exited)
	}
}

// terminate asks the process to end, as an orchestrator does.
func (p *process) terminate() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
}

// end waits until the process has ended and returns its exit status, -1 for one that a signal ended.
func (p *process) end(within time.Duration) int {
	p.t.Helper()
	select {
	case <-p.exited:
		close(p.exited)
	case <-time.After(within):
		p.t.Fatalf("the gateway runs %s after it was to end\n%s", within, p.log)
	}
	return p.cmd.ProcessState.ExitCode()
}

// header makes an Authorization header's value for the process's data folder.
func header(tb testing.TB, data string, args ...string) string {
	tb.Helper()
	out, status := command(tb, append([]string{"token", "--data", data}, args...)...)
	value, ok := strings.CutPrefix(strings.TrimSuffix(out, "\n"), "Authorization: ")
	if status != 0 || !ok {
		tb.Fatalf("token gave status %d and %q", status, out)
	}
	return value
}

// command runs the program in this process and gives what it printed and its status.
func command(tb testing.TB, args ...string) (string, int) {
	tb.Helper()
	var out, errOut bytes.Buffer
	status := run(context.Background(), args, &out, &errOut)
	if errOut.Len() > 0 {
		tb.Logf("%v: %s", args, &errOut)
	}
	return out.String(), status
}

// answer is a GraphQL answer.
type answer struct {
	Data   map[string]json.RawMessage
	Errors []struct {
		Message    string
		Extensions struct{ Code string }
	}
}

// ask sends a request; transport failures are errors.
func ask(url, authorization, query string, variables map[string]any) (*answer, error) {
	return askBy(http.DefaultClient, url, authorization, query, variables)
}

// askBy asks with a client of one's own.
func askBy(client *http.Client, url, authorization, query string, variables map[string]any) (*answer, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequest(http.MethodPost, url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", authorization)
	response, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var a answer
	return &a, json.NewDecoder(response.Body).Decode(&a)
}

// member reads one root field of an answer without errors.
func member[T any](tb testing.TB, a *answer, err error, name string) T {
	tb.Helper()
	var v T
	if err != nil || len(a.Errors) > 0 {
		tb.Fatalf("asking for %s: %v %+v", name, err, a)
	}
	if err := json.Unmarshal(a.Data[name], &v); err != nil {
		tb.Fatal(err)
	}
	return v
}

// syncBuffer is a buffer that a process may write while a test reads.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// upserted is what the tests read of an upsert.
type upserted struct {
	Outcome  string
	Contact  struct{ ID string }
	Problems []struct{ Code, Field, Message string }
}

const upsertMutation = `mutation($input: UpsertContactInput!) {
  upsertContact(input: $input) { outcome contact { id } problems { code field message } }
}`

// makeContact makes a contact through the gateway and returns its id.
func makeContact(tb testing.TB, url, authorization, name string) string {
	tb.Helper()
	a, err := ask(url, authorization, upsertMutation, map[string]any{"input": map[string]any{"name": name}})
	u := member[upserted](tb, a, err, "upsertContact")
	if u.Contact.ID == "" {
		tb.Fatalf("upsertContact: %+v", u)
	}
	return u.Contact.ID
}

// writeFile makes a file and returns its path.
func writeFile(tb testing.TB, folder, name, text string) string {
	tb.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}
