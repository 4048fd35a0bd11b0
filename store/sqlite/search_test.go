package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"contactpanel/contact"
	"contactpanel/store/internal/paging"
)

// fillDrawn makes contacts with few different keys, so that each search finds some and not all.
func fillDrawn(ctx context.Context, t *rapid.T, s *Store, of contact.OrgID) {
	word := rapid.SampledFrom([]string{"a", "ab", "abc", "b", "ba", "c"})
	network := rapid.SampledFrom([]contact.Network{contact.X, contact.Telegram, contact.SMS})
	err := s.Update(ctx, of, func(ctx context.Context, tx contact.Tx) error {
		for n := range rapid.IntRange(0, 30).Draw(t, "contacts") {
			moment := testMoment().Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "moment")) * time.Second)
			c := contact.Contact{
				ID: contact.ID(fmt.Sprintf("contact_%d", n*7%31)), Name: "n", CreatedAt: moment, UpdatedAt: moment, Version: 1,
				VIP: contact.VIP{IsVIP: rapid.Bool().Draw(t, "vip")},
			}
			if rapid.Bool().Draw(t, "expires") {
				c.VIP.ExpiresAt = &moment
			}
			index := contact.ContactIndex{Sort: word.Draw(t, "sort"), Search: rapid.SliceOfN(word, 0, 3).Draw(t, "keys")}
			for i, n := range rapid.SliceOfN(network, 0, 2).Draw(t, "networks") {
				c.Profiles = append(c.Profiles, contact.Profile{ID: contact.ID(fmt.Sprint("profile_", i)), Network: n, Handle: "h"})
			}
			if err := tx.PutContact(ctx, of, c, index); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func drawQuery(t *rapid.T) contact.ContactQuery {
	q := contact.ContactQuery{
		Terms: rapid.SliceOfN(rapid.SliceOfN(rapid.SampledFrom([]string{"", "a", "ab", "b", "c", "x"}), 1, 2), 0, 3).Draw(t, "terms"),
		By:    rapid.SampledFrom([]contact.ContactField{contact.ByName, contact.ByCreatedAt, contact.ByUpdatedAt}).Draw(t, "by"),
		Now:   testMoment().Add(time.Second), Descending: rapid.Bool().Draw(t, "descending"),
		Span: contact.Span{
			Limit: rapid.IntRange(1, 5).Draw(t, "limit"), Backward: rapid.Bool().Draw(t, "backward"), WantTotal: true,
		},
	}
	if rapid.Bool().Draw(t, "by network") {
		q.Networks = rapid.SliceOfN(rapid.SampledFrom([]contact.Network{contact.X, contact.Telegram}), 0, 2).Draw(t, "of networks")
	}
	if rapid.Bool().Draw(t, "by VIP") {
		isVIP := rapid.Bool().Draw(t, "is VIP")
		q.IsVIP = &isVIP
	}
	for _, bound := range []**contact.Position{&q.Span.After, &q.Span.Before} {
		if rapid.Bool().Draw(t, "bound") {
			*bound = &contact.Position{
				Text:   rapid.SampledFrom([]string{"a", "ab", "b"}).Draw(t, "text"),
				Number: testMoment().UnixMilli() + int64(rapid.IntRange(0, 3).Draw(t, "second"))*1000,
				ID:     contact.ID(fmt.Sprintf("contact_%d", rapid.IntRange(0, 30).Draw(t, "id"))),
			}
		}
	}
	return q
}

// Which way a search reads depends on how many contacts there are. Here each way is taken with few of them, and all must
// find the same. That what they find is right is the conformance suite's business.
func TestEachWayOfReadingASearchFindsTheSame(t *testing.T) {
	s := openTest(t)
	runs := 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		of := contact.OrgID(fmt.Sprint("org ", runs))
		fillDrawn(t.Context(), rt, s, of)
		for range 4 {
			q := drawQuery(rt)
			var first contact.Slice[place]
			for i, way := range []struct {
				name      string
				few, walk int
			}{
				{"candidates", 1000, 1000}, {"walk", -1, 1000}, {"walk, then candidates", -1, 3},
			} {
				var got contact.Slice[place]
				err := s.readers.read(t.Context(), true, func(in session) (err error) {
					search := newSearch(in, of, q)
					search.few, search.walk = way.few, way.walk
					got, err = paging.Read(t.Context(), search, q.Span)
					return err
				})
				if err != nil {
					rt.Fatalf("%s: %v", way.name, err)
				}
				if i == 0 {
					first = got
				}
				if !slices.Equal(got.Items, first.Items) || got.HasBefore != first.HasBefore || got.HasAfter != first.HasAfter || got.Total != first.Total {
					rt.Fatalf("%s found %+v, candidates %+v", way.name, got, first)
				}
			}
		}
	})
}

