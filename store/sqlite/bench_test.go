package sqlite_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"contactpanel/contact"
	"contactpanel/store/sqlite"
)

func openBench(b *testing.B, contacts int) *sqlite.Store {
	b.Helper()
	s := open(b, filepath.Join(b.TempDir(), "store.db"))
	must(b, makeContacts(b.Context(), s, 0))
	fill(b, s, contacts)
	return s
}

// BenchmarkAddNote is one writer that waits for each commit.
func BenchmarkAddNote(b *testing.B) {
	s := openBench(b, 100)
	for b.Loop() {
		_, err := addNote(b.Context(), s, contactID(1))
		must(b, err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
}

// BenchmarkAddNoteTogether is 64 writers, whose changes share syncs of the disk.
func BenchmarkAddNoteTogether(b *testing.B) {
	s := openBench(b, 100)
	var next atomic.Int64
	b.SetParallelism(32) // times GOMAXPROCS, 2 on the machine of the figures
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := addNote(b.Context(), s, contactID(int(next.Add(1)%100))); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
}

// BenchmarkPanel is what one panel reads of a contact: the contact with its heads, then a page of its notes.
func BenchmarkPanel(b *testing.B) {
	s := openBench(b, 100)
	for range 200 {
		_, err := addNote(b.Context(), s, contactID(1))
		must(b, err)
	}
	for b.Loop() {
		_, err := s.Contacts(b.Context(), org, []contact.ID{contactID(1)})
		must(b, err)
		_, err = s.Notes(b.Context(), org, contact.NoteQuery{Contact: contactID(1), Span: contact.Span{Limit: 20}})
		must(b, err)
	}
}

// BenchmarkSearch searches among a hundred thousand contacts.
func BenchmarkSearch(b *testing.B) {
	s := openBench(b, 100_000)
	isVIP := true
	deep := contact.Span{Limit: 20}
	for range 50 {
		found, err := s.SearchContacts(b.Context(), org, contact.ContactQuery{By: contact.ByCreatedAt, Span: contact.Span{After: deep.After, Limit: 100}})
		must(b, err)
		last := found.Items[len(found.Items)-1]
		deep.After = &contact.Position{Number: last.CreatedAt.UnixMilli(), ID: last.ID}
	}
	page := contact.Span{Limit: 20}
	for _, bm := range []struct {
		name string
		q    contact.ContactQuery
	}{
		{"nothing", contact.ContactQuery{Span: page}},
		{"one letter", contact.ContactQuery{Terms: [][]string{{"m"}}, Span: page}},
		{"one letter by update descending", contact.ContactQuery{Terms: [][]string{{"m"}}, By: contact.ByUpdatedAt, Descending: true, Span: page}},
		{"two forms", contact.ContactQuery{Terms: [][]string{{"mu", "mue"}}, Span: page}},
		{"email", contact.ContactQuery{Terms: [][]string{{"anna.muller.77777@example.com"}}, Span: page}},
		{"phone", contact.ContactQuery{Terms: [][]string{{"4930077777"}}, Span: page}},
		{"two words", contact.ContactQuery{Terms: [][]string{{"anna"}, {"muller"}}, Span: page}},
		{"word and letter", contact.ContactQuery{Terms: [][]string{{"anna"}, {"m"}}, Span: page}},
		{"the far end", contact.ContactQuery{Terms: [][]string{{"zim"}}, Span: page}},
		{"nobody", contact.ContactQuery{Terms: [][]string{{"qqq"}}, Span: page}},
		{"deep page", contact.ContactQuery{By: contact.ByCreatedAt, Span: deep}},
		{"VIPs", contact.ContactQuery{IsVIP: &isVIP, Now: noon(), Span: page}},
		{"network", contact.ContactQuery{Networks: []contact.Network{contact.Telegram}, Span: page}},
		{"one letter with total", contact.ContactQuery{Terms: [][]string{{"m"}}, Span: contact.Span{Limit: 20, WantTotal: true}}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			for b.Loop() {
				_, err := s.SearchContacts(b.Context(), org, bm.q)
				must(b, err)
			}
		})
	}
	b.Run("contact by id", func(b *testing.B) {
		for b.Loop() {
			_, err := s.Contacts(b.Context(), org, []contact.ID{contactID(77_777)})
			must(b, err)
		}
	})
}

// fill makes contacts from a fixed seed, as like real ones as searching can tell.
func fill(tb testing.TB, s *sqlite.Store, count int) {
	tb.Helper()
	for from := 0; from < count; from += 1000 {
		must(tb, s.Update(tb.Context(), org, func(ctx context.Context, tx contact.Tx) error {
			for n := from; n < min(from+1000, count); n++ {
				c, index := sampleContact(n)
				if err := tx.PutContact(ctx, org, c, index); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

// name makes the nth of many names; the first is the one given.
func name(first string, n int) string {
	if n == 0 {
		return first
	}
	syllables := []string{"ba", "der", "fi", "gar", "hei", "jo", "kla", "lin", "mar", "ne", "ot", "pet", "ra", "scho", "tim", "ul", "vo", "wag", "ya", "zim"}
	return syllables[n%20] + syllables[n/20%20] + syllables[n/400%20]
}

// sampleContact makes the nth contact: some names are frequent and most are rare.
func sampleContact(n int) (contact.Contact, contact.ContactIndex) {
	networks := contact.Networks()
	r := rand.New(rand.NewPCG(1, uint64(n)))
	skewed := func(n int) int { return int(r.Float64() * r.Float64() * float64(n)) }
	given, family := name("anna", skewed(300)), name("muller", skewed(3000))
	if n == 77_777 {
		given, family = "anna", "muller"
	}
	handle := fmt.Sprintf("%s%s%d", given, family, n)
	email, phone := fmt.Sprintf("%s.%s.%d@example.com", given, family, n), fmt.Sprintf("49300%05d", n)
	network := networks[r.IntN(len(networks))]
	if network == contact.Telegram && n%50 != 0 {
		network = contact.X
	}
	c := contact.Contact{
		ID: contactID(n), Name: given + " " + family, Version: 1,
		Profiles:   []contact.Profile{{ID: contact.ID(fmt.Sprintf("profile_%d", n)), Network: network, Handle: handle, DisplayName: given}},
		Attributes: contact.SampleAttributes(noon()),
		CreatedAt:  noon().Add(time.Duration(r.IntN(1e9)) * time.Millisecond), UpdatedAt: noon().Add(time.Duration(r.IntN(1e9)) * time.Millisecond),
		VIP: contact.VIP{IsVIP: n%500 == 0},
	}
	return c, contact.ContactIndex{
		Sort:   given + " " + family,
		Search: []string{given, family, handle, email, "example.com", fmt.Sprint(n), phone, "0" + phone[2:], phone[2:]},
		Lookup: []contact.LookupKey{
			{Kind: contact.LookupProfile, Value: string(network) + ":" + handle},
			{Kind: contact.LookupEmail, Value: email}, {Kind: contact.LookupPhone, Value: "+" + phone},
		},
	}
}
