package auth_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"contactpanel/auth"
	"contactpanel/contact"
)

func marshal(tb testing.TB, v any) []byte {
	tb.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

// bearer signs a payload with the right key.
type bearer func(payload any) string

// signIn returns a guard at noon and what signs headers for it.
func signIn(t *testing.T) (*auth.Guard, bearer) {
	t.Helper()
	issuer, key := development(t)
	return issuer.Guard(at(noon)), func(payload any) string {
		return "Bearer " + forge(t, object{"alg": "EdDSA"}, payload, withKey(key))
	}
}

func TestD5ATokenMustBeOursAndOfNow(t *testing.T) {
	guard, sign := signIn(t)
	after := func(d time.Duration) int64 { return noon.Add(d).Unix() }
	for _, tt := range []struct {
		claim string
		value any
		good  bool
	}{
		{"iss", "urn:contactpanel:other", false},
		{"iss", "urn:contactpanel:development/", false},
		{"iss", "", false},
		{"iss", absent, false},
		{"iss", nil, false},
		{"iss", []string{"urn:contactpanel:development"}, false},
		{"aud", "other", false},
		{"aud", "", false},
		{"aud", absent, false},
		{"aud", nil, false},
		{"aud", []string{}, false},
		{"aud", []string{"other", "Contactpanel"}, false},
		{"aud", []any{"contactpanel", 7}, false},
		{"aud", object{"contactpanel": true}, false},
		{"aud", []string{"other", "contactpanel"}, true},
		{"exp", absent, false},
		{"exp", nil, false},
		{"exp", fmt.Sprint(after(time.Hour)), false},
		{"exp", "tomorrow", false},
		{"exp", []int64{after(time.Hour)}, false},
		{"exp", true, false},
		{"exp", 0, false},
		{"exp", -1, false},
		{"exp", json.RawMessage("1e300"), false},
		{"exp", json.RawMessage("1e999"), false},
		{"exp", noon.Add(time.Hour).UnixMilli(), false},
		{"exp", json.RawMessage(fmt.Sprintf("%d.75", after(time.Hour))), true},
		{"nbf", after(31 * time.Second), false},
		{"nbf", after(30 * time.Second), true},
		{"nbf", -1, false},
		{"nbf", absent, true},
		{"nbf", nil, false},
		{"nbf", fmt.Sprint(after(0)), false},
		{"iat", after(31 * time.Second), false},
		{"iat", after(30 * time.Second), true},
		{"iat", after(-365 * 24 * time.Hour), true},
		{"iat", absent, true},
		{"iat", "yesterday", false},
		{"sub", absent, false},
		{"sub", nil, false},
		{"sub", "", false},
		{"sub", "  ", false},
		{"sub", 7, false},
		{"sub", []string{"anna"}, false},
		{"sub", "an\x00na", false},
		{"sub", json.RawMessage(`"\ud800"`), false},
		{"sub", strings.Repeat("s", 256), false},
		{"sub", strings.Repeat("s", 255), true},
	} {
		t.Run(fmt.Sprintf("%s %.40v", tt.claim, tt.value), func(t *testing.T) {
			header := sign(claims().but(tt.claim, tt.value))
			if tt.good {
				accepted(t, guard, header)
			} else {
				refused(t, guard, header, contact.Unauthenticated)
			}
		})
	}
}

func TestD5APayloadThatIsNoObjectIsRefused(t *testing.T) {
	guard, sign := signIn(t)
	for _, payload := range []string{"null", "[]", "7", `"anna"`, "{", "{}", "\xff", string(marshal(t, claims())) + "{}"} {
		refused(t, guard, sign(payload), contact.Unauthenticated)
	}
}

func TestD6ATokenEndsThirtySecondsAfterItsExpiry(t *testing.T) {
	issuer, key := development(t)
	expires := noon.Add(time.Hour)
	header := "Bearer " + forge(t, object{"alg": "EdDSA"}, claims(), withKey(key))
	now := noon
	one := issuer.Guard(func() time.Time { return now })
	for _, tt := range []struct {
		after time.Duration
		good  bool
	}{
		{-10 * time.Second, true},
		{0, true},
		{29 * time.Second, true},
		{30*time.Second - time.Millisecond, true},
		{30 * time.Second, false},
		{31 * time.Second, false},
		{time.Hour, false},
	} {
		now = expires.Add(tt.after)
		// A guard that has verified the token before and one that has not must agree.
		for name, guard := range map[string]*auth.Guard{"known": one, "new": issuer.Guard(at(now))} {
			t.Run(fmt.Sprint(name, " ", tt.after), func(t *testing.T) {
				if !tt.good {
					refused(t, guard, header, contact.Unauthenticated)
					wantMessage(t, guard, header, "the token has expired")
				} else if got := accepted(t, guard, header).Expires; !got.Equal(expires) {
					t.Errorf("Expires = %s, want %s", got, expires)
				}
			})
		}
	}
}

func TestD9ATokenMustNameOneOrganisation(t *testing.T) {
	guard, sign := signIn(t)
	for _, value := range []any{
		absent, nil, "", " ", "\u200b\u200b", "\u3164", " Demo", "Demo\t", "De\nmo", []string{"Demo"}, []string{}, object{"id": "Demo"}, 7, true,
		strings.Repeat("o", 101), strings.Repeat("😀", 101), json.RawMessage(`"Demo\udc00"`),
	} {
		t.Run(fmt.Sprintf("%.40q", value), func(t *testing.T) {
			refused(t, guard, sign(claims().but("org", value)), contact.Forbidden)
		})
	}
	// Whether an organisation exists is the store's to say: the guard passes on any well-formed name.
	for _, value := range []string{"o", "Unknown to all", strings.Repeat("o", 100), strings.Repeat("😀", 100), "Größe & Söhne"} {
		if got := accepted(t, guard, sign(claims().but("org", value))).Org; string(got) != value {
			t.Errorf("Org = %q, want %q", got, value)
		}
	}
}

func TestATokenWithoutAKnownRoleIsForbidden(t *testing.T) {
	guard, sign := signIn(t)
	for _, value := range []any{absent, nil, []string{}, "AGENT", []string{"agent"}, []string{"OWNER"}, []any{7}, []any{"AGENT", 7}, object{"AGENT": true}} {
		t.Run(fmt.Sprint(value), func(t *testing.T) { refused(t, guard, sign(claims().but("roles", value)), contact.Forbidden) })
	}
}

func TestMalformedTeamsAreForbidden(t *testing.T) {
	guard, sign := signIn(t)
	for _, value := range []any{"Support", []any{7}, []any{nil}, []string{""}, []string{"Support", " Sales"}, []string{strings.Repeat("t", 101)}, make([]string, 51), teams(51)} {
		t.Run(fmt.Sprintf("%.40v", value), func(t *testing.T) {
			refused(t, guard, sign(claims().but("teams", value)), contact.Forbidden)
		})
	}
	for _, value := range []any{absent, nil, []string{}} {
		if got := accepted(t, guard, sign(claims().but("teams", value))).Teams; len(got) != 0 {
			t.Errorf("Teams = %q, want none", got)
		}
	}
	if got := accepted(t, guard, sign(claims().but("teams", teams(50)))).Teams; !reflect.DeepEqual(got, teams(50)) {
		t.Errorf("Teams = %q, want all 50", got)
	}
}

func teams(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("Team %d", i+1)
	}
	return list
}

