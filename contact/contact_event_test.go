package contact_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"contactpanel/contact"
)

// contactStep is a write of a contact with what its followers are to be told: one event for each function, which is given
// what every change of a contact carries.
type contactStep struct {
	name string
	do   func(ctx context.Context, key string) error
	want []func(contact.AnyContactChange) contact.ContactEvent
}

func contactSteps(w *world, of contact.ID) []contactStep {
	type change = contact.AnyContactChange
	type ctx = context.Context
	core := func(c change) contact.ContactEvent { return &contact.ChangedContact{AnyContactChange: c} }
	vip := func(c change) contact.ContactEvent { return &contact.ChangedVIP{AnyContactChange: c} }
	attribute := func(key string, version int) func(change) contact.ContactEvent {
		return func(c change) contact.ContactEvent {
			c.Version = version
			return &contact.ChangedAttribute{AnyContactChange: c, Key: key}
		}
	}
	profile := func(c change) contact.ContactEvent {
		return &contact.ChangedProfile{AnyContactChange: c, ProfileID: c.Contact.Profiles[len(c.Contact.Profiles)-1].ID}
	}
	upsert := func(in contact.UpsertInput) func(ctx, string) error {
		in.Attributes = append(in.Attributes, customer("E-1"))
		return func(x ctx, key string) error {
			in.ClientMutationID = key
			_, err := w.Upsert(x, in)
			return err
		}
	}
	type all = []func(change) contact.ContactEvent
	return []contactStep{
		{"another name", upsert(contact.UpsertInput{Name: "Eva"}), all{core}},
		{"a picture", upsert(contact.UpsertInput{AvatarURL: "https://pictures.example/eva.png"}), all{core}},
		{"a new profile", upsert(contact.UpsertInput{Profiles: profiles("X:eva")}), all{profile}},
		{"a profile with a name", upsert(contact.UpsertInput{Profiles: []contact.ProfileInput{{Network: contact.X, Handle: "eva", DisplayName: "Eva!"}}}), all{profile}},
		{"an attribute that is set", func(x ctx, key string) error {
			_, err := w.SetAttribute(x, contact.AttributeChange{Contact: of, Key: "biography", Values: []contact.ValueInput{text("life")}, ClientMutationID: key})
			return err
		}, all{attribute("biography", 1)}},
		{"an attribute that is cleared", func(x ctx, key string) error { _, err := w.ClearAttribute(x, of, "biography", 1, key); return err }, all{attribute("biography", 2)}},
		{"a promotion", func(x ctx, key string) error {
			_, err := w.PromoteToVIP(x, contact.PromoteInput{Contact: of, Reason: "loyal", ClientMutationID: key})
			return err
		}, all{vip}},
		{"a removal", func(x ctx, key string) error { _, err := w.RemoveVIP(x, of, "", key); return err }, all{vip}},
		{"everything at once", upsert(contact.UpsertInput{
			Name: "Evi", Profiles: profiles("TELEGRAM:evi"), Attributes: []contact.AttributeInput{emails("evi@x.example")}, VIP: new(true), Notes: []string{"n"},
		}), all{core, profile, attribute("email", 1), vip}},
		{"an answer of the CRM", w.appendTo(of, contact.ValidationChanged), all{func(c change) contact.ContactEvent {
			return &contact.ChangedValidation{AnyContactChange: c}
		}}},
		{"a change of a kind that is not known yet", w.appendTo(of, "HOROSCOPE_CHANGED"), all{core}},
	}
}

// appendTo writes the bare event of a change that no use case makes.
func (w *world) appendTo(of contact.ID, kind contact.EventType) func(ctx context.Context, key string) error {
	return func(ctx context.Context, key string) error {
		actor, err := contact.ActorFrom(ctx)
		if err != nil {
			return err
		}
		return w.store.Update(ctx, acme, func(ctx context.Context, tx contact.Tx) error {
			_, err := tx.Append(ctx, acme, contact.Event{
				Contact: of, Topic: contact.TopicContact, Type: kind, Version: w.contactVersion(ctx, tx, of), Actor: actor.Agent,
				At: w.clock.now().UTC().Truncate(time.Millisecond), ClientMutationID: key,
			})
			return err
		})
	}
}

