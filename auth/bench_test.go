package auth_test

import (
	"testing"
	"time"

	"contactpanel/contact"
)

// BenchmarkActor measures what identity costs a request: with the token remembered, with its signature checked each time,
// and for a forged token, which is what an anonymous sender can make the gateway do.
func BenchmarkActor(b *testing.B) {
	issuer, _ := development(b)
	token, err := issuer.Issue(anna(), noon)
	if err != nil {
		b.Fatal(err)
	}
	header := "Bearer " + token
	b.Run("remembered", func(b *testing.B) {
		guard := issuer.Guard(at(noon))
		b.ReportAllocs()
		for b.Loop() {
			accepted(b, guard, header)
		}
	})
	b.Run("remembered, all cores", func(b *testing.B) {
		guard := issuer.Guard(at(noon))
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := guard.Actor(b.Context(), header); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("checked each time", func(b *testing.B) {
		// A clock that goes to and fro by an hour makes every memory too old or of the future.
		var late bool
		guard := issuer.Guard(func() time.Time {
			if late = !late; late {
				return noon.Add(time.Hour)
			}
			return noon
		})
		b.ReportAllocs()
		for b.Loop() {
			accepted(b, guard, header)
		}
	})
	b.Run("forged", func(b *testing.B) {
		other, _ := development(b)
		guard := other.Guard(at(noon))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := guard.Actor(b.Context(), header); contact.CodeOf(err) != contact.Unauthenticated {
				b.Fatalf("Actor = %v, want it refused", err)
			}
		}
	})
}

func BenchmarkIssue(b *testing.B) {
	issuer, _ := development(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := issuer.Issue(anna(), noon); err != nil {
			b.Fatal(err)
		}
	}
}
