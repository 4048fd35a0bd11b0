package auth_test

import (
	"crypto"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"contactpanel/auth"
	"contactpanel/contact"
)

func TestT4AnIDTokenIsNoAccessToken(t *testing.T) {
	issuer, key := development(t)
	guard := issuer.Guard(at(noon))
	for _, tt := range []struct {
		name   string
		header object
		claims object
		good   bool
	}{
		{"nonce", object{}, object{"nonce": "n"}, false},
		{"an empty nonce", object{"typ": "JWT"}, object{"nonce": nil}, false},
		{"at_hash", object{"typ": "JWT"}, object{"at_hash": "h"}, false},
		{"c_hash", object{}, object{"c_hash": "h"}, false},
		{"Keycloak's ID token", object{"typ": "JWT"}, object{"typ": "ID"}, false},
		{"Keycloak's refresh token", object{"typ": "JWT"}, object{"typ": "Refresh"}, false},
		{"Keycloak's offline token", object{"typ": "JWT"}, object{"typ": "Offline"}, false},
		{"Keycloak's logout token", object{"typ": "JWT"}, object{"typ": "Logout"}, false},
		{"Keycloak's access token of old, with nonce", object{"typ": "JWT"}, object{"typ": "Bearer", "nonce": "n"}, true},
		{"Keycloak's access token", object{"typ": "JWT"}, object{"typ": "Bearer", "azp": "panel"}, true},
		{"Cognito's ID token", object{}, object{"token_use": "id"}, false},
		{"Cognito's ID token that says Bearer", object{}, object{"token_use": "id", "typ": "Bearer"}, false},
		{"Cognito's access token", object{}, object{"token_use": "access"}, true},
		{"an access token by RFC 9068", object{"typ": "at+jwt"}, object{"client_id": "panel", "jti": "1"}, true},
		{"an access token by RFC 9068 with a nonce", object{"typ": "at+jwt"}, object{"nonce": "n"}, true},
		{"a claim typ of another meaning", object{}, object{"typ": 7}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			header, payload := object{"alg": "EdDSA"}, claims()
			for name, value := range tt.header {
				header = header.but(name, value)
			}
			for name, value := range tt.claims {
				payload = payload.but(name, value)
			}
			bearer := "Bearer " + forge(t, header, payload, withKey(key))
			if tt.good {
				accepted(t, guard, bearer)
			} else {
				refused(t, guard, bearer, contact.Unauthenticated)
			}
		})
	}
}

func TestAClaimOrHeaderThatIsThereTwiceIsRefused(t *testing.T) {
	issuer, key := development(t)
	guard := issuer.Guard(at(noon))
	good := string(marshal(t, claims()))
	for _, again := range []string{
		`"sub":"boss"`, `"sub":"anna"`, `"org":"Other"`, `"roles":["ADMIN"]`, `"iss":"urn:contactpanel:development"`, `"aud":"contactpanel"`, `"exp":4102444800`,
		`"s\u0075b":"boss"`,
	} {
		for _, payload := range []string{"{" + again + "," + good[1:], good[:len(good)-1] + "," + again + "}"} {
			refused(t, guard, "Bearer "+forge(t, object{"alg": "EdDSA"}, payload, withKey(key)), contact.Unauthenticated)
		}
	}
	refused(t, guard, "Bearer "+forge(t, `{"alg":"EdDSA","kid":"a","kid":"b"}`, claims(), withKey(key)), contact.Unauthenticated)
	refused(t, guard, "Bearer "+forge(t, `{"alg":"EdDSA","typ":"logout+jwt","typ":"JWT"}`, claims(), withKey(key)), contact.Unauthenticated)
}

// Where an issuer lets people name claims of their own, such a name must not pass for another.
func TestCapitalsMakeAnotherClaim(t *testing.T) {
	guard, sign := signIn(t)
	for _, payload := range []object{
		claims().but("aud", "other").but("AUD", "contactpanel"),
		claims().but("aud", absent).but("Aud", "contactpanel"),
		claims().but("AUD", "other"),
		claims().but("iss", "https://evil.example").but("ISS", "urn:contactpanel:development"),
		claims().but("iss", absent).but("iSS", "urn:contactpanel:development"),
		claims().but("sub", absent).but("SUB", "anna"),
		claims().but("exp", absent).but("EXP", noon.Unix()),
	} {
		refused(t, guard, sign(payload), contact.Unauthenticated)
	}
	refused(t, guard, sign(claims().but("org", absent).but("Org", "Demo")), contact.Forbidden)
	refused(t, guard, sign(claims().but("roles", absent).but("ROLES", []string{"ADMIN"})), contact.Forbidden)
}

