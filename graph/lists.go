package graph

import (
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"contactpanel/contact"
)

// listWalk looks for lists in a document's arguments that have too many items.
type listWalk struct {
	schema *ast.Schema
	most   int
	// tooLong is the first that is.
	tooLong *gqlerror.Error
	// roomy are the variables that stand where the schema allows more items.
	roomy map[string]int
}

// arguments looks at the arguments of a field, nil when it is not known.
func (w *listWalk) arguments(of *ast.FieldDefinition, list ast.ArgumentList) {
	for _, a := range list {
		t, most := (*ast.Type)(nil), w.most
		if of != nil {
			if def := of.Arguments.ForName(a.Name); def != nil {
				t, most = def.Type, allowedItems(def.Directives, w.most)
			}
		}
		w.value(a.Value, a.Name, t, most)
	}
}

// value looks at a value and what is in it; t is nil when its type is not known.
func (w *listWalk) value(v *ast.Value, name string, t *ast.Type, most int) {
	if v == nil {
		return
	}
	switch v.Kind {
	case ast.Variable:
		if most > w.most {
			if w.roomy == nil {
				w.roomy = map[string]int{}
			}
			w.roomy[v.Raw] = max(w.roomy[v.Raw], most)
		}
	case ast.ListValue:
		if len(v.Children) > most && w.tooLong == nil {
			w.tooLong = tooManyItems(name, "", most, len(v.Children))
		}
		for _, item := range v.Children {
			w.value(item.Value, name, t, most)
		}
	case ast.ObjectValue:
		var def *ast.Definition
		if t != nil {
			def = w.schema.Types[t.Name()]
		}
		for _, member := range v.Children {
			w.member(def, member)
		}
	default: // nothing is in it
	}
}

// member looks at a member of an object of a type, nil when it is not known.
func (w *listWalk) member(of *ast.Definition, member *ast.ChildValue) {
	if of != nil {
		if def := of.Fields.ForName(member.Name); def != nil {
			w.value(member.Value, member.Name, def.Type, allowedItems(def.Directives, w.most))
			return
		}
	}
	w.value(member.Value, member.Name, nil, w.most)
}

// allowedItems is how many items a list may have: what the directive @items says where it is more than the limit.
func allowedItems(directives ast.DirectiveList, most int) int {
	if d := directives.ForName("items"); d != nil {
		if n, err := strconv.Atoi(d.Arguments.ForName("most").Value.Raw); err == nil {
			return max(n, most)
		}
	}
	return most
}

// tooManyItems refuses a list. Where says in what it stands, "" for nothing but its own name.
func tooManyItems(name, where string, most, got int) *gqlerror.Error {
	if where == "" {
		where = cut(name, maxNameLength)
	}
	err := tooMuch(contact.BadUserInput, "items", int64(most), int64(got), where+" has "+grouped(int64(got))+" items; at most "+grouped(int64(most))+" are allowed")
	err.Extensions["field"] = cut(name, maxNameLength)
	return err
}
