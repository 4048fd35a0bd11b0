package graph

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"contactpanel/graph/internal/gql"
	"contactpanel/graph/internal/limit"
)

func testDocuments() *documents {
	var limits Limits
	limit.Fill(&limits)
	return newDocuments(gql.NewExecutableSchema(gql.Config{}).Schema(), &limits, true)
}

func TestA6OnlyShortDocumentsThatHoldAreKeptAndOnlyTheSecondTime(t *testing.T) {
	d := testDocuments()
	for _, tt := range []struct {
		name, text string
		isKept     bool
	}{
		{"a document of 8 KiB", "{ viewer { id } }" + strings.Repeat(" ", 8<<10-17), true},
		{"a document of 8 KiB and a byte", "{ viewer { id } }" + strings.Repeat(" ", 8<<10-16), false},
		{"a document that is too deep", "{ viewer " + strings.Repeat("{ a ", 20) + strings.Repeat("}", 20) + " }", false},
		{"a document that does not hold", "{ viewer { no } }", false},
	} {
		for comes := 1; comes <= 2; comes++ {
			doc, errs := d.read(tt.text)
			if errs == nil {
				errs = d.validate(doc, tt.text)
			}
			again, isKept := d.kept.find(tt.text)
			if want := tt.isKept && comes == 2; isKept != want || isKept && (again != doc || errs != nil || !again.isValid) {
				t.Errorf("%s, time %d: kept %v, %v; want %v", tt.name, comes, isKept, errs, want)
			}
		}
	}
}

// naive measures an operation by doing what the walk must not do: it follows every fragment wherever it is spread, and
// tries every type that an object can be of. It gives up after so many steps.
type naive struct {
	*walk
	size     func(size) int64
	steps    int
	within   map[string]bool
	isBeyond bool // too many steps, or fragments in a circle: nothing is said
}

type naiveMeasure struct{ depth, fields, cost, perItem int64 }

// selection measures what is selected, by the type in which the document says it, in an object of a type, which is what the
// answer holds.
func (n *naive) selection(in, of *ast.Definition, set ast.SelectionSet) (out naiveMeasure) {
	for _, s := range set {
		if n.steps++; n.steps > 20_000 {
			n.isBeyond = true
			return out
		}
		var part naiveMeasure
		switch s := s.(type) {
		case *ast.Field:
			part = n.field(in, s)
		case *ast.InlineFragment:
			part = n.part(in, of, s.TypeCondition, s.SelectionSet)
		case *ast.FragmentSpread:
			f := n.fragments[s.Name]
			switch {
			case f == nil:
			case n.within[s.Name]:
				n.isBeyond = true
			default:
				n.within[s.Name] = true
				part = n.part(in, of, f.TypeCondition, f.SelectionSet)
				delete(n.within, s.Name)
			}
		}
		out.depth, out.fields = max(out.depth, part.depth), out.fields+part.fields
		out.cost, out.perItem = out.cost+part.cost, out.perItem+part.perItem
	}
	return out
}

// part measures a fragment. In an object of another type it counts its fields and costs nothing.
func (n *naive) part(in, of *ast.Definition, condition string, set ast.SelectionSet) naiveMeasure {
	def := in
	if condition != "" {
		def = n.schema.Types[condition]
	}
	if def == nil || of == nil || !fits(n.schema, of, def) {
		m := n.selection(def, nil, set)
		m.cost, m.perItem = 0, 0
		return m
	}
	return n.selection(def, of, set)
}

func fits(schema *ast.Schema, of, condition *ast.Definition) bool {
	if of == condition {
		return true
	}
	for _, possible := range schema.GetPossibleTypes(condition) {
		if possible == of {
			return true
		}
	}
	return false
}