func TestAnActorIsWhatTheTokenSays(t *testing.T) {
	guard, sign := signIn(t)
	got := accepted(t, guard, sign(claims()))
	want := contact.Actor{
		Agent:   contact.Agent{ID: "anna", Name: "Anna Becker"},
		Org:     "Demo",
		Roles:   []contact.Role{contact.RoleAgent},
		Teams:   []string{"Support", "Sales"},
		Expires: noon.Add(time.Hour),
		Origin:  contact.OriginAgent,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Actor = %+v, want %+v", got, want)
	}
}

func TestRolesDecideTheOrigin(t *testing.T) {
	guard, sign := signIn(t)
	for _, tt := range []struct {
		claim []string
		roles []contact.Role
		want  contact.Origin
	}{
		{[]string{"AGENT"}, []contact.Role{contact.RoleAgent}, contact.OriginAgent},
		{[]string{"ADMIN"}, []contact.Role{contact.RoleAdmin}, contact.OriginAgent},
		{[]string{"INTEGRATION"}, []contact.Role{contact.RoleIntegration}, contact.OriginAPI},
		{[]string{"INTEGRATION", "OWNER"}, []contact.Role{contact.RoleIntegration}, contact.OriginAPI},
		{[]string{"INTEGRATION", "AGENT"}, []contact.Role{contact.RoleAgent, contact.RoleIntegration}, contact.OriginAgent},
		{[]string{"ADMIN", "AGENT", "ADMIN"}, []contact.Role{contact.RoleAgent, contact.RoleAdmin}, contact.OriginAgent},
	} {
		t.Run(fmt.Sprint(tt.claim), func(t *testing.T) {
			got := accepted(t, guard, sign(claims().but("roles", tt.claim)))
			if !reflect.DeepEqual(got.Roles, tt.roles) || got.Origin != tt.want {
				t.Errorf("Roles, Origin = %v, %s, want %v, %s", got.Roles, got.Origin, tt.roles, tt.want)
			}
		})
	}
}

