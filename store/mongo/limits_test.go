package mongo_test

import (
	"context"
	"errors"
	"math"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/store/mongo"
	"contactpanel/store/mongo/mongotest"
)

func TestThousandSlowReadsAreRefusedSoonAndLeaveRoomForAWrite(t *testing.T) {
	const readers = 1000
	r := newRig(t)
	s, seen := openSeen(t, r.uri, false)
	makeContacts(t, s, 1)
	before := seen.count(named("find"))
	r.FailCommand(t, mongotest.Fault{Commands: []string{"find"}, App: mainApp, How: mongotest.Blocks(10 * time.Second)})
	var reads sync.WaitGroup
	var refused, unanswered atomic.Int64
	for range readers {
		reads.Go(func() {
			begun := time.Now()
			switch err := reading(t.Context(), s); contact.CodeOf(err) {
			case contact.Overloaded:
				refused.Add(1)
				took(t, begun, 0, time.Second+slack)
			case contact.Unavailable:
				unanswered.Add(1)
			default:
				t.Errorf("a read = %v", err)
			}
		})
	}
	seen.waitFor(t, "all places are taken", before+mongo.MaxReads, named("find"))
	must(t, appendEvent(t.Context(), s))
	if n := unanswered.Load(); n > 0 {
		t.Errorf("the write waited for %d reads", n)
	}
	reads.Wait()
	if refused.Load() < readers-2*mongo.MaxReads || unanswered.Load() < mongo.MaxReads {
		t.Errorf("%d reads were refused, and %d were not answered in time", refused.Load(), unanswered.Load())
	}
	r.Heal(t)
	must(t, reading(t.Context(), s))
}

// grown is a contact with values of so many bytes in all.
func grown(size int) contact.Contact {
	c := contact.Contact{ID: contactID(0), Name: "Carla", CreatedAt: noon(), UpdatedAt: noon(), Version: 2}
	const each = 1 << 20
	values := contact.AttributeRecord{Key: "hobbies", Type: contact.TypeText, Origin: contact.OriginImport, SetBy: agent(), SetAt: noon(), Version: 1}
	for size > 0 {
		values.Values = append(values.Values, contact.StoredValue{Value: strings.Repeat("x", min(each, size))})
		size -= each
	}
	c.Attributes = []contact.AttributeRecord{values}
	return c
}

func TestContactThatIsLargerThanADocumentIsRefusedAndChangesNothing(t *testing.T) {
	s, seen := openSeen(t, mongotest.Database(t), false)
	makeContacts(t, s, 1)
	commits := seen.count(named("commitTransaction"))
	err := s.Update(t.Context(), org, func(ctx context.Context, tx contact.Tx) error {
		must(t, putNote(ctx, tx, contactID(0), "key"))
		return tx.PutContact(ctx, org, grown(17<<20), contact.ContactIndex{Sort: "carla"})
	})
	wantCode(t, err, contact.LimitReached)
	var refused *contact.Error
	if !errors.As(err, &refused) || refused.Unit != contact.Bytes || refused.Got < 17<<20 || refused.Max >= 16<<20 {
		t.Errorf("the refusal is %+v, want the bytes that there are and may be", refused)
	}
	if n := seen.count(named("commitTransaction")); n != commits {
		t.Error("a commit was sent")
	}
	wantNotes(t, s, contactID(0))
	must(t, s.Update(t.Context(), org, func(ctx context.Context, tx contact.Tx) error {
		return tx.PutContact(ctx, org, grown(15<<20), contact.ContactIndex{Sort: "carla"})
	}))
	found, err := s.Contacts(t.Context(), org, []contact.ID{contactID(0)})
	must(t, err)
	if !reflect.DeepEqual(found[0].Attributes, grown(15<<20).Attributes) {
		t.Error("a contact just below the limit came back as another")
	}
}

func TestValuesThatBSONCouldChangeComeBackAsTheyWere(t *testing.T) {
	s, _ := openSeen(t, mongotest.Database(t), false)
	makeContacts(t, s, 1)
	for _, text := range []string{"$set", "a.b", "$where", "a\x00b", "\x00", "", "__proto__", "\uFFFD", strings.Repeat("\U0010FFFF", 100)} {
		c := contact.Contact{
			ID: contactID(0), Name: text, Profiles: []contact.Profile{}, CreatedAt: noon().Add(999_999), UpdatedAt: time.Time{}.UTC(), Version: math.MaxInt64,
			Attributes: []contact.AttributeRecord{
				{Key: text, Type: contact.TypeText, Values: nil, SetAt: noon(), Version: math.MaxInt32 + 1},
				{Key: "empty", Type: contact.TypeText, Values: []contact.StoredValue{}, SetAt: noon(), Version: 1},
				{Key: "text", Type: contact.TypeText, Values: []contact.StoredValue{{Value: text, Extra: text}}, SetAt: noon(), Version: 1},
			},
		}
		must(t, s.Update(t.Context(), org, func(ctx context.Context, tx contact.Tx) error {
			return tx.PutContact(ctx, org, c, contact.ContactIndex{Sort: "x", Search: []string{text}, Number: text})
		}))
		found, err := s.Contacts(t.Context(), org, []contact.ID{c.ID})
		must(t, err)
		got := found[0]
		c.CreatedAt, c.NotesHead, c.EventsHead = noon(), got.NotesHead, got.EventsHead // finer than a millisecond is cut off
		if !reflect.DeepEqual(got, c) {
			t.Errorf("with %q:\ngot  %+v\nwant %+v", text, got, c)
		}
	}
}

func TestSearchForWhatPatternsCannotHoldFindsNothingElse(t *testing.T) {
	s, _ := openSeen(t, mongotest.Database(t), false)
	makeContacts(t, s, 1)
	for _, form := range []string{"a\x00b", "carla\x00", "c.rla", "^c", ".*", "[c]arla", `\Qcarla\E`, "(?i)CARLA", "carl\\", "\xff"} {
		found, err := s.SearchContacts(t.Context(), org, contact.ContactQuery{Terms: [][]string{{form}}, By: contact.ByName, Span: contact.Span{Limit: 10}})
		if err == nil && len(found.Items) > 0 {
			t.Errorf("a search for %q found %d contacts", form, len(found.Items))
		}
	}
	found, err := s.SearchContacts(t.Context(), org, contact.ContactQuery{Terms: [][]string{{"car"}}, By: contact.ByName, Span: contact.Span{Limit: 10}})
	must(t, err)
	if len(found.Items) != 1 {
		t.Errorf("a search found %d contacts, want 1", len(found.Items))
	}
}
