package faults_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/fold"
	"contactpanel/idn"
	"contactpanel/language"
	"contactpanel/phone"
	"contactpanel/store/mongo"
	"contactpanel/store/mongo/mongotest"
	"contactpanel/test/faults"
)

const acme contact.OrgID = "acme"

// site is a database with one organisation, and a store that no proxy stands before: it tells the truth about what the others
// did.
type site struct {
	server    *mongotest.Server
	uri       string
	truth     contact.Store
	peaceful  *contact.Contacts // over the truth
	reference map[kind]effects  // of a write in peace
}

func newSite(t *testing.T, server *mongotest.Server) *site {
	t.Helper()
	return siteAt(t, server, server.Database())
}

// siteAt is a site of a connection string. Without a server of the test's own nothing can be put before it.
func siteAt(t *testing.T, server *mongotest.Server, uri string) *site {
	t.Helper()
	s := &site{server: server, uri: uri, truth: openStore(t, uri), reference: map[kind]effects{}}
	s.peaceful = useCases(s.truth)
	must(t, s.peaceful.MakeOrganisation(t.Context(), acme))
	of := s.newContact(t)
	for _, k := range kinds() {
		j := newJob(k, of, 0)
		j.send(t, s.peaceful)
		if j.answer == nil {
			t.Fatalf("a %s in peace failed: %v", k, j.codes)
		}
		s.reference[k] = s.effects(t)[j.key]
		if s.reference[k].isNone() {
			t.Fatalf("a %s in peace has no effect", k)
		}
	}
	return s
}

func openStore(t *testing.T, uri string) contact.Store {
	t.Helper()
	s, err := mongo.Open(t.Context(), uri, slog.New(slog.DiscardHandler))
	must(t, err)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	return s
}

func useCases(store contact.Store) *contact.Contacts {
	return contact.New(contact.Deps{
		Store: store, Phones: phone.Book{}, Languages: language.New(), Domains: idn.Domains{}, Letters: fold.Letters{},
		Now: time.Now, NewID: contact.RandomID,
	})
}

// newContact makes a contact in peace.
func (s *site) newContact(t *testing.T) contact.ID {
	t.Helper()
	made, err := s.peaceful.Upsert(as(t.Context(), "in peace"), contact.UpsertInput{Name: "Carla " + string(contact.RandomID("x"))})
	must(t, err)
	return made.Contact.ID
}

// as is the agent of all writes; its audit rows carry the id of the request.
func as(ctx context.Context, request string) context.Context {
	return contact.WithActor(ctx, contact.Actor{
		Agent: contact.Agent{ID: "agent_1", Name: "Agatha Agent"}, Org: acme, Roles: []contact.Role{contact.RoleAgent}, Origin: contact.OriginAgent,
		RequestID: request,
	})
}

// gateway is the domain over a store of its own, with a proxy of its own before the server.
type gateway struct {
	*contact.Contacts
	proxy *faults.Proxy
	store *stops
}

// gateway starts one. With reset, its connections end by a TCP reset.
func (s *site) gateway(t *testing.T, reset bool) *gateway {
	t.Helper()
	proxy := faults.Front(t, s.server)
	if reset {
		proxy.CloseByReset(t)
	}
	store := &stops{Store: openStore(t, proxy.Through(s.uri))}
	return &gateway{useCases(store), proxy, store}
}

// stops is the store, with places in a transaction where it waits for the test.
type stops struct {
	contact.Store

	mu      sync.Mutex
	at      moment
	left    int           // transactions that are to wait
	reached chan struct{} // a value for each of them
	goOn    chan struct{} // closed by the test
}

// moment is a place in a transaction.
type moment string

const (
	begun      moment = "before the first read"
	written    moment = "before the first write is sent"
	committing moment = "before the commit is sent"
)

// stopAt makes the next transactions wait at the moment, each in its first run. None may run at that time.
func (s *stops) stopAt(at moment, count int) {
	s.at, s.left, s.reached, s.goOn = at, count, make(chan struct{}, count), make(chan struct{})
}

// awaitStops waits until all wait.
func (s *stops) awaitStops() {
	for range cap(s.reached) {
		<-s.reached
	}
}

// takes reports whether a transaction is one of those that wait at the moment.
func (s *stops) takes(at moment) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at != at || s.left == 0 {
		return false
	}
	s.left--
	return true
}

func (s *stops) wait() {
	s.reached <- struct{}{}
	<-s.goOn
}

// Update implements [contact.Store].
func (s *stops) Update(ctx context.Context, org contact.OrgID, fn func(context.Context, contact.Tx) error) error {
	return s.Store.Update(ctx, org, func(ctx context.Context, tx contact.Tx) error {
		if s.takes(begun) {
			s.wait()
		}
		if err := fn(ctx, tx); err != nil {
			return err
		}
		if s.takes(written) {
			s.wait()
		}
		if s.takes(committing) { // a read sends what waits to be written, so that the commit comes next
			if _, err := tx.AuditEntries(ctx, org, contact.AuditQuery{Span: contact.Span{Limit: 1}}); err != nil {
				return err
			}
			s.wait()
		}
		return nil
	})
}
