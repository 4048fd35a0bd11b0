package contact_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"contactpanel/contact"
)

func TestAFilledCellReplacesASingleValueAndIsAddedToAList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.upsert(contact.UpsertInput{Name: "Uwe", AvatarURL: "https://a.example/1", Profiles: []contact.ProfileInput{
		{Network: contact.X, Handle: "uwe", DisplayName: "Uwe U.", ProfileURL: "https://x.example/uwe"},
	}, Attributes: []contact.AttributeInput{customer("U-1"), emails("a@x.example"), attr("biography", text("one")), attr("membership", choice("basic"))}})
	w.clock.advance(time.Hour)
	second := w.upsert(contact.UpsertInput{Name: "Uwe Neu", Profiles: []contact.ProfileInput{
		{Network: contact.X, Handle: "@UWE", AvatarURL: "https://a.example/x"}, {Network: contact.SMS, Handle: "+493023125000"},
	}, Attributes: []contact.AttributeInput{customer("U-1"), emails("A@x.example", "b@x.example"), attr("biography", text("two")), attr("membership", choice("basic"))}})
	if first.Outcome != contact.Created || second.Outcome != contact.Updated || first.Contact.ID != second.Contact.ID {
		t.Fatalf("the outcomes are %s and %s", first.Outcome, second.Outcome)
	}
	now := w.contact(first.Contact.ID)
	if now.Name != "Uwe Neu" || now.AvatarURL != "https://a.example/1" || now.Version != 2 || !now.CreatedAt.Equal(noon) || !now.UpdatedAt.Equal(noon.Add(time.Hour)) {
		t.Errorf("the contact is %+v", now)
	}
	w.same("the first profile keeps what the row leaves empty", now.Profiles[0], contact.Profile{
		ID: first.Contact.Profiles[0].ID, Network: contact.X, Handle: "uwe", DisplayName: "Uwe U.", AvatarURL: "https://a.example/x", ProfileURL: "https://x.example/uwe",
	})
	if len(now.Profiles) != 2 || now.Profiles[1].Handle != "+493023125000" || now.Profiles[1].Address() != nil {
		t.Errorf("the profiles are %+v", now.Profiles)
	}
	w.same("the list", w.attribute(now, "email").Values, []contact.AttributeValue{contact.EmailValue{Email: "a@x.example"}, contact.EmailValue{Email: "b@x.example"}})
	w.same("the single value", w.attribute(now, "biography").Values, []contact.AttributeValue{contact.TextValue{Text: "two"}})
	versions := map[string]int{"email": 2, "biography": 2, "membership": 1, "customer_number": 1}
	for key, version := range versions {
		if a := w.attribute(now, key); a.Version != version || *a.Origin != contact.OriginAPI || *a.SetBy != robot.Agent {
			t.Errorf("%s is %+v, want version %d", key, a, version)
		}
	}
}

func TestWhatARowLeavesEmptyStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.upsert(contact.UpsertInput{Name: "Uwe", AvatarURL: "https://a.example/1", Profiles: profiles("X:uwe"), VIP: new(true),
		Attributes: []contact.AttributeInput{customer("U-1"), emails("a@x.example")}})
	got := w.upsert(contact.UpsertInput{Name: " \t\u00a0", AvatarURL: "  ", Profiles: []contact.ProfileInput{{Network: "x", Handle: "uwe", DisplayName: " ", AvatarURL: " ", ProfileURL: "\n"}},
		Attributes: []contact.AttributeInput{customer("U-1")}})
	if got.Outcome != contact.Unchanged {
		t.Errorf("an empty row says %s", got.Outcome)
	}
	w.same("the contact", w.contact(made.Contact.ID), made.Contact)
}

