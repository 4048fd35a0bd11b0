package auth

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4/json"

	"contactpanel/contact"
)

// leeway is how far the clocks of issuer and gateway may differ.
const leeway = 30 * time.Second

// latestDate is the last second of the year 9999: a time after it can be written neither in RFC 3339 nor as JSON, and
// comes from an issuer that counts milliseconds.
const latestDate = 253402300799

// Limits of what a token may name. Lengths are in code points; the subject's is that of OpenID Connect Core 1.0, 2.
const (
	maxName    = 100 // organisation, team, display name
	maxSubject = 255
	maxTeams   = 50
)

var errExpired = errors.New("the token has expired")

// Claims say where a token tells what its subject may do, which differs from issuer to issuer. A claim is named as it is
// called, or by the path to it: "realm_access.roles" is the member roles of the claim realm_access, unless a claim is called
// that. Names may have dots themselves, as URLs do: the longest name that there is goes first.
type Claims struct {
	Org   string // a text: the organisation. Default "org"
	Roles string // a list of texts: roles, unknown ones are passed over. Default "roles"
	Teams string // a list of texts, may be missing: the agent's teams. Default "teams"
	Name  string // a text, may be missing: the name to show; the subject is shown without it. Default "name"

	// OneOrg, unless it is empty, is the organisation of everybody, and no claim is read for it.
	OneOrg string
	// RoleNames are what the issuer calls our roles; one without names is called as we do: AGENT, ADMIN, INTEGRATION.
	RoleNames map[contact.Role][]string
}

func (c Claims) withDefaults() Claims {
	c.Org, c.Roles = cmp.Or(c.Org, "org"), cmp.Or(c.Roles, "roles")
	c.Teams, c.Name = cmp.Or(c.Teams, "teams"), cmp.Or(c.Name, "name")
	names := map[contact.Role][]string{}
	for _, role := range contact.Roles() {
		if names[role] = c.RoleNames[role]; len(names[role]) == 0 {
			names[role] = []string{string(role)}
		}
	}
	c.RoleNames = names
	return c
}

// check refuses names that no token could match.
func (c Claims) check() error {
	if c.OneOrg != "" {
		if err := checkName(c.OneOrg, maxName); err != nil {
			return fmt.Errorf("the organisation's name %w", err)
		}
	}
	for role, names := range c.RoleNames {
		if slices.Contains(names, "") {
			return fmt.Errorf("the name of the role %s is empty", role)
		}
	}
	return c.checkRoles()
}

// checkRoles refuses a name of two roles: whoever has one would have both.
func (c Claims) checkRoles() error {
	role := map[string]contact.Role{}
	for _, r := range contact.Roles() {
		for _, name := range c.withDefaults().RoleNames[r] {
			if other, isTaken := role[name]; isTaken && other != r {
				return fmt.Errorf("the roles %s and %s have the same name: whoever has one would have both", other, r)
			}
			role[name] = r
		}
	}
	return nil
}

// actor reads the actor from the payload of a verified token, all but the expiry.
func (c Claims) actor(payload map[string]json.RawMessage) (contact.Actor, error) {
	subject, err := nameMember(payload, "sub", maxSubject)
	if err != nil {
		return contact.Actor{}, notAccepted(because(contact.ReasonMalformed, err))
	}
	org, err := c.organisation(payload)
	if err != nil {
		return contact.Actor{}, refusal(contact.Forbidden, "the token does not name an organisation", because(contact.ReasonNoOrganisation, err))
	}
	roles, err := c.roles(payload)
	if err != nil {
		return contact.Actor{}, refusal(contact.Forbidden, "the token holds no role of the contact panel", because(contact.ReasonNoRole, err))
	}
	teams, err := c.teams(payload)
	if err != nil {
		return contact.Actor{}, refusal(contact.Forbidden, "the token's teams are not a list of at most 50 names", because(contact.ReasonTeams, err))
	}
	origin := contact.OriginAgent
	if len(roles) == 1 && roles[0] == contact.RoleIntegration {
		origin = contact.OriginAPI
	}
	return contact.Actor{
		Agent:  contact.Agent{ID: contact.ID(subject), Name: c.displayName(payload, subject)},
		Org:    contact.OrgID(org),
		Roles:  roles,
		Teams:  teams,
		Origin: origin,
	}, nil
}

func (c Claims) organisation(payload map[string]json.RawMessage) (string, error) {
	if c.OneOrg != "" {
		return c.OneOrg, nil
	}
	return nameMember(payload, c.Org, maxName)
}

