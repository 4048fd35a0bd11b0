package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// demoArchive exports the demo organisation of a gateway that was started once.
func demoArchive(t *testing.T) (data, file string) {
	t.Helper()
	data, file = t.TempDir(), filepath.Join(t.TempDir(), "demo.jsonl")
	start(t, data).kill()
	if out, status := command(t, "export", "--data", data, "--out", file); status != exitFine {
		t.Fatalf("export gave status %d and %q", status, out)
	}
	return data, file
}

func content(t *testing.T, file string) []byte {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// told runs the program in this process and gives what it told the person at the terminal.
func told(t *testing.T, args ...string) (string, int) {
	t.Helper()
	var out, errOut bytes.Buffer
	status := run(context.Background(), args, &out, &errOut)
	return out.String() + errOut.String(), status
}

func TestAnExportMovesAnOrganisationToAnotherStore(t *testing.T) {
	from, file := demoArchive(t)
	to, again := t.TempDir(), filepath.Join(t.TempDir(), "again.jsonl")
	report := regexp.MustCompile(`^imported "demo": \d+ contacts, \d+ notes, \d+ definitions, \d+ groups in \d+\.\d s\n$`)
	if out, status := command(t, "import", "--data", to, file); status != exitFine || !report.MatchString(out) {
		t.Fatalf("import gave status %d and %q", status, out)
	}
	if _, status := command(t, "export", "--data", to, "--out", again); status != exitFine {
		t.Fatalf("export of the copy gave status %d", status)
	}
	if !bytes.Equal(content(t, file), content(t, again)) {
		t.Error("an export of the copy is not the same bytes")
	}
	if printed, status := command(t, "export", "--data", to, "--out", "-"); status != exitFine || printed != string(content(t, file)) {
		t.Errorf("an export to standard output gave status %d and %d bytes, want those of the file", status, len(printed))
	}
	if want, got := demoPanel(t, from), demoPanel(t, to); got != want {
		t.Errorf("the panel of the copy shows\n%s, want\n%s", got, want)
	}
}

// demoPanel gives what the panel shows of two contacts, all but the positions in their streams.
func demoPanel(t *testing.T, data string) string {
	t.Helper()
	p := start(t, data)
	defer p.kill()
	a, err := ask(p.url, header(t, data, "--agent", "Ada"), `{ contacts(first: 2, orderBy: {field: UPDATED_AT, direction: DESC}) { totalCount nodes {
	  id displayName avatarUrl createdAt updatedAt version vip { isVip since reason expiresAt by { id name } }
	  profiles { id network handle displayName avatarUrl profileUrl }
	  sections { key label attributes { __typename ... on Attribute { id definition { key version rules { __typename } } origin setBy { id name } setAt version } } }
	  notes(first: 10) { totalCount nodes { id body author { id name } createdAt lastEditedAt version } }
	  deletedNotes(first: 10) { totalCount nodes { id body } } } } }`, nil)
	return string(member[json.RawMessage](t, a, err, "contacts"))
}

func TestAWholeOrganisationMayGetAnotherName(t *testing.T) {
	data, file := demoArchive(t)
	if out, status := command(t, "import", "--data", data, "--org", "copy", file); status != exitFine || !strings.HasPrefix(out, `imported "copy": `) {
		t.Fatalf("import gave status %d and %q", status, out)
	}
	printed, _ := command(t, "export", "--data", data, "--org", "copy", "--out", "-")
	want := bytes.Replace(content(t, file), []byte(`"organisation":"demo"`), []byte(`"organisation":"copy"`), 1)
	if printed != string(want) {
		t.Error("the copy differs in more than its name")
	}
	if said, status := told(t, "import", "--data", data, file); status != exitFailed || !strings.Contains(said, "the organisation exists already; import into") {
		t.Errorf("import over the first gave status %d and %q", status, said)
	}
}

func TestAFileThatIsCutShortLeavesNothingToSee(t *testing.T) {
	_, file := demoArchive(t)
	lines := bytes.SplitAfter(content(t, file), []byte("\n"))
	to, cut := t.TempDir(), filepath.Join(t.TempDir(), "cut.jsonl")
	for _, n := range []int{len(lines) / 2, len(lines) - 2} {
		if err := os.WriteFile(cut, bytes.Join(lines[:n], nil), 0o600); err != nil {
			t.Fatal(err)
		}
		said, status := told(t, "import", "--data", to, cut)
		if status != exitFailed || !strings.Contains(said, "the file is cut short") || !strings.Contains(said, "can be run again") {
			t.Errorf("import of %d lines gave status %d and %q", n, status, said)
		}
		if said, status := told(t, "export", "--data", to, "--out", "-"); status != exitFailed || !strings.Contains(said, "its import has not ended") {
			t.Errorf("export of what was left gave status %d and %q", status, said)
		}
	}
	p := start(t, to)
	a, err := ask(p.url, header(t, to, "--agent", "Ada"), `{ viewer { agent { name } } }`, nil)
	if err != nil || len(a.Errors) != 1 || a.Errors[0].Extensions.Code != "FORBIDDEN" {
		t.Errorf("an agent of a half-imported organisation got %+v, %v; want FORBIDDEN", a, err)
	}
	p.kill()
	if said, status := told(t, "import", "--data", to, rowsFile(t)); status != exitFailed || !strings.Contains(said, "is being imported") {
		t.Errorf("import of rows into it gave status %d and %q", status, said)
	}
	if said, status := told(t, "import", "--data", to, file); status != exitFine {
		t.Fatalf("import of the whole file gave status %d and %q", status, said)
	}
	if printed, _ := command(t, "export", "--data", to, "--out", "-"); printed != string(content(t, file)) {
		t.Error("what was imported in three tries is not what was exported")
	}
}

func TestAGatewayMustStopForAnExport(t *testing.T) {
	data, file := demoArchive(t)
	p := start(t, data)
	for _, args := range [][]string{
		{"export", "--data", data, "--out", filepath.Join(t.TempDir(), "x.jsonl")}, {"import", "--data", data, "--org", "copy", file},
	} {
		said, status := told(t, args...)
		if status != exitFailed || !strings.Contains(said, "a gateway at "+p.url+": stop it first") {
			t.Errorf("%v beside a gateway gave status %d and %q", args, status, said)
		}
		if left, err := os.ReadDir(filepath.Dir(args[len(args)-1])); args[0] == "export" && (err != nil || len(left) > 0) {
			t.Errorf("the refused export left %v, %v", left, err)
		}
	}
}

func TestABrokenExportLeavesTheFileThatWasThere(t *testing.T) {
	data, file := demoArchive(t)
	info, err := os.Stat(file)
	if err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("the file has mode %v, %v; want -rw-------", info.Mode(), err)
	}
	before := content(t, file)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, try := range []struct {
		ctx  context.Context
		args []string
	}{
		{t.Context(), []string{"export", "--data", data, "--org", "nobody", "--out", file}},
		{ended, []string{"export", "--data", data, "--out", file}},
	} {
		if status := run(try.ctx, try.args, &bytes.Buffer{}, &bytes.Buffer{}); status != exitFailed {
			t.Errorf("%v gave status %d, want %d", try.args, status, exitFailed)
		}
	}
	left, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(left) != 1 || !bytes.Equal(content(t, file), before) {
		t.Errorf("broken exports left %v, %v, and the file the same: %v", left, err, bytes.Equal(content(t, file), before))
	}
	if out, status := command(t, "export", "--data", data, "--out", file); status != exitFine || !bytes.Equal(content(t, file), before) {
		t.Errorf("an export over the file gave status %d and %q", status, out)
	}
}

