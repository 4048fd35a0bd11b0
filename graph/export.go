package graph

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"contactpanel/contact"
	"contactpanel/graph/internal/meter"
	"contactpanel/graph/internal/spool"
)

// exporter answers GET /contacts/{id}/export with everything that is kept about a contact, as one JSON document: a contact may
// have more notes than a GraphQL answer may be large. It passes the same door as a query: identity, organisation, roles in
// the domain, request id. docs/erasure.md describes the document.
//
// The document is put aside first and sent then. While it is read, a state of the store is held, behind which no erasure can empty
// the store's log; how long that takes must not be the client's to say.
type exporter struct {
	*door
	places  *meter.Gate
	readers chan struct{} // one for each that reads the store
}

// How many exports go on at a time: of an agent, of an organisation, so that none can keep the others out, and of the
// process; and how many of them read the store, each with a connection and one state of it.
const (
	agentExports        = 1
	organisationExports = 2
	processExports      = 32
	readingExports      = 4
)

const (
	exportMemory   = 1 << 20         // of a document, in bytes; what is larger goes to a file
	exportPatience = time.Second     // of one that waits for its turn to read
	exportPause    = 5 * time.Second // until a client that was refused should ask again
)

// ContactExport is the handler of the route; its pattern names the contact {id}.
func (h *Handler) ContactExport() http.Handler {
	places := meter.NewGate(meter.Limits{AgentRunning: agentExports, OrganisationRunning: organisationExports, ProcessRunning: processExports})
	return &exporter{h.door, places, make(chan struct{}, readingExports)}
}

// ServeHTTP writes the document, or an error in the form of GraphQL's. One that breaks off is cut off, so that nobody takes a
// part of it for the whole.
func (x *exporter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, to := x.answer(w, r), &taker{w: w}
	defer x.ended(answer, r, to)
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
	no := x.arrive(actor)
	if no == nil {
		no = x.charge(actor, costOfExport, costOfExport)
	}
	if no != nil {
		answer.reject(ctx, http.StatusTooManyRequests, gqlerror.List{no})
		return
	}
	place, err := x.places.Enter(ctx, string(actor.Org), string(actor.ID))
	if err == nil {
		defer place.Leave()
		err = x.serve(ctx, to, actor, contact.ID(r.PathValue("id")))
	}
	if err != nil {
		x.refuseByCode(ctx, answer, noPlace(err), true)
	}
}

// serve reads the document and sends it, within one time for both. An error says that nothing was sent.
func (x *exporter) serve(ctx context.Context, to *taker, actor contact.Actor, id contact.ID) error {
	ctx, cancel := context.WithTimeout(ctx, x.limits.Export)
	defer cancel()
	until, _ := ctx.Deadline()
	if err := http.NewResponseController(to.w).SetWriteDeadline(until); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	aside := spool.New(os.TempDir(), exportMemory)
	defer aside.Close() //nolint:errcheck // nobody needs it any more
	if err := x.read(ctx, aside, actor, id); err != nil {
		return err
	}
	h := to.w.Header()
	h.Set("Content-Type", jsonType+"; charset=utf-8")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": string(id) + ".json"}))
	h.Set("Content-Length", strconv.FormatInt(aside.Size(), 10))
	if _, err := aside.WriteTo(to); err != nil {
		if !to.isCut {
			_ = x.shown.present(ctx, err) // for the log alone
		}
		panic(http.ErrAbortHandler)
	}
	return nil
}

// read puts the document aside, when it is its turn.
func (x *exporter) read(ctx context.Context, aside *spool.Spool, actor contact.Actor, id contact.ID) error {
	over := time.NewTimer(exportPatience)
	defer over.Stop()
	select {
	case x.readers <- struct{}{}:
		defer func() { <-x.readers }()
	case <-ctx.Done():
		return ctx.Err()
	case <-over.C:
		return errReaders
	}
	export, err := x.deps.Contacts.ExportContact(ctx, id)
	if err != nil {
		return err
	}
	document := exportDocument{to: aside, export: export, actor: actor}
	if err := export.Walk(ctx, document.row); err != nil {
		return err
	}
	return document.end()
}

// errReaders says that as many exports read the store as may.
var errReaders = errors.New("too many exports read the store at once")

// noPlace turns the refusals of gates into what a client is told; other errors stay.
func noPlace(err error) error {
	switch {
	case errors.Is(err, meter.ErrAgent):
		return later(codeRateLimited, "exports", agentExports, exportPause, "the agent makes too many exports at once: at most %s")
	case errors.Is(err, meter.ErrOrganisation):
		return later(codeRateLimited, "exports", organisationExports, exportPause, "the organisation makes too many exports at once: at most %s")
	case errors.Is(err, meter.ErrFull):
		return later(contact.Overloaded, "exports", processExports, exportPause, "too many exports are made at once: at most %s")
	case errors.Is(err, errReaders):
		return later(contact.Overloaded, "export-readers", readingExports, exportPause, "too many exports read the store at once: at most %s")
	default:
		return err
	}
}

// taker is the client, and what it has been given.
type taker struct {
	w       http.ResponseWriter
	hasSome bool
	isCut   bool // it does not take more
}

// Write implements [io.Writer].
func (t *taker) Write(p []byte) (int, error) {
	t.hasSome = true
	n, err := t.w.Write(p)
	t.isCut = err != nil
	return n, err
}

// ended answers when the export panicked, and lets the cutting of the connection pass.
func (x *exporter) ended(answer answerer, r *http.Request, to *taker) {
	what := recover()
	if what == nil {
		return
	}
	if what == http.ErrAbortHandler { //nolint:errorlint,err113 // the very value
		panic(what)
	}
	err := x.shown.recovered(r.Context(), what)
	if to.hasSome {
		panic(http.ErrAbortHandler)
	}
	x.refuseByCode(r.Context(), answer, err, true)
}
