package contact_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"contactpanel/contact"
)

func TestAnUnknownOrganisationIsForbiddenUnlessItMayBeMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stranger := actor("stranger", "s", "Stranger", contact.OriginAgent, contact.RoleAgent)
	w.refused("Admit", w.Admit(t.Context(), stranger), contact.Forbidden, "")
	w.must("Admit of one that is there", w.Admit(t.Context(), anna))
	_, err := w.Catalog(w.as(stranger))
	w.refused("Catalog of an unknown organisation", err, contact.NotFound, "")

	deps := w.deps(w.store)
	deps.Provision = true
	open := contact.New(deps)
	var group sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		group.Go(func() { errs[i] = open.Admit(t.Context(), stranger) })
	}
	group.Wait()
	for _, err := range errs {
		w.must("Admit", err)
	}
	theirs, ours := w.catalog(stranger), w.catalog(anna)
	if len(theirs.Definitions) != len(ours.Definitions) || len(theirs.Sections) != len(ours.Sections) || theirs.Definitions[0].ID == ours.Definitions[0].ID {
		t.Errorf("eight admissions made %d definitions, want %d of their own", len(theirs.Definitions), len(ours.Definitions))
	}
	w.must("Admit where none may be made", w.Admit(t.Context(), stranger))
}

func TestANewOrganisationStartsWithTheseDefinitions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var got []string
	for _, d := range w.catalog(german(anna)).Definitions {
		got = append(got, fmt.Sprint(d.Section.Key, " ", d.Key, " ", d.Kind, " ", d.ValueType, " ", d.IsList, " ", d.Version))
	}
	w.same("the definitions", got, []string{
		"contact email STANDARD EMAIL true 1", "contact phone STANDARD PHONE true 1", "contact website STANDARD URL false 1", "contact language STANDARD LANGUAGE false 1",
		"about biography CUSTOM TEXT false 1", "about location CUSTOM LOCATION false 1", "about followers CUSTOM NUMBER false 1",
		"customer customer_number STANDARD TEXT false 1", "customer membership CUSTOM CHOICE false 1", "customer customer_since CUSTOM DATE false 1",
	})
	w.same("the rules of followers", w.catalog(anna).Definition("followers").Rules, contact.AttributeRules(contact.NumberRules{MaxValues: 1, MaxNumber: 1<<53 - 1}))
	var choices []string
	for _, o := range w.catalog(german(anna)).Definition("membership").Rules.(contact.ChoiceRules).Choices {
		choices = append(choices, o.Key+" "+o.Label)
	}
	w.same("the choices of membership", choices, []string{"basic Basis", "silver Silber", "gold Gold", "platinum Platin"})
}

func TestMakingAnOrganisationAgainChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.ArchiveDefinition(w.as(clara), "location", 1, "")
	w.must("ArchiveDefinition", err)
	before := w.catalog(anna)
	w.must("MakeOrganisation", w.MakeOrganisation(t.Context(), acme))
	if got := w.catalog(anna); got != before {
		t.Errorf("the catalog changed from %+v to %+v", before, got)
	}
}

func TestTheNameOfAnOrganisationIsVisibleAndShort(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, fine := range map[contact.OrgID]bool{
		contact.OrgID(strings.Repeat("ü", 100)): true, "$where": true, "a.b/c": true,
		"": false, " ": false, "\u200b": false, "a\nb": false, "a\x00": false, "\xff": false, contact.OrgID(strings.Repeat("ü", 101)): false,
	} {
		err := w.MakeOrganisation(t.Context(), name)
		if fine {
			w.must("MakeOrganisation", err)
			continue
		}
		w.refused("MakeOrganisation", err, contact.Forbidden, "")
	}
}

func TestAStoreSaysWhetherItKnowsAnOrganisation(t *testing.T) {
	t.Parallel()
	w := &world{reporter: t, clock: &clock{}}
	w.Contacts = contact.New(w.deps(openStore(t)))
	w.must("Ready", w.Ready(t.Context()))
	for _, want := range []bool{false, true} {
		if got, err := w.HasOrganisation(t.Context(), acme); err != nil || got != want {
			t.Errorf("HasOrganisation() = %v, %v; want %v", got, err, want)
		}
		w.must("MakeOrganisation", w.MakeOrganisation(t.Context(), acme))
	}
}

func TestNobodyIsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Nia")
	ctx := t.Context()
	calls := map[string]error{}
	_, calls["Contact"] = w.Contact(ctx, of.ID)
	_, calls["ContactByProfile"] = w.ContactByProfile(ctx, contact.X, "x")
	_, calls["Search"] = w.Search(ctx, contact.SearchInput{})
	_, calls["Notes"] = w.Notes(ctx, of, contact.PageArgs{})
	_, calls["DeletedNotes"] = w.DeletedNotes(ctx, of, contact.PageArgs{})
	_, calls["Sections"] = w.Sections(ctx, of)
	_, calls["AttributesOf"] = w.AttributesOf(ctx, of, contact.AttributeFilter{})
	_, calls["AttributeOf"] = w.AttributeOf(ctx, of, "email")
	_, calls["Catalog"] = w.Catalog(ctx)
	_, calls["Nodes"] = w.Nodes(ctx, []contact.ID{of.ID})
	_, calls["AddNote"] = w.AddNote(ctx, of.ID, "x", "")
	_, calls["SetAttribute"] = w.SetAttribute(ctx, contact.AttributeChange{Contact: of.ID, Key: "website"})
	_, calls["PromoteToVIP"] = w.PromoteToVIP(ctx, contact.PromoteInput{Contact: of.ID})
	_, calls["RemoveVIP"] = w.RemoveVIP(ctx, of.ID, "", "")
	_, calls["Upsert"] = w.Upsert(ctx, contact.UpsertInput{Name: "x"})
	_, calls["UpsertMany"] = w.UpsertMany(ctx, []contact.UpsertInput{{Name: "x"}})
	_, calls["CreateDefinition"] = w.CreateDefinition(ctx, contact.DefinitionInput{})
	_, calls["OrderDefinitions"] = w.OrderDefinitions(ctx, "about", nil, "")
	_, calls["CreateSection"] = w.CreateSection(ctx, contact.SectionInput{})
	for what, err := range calls {
		w.refused(what+" by nobody", err, contact.Unauthenticated, "")
	}
}