func TestANoteIsImportedOnceWhateverBecameOfIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	row := contact.UpsertInput{Name: "Uwe", Attributes: []contact.AttributeInput{customer("U-1")}, Notes: []string{"called", "wrote", " called\r\n"}, IsImport: true}
	of := w.upsert(row).Contact
	notes := w.notes(of)
	if len(notes) != 2 || notes[0].Body != "wrote" || notes[1].Body != "called" || notes[0].Author != robot.Agent {
		t.Fatalf("the notes are %+v", notes)
	}
	_, err := w.EditNote(w.as(anna), notes[0].ID, "wrote twice", 1, "")
	w.must("EditNote", err)
	_, err = w.DeleteNote(w.as(anna), notes[1].ID, 1, "")
	w.must("DeleteNote", err)
	if again := w.upsert(row); again.Outcome != contact.Unchanged {
		t.Errorf("the same notes again: %s", again.Outcome)
	}
	w.clock.advance(31 * 24 * time.Hour)
	_, err = w.Sweep(t.Context())
	w.must("Sweep", err)
	row.Notes = append(row.Notes, "new")
	if again := w.upsert(row); again.Outcome != contact.Updated {
		t.Errorf("one note more: %s", again.Outcome)
	}
	left := w.notes(of)
	if len(left) != 2 || left[0].Body != "new" || left[1].Body != "wrote twice" {
		t.Errorf("the notes are %+v", left)
	}
	w.note(of.ID, "by hand")
	if got := w.upsert(contact.UpsertInput{Attributes: []contact.AttributeInput{customer("U-1")}, Notes: []string{"by hand"}}); got.Outcome != contact.Updated {
		t.Errorf("a note that an agent made, not an import: %s", got.Outcome)
	}
}

func TestARowPromotesAndRemovesAVIP(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	row := func(vip bool) contact.UpsertInput {
		return contact.UpsertInput{Name: "Uwe", Attributes: []contact.AttributeInput{customer("U-1")}, VIP: &vip}
	}
	for i, tt := range []struct {
		vip  bool
		want contact.UpsertOutcome
	}{{false, contact.Created}, {false, contact.Unchanged}, {true, contact.Updated}, {true, contact.Unchanged}, {false, contact.Updated}} {
		got := w.upsert(row(tt.vip))
		if got.Outcome != tt.want || w.VIPStatus(got.Contact).IsVIP != tt.vip {
			t.Errorf("row %d: %s, VIP %v; want %s, %v", i, got.Outcome, w.VIPStatus(got.Contact).IsVIP, tt.want, tt.vip)
		}
	}
}

func TestAContactIsCalledByWhatThereIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := []contact.AttributeInput{customer("U-1"), phones("+493023125000"), emails("u@x.example")}
	tests := []struct {
		in   contact.UpsertInput
		want string
	}{
		{contact.UpsertInput{Name: " Uwe ", Profiles: profiles("X:@uwe"), Attributes: all}, "Uwe"},
		{contact.UpsertInput{Profiles: []contact.ProfileInput{{Network: "x", Handle: "u2", DisplayName: "Uwe Zwei"}}}, "Uwe Zwei"},
		{contact.UpsertInput{Profiles: profiles("INSTAGRAM:@u3", "X:u3")}, "u3"},
		{contact.UpsertInput{Attributes: []contact.AttributeInput{customer("U-4"), phones("+493023125004"), emails("u4@x.example")}}, "u4@x.example"},
		{contact.UpsertInput{Attributes: []contact.AttributeInput{customer("U-5")}}, "U-5"},
		{contact.UpsertInput{Attributes: []contact.AttributeInput{customer("U-6"), phones("+493023125006")}}, "+49 30 23125006"},
	}
	for _, tt := range tests {
		if got := w.upsert(tt.in).Contact; got.DisplayName() != tt.want {
			t.Errorf("the contact is called %q, want %q", got.DisplayName(), tt.want)
		}
	}
	for _, in := range []contact.UpsertInput{{}, {Name: " "}, {AvatarURL: "https://a.example"}, {Notes: []string{"x"}}, {VIP: new(true)}, {Attributes: []contact.AttributeInput{attr("biography", text("x"))}}} {
		_, err := w.Upsert(w.as(robot), in)
		w.refused("a row that names nobody", err, contact.InvalidValue, "name")
	}
}

