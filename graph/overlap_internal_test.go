package graph

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// parsedFor parses a document and gives its fields their definitions; nil when anything but overlaps is wrong with it.
func parsedFor(schema *ast.Schema, text string) *ast.QueryDocument {
	doc, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil || len(newValidator(schema, 1).checkRules(doc)) > 0 {
		return nil
	}
	return doc
}

// pairwise is what the library's rule says: it compares every two fields.
func pairwise(schema *ast.Schema, doc *ast.QueryDocument) (errs gqlerror.List) {
	var events core.Events
	rules.OverlappingFieldsCanBeMergedRule.RuleFunc(&events, func(options ...core.ErrorOption) {
		err := &gqlerror.Error{}
		for _, o := range options {
			o(err)
		}
		errs = append(errs, err)
	})
	core.Walk(schema, doc, &events)
	return errs
}

func checkOverlaps(t *testing.T, schema *ast.Schema, text string) (isCompared, hasConflict bool) {
	t.Helper()
	doc := parsedFor(schema, text)
	if doc == nil {
		return false, false
	}
	want, got := pairwise(schema, doc), findOverlaps(doc, 10)
	if (len(want) > 0) != (len(got) > 0) {
		t.Errorf("%s\nfinds %v, by pairs it is %v", text, got, want)
	}
	return true, len(got) > 0
}

// overlapping writes documents whose few names meet each other often.
type overlapping struct {
	*rand.Rand
	fragments int
}

// overlapParts are what can be selected in a type; $Name is a selection in another, # a number.
var overlapParts = map[string][]string{
	"Query":   {"viewer{id}", "viewer{name}", "node(id:#)$Node", "contact(id:#)$Contact", "contacts(first:#){nodes$Contact totalCount}"},
	"Node":    {"id", "__typename", "...on Contact$Contact", "...on Note$Note", "...on StandardAttribute{version values$Value}", "...on Node$Node"},
	"Contact": {"id", "displayName", "version", "notes(first:#){nodes$Note}", `attribute(key:"k#")$Attribute`, "primaryProfile{id handle}", "profiles{id network}", "...$Contact"},
	"Note":    {"id", "body", "version", "createdAt", "author{id}", "author{name}", "lastEditedBy{id}", "...on Node{id}", "...$Note"},
	"Attribute": {
		"__typename", "...on Attribute{values$Value id}", "...on Attribute{setBy{id} definition{key}}", "...on StandardAttribute{values$Value id}",
		"...on CrmAttribute{values$Value connector}", "...on CustomAttribute{definition{label} version}",
		"...on CrmAttribute{c:definition{b:label}}", "...on StandardAttribute{c:definition{b:key}}", "...on Attribute{c:definition{b:key}}",
		"...on CrmAttribute{a:setBy{b:name}}", "...on CustomAttribute{a:definition{b:version}}", "...on StandardAttribute{a:definition{b:key}}",
	},
	"Value": {"__typename", "...on TextValue{text}", "...on NumberValue{number}", "...on BooleanValue{boolean}", "...on EmailValue{email}", "...$Value"},
}

func (g *overlapping) selection(of string, deep int) string {
	var b strings.Builder
	b.WriteByte('{')
	for range 1 + g.IntN(4) {
		part := overlapParts[of][g.IntN(len(overlapParts[of]))]
		switch {
		case g.fragments > 0 && g.IntN(5) == 0 && (of == "Contact" || of == "Note"):
			part = fmt.Sprintf("...%s%d", of, g.IntN(g.fragments))
		case strings.HasPrefix(part, "..."):
		case g.IntN(3) == 0:
			part = string(rune('a'+g.IntN(2))) + ":" + part
		}
		if at := strings.IndexByte(part, '$'); at >= 0 {
			name := strings.FieldsFunc(part[at+1:], func(r rune) bool { return r == ' ' || r == '}' })[0]
			within := "{__typename}"
			if deep > 0 {
				within = g.selection(name, deep-1)
			}
			part = part[:at] + within + part[at+1+len(name):]
		}
		b.WriteString(strings.ReplaceAll(part, "#", fmt.Sprint(1+g.IntN(2))) + " ")
	}
	b.WriteByte('}')
	return b.String()
}

