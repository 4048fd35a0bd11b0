package contact_test

import (
	"fmt"
	"slices"
	"testing"

	"contactpanel/contact"
)

// parties are contacts of the actor's organisation, of whom rows of the tests tell, by id: one has a customer number of its
// name, or none when it is spelt small.
func parties(w *world, who contact.Actor) map[contact.ID]string {
	w.Helper()
	rows := []contact.UpsertInput{
		{Name: "A", Profiles: profiles("INSTAGRAM:a"), Attributes: []contact.AttributeInput{customer("A"), emails("a@x.example", "team@x.example"), phones("+493023125001", "+493023125009")}},
		{Name: "B", Profiles: profiles("INSTAGRAM:b", "X:b"), Attributes: []contact.AttributeInput{customer("B"), emails("b@x.example", "team@x.example"), phones("+493023125002", "+493023125009")}},
		{Name: "c", Profiles: profiles("INSTAGRAM:c"), Attributes: []contact.AttributeInput{emails("c@x.example"), phones("+493023125003")}},
		{Name: "d", Profiles: profiles("INSTAGRAM:d"), Attributes: []contact.AttributeInput{emails("d@x.example"), phones("+493023125004")}},
		{Name: "p", Attributes: []contact.AttributeInput{phones("+493023125005")}},
		{Name: "f", Attributes: []contact.AttributeInput{emails("pair@x.example"), phones("+493023125006")}},
		{Name: "g"},
	}
	made, err := w.UpsertMany(w.as(who), rows)
	w.must("UpsertMany", err)
	out := map[contact.ID]string{}
	for i, r := range made {
		out[r.Contact] = rows[i].Name
	}
	// An e-mail and a phone may be shared: the panel lets an agent write them.
	g := made[len(made)-1].Contact
	_, err = w.set(who, g, contact.KeyEmail, 0, email("pair@x.example"))
	w.must("SetAttribute", err)
	_, err = w.set(who, g, contact.KeyPhone, 0, dial("+493023125006"))
	w.must("SetAttribute", err)
	return out
}

