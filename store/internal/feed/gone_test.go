package feed_test

import (
	"testing"
	"testing/synctest"

	"contactpanel/contact"
)

func TestAContactThatIsGoneEndsItsStreamsWhateverIsAtHandOrOnItsWay(t *testing.T) {
	inBubble(t, func(in bubble) {
		t, b, f := in.T, in.book, in.feed
		behind, reading := follow(t, f, key()), follow(t, f, key())
		f.Announce(key().Org, b.commit(key(), 3)...)
		wantSeqs(t, reading, 1, 3)
		b.gate.shut()
		b.commit(key(), 1)
		f.Lost() // a look that sees the contact, and says so when it is gone
		synctest.Wait()
		ended := make(chan error, 1)
		go func() {
			_, err := reading.Next(t.Context())
			ended <- err
		}()
		synctest.Wait()
		f.Gone(key().Org, key().Contact)
		for _, err := range []error{<-ended, nextError(t, behind)} {
			if contact.CodeOf(err) != contact.NotFound {
				t.Errorf("Next of a contact that is gone = %v", err)
			}
		}
		b.gate.open()
		synctest.Wait()
		if err := nextError(t, reading); contact.CodeOf(err) != contact.NotFound || !reading.IsGone() {
			t.Errorf("once an older look has ended Next = %v, and the contact is gone: %v", err, reading.IsGone())
		}
	})
}

func TestALookThatFindsNoContactWhereOneWasEndsItsStreams(t *testing.T) {
	inBubble(t, func(in bubble) {
		t, b, f := in.T, in.book, in.feed
		s := follow(t, f, key())
		f.Announce(key().Org, b.commit(key(), 3)...)
		b.erase(key())
		f.Lost()
		synctest.Wait()
		if err := nextError(t, s); contact.CodeOf(err) != contact.NotFound || !s.IsGone() {
			t.Errorf("Next = %v, and the contact is gone: %v", err, s.IsGone())
		}
	})
}

func nextError(t *testing.T, s contact.Stream) error {
	t.Helper()
	_, err := s.Next(t.Context())
	return err
}
