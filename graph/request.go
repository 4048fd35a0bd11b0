package graph

import (
	"net/http"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"contactpanel/graph/internal/strictjson"
)

// requestOf reads a GraphQL request from a body. What is wrong is said without quoting the body.
func requestOf(body []byte) (*graphql.RawParams, *refused) {
	value, err := strictjson.Parse(body)
	if err != nil {
		return nil, malformed("the body is not one JSON value: " + err.Error())
	}
	members, ok := value.(map[string]any)
	if !ok {
		return nil, malformed("the body must be a JSON object; batches are not offered")
	}
	return requestIn(members)
}

func malformed(message string) *refused {
	return &refused{status: http.StatusBadRequest, err: refusal(codeBadRequest, message), isMalformed: true}
}

// requestIn reads a GraphQL request from the members of a JSON object.
func requestIn(members map[string]any) (*graphql.RawParams, *refused) {
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
			return nil, malformed("the request has a member other than query, operationName, variables and extensions")
		}
		if !ok {
			return nil, malformed("the request's " + name + " is of the wrong type")
		}
	}
	if _, isAsked := params.Extensions["persistedQuery"]; isAsked {
		return nil, &refused{status: http.StatusBadRequest, err: refusal(codePersistedNotKnown, "persisted queries are not offered")}
	}
	if strings.TrimSpace(params.Query) == "" {
		return nil, malformed("the request has no query")
	}
	if hasSurrogateEscape(params.Query) {
		const message = "the document escapes a surrogate; write the character itself, \\u{…}, or use a variable"
		return nil, &refused{status: http.StatusBadRequest, err: refusal(codeBadRequest, message)}
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