func TestBadRowsAreRefusedOnTheirField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := func(p contact.ProfileInput) contact.UpsertInput {
		return contact.UpsertInput{Name: "Uwe", Profiles: []contact.ProfileInput{p}}
	}
	attributes := func(list ...contact.AttributeInput) contact.UpsertInput {
		return contact.UpsertInput{Name: "Uwe", Attributes: list}
	}
	handles := make([]string, 51)
	for i := range handles {
		handles[i] = fmt.Sprint("X:h", i)
	}
	tests := []struct {
		name  string
		in    contact.UpsertInput
		code  contact.Code
		field string
	}{
		{"a name of 201", contact.UpsertInput{Name: strings.Repeat("ü", 201)}, contact.TooLong, "name"},
		{"a name in two lines", contact.UpsertInput{Name: "Uwe\nUwe"}, contact.InvalidValue, "name"},
		{"a name of nothing visible", contact.UpsertInput{Name: "\u200b"}, contact.InvalidValue, "name"},
		{"a name that is no UTF-8", contact.UpsertInput{Name: "M\xfcller"}, contact.InvalidValue, "name"},
		{"a picture that is a script", contact.UpsertInput{Name: "Uwe", AvatarURL: "javascript:x"}, contact.InvalidValue, "avatarUrl"},
		{"an unknown network", one(contact.ProfileInput{Network: "MYSPACE", Handle: "u"}), contact.InvalidValue, "network"},
		{"no network", one(contact.ProfileInput{Handle: "u"}), contact.InvalidValue, "network"},
		{"no handle", one(contact.ProfileInput{Network: "x", Handle: " "}), contact.InvalidValue, "handle"},
		{"an @ alone", one(contact.ProfileInput{Network: "x", Handle: "@"}), contact.InvalidValue, "handle"},
		{"a handle of 201", one(contact.ProfileInput{Network: "x", Handle: strings.Repeat("u", 201)}), contact.TooLong, "handle"},
		{"a profile's name of 201", one(contact.ProfileInput{Network: "x", Handle: "u", DisplayName: strings.Repeat("u", 201)}), contact.TooLong, "displayName"},
		{"a profile's picture", one(contact.ProfileInput{Network: "x", Handle: "u", AvatarURL: "ftp://x.example"}), contact.InvalidValue, "avatarUrl"},
		{"a profile's page", one(contact.ProfileInput{Network: "x", Handle: "u", ProfileURL: "data:,"}), contact.InvalidValue, "profileUrl"},
		{"51 profiles", contact.UpsertInput{Name: "Uwe", Profiles: profiles(handles...)}, contact.TooLong, "profiles"},
		{"51 attributes", contact.UpsertInput{Name: "Uwe", Attributes: make([]contact.AttributeInput, 51)}, contact.TooLong, "attributes"},
		{"51 notes", contact.UpsertInput{Name: "Uwe", Notes: make([]string, 51)}, contact.TooLong, "notes"},
		{"an unknown attribute", attributes(attr("shoe_size", number(3))), contact.NotFound, "shoe_size"},
		{"an attribute that is called as none can be", attributes(attr("zoe@example.com", number(3))), contact.NotFound, "key"},
		{"an attribute twice", attributes(emails("a@x.example"), emails("b@x.example")), contact.InvalidValue, "email"},
		{"eleven e-mails of ten", attributes(emails("1@x.de", "2@x.de", "3@x.de", "4@x.de", "5@x.de", "6@x.de", "7@x.de", "8@x.de", "9@x.de", "a@x.de", "b@x.de")), contact.TooLong, "email"},
		{"a national number without a region", attributes(phones("030 23125000")), contact.InvalidValue, "phone"},
	}
	for _, tt := range tests {
		_, err := w.Upsert(w.as(robot), tt.in)
		want := w.refused(tt.name, err, tt.code, tt.field)
		many, err := w.UpsertMany(w.as(robot), []contact.UpsertInput{tt.in})
		w.must("UpsertMany", err)
		w.same(tt.name+" in UpsertMany", many[0].Refused, want)
	}
	if left := w.find(contact.SearchInput{}); len(left) != 0 {
		t.Errorf("refused rows left %q", left)
	}
	full := w.upsert(contact.UpsertInput{Attributes: []contact.AttributeInput{customer("F"), emails("1@x.de", "2@x.de", "3@x.de", "4@x.de", "5@x.de", "6@x.de", "7@x.de", "8@x.de", "9@x.de", "a@x.de")}, Profiles: profiles(handles[:50]...)})
	_, err := w.Upsert(w.as(robot), contact.UpsertInput{Attributes: []contact.AttributeInput{customer("F"), emails("b@x.de")}})
	w.refused("an eleventh e-mail", err, contact.TooLong, "email")
	_, err = w.Upsert(w.as(robot), contact.UpsertInput{Attributes: []contact.AttributeInput{customer("F")}, Profiles: profiles(handles[50:]...)})
	w.refused("a 51st profile", err, contact.TooLong, "profiles")
	w.same("the contact", w.contact(full.Contact.ID), full.Contact)
}

