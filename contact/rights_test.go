package contact_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"testing"

	"contactpanel/contact"
)

// boss is an administrator and nothing else.
var boss = actor(acme, "boss", "Boss", contact.OriginAgent, contact.RoleAdmin)

// restrict names readers and editors of a definition.
func (w *world) restrict(key string, readers, editors []contact.Role) {
	w.Helper()
	def := w.catalog(boss).Definition(key)
	_, err := w.UpdateDefinition(w.as(boss), contact.DefinitionChange{Key: key, ExpectedVersion: def.Version, Readers: &readers, Editors: &editors})
	w.must("UpdateDefinition", err)
}

var (
	agents = []contact.Role{contact.RoleAgent}
	admins = []contact.Role{contact.RoleAdmin}
	robots = []contact.Role{contact.RoleIntegration}
)

func TestRightsSayWhoReadsAndWhoEdits(t *testing.T) {
	t.Parallel()
	who := map[string]contact.Actor{"agent": anna, "admin": boss, "machine": robot}
	tests := []struct {
		name             string
		readers, editors []contact.Role
		read, edit       []string // who may
	}{
		{"nobody is named", nil, nil, []string{"admin", "agent", "machine"}, []string{"admin", "agent", "machine"}},
		{"readers are named", agents, nil, []string{"agent"}, []string{"agent"}},
		{"editors are named", nil, admins, []string{"admin", "agent", "machine"}, []string{"admin"}},
		{"both are named, and editors may read too", admins, robots, []string{"admin", "machine"}, []string{"machine"}},
		{"all are named", contact.Roles(), contact.Roles(), []string{"admin", "agent", "machine"}, []string{"admin", "agent", "machine"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			of := w.person("Zoe", attr("biography", text("secret")))
			w.restrict("biography", tt.readers, tt.editors)
			of = w.contact(of.ID)
			var read, edit []string
			for name, a := range who {
				if w.seesValue(a, of) {
					read = append(read, name)
				}
				if w.edits(a, of) {
					edit = append(edit, name)
				}
			}
			slices.Sort(read)
			slices.Sort(edit)
			w.same("who reads", read, tt.read)
			w.same("who edits", edit, tt.edit)
		})
	}
}

// seesValue asks for the biography in every way, which must all say the same.
func (w *world) seesValue(a contact.Actor, of *contact.Contact) bool {
	w.Helper()
	one, err := w.AttributeOf(w.as(a), of, "biography")
	w.must("AttributeOf", err)
	list, err := w.AttributesOf(w.as(a), of, contact.AttributeFilter{IncludeEmpty: true})
	w.must("AttributesOf", err)
	named, err := w.AttributesOf(w.as(a), of, contact.AttributeFilter{Keys: []string{"biography"}})
	w.must("AttributesOf", err)
	sections, err := w.Sections(w.as(a), of)
	w.must("Sections", err)
	nodes, err := w.Nodes(w.as(a), []contact.ID{contact.AttributeID(of.ID, "biography")})
	w.must("Nodes", err)
	isIt := func(a contact.Attribute) bool { return a.Fields().Definition.Key == "biography" }
	ways := []bool{
		one != nil, slices.ContainsFunc(list, isIt), len(named) == 1, nodes[0] != nil,
		slices.ContainsFunc(sections, func(s contact.AttributeSection) bool { return slices.ContainsFunc(s.Attributes, isIt) }),
	}
	if slices.Contains(ways, true) && slices.Contains(ways, false) {
		w.Fatalf("%s sees it in some ways only: %v", a.ID, ways)
	}
	if known := w.catalog(a).Definition("biography") != nil; known != (ways[0] || a.Is(contact.RoleAdmin)) {
		w.Fatalf("%s knows of the definition: %v", a.ID, known)
	}
	return ways[0]
}

