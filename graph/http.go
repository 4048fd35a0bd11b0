package graph

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"contactpanel/contact"
)

// post is the HTTP transport: GraphQL over HTTP by POST with a JSON body, and nothing else. GET, forms, batching and
// persisted queries are not offered, because each is a way around a check. The statuses are those that the graphql-http
// audit suite checks: with `application/json` a request that was understood is 200 whatever it says, because a widely used
// client cannot show another.
type post struct {
	deps   Deps
	limits Limits
}

var _ graphql.Transport = (*post)(nil)

// Supports takes every request that no other transport takes.
func (p *post) Supports(*http.Request) bool { return true }

// Do answers a request. The checks run from cheap to dear: method, media types, size, JSON, identity, document.
func (p *post) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	answer := answerer{w: w, mediaType: jsonType}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Add("Vary", "Accept")
	if r.Method != http.MethodPost {
		h.Set("Allow", http.MethodPost)
		answer.refuse(http.StatusMethodNotAllowed, codeBadRequest, "GraphQL is asked by POST")
		return
	}
	mediaType, ok := acceptable(r.Header.Values("Accept"))
	if !ok {
		answer.refuse(http.StatusNotAcceptable, codeBadRequest, "answers are "+responseType+" or "+jsonType)
		return
	}
	answer.mediaType = mediaType
	if !isJSON(r.Header.Get("Content-Type")) || r.Header.Get("Content-Encoding") != "" {
		answer.refuse(http.StatusUnsupportedMediaType, codeBadRequest, "the body must be application/json in UTF-8, not compressed")
		return
	}
	params, no := p.read(w, r)
	if no != nil {
		answer.refuse(no.status, no.code, no.message)
		return
	}
	ctx, err := p.identify(r)
	if err != nil {
		p.refuseIdentity(answer, r, err)
		return
	}
	p.run(ctx, answer, params, exec)
}

// refused is a request that is none.
type refused struct {
	status  int
	code    contact.Code
	message string
}

// read reads the body as far as the limit.
func (p *post) read(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, *refused) {
	start := time.Now()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, p.limits.BodyBytes))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, &refused{http.StatusRequestEntityTooLarge, codeBodyTooLarge, "the body is larger than the limit"}
	}
	if err != nil {
		return nil, &refused{http.StatusBadRequest, codeBadRequest, "the body could not be read"}
	}
	params, no := requestOf(body)
	if no == nil && len(params.Query) > p.limits.DocumentBytes {
		no = &refused{http.StatusBadRequest, codeQueryTooLarge, "the document is larger than the limit"}
	}
	if no != nil {
		return nil, no
	}
	params.Headers = r.Header
	params.ReadTime = graphql.TraceTiming{Start: start, End: time.Now()}
	return params, nil
}

// identify puts the actor into the context.
func (p *post) identify(r *http.Request) (context.Context, error) {
	ctx := r.Context()
	headers := r.Header.Values("Authorization")
	if len(headers) != 1 {
		return ctx, contact.Errorf(contact.Unauthenticated, "one Authorization header with a bearer token is needed")
	}
	actor, err := p.deps.SignIn(ctx, headers[0])
	if err != nil {
		return ctx, err
	}
	if err := p.deps.Contacts.Admit(ctx, actor); err != nil {
		return ctx, err
	}
	actor.Languages = p.deps.Languages(strings.Join(r.Header.Values("Accept-Language"), ","))
	actor.RequestID, actor.Address = RequestID(ctx), r.RemoteAddr
	return contact.WithActor(ctx, actor), nil
}

func (p *post) refuseIdentity(answer answerer, r *http.Request, err error) {
	status := map[contact.Code]int{
		contact.Unauthenticated: http.StatusUnauthorized, contact.Forbidden: http.StatusForbidden,
		contact.Unavailable: http.StatusServiceUnavailable, contact.StorageFull: http.StatusServiceUnavailable, contact.Overloaded: http.StatusServiceUnavailable,
	}[contact.CodeOf(err)]
	if status == 0 {
		status = http.StatusInternalServerError
	}
	if status == http.StatusUnauthorized {
		answer.w.Header().Set("WWW-Authenticate", `Bearer realm="contactpanel"`)
	}
	shown := (&presenter{p.deps.Log}).present(r.Context(), err)
	answer.send(status, &graphql.Response{Errors: gqlerror.List{shown}})
}

// run executes the request within its time.
func (p *post) run(ctx context.Context, answer answerer, params *graphql.RawParams, exec graphql.GraphExecutor) {
	ctx, cancel := context.WithTimeout(ctx, p.limits.Operation)
	defer cancel()
	op, errs := exec.CreateOperationContext(ctx, params)
	if errs != nil {
		errs = codeOf(errs)
		answer.send(answer.statusOf(errs), exec.DispatchError(graphql.WithOperationContext(ctx, op), errs))
		return
	}
	responses, ctx := exec.DispatchOperation(ctx, op)
	response := responses(ctx)
	if response == nil { // the time is over, or the client is gone
		answer.refuse(http.StatusServiceUnavailable, contact.Unavailable, "the operation took too long")
		return
	}
	answer.send(http.StatusOK, response)
}

// isJSON reports whether a content type is JSON in UTF-8.
func isJSON(contentType string) bool {
	mediaType, params, err := mime.ParseMediaType(contentType)
	charset, isSet := params["charset"]
	return err == nil && mediaType == jsonType && (!isSet || strings.EqualFold(charset, "utf-8"))
}
