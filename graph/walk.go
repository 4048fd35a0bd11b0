package graph

import "github.com/vektah/gqlparser/v2/ast"

// walk measures a document that was parsed and nothing more: its fields and types may not exist, its fragments may be
// missing, spread themselves or double thirty times over. Each part of the document is looked at once. A fragment is
// measured once and its measure used wherever it is spread, so that the work grows with the document and not with what it
// stands for.
type walk struct {
	schema    *ast.Schema
	prices    prices
	most      *sizeLimits
	fragments map[string]*ast.FragmentDefinition
	measured  map[*ast.FragmentDefinition]*measure // nil while it is being measured
	formula   formula
	pages     []size // all that are decided by an argument
	lists     listWalk
	counts    counts
}

// counts are of the whole document, each part once.
type counts struct {
	directives, aliases int
	// schemaDepth and schemaFields are of the questions for the schema.
	schemaDepth, schemaFields int
	introspects               bool // asks for the schema, wherever that stands
	defers                    bool
}

// measure is what a selection comes to.
type measure struct {
	depth, fields int
	// roots are the fields that stand at the root of the selection.
	roots int
	// flat is what it costs once, perItem what it costs for each item of the page that it is selected in.
	flat, perItem amount
}

func newWalk(schema *ast.Schema, prices prices, most *sizeLimits, doc *ast.QueryDocument, items int) *walk {
	w := &walk{
		schema: schema, prices: prices, most: most,
		fragments: make(map[string]*ast.FragmentDefinition, len(doc.Fragments)), measured: make(map[*ast.FragmentDefinition]*measure, len(doc.Fragments)),
	}
	w.lists = listWalk{schema: schema, most: items}
	for _, f := range doc.Fragments {
		if w.fragments[f.Name] == nil { // the first of a name, as everywhere; validation refuses the second
			w.fragments[f.Name] = f
		}
	}
	return w
}

// operation measures an operation.
func (w *walk) operation(op *ast.OperationDefinition) measure {
	for _, v := range op.VariableDefinitions {
		w.directives(v.Directives)
		w.lists.value(v.DefaultValue, v.Variable, v.Type, w.lists.most)
	}
	w.directives(op.Directives)
	return w.selection(w.root(op.Operation), op.SelectionSet)
}

func (w *walk) root(kind ast.Operation) *ast.Definition {
	switch kind {
	case ast.Mutation:
		return w.schema.Mutation
	case ast.Subscription:
		return w.schema.Subscription
	default:
		return w.schema.Query
	}
}

// fragment measures a fragment, once. One that spreads itself is nothing within itself: validation refuses it.
func (w *walk) fragment(f *ast.FragmentDefinition) measure {
	if m, isKnown := w.measured[f]; isKnown {
		if m == nil {
			return measure{}
		}
		return *m
	}
	w.measured[f] = nil
	for _, v := range f.VariableDefinition {
		w.directives(v.Directives)
	}
	w.directives(f.Directives)
	m := w.selection(w.schema.Types[f.TypeCondition], f.SelectionSet)
	w.measured[f] = &m
	return m
}

// selection measures a selection in a type, nil when it is not known.
func (w *walk) selection(in *ast.Definition, set ast.SelectionSet) measure {
	var out measure
	var only byType
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			out = w.both(out, w.field(in, s))
		case *ast.InlineFragment:
			w.fragmentDirectives(s.Directives)
			within := in
			if s.TypeCondition != "" {
				within = w.schema.Types[s.TypeCondition]
			}
			out = only.put(w, in, within, out, w.selection(within, s.SelectionSet))
		case *ast.FragmentSpread:
			w.fragmentDirectives(s.Directives)
			if f := w.fragments[s.Name]; f != nil {
				out = only.put(w, in, w.schema.Types[f.TypeCondition], out, w.fragment(f))
			}
		}
	}
	dearest := only.dearest(w)
	out.flat, out.perItem = w.formula.plus(out.flat, dearest.flat), w.formula.plus(out.perItem, dearest.perItem)
	return out
}

// both is the measure of two parts of one selection.
func (w *walk) both(a, b measure) measure {
	out := w.counted(a, b)
	out.flat, out.perItem = w.formula.plus(a.flat, b.flat), w.formula.plus(a.perItem, b.perItem)
	return out
}

