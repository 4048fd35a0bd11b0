package contact_test

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"contactpanel/contact"
)

func TestIDsAreDifferentAndSortAsTheyWereMade(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^note_[0-9a-hjkmnp-tv-z]{26}$`)
	made := make([]contact.ID, 20_000)
	for i := range made {
		made[i] = contact.RandomID(contact.PrefixNote)
		if !form.MatchString(string(made[i])) || made[i].Prefix() != contact.PrefixNote {
			t.Fatalf("RandomID() = %q", made[i])
		}
	}
	for i := 1; i < len(made); i++ {
		if made[i] <= made[i-1] && made[i][:17] != made[i-1][:17] { // within one nanosecond chance decides
			t.Fatalf("%q was made after %q", made[i], made[i-1])
		}
	}
	slices.Sort(made)
	if n := len(slices.Compact(made)); n != 20_000 {
		t.Errorf("20,000 ids hold %d different ones", n)
	}
}

func TestIDsOfManyMakersAreDifferent(t *testing.T) {
	t.Parallel()
	const makers, each = 8, 2000
	made := make([][]contact.ID, makers)
	var group sync.WaitGroup
	for i := range makers {
		group.Go(func() {
			for range each {
				made[i] = append(made[i], contact.RandomID("x"))
			}
		})
	}
	group.Wait()
	all := slices.Concat(made...)
	slices.Sort(all)
	if n := len(slices.Compact(all)); n != makers*each {
		t.Errorf("%d ids hold %d different ones", makers*each, n)
	}
}

func TestAnIDSaysWhatItIsTheIDOf(t *testing.T) {
	t.Parallel()
	for id, want := range map[contact.ID]string{
		"note_1": "note", "note_1_2": "note", "_1": "", "note_": "", "note": "", "": "", "contact_x.y": "contact",
		contact.ID("note_" + strings.Repeat("x", 123)): "note", contact.ID("note_" + strings.Repeat("x", 124)): "",
	} {
		if got := id.Prefix(); got != want {
			t.Errorf("the prefix of %q is %q, want %q", id, got, want)
		}
	}
	if got := contact.AttributeID("contact_abc", "customer_number"); got != "attribute_abc.customer_number" {
		t.Errorf("AttributeID() = %q", got)
	}
}
