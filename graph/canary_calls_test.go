package graph_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"contactpanel/auth"
	"contactpanel/contact"
)

// asWritten writes a JSON value as GraphQL does; enum values are texts there.
func asWritten(v any) string {
	switch v := v.(type) {
	case string:
		return strings.ReplaceAll(strconv.QuoteToASCII(v), `\x`, `\u00`)
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = asWritten(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case map[string]any:
		var members []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			members = append(members, name+": "+asWritten(v[name]))
		}
		return "{" + strings.Join(members, ", ") + "}"
	default:
		return fmt.Sprint(v)
	}
}

// problemFields select all that a problem says, but for what stands there now.
func problemFields(schema *ast.Schema) string {
	var b strings.Builder
	b.WriteString(" problems { __typename")
	for _, def := range schema.GetPossibleTypes(schema.Types["Problem"]) {
		b.WriteString(" ... on " + def.Name + " {")
		for _, f := range def.Fields {
			if answers := schema.Types[f.Type.Name()]; answers.IsLeafType() {
				b.WriteString(" " + f.Name)
			}
		}
		b.WriteString(" }")
	}
	return b.String() + " }"
}

// requestsFor are the documents of a call: with variables, and with everything in the document.
func (c markedCall) requestsFor(kind, frame string, field *ast.FieldDefinition, selected string) map[string]map[string]any {
	var declared, given, written []string
	for _, a := range field.Arguments {
		if v, ok := c.arguments[a.Name]; ok {
			declared = append(declared, "$"+a.Name+": "+a.Type.String())
			given = append(given, a.Name+": $"+a.Name)
			written = append(written, a.Name+": "+asWritten(v))
		}
	}
	list := func(items []string) string { return "(" + strings.Join(items, ", ") + ")" }
	call := func(arguments []string) string {
		return strings.ReplaceAll(frame, "$", field.Name+list(arguments)+selected)
	}
	return map[string]map[string]any{
		"by variables": {"query": kind + " A" + list(declared) + call(given), "variables": c.arguments},
		"written":      {"query": kind + call(written)},
	}
}

// frames say how a field of a type is asked for, and as what; $ is the field.
func frames() map[string][2]string {
	return map[string][2]string{
		"Query": {"query", " { $ }"}, "Mutation": {"mutation", " { $ }"}, "Subscription": {"subscription", " { $ }"}, "Contact": {"query", ` { contact(id: "contact_full") { $ } }`},
	}
}

// TestNoFieldRepeatsWhatItIsGiven calls every field that has arguments with the marker in every place. The calls are made of the
// schema, so that a new field and a new member are called by themselves.
func TestNoFieldRepeatsWhatItIsGiven(t *testing.T) {
	schema := loadSchema(t)
	for _, def := range ownTypes(schema) {
		for _, field := range def.Fields {
			if len(field.Arguments) == 0 || strings.HasPrefix(field.Name, "__") {
				continue
			}
			frame, ok := frames()[def.Name]
			if !ok {
				t.Errorf("say how %s of %s is asked for", field.Name, def.Name)
				continue
			}
			t.Run(def.Name+"."+field.Name, func(t *testing.T) {
				t.Parallel()
				callMarked(t, schema, frame, field)
			})
		}
	}
}

// callMarked makes all calls of a field, some of which must be refused.
func callMarked(t *testing.T, schema *ast.Schema, frame [2]string, field *ast.FieldDefinition) {
	t.Helper()
	w := newFullWorld(t)
	kind, selected := frame[0], ""
	switch answers := schema.Types[field.Type.Name()]; {
	case kind == "mutation":
		selected = " { " + problemFields(schema) + " }"
	case !answers.IsLeafType():
		selected = " { __typename }"
	}
	refused, logged := 0, 0
	for _, call := range marked(schema, field) {
		for how, members := range call.requestsFor(kind, frame[1], field, selected) {
			for _, who := range []auth.TokenRequest{ada, adam} {
				w.clock.advance(time.Minute) // neither the log nor the audit leaves anything out
				isRefused, lines := w.repeatsNothing(t, call.where+", "+how+" as "+string(who.Role), kind, who, members)
				if isRefused {
					refused++
				}
				logged += lines
			}
		}
	}
	if refused == 0 || logged == 0 {
		t.Errorf("%d calls are refused, and %d lines are in the log", refused, logged)
	}
	w.auditRepeatsNothing(t)
}

// isName finds what a refusal calls an attribute that is not there, when it has the form of a key.
var isName = regexp.MustCompile(`"code":"not_found","message":"the organisation has no definition of this key\."(,"field":"[a-z][a-z0-9_]{0,63}")`)

// repeatsNothing makes a call, and says whether it was refused and how many lines it left in the log. What is left in the log and, of a refusal, in the answer must not
// have the marker.
func (w *world) repeatsNothing(t *testing.T, what, kind string, who auth.TokenRequest, members map[string]any) (isRefused bool, lines int) {
	t.Helper()
	body, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	var got answer
	if kind == "subscription" {
		l := w.openStream(t, request{as: &who, body: strings.NewReader(string(body))})
		events, err := l.rest()
		if err != nil || len(events) == 0 {
			t.Fatalf("%s: %q, %v: want it refused", what, events, err)
		}
		got.body = []byte(events[0].data)
	} else {
		got = w.send(t, request{as: &who, body: strings.NewReader(string(body))})
	}
	if said := strings.ToLower(string(got.body)); strings.Contains(isName.ReplaceAllString(said, ""), marker) {
		t.Errorf("%s: the answer repeats what was sent: %.500s", what, got.body)
	}
	log := w.log.take()
	if strings.Contains(strings.ToLower(log), marker) {
		t.Errorf("%s: the log repeats what was sent: %.500s", what, log)
	}
	return got.codes(t) != "", strings.Count(log, "\n")
}

// auditRepeatsNothing checks that no entry of a refused change holds the marker, unless it is the name of what is there.
func (w *world) auditRepeatsNothing(t *testing.T) {
	t.Helper()
	found, err := w.store.Store.Definitions(t.Context(), acme)
	if err != nil {
		t.Fatal(err)
	}
	isThere := map[string]bool{}
	for _, d := range found.Definitions {
		isThere[d.Key] = true
	}
	for _, s := range found.Sections {
		isThere[s.Key] = true
	}
	for i := range found.Groups {
		isThere[found.Groups[i].Key] = true
	}
	for _, e := range w.auditEntries(t, acme, contact.AuditQuery{}) {
		if isThere[e.Subject] {
			e.Subject = ""
		}
		if text := fmt.Sprintf("%+v", e); e.Refused != "" && strings.Contains(text, marker) {
			t.Errorf("an entry of the audit quotes what was sent: %.500s", text)
		}
	}
}