// edits changes the biography and says whether that is allowed; the panel and the refusal must say the same.
func (w *world) edits(a contact.Actor, of *contact.Contact) bool {
	w.Helper()
	version := w.contact(of.ID).Attributes[0].Version
	change := contact.AttributeChange{Contact: of.ID, Key: "biography", ExpectedVersion: version, Values: []contact.ValueInput{text("by " + string(a.ID))}}
	_, err := w.SetAttribute(w.as(a), change)
	shown, readErr := w.AttributeOf(w.as(a), of, "biography")
	w.must("AttributeOf", readErr)
	row := contact.UpsertInput{Name: "Zoe II", Attributes: []contact.AttributeInput{attr("biography", text("x"))}}
	_, upsertErr := w.Upsert(w.as(a), row)
	switch {
	case err == nil:
		w.must("Upsert", upsertErr)
		if !shown.Fields().ViewerCanEdit {
			w.Fatalf("%s edits what the panel shows as not editable", a.ID)
		}
	case shown == nil:
		w.refused("SetAttribute", err, contact.NotFound, "key")
		w.refused("Upsert", upsertErr, contact.NotFound, "biography")
		_, unknown := w.SetAttribute(w.as(a), contact.AttributeChange{Contact: of.ID, Key: "no_such_thing", Values: change.Values})
		w.same("the refusal of what may not be read and of what is not there", err.Error(), unknown.Error())
	default:
		for _, err := range []error{err, upsertErr} {
			if e := w.refused("SetAttribute", err, contact.ReadOnly, "biography"); e.Why != contact.WhyRole {
				w.Fatalf("it is refused because of %s, want ROLE", e.Why)
			}
		}
		w.same("why the panel shows it as not editable", *shown.Fields().WhyNotEditable, contact.WhyRole)
	}
	return err == nil
}

func TestSearchFindsByWhatTheSearcherMayReadAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.define(contact.DefinitionInput{Key: "home", ValueType: contact.TypePhone})
	w.person("Zoe Example", emails("zoe@example.org"), attr("home", dial("+49 30 23125000")))
	w.person("Example Only")
	find := func(a contact.Actor, search string) []string {
		page, err := w.Search(w.as(a), contact.SearchInput{Search: search, Page: contact.PageArgs{WantTotal: true}})
		w.must("Search", err)
		names := []string{}
		for i := range page.Items {
			names = append(names, page.Items[i].DisplayName())
		}
		if *page.Total != len(names) {
			t.Errorf("a search for %q says %d, and shows %d", search, *page.Total, len(names))
		}
		return names
	}
	zoe, both := []string{"Zoe Example"}, []string{"Example Only", "Zoe Example"}
	w.same("before", find(anna, "zoe@example.org"), zoe)
	for _, tt := range []struct {
		email, home []contact.Role
		as          contact.Actor
		search      string
		want        []string
	}{
		{admins, nil, anna, "zoe@example.org", []string{}},
		{admins, nil, boss, "zoe@example.org", zoe},
		{admins, nil, anna, "zoe", zoe},
		{admins, nil, anna, "exampl", both},
		{admins, nil, anna, "030 23125000", zoe},
		{nil, nil, anna, "zoe@example.org", zoe},
		{admins, admins, anna, "030 23125000", []string{}},
		{admins, admins, anna, "zoe 030", []string{}},
		{admins, robots, boss, "zoe@example.org 493023", []string{}},
		{admins, admins, boss, "zoe@example.org 493023", zoe},
	} {
		w.restrict(contact.KeyEmail, tt.email, nil)
		w.restrict("home", tt.home, nil)
		w.same(string(tt.as.ID)+" searches for "+tt.search, find(tt.as, tt.search), tt.want)
	}
}

// TestRightsHoldFromTheNextSearchOn closes a definition by another process, whose change this one has not seen.
func TestRightsHoldFromTheNextSearchOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("Zoe", emails("zoe@example.org"))
	search := contact.SearchInput{Search: "zoe@example.org"}
	other := *w
	other.Contacts = contact.New(w.deps(w.store))
	for i, readers := range [][]contact.Role{nil, admins, agents, admins, nil} {
		other.restrict(contact.KeyEmail, readers, nil)
		page, err := w.Search(w.as(anna), search)
		w.must("Search", err)
		if found := len(page.Items) == 1; found != (i%2 == 0) {
			t.Errorf("with readers %v it is found: %v", readers, found)
		}
	}
}