func (n *naive) field(in *ast.Definition, f *ast.Field) naiveMeasure {
	var def *ast.FieldDefinition
	if in != nil {
		def = in.Fields.ForName(f.Name)
	}
	if def == nil {
		m := n.selection(nil, nil, f.SelectionSet)
		return naiveMeasure{depth: 1 + m.depth, fields: 1 + m.fields}
	}
	answers := n.schema.Types[def.Type.Name()]
	types := []*ast.Definition{answers}
	if answers.IsAbstractType() {
		types = n.schema.GetPossibleTypes(answers)
	}
	var inner naiveMeasure
	for _, t := range types {
		m := n.selection(answers, t, f.SelectionSet)
		inner.depth, inner.fields = max(inner.depth, m.depth), max(inner.fields, m.fields)
		inner.cost, inner.perItem = max(inner.cost, m.cost), max(inner.perItem, m.perItem)
	}
	out := naiveMeasure{depth: 1 + inner.depth, fields: 1 + inner.fields}
	p := n.prices[def]
	switch count := n.size(p.size(f).settled(n.most)); {
	case p.isLeaf:
		out.cost = p.points
	case p.isPage:
		out.cost = p.points + inner.cost + count*inner.perItem
	case p.perItem:
		out.perItem = p.points + inner.cost + inner.perItem
	default:
		out.cost = count * (p.points + inner.cost + inner.perItem)
	}
	return out
}

// checkWalk compares the walk of a document with the naive one, and says whether it could: a document whose fragments are in a
// circle, or double without end, has no naive measure.
func checkWalk(t *testing.T, d *documents, parsed *ast.QueryDocument, text string, variables map[string]any) (isSound bool) {
	t.Helper()
	isSound = true
	w := newWalk(d.schema, d.prices, &d.most, parsed, d.limits.Items)
	for _, op := range parsed.Operations {
		got := w.operation(op)
		sizes := func(s size) int64 { return s.of(&d.most, op, variables) }
		cost := w.formula.value(w.formula.plus(got.flat, got.perItem), sizes)
		n := &naive{walk: w, size: sizes, within: map[string]bool{}}
		want := n.selection(w.root(op.Operation), w.root(op.Operation), op.SelectionSet)
		isSound = isSound && !n.isBeyond
		if n.isBeyond || w.counts.introspects {
			continue
		}
		if cost < min(want.cost+want.perItem, countless) || cost < 0 || cost > countless {
			t.Errorf("%q costs %d points, counted naively %d", text, cost, want.cost+want.perItem)
		}
		if int64(got.depth) < want.depth || int64(got.fields) < want.fields {
			t.Errorf("%q has %d levels and %d fields, counted naively %d and %d", text, got.depth, got.fields, want.depth, want.fields)
		}
	}
	return isSound
}

func TestWalkIsLinearInTheDocument(t *testing.T) {
	d := testDocuments()
	for _, n := range []int{10, 1000} {
		var b strings.Builder
		b.WriteString("query($n:Int){contacts(first:$n){nodes{...A0}}}")
		for i := range n {
			fmt.Fprintf(&b, "fragment A%d on Contact{notes(first:$n){nodes{id}}...A%d ...A%d}", i, i+1, i+1)
		}
		parsed, err := parser.ParseQuery(&ast.Source{Input: b.String()})
		if err != nil {
			t.Fatal(err)
		}
		w := newWalk(d.schema, d.prices, &d.most, parsed, d.limits.Items)
		m := w.operation(parsed.Operations[0])
		if len(w.formula.steps) > 10*n+10 {
			t.Errorf("%d fragments: %d steps", n, len(w.formula.steps))
		}
		if cost := w.formula.value(w.formula.plus(m.flat, m.perItem), func(size) int64 { return 100 }); n == 1000 && (cost != countless || m.fields != countless) {
			t.Errorf("%d points and %d fields, want both without count", cost, m.fields)
		}
	}
}

// BenchmarkWalkOfThePanel is what the walk adds to a document that was never seen, and BenchmarkCostOfThePanel what is left of it for
// one that was.
func BenchmarkWalkOfThePanel(b *testing.B) {
	d, parsed, _ := parsedPanel(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.walk(parsed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCostOfThePanel(b *testing.B) {
	d, parsed, params := parsedPanel(b)
	doc, err := d.walk(parsed)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if op, points := d.cost(doc, params); op == nil || points == 0 {
			b.Fatal("the panel costs nothing")
		}
	}
}

func parsedPanel(tb testing.TB) (*documents, *ast.QueryDocument, *graphql.RawParams) {
	tb.Helper()
	text, err := os.ReadFile("testdata/panel.graphql")
	if err != nil {
		tb.Fatal(err)
	}
	parsed, err := parser.ParseQuery(&ast.Source{Input: string(text)})
	if err != nil {
		tb.Fatal(err)
	}
	return testDocuments(), parsed, &graphql.RawParams{Variables: map[string]any{"id": "contact_1", "firstNotes": json.Number("20")}}
}
