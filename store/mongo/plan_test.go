package mongo_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"

	"contactpanel/contact"
	"contactpanel/store/mongo"
	"contactpanel/store/mongo/mongotest"
)

func TestEveryQueryIsServedByAListedIndexAndEveryIndexServesOne(t *testing.T) {
	uri := mongotest.Database(t)
	listed, own := mongo.Indexes()
	db := data(connect(t, uri), uri)
	shapes := map[string]bool{}
	used := map[string]bool{}
	for _, withoutBulk := range []bool{false, true} {
		s, seen := openSeen(t, uri, withoutBulk)
		writeEverything(t, s, fmt.Sprint("key", withoutBulk))
		if !withoutBulk {
			askEverything(t, s)
		}
		for _, query := range queriesOf(t, seen) {
			shape := shapeOf(query.command)
			if shapes[shape] {
				continue
			}
			shapes[shape] = true
			found := explain(t, db, query)
			for _, name := range found {
				used[name] = true
				if !slices.Contains(listed, name) && !slices.Contains(own, name) {
					t.Errorf("not served by a listed index, but by %q: %.400v", name, query.command)
				}
			}
			if len(found) == 0 {
				t.Errorf("no index serves %.400v", query.command)
			}
		}
	}
	for _, name := range listed {
		if !used[name] {
			t.Errorf("no query uses the index %q", name)
		}
	}
	t.Logf("%d shapes of queries", len(shapes))
}

// askEverything calls every reading method of the port, with every shape of question that it knows, and then the sweep.
func askEverything(t *testing.T, s *mongo.Store) {
	t.Helper()
	ctx := t.Context()
	check := func(_ any, err error) {
		t.Helper()
		must(t, err)
	}
	check(nil, s.Ping(ctx))
	check(s.Organisation(ctx, org))
	check(s.HasOrganisations(ctx))
	check(s.DeactivatedAgents(ctx, org))
	check(s.Definitions(ctx, org))
	check(s.Contacts(ctx, org, []contact.ID{contactID(0)}))
	check(s.Contacts(ctx, org, []contact.ID{contactID(0), contactID(1)}))
	check(s.ContactByKey(ctx, org, profileOf(1)))
	for _, number := range []string{"", "N-1"} {
		check(s.Match(ctx, org, []contact.LookupKey{profileOf(1)}, number))
		check(s.Match(ctx, org, []contact.LookupKey{profileOf(1), shared()}, number))
	}
	check(s.NotesByID(ctx, org, []contact.ID{"note_x", "note_y"}))
	check(s.Events(ctx, org, contactID(0), contact.TopicNotes, 0, 10))
	check(s.Applied(ctx, org, agent().ID, "key"))
	for _, span := range spans() {
		check(s.Notes(ctx, org, contact.NoteQuery{Contact: contactID(0), Span: span}))
		since := noon().Add(-time.Hour)
		check(s.Notes(ctx, org, contact.NoteQuery{Contact: contactID(0), DeletedSince: &since, Span: span}))
		for _, q := range searches() {
			q.Span = span
			check(s.SearchContacts(ctx, org, q))
		}
		for _, q := range auditQueries() {
			q.Span = span
			check(s.AuditEntries(ctx, org, q))
		}
	}
	follow, err := s.Follow(ctx, org, contactID(0), contact.TopicNotes, &contact.Head{})
	must(t, err)
	check(follow.Next(ctx))
	follow.Close()
	check(nil, s.Walk(ctx, org, func(contact.ArchiveRow) error { return nil }))
	check(nil, s.WalkContact(ctx, org, contactID(0), func(contact.ContactRow) error { return nil }))
	removed, err := s.Sweep(ctx, contact.SweepLimits{NotesDeleted: noon().Add(time.Hour), Events: noon().Add(time.Hour), Applied: noon().Add(time.Hour), Refusals: noon().Add(time.Hour)})
	if must(t, err); removed < 4 {
		t.Errorf("the sweep took %d rows, too few to see every delete", removed)
	}
	check(s.OldKeys(ctx, contact.KeyRules))
	check(s.RenewKeys(ctx, contact.KeyRules, func(c *contact.Contact) contact.ContactIndex {
		return contact.ContactIndex{Sort: string(c.ID), Rules: contact.KeyRules}
	}))
	check(nil, erase(ctx, s, contactID(1)))
}

func shared() contact.LookupKey {
	return contact.LookupKey{Kind: contact.LookupPhone, Value: "+493012345"}
}

func profileOf(n int) contact.LookupKey {
	return contact.LookupKey{Kind: contact.LookupProfile, Value: fmt.Sprintf("INSTAGRAM:handle%d", n)}
}