func TestClaimsAreFoundByNameAndByPath(t *testing.T) {
	_, key := development(t)
	for _, tt := range []struct {
		name   string
		claim  string
		claims object
		found  bool
	}{
		{"a name", "tenant", object{"tenant": "Acme"}, true},
		{"a URL", "https://acme.example/tenant", object{"https://acme.example/tenant": "Acme"}, true},
		{"a path", "a.b", object{"a": object{"b": "Acme"}}, true},
		{"a long path", "a.b.c.d", object{"a": object{"b": object{"c": object{"d": "Acme"}}}}, true},
		{"a path through a name with dots", "resource_access.panel.acme.example.org", object{"resource_access": object{"panel.acme.example": object{"org": "Acme"}}}, true},
		{"a path from a name with dots", "https://acme.example.org", object{"https://acme.example": object{"org": "Acme"}}, true},
		{"a name goes before a path", "a.b", object{"a.b": "Acme", "a": object{"b": "Other"}}, true},
		{"a longer name goes before a shorter", "a.b.c", object{"a.b": object{"c": "Acme"}, "a": object{"b": object{"c": "Other"}}}, true},
		{"a longer name that leads nowhere", "a.b.c", object{"a.b": object{}, "a": object{"b": object{"c": "Acme"}}}, true},
		{"a name that is no path", "ab", object{"a": object{"b": "Acme"}}, false},
		{"a path that ends early", "a.b.c", object{"a": object{"b": "Acme"}}, false},
		{"a path into a list", "a.0", object{"a": []string{"Acme"}}, false},
		{"a path to an object", "a", object{"a": object{"b": "Acme"}}, false},
		{"a path with a dot too many", "a..b", object{"a": object{"b": "Acme"}}, false},
		{"a path that is empty at its end", "a.", object{"a": object{"b": "Acme"}}, false},
		{"a dot at its beginning", ".a", object{"a": "Acme"}, false},
		{"an object that has it twice", "a.b", object{"a": json.RawMessage(`{"b":"Other","b":"Acme"}`)}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			guard := guardFor(t, key.Public(), auth.Claims{Org: tt.claim})
			payload := claims().but("org", absent)
			for name, value := range tt.claims {
				payload = payload.but(name, value)
			}
			bearer := "Bearer " + forge(t, object{"alg": "EdDSA"}, payload, withKey(key))
			if !tt.found {
				refused(t, guard, bearer, contact.Forbidden)
			} else if got := accepted(t, guard, bearer); got.Org != "Acme" {
				t.Errorf("the organisation is %q", got.Org)
			}
		})
	}
}

// guardFor is a guard for the development issuer's tokens that reads other claims.
func guardFor(t *testing.T, key crypto.PublicKey, read auth.Claims) *auth.Guard {
	t.Helper()
	guard, err := auth.New(auth.Config{
		Issuer: "urn:contactpanel:development", Audience: "contactpanel", Keys: static(key), Now: at(noon), Claims: read,
	})
	if err != nil {
		t.Fatal(err)
	}
	return guard
}

func TestRolesAndTeamsMayLieDeep(t *testing.T) {
	_, key := development(t)
	guard := guardFor(t, key.Public(), auth.Claims{
		Roles: "realm_access.roles", Teams: "panel.teams", Name: "profile.display",
		RoleNames: map[contact.Role][]string{contact.RoleAdmin: {"panel-admin", "CN=Owners, O=Acme"}, contact.RoleAgent: {"panel-agent"}},
	})
	sign := func(roles ...string) string {
		payload := claims().but("realm_access", object{"roles": roles}).but("panel", object{"teams": []string{"A", "B"}}).but("profile", object{"display": "Ada"})
		return "Bearer " + forge(t, object{"alg": "EdDSA"}, payload, withKey(key))
	}
	for _, tt := range []struct {
		named []string
		want  []contact.Role
	}{
		{[]string{"offline_access", "panel-agent"}, []contact.Role{contact.RoleAgent}},
		{[]string{"panel-admin", "panel-agent"}, []contact.Role{contact.RoleAgent, contact.RoleAdmin}},
		{[]string{"CN=Owners, O=Acme"}, []contact.Role{contact.RoleAdmin}},
		{[]string{"INTEGRATION"}, []contact.Role{contact.RoleIntegration}}, // which has no other name
		{[]string{"AGENT", "ADMIN"}, nil},                                  // which have
		{[]string{"Panel-Admin", "panel"}, nil},
	} {
		if tt.want == nil {
			refused(t, guard, sign(tt.named...), contact.Forbidden)
			continue
		}
		got := accepted(t, guard, sign(tt.named...))
		if !reflect.DeepEqual(got.Roles, tt.want) || !reflect.DeepEqual(got.Teams, []string{"A", "B"}) || got.Name != "Ada" {
			t.Errorf("%q: the actor is %+v, want the roles %v", tt.named, got, tt.want)
		}
	}
}

func TestOneOrganisationNeedsNoClaim(t *testing.T) {
	_, key := development(t)
	guard := guardFor(t, key.Public(), auth.Claims{OneOrg: "Acme"})
	for _, org := range []any{absent, "Other", nil} {
		if got := accepted(t, guard, "Bearer "+forge(t, object{"alg": "EdDSA"}, claims().but("org", org), withKey(key))); got.Org != "Acme" {
			t.Errorf("org %v: the organisation is %q", org, got.Org)
		}
	}
	for _, wrong := range []auth.Claims{
		{OneOrg: " Acme"}, {OneOrg: strings.Repeat("o", 101)}, {RoleNames: map[contact.Role][]string{contact.RoleAdmin: {"admin", ""}}},
	} {
		if _, err := auth.New(auth.Config{Issuer: "i", Audience: "a", Keys: static(key.Public()), Claims: wrong}); err == nil {
			t.Errorf("New with %+v = nil, want an error", wrong)
		}
	}
}
