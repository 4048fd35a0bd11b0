package mongo

import (
	"cmp"
	"context"
	"regexp"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"contactpanel/contact"
	"contactpanel/store/internal/paging"
)

// fewCandidates chooses how a search reads: when a condition has no more candidates than this, they are fetched and sorted;
// else the list is read in its order and each contact is tested, which finds a page soon where many fit. Plans are chosen here
// and given as hints: the server's own choice depends on what it was asked before.
const fewCandidates = 1500

// search is the list of the contacts that a query chooses. It implements [paging.Lister].
type search struct {
	reader
	list       string
	conditions []condition
	field      string // what orders
	hint       string // the index that keeps the order
	place      func(contact.Position) string
	descending bool
	isEmpty    bool   // nothing can fit
	driver     string // the index with the few candidates, "" when there is none; known when isPlanned
	isPlanned  bool
}

// condition is one thing that a search asks of a contact, and the index that lists who fits.
type condition struct {
	filter bson.D
	hint   string // "": none does
}

// SearchContacts implements [contact.ContactReader].
func (r reader) SearchContacts(ctx context.Context, org contact.OrgID, q contact.ContactQuery) (contact.Slice[contact.Contact], error) {
	found, err := paging.Read(ctx, newSearch(r, org, q), q.Span)
	if err != nil {
		return contact.Slice[contact.Contact]{}, err
	}
	out := contact.Slice[contact.Contact]{HasBefore: found.HasBefore, HasAfter: found.HasAfter, Total: found.Total}
	for i := range found.Items {
		out.Items = append(out.Items, found.Items[i].full())
	}
	return out, nil
}

func newSearch(r reader, org contact.OrgID, q contact.ContactQuery) *search {
	s := &search{reader: r, list: scope(org), descending: q.Descending}
	switch q.By {
	case contact.ByCreatedAt:
		s.field, s.hint, s.place = "byCreated", indexByCreated, dated
	case contact.ByUpdatedAt:
		s.field, s.hint, s.place = "byUpdated", indexByUpdated, dated
	default:
		s.field, s.hint, s.place = "byName", indexByName, named
	}
	for _, forms := range q.Terms {
		s.isEmpty = s.isEmpty || len(forms) == 0
		s.conditions = append(s.conditions, termCondition(org, forms, q.Hidden))
	}
	if q.Networks != nil {
		s.isEmpty = s.isEmpty || len(q.Networks) == 0
		s.conditions = append(s.conditions, condition{
			bson.D{{Key: "networks", Value: bson.D{{Key: "$in", Value: keysOf(org, q.Networks)}}}}, indexNetworks,
		})
	}
	if q.IsVIP != nil {
		s.conditions = append(s.conditions, vipCondition(org, *q.IsVIP, moment(q.Now)))
	}
	return s
}

// termCondition asks for a search key that begins with one of the forms. An expression that begins with ^ and holds no
// operators gives exact bounds of an index. Keys that come from a hidden definition do not count.
func termCondition(org contact.OrgID, forms, hidden []string) condition {
	prefixes := make(bson.A, len(forms))
	for i, form := range forms {
		prefixes[i] = bson.Regex{Pattern: "^" + regexp.QuoteMeta(keyOf(org, form))}
	}
	fits := bson.D{{Key: "$in", Value: prefixes}}
	if len(hidden) > 0 {
		but := make(bson.A, len(hidden))
		for i, key := range hidden {
			but[i] = bson.Regex{Pattern: regexp.QuoteMeta(contact.SearchMark+key) + "$"}
		}
		fits = bson.D{{Key: "$elemMatch", Value: append(fits, bson.E{Key: "$nin", Value: but})}}
	}
	return condition{bson.D{{Key: "search", Value: fits}}, indexSearch}
}

// vipCondition asks for the state at a moment: a promotion ends at its expiry. Those who are none are most, and not listed.
func vipCondition(org contact.OrgID, isVIP bool, now time.Time) condition {
	until := func(operator string) bson.D {
		return bson.D{{Key: "vipUntil", Value: bson.D{{Key: operator, Value: now}}}}
	}
	if !isVIP {
		return condition{filter: bson.D{{Key: "$or", Value: bson.A{bson.D{{Key: "vip", Value: false}}, until("$lte")}}}}
	}
	return condition{bson.D{
		{Key: "org", Value: string(org)}, {Key: "vip", Value: true},
		{Key: "$or", Value: bson.A{bson.D{{Key: "vipUntil", Value: nil}}, until("$gt")}},
	}, indexVIP}
}

// plan finds out which condition has few candidates, if any has.
func (s *search) plan(ctx context.Context) error {
	if s.isPlanned {
		return nil
	}
	least := fewCandidates + 1
	for _, c := range s.conditions {
		if c.hint == "" || least == 0 {
			continue
		}
		by := "" // the fields of the others stand in one index
		if c.hint == indexVIP {
			by = indexVIP
		}
		n, err := count(ctx, s.reader, contacts, c.filter, by, least)
		if err != nil {
			return err
		}
		if n < least {
			s.driver, least = c.hint, n
		}
	}
	s.isPlanned = true
	return nil
}

// Page implements [paging.Lister].
func (s *search) Page(ctx context.Context, after, before *contact.Position, limit int, backward bool) ([]readContact, error) {
	if s.isEmpty {
		return nil, ctx.Err()
	}
	if err := s.plan(ctx); err != nil {
		return nil, err
	}
	direction := 1
	if s.descending != backward {
		direction = -1
	}
	return s.contactRows(ctx, contactQuery{
		filter: s.between(after, before), hint: s.index(), limit: limit,
		sort: bson.D{{Key: s.field, Value: direction}},
	})
}

// between chooses the contacts strictly between two places.
func (s *search) between(after, before *contact.Position) bson.D {
	if s.descending {
		after, before = before, after
	}
	filter := bson.D{{Key: s.field, Value: inside(s.list, after, before, s.place)}}
	if len(s.conditions) > 0 {
		var all bson.A
		for _, c := range s.conditions {
			all = append(all, c.filter)
		}
		filter = append(filter, bson.E{Key: "$and", Value: all})
	}
	return filter
}

// index is the one to use: a plain list has only one that can.
func (s *search) index() string {
	if len(s.conditions) == 0 {
		return ""
	}
	return cmp.Or(s.driver, s.hint)
}

// IsBefore implements [paging.Lister].
func (s *search) IsBefore(ctx context.Context, p contact.Position) (bool, error) {
	found, err := s.Page(ctx, nil, &p, 1, true)
	return len(found) > 0, err
}

// IsAfter implements [paging.Lister].
func (s *search) IsAfter(ctx context.Context, p contact.Position) (bool, error) {
	found, err := s.Page(ctx, &p, nil, 1, false)
	return len(found) > 0, err
}

// Count implements [paging.Lister].
func (s *search) Count(ctx context.Context) (int, error) {
	if s.isEmpty {
		return 0, ctx.Err()
	}
	if err := s.plan(ctx); err != nil {
		return 0, err
	}
	return count(ctx, s.reader, contacts, s.between(nil, nil), s.index(), 0)
}

// Position implements [paging.Lister].
func (s *search) Position(r *readContact) contact.Position {
	p := contact.Position{ID: contact.ID(r.Row.ID)}
	switch s.field {
	case "byCreated":
		p.Number = r.Row.Created.UnixMilli()
	case "byUpdated":
		p.Number = r.Row.Updated.UnixMilli()
	default:
		p.Text = r.Row.Sort
	}
	return p
}
