package contact_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"contactpanel/contact"
)

// useCase is a call, and the roles that allow it.
type useCase struct {
	roles []contact.Role
	do    func(c call) error
}

// call is what a use case is called with.
type call struct {
	*world
	ctx   context.Context
	of    *contact.Contact
	note  *contact.Note
	group *contact.ContactGroup
}

// followed closes what was opened.
func followed[E any](f *contact.Following[E], err error) error {
	if err == nil {
		f.Close()
	}
	return err
}

// useCases are all that ask who the actor is, by the names that the schema gives them.
func useCases() map[string]useCase {
	all, people, admins := contact.Roles(), []contact.Role{contact.RoleAgent, contact.RoleAdmin}, []contact.Role{contact.RoleAdmin}
	words := contact.Localised{{Locale: "en", Text: "New"}}
	return map[string]useCase{
		"node":    {all, func(c call) error { _, err := c.Nodes(c.ctx, []contact.ID{c.note.ID}); return err }},
		"nodes":   {all, func(c call) error { _, err := c.Nodes(c.ctx, []contact.ID{c.of.ID}); return err }},
		"contact": {all, func(c call) error { _, err := c.Contact(c.ctx, c.of.ID); return err }},
		"contactByProfile": {all, func(c call) error {
			_, err := c.ContactByProfile(c.ctx, contact.X, "zoe")
			return err
		}},
		"contacts":             {all, func(c call) error { _, err := c.Search(c.ctx, contact.SearchInput{}); return err }},
		"attributeDefinitions": {all, func(c call) error { _, err := c.Catalog(c.ctx); return err }},
		"attributeSections":    {all, func(c call) error { _, err := c.Catalog(c.ctx); return err }},
		"contactGroups":        {all, func(c call) error { _, err := c.Groups(c.ctx); return err }},
		"contactEvents":        {all, func(c call) error { return followed(c.ContactEvents(c.ctx, c.of.ID, nil)) }},
		"setAttribute": {all, func(c call) error {
			_, err := c.SetAttribute(c.ctx, contact.AttributeChange{Contact: c.of.ID, Key: "biography", Values: []contact.ValueInput{text("new")}})
			return err
		}},
		"clearAttribute": {all, func(c call) error { _, err := c.ClearAttribute(c.ctx, c.of.ID, "location", 0, ""); return err }},
		"upsertContact":  {all, func(c call) error { _, err := c.Upsert(c.ctx, contact.UpsertInput{Name: "Zoe"}); return err }},
		"upsertContact of many": {all, func(c call) error {
			_, err := c.UpsertMany(c.ctx, []contact.UpsertInput{{Name: "Zoe"}})
			return err
		}},
		"notes":        {people, func(c call) error { _, err := c.Notes(c.ctx, c.of, contact.PageArgs{}); return err }},
		"deletedNotes": {people, func(c call) error { _, err := c.DeletedNotes(c.ctx, c.of, contact.PageArgs{}); return err }},
		"noteEvents":   {people, func(c call) error { return followed(c.NoteEvents(c.ctx, c.of.ID, nil)) }},
		"addNote":      {people, func(c call) error { _, err := c.AddNote(c.ctx, c.of.ID, "new", ""); return err }},
		"editNote":     {people, func(c call) error { _, err := c.EditNote(c.ctx, c.note.ID, "new", c.note.Version, ""); return err }},
		"deleteNote":   {people, func(c call) error { _, err := c.DeleteNote(c.ctx, c.note.ID, c.note.Version, ""); return err }},
		"restoreNote":  {people, func(c call) error { _, err := c.RestoreNote(c.ctx, c.note.ID, c.note.Version, ""); return err }},
		"promoteToVip": {people, func(c call) error {
			_, err := c.PromoteToVIP(c.ctx, contact.PromoteInput{Contact: c.of.ID})
			return err
		}},
		"removeVip": {people, func(c call) error { _, err := c.RemoveVIP(c.ctx, c.of.ID, "", ""); return err }},
		"createAttributeDefinition": {admins, func(c call) error {
			_, err := c.CreateDefinition(c.ctx, contact.DefinitionInput{Key: "new", Kind: contact.KindCustom, ValueType: contact.TypeText, Labels: words, Section: "about"})
			return err
		}},
		"updateAttributeDefinition": {admins, func(c call) error {
			_, err := c.UpdateDefinition(c.ctx, contact.DefinitionChange{Key: "biography", ExpectedVersion: 1})
			return err
		}},
		"archiveAttributeDefinition": {admins, func(c call) error { _, err := c.ArchiveDefinition(c.ctx, "biography", 1, ""); return err }},
		"restoreAttributeDefinition": {admins, func(c call) error { _, err := c.RestoreDefinition(c.ctx, "biography", 1, ""); return err }},
		"orderAttributeDefinitions":  {admins, func(c call) error { _, err := c.OrderDefinitions(c.ctx, "about", nil, ""); return err }},
		"createAttributeSection": {admins, func(c call) error {
			_, err := c.CreateSection(c.ctx, contact.SectionInput{Key: "new", Labels: words})
			return err
		}},
		"updateAttributeSection": {admins, func(c call) error {
			_, err := c.UpdateSection(c.ctx, contact.SectionChange{Key: "about", ExpectedVersion: 1})
			return err
		}},
		"createContactGroup": {admins, func(c call) error {
			_, err := c.CreateGroup(c.ctx, groupInput("new", contact.MatchAll, isVIP(true)))
			return err
		}},
		"updateContactGroup": {admins, func(c call) error {
			_, err := c.UpdateGroup(c.ctx, contact.GroupChange{ID: c.group.ID, ExpectedVersion: 1})
			return err
		}},
		"deleteContactGroup": {admins, func(c call) error { _, err := c.DeleteGroup(c.ctx, c.group.ID, 1, ""); return err }},
		"auditEntries":       {admins, func(c call) error { _, err := c.AuditEntries(c.ctx, contact.AuditInput{}); return err }},
		"eraseContact":       {admins, func(c call) error { _, err := c.EraseContact(c.ctx, c.of.ID, ""); return err }},
		"contactExport":      {admins, func(c call) error { _, err := c.ExportContact(c.ctx, c.of.ID); return err }},
		"deactivateAgent": {admins, func(c call) error {
			_, err := c.DeactivateAgent(c.ctx, "ben", "")
			return err
		}},
		"reactivateAgent": {admins, func(c call) error {
			_, err := c.ReactivateAgent(c.ctx, "ben", "")
			return err
		}},
		"deactivatedAgents": {admins, func(c call) error {
			_, err := c.DeactivatedAgents(c.ctx, contact.PageArgs{})
			return err
		}},
	}
}

