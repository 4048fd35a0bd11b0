package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	"contactpanel/contact"
	"contactpanel/store/internal/paging"
)

// Bounds that choose how a search reads. Either it collects the candidates of the rarest condition and sorts them, or it
// walks the list in its order and tests each contact. The cost of the first grows with the candidates, that of the second
// shrinks with them: at a hundred thousand contacts and pages of twenty they meet near fewCandidates. A walk that found
// too little after walkBudget contacts gives up, because the matches may all stand at the far end.
const (
	fewCandidates = 1500
	walkBudget    = 5000
)

// SearchContacts implements [contact.ContactReader].
func (r reader) SearchContacts(ctx context.Context, org contact.OrgID, q contact.ContactQuery) (contact.Slice[contact.Contact], error) {
	s := newSearch(r.session, org, q)
	found, err := paging.Read(ctx, s, q.Span)
	if err != nil {
		return contact.Slice[contact.Contact]{}, r.fail(err)
	}
	contacts, err := r.contactsByNumber(ctx, found.Items)
	return contact.Slice[contact.Contact]{
		Items: contacts, HasBefore: found.HasBefore, HasAfter: found.HasAfter, Total: found.Total,
	}, r.fail(err)
}

// contactsByNumber reads the contacts at the places, in their order.
func (r reader) contactsByNumber(ctx context.Context, places []place) ([]contact.Contact, error) {
	if len(places) == 0 {
		return nil, nil
	}
	numbers := make([]int64, len(places))
	at := make(map[int64]int, len(places))
	for i, p := range places {
		numbers[i], at[p.n] = p.n, i
	}
	list, err := json.Marshal(numbers)
	if err != nil {
		return nil, err
	}
	out := make([]contact.Contact, len(places))
	rows, err := r.session.query(ctx, sqlContactsByNumbers, string(list))
	_, err = collect(rows, err, func(rows *sql.Rows) (struct{}, error) {
		row, err := scanContact(rows)
		out[at[row.n]] = row.contact
		return struct{}{}, err
	})
	return out, err
}

// place is where a contact stands in the list that is read.
type place struct {
	n  int64
	at contact.Position
}

// search reads the list of the contacts that a query chooses. It implements paging.Lister.
type search struct {
	session    session
	org        string
	order      order
	descending bool
	conditions []condition
	isEmpty    bool // nothing can fit
	few, walk  int  // fewCandidates and walkBudget

	isPlanned bool // the two below are known
	driver    int  // the condition with the fewest candidates; -1: none has a list of them
	isFew     bool // it has no more than few
}

func newSearch(in session, org contact.OrgID, q contact.ContactQuery) *search {
	s := &search{session: in, org: string(org), order: orderOf(q.By), descending: q.Descending, few: fewCandidates, walk: walkBudget}
	for _, forms := range q.Terms {
		s.add(termCondition(s.org, forms, q.Hidden))
	}
	if q.Networks != nil {
		s.add(networkCondition(s.org, q.Networks))
	}
	if q.IsVIP != nil {
		s.conditions = append(s.conditions, vipCondition(s.org, *q.IsVIP, millis(q.Now)))
	}
	return s
}

func (s *search) add(c condition) {
	s.isEmpty = s.isEmpty || len(c.sources) == 0
	s.conditions = append(s.conditions, c)
}

func (s *search) Position(p *place) contact.Position { return p.at }

func (s *search) Page(ctx context.Context, after, before *contact.Position, limit int, backward bool) ([]place, error) {
	from, to := s.order.first(), s.order.last()
	if s.descending {
		after, before = before, after
	}
	if after != nil {
		from = *after
	}
	if before != nil {
		to = *before
	}
	return s.between(ctx, from, to, limit, s.descending != backward)
}

func (s *search) IsBefore(ctx context.Context, p contact.Position) (bool, error) {
	found, err := s.Page(ctx, nil, &p, 1, true)
	return len(found) > 0, err
}

func (s *search) IsAfter(ctx context.Context, p contact.Position) (bool, error) {
	found, err := s.Page(ctx, &p, nil, 1, false)
	return len(found) > 0, err
}

