package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"contactpanel/contact"
)

// The media types of answers (GraphQL over HTTP, draft of August 2026).
const (
	jsonType     = "application/json"
	responseType = "application/graphql-response+json"
	streamType   = "text/event-stream" // GraphQL over SSE
)

// answerer writes one answer in the media type that was agreed on.
type answerer struct {
	w         http.ResponseWriter
	mediaType string
	address   string // of the client
	bytes     int    // of the body that were read
	why       []slog.Attr
	security  *securityLog
}

// answer begins the answer to a request, with the headers that keep any answer safe.
func (d *door) answer(w http.ResponseWriter, r *http.Request) answerer {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	return answerer{w: w, mediaType: jsonType, address: r.RemoteAddr, security: d.security}
}

func (a answerer) refuse(ctx context.Context, status int, code contact.Code, message string) {
	a.reject(ctx, status, gqlerror.List{refusal(code, message)})
}

// reject answers a request that does not run, and logs it. What says when to ask again has a status of its own.
func (a answerer) reject(ctx context.Context, status int, errs gqlerror.List) {
	if its, seconds := laterStatus(errs); its != 0 {
		status = its
		a.w.Header().Set("Retry-After", seconds)
	}
	a.noteRefusal(ctx, status, errs)
	a.send(status, &graphql.Response{Errors: errs})
}

// noteRefusal logs that a request does not run, by the first thing that is wrong with it.
func (a answerer) noteRefusal(ctx context.Context, status int, errs gqlerror.List) {
	a.security.refused(ctx, a.address, codeIn(errs), status, a.bytes, append(limitIn(errs), a.why...)...)
}

// codeIn is the code of the first of some errors.
func codeIn(errs gqlerror.List) string {
	if len(errs) == 0 {
		return ""
	}
	return fmt.Sprint(errs[0].Extensions["code"])
}

// limitCodes are refusals that are 400 in either media type.
var limitCodes = map[any]bool{ //nolint:gochecknoglobals // a table, never written
	codeQueryTooDeep: true, codeQueryTooComplex: true, codeTooManyAliases: true, codeQueryTooLarge: true, codeIntrospectionOff: true, codePersistedNotKnown: true,
}

// statusOf is the status of a request that did not run.
func (a answerer) statusOf(errs gqlerror.List) int {
	if a.mediaType == responseType {
		return http.StatusBadRequest
	}
	for _, err := range errs {
		if limitCodes[err.Extensions["code"]] {
			return http.StatusBadRequest
		}
	}
	return http.StatusOK
}

// buffers are reused between answers; a very large one is not kept.
var buffers = sync.Pool{} //nolint:gochecknoglobals // a pool

const keptBuffer = 256 << 10

// answerTime is what a client may take for an answer, from when it is ready: the server's own time for writing begins with the
// request, and an operator may let the reading of a body and an operation take longer than that. What a change has done would be
// done, and nobody told.
const answerTime = 30 * time.Second

// send writes the answer. The data is copied as it is: it was written as JSON once and need not be read again.
func (a answerer) send(status int, r *graphql.Response) {
	b, ok := buffers.Get().(*bytes.Buffer)
	if !ok {
		b = new(bytes.Buffer)
	}
	defer func() {
		if b.Cap() <= keptBuffer {
			b.Reset()
			buffers.Put(b)
		}
	}()
	appendResponse(b, r)
	h := a.w.Header()
	h.Set("Content-Type", a.mediaType+"; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	http.NewResponseController(a.w).SetWriteDeadline(time.Now().Add(answerTime)) //nolint:errcheck // a server that cannot, sets none
	a.w.WriteHeader(status)
	a.w.Write(b.Bytes()) //nolint:errcheck // the client is gone; there is nobody to tell
}

// appendResponse writes an answer as JSON. One that did not run has no data member, not even null.
func appendResponse(b *bytes.Buffer, r *graphql.Response) {
	separator := byte('{')
	if len(r.Errors) > 0 {
		b.WriteString(`{"errors":`)
		appendErrors(b, r.Errors)
		separator = ','
	}
	if len(r.Data) > 0 {
		b.WriteByte(separator)
		b.WriteString(`"data":`)
		b.Write(r.Data)
		separator = ','
	}
	if separator == '{' {
		b.WriteByte('{')
	}
	b.WriteByte('}')
}

// appendErrors writes a list of errors as JSON.
func appendErrors(b *bytes.Buffer, errs gqlerror.List) {
	list, err := json.Marshal(errs)
	if err != nil {
		list = []byte(`[{"message":"internal error","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]`)
	}
	b.Write(list)
}

// acceptable chooses the media type of the answer by the Accept header (RFC 9110, 12.5.1). Without one, and between equals,
// it is application/json, which every client reads.
func acceptable(header string) (string, bool) {
	if strings.TrimSpace(header) == "" {
		return jsonType, true
	}
	best, bestQ := "", 0.0
	for _, mediaType := range []string{jsonType, responseType, streamType} {
		if q := quality(header, mediaType); q > bestQ {
			best, bestQ = mediaType, q
		}
	}
	return best, best != ""
}

// quality is how much a header wants a media type; the most specific range that fits decides.
func quality(header, mediaType string) float64 {
	found, rank := 0.0, 0
	for part := range strings.SplitSeq(header, ",") {
		wanted, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		if charset, isSet := params["charset"]; isSet && !strings.EqualFold(charset, "utf-8") {
			continue
		}
		group, _, _ := strings.Cut(mediaType, "/")
		fits := map[string]int{mediaType: 3, group + "/*": 2, "*/*": 1}[wanted]
		if fits <= rank {
			continue
		}
		q, err := strconv.ParseFloat(params["q"], 64)
		if err != nil {
			q = 1
		}
		found, rank = q, fits
	}
	return found
}
