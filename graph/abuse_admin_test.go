package graph_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"contactpanel/auth"
)

// An agent and an integration learn nothing by what is for administrators: not even whether there is a thing with the id.
func TestD10WhatIsForAdministratorsTellsOthersNothing(t *testing.T) {
	l := newLive(t)
	export := l.exports(t)
	for _, who := range []auth.TokenRequest{ada, feed} {
		c := l.socket(t, who)
		for field, query := range map[string]string{
			"eraseContact": `mutation { eraseContact(input: { contactId: "ID" }) { contactId problems { code } } }`, "deactivateAgent": `mutation { deactivateAgent(input: { agentId: "ID" }) { deactivatedAgent { agentId } problems { code } } }`,
			"reactivateAgent": `mutation { reactivateAgent(input: { agentId: "ID" }) { agentId problems { code } } }`, "auditEntries": `{ auditEntries(filter: { contactId: "ID" }) { totalCount } }`,
			"auditEntries of an agent": `{ auditEntries(filter: { agentId: "ID" }) { totalCount } }`, "deactivatedAgents": `{ deactivatedAgents { totalCount } }`,
			"archiveAttributeDefinition": `mutation { archiveAttributeDefinition(input: { key: "ID", expectedVersion: 1 }) { definition { id } problems { code } } }`,
			"updateAttributeSection":     `mutation { updateAttributeSection(input: { key: "ID", expectedVersion: 1 }) { section { id } problems { code } } }`,
			"updateContactGroup":         `mutation { updateContactGroup(input: { groupId: "ID", expectedVersion: 1 }) { group { id } problems { code } } }`,
			"deleteContactGroup":         `mutation { deleteContactGroup(input: { groupId: "ID", expectedVersion: 1 }) { groupId problems { code } } }`,
			"createContactGroup": `mutation { createContactGroup(input: { key: "ID", labels: [{ locale: "en", text: "x" }], conditions: [{ attribute: { key: "ID", operator: IS_SET } }] }) {
				group { id } problems { code } } }`,
		} {
			first := ""
			for _, id := range []string{"contact_nobody", emptyContact, foreign, "Ada Agent", "Adam Admin", "biography", "about", "full_group", fullGroup} {
				filled := strings.ReplaceAll(query, `"ID"`, `"`+id+`"`)
				got := l.ask(t, who, filled, nil)
				if first == "" {
					first = string(got.body)
				}
				if got.codes(t) != "FORBIDDEN" || string(got.body) != first {
					t.Errorf("D10, %s of %q as %s: %s, of a thing that is not there %s", field, id, who.Role, got.body, first)
				}
				c.say(asks(t, "a", filled, nil))
				if message := c.hear(); payloadOf(t, message).codes(t) != "FORBIDDEN" {
					t.Errorf("D10, %s of %q as %s by socket: %s", field, id, who.Role, message)
				}
				c.hears(completes("a"))
			}
		}
		var answers []string
		for _, id := range []string{"contact_nobody", emptyContact, foreign} {
			got, err := l.fetch(t, http.MethodGet, export(id), &who)
			if err != nil {
				t.Fatal(err)
			}
			answers = append(answers, fmt.Sprint(got.status, got.codes(t), string(got.body)))
		}
		if answers[0] != answers[1] || answers[0] != answers[2] || !strings.HasPrefix(answers[0], "403FORBIDDEN") {
			t.Errorf("D10, exports as %s: %q", who.Role, answers)
		}
	}
	l.do(t, adam, `{ contact(id: "contact_empty") { id } }`, nil)
	l.do(t, ada, `{ viewer { id } }`, nil)
}

func TestD10AdministratorOfAnotherOrganisationReachesNothingByID(t *testing.T) {
	l := newLive(t)
	deactivated := func(who auth.TokenRequest) string {
		return string(l.do(t, who, `{ deactivatedAgents { totalCount nodes { agentId by { id } } } }`, nil).body)
	}
	const none = `{"data":{"deactivatedAgents":{"totalCount":0,"nodes":[]}}}`
	admin := stranger
	c := l.socket(t, ada)
	l.follows(c, ada, "n", emptyContact)
	l.do(t, ada, `mutation { promoteToVip(input: { contactId: "contact_empty" }) { problems { code } } }`, nil)
	ours := l.inStore(t, acme)
	for _, tt := range []struct{ query, want string }{
		{`mutation { eraseContact(input: { contactId: "contact_empty" }) { contactId problems { code field } } }`, `{"data":{"eraseContact":{"contactId":null,"problems":[{"code":"NOT_FOUND","field":"contactId"}]}}}`},
		{`{ auditEntries(filter: { contactId: "contact_empty" }) { totalCount nodes { id } } }`, `{"data":{"auditEntries":{"totalCount":0,"nodes":[]}}}`},
		{`{ auditEntries(filter: { agentId: "Ada Agent" }) { totalCount nodes { id } } }`, `{"data":{"auditEntries":{"totalCount":0,"nodes":[]}}}`},
		{`{ auditEntries(filter: { contactId: "contact_empty", agentId: "Ada Agent", kinds: [VIP_CHANGED], isRefused: false }) { totalCount nodes { id } } }`, `{"data":{"auditEntries":{"totalCount":0,"nodes":[]}}}`},
		{`mutation { deactivateAgent(input: { agentId: "Ada Agent" }) { deactivatedAgent { agentId by { id } } problems { code } } }`,
			`{"data":{"deactivateAgent":{"deactivatedAgent":{"agentId":"Ada Agent","by":{"id":"Sten Stranger"}},"problems":[]}}}`},
		{`mutation { deactivateAgent(input: { agentId: "Adam Admin" }) { problems { code } } }`, `{"data":{"deactivateAgent":{"problems":[]}}}`},
	} {
		if got := l.ask(t, admin, tt.query, nil); string(got.body) != tt.want {
			t.Errorf("D10, %s: %s", tt.query, got.body)
		}
	}
	got, err := l.fetch(t, http.MethodGet, l.exports(t)(emptyContact), &admin)
	if err != nil || got.status != http.StatusNotFound || got.codes(t) != "NOT_FOUND contactId" {
		t.Errorf("D10, the export: status %d: %s, %v", got.status, got.body, err)
	}
	// Whoever is deactivated there is in here, on old connections and on new ones, and the other way round.
	l.isAsBefore(t, acme, ours)
	l.clock.advance(5 * time.Second) // what is known of them is asked for again
	l.addNotes(t, acme, emptyContact, 0, 1, "still here")
	c.hears(added("n", noteID(0), "still here"))
	c.answers()
	l.isIn(t, ada)
	if list := deactivated(adam); list != none {
		t.Errorf("D10, deactivated agents here: %s", list)
	}
	l.isOut(t, namesake)
	if list := deactivated(admin); !strings.Contains(list, `"totalCount":2`) {
		t.Errorf("D10, deactivated agents there: %s", list)
	}
	l.do(t, adam, `mutation { reactivateAgent(input: { agentId: "Ada Agent" }) { problems { code } } }`, nil)
	l.isOut(t, namesake)
}