// writeEverything writes one of each thing, and more holders of one key than are judged together. It then changes some.
func writeEverything(t *testing.T, s *mongo.Store, key string) {
	t.Helper()
	put := func(fn func(ctx context.Context, tx contact.Tx) error) {
		t.Helper()
		must(t, s.Update(t.Context(), org, fn))
	}
	sections, definitions := contact.SampleDefinitions(noon())
	put(func(ctx context.Context, tx contact.Tx) error {
		must(t, tx.PutOrganisation(ctx, contact.Organisation{ID: org, CreatedAt: noon()}))
		must(t, tx.PutSection(ctx, org, sections[0]))
		must(t, tx.PutGroup(ctx, org, contact.Group{ID: "group_x", Key: "x", Version: 1}))
		must(t, tx.RemoveGroup(ctx, org, "y"))
		must(t, tx.PutDeactivatedAgent(ctx, org, contact.DeactivatedAgent{AgentID: "x", Since: noon(), By: agent()}))
		must(t, tx.RemoveDeactivatedAgent(ctx, org, "x"))
		return tx.PutDefinition(ctx, org, definitions[0])
	})
	// Once as new ones, once with other profiles, once with none.
	for round := range 3 {
		put(func(ctx context.Context, tx contact.Tx) error {
			for n := range mongo.ManyHolders + 5 {
				must(t, tx.PutContact(ctx, org, contact.Contact{
					ID: contactID(n), Name: "Carla", CreatedAt: noon(), UpdatedAt: noon(), Version: 1, VIP: contact.VIP{IsVIP: n%2 == 0},
					Profiles: []contact.Profile{{ID: "profile_1", Network: contact.Instagram, Handle: "handle"}},
				}, indexOf(n, round)))
			}
			return nil
		})
	}
	for _, moment := range []*time.Time{nil, new(noon())} {
		put(func(ctx context.Context, tx contact.Tx) error {
			return tx.PutNote(ctx, org, contact.Note{
				ID: contact.ID(fmt.Sprint("note_", key, moment != nil)), Contact: contactID(0), Body: "x", Author: agent(), CreatedAt: noon(), DeletedAt: moment, Version: 1,
			})
		})
	}
	put(func(ctx context.Context, tx contact.Tx) error {
		return tx.PutAudit(ctx, org, contact.AuditEntry{ID: contact.ID("audit_" + key), At: noon(), Agent: agent(), Kind: contact.AuditNoteAdded, Refused: contact.TooLong})
	})
	_, err := addNote(t.Context(), s, contactID(0), key)
	must(t, err)
}

func indexOf(n, round int) contact.ContactIndex {
	x := contact.ContactIndex{Sort: "carla", Search: []string{"carla", fmt.Sprint("word", n)}, Number: fmt.Sprint("N-", n), Lookup: []contact.LookupKey{shared()}}
	for i := range []int{2, 1, 0}[round] {
		x.Lookup = append(x.Lookup, profileOf(n+i*1000))
	}
	return x
}

// spans are pages with each bound, in both directions, and with a total.
func spans() []contact.Span {
	before, after := &contact.Position{Text: "b", Number: 1, ID: "b"}, &contact.Position{Text: "z", Number: noon().UnixMilli() * 2, ID: "z"}
	var out []contact.Span
	for _, backward := range []bool{false, true} {
		for _, from := range []*contact.Position{nil, before} {
			for _, to := range []*contact.Position{nil, after} {
				out = append(out, contact.Span{Limit: 2, After: from, Before: to, Backward: backward, WantTotal: true})
			}
		}
	}
	return out
}

// searches are all shapes: each order, with each condition alone and with others.
func searches() []contact.ContactQuery {
	yes, no := true, false
	var out []contact.ContactQuery
	for _, by := range []contact.ContactField{contact.ByName, contact.ByCreatedAt, contact.ByUpdatedAt} {
		for _, q := range []contact.ContactQuery{
			{},
			{Descending: true},
			{Terms: [][]string{{"car"}}},
			{Terms: [][]string{{"car", "ca.r"}, {"word1"}}},
			{Networks: []contact.Network{contact.Instagram, contact.Facebook}},
			{IsVIP: &yes},
			{IsVIP: &no},
			{Terms: [][]string{{"car"}}, Networks: []contact.Network{contact.Instagram}, IsVIP: &yes, Descending: true},
			{Terms: [][]string{{"car"}}, IsVIP: &no},
		} {
			q.By, q.Now = by, noon()
			out = append(out, q)
		}
	}
	return out
}

// auditQueries are all shapes: each list, with each other condition.
func auditQueries() []contact.AuditQuery {
	yes, no := true, false
	var out []contact.AuditQuery
	for _, of := range []contact.ID{"", contactID(0)} {
		for _, by := range []contact.ID{"", agent().ID} {
			for _, kinds := range [][]contact.AuditKind{nil, {contact.AuditNoteAdded}, {contact.AuditNoteAdded, contact.AuditVIPChanged}} {
				for _, isRefused := range []*bool{nil, &yes, &no} {
					out = append(out, contact.AuditQuery{Contact: of, Agent: by, Kinds: kinds, IsRefused: isRefused})
				}
			}
		}
	}
	return out
}

