package auth

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

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

// Claims are the names of the claims that say what a token's subject may do. They differ from issuer to issuer.
type Claims struct {
	Org   string // a text: the organisation. Default "org"
	Roles string // a list of texts: roles, unknown ones are passed over. Default "roles"
	Teams string // a list of texts, may be missing: the agent's teams. Default "teams"
	Name  string // a text, may be missing: the name to show; the subject is shown without it. Default "name"
}

func (c Claims) withDefaults() Claims {
	return Claims{
		Org:   cmp.Or(c.Org, "org"),
		Roles: cmp.Or(c.Roles, "roles"),
		Teams: cmp.Or(c.Teams, "teams"),
		Name:  cmp.Or(c.Name, "name"),
	}
}

// actor reads the actor from the payload of a verified token, all but the expiry.
func (c Claims) actor(payload map[string]json.RawMessage) (contact.Actor, error) {
	subject, err := nameMember(payload, "sub", maxSubject)
	if err != nil {
		return contact.Actor{}, notAccepted(err)
	}
	org, err := nameMember(payload, c.Org, maxName)
	if err != nil {
		return contact.Actor{}, refusal(contact.Forbidden, "the token does not name an organisation", err)
	}
	roles, err := c.roles(payload)
	if err != nil {
		return contact.Actor{}, refusal(contact.Forbidden, "the token holds no role of the contact panel", err)
	}
	teams, err := c.teams(payload)
	if err != nil {
		return contact.Actor{}, refusal(contact.Forbidden, "the token's teams are not a list of at most 50 names", err)
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

// displayName never refuses: a name that cannot be shown must not lock an agent out.
func (c Claims) displayName(payload map[string]json.RawMessage, subject string) string {
	name, err := stringMember(payload, c.Name)
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
	roles := slices.DeleteFunc(contact.Roles(), func(r contact.Role) bool { return !slices.Contains(named, string(r)) })
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
			return time.Time{}, fmt.Errorf("%s lies in the future", claim)
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

// nameMember returns a member that must be a name of at most limit code points.
func nameMember(payload map[string]json.RawMessage, name string, limit int) (string, error) {
	s, err := stringMember(payload, name)
	if err != nil {
		return "", err
	}
	if err := checkName(s, limit); err != nil {
		return "", fmt.Errorf("%s %w", name, err)
	}
	return s, nil
}

// listMember returns a member that must be a list of texts; a missing one and null are the empty list.
func listMember(payload map[string]json.RawMessage, name string) ([]string, error) {
	raw, ok := payload[name]
	if !ok {
		return nil, nil
	}
	var list []string
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("%s is not a list of texts", name)
	}
	return list, nil
}