func (s *search) Count(ctx context.Context) (int, error) {
	if s.isEmpty {
		return 0, nil
	}
	if err := s.plan(ctx); err != nil {
		return 0, err
	}
	if s.driver < 0 {
		tests, args := s.tests(-1)
		text := `SELECT count(*) FROM contacts c INDEXED BY ` + s.order.index + ` WHERE c.org = ?` + tests
		return number(s.session.queryVaried(ctx, text, append([]any{s.org}, args...)...))
	}
	if len(s.conditions) == 1 {
		sources, args := s.conditions[s.driver].union(`SELECT `, ` UNION ALL `)
		return number(s.session.queryVaried(ctx, `SELECT count(DISTINCT contact) FROM (`+sources+`)`, args...))
	}
	text, args := s.driven(`count(*)`)
	return number(s.session.queryVaried(ctx, text, args...))
}

// between finds contacts strictly between two places of the ascending order, from its end when downward.
func (s *search) between(ctx context.Context, from, to contact.Position, limit int, downward bool) ([]place, error) {
	if s.isEmpty {
		return nil, nil
	}
	if err := s.plan(ctx); err != nil {
		return nil, err
	}
	if !s.isFew {
		found, isDone, err := s.walkFrom(ctx, from, to, limit, downward)
		if err != nil || isDone {
			return found, err
		}
	}
	text, args := s.driven(s.order.columns)
	bounds, boundArgs := s.order.bounds(from, to)
	text += bounds + s.order.by(downward) + limited
	args = append(append(args, boundArgs...), limit)
	rows, err := s.session.queryVaried(ctx, text, args...)
	return collect(rows, err, s.order.scan)
}

// walkFrom reads the list in its order and keeps what fits. isDone is false when it gave up, which it does only where there
// is another way.
func (s *search) walkFrom(ctx context.Context, from, to contact.Position, limit int, downward bool) (found []place, isDone bool, err error) {
	tests, testArgs := s.tests(-1)
	bounds, boundArgs := s.order.bounds(from, to)
	text := `SELECT ` + s.order.columns + `, (1` + tests + `) IS TRUE FROM contacts c INDEXED BY ` + s.order.index +
		` WHERE c.org = ?` + bounds + s.order.by(downward)
	args := append(append(testArgs, s.org), boundArgs...)
	if tests == "" {
		text += limited
		args = append(args, limit)
	}
	rows, err := s.session.queryVaried(ctx, text, args...)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	for walked := 0; rows.Next(); walked++ {
		if s.driver >= 0 && walked >= s.walk {
			return nil, false, nil
		}
		p, fits, err := s.order.scanFit(rows)
		if err != nil {
			return nil, false, err
		}
		if !fits {
			continue
		}
		if found = append(found, p); len(found) >= limit {
			return found, true, nil
		}
	}
	return found, true, rows.Err()
}

// driven is a statement that starts from the candidates of the rarest condition and tests the others.
func (s *search) driven(columns string) (string, []any) {
	sources, args := s.conditions[s.driver].union(`SELECT DISTINCT `, ` UNION `)
	tests, testArgs := s.tests(s.driver)
	text := `SELECT ` + columns + ` FROM (` + sources + `) k CROSS JOIN contacts c ON c.n = k.contact WHERE c.org = ?` + tests
	return text, append(append(args, s.org), testArgs...)
}

// tests are the conditions but one as tests of a contact c.
func (s *search) tests(but int) (string, []any) {
	var text strings.Builder
	var args []any
	for i, c := range s.conditions {
		if i != but {
			text.WriteString(` AND (` + c.test + `)`)
			args = append(args, c.testArgs...)
		}
	}
	return text.String(), args
}

// plan finds the condition with the fewest candidates. It counts no further than needed.
func (s *search) plan(ctx context.Context) error {
	if s.isPlanned {
		return nil
	}
	driver, least := -1, s.few+1
	for i, c := range s.conditions {
		if len(c.sources) == 0 {
			continue
		}
		sources, args := c.union(`SELECT `, ` UNION ALL `)
		text := `SELECT count(*) FROM (` + sources + limited + `)`
		n, err := number(s.session.queryVaried(ctx, text, append(args, least)...))
		if err != nil {
			return err
		}
		if n < least || driver < 0 {
			driver, least = i, n
		}
		if least == 0 {
			break
		}
	}
	s.isPlanned, s.driver, s.isFew = true, driver, driver >= 0 && least <= s.few
	return nil
}