func (w *world) contactVersion(ctx context.Context, in contact.ContactReader, of contact.ID) int {
	found, err := in.Contacts(ctx, acme, []contact.ID{of})
	w.must("Contacts", err)
	return found[0].Version
}

func TestEachChangeOfAContactIsToldToWhoMadeItAndToOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Eve", customer("E-1"))
	mine, theirs := w.followContact(anna, of.ID, ""), w.followContact(ben, of.ID, "")
	for i, s := range contactSteps(w, of.ID) {
		key := []string{"", "echo " + s.name}[i%2]
		w.clock.advance(time.Second + time.Microsecond)
		before := w.contact(of.ID).EventsHead
		w.must(s.name, s.do(w.as(anna), key))
		now := w.contact(of.ID)
		var want []contact.ContactEvent
		for n, event := range s.want {
			want = append(want, event(contact.AnyContactChange{ContactID: of.ID, Contact: now, Change: contact.Change{
				Cursor: contact.Head{Epoch: before.Epoch, Seq: before.Seq + int64(n) + 1}.Cursor(), Actor: anna.Agent,
				At: w.clock.now().UTC().Truncate(time.Millisecond), Version: now.Version, ClientMutationID: position(key),
			}}))
		}
		w.same(s.name+": what its maker is told", told(w, mine, len(want)), want)
		w.same(s.name+": what another is told", told(w, theirs, len(want)), want)
		if last := now.EventsHead.Seq; last != before.Seq+int64(len(want)) {
			t.Errorf("%s: the head stands at %d, and %d events were told behind %d", s.name, last, len(want), before.Seq)
		}
	}
	for _, e := range []any{&contact.ChangedContact{}, &contact.ChangedProfile{}, &contact.ChangedAttribute{}, &contact.ChangedVIP{}, &contact.ChangedValidation{}} {
		if _, is := e.(contact.ContactChange); !is {
			t.Errorf("%T is no change of a contact", e)
		}
	}
}

func TestAChangedProfileIsShownAsItStandsNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Eve", customer("E-1"))
	f := w.followContact(anna, of.ID, "")
	w.upsert(contact.UpsertInput{Attributes: []contact.AttributeInput{customer("E-1")}, Profiles: profiles("X:eve", "SMS:+493023125000")})
	for i, e := range told(w, f, 2) {
		changed, is := e.(*contact.ChangedProfile)
		if !is || changed.Profile() != &changed.Contact.Profiles[i] {
			t.Errorf("event %d is %+v", i, e)
		}
	}
	removed := contact.ChangedProfile{AnyContactChange: contact.AnyContactChange{Contact: w.contact(of.ID)}, ProfileID: "profile_gone"}
	if p := removed.Profile(); p != nil {
		t.Errorf("a profile that was removed is %+v", p)
	}
	if p := (&contact.ChangedProfile{ProfileID: removed.Contact.Profiles[0].ID}).Profile(); p != nil {
		t.Errorf("the profile of a contact that is gone is %+v", p)
	}
}

func TestAFollowerOfAContactGoesOnBehindItsPosition(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Eve")
	const changes = 120
	for i := range changes {
		w.must("a change", w.appendTo(of.ID, contact.VIPChanged)(w.as(anna), fmt.Sprint(i)))
	}
	at := func(seq int64) string { return contact.Head{Epoch: of.EventsHead.Epoch, Seq: seq}.Cursor() }
	now := w.contact(of.ID)
	caughtUp := []contact.ContactEvent{&contact.CaughtUp{Cursor: at(changes)}}
	for _, after := range []int64{0, 60, changes} {
		f := w.followContact(ben, of.ID, at(after))
		for i, e := range told(w, f, int(changes-after)) {
			vip, is := e.(*contact.ChangedVIP)
			if !is || vip.Cursor != at(after+int64(i)+1) || *vip.ClientMutationID != fmt.Sprint(int(after)+i) || vip.Contact.EventsHead != now.EventsHead {
				t.Fatalf("behind %d event %d is %+v", after, i, e)
			}
		}
		w.same("the end", told(w, f, 1), caughtUp)
	}
	for _, after := range []string{of.NotesCursor(), at(changes + 1)} {
		f := w.followContact(ben, of.ID, after)
		w.same("a position that never was", told(w, f, 1), []contact.ContactEvent{&contact.Resync{Cursor: at(changes)}})
		w.same("the end", told(w, f, 1), caughtUp)
	}
}

