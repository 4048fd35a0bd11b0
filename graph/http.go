package graph

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
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
	answer := p.answer(w, r)
	defer p.recovered(answer, r)
	w.Header().Add("Vary", "Accept")
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		answer.refuse(r.Context(), http.StatusMethodNotAllowed, codeBadRequest, "GraphQL is asked by POST")
		return
	}
	accept := strings.Join(r.Header.Values("Accept"), ",")
	mediaType, ok := acceptable(accept)
	if !ok {
		answer.refuse(r.Context(), http.StatusNotAcceptable, codeBadRequest, "answers are "+responseType+", "+jsonType+" or "+streamType)
		return
	}
	wantsStream := mediaType == streamType
	if answer.mediaType = mediaType; wantsStream { // until there is one
		answer.mediaType = jsonType
	}
	if !isJSON(r.Header.Get("Content-Type")) || r.Header.Get("Content-Encoding") != "" {
		answer.refuse(r.Context(), http.StatusUnsupportedMediaType, codeBadRequest, "the body must be application/json in UTF-8, not compressed")
		return
	}
	params, size, no := p.read(w, r)
	answer.bytes = size
	if no != nil {
		answer.reject(r.Context(), no.status, gqlerror.List{no.err})
		return
	}
	ctx, actor, err := p.identify(r.Context(), r, r.Header.Values("Authorization"))
	if err != nil {
		p.refuseByCode(r.Context(), answer, err, r.Header.Get("Authorization") != "")
		return
	}
	ctx = traced(ctx)
	op, errs := p.prepare(ctx, params)
	switch {
	case op == nil: // there is nothing yet that a stream could tell
		answer.reject(ctx, answer.statusOf(errs), errs)
	case wantsStream || errs == nil && isSubscription(op.OperationContext) && quality(accept, streamType) > 0:
		p.stream(ctx, actor, answer, op, errs)
	case errs != nil:
		answer.reject(ctx, answer.statusOf(errs), p.explain(ctx, op.OperationContext, errs).Errors)
	case isSubscription(op.OperationContext):
		answer.refuse(ctx, http.StatusNotAcceptable, codeBadRequest, "subscriptions are answered over WebSocket, and as "+streamType)
	default:
		p.once(ctx, answer, op)
	}
}

// once answers with the result of a query or mutation.
func (p *post) once(ctx context.Context, answer answerer, op *prepared) {
	switch response, no := p.run(ctx, op); {
	case no != nil:
		answer.reject(ctx, http.StatusInternalServerError, gqlerror.List{no})
	case response == nil:
		answer.send(http.StatusServiceUnavailable, tookTooLong())
	default:
		p.security.forbidden(ctx, http.StatusOK, answer.bytes, response.Errors)
		answer.send(http.StatusOK, response)
	}
}

// stream answers with server-sent events. Whatever is wrong with the operation is said in them (GraphQL over SSE).
func (p *post) stream(ctx context.Context, actor contact.Actor, answer answerer, op *prepared, errs gqlerror.List) {
	run := newOperation(p.door, op)
	if errs != nil {
		run = refusedOperation(p.explain(ctx, op.OperationContext, errs).Errors)
		answer.noteRefusal(ctx, http.StatusOK, errs)
	}
	who := push.Identity{Context: ctx, Owner: ownerOf(actor), Expires: actor.Expires}
	switch err := p.live.Stream(answer.w, who, run); { //nolint:contextcheck // who carries it
	case errors.Is(err, push.ErrExpired): // a request may come a little later than that, a stream may not
		over := contact.Fault(contact.Unauthenticated, &contact.NotAdmittedError{Reason: contact.ReasonExpired}, "the token has expired")
		p.refuseByCode(ctx, answer, over, true)
	case errors.Is(err, push.ErrTooMany):
		excess := push.Excess{What: "streams", Max: p.limits.Live.Streams, Later: 5 * time.Second}
		message := fmt.Sprintf("an agent may have %d streams at once", excess.Max)
		answer.reject(ctx, http.StatusTooManyRequests, gqlerror.List{refusalFor(codeTooManySubscriptions, message, excess)})
	case errors.Is(err, push.ErrNotNow):
		answer.w.Header().Set("Retry-After", "5")
		answer.refuse(ctx, http.StatusServiceUnavailable, contact.Unavailable, "no further streams are accepted at the moment")
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
	status int
	err    *gqlerror.Error
	// isMalformed says that it is no GraphQL request at all.
	isMalformed bool
}

// read reads the body as far as the limit, and says how many bytes came.
func (p *post) read(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, int, *refused) {
	start := time.Now()
	body, no := p.body(w, r)
	if no != nil {
		return nil, len(body), no
	}
	params, no := requestOf(body)
	if no != nil {
		return nil, len(body), no
	}
	params.Headers, params.ReadTime = r.Header, readTime(start)
	return params, len(body), nil
}

// body reads the body within its time, which net/http forgets when the body has been read.
func (p *post) body(w http.ResponseWriter, r *http.Request) ([]byte, *refused) {
	http.NewResponseController(w).SetReadDeadline(time.Now().Add(p.limits.BodyTime)) //nolint:errcheck // a server that cannot, sets none
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(p.limits.BodyBytes)))
	var beyond *http.MaxBytesError
	switch {
	case err == nil:
		return body, nil
	case errors.As(err, &beyond):
		message := fmt.Sprintf("the body is larger than the %s bytes that are allowed", grouped(beyond.Limit))
		return body, &refused{status: http.StatusRequestEntityTooLarge, err: tooLarge(codeBodyTooLarge, "body", beyond.Limit, max(r.ContentLength, 0), message)}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return body, &refused{status: http.StatusRequestTimeout, err: refusal(codeBadRequest, "the body came too slowly")}
	default:
		return body, &refused{status: http.StatusBadRequest, err: refusal(codeBadRequest, "the body could not be read")}
	}
}

// refuseByCode answers a request that got no further with what its error means in HTTP. Who has shown a token, good or not, is
// told that another one is needed (RFC 6750, 3.1); who has shown none is not.
func (d *door) refuseByCode(ctx context.Context, answer answerer, err error, hasShown bool) {
	shown := gqlerror.List{d.shown.present(ctx, err)}
	ctx, answer.why = knowing(ctx, err), reasonOf(err, hasShown)
	status := map[contact.Code]int{
		contact.Unauthenticated: http.StatusUnauthorized, contact.Forbidden: http.StatusForbidden, contact.NotFound: http.StatusNotFound,
		contact.Unavailable: http.StatusServiceUnavailable, contact.StorageFull: http.StatusServiceUnavailable, contact.Overloaded: http.StatusServiceUnavailable,
	}[contact.CodeOf(err)]
	if status == 0 {
		status = http.StatusInternalServerError
	}
	if status == http.StatusUnauthorized {
		challenge := `Bearer realm="contactpanel"`
		if hasShown {
			challenge += `, error="invalid_token"`
		}
		answer.w.Header().Set("WWW-Authenticate", challenge)
	}
	if isLater, _ := laterStatus(shown); isLater == 0 && isFault(contact.CodeOf(err)) && !isKeptOut(err) { // which present has logged
		answer.send(status, &graphql.Response{Errors: shown})
		return
	}
	answer.reject(ctx, status, shown)
}

// isJSON reports whether a content type is JSON in UTF-8.
func isJSON(contentType string) bool {
	mediaType, params, err := mime.ParseMediaType(contentType)
	charset, isSet := params["charset"]
	return err == nil && mediaType == jsonType && (!isSet || strings.EqualFold(charset, "utf-8"))
}
