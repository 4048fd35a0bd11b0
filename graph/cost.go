package graph

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"contactpanel/contact"
)

// What things cost, in points: one for an object that an answer may hold, ten for a question to the store. The rules are the
// schema's shape, so that a new field is counted by itself; the directive @cost says where a field differs.
const (
	pointsOfObject   = 1
	pointsOfQuestion = 10
	// itemsOfList is what a list is taken to have that is neither a page nor sized by an argument.
	itemsOfList = 10
)

// price is what a field costs: points for each object it answers and for what is selected in it, as often as its size.
type price struct {
	points int64
	// items is how many objects a list is taken to have; 1 for a single object.
	items int64
	// sizedBy are the arguments that say how many they are.
	sizedBy []string
	// isPage says that the field answers a page, whose size counts for the members of the type that are perItem.
	isPage bool
	// perItem says that the field is a list within a page.
	perItem bool
	isLeaf  bool
}

// prices are those of all fields of a schema. Read-only.
type prices map[*ast.FieldDefinition]price

func pricesOf(schema *ast.Schema) prices {
	all := prices{}
	for _, def := range schema.Types {
		if def.Kind != ast.Object && def.Kind != ast.Interface {
			continue
		}
		for _, f := range def.Fields {
			all[f] = priceOf(schema, def, f)
		}
	}
	return all
}

// priceOf is what a field of a type costs.
func priceOf(schema *ast.Schema, of *ast.Definition, f *ast.FieldDefinition) price {
	answers := schema.Types[f.Type.Name()]
	p := price{items: 1, isLeaf: answers.IsLeafType()}
	isList, isConnection := f.Type.Elem != nil, strings.HasSuffix(answers.Name, "Connection")
	switch {
	case p.isLeaf:
	case isConnection || of == schema.Mutation:
		p.points = pointsOfQuestion
	default:
		p.points = pointsOfObject
	}
	if isConnection {
		p.isPage, p.sizedBy = true, pageArguments(f)
	}
	if isList && !p.isLeaf {
		p.items = itemsOfList
		p.perItem = strings.HasSuffix(of.Name, "Connection")
	}
	if special := f.Directives.ForName("cost"); special != nil {
		p.alter(special)
	}
	return p
}

// pageArguments are those that say how large a page is.
func pageArguments(f *ast.FieldDefinition) []string {
	return slices.DeleteFunc([]string{"first", "last"}, func(name string) bool { return f.Arguments.ForName(name) == nil })
}

// alter reads what @cost says. The schema is ours: a test reads it whole.
func (p *price) alter(special *ast.Directive) {
	for _, a := range special.Arguments {
		n, err := strconv.ParseInt(a.Value.Raw, 10, 64)
		switch {
		case a.Name == "sizedBy":
			p.sizedBy = []string{a.Value.Raw}
		case err != nil:
		case a.Name == "points":
			p.points = n
		case a.Name == "items":
			p.items = n
		}
	}
}

// size is how many objects a field answers, by its arguments.
func (p price) size(f *ast.Field) size {
	s := size{isPage: p.isPage, otherwise: p.items}
	if p.isPage {
		s.otherwise = contact.DefaultPageSize
	}
	for i, name := range p.sizedBy {
		if a := f.Arguments.ForName(name); a != nil && a.Value != nil {
			s.by[i] = argument{name, a.Value}
		}
	}
	return s
}
