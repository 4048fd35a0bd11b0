package contact_test

import (
	"strings"
	"testing"
	"time"

	"contactpanel/contact"
)

func TestAnyAgentPromotesAndTwoPressesBothSucceed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Vip")
	if s := w.VIPStatus(of); s != (contact.VIPStatus{}) {
		t.Errorf("a new contact is %+v", s)
	}
	first, err := w.PromoteToVIP(w.as(anna), contact.PromoteInput{Contact: of.ID, Reason: " loyal\r\nsince 2001 "})
	w.must("PromoteToVIP", err)
	s := w.VIPStatus(first)
	if !s.IsVIP || *s.By != anna.Agent || !s.Since.Equal(noon) || *s.Reason != "loyal\nsince 2001" || s.ExpiresAt != nil {
		t.Errorf("after a promotion: %+v", s)
	}
	w.clock.advance(time.Hour)
	second, err := w.PromoteToVIP(w.as(ben), contact.PromoteInput{Contact: of.ID})
	w.must("PromoteToVIP again", err)
	w.same("after a second promotion that says nothing", second, first)

	third, err := w.PromoteToVIP(w.as(ben), contact.PromoteInput{Contact: of.ID, Reason: "press", ExpiresAt: new(noon.Add(3 * time.Hour))})
	w.must("PromoteToVIP with more", err)
	s = w.VIPStatus(third)
	if !s.IsVIP || *s.By != anna.Agent || !s.Since.Equal(noon) || *s.Reason != "press" || !s.ExpiresAt.Equal(noon.Add(3*time.Hour)) || third.Version != first.Version+1 {
		t.Errorf("after a promotion that says more: %+v, version %d", s, third.Version)
	}
}

func TestAPromotionExpiresToTheMillisecond(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Vip")
	end := noon.Add(time.Hour)
	_, err := w.PromoteToVIP(w.as(anna), contact.PromoteInput{Contact: of.ID, ExpiresAt: new(end.Add(999 * time.Microsecond)), Reason: "fair"})
	w.must("PromoteToVIP", err)
	w.clock.set(end.Add(-time.Millisecond))
	if s := w.VIPStatus(w.contact(of.ID)); !s.IsVIP || !s.ExpiresAt.Equal(end) {
		t.Errorf("a millisecond before: %+v", s)
	}
	w.clock.set(end)
	now := w.contact(of.ID)
	if s := w.VIPStatus(now); s.IsVIP || s.By != nil || !s.Since.Equal(end) || *s.Reason != "fair" {
		t.Errorf("at the end: %+v", s)
	}
	gone, err := w.RemoveVIP(w.as(ben), of.ID, "over", "")
	w.must("RemoveVIP", err)
	w.same("removing what has expired", gone, now)
	again, err := w.PromoteToVIP(w.as(ben), contact.PromoteInput{Contact: of.ID})
	w.must("PromoteToVIP", err)
	if s := w.VIPStatus(again); !s.IsVIP || *s.By != ben.Agent || !s.Since.Equal(end) || s.ExpiresAt != nil || s.Reason != nil {
		t.Errorf("a new promotion after the end: %+v", s)
	}
}

func TestARemovalSaysWhoWhenAndWhy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Vip")
	same, err := w.RemoveVIP(w.as(ben), of.ID, "why", "")
	w.must("RemoveVIP of one that is none", err)
	w.same("the contact", same, w.contact(of.ID))
	_, err = w.PromoteToVIP(w.as(anna), contact.PromoteInput{Contact: of.ID, Reason: "loyal", ExpiresAt: new(noon.Add(time.Hour))})
	w.must("PromoteToVIP", err)
	w.clock.advance(time.Minute)
	got, err := w.RemoveVIP(w.as(ben), of.ID, "left", "")
	w.must("RemoveVIP", err)
	if s := w.VIPStatus(got); s.IsVIP || *s.By != ben.Agent || !s.Since.Equal(noon.Add(time.Minute)) || *s.Reason != "left" || s.ExpiresAt != nil {
		t.Errorf("after a removal: %+v", s)
	}
	w.clock.advance(time.Minute)
	twice, err := w.RemoveVIP(w.as(anna), of.ID, "again", "")
	w.must("RemoveVIP twice", err)
	w.same("the second removal", twice, got)
}

func TestAPromotionThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	of := w.person("Vip")
	tests := []struct {
		name  string
		in    contact.PromoteInput
		code  contact.Code
		field string
	}{
		{"an end that is now", contact.PromoteInput{ExpiresAt: &noon}, contact.InvalidValue, "expiresAt"},
		{"an end within this millisecond", contact.PromoteInput{ExpiresAt: new(noon.Add(time.Microsecond))}, contact.InvalidValue, "expiresAt"},
		{"an end in the past", contact.PromoteInput{ExpiresAt: new(noon.Add(-time.Hour))}, contact.InvalidValue, "expiresAt"},
		{"an end after the end of time", contact.PromoteInput{ExpiresAt: new(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))}, contact.InvalidValue, "expiresAt"},
		{"a reason of 501", contact.PromoteInput{Reason: strings.Repeat("é", 501)}, contact.TooLong, "reason"},
		{"a reason with an escape", contact.PromoteInput{Reason: "\x1b[2J"}, contact.InvalidValue, "reason"},
		{"a reason of nothing visible", contact.PromoteInput{Reason: "\u200b"}, contact.InvalidValue, "reason"},
	}
	for _, tt := range tests {
		tt.in.Contact = of.ID
		_, err := w.PromoteToVIP(w.as(anna), tt.in)
		w.refused(tt.name, err, tt.code, tt.field)
		if tt.field == "reason" {
			_, err = w.RemoveVIP(w.as(anna), of.ID, tt.in.Reason, "")
			w.refused(tt.name+" of a removal", err, tt.code, tt.field)
		}
	}
	_, err := w.PromoteToVIP(w.as(anna), contact.PromoteInput{Contact: of.ID, Reason: strings.Repeat("😀", 500)})
	w.must("PromoteToVIP for 500 code points", err)
}