// recorder notes every statement with its arguments.
type recorder struct {
	session
	asked map[string][]any
}

func (r *recorder) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	r.asked[text] = args
	return r.session.query(ctx, text, args...)
}

func (r *recorder) queryVaried(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	r.asked[text] = args
	return r.session.queryVaried(ctx, text, args...)
}

// everyStatement runs each method once and returns the texts that reached SQLite.
func everyStatement(t *testing.T, s *Store) map[string][]any {
	t.Helper()
	asked := map[string][]any{}
	isVIP, isNone, since := true, false, testMoment()
	position := &contact.Position{Text: "a", Number: 1, ID: "b"}
	must(t, s.writer.do(t.Context(), func(ctx context.Context, t *tx) error {
		t.session = &recorder{t.session, asked}
		for _, by := range []contact.ContactField{contact.ByName, contact.ByCreatedAt, contact.ByUpdatedAt} {
			for _, vip := range []*bool{nil, &isVIP, &isNone} {
				for _, terms := range [][][]string{nil, {{"a"}}, {{"a", "b"}, {"c"}}} {
					for _, networks := range [][]contact.Network{nil, {contact.X, contact.SMS}} {
						for _, few := range []int{-1, 1000} {
							q := contact.ContactQuery{Terms: terms, Networks: networks, IsVIP: vip, By: by, Span: contact.Span{Limit: 2, WantTotal: true, After: position, Before: position}}
							search := newSearch(t.session, testOrg, q)
							search.few, search.walk = few, 0
							if _, err := paging.Read(ctx, search, q.Span); err != nil {
								return err
							}
						}
					}
				}
			}
		}
		for _, deletedSince := range []*time.Time{nil, &since} {
			for _, backward := range []bool{false, true} {
				q := contact.NoteQuery{Contact: "c", DeletedSince: deletedSince, Span: contact.Span{After: position, Before: position, Limit: 1, Backward: backward, WantTotal: true}}
				if _, err := t.Notes(ctx, testOrg, q); err != nil {
					return err
				}
			}
		}
		for _, q := range auditQueries(position) {
			if _, err := t.AuditEntries(ctx, testOrg, q); err != nil {
				return err
			}
		}
		return readEverything(ctx, t)
	}))
	must(t, s.Update(t.Context(), testOrg, writeEverything))
	_, err := s.Sweep(t.Context(), contact.SweepLimits{NotesDeleted: since, Events: since, Applied: since, Refusals: since})
	must(t, err)
	for text := range s.writer.connection.prepared {
		if _, ok := asked[text]; !ok {
			asked[text] = slices.Repeat([]any{nil}, 20)
		}
	}
	return asked
}

func readEverything(ctx context.Context, r contact.Reader) error {
	for _, err := range []error{
		second(r.Organisation(ctx, testOrg)), second(r.HasOrganisations(ctx)), second(r.Definitions(ctx, testOrg)),
		second(r.Contacts(ctx, testOrg, []contact.ID{"c"})), second(r.ContactByKey(ctx, testOrg, contact.LookupKey{Kind: contact.LookupProfile})),
		second(r.Match(ctx, testOrg, []contact.LookupKey{{}}, "")), second(r.Match(ctx, testOrg, []contact.LookupKey{{}}, "1")),
		second(r.NotesByID(ctx, testOrg, []contact.ID{"n"})), second(r.Events(ctx, testOrg, "c", contact.TopicNotes, 0, 1)),
		second(r.Applied(ctx, testOrg, "a", "k")),
		second(r.SearchContacts(ctx, testOrg, contact.ContactQuery{Span: contact.Span{Limit: 1}})),
	} {
		if err != nil && contact.CodeOf(err) != contact.NotFound {
			return err
		}
	}
	return nil
}