// listed are the use cases that role.go says who may use.
func listed(t *testing.T) (names []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "role.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if clause, ok := n.(*ast.CaseClause); ok {
			for _, e := range clause.List {
				name, err := strconv.Unquote(e.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				names = append(names, name)
			}
		}
		return true
	})
	return names
}

// A use case of a name that nobody asks by would be a hole in the table, and one that the table has not is not tested. That the
// schema shows no other ones is tested where the schema is.
func TestEveryUseCaseThatIsListedIsTestedAndInTheSchema(t *testing.T) {
	t.Parallel()
	schema, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	table, names := useCases(), listed(t)
	if len(names) == 0 {
		t.Fatal("role.go lists no use case")
	}
	for i, name := range names {
		if _, ok := table[name]; !ok {
			t.Errorf("role.go lists %s, which no test uses", name)
		}
		if slices.Contains(names[:i], name) {
			t.Errorf("role.go lists %s twice", name)
		}
		isField := regexp.MustCompile(`(?m)^ +` + name + `[(:]`).Match(schema)
		if isRoute := name == "contactExport"; isField == isRoute {
			t.Errorf("role.go lists %s; a field of the schema: %v, a route: %v", name, isField, isRoute)
		}
	}
	for name := range table {
		if name, _, _ := strings.Cut(name, " of "); !slices.Contains(names, name) {
			t.Errorf("a test uses %s, which role.go does not list", name)
		}
	}
}

func TestUseCaseIsForItsRolesAlone(t *testing.T) {
	t.Parallel()
	for name, u := range useCases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, role := range append(contact.Roles(), "AUDITOR") {
				w := newWorld(t)
				of := w.upsert(contact.UpsertInput{Name: "Zoe", Profiles: profiles("X:zoe")}).Contact
				note := w.note(of.ID, "Mine.")
				group := w.group("stands", contact.MatchAll, isVIP(true))
				if name == "restoreNote" {
					gone, err := w.DeleteNote(w.as(anna), note.ID, note.Version, "")
					w.must("DeleteNote", err)
					note = gone
				}
				before := len(w.audit())
				err := u.do(call{w, w.as(actor(acme, "somebody", "Somebody", contact.OriginAgent, role)), of, note, group})
				if slices.Contains(u.roles, role) {
					w.must("as "+string(role), err)
					continue
				}
				w.refused("as "+string(role), err, contact.Forbidden, "")
				for _, e := range w.audit()[:len(w.audit())-before] {
					if e.Refused != contact.Forbidden {
						t.Errorf("what %s may not do left %+v", role, e)
					}
				}
			}
		})
	}
}

func TestBarredIsWhoeverTheyAre(t *testing.T) {
	t.Parallel()
	for name, u := range useCases() {
		w := newWorld(t)
		of := w.upsert(contact.UpsertInput{Name: "Zoe", Profiles: profiles("X:zoe")}).Contact
		group := w.group("stands", contact.MatchAll, isVIP(true))
		everything := actor(acme, "somebody", "Somebody", contact.OriginAgent, contact.Roles()...)
		w.refused(name, u.do(call{w, contact.Barred(w.as(everything)), of, w.note(of.ID, "Mine."), group}), contact.Forbidden, "")
	}
}

func TestNobodyIsAllowedWhatIsNoUseCase(t *testing.T) {
	t.Parallel()
	if roles := contact.RolesFor("dropEverything"); len(roles) != 0 {
		t.Errorf("an unknown use case is for %v, want nobody", roles)
	}
}

func TestMachineSeesNoNotesByTheirIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	note := w.note(w.person("Zoe").ID, "Mine.")
	got, err := w.Nodes(w.as(robot), []contact.ID{note.ID})
	w.must("Nodes", err)
	w.same("what a machine finds of a note", got, []contact.Node{nil})
}