// query is one question to one collection.
type query struct {
	collection string
	command    bson.D
}

// queriesOf are the questions among the commands of a store, a write by its filter.
func queriesOf(t *testing.T, seen *commands) []query {
	t.Helper()
	seen.mu.Lock()
	defer seen.mu.Unlock()
	var out []query
	for _, s := range seen.all {
		var command bson.D
		must(t, bson.Unmarshal(s.command, &command))
		switch collection, _ := command[0].Value.(string); {
		case s.isWatch():
		case slices.Contains([]string{"find", "aggregate", "count", "distinct", "findAndModify"}, s.name):
			out = append(out, query{collection, plain(command)})
		case s.name == "update" || s.name == "delete":
			for _, one := range list(command, s.name+"s") {
				write, _ := one.(bson.D)
				out = append(out, finding(collection, value(write, "q"), value(write, "hint")))
			}
		case s.name == "bulkWrite":
			out = append(out, queriesOfBulk(t, command)...)
		case !slices.Contains([]string{"insert", "create", "createIndexes", "getMore", "commitTransaction", "abortTransaction", "ping", "killCursors", "endSessions"}, s.name):
			t.Errorf("a store sends %s, which nobody explains", s.name)
		}
	}
	return out
}

func queriesOfBulk(t *testing.T, command bson.D) []query {
	t.Helper()
	spaces := list(command, "nsInfo")
	var out []query
	for _, one := range list(command, "ops") {
		op, _ := one.(bson.D)
		if op[0].Key != "update" && op[0].Key != "delete" {
			continue
		}
		at, _ := op[0].Value.(int32)
		space, _ := spaces[at].(bson.D)
		name, _ := space[0].Value.(string)
		_, collection, _ := strings.Cut(name, ".")
		out = append(out, finding(collection, value(op, "filter"), value(op, "hint")))
	}
	return out
}

// finding asks for what a write changes: a write finds its document as a question does, and not every server explains writes.
func finding(collection string, filter, hint any) query {
	q := query{collection, bson.D{{Key: "find", Value: collection}, {Key: "filter", Value: filter}}}
	if hint != nil {
		q.command = append(q.command, bson.E{Key: "hint", Value: hint})
	}
	return q
}

// plain is a command without what belongs to the session that sent it.
func plain(command bson.D) bson.D {
	return slices.DeleteFunc(slices.Clone(command), func(e bson.E) bool {
		return slices.Contains([]string{"lsid", "$clusterTime", "txnNumber", "startTransaction", "autocommit", "readConcern", "$db", "maxTimeMS", "$readPreference"}, e.Key)
	})
}

func value(d bson.D, key string) any {
	for _, e := range d {
		if e.Key == key {
			return e.Value
		}
	}
	return nil
}

func list(d bson.D, key string) bson.A {
	a, _ := value(d, key).(bson.A)
	return a
}

// shapeOf is a command without the values of its caller.
func shapeOf(v any) string {
	var b strings.Builder
	switch v := v.(type) {
	case bson.D:
		for _, e := range v {
			b.WriteString(e.Key + "{" + shapeOf(e.Value) + "}")
			if slices.Contains([]string{"find", "aggregate", "hint"}, e.Key) {
				fmt.Fprintf(&b, "=%v", e.Value)
			}
		}
	case bson.A:
		for _, one := range v {
			b.WriteString(shapeOf(one) + ",")
		}
	default:
		fmt.Fprintf(&b, "%T", v)
	}
	return b.String()
}

// explain asks the server how it answers, and returns the indexes that it uses, with COLLSCAN for one that it does not have.
func explain(t *testing.T, db *driver.Database, q query) []string {
	t.Helper()
	var plan bson.D
	must(t, db.RunCommand(t.Context(), bson.D{{Key: "explain", Value: q.command}, {Key: "verbosity", Value: "queryPlanner"}}).Decode(&plan))
	var found []string
	collect(plan, q.collection, &found)
	return found
}

// collect finds the stages that choose documents in a plan, of whatever depth. Plans that did not win do not count.
func collect(v any, collection string, found *[]string) {
	switch v := v.(type) {
	case bson.D:
		switch stage, _ := value(v, "stage").(string); {
		case stage == "COLLSCAN":
			*found = append(*found, collection+" COLLSCAN")
		case strings.Contains(stage, "IDHACK") || strings.Contains(stage, "CLUSTERED"):
			*found = append(*found, collection+" _id_")
		}
		if name, ok := value(v, "indexName").(string); ok && value(v, "foreignCollection") == nil {
			*found = append(*found, collection+" "+name)
		}
		for _, e := range v {
			if e.Key != "rejectedPlans" {
				collect(e.Value, collection, found)
			}
		}
	case bson.A:
		for _, one := range v {
			collect(one, collection, found)
		}
	}
}
