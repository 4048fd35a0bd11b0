// Command contactpanel is the GraphQL gateway behind the contact panel of a customer-care inbox.
//
//	browser ─ guard ─ cors ─ graph (door, identity, execution) ─ contact ─ store (sqlite or mongo) ─┐
//	             └─ playground, schema, health                                                        committed
//	   ▲                                                                                              events │
//	   └───────────────── WebSocket, server-sent events ◀─ graph ◀─ contact ◀────────────────────────────────┘
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/rs/cors"

	"contactpanel/contact"
	"contactpanel/demo"
	"contactpanel/fold"
	"contactpanel/graph"
	"contactpanel/idn"
	"contactpanel/language"
	"contactpanel/phone"
	"contactpanel/store"
)

// sdl is the schema as clients read it.
//
//go:embed schema.graphqls
var sdl []byte

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// serve runs the gateway until the context ends.
func (s *serveCommand) serve(ctx context.Context, cfg *Config, out io.Writer, log *slog.Logger) error {
	who, err := s.OIDC.open(cfg.Data, log)
	if err != nil {
		return err
	}
	allowed, proxies, err := s.callers(who.isDevelopment())
	if err != nil {
		return err
	}
	db, err := cfg.openStore(ctx, store.Settings{Log: log, CallTime: s.Limits.StoreCall})
	if err != nil {
		return err
	}
	defer closeStore(db, log)

	deps, tags := domainDeps(db)
	deps.Provision, deps.RenewsKeys, deps.AuditLost = s.Provision || who.isDevelopment(), true, auditLost(log)
	contacts := contact.New(deps)
	start := &starter{
		log: log, contacts: contacts, signIn: who.ready, begin: s.beginning(deps, contacts, log), isOptional: who.isDevelopment(),
		keys: &renewal{log: log, contacts: contacts},
	}
	if err := start.first(ctx); err != nil {
		return err
	}
	who.fetch(ctx)
	api := graph.NewHandler(graph.Deps{
		Contacts: contacts, SignIn: who.guard.Actor, Languages: tags.Preferred, AllowOrigin: allowed.allows,
		TrustedProxies: proxies, Limits: s.Limits, Log: log, AllowIntrospection: s.Playground || who.isDevelopment(),
	})
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.Listen)
	if err != nil {
		return fmt.Errorf("listen (--listen names another address): %w", err)
	}
	listener = boundListener(listener, s.Limits.Connections)
	if err := s.announce(ctx, db, start, "http://"+listener.Addr().String(), out, who); err != nil {
		return errors.Join(err, listener.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	context.AfterFunc(ctx, func() { start.isEnding.Store(true) })
	var background sync.WaitGroup
	background.Go(func() { start.untilReady(ctx); start.tend(ctx) })
	background.Go(func() { (&outage{ready: start.storeAnswers, turnAway: api.TurnAway, log: log}).watch(ctx) })
	background.Go(func() { who.keep(ctx) })
	err = serveHTTP(ctx, listener, newServer(s.public(api, start, allowed, who), api.ConnContext, int(s.Limits.HeaderBytes), log), api, log)
	cancel() // when serving failed, nobody else does
	background.Wait()
	return err
}

// beginning is what has to be done before the first request: the organisations that the operator names, and for development the
// demo, in an empty store.
func (s *serveCommand) beginning(deps contact.Deps, contacts *contact.Contacts, log *slog.Logger) func(context.Context) error {
	return func(ctx context.Context) error {
		if s.OIDC.Issuer == nil && !s.NoDemo {
			made, err := demo.Make(ctx, deps)
			if made {
				debug.FreeOSMemory() // once: what the making took is not needed for serving
			}
			if err != nil {
				return err
			}
		}
		for _, name := range append(slices.Clone(s.Org), s.OIDC.Org) {
			if name == "" {
				continue
			}
			if err := ensureOrganisation(ctx, contacts, contact.OrgID(name)); err != nil {
				return fmt.Errorf("make the organisation %q: %w", name, err)
			}
		}
		return s.warnOfNone(ctx, deps.Store, log)
	}
}

// warnOfNone warns of a gateway that will let nobody in, because there is no organisation that a token could name.
func (s *serveCommand) warnOfNone(ctx context.Context, db contact.Store, log *slog.Logger) error {
	if s.OIDC.Issuer == nil || s.Provision {
		return nil
	}
	exists, err := db.HasOrganisations(ctx)
	if err == nil && !exists {
		log.WarnContext(ctx, "the store has no organisation, so that nobody can sign in: --org or --oidc-org makes one, --provision those that tokens name, import brings one in")
	}
	return err
}

// ensureOrganisation makes an organisation unless there is one, or one is just being imported.
func ensureOrganisation(ctx context.Context, contacts *contact.Contacts, org contact.OrgID) error {
	if exists, err := contacts.HasOrganisation(ctx, org); err != nil || exists {
		return err
	}
	return contacts.MakeOrganisation(ctx, org)
}

// announce says where the gateway answers: to other processes, and to the person at the terminal.
func (s *serveCommand) announce(ctx context.Context, db contact.Store, start *starter, url string, out io.Writer, who *identity) error {
	if a, ok := db.(store.Announcer); ok {
		if err := a.Announce(url); err != nil {
			return err
		}
	}
	if err := start.ready(ctx); err != nil {
		return waitingBanner(out, url, err)
	}
	if !who.isDevelopment() {
		return issuerBanner(out, url, who.name, s.Playground)
	}
	hasDemo, err := start.contacts.HasOrganisation(ctx, demo.Org)
	if err != nil {
		return err
	}
	return banner(out, url, hasDemo, who.development)
}

// domainDeps is what the domain needs, around a store.
func domainDeps(db contact.Store) (contact.Deps, *language.Tags) {
	tags := language.New()
	return contact.Deps{
		Store: db, Phones: phone.Book{}, Languages: tags, Domains: idn.Domains{}, Letters: fold.Letters{},
		Now: time.Now, NewID: contact.RandomID,
	}, tags
}

// auditLost tells the operator of a refused change that the audit does not show, because the store failed to take its entry.
func auditLost(log *slog.Logger) func(context.Context, error) {
	return func(ctx context.Context, err error) {
		log.ErrorContext(ctx, "a refused change is not in the audit", "request_id", graph.RequestID(ctx), "err", err, "cause", errors.Unwrap(err))
	}
}

// public is everything that the gateway answers.
func (s *serveCommand) public(api *graph.Handler, start *starter, allowed *origins, who *identity) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/graphql", api)
	mux.Handle("/contacts/{id}/export", api.ContactExport())
	if s.Playground || who.isDevelopment() {
		mux.Handle("GET /playground/{$}", graph.Playground("/graphql"))
		mux.Handle("GET /playground", http.RedirectHandler("/playground/", http.StatusMovedPermanently))
		mux.Handle("GET /{$}", http.RedirectHandler("/playground/", http.StatusFound))
	}
	if who.isDevelopment() {
		mux.HandleFunc("GET /schema.graphql", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Write(sdl) //nolint:errcheck // the client is gone; there is nobody to tell
		})
	}
	mux.HandleFunc("GET /livez", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), glanceTime)
		defer cancel()
		if err := start.ready(ctx); err != nil {
			http.Error(w, reason(err), http.StatusServiceUnavailable)
		}
	})
	return graph.WithRequestID(api.Guard(crossOrigin(allowed).Handler(mux)))
}

