package main

import (
	"bytes"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"contactpanel/graph"
)

// limitTags are the tags of all limits, in the order in which they are declared.
func limitTags(t reflect.Type) []reflect.StructTag {
	var out []reflect.StructTag
	for i := range t.NumField() {
		if f := t.Field(i); f.Type.Kind() == reflect.Struct {
			out = append(out, limitTags(f.Type)...)
		} else {
			out = append(out, f.Tag)
		}
	}
	return out
}

func TestEveryLimitIsAFlagAVariableAndDocumented(t *testing.T) {
	doc, err := os.ReadFile("docs/limits.md")
	if err != nil {
		t.Fatal(err)
	}
	var help bytes.Buffer
	if code := run(t.Context(), []string{"serve", "--help"}, &help, &help); code != exitFine {
		t.Fatalf("serve --help: status %d: %s", code, &help)
	}
	_, limits, hasGroup := strings.Cut(help.String(), "\nLimits")
	if !hasGroup {
		t.Error("--help has no group of limits")
	}
	at, documented := -1, -1
	seen := map[string]bool{}
	for _, tag := range limitTags(reflect.TypeFor[graph.Limits]()) {
		name, variable := tag.Get("name"), tag.Get("env")
		if seen[name] {
			t.Errorf("two limits are called %s", name)
		}
		seen[name] = true
		if want := strings.ToUpper(strings.ReplaceAll(name, "-", "_")); variable != want {
			t.Errorf("%s has the variable %s, want %s", name, variable, want)
		}
		if row := regexp.MustCompile(`(?m)^\| ` + "`" + name + "` " + `\| ` + tag.Get("default") + ` \|`); !row.Match(doc) {
			t.Errorf("docs/limits.md has no row for %s with the default %s", name, tag.Get("default"))
		}
		inHelp, inDoc := strings.Index(limits, "--limit-"+name+"="), bytes.Index(doc, []byte("\n| `"+name+"` |"))
		if inHelp < at || inDoc < documented {
			t.Errorf("%s stands in another order in --help, docs/limits.md and the program", name)
		}
		at, documented = inHelp, inDoc
		if !strings.Contains(limits, "--limit-"+name+"=") || !strings.Contains(limits, "$CONTACTPANEL_LIMIT_"+variable+")") {
			t.Errorf("--help does not tell --limit-%s and its variable", name)
		}
	}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|").FindAllSubmatch(doc, -1) {
		if !seen[string(row[1])] {
			t.Errorf("docs/limits.md has a row for %s, which is none", row[1])
		}
	}
}

func TestLimitsThatMakeNoSenseAreRefusedAtStart(t *testing.T) {
	for args, want := range map[string]string{
		"--limit-depth=0":                "--limit-depth (CONTACTPANEL_LIMIT_DEPTH): 0 is too little; the least is 1",
		"--limit-depth=-1":               "--limit-depth (CONTACTPANEL_LIMIT_DEPTH): -1 is too little; the least is 1",
		"--limit-depth=many":             "--limit-depth: ",
		"--limit-body=0":                 "--limit-body (CONTACTPANEL_LIMIT_BODY): 0B is too little; the least is 1B",
		"--limit-body=12kb":              "want a number of bytes, such as 65536, 64KiB or 2MiB",
		"--limit-first=0":                "--limit-first (CONTACTPANEL_LIMIT_FIRST): 0 is too little; the least is 20",
		"--limit-first=101":              "--limit-first (CONTACTPANEL_LIMIT_FIRST): 101 is too much; the most is 100",
		"--limit-operation-time=0s":      "--limit-operation-time (CONTACTPANEL_LIMIT_OPERATION_TIME): 0s is too little; the least is 1ms",
		"--limit-sockets=0":              "--limit-sockets (CONTACTPANEL_LIMIT_SOCKETS): 0 is too little; the least is 1",
		"--limit-cached-document=17KiB":  "--limit-cached-document (CONTACTPANEL_LIMIT_CACHED_DOCUMENT) is more than --limit-document",
		"--limit-integration-rate=19999": "--limit-integration-rate (CONTACTPANEL_LIMIT_INTEGRATION_RATE) is less than ten times --limit-cost",
		"--limit-silence=20s":            "--limit-silence (CONTACTPANEL_LIMIT_SILENCE) is not more than --limit-ping",
		"--limit-refused-answer=1023":    "--limit-refused-answer (CONTACTPANEL_LIMIT_REFUSED_ANSWER): 1023B is too little; the least is 1KiB",
		"--limit-cached-documents=2e100": "--limit-cached-documents: ",
	} {
		var out, errOut bytes.Buffer
		data := t.TempDir()
		code := run(t.Context(), []string{"serve", args, "--listen", "127.0.0.1:0", "--data", data}, &out, &errOut)
		if code != exitUsage || !strings.Contains(errOut.String(), want) {
			t.Errorf("%s: status %d: %s, want %d and %q", args, code, &errOut, exitUsage, want)
		}
		if files, err := os.ReadDir(data); err != nil || len(files) > 0 {
			t.Errorf("%s: something was made before: %v %v", args, files, err)
		}
	}
}

func TestLimitsHoldInTheProgramByFlagAndByVariable(t *testing.T) {
	t.Setenv("CONTACTPANEL_LIMIT_ALIASES", "1")
	t.Setenv("CONTACTPANEL_LIMIT_DEPTH", "5")
	p := start(t, t.TempDir(), "--no-demo", "--limit-depth", "2", "--limit-first=30")
	authorization := header(t, p.data, "--agent", "Ada")
	for query, want := range map[string]string{
		"{ viewer { id } }":                                                     "",
		"{ contacts { pageInfo { hasNextPage } } }":                             "QUERY_TOO_DEEP",
		"{ viewer { a: id b: name } }":                                          "TOO_MANY_ALIASES",
		"{ contacts(first: 31) { totalCount } }":                                "BAD_USER_INPUT",
		"{ contacts(first: 30) { totalCount } }":                                "",
		"{ limits { maxPageSize } }":                                            "",
		"{ contacts(first: 30) { totalCount } viewer { id } a: viewer { id } }": "",
	} {
		a, err := ask(p.url, authorization, query, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if len(a.Errors) > 0 {
			got = a.Errors[0].Extensions.Code
		}
		if got != want {
			t.Errorf("%s: %+v, want %q", query, a, want)
		}
	}
	a, err := ask(p.url, authorization, "{ limits { maxPageSize } }", nil)
	if l := member[struct{ MaxPageSize int }](t, a, err, "limits"); l.MaxPageSize != 30 {
		t.Errorf("limits says that the largest page is %d, want 30", l.MaxPageSize)
	}
}
