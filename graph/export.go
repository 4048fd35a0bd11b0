package graph

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"contactpanel/contact"
)

// exporter answers GET /contacts/{id}/export with everything that is kept about a contact, as one JSON document that is written
// while it is read: a contact may have more notes than a GraphQL answer may be large. It passes the same door as a query:
// identity, organisation, roles in the domain, request id. docs/erasure.md describes the document.
type exporter struct {
	*door
	slots chan struct{} // one for each export that goes on
}

// maxExports is how many exports go on at a time. Each holds a connection and one state of the store.
const maxExports = 4

// ContactExport is the handler of the route; its pattern names the contact {id}.
func (h *Handler) ContactExport() http.Handler {
	return &exporter{h.door, make(chan struct{}, maxExports)}
}

// ServeHTTP writes the document, or an error in the form of GraphQL's. One that breaks off is cut off, so that nobody takes a
// part of it for the whole.
func (x *exporter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, document := x.answer(w, r), &exportDocument{to: w}
	defer x.ended(answer, r, document)
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		answer.refuse(r.Context(), http.StatusMethodNotAllowed, codeBadRequest, "an export is asked by GET")
		return
	}
	ctx, actor, err := x.identify(r.Context(), r, r.Header.Values("Authorization"))
	if err != nil {
		x.refuseByCode(r.Context(), answer, err, r.Header.Get("Authorization") != "")
		return
	}
	no := x.arrive(ctx)
	if no == nil {
		no = x.charge(ctx, costOfExport, costOfExport)
	}
	if no != nil {
		answer.reject(ctx, http.StatusTooManyRequests, gqlerror.List{no})
		return
	}
	select {
	case x.slots <- struct{}{}:
		defer func() { <-x.slots }()
	default:
		const soon = 5 * time.Second
		answer.reject(ctx, http.StatusServiceUnavailable, gqlerror.List{x.later(contact.Overloaded, "exports", maxExports, soon, "too many exports are made at once: at most %s")})
		return
	}
	if err := x.write(ctx, document, actor, contact.ID(r.PathValue("id"))); err != nil {
		x.fail(ctx, answer, document, err)
	}
}

// write writes the document within its time, which is also the client's for taking it.
func (x *exporter) write(ctx context.Context, to *exportDocument, actor contact.Actor, id contact.ID) error {
	ctx, cancel := context.WithTimeout(ctx, x.limits.Export)
	defer cancel()
	control := http.NewResponseController(to.to)
	if err := control.SetWriteDeadline(time.Now().Add(x.limits.Export)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	export, err := x.deps.Contacts.ExportContact(ctx, id)
	if err != nil {
		return err
	}
	h := to.to.Header()
	h.Set("Content-Type", jsonType+"; charset=utf-8")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": string(id) + ".json"}))
	to.begin(export, actor)
	if err := export.Walk(ctx, to.row); err != nil {
		return err
	}
	return to.end()
}

// fail answers with the error as long as nothing was sent; then all that is left is to cut the connection.
func (x *exporter) fail(ctx context.Context, answer answerer, document *exportDocument, err error) {
	if !document.hasSent {
		answer.w.Header().Del("Content-Disposition")
		x.refuseByCode(ctx, answer, err, true)
		return
	}
	if !document.isCut {
		_ = x.shown.present(ctx, err) // for the log alone
	}
	panic(http.ErrAbortHandler)
}

// ended answers when the export panicked, and lets the cutting of the connection pass.
func (x *exporter) ended(answer answerer, r *http.Request, document *exportDocument) {
	what := recover()
	if what == nil {
		return
	}
	if what == http.ErrAbortHandler { //nolint:errorlint,err113 // the very value
		panic(what)
	}
	err := x.shown.recovered(r.Context(), what)
	if document.hasSent {
		panic(http.ErrAbortHandler)
	}
	x.refuseByCode(r.Context(), answer, err, true)
}