// anyRow draws an acceptable input about few contacts, so that rows often meet the same one.
func anyRow(rt *rapid.T) contact.UpsertInput {
	maybe := func(label string) bool { return rapid.Bool().Draw(rt, label) }
	in := contact.UpsertInput{Name: rapid.SampledFrom([]string{"", "Ä", " B ", "C c"}).Draw(rt, "name"), IsImport: maybe("import")}
	isNumbered := maybe("number")
	if isNumbered {
		in.Attributes = append(in.Attributes, customer(rapid.SampledFrom([]string{"1", "2", "3"}).Draw(rt, "customer")))
	}
	if !isNumbered || maybe("profile") { // a row without any key can only make another contact
		in.Profiles = profiles("X:" + rapid.SampledFrom([]string{"x", "@X", "y"}).Draw(rt, "handle"))
		in.Profiles[0].DisplayName = rapid.SampledFrom([]string{"", "X x"}).Draw(rt, "display name")
	}
	if maybe("e-mail") {
		in.Attributes = append(in.Attributes, emails(rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a@x.de", "b@x.de", "c@bü.de"}), 1, 3, rapid.ID[string]).Draw(rt, "e-mails")...))
	}
	if maybe("phone") {
		in.Attributes = append(in.Attributes, phones(rapid.SampledFrom([]string{"+493023125000", "+49 (0)30 23125001"}).Draw(rt, "phones")))
	}
	if maybe("values") {
		in.Attributes = append(in.Attributes, attr("followers", number(float64(rapid.IntRange(0, 3).Draw(rt, "followers")))), attr("location", place("Bonn", 50.5, 7)))
	}
	in.Notes = rapid.SliceOfN(rapid.SampledFrom([]string{"n", " n\n", "m", "a\r\nb"}), 0, 3).Draw(rt, "notes")
	if maybe("vip said") {
		in.VIP = new(maybe("vip"))
	}
	return in
}

func TestARowSentTwiceChangesNothingTheSecondTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rapid.Check(t, func(rt *rapid.T) {
		w := w.in(rt)
		in := anyRow(rt)
		first, err := w.Upsert(w.as(robot), in)
		if err != nil {
			if code := contact.CodeOf(err); code != contact.AmbiguousMatch && code != contact.Taken && code != contact.InvalidValue {
				rt.Fatal(err)
			}
			return
		}
		before, rows := w.contact(first.Contact.ID), len(w.audit())
		w.clock.advance(time.Second)
		many, err := w.UpsertMany(w.as(robot), []contact.UpsertInput{in, in})
		w.must("UpsertMany", err)
		want := contact.UpsertResult{Contact: first.Contact.ID, Outcome: contact.Unchanged}
		w.same("the second time", many, []contact.UpsertResult{want, want})
		w.same("the contact", w.contact(first.Contact.ID), before)
		if more := len(w.audit()) - rows; more != 0 {
			rt.Fatalf("the second time wrote %d audit rows", more)
		}
	})
}