// counted is both without what they cost: that of a.
func (w *walk) counted(a, b measure) measure {
	a.depth = max(a.depth, b.depth)
	a.fields = int(plus(int64(a.fields), int64(b.fields)))
	a.roots = int(plus(int64(a.roots), int64(b.roots)))
	return a
}

// field measures a field and what it selects.
func (w *walk) field(in *ast.Definition, f *ast.Field) measure {
	if f.Alias != f.Name {
		w.counts.aliases++
	}
	w.directives(f.Directives)
	var def *ast.FieldDefinition
	if in != nil {
		def = in.Fields.ForName(f.Name)
	}
	w.lists.arguments(def, f.Arguments)
	if f.Name == "__schema" || f.Name == "__type" {
		w.counts.introspects = true
		if in == w.schema.Query {
			return w.question(f)
		}
	}
	if def == nil {
		m := w.selection(nil, f.SelectionSet)
		return measure{depth: 1 + m.depth, fields: int(plus(1, int64(m.fields))), roots: 1, flat: w.formula.plus(m.flat, m.perItem)}
	}
	m := w.selection(w.schema.Types[def.Type.Name()], f.SelectionSet)
	out := measure{depth: 1 + m.depth, fields: int(plus(1, int64(m.fields))), roots: 1}
	out.flat, out.perItem = w.cost(w.prices[def], f, m)
	return out
}

// cost is what a field of a price costs with what it selects.
func (w *walk) cost(p price, f *ast.Field, selected measure) (flat, perItem amount) {
	if p.isLeaf {
		return fixed(p.points), amount{}
	}
	asked := p.size(f)
	count := asked.settled(w.most)
	if p.isPage {
		if !asked.isFixed() {
			w.pages = append(w.pages, asked)
		}
		inner := w.formula.plus(selected.flat, w.formula.times(selected.perItem, count))
		return w.formula.plus(fixed(p.points), inner), amount{}
	}
	each := w.formula.plus(fixed(p.points), w.formula.plus(selected.flat, selected.perItem))
	if p.perItem {
		return amount{}, each
	}
	return w.formula.times(each, count), amount{}
}

// question measures a question for the schema. It goes deeper than any panel and has limits of its own, by where it stands
// and never by a name that a client gives: to the rest of the document it is one field. It costs a point for each of its
// fields.
func (w *walk) question(f *ast.Field) measure {
	m := w.selection(nil, f.SelectionSet)
	w.counts.schemaDepth = max(w.counts.schemaDepth, 1+m.depth)
	fields := plus(1, int64(m.fields))
	w.counts.schemaFields = int(plus(int64(w.counts.schemaFields), fields))
	return measure{depth: 1, fields: 1, roots: 1, flat: fixed(fields)}
}

// directives counts directives and looks at their arguments.
func (w *walk) directives(list ast.DirectiveList) {
	w.counts.directives += len(list)
	for _, d := range list {
		w.lists.arguments(nil, d.Arguments)
	}
}

func (w *walk) fragmentDirectives(list ast.DirectiveList) {
	w.directives(list)
	w.counts.defers = w.counts.defers || list.ForName("defer") != nil
}

// byType are the parts of a selection in an interface or union that are for one type each: an object is of one type, so that
// only the dearest counts.
type byType struct {
	types []*ast.Definition
	parts []measure
}

// put adds a part that is selected within a type to the measure of the whole, or keeps it when it is for one type of many.
func (b *byType) put(w *walk, in, within *ast.Definition, whole, part measure) measure {
	if in == nil || within == nil || !in.IsAbstractType() || within.Kind != ast.Object {
		return w.both(whole, part)
	}
	whole = w.counted(whole, part)
	for i, t := range b.types {
		if t == within {
			b.parts[i] = w.both(b.parts[i], part)
			return whole
		}
	}
	b.types, b.parts = append(b.types, within), append(b.parts, part)
	return whole
}

// dearest is the largest cost of any type.
func (b *byType) dearest(w *walk) measure {
	var out measure
	for _, part := range b.parts {
		out.flat, out.perItem = w.formula.larger(out.flat, part.flat), w.formula.larger(out.perItem, part.perItem)
	}
	return out
}
