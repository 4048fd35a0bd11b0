package graph

import (
	"net/http"

	"github.com/99designs/gqlgen/graphql/playground"
)

// Playground is a page to try the endpoint in. It loads its scripts from the network.
func Playground(endpoint string) http.Handler {
	return playground.Handler("Contact panel", endpoint)
}
