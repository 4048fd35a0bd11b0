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
	"contactpanel/graph/internal/push"
)

// post is GraphQL over HTTP: POST with a JSON body, and nothing else. GET, forms, batching and persisted queries are not
// offered, because each is a way around a check. The statuses are those that the graphql-http audit suite checks: with
// `application/json` a request that was understood is 200 whatever it says, because a widely used client cannot show another.
type post struct {
	*door
	live *push.Server
}

// serve answers a request. The checks run from cheap to dear: method, media types, size, JSON, identity, document.
func (p *post) serve(w http.ResponseWriter, r *http.Request) {
	answer := answerer{w: w, mediaType: jsonType}
	defer p.recovered(answer, r)
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Add("Vary", "Accept")
	if r.Method != http.MethodPost {
		h.Set("Allow", http.MethodPost)
		answer.refuse(http.StatusMethodNotAllowed, codeBadRequest, "GraphQL is asked by POST")
		return
	}
	accept := strings.Join(r.Header.Values("Accept"), ",")
	mediaType, ok := acceptable(accept)
	if !ok {
		answer.refuse(http.StatusNotAcceptable, codeBadRequest, "answers are "+responseType+", "+jsonType+" or "+streamType)
		return
	}
	wantsStream := mediaType == streamType
	if answer.mediaType = mediaType; wantsStream { // until there is one
		answer.mediaType = jsonType
	}
	if !isJSON(r.Header.Get("Content-Type")) || r.Header.Get("Content-Encoding") != "" {
		answer.refuse(http.StatusUnsupportedMediaType, codeBadRequest, "the body must be application/json in UTF-8, not compressed")
		return
	}
	params, no := p.read(w, r)
	if no != nil {
		answer.send(no.status, &graphql.Response{Errors: gqlerror.List{no.error()}})
		return
	}
	ctx, actor, err := p.identify(r.Context(), r, r.Header.Values("Authorization"))
	if err != nil {
		p.refuseByCode(r.Context(), answer, err)
		return
	}
	ctx = traced(ctx)
	op, errs := p.prepare(ctx, params)
	switch {
	case wantsStream || errs == nil && isSubscription(op) && quality(accept, streamType) > 0:
		p.stream(ctx, actor, answer, op, errs)
	case errs != nil:
		answer.send(answer.statusOf(errs), p.explain(ctx, op, errs))
	case isSubscription(op):
		answer.refuse(http.StatusNotAcceptable, codeBadRequest, "subscriptions are answered over WebSocket, and as "+streamType)
	default:
		if response := p.run(ctx, op); response != nil {
			answer.send(http.StatusOK, response)
		} else {
			answer.send(http.StatusServiceUnavailable, tookTooLong())
		}
	}
}

// stream answers with server-sent events. Whatever is wrong with the operation is said in them (GraphQL over SSE).
func (p *post) stream(ctx context.Context, actor contact.Actor, answer answerer, op *graphql.OperationContext, errs gqlerror.List) {
	run := newOperation(p.door, op)
	if errs != nil {
		run = refusedOperation(p.explain(ctx, op, errs).Errors)
	}
	who := push.Identity{Context: ctx, Owner: ownerOf(actor), Expires: actor.Expires}
	switch err := p.live.Stream(answer.w, who, run); { //nolint:contextcheck // who carries it
	case errors.Is(err, push.ErrExpired): // a request may come a little later than that, a stream may not
		p.refuseByCode(ctx, answer, contact.Errorf(contact.Unauthenticated, "the token has expired"))
	case errors.Is(err, push.ErrTooMany):
		answer.w.Header().Set("Retry-After", "5")
		answer.refuse(http.StatusTooManyRequests, codeTooManySubscriptions, "an agent may not have more streams at once")
	case errors.Is(err, push.ErrNotNow):
		answer.w.Header().Set("Retry-After", "5")
		answer.refuse(http.StatusServiceUnavailable, contact.Unavailable, "no further streams are accepted at the moment")
	}
}

// recovered answers a request whose handling panicked outside of the resolvers, which have their own.
func (p *post) recovered(answer answerer, r *http.Request) {
	if what := recover(); what != nil {
		err := p.shown.recovered(r.Context(), what)
		answer.send(http.StatusInternalServerError, &graphql.Response{Errors: gqlerror.List{p.shown.present(r.Context(), err)}})
	}
}

// refused is a request that is none.
type refused struct {
	status  int
	code    contact.Code
	message string
	// isMalformed says that it is no GraphQL request at all.
	isMalformed bool
	// what names the limit that it is larger than, "" for none; got is 0 where nobody counted.
	what      string
	most, got int64
}

// error is what is said about it.
func (r *refused) error() *gqlerror.Error {
	if r.what == "" {
		return refusal(r.code, r.message)
	}
	err := tooMuch(r.code, r.what, r.most, r.got, r.message)
	if r.got == 0 {
		delete(err.Extensions, "got")
	}
	return err
}

// read reads the body as far as the limit.
func (p *post) read(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, *refused) {
	start := time.Now()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(p.limits.BodyBytes)))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, &refused{
			status: http.StatusRequestEntityTooLarge, code: codeBodyTooLarge, message: "the body is larger than the limit",
			what: "body", most: tooLarge.Limit, got: max(r.ContentLength, 0),
		}
	}
	if err != nil {
		return nil, &refused{status: http.StatusBadRequest, code: codeBadRequest, message: "the body could not be read"}
	}
	params, no := requestOf(body)
	if no == nil {
		no = p.checkSize(params)
	}
	if no != nil {
		return nil, no
	}
	params.Headers, params.ReadTime = r.Header, readTime(start)
	return params, nil
}

// refuseByCode answers a request that got no further with what its error means in HTTP.
func (d *door) refuseByCode(ctx context.Context, answer answerer, err error) {
	status := map[contact.Code]int{
		contact.Unauthenticated: http.StatusUnauthorized, contact.Forbidden: http.StatusForbidden, contact.NotFound: http.StatusNotFound,
		contact.Unavailable: http.StatusServiceUnavailable, contact.StorageFull: http.StatusServiceUnavailable, contact.Overloaded: http.StatusServiceUnavailable,
	}[contact.CodeOf(err)]
	if status == 0 {
		status = http.StatusInternalServerError
	}
	if status == http.StatusUnauthorized {
		answer.w.Header().Set("WWW-Authenticate", `Bearer realm="contactpanel"`)
	}
	answer.send(status, &graphql.Response{Errors: gqlerror.List{d.shown.present(ctx, err)}})
}

// isJSON reports whether a content type is JSON in UTF-8.
func isJSON(contentType string) bool {
	mediaType, params, err := mime.ParseMediaType(contentType)
	charset, isSet := params["charset"]
	return err == nil && mediaType == jsonType && (!isSet || strings.EqualFold(charset, "utf-8"))
}
