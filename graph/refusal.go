package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"contactpanel/contact"
)

// Bounds of what is said about a request that did not run: a document can break a rule a thousand times, and a name in it
// can be as long as the document.
const (
	maxMessageLength = 300 // bytes
	maxNameLength    = 64  // bytes, of a member of a variable
)

// codeOf gives the errors of a request that did not run their codes: the parser's and the validator's own, but
// BAD_USER_INPUT where a value is to blame. It also takes out the values that parser and validator quote: names in a document
// are the developer's, values may be a customer's.
func codeOf(errs gqlerror.List) gqlerror.List {
	for i, err := range errs {
		switch {
		case len(err.Path) > 1 && err.Path[0] == ast.PathName("variable"):
			errs[i] = wrongVariable(err.Path[1:], err.Message)
		case strings.HasPrefix(err.Rule, "ValuesOfCorrectType"):
			if err.Extensions == nil {
				err.Extensions = map[string]any{}
			}
			err.Extensions["code"] = contact.BadUserInput
			err.Message = withoutValue(err.Message)
			if len(err.Locations) > 0 && strings.HasPrefix(err.Message, noneOfEnum) {
				err.Message = fmt.Sprintf("line %d, column %d: %s", err.Locations[0].Line, err.Locations[0].Column, err.Message)
			}
		case err.Rule == "" && strings.HasPrefix(err.Message, "operation "):
			errs[i] = refusal(codeValidationFailed, "operationName must name one of the document's operations; it may be left out when there is just one")
		}
		if errs[i].Extensions["code"] == string(codeParseFailed) {
			errs[i].Message = quotedToken.ReplaceAllString(errs[i].Message, "$1")
		}
		errs[i].Message = cut(errs[i].Message, maxMessageLength)
	}
	return errs
}

// shorten leaves of the errors of a request what may be answered: the first ones. The first alone fits into the least that the
// limit may be.
func (d *door) shorten(errs gqlerror.List) gqlerror.List {
	length := len(`{"errors":[]}`) - 1 // each but the first has a comma before it
	for i, err := range errs {
		text, failure := json.Marshal(err)
		if length += len(text) + 1; i > 0 && (failure != nil || length > int(d.limits.RefusalBytes)) {
			return errs[:i]
		}
	}
	return errs
}

// quotedToken is what the parser did not expect, at the end of its message.
var quotedToken = regexp.MustCompile(`(?s)\b(Name|String|BlockString|Int|Float|Comment) ".*"$`)

// noneOfEnum begins what is said of a value that is none of its enum, where the validator names no argument.
const noneOfEnum = "the value does not exist in "

// withoutValue takes the quoted value out of a message of the validator.
func withoutValue(message string) string {
	if what, _, ok := strings.Cut(message, " value: "); ok {
		return what + " value"
	}
	if what, _, ok := strings.Cut(message, ", found "); ok {
		return what + ", found something else"
	}
	if at := strings.LastIndex(message, `" does not exist in "`); at >= 0 {
		return noneOfEnum + message[at+len(`" does not exist in `):]
	}
	return message
}

// wrongVariable says what is wrong with a variable; path begins with the variable's name.
func wrongVariable(path ast.Path, message string) *gqlerror.Error {
	if _, what, ok := strings.Cut(message, " is not a valid "); ok { // before it stands the value
		message = "is no value of " + what
	}
	if strings.HasPrefix(message, "cannot use value ") {
		message = "is a number of another kind"
	}
	var where strings.Builder
	field := ""
	for _, step := range path {
		switch step := step.(type) {
		case ast.PathName:
			if where.Len() > 0 {
				where.WriteByte('.')
			}
			field = cut(string(step), maxNameLength)
			where.WriteString(field)
		case ast.PathIndex:
			fmt.Fprintf(&where, "[%d]", int(step))
		}
	}
	err := refusal(contact.BadUserInput, "variable $"+where.String()+": "+message)
	err.Extensions["field"] = field
	return err
}

// argumentAt splits the path of an argument that could not be read into the input member to blame and the path of the
// field that it was for, which is where the answer has its null.
func argumentAt(ctx context.Context, path ast.Path) (field string, of ast.Path) {
	for _, step := range path {
		if name, ok := step.(ast.PathName); ok {
			field = string(name)
		}
	}
	fc := graphql.GetFieldContext(ctx)
	if fc == nil || len(fc.Path()) >= len(path) {
		return "", path
	}
	return field, fc.Path()
}

// cut shortens a text to a number of bytes, at the end of a character.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
