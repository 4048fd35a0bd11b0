package auth_test

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/go-jose/go-jose/v4"
	"pgregory.net/rapid"

	"contactpanel/auth"
	"contactpanel/contact"
)

// anna is a good request.
func anna() auth.TokenRequest {
	return auth.TokenRequest{Agent: "Anna", Org: "Demo", Role: contact.RoleAgent, Teams: []string{"Support"}}
}

func decode(t *testing.T, part string) map[string]any {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(raw, &members); err != nil {
		t.Fatal(err)
	}
	return members
}

func TestADevelopmentTokenIsAPlainJWT(t *testing.T) {
	issuer, key := development(t)
	token, err := issuer.Issue(anna(), noon.Add(999*time.Millisecond))
	if err != nil {
		t.Fatalf("Issue = %v", err)
	}
	parts := strings.Split(token, ".")
	thumbprint, err := (&jose.JSONWebKey{Key: key.Public()}).Thumbprint(crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	wantHeader := map[string]any{"alg": "EdDSA", "typ": "JWT", "kid": base64.RawURLEncoding.EncodeToString(thumbprint)}
	if got := decode(t, parts[0]); !reflect.DeepEqual(got, wantHeader) {
		t.Errorf("header = %v, want %v", got, wantHeader)
	}
	wantPayload := map[string]any{
		"iss": "urn:contactpanel:development", "aud": "contactpanel", "sub": "Anna", "name": "Anna", "org": "Demo",
		"roles": []any{"AGENT"}, "teams": []any{"Support"},
		"iat": float64(noon.Unix()), "nbf": float64(noon.Unix()), "exp": float64(noon.Add(12 * time.Hour).Unix()),
	}
	if got := decode(t, parts[1]); !reflect.DeepEqual(got, wantPayload) {
		t.Errorf("payload = %v, want %v", got, wantPayload)
	}
}

func TestATokenWithoutTeamsHoldsAnEmptyList(t *testing.T) {
	issuer, _ := development(t)
	req := anna()
	req.Teams = nil
	token, err := issuer.Issue(req, noon)
	if err != nil {
		t.Fatalf("Issue = %v", err)
	}
	if got := decode(t, strings.Split(token, ".")[1])["teams"]; !reflect.DeepEqual(got, []any{}) {
		t.Errorf("teams = %v, want an empty list", got)
	}
}

func TestTheSameNameIsTheSameAgent(t *testing.T) {
	issuer, _ := development(t)
	guard := issuer.Guard(at(noon))
	first, second := anna(), anna()
	second.Role, second.TTL = contact.RoleAdmin, time.Hour
	ids := map[contact.ID]bool{}
	for _, req := range []auth.TokenRequest{first, second} {
		token, err := issuer.Issue(req, noon)
		if err != nil {
			t.Fatalf("Issue = %v", err)
		}
		ids[accepted(t, guard, "Bearer "+token).ID] = true
	}
	if !reflect.DeepEqual(ids, map[contact.ID]bool{"Anna": true}) {
		t.Errorf("ids = %v, want Anna alone", ids)
	}
}

func TestWhatIsIssuedIsWhatTheGuardSees(t *testing.T) {
	issuer, _ := development(t)
	now := noon
	guard := issuer.Guard(func() time.Time { return now })
	name := rapid.StringOfN(rapid.RuneFrom(nil, unicode.L, unicode.N, unicode.P, unicode.S, unicode.M, unicode.Zs, unicode.Cf), 1, 40, -1).
		Filter(func(s string) bool {
			return s == strings.TrimSpace(s) && !strings.ContainsRune(s, unicode.ReplacementChar) && strings.ContainsFunc(s, func(c rune) bool { return unicode.Is(unicode.Nd, c) })
		})
	rapid.Check(t, func(t *rapid.T) {
		req := auth.TokenRequest{
			Agent: name.Draw(t, "agent"),
			Org:   name.Draw(t, "org"),
			Role:  rapid.SampledFrom([]contact.Role{contact.RoleAgent, contact.RoleAdmin, contact.RoleIntegration}).Draw(t, "role"),
			Teams: rapid.SliceOfN(name, 0, 5).Draw(t, "teams"),
			TTL:   time.Duration(rapid.Int64Range(1, 30*24*3600).Draw(t, "ttl")) * time.Second,
		}
		now = noon.Add(time.Duration(rapid.Int64Range(0, 1e9).Draw(t, "now")) * time.Second)
		token, err := issuer.Issue(req, now)
		if err != nil {
			t.Fatalf("Issue(%+v) = %v", req, err)
		}
		actor, err := guard.Actor(t.Context(), "Bearer "+token)
		if err != nil {
			t.Fatalf("Actor = %v for %+v", err, req)
		}
		same := actor.ID == contact.ID(req.Agent) && actor.Name == req.Agent && actor.Org == contact.OrgID(req.Org) &&
			reflect.DeepEqual(actor.Roles, []contact.Role{req.Role}) && len(actor.Teams) == len(req.Teams) &&
			strings.Join(actor.Teams, "\n") == strings.Join(req.Teams, "\n") && actor.Expires.Equal(now.Add(req.TTL))
		if !same {
			t.Fatalf("Actor = %+v, issued for %+v", actor, req)
		}
	})
}

func TestATokenRequestIsChecked(t *testing.T) {
	issuer, _ := development(t)
	long := strings.Repeat("😀", 100)
	for _, tt := range []struct {
		name   string
		change func(*auth.TokenRequest)
		blames string // "" for a good request
	}{
		{"a name of 100 astral characters", func(r *auth.TokenRequest) { r.Agent = long }, ""},
		{"a name of one character", func(r *auth.TokenRequest) { r.Agent = "A" }, ""},
		{"a name with a joiner", func(r *auth.TokenRequest) { r.Agent = "नी\u200dता" }, ""},
		{"a name of 101 characters", func(r *auth.TokenRequest) { r.Agent = long + "A" }, "agent has 101 characters"},
		{"no name", func(r *auth.TokenRequest) { r.Agent = "" }, "agent has no visible character"},
		{"a name of joiners", func(r *auth.TokenRequest) { r.Agent = "\u200d\u200d" }, "agent has no visible character"},
		{"a name of Hangul fillers", func(r *auth.TokenRequest) { r.Agent = "\u3164\u115f" }, "agent has no visible character"},
		{"a name of an accent", func(r *auth.TokenRequest) { r.Agent = "\u0301" }, "agent has no visible character"},
		{"a space before the name", func(r *auth.TokenRequest) { r.Agent = " Anna" }, "agent begins or ends"},
		{"a line feed behind the name", func(r *auth.TokenRequest) { r.Agent = "Anna\n" }, "agent begins or ends"},
		{"a control character", func(r *auth.TokenRequest) { r.Agent = "An\x1bna" }, "agent has a control character"},
		{"wrong UTF-8", func(r *auth.TokenRequest) { r.Agent = "An\xffna" }, "agent is not valid Unicode"},
		{"a replacement character", func(r *auth.TokenRequest) { r.Agent = "An\ufffdna" }, "agent is not valid Unicode"},
		{"no organisation", func(r *auth.TokenRequest) { r.Org = "" }, "organisation has no visible"},
		{"an organisation of 101 characters", func(r *auth.TokenRequest) { r.Org = long + "O" }, "organisation has 101 characters"},
		{"no role", func(r *auth.TokenRequest) { r.Role = "" }, "role must be one of [AGENT ADMIN INTEGRATION]"},
		{"a role in lower case", func(r *auth.TokenRequest) { r.Role = "agent" }, "role must be one of"},
		{"no team", func(r *auth.TokenRequest) { r.Teams = nil }, ""},
		{"50 teams", func(r *auth.TokenRequest) { r.Teams = teams(50) }, ""},
		{"51 teams", func(r *auth.TokenRequest) { r.Teams = teams(51) }, "51 teams; at most 50"},
		{"a bad team", func(r *auth.TokenRequest) { r.Teams = []string{"Support", ""} }, "team 2 has no visible"},
		{"teams too long for a header", func(r *auth.TokenRequest) { r.Teams = slices.Repeat([]string{long}, 50) }, "the teams' names make it longer"},
		{"a second", func(r *auth.TokenRequest) { r.TTL = time.Second }, ""},
		{"less than a second", func(r *auth.TokenRequest) { r.TTL = time.Second - 1 }, "time to live must be from 1s to 720h"},
		{"a negative time to live", func(r *auth.TokenRequest) { r.TTL = -time.Hour }, "time to live"},
		{"30 days", func(r *auth.TokenRequest) { r.TTL = 720 * time.Hour }, ""},
		{"more than 30 days", func(r *auth.TokenRequest) { r.TTL = 720*time.Hour + 1 }, "time to live"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req := anna()
			tt.change(&req)
			token, err := issuer.Issue(req, noon)
			switch {
			case tt.blames == "" && err != nil:
				t.Errorf("Issue = %v, want a token", err)
			case tt.blames == "":
				accepted(t, issuer.Guard(at(noon)), "Bearer "+token)
			case err == nil || !strings.Contains(err.Error(), tt.blames):
				t.Errorf("Issue = %v, want an error that says %q", err, tt.blames)
			}
		})
	}
}
