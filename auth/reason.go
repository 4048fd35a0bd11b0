package auth

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4/json"

	"contactpanel/contact"
)

// reasoned is an error that knows its reason better than the place where it is met.
type reasoned struct {
	reason contact.Reason
	error
}

// because gives an error its reason: its own, if it has one.
func because(otherwise contact.Reason, err error) *contact.NotAdmittedError {
	var known reasoned
	if errors.As(err, &known) {
		otherwise = known.reason
	}
	return &contact.NotAdmittedError{Reason: otherwise, Err: err}
}

// unverified is the refusal of a token that the library did not verify; byKeys is what the keys said about it, nil when they
// were not asked, because issuer and audience come first. The library has texts for these two and no types, so that they are
// looked at again; nothing but the reason is taken from a token that may be anybody's.
func (g *Guard) unverified(token string, byKeys, err error) error {
	switch {
	case contact.CodeOf(byKeys) == contact.Unavailable:
		var known *contact.Error
		if errors.As(byKeys, &known) {
			return refusal(contact.Unavailable, known.Message, &contact.NotAdmittedError{Reason: contact.ReasonKeysUnavailable, Err: byKeys})
		}
		return byKeys
	case errors.Is(byKeys, errUnknownKey):
		return notAccepted(because(contact.ReasonUnknownKey, err))
	case byKeys != nil:
		return notAccepted(because(contact.ReasonSignature, err))
	}
	return notAccepted(because(g.foreign(token), err))
}

// foreign says which of issuer and audience is not ours.
func (g *Guard) foreign(token string) contact.Reason {
	parts := strings.Split(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return contact.ReasonMalformed
	}
	payload, err := readPayload(raw)
	if err != nil {
		return contact.ReasonMalformed
	}
	if issuer, err := stringMember(payload, "iss"); err != nil || issuer != g.issuer {
		return contact.ReasonIssuer
	}
	var one string
	var several []string
	isRead := json.Unmarshal(payload["aud"], &one) == nil || json.Unmarshal(payload["aud"], &several) == nil
	if isRead && (one == g.checks.ClientID || slices.Contains(several, g.checks.ClientID)) {
		return contact.ReasonMalformed
	}
	return contact.ReasonAudience
}

// named gives the organisation and the agent of verified claims, as far as they are named.
func (c Claims) named(payload map[string]json.RawMessage) (contact.OrgID, contact.ID) {
	org, err := c.organisation(payload)
	if err != nil {
		org = ""
	}
	subject, err := nameMember(payload, "sub", maxSubject)
	if err != nil {
		subject = ""
	}
	return contact.OrgID(org), contact.ID(subject)
}