// crossOrigin lets the allowed pages call from a browser.
func crossOrigin(allowed *origins) *cors.Cors {
	return cors.New(cors.Options{
		AllowOriginFunc: allowed.allows,
		AllowedMethods:  []string{http.MethodPost, http.MethodGet},
		AllowedHeaders:  []string{"Authorization", "Content-Type", "Accept-Language", "X-Request-Id"},
		ExposedHeaders:  []string{"X-Request-Id", "Retry-After", "Content-Disposition"},
		MaxAge:          600,
	})
}

// sweep removes what has outlived its time, at start and then every hour, until the context ends.
func sweep(ctx context.Context, contacts *contact.Contacts, log *slog.Logger) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		if n, err := contacts.Sweep(ctx); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "sweep failed", "err", err)
		} else if n > 0 {
			log.InfoContext(ctx, "removed what has outlived its time: old events, remembered writes, deleted notes, refusals of the audit", "rows", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// How the end goes: first sockets and streams are closed, one after another so that their clients do not all come to another
// gateway at once, while requests are still answered; then what runs may finish. All of it takes no longer than endWithin.
const (
	drainOver = 10 * time.Second
	endWithin = 20 * time.Second
)

// serveHTTP answers until the context ends, then lets everybody go.
func serveHTTP(ctx context.Context, listener net.Listener, server *http.Server, api *graph.Handler, log *slog.Logger) error {
	failed := make(chan error, 1) // one value at most is sent
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
	defer cancel()
	api.Drain(end, drainOver)
	err := server.Shutdown(end)
	if errors.Is(err, context.DeadlineExceeded) { // clients that do not take their answers: no fault of this process
		log.WarnContext(ctx, "requests are cut off, because their clients take too long")
		err = server.Close()
	}
	if err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}

// headerMargin is by how many bytes a header may be larger than the limit and still be refused by the guard, which says why and
// logs it. What is larger is cut off by net/http itself, unseen; it adds another 4 KiB, and counts the request line.
const headerMargin = 12 << 10

// newServer makes the server with its times. The body of a GraphQL request and the answer to it have their own, which the handler
// knows, and so have streams and sockets. Bound sees every connection first.
func newServer(h http.Handler, bound func(context.Context, net.Conn) context.Context, headerBytes int, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: headerBytes + headerMargin, ConnContext: bound,
	}
}

func closeStore(db contact.Store, log *slog.Logger) {
	if err := db.Close(); err != nil {
		log.Error("close the store", "err", err)
	}
}
