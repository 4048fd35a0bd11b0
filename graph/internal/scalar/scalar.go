// Package scalar writes and reads the schema's scalars, for the generated code. It is strict: a value of another JSON type
// is refused instead of converted, because a converted value is one that its writer did not mean.
package scalar

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"contactpanel/contact"
)

// refusal is what is said about a value that its scalar does not take. Whoever reads the arguments adds which one it is.
func refusal(message string) error { return contact.Errorf(contact.BadUserInput, "%s", message) }

// MarshalString writes a String.
func MarshalString(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalString reads a String: valid UTF-8, and nothing but a string.
func UnmarshalString(v any) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", refusal("is not a string")
	}
	if !utf8.ValidString(s) {
		return "", refusal("is not valid UTF-8")
	}
	return s, nil
}

// MarshalID writes an ID.
func MarshalID(id contact.ID) graphql.Marshaler { return graphql.MarshalString(string(id)) }

// UnmarshalID reads an ID: a string, or a whole number (GraphQL specification, 3.5.5).
func UnmarshalID(v any) (contact.ID, error) {
	switch v := v.(type) {
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return "", refusal("is neither a string nor a whole number")
		}
		return contact.ID(v), nil
	case int64:
		return contact.ID(strconv.FormatInt(v, 10)), nil
	default:
		s, err := UnmarshalString(v)
		return contact.ID(s), err
	}
}

// MarshalBoolean writes a Boolean.
func MarshalBoolean(b bool) graphql.Marshaler { return graphql.MarshalBoolean(b) }

// UnmarshalBoolean reads a Boolean.
func UnmarshalBoolean(v any) (bool, error) {
	b, ok := v.(bool)
	if !ok {
		return false, refusal("is not a boolean")
	}
	return b, nil
}

// MarshalInt writes an Int.
func MarshalInt(i int) graphql.Marshaler { return graphql.MarshalInt(i) }

// UnmarshalInt reads an Int: a whole number of 32 bits (GraphQL specification, 3.5.1).
func UnmarshalInt(v any) (int, error) {
	var i int64
	var err error
	switch v := v.(type) {
	case json.Number:
		i, err = strconv.ParseInt(v.String(), 10, 32)
	case int64:
		i = v
	case int:
		i = int64(v)
	default:
		err = errors.New("")
	}
	if err != nil || i < math.MinInt32 || i > math.MaxInt32 {
		return 0, refusal("is not a whole number of 32 bits")
	}
	return int(i), nil
}

// MarshalFloat writes a Float.
func MarshalFloat(f float64) graphql.Marshaler { return graphql.MarshalFloat(f) }

// UnmarshalFloat reads a Float: a finite number.
func UnmarshalFloat(v any) (float64, error) {
	var f float64
	var err error
	switch v := v.(type) {
	case json.Number:
		f, err = strconv.ParseFloat(v.String(), 64)
	case float64:
		f = v
	case int64:
		f = float64(v)
	case int:
		f = float64(v)
	default:
		err = errors.New("")
	}
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, refusal("is not a number that a double holds")
	}
	return f, nil
}

// DateTime is a moment as a DateTime is written: in UTC with milliseconds.
func DateTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// MarshalDateTime writes a DateTime.
func MarshalDateTime(t time.Time) graphql.Marshaler { return text(DateTime(t)) }

// UnmarshalDateTime reads a DateTime (RFC 3339) with any offset.
func UnmarshalDateTime(v any) (time.Time, error) {
	s, ok := v.(string)
	if !ok {
		return time.Time{}, refusal("is not a moment")
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.UTC().Year() < 1 || t.UTC().Year() > 9999 {
		return time.Time{}, refusal("is not a moment written 2006-01-02T15:04:05Z (RFC 3339)")
	}
	return t.UTC().Truncate(time.Millisecond), nil
}

// MarshalDateTimeText writes a DateTime that is text already.
func MarshalDateTimeText(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalDateTimeText reads a DateTime that the domain checks, so that what is wrong with it comes back as a problem.
func UnmarshalDateTimeText(v any) (string, error) { return UnmarshalString(v) }

// MarshalDate writes a Date.
func MarshalDate(d contact.Date) graphql.Marshaler { return text(d.String()) }

// UnmarshalDate reads a Date.
func UnmarshalDate(v any) (contact.Date, error) {
	s, err := UnmarshalString(v)
	if err != nil {
		return contact.Date{}, err
	}
	d, err := contact.ParseDate(s)
	if err != nil {
		return contact.Date{}, refusal(err.Error())
	}
	return d, nil
}

// MarshalDateText writes a Date that is text already.
func MarshalDateText(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalDateText reads a Date that the domain checks, so that what is wrong with it comes back as a problem.
func UnmarshalDateText(v any) (string, error) { return UnmarshalString(v) }

// text writes what needs no escaping.
func text(s string) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		io.WriteString(w, `"`+s+`"`) //nolint:errcheck // gqlgen writes into memory
	})
}
