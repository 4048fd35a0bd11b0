package main

import (
	"bytes"
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"contactpanel/store/mongo/mongotest"
)

// eventually waits for a condition, long enough for a machine that has other things to do.
func eventually(tb testing.TB, what string, is func() bool) {
	tb.Helper()
	deadline, tick := time.After(time.Minute), time.NewTicker(50*time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-deadline:
			tb.Fatalf("after a minute: %s", what)
		case <-tick.C:
		}
	}
}

// status asks a page of the gateway.
func status(t *testing.T, url string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(response.Body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body.String()
}

func TestTwoGatewaysServeOneDatabase(t *testing.T) {
	uri, data := mongotest.Database(t), t.TempDir()
	t.Setenv("CONTACTPANEL_STORE", uri)
	one, two := start(t, data, "--no-demo"), start(t, data, "--no-demo")
	authorization := header(t, data, "--agent", "Ada", "--org", "shop")
	id := makeContact(t, one.url, authorization, "Carla Customer")
	for _, p := range []*process{one, two} {
		a, err := ask(p.url, authorization, `mutation($input: AddNoteInput!) { addNote(input: $input) { problems { code } } }`,
			map[string]any{"input": map[string]any{"contactId": id, "body": "Called back."}})
		member[struct{}](t, a, err, "addNote")
	}
	a, err := ask(two.url, authorization, `query($id: ID!) { contact(id: $id) { displayName notes { totalCount } } }`, map[string]any{"id": id})
	got := member[struct {
		DisplayName string
		Notes       struct{ TotalCount int }
	}](t, a, err, "contact")
	if got.DisplayName != "Carla Customer" || got.Notes.TotalCount != 2 {
		t.Errorf("the second gateway shows %+v, want Carla Customer with two notes", got)
	}
}

func TestAGatewayWaitsForItsDatabase(t *testing.T) {
	server := mongotest.Own(t, mongotest.Options{})
	uri := server.Database()
	server.Kill(t)
	data := t.TempDir()
	t.Setenv("CONTACTPANEL_STORE", uri)
	p := start(t, data, "--no-demo")
	if code, _ := status(t, p.url+"/livez"); code != http.StatusOK {
		t.Errorf("/livez is %d without a database, want 200", code)
	}
	if code, why := status(t, p.url+"/readyz"); code != http.StatusServiceUnavailable || !strings.Contains(why, "the database cannot be reached") {
		t.Errorf("/readyz is %d %q without a database, want 503 and the reason", code, why)
	}
	a, err := ask(p.url, header(t, data, "--agent", "Ada", "--org", "shop"), `{ contacts { totalCount } }`, nil)
	if err != nil || len(a.Errors) != 1 || a.Errors[0].Extensions.Code != "DB_UNAVAILABLE" {
		t.Errorf("a query without a database gave %+v, %v; want DB_UNAVAILABLE", a, err)
	}
	server.Start(t)
	eventually(t, "the gateway is not ready", func() bool { code, _ := status(t, p.url+"/readyz"); return code == http.StatusOK })
	makeContact(t, p.url, header(t, data, "--agent", "Ada", "--org", "shop"), "Carla Customer")
	if log := p.log.String(); !strings.Contains(log, "trying again") || strings.Contains(log, uri) {
		t.Errorf("the log tells the connection string, or nothing of the trouble:\n%s", log)
	}
}

func TestAServerWithoutAReplicaSetIsRefused(t *testing.T) {
	server := mongotest.Own(t, mongotest.Options{Standalone: true})
	t.Setenv("CONTACTPANEL_STORE", server.Database())
	var out, errOut bytes.Buffer
	if code := run(t.Context(), []string{"serve", "--listen", "127.0.0.1:0", "--data", t.TempDir()}, &out, &errOut); code != exitFailed ||
		!strings.Contains(errOut.String(), "--replSet") {
		t.Errorf("status %d and %q, want %d and what to do", code, &errOut, exitFailed)
	}
}

func TestAnOrganisationMovesToMongoDBAndBack(t *testing.T) {
	_, file := demoArchive(t)
	uri, back, folder := mongotest.Database(t), t.TempDir(), t.TempDir()
	there, again := filepath.Join(folder, "there.jsonl"), filepath.Join(folder, "again.jsonl")
	for _, args := range [][]string{
		{"import", "--store", uri, file}, {"export", "--store", uri, "--out", there},
		{"import", "--data", back, there}, {"export", "--data", back, "--out", again},
	} {
		if said, status := told(t, args...); status != exitFine {
			t.Fatalf("%v gave status %d and %q", args, status, said)
		}
	}
	if want := content(t, file); !bytes.Equal(content(t, there), want) || !bytes.Equal(content(t, again), want) {
		t.Error("an organisation that went to MongoDB and back is not the same bytes")
	}
}

func TestTheStoreMayStandInAFile(t *testing.T) {
	folder := t.TempDir()
	url := filepath.Join(folder, "panel.db")
	named := writeFile(t, folder, "store", url+"\n")
	out, code := told(t, "export", "--store-file", named, "--out", "-")
	if code != exitFailed || !strings.Contains(out, "no such organisation") {
		t.Errorf("export of an empty store gave status %d and %q", code, out)
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--store", url, "--store-file", named}, "cannot be used together"},
		{[]string{"--store-file", filepath.Join(folder, "missing")}, "read --store-file"},
		{[]string{"--store-file", writeFile(t, folder, "empty", " \n")}, "is empty"},
	} {
		if said, code := told(t, append([]string{"export", "--out", "-"}, tt.args...)...); code != exitFailed || !strings.Contains(said, tt.want) {
			t.Errorf("%v gave status %d and %q, want %q", tt.args, code, said, tt.want)
		}
	}
	var out2, errOut bytes.Buffer
	t.Setenv("CONTACTPANEL_STORE_FILE", named)
	if code := run(context.Background(), []string{"export", "--out", "-"}, &out2, &errOut); code != exitFailed || !strings.Contains(errOut.String(), "no such organisation") {
		t.Errorf("the variable gave status %d and %q", code, &errOut)
	}
}

func TestTheDemoIsMadeInMongoDBByOneOfTwoGateways(t *testing.T) {
	uri, data := mongotest.Database(t), t.TempDir()
	t.Setenv("CONTACTPANEL_STORE", uri)
	for _, p := range startTogether(t, 2, data) {
		wantDemo(t, p, data)
	}
}

// wantDemo waits until a gateway is ready and looks for the demo, once.
func wantDemo(t *testing.T, p *process, data string) {
	t.Helper()
	eventually(t, "the gateway is not ready", func() bool { code, _ := status(t, p.url+"/readyz"); return code == http.StatusOK })
	authorization := header(t, data, "--agent", "Ada")
	for query, want := range map[string]int{`{ contacts { totalCount } }`: 220, `{ contacts(search: "mueller") { totalCount } }`: 7} {
		a, err := ask(p.url, authorization, query, nil)
		if c := member[struct{ TotalCount int }](t, a, err, "contacts"); c.TotalCount != want {
			t.Errorf("%s counts %d in the demo, want %d", query, c.TotalCount, want)
		}
	}
}

func TestADemoThatTheStoreCannotTakeIsGivenUp(t *testing.T) {
	server := mongotest.Own(t, mongotest.Options{})
	data := t.TempDir()
	t.Setenv("CONTACTPANEL_STORE", server.Database())
	server.FailCommand(t, mongotest.Fault{Commands: []string{"insert", "bulkWrite"}, App: "contactpanel", How: mongotest.Unlabelled(262)}) // it took too long
	p := start(t, data)
	eventually(t, "the gateway is not ready", func() bool { code, _ := status(t, p.url+"/readyz"); return code == http.StatusOK })
	eventually(t, "the log does not say so", func() bool { return strings.Contains(p.log.String(), "going on without") })
	log := p.log.String()
	again, givenUp := strings.Count(log, "the gateway is not ready; trying again"), strings.Count(log, "too slow for the demo; going on without")
	if again != 2 || givenUp != 1 {
		t.Errorf("the log tells %d times of another try and %d times of the end, want 2 and 1:\n%s", again, givenUp, log)
	}
	server.Heal(t)
	authorization := header(t, data, "--agent", "Ada")
	makeContact(t, p.url, authorization, "Carla Customer")
	a, err := ask(p.url, authorization, `{ contacts { totalCount } }`, nil)
	if c := member[struct{ TotalCount int }](t, a, err, "contacts"); c.TotalCount != 1 {
		t.Errorf("there are %d contacts, want the one that was made", c.TotalCount)
	}
}

func TestOperatorSaysHowLongACallToTheDatabaseMayTake(t *testing.T) {
	server := mongotest.Own(t, mongotest.Options{})
	t.Setenv("CONTACTPANEL_STORE", server.Database())
	silent := mongotest.Fault{Commands: []string{"find", "aggregate"}, App: "contactpanel", How: mongotest.Blocks(time.Second)}
	for args, want := range map[string]string{"--limit-store-call=2s": "", "--limit-store-call=200ms": "DB_UNAVAILABLE"} {
		data := t.TempDir()
		p := start(t, data, "--no-demo", args)
		eventually(t, "the gateway is not ready", func() bool { code, _ := status(t, p.url+"/readyz"); return code == http.StatusOK })
		authorization := header(t, data, "--agent", "Ada")
		if a, err := ask(p.url, authorization, "{ contacts { totalCount } }", nil); err != nil || len(a.Errors) > 0 {
			t.Fatalf("%s: %+v, %v", args, a, err)
		}
		silent.Times = 1
		server.FailCommand(t, silent)
		a, err := ask(p.url, authorization, "{ contacts { totalCount } }", nil)
		if err != nil || (len(a.Errors) > 0) != (want != "") || want != "" && a.Errors[0].Extensions.Code != want {
			t.Errorf("%s: %+v, %v; want %q", args, a, err, want)
		}
		server.Heal(t)
		p.terminate()
	}
}