func (g *overlapping) document() string {
	g.fragments = 0
	fragments := ""
	for i := range g.IntN(3) {
		for _, of := range []string{"Contact", "Note"} {
			fragments += fmt.Sprintf(" fragment %s%d on %s%s", of, i, of, g.selection(of, 2))
		}
		g.fragments = i + 1 // a fragment spreads earlier ones alone: none is in a circle
	}
	return g.selection("Query", 4) + fragments
}

func TestOverlapsAreThoseThatComparingEveryPairFinds(t *testing.T) {
	schema, g := testDocuments().schema, &overlapping{Rand: rand.New(rand.NewPCG(1, 2))}
	compared, conflicts := 0, 0
	for i := 0; compared < 3000 && i < 300_000; i++ {
		isCompared, hasConflict := checkOverlaps(t, schema, g.document())
		if isCompared {
			compared++
		}
		if hasConflict {
			conflicts++
		}
	}
	if compared < 3000 || conflicts < compared/10 || conflicts > compared*9/10 {
		t.Errorf("%d of %d documents have overlaps", conflicts, compared)
	}
}

// TestNestedFragmentsAreLookedThroughOnce counts the fields that are looked at: by pairs, these two kilobytes are twenty million.
func TestNestedFragmentsAreLookedThroughOnce(t *testing.T) {
	d := testDocuments()
	nest := func(levels int, inner string) string {
		return strings.Repeat("...{", levels) + inner + strings.Repeat("}", levels)
	}
	for name, text := range map[string]string{
		"one field": "{viewer{" + nest(165, strings.Repeat("id ", 490)) + "}}",
		"two ways":  "{" + nest(90, "viewer{"+strings.Repeat("id ", 150)+"}viewer{"+strings.Repeat("id ", 150)+"}") + "}",
		"conflict":  "{viewer{" + nest(165, strings.Repeat("id ", 480)+"id:name") + "}}",
		"many types": "{node(id:1){" + strings.Repeat("...on Note{author{id name}}...on Contact{vip{by{id name}}}...on StandardAttribute{setBy{id name}}"+
			"...on CrmAttribute{setBy{id name}}...on CustomAttribute{setBy{id name}}", 10) + "}}",
	} {
		doc := parsedFor(d.schema, text)
		if doc == nil {
			t.Fatalf("%s does not hold", name)
		}
		o := overlaps{most: 10}
		o.look(o.collect(nil, doc.Operations[0].SelectionSet, map[string]bool{}), false)
		if o.steps > 2000 || (len(o.errs) > 0) != (name == "conflict") {
			t.Errorf("%s: %d fields were looked at, mistakes %v", name, o.steps, o.errs)
		}
	}
}

func TestOverlapsWithinOneObjectAreMistakesAndOthersNeedOneShape(t *testing.T) {
	schema := testDocuments().schema
	for within, want := range map[string]bool{
		"...on StandardAttribute{c:definition{b:key}}...on CrmAttribute{c:definition{b:label}}":    false,
		"...on StandardAttribute{c:definition{b:key}}...on CrmAttribute{c:definition{b:isList}}":   true,
		"...on StandardAttribute{c:definition{b:key}}...on Attribute{c:definition{b:label}}":       true,
		"...on StandardAttribute{c:definition{b:key}}...on Attribute{c:definition{b:key}}":         false,
		"...on StandardAttribute{c:definition{key}}...on StandardAttribute{c:setBy{name}}":         true,
		"...on StandardAttribute{c:definition{b:key}}...on StandardAttribute{c:definition{b:key}}": false,
	} {
		text := `{contact(id:1){attribute(key:"k"){` + within + `}}}`
		if isCompared, hasConflict := checkOverlaps(t, schema, text); !isCompared || hasConflict != want {
			t.Errorf("%s: compared %v, has a mistake %v", within, isCompared, hasConflict)
		}
	}
}
