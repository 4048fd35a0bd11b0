package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// rows are good and bad ones, and the first again.
const rows = `customer_number,name,email,network,handle,membership,vip,note
N-1,Ines Import,ines@example.com,instagram,ines_i,Gold,yes,first note
N-2,Bad Mail,nobody,instagram,bad_mail,Basic,no,
N-3,Jo Import,jo@example.com,x,@jo,silver,no,second note
N-1,Ines Import,ines@example.com,instagram,ines_i,Gold,yes,first note
N-1,Ines Import,jo@example.com,instagram,ines_i,Gold,yes,
`

func rowsFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.csv")
	if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAnImportReportsTheSameBesideAGatewayAndAlone(t *testing.T) {
	file := rowsFile(t)
	alone, beside := t.TempDir(), t.TempDir()
	importInto := func(data string) (string, int) {
		return command(t, "import", "--org", "files", "--json", "--data", data, file)
	}
	wantFirst, status := importInto(alone)
	if status != exitFailed {
		t.Errorf("an import with refused rows gave status %d, want %d", status, exitFailed)
	}
	wantSecond, _ := importInto(alone)

	p := start(t, beside, "--no-demo")
	gotFirst, _ := importInto(beside)
	gotSecond, _ := importInto(beside)
	if gotFirst != wantFirst || gotSecond != wantSecond {
		t.Errorf("beside a gateway:\n%s%s\nalone:\n%s%s", gotFirst, gotSecond, wantFirst, wantSecond)
	}
	for report, want := range map[string]string{
		wantFirst:  `{"summary":{"created":2,"updated":0,"unchanged":1,"refused":2}}`,
		wantSecond: `{"summary":{"created":0,"updated":0,"unchanged":3,"refused":2}}`,
	} {
		lines := strings.Split(strings.TrimSpace(report), "\n")
		if lines[len(lines)-1] != want {
			t.Errorf("the summary is %s, want %s", lines[len(lines)-1], want)
		}
		var refusal struct {
			File  string
			Line  int
			Field string
		}
		if err := json.Unmarshal([]byte(lines[0]), &refusal); err != nil || refusal.File != file || refusal.Line != 3 || refusal.Field != "email" {
			t.Errorf("the first refusal is %s: %v", lines[0], err)
		}
	}
	p.kill()
	if panelOf(t, start(t, alone, "--no-demo"), alone) != panelOf(t, start(t, beside, "--no-demo"), beside) {
		t.Error("the two ways left different contacts")
	}
}

// panelOf gives what the import left, without ids and times.
func panelOf(t *testing.T, p *process, data string) string {
	t.Helper()
	a, err := ask(p.url, header(t, data, "--agent", "Ada", "--org", "files"), `{ contacts(first: 10) { nodes {
	  displayName vip { isVip by { name } } profiles { network handle }
	  attributes { __typename ... on Attribute { definition { key } origin setBy { name } version values {
	    ... on EmailValue { email } ... on TextValue { text } ... on ChoiceValue { choice { key } } } } }
	  notes { nodes { body author { id name } version } } } } }`, nil)
	return string(member[json.RawMessage](t, a, err, "contacts"))
}

func TestAnImportThroughAGatewayWritesAsTheIntegrationImport(t *testing.T) {
	data := t.TempDir()
	p := start(t, data, "--no-demo")
	command(t, "import", "--org", "files", "--data", data, rowsFile(t))
	panel := panelOf(t, p, data)
	for _, want := range []string{`"by":{"name":"import"}`, `"author":{"id":"import","name":"import"}`, `"origin":"IMPORT"`, `"setBy":{"name":"import"}`} {
		if !strings.Contains(panel, want) {
			t.Errorf("the panel lacks %s: %s", want, panel)
		}
	}
}
