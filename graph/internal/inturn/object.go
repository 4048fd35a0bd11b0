package inturn

import (
	"io"

	"github.com/99designs/gqlgen/graphql"
)

// Object is an object of an answer whose members are at hand. It is gqlgen's FieldSet without what waiting for members needs.
type Object struct {
	fields []graphql.CollectedField
	// Values are the members, in the order of the fields; each must be set before the object is written.
	Values []graphql.Marshaler
	// Invalids counts the members that are null and must not be.
	Invalids uint32
}

// NewObject makes an object of fields that were collected: no two have one name.
func NewObject(fields []graphql.CollectedField) *Object {
	return &Object{fields: fields, Values: make([]graphql.Marshaler, len(fields))}
}

// MarshalGQL writes the object. A name needs no escaping (GraphQL specification, 2.1.9).
func (o *Object) MarshalGQL(w io.Writer) {
	write := func(s string) {
		io.WriteString(w, s) //nolint:errcheck // gqlgen writes into memory
	}
	separator := `{"`
	for i := range o.fields {
		write(separator)
		write(o.fields[i].Alias)
		write(`":`)
		o.Values[i].MarshalGQL(w)
		separator = `,"`
	}
	if len(o.fields) == 0 {
		write("{")
	}
	write("}")
}
