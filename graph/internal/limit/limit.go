// Package limit reads structs whose members are limits that an operator may set. What a member is called, its default and
// its bounds stand beside it as tags, once:
//
//	Depth int `name:"depth" env:"DEPTH" default:"12" help:"Levels that a document may select."`
//
// The same tags make the program's flags and variables. The least value is 1 unless `least` says otherwise; `most` bounds it
// from above. A member that is a struct holds further limits.
package limit

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"time"
)

// Fill sets the members of *limits that are zero to their defaults. It panics when a tag cannot be read, which is a mistake
// in the program and found by the first test that uses the struct.
func Fill[T any](limits *T) {
	each(reflect.ValueOf(limits).Elem(), func(member reflect.Value, tag reflect.StructTag) {
		if member.IsZero() {
			set(member, tag.Get("default"))
		}
	})
}

// Check returns an error for the first member that is out of its bounds. Name makes what the operator calls a limit of its tags
// `name` and `env`.
func Check[T any](limits T, name func(name, env string) string) error {
	var wrong error
	each(reflect.ValueOf(&limits).Elem(), func(member reflect.Value, tag reflect.StructTag) {
		if wrong != nil {
			return
		}
		bound := reflect.New(member.Type()).Elem()
		if set(bound, least(member, tag)); member.Int() < bound.Int() {
			wrong = fmt.Errorf("%s: %v is too little; the least is %v", name(tag.Get("name"), tag.Get("env")), member, bound)
		}
		if most := tag.Get("most"); most != "" {
			if set(bound, most); member.Int() > bound.Int() {
				wrong = fmt.Errorf("%s: %v is too much; the most is %v", name(tag.Get("name"), tag.Get("env")), member, bound)
			}
		}
	})
	return wrong
}

// least is the smallest value of a member: 1, or a millisecond.
func least(member reflect.Value, tag reflect.StructTag) string {
	switch text, isSet := tag.Lookup("least"); {
	case isSet:
		return text
	case member.Type() == reflect.TypeFor[time.Duration]():
		return "1ms"
	default:
		return "1"
	}
}

// each visits the limits in the order in which they are declared.
func each(limits reflect.Value, visit func(member reflect.Value, tag reflect.StructTag)) {
	for i := range limits.NumField() {
		if member := limits.Field(i); member.Kind() == reflect.Struct {
			each(member, visit)
		} else {
			visit(member, limits.Type().Field(i).Tag)
		}
	}
}

// set reads a value from a tag.
func set(member reflect.Value, text string) {
	var n int64
	var err error
	if reader, ok := member.Addr().Interface().(encoding.TextUnmarshaler); ok {
		err = reader.UnmarshalText([]byte(text))
	} else if member.Type() == reflect.TypeFor[time.Duration]() {
		var d time.Duration
		d, err = time.ParseDuration(text)
		member.SetInt(int64(d))
	} else if n, err = strconv.ParseInt(text, 10, 64); err == nil {
		member.SetInt(n)
	}
	if err != nil {
		panic(fmt.Sprintf("limit: the tag %q of a %s: %v", text, member.Type(), err))
	}
}