func TestTheSubjectIsShownWhenThereIsNoNameToShow(t *testing.T) {
	guard, sign := signIn(t)
	for _, tt := range []struct {
		claim any
		want  string
	}{
		{"Anna Becker", "Anna Becker"},
		{"  Anna ", "Anna"},
		{absent, "anna"}, {nil, "anna"}, {"", "anna"}, {" ", "anna"}, {"\u200b", "anna"}, {7, "anna"},
		{"Anna\nBecker", "anna"}, {strings.Repeat("n", 101), "anna"},
	} {
		t.Run(fmt.Sprintf("%.40q", tt.claim), func(t *testing.T) {
			if got := accepted(t, guard, sign(claims().but("name", tt.claim))); got.Name != tt.want || got.ID != "anna" {
				t.Errorf("ID, Name = %q, %q, want anna, %q", got.ID, got.Name, tt.want)
			}
		})
	}
}

func TestClaimsMayHaveOtherNames(t *testing.T) {
	_, key := development(t)
	guard, err := auth.New(auth.Config{
		Issuer: "https://id.example.com", Audience: "panel", Keys: static(key.Public()), Now: at(noon),
		Claims: auth.Claims{Org: "https://example.com/tenant", Roles: "groups"},
	})
	if err != nil {
		t.Fatal(err)
	}
	payload := object{
		"iss": "https://id.example.com", "aud": []string{"panel"}, "sub": "7", "exp": noon.Unix(), "org": "Wrong",
		"https://example.com/tenant": "Right", "groups": []string{"staff", "ADMIN"}, "name": "Ben", "teams": []string{"A"},
	}
	got := accepted(t, guard, "Bearer "+forge(t, object{"alg": "EdDSA"}, payload, withKey(key)))
	if got.Org != "Right" || !got.Is(contact.RoleAdmin) || got.Name != "Ben" || !reflect.DeepEqual(got.Teams, []string{"A"}) {
		t.Errorf("Actor = %+v, want an administrator of Right called Ben in team A", got)
	}
}

func TestAGuardNeedsIssuerAudienceAndKeys(t *testing.T) {
	_, key := development(t)
	full := auth.Config{Issuer: "i", Audience: "a", Keys: static(key.Public())}
	for name, drop := range map[string]func(*auth.Config){
		"issuer":   func(c *auth.Config) { c.Issuer = "" },
		"audience": func(c *auth.Config) { c.Audience = "" },
		"keys":     func(c *auth.Config) { c.Keys = nil },
	} {
		cfg := full
		drop(&cfg)
		if _, err := auth.New(cfg); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("New without %s = %v, want an error that names it", name, err)
		}
	}
	if _, err := auth.New(full); err != nil {
		t.Errorf("New = %v, want a guard", err)
	}
}