// TestRightsHoldForAPageBehindTheLast asks for the page behind the last contact, after another process has closed what it is found by.
func TestRightsHoldForAPageBehindTheLast(t *testing.T) {
	t.Parallel()
	for _, wantTotal := range []bool{true, false} {
		w := newWorld(t)
		w.person("Zoe", emails("zoe@example.org"))
		w.person("Ben", emails("ben@example.org"))
		search := contact.SearchInput{Search: "example.org", Page: contact.PageArgs{WantTotal: wantTotal}}
		page, err := w.Search(w.as(anna), search)
		w.must("Search", err)
		search.Page.After = &page.Cursors[1]
		other := *w
		other.Contacts = contact.New(w.deps(w.store))
		other.restrict(contact.KeyEmail, admins, nil)
		page, err = w.Search(w.as(anna), search)
		w.must("Search", err)
		if len(page.Items) > 0 || page.HasBefore || page.HasAfter || wantTotal && *page.Total > 0 {
			t.Errorf("with total: %v: what may not be read is found: %+v", wantTotal, page)
		}
	}
}

func TestContactIsNotCalledByWhatTheViewerMayNotRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.upsert(contact.UpsertInput{Attributes: []contact.AttributeInput{emails("zoe@example.org"), phones("+49 30 23125000")}}).Contact
	named := func(a contact.Actor) string {
		name, err := w.DisplayName(w.as(a), w.contact(of.ID))
		w.must("DisplayName", err)
		return name
	}
	w.same("the name", named(anna), "zoe@example.org")
	w.restrict(contact.KeyEmail, admins, nil)
	w.same("the name for an agent", named(anna), "+49 30 23125000")
	w.same("the name for an administrator", named(boss), "zoe@example.org")
	w.restrict(contact.KeyPhone, admins, nil)
	w.same("the name for an agent when nothing is left", named(anna), string(of.ID))
	page, err := w.Search(w.as(anna), contact.SearchInput{})
	w.must("Search", err)
	for _, what := range []string{"zoe", "30231"} {
		cursor, err := base64.RawURLEncoding.DecodeString(page.Cursors[0])
		w.must("DecodeString", err)
		if bytes.Contains(cursor, []byte(what)) {
			t.Errorf("the cursor %q holds %q", cursor, what)
		}
	}
}

func TestEventOfWhatMayNotBeReadSaysOnlyThatTheContactChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Zoe")
	w.restrict("biography", admins, nil)
	agent, admin := w.followContact(anna, of.ID, ""), w.followContact(boss, of.ID, "")
	for set := range 3 {
		_, err := w.SetAttribute(w.as(boss), contact.AttributeChange{
			Contact: of.ID, Key: "biography", ExpectedVersion: set, Values: []contact.ValueInput{text(fmt.Sprint("secret ", set))}, ClientMutationID: fmt.Sprint("credit rating ", set),
		})
		w.must("SetAttribute", err)
		if e, is := told(w, admin, 1)[0].(*contact.ChangedAttribute); !is || e.Key != "biography" || e.Version != set+1 || e.ClientMutationID == nil {
			t.Errorf("an administrator is told %+v", e)
		}
		e, is := told(w, agent, 1)[0].(*contact.ChangedContact)
		if !is || e.ContactID != of.ID || e.Contact == nil {
			t.Fatalf("an agent is told %+v", e)
		}
		if e.Version != e.Contact.Version || e.ClientMutationID != nil {
			t.Errorf("an agent is told of version %d and the key %v, and the contact has version %d", e.Version, e.ClientMutationID, e.Contact.Version)
		}
	}
}

func TestRolesAreNamedOnceAndKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, roles := range map[string][]contact.Role{"twice": {contact.RoleAgent, contact.RoleAgent}, "unknown": {"AUDITOR"}} {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			for field, change := range map[string]contact.DefinitionChange{"readers": {Readers: &roles}, "editors": {Editors: &roles}} {
				change.Key, change.ExpectedVersion = "biography", 1
				_, err := w.UpdateDefinition(w.as(boss), change)
				w.refused("UpdateDefinition", err, contact.InvalidValue, field)
			}
		})
	}
	def := w.define(contact.DefinitionInput{Key: "made", ValueType: contact.TypeText, Readers: []contact.Role{contact.RoleIntegration, contact.RoleAdmin}, Editors: admins})
	w.same("the readers of a new definition", def.Readers, []contact.Role{contact.RoleAdmin, contact.RoleIntegration})
	w.same("its editors", def.Editors, admins)
}
