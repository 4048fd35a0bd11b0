package graph_test

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// usual are values that let a call come far, by the name of the argument or the input's member; any other is the first that its
// type allows.
func usual() map[string]any {
	return map[string]any{
		"id": fullContact, "ids": []any{fullContact}, "contactId": fullContact, "noteId": fullNote, "groupId": fullGroup, "key": "biography", "expectedVersion": 2, "section": "about", "locale": "en",
		"handle": "lola", "network": "TELEGRAM", "agentId": "somebody",
	}
}

// markedCall is one of a field of the schema: its arguments, as JSON, and where the marker stands in them.
type markedCall struct {
	where     string
	arguments map[string]any
}

// marked gives the calls of a field that have the marker at one place each, in every form that a client may write there, and one
// that has it everywhere.
func marked(schema *ast.Schema, field *ast.FieldDefinition) []markedCall {
	m := marking{schema}
	var calls []markedCall
	for _, a := range field.Arguments {
		for _, v := range m.values(a.Type, a.Name, 0) {
			arguments := map[string]any{a.Name: v.value}
			for _, other := range field.Arguments {
				if isNeeded := other.Type.NonNull && other.DefaultValue == nil; other != a && isNeeded {
					arguments[other.Name] = m.plain(other.Type, other.Name, 0)
				}
			}
			calls = append(calls, markedCall{v.where, arguments})
		}
	}
	return calls
}

type marking struct{ schema *ast.Schema }

// markedValue is a value with the marker at a place.
type markedValue struct {
	where string
	value any
}

// maxNesting ends inputs that hold themselves.
const maxNesting = 5

// texts are forms of the marker: as it is, too long for anything, with a character that is nowhere allowed, and in the clothes of
// what is asked for. The name of a member or of an attribute that is not known may be said in a refusal: it is no value.
func texts() map[string]any {
	return map[string]any{
		"": marker, " long": strings.Repeat(marker+" ", 2000), " with NUL": marker + "\x00", " as an id": "contact_" + marker, " as an address": "https://" + marker + "@" + marker + ".example/", " as mail": marker + "@" + marker, " as a key": "a_" + marker,
		" a number": json.Number("4242424242"), " an object": map[string]any{"other": marker}, " a list": []any{marker, []any{marker}}, " many": slices.Repeat([]any{marker}, 60),
	}
}

// values are the values of a type with the marker at one place each.
func (m marking) values(of *ast.Type, name string, depth int) (out []markedValue) {
	for form, v := range texts() { // also where a number, a list or an object is asked for
		out = append(out, markedValue{name + form, v})
	}
	if of.Elem != nil {
		for _, v := range m.values(of.Elem, name, depth) {
			out = append(out, markedValue{v.where + " in a list", []any{v.value}})
		}
		return out
	}
	def := m.schema.Types[of.NamedType]
	if def.Kind != ast.InputObject || depth > maxNesting {
		return out
	}
	all := map[string]any{}
	for _, f := range def.Fields {
		for _, v := range m.values(f.Type, f.Name, depth+1) {
			object := map[string]any{f.Name: v.value}
			if def.Directives.ForName("oneOf") == nil {
				m.complete(def, object, depth)
			}
			out = append(out, markedValue{name + "." + v.where, object})
		}
		all[f.Name] = marker
	}
	extra := map[string]any{"other": marker}
	m.complete(def, extra, depth)
	return append(out, markedValue{name + ", all", all}, markedValue{name + ", a member more", extra})
}

// complete adds what an input must have.
func (m marking) complete(def *ast.Definition, object map[string]any, depth int) {
	for _, f := range def.Fields {
		if _, isSet := object[f.Name]; !isSet && f.Type.NonNull && f.DefaultValue == nil {
			object[f.Name] = m.plain(f.Type, f.Name, depth+1)
		}
	}
}

// plain is a value without the marker.
func (m marking) plain(of *ast.Type, name string, depth int) any {
	if v, ok := usual()[name]; ok {
		return v
	}
	if of.Elem != nil {
		return []any{m.plain(of.Elem, name, depth)}
	}
	switch def := m.schema.Types[of.NamedType]; {
	case def.Kind == ast.Enum:
		return def.EnumValues[0].Name
	case def.Kind == ast.InputObject:
		object := map[string]any{}
		if def.Directives.ForName("oneOf") != nil {
			object[def.Fields[0].Name] = m.plain(def.Fields[0].Type, def.Fields[0].Name, depth+1)
		}
		m.complete(def, object, depth)
		return object
	case def.Name == "Int", def.Name == "Float":
		return 1
	case def.Name == "Boolean":
		return false
	default:
		return "x"
	}
}
