package sqlite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/store/internal/feed"
)

// appendEvent writes an event of the contact's notes that tells its subject.
func appendEvent(subject string) func(context.Context, contact.Tx) error {
	return func(ctx context.Context, tx contact.Tx) error {
		_, err := tx.Append(ctx, testOrg, contact.Event{
			Contact: "contact_1", Topic: contact.TopicNotes, Type: contact.NoteAdded, Subject: subject, At: testMoment(),
		})
		return err
	}
}

func putContact(ctx context.Context, tx contact.Tx) error {
	return errors.Join(
		tx.PutOrganisation(ctx, contact.Organisation{ID: testOrg, CreatedAt: testMoment()}),
		tx.PutContact(ctx, testOrg, contact.Contact{ID: "contact_1", CreatedAt: testMoment(), UpdatedAt: testMoment(), Version: 1}, contact.ContactIndex{}),
	)
}

func TestOnlyWhatIsCommittedIsAnnouncedAndInTheOrderOfCommits(t *testing.T) {
	s := openTest(t)
	must(t, s.Update(t.Context(), testOrg, putContact))
	stream, err := s.Follow(t.Context(), testOrg, "contact_1", contact.TopicNotes, nil)
	must(t, err)
	defer stream.Close()
	mine := errors.New("mine")
	runs := 0
	got := together(t, s,
		appendEvent("a"), // runs again, because of the one that spoils the group
		func(ctx context.Context, tx contact.Tx) error {
			return errors.Join(appendEvent("fails")(ctx, tx), mine)
		},
		func(ctx context.Context, tx contact.Tx) error {
			runs++
			return appendEvent(fmt.Sprint("b of run ", runs))(ctx, tx)
		},
		func(ctx context.Context, tx contact.Tx) error {
			return errors.Join(appendEvent("spoilt")(ctx, tx), spoil(ctx, tx))
		},
	)
	if got[0] != nil || !errors.Is(got[1], mine) || got[2] != nil || got[3] == nil {
		t.Fatalf("verdicts %v, want the second and the fourth to fail", got)
	}
	want := []string{"a", fmt.Sprint("b of run ", runs)}
	if heard := hear(t, stream, len(want)); !slices.Equal(heard, want) {
		t.Errorf("the follower heard %q, want %q", heard, want)
	}
}

// hear waits for so many events and gives their subjects.
func hear(t *testing.T, stream contact.Stream, count int) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // less than it takes to look at the heads
	defer cancel()
	var subjects []string
	for len(subjects) < count {
		d, err := stream.Next(ctx)
		must(t, err)
		if d.Kind != contact.DeliveredEvents {
			t.Fatalf("a delivery %+v, want events: they were announced", d)
		}
		for i := range d.Events {
			subjects = append(subjects, d.Events[i].Subject)
		}
	}
	return subjects
}

func TestAnEventIsAnnouncedWhenItIsAcknowledged(t *testing.T) {
	s := openTest(t)
	must(t, s.Update(t.Context(), testOrg, putContact))
	stream, err := s.Follow(t.Context(), testOrg, "contact_1", contact.TopicNotes, nil)
	must(t, err)
	defer stream.Close()
	for n := range 20 {
		subject := fmt.Sprint(n)
		must(t, s.Update(t.Context(), testOrg, appendEvent(subject)))
		if heard := hear(t, stream, 1); heard[0] != subject {
			t.Fatalf("the follower heard %q, want %q", heard, subject)
		}
	}
}

func TestWhatIsAnnouncedIsWhatReadersSeeAndOfItsOrganisation(t *testing.T) {
	s := openTest(t)
	must(t, s.Update(t.Context(), testOrg, putContact))
	must(t, s.Update(t.Context(), "other", func(ctx context.Context, tx contact.Tx) error {
		return tx.PutContact(ctx, "other", contact.Contact{ID: "contact_1", CreatedAt: testMoment(), UpdatedAt: testMoment(), Version: 1}, contact.ContactIndex{})
	}))
	var announced []appended
	must(t, s.Update(t.Context(), testOrg, func(ctx context.Context, in contact.Tx) error {
		for _, org := range []contact.OrgID{testOrg, "other", testOrg} {
			if _, err := in.Append(ctx, org, contact.Event{
				Contact: "contact_1", Topic: contact.TopicNotes, Epoch: 4711, Seq: 4712, Type: contact.NoteAdded, Subject: "note_1", Version: 3,
				Actor: contact.Agent{ID: "agent_1", Name: "Agatha"}, At: testMoment().Add(1234567 * time.Nanosecond), ClientMutationID: "key",
			}); err != nil {
				return err
			}
		}
		announced = in.(*tx).appended
		return nil
	}))
	got := map[contact.OrgID][]contact.Event{}
	for _, a := range announced {
		got[a.org] = append(got[a.org], a.events...)
	}
	for _, org := range []contact.OrgID{testOrg, "other"} {
		want, err := s.Events(t.Context(), org, "contact_1", contact.TopicNotes, 0, 100)
		must(t, err)
		if !slices.Equal(got[org], want) {
			t.Errorf("announced in %s: %+v, want %+v", org, got[org], want)
		}
	}
}

func TestCloseEndsStreamsBeforeItWaitsForARunningTransaction(t *testing.T) {
	s := openTest(t)
	must(t, s.Update(t.Context(), testOrg, putContact))
	stream, err := s.Follow(t.Context(), testOrg, "contact_1", contact.TopicNotes, nil)
	must(t, err)
	release := occupy(t, s)
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := stream.Next(ctx); contact.CodeOf(err) != contact.Unavailable {
		t.Errorf("Next = %v, want DB_UNAVAILABLE", err)
	}
	release()
	must(t, <-closed)
}

func TestHeadsAreThoseOfTheKeysThatExist(t *testing.T) {
	s := openTest(t)
	must(t, s.Update(t.Context(), testOrg, putContact))
	must(t, s.Update(t.Context(), testOrg, appendEvent("a")))
	found, err := s.Contacts(t.Context(), testOrg, []contact.ID{"contact_1"})
	must(t, err)
	notes := feed.Key{Org: testOrg, Contact: "contact_1", Topic: contact.TopicNotes}
	changes := feed.Key{Org: testOrg, Contact: "contact_1", Topic: contact.TopicContact}
	heads, err := followed{s}.Heads(t.Context(), []feed.Key{
		{Org: "other", Contact: "contact_1", Topic: contact.TopicNotes}, changes, {Org: testOrg, Contact: "contact_2", Topic: contact.TopicNotes}, notes,
	})
	must(t, err)
	if len(heads) != 2 || heads[notes] != found[0].NotesHead || heads[changes] != found[0].EventsHead || heads[notes].Seq != 1 {
		t.Errorf("heads %v, want %v and %v", heads, found[0].NotesHead, found[0].EventsHead)
	}
}
