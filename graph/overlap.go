package graph

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// overlaps finds fields of one response name that cannot be answered as one (GraphQL specification of September 2025, 5.3.2
// "Field Selection Merging"). It decides as the specification does, in another order: not every field of a selection with
// every other, again for each selection around them, which takes two seconds for two kilobytes, but all fields of one place in
// the answer together, once. It is for documents in which everything else is right.
type overlaps struct {
	most  int // mistakes that are told
	steps int // fields that were looked at
	errs  gqlerror.List
}

// mostOverlapSteps ends the search in documents that go on and on through interfaces. The limits of fields and depth leave
// some thousands; who raises them meets this one, which refuses.
const mostOverlapSteps = 100_000

// occurrence is a field where it stands: in a selection within a type.
type occurrence struct {
	field *ast.Field
	in    *ast.Definition
}

// findOverlaps lists the overlaps in a document, as many as are told. One that was not looked through to its end does not hold.
func findOverlaps(doc *ast.QueryDocument, most int) gqlerror.List {
	o := overlaps{most: most}
	for _, op := range doc.Operations {
		o.look(o.collect(nil, op.SelectionSet, map[string]bool{}), false)
	}
	if len(o.errs) == 0 && o.steps > mostOverlapSteps {
		return gqlerror.List{tooLarge(codeQueryTooComplex, "compared-fields", mostOverlapSteps, 0,
			"whether fields of one name conflict is not known: at most "+grouped(mostOverlapSteps)+" are compared")}
	}
	return o.errs
}

// collect adds the fields of a selection, those of its fragments included, each fragment once.
func (o *overlaps) collect(into []occurrence, set ast.SelectionSet, spread map[string]bool) []occurrence {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			into = append(into, occurrence{s, s.ObjectDefinition})
		case *ast.InlineFragment:
			into = o.collect(into, s.SelectionSet, spread)
		case *ast.FragmentSpread:
			if !spread[s.Name] {
				spread[s.Name] = true
				into = o.collect(into, s.Definition.SelectionSet, spread)
			}
		}
	}
	return into
}

// look compares the fields of one place in the answer by their response names. Of fields that are never in one object only
// the shape is compared: isShapeOnly.
func (o *overlaps) look(at []occurrence, isShapeOnly bool) {
	o.steps += len(at)
	var names []string // in the order of the document, so that the same mistakes are told each time
	byName := make(map[string][]occurrence, len(at))
	for _, f := range at {
		name := f.field.Alias
		if byName[name] == nil {
			names = append(names, name)
		}
		byName[name] = append(byName[name], f)
	}
	for _, name := range names {
		if len(o.errs) >= o.most || o.steps > mostOverlapSteps {
			return
		}
		o.ofOneName(byName[name], isShapeOnly)
	}
}

// ofOneName compares fields of one response name, and then what they select.
func (o *overlaps) ofOneName(fields []occurrence, isShapeOnly bool) {
	first := fields[0].field
	for _, other := range fields[1:] {
		if !hasShapeOf(first, other.field) {
			o.add(first, other.field, fmt.Sprintf("%q and %q answer values of different shapes", first.Name, other.field.Name))
			return
		}
	}
	together := [][]occurrence{fields}
	if !isShapeOnly {
		together = together[:0]
		for _, each := range byObject(fields) {
			if !o.areOne(each) {
				return
			}
			together = append(together, each)
		}
		if len(together) > 1 { // what different objects answer must only have one shape
			o.look(o.within(fields), true)
		}
	}
	for _, each := range together {
		o.look(o.within(each), isShapeOnly)
	}
}

// within are the fields that some fields select.
func (o *overlaps) within(fields []occurrence) []occurrence {
	var out []occurrence
	spread := map[string]bool{}
	for _, f := range fields {
		out = o.collect(out, f.field.SelectionSet, spread)
	}
	return out
}

// areOne reports whether fields of one object are one field with the same arguments.
func (o *overlaps) areOne(fields []occurrence) bool {
	first := fields[0].field
	for _, other := range fields[1:] {
		switch {
		case other.field.Name != first.Name:
			o.add(first, other.field, fmt.Sprintf("%q and %q are different fields", first.Name, other.field.Name))
		case !hasArgumentsOf(first, other.field):
			o.add(first, other.field, fmt.Sprintf("%q is asked for with different arguments", first.Name))
		default:
			continue
		}
		return false
	}
	return true
}

// byObject groups fields by the objects that can answer them: one of an interface or union may be in any.
func byObject(fields []occurrence) [][]occurrence {
	var objects []*ast.Definition
	for _, f := range fields {
		if !f.in.IsAbstractType() && !slices.Contains(objects, f.in) {
			objects = append(objects, f.in)
		}
	}
	if len(objects) < 2 {
		return [][]occurrence{fields}
	}
	out := make([][]occurrence, len(objects))
	for i, object := range objects {
		for _, f := range fields {
			if f.in == object || f.in.IsAbstractType() {
				out[i] = append(out[i], f)
			}
		}
	}
	return out
}

// hasShapeOf reports whether two fields answer values of one shape, what they select left aside.
func hasShapeOf(a, b *ast.Field) bool {
	x, y := a.Definition.Type, b.Definition.Type
	for x.Elem != nil && y.Elem != nil {
		if x.NonNull != y.NonNull {
			return false
		}
		x, y = x.Elem, y.Elem
	}
	isLeaf := len(a.SelectionSet) == 0
	return x.NonNull == y.NonNull && x.Elem == nil && y.Elem == nil && isLeaf == (len(b.SelectionSet) == 0) && (!isLeaf || x.NamedType == y.NamedType)
}

// hasArgumentsOf reports whether two fields have the same arguments, in any order.
func hasArgumentsOf(a, b *ast.Field) bool {
	if len(a.Arguments) != len(b.Arguments) {
		return false
	}
	for _, x := range a.Arguments {
		if y := b.Arguments.ForName(x.Name); y == nil || !isSameValue(x.Value, y.Value) {
			return false
		}
	}
	return true
}

// isSameValue compares values as they are written; the members of an object may stand in any order.
func isSameValue(a, b *ast.Value) bool {
	if a.Kind != b.Kind || a.Raw != b.Raw || len(a.Children) != len(b.Children) {
		return false
	}
	for i, child := range a.Children {
		other := b.Children[i].Value
		if a.Kind == ast.ObjectValue {
			other = b.Children.ForName(child.Name)
		}
		if other == nil || !isSameValue(child.Value, other) {
			return false
		}
	}
	return true
}

func (o *overlaps) add(a, b *ast.Field, why string) {
	if len(o.errs) >= o.most {
		return
	}
	o.errs = append(o.errs, &gqlerror.Error{
		Message: "fields of one name conflict: " + why + "; an alias gives one another name",
		Locations: []gqlerror.Location{
			{Line: a.Position.Line, Column: a.Position.Column}, {Line: b.Position.Line, Column: b.Position.Column},
		},
		Rule: "OverlappingFieldsCanBeMerged",
	})
}