func TestARowFindsItsContactAndNeverGuesses(t *testing.T) {
	t.Parallel()
	new1 := "a new one"
	row := func(handles []string, attributes ...contact.AttributeInput) contact.UpsertInput {
		return contact.UpsertInput{Name: "row", Profiles: profiles(handles...), Attributes: attributes}
	}
	tests := []struct {
		name string
		in   contact.UpsertInput
		want string // a party, new1, or CODE field
		fits string // of AMBIGUOUS_MATCH
	}{
		{"a known customer number decides", row(nil, customer("A")), "A", ""},
		{"a known customer number decides before an unknown handle and e-mail", row([]string{"X:new"}, customer("A"), emails("new@x.example")), "A", ""},
		{"and its own keys agree", row([]string{"instagram:@A"}, customer("A"), emails("A@X.example"), phones("+49 30 23125001")), "A", ""},
		{"a phone that another one has may be shared", row(nil, customer("A"), phones("+493023125002")), "A", ""},
		{"a handle that another one has", row([]string{"INSTAGRAM:b"}, customer("A")), "AMBIGUOUS_MATCH customer_number", "A"},
		{"a handle of one without number", row([]string{"INSTAGRAM:c"}, customer("A")), "AMBIGUOUS_MATCH customer_number", "Ac"},
		{"an e-mail that another one has", row(nil, customer("A"), emails("b@x.example")), "AMBIGUOUS_MATCH customer_number", "A"},
		{"an e-mail of one without number", row(nil, customer("A"), emails("c@x.example")), "AMBIGUOUS_MATCH customer_number", "Ac"},
		{"an e-mail that both have", row(nil, customer("A"), emails("team@x.example")), "A", ""},
		{"a new number and nothing else known", row(nil, customer("N")), new1, ""},

		{"a handle decides", row([]string{"INSTAGRAM:c"}), "c", ""},
		{"a handle without case and @", row([]string{"Instagram:@C"}), "c", ""},
		{"a handle on another network is another handle", row([]string{"FACEBOOK:c"}), new1, ""},
		{"a handle before a new e-mail", row([]string{"INSTAGRAM:c"}, emails("new@x.example")), "c", ""},
		{"a handle and an e-mail of two", row([]string{"INSTAGRAM:c"}, emails("d@x.example")), "AMBIGUOUS_MATCH handle", "cd"},
		{"a handle and a phone of two", row([]string{"INSTAGRAM:c"}, phones("+493023125004")), "AMBIGUOUS_MATCH handle", "cd"},
		{"two handles of two", row([]string{"INSTAGRAM:c", "INSTAGRAM:d"}), "AMBIGUOUS_MATCH handle", "cd"},
		{"two handles of one", row([]string{"INSTAGRAM:b", "X:B"}), "B", ""},
		{"a new number completes one without", row([]string{"INSTAGRAM:c"}, customer("N")), "c", ""},
		{"a new number passes over a handle of another number", row([]string{"INSTAGRAM:a"}, customer("N")), "TAKEN handle", ""},
		{"passing over a handle, the e-mail finds one that cannot have it", row([]string{"INSTAGRAM:a"}, customer("N"), emails("c@x.example")), "TAKEN handle", ""},
		{"a second handle of another number", row([]string{"INSTAGRAM:c", "INSTAGRAM:a"}, customer("N")), "TAKEN handle", ""},

		{"else an e-mail", row(nil, emails("c@x.example")), "c", ""},
		{"an e-mail in other letters", row(nil, emails("C@X.EXAMPLE")), "c", ""},
		{"one of two e-mails is known", row(nil, emails("new@x.example", "c@x.example")), "c", ""},
		{"e-mails of two", row(nil, emails("c@x.example", "d@x.example")), "AMBIGUOUS_MATCH email", "cd"},
		{"an e-mail of two", row(nil, emails("pair@x.example")), "AMBIGUOUS_MATCH email", "fg"},
		{"an e-mail and a phone of two", row(nil, emails("c@x.example"), phones("+493023125004")), "AMBIGUOUS_MATCH email", "cd"},
		{"an e-mail of two with numbers, and another number", row(nil, customer("N"), emails("team@x.example")), new1, ""},
		{"an e-mail of two with numbers, and none", row(nil, emails("team@x.example")), "AMBIGUOUS_MATCH email", "AB"},
		{"passing over the e-mail, the phone decides", row(nil, customer("N"), emails("a@x.example"), phones("+493023125003")), "c", ""},

		{"else a phone", row(nil, phones("+493023125005")), "p", ""},
		{"a phone of two", row(nil, phones("+493023125006")), "AMBIGUOUS_MATCH phone", "fg"},
		{"phones of two", row(nil, phones("+493023125003", "+493023125004")), "AMBIGUOUS_MATCH phone", "cd"},
		{"a phone of another number", row(nil, customer("N"), phones("+493023125001")), new1, ""},
		{"a phone that the decided one shares with others", row(nil, emails("a@x.example"), phones("+493023125009")), "A", ""},
		{"a name finds nobody", contact.UpsertInput{Name: "A"}, new1, ""},
	}
	w := newWorld(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := w.in(t)
			who := actor(contact.OrgID(tt.name), "robot", "Robot", contact.OriginAPI, contact.RoleIntegration)
			w.must("MakeOrganisation", w.MakeOrganisation(t.Context(), who.Org))
			known := parties(w, who)
			got, err := w.Upsert(w.as(who), tt.in)
			result := fmt.Sprint(contact.CodeOf(err))
			switch e, isRefusal := err.(*contact.Error); { //nolint:errorlint // the domain returns it bare
			case isRefusal:
				result += " " + e.Field
				fits := []byte{}
				for _, id := range e.Fits {
					fits = append(fits, known[id]...)
				}
				if slices.Sort(fits); string(fits) != tt.fits {
					t.Errorf("the refusal names %q, want %q", fits, tt.fits)
				}
			case got.Outcome == contact.Created:
				result = new1
			default:
				result = known[got.Contact.ID]
			}
			if result != tt.want {
				t.Errorf("the row goes to %q, want %q (%v)", result, tt.want, err)
			}
		})
	}
}

func TestANumberThatTwoContactsHaveIsAmbiguous(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.person("One", customer("N-1"))
	two := w.person("Two")
	_, err := w.set(anna, two.ID, contact.KeyCustomerNumber, 0, text("N-1"))
	w.must("SetAttribute", err)
	_, err = w.Upsert(w.as(robot), contact.UpsertInput{Attributes: []contact.AttributeInput{customer("N-1")}})
	e := w.refused("Upsert", err, contact.AmbiguousMatch, contact.KeyCustomerNumber)
	slices.Sort(e.Fits)
	want := []contact.ID{one.ID, two.ID}
	slices.Sort(want)
	w.same("the contacts that fit", e.Fits, want)
}

func TestAProfileIsFoundWithoutCaseAndAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.upsert(contact.UpsertInput{Name: "Pia", Profiles: profiles("INSTAGRAM:Pia.Ö")}).Contact
	for _, handle := range []string{"pia.ö", "PIA.Ö", "@Pia.ö", " @pia.ö "} {
		got, err := w.ContactByProfile(w.as(anna), contact.Instagram, handle)
		w.must("ContactByProfile", err)
		w.same("the contact of "+handle, got, w.contact(of.ID))
	}
	for network, handle := range map[contact.Network]string{contact.Facebook: "pia.ö", contact.Instagram: "pia", contact.X: "", "MYSPACE": "pia.ö"} {
		_, err := w.ContactByProfile(w.as(anna), network, handle)
		w.refused("ContactByProfile", err, contact.NotFound, "handle")
	}
	_, err := w.ContactByProfile(w.as(mallory), contact.Instagram, "pia.ö")
	w.refused("ContactByProfile of another organisation", err, contact.NotFound, "handle")
}
