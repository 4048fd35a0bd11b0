package mongo_test

import (
	"bytes"
	"context"
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

// TestRememberedWritesOfEarlierVersionsAreErasedToo writes rows that do not say of which contact their answer tells.
func TestRememberedWritesOfEarlierVersionsAreErasedToo(t *testing.T) {
	uri := mongotest.Database(t)
	s := open(t, uri)
	makeContacts(t, s, 2)
	must(t, s.Update(t.Context(), org, func(ctx context.Context, tx contact.Tx) error {
		for key, of := range map[string]contact.ID{"of the erased": contactID(0), "of another": contactID(1)} {
			a := contact.Applied{Agent: agent().ID, Key: key, Hash: "h", Result: []byte(`{"Contact":"` + string(of) + `"}`), At: noon()}
			if err := tx.PutApplied(ctx, org, a); err != nil {
				return err
			}
		}
		return nil
	}))
	_, err := data(connect(t, uri), uri).Collection("applied").UpdateMany(t.Context(), bson.D{}, bson.D{{Key: "$unset", Value: bson.D{{Key: "about", Value: ""}, {Key: "contact", Value: ""}}}})
	must(t, err)
	var shown []string
	must(t, s.WalkContact(t.Context(), org, contactID(0), func(row contact.ContactRow) error {
		if row.Applied != nil {
			shown = append(shown, row.Applied.Key)
		}
		return nil
	}))
	if !slices.Equal(shown, []string{"of the erased"}) {
		t.Errorf("of the contact are remembered %q", shown)
	}
	must(t, erase(t.Context(), s, contactID(0)))
	for key, want := range map[string]bool{"of the erased": false, "of another": true} {
		got, err := s.Applied(t.Context(), org, agent().ID, key)
		must(t, err)
		if (got != nil) != want {
			t.Errorf("the write %q is %+v", key, got)
		}
	}
}