func TestWhatIsNoExportIsRefusedBeforeAStoreIsMade(t *testing.T) {
	folder, data := t.TempDir(), filepath.Join(t.TempDir(), "data")
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	other, csv := file("other.jsonl", "{\"a\":1}\n"), file("rows.csv", rows)
	newer := file("newer.JSONL", `{"kind":"archive","format":99}`+"\n")
	for _, tt := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"import", other}, exitFailed, "other.jsonl: line 1: the file is no archive"},
		{[]string{"import", newer}, exitFailed, "a newer version of contactpanel"},
		{[]string{"import", filepath.Join(folder, "missing.jsonl")}, exitFailed, "open the archive"},
		{[]string{"import", other, csv}, exitUsage, "is imported alone"},
		{[]string{"import", other, other}, exitUsage, "is imported alone"},
		{[]string{"import", "--region", "DE", other}, exitUsage, "--region is for CSV and vCard files"},
		{[]string{"import", "--encoding", "utf-8", other}, exitUsage, "--encoding is for CSV and vCard files"},
		{[]string{"import", "--map", other, other}, exitUsage, "--map is for CSV and vCard files"},
		{[]string{"import", "--json", other}, exitUsage, "--json is for CSV and vCard files"},
		{[]string{"import", "--token-file", other, other}, exitUsage, "--token-file (CONTACTPANEL_TOKEN_FILE) is for CSV and vCard files"},
		{[]string{"export"}, exitUsage, "--out"},
		{[]string{"export", "--out", folder}, exitFailed, "is no file"},
	} {
		said, status := told(t, append(slices.Clone(tt.args), "--data", data)...)
		if status != tt.status || !strings.Contains(said, tt.want) {
			t.Errorf("%v gave status %d and %q; want %d and %q", tt.args, status, said, tt.status, tt.want)
		}
	}
	if _, err := os.Stat(data); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the refused commands made a store: %v", err)
	}
}
