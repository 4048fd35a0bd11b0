package contact_test

import (
	"fmt"
	"testing"

	"contactpanel/contact"
)

// BenchmarkGroupsOf is what a panel pays for the groups of one contact in an organisation with fifty of three conditions each.
func BenchmarkGroupsOf(b *testing.B) {
	w := newWorld(b)
	w.define(contact.DefinitionInput{Key: "city", ValueType: contact.TypeLocation})
	w.define(contact.DefinitionInput{Key: "orders", ValueType: contact.TypeNumber})
	of := w.upsert(contact.UpsertInput{
		Name: "Zoe", Profiles: profiles("X:zoe", "INSTAGRAM:zoe", "WHATSAPP:493023125000"), VIP: new(true), Attributes: []contact.AttributeInput{
			emails("Zoe@Bücher.example", "zoe@example.org"), phones("+49 30 23125000"), attr("biography", text("Reads Much, Writes More")),
			attr("city", place("Düsseldorf")), attr("orders", number(17)), attr("language", tongue("de-AT")), attr("website", address("https://Zoe.example/")),
		},
	}).Contact
	tests := []contact.ConditionInput{
		when("biography", contact.OpContains, text("WRITES more")), when("orders", contact.OpAtLeast, number(10)),
		network(contact.OpAnyOf, contact.X, contact.Telegram), when("city", contact.OpEquals, place("düsseldorf")), isVIP(true),
		when("email", contact.OpContains, text("@bücher.example")), when("language", contact.OpEquals, tongue("de")),
		when("phone", contact.OpContains, text("+49 30")), when("website", contact.OpAnyOf, address("https://zoe.example/"), address("https://b.example")),
		validation(contact.OpEquals, contact.NotConfigured),
	}
	for i := range 50 {
		match := []contact.GroupMatch{contact.MatchAll, contact.MatchAny}[i%2]
		n := len(tests)
		w.group(fmt.Sprint("group_", i), match, tests[i%n], tests[(i+1)%n], tests[(i+3)%n])
	}
	of, ctx := w.contact(of.ID), w.as(anna)
	b.ReportAllocs()
	for b.Loop() {
		if in, err := w.GroupsOf(ctx, of); err != nil || len(in) != 50 {
			b.Fatalf("GroupsOf = %d groups, %v, want all 50", len(in), err)
		}
	}
}
