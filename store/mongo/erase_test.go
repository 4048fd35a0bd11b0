package mongo_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"contactpanel/contact"
	"contactpanel/fold"
	"contactpanel/idn"
	"contactpanel/language"
	"contactpanel/phone"
	"contactpanel/store/mongo"
	"contactpanel/store/mongo/mongotest"
	"contactpanel/store/storetest"
)

// foundIn gives the texts that stand in any document of any collection, in any case of letters.
func foundIn(t *testing.T, uri string, texts []string) []string {
	t.Helper()
	db := data(connect(t, uri), uri)
	names, err := db.ListCollectionNames(t.Context(), bson.D{})
	must(t, err)
	var out []string
	for _, name := range names {
		cursor, err := db.Collection(name).Find(t.Context(), bson.D{})
		must(t, err)
		for cursor.Next(t.Context()) {
			seen := readable(t, cursor.Current)
			for _, text := range texts {
				if !slices.Contains(out, text) && bytes.Contains(seen, []byte(strings.ToLower(text))) {
					out = append(out, text)
				}
			}
		}
		must(t, cursor.Err())
		must(t, cursor.Close(t.Context()))
	}
	return out
}

// readable is a document as bytes, with the answers in it, which JSON would show in another alphabet.
func readable(t *testing.T, raw bson.Raw) []byte {
	t.Helper()
	text, err := bson.MarshalExtJSON(raw, false, false)
	must(t, err)
	return bytes.ToLower(append(text, raw...))
}

func TestErasedContactsAreInNoDocument(t *testing.T) {
	uri := mongotest.Database(t)
	storetest.RunErasure(t, storetest.Erasure{
		Open:  func(t *testing.T) contact.Store { t.Helper(); return open(t, uri) },
		Ports: contact.Deps{Phones: phone.Book{}, Languages: language.New(), Domains: idn.Domains{}, Letters: fold.Letters{}},
		Found: func(t *testing.T, texts []string) []string { t.Helper(); return foundIn(t, uri, texts) },
		Await: func(*testing.T, int) {},
	})
}

func erase(ctx context.Context, s *mongo.Store, of contact.ID) error {
	return s.Update(ctx, org, func(ctx context.Context, tx contact.Tx) error { return tx.EraseContact(ctx, org, of) })
}

func TestFollowersAtOtherGatewaysHearThatAContactIsErased(t *testing.T) {
	uri := mongotest.Database(t)
	here, there := open(t, uri), open(t, uri)
	makeContacts(t, here, 2)
	_, err := addNote(t.Context(), here, contactID(0), "key")
	must(t, err)
	var streams []contact.Stream
	for _, topic := range []contact.Topic{contact.TopicNotes, contact.TopicContact} {
		s, err := there.Follow(t.Context(), org, contactID(0), topic, nil)
		must(t, err)
		t.Cleanup(s.Close)
		streams = append(streams, s)
	}
	must(t, erase(t.Context(), here, contactID(0)))
	ctx, cancel := context.WithTimeout(t.Context(), patience/2) // sooner than heads are looked at
	defer cancel()
	for _, s := range streams {
		_, err := s.Next(ctx)
		wantCode(t, err, contact.NotFound)
		if !s.IsGone() {
			t.Error("the contact is not known to be gone")
		}
	}
	_, err = there.Follow(t.Context(), org, contactID(0), contact.TopicNotes, &contact.Head{Seq: 1})
	wantCode(t, err, contact.NotFound)
	_, err = addNote(t.Context(), there, contactID(0), "key 2")
	wantCode(t, err, contact.NotFound)
}

// TestRememberedWritesOfEarlierVersionsAreErasedToo writes rows that do not say of which contact their answer tells, more than come
// at a time.
func TestRememberedWritesOfEarlierVersionsAreErasedToo(t *testing.T) {
	const rows, every = 1201, 300
	key := func(n int) string { return fmt.Sprintf("key %04d", n) }
	uri := mongotest.Database(t)
	s := open(t, uri)
	makeContacts(t, s, 2)
	must(t, s.Update(t.Context(), org, func(ctx context.Context, tx contact.Tx) error {
		for n := range rows {
			a := contact.Applied{Agent: agent().ID, Key: key(n), Hash: "h", Result: []byte(`{"Contact":"` + string(contactID(min(n%every, 1))) + `"}`), At: noon()}
			if err := tx.PutApplied(ctx, org, a); err != nil {
				return err
			}
		}
		return nil
	}))
	_, err := data(connect(t, uri), uri).Collection("applied").UpdateMany(t.Context(), bson.D{}, bson.D{{Key: "$unset", Value: bson.D{{Key: "about", Value: ""}, {Key: "contact", Value: ""}}}})
	must(t, err)
	var shown, want []string
	for n := 0; n < rows; n += every {
		want = append(want, key(n))
	}
	must(t, s.WalkContact(t.Context(), org, contactID(0), func(row contact.ContactRow) error {
		if row.Applied != nil {
			shown = append(shown, row.Applied.Key)
		}
		return nil
	}))
	if !slices.Equal(shown, want) {
		t.Errorf("of the contact are remembered %q", shown)
	}
	must(t, erase(t.Context(), s, contactID(0)))
	left := 0
	must(t, s.Walk(t.Context(), org, func(row contact.ArchiveRow) error {
		if row.Applied == nil {
			return nil
		}
		left++
		if slices.Contains(want, row.Applied.Key) {
			t.Errorf("the write %q is remembered still", row.Applied.Key)
		}
		return nil
	}))
	if left != rows-len(want) {
		t.Errorf("%d writes are remembered, want the %d of another contact", left, rows-len(want))
	}
}
