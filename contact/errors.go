package contact

import (
	"errors"
	"fmt"
)

// Code says what kind of failure an [Error] is. Callers act on the code, never on the text.
type Code string

// Mistakes of the caller. The wire shows them as GraphQL errors.
const (
	BadUserInput         Code = "BAD_USER_INPUT"         // an argument that no correct client sends
	InvalidCursor        Code = "INVALID_CURSOR"         // a cursor that is malformed or of another connection
	Unauthenticated      Code = "UNAUTHENTICATED"        // no identity, or one that does not hold
	Forbidden            Code = "FORBIDDEN"              // the role does not allow it
	NotFound             Code = "NOT_FOUND"              // unknown, deleted or of another organisation: never told apart
	IdempotencyKeyReused Code = "IDEMPOTENCY_KEY_REUSED" // the same clientMutationId came with other input
)

// Refusals that an agent meets in normal work. The wire shows them as problems in the payload of a mutation (NotFound,
// above, is one of them there).
const (
	Conflict       Code = "CONFLICT"        // the version seen is not the current one
	TooLong        Code = "TOO_LONG"        // more than the limit: see Max, Got and Unit
	InvalidValue   Code = "INVALID_VALUE"   // a value that breaks a rule
	ReadOnly       Code = "READ_ONLY"       // not editable: see Why
	AmbiguousMatch Code = "AMBIGUOUS_MATCH" // an upsert fits more than one contact
	Taken          Code = "TAKEN"           // a key or profile that already belongs to another
	LimitReached   Code = "LIMIT_REACHED"   // the organisation may have no more of these
)

// Faults. The wire shows them as GraphQL errors; their causes are logged, never sent.
const (
	Unavailable    Code = "DB_UNAVAILABLE"        // the store, or whoever issues tokens, does not answer; nothing was written; try again
	StorageFull    Code = "STORAGE_FULL"          // the store's disk is full; nothing was written; reading goes on
	Overloaded     Code = "OVERLOADED"            // too much is asked at once; nothing was written; try again later
	OutcomeUnknown Code = "OUTCOME_UNKNOWN"       // the write may have been applied; retry with the same clientMutationId
	Internal       Code = "INTERNAL_SERVER_ERROR" // anything else
)

// IsPassing reports a fault that may be gone at the next try, and that has changed nothing.
func (c Code) IsPassing() bool { return c == Unavailable || c == Overloaded }

// Unit is what a limit counts.
type Unit string

// The units of limits.
const (
	CodePoints Unit = "CODE_POINTS"
	Bytes      Unit = "BYTES"
	Items      Unit = "ITEMS"
)

// Error is the one error type of the domain. Code and Message are always set; Field names the input member to blame
// (a GraphQL input field, or an attribute's definition key). The rest belongs to single codes.
type Error struct {
	Code    Code
	Field   string
	Message string // one sentence for a person, without values from the input

	Max, Got int    // TooLong, LimitReached
	Unit     Unit   // TooLong, LimitReached
	Allowed  Phrase // InvalidValue: what would be accepted, in words
	Index    int    // InvalidValue, TooLong, NotFound: the place in the list that Field names, from 0; -1 when it is not one item's fault

	Why     NotEditableReason // ReadOnly
	Rules   AttributeRules    // InvalidValue of an attribute: the rules it breaks
	Current any               // Conflict: the *Note, Attribute, *AttributeDefinition, *SectionDefinition or *ContactGroup as it stands
	Fits    []ID              // AmbiguousMatch: the contacts that fit, at most 10

	Err error // the cause, for the log only

	phrase Phrase // the message with its parts, for other languages
}

// Error gives the code, the field and the message. It never holds the cause's text, which may name hosts or values.
func (e *Error) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("%s: %s", e.Code, e.Message)
	}
	return fmt.Sprintf("%s: %s: %s", e.Code, e.Field, e.Message)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// IsRefusal reports whether the error is one that an agent meets in normal work: a problem in a payload, not an error.
func (e *Error) IsRefusal() bool {
	switch e.Code {
	case Conflict, TooLong, InvalidValue, ReadOnly, AmbiguousMatch, Taken, LimitReached, NotFound:
		return true
	default:
		return false
	}
}

// Errorf makes an error without a field.
func Errorf(code Code, format string, args ...any) *Error {
	return FieldErrorf(code, "", format, args...)
}

// FieldErrorf makes an error that blames an input field.
func FieldErrorf(code Code, field, format string, args ...any) *Error {
	return phrased(code, field, Phrase{format, args})
}

// Fault makes an error of a failing part below, keeping its cause for the log. Message must not quote the cause.
func Fault(code Code, cause error, message string) *Error {
	e := phrased(code, "", quote(message))
	e.Err = cause
	return e
}

func phrased(code Code, field string, p Phrase) *Error {
	return &Error{Code: code, Field: field, Message: p.String(), Index: -1, phrase: p}
}

// CodeOf returns the code of the first [Error] in the chain, Internal for any other error, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

func tooLong(field string, limit, got int, unit Unit) *Error {
	e := FieldErrorf(TooLong, field, "has %d %s; at most %d are allowed", got, say(unitWords[unit]), limit)
	e.Max, e.Got, e.Unit = limit, got, unit
	return e
}

var unitWords = map[Unit]string{CodePoints: "code points", Bytes: "bytes", Items: "items"} //nolint:gochecknoglobals // a table, never written

// limitReached refuses one thing more than an organisation may have; format says so of the limit.
func limitReached(field, format string, limit, got int) *Error {
	e := FieldErrorf(LimitReached, field, format, limit)
	e.Max, e.Got, e.Unit = limit, got, Items
	return e
}

func invalid(field string, allowed Phrase, format string, args ...any) *Error {
	e := FieldErrorf(InvalidValue, field, format, args...)
	e.Allowed = allowed
	return e
}

// unreadable is the refusal of a value that a port cannot read, with the port's reason.
func unreadable(allowed Phrase, reason error) *Error {
	e := phrased(InvalidValue, "", quote(reason.Error()))
	e.Allowed = allowed
	return e
}
