package storetest

import (
	"fmt"
	"reflect"
	"time"
)

// difference says where two values differ, "" when they are the same. An empty list is the same as none. A time must be
// the same moment, in UTC, which is the one form of times in the domain.
func difference(want, got any) string {
	return differ("", reflect.ValueOf(want), reflect.ValueOf(got))
}

func differ(path string, want, got reflect.Value) string {
	if want.IsValid() != got.IsValid() || want.IsValid() && want.Type() != got.Type() {
		return fmt.Sprintf("%s is a %v, want a %v", place(path), got, want)
	}
	if !want.IsValid() {
		return ""
	}
	if moment, ok := want.Interface().(time.Time); ok {
		return differInTime(path, moment, got.Interface().(time.Time)) //nolint:errcheck // of one type, see above
	}
	switch want.Kind() {
	case reflect.Pointer, reflect.Interface:
		if want.IsNil() || got.IsNil() {
			if want.IsNil() != got.IsNil() {
				return fmt.Sprintf("%s = %s, want %s", place(path), shown(got), shown(want))
			}
			return ""
		}
		return differ(path, want.Elem(), got.Elem())
	case reflect.Struct:
		for i := range want.NumField() {
			if d := differ(path+"."+want.Type().Field(i).Name, want.Field(i), got.Field(i)); d != "" {
				return d
			}
		}
		return ""
	case reflect.Slice:
		return differInList(path, want, got)
	default:
		if want.Interface() != got.Interface() {
			return fmt.Sprintf("%s = %s, want %s", place(path), shown(got), shown(want))
		}
		return ""
	}
}

func differInTime(path string, want, got time.Time) string {
	switch {
	case !want.Equal(got):
		return fmt.Sprintf("%s = %v, want %v", place(path), got, want)
	case got.Location() != time.UTC:
		return fmt.Sprintf("%s is not in UTC: %v", place(path), got)
	default:
		return ""
	}
}

func differInList(path string, want, got reflect.Value) string {
	for i := range min(want.Len(), got.Len()) {
		if d := differ(fmt.Sprintf("%s[%d]", path, i), want.Index(i), got.Index(i)); d != "" {
			return d
		}
	}
	if want.Len() != got.Len() {
		return fmt.Sprintf("%s has %d items, want %d", place(path), got.Len(), want.Len())
	}
	return ""
}

func place(path string) string {
	if path == "" {
		return "the value"
	}
	return path
}

// shown writes a value so that an invisible difference is seen.
func shown(v reflect.Value) string {
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		return "&" + shown(v.Elem())
	}
	return fmt.Sprintf("%#v", v)
}