// erasable is a stream of a contact that may be erased.
type erasable struct {
	contact.Stream
	isErased *bool
}

func (s erasable) Next(ctx context.Context) (contact.Delivery, error) {
	if *s.isErased {
		return contact.Delivery{}, contact.Errorf(contact.NotFound, "there is no such contact")
	}
	return s.Stream.Next(ctx)
}

func TestAContactThatIsErasedIsTheLastThatIsTold(t *testing.T) {
	t.Parallel()
	w, d := newDoor(t)
	var isErased bool
	d.follow = func(stream contact.Stream) contact.Stream { return erasable{stream, &isErased} }
	of := w.person("Eve")
	changes, notes := w.followContact(anna, of.ID, ""), w.followNotes(anna, of.ID, "")
	expiring := anna
	expiring.Expires = noon.Add(time.Minute)
	late := w.followContact(expiring, of.ID, "")
	w.must("a change", w.appendTo(of.ID, contact.VIPChanged)(w.as(anna), ""))
	w.note(of.ID, "one")
	last := told(w, changes, 1)[0].(*contact.ChangedVIP)
	told(w, notes, 1)
	isErased = true
	w.same("the end", told(w, changes, 1), []contact.ContactEvent{&contact.ErasedContact{Cursor: last.Cursor, ContactID: of.ID}})
	for range 2 {
		if all, err := next(w, changes); len(all) > 0 || !errors.Is(err, contact.ErrOver) {
			t.Errorf("behind the end Next = %v, %v", all, err)
		}
		all, err := next(w, notes)
		if w.refused("Next of notes", err, contact.NotFound, "contactId"); len(all) > 0 {
			t.Errorf("with the error come %v", all)
		}
	}
	w.clock.advance(time.Minute)
	all, err := next(w, late)
	if w.refused("Next with a token that has expired", err, contact.Unauthenticated, ""); len(all) > 0 {
		t.Errorf("with the error come %v", all)
	}
}

func TestAContactThatCannotBeReadAnyMoreIsToldAsGone(t *testing.T) {
	t.Parallel()
	w, d := newDoor(t)
	of := w.person("Eve")
	f := w.followContact(anna, of.ID, "")
	w.must("a change", w.appendTo(of.ID, contact.VIPChanged)(w.as(anna), ""))
	d.fromContacts = func([]contact.Contact) []contact.Contact { return nil }
	if e := told(w, f, 1)[0].(*contact.ChangedVIP); e.ContactID != of.ID || e.Contact != nil {
		t.Errorf("the change is told as %+v", e)
	}
}

func TestNothingIsToldToATokenThatHasExpired(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		after func(of *contact.Contact) string
		told  int // events before the token expires
	}{
		{"a live event", func(*contact.Contact) string { return "" }, 1},
		{"missed events", func(of *contact.Contact) string { return of.EventsCursor() }, 0},
		{"that it caught up", func(of *contact.Contact) string { return contact.Head{Epoch: of.EventsHead.Epoch, Seq: 1}.Cursor() }, 0},
		{"a resync", func(of *contact.Contact) string { return of.NotesCursor() }, 0},
	} {
		w, d := newDoor(t)
		of := w.person("Eve")
		change := func() { w.must("a change", w.appendTo(of.ID, contact.VIPChanged)(w.as(anna), "")) }
		who := anna
		who.Expires = noon.Add(time.Minute)
		if tt.told == 0 {
			change()
		}
		f := w.followContact(who, of.ID, tt.after(of))
		w.clock.set(who.Expires.Add(-1))
		if tt.told > 0 {
			change()
			told(w, f, tt.told)
			change()
			d.before = func(context.Context) error { w.clock.set(who.Expires); return nil } // it ends while the event is loaded
		} else {
			w.clock.set(who.Expires)
		}
		all, err := next(w, f)
		if w.refused(tt.name, err, contact.Unauthenticated, ""); len(all) > 0 {
			t.Errorf("%s: with the error come %v", tt.name, all)
		}
	}
}

