package graph

import (
	"net/http"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"contactpanel/contact"
)

// Guard puts before next what every request to the process passes, whatever it asks for: who the client is behind proxies,
// the size of the header, and whether a page of a foreign origin has sent it. Next sees the client's address, without a
// port, as RemoteAddr.
func (h *Handler) Guard(next http.Handler) http.Handler {
	foreign := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, in *http.Request) {
		ctx := in.Context()
		r := in.WithContext(ctx)
		r.RemoteAddr = h.door.deps.TrustedProxies.Client(in)
		switch no := h.door.limits.tooLargeHeader(r); {
		case no != nil:
			h.door.answer(w, r).reject(ctx, http.StatusRequestHeaderFieldsTooLarge, gqlerror.List{no})
		case !h.door.isOfAllowedPage(r) && foreign.Check(r) != nil:
			h.door.answer(w, r).refuse(ctx, http.StatusForbidden, contact.Forbidden, "pages of this origin may not send this")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// isOfAllowedPage reports whether a page sent the request that may call the gateway: the one list of origins that CORS and
// sockets go by too.
func (d *door) isOfAllowedPage(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	return len(origins) == 1 && d.deps.AllowOrigin(origins[0])
}

// tooLargeHeader refuses a request whose header is larger than the limits. The server's own bound on bytes is a coarse one, and
// it has none on fields.
func (l *Limits) tooLargeHeader(r *http.Request) *gqlerror.Error {
	const separators = len(": \r\n")
	fields, bytes := 1, len("Host")+len(r.Host)+separators // which net/http has taken out
	for name, values := range r.Header {
		fields += len(values)
		for _, value := range values {
			bytes += len(name) + len(value) + separators
		}
	}
	return firstOf(
		overTheLimit(codeBadRequest, "header-fields", l.HeaderFields, fields, "the header has %s fields"),
		overTheLimit(codeBadRequest, "header", int(l.HeaderBytes), bytes, "the header has %s bytes"),
	)
}