// displayName never refuses: a name that cannot be shown must not lock an agent out.
func (c Claims) displayName(payload map[string]json.RawMessage, subject string) string {
	raw, ok := member(payload, c.Name)
	if !ok {
		return subject
	}
	name, err := stringOf(raw, c.Name)
	if err != nil {
		return subject
	}
	name = strings.TrimSpace(name)
	if checkName(name, maxName) != nil {
		return subject
	}
	return name
}

// roles returns the known roles, each once, in the order of the domain's list.
func (c Claims) roles(payload map[string]json.RawMessage) ([]contact.Role, error) {
	named, err := listMember(payload, c.Roles)
	if err != nil {
		return nil, err
	}
	isNamed := func(name string) bool { return slices.Contains(named, name) }
	roles := slices.DeleteFunc(contact.Roles(), func(r contact.Role) bool { return !slices.ContainsFunc(c.RoleNames[r], isNamed) })
	if len(roles) == 0 {
		return nil, fmt.Errorf("%s has no known role", c.Roles)
	}
	return roles, nil
}

// teams refuses what it cannot read whole: an agent whose teams were cut off would miss conversations without knowing.
func (c Claims) teams(payload map[string]json.RawMessage) ([]string, error) {
	teams, err := listMember(payload, c.Teams)
	if err != nil {
		return nil, err
	}
	return teams, checkTeams(teams)
}

// checkTimes checks exp, nbf and iat (RFC 7519, 4.1.4 to 4.1.6) with the leeway and returns exp, in UTC.
func checkTimes(payload map[string]json.RawMessage, now time.Time) (time.Time, error) {
	for _, claim := range []string{"nbf", "iat"} {
		if _, ok := payload[claim]; !ok {
			continue
		}
		t, err := dateMember(payload, claim)
		if err != nil {
			return time.Time{}, err
		}
		if t.After(now.Add(leeway)) {
			return time.Time{}, reasoned{contact.ReasonNotYet, fmt.Errorf("%s lies in the future", claim)}
		}
	}
	expires, err := dateMember(payload, "exp")
	if err != nil {
		return time.Time{}, err
	}
	if hasEnded(expires, now) {
		return time.Time{}, errExpired
	}
	return expires, nil
}

func hasEnded(expires, now time.Time) bool { return !now.Before(expires.Add(leeway)) }

// dateMember returns a NumericDate (RFC 7519, 2): seconds since 1970, perhaps with a fraction, cut to the millisecond.
func dateMember(payload map[string]json.RawMessage, name string) (time.Time, error) {
	raw, ok := payload[name]
	if !ok {
		return time.Time{}, fmt.Errorf("%s is missing", name)
	}
	var seconds *float64 // null leaves it nil; a number in quotes is refused, which json.Number would let pass
	if err := json.Unmarshal(raw, &seconds); err != nil || seconds == nil {
		return time.Time{}, fmt.Errorf("%s is not a number", name)
	}
	if *seconds < 0 || *seconds > latestDate {
		return time.Time{}, fmt.Errorf("%s is not a time in seconds", name)
	}
	return time.UnixMilli(int64(*seconds * 1000)).UTC(), nil
}

// member finds a claim by its name or path: see [Claims].
func member(object map[string]json.RawMessage, path string) (json.RawMessage, bool) {
	if raw, ok := object[path]; ok {
		return raw, true
	}
	for dot := strings.LastIndexByte(path, '.'); dot > 0; dot = strings.LastIndexByte(path[:dot], '.') {
		var inner map[string]json.RawMessage
		if raw, ok := object[path[:dot]]; !ok || json.Unmarshal(raw, &inner) != nil {
			continue
		}
		if raw, ok := member(inner, path[dot+1:]); ok {
			return raw, true
		}
	}
	return nil, false
}

// nameMember returns a claim that must be a name of at most limit code points.
func nameMember(payload map[string]json.RawMessage, path string, limit int) (string, error) {
	raw, ok := member(payload, path)
	if !ok {
		return "", fmt.Errorf("%s is missing", path)
	}
	s, err := stringOf(raw, path)
	if err != nil {
		return "", err
	}
	if err := checkName(s, limit); err != nil {
		return "", fmt.Errorf("%s %w", path, err)
	}
	return s, nil
}

// listMember returns a claim that must be a list of texts; a missing one and null are the empty list.
func listMember(payload map[string]json.RawMessage, path string) ([]string, error) {
	raw, ok := member(payload, path)
	if !ok {
		return nil, nil
	}
	var list []string
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("%s is not a list of texts", path)
	}
	return list, nil
}