func TestAReplayThatMeetsANewChangeShowsNothingOlderBehindIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Eve")
	notes, changes := w.followNotes(anna, of.ID, ""), w.followContact(anna, of.ID, "")
	n := w.note(of.ID, "version 1")
	for version := range 3 {
		if version > 0 {
			_, err := w.EditNote(w.as(anna), n.ID, "another version", version, "")
			w.must("EditNote", err)
		}
		w.must("a change", w.appendTo(of.ID, contact.VIPChanged)(w.as(anna), ""))
		if version < 2 { // of the last one nobody has been told
			told(w, notes, 1)
			told(w, changes, 1)
		}
	}
	for i, e := range told(w, w.followNotes(ben, of.ID, of.NotesCursor()), 4)[1:3] {
		if edited := e.(*contact.EditedNote); edited.Note.Version != 3 {
			t.Errorf("edit %d is told with version %d, behind version 3", i, edited.Note.Version)
		}
	}
	for i, e := range told(w, w.followContact(ben, of.ID, of.EventsCursor()), 4)[:3] {
		if vip := e.(*contact.ChangedVIP); vip.Contact.EventsHead.Seq != 3 {
			t.Errorf("change %d is told with the contact as of change %d, beside one of change 3", i+1, vip.Contact.EventsHead.Seq)
		}
	}
}

// rewriting is a stream whose deliveries are changed on their way.
type rewriting struct {
	contact.Stream
	change func(d *contact.Delivery)
}

func rewritten(change func(d *contact.Delivery)) func(contact.Stream) contact.Stream {
	return func(stream contact.Stream) contact.Stream { return rewriting{stream, change} }
}

func (s rewriting) Next(ctx context.Context) (contact.Delivery, error) {
	d, err := s.Stream.Next(ctx)
	d.Events = slices.Clone(d.Events)
	s.change(&d)
	return d, err
}

func TestOrganisationsWhoseIDsCollideShareNothing(t *testing.T) {
	t.Parallel()
	w, d := newDoor(t)
	d.follow = rewritten(func(d *contact.Delivery) { // all have the same epoch, as if chance had made it so
		d.Head.Epoch = 1
		for i := range d.Events {
			d.Events[i].Epoch = 1
		}
	})
	d.fromContacts = func(found []contact.Contact) []contact.Contact {
		for i := range found {
			found[i].EventsHead.Epoch = 1
		}
		return found
	}
	var made int
	deps := w.deps(d)
	deps.NewID = func(prefix string) contact.ID { made++; return contact.ID(fmt.Sprintf("%s_%026d", prefix, made)) }
	w.Contacts = contact.New(deps)
	var seen []contact.ID
	for _, who := range []contact.Actor{anna, mallory} {
		made = 0
		got, err := w.Upsert(w.as(who), contact.UpsertInput{Name: "of " + who.Name})
		w.must("Upsert", err)
		notes, changes := w.followNotes(who, got.Contact.ID, ""), w.followContact(who, got.Contact.ID, "")
		n, err := w.AddNote(w.as(who), got.Contact.ID, "by "+who.Name, "")
		w.must("AddNote", err)
		_, err = w.PromoteToVIP(w.as(who), contact.PromoteInput{Contact: got.Contact.ID})
		w.must("PromoteToVIP", err)
		if e := told(w, notes, 1)[0].(*contact.AddedNote); e.Note == nil || e.Note.Body != "by "+who.Name || e.Actor != who.Agent {
			t.Errorf("%s is told of %+v of %+v", who.Name, e, e.Note)
		}
		if e := told(w, changes, 1)[0].(*contact.ChangedVIP); e.Contact == nil || e.Contact.Name != "of "+who.Name || e.Actor != who.Agent {
			t.Errorf("%s is told of %+v of %+v", who.Name, e, e.Contact)
		}
		_, err = w.DeleteNote(w.as(who), n.ID, 1, "")
		w.must("DeleteNote", err)
		if e := told(w, notes, 1)[0].(*contact.DeletedNote); e.Actor != who.Agent {
			t.Errorf("%s is told of the deletion by %+v", who.Name, e.Actor)
		}
		seen = append(seen, got.Contact.ID, n.ID)
	}
	w.same("the ids of the second organisation", seen[2:], seen[:2])
}