func second[T any](_ T, err error) error { return err }

func writeEverything(ctx context.Context, tx contact.Tx) error {
	c := contact.Contact{ID: "c", Profiles: []contact.Profile{{Network: contact.X, Handle: "h"}}}
	x := contact.ContactIndex{Search: []string{"a"}, Lookup: []contact.LookupKey{{Kind: contact.LookupProfile, Value: "X:h"}}}
	for _, write := range []func() error{
		func() error { return tx.PutOrganisation(ctx, contact.Organisation{ID: testOrg}) },
		func() error { return tx.PutDefinition(ctx, testOrg, contact.Definition{Key: "k"}) },
		func() error { return tx.PutSection(ctx, testOrg, contact.Section{Key: "k"}) },
		func() error { return tx.PutGroup(ctx, testOrg, contact.Group{Key: "k"}) },
		func() error { return tx.RemoveGroup(ctx, testOrg, "k") },
		func() error { return tx.PutContact(ctx, testOrg, c, x) },
		func() error {
			return tx.PutContact(ctx, testOrg, contact.Contact{ID: "c", Name: "n"}, contact.ContactIndex{})
		},
		func() error { return tx.PutNote(ctx, testOrg, testNote("n", 1)) },
		func() error {
			return second(tx.Append(ctx, testOrg, contact.Event{Contact: "c", Topic: contact.TopicNotes}))
		},
		func() error { return tx.PutApplied(ctx, testOrg, contact.Applied{Key: "k"}) },
		func() error { return tx.PutAudit(ctx, testOrg, contact.AuditEntry{ID: "a"}) },
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

func TestNoStatementScansATable(t *testing.T) {
	s := openTest(t)
	statements := everyStatement(t, s)
	if len(statements) < 100 {
		t.Fatalf("%d statements were seen; some are missing", len(statements))
	}
	explained := 0
	for text, args := range statements {
		if verb, _, _ := strings.Cut(text, " "); verb == "BEGIN" || verb == "COMMIT" || verb == "ROLLBACK" || verb == "SAVEPOINT" || verb == "RELEASE" {
			continue
		}
		steps := explain(t, s, text, args)
		explained++
		isDriven := strings.Contains(text, "CROSS JOIN contacts c ON c.n = k.contact") // sorts the candidates
		for _, step := range steps {
			if isScan(step) || !isDriven && strings.Contains(step, "TEMP B-TREE FOR ORDER BY") {
				t.Errorf("%s\n\tdoes: %s", text, step)
			}
		}
	}
	t.Logf("%d statements", explained)
}

// explain says how SQLite answers a statement.
func explain(t *testing.T, s *Store, text string, args []any) []string {
	t.Helper()
	rows, err := s.readers.db.Query("EXPLAIN QUERY PLAN "+text, args...)
	steps, err := collect(rows, err, func(rows *sql.Rows) (step string, err error) {
		var id, parent, unused int
		err = rows.Scan(&id, &parent, &unused, &step)
		return step, err
	})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return steps
}

// isScan finds steps that read a whole table or index. Lists that came as an argument, candidates and values are read whole
// of course, and whether there is an organisation is known from the first.
func isScan(step string) bool {
	of, ok := strings.CutPrefix(step, "SCAN ")
	if !ok {
		return false
	}
	name, _, _ := strings.Cut(of, " ")
	return !slices.Contains([]string{"json_each", "k", "CONSTANT", "organisations", "(subquery-1)", "(subquery-2)", "(subquery-3)"}, name)
}
