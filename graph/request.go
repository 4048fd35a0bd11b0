package graph

import (
	"net/http"
	"strings"

	"github.com/99designs/gqlgen/graphql"
)

// requestOf reads a GraphQL request from a body. What is wrong is said without quoting the body.
func requestOf(body []byte) (*graphql.RawParams, *refused) {
	bad := func(message string) (*graphql.RawParams, *refused) {
		return nil, &refused{http.StatusBadRequest, codeBadRequest, message}
	}
	value, err := parseJSON(body)
	if err != nil {
		return bad("the body is not one JSON value: " + err.Error())
	}
	members, ok := value.(map[string]any)
	if !ok {
		return bad("the body must be a JSON object; batches are not offered")
	}
	params := &graphql.RawParams{}
	for name, member := range members {
		var ok bool
		switch name {
		case "query":
			params.Query, ok = member.(string)
		case "operationName":
			params.OperationName, ok = member.(string)
			ok = ok || member == nil
		case "variables":
			params.Variables, ok = member.(map[string]any)
			ok = ok || member == nil
		case "extensions":
			params.Extensions, ok = member.(map[string]any)
			ok = ok || member == nil
		default:
			return bad("the request has a member other than query, operationName, variables and extensions")
		}
		if !ok {
			return bad("the request's " + name + " is of the wrong type")
		}
	}
	if _, isAsked := params.Extensions["persistedQuery"]; isAsked {
		return nil, &refused{http.StatusBadRequest, codePersistedNotKnown, "persisted queries are not offered"}
	}
	if strings.TrimSpace(params.Query) == "" {
		return bad("the request has no query")
	}
	if hasSurrogateEscape(params.Query) {
		return bad("the document escapes a surrogate; write the character itself, \\u{…}, or use a variable")
	}
	return params, nil
}

// hasSurrogateEscape reports \uD800 to \uDFFF in a document, which the parser would turn into U+FFFD silently.
func hasSurrogateEscape(document string) bool {
	for {
		i := strings.Index(document, `\u`)
		if i < 0 {
			return false
		}
		document = document[i+2:]
		if isSurrogate(document) {
			return true
		}
	}
}

// isSurrogate reports four hexadecimal digits from D800 to DFFF.
func isSurrogate(digits string) bool {
	return len(digits) >= 2 && (digits[0]|0x20) == 'd' && strings.IndexByte("89abcdefABCDEF", digits[1]) >= 0
}
