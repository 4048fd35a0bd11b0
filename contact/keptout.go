package contact

import (
	"cmp"
	"errors"
)

// Reason is why somebody was not let in: a word for the operator's log. Whoever asked is not told, because it would help to
// make a token that passes.
type Reason string

// The reasons. They are all that a log can hold of a token that was not verified.
const (
	ReasonNoToken         Reason = "no-token"
	ReasonTooLarge        Reason = "too-large"   // longer than is read
	ReasonMalformed       Reason = "malformed"   // no signed token, or one whose claims cannot be read
	ReasonAlgorithm       Reason = "algorithm"   // signed with an algorithm that is not accepted
	ReasonIssuer          Reason = "issuer"      // of another issuer
	ReasonAudience        Reason = "audience"    // meant for somebody else
	ReasonSignature       Reason = "signature"   // not that of the key it names
	ReasonUnknownKey      Reason = "unknown-key" // signed with a key that the issuer does not publish
	ReasonUse             Reason = "id-token"    // of the issuer, but no access token
	ReasonExpired         Reason = "expired"
	ReasonNotYet          Reason = "not-yet" // from the future
	ReasonNoOrganisation  Reason = "no-organisation"
	ReasonUnknownOrg      Reason = "unknown-organisation"
	ReasonNoRole          Reason = "no-role"
	ReasonTeams           Reason = "teams" // that cannot be read
	ReasonDeactivated     Reason = "deactivated"
	ReasonKeysUnavailable Reason = "keys-unavailable" // the issuer's, so that nothing is known of the token
)

// NotAdmittedError is the cause, for the log alone, of an [Error] that keeps somebody out.
type NotAdmittedError struct {
	Reason Reason
	Org    OrgID // and Agent: as far as a token names them whose signature holds
	Agent  ID
	Err    error // what is behind it; nil when the reason says all
}

// Error gives what is behind it, or the reason.
func (n *NotAdmittedError) Error() string {
	return cmp.Or(n.Err, errors.New(string(n.Reason))).Error()
}

// Unwrap gives what is behind it.
func (n *NotAdmittedError) Unwrap() error { return n.Err }

// keptOut says why an actor is kept out, and who it is.
func keptOut(e *Error, why Reason, org OrgID, agent ID) *Error {
	e.Err = &NotAdmittedError{Reason: why, Org: org, Agent: agent}
	return e
}
